"""A plate as one large image: each well's field in its place of the grid, on every level of the pyramid.

Nothing is stitched beforehand. A tile of the plate asks those wells that it touches, each is opened when it is first
asked, and levels follow the zoom: an overview costs the coarsest level of the wells that are seen, a closer look the
finer ones.

One field's metadata stands for all, so that a plate of any size is opened with the requests of one image. As they
come, each is drawn in its physical size in the upper left of its place, whatever its pixels; one that is larger than
its place is made to fit, one that is not there is left dark; what cannot be read is said in the view.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
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
from omezarr_nb.viewers.planes import ImagePlanes

if TYPE_CHECKING:
    from omezarr_nb.core.images import Images
    from omezarr_nb.core.plate import Plate

__all__ = ["ACQUISITION", "FIELD", "PlateImage", "PlateLevel", "PlatePlanes", "fields_in", "grid_of"]

#: Between two wells, as a part of a field.
_GAP = 0.06
#: Fields that stay open.
_MOST_OPEN = 4096
FIELD = "field"
ACQUISITION = "acquisition"
#: Fields of a well that are laid side by side.
_MOST_FIELDS = 400

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

    Where the plate has several acquisitions, there is an axis of those, too, and the fields of each are counted.

    Parameters
    ----------
    plate
        The plate. Its first well that has a field is opened.
    every_field
        Whether the wells hold all their fields, in a nearly square grid, and not one of them.

    Raises
    ------
    NotFoundError
        When the plate lists no well, or none of its first wells holds a field.
    """

    def __init__(self, plate: Plate, *, every_field: bool = False) -> None:
        self.plate = plate
        self.first = first_field(plate)
        super().__init__(self.first.location)
        self.acquisitions = plate.acquisitions if len(plate.acquisitions) > 1 else ()
        self.fields = max(_most_fields(plate), 1)
        self.grid = (1, 1)
        if every_field:
            shown = min(self.fields, _MOST_FIELDS)
            columns = math.ceil(math.sqrt(shown))
            self.grid = (-(-shown // columns), columns)

    @property
    def every_field(self) -> bool:
        """Whether a well holds all its fields."""
        return self.grid != (1, 1)

    @property
    def leading(self) -> tuple[int, ...]:
        """Sizes of the axes before those of a field."""
        fields = 1 if self.every_field else self.fields
        return (len(self.acquisitions), fields) if self.acquisitions else (fields,)

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
        """The axis of acquisitions where there are several, that of fields, and those of a field."""
        own = (Axis(ACQUISITION, None, None),) if self.acquisitions else ()
        return (*own, Axis(FIELD, None, None), *self.first.axes)

    @property
    def channel_axis(self) -> int | None:
        """The index of the axis of type "channel", or None."""
        axis = self.first.channel_axis
        return None if axis is None else axis + len(self.leading)

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
        y, x = (
            math.ceil(last.shape[axis] * (count + _GAP)) * last.scale[axis]
            for axis, count in zip(self._plane, self.grid, strict=True)
        )
        return y, x

    @property
    def step(self) -> tuple[float, float]:
        """From one field of a well to the next along y and x, in the units of those axes."""
        last = self.first.levels[-1]
        y, x = (last.shape[axis] * last.scale[axis] for axis in self._plane)
        return y, x

    @property
    def _plane(self) -> tuple[int, int]:
        layout = layout_of(self.first)
        return layout.y, layout.x

    def _spread(self, level: Level) -> PlateLevel:
        y, x = self._plane
        counts = (max(len(self.plate.rows), 1), max(len(self.plate.columns), 1))
        lines = [
            tuple(
                round((index * distance + inner * step) / level.scale[axis])
                for index in range(count)
                for inner in range(fields)
            )
            for count, distance, step, fields, axis in zip(
                counts, self.pitch, self.step, self.grid, (y, x), strict=True
            )
        ]
        shape = list(level.shape)
        shape[y], shape[x] = lines[0][-1] + level.shape[y], lines[1][-1] + level.shape[x]
        return PlateLevel(
            level.index,
            level.path,
            (*(1.0 for _ in self.leading), *level.scale),
            (*(0.0 for _ in self.leading), *level.translation),
            level.zarr,
            lines=(lines[0], lines[1]),
            size=(level.shape[y], level.shape[x]),
            spread=(*self.leading, *shape),
        )


@dataclass(frozen=True, slots=True)
class _Piece(Level):
    """A level of one field under a name of its own, for the cache of chunks."""


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields that have been asked for, and are open; None for one that is not there."""

    lock: Lock = field(default_factory=Lock)
    known: dict[tuple[str, int, int], Image | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlatePlanes(ImagePlanes):
    """The planes of a plate."""

    opened: _Fields = field(default_factory=_Fields)

    def window(self, level: Level, indices: Sequence[int], channel: int, rows: slice, columns: slice) -> Array:
        """Return a part of a plane of the plate, as `ImagePlanes.window` does."""
        assert isinstance(level, PlateLevel)
        assert isinstance(self.image, PlateImage)
        wire = self.wire
        assert wire is not None
        out = np.zeros((rows.stop - rows.start, columns.stop - columns.start), wire)
        down, across = self.image.grid
        for row, top, bottom in _touched(level.lines[0], level.size[0], rows):
            for column, left, right in _touched(level.lines[1], level.size[1], columns):
                path = self.image.spots.get((row // down, column // across))
                if path is None:
                    continue
                place = self._place(indices, row % down * across + column % across)
                y, x = level.lines[0][row], level.lines[1][column]
                box = (slice(top - y, bottom - y), slice(left - x, right - x))
                part = self._part((path, *place), level, indices, channel, box)
                if part is not None:
                    start = (top - rows.start, left - columns.start)
                    out[start[0] : start[0] + part.shape[0], start[1] : start[1] + part.shape[1]] = part
        return out

    def block(self, level: Level, indices: Sequence[int], channel: int, spans: Mapping[int, slice]) -> Array:
        """Return a part of many planes of the plate, as `ImagePlanes.block` does: one more axis before y and x."""
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
        return ImagePlanes(first, layout_of(first), self.cache).sample(channel, indices)

    def missing(self, indices: Sequence[int]) -> list[str]:
        """Return those wells of which no field was there when it was asked for.

        Parameters
        ----------
        indices
            One index an axis, as for `window`.
        """
        assert isinstance(self.image, PlateImage)
        count = self.image.grid[0] * self.image.grid[1]
        places = [self._place(indices, inner) for inner in range(count)]
        with self.opened.lock:
            known = dict(self.opened.known)
        found = []
        for path in self.image.spots.values():
            asked = [known[path, *place] for place in places if (path, *place) in known]
            if asked and all(image is None for image in asked):
                found.append(path)
        return found

    def _place(self, indices: Sequence[int], inner: int) -> tuple[int, int]:
        """Return the acquisition and the field that are meant; `inner` counts where a well holds all its fields."""
        assert isinstance(self.image, PlateImage)
        leading = len(self.image.leading)
        shown = inner if self.image.every_field else indices[leading - 1]
        return (indices[0] if leading == 2 else 0), shown

    def _part(
        self,
        place: tuple[str, int, int],
        level: PlateLevel,
        indices: Sequence[int],
        channel: int,
        box: tuple[slice, slice],
    ) -> Array | None:
        """Return a part of a field, or None where there is none; smaller where the field is."""
        image = self._field(*place)
        if image is None or image.ndim != level.zarr.ndim:
            return None
        layout = layout_of(image)
        if layout.channel is not None and channel >= image.shape[layout.channel]:
            return None
        plane = (layout.y, layout.x)
        sizes = [level.scale[axis] for axis in (self.layout.y, self.layout.x)]
        own, factor = _fitting(image, plane, sizes, level.size)
        steps = [size * factor / own.scale[axis] for size, axis in zip(sizes, plane, strict=True)]
        picks = [_picked(span, step, own.shape[axis]) for span, step, axis in zip(box, steps, plane, strict=True)]
        if any(pick.size == 0 for pick in picks):
            return None
        inner = [min(index, size - 1) for index, size in zip(indices[-image.ndim :], own.shape, strict=True)]
        piece = _Piece(own.index, "/".join((*map(str, place), own.path)), own.scale, own.translation, own.zarr)
        rows, columns = (slice(int(pick[0]), int(pick[-1]) + 1) for pick in picks)
        pixels = ImagePlanes(image, layout, self.cache).window(piece, inner, channel, rows, columns)
        return pixels[np.ix_(picks[0] - rows.start, picks[1] - columns.start)].astype(self.wire, copy=False)

    def _field(self, path: str, acquisition: int, index: int) -> Image | None:
        key = (path, acquisition, index)
        with self.opened.lock:
            if key in self.opened.known:
                return self.opened.known[key]
        assert isinstance(self.image, PlateImage)
        image: Image | None = None
        try:
            image = _nth(self.image, path, acquisition, index)
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


def _most_fields(plate: Plate) -> int:
    """Return the most fields that a well has; of one acquisition, where the plate has several.

    Where it is not stored, the well that was opened for the first field stands for all: nothing more is requested.
    """
    count = len(plate.acquisitions)
    if count < 2:
        return plate.field_count or 1
    stored = [acquisition.maximum_field_count or 0 for acquisition in plate.acquisitions]
    if min(stored) > 0:
        return max(stored)
    found = max(stored, default=0)
    for path in list(plate.wells)[:8]:
        try:
            fields = plate.wells[path].metadata.fields
        except NotFoundError:
            continue
        found = max(found, *Counter(field.acquisition for field in fields).values(), 1)
        break
    return max(found, -(-(plate.field_count or 1) // count))


def fields_in(image: PlateImage, path: str, acquisition: int) -> Images:
    """Return the fields of a well, of one acquisition where the plate has several.

    Raises
    ------
    NotFoundError
        When the well is not there.
    UnknownNameError
        When it has no field of that acquisition.
    """
    well = image.plate.wells[path]
    return well.fields_of(image.acquisitions[acquisition].id) if image.acquisitions else well.fields


def _nth(image: PlateImage, path: str, acquisition: int, index: int) -> Image | None:
    fields = fields_in(image, path, acquisition)
    return fields[index] if index < len(fields) else None


def _fitting(
    image: Image, plane: tuple[int, int], sizes: Sequence[float], place: tuple[int, int]
) -> tuple[Level, float]:
    """Return the level of a field that is drawn on a level of the plate, and how many times smaller it is drawn.

    Parameters
    ----------
    image
        The field.
    plane
        Its axes y and x.
    sizes
        Of the plate's pixels along these.
    place
        Pixels that a field has there.
    """
    finest = image.levels[0]
    spans = [finest.shape[axis] * finest.scale[axis] for axis in plane]
    factor = max(1.0, *(span / (size * count) for span, size, count in zip(spans, sizes, place, strict=True)))
    if factor < 1 + 1.5 / min(place):  # half a pixel at a level that does not divide
        factor = 1.0
    fine = [
        level
        for level in image.levels
        if all(level.scale[axis] <= size * factor * (1 + 1e-6) for axis, size in zip(plane, sizes, strict=True))
    ]
    return (fine[-1] if fine else finest), factor


def _picked(span: slice, step: float, size: int) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Return which pixel of a field each pixel of its place shows, as many as there are."""
    found = np.floor((np.arange(span.start, span.stop) + 0.5) * step + 1e-9).astype(np.intp)
    return found[found < size]


def grid_of(image: PlateImage) -> dict[str, Any]:
    """Return where the wells lie, for the browser: their names, and their places in the units of y and x."""
    finest = image.levels[0]
    assert isinstance(finest, PlateLevel)
    layout = layout_of(image)
    spans = [
        {
            "start": finest.translation[axis] - 0.5 * finest.scale[axis],
            "pitch": pitch,
            "size": step * (count - 1) + size * finest.scale[axis],
            "step": step,
            "fields": count,
        }
        for axis, pitch, step, count, size in zip(
            (layout.y, layout.x), image.pitch, image.step, image.grid, finest.size, strict=True
        )
    ]
    if not all(math.isfinite(value) for span in spans for value in span.values()):
        raise OMEZarrError("The wells of this plate have no place.", where=image.where)
    return {
        "rows": [name[:20] for name in image.plate.rows],
        "columns": [name[:20] for name in image.plate.columns],
        "wells": [[row, column, path[:200]] for (row, column), path in image.spots.items()],
        "acquisitions": [(one.name or str(one.id))[:100] for one in image.acquisitions],
        "fields": image.fields,
        "y": spans[0],
        "x": spans[1],
    }
