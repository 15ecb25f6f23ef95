"""Volumes: which axes span one, which level is drawn, and the parts of it that the browser asks for.

Places are (x, y, z): along the two axes that are drawn of planes and the one that lies across them, all in the unit of
the first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from omezarr_nb.core.units import convert_factor
from omezarr_nb.errors import InvalidArgumentError

if TYPE_CHECKING:
    from omezarr_nb.core.image import Image, Level
    from omezarr_nb.display.roles import Roles
    from omezarr_nb.viewers.planes import ImagePlanes

__all__ = [
    "BUDGET",
    "TEXTURE",
    "Deep",
    "Grid",
    "Triple",
    "answer_volume",
    "depth_axis",
    "describe_volume",
    "grid_of",
    "level_of",
]

Triple: TypeAlias = tuple[float, float, float]

#: Bytes that the volumes of a view take on the GPU at most.
BUDGET = 256 * 2**20
#: Voxels along the longest edge of a volume: what WebGL 2 has everywhere.
TEXTURE = 2048
#: A level is fine enough when its pixels are at most this many pixels of the picture, as for planes.
_COARSEST = 1.5
#: Bytes of a part that is asked for.
_MOST_BYTES = 16 << 20
#: Bytes of the largest chunk that views keep as a whole.
_KEPT_BYTES = 32 << 20
#: Bytes of decoded chunks beyond that, of which the last ones are kept.
_DEEP_BYTES = 512 << 20


def depth_axis(image: Image, layout: Roles) -> int | None:
    """Return the axis that lies across the planes: one of space with more than one pixel, or None."""
    axes, shape = image.axes, image.shape
    found = [
        axis
        for axis in layout.sliders
        if shape[axis] > 1 and (axes[axis].type == "space" or (axes[axis].type is None and axes[axis].name == "z"))
    ]
    return found[-1] if found else None


def describe_volume(image: Image, layout: Roles) -> dict[str, Any] | None:
    """Return what the browser needs to know to draw a volume, JSON; None where there is none."""
    depth = depth_axis(image, layout)
    if depth is None:
        return None
    return {"axis": depth, "units": list(_units(image, layout, depth))}


def _units(image: Image, layout: Roles, depth: int) -> Triple:
    """Return by what places along x, y and z are multiplied to be in the unit of x."""
    target = image.axes[layout.x].unit
    x, y, z = (convert_factor(image.axes[axis].unit, target) for axis in (layout.x, layout.y, depth))
    return x, y, z


@dataclass(frozen=True, slots=True)
class Grid:
    """The voxels of a level, in the world.

    Parameters
    ----------
    size
        Voxels along x, y and z.
    scale, translation
        Of a voxel, and of the middle of the first one, in the unit of x.
    """

    size: tuple[int, int, int]
    scale: Triple
    translation: Triple

    @property
    def low(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The corner of the first voxel."""
        return np.asarray(np.array(self.translation) - np.array(self.scale) / 2, np.float64)

    @property
    def high(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The far corner of the last voxel."""
        return np.asarray(self.low + np.array(self.size) * np.array(self.scale), np.float64)


def grid_of(image: Image, layout: Roles, level: Level) -> Grid:
    """Return where the voxels of a level lie; the image has a depth."""
    depth = depth_axis(image, layout)
    assert depth is not None
    axes = (layout.x, layout.y, depth)
    units = _units(image, layout, depth)
    nx, ny, nz = (level.shape[axis] for axis in axes)
    sx, sy, sz = (level.scale[axis] * unit for axis, unit in zip(axes, units, strict=True))
    tx, ty, tz = (level.translation[axis] * unit for axis, unit in zip(axes, units, strict=True))
    return Grid((nx, ny, nz), (sx, sy, sz), (tx, ty, tz))


def level_of(planes: ImagePlanes, choice: int | None, channels: int, zoom: float) -> int | None:
    """Return the level that is drawn as a volume, or None where none is small enough.

    Parameters
    ----------
    planes
        Of the image, or of labels.
    choice
        The level that is asked for, or None for the one that the zoom asks for.
    channels
        How many volumes are drawn: each channel and each label image is one.
    zoom
        Pixels of the picture for one unit of x.
    """
    image, layout = planes.image, planes.layout
    grids = [grid_of(image, layout, level) for level in image.levels]
    exact = planes.wire is not None and (planes.ids or planes.wire == np.dtype("uint8"))
    itemsize = planes.wire.itemsize if planes.wire is not None and exact else 4
    fitting = [
        level
        for level, grid in enumerate(grids)
        if max(grid.size) <= TEXTURE and math.prod(grid.size) * itemsize * max(channels, 1) <= BUDGET
    ]
    if not fitting:
        return None
    if choice is None:
        fine = [level for level, grid in enumerate(grids) if max(grid.scale[:2]) * zoom <= _COARSEST]
        choice = max(fine, default=0)
    return min((level for level in fitting if level >= choice), default=fitting[-1])


class Deep:
    """Reads parts of volumes whose chunks are too large for the cache of chunks: the last ones are kept.

    A volume that is stored as one chunk would else be decoded anew for each of its parts. Safe to use from several
    threads, which wait for one another.
    """

    def __init__(self) -> None:
        self._key: tuple[Any, ...] = ()
        self._block: np.ndarray[Any, Any] | None = None
        self._lock = Lock()

    def read(
        self, planes: ImagePlanes, level: Level, indices: Sequence[int], channel: int, spans: Mapping[int, slice]
    ) -> np.ndarray[Any, Any]:
        """Return a part of the image as `ImagePlanes.block` does."""
        chunk = math.prod(level.chunks) * level.dtype.itemsize
        whole = {axis: _widened(span, level.chunks[axis], level.shape[axis]) for axis, span in spans.items()}
        size = math.prod(span.stop - span.start for span in whole.values()) * level.dtype.itemsize
        if chunk <= _KEPT_BYTES or size > _DEEP_BYTES:
            return planes.block(level, indices, channel, spans)
        # Labels are read through a cache of their own.
        source = (id(planes.cache), level.index, tuple(indices), channel)
        key = (*source, *((axis, span.start, span.stop) for axis, span in whole.items()))
        with self._lock:
            if self._block is None or key != self._key:
                self._block = None
                self._block = planes.block(level, indices, channel, whole)
                self._key = key
            part = tuple(
                slice(span.start - whole[axis].start, span.stop - whole[axis].start) for axis, span in spans.items()
            )
            return np.ascontiguousarray(self._block[part])

    def forget(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._block = None


def _widened(span: slice, chunk: int, size: int) -> slice:
    """Return the whole chunks that a span touches."""
    return slice(span.start // chunk * chunk, min(-(-span.stop // chunk) * chunk, size))


def answer_volume(
    planes: ImagePlanes, question: Mapping[str, Any], deep: Deep | None = None
) -> tuple[dict[str, Any], list[bytes]]:
    """Return a part of a volume: ``shape`` (planes, rows, columns), and a buffer, or one ``value`` for all of it.

    Parameters
    ----------
    planes
        Of the image.
    question
        ``level``, ``channel`` (0 of labels), ``indices`` (one for each axis, in the level's pixels) and ``box``: first
        and last-plus-one plane, first and last-plus-one row. All columns belong to it.
    deep
        What reads chunks that are too large for the cache.

    Raises
    ------
    InvalidArgumentError
        When there is no such part, or it is too large for one answer.
    """
    image, layout = planes.image, planes.layout
    depth, wire = depth_axis(image, layout), planes.wire
    if depth is None or wire is None:
        raise InvalidArgumentError("This image is no volume.")
    index = _whole(question.get("level"), len(image.levels), "level")
    level = image.levels[index]
    channel = _whole(question.get("channel"), len(planes.channels), "channel")
    given = question.get("indices")
    if not isinstance(given, list) or len(given) != len(level.shape):
        raise InvalidArgumentError("The message has no usable 'indices'.", found=given, expected=level.shape)
    indices = [_whole(one, size, "indices") for one, size in zip(given, level.shape, strict=True)]
    spans = _spans(question.get("box"), (level.shape[depth], level.shape[layout.y]))
    columns = level.shape[layout.x]
    size = math.prod(span.stop - span.start for span in spans) * columns * wire.itemsize
    if size > _MOST_BYTES:
        raise InvalidArgumentError("This part of the volume is too large for one answer.", found=f"{size} bytes")
    box = {depth: spans[0], layout.y: spans[1], layout.x: slice(0, columns)}
    pixels = (deep or Deep()).read(planes, level, indices, channel, box)
    said: dict[str, Any] = {"kind": "volume", "dtype": wire.name, "shape": list(pixels.shape)}
    first = pixels.flat[0]
    if math.isfinite(first) and (pixels == first).all():
        # As with tiles: a number has 53 bits in the browser.
        return said | {"value": str(first) if wire.itemsize == 8 else first.item()}, []
    return said, [pixels.tobytes()]


def _whole(value: Any, count: int, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < count:
        raise InvalidArgumentError(f"The message has no usable {name!r}.", found=value, expected=f"0 to {count - 1}")
    return value


def _spans(box: Any, sizes: tuple[int, int]) -> list[slice]:
    if not isinstance(box, list) or len(box) != 4 or not all(isinstance(edge, int) for edge in box):
        raise InvalidArgumentError("The message has no usable 'box'.", found=box, expected="four whole numbers")
    spans = [slice(box[0], box[1]), slice(box[2], box[3])]
    if not all(0 <= span.start < span.stop <= size for span, size in zip(spans, sizes, strict=True)):
        raise InvalidArgumentError("There is no such part of the volume.", found=box, expected=sizes)
    return spans
