"""A bounded cache of decoded chunks in front of the levels of an image.

Views ask for small tiles again and again, often of the same chunk (the next z in a chunk of 125 planes): each chunk is
read and decoded once while it stays in the cache. Safe to use from several threads.
"""

from __future__ import annotations

import itertools
import math
from collections import OrderedDict
from concurrent.futures import Future
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from omezarr_nb.core.kinds import Array, Ints

if TYPE_CHECKING:
    from omezarr_nb.core.image import Level

__all__ = ["ChunkCache"]

Box = tuple[tuple[int, int], ...]
#: Of a piece: the level's path, the piece's shape, and its place in the grid of such pieces.
_Key = tuple[str, Ints, Ints]


class ChunkCache:
    """Reads boxes of levels through a cache of decoded chunks.

    Parameters
    ----------
    max_bytes
        What the cache holds at most. Of a chunk larger than a quarter of that only the plane that is asked for is
        kept; where that is too large as well, it is read past the cache.
    """

    def __init__(self, max_bytes: int = 128 * 2**20) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._pieces: OrderedDict[_Key, Array] = OrderedDict()
        self._loading: dict[_Key, Future[Array]] = {}
        self._lock = Lock()
        self._forgotten = 0

    @property
    def bytes(self) -> int:
        """What the cache holds now."""
        return self._bytes

    def forget(self, path: str | None = None) -> None:
        """Read the chunks of a level, or of all, anew from now on. What is being read now is not kept."""
        with self._lock:
            self._forgotten += 1
            for key in [key for key in self._pieces if path is None or key[0] == path]:
                self._bytes -= self._pieces.pop(key).nbytes
            for key in [key for key in self._loading if path is None or key[0] == path]:
                del self._loading[key]

    def read(self, level: Level, box: Box) -> Array:
        """Return the pixels of a box.

        Parameters
        ----------
        level
            The level to read from.
        box
            First and last-plus-one index along each axis, in axis order, within the level's shape.

        Returns
        -------
        numpy.ndarray
            Of the box's shape, in axis order; not to be written to.
        """
        piece = self._piece_shape(level, box)
        if piece is None:
            return np.asarray(level.zarr[tuple(slice(*span) for span in box)])
        grid = [range(start // size, -(-stop // size)) for (start, stop), size in zip(box, piece, strict=True)]
        out = np.empty([stop - start for start, stop in box], level.dtype)
        for place in itertools.product(*grid):
            pixels = self._piece(level, piece, place)
            source, target = [], []
            for (start, stop), size, index in zip(box, piece, place, strict=True):
                low, high = max(start, index * size), min(stop, (index + 1) * size)
                source.append(slice(low - index * size, high - index * size))
                target.append(slice(low - start, high - start))
            out[tuple(target)] = pixels[tuple(source)]
        return out

    def _piece_shape(self, level: Level, box: Box) -> Ints | None:
        """Return what is kept as a whole: a chunk, or its part in the plane of the box, or None for neither."""
        plane = tuple(1 if stop - start == 1 else chunk for (start, stop), chunk in zip(box, level.chunks, strict=True))
        for piece in (level.chunks, plane):
            if math.prod(piece) * level.dtype.itemsize <= self._max_bytes // 4:
                return piece
        return None

    def _piece(self, level: Level, piece: Ints, place: Ints) -> Array:
        """Return a piece from the cache, or read it; a second thread that wants it waits for the first."""
        key = (level.path, piece, place)
        with self._lock:
            if key in self._pieces:
                self._pieces.move_to_end(key)
                return self._pieces[key]
            future = self._loading.get(key)
            mine = future is None
            if future is None:
                future = self._loading[key] = Future()
        if mine:
            self._load(future, level, key)
        return future.result()

    def _load(self, future: Future[Array], level: Level, key: _Key) -> None:
        before = self._forgotten
        try:
            pixels = _read_piece(level, *key[1:])
        except BaseException as error:  # handed on to every thread that waits for this piece
            with self._lock:
                self._end(key, future)
            future.set_exception(error)
            return
        with self._lock:
            self._end(key, future)
            if before == self._forgotten:
                self._pieces[key] = pixels
                self._bytes += pixels.nbytes
            while self._bytes > self._max_bytes:
                _, old = self._pieces.popitem(last=False)
                self._bytes -= old.nbytes
        future.set_result(pixels)

    def _end(self, key: _Key, future: Future[Array]) -> None:
        if self._loading.get(key) is future:
            del self._loading[key]


def _read_piece(level: Level, piece: Ints, place: Ints) -> Array:
    spans = tuple(
        slice(index * size, min((index + 1) * size, end))
        for index, size, end in zip(place, piece, level.shape, strict=True)
    )
    return np.asarray(level.zarr[spans])
