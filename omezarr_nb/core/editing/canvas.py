"""The pixels of a level that differ from those in the store, in cells of a plane; and reading through them."""

from __future__ import annotations

import math
import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.growing.boxes import intersect, lengths, moved
from omezarr_nb.core.kinds import Array, Ints, Slices
from omezarr_nb.errors import StoreError

if TYPE_CHECKING:
    from omezarr_nb.core.chunks import ChunkCache
    from omezarr_nb.core.image import Level

__all__ = ["CELL", "Canvas", "Spill", "boxes_of_cells"]


#: Pixels of a cell along y and x; along all other axes it has one. A view's tiles are of the same size.
CELL = 256


@dataclass(slots=True)
class _Cell:
    """A part of a plane: pixels, and which of them are painted, and which of those are being stored right now."""

    pixels: Array
    painted: NDArray[np.bool_]
    storing: NDArray[np.bool_] | None = None

    @property
    def shown(self) -> NDArray[np.bool_]:
        """Those that are not, or perhaps not, in the store as they are here."""
        return self.painted if self.storing is None else self.painted | self.storing

    @property
    def nbytes(self) -> int:
        return self.pixels.nbytes + self.painted.nbytes + (0 if self.storing is None else self.storing.nbytes)


class Spill:
    """Cells that wait on the disk: a file without a name, which goes with the process.

    What is in it can be had from the journal as well; it only bounds the memory.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._free: dict[int, list[int]] = {}
        self._end = 0
        #: Why the last bytes could not be written; None where they could.
        self.trouble: OSError | None = None

    def put(self, data: bytes) -> int | None:
        """Write bytes, and return where they are; None where there is no room for them, and `trouble` says why."""
        waiting = self._free.get(len(data), [])
        place = waiting[-1] if waiting else self._end
        try:
            if self._file is None:
                # Not buffered: what is not on the disk yet could be lost when there is no room for it.
                self._file = tempfile.TemporaryFile(prefix="omezarr_nb-", buffering=0)  # noqa: SIM115 - lives as long as this
            self._file.seek(place)
            written = 0
            while written < len(data):
                written += self._file.write(data[written:])
        except OSError as error:
            self.trouble = error
            return None
        self.trouble = None
        if waiting:
            waiting.pop()
        self._end = max(self._end, place + len(data))
        return place

    def take(self, place: int, length: int) -> bytes:
        """Read bytes back; their place may be used again."""
        assert self._file is not None
        self._file.seek(place)
        self._free.setdefault(length, []).append(place)
        return self._file.read(length)

    def close(self) -> None:
        """Remove the file."""
        if self._file is not None:
            self._file.close()


class Canvas:
    """The cells of one level that are painted.

    Parameters
    ----------
    level
        The level.
    plane
        The axes of y and x.
    cache
        Where pixels that are not painted come from.
    spill
        Where cells go that do not fit into the memory.
    most
        Bytes of cells that are kept in memory.
    """

    def __init__(self, level: Level, plane: tuple[int, int], cache: ChunkCache, spill: Spill, most: int) -> None:
        self.level = level
        self.dtype = level.dtype.newbyteorder("=")
        self.cell = tuple(CELL if axis in plane else 1 for axis in range(len(level.shape)))
        self._cache = cache
        self._spill = spill
        self._most = most
        self._cells: OrderedDict[Ints, _Cell] = OrderedDict()
        self._spilled: dict[Ints, int] = {}
        self._bytes = 0

    @property
    def shape(self) -> Ints:
        """Of the level."""
        return self.level.shape

    @property
    def nbytes(self) -> int:
        """Bytes of the cells in memory."""
        return self._bytes

    @property
    def is_empty(self) -> bool:
        """Whether nothing is painted."""
        return not self._cells and not self._spilled

    def places(self) -> list[Ints]:
        """Give the cells that are there, by their place in the grid, in order."""
        return sorted([*self._cells, *self._spilled])

    def box(self, place: Ints) -> Slices:
        """Give the pixels of a cell."""
        return tuple(slice(i * c, min((i + 1) * c, n)) for i, c, n in zip(place, self.cell, self.shape, strict=True))

    def read(self, box: Slices) -> Array:
        """Return the pixels of a box as they are now; a copy."""
        stored = self._cache.read(self.level, tuple((s.start, s.stop) for s in box))
        pixels = np.array(stored, self.dtype)
        self.lay_over(box, pixels)
        return pixels

    def lay_over(self, box: Slices, pixels: Array) -> None:
        """Put what is painted into the pixels of a box that were read from the store."""
        for place in list(self._met(box)):
            cell = self._get(place)
            own = self.box(place)
            common = intersect(box, own)
            here, there = (moved(common, tuple(s.start for s in b)) for b in (own, box))
            np.copyto(pixels[there], cell.pixels[here], where=cell.shown[here])
        self._make_room()

    def write(self, box: Slices, values: Array, mask: NDArray[np.bool_] | None = None) -> None:
        """Paint pixels of a box.

        Parameters
        ----------
        box
            Within one or several cells.
        values
            Of the shape of the box, or one for all.
        mask
            Where; everywhere by default.
        """
        pixels = np.broadcast_to(values, lengths(box))
        for place in boxes_of_cells(box, self.cell):
            own = self.box(place)
            cell = self._get(place) if place in self._cells or place in self._spilled else self._new(place)
            common = intersect(box, own)
            here, there = (moved(common, tuple(s.start for s in b)) for b in (own, box))
            if mask is None:
                cell.pixels[here] = pixels[there]
                cell.painted[here] = True
            else:
                np.copyto(cell.pixels[here], pixels[there], where=mask[there])
                cell.painted[here] |= mask[there]
        self._make_room()

    def check_room(self) -> None:
        """Raise where more is painted than fits into the memory and on the disk.

        Raises
        ------
        StoreError
            When the disk on which cells wait is full. What is painted is all there.
        """
        self._make_room()
        if self._bytes > self._most and self._spill.trouble is not None:
            raise StoreError(
                "There is no room for more that is painted and not saved: the disk for temporary files is full.",
                where=tempfile.gettempdir(),
                found=self._spill.trouble.strerror,
                do="Nothing is lost. Save what was painted, or make room on that disk, and paint again.",
            ) from self._spill.trouble

    def values(self) -> Iterator[Array]:
        """Give the painted pixels, cell by cell."""
        for place in self.places():
            cell = self._get(place)
            yield cell.pixels[cell.shown]
        self._make_room()

    def painted(self, place: Ints) -> NDArray[np.bool_]:
        """Return which pixels of a cell are painted and not in the store, nor on their way there."""
        return self._get(place).painted

    def lift(self, box: Slices) -> tuple[Array, NDArray[np.bool_]]:
        """Take what is painted in a box, to store it: pixels and where they are; `landed` says how that ended."""
        pixels = np.zeros(lengths(box), self.dtype)
        mask = np.zeros(lengths(box), np.bool_)
        for place in list(self._met(box)):
            cell, own = self._get(place), self.box(place)
            common = intersect(box, own)
            here, there = (moved(common, tuple(s.start for s in b)) for b in (own, box))
            pixels[there], mask[there] = cell.pixels[here], cell.painted[here]
            if cell.storing is None:
                cell.storing = np.zeros_like(cell.painted)
                self._bytes += cell.storing.nbytes
            cell.storing[here] |= cell.painted[here]
            cell.painted[here] = False
        return pixels, mask

    def landed(self, *, stored: bool) -> None:
        """Say that what was lifted is in the store, or that it is not and has to be stored again."""
        for place in self.places():
            cell = self._get(place)
            if cell.storing is None:
                continue
            self._bytes -= cell.storing.nbytes
            if not stored:
                cell.painted |= cell.storing
            cell.storing = None
            if stored and not cell.painted.any():
                self._drop(place)
        self._make_room()

    def clear(self) -> None:
        """Forget all that is painted."""
        for place in self.places():
            self._drop(place)

    def _met(self, box: Slices) -> Iterator[Ints]:
        """Give the cells that are there and that a box meets."""
        if self.is_empty:
            return
        ranges = [range(s.start // c, -(-s.stop // c)) for s, c in zip(box, self.cell, strict=True)]
        if math.prod(map(len, ranges)) <= len(self._cells) + len(self._spilled):
            candidates: Iterator[Ints] = product(*ranges)
            yield from (place for place in candidates if place in self._cells or place in self._spilled)
            return
        for place in [*self._cells, *self._spilled]:
            if all(i in r for i, r in zip(place, ranges, strict=True)):
                yield place

    def _new(self, place: Ints) -> _Cell:
        shape = lengths(self.box(place))
        cell = self._cells[place] = _Cell(np.zeros(shape, self.dtype), np.zeros(shape, np.bool_))
        self._bytes += cell.nbytes
        return cell

    def _get(self, place: Ints) -> _Cell:
        cell = self._cells.get(place)
        if cell is not None:
            self._cells.move_to_end(place)
            return cell
        shape = lengths(self.box(place))
        count = math.prod(shape)
        data = self._spill.take(self._spilled.pop(place), count * (self.dtype.itemsize + 1))
        pixels = np.frombuffer(bytearray(data), self.dtype, count).reshape(shape)
        painted = np.frombuffer(bytearray(data[pixels.nbytes :]), np.bool_).reshape(shape)
        cell = self._cells[place] = _Cell(pixels, painted)
        self._bytes += cell.nbytes
        return cell

    def _drop(self, place: Ints) -> None:
        self._bytes -= self._get(place).nbytes
        del self._cells[place]

    def _make_room(self) -> None:
        """Put the cells that were used longest ago on the disk, until the others fit.

        Those that are being stored stay, and all of them where the disk has no room.
        """
        if self._bytes <= self._most:
            return
        for place, cell in list(self._cells.items())[:-1]:
            if self._bytes <= self._most:
                return
            if cell.storing is None:
                waits = self._spill.put(cell.pixels.tobytes() + cell.painted.tobytes())
                if waits is None:
                    return
                self._spilled[place] = waits
                self._bytes -= cell.nbytes
                del self._cells[place]


def boxes_of_cells(box: Slices, cell: Ints) -> Iterator[Ints]:
    """Give the places of the cells that a box meets."""
    yield from product(*(range(s.start // c, -(-s.stop // c)) for s, c in zip(box, cell, strict=True)))
