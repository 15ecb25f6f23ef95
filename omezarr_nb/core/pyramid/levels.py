"""Which levels a pyramid has: their shapes, and the exact place of their pixels.

Level n is computed from level n - 1 as stored. A level holds the full blocks only: an axis of n pixels reduced by f
has n // f, and the fewer than f pixels left over at the end are in the finer levels alone. An average of fewer
pixels would have its centre elsewhere than the metadata can say. An axis shorter than the factor becomes one pixel
that stands for all of it, and its scale says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from omezarr_nb.core.axes import Axis, spatial_axes
from omezarr_nb.core.kinds import Floats, Ints
from omezarr_nb.core.pyramid.reduce import Method, offset
from omezarr_nb.core.units import convert_factor
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError

Factors: TypeAlias = int | Mapping[str, int] | Sequence[int]

#: An axis shorter than this is not halved unless a number of levels is asked for that needs it.
SHORTEST = 8

#: Pixel sizes within this ratio count as alike: the axes are halved together.
ISOTROPIC = math.sqrt(2)


@dataclass(frozen=True, slots=True)
class LevelShape:
    """Shape of a level, and the whole steps that lead to it from the level before (all 1 for level 0)."""

    shape: Ints
    step: Ints


def shapes_from_factors(shape: Ints, axes: Sequence[Axis], factors: Sequence[Factors]) -> tuple[LevelShape, ...]:
    """Give the levels for factors that are each relative to level 0.

    Parameters
    ----------
    shape
        Of level 0, in axis order.
    axes
        In order.
    factors
        One entry for each level after the first: an int for y and x (the last two axes of type "space"; z stays, as
        in ome-zarr-py), a mapping by axis name (what it does not name stays), or a sequence in axis order. Each must
        be a multiple of the one before.

    Raises
    ------
    InvalidArgumentError, ArgumentTypeError
        For factors that are no whole numbers of 1 or more, that are not multiples of the level before, or that
        change nothing.
    """
    if isinstance(factors, str | Mapping) or not isinstance(factors, Sequence):
        raise ArgumentTypeError(
            "scale_factors is a list with one entry for each level after the first",
            found=repr(factors),
            expected="for example [2, 4, 8] or [{'y': 2, 'x': 2}, {'y': 4, 'x': 4}]",
        )
    levels = [LevelShape(shape, (1,) * len(shape))]
    before: Ints = (1,) * len(shape)
    for index, entry in enumerate(factors):
        place = f"scale_factors[{index}]"
        now = _factors(entry, axes, place)
        if any(b % a for a, b in zip(before, now, strict=True)):
            raise InvalidArgumentError(
                "The factors of a level must be multiples of those of the level before.",
                where=place,
                found=f"{_by_name(now, axes)} after {_by_name(before, axes)}",
                do="Each factor is relative to level 0: [2, 4, 8] halves three times.",
            )
        if now == before:
            raise InvalidArgumentError(
                "A level must be smaller than the level before.",
                where=place,
                found=f"{_by_name(now, axes)} after {_by_name(before, axes)}",
            )
        levels.append(_step(levels[-1].shape, tuple(b // a for a, b in zip(before, now, strict=True))))
        if levels[-1].shape == levels[-2].shape:
            raise InvalidArgumentError(
                "The image is too small for so many levels.",
                where=place,
                found=f"the level before has the shape {levels[-2].shape}",
                do=f"Leave out this entry and those after it: {index + 1} levels are possible.",
            )
        before = now
    return tuple(levels)


def shapes_by_halving(
    shape: Ints, axes: Sequence[Axis], scale: Floats, chunks: Ints, levels: int | None = None
) -> tuple[LevelShape, ...]:
    """Give the levels that come of halving the axes of type "space" whose pixels are the finest.

    An axis with coarser pixels (z, as a rule) is left alone until the others have come to its pixel size; from
    there on the voxels are about isotropic and it is halved with them.

    Parameters
    ----------
    shape, axes, scale, chunks
        Of level 0, in axis order.
    levels
        Number of levels, level 0 included. None goes on down to about one chunk: until the axes along which chunks are
        longer than a pixel fit into one, or there are no more pixels in space than in a chunk.
    """
    result = [LevelShape(shape, (1,) * len(shape))]
    sizes = _comparable(scale, axes)
    spatial = spatial_axes(axes)
    while levels is None or len(result) < levels:
        now = result[-1].shape
        if levels is None and _is_small(now, chunks, spatial):
            break
        able = [axis for axis in spatial if now[axis] >= SHORTEST]
        if not able and levels is not None:
            able = [axis for axis in spatial if now[axis] > 1]
        if not able:
            break
        finest = min(sizes[axis] for axis in able)
        halved = {axis for axis in able if sizes[axis] <= finest * ISOTROPIC}
        result.append(_step(now, tuple(2 if axis in halved else 1 for axis in range(len(shape)))))
        sizes = [size * 2 if axis in halved else size for axis, size in enumerate(sizes)]
    if levels is not None and len(result) < levels:
        raise InvalidArgumentError(
            "The image is too small for so many levels.",
            where="levels",
            found=f"{levels} levels of an image of shape {shape}",
            expected=f"at most {len(result)}",
        )
    return tuple(result)


def transforms(
    levels: Sequence[LevelShape], scale: Floats, translation: Floats, method: Method
) -> tuple[tuple[Floats, Floats], ...]:
    """Give the scale and the translation of each level: pixel i has its centre at translation + i * scale."""
    result = [(scale, translation)]
    factors: Ints = (1,) * len(scale)
    start: Floats = (0.0,) * len(scale)  # centre of pixel 0, in pixels of level 0: exact for any factors in use
    for level in levels[1:]:
        start = tuple(s + f * offset(method, step) for s, f, step in zip(start, factors, level.step, strict=True))
        factors = tuple(f * step for f, step in zip(factors, level.step, strict=True))
        result.append(
            (
                tuple(size * f for size, f in zip(scale, factors, strict=True)),
                tuple(t + s * size for t, s, size in zip(translation, start, scale, strict=True)),
            )
        )
    return tuple(result)


def _step(shape: Ints, step: Ints) -> LevelShape:
    step = tuple(min(f, n) for f, n in zip(step, shape, strict=True))
    return LevelShape(tuple(n // f for n, f in zip(shape, step, strict=True)), step)


def _is_small(shape: Ints, chunks: Ints, spatial: Ints) -> bool:
    if all(shape[axis] <= chunks[axis] for axis in spatial if chunks[axis] > 1):
        return True
    return math.prod(shape[axis] for axis in spatial) <= math.prod(chunks[axis] for axis in spatial)


def _comparable(scale: Floats, axes: Sequence[Axis]) -> list[float]:
    """Pixel sizes in the unit of the last axis, where the units are known."""
    return [size * convert_factor(axis.unit, axes[-1].unit) for size, axis in zip(scale, axes, strict=True)]


def _factors(entry: object, axes: Sequence[Axis], place: str) -> Ints:
    """Make one entry of scale_factors a tuple in axis order."""
    names = [axis.name for axis in axes]
    if isinstance(entry, Mapping):
        unknown = [name for name in entry if name not in names]
        if unknown:
            raise InvalidArgumentError(
                "There is no such axis", where=place, found=repr(unknown[0]), expected=", ".join(names)
            )
        return tuple(_whole(entry.get(name, 1), f"{place}[{name!r}]") for name in names)
    if isinstance(entry, Sequence) and not isinstance(entry, str):
        if len(entry) != len(axes):
            raise InvalidArgumentError(
                "A factor is needed for each axis", where=place, found=f"{len(entry)} factors", expected=len(axes)
            )
        return tuple(_whole(value, f"{place}[{index}]") for index, value in enumerate(entry))
    factor = _whole(entry, place)
    plane = spatial_axes(axes)[-2:]
    return tuple(factor if index in plane else 1 for index in range(len(axes)))


def _whole(value: Any, place: str) -> int:
    """Take an int, or what equals one (NumPy's integers, 2.0)."""
    if not isinstance(value, bool):
        try:
            if int(value) == value and value >= 1:
                return int(value)
        except (TypeError, ValueError, OverflowError):
            pass
    raise InvalidArgumentError(
        "A factor is a whole number of 1 or more", where=place, found=repr(value), expected="for example 2"
    )


def _by_name(factors: Ints, axes: Sequence[Axis]) -> str:
    return ", ".join(f"{axis.name}: {f}" for axis, f in zip(axes, factors, strict=True))
