"""Laplacian pyramids: what each level of the gaussian pyramid holds that smoothing takes away.

No level is the image itself, so none can be made from the one before as stored. Each region of a level is computed
from the source when it is asked for, tile by tile down through the gaussian levels, in bounded memory: a level costs
about as much as reading and smoothing the whole source once. A pixel does not depend on how its level was cut.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from omezarr_nb.core.kinds import Array, Ints, Slices
from omezarr_nb.core.pyramid.filters import filter_region, smooth_region
from omezarr_nb.core.pyramid.levels import LevelShape
from omezarr_nb.core.pyramid.source import AT_ONCE, Source
from omezarr_nb.errors import UnsupportedError

__all__ = ["Differences", "difference_dtype", "differences"]

#: Bytes of the pixels that one tile is made from, unless the chunks of the source are larger.
TILE_BYTES = 2 << 20
MOST_TILE_BYTES = 32 << 20

#: Bytes that a filter holds for each byte that it is given, of float32, whose sums are of double precision.
COPIES = 16


def difference_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Give the type of differences: float32, or float64 for what has 32 bits or more; complex stays.

    Examples
    --------
    >>> difference_dtype(np.dtype("uint16")), difference_dtype(np.dtype("int32"))
    (dtype('float32'), dtype('float64'))
    """
    if dtype.kind == "c":
        return dtype
    wide = dtype.itemsize > 4 or (dtype.kind in "iu" and dtype.itemsize == 4)
    return np.dtype("f8" if wide else "f4")


@dataclass(frozen=True, slots=True)
class Differences:
    """One level of a laplacian pyramid, computed region by region when it is sliced.

    Parameters
    ----------
    source
        The image.
    levels
        Its levels, up to this one.
    smoothing
        Factor along each axis to the level after, whose smoothing is taken away.
    """

    source: Source
    levels: tuple[LevelShape, ...]
    smoothing: Ints

    @property
    def shape(self) -> Ints:
        """Of the level."""
        return self.levels[-1].shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """See `difference_dtype`."""
        return difference_dtype(self.source.dtype)

    @property
    def tile(self) -> int:
        """Bytes of the pixels that one tile is made from."""
        itemsize = self.dtype.itemsize
        return max(TILE_BYTES, min(MOST_TILE_BYTES, itemsize * math.prod(self.source.chunks or (0,))))

    @property
    def working(self) -> int:
        """Bytes that are needed to read a region, beside it."""
        chunk = self.source.dtype.itemsize * math.prod(self.source.chunks or (0,))
        return self.tile * (COPIES + 2 * len(self.levels)) + (1 + AT_ONCE) * chunk

    def __getitem__(self, region: Slices) -> Array:
        last = len(self.levels) - 1
        result = np.empty(tuple(s.stop - s.start for s in region), self.dtype)
        for tile, inner in _tiles(region, self.tile // self.dtype.itemsize, self.smoothing):
            result[inner] = self._gaussian(last, tile) - smooth_region(
                lambda wanted: self._gaussian(last, wanted), self.shape, self.smoothing, tile
            )
        return result

    def _gaussian(self, index: int, region: Slices) -> Array:
        """Give a region of a level of the gaussian pyramid."""
        if index == 0:
            return self.source.read(region).astype(self.dtype)
        before, level = self.levels[index - 1], self.levels[index]
        result = np.empty(tuple(s.stop - s.start for s in region), self.dtype)
        for tile, inner in _tiles(region, self.tile // self.dtype.itemsize // math.prod(level.step), level.step):
            result[inner] = filter_region(
                lambda wanted: self._gaussian(index - 1, wanted), before.shape, level.step, tile, "gaussian"
            )
        return result


def differences(source: Source, levels: Sequence[LevelShape], plane: Ints) -> tuple[Source, ...]:
    """Give the levels of the laplacian pyramid of an image, each as a source.

    Parameters
    ----------
    source
        The image.
    levels
        Shapes and steps, level 0 included. What smoothing takes away is what it takes on the way to the level after,
        and for the last level once more what it took on the way to this one.
    plane
        Axes that are smoothed, by 2, where there is one level only.

    Raises
    ------
    UnsupportedError
        For a source that can be read only once, from the first plane to the last.
    """
    if source.in_order is not None:
        raise UnsupportedError(
            "A laplacian pyramid reads the image once for each level, and these planes can be read only once.",
            where="method",
            found="laplacian",
            do="Write the image with another method first, and this from it.",
        )
    alone = tuple(2 if axis in plane else 1 for axis in range(len(source.shape)))
    steps = [level.step for level in levels[1:]] or [alone]
    result = []
    for index in range(len(levels)):
        level = Differences(source, tuple(levels[: index + 1]), steps[min(index, len(steps) - 1)])
        result.append(level)
    most = max(level.working for level in result)
    return tuple(Source(level, level.shape, level.dtype, None, "other", working=most) for level in result)


def _tiles(region: Slices, room: int, factors: Ints) -> Iterator[tuple[Slices, Slices]]:
    """Cut a region into tiles of about `room` pixels, cubes along the axes that are smoothed; give each with its place.

    So little more is read around a tile than it has itself.
    """
    shape = tuple(s.stop - s.start for s in region)
    sizes = [1] * len(shape)
    left = float(max(1, room))
    smoothed = sorted((shape[axis], axis) for axis in range(len(shape)) if factors[axis] > 1)
    others = [(shape[axis], axis) for axis in reversed(range(len(shape))) if factors[axis] == 1]
    for count, (length, axis) in enumerate(smoothed):  # the shortest first: what it leaves, the others have
        sizes[axis] = max(1, min(length, int(left ** (1 / (len(smoothed) - count)))))
        left /= sizes[axis]
    for length, axis in others:
        sizes[axis] = max(1, min(length, int(left)))
        left /= sizes[axis]
    for corner in product(*(range(0, n, size) for n, size in zip(shape, sizes, strict=True))):
        inner = tuple(slice(a, min(a + size, n)) for a, size, n in zip(corner, sizes, shape, strict=True))
        yield tuple(slice(r.start + s.start, r.start + s.stop) for r, s in zip(region, inner, strict=True)), inner
