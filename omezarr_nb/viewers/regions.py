"""The pixels of a shape: which they are at a level, as a lazy array, as a mask, and what they amount to."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.errors import InvalidArgumentError
from omezarr_nb.viewers.shapes import Shape
from omezarr_nb.viewers.shapes_geometry import contains, extent_of

if TYPE_CHECKING:
    import dask.array as da

    from omezarr_nb.core.image import Level
    from omezarr_nb.display.roles import Roles
    from omezarr_nb.viewers.planes import ImagePlanes

__all__ = [
    "ChannelPlane",
    "Crop",
    "Statistics",
    "Window",
    "crop_of",
    "fitting_level",
    "mask_of",
    "statistics_of",
    "window_of",
]

Array: TypeAlias = NDArray[Any]

#: Rows and columns that are read at once for statistics: 8 MB of float64.
_BLOCK = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A part of a level.

    Parameters
    ----------
    array
        A dask array with all axes of the image, in their order; nothing has been read.
    level
        Index of the level that it is a part of.
    slices
        Where it lies there, along each axis.
    scale, translation
        In axis order, in the units of the axes: the centre of its pixel ``i`` lies at ``translation + i * scale``.

    Examples
    --------
    >>> crop = viewer.crop()  # doctest: +SKIP
    >>> crop.array.mean().compute()  # doctest: +SKIP
    """

    array: da.Array
    level: int
    slices: tuple[slice, ...]
    scale: tuple[float, ...]
    translation: tuple[float, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Pixels along each axis."""
        return tuple(self.array.shape)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Read the pixels."""
        if copy is False:
            raise ValueError("the pixels of a crop are read, and so they are a copy")
        return np.asarray(self.array, dtype=dtype)


@dataclass(frozen=True, slots=True)
class Window:
    """Rows and columns of a level, at least one of each.

    Parameters
    ----------
    rows, columns
        Along y and x.
    """

    rows: slice
    columns: slice

    @property
    def height(self) -> int:
        """Number of rows."""
        return int(self.rows.stop - self.rows.start)

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(self.columns.stop - self.columns.start)


@dataclass(frozen=True, slots=True)
class ChannelPlane:
    """One plane of one channel at a level.

    Parameters
    ----------
    planes
        Of the image.
    level
        The level.
    indices
        One index an axis, in the level's pixels; those of the displayed and the channel axes do not count.
    channel
        Its index.
    """

    planes: ImagePlanes
    level: Level
    indices: tuple[int, ...]
    channel: int

    def read(self, window: Window) -> Array:
        """Return pixels as they are stored, (rows, columns); of complex ones the magnitude."""
        layout = self.planes.layout
        spans = {layout.y: window.rows, layout.x: window.columns}
        box = []
        for axis, index in enumerate(self.indices):
            place = self.channel if axis == layout.channel else index
            span = spans.get(axis, slice(place, place + 1))
            box.append((span.start, span.stop))
        pixels = self.planes.cache.read(self.level, tuple(box))
        plane = pixels.reshape([pixels.shape[axis] for axis in sorted(spans)])
        if layout.y > layout.x:
            plane = plane.T
        return np.abs(plane) if plane.dtype.kind == "c" else plane


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the pixels of a channel within a shape amount to.

    Parameters
    ----------
    count
        Pixels; those that are not a number are left out of it and of all else.
    sum, mean, std, min, max
        Of their values; the standard deviation is that of these pixels (divided by their count). Without pixels the
        sum is 0 and the others are nan.
    """

    count: int
    sum: float
    mean: float
    std: float
    min: float
    max: float


def window_of(shape: Shape, level: Level, layout: Roles) -> Window:
    """Return the pixels of a level whose centres lie in the rectangle around a shape, but for what is off the level.

    Of those that lie on its edge the upper and the left ones belong to it. Where there is no centre, as of a point or
    where pixels are larger than the shape, it is the pixel in the middle.

    Raises
    ------
    InvalidArgumentError
        When the shape lies outside the image.
    """
    box = extent_of(shape.points)
    spans = ((box.top, box.bottom, layout.y), (box.left, box.right, layout.x))
    rows, columns = (_span(level, axis, first, last) for first, last, axis in spans)
    if rows is None or columns is None:
        raise InvalidArgumentError("The shape lies outside the image.", where=shape.name, found=box)
    return Window(rows, columns)


def _span(level: Level, axis: int, first: float, last: float) -> slice | None:
    scale, translation, size = level.scale[axis], level.translation[axis], level.shape[axis]

    def pixel(place: float) -> float:
        return min(max((place - translation) / scale, -2.0), size + 2.0)  # the quotient may be infinite

    # A hair of a pixel is rounding: 0.3 / 0.1 is 2.9999999999999996.
    start, stop = (math.ceil(pixel(place) - 1e-9) for place in (first, last))
    if start >= stop:
        start = math.floor(pixel((first + last) / 2) + 0.5)
        stop = start + 1
    start, stop = max(start, 0), min(stop, size)
    return slice(start, stop) if start < stop else None


def crop_of(
    shape: Shape, level: Level, layout: Roles, indices: Sequence[int] | None, array: da.Array | None = None
) -> Crop:
    """Return the rectangle around a shape.

    Parameters
    ----------
    shape
        The shape.
    level, layout
        Of the image.
    indices
        The plane, one index an axis in the level's pixels, of which the axes with sliders are taken; None for all
        planes.
    array
        The level as a dask array, where it is at hand.
    """
    window = window_of(shape, level, layout)
    slices = []
    for axis, size in enumerate(level.shape):
        if axis == layout.y:
            slices.append(window.rows)
        elif axis == layout.x:
            slices.append(window.columns)
        elif indices is not None and axis in layout.sliders:
            slices.append(slice(indices[axis], indices[axis] + 1))
        else:
            slices.append(slice(0, size))
    translation = tuple(
        start + part.start * scale for start, part, scale in zip(level.translation, slices, level.scale, strict=True)
    )
    whole = level.dask if array is None else array
    return Crop(whole[tuple(slices)], level.index, tuple(slices), level.scale, translation)


def mask_of(shape: Shape, level: Level, layout: Roles, crop: Crop) -> da.Array:
    """Return which pixels of a crop lie in its shape: a lazy array of bool along y and x, in axis order."""
    import dask.array as da

    window = Window(crop.slices[layout.y], crop.slices[layout.x])
    chunks = tuple(crop.array.chunks[axis] for axis in (layout.y, layout.x))

    def block(block_info: Mapping[Any, Any]) -> Array:
        (rows, columns) = block_info[None]["array-location"]
        part = Window(
            slice(window.rows.start + rows[0], window.rows.start + rows[1]),
            slice(window.columns.start + columns[0], window.columns.start + columns[1]),
        )
        return within(shape, level, layout, part)

    mask: da.Array = da.map_blocks(block, chunks=chunks, dtype=bool, meta=np.empty((0, 0), bool))
    return mask.T if layout.y > layout.x else mask


def within(shape: Shape, level: Level, layout: Roles, window: Window) -> NDArray[np.bool_]:
    """Return which pixels of a window have their centre in a shape, (rows, columns); of a point the one under it."""
    if shape.kind in ("point", "rectangle"):
        # As the window around it has it: the two must not differ by a rounding.
        own = window_of(shape, level, layout)
        found = np.zeros((window.height, window.width), bool)
        found[_overlap(own.rows, window.rows), _overlap(own.columns, window.columns)] = True
        return found
    ys, xs = (_centres(level, axis, part) for axis, part in ((layout.y, window.rows), (layout.x, window.columns)))
    return contains(shape.kind, shape.points, ys, xs)


def _overlap(own: slice, part: slice) -> slice:
    start = max(own.start - part.start, 0)
    return slice(start, max(min(own.stop, part.stop) - part.start, start))


def _centres(level: Level, axis: int, part: slice) -> NDArray[np.float64]:
    return np.asarray(level.translation[axis] + np.arange(part.start, part.stop) * level.scale[axis], np.float64)


def fitting_level(planes: ImagePlanes, shape: Shape, most: int) -> int:
    """Return the finest level at which the rectangle around a shape has at most so many pixels; else the coarsest."""
    for level in planes.image.levels:
        window = window_of(shape, level, planes.layout)
        if window.height * window.width <= most:
            return level.index
    return len(planes.image.levels) - 1


def statistics_of(plane: ChannelPlane, shape: Shape, given_up: Callable[[], bool] = lambda: False) -> Statistics:
    """Return what the pixels of a channel within a shape amount to.

    They are read in blocks of 1024 by 1024, one after the other, so the memory is bounded whatever the shape.

    Parameters
    ----------
    plane
        Plane and channel.
    shape
        An area, or a point, which has one pixel.
    given_up
        Asked between blocks: whether nobody waits for the result any more. What there is by then is returned.
    """
    totals, layout = _Totals(), plane.planes.layout
    for part in _blocks(window_of(shape, plane.level, layout)):
        if given_up():
            break
        mask = within(shape, plane.level, layout, part)
        if mask.any():
            totals.add(plane.read(part)[mask])
    return totals.result()


def _blocks(window: Window) -> Iterator[Window]:
    for row in range(window.rows.start, window.rows.stop, _BLOCK):
        for column in range(window.columns.start, window.columns.stop, _BLOCK):
            yield Window(
                slice(row, min(row + _BLOCK, window.rows.stop)),
                slice(column, min(column + _BLOCK, window.columns.stop)),
            )


class _Totals:
    """Adds up values, block by block."""

    def __init__(self) -> None:
        self._count = 0
        self._sum: float = 0
        self._mean = 0.0
        self._squares = 0.0
        self._low, self._high = math.inf, -math.inf

    def add(self, values: Array) -> None:
        """Add values, 1-D, of any type that can be shown."""
        if values.dtype.kind == "f":
            values = values[~np.isnan(values)]
        if not values.size:
            return
        count = values.size
        exact = values.dtype.kind in "biu" and values.dtype.itemsize < 8
        numbers = values.astype(np.float64)
        self._sum += int(values.sum(dtype=np.int64)) if exact else float(numbers.sum())
        mean = float(numbers.mean())
        with np.errstate(invalid="ignore", over="ignore"):
            squares = float(((numbers - mean) ** 2).sum())
        # The formula of Chan, Golub and LeVeque (1983) for the squares of two parts together.
        apart = mean - self._mean
        together = self._count + count
        self._squares += squares + apart * apart * self._count * count / together
        self._mean += apart * count / together
        self._count = together
        self._low, self._high = min(self._low, values.min().item()), max(self._high, values.max().item())

    def result(self) -> Statistics:
        """Return what there is."""
        if not self._count:
            return Statistics(0, 0, math.nan, math.nan, math.nan, math.nan)
        deviation = math.sqrt(max(self._squares, 0) / self._count) if math.isfinite(self._squares) else math.nan
        return Statistics(self._count, self._sum, self._sum / self._count, deviation, self._low, self._high)
