"""Fields and wells side by side, as one lazy array a level.

The shapes of one field stand for those of all, so that a plate of any size costs the requests of one image. A field is
opened when a pixel of it is read: what is smaller is filled up with 0, what is larger is cut, what is not there is 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from omezarr_nb.errors import NotFoundError, StoreError

if TYPE_CHECKING:
    import dask.array as da
    from numpy.typing import NDArray

    from omezarr_nb.core.image import Image, Level
    from omezarr_nb.core.plate import Plate, Well

__all__ = ["first_field", "mosaic", "plate_grid", "plate_mosaic", "well_grid", "well_mosaic"]

Find = Callable[[], "Image"]


def well_mosaic(well: Well) -> tuple[Image, list[da.Array]]:
    """Return the first field of a well, and for each of its levels all fields in a nearly square grid.

    Raises
    ------
    NotFoundError
        When the well has no field, or its first one is not there.
    """
    if not well.fields:
        raise NotFoundError("This well lists no field.", where=well.where)
    first = well.fields[0]
    return first, mosaic(first, well_grid(well))


def well_grid(well: Well) -> list[list[Find | None]]:
    """Return what finds the fields of a well, in a nearly square grid."""
    number = len(well.fields)
    columns = math.ceil(math.sqrt(number))
    finds: list[Find | None] = [partial(well.fields.__getitem__, index) for index in range(number)]
    finds += [None] * (-number % columns)
    return [finds[start : start + columns] for start in range(0, len(finds), columns)]


def plate_mosaic(plate: Plate) -> tuple[Image, list[da.Array]]:
    """Return a field of a plate, and for each of its levels the first fields of all wells in their rows and columns.

    Raises
    ------
    NotFoundError
        When the plate lists no well, or none of its first eight holds a field.
    """
    first = first_field(plate)
    return first, mosaic(first, plate_grid(plate))


def plate_grid(plate: Plate) -> list[list[Find | None]]:
    """Return what finds the first fields of all wells, in their rows and columns."""
    return [
        [_find(plate, row, column) if (row, column) in plate.wells else None for column in plate.columns]
        for row in plate.rows
    ]


def mosaic(first: Image, grid: Sequence[Sequence[Find | None]]) -> list[da.Array]:
    """Return images side by side, one array for each level of the first.

    Parameters
    ----------
    first
        Whose shapes, chunks and type stand for all.
    grid
        Rows of functions that return an image, or None where nothing is.
    """
    import dask.array as da

    y, x = first.ndim - 2, first.ndim - 1
    levels = []
    for level in first.levels:
        empty = da.zeros(level.shape, dtype=level.dtype, chunks=level.chunks)
        rows = [da.concatenate([empty if find is None else _tile(find, level) for find in row], axis=x) for row in grid]
        levels.append(da.concatenate(rows, axis=y))
    return levels


def _find(plate: Plate, row: str, column: str) -> Find:
    return lambda: plate.wells[row, column].fields[0]


def first_field(plate: Plate) -> Image:
    """Return the first field that is there, of the wells in order; what is missing costs a request or two each."""
    for path in list(plate.wells)[:8]:
        try:
            return plate.wells[path].fields[0]
        except (NotFoundError, IndexError):
            continue
    raise NotFoundError("None of the first wells of this plate holds a field.", where=plate.where)


def _tile(find: Find, level: Level) -> da.Array:
    import dask.array as da

    tile = _Tile(find, level)
    array: da.Array = da.from_array(tile, chunks=level.chunks, name=False, asarray=False, meta=tile.meta)
    return array


class _Tile:
    """One field as an array of the shape that was expected of it; opened when it is first read."""

    def __init__(self, find: Find, level: Level) -> None:
        self._find = find
        self._level = level.index
        self.shape = level.shape
        self.dtype = level.dtype
        self.ndim = len(level.shape)
        self.meta = np.empty((0,) * self.ndim, self.dtype)

    def __getitem__(self, key: tuple[slice, ...]) -> NDArray[Any]:
        wanted = [slice(*part.indices(size)) for part, size in zip(key, self.shape, strict=True)]
        block = np.zeros([part.stop - part.start for part in wanted], self.dtype)
        try:
            levels = self._find().levels
        except StoreError:
            raise
        except (NotFoundError, ValueError, IndexError):  # not there, or no image: 0, as beside the wells
            return block
        if self._level >= len(levels) or levels[self._level].zarr.ndim != self.ndim:
            return block
        array = levels[self._level].zarr
        inside = tuple(
            slice(part.start, max(part.start, min(part.stop, size)))
            for part, size in zip(wanted, array.shape, strict=True)
        )
        if all(part.stop > part.start for part in inside):
            pixels = np.asarray(array[inside])
            block[tuple(slice(0, size) for size in pixels.shape)] = pixels
        return block
