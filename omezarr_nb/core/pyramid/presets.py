"""Chunks, shards and compression by what an image is for, and how many requests looking at it takes. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from omezarr_nb.core.axes import Axis, spatial_axes
from omezarr_nb.core.kinds import Ints
from omezarr_nb.core.pyramid.chunking import default_chunks
from omezarr_nb.errors import InvalidArgumentError

__all__ = ["PURPOSES", "Purpose", "Requests", "Storing", "count_requests", "storing_for"]

Purpose: TypeAlias = Literal["viewing", "analysis", "archive", "cloud"]

#: What each is for, in words.
PURPOSES: Mapping[Purpose, str] = {
    "viewing": "small blocks, so that a view reads no more than it shows",
    "analysis": "cubes, read equally fast from all sides; compressed for speed",
    "archive": "few files, and as small as they get",
    "cloud": "few large objects of many small blocks, for buckets and web servers",
}

#: Of a window on a large screen, in pixels.
SCREEN = (800, 1200)

#: Bytes of a cube for analysis, about.
_CUBE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Storing:
    """How an image is stored: arguments of `omezarr_nb.plan_image`.

    Parameters
    ----------
    chunks
        In axis order.
    shards
        True to choose them, False for none.
    compression
        A name, or a codec.
    """

    chunks: Ints
    shards: bool
    compression: Any


@dataclass(frozen=True, slots=True)
class Requests:
    """How many objects are read, of one channel and one time at full size.

    Parameters
    ----------
    files
        Stored, of all levels.
    screen
        For a window of 1200 x 800 pixels.
    plane
        For a whole plane.
    column
        For one pixel of the plane along z; None without z.
    """

    files: int
    screen: int
    plane: int
    column: int | None


def storing_for(purpose: Purpose, shape: Ints, axes: Sequence[Axis], itemsize: int, *, zarr_format: int) -> Storing:
    """Choose how an image is stored for a purpose.

    Parameters
    ----------
    purpose
        "viewing", "analysis", "archive" or "cloud".
    shape, axes
        Of level 0.
    itemsize
        Bytes of a pixel.
    zarr_format
        2 (up to version 0.4) has no shards.

    Raises
    ------
    InvalidArgumentError
        For another purpose.

    Examples
    --------
    >>> from omezarr_nb.core.axes import parse_axes
    >>> storing_for("analysis", (100, 2048, 2048), parse_axes("zyx"), 2, zarr_format=3).chunks
    (64, 64, 64)
    """
    if purpose not in get_args(Purpose):
        raise InvalidArgumentError(
            "There is no such purpose.", where="purpose", found=purpose, expected=", ".join(PURPOSES)
        )
    small = default_chunks(shape, axes, itemsize, volume=False)
    spatial = spatial_axes(axes)
    if purpose == "analysis":
        deep = len(spatial) == 3 and shape[spatial[0]] > 1
        side = 1 << round(math.log2(_CUBE_BYTES / itemsize) / (3 if deep else 2))
        chunks = [1] * len(shape)
        for axis in spatial if deep else spatial[-2:]:
            chunks[axis] = min(shape[axis], side)
        return Storing(tuple(chunks), False, "blosc-lz4")
    if purpose == "archive":
        return Storing(small, zarr_format == 3, _smallest(zarr_format))
    tile = tuple(min(n, 512) if axis in spatial[-2:] else n for axis, n in enumerate(small))
    if purpose == "cloud":
        return Storing(tile if zarr_format == 3 else small, zarr_format == 3, "auto")
    return Storing(tile, False, "auto")


def _smallest(zarr_format: int) -> Any:
    if zarr_format == 3:
        from zarr.codecs import BloscCodec

        return BloscCodec(cname="zstd", clevel=9, shuffle="bitshuffle")
    from numcodecs import Blosc

    return Blosc(cname="zstd", clevel=9, shuffle=Blosc.BITSHUFFLE)


def count_requests(levels: Sequence[Any], axes: Sequence[Axis]) -> Requests:
    """Count what is read of an image: a chunk is one request, and so is the index of each shard that is met.

    Parameters
    ----------
    levels
        With ``shape``, ``chunks`` and ``shards``, from the finest.
    axes
        Of the image.

    Examples
    --------
    >>> from omezarr_nb.core.pyramid.plan import plan_image
    >>> import numpy as np
    >>> plan = plan_image(np.zeros((1024, 2048), "uint8"), "a.zarr", chunks=512, levels=1)
    >>> count_requests(plan.levels, plan.axes)
    Requests(files=8, screen=6, plane=8, column=None)
    """
    level = levels[0]
    spatial = spatial_axes(axes)
    y, x = spatial[-2:] if len(spatial) > 1 else (len(axes) - 2, len(axes) - 1)
    window = dict(zip((y, x), SCREEN, strict=True))
    files = sum(
        math.prod(math.ceil(n / u) for n, u in zip(entry.shape, entry.shards or entry.chunks, strict=True))
        for entry in levels
    )
    screen = _met(level, {axis: min(window[axis], level.shape[axis]) for axis in (y, x)})
    plane = _met(level, {axis: level.shape[axis] for axis in (y, x)})
    column = _met(level, {spatial[0]: level.shape[spatial[0]]}) if len(spatial) == 3 else None
    return Requests(files, screen, plane, column)


def _met(level: Any, wanted: Mapping[int, int]) -> int:
    """Return how many requests a box takes that begins where a chunk does; one index of the other axes."""

    def blocks(sizes: Ints) -> int:
        return math.prod(math.ceil(length / sizes[axis]) for axis, length in wanted.items())

    return blocks(level.chunks) + (blocks(level.shards) if level.shards else 0)
