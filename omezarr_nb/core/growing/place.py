"""The image that is changed, opened for writing, and held by one writer at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from omezarr_nb.core.committed import is_icechunk
from omezarr_nb.core.locks import CHANGING_FILE, file_lock
from omezarr_nb.core.pyramid.bounded import bounded
from omezarr_nb.core.pyramid.claims import refuse_writers
from omezarr_nb.core.stores import without_password
from omezarr_nb.errors import NotFoundError, OMEZarrError, StoreError, UnsupportedError

if TYPE_CHECKING:
    from zarr.abc.store import Store
    from zarr.storage import StorePath

    from omezarr_nb.core.io import ZarrLocation

__all__ = ["check_kind", "held", "is_in_memory", "is_local", "is_session", "place_key", "storing", "writable"]


class _Lock:
    """A lock that can be forgotten when nobody waits for it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()


# Of the process: one for each image that is being changed.
_OURS: WeakValueDictionary[Any, _Lock] = WeakValueDictionary()
_MAKING = threading.Lock()


def writable(location: ZarrLocation) -> StorePath:
    """Return the place of an image in a store that takes writes; nothing is read.

    What was opened from a path or a URL is opened for reading; the same store is then taken for writing, too, with
    the same credentials. Where it lies elsewhere, every wait for it has an end.

    Raises
    ------
    StoreError
        When the store was handed over for reading only, or can only be read, as over HTTP.
    UnsupportedError
        When the image is in a zip file, in which nothing can be changed.
    """
    from zarr.storage import StorePath

    store = location.store
    check_kind(store, location.where)
    if not store.read_only:
        return bounded(location.store_path)
    if not location.named:
        raise _read_only(location.where)
    try:
        return bounded(StorePath(store.with_read_only(False), location.path))
    except (NotImplementedError, ValueError, TypeError) as error:  # how stores say that they are only read
        raise _read_only(location.where) from error


def check_kind(store: Store, where: str) -> None:
    """Raise for a store in which nothing can be replaced, whatever it says of itself."""
    from zarr.storage import ZipStore

    inner = _inner(store)
    if isinstance(inner, ZipStore) or "zip" in type(inner).__name__.lower():
        raise UnsupportedError(
            "An image in a zip file is not changed: nothing in it can be replaced.",
            where=where,
            do="Unpack it, or copy it with omezarr_nb.convert or omezarr_nb.rechunk, and change the copy.",
        )
    protocols = getattr(getattr(inner, "fs", None), "protocol", ())
    names = {protocols} if isinstance(protocols, str) else set(protocols)
    if {"http", "https"} & names or type(getattr(inner, "store", None)).__name__ == "HTTPStore" or _is_http(inner):
        raise StoreError(
            "An image that is read over HTTP cannot be changed.",
            where=without_password(where),
            do="Open it where it is stored, for example s3://... with its key, or copy it with omezarr_nb.convert.",
        )
    if not store.supports_writes:
        raise _read_only(where)


def is_session(store: Store) -> bool:
    """Return whether nobody sees what is written before it is committed; it takes no chunks beyond a shape, either."""
    return is_icechunk(_inner(store))


def is_in_memory(store: Store) -> bool:
    """Return whether a store is one of this process, in its memory."""
    from zarr.storage import MemoryStore

    return isinstance(_inner(store), MemoryStore)


def _inner(store: Any) -> Any:
    """Return the store that others are wrapped around."""
    from zarr.storage import WrapperStore

    while isinstance(store, WrapperStore):
        store = store._store
    return store


def _is_http(store: Any) -> bool:
    return str(getattr(store, "path", "")).startswith(("http://", "https://"))


@contextmanager
def storing(where: object) -> Iterator[None]:
    """Raise what a storage library raises as a StoreError that names the place; what is one in words already stays."""
    try:
        yield
    except OMEZarrError:
        raise
    except Exception as error:  # any of the exceptions of any storage library
        raise StoreError(
            "The storage failed while the image was changed.",
            where=without_password(str(where)),
            found=f"{type(error).__name__}: {without_password(str(error))}",
        ) from error


def is_local(store: Store) -> bool:
    """Return whether keys are files of a local disk."""
    from zarr.storage import LocalStore

    return type(store) is LocalStore


@contextmanager
def held(place: StorePath) -> Iterator[None]:
    """Keep other threads, and on a local disk other processes, from changing an image meanwhile.

    Parameters
    ----------
    place
        Of the image, in a store that takes writes. Object stores have no locks: there the threads of this process
        are kept apart, and processes have to see to it themselves.

    Raises
    ------
    NotFoundError
        When the image's folder is no longer there.
    TargetBusyError
        When somebody is about to replace the image.
    """
    with _MAKING:
        key = place_key(place)
        ours = _OURS.get(key)
        if ours is None:
            ours = _OURS[key] = _Lock()
    with ours.lock:
        if not is_local(place.store):
            refuse_writers(place, without_password(str(place)))
            yield
            return
        store: Any = place.store
        folder = store.root / place.path
        if not folder.is_dir():
            raise NotFoundError("The image is no longer there.", where=folder)
        with file_lock(folder / CHANGING_FILE):
            refuse_writers(place, str(folder))  # who looks for this lock after they have theirs
            yield


def place_key(place: StorePath) -> Any:
    """Return what all places of one image have in common, whatever store object they are reached through."""
    from zarr.storage import FsspecStore, LocalStore, MemoryStore

    store = _inner(place.store)
    if type(store) is LocalStore:
        return "file", str((store.root / place.path).resolve())
    if type(store) is FsspecStore:
        return str(store.fs.protocol), f"{store.path.rstrip('/')}/{place.path}".rstrip("/")
    if isinstance(store, MemoryStore):
        return id(store._store_dict), place.path
    return str(store), place.path


def _read_only(where: str) -> StoreError:
    return StoreError("The store is open for reading only.", where=where, do="Open it with mode='r+' or 'a'.")
