"""Writing a region of a level, and bringing the coarser levels in line with it.

Level after level; all at once where each is one tile, as under a stroke of a brush. Of each only the chunks (or
shards) are written that hold pixels which depend on the region; each is read at most once, merged in memory, and
written whole. A level is made from the one before as stored, in the same blocks as when a whole image is written, and
so comes out the same to the last bit.

Memory: tiles of about 4 MB for each of a few threads (32 MB, or a few of its chunks, where a source is read in chunks);
and what was written of a level, for the next to be made from, where that is no more than 64 MB. More is read back.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from omezarr_nb.core.growing.boxes import below, hull, intersect, is_empty, lengths, moved, touched, units
from omezarr_nb.core.growing.place import storing
from omezarr_nb.core.kinds import Array, Ints, Slices
from omezarr_nb.core.pyramid.filters import filter_region
from omezarr_nb.core.pyramid.plan import MOST_WORKERS, processors
from omezarr_nb.core.pyramid.progress import Cancel, Progress
from omezarr_nb.core.pyramid.reduce import FILTERS, Method, reduce_block
from omezarr_nb.errors import WriteCancelledError

if TYPE_CHECKING:
    import zarr

Read: TypeAlias = Callable[[Slices], Array]
Cut: TypeAlias = Callable[[Slices, Ints], Iterator[Slices] | None]

__all__ = ["Meter", "Piece", "affected", "each", "spread"]

#: Bytes of a tile, unless a chunk or shard is larger. A frame of a camera is then shared by a few threads.
TILE_BYTES = 4 << 20

#: Bytes of chunks that are changed one by one in their shards.
PART_BYTES = 16 << 20

#: Bytes of a level that are kept for the next one.
KEEP_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Piece:
    """A level that is changed.

    Parameters
    ----------
    array
        The array, as long as it is going to be.
    step
        Factors from the level before.
    unit
        What is stored under one key: a shard, or a chunk without shards.
    chunks
        Chunks in shards that may be changed one by one; the same as `unit` otherwise.
    there
        The shape as it was: pixels beyond are not read.
    where
        For messages.
    """

    array: zarr.Array[Any]
    step: Ints
    unit: Ints
    chunks: Ints
    there: Ints
    where: str

    @property
    def shape(self) -> Ints:
        """As it is going to be."""
        return self.array.shape

    def read(self, box: Slices) -> Array:
        """Read pixels; what is beyond those that were there is the fill value."""
        native = self.array.dtype.newbyteorder("=")
        inner = intersect(box, tuple(slice(0, n) for n in self.there))
        if inner == box:
            with storing(self.where):
                return np.array(self.array[box], native)
        block = np.full(lengths(box), self.array.fill_value or 0, native)
        if not is_empty(inner):
            with storing(self.where):
                block[moved(inner, tuple(s.start for s in box))] = self.array[inner]
        return block


@dataclass(slots=True)
class Meter:
    """How far a change has come, whom it tells, and who may stop it.

    Parameters
    ----------
    on_progress, cancel
        As for `omezarr_nb.core.pyramid.work.WritePlan.run`.
    left
        What a cancelled change leaves, in words.
    """

    on_progress: Callable[[Progress], object] | None = None
    cancel: Cancel | None = None
    left: str = "the image is as it was before"
    where: str = ""
    regions: int = 0
    bytes: int = 0
    regions_done: int = 0
    bytes_done: int = 0
    levels: tuple[int, ...] = ()
    start: float = field(default_factory=time.perf_counter)

    def expect(self, regions: int, nbytes: int) -> None:
        """Add to what there is to do."""
        self.regions += regions
        self.bytes += nbytes

    def done(self, nbytes: int, level: int) -> None:
        """Count a tile."""
        self.regions_done += 1
        self.bytes_done += nbytes
        self.levels = (level,)
        self.tell()

    def tell(self) -> None:
        """Call back, and raise where the change is to stop."""
        if self.on_progress is not None:
            seconds = time.perf_counter() - self.start
            self.on_progress(
                Progress(self.regions_done, self.regions, self.bytes_done, self.bytes, seconds, self.levels)
            )
        if self.cancel is not None and self.cancel.is_set():
            raise WriteCancelledError(
                f"The change was cancelled; {self.left}.",
                where=self.where,
                found=f"{self.regions_done} of {self.regions} regions written",
            )


def spread(
    pieces: Sequence[Piece],
    region: Slices,
    method: Method,
    meter: Meter,
    *,
    read: Read | None = None,
    cut: Cut | None = None,
) -> None:
    """Write a region of the first of some levels, and the pixels of the others that depend on it.

    Parameters
    ----------
    pieces
        From the finest to the coarsest.
    region
        Of the first.
    method
        How a level is made from the one before.
    meter
        Told of each tile.
    read
        Gives pixels of the first level within the region. None: they are there already, and only the other levels
        are written.
    cut
        Cuts a box of whole units of the first level as it is best read, or gives None.
    """
    todo = list(affected(pieces, region, method, first=read is not None))
    for index, (piece, box) in enumerate(todo):
        whole = math.prod(lengths(hull(box, _unit(piece, box), piece.shape)))
        tiles = _tiles(piece, box, None if index or read is None else cut)
        meter.expect(sum(1 for _ in tiles), piece.array.dtype.itemsize * whole)
    meter.tell()
    if read is not None and _is_small(todo, method):
        _at_once(todo, method, read, meter)
        return
    kept: tuple[Slices, Array] | None = None
    for index, piece in enumerate(pieces):
        if index == 0:
            if read is not None:
                kept = _write(0, piece, region, read, meter, cut=cut)
            continue
        box = touched(region, piece.step, piece.shape, method)
        if is_empty(box):
            return
        kept = _write(index, piece, box, _made(pieces[index - 1], kept, piece.step, method), meter)
        region = box


def affected(
    pieces: Sequence[Piece], region: Slices, method: Method, *, first: bool = True
) -> Iterator[tuple[Piece, Slices]]:
    """Give the levels that are written when a region of the first changes, each with its box."""
    if first:
        yield pieces[0], region
    for piece in pieces[1:]:
        region = touched(region, piece.step, piece.shape, method)
        if is_empty(region):
            return
        yield piece, region


def _is_small(todo: Sequence[tuple[Piece, Slices]], method: Method) -> bool:
    """Return whether each level is one tile, and made from the tile of the level before alone."""
    if method in FILTERS or len(todo) == 1:
        return False
    hulls = [hull(box, _unit(piece, box), piece.shape) for piece, box in todo]
    for index, (piece, box) in enumerate(todo):
        if len(list(islice(_tiles(piece, box), 2))) > 1:
            return False
        needed = below(box, piece.step)
        if index and intersect(needed, hulls[index - 1]) != needed:
            return False
    return True


def _at_once(todo: Sequence[tuple[Piece, Slices]], method: Method, read: Read, meter: Meter) -> None:
    """Read the tiles of all levels, merge them, and write them all: a stroke waits for two answers of a far store."""
    hulls = [hull(box, _unit(piece, box), piece.shape) for piece, box in todo]

    def old(index: int) -> Array | None:
        piece, box = todo[index]
        return None if box == hulls[index] else piece.read(hulls[index])

    def write(index: int) -> int:
        piece, _ = todo[index]
        with storing(piece.where):
            piece.array[hulls[index]] = blocks[index]
        return blocks[index].nbytes

    blocks: list[Array] = []
    with ThreadPoolExecutor(min(MOST_WORKERS, len(todo)), thread_name_prefix="omezarr_nb-grow") as pool:
        there = pool.map(old, range(len(todo)))
        for index, ((piece, box), before) in enumerate(zip(todo, there, strict=True)):
            if index == 0:
                block = read(box)
            else:
                start = tuple(s.start for s in hulls[index - 1])
                block = reduce_block(blocks[-1][moved(below(box, piece.step), start)], piece.step, method)
            if before is not None:
                before[moved(box, tuple(s.start for s in hulls[index]))] = block
            blocks.append(block if before is None else before)
        for index, nbytes in enumerate(pool.map(write, range(len(todo)))):
            meter.done(nbytes, index)


def _unit(piece: Piece, box: Slices) -> Ints:
    """Give what is merged as a whole: of a shard that is changed in a small part only the chunks of that part.

    Zarr then puts them into the shard, whose other chunks it does not decode. Only where one tile holds them all: two
    threads may not write into one shard.
    """
    room = PART_BYTES // piece.array.dtype.itemsize
    if piece.chunks != piece.unit and math.prod(lengths(hull(box, piece.chunks, piece.shape))) <= room:
        return piece.chunks
    return piece.unit


def _tiles(piece: Piece, box: Slices, cut: Cut | None = None) -> Iterator[Slices]:
    """Cut a box of a level into tiles; what a tile of a coarser level is made from is larger than it."""
    unit = _unit(piece, box)
    room = TILE_BYTES // (piece.array.dtype.itemsize * math.prod(piece.step))
    if unit != piece.unit:
        return iter([hull(box, unit, piece.shape)])
    asked = None if cut is None else cut(hull(box, unit, piece.shape), unit)
    if asked is not None:
        return asked
    return units(hull(box, unit, piece.shape), unit, room)


def _made(before: Piece, kept: tuple[Slices, Array] | None, step: Ints, method: Method) -> Read:
    """Give what makes a region of a level from the level before."""

    def read(box: Slices) -> Array:
        if kept is not None and intersect(box, kept[0]) == box:
            return kept[1][moved(box, tuple(s.start for s in kept[0]))]
        with storing(before.where):
            return np.asarray(before.array[box])

    if method in FILTERS:
        return lambda region: filter_region(read, before.shape, step, region, method)
    return lambda region: reduce_block(read(below(region, step)), step, method)


def _write(
    index: int, piece: Piece, region: Slices, read: Read, meter: Meter, *, cut: Cut | None = None
) -> tuple[Slices, Array] | None:
    """Write a region of one level, in whole units; give what was written, unless it is much."""
    box = hull(region, _unit(piece, region), piece.shape)
    native = piece.array.dtype.newbyteorder("=")
    kept = None
    if math.prod(lengths(box)) * native.itemsize <= KEEP_BYTES:
        kept = np.empty(lengths(box), native)
    origin = tuple(s.start for s in box)

    def one(tile: Slices) -> int:
        inner = intersect(tile, region)
        if inner == tile:
            block = read(tile)
        else:
            block = piece.read(tile)
            block[moved(inner, tuple(s.start for s in tile))] = read(inner)
        with storing(piece.where):
            piece.array[tile] = block
        if kept is not None:
            kept[moved(tile, origin)] = block
        return block.nbytes

    for nbytes in each(one, _tiles(piece, region, cut)):
        meter.done(nbytes, index)
    return None if kept is None else (box, kept)


def each(function: Callable[[Slices], int], tiles: Iterator[Slices]) -> Iterator[int]:
    """Call a function with each tile, in a few threads where there is more than one."""
    first = list(islice(tiles, 2))
    if len(first) == 1:
        yield function(first[0])
        return
    count = max(1, min(MOST_WORKERS, processors()))
    waiting = chain(first, tiles)
    pending: set[Future[int]] = set()
    with ThreadPoolExecutor(count, thread_name_prefix="omezarr_nb-grow") as pool:
        try:
            while True:
                for tile in waiting:
                    pending.add(pool.submit(function, tile))
                    if len(pending) >= 2 * count:
                        break
                if not pending:
                    return
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            for future in pending:
                future.cancel()
