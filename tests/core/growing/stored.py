"""What is stored of images: files, keys, and the image that a fresh write of the same pixels gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from zarr.storage import MemoryStore

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
