"""Carrying chunks over: as bytes under other keys where that is right, else decoded and encoded, one at a time."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, product
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.converting.documents import chunk_separator, chunk_shape
from omezarr_nb.core.converting.survey import can_list

if TYPE_CHECKING:
    import zarr
    from zarr.storage import StorePath

__all__ = ["copy_chunks", "copy_file", "count_chunks", "recode"]

#: Bytes that are held at once; a chunk (or shard) alone may be larger.
_MEMORY = 256 * 2**20
_AT_ONCE = 16
_BATCH = 64
_THREADS = 4

Step = Callable[[int], None]


def count_chunks(document: Mapping[str, Any]) -> int:
    """Return how many chunks (or shards) an array has, whether they are stored or not."""
    return math.prod(_grid(document))


def copy_chunks(
    source: StorePath, document: Mapping[str, Any], target: StorePath, new: Mapping[str, Any], step: Step
) -> None:
    """Copy the chunks of an array as they are stored.

    Parameters
    ----------
    source, document
        The array and what it says of itself.
    target, new
        The same of the array to make; its keys may be spelled in another way.
    step
        Called with the number of chunks after each few of them.

    Notes
    -----
    Chunks that are not there stay away. At most 16 are held at once, and no more than 256 MB where chunks are not
    larger than that themselves.
    """
    from zarr.core.sync import sync

    (before, between), (prefix, separator) = chunk_separator(document), chunk_separator(new)
    size = math.prod(chunk_shape(document) or ()) * 8
    at_once = max(1, min(_AT_ONCE, _MEMORY // max(size, 1)))
    indices = _indices(source, document, before, between)
    while batch := list(islice(indices, _BATCH)):
        keys = [(_key(before, between, index), _key(prefix, separator, index)) for index in batch]
        sync(_copy([(source / key, target / other) for key, other in keys], at_once))
        step(len(batch))


def copy_file(source: StorePath, target: StorePath) -> None:
    """Copy one key."""
    from zarr.core.sync import sync

    sync(_copy([(source, target)], 1))


def recode(source: zarr.Array[Any], target: zarr.Array[Any], step: Step) -> None:
    """Decode the chunks of an array and encode them into another of the same shape and chunks; a few at once."""
    chunks, shape = target.chunks, target.shape
    grid = [range(0, size, chunk) for size, chunk in zip(shape, chunks, strict=True)]
    each = math.prod(chunks) * target.dtype.itemsize
    workers = max(1, min(_THREADS, _MEMORY // max(2 * each, 1)))

    def one(start: Sequence[int]) -> None:
        region = tuple(
            slice(begin, min(begin + chunk, size)) for begin, chunk, size in zip(start, chunks, shape, strict=True)
        )
        target[region] = source[region]

    starts = product(*grid)
    with ThreadPoolExecutor(workers) as pool:
        while batch := list(islice(starts, _BATCH)):
            list(pool.map(one, batch))
            step(len(batch))


async def _copy(pairs: Sequence[tuple[StorePath, StorePath]], at_once: int) -> None:
    turn = asyncio.Semaphore(at_once)

    async def one(source: StorePath, target: StorePath) -> None:
        async with turn:
            data = await source.get()
            if data is not None:
                await target.set(data)

    await asyncio.gather(*(one(*pair) for pair in pairs))


def _grid(document: Mapping[str, Any]) -> list[int]:
    chunks = chunk_shape(document) or []
    return [-(-size // chunk) for size, chunk in zip(document.get("shape", ()), chunks, strict=True)]


def _key(prefix: str, separator: str, index: Sequence[int]) -> str:
    if not index:
        return prefix.rstrip("./") if prefix else "0"
    return prefix + separator.join(map(str, index))


def _indices(source: StorePath, document: Mapping[str, Any], prefix: str, separator: str) -> Iterator[tuple[int, ...]]:
    """Give the indices of the chunks that are stored; of all that could be, where the store cannot list."""
    grid = _grid(document)
    if not can_list(source.store):
        yield from product(*map(range, grid))
        return
    from zarr.core.sync import sync

    root = f"{source.path}/" if source.path else ""
    pattern = re.compile(re.escape(prefix) + re.escape(separator).join([r"(0|[1-9]\d*)"] * len(grid)))

    async def listed() -> list[tuple[int, ...]]:
        found = []
        async for key in source.store.list_prefix(root):
            match = pattern.fullmatch(key.removeprefix(root)) if grid else None
            index = tuple(map(int, match.groups())) if match else None
            if index is not None and all(i < n for i, n in zip(index, grid, strict=True)):
                found.append(index)
        return found

    yield from sync(listed()) if grid else [()]
