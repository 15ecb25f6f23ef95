"""Documents of groups and arrays, as bytes and in a store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from omezarr_nb.core.converting.chunks import storage

if TYPE_CHECKING:
    import zarr
    from zarr.storage import StorePath

__all__ = ["delete_key", "group_documents", "put_array", "put_key", "put_keys", "put_made", "read_keys"]

_AT_ONCE = 16


def group_documents(attributes: Mapping[str, Any], zarr_format: Literal[2, 3]) -> dict[str, bytes]:
    """Return the documents of a group by name; attributes first, for a group of Zarr 2 is there with ``.zgroup``.

    Examples
    --------
    >>> list(group_documents({"labels": ["cells"]}, 2)), list(group_documents({}, 3))
    (['.zattrs', '.zgroup'], ['zarr.json'])
    """
    if zarr_format == 3:
        return {"zarr.json": _encoded({"zarr_format": 3, "node_type": "group", "attributes": dict(attributes)})}
    own = {".zattrs": _encoded(attributes)} if attributes else {}
    return own | {".zgroup": _encoded({"zarr_format": 2})}


def put_array(place: StorePath, document: Mapping[str, Any], attributes: Mapping[str, Any]) -> None:
    """Write the documents of an array whose chunks are there."""
    if document.get("zarr_format") == 3:
        put_key(place / "zarr.json", _encoded(document))
        return
    put_key(place / ".zarray", _encoded(document))
    if attributes:
        put_key(place / ".zattrs", _encoded(attributes))


def put_made(place: StorePath, array: zarr.Array[Any]) -> None:
    """Write the documents of an array as zarr has made them."""
    from zarr.core.buffer import default_buffer_prototype

    documents = array.metadata.to_buffer_dict(default_buffer_prototype())
    put_keys(place, {name: data.to_bytes() for name, data in documents.items()})


def put_key(place: StorePath, data: bytes) -> None:
    """Write one key.

    Raises
    ------
    StoreError
        When the storage fails.
    """
    put_keys(place, {"": data})


def put_keys(root: StorePath, documents: Mapping[str, bytes]) -> None:
    """Write several keys below a place, a few at a time; those of one folder in the order in which they are given.

    Raises
    ------
    StoreError
        When the storage fails; then no more of them are written.
    """
    from zarr.core.buffer import default_buffer_prototype
    from zarr.core.sync import sync

    folders: dict[str, list[str]] = {}
    for key in documents:
        folders.setdefault(key.rpartition("/")[0], []).append(key)
    buffer = default_buffer_prototype().buffer
    failed = False

    async def write(turn: asyncio.Semaphore, keys: Sequence[str]) -> None:
        nonlocal failed
        async with turn:
            for key in keys:
                if failed:
                    return
                try:
                    with storage(str(root / key)):
                        await (root / key if key else root).set(buffer.from_bytes(documents[key]))
                except BaseException:
                    failed = True
                    raise

    async def every() -> list[BaseException | None]:
        turn = asyncio.Semaphore(_AT_ONCE)
        return await asyncio.gather(*(write(turn, keys) for keys in folders.values()), return_exceptions=True)

    for error in sync(every()):
        if error is not None:
            raise error


def read_keys(root: StorePath, keys: Iterable[str]) -> dict[str, bytes]:
    """Return those of some keys that are there.

    Raises
    ------
    StoreError
        When the storage fails.
    """
    from zarr.core.sync import sync

    async def read(turn: asyncio.Semaphore, key: str) -> bytes | None:
        async with turn:
            try:
                data = await (root / key).get()
            except FileNotFoundError:  # the root of the store is not there
                return None
            return None if data is None else data.to_bytes()

    async def every() -> list[bytes | None]:
        turn = asyncio.Semaphore(_AT_ONCE)
        return await asyncio.gather(*(read(turn, key) for key in wanted))

    wanted = list(keys)
    with storage(str(root)):
        found = sync(every())
    return {key: data for key, data in zip(wanted, found, strict=True) if data is not None}


def delete_key(place: StorePath) -> None:
    """Remove one key, if it is there.

    Raises
    ------
    StoreError
        When the storage fails.
    """
    from zarr.core.sync import sync

    async def delete() -> None:
        if await place.exists():
            await place.delete()

    with storage(str(place)):
        sync(delete())


def _encoded(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, indent=2, ensure_ascii=False).encode()
