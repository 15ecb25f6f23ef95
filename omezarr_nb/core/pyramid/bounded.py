"""Writing to stores that lie elsewhere: every wait has an end, and the error says how long it was.

Stores for S3, Google Cloud and Azure ask again by themselves, each in its own way and some for ever.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, TypeVar

from zarr.abc.store import Store
from zarr.storage import StorePath, WrapperStore

from omezarr_nb.core.patience import CHUNKS
from omezarr_nb.core.remote import is_far
from omezarr_nb.core.stores import without_password
from omezarr_nb.errors import OMEZarrError, StoreError

if TYPE_CHECKING:
    import zarr
    from zarr.core.buffer import Buffer, BufferPrototype

__all__ = ["BoundedStore", "bounded", "bounded_array", "within"]

Answer = TypeVar("Answer")


class BoundedStore(WrapperStore[Store]):
    """A store that is given up when it takes longer than `omezarr_nb.core.patience.CHUNKS` for one key.

    Parameters
    ----------
    store
        The store behind it, which tries as often as it likes meanwhile.
    """

    def _with_store(self, store: Store) -> BoundedStore:
        return BoundedStore(store)

    async def set(self, key: str, value: Buffer) -> None:
        """Put a value; StoreError when that fails."""
        await within(self._store.set(key, value), CHUNKS.seconds, self._name(key))

    async def get(self, key: str, prototype: BufferPrototype, byte_range: Any = None) -> Buffer | None:
        """Return a value, or None; StoreError when that fails."""
        return await within(self._store.get(key, prototype, byte_range), CHUNKS.seconds, self._name(key))

    async def delete(self, key: str) -> None:
        """Remove a key; StoreError when that fails."""
        await within(self._store.delete(key), CHUNKS.seconds, self._name(key))

    async def exists(self, key: str) -> bool:
        """Return whether a key is there; StoreError when that fails."""
        return await within(self._store.exists(key), CHUNKS.seconds, self._name(key))

    def _name(self, key: str) -> str:
        return f"{self._store}/{key}"

    @property
    def _supports_sync_io(self) -> bool:
        return False  # waiting is done in the event loop


async def within(answer: Awaitable[Answer], seconds: float, where: str) -> Answer:
    """Return the answer of a store, or raise in words: after so many seconds at the latest.

    Raises
    ------
    FileNotFoundError
        When the store says so.
    StoreError
        When it fails in any other way, or does not answer; the message says after how long it was given up.
    """
    started = time.monotonic()
    try:
        return await asyncio.wait_for(answer, seconds)
    except (FileNotFoundError, OMEZarrError):
        raise
    except Exception as error:  # any of the exceptions of any storage library
        text = without_password(" ".join(str(error).split()))
        found = f"{type(error).__name__}: {text}" if text else type(error).__name__
        raise StoreError(
            "The storage failed while the image was written; the target is as it was before. "
            f"It was given up after {time.monotonic() - started:.1f} s.",
            where=where,
            found=found,
            do="Check the place and the connection.",
        ) from error


def bounded(place: StorePath) -> StorePath:
    """Return a place in a store to which all is written with an end; the same place where nothing is far away."""
    store = place.store
    return (
        StorePath(BoundedStore(store), place.path) if is_far(store) and not isinstance(store, BoundedStore) else place
    )


def bounded_array(array: zarr.Array[Any]) -> zarr.Array[Any]:
    """Return an array to which all is written with an end; the same array where nothing is far away."""
    import zarr

    place = bounded(array.store_path)
    if place is array.store_path:
        return array
    inner = array.async_array
    return zarr.Array(zarr.AsyncArray(inner.metadata, place, inner.config))
