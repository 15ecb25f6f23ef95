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
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from omezarr_nb.core.image import Level

__all__ = ["ChunkCache"]

Array = np.ndarray[Any, Any]
Box = tuple[tuple[int, int], ...]


class ChunkCache:
    """Reads boxes of levels through a cache of decoded chunks.

    Parameters
    ----------
    max_bytes
        What the cache holds at most. A chunk larger than a quarter of that is read past the cache.
    """

    def __init__(self, max_bytes: int = 128 * 2**20) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._chunks: OrderedDict[tuple[str, tuple[int, ...]], Array] = OrderedDict()
        self._loading: dict[tuple[str, tuple[int, ...]], Future[Array]] = {}
        self._lock = Lock()

    def holds(self, level: Level) -> bool:
        """Return whether the chunks of a level are small enough to be kept."""
        return math.prod(level.chunks) * level.dtype.itemsize <= self._max_bytes // 4

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
        if not self.holds(level):
            return np.asarray(level.zarr[tuple(slice(*span) for span in box)])
        grid = [
            range(start // chunk, -(-stop // chunk)) for (start, stop), chunk in zip(box, level.chunks, strict=True)
        ]
        out = np.empty([stop - start for start, stop in box], level.dtype)
        for place in itertools.product(*grid):
            chunk = self._chunk(level, place)
            source, target = [], []
            for (start, stop), size, index in zip(box, level.chunks, place, strict=True):
                low, high = max(start, index * size), min(stop, (index + 1) * size)
                source.append(slice(low - index * size, high - index * size))
                target.append(slice(low - start, high - start))
            out[tuple(target)] = chunk[tuple(source)]
        return out

    def _chunk(self, level: Level, place: tuple[int, ...]) -> Array:
        """Return a chunk from the cache, or read it; a second thread that wants it waits for the first."""
        key = (level.path, place)
        with self._lock:
            if key in self._chunks:
                self._chunks.move_to_end(key)
                return self._chunks[key]
            future = self._loading.get(key)
            mine = future is None
            if future is None:
                future = self._loading[key] = Future()
        if mine:
            self._load(future, level, place)
        return future.result()

    def _load(self, future: Future[Array], level: Level, place: tuple[int, ...]) -> None:
        key = (level.path, place)
        try:
            chunk = _read_chunk(level, place)
        except BaseException as error:  # handed on to every thread that waits for this chunk
            with self._lock:
                del self._loading[key]
            future.set_exception(error)
            return
        with self._lock:
            del self._loading[key]
            self._chunks[key] = chunk
            self._bytes += chunk.nbytes
            while self._bytes > self._max_bytes:
                _, old = self._chunks.popitem(last=False)
                self._bytes -= old.nbytes
        future.set_result(chunk)


def _read_chunk(level: Level, place: tuple[int, ...]) -> Array:
    spans = tuple(
        slice(index * chunk, min((index + 1) * chunk, size))
        for index, chunk, size in zip(place, level.chunks, level.shape, strict=True)
    )
    return np.asarray(level.zarr[spans])
