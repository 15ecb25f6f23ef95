"""Reading the chunks of arrays that lie elsewhere: with patience, errors in words, and an eye on what is missing.

To Zarr a chunk that is missing and one that was never written are the same: both read as the fill value. So where a
chunk is not there the array's metadata is looked for once more, and a store that went away, or that holds an array of
another layout by now, is said instead of read as zeros.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import zarr
from zarr.abc.store import RangeByteRequest, Store
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import LocalStore, MemoryStore, StorePath, WrapperStore, ZipStore

from omezarr_nb.core.io import open_array
from omezarr_nb.core.patience import CHUNKS, ask, protocols
from omezarr_nb.core.stores import store_error
from omezarr_nb.core.zipped.store import ZippedStore
from omezarr_nb.errors import InvalidMetadataError, StoreError

if TYPE_CHECKING:
    from zarr.abc.store import ByteRequest
    from zarr.core.buffer import Buffer, BufferPrototype

__all__ = [
    "Layout",
    "Missing",
    "PatientStore",
    "changed",
    "gone",
    "is_far",
    "layout_of",
    "missing_chunks",
    "patient_array",
]

Missing: TypeAlias = Literal["fill", "error"]

Layout: TypeAlias = tuple[object, ...]
"""What decides where the chunks of an array lie, to be compared."""

#: An array that was seen a moment ago counts as there, in seconds.
_SEEN = 2.0
#: Chunks that are looked for at the same time.
_AT_ONCE = 32
_NEAR = frozenset({"memory", "file", "local"})


class PatientStore(WrapperStore[Store]):
    """A store that reads the chunks of one array, with patience and errors in words.

    Parameters
    ----------
    store
        The store behind it, to which all that writes goes as it is.
    document
        Key of the array's metadata document. Where a chunk is missing it is looked for: a chunk that was never
        written is not there, but its array is.
    layout
        Of the array.
    where
        The array, for messages.
    missing
        "fill": a chunk that is not there is None, which zarr reads as the fill value; "error": it is an error.
    """

    def __init__(self, store: Store, document: str, layout: Layout, where: str, missing: Missing = "fill") -> None:
        super().__init__(store)
        self._document = document
        self._layout = layout
        self._where = where
        self._missing = missing
        self._forget()

    def _forget(self) -> None:
        self._seen = -_SEEN
        self._looking: asyncio.Task[bool] | None = None

    @property
    def inner(self) -> Store:
        """The store behind it."""
        return self._store

    def for_missing(self, missing: Missing) -> PatientStore:
        """Return the same store with another answer for chunks that are not there."""
        return PatientStore(self._store, self._document, self._layout, self._where, missing)

    def _with_store(self, store: Store) -> PatientStore:
        return PatientStore(store, self._document, self._layout, self._where, self._missing)

    def __getstate__(self) -> dict[str, Any]:
        return {name: vars(self)[name] for name in ("_store", "_document", "_layout", "_where", "_missing")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._forget()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PatientStore) and other.__getstate__() == self.__getstate__()

    def __hash__(self) -> int:
        return hash(self._document)

    def __str__(self) -> str:
        return str(self._store)

    def __repr__(self) -> str:
        return f"PatientStore({self._store!r})"

    async def get(self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None) -> Buffer | None:
        """Return what stands at a key, or None where nothing does.

        Raises
        ------
        StoreError
            When the store fails, has not got the array any more or one of another layout, or, where that is asked
            for, has not got the chunk.
        """
        buffer = await self._ask(lambda: self._store.get(key, prototype, byte_range), key)
        if buffer is None:
            await self._missed(key, prototype)
        return buffer

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        """Return parts of what stands at keys, as `get` does."""
        return list(await asyncio.gather(*(self.get(key, prototype, wanted) for key, wanted in key_ranges)))

    async def _get_many(
        self, requests: Iterable[tuple[str, BufferPrototype, ByteRequest | None]]
    ) -> AsyncGenerator[tuple[str, Buffer | None], None]:
        for key, prototype, wanted in requests:
            yield key, await self.get(key, prototype, wanted)

    async def get_ranges(
        self, key: str, byte_ranges: Sequence[ByteRequest | None], **options: Any
    ) -> AsyncIterator[Sequence[tuple[int, Buffer | None]]]:
        """Return parts of what stands at a key, near ones together (zarr from 3.2 on), as `get` does."""
        try:
            ranges = Store.get_ranges(self, key, byte_ranges, **options)  # type: ignore[attr-defined] # zarr 3.2
            async for parts in ranges:
                yield parts
        except BaseExceptionGroup as group:
            failed: BaseException | None = group.subgroup(StoreError)
            while isinstance(failed, BaseExceptionGroup):
                failed = failed.exceptions[0]
            if failed is None:  # there is no such key, which zarr looks for in the group
                raise
            raise failed from failed.__cause__

    @property
    def _supports_sync_io(self) -> bool:
        return False  # waiting and asking again is done in the event loop

    async def _ask(self, request: Callable[[], Awaitable[Buffer | None]], key: str) -> Buffer | None:
        own = key.removeprefix(self._document.rpartition("/")[0]).lstrip("/")
        try:
            return await ask(request, self._store, f"{self._where}/{own}", CHUNKS)
        except FileNotFoundError:  # the root of the store is not there
            return None

    async def _missed(self, key: str, prototype: BufferPrototype) -> None:
        """Raise where a key is missing because the array is, or where no chunk may be missing."""
        if key == self._document:
            return
        if time.monotonic() - self._seen >= _SEEN and not await asyncio.shield(self._look(prototype)):
            raise gone(self._where)
        if self._missing == "error":
            raise StoreError(
                "A chunk is not there.",
                where=f"{self._where}/{key.removeprefix(self._document.rpartition('/')[0]).lstrip('/')}",
                do="Pass missing='fill' to read such chunks as the fill value, as Zarr does.",
            )

    def _look(self, prototype: BufferPrototype) -> asyncio.Task[bool]:
        """Look for the array, once for all chunks that are found to be missing meanwhile."""
        looking = self._looking
        if looking is None or looking.done() or looking.get_loop() is not asyncio.get_running_loop():
            looking = self._looking = asyncio.ensure_future(self._is_there(prototype))
            looking.add_done_callback(_heard)
        return looking

    async def _is_there(self, prototype: BufferPrototype) -> bool:
        found = await self._ask(lambda: self._store.get(self._document, prototype), self._document)
        if found is None:
            return False
        place = StorePath(self._store, self._document.rpartition("/")[0])
        with contextlib.suppress(ValueError, InvalidMetadataError):  # it is being written
            if layout_of(open_array(place, json.loads(found.to_bytes()), self._where)) != self._layout:
                raise changed(self._where)
        self._seen = time.monotonic()
        return True


def patient_array(array: zarr.Array[Any], where: str, missing: Missing = "fill") -> zarr.Array[Any]:
    """Return an array that is read with patience; nothing is read.

    Parameters
    ----------
    array
        Of any store. Where it has a `PatientStore`, that is not put into another.
    where
        For messages.
    missing
        What a chunk is that is not there: the fill value, or an error.
    """
    place = array.store_path
    store = place.store
    patient = store.for_missing(missing) if isinstance(store, PatientStore) else _patient(array, where, missing)
    inner = array.async_array
    return zarr.Array(zarr.AsyncArray(inner.metadata, StorePath(patient, place.path), inner.config))


def _patient(array: zarr.Array[Any], where: str, missing: Missing = "fill") -> PatientStore:
    place = array.store_path
    name = ".zarray" if array.metadata.zarr_format == 2 else "zarr.json"
    return PatientStore(place.store, f"{place.path}/{name}".lstrip("/"), layout_of(array), where, missing)


def missing_chunks(array: zarr.Array[Any], where: str) -> tuple[tuple[int, ...], ...]:
    """Do what `omezarr_nb.Level.missing_chunks` says, for an array."""
    from zarr.core.sync import sync

    from omezarr_nb.core.converting.survey import can_list

    sizes = array.shards or array.chunks
    grid = [range(-(-length // size)) for length, size in zip(array.shape, sizes, strict=True)]
    place = array.store_path
    prefix = f"{place.path}/" if place.path else ""
    keys = {f"{prefix}{array.metadata.encode_chunk_key(at)}": at for at in itertools.product(*grid)}

    async def listed() -> set[str]:
        return {key async for key in place.store.list_prefix(prefix)}

    async def asked() -> set[str]:
        store = place.store if isinstance(place.store, PatientStore) else _patient(array, where)
        turn = asyncio.Semaphore(_AT_ONCE)

        async def is_there(key: str) -> bool:
            async with turn:
                return await store.get(key, default_buffer_prototype(), RangeByteRequest(0, 1)) is not None

        there = await asyncio.gather(*(is_there(key) for key in keys))
        return {key for key, found in zip(keys, there, strict=True) if found}

    try:
        found = sync(listed() if can_list(place.store) else asked())
    except Exception as error:  # any of the exceptions of any storage library
        raise store_error(error, where) from error
    return tuple(at for key, at in keys.items() if key not in found)


def gone(where: str) -> StoreError:
    """Return the error that says that what was opened has been taken away since."""
    return StoreError(
        "The image is not there any more.", where=where, do="What was loaded stays; put it back, or open it anew."
    )


def changed(where: str) -> StoreError:
    """Return the error that says that what was opened has been replaced by what is read in another way."""
    return StoreError(
        "The image was replaced by one that is stored in another way.",
        where=where,
        do="Open it anew; what was loaded stays.",
    )


def layout_of(array: zarr.Array[Any]) -> Layout:
    """Return the layout of an array, whatever its shape, which may grow."""
    key = array.metadata.encode_chunk_key((0,) * array.ndim)
    return array.chunks, array.shards, str(array.dtype), key


def is_far(store: Store) -> bool:
    """Return whether reading goes, or may go, over a network. Archives do their own asking."""
    near = isinstance(store, LocalStore | MemoryStore | ZipStore | ZippedStore | PatientStore)
    return not near and not _NEAR & protocols(store)


def _heard(task: asyncio.Task[bool]) -> None:
    """Take note of how a task ended: those who waited for it may be gone."""
    with contextlib.suppress(asyncio.CancelledError):
        task.exception()
