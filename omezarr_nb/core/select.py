"""Between pixels and physical coordinates, and parts of an image by position."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from omezarr_nb.core.axes import axis_names
from omezarr_nb.core.transforms import index_of
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError

if TYPE_CHECKING:
    import dask.array as da

    from omezarr_nb.core.image import Image
    from omezarr_nb.core.levels import Level

Points: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

__all__ = ["level_at", "select", "to_pixels", "to_world"]

#: The keyword that stands for the channel axis, whatever its name.
_CHANNEL = "channel"


def level_at(image: Image, level: int) -> Level:
    """Return a level by its index; negative numbers count from the coarsest.

    Raises
    ------
    ArgumentTypeError
        When `level` is no integer.
    InvalidArgumentError
        When there is no such level.
    """
    if isinstance(level, bool) or not hasattr(level, "__index__"):
        raise ArgumentTypeError("A level is an integer.", found=level)
    try:
        return image.levels[level]
    except IndexError:
        raise InvalidArgumentError(
            "There is no such level.",
            where=image.where,
            found=level,
            expected=f"0 to {len(image.levels) - 1}",
        ) from None


def to_world(image: Image, points: Any, level: int = 0, system: str | None = None) -> Points:
    """Do what `omezarr_nb.Image.to_world` says."""
    placed = level_at(image, level)
    world: Points = _points(image, points) * placed.scale + placed.translation
    return world if system is None else _between(image, world, image.multiscale.intrinsic.name, system)


def to_pixels(image: Image, points: Any, level: int = 0, system: str | None = None) -> Points:
    """Do what `omezarr_nb.Image.to_pixels` says."""
    placed = level_at(image, level)
    own = image.multiscale.intrinsic.name
    world = _points(image, points) if system is None else _points(image, _between(image, points, system, own))
    pixels: Points = (world - placed.translation) / placed.scale
    return pixels


def _between(image: Image, points: Any, source: str, target: str) -> Points:
    from omezarr_nb.core.fields import StoredArrays

    return image.multiscale.graph.map(points, source, target, StoredArrays(image.location))


def _points(image: Image, points: Any) -> Points:
    try:
        found = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ArgumentTypeError("Points are numbers, one for each axis.", found=points) from error
    if found.shape[-1:] != (image.ndim,):
        raise InvalidArgumentError(
            "A point has one coordinate for each axis.",
            found=f"shape {found.shape}",
            expected=f"(..., {image.ndim}), for {', '.join(axis_names(image.axes))}",
        )
    return found


def select(image: Image, level: int, positions: Mapping[str, Any]) -> da.Array:
    """Do what `omezarr_nb.Image.sel` says."""
    placed = level_at(image, level)
    names = axis_names(image.axes)
    region: list[Any] = [slice(None)] * image.ndim
    seen: set[int] = set()
    for key, value in positions.items():
        axis = _axis(image, key)
        if axis in seen:
            raise InvalidArgumentError("Two positions are given for one axis.", found=key, expected=names[axis])
        seen.add(axis)
        if axis == image.channel_axis:
            region[axis] = _channels(image, value)
        else:
            region[axis] = _indices(image, placed, axis, value)
    array = placed.dask
    for axis in reversed(range(image.ndim)):  # one axis after the other: lists along several are not paired
        array = array[(*[slice(None)] * axis, region[axis])]
    return array


def _axis(image: Image, key: str) -> int:
    names = axis_names(image.axes)
    if key in names:
        return names.index(key)
    if key == _CHANNEL and image.channel_axis is not None:
        return image.channel_axis
    raise InvalidArgumentError("There is no such axis.", where=image.where, found=key, expected=", ".join(names))


def _channels(image: Image, value: Any) -> Any:
    """Return indices of channels, given by label or index."""
    if isinstance(value, slice):
        if any(part is not None and not _is_whole(part) for part in (value.start, value.stop, value.step)):
            raise ArgumentTypeError("A range of channels is one of their indices.", found=value)
        return value
    if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str):
        return [_channel(image, part) for part in value]
    return _channel(image, value)


def _channel(image: Image, value: Any) -> int:
    labels = [channel.label for channel in image.channels]
    if isinstance(value, str):
        if labels.count(value) == 1:
            return labels.index(value)
        raise InvalidArgumentError(
            "Several channels have this label." if value in labels else "There is no such channel.",
            where=image.where,
            found=value,
            expected=", ".join(labels),
        )
    count = 1 if image.channel_axis is None else image.shape[image.channel_axis]
    if not _is_whole(value):
        raise ArgumentTypeError("A channel is a label or an index.", found=value, expected=", ".join(labels))
    if not -count <= int(value) < count:
        raise InvalidArgumentError(
            "There is no such channel.", where=image.where, found=value, expected=f"0 to {count - 1}"
        )
    return int(value)


def _indices(image: Image, level: Level, axis: int, value: Any) -> Any:
    """Return an index, a list of them, or a slice, for positions along an axis."""
    if isinstance(value, slice):
        return _range(level, axis, value, image.axes[axis].name)
    if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str):
        return [_index(image, level, axis, part) for part in value]
    return _index(image, level, axis, value)


def _index(image: Image, level: Level, axis: int, value: Any) -> int:
    """Return the pixel whose centre is nearest to a position that lies within the image."""
    position = _number(value, image.axes[axis].name)
    edges = [_edges(entry, axis) for entry in (image.levels[0], level)]
    first, last = min(edges)[0], max(end for _, end in edges)
    slack = 1e-9 * max(abs(first), abs(last))
    if not first - slack <= position <= last + slack:
        raise InvalidArgumentError(
            "This position is outside the image.",
            where=f"axis {image.axes[axis].name!r}",
            found=value,
            expected=f"{first:g} to {last:g}{f' {unit}' if (unit := image.axes[axis].unit) else ''}",
        )
    return index_of(position, level.scale[axis], level.translation[axis], level.shape[axis])


def _edges(level: Level, axis: int) -> tuple[float, float]:
    """Return where the first pixel begins and the last one ends."""
    scale, translation = level.scale[axis], level.translation[axis]
    return translation - scale / 2, translation + (level.shape[axis] - 0.5) * scale


def _range(level: Level, axis: int, value: slice, name: str) -> slice:
    """Return the pixels whose centres lie from one position to another, both included."""
    if value.step is not None:
        raise InvalidArgumentError("A range of positions has no step.", where=f"axis {name!r}", found=value)
    scale, translation, size = level.scale[axis], level.translation[axis], level.shape[axis]

    def place(position: Any) -> float:
        return min(max((_number(position, name) - translation) / scale, -1.0), float(size))

    slack = 1e-9 * size
    start = 0 if value.start is None else max(0, math.ceil(place(value.start) - slack))
    stop = size if value.stop is None else min(size, math.floor(place(value.stop) + slack) + 1)
    return slice(start, max(start, stop))


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real) or not math.isfinite(value):
        raise ArgumentTypeError(
            "A position is a number, a range of them (slice), or a list.", where=f"axis {name!r}", found=value
        )
    return float(value)


def _is_whole(value: Any) -> bool:
    return not isinstance(value, bool) and hasattr(value, "__index__")
