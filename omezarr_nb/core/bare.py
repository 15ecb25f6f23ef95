"""A Zarr array that belongs to no image, read as an image of one level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from omezarr_nb.core.axes import KNOWN_AXES, Axis, axes_word
from omezarr_nb.core.metadata import Dataset, ImageMetadata, Multiscale
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.rules.storage import OME_METADATA
from omezarr_nb.core.transforms import Scale
from omezarr_nb.errors import NotFoundError, UnsupportedError

if TYPE_CHECKING:
    from omezarr_nb.core.io import ZarrLocation

__all__ = ["guess_axes", "read_bare"]

_ORDER = "tczyx"
_MAX_AXES = 32


def read_bare(location: ZarrLocation) -> tuple[ImageMetadata, tuple[Problem, ...]]:
    """Return metadata for an array that has none of its own, and a problem that says what was guessed.

    Parameters
    ----------
    location
        Of the array, which is described with one more request.

    Raises
    ------
    InvalidMetadataError
        When zarr cannot make an array of what is there.
    UnsupportedError
        When it has no dimensions, or more than 32, or its values are no numbers.
    """
    array = location.arrays([""]).get("")
    if array is None:
        raise NotFoundError("There is no array here.", where=location.where)
    if not 1 <= array.ndim <= _MAX_AXES or array.dtype.kind not in "buif":
        raise UnsupportedError(
            "This array is no image.",
            where=location.where,
            found=f"{array.ndim} dimensions of type {array.dtype}",
            expected="numbers along 1 to 32 dimensions",
        )
    names = array.metadata.dimension_names if array.metadata.zarr_format == 3 else None
    names = names or location.root_attrs.get("_ARRAY_DIMENSIONS")
    axes, rule = guess_axes(names, array.ndim)
    message = (
        f"a single array without OME metadata; its axes are taken to be {axes_word(axes)}, {rule}, "
        "and its pixels to be of size 1"
    )
    mend = "Where it is a level of an image, open the group above it."
    multiscale = Multiscale(axes, (Dataset("", (Scale((1.0,) * array.ndim),)),))
    return ImageMetadata((multiscale,)), (Problem(OME_METADATA.name, "warning", "multiscales", message, mend=mend),)


def guess_axes(names: object, ndim: int) -> tuple[tuple[Axis, ...], str]:
    """Return axes for an array of which nothing is known, and in words by which rule.

    Parameters
    ----------
    names
        Of the dimensions, where the array says them.
    ndim
        Their number.

    Examples
    --------
    >>> [axis.name for axis in guess_axes(None, 3)[0]]
    ['z', 'y', 'x']
    """
    if isinstance(names, Sequence) and not isinstance(names, str) and _are_names(names, ndim):
        return tuple(Axis(name, KNOWN_AXES.get(name)) for name in names), "after the names of its dimensions"
    known = _ORDER[-ndim:]
    guessed = [*(f"axis {index}" for index in range(ndim - len(known))), *known]
    return tuple(Axis(name, KNOWN_AXES.get(name)) for name in guessed), f"after their number, {ndim}"


def _are_names(names: Sequence[object], ndim: int) -> bool:
    texts = [name for name in names if isinstance(name, str) and name]
    return len(texts) == len(names) == ndim == len(set(texts))
