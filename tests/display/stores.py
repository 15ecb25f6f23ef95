"""Stores that count what is read, and that fail when they are told to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zarr.abc.store import ByteRequest, Store
from zarr.core.buffer import Buffer, BufferPrototype
from zarr.storage import LocalStore, WrapperStore

__all__ = ["CountingStore", "FailingStore"]


class CountingStore(WrapperStore[Store]):
    """Counts the reads of chunks, and their bytes."""

    def __init__(self, root: Path | str) -> None:
        super().__init__(LocalStore(str(root), read_only=True))
        self.keys: list[str] = []
        self.chunk_bytes = 0

    async def get(
        self, key: str, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Read, and count."""
        self.keys.append(key)
        found = await self._store.get(key, *_given(prototype, byte_range))
        if found is not None and not key.endswith((".json", ".zattrs", ".zarray", ".zgroup")):
            self.chunk_bytes += len(found)
        return found


class FailingStore(WrapperStore[Store]):
    """Refuses every read from the n-th on."""

    def __init__(self, root: Path | str, reads: int) -> None:
        super().__init__(LocalStore(str(root), read_only=True))
        self.reads = reads

    async def get(
        self, key: str, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Read, or fail."""
        if self.reads <= 0:
            raise ConnectionResetError(f"the <b>connection</b> was reset while reading {key}")
        self.reads -= 1
        return await self._store.get(key, *_given(prototype, byte_range))


def _given(prototype: BufferPrototype | None, byte_range: ByteRequest | None) -> tuple[Any, ...]:
    from zarr.core.buffer import default_buffer_prototype

    return prototype or default_buffer_prototype(), byte_range
