"""Chunks and shards of the levels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from omezarr_nb.core.axes import Axis, spatial_axes
from omezarr_nb.core.kinds import Ints
from omezarr_nb.errors import InvalidArgumentError, UnsupportedError

Chunks: TypeAlias = int | Sequence[int] | Mapping[str, int]
Shards: TypeAlias = Chunks | bool | Literal["auto"]

#: Bytes of a chunk of a plane: at most 1 MiB, so that one tile of a viewer needs little.
PLANE_BYTES = 1 << 20

#: Bytes of a chunk of a volume, which holds several planes.
VOLUME_BYTES = 4 << 20

#: Bytes of a shard that is chosen here. A worker holds a shard or two in memory.
SHARD_BYTES = 16 << 20

#: With shards="auto", an image of fewer chunks than this at level 0 has none.
MANY_CHUNKS = 4096


def default_chunks(shape: Ints, axes: Sequence[Axis], itemsize: int, *, volume: bool) -> Ints:
    """Choose chunks: powers of two in y and x, one index of time and channel, 0.5 to 4 MB.

    Parameters
    ----------
    shape, axes
        Of level 0.
    itemsize
        Bytes of a pixel.
    volume
        Whether the image is looked at from all sides (its first axis of type "space" of three is reduced too):
        chunks then hold up to 16 planes of 256 x 256, and single planes of up to 1024 x 1024 otherwise.
    """
    chunks = [1] * len(shape)
    spatial = spatial_axes(axes)
    plane = spatial[-2:] or tuple(range(len(shape)))[-2:]  # 0.9.dev1 needs no axes of space
    deep = volume and len(spatial) == 3 and shape[spatial[0]] > 1
    side = 256 if deep else 1 << (int(math.log2(PLANE_BYTES / itemsize)) // len(plane))
    for axis in plane:
        chunks[axis] = min(shape[axis], side)
    if deep:
        depth = VOLUME_BYTES // (256 * 256 * itemsize)
        chunks[spatial[0]] = min(shape[spatial[0]], 16, max(1, depth))
    return tuple(chunks)


def as_chunks(chunks: Chunks, axes: Sequence[Axis], place: str = "chunks") -> Ints:
    """Make chunks (or shards) as given a tuple in axis order.

    Parameters
    ----------
    chunks
        An int for the last two axes (1 for the others), a mapping by axis name (1 for what it does not name), or a
        sequence in axis order.
    axes
        In order.
    place
        Name of the argument, for messages.
    """
    names = [axis.name for axis in axes]
    if isinstance(chunks, Mapping):
        unknown = [name for name in chunks if name not in names]
        if unknown:
            raise InvalidArgumentError(
                "There is no such axis", where=place, found=repr(unknown[0]), expected=", ".join(names)
            )
        given: list[Any] = [chunks.get(name, 1) for name in names]
    elif isinstance(chunks, Sequence) and not isinstance(chunks, str):
        given = list(chunks)
    else:
        given = [1] * (len(axes) - 2) + [chunks] * 2
    if len(given) != len(axes):
        raise InvalidArgumentError(
            f"{place} needs one length for each axis", where=place, found=repr(chunks), expected=", ".join(names)
        )
    result = []
    for value, name in zip(given, names, strict=True):
        if isinstance(value, bool) or not _is_whole(value) or value < 1:
            raise InvalidArgumentError(
                f"{place} must be whole numbers of 1 or more", where=f"{place}, axis {name!r}", found=repr(value)
            )
        result.append(int(value))
    return tuple(result)


def expand_chunks(chunks: Any, shape: Ints) -> Any:
    """Give the chunks of array options as Zarr and ome-zarr-py mean them, which is not how `as_chunks` means an int.

    An int is for all axes. A sequence that is shorter than the shape is for the last axes, and chunks are as long as
    the others. Anything else is left as it is.

    Examples
    --------
    >>> expand_chunks((64, 64), (3, 512, 512))
    (3, 64, 64)
    """
    if isinstance(chunks, int) and not isinstance(chunks, bool):
        return (chunks,) * len(shape)
    if isinstance(chunks, Sequence) and not isinstance(chunks, str) and len(chunks) < len(shape):
        return (*shape[: len(shape) - len(chunks)], *chunks)
    return chunks


def as_shards(shards: Shards | None, chunks: Ints, shape: Ints, axes: Sequence[Axis], itemsize: int) -> Ints | None:
    """Make shards as given a tuple of multiples of `chunks`, or None.

    ``"auto"`` chooses shards of about 16 MiB where level 0 has more than a few thousand chunks; True chooses them
    always.
    """
    if shards is None or shards is False:
        return None
    if shards is True or (isinstance(shards, str) and shards == "auto"):
        counts = [math.ceil(n / c) for n, c in zip(shape, chunks, strict=True)]
        if shards is not True and math.prod(counts) < MANY_CHUNKS:
            return None
        return _default_shards(shape, chunks, axes, itemsize)
    result = as_chunks(shards, axes, "shards")
    for shard, chunk, axis in zip(result, chunks, axes, strict=True):
        if shard % chunk:
            raise InvalidArgumentError(
                "A shard must be a whole number of chunks.",
                where=f"shards, axis {axis.name!r}",
                found=shard,
                expected=f"a multiple of {chunk}",
            )
    return result


def fit_chunks(chunks: Ints, shape: Ints) -> Ints:
    """Make chunks no longer than a level, so that nothing is stored beyond its edges without need."""
    return tuple(min(c, n) for c, n in zip(chunks, shape, strict=True))


def fit_shards(shards: Ints | None, chunks: Ints, shape: Ints) -> Ints | None:
    """Fit shards to a level: no longer than its chunks reach, and None where a shard would hold one chunk."""
    if shards is None:
        return None
    fitted = tuple(min(max(1, s // c), math.ceil(n / c)) * c for s, c, n in zip(shards, chunks, shape, strict=True))
    return None if fitted == chunks else fitted


def check_shards_allowed(shards: object, version: str, zarr_format: int) -> None:
    """Raise UnsupportedError for shards in a version that is stored in Zarr 2."""
    if zarr_format < 3 and shards not in (None, False, "auto"):
        raise UnsupportedError(
            f"OME-Zarr {version} is stored in Zarr 2, which has no shards.",
            where="shards",
            found=repr(shards),
            do="Leave out shards, or write version 0.5.",
        )


def _default_shards(shape: Ints, chunks: Ints, axes: Sequence[Axis], itemsize: int) -> Ints:
    counts = [1] * len(shape)
    room = SHARD_BYTES // (itemsize * math.prod(chunks))
    spatial = spatial_axes(axes)
    growing = True
    while growing:
        growing = False
        for axis in (*spatial[-2:], *spatial[:-2]):
            longer = counts[axis] * 2
            if counts[axis] * chunks[axis] < shape[axis] and math.prod(counts) * 2 <= room:
                counts[axis] = longer
                growing = True
    return tuple(k * c for k, c in zip(counts, chunks, strict=True))


def _is_whole(value: Any) -> bool:
    try:
        return int(value) == value  # type: ignore[no-any-return] # of Any
    except (TypeError, ValueError, OverflowError):
        return False
