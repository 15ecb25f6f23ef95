"""Projections along an axis: one plane that stands for many, computed tile by tile from the chunks that it needs."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast, get_args

import numpy as np

from omezarr_nb.errors import InvalidArgumentError
from omezarr_nb.viewers.planes import TILE, ImagePlanes, never

if TYPE_CHECKING:
    from omezarr_nb.core.image import Image, Level
    from omezarr_nb.display.roles import Roles

__all__ = ["METHODS", "Method", "ProjectedPlanes", "Projection", "Results", "projectable", "projection_named"]

Array: TypeAlias = np.ndarray[Any, Any]
Method: TypeAlias = Literal["maximum", "minimum", "mean", "sum"]

METHODS: tuple[str, ...] = get_args(Method)

#: Bytes of planes that are read at once.
_BLOCK_BYTES = 32 << 20
#: Bytes of tiles that are kept once they are computed.
_RESULT_BYTES = 64 << 20
#: Planes that are looked at for the contrast.
_SAMPLED = 32
_NAME = re.compile(r"projection/(\d{1,2})/([a-z]{1,20})/(\d{1,9})-(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Projection:
    """What a projection is made of.

    Parameters
    ----------
    axis
        The axis along which planes are put together, as its place among the image's axes.
    method
        "maximum", "minimum" or "mean" of the values, or their "sum". Not-a-number is left out.
    first, last
        The planes, in pixels of level 0, both included.
    """

    axis: int
    method: Method
    first: int
    last: int

    @property
    def name(self) -> str:
        """The name of the source of its tiles, such as "projection/0/maximum/0-15"."""
        return f"projection/{self.axis}/{self.method}/{self.first}-{self.last}"


def projectable(image: Image, layout: Roles) -> tuple[int, ...]:
    """Return the axes along which there is something to put together: those with a slider, of space or time."""
    axes = image.axes
    return tuple(
        axis
        for axis in layout.sliders
        if image.shape[axis] > 1 and (axes[axis].type in ("space", "time") or axes[axis].name in ("z", "t"))
    )


def projection_named(name: str, image: Image, layout: Roles) -> Projection | None:
    """Return the projection whose tiles go by a name, or None where it is the name of something else.

    Raises
    ------
    InvalidArgumentError
        When the image has no such axis or planes, or there is no such method.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    axis, first, last = int(match[1]), int(match[3]), int(match[4])
    if axis not in projectable(image, layout) or match[2] not in METHODS:
        raise InvalidArgumentError("There is no such projection.", found=name)
    if not first <= last < image.shape[axis]:
        raise InvalidArgumentError(
            "There are no such planes.", found=f"{first} to {last}", expected=f"0 to {image.shape[axis] - 1}"
        )
    return Projection(axis, cast(Method, match[2]), first, last)


class Results:
    """Tiles that were computed, the oldest forgotten first; safe to use from several threads.

    Parameters
    ----------
    max_bytes
        What is kept at most.
    """

    def __init__(self, max_bytes: int = _RESULT_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._tiles: OrderedDict[tuple[Any, ...], Array] = OrderedDict()
        self._lock = Lock()

    @property
    def bytes(self) -> int:
        """What is kept now."""
        return self._bytes

    def get(self, key: tuple[Any, ...]) -> Array | None:
        """Return a tile that is kept, or None."""
        with self._lock:
            found = self._tiles.get(key)
            if found is not None:
                self._tiles.move_to_end(key)
            return found

    def put(self, key: tuple[Any, ...], tile: Array) -> None:
        """Keep a tile."""
        with self._lock:
            if key in self._tiles:
                return
            self._tiles[key] = tile
            self._bytes += tile.nbytes
            while self._bytes > self._max_bytes:
                _, old = self._tiles.popitem(last=False)
                self._bytes -= old.nbytes

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._tiles.clear()
            self._bytes = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectedPlanes(ImagePlanes):
    """The planes of an image, each put together of many.

    They are as many as those of the image, and all the same along the axis that is projected. A part of a plane is
    read in blocks of whole chunks, so that its memory is bounded whatever the number of planes.

    Parameters
    ----------
    inner
        The planes that are put together.
    projection
        How, along which axis, and which.
    results
        Where tiles are kept.
    """

    inner: ImagePlanes
    projection: Projection
    results: Results = field(default_factory=Results)

    @classmethod
    def of(cls, inner: ImagePlanes, projection: Projection, results: Results) -> ProjectedPlanes:
        """Return the projection of planes."""
        return cls(inner.image, inner.layout, inner.cache, inner=inner, projection=projection, results=results)

    @property
    def wire(self) -> np.dtype[Any] | None:
        """The type in which pixels are sent: that of the image, and float32 for means and sums."""
        return self.inner.wire if self.projection.method in ("maximum", "minimum") else np.dtype("<f4")

    def span(self, level: Level) -> slice:
        """Return the planes of a level that lie nearest to those of level 0."""
        axis = self.projection.axis
        name = self.image.axes[axis].name
        ends = (self.projection.first, self.projection.last)
        first, last = (self.inner.level_indices(level, {name: end})[axis] for end in ends)
        return slice(first, last + 1)

    def window(self, level: Level, indices: Sequence[int], channel: int, rows: slice, columns: slice) -> Array:
        """Return a part of the projection, as `ImagePlanes.window` does."""
        return self._project(level, indices, channel, (rows, columns), never)

    def tile(
        self,
        level: Level,
        indices: Sequence[int],
        channel: int,
        row: int,
        column: int,
        *,
        given_up: Callable[[], bool] = never,
    ) -> Array:
        """Return one tile, computed once as long as it is kept.

        Raises
        ------
        CancelledError
            When it was given up between two reads.
        """
        others = tuple(0 if axis == self.projection.axis else index for axis, index in enumerate(indices))
        key = (self.projection, level.index, others, channel, row, column)
        known = self.results.get(key)
        if known is not None:
            return known
        height, width = level.shape[self.layout.y], level.shape[self.layout.x]
        rows = slice(row * TILE, min((row + 1) * TILE, height))
        columns = slice(column * TILE, min((column + 1) * TILE, width))
        tile = self._project(level, indices, channel, (rows, columns), given_up)
        self.results.put(key, tile)
        return tile

    def sample(self, channel: int, indices: Mapping[str, float]) -> Array:
        """Return what the projection of a part of the plane at the coarsest level is like, from at most 32 planes."""
        first, last = self.projection.first, self.projection.last
        name = self.image.axes[self.projection.axis].name
        places = np.unique(np.linspace(first, last, _SAMPLED).round().astype(int))
        found = _Reduction(self.projection)
        for place in places:
            found.add(self.inner.sample(channel, {**indices, name: int(place)})[np.newaxis])
        return found.take(self.wire)

    def _project(
        self,
        level: Level,
        indices: Sequence[int],
        channel: int,
        part: tuple[slice, slice],
        given_up: Callable[[], bool],
    ) -> Array:
        rows, columns = part
        axis, span = self.projection.axis, self.span(level)
        wire = self.inner.wire
        assert wire is not None
        plane = max((rows.stop - rows.start) * (columns.stop - columns.start) * wire.itemsize, 1)
        found = _Reduction(self.projection)
        for start, stop in _blocks(span, level.chunks[axis], max(_BLOCK_BYTES // plane, 1)):
            if given_up():
                raise CancelledError("Nobody waits for this projection any more.")
            spans = {axis: slice(start, stop), self.layout.y: rows, self.layout.x: columns}
            found.add(self.inner.block(level, indices, channel, spans))
        return found.take(self.wire)


def _blocks(span: slice, chunk: int, most: int) -> list[tuple[int, int]]:
    """Return the parts of a span that are read at once: up to `most` planes, in whole chunks where they fit."""
    step = chunk * max(most // chunk, 1) if chunk <= most else most
    found = []
    start = span.start
    while start < span.stop:
        # To the end of a chunk, not of a step that began in the midst of one.
        stop = min(start // step * step + step, span.stop)
        found.append((start, stop))
        start = stop
    return found


class _Reduction:
    """Puts planes together as they come."""

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self._found: Array | None = None
        self._count: Array | int = 0

    def add(self, planes: Array) -> None:
        """Take some more planes, (planes, rows, columns)."""
        method = self._projection.method
        if method in ("maximum", "minimum"):
            # Both leave out what is not a number, where there is one.
            combine = np.fmax if method == "maximum" else np.fmin
            part = combine.reduce(planes, axis=0)
            self._found = part if self._found is None else combine(self._found, part)
            return
        if planes.dtype.kind == "f":
            self._count = self._count + np.isfinite(planes).sum(axis=0)
            part = np.where(np.isfinite(planes), planes, 0).sum(axis=0, dtype=np.float64)
        else:
            self._count = self._count + planes.shape[0]
            part = planes.sum(axis=0, dtype=np.float64)
        self._found = part if self._found is None else self._found + part

    def take(self, wire: np.dtype[Any] | None) -> Array:
        """Return what came of it.

        A sum is that of the planes of level 0: at a coarser level, which may have fewer, it is as bright.
        """
        assert self._found is not None
        found = self._found
        if self._projection.method in ("mean", "sum"):
            with np.errstate(invalid="ignore", divide="ignore"):
                found = found / self._count
            if self._projection.method == "sum":
                found = found * (self._projection.last - self._projection.first + 1)
        with np.errstate(over="ignore"):  # what float32 cannot hold is infinite there
            return np.ascontiguousarray(found, dtype=wire)
