"""Carrying chunks over: as bytes under other keys where that is right, else decoded and encoded, one at a time."""

from __future__ import annotations

import asyncio
import math
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice, product
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from omezarr_nb.core.converting.documents import chunk_separator, chunk_shape
from omezarr_nb.core.converting.survey import can_list
from omezarr_nb.core.kinds import Slices
from omezarr_nb.core.pyramid.five import spread
from omezarr_nb.core.stores import without_password
from omezarr_nb.errors import OMEZarrError, StoreError

if TYPE_CHECKING:
    import zarr
    from zarr.storage import StorePath

__all__ = [
    "chunk_regions",
    "copy_chunks",
    "copy_file",
    "count_chunks",
    "is_copied",
    "is_recoded",
    "recode",
    "storage",
]

#: Bytes that are held at once; a chunk (or shard) alone may be larger.
_MEMORY = 256 * 2**20
_AT_ONCE = 16
_BATCH = 64
_THREADS = 4

Step: TypeAlias = Callable[[int], None]


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
    after: int = 0,
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
        Called after each few chunks with the number of those that are done of all that there can be, in C order; what
        it raises ends the copying.
    after
        How many of them were copied before.
    places
        Where the axes of the array are among those of the new one, which is one pixel long along all others; None
        where they are the same. (Pixels lie in the same order with such axes and without.)

    Notes
    -----
    Chunks that are not there stay away. At most 16 are held at once, and no more than 256 MB where chunks are not
    larger than that themselves. When this returns or raises, nothing is being written any more.
    """
    name = _names(document, new, places)
    size = math.prod(chunk_shape(document) or ()) * 8
    at_once = max(1, min(_AT_ONCE, _MEMORY // max(size, 1)))
    grid = _grid(document)
    indices = _indices(source, document, after)
    while batch := list(islice(indices, min(_BATCH, 4 * at_once))):
        keys = [name(index) for index in batch]
        _copy([(source / key, target / other) for key, other in keys], at_once)
        step(_number(batch[-1], grid) + 1)


def is_copied(
    source: StorePath,
    document: Mapping[str, Any],
    target: StorePath,
    new: Mapping[str, Any],
    number: int,
    *,
    places: Sequence[int] | None = None,
) -> bool:
    """Return whether a chunk, the first being 0, is the same in both places; arguments as of `copy_chunks`."""
    from zarr.core.sync import sync

    index = []
    for length in reversed(_grid(document)):
        number, place = divmod(number, length)
        index.append(place)
    key, other = _names(document, new, places)(index[::-1])

    async def both() -> tuple[Any, Any]:
        return await asyncio.gather((source / key).get(), (target / other).get())

    with storage(str(source)):
        one, two = (None if data is None else data.to_bytes() for data in sync(both()))
    return one == two


def copy_file(source: StorePath, target: StorePath) -> None:
    """Copy one key."""
    _copy([(source, target)], 1)


def recode(
    source: zarr.Array[Any],
    target: zarr.Array[Any],
    regions: Iterable[Slices],
    step: Step,
    *,
    after: int = 0,
    places: Sequence[int] | None = None,
) -> None:
    """Decode the chunks of an array and encode them into another of the same pixels, a few regions at once.

    Parameters
    ----------
    source, target
        The arrays.
    regions
        Of the source, each of whole chunks of the target.
    step
        Called after each few regions with the number of those that are done.
    after
        How many of them were written before.
    places
        As for `copy_chunks`.
    """
    each, regions = _peeked(regions)
    workers = max(1, min(_THREADS, _MEMORY // max(2 * each * target.dtype.itemsize, 1)))
    whole = (slice(0, 1),) * target.ndim

    def one(region: Slices) -> None:
        goal = tuple(spread(region, places, whole)) if places else region
        with storage(str(source.store_path)):
            pixels = np.asarray(source[region])
        with storage(str(target.store_path)):
            target[goal] = np.reshape(pixels, tuple(s.stop - s.start for s in goal)) if places else pixels

    waiting, done = islice(regions, after, None), after
    with ThreadPoolExecutor(workers) as pool:
        while batch := list(islice(waiting, min(_BATCH, 4 * workers))):
            list(pool.map(one, batch))
            done += len(batch)
            step(done)


def is_recoded(
    source: zarr.Array[Any], target: zarr.Array[Any], region: Slices, *, places: Sequence[int] | None = None
) -> bool:
    """Return whether the pixels of a region are the same in both arrays, bit for bit."""
    goal = tuple(spread(region, places, (slice(0, 1),) * target.ndim)) if places else region
    with storage(str(source.store_path)):
        pixels = np.asarray(source[region])
    with storage(str(target.store_path)):
        there = np.asarray(target[goal])
    return pixels.astype(there.dtype, copy=False).tobytes() == there.tobytes()


def chunk_regions(array: zarr.Array[Any], chunks: Sequence[int]) -> Iterator[Slices]:
    """Give the regions of the chunks of an array, in C order."""
    for start in product(*(range(0, size, chunk) for size, chunk in zip(array.shape, chunks, strict=True))):
        yield tuple(
            slice(begin, min(begin + chunk, size))
            for begin, chunk, size in zip(start, chunks, array.shape, strict=True)
        )


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


def _names(
    document: Mapping[str, Any], new: Mapping[str, Any], places: Sequence[int] | None
) -> Callable[[Sequence[int]], tuple[str, str]]:
    """Return what gives the key of a chunk in an array and in the new one."""
    (before, between), (prefix, separator) = chunk_separator(document), chunk_separator(new)
    zeros = (0,) * len(new["shape"])

    def name(index: Sequence[int]) -> tuple[str, str]:
        goal = spread(index, places, zeros) if places else index
        return _key(before, between, index), _key(prefix, separator, goal)

    return name


def _number(index: Sequence[int], grid: Sequence[int]) -> int:
    """Return the place of a chunk among all, in C order."""
    number = 0
    for place, length in zip(index, grid, strict=True):
        number = number * length + place
    return number


def _peeked(regions: Iterable[Slices]) -> tuple[int, Iterable[Slices]]:
    """Return the number of pixels of the first region, which none is larger than, and all regions."""
    first = list(islice(waiting := iter(regions), 1))
    return max((math.prod(s.stop - s.start for s in region) for region in first), default=1), chain(first, waiting)


def _indices(source: StorePath, document: Mapping[str, Any], after: int) -> Iterator[tuple[int, ...]]:
    """Give the indices of the chunks that are stored, in C order; of all that could be, where the store cannot list."""
    grid = _grid(document)
    if not can_list(source.store):
        yield from islice(product(*map(range, grid)), after, None)
        return
    from zarr.core.sync import sync

    prefix, separator = chunk_separator(document)
    root = f"{source.path}/" if source.path else ""
    pattern = re.compile(re.escape(prefix) + re.escape(separator).join([r"(0|[1-9]\d*)"] * len(grid)))

    async def listed() -> list[tuple[int, ...]]:
        found = []
        async for key in source.store.list_prefix(root):
            match = pattern.fullmatch(key.removeprefix(root)) if grid else None
            index = tuple(map(int, match.groups())) if match else None
            if index is not None and all(i < n for i, n in zip(index, grid, strict=True)):
                found.append(index)
        return sorted(found)

    for index in sync(listed()) if grid else [()]:
        if _number(index, grid) >= after:
            yield index
