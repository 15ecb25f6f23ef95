"""Stores of Icechunk, where what is written is seen by others once it is committed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from zarr.abc.store import Store
from zarr.storage import WrapperStore

from omezarr_nb.errors import UnsupportedError

if TYPE_CHECKING:
    from zarr.abc.store import ByteRequest
    from zarr.core.buffer import Buffer, BufferPrototype

__all__ = ["CommittedStore", "is_icechunk"]

#: What Icechunk knows: documents of Zarr 3, and chunks.
_KEY = re.compile(r"(.*/)?(zarr\.json|c(/\d+)*)")


class CommittedStore(WrapperStore[Store]):
    """A store of Icechunk that answers for keys which Icechunk cannot have.

    It knows the documents and chunks of Zarr 3 alone, and fails when it is asked for anything else. Here documents
    of Zarr 2 are not there, and notes that a writer leaves for itself are held in memory: an interrupted write is never
    committed, so that nobody else needs them.

    Parameters
    ----------
    store
        An ``icechunk.IcechunkStore``. Committing its session is left to whoever opened it.
    """

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._notes: dict[str, Buffer] = {}

    def __str__(self) -> str:
        session: Any = getattr(self._store, "session", None)
        return f"Icechunk({getattr(session, 'branch', None) or getattr(session, 'snapshot_id', '')})"

    def __repr__(self) -> str:
        return f"CommittedStore({self._store!r})"

    def __hash__(self) -> int:
        return hash(type(self))

    async def get(self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None) -> Buffer | None:
        """Return what stands at a key, or None where nothing does."""
        return await self._store.get(key, prototype, byte_range) if _KEY.fullmatch(key) else self._notes.get(key)

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        """Return parts of what stands at keys."""
        return [await self.get(key, prototype, wanted) for key, wanted in key_ranges]

    async def exists(self, key: str) -> bool:
        """Return whether something stands at a key."""
        return await self._store.exists(key) if _KEY.fullmatch(key) else key in self._notes

    async def set(self, key: str, value: Buffer) -> None:
        """Store a document or chunk in the session, or a note in memory.

        Raises
        ------
        UnsupportedError
            For any other key, such as the documents of Zarr 2.
        """
        if _is_note(key):
            self._notes[key] = value
        else:
            await self._store.set(_checked(key), value)

    async def set_if_not_exists(self, key: str, value: Buffer) -> None:
        """Do what `set` does where nothing is yet."""
        if _is_note(key):
            self._notes.setdefault(key, value)
        else:
            await self._store.set_if_not_exists(_checked(key), value)

    async def delete(self, key: str) -> None:
        """Remove a key, if it is there."""
        self._notes.pop(key, None)
        if _KEY.fullmatch(key):
            await self._store.delete(key)

    async def delete_dir(self, prefix: str) -> None:
        """Remove all keys below a path."""
        for key in [key for key in self._notes if key.startswith(f"{prefix}/".lstrip("/"))]:
            del self._notes[key]
        await self._store.delete_dir(prefix)


def is_icechunk(store: Store) -> bool:
    """Return whether a store is one of Icechunk, which is not imported for that."""
    return type(store).__module__.partition(".")[0] == "icechunk"


def _is_note(key: str) -> bool:
    """Return whether a key is one of those that writers leave for themselves."""
    return key.rpartition("/")[2].startswith(".omezarr_nb.")


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise UnsupportedError(
            "Icechunk stores documents and chunks of Zarr 3 alone.",
            found=key,
            do="Write OME-Zarr 0.5 or later, or to a store of another kind.",
        )
    return key
