"""From a level to what is drawn: tiles of a plane, and the range of its values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from omezarr_nb.core.transforms import index_of
from omezarr_nb.display.roles import Roles
from omezarr_nb.viewers.layout import channels_of, id_dtype, wire_dtype

if TYPE_CHECKING:
    from omezarr_nb.core.chunks import ChunkCache
    from omezarr_nb.core.image import Image, Level
    from omezarr_nb.core.metadata import Channel

__all__ = ["TILE", "ImagePlanes", "never"]

Array = np.ndarray[Any, Any]

#: Rows and columns of a tile: 128 kB of uint16, so that a few fit in one message.
TILE = 256
#: Rows and columns of a plane that are looked at for its contrast.
_SAMPLE = 1024


def never() -> bool:
    """Return False: what is asked for stays wanted."""
    return False


@dataclass(frozen=True, slots=True)
class ImagePlanes:
    """The planes of an image, read through a cache.

    Parameters
    ----------
    image
        The image.
    layout
        The role of each axis.
    cache
        Where the chunks come from.
    ids
        Whether the pixels are ids of labels, which are sent as they are.
    """

    image: Image
    layout: Roles
    cache: ChunkCache
    ids: bool = False

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels that are blended."""
        return channels_of(self.image, self.layout)

    @property
    def wire(self) -> np.dtype[Any] | None:
        """The type in which pixels are sent, or None where they cannot be shown."""
        return id_dtype(self.image.dtype) if self.ids else wire_dtype(self.image.dtype)

    def window(self, level: Level, indices: Sequence[int], channel: int, rows: slice, columns: slice) -> Array:
        """Return a part of a plane, rows downwards along y and columns along x, as it is sent.

        Parameters
        ----------
        level
            The level.
        indices
            One index an axis, in that level's pixels; those of the displayed and the channel axes do not count.
        channel
            Index of the channel.
        rows, columns
            Within the level's shape.

        Returns
        -------
        numpy.ndarray
            2-D, C-contiguous, of the type `wire`.
        """
        return self.block(level, indices, channel, {self.layout.y: rows, self.layout.x: columns})

    def block(self, level: Level, indices: Sequence[int], channel: int, spans: Mapping[int, slice]) -> Array:
        """Return a part of the image that reaches along any axes, as it is sent.

        Parameters
        ----------
        level, indices, channel
            As for `window`.
        spans
            The part, within the level's shape, by axis; along the others it is one pixel long.

        Returns
        -------
        numpy.ndarray
            Its axes are those of `spans`, in that order; C-contiguous, of the type `wire`.
        """
        box = []
        for axis, index in enumerate(indices):
            place = channel if axis == self.layout.channel else index
            span = spans.get(axis, slice(place, place + 1))
            box.append((span.start, span.stop))
        pixels = self.cache.read(level, tuple(box))
        others = [axis for axis in range(pixels.ndim) if axis not in spans]
        pixels = pixels.transpose(*others, *spans).reshape([pixels.shape[axis] for axis in spans])
        return _to_ids(pixels) if self.ids else _to_wire(pixels)

    def tile(
        self,
        level: Level,
        indices: Sequence[int],
        channel: int,
        row: int,
        column: int,
        *,
        given_up: Callable[[], bool] = never,  # noqa: ARG002 - for planes that take long
    ) -> Array:
        """Return one tile of `TILE` by `TILE` pixels, smaller at the edge.

        `given_up` says whether nobody waits for it any more: what takes long may look, and raise.
        """
        height, width = level.shape[self.layout.y], level.shape[self.layout.x]
        rows = slice(row * TILE, min((row + 1) * TILE, height))
        columns = slice(column * TILE, min((column + 1) * TILE, width))
        return self.window(level, indices, channel, rows, columns)

    def level_indices(self, level: Level, indices: Mapping[str, float]) -> tuple[int, ...]:
        """Return the pixels of a level that lie nearest to pixels of level 0.

        Parameters
        ----------
        level
            The level.
        indices
            By axis name, in pixels of level 0; axes that are not named are at 0.
        """
        finest = self.image.levels[0]
        out = []
        for axis, size in enumerate(level.shape):
            position = finest.translation[axis] + indices.get(self.image.axes[axis].name, 0) * finest.scale[axis]
            out.append(index_of(position, level.scale[axis], level.translation[axis], size))
        return tuple(out)

    def sample(self, channel: int, indices: Mapping[str, float]) -> Array:
        """Return the middle of a plane at the coarsest level, at most 1024 by 1024 pixels."""
        level = self.image.levels[-1]
        spans = []
        for size in (level.shape[self.layout.y], level.shape[self.layout.x]):
            start = max((size - _SAMPLE) // 2, 0)
            spans.append(slice(start, min(start + _SAMPLE, size)))
        return self.window(level, self.level_indices(level, indices), channel, spans[0], spans[1])


def _to_wire(plane: Array) -> Array:
    target = wire_dtype(plane.dtype)
    if target is None:
        raise TypeError(f"pixels of type {plane.dtype} cannot be shown")
    with np.errstate(over="ignore", invalid="ignore"):  # what float32 cannot hold is infinite there
        return np.ascontiguousarray(np.abs(plane) if plane.dtype.kind == "c" else plane, dtype=target)


def _to_ids(plane: Array) -> Array:
    target = id_dtype(plane.dtype)
    if target is None:
        raise TypeError(f"labels of type {plane.dtype} cannot be shown")
    if plane.dtype.kind == "f":
        plane = np.nan_to_num(plane, nan=0.0, posinf=0.0, neginf=0.0).clip(-(2.0**62), 2.0**62).astype(np.int64)
    return np.ascontiguousarray(plane, dtype=plane.dtype.newbyteorder("<")).view(target)
