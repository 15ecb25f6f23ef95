"""Where a Zarr hierarchy lies, and reading JSON from there.

A `ZarrLocation` is one group of a store: a folder, a URL, a zarr store or group. It reads metadata with as few
requests as there are documents, never lists a folder, and turns the failures of storage into errors in words.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from omezarr_nb.core.format import CurrentFormat, Format, default_format, detect_format
from omezarr_nb.core.parse import is_safe_path
from omezarr_nb.core.patience import DOCUMENTS, ask
from omezarr_nb.core.stores import is_refusal, printable, store_path_of
from omezarr_nb.errors import (
    AccessRefusedError,
    InvalidArgumentError,
    InvalidMetadataError,
    NotFoundError,
    OMEZarrError,
)

if TYPE_CHECKING:
    from pathlib import Path

    import dask.array as da
    import zarr
    from zarr.abc.store import Store
    from zarr.storage import StorePath

    Where: TypeAlias = "str | Path | Store | StorePath | zarr.Group | ZarrLocation"

__all__ = ["ZarrLocation", "as_dask", "open_array", "parse_url", "read_json"]

Mode = Literal["r", "r+", "a", "w", "w-"]

_LOGGER = logging.getLogger(__name__)
_MODES = ("r", "r+", "a", "w", "w-")
_MAX_JSON = 256 * 2**20
_MAX_DEPTH = 100
_PATIENCE = DOCUMENTS


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
    InvalidArgumentError
        When there can be no such path or URL, or `mode` is none of these.
    MissingExtraError
        When the package for a URL's scheme is not installed.
    StoreError
        When the storage cannot be reached, refuses, or does not answer.
    InvalidMetadataError
        When a metadata document is there, but is not a JSON object.

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
        if mode not in _MODES:
            raise InvalidArgumentError("There is no such mode.", found=mode, expected=", ".join(_MODES))
        self.mode = mode
        self.store_path: StorePath
        self.where: str
        #: Whether it was named by a path or a URL, rather than handed over as a store or group.
        self.named: bool = path.named if isinstance(path, ZarrLocation) else isinstance(path, str | PurePath)
        if isinstance(path, ZarrLocation):
            self.store_path, self.where = path.store_path, path.where
        else:
            self.store_path = store_path_of(path, read_only=mode == "r", storage_options=storage_options)
            self.where = printable(path, self.store_path)
        self._documents = _read_group(self.store_path, self.where)
        self.fmt = detect_format(self.root_attrs, fmt or default_format(self.zarr_format, self.root_attrs))
        if fmt is not None and fmt != self.fmt:
            _LOGGER.warning("%s is of OME-Zarr %s, not %s as asked for.", self.where, self.version, fmt.version)

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
    def zgroup(self) -> dict[str, Any]:
        """The OME metadata of the group (what is below ``ome`` since 0.5); {} where there is none."""
        return {} if self.is_array else dict(self.fmt.block(self.root_attrs))

    @property
    def zarray(self) -> dict[str, Any]:
        """The metadata document of the array that lies here; {} for a group. One request each time."""
        if not self.is_array:
            return {}
        return self.get_json(".zarray" if self.zarr_format == 2 else "zarr.json")

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

    def subpath(self, subpath: str = "") -> str:
        """Return the path or URL of what lies below this group."""
        return f"{self.where.rstrip('/')}/{subpath}" if subpath else self.where

    def create(self, path: str) -> ZarrLocation:
        """Return the location of a group below this one, as `child` does; the group is made where it may be.

        Raises
        ------
        InvalidArgumentError
            When the path leads out of this group.
        """
        child = self.child(path)
        if self.mode in ("r", "r+") or child.exists():
            return child
        import zarr

        zarr.create_group(child.store_path, zarr_format=self.fmt.zarr_format)
        return self.child(path)

    def child(self, path: str) -> ZarrLocation:
        """Return the location of a group below this one.

        Raises
        ------
        InvalidArgumentError
            When the path leads out of this group.
        """
        child = ZarrLocation.__new__(ZarrLocation)
        child.mode, child.named = self.mode, self.named
        child.store_path = self.store_path / self._within(path)
        child.where = f"{self.where}/{path}"
        child._documents = _read_group(child.store_path, child.where, self.zarr_format)
        child.fmt = detect_format(child.root_attrs, self.fmt)
        return child

    def load(self, subpath: str = "") -> da.Array:
        """Return an array below this group as a dask array; no pixels are read."""
        found = self.arrays([subpath])
        if subpath not in found:
            raise NotFoundError("There is no array here.", where=f"{self.where}/{subpath}")
        return as_dask(found[subpath])

    def _within(self, path: str) -> str:
        """Return a path below this group, or refuse one that leads out of it."""
        if not is_safe_path(path):
            raise InvalidArgumentError("This is no path within the group.", where=self.where, found=path)
        return path

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
        wanted = list(dict.fromkeys(paths))
        documents = read_json(
            self.store_path, [f"{self._within(path)}/{name}" if path else name for path in wanted], self.where
        )
        from omezarr_nb.core.remote import is_far, patient_array

        far = is_far(self.store)
        found = {
            path: open_array(self.store_path / path, document, f"{self.where}/{path}")
            for path, document in zip(wanted, documents, strict=True)
            if document is not None and document.get("node_type") != "group"
        }
        return {path: patient_array(array, f"{self.where}/{path}") if far else array for path, array in found.items()}

    def group(self) -> zarr.Group:
        """Return the zarr group, opened in this location's mode."""
        import zarr

        mode: Literal["r", "r+"] = "r" if self.mode == "r" else "r+"
        return zarr.open_group(self.store_path, mode=mode, zarr_format=self.zarr_format)

    def get_json(self, subpath: str) -> dict[str, Any]:
        """Return a JSON document below this group, or {} where there is none.

        Raises
        ------
        InvalidArgumentError
            When the path leads out of this group.
        InvalidMetadataError
            When the document is not a JSON object.
        """
        return read_json(self.store_path, [self._within(subpath)], self.where)[0] or {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ZarrLocation) and other._identity() == self._identity()

    def __hash__(self) -> int:
        return hash(self.basename())

    def _identity(self) -> tuple[object, str]:
        """Return what two locations of one group have in common, whatever group their stores begin at."""
        from zarr.storage import FsspecStore, LocalStore

        store = self.store
        if type(store) is LocalStore:
            return "file", (store.root / self.path).as_posix()
        if type(store) is FsspecStore:
            return store.fs, f"{store.path.rstrip('/')}/{self.path}".rstrip("/")
        return store, self.path

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
    return ZarrLocation(location, mode, fmt)


def read_json(base: StorePath, names: Sequence[str], where: str) -> list[dict[str, Any] | None]:
    """Read JSON documents from a store, all requests under way at once.

    Parameters
    ----------
    base
        The group they are in.
    names
        Relative to the group.
    where
        The group's place, for messages.

    Returns
    -------
    list
        The documents in order; None for those that are not there. One that is refused while another is given counts
        as not there: where listing is not allowed, S3 says so (403) of every key that does not exist.

    Raises
    ------
    AccessRefusedError
        When all of them are refused.
    StoreError
        When the storage fails, or does not answer within half a minute: what it said, in words.
    InvalidMetadataError
        When a document is not a JSON object.
    """
    from zarr.core.sync import sync

    async def read_one(name: str) -> Any:
        try:
            return await ask((base / name).get, base.store, f"{where}/{name}", _PATIENCE)
        except FileNotFoundError:  # the root of the store is not there
            return None
        except OMEZarrError as error:
            return error

    async def read() -> list[Any]:
        return await asyncio.gather(*(read_one(name) for name in names))

    answers = sync(read())
    given = any(answer is not None and not isinstance(answer, Exception) for answer in answers)
    documents: list[dict[str, Any] | None] = []
    for name, answer in zip(names, answers, strict=True):
        if answer is None or (given and isinstance(answer, Exception) and is_refusal(answer)):
            documents.append(None)
        elif isinstance(answer, Exception):
            raise answer
        else:
            documents.append(_decode(answer.to_bytes(), f"{where}/{name}"))
    return documents


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

    lazy: da.Array = da.from_zarr(array)
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
    refusal: AccessRefusedError | None = None
    if zarr_format != 2:
        try:
            (document,) = read_json(place, ["zarr.json"], where)
        except AccessRefusedError as error:  # said of keys that do not exist, too: the documents of Zarr 2 may
            document, refusal = None, error
        if document is not None:
            return _Documents(3, document.get("attributes"), is_array=document.get("node_type") == "array")
        if zarr_format == 3 and refusal is None:
            return _Documents(None, None)
    if zarr_format != 3:
        (attributes,) = read_json(place, [".zattrs"], where)
        if attributes is not None and _is_ome(attributes):
            return _Documents(2, attributes)
        group, array = read_json(place, [".zgroup", ".zarray"], where)
        if group is not None or array is not None:
            return _Documents(2, attributes, is_array=group is None)
    if refusal is not None:
        raise refusal
    return _Documents(None, None)


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
    if not _is_shallow(document):
        raise InvalidMetadataError(f"This JSON is nested more than {_MAX_DEPTH} deep.", where=where)
    # Half of a pair of surrogates is legal in JSON, and can be sent and shown by nobody.
    return _whole_text(document) if b"\\ud" in data.lower() else document


def _is_shallow(document: object) -> bool:
    """Return whether lists and objects are nested so little that code which calls itself can handle them."""
    layer: list[Any] = [document]
    for _ in range(_MAX_DEPTH):
        parts = [part for value in layer for part in (value.values() if isinstance(value, dict) else value)]
        layer = [part for part in parts if isinstance(part, (dict, list))]
        if not layer:
            return True
    return False


def _whole_text(value: Any) -> Any:
    """Return JSON with each half of a pair of surrogates replaced by the replacement character."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case dict():
            return {_whole_text(key): _whole_text(part) for key, part in value.items()}
        case list():
            return [_whole_text(part) for part in value]
        case _:
            return value
