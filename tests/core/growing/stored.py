"""What is stored of images: files, keys, and the image that a fresh write of the same pixels gives."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
from zarr.core.buffer import Buffer, default_buffer_prototype
from zarr.storage import MemoryStore, WrapperStore

import omezarr_nb
from omezarr_nb.core.pyramid.plan import plan_image

GROUP = ("zarr.json", ".zattrs", ".zgroup")


def files(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder, hidden ones too."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def keys(store: MemoryStore) -> dict[str, bytes]:
    """Return everything in a store."""
    return {key: value.to_bytes() for key, value in store._store_dict.items()}


def levels_only(entries: dict[str, bytes]) -> dict[str, bytes]:
    """Return what is stored of the levels, without the documents of the group."""
    return {key: value for key, value in entries.items() if key not in GROUP}


def fresh(pixels: np.ndarray[Any, Any], like: omezarr_nb.Image, **options: Any) -> MemoryStore:
    """Write an image at once, in the chunks of another, and return the store."""
    store = MemoryStore()
    layouts = [{"chunks": level.chunks, "shards": level.shards} for level in like.levels]
    axes = "".join(axis.name for axis in like.axes)
    plan_image(pixels, store, axes=axes, version=like.version, storage_options=layouts, **options).run()
    return store


class Watched(WrapperStore[MemoryStore]):
    """A store in memory that keeps what is in it after each change: what a kill at that moment would leave."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.moments: list[dict[str, bytes]] = []
        self.changed: list[str] = []
        self.fail_after: int | None = None
        self._changing = threading.Lock()

    def _with_store(self, store: MemoryStore) -> Watched:
        return Watched(store)

    def _before(self, key: str) -> None:
        if self.fail_after is not None and len(self.changed) >= self.fail_after:
            raise OSError(28, "No space left on device")
        self.changed.append(key)

    async def set(self, key: str, value: Buffer) -> None:
        with self._changing:
            self._before(key)
            self._store._store_dict[key] = value
            self.moments.append(keys(self._store))

    def set_sync(self, key: str, value: Buffer) -> None:
        with self._changing:
            self._before(key)
            self._store._store_dict[key] = value
            self.moments.append(keys(self._store))

    async def delete(self, key: str) -> None:
        with self._changing:
            self._before(key)
            self._store._store_dict.pop(key, None)
            self.moments.append(keys(self._store))

    def delete_sync(self, key: str) -> None:
        with self._changing:
            self._before(key)
            self._store._store_dict.pop(key, None)
            self.moments.append(keys(self._store))


def watched(store: MemoryStore) -> Watched:
    """Return a copy of a store that keeps all of its moments from now on."""
    return Watched(restored(keys(store)))


def restored(entries: dict[str, bytes]) -> MemoryStore:
    """Return a store with these keys."""
    return MemoryStore({key: default_buffer_prototype().buffer.from_bytes(value) for key, value in entries.items()})
