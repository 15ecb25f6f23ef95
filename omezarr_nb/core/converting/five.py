"""Images of fewer axes in a version whose images have five: axes of one pixel are put in, which move no pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from omezarr_nb.core.axes import axis_names
from omezarr_nb.core.format import Format
from omezarr_nb.core.metadata import Multiscale
from omezarr_nb.core.transforms import Scale, Transformation, Translation

__all__ = ["gain_axes", "spread"]

T = TypeVar("T")


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
    names, wanted = axis_names(multiscale.axes), axis_names(default)
    places = tuple(wanted.index(name) for name in names if name in wanted)
    if len(names) >= len(wanted) or len(places) < len(names) or list(places) != sorted(set(places)):
        return multiscale, None

    def stretched(steps: Sequence[Transformation]) -> tuple[Transformation, ...]:
        return tuple(_stretched(step, places, len(wanted)) for step in steps)

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


def spread(values: Sequence[T], places: Sequence[int], others: Sequence[T]) -> list[T]:
    """Return `others` with each of the values at its place.

    Examples
    --------
    >>> spread([7, 8], (1, 3), [1, 1, 1, 1])
    [1, 7, 1, 8]
    """
    result = list(others)
    for place, value in zip(places, values, strict=True):
        result[place] = value
    return result


def _stretched(step: Transformation, places: Sequence[int], ndim: int) -> Transformation:
    if isinstance(step, Scale):
        return replace(step, scale=tuple(spread(step.scale, places, (1.0,) * ndim)))
    if isinstance(step, Translation):
        return replace(step, translation=tuple(spread(step.translation, places, (0.0,) * ndim)))
    return step  # which the version cannot say, and which is told as a loss
