"""Carrying chunks over: as bytes under other keys where that is right, else decoded and encoded, one at a time."""

from __future__ import annotations

import asyncio
import math
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice, product
from typing import TYPE_CHECKING, Any

import numpy as np

from omezarr_nb.core.converting.documents import chunk_separator, chunk_shape
from omezarr_nb.core.converting.survey import can_list
from omezarr_nb.core.pyramid.five import spread
from omezarr_nb.core.stores import without_password
from omezarr_nb.errors import OMEZarrError, StoreError

if TYPE_CHECKING:
    import zarr
    from zarr.storage import StorePath

__all__ = ["copy_chunks", "copy_file", "count_chunks", "recode", "storage"]

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
    source: StorePath,
    document: Mapping[str, Any],
    target: StorePath,
    new: Mapping[str, Any],
    step: Step,
    *,
    places: Sequence[int] | None = None,
) -> None:
    """Copy the chunks of an array as they are stored.

    Parameters
    ----------
    source, document
        The array and what it says of itself.
    target, new
        The same of the array to make; its keys may be spelled in another way.
    step
        Called with the number of chunks after each few of them; what it raises ends the copying.
    places
        Where the axes of the array are among those of the new one, which is one pixel long along all others; None
        where they are the same. (Pixels lie in the same order with such axes and without.)

    Notes
    -----
    Chunks that are not there stay away. At most 16 are held at once, and no more than 256 MB where chunks are not
    larger than that themselves. When this returns or raises, nothing is being written any more.
    """
    (before, between), (prefix, separator) = chunk_separator(document), chunk_separator(new)
    size = math.prod(chunk_shape(document) or ()) * 8
    at_once = max(1, min(_AT_ONCE, _MEMORY // max(size, 1)))
    zeros = (0,) * len(new["shape"])
    indices = _indices(source, document, before, between)
    while batch := list(islice(indices, min(_BATCH, 4 * at_once))):
        keys = [
            (_key(before, between, index), _key(prefix, separator, spread(index, places, zeros) if places else index))
            for index in batch
        ]
        _copy([(source / key, target / other) for key, other in keys], at_once)
        step(len(batch))


def copy_file(source: StorePath, target: StorePath) -> None:
    """Copy one key."""
    _copy([(source, target)], 1)


def recode(
    source: zarr.Array[Any], target: zarr.Array[Any], step: Step, *, places: Sequence[int] | None = None
) -> None:
    """Decode the chunks of an array and encode them into another of the same pixels and chunks; a few at once.

    Parameters
    ----------
    source, target
        The arrays.
    step, places
        As for `copy_chunks`.
    """
    chunks, shape = source.chunks, source.shape
    if places is None and chunks != target.chunks:
        chunks = target.chunks
    grid = [range(0, size, chunk) for size, chunk in zip(shape, chunks, strict=True)]
    each = math.prod(chunks) * target.dtype.itemsize
    workers = max(1, min(_THREADS, _MEMORY // max(2 * each, 1)))
    whole = (slice(0, 1),) * target.ndim

    def one(start: Sequence[int]) -> None:
        region = tuple(
            slice(begin, min(begin + chunk, size)) for begin, chunk, size in zip(start, chunks, shape, strict=True)
        )
        goal = tuple(spread(region, places, whole)) if places else region
        with storage(str(source.store_path)):
            pixels = np.asarray(source[region])
        with storage(str(target.store_path)):
            target[goal] = np.reshape(pixels, tuple(s.stop - s.start for s in goal)) if places else pixels

    starts = product(*grid)
    with ThreadPoolExecutor(workers) as pool:
        while batch := list(islice(starts, min(_BATCH, 4 * workers))):
            list(pool.map(one, batch))
            step(len(batch))


@contextmanager
def storage(where: str) -> Iterator[None]:
    """Raise what a storage library raises as a StoreError that names the place."""
    try:
        yield
    except OMEZarrError:
        raise
    except Exception as error:  # any of the exceptions of any storage library
        raise StoreError(
            "The storage failed during the conversion; the target is as it was before.",
            where=without_password(where),
            found=f"{type(error).__name__}: {without_password(str(error))}",
        ) from error


def _copy(pairs: Sequence[tuple[StorePath, StorePath]], at_once: int) -> None:
    """Copy keys; when this returns or raises, none is being copied any more."""
    from zarr.core.sync import sync

    begun, stop, ended = threading.Event(), threading.Event(), threading.Event()

    async def one(turn: asyncio.Semaphore, source: StorePath, target: StorePath) -> None:
        async with turn:
            if stop.is_set():
                return
            try:
                with storage(str(source)):
                    data = await source.get()
                with storage(str(target)):
                    if data is not None:
                        await target.set(data)
            except BaseException:
                stop.set()
                raise

    async def every() -> list[BaseException | None]:
        begun.set()
        turn = asyncio.Semaphore(at_once)
        try:
            return await asyncio.gather(*(one(turn, *pair) for pair in pairs), return_exceptions=True)
        finally:
            ended.set()

    try:
        results = sync(every())
    except BaseException:  # such as an interrupt from the keyboard, while the loop of zarr goes on
        stop.set()
        if begun.is_set():
            ended.wait()
        raise
    for error in results:
        if error is not None:
            raise error


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
