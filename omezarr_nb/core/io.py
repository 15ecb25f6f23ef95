"""Where a Zarr hierarchy lies, and reading JSON from there.

A `ZarrLocation` is one group of a store: a folder, a URL, a zarr store or group. It reads metadata with as few
requests as there are documents, never lists a folder, and turns the failures of storage into errors in words.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from omezarr_nb.core.format import CurrentFormat, Format, detect_format, format_implementations
from omezarr_nb.core.parse import is_safe_path
from omezarr_nb.errors import (
    ArgumentTypeError,
    InvalidArgumentError,
    InvalidMetadataError,
    MissingExtraError,
    NotFoundError,
    StoreError,
)

if TYPE_CHECKING:
    import dask.array as da
    import zarr
    from zarr.abc.store import Store
    from zarr.storage import StorePath

    Where: TypeAlias = "str | Path | Store | StorePath | zarr.Group | ZarrLocation"

__all__ = ["ZarrLocation", "as_dask", "open_array", "parse_url", "read_json"]

Mode = Literal["r", "r+", "a", "w", "w-"]

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*)://")
_EXTRAS = {"s3": "s3", "s3a": "s3"}
_PACKAGES = {"gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs", "abfss": "adlfs"}
_MAX_JSON = 256 * 2**20
_MIN_SCHEME = 2  # one letter before a colon is a drive


class ZarrLocation:
    """One group of a Zarr hierarchy.

    Parameters
    ----------
    path
        A path, a URL (file, http(s), s3, memory, and whatever fsspec knows), a zarr store, store path or group.
    mode
        "r" opens read-only; "r+", "a", "w" and "w-" allow writing. None of them erases anything.
    fmt
        The version to expect; where the metadata names another, that one is taken.
    storage_options
        What fsspec needs for a URL: keys, ``anon=True``, an endpoint.

    Raises
    ------
    ArgumentTypeError
        When `path` is none of these.
    MissingExtraError
        When the package for a URL's scheme is not installed.

    Notes
    -----
    The attributes of the group are read on creation, in one or two requests; nothing else is.
    """

    def __init__(
        self,
        path: Where,
        mode: Mode = "r",
        fmt: Format | None = None,
        *,
        storage_options: Mapping[str, Any] | None = None,
    ) -> None:
        self.mode = mode
        self.store_path = _store_path(path, mode, storage_options)
        self.where = _printable(path, self.store_path)
        self._documents = _read_group(self.store_path, self.where)
        self.fmt = detect_format(self.root_attrs, fmt or self._default_format())

    def _default_format(self) -> Format:
        """Return the version to take where none is named: the newest one that uses this format of Zarr."""
        fitting = (fmt for fmt in format_implementations() if fmt.zarr_format == self.zarr_format)
        return next(fitting, CurrentFormat())

    @property
    def store(self) -> Store:
        """The zarr store."""
        return self.store_path.store

    @property
    def path(self) -> str:
        """The group's path within the store; "" at its root."""
        return self.store_path.path

    @property
    def version(self) -> str:
        """The version of OME-Zarr, "0.5"."""
        return self.fmt.version

    @property
    def zarr_format(self) -> Literal[2, 3] | None:
        """The format of the group that is there, or None where there is none."""
        return self._documents.zarr_format

    @property
    def root_attrs(self) -> dict[str, Any]:
        """The attributes of the group, as stored; {} where there is none."""
        return self._documents.attributes

    @property
    def is_array(self) -> bool:
        """Whether a Zarr array lies here, rather than a group."""
        return self._documents.is_array

    def exists(self) -> bool:
        """Return whether a group (or an array) is there."""
        return self._documents.zarr_format is not None

    def basename(self) -> str:
        """Return the last part of the path or URL."""
        return self.parts()[-1] if self.parts() else ""

    def parts(self) -> list[str]:
        """Return the parts of the path or URL."""
        return [part for part in re.split(r"[/\\]+", self.where.split("://")[-1].rstrip("/")) if part]

    def child(self, path: str) -> ZarrLocation:
        """Return the location of a group below this one.

        Raises
        ------
        InvalidArgumentError
            When the path leads out of this group.
        """
        if not is_safe_path(path):
            raise InvalidArgumentError("The path leads out of the group.", where=self.where, found=path)
        child = ZarrLocation.__new__(ZarrLocation)
        child.mode = self.mode
        child.store_path = self.store_path / path
        child.where = f"{self.where.rstrip('/')}/{path}"
        child._documents = _read_group(child.store_path, child.where, self.zarr_format)
        child.fmt = detect_format(child.root_attrs, self.fmt)
        return child

    def load(self, subpath: str = "") -> da.Array:
        """Return an array below this group as a dask array; no pixels are read."""
        found = self.arrays([subpath])
        if subpath not in found:
            raise NotFoundError("There is no array here.", where=f"{self.where.rstrip('/')}/{subpath}")
        return as_dask(found[subpath])

    def arrays(self, paths: Sequence[str]) -> dict[str, zarr.Array[Any]]:
        """Open several arrays below this group at once, with one request each; no pixels are read.

        Parameters
        ----------
        paths
            Relative to this group.

        Returns
        -------
        dict
            The arrays by path. Those that are not there are left out.

        Raises
        ------
        InvalidMetadataError
            When the metadata of an array cannot be understood.
        StoreError
            When the storage fails.
        """
        name = ".zarray" if self.zarr_format == 2 else "zarr.json"
        keys = {path: self.store_path / path if path else self.store_path for path in paths}
        documents = read_json([place / name for place in keys.values()], self.where)
        return {
            path: open_array(place, document, f"{self.where.rstrip('/')}/{path}")
            for (path, place), document in zip(keys.items(), documents, strict=True)
            if document is not None
        }

    def group(self) -> zarr.Group:
        """Return the zarr group, opened in this location's mode."""
        import zarr

        mode: Literal["r", "r+"] = "r" if self.mode == "r" else "r+"
        return zarr.open_group(self.store_path, mode=mode, zarr_format=self.zarr_format)

    def get_json(self, subpath: str) -> dict[str, Any]:
        """Return a JSON document below this group, or {} where there is none.

        Raises
        ------
        InvalidMetadataError
            When the document is not a JSON object.
        """
        return read_json([self.store_path / subpath], self.where)[0] or {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ZarrLocation) and other.store_path == self.store_path

    def __hash__(self) -> int:
        return hash((self.path, self.where))

    def __repr__(self) -> str:
        return f"ZarrLocation({self.where!r}, version={self.version!r})"


def parse_url(
    path: Where,
    mode: Mode = "r",
    fmt: Format | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> ZarrLocation | None:
    """Return the location at a path or URL.

    Parameters
    ----------
    path, mode, fmt, storage_options
        As for `ZarrLocation`.

    Returns
    -------
    ZarrLocation or None
        None where mode "r" finds nothing. Mode "w" creates the group where there is none, and never erases one.
    """
    location = ZarrLocation(path, mode, fmt, storage_options=storage_options)
    if location.exists():
        return location
    if mode in ("r", "r+"):
        return None
    import zarr

    zarr.create_group(location.store_path, zarr_format=(fmt or CurrentFormat()).zarr_format)
    return ZarrLocation(location.store_path, mode, fmt)


def read_json(keys: Sequence[StorePath], where: str) -> list[dict[str, Any] | None]:
    """Read JSON documents from a store, all requests under way at once.

    Parameters
    ----------
    keys
        Full keys.
    where
        The place, for messages.

    Returns
    -------
    list
        The documents in order; None for those that are not there.

    Raises
    ------
    StoreError
        When the storage fails: what it said, in words.
    InvalidMetadataError
        When a document is not a JSON object.
    """
    from zarr.core.sync import sync

    async def read() -> list[Any]:
        return await asyncio.gather(*(key.get() for key in keys))

    try:
        buffers = sync(read())
    except Exception as error:  # any of the exceptions of any storage library
        raise _store_error(error, where) from error
    return [
        None if buffer is None else _decode(buffer.to_bytes(), str(key))
        for key, buffer in zip(keys, buffers, strict=True)
    ]


def open_array(place: StorePath, document: Mapping[str, Any], where: str) -> zarr.Array[Any]:
    """Return the array that a metadata document describes, without another request.

    Raises
    ------
    InvalidMetadataError
        When zarr cannot make an array of it.
    """
    import zarr

    try:
        return zarr.Array.from_dict(place, dict(document))
    except Exception as error:  # hostile metadata makes zarr raise anything
        raise InvalidMetadataError(
            "The metadata of this array cannot be understood.", where=where, found=str(error) or repr(error)
        ) from error


def as_dask(array: zarr.Array[Any]) -> da.Array:
    """Return an array as a dask array with the chunks of the store; no pixels are read."""
    import dask.array as da

    lazy: da.Array = da.from_zarr(array)  # type: ignore[no-untyped-call] # dask has no types
    return lazy


class _Documents:
    """What stands in the metadata documents of one group."""

    __slots__ = ("attributes", "is_array", "zarr_format")

    def __init__(self, zarr_format: Literal[2, 3] | None, attributes: object, *, is_array: bool = False) -> None:
        self.zarr_format = zarr_format
        self.attributes: dict[str, Any] = dict(attributes) if isinstance(attributes, Mapping) else {}
        self.is_array = is_array


def _read_group(place: StorePath, where: str, zarr_format: Literal[2, 3] | None = None) -> _Documents:
    """Read the documents of a group: zarr.json first; those of Zarr 2 only where it is not there."""
    if zarr_format != 2:
        (document,) = read_json([place / "zarr.json"], where)
        if document is not None:
            return _Documents(3, document.get("attributes"), is_array=document.get("node_type") == "array")
        if zarr_format == 3:
            return _Documents(None, None)
    (attributes,) = read_json([place / ".zattrs"], where)
    if attributes is not None and _is_ome(attributes):
        return _Documents(2, attributes)
    group, array = read_json([place / ".zgroup", place / ".zarray"], where)
    if group is None and array is None:
        return _Documents(None, None)
    return _Documents(2, attributes, is_array=group is None)


def _is_ome(attributes: Mapping[str, Any]) -> bool:
    """Return whether the attributes are a group's for sure, so that no other document need be asked for."""
    return any(key in attributes for key in ("multiscales", "labels", "plate", "well", "bioformats2raw.layout"))


def _decode(data: bytes, where: str) -> dict[str, Any]:
    if len(data) > _MAX_JSON:
        raise InvalidMetadataError("This metadata document is too large.", where=where, found=f"{len(data)} bytes")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidMetadataError("This is not JSON.", where=where, found=str(error)) from error
    if not isinstance(document, dict):
        raise InvalidMetadataError("A JSON object is expected.", where=where, found=type(document).__name__)
    return document


def _store_path(path: Where, mode: Mode, storage_options: Mapping[str, Any] | None) -> StorePath:
    import zarr
    from zarr.abc.store import Store
    from zarr.storage import LocalStore, StorePath

    if isinstance(path, ZarrLocation):
        return path.store_path
    if isinstance(path, zarr.Group):
        return path.store_path
    if isinstance(path, StorePath):
        return path
    if isinstance(path, Store):
        return StorePath(path)
    if not isinstance(path, (str, Path)):
        raise ArgumentTypeError(
            "This is no place where an OME-Zarr can lie.",
            found=type(path).__name__,
            expected="a path, a URL, a zarr store or a zarr group",
        )
    read_only = mode == "r"
    scheme = _SCHEME.match(str(path))
    if isinstance(path, str) and scheme and len(scheme.group(1)) >= _MIN_SCHEME and scheme.group(1) != "file":
        return StorePath(_remote_store(path, scheme.group(1), read_only, storage_options))
    text = str(path).removeprefix("file://")
    if not text.strip():
        raise InvalidArgumentError("The path is empty.", expected="a path or URL")
    return StorePath(LocalStore(Path(text).expanduser().resolve(), read_only=read_only))


def _remote_store(url: str, scheme: str, read_only: bool, storage_options: Mapping[str, Any] | None) -> Store:
    from zarr.storage import FsspecStore

    try:
        return FsspecStore.from_url(url.rstrip("/"), storage_options=dict(storage_options or {}), read_only=read_only)
    except ImportError as error:
        extra, package = _EXTRAS.get(scheme), _PACKAGES.get(scheme)
        do = f"pip install 'omezarr_nb[{extra}]'" if extra else f"pip install {package}" if package else str(error)
        raise MissingExtraError(
            f"Reading {scheme}:// needs a package that is not installed.", where=url, do=do
        ) from error
    except ValueError as error:
        raise InvalidArgumentError(
            "This URL cannot be opened.",
            where=url,
            found=str(error),
            expected="file, http, https, s3, memory, ...",
        ) from error
    except TypeError as error:
        raise ArgumentTypeError("These storage_options do not fit.", where=url, found=str(error)) from error


def _printable(path: Where, place: StorePath) -> str:
    """Return where it is, as a person would write it; never with a password in it."""
    from zarr.storage import LocalStore

    if isinstance(path, ZarrLocation):
        return path.where
    if isinstance(path, str) and _SCHEME.match(path):
        return re.sub(r"//[^/@]*@", "//", path)
    if isinstance(place.store, LocalStore):
        return str(place.store.root / place.path) if place.path else str(place.store.root)
    return str(place)


def _store_error(error: Exception, where: str) -> OSError:
    """Return the error of a storage library as one in words."""
    status = getattr(error, "status", None)
    text = str(error) or type(error).__name__
    if isinstance(error, StoreError):
        return error
    if isinstance(error, PermissionError) or status in (401, 403):
        return StoreError(
            "The storage refused access.",
            where=where,
            found=text,
            do="Check the access key, or pass storage_options={'anon': True} for a public bucket.",
        )
    if isinstance(error, FileNotFoundError):
        return NotFoundError("Nothing is there.", where=where, found=text)
    if isinstance(error, NotADirectoryError):
        return NotFoundError("This is a file, not a folder with a Zarr hierarchy.", where=where)
    if isinstance(error, asyncio.TimeoutError):
        return StoreError("The storage did not answer in time.", where=where, found=text)
    return StoreError(
        "The storage could not be read.", where=where, found=text, do="Check the place and the connection."
    )
