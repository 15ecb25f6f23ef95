"""How an image is cut into regions, and in how many passes its levels are made.

A pass reads regions of one array (the source, or a level made before) each once, reduces each in cascade, and writes
whole chunks or shards of several levels. Where a region would have to be too large to hold a whole chunk of a
coarser level, that level is collected in memory if it is small, or read back from the store in a pass of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

Ints: TypeAlias = tuple[int, ...]
Slices: TypeAlias = tuple[slice, ...]

#: Bytes of a region, unless a chunk or shard is larger.
REGION_BYTES = 32 << 20

#: Bytes of a level that may be collected in memory.
CARRY_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Pass:
    """One run over regions.

    Parameters
    ----------
    source
        The level that is read; None is the source itself (whose pixels are those of level 0).
    in_memory
        Whether the level that is read is the one that the pass before collected in memory.
    base
        The level whose pixels the regions count in.
    write
        The levels that are written, in order.
    carry
        The level that is collected in memory for the next pass, or None.
    region
        Shape of a region, in pixels of `base`.
    shape
        Shape of `base`.
    """

    source: int | None
    in_memory: bool
    base: int
    write: tuple[int, ...]
    carry: int | None
    region: Ints
    shape: Ints

    @property
    def count(self) -> int:
        """Number of regions."""
        return math.prod(math.ceil(n / r) for n, r in zip(self.shape, self.region, strict=True))

    def regions(self) -> Iterator[Slices]:
        """Give the regions, the last axis fastest; they cover `base` without overlap."""
        for corner in product(*(range(0, n, r) for n, r in zip(self.shape, self.region, strict=True))):
            yield tuple(slice(a, min(a + r, n)) for a, r, n in zip(corner, self.region, self.shape, strict=True))


@dataclass(frozen=True, slots=True)
class Grid:
    """What the passes need to know of a level: its shape, its step from the level before, and its write unit."""

    shape: Ints
    step: Ints
    unit: Ints


def plan_passes(
    levels: Sequence[Grid], itemsize: int, *, source_chunks: Ints | None = None, budget: int = REGION_BYTES
) -> tuple[Pass, ...]:
    """Cut the work into passes.

    Parameters
    ----------
    levels
        From the finest to the coarsest.
    itemsize
        Bytes of a pixel.
    source_chunks
        What the source reads or computes as a whole, or None for an array in memory.
    budget
        Bytes of a region that a worker may read at once. A single write unit or source chunk may be larger.
    """
    passes: list[Pass] = []
    source: int | None = None
    in_memory = False
    first = 0  # the first level that is not written yet
    while first < len(levels):
        base = 0 if source is None else source
        chunks = source_chunks if source is None else (None if in_memory else levels[base].unit)
        last, region = _choose(levels, base, first, itemsize, chunks, budget)
        following = last + 1
        carry = None
        if following < len(levels):
            size = itemsize * math.prod(levels[following].shape)
            aligned = _multiple(levels, base, base, following)
            if size <= CARRY_BYTES and _fits(region, aligned, levels[base].shape):
                carry = following
        passes.append(Pass(source, in_memory, base, tuple(range(first, last + 1)), carry, region, levels[base].shape))
        in_memory = carry is not None
        source, first = (following if in_memory else last), following
    return tuple(passes)


def _choose(
    levels: Sequence[Grid], base: int, first: int, itemsize: int, chunks: Ints | None, budget: int
) -> tuple[int, Ints]:
    """Choose the last level that a pass writes, and its region.

    The region holds whole units of as many levels as fit into the budget, and whole source chunks where that costs
    no level; the choice is the one with which the least is read in all.
    """
    shape = levels[base].shape
    at_least = max(itemsize * math.prod(levels[first].unit), budget)
    if chunks is not None:
        at_least = max(at_least, itemsize * math.prod(chunks))
    best: tuple[float, int, Ints] | None = None
    for last in range(len(levels) - 1, first - 1, -1):
        following = min(last + 1, len(levels) - 1)
        # The next level need only be aligned to pixels, for it to be collected in memory.
        multiple = tuple(
            min(math.lcm(a, b), n)
            for a, b, n in zip(
                _units(levels, base, first, last), _multiple(levels, base, base, following), shape, strict=True
            )
        )
        small = itemsize * math.prod(multiple) <= at_least
        if not small and last > first:
            continue
        region = _widen(multiple, chunks, shape, at_least // itemsize)
        again = sum(math.prod(level.shape) for level in levels[last : last + 1]) if following > last else 0
        cost = _amplification(region, chunks, shape) * math.prod(shape) + again
        if best is None or cost < best[0]:
            best = (cost, last, region)
    assert best is not None  # noqa: S101 - last == first is always a candidate
    return best[1], best[2]


def _units(levels: Sequence[Grid], base: int, first: int, last: int) -> Ints:
    """Give the smallest block of `base` that holds whole write units of the levels `first` to `last`."""
    result = (1,) * len(levels[base].shape)
    for index in range(first, last + 1):
        factors = _multiple(levels, base, base, index)
        result = tuple(
            # A unit that covers the whole axis is held by any region that does.
            n if u >= m else math.lcm(r, f * u)
            for r, f, u, m, n in zip(
                result, factors, levels[index].unit, levels[index].shape, levels[base].shape, strict=True
            )
        )
        result = tuple(min(r, n) for r, n in zip(result, levels[base].shape, strict=True))
    return result


def _multiple(levels: Sequence[Grid], base: int, _: int, last: int) -> Ints:
    """Give the factors from level `base` to level `last`."""
    result = (1,) * len(levels[base].shape)
    for level in levels[base + 1 : last + 1]:
        result = tuple(r * step for r, step in zip(result, level.step, strict=True))
    return result


def _fits(region: Ints, multiple: Ints, shape: Ints) -> bool:
    return all(r >= n or r % m == 0 for r, m, n in zip(region, multiple, shape, strict=True))


def _widen(region: Ints, chunks: Ints | None, shape: Ints, room: int) -> Ints:
    """Lengthen a region to hold whole source chunks, along the axes where it costs the least first."""
    if chunks is None:
        return region
    result = list(region)
    while True:
        options = []
        for axis, (r, c, n) in enumerate(zip(result, chunks, shape, strict=True)):
            longer = min(math.ceil(c / region[axis]) * region[axis], n)
            if longer > r and math.prod(result) // r * longer <= room:
                options.append((longer / r, axis, longer))
        if not options:
            return tuple(result)
        _, axis, longer = min(options)
        result[axis] = longer


def _amplification(region: Ints, chunks: Ints | None, shape: Ints) -> float:
    """Estimate how often a pixel of the source is read: chunks are read whole, for each region that they meet."""
    if chunks is None:
        return 1.0
    result = 1.0
    for r, c, n in zip(region, chunks, shape, strict=True):
        if r >= n:
            continue
        starts = range(0, n, r)
        if len(starts) > 1000:  # enough to know
            starts = range(0, 1000 * r, r)
        end = min(n, starts[-1] + r)
        touched = sum(min(math.ceil(min(a + r, n) / c) * c, n) - a // c * c for a in starts)
        result *= touched / end
    return result
