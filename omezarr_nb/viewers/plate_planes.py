"""A plate as one large image: each well's field in its place of the grid, on every level of the pyramid.

Nothing is stitched beforehand. A tile of the plate asks those wells that it touches, each is opened when it is first
asked, and levels follow the zoom: an overview costs the coarsest level of the wells that are seen, a closer look the
finer ones.

One field's metadata stands for all, so that a plate of any size is opened with the requests of one image. As they
come, a field that is smaller is drawn in the upper left of its place, one that is larger is cut, one that is not there
is left dark; what cannot be read is said in the view.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from omezarr_nb.core.axes import Axis
from omezarr_nb.core.image import Image, Level
from omezarr_nb.core.mosaic import first_field
from omezarr_nb.core.problems import Problem
from omezarr_nb.errors import NotFoundError, OMEZarrError, StoreError
from omezarr_nb.viewers.layout import layout_of
from omezarr_nb.viewers.planes import Planes

if TYPE_CHECKING:
    from omezarr_nb.core.plate import Plate

__all__ = ["FIELD", "PlateImage", "PlateLevel", "PlatePlanes", "grid_of"]

#: Between two wells, as a part of a field.
_GAP = 0.06
#: Fields that stay open.
_MOST_OPEN = 4096
FIELD = "field"

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class PlateLevel(Level):
    """One level of a plate.

    Parameters
    ----------
    lines
        For y and x, where the wells' fields begin, in this level's pixels.
    size
        Pixels of a field along y and x.
    spread
        Length of each axis of the whole plate, in axis order.
    """

    lines: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    size: tuple[int, int] = (0, 0)
    spread: tuple[int, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Pixels along each axis."""
        return self.spread


class PlateImage(Image):
    """A plate in the place of an image: the axes of a field, and one along which its fields are counted.

    Parameters
    ----------
    plate
        The plate. Its first well that has a field is opened.

    Raises
    ------
    NotFoundError
        When the plate lists no well, or none of its first wells holds a field.
    """

    def __init__(self, plate: Plate) -> None:
        self.plate = plate
        self.first = first_field(plate)
        super().__init__(self.first.location)
        fields = plate.field_count
        self.fields = fields if fields is not None and fields > 0 else 1

    @property
    def name(self) -> str:
        """The plate's name."""
        return self.plate.name

    @property
    def where(self) -> str:
        """The place the plate was opened from."""
        return self.plate.where

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axis of fields, and those of a field."""
        return (Axis(FIELD, None, None), *self.first.axes)

    @property
    def channel_axis(self) -> int | None:
        """The index of the axis of type "channel", or None."""
        axis = self.first.channel_axis
        return None if axis is None else axis + 1

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the plate."""
        return self.plate.problems

    @cached_property
    def spots(self) -> Mapping[tuple[int, int], str]:
        """The wells' paths by row and column, counted from 0."""
        rows = {name: index for index, name in reversed(list(enumerate(self.plate.rows)))}
        columns = {name: index for index, name in reversed(list(enumerate(self.plate.columns)))}
        return {
            (rows[entry.row], columns[entry.column]): entry.path
            for entry in self.plate.wells.entries
            if entry.row in rows and entry.column in columns
        }

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """The levels of a field, each spread over the plate."""
        return tuple(self._spread(level) for level in self.first.levels)

    @cached_property
    def pitch(self) -> tuple[float, float]:
        """From one well to the next along y and x, in the units of those axes.

        Whole pixels of the coarsest level: where levels are halved, wells then begin with a pixel on each of them.
        """
        last = self.first.levels[-1]
        y, x = (math.ceil(last.shape[axis] * (1 + _GAP)) * last.scale[axis] for axis in self._plane)
        return y, x

    @property
    def _plane(self) -> tuple[int, int]:
        layout = layout_of(self.first)
        return layout.y, layout.x

    def _spread(self, level: Level) -> PlateLevel:
        y, x = self._plane
        counts = (max(len(self.plate.rows), 1), max(len(self.plate.columns), 1))
        lines = [
            tuple(round(index * distance / level.scale[axis]) for index in range(count))
            for count, distance, axis in zip(counts, self.pitch, (y, x), strict=True)
        ]
        shape = list(level.shape)
        shape[y], shape[x] = lines[0][-1] + level.shape[y], lines[1][-1] + level.shape[x]
        return PlateLevel(
            level.index,
            level.path,
            (1.0, *level.scale),
            (0.0, *level.translation),
            level.zarr,
            lines=(lines[0], lines[1]),
            size=(level.shape[y], level.shape[x]),
            spread=(self.fields, *shape),
        )


@dataclass(frozen=True, slots=True)
class _Piece(Level):
    """A level of one field under a name of its own, for the cache of chunks."""


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields that have been asked for, and are open; None for one that is not there."""

    lock: Lock = field(default_factory=Lock)
    known: dict[tuple[str, int], Image | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlatePlanes(Planes):
    """The planes of a plate."""

    opened: _Fields = field(default_factory=_Fields)

    def window(self, level: Level, indices: Sequence[int], channel: int, rows: slice, columns: slice) -> Array:
        """Return a part of a plane of the plate, as `Planes.window` does."""
        assert isinstance(level, PlateLevel)
        assert isinstance(self.image, PlateImage)
        wire = self.wire
        assert wire is not None
        out = np.zeros((rows.stop - rows.start, columns.stop - columns.start), wire)
        for row, top, bottom in _touched(level.lines[0], level.size[0], rows):
            for column, left, right in _touched(level.lines[1], level.size[1], columns):
                path = self.image.spots.get((row, column))
                if path is None:
                    continue
                y, x = level.lines[0][row], level.lines[1][column]
                box = (slice(top - y, bottom - y), slice(left - x, right - x))
                part = self._part(path, level, indices, channel, box)
                if part is not None:
                    start = (top - rows.start, left - columns.start)
                    out[start[0] : start[0] + part.shape[0], start[1] : start[1] + part.shape[1]] = part
        return out

    def block(self, level: Level, indices: Sequence[int], channel: int, spans: Mapping[int, slice]) -> Array:
        """Return a part of many planes of the plate, as `Planes.block` does: along one more axis before y and x."""
        axis, *plane = spans
        assert plane == [self.layout.y, self.layout.x]

        def at(place: int) -> list[int]:
            return [place if index == axis else other for index, other in enumerate(indices)]

        places = range(spans[axis].start, spans[axis].stop)
        rows, columns = (spans[one] for one in plane)
        return np.stack([self.window(level, at(place), channel, rows, columns) for place in places])

    def sample(self, channel: int, indices: Mapping[str, float]) -> Array:
        """Return the plane of the first well's field at its coarsest level: it stands for all."""
        assert isinstance(self.image, PlateImage)
        first = self.image.first
        return Planes(first, layout_of(first), self.cache).sample(channel, indices)

    def _part(
        self, path: str, level: PlateLevel, indices: Sequence[int], channel: int, box: tuple[slice, slice]
    ) -> Array | None:
        """Return a part of a field, or None where there is none; smaller where the field is."""
        image = self._field(path, indices[0])
        if image is None or level.index >= len(image.levels):
            return None
        own = image.levels[level.index]
        layout = layout_of(image)
        if own.zarr.ndim != level.zarr.ndim:
            return None
        rows, columns = _within(box[0], own.shape[layout.y]), _within(box[1], own.shape[layout.x])
        if rows.stop <= rows.start or columns.stop <= columns.start:
            return None
        if layout.channel is not None and channel >= own.shape[layout.channel]:
            return None
        inner = [min(index, size - 1) for index, size in zip(indices[1:], own.shape, strict=True)]
        piece = _Piece(own.index, f"{path}/{indices[0]}/{own.path}", own.scale, own.translation, own.zarr)
        return Planes(image, layout, self.cache).window(piece, inner, channel, rows, columns).astype(self.wire)

    def _field(self, path: str, index: int) -> Image | None:
        key = (path, index)
        with self.opened.lock:
            if key in self.opened.known:
                return self.opened.known[key]
        assert isinstance(self.image, PlateImage)
        image: Image | None = None
        try:
            fields = self.image.plate.wells[path].fields
            image = fields[index] if index < len(fields) else None
            if image is not None:
                _ = image.levels
        except StoreError:
            raise
        except (NotFoundError, OMEZarrError, IndexError):  # not there, or no image: dark, as beside the wells
            image = None
        with self.opened.lock:
            if len(self.opened.known) >= _MOST_OPEN:
                self.opened.known.clear()
            self.opened.known[key] = image
        return image


def _touched(lines: tuple[int, ...], size: int, span: slice) -> list[tuple[int, int, int]]:
    """Return the lines of wells that a span of pixels touches, each with the part of the span that it has."""
    first = max(bisect_right(lines, span.start) - 1, 0)
    found = []
    for index in range(first, len(lines)):
        start = lines[index]
        if start >= span.stop:
            break
        low, high = max(start, span.start), min(start + size, span.stop)
        if low < high:
            found.append((index, low, high))
    return found


def _within(span: slice, size: int) -> slice:
    return slice(min(span.start, size), min(span.stop, size))


def grid_of(image: PlateImage) -> dict[str, Any]:
    """Return where the wells lie, for the browser: their names, and their places in the units of y and x."""
    finest = image.levels[0]
    assert isinstance(finest, PlateLevel)
    layout = layout_of(image)
    spans = [
        {
            "start": finest.translation[axis] - 0.5 * finest.scale[axis],
            "pitch": pitch,
            "size": size * finest.scale[axis],
        }
        for axis, pitch, size in zip((layout.y, layout.x), image.pitch, finest.size, strict=True)
    ]
    if not all(math.isfinite(value) for span in spans for value in span.values()):
        raise OMEZarrError("The wells of this plate have no place.", where=image.where)
    return {
        "rows": [name[:20] for name in image.plate.rows],
        "columns": [name[:20] for name in image.plate.columns],
        "wells": [[row, column, path[:200]] for (row, column), path in image.spots.items()],
        "y": spans[0],
        "x": spans[1],
    }
