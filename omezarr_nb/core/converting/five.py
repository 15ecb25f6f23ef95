"""Images of fewer axes in a version whose images have five: axes of one pixel are put in, which move no pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from omezarr_nb.core.format import Format
from omezarr_nb.core.metadata import Multiscale
from omezarr_nb.core.pyramid.five import places_among, spread
from omezarr_nb.core.transforms import Scale, Transformation, Translation

__all__ = ["gain_axes"]


def gain_axes(multiscale: Multiscale, fmt: Format) -> tuple[Multiscale, tuple[int, ...] | None]:
    """Return a pyramid with all the axes that a version has, and where its own axes are among them.

    Parameters
    ----------
    multiscale
        Of 2 to 5 axes.
    fmt
        The version.

    Returns
    -------
    Multiscale, tuple of int or None
        None, and the pyramid as it is, where nothing is to be put in, or where it has axes that the version has not.

    Examples
    --------
    >>> from omezarr_nb.core.axes import axes_word, parse_axes
    >>> from omezarr_nb.core.format import FormatV01
    >>> image, places = gain_axes(Multiscale(parse_axes("cyx"), ()), FormatV01())
    >>> axes_word(image.axes), places
    ('tczyx', (1, 3, 4))
    """
    default = fmt.default_axes()
    if default is None:
        return multiscale, None
    ndim, places = len(multiscale.axes), places_among(multiscale.axes, default)
    if ndim >= len(default) or len(places) < ndim or list(places) != sorted(set(places)):
        return multiscale, None

    def stretched(steps: Sequence[Transformation]) -> tuple[Transformation, ...]:
        return tuple(_stretched(step, places, len(default)) for step in steps)

    return (
        replace(
            multiscale,
            axes=tuple(spread(multiscale.axes, places, default)),
            datasets=tuple(
                replace(dataset, transformations=stretched(dataset.transformations)) for dataset in multiscale.datasets
            ),
            transformations=stretched(multiscale.transformations),
        ),
        places,
    )


def _stretched(step: Transformation, places: Sequence[int], ndim: int) -> Transformation:
    if isinstance(step, Scale):
        return replace(step, scale=tuple(spread(step.scale, places, (1.0,) * ndim)))
    if isinstance(step, Translation):
        return replace(step, translation=tuple(spread(step.translation, places, (0.0,) * ndim)))
    return step  # which the version cannot say, and which is told as a loss
