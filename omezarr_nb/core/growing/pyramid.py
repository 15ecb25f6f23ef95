"""The levels of an image as they are stored, and how each was made from the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.axes import axes_word
from omezarr_nb.core.growing.documents import array_documents
from omezarr_nb.core.image import Image, Level
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.kinds import Ints
from omezarr_nb.core.metadata import Multiscale
from omezarr_nb.core.pyramid.reduce import METHODS, Method, as_method, check_dtype, check_labels
from omezarr_nb.errors import InvalidArgumentError, InvalidMetadataError, OMEZarrError, UnsupportedError

if TYPE_CHECKING:
    import numpy as np


__all__ = ["Pyramid", "known_method", "read_pyramid", "steps_between"]

_OURS = "omezarr_nb."

#: Scales are products of floats.
_CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class Pyramid:
    """An image that is going to be changed.

    Parameters
    ----------
    image
        Read anew.
    steps
        Factors from the level before to each; 1 everywhere for level 0.
    method
        How each level is computed from the one before.
    """

    image: Image
    steps: tuple[Ints, ...]
    method: Method

    @property
    def location(self) -> ZarrLocation:
        """The image's group."""
        return self.image.location

    @property
    def levels(self) -> tuple[Level, ...]:
        """From the finest to the coarsest."""
        return self.image.levels

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the pixels, in the byte order of the machine."""
        native: np.dtype[Any] = self.image.dtype.newbyteorder("=")
        return native

    def documents(self) -> list[dict[str, Any]]:
        """Read the documents of the levels' arrays, as they are stored."""
        return array_documents(self.location, [level.path for level in self.levels])

    def shapes(self, finest: Ints) -> tuple[Ints, ...]:
        """Give the shapes of the levels of an image whose level 0 is of another shape."""
        result = [finest]
        for step in self.steps[1:]:
            result.append(tuple(n // f for n, f in zip(result[-1], step, strict=True)))
        return tuple(result)


def read_pyramid(image: Image, location: ZarrLocation, method: Any, *, levels: bool = True) -> Pyramid:
    """Read the levels of an image anew, from a store that takes writes.

    Parameters
    ----------
    image
        As it was opened; its selected multiscale is taken.
    location
        The same image in that store.
    method
        As it was asked for, or None for the one that the image names.
    levels
        Whether the coarser levels have to be there, and to be made as they can be made here. Otherwise they are taken
        for one level alone.

    Raises
    ------
    UnsupportedError
        When the levels are not made by whole factors, each of the full blocks of the level before.
    InvalidArgumentError
        When nothing says how the levels were made, or something else than was asked for.
    InvalidMetadataError
        When a level is missing.
    """
    if location.is_array:
        raise UnsupportedError(
            "A single array is no OME-Zarr image, and is not changed.",
            where=location.where,
            do="Write it as an image with write_image first.",
        )
    fresh = type(image)(location, image._multiscale)
    stored = fresh.levels
    if levels:
        _check_all_there(fresh)
    else:
        fresh.__dict__["_levels"] = (stored[:1], ())
        stored = fresh.levels
    if any(level.dtype != stored[0].dtype for level in stored):
        raise UnsupportedError(
            "The levels of this image are of several types, and are not changed.",
            where=location.where,
            found=", ".join(str(level.dtype) for level in stored),
            do="rebuild_levels() makes them anew.",
        )
    steps = None if location.fmt.scaled else _recorded(fresh.multiscale, stored)
    steps = steps or steps_between(stored, scaled=location.fmt.scaled, where=location.where)
    return Pyramid(fresh, steps, _method(fresh, method, len(stored)))


def _check_all_there(image: Image) -> None:
    named, there = len(image.multiscale.datasets), len(image.levels)
    if there < named:
        raise InvalidMetadataError(
            "The levels of this image are not all there, and it is not changed.",
            where=image.where,
            found=f"{there} of the {named} levels that the metadata names",
            do="rebuild_levels() makes the levels anew from level 0.",
        )


def steps_between(levels: Sequence[Level], *, scaled: bool, where: str) -> tuple[Ints, ...]:
    """Give the whole factors between levels, from their scales and shapes.

    Parameters
    ----------
    levels
        From the finest to the coarsest.
    scaled
        Whether levels state their scales. Otherwise (0.1 to 0.3) an axis of a few pixels leaves a choice: the factor
        that the other levels and axes have is taken.
    where
        For messages.

    Raises
    ------
    UnsupportedError
        When there are none.
    """
    ndim = len(levels[0].shape)
    choices: list[list[range]] = []
    for before, level in pairwise(levels):
        row = []
        for axis, (n, m) in enumerate(zip(before.shape, level.shape, strict=True)):
            possible = range(n // (m + 1) + 1, n // m + 1)  # the f for which n // f == m
            if scaled:
                ratio = level.scale[axis] / before.scale[axis]
                possible = _stated(ratio, possible, n / m)
            if not possible:
                raise UnsupportedError(
                    "The levels of this image are not of the full blocks of one another, and cannot be kept in line.",
                    where=f"{where}, level {level.index}",
                    found=f"shape {level.shape} and scale {level.scale} after {before.shape} and {before.scale}",
                    expected="whole factors, and lengths without what is left over at the end",
                    do="rebuild_levels() makes the levels anew from level 0.",
                )
            row.append(possible)
        choices.append(row)
    usual = [_usual([row[axis] for row in choices]) for axis in range(ndim)]
    steps = [(1,) * ndim]
    steps += [tuple(_nearest(possible, factor) for possible, factor in zip(row, usual, strict=True)) for row in choices]
    return tuple(steps)


def _stated(ratio: float, possible: range, shapes: float) -> range:
    """Give the one factor that a scale states, if the shapes allow it.

    Others state the ratio of the lengths, 65 / 32 for blocks of 2, and it is no longer that once an image has grown.
    """
    factor = round(ratio)
    if factor in possible:
        return range(factor, factor + 1)
    return possible if abs(ratio - shapes) <= _CLOSE * shapes else range(0)


def _usual(choices: Sequence[range]) -> int:
    """Give the factor that most levels may have along an axis; the smallest of several, and not 1 if that goes."""
    votes: dict[int, int] = {}
    for possible in choices:
        for factor in possible[:64]:
            votes[factor] = votes.get(factor, 0) + 1
    reduced = {factor: count for factor, count in votes.items() if factor > 1}
    if not reduced:
        return 1
    return max(reduced, key=lambda factor: (reduced[factor], -factor))


def _nearest(possible: range, factor: int) -> int:
    return min(max(factor, possible[0]), possible[-1])


def known_method(multiscale: Multiscale) -> Method | None:
    """Return the method that a multiscale written by this package names, or None where it names none."""
    said = multiscale.metadata
    name = said.get("method") if said is not None else None
    if said is None or not isinstance(name, str) or not name.startswith(_OURS):
        return None
    options = said.get("kwargs")
    method = options.get("method") if isinstance(options, dict) else multiscale.type
    try:
        return as_method(method)
    except OMEZarrError:
        return None


def _recorded(multiscale: Multiscale, levels: Sequence[Level]) -> tuple[Ints, ...] | None:
    """Return the factors that a multiscale written by this package names, if the shapes of the levels agree."""
    said = multiscale.metadata
    options = said.get("kwargs") if said is not None and known_method(multiscale) is not None else None
    factors = options.get("factors") if isinstance(options, dict) else None
    if not isinstance(factors, list) or len(factors) != len(levels) - 1:
        return None
    for step, (before, level) in zip(factors, pairwise(levels), strict=True):
        whole = isinstance(step, list) and len(step) == len(level.shape) and all(type(f) is int and f > 0 for f in step)
        if not whole or level.shape != tuple(n // f for n, f in zip(before.shape, step, strict=True)):
            return None
    return ((1,) * len(levels[0].shape), *map(tuple, factors))


def _method(image: Image, asked: Any, count: int) -> Method:
    """Give the method of the image, and refuse another one, and to guess."""
    known = known_method(image.multiscale)
    labels = image.metadata.image_label is not None
    method = known if asked is None else as_method(asked)
    if count == 1 and method is None:
        method = "mode" if labels else "mean"
    if method is None:
        raise InvalidArgumentError(
            "The image does not say how its levels were made.",
            where=image.where,
            found=f"type {image.multiscale.type!r} of {axes_word(image.axes)}",
            expected=", ".join(METHODS),
            do=f"Pass method={'nearest' if labels else 'mean'!r}, or whichever it was.",
        )
    if count > 1 and known is not None and method != known:
        raise InvalidArgumentError(
            "The levels of this image were made by another method.",
            where="method",
            found=method,
            expected=known,
            do=f"Leave out method, or make all levels anew with rebuild_levels(method={method!r}).",
        )
    if method == "laplacian":
        raise UnsupportedError(
            "The levels of a laplacian pyramid are differences, and are not changed.",
            where=image.where,
            do="Write the image anew.",
        )
    if count > 1:
        if labels:
            check_labels(method, image.dtype)
        check_dtype(method, image.dtype)
    return method
