"""From what a person names a place by to a zarr store, and from the failures of storage to errors in words."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.zipped.names import local_archive, read_only_archive, remote_archive
from omezarr_nb.errors import (
    AccessRefusedError,
    ArgumentTypeError,
    InvalidArgumentError,
    MissingExtraError,
    NotFoundError,
    OMEZarrError,
    StoreError,
    UnsupportedError,
)

if TYPE_CHECKING:
    from zarr.abc.store import Store
    from zarr.storage import StorePath

__all__ = ["is_refusal", "printable", "store_error", "store_path_of", "without_password"]

#: The scheme of a URL, or the first of a chain of them ("simplecache::https://..."). One letter is a drive.
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+)(::[a-zA-Z0-9+.:-]+)?://")
_EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs", "az": "azure", "abfs": "azure", "abfss": "azure"}
#: Seconds without a byte after which a connection over HTTP is given up, and made anew.
_STALLED = 20.0
#: What obstore raises, which is no PermissionError.
_REFUSALS = frozenset({"PermissionDeniedError", "UnauthenticatedError"})


def store_path_of(path: object, *, read_only: bool, storage_options: Mapping[str, Any] | None = None) -> StorePath:
    """Return the place that a path, a URL, a zarr store, store path or group names; no metadata is read.

    Parameters
    ----------
    path
        A store, store path or group is taken as it is, whatever `read_only` says. A path or URL of a zip archive
        (``.ozx``, ``.zip``, on a disk any file that begins as one), or of what is in it, leads into the archive.
    read_only
        Whether a store that is made here refuses to be written to.
    storage_options
        What fsspec needs for a URL.

    Raises
    ------
    ArgumentTypeError
        When `path` is none of these, or `storage_options` do not fit.
    InvalidArgumentError
        When there can be no such path or URL.
    UnsupportedError
        When a URL begins with a cache ("simplecache::https://..."), or an archive is to be written to.
    MissingExtraError
        When the package for a URL's scheme is not installed.
    StoreError
        When the storage has to be reached first and cannot be.
    """
    import zarr
    from zarr.abc.store import Store
    from zarr.storage import LocalStore, StorePath

    from omezarr_nb.core.zipped.store import ZippedStore

    if isinstance(path, zarr.Group):
        return _known(path.store_path)
    if isinstance(path, StorePath):
        return _known(path)
    if isinstance(path, Store):
        _ensure_open(path)
        return _known(StorePath(path))
    if not isinstance(path, (str, Path)):
        raise ArgumentTypeError(
            "This is no place where an OME-Zarr can lie.",
            found=type(path).__name__,
            expected="a path, a URL, a zarr store or a zarr group",
        )
    scheme = _SCHEME.match(path) if isinstance(path, str) else None
    if scheme and scheme.group(2):
        raise UnsupportedError(
            "A cache in front of a URL is not used: it and zarr do not agree on one event loop.",
            where=without_password(str(path)),
            do="Open the URL itself.",
        )
    if isinstance(path, str) and scheme and scheme.group() != "file://":
        return _remote_place(path, scheme.group(1), read_only, storage_options)
    text = str(path).removeprefix("file://")
    if not text.strip():
        raise InvalidArgumentError("The path is empty.", expected="a path or URL")
    try:
        folder = Path(text).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, no such user's home, a null character
        raise InvalidArgumentError("There can be no such path.", where=ascii(text), found=str(error)) from error
    found = local_archive(folder)
    if found is None:
        return StorePath(LocalStore(folder, read_only=read_only))
    archive, inside = found
    if not read_only:
        raise read_only_archive(str(archive))
    return StorePath(ZippedStore(StorePath(LocalStore(archive, read_only=True)), str(archive)), inside)


def _remote_place(url: str, scheme: str, read_only: bool, storage_options: Mapping[str, Any] | None) -> StorePath:
    from zarr.storage import StorePath

    from omezarr_nb.core.zipped.store import ZippedStore

    found = remote_archive(url)
    if found is None:
        return StorePath(_remote_store(url, scheme, read_only, storage_options))
    archive, inside = found
    if not read_only:
        raise read_only_archive(without_password(archive))
    file = StorePath(_remote_store(archive, scheme, True, storage_options))
    return StorePath(ZippedStore(file, without_password(archive)), inside)


def _known(place: StorePath) -> StorePath:
    """Return a place in a store that was handed over, so that it answers for all keys that are asked for."""
    from zarr.storage import StorePath

    from omezarr_nb.core.committed import CommittedStore, is_icechunk

    return StorePath(CommittedStore(place.store), place.path) if is_icechunk(place.store) else place


def _ensure_open(store: Store) -> None:
    """Open a store that was made and not opened: a zip file answers nothing before."""
    from zarr.core.sync import sync

    try:
        sync(store._ensure_open())
    except Exception as error:  # no such file, no zip file, refused
        raise store_error(error, str(store)) from error


def _remote_store(url: str, scheme: str, read_only: bool, storage_options: Mapping[str, Any] | None) -> Store:
    from zarr.storage import FsspecStore

    where = without_password(url)
    root = url.rstrip("/")
    root = f"{root}//" if root.endswith(":") else root  # "memory:" would be a local folder of that name
    try:
        options = _with_defaults(scheme, storage_options or {})
        return FsspecStore.from_url(root, storage_options=options, read_only=read_only)
    except ImportError as error:
        extra = _EXTRAS.get(scheme)
        do = f"pip install 'omezarr_nb[{extra}]'" if extra else str(error)
        raise MissingExtraError(
            f"Reading {scheme}:// needs a package that is not installed.", where=where, do=do
        ) from error
    except ValueError as error:
        raise InvalidArgumentError(
            "This URL cannot be opened.",
            where=where,
            found=without_password(str(error)),
            expected="file, http, https, s3, memory, ...",
        ) from error
    except TypeError as error:
        raise ArgumentTypeError("These storage_options do not fit.", where=where, found=str(error)) from error
    except Exception as error:  # a file system that connects at once raises what its library raises
        raise store_error(error, where) from error


def _with_defaults(scheme: str, storage_options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a file system of fsspec is told; what the caller says comes first."""
    if scheme in ("s3", "s3a"):
        # Above 1 s3fs asks for the size of each object before it reads it, and lists where there is none.
        return {"max_concurrency": 1, **storage_options}
    if scheme in ("http", "https"):
        from aiohttp import ClientTimeout

        # By default an answer that stalls is waited for as long as a large one, for five minutes.
        stalled = ClientTimeout(total=None, sock_connect=_STALLED, sock_read=_STALLED)
        client: Mapping[str, Any] = storage_options.get("client_kwargs") or {}
        return {**storage_options, "client_kwargs": {"timeout": stalled, **client}}
    return dict(storage_options)


def printable(path: object, place: StorePath) -> str:
    """Return where it is, as a person would write it; never with a password in it."""
    from zarr.storage import LocalStore

    if isinstance(path, str) and _SCHEME.match(path):
        text = without_password(path)
        return text if text.endswith("://") else text.rstrip("/")
    if isinstance(place.store, LocalStore):
        return str(place.store.root / place.path) if place.path else str(place.store.root)
    return str(place)


def without_password(text: str) -> str:
    """Return a text with user names and passwords taken out of the URLs in it.

    Examples
    --------
    >>> without_password("https://me:secret@example.org/a.zarr")
    'https://example.org/a.zarr'
    """
    return re.sub(r"://[^/@\s]*@", "://", text)


def store_error(error: BaseException, where: str, *, tried: str | None = None) -> OMEZarrError:
    """Return what a storage library raised as an error in words; `tried` says how often, "tried 4 times in 2.1 s"."""
    if isinstance(error, OMEZarrError):
        return error
    text = without_password(" ".join(str(error).split())) or type(error).__name__
    if is_refusal(error):
        return AccessRefusedError(
            "The storage refused access.",
            where=where,
            found=text,
            do="Check the access key, or pass storage_options={'anon': True} for a public bucket.",
        )
    if isinstance(error, FileNotFoundError):
        return NotFoundError("Nothing is there.", where=where, found=text)
    end = f": {tried}." if tried else "."
    if isinstance(error, asyncio.TimeoutError):
        return StoreError(f"The storage did not answer in time{end}", where=where, found=text)
    return StoreError(
        f"The storage could not be read{end}", where=where, found=text, do="Check the place and the connection."
    )


def is_refusal(error: BaseException) -> bool:
    """Return whether an error says that a key may not be read."""
    if isinstance(error, PermissionError) or type(error).__name__ in _REFUSALS:
        return True
    # The first that there is: to ask aiohttp for its "code" as well is deprecated.
    found = (getattr(error, name, None) for name in ("status", "status_code", "code"))
    return next((status for status in found if status is not None), None) in (401, 403)
