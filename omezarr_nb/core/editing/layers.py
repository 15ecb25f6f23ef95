"""All levels of labels while they are painted: what is painted on level 0, and what follows from it on the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.axes import axis_names, spatial_axes
from omezarr_nb.core.chunks import ChunkCache
from omezarr_nb.core.editing.canvas import Canvas, Spill, boxes_of_cells
from omezarr_nb.core.editing.changes import Patch
from omezarr_nb.core.editing.draw import Drawn
from omezarr_nb.core.editing.ids import Ids, blocks, taken
from omezarr_nb.core.editing.storing import hull_of
from omezarr_nb.core.growing.boxes import below, intersect, is_empty, touched
from omezarr_nb.core.kinds import Array, Ints, Slices
from omezarr_nb.core.pyramid.reduce import reduce_block
from omezarr_nb.errors import UnsupportedError

if TYPE_CHECKING:
    from omezarr_nb.core.growing.pyramid import Pyramid

__all__ = ["Cells", "Layers"]

#: For each level the places of the cells that have changed.
Cells: TypeAlias = tuple[frozenset[Ints], ...]

#: Bytes of chunks that are kept as they are in the store.
_CACHE_BYTES = 128 << 20
#: Threads that look for ids.
_READERS = 2


class Layers:
    """The levels of labels, painted on; safe to use from several threads.

    Parameters
    ----------
    pyramid
        The labels, as they were read to be changed.
    memory
        Bytes of painted pixels that are kept in memory; more wait on the disk. What is read from the store is kept
        beside them, up to 128 MB.
    """

    def __init__(self, pyramid: Pyramid, memory: int) -> None:
        self._steps = pyramid.steps
        #: How coarser levels follow from finer ones: "mode" or "nearest", seldom "min" or "max".
        self.method = pyramid.method
        self._levels = pyramid.levels
        self.names: tuple[str, ...] = axis_names(pyramid.image.axes)
        self.plane = _plane(pyramid)
        self.lock = RLock()
        self._cache = ChunkCache(_CACHE_BYTES)
        self._spill = Spill()
        self._ids = Ids(self.dtype)
        # Level 0 has three quarters of all pixels at least.
        shares = [memory * 3 // 4] + [memory // (4 * max(1, len(self._levels) - 1))] * (len(self._levels) - 1)
        self.canvases = [
            Canvas(level, self.plane, self._cache, self._spill, share)
            for level, share in zip(self._levels, shares, strict=True)
        ]
        self._stored = 0
        #: An id that somebody is about to paint with: not given to parts of a label that is cut.
        self.reserved: int | None = None

    # What strokes are drawn on.

    @property
    def shape(self) -> Ints:
        """Of level 0."""
        return self._levels[0].shape

    @property
    def scale(self) -> tuple[float, ...]:
        """Of level 0."""
        return self._levels[0].scale

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the ids."""
        native: np.dtype[Any] = self._levels[0].dtype.newbyteorder("=")
        return native

    @property
    def cell(self) -> Ints:
        """Shape of a cell."""
        return self.canvases[0].cell

    @property
    def unit(self) -> Ints:
        """Shape of the chunks of level 0."""
        return self._levels[0].chunks

    def read(self, box: Slices) -> Array:
        """Return the ids of a box of level 0 as they are now."""
        return self.read_level(0, box)

    def next_id(self) -> int:
        """Return an id that no pixel of level 0 has; it is looked through when this is called first."""
        if not self._ids.is_known:
            self._look()
        return self._ids.free()

    def _look(self) -> None:
        """Learn which ids are taken, in the store and on the canvas; an id that is painted over counts as well."""
        found = Ids(self.dtype)
        array = self._levels[0].zarr
        boxes = (box for box, _ in blocks(self.shape, self.unit, lambda box: box))
        # The chunks go past the cache: it would hold nothing else afterwards.
        with ThreadPoolExecutor(_READERS, thread_name_prefix="omezarr_nb-ids") as pool:
            found.look(pool.map(lambda box: taken(np.asarray(array[box])), boxes))
        with self.lock:
            found.look(self.canvases[0].values())
            self._ids = found

    def free_ids(self, count: int) -> list[int]:
        """Return several of them."""
        self.next_id()
        if self.reserved is not None:
            self._ids.add_id(self.reserved)
        found = []
        for _ in range(count):
            found.append(self._ids.free())
            self._ids.add_id(found[-1])
        return found

    # What views read.

    def read_level(self, index: int, box: Slices) -> Array:
        """Return the pixels of a box of a level, with what is painted; a copy."""
        while True:
            stored = self._stored
            pixels = np.array(self._cache.read(self._levels[index], tuple((s.start, s.stop) for s in box)))
            with self.lock:
                # Where something was stored meanwhile, what was read may be neither as it was before nor as it is now.
                if stored == self._stored:
                    self.canvases[index].lay_over(box, pixels)
                    return pixels

    # What changes.

    def check_room(self) -> None:
        """Raise where there is no room to paint more; see `Canvas.check_room`."""
        for canvas in self.canvases:
            canvas.check_room()

    def patches(self, drawn: Iterable[Drawn]) -> list[Patch]:
        """Return what would change if pixels were painted; those that have the id already are left out."""
        found = []
        for part in drawn:
            pixels = self.read(part.box)
            mask = part.mask & (pixels != part.label)
            if part.only is not None:
                mask &= pixels == part.only
            box = _tight(mask)
            if box is None:
                continue
            start = tuple(s.start + a.start for s, a in zip(part.box, box, strict=True))
            inner = np.ascontiguousarray(mask[box])
            before = pixels[box][inner]
            # One value for all of them, as of a background that is filled, takes no memory.
            if (before == before[0]).all():
                before = np.array(before[0])
            found.append(Patch(start, inner, before, np.array(part.label, self.dtype)))
        return found

    def paint(self, patches: Sequence[Patch]) -> Cells:
        """Put changes into level 0, and what follows from them into the others; return which cells have changed."""
        finest = self.canvases[0]
        boxes = []
        for patch in patches:
            values: Array = patch.after
            if values.ndim:
                values = np.zeros(patch.mask.shape, self.dtype)
                values[patch.mask] = patch.after
            finest.write(patch.box, values, patch.mask)
            for part in np.unique(patch.after):
                self._ids.add_id(int(part))
            boxes.append(patch.box)
        cells = [frozenset(place for box in boxes for place in boxes_of_cells(box, finest.cell))]
        for index in range(1, len(self._levels)):
            boxes = self._reduce(index, boxes)
            cell = self.canvases[index].cell
            cells.append(frozenset(place for box in boxes for place in boxes_of_cells(box, cell)))
        return tuple(cells)

    def _reduce(self, index: int, boxes: Sequence[Slices]) -> list[Slices]:
        """Make the pixels of a level that depend on boxes of the one before; return their boxes."""
        canvas, before, step = self.canvases[index], self.canvases[index - 1], self._steps[index]
        parts = [
            intersect(target, canvas.box(place))
            for target in (touched(box, step, canvas.shape, self.method) for box in boxes)
            if not is_empty(target)
            for place in boxes_of_cells(target, canvas.cell)
        ]
        if index > 1:
            # Of level 0 no chunk is read that was not painted on; of the others the fewest boxes are quickest.
            cells: dict[Ints, list[Slices]] = {}
            for part in parts:
                place = tuple(s.start // c for s, c in zip(part, canvas.cell, strict=True))
                cells.setdefault(place, []).append(part)
            parts = [hull_of(some) for some in cells.values()]
        for part in parts:
            canvas.write(part, reduce_block(before.read(below(part, step)), step, self.method))
        return parts

    def painted_boxes(self) -> list[Slices]:
        """Return boxes around what is painted on level 0 and not on its way to the store, one a cell."""
        canvas, found = self.canvases[0], []
        for place in canvas.places():
            box = _tight(canvas.painted(place))
            if box is not None:
                origin = canvas.box(place)
                found.append(
                    tuple(slice(s.start + a.start, s.start + a.stop) for s, a in zip(origin, box, strict=True))
                )
        return found

    def landed(self, *, stored: bool) -> None:
        """Say how storing ended; where it did, chunks are read anew."""
        if stored:
            self._stored += 1
            for level in self._levels:
                self._cache.forget(level.path)
        self.canvases[0].landed(stored=stored)
        if self.canvases[0].is_empty:
            self._clear()

    def discard(self) -> Cells:
        """Forget all that is painted; return which cells that were."""
        cells = tuple(frozenset(canvas.places()) for canvas in self.canvases)
        self._ids = Ids(self.dtype)
        self._clear()
        return cells

    def close(self) -> None:
        """Give the memory back."""
        self._clear()
        self._spill.close()

    def _clear(self) -> None:
        for canvas in self.canvases:
            canvas.clear()


def _tight(mask: NDArray[np.bool_]) -> Slices | None:
    """Return the smallest box with all that is True, or None."""
    spans = []
    for axis in range(mask.ndim):
        there = np.flatnonzero(mask.any(axis=tuple(a for a in range(mask.ndim) if a != axis)))
        if not len(there):
            return None
        spans.append(slice(int(there[0]), int(there[-1]) + 1))
    return tuple(spans)


def _plane(pyramid: Pyramid) -> tuple[int, int]:
    """Return the axes that are painted on, y and x: as they are drawn in a view."""
    axes = pyramid.image.axes
    names = axis_names(axes)
    spatial = list(spatial_axes(axes)) or list(range(len(axes)))
    x = names.index("x") if "x" in names else spatial[-1]
    others = [axis for axis in spatial if axis != x]
    if not others:
        raise UnsupportedError(
            "Labels are painted in planes of two axes of space.", where=pyramid.location.where, found=", ".join(names)
        )
    return (names.index("y") if "y" in names else others[-1]), x
