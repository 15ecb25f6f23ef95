"""How an image is cut into regions, and in how many passes its levels are made.

A pass reads regions of one array (the source, or a level made before) each once, reduces each in cascade, and writes
whole chunks or shards of several levels. Where a region would have to be too large to hold a whole chunk of a
coarser level, that level is collected in memory if it is small, or read back from the store in a pass of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from omezarr_nb.core.kinds import Ints, Slices

#: Bytes of a region, unless a chunk or shard is larger.
REGION_BYTES = 32 << 20

#: ... and unless a few write units are: level 1 is then written in the same pass as level 0.
UNITS_BYTES = 128 << 20

#: A small image is cut into a few regions all the same, for the threads to share.
LEAST_BYTES = 2 << 20

#: Bytes of whole write units that are handed to zarr at once, unless one is larger: it holds copies of up to ten.
BATCH_BYTES = 4 << 20

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
        The level whose pixels the regions count in. Where it is not the one that is read, it is made from that one by
        a filter.
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
    def filtered(self) -> bool:
        """Whether a filter makes the level from the one before."""
        return self.source is not None and self.source < self.base

    @property
    def count(self) -> int:
        """Number of regions."""
        return math.prod(math.ceil(n / r) for n, r in zip(self.shape, self.region, strict=True))

    def regions(self) -> Iterator[Slices]:
        """Give the regions, the last axis fastest; they cover `base` without overlap."""
        for corner in product(*(range(0, n, r) for n, r in zip(self.shape, self.region, strict=True))):
            yield tuple(slice(a, min(a + r, n)) for a, r, n in zip(corner, self.region, self.shape, strict=True))


def batches(shape: Ints, unit: Ints, itemsize: int) -> Iterator[Slices]:
    """Cut a block, which begins where a write unit does, into parts of whole units of about `BATCH_BYTES`."""
    sizes = [min(u, n) for u, n in zip(unit, shape, strict=True)]
    for axis in reversed(range(len(shape))):
        fit = BATCH_BYTES // (itemsize * math.prod(sizes))
        sizes[axis] = min(shape[axis], sizes[axis] * max(1, fit))
    for corner in product(*(range(0, n, size) for n, size in zip(shape, sizes, strict=True))):
        yield tuple(slice(a, min(a + size, n)) for a, size, n in zip(corner, sizes, shape, strict=True))


@dataclass(frozen=True, slots=True)
class Grid:
    """What the passes need to know of a level: its shape, its step from the level before, and its write unit."""

    shape: Ints
    step: Ints
    unit: Ints


@dataclass(frozen=True, slots=True)
class Reading:
    """What a pass reads: levels from `base` on, from an array that is read in whole `chunks` (None: in any piece).

    `in_order` is None, or the axis from which on pixels come whole, and in one order, the last axis fastest.
    """

    levels: tuple[Grid, ...]
    base: int
    chunks: Ints | None
    itemsize: int
    in_order: int | None = None

    @property
    def shape(self) -> Ints:
        """Shape of the array."""
        return self.levels[self.base].shape

    def bytes(self, shape: Ints) -> int:
        """Bytes of a block of pixels."""
        return self.itemsize * math.prod(shape)

    def factors(self, index: int) -> Ints:
        """Give the factors from the array to a level."""
        result = (1,) * len(self.shape)
        for level in self.levels[self.base + 1 : index + 1]:
            result = tuple(r * step for r, step in zip(result, level.step, strict=True))
        return result

    def aligned(self, first: int, last: int) -> Ints:
        """Give the smallest region that holds whole write units of the levels `first` to `last`.

        It also holds whole pixels of the level after, so that it can be collected in memory.
        """
        following = min(last + 1, len(self.levels) - 1)
        result = self.factors(following)
        for index in range(first, last + 1):
            level = self.levels[index]
            result = tuple(
                # A unit as long as the axis is held by a region as long as the axis, and by no other.
                n if unit >= length else math.lcm(r, f * unit)
                for r, f, unit, length, n in zip(
                    result, self.factors(index), level.unit, level.shape, self.shape, strict=True
                )
            )
        result = tuple(min(r, n) for r, n in zip(result, self.shape, strict=True))
        return result if self.in_order is None else in_one_piece(result, self.shape, self.in_order)


def in_one_piece(region: Ints, shape: Ints, whole: int) -> Ints:
    """Give the smallest region around another whose pixels follow on one another, those of the last axis fastest.

    Parameters
    ----------
    region, shape
        Of the region, and of the array.
    whole
        The axis from which on the region is as long as the array.

    Examples
    --------
    >>> in_one_piece((1, 4, 1, 512, 512), (9, 20, 3, 2048, 2048), 3)
    (1, 4, 3, 2048, 2048)
    """
    last = next((axis for axis, length in enumerate(region[:whole]) if length > 1), whole - 1)
    return (*region[: last + 1], *shape[last + 1 :])


def plan_passes(
    levels: Sequence[Grid],
    itemsize: int,
    *,
    source_chunks: Ints | None = None,
    in_order: int | None = None,
    budget: int = REGION_BYTES,
    collect: bool = True,
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
    in_order
        None, or the axis from which on the source comes whole, and in one order, the last axis fastest.
    budget
        Bytes of a region that a worker may read at once. A few write units or a source chunk may be larger.
    collect
        Whether small levels may be collected in memory, which workers that are processes do not share. Without it they
        are read back from the store.
    """
    most = CARRY_BYTES if collect else -1
    passes: list[Pass] = []
    source: int | None = None
    in_memory = False
    first = 0  # the first level that is not written yet
    while first < len(levels):
        base = source or 0
        chunks = source_chunks if source is None else (None if in_memory else levels[base].unit)
        reading = Reading(tuple(levels), base, chunks, itemsize, in_order if source is None else None)
        last, region = _choose(reading, first, budget, most)
        carry = None
        if last + 1 < len(levels) and reading.bytes(levels[last + 1].shape) <= most:
            carry = last + 1
        passes.append(Pass(source, in_memory, base, tuple(range(first, last + 1)), carry, region, levels[base].shape))
        in_memory = carry is not None
        source, first = (last + 1 if in_memory else last), last + 1
    return tuple(passes)


def plan_filters(
    levels: Sequence[Grid], itemsize: int, *, source_chunks: Ints | None = None, in_order: int | None = None
) -> tuple[Pass, ...]:
    """Cut the work into passes for methods that look beyond a block: each level is made from the one before as stored.

    Parameters
    ----------
    levels, itemsize, source_chunks, in_order
        As for `plan_passes`.
    """
    (first,) = plan_passes(levels[:1], itemsize, source_chunks=source_chunks, in_order=in_order)
    passes = [replace(first, carry=None)]
    for index, level in enumerate(levels[1:], 1):
        # What a region needs: its pixels of the level before, as they are and twice in double precision.
        needed = (itemsize + 16) * math.prod(level.step)
        (entry,) = plan_passes([Grid(level.shape, (1,) * len(level.shape), level.unit)], needed)
        passes.append(replace(entry, source=index - 1, base=index, write=(index,)))
    return tuple(passes)


def plan_given(levels: Sequence[Grid], itemsize: int, chunks: Sequence[Ints | None]) -> tuple[Pass, ...]:
    """Cut the work into passes for levels that are all given.

    Parameters
    ----------
    levels, itemsize
        As for `plan_passes`.
    chunks
        What the source of each level reads as a whole, or None for arrays in memory.
    """
    passes = []
    for index, (level, own) in enumerate(zip(levels, chunks, strict=True)):
        (entry,) = plan_passes([Grid(level.shape, (1,) * len(level.shape), level.unit)], itemsize, source_chunks=own)
        passes.append(replace(entry, base=index, write=(index,)))
    return tuple(passes)


def _choose(reading: Reading, first: int, budget: int, collected: int) -> tuple[int, Ints]:
    """Choose the last level that a pass writes, and its region: those with which the least is read in all."""
    levels, shape = reading.levels, reading.shape
    total = reading.bytes(shape)
    room = max(
        # Larger regions for what is read in chunks: fewer chunks are then read for two regions.
        min(budget, max(total // (8 if reading.chunks is None else 4), LEAST_BYTES)),
        min(4 * reading.bytes(levels[first].unit), UNITS_BYTES),
        0 if reading.chunks is None else reading.bytes(reading.chunks),
    )
    best: tuple[float, int, Ints] | None = None
    for last in range(len(levels) - 1, first - 1, -1):
        region = reading.aligned(first, last)
        if reading.bytes(region) > room and last > first:
            continue
        region = _widen(region, reading.chunks, shape, room // reading.itemsize)
        cost = _amplification(region, reading.chunks, shape) * math.prod(shape)
        if last + 1 < len(levels) and reading.bytes(levels[last + 1].shape) > collected:
            cost += math.prod(levels[last].shape)  # it has to be read back
        if best is None or cost < best[0]:
            best = (cost, last, region)
    assert best is not None
    return best[1], best[2]


def _widen(region: Ints, chunks: Ints | None, shape: Ints, room: int) -> Ints:
    """Lengthen a region so that fewer source chunks are read for two, as long as it has no more pixels than `room`.

    Step by step along the axis where it saves the most: to the length of a chunk, to twice its own, or to the axis'.
    """
    if chunks is None:
        return region
    now = region
    while True:
        options = []
        for axis, (r, c, n) in enumerate(zip(now, chunks, shape, strict=True)):
            for longer in {math.ceil(c / region[axis]) * region[axis], 2 * r, n}:
                wider = (*now[:axis], min(longer, n), *now[axis + 1 :])
                if r < longer and math.prod(wider) <= room:
                    options.append((_amplification(wider, chunks, shape), math.prod(wider), wider))
        if not options or min(options)[0] > 0.99 * _amplification(now, chunks, shape):
            return now
        now = min(options)[2]


def _amplification(region: Ints, chunks: Ints | None, shape: Ints) -> float:
    """Give how often a pixel is read, on average: chunks are read whole, by each region that they meet."""
    if chunks is None:
        return 1.0
    result = 1.0
    for r, c, n in zip(region, chunks, shape, strict=True):
        starts = range(0, n, r)[:1000]  # enough to know
        touched = sum(min(math.ceil(min(a + r, n) / c) * c, n) - a // c * c for a in starts)
        result *= touched / min(n, starts[-1] + r)
    return result
