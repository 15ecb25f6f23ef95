"""Deciding which pixels the pictures of a repr are made of, and reading them.

Reading any pixel of a chunk reads the whole chunk, so what is counted is the uncompressed size of all chunks that are
touched: at most `MAX_BYTES` and `MAX_CHUNKS` for one repr, whatever the image. Where not even one chunk fits, a single
one is read if it holds at most `MAX_CHUNK_BYTES`: volumes are often kept in chunks of 128 planes, and one of those is
still little to store and to decode. `plan_reads` is pure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from omezarr_nb.core.axes import Axis
from omezarr_nb.core.transforms import index_of
from omezarr_nb.display.roles import first_index, roles_of
from omezarr_nb.display.words import bytes_text, reason

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from omezarr_nb.core.image import Level

__all__ = [
    "MAX_BYTES",
    "MAX_CHUNKS",
    "MAX_CHUNK_BYTES",
    "Plane",
    "ReadPlan",
    "displayed_axes",
    "plan_reads",
    "read_planes",
]

MAX_BYTES = 4 * 2**20
MAX_CHUNK_BYTES = 16 * 2**20
MAX_CHUNKS = 128  # each is a request
_FINER_CHUNKS = 16  # of levels finer than the picture's, whose pictures say little more
_SERVES = 160  # pixels along the longer side: fewer look coarse at the size of the picture
_CROP = 256  # pixels along a side of a crop are enough

Window = tuple[slice, slice]
Pixels = Mapping[int, "NDArray[Any] | str"]


@dataclass(frozen=True, slots=True)
class Plane:
    """A plane of a level, or the middle of one.

    Parameters
    ----------
    level
        Index of the level.
    fixed
        An index for every axis, in the level's pixels; those of the displayed axes and the channel axis do not count.
    channels
        Indices along the channel axis; (0,) where there is none.
    window
        Rows and columns.
    cropped
        Whether the window is less than the plane.
    chunks, nbytes
        Chunks that are touched, and their uncompressed size.
    """

    level: int
    fixed: tuple[int, ...]
    channels: tuple[int, ...]
    window: Window
    cropped: bool
    chunks: int
    nbytes: int


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """What is read for one repr: the plane of the picture, one plane a level, and why others are not read."""

    picture: Plane | None
    levels: Mapping[int, Plane] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)


def displayed_axes(axes: Sequence[Axis]) -> tuple[int, int]:
    """Return the indices of the axes that are drawn downwards and to the right; there are at least two."""
    roles = roles_of(axes)
    return (0, 0) if roles is None else (roles.y, roles.x)


def plan_reads(
    levels: Sequence[Level],
    axes: Sequence[Axis],
    channel_axis: int | None,
    *,
    channels: Sequence[int],
    composite: Sequence[int],
    defaults: Mapping[str, int],
    max_bytes: int = MAX_BYTES,
    max_chunks: int = MAX_CHUNKS,
) -> ReadPlan:
    """Choose planes within the bounds; nothing is read.

    Parameters
    ----------
    levels, axes, channel_axis
        Of the image.
    channels
        Indices of the channels that get a picture of their own, where that fits.
    composite
        Those of them that are shown together.
    defaults
        Index of an axis in the pixels of level 0, by name. Otherwise the middle along space and 0 along others.
    max_bytes, max_chunks
        Bounds for all planes together.
    """
    asker = _Asker(levels, axes, channel_axis, defaults)
    reasons = {level.index: words for level in levels if (words := _no_picture(level, axes))}
    usable = [level for level in levels if level.index not in reasons]
    picture = _choose(asker, usable, (tuple(channels), tuple(composite), tuple(composite[:1])), max_bytes, max_chunks)
    if picture is None:
        for level in usable:
            reasons[level.index] = f"not read: one chunk holds {bytes_text(_chunk_bytes(level))}"
        return ReadPlan(None, {}, reasons)
    planes = {picture.level: picture}
    bytes_left, chunks_left = max_bytes - picture.nbytes, max_chunks - picture.chunks
    together = [channel for channel in composite if channel in picture.channels]
    coarser = [level for level in usable if level.index > picture.level]
    finer = [level for level in reversed(usable) if level.index < picture.level]
    for level in coarser + finer:
        plane = asker.plane(level, together)
        if level in finer:
            chunks_left = min(chunks_left, _FINER_CHUNKS)
        if plane.nbytes <= bytes_left and plane.chunks <= chunks_left:
            planes[level.index] = plane
            bytes_left, chunks_left = bytes_left - plane.nbytes, chunks_left - plane.chunks
        else:
            reasons[level.index] = f"not read: {bytes_text(plane.nbytes)}"
    return ReadPlan(picture, planes, reasons)


def read_planes(
    plan: ReadPlan, levels: Sequence[Level], axes: Sequence[Axis], channel_axis: int | None
) -> dict[int, Pixels]:
    """Read all planes of a plan, several at a time.

    Returns
    -------
    dict
        By level, then by channel: the pixels as (row, column), or in words why they could not be read.
    """
    tasks = [
        (plane, group)
        for plane in plan.levels.values()
        for group in _groups(plane.channels, _chunk(levels[plane.level], channel_axis))
    ]
    if not tasks:
        return {}
    with ThreadPoolExecutor(max_workers=min(8, len(tasks))) as pool:
        parts = list(pool.map(lambda task: _read(levels[task[0].level], axes, channel_axis, *task), tasks))
    pixels: dict[int, dict[int, NDArray[Any] | str]] = {}
    for (plane, _), part in zip(tasks, parts, strict=True):
        pixels.setdefault(plane.level, {}).update(part)
    return dict(pixels)


@dataclass(frozen=True, slots=True)
class _Asker:
    """Makes planes of levels, and counts what they touch."""

    levels: Sequence[Level]
    axes: Sequence[Axis]
    channel_axis: int | None
    defaults: Mapping[str, int]

    def plane(self, level: Level, channels: Sequence[int], window: Window | None = None) -> Plane:
        rows, columns = displayed_axes(self.axes)
        whole = (slice(0, level.shape[rows]), slice(0, level.shape[columns]))
        window = window or whole
        chunks = len({channel // _chunk(level, self.channel_axis) for channel in channels})
        for part, axis in zip(window, (rows, columns), strict=True):
            chunks *= -(-part.stop // level.chunks[axis]) - part.start // level.chunks[axis]
        nbytes = chunks * _chunk_bytes(level)
        return Plane(level.index, self.fixed(level), tuple(channels), window, window != whole, chunks, nbytes)

    def fixed(self, level: Level) -> tuple[int, ...]:
        return tuple(self._index(level, axis) for axis in range(len(self.axes)))

    def _index(self, level: Level, axis: int) -> int:
        first, size = self.levels[0], level.shape[axis]
        default = first_index(self.axes[axis], first.shape[axis], self.defaults)
        try:
            world = first.translation[axis] + default * first.scale[axis]
            return index_of(world, level.scale[axis], level.translation[axis], size)
        except (ArithmeticError, ValueError):  # scales that are too large or small for a float
            return min(default, size - 1)

    def crop(self, level: Level, channels: Sequence[int], max_bytes: int, max_chunks: int) -> Plane | None:
        """Return the largest block of chunks around the middle that fits and is not larger than needed."""
        axes = displayed_axes(self.axes)
        one = self.plane(level, channels, (slice(0, 1), slice(0, 1)))
        fitting = min(max_bytes // max(one.nbytes, 1), max_chunks // one.chunks)
        if fitting < 1:
            return None
        there = [-(-level.shape[axis] // level.chunks[axis]) for axis in axes]
        wanted = [min(-(-_CROP // level.chunks[axis]), number) for axis, number in zip(axes, there, strict=True)]
        columns = min(wanted[1], max(math.isqrt(fitting), fitting // wanted[0]))
        counts = (min(wanted[0], fitting // columns), columns)
        window = []
        for axis, number, many in zip(axes, there, counts, strict=True):
            start = (number - many) // 2 * level.chunks[axis]
            window.append(slice(start, min(start + many * level.chunks[axis], level.shape[axis])))
        return self.plane(level, channels, (window[0], window[1]))


def _choose(
    asker: _Asker, levels: Sequence[Level], choices: Sequence[tuple[int, ...]], max_bytes: int, max_chunks: int
) -> Plane | None:
    """Return the plane of the picture: the smallest level that serves, else a coarser one, else a crop of that."""
    rows, columns = displayed_axes(asker.axes)
    serving = [level for level in levels if max(level.shape[rows], level.shape[columns]) >= _SERVES]
    first = serving[-1:] or levels[:1]
    candidates = [*first, *(level for level in levels if first and level.index > first[0].index)]
    for level in candidates:
        for channels in choices:
            plane = asker.plane(level, channels)
            if plane.nbytes <= max_bytes and plane.chunks <= max_chunks:
                return plane
    crops = (
        asker.crop(level, channels, max_bytes, max_chunks) for level in reversed(candidates) for channels in choices
    )
    found = next((plane for plane in crops if plane is not None), None)
    if found is None and max_bytes < MAX_CHUNK_BYTES:
        single = (asker.crop(level, choices[-1], MAX_CHUNK_BYTES, 1) for level in reversed(candidates))
        return next((plane for plane in single if plane is not None), None)
    return found


def _no_picture(level: Level, axes: Sequence[Axis]) -> str | None:
    """Return why the pixels of a level cannot be drawn, whatever their number, or None."""
    if len(axes) < 2 or len(level.chunks) != len(axes) or min(level.chunks, default=0) < 1:
        return "its chunks cannot be drawn"
    return None if level.dtype.kind in "buif" else f"pixels of type {level.dtype} cannot be drawn"


def _chunk(level: Level, axis: int | None) -> int:
    return 1 if axis is None else level.chunks[axis]


def _chunk_bytes(level: Level) -> int:
    return math.prod(level.chunks) * level.dtype.itemsize


def _groups(channels: Sequence[int], size: int) -> list[tuple[int, ...]]:
    """Return the channels in groups that lie in the same chunks, which are read once."""
    groups: dict[int, list[int]] = {}
    for channel in channels:
        groups.setdefault(channel // size, []).append(channel)
    return [tuple(group) for group in groups.values()]


def _read(
    level: Level, axes: Sequence[Axis], channel_axis: int | None, plane: Plane, channels: tuple[int, ...]
) -> dict[int, NDArray[Any] | str]:
    rows, columns = displayed_axes(axes)
    selection: list[slice] = [slice(index, index + 1) for index in plane.fixed]
    selection[rows], selection[columns] = plane.window
    first = min(channels)
    if channel_axis is not None:
        selection[channel_axis] = slice(first, max(channels) + 1)  # within one chunk: nothing more is read
    try:
        block = np.asarray(level.zarr[tuple(selection)])
        block = np.moveaxis(block, (rows, columns), (-2, -1))
        others = [axis for axis in range(len(axes)) if axis not in (rows, columns)]
        pick = [0] * len(others)
        found: dict[int, NDArray[Any] | str] = {}
        for channel in channels:
            if channel_axis is not None:
                pick[others.index(channel_axis)] = channel - first
            found[channel] = block[tuple(pick)]
    except Exception as error:  # a broken chunk or a store that went away gives any of a dozen exceptions
        return dict.fromkeys(channels, reason(error))
    return found
