"""The kernel's side of labels: opened when they are first shown, asked for properties, searched for an id."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from omezarr_nb.core.chunks import ChunkCache
from omezarr_nb.core.transforms import index_of
from omezarr_nb.errors import InvalidArgumentError, UnsupportedError
from omezarr_nb.viewers.layout import describe_labels, layout_along, layout_of
from omezarr_nb.viewers.planes import ImagePlanes

if TYPE_CHECKING:
    from omezarr_nb.core.image import Image, LabelImage, Level
    from omezarr_nb.display.roles import Roles
    from omezarr_nb.viewers.painting import PaintedChunks

__all__ = ["LabelLayers"]

#: Index on each axis that is not drawn.
_Plane: TypeAlias = tuple[tuple[int, int], ...]

#: Bytes of chunks of labels that a view keeps, for each label image.
_CACHE_BYTES = 64 * 2**20
#: Pixels that are read at once in a search.
_BLOCK = 2**22
#: Pixels that a search reads at most.
_MOST = 2**32
#: Properties of an id that are sent.
_MAX_PROPERTIES = 50
_MAX_TEXT = 200


class LabelLayers:
    """The label images of an image as a view needs them; safe to use from several threads.

    Parameters
    ----------
    image
        The image that is viewed.
    names
        Those of its labels that may be asked for.
    plane
        Names of the axes that are drawn, to the right and downwards; by default as is usual.
    """

    def __init__(self, image: Image, names: tuple[str, ...], plane: tuple[str, str] | None = None) -> None:
        self._image = image
        self._plane = plane
        self._names = names
        self._planes: dict[str, ImagePlanes] = {}
        self._properties: dict[str, dict[int, Mapping[str, Any]]] = {}
        self._lock = Lock()

    def painted(self, name: str, image: Image, chunks: PaintedChunks) -> ImagePlanes:
        """Take the tiles of labels from where they are painted, from now on; the labels may be new."""
        planes = ImagePlanes(image, self._layout(image), chunks, ids=True)
        with self._lock:
            if name not in self._names:
                self._names = (*self._names, name)
            self._planes[name] = planes
        return planes

    def planes(self, name: object) -> ImagePlanes:
        """Return where the tiles of a label image come from.

        Raises
        ------
        InvalidArgumentError
            When it has not been opened.
        """
        found = self._planes.get(name) if isinstance(name, str) else None
        if found is None:
            raise InvalidArgumentError("These labels have not been opened.", found=name)
        return found

    def forget(self) -> None:
        """Drop the chunks that are kept; what is asked for is read anew."""
        for planes in list(self._planes.values()):
            planes.cache.forget()

    def answer(self, content: Mapping[str, Any], given_up: Callable[[], bool]) -> dict[str, Any]:
        """Answer a question of the browser.

        Parameters
        ----------
        content
            The message: ``labels``, and for properties and a search ``value``, the id as a text.
        given_up
            Whether nobody waits for the answer any more; looked at between reads.
        """
        name, kind = content.get("labels"), content.get("kind")
        if name not in self._names:
            raise InvalidArgumentError("There are no such labels.", found=name, expected=", ".join(self._names))
        planes = self.opened(str(name))
        if kind == "labels":
            return {"kind": "labels", "info": describe_labels(str(name), _labels(planes), planes.layout)}
        value = _id(content.get("value"))
        if kind == "properties":
            return {"kind": "properties", "properties": self._properties_of(str(name), planes, value)}
        indices = content.get("indices")
        given = dict(indices) if isinstance(indices, Mapping) else {}
        known = {axis: index for axis, index in given.items() if isinstance(index, int)}
        center, there = self._find(planes, value, known, given_up)
        return {"kind": "found", "center": center, "indices": there}

    def plane_of(
        self, planes: ImagePlanes, indices: Mapping[str, int], depth: int | None = None
    ) -> dict[str, float] | None:
        """Return at which plane of labels a plane of the image lies, in pixels of their level 0, not rounded.

        Axes that the image has not, and those of one pixel, are the same everywhere. None where the labels do not
        reach to the plane. `depth` is an axis of theirs that does not count.
        """
        finest = planes.image.levels[0]
        there: dict[str, float] = {}
        for axis in planes.layout.sliders:
            name = planes.image.axes[axis].name
            if self._axis(name) is None or finest.shape[axis] == 1 or axis == depth:
                continue
            index = (self._position(planes, axis, indices) - finest.translation[axis]) / finest.scale[axis]
            if not -0.5 - 1e-6 <= index <= finest.shape[axis] - 0.5 + 1e-6:
                return None
            there[name] = index
        return there

    def opened(self, name: str) -> ImagePlanes:
        """Return where the tiles of a label image come from; it is opened where it has not been."""
        with self._lock:  # one at a time: two views of one page ask for the same labels together
            if name not in self._planes:
                image = self._image.labels[name]
                planes = ImagePlanes(image, self._layout(image), ChunkCache(_CACHE_BYTES), ids=True)
                if planes.wire is None:
                    raise UnsupportedError(
                        "Labels of this type cannot be shown.", where=image.where, found=str(image.dtype)
                    )
                self._planes[name] = planes
            return self._planes[name]

    def _layout(self, image: Image) -> Roles:
        return layout_of(image) if self._plane is None else layout_along(image, self._plane)

    def _properties_of(self, name: str, planes: ImagePlanes, value: int) -> dict[str, Any] | None:
        with self._lock:
            if name not in self._properties:
                entries = _labels(planes).image_label.properties
                self._properties[name] = {
                    number: entry for entry in entries if isinstance(number := entry.get("label-value"), int)
                }
            entry = self._properties[name].get(value)
        if entry is None:
            return None
        shown = [(key, part) for key, part in entry.items() if key != "label-value"][:_MAX_PROPERTIES]
        return {key[:_MAX_TEXT]: _short(part) for key, part in shown}

    def _find(
        self, planes: ImagePlanes, value: int, indices: Mapping[str, int], given_up: Callable[[], bool]
    ) -> tuple[list[float] | None, dict[str, int]]:
        """Look for an id, in the coarsest levels first, where it may have been lost; nearest to the plane on screen.

        Returns
        -------
        center, indices
            Where it is: x and y in units of the axes, None where it is nowhere; and the image's plane, in pixels of
            its level 0.
        """
        budget = _MOST
        image, layout = planes.image, planes.layout
        for level in reversed(image.levels):
            budget -= math.prod(level.shape)
            if budget < 0:
                raise UnsupportedError(
                    "The labels are too large to be searched through.",
                    where=image.where,
                    found=f"{value} is in none of the levels {level.index + 1} to {len(image.levels) - 1}",
                )
            hits = _hits(level, value, (layout.y, layout.x), given_up)
            if not hits:
                continue
            wanted = {axis: self._position(planes, axis, indices) for axis in layout.sliders}
            plane = min(hits, key=lambda place: _distance(place, wanted, level))
            y, x = hits[plane]
            center = [_world(level, layout.x, x), _world(level, layout.y, y)]
            return center, self._indices(planes, level, plane)
        return None, {}

    def _position(self, planes: ImagePlanes, axis: int, indices: Mapping[str, int]) -> float:
        """Return where the plane on screen lies on an axis of the labels, in its units."""
        name = planes.image.axes[axis].name
        own = self._axis(name)
        return 0.0 if own is None else _world(self._image.levels[0], own, indices.get(name, 0))

    def _indices(self, planes: ImagePlanes, level: Level, plane: _Plane) -> dict[str, int]:
        """Return the image's plane, in pixels of its level 0, that lies nearest to a plane of a level of labels."""
        finest = self._image.levels[0]
        found = {}
        for axis, index in plane:
            name = planes.image.axes[axis].name
            own = self._axis(name)
            if own is not None and planes.image.shape[axis] > 1:
                position = _world(level, axis, index)
                found[name] = index_of(position, finest.scale[own], finest.translation[own], finest.shape[own])
        return found

    def _axis(self, name: str) -> int | None:
        return next((index for index, axis in enumerate(self._image.axes) if axis.name == name), None)


def _labels(planes: ImagePlanes) -> LabelImage:
    from omezarr_nb.core.image import LabelImage

    image = planes.image
    assert isinstance(image, LabelImage)
    return image


def _id(value: object) -> int:
    if not isinstance(value, str) or len(value) > 20 or not value.lstrip("-").isdecimal():
        raise InvalidArgumentError("A label is a whole number.", found=value)
    return int(value)


def _short(value: Any) -> Any:
    """Return a property as it is shown: texts, numbers and truth, bounded; of all else its kind."""
    if isinstance(value, str):
        return value[:_MAX_TEXT]
    if isinstance(value, bool | int | float) and abs(value) < 1e300:
        return value
    return None if value is None else f"({type(value).__name__})"


def _world(level: Level, axis: int, index: float) -> float:
    return float(level.translation[axis] + index * level.scale[axis])


def _hits(
    level: Level, value: int, shown: tuple[int, int], given_up: Callable[[], bool]
) -> dict[_Plane, tuple[float, float]]:
    """Return for each plane in which an id is one of its pixels (y, x): that nearest to the middle of them all."""
    if not _fits(value, level.dtype):
        return {}
    found: dict[_Plane, list[np.ndarray[Any, Any]]] = {}
    for corner, box in _blocks(level):
        if given_up():
            return {}
        block = np.asarray(level.zarr[box])
        places = np.argwhere(block == np.asarray(value, dtype=level.dtype))
        if not len(places):
            continue
        places += corner
        others = [axis for axis in range(block.ndim) if axis not in shown]
        planes, inverse = np.unique(places[:, others], axis=0, return_inverse=True)
        for number, plane in enumerate(planes):
            key = tuple(zip(others, plane.tolist(), strict=True))
            found.setdefault(key, []).append(places[inverse.reshape(-1) == number][:, list(shown)])
    return {plane: _middle(np.concatenate(parts)) for plane, parts in found.items()}


def _middle(pixels: np.ndarray[Any, Any]) -> tuple[float, float]:
    distance = ((pixels - pixels.mean(axis=0)) ** 2).sum(axis=1)
    y, x = pixels[int(distance.argmin())].tolist()
    return y, x


def _distance(plane: _Plane, wanted: Mapping[int, float], level: Level) -> float:
    return sum(abs(_world(level, axis, index) - wanted.get(axis, 0.0)) / level.scale[axis] for axis, index in plane)


def _fits(value: int, dtype: np.dtype[Any]) -> bool:
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return bool(info.min <= value <= info.max)
    return dtype.kind == "f" or value in (0, 1)


def _blocks(level: Level) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
    """Give boxes of whole chunks that cover a level, with their corners; several chunks in one where they are small."""
    block = list(level.shards or level.chunks)
    for axis in reversed(range(len(block))):
        room = _BLOCK // max(math.prod(block), 1)
        count = -(-level.shape[axis] // block[axis])
        block[axis] *= max(min(room, count), 1)
    ranges = [range(0, size, step) for size, step in zip(level.shape, block, strict=True)]
    for corner in itertools.product(*ranges):
        yield corner, tuple(slice(a, min(a + b, n)) for a, b, n in zip(corner, block, level.shape, strict=True))
