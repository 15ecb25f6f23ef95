"""What is to be converted: every group, array and file of a hierarchy, by metadata and by listing where that goes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.format import Format, detect_format
from omezarr_nb.core.io import read_json
from omezarr_nb.core.locks import EDITING_FILE, OWN_FILES
from omezarr_nb.core.parse import is_safe_path
from omezarr_nb.core.paths import DOCUMENTS
from omezarr_nb.core.pyramid.claims import is_claim
from omezarr_nb.core.validate.behind import stored_paths
from omezarr_nb.core.validate.systems import node_of
from omezarr_nb.core.validate.top import kind_of
from omezarr_nb.errors import UnsupportedError

if TYPE_CHECKING:
    from zarr.abc.store import Store

    from omezarr_nb.core.io import ZarrLocation

__all__ = ["Group", "Stored", "Survey", "can_list", "survey"]

_BATCH = 64
_COUNTED = 64
_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Group:
    """A group: its attributes as stored, and the version that they are in."""

    attributes: Mapping[str, Any]
    fmt: Format

    @property
    def block(self) -> Mapping[str, Any]:
        """The OME part of the attributes."""
        return self.fmt.block(self.attributes)


@dataclass(frozen=True, slots=True)
class Stored:
    """An array: its document (``.zarray`` or ``zarr.json``), and its attributes."""

    document: Mapping[str, Any]
    attributes: Mapping[str, Any]


@dataclass(slots=True)
class Survey:
    """A hierarchy, by path ("" is its top): groups before what is in them.

    Parameters
    ----------
    location
        The top.
    groups, arrays
        What metadata or a listing has shown.
    files
        Everything else that is there, such as ``OME/METADATA.ome.xml``; known where the store lists.
    """

    location: ZarrLocation
    groups: dict[str, Group] = field(default_factory=dict)
    arrays: dict[str, Stored] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


def survey(location: ZarrLocation) -> Survey:
    """Look through a hierarchy; documents are read, and no pixels.

    Raises
    ------
    UnsupportedError
        When there are more than a million groups and arrays.
    StoreError
        When the store cannot be read.
    """
    found = Survey(location)
    lists = can_list(location.store)
    _forget_listings(location.store)
    pending: list[tuple[str, Format]] = [("", location.fmt)]
    seen = {""}
    while pending:
        batch, pending = pending[:_BATCH], pending[_BATCH:]
        nodes = _read(location, [path for path, _ in batch])
        listings = _list(location, [path for path, _ in batch], nodes) if lists else [()] * len(batch)
        for (path, fmt), node, names in zip(batch, nodes, listings, strict=True):
            children = [f"{path}/{name}".lstrip("/") for name in names]
            if isinstance(node, Stored):
                found.arrays[path] = node
                continue
            if isinstance(node, dict):
                fmt = detect_format(node, fmt)  # noqa: PLW2901 # what is below is in this group's version
                found.groups[path] = Group(node, fmt)
                children += _named(location, path, fmt.block(node))
            elif _may_be_file(path, names) and _is_file(location, path):
                found.files.append(path)
                continue
            new = [child for child in dict.fromkeys(children) if child not in seen]
            seen.update(new)
            pending += [(child, fmt) for child in new]
        if len(seen) > _MOST:
            raise UnsupportedError("This has more than a million groups and arrays.", where=location.where)
    return found


def can_list(store: Store) -> bool:
    """Return whether a store can say what is in it. Those over HTTP claim it, and find nothing."""
    inner = getattr(store, "_store", store)  # of a store that is wrapped in another
    protocol = getattr(getattr(inner, "fs", None), "protocol", ())
    over_http = {"http", "https"} & {protocol, *(protocol if isinstance(protocol, tuple) else ())}
    plain = type(getattr(inner, "store", None)).__name__ == "HTTPStore"  # of obstore
    return store.supports_listing and not over_http and not plain


def _forget_listings(store: Store) -> None:
    """Drop what fsspec remembers of folders: it may be of before something was removed."""
    fs: Any = getattr(getattr(store, "_store", store), "fs", None)
    if fs is not None and hasattr(fs, "invalidate_cache"):
        fs.invalidate_cache()


def _may_be_file(path: str, names: Sequence[str]) -> bool:
    """Return whether a listing is one of a file: of nothing, or, as fsspec has it, of the file itself."""
    return not names or [name.rpartition("/")[2] for name in names] == [path.rpartition("/")[2]]


def _read(location: ZarrLocation, paths: Sequence[str]) -> list[Stored | dict[str, Any] | None]:
    """Return what lies at some paths: an array, the attributes of a group, or None."""
    names = ["zarr.json"] if location.zarr_format == 3 else [".zgroup", ".zarray", ".zattrs"]
    wanted = [f"{path}/{name}".lstrip("/") for path in paths for name in names]
    documents = read_json(location.store_path, wanted, location.where)
    size = len(names)
    return [_node(documents[index * size : (index + 1) * size]) for index in range(len(paths))]


def _node(documents: Sequence[dict[str, Any] | None]) -> Stored | dict[str, Any] | None:
    if len(documents) == 1:
        (document,) = documents
        if document is None:
            return None
        attributes = document.get("attributes")
        attributes = attributes if isinstance(attributes, dict) else {}
        return Stored(document, attributes) if document.get("node_type") == "array" else attributes
    group, array, attributes = documents
    if array is not None:
        return Stored(array, attributes or {})
    return None if group is None and attributes is None else attributes or {}


def _list(location: ZarrLocation, paths: Sequence[str], nodes: Sequence[object]) -> list[Sequence[str]]:
    """Return the names of what is in groups and plain folders; arrays are not listed, for they hold chunks."""
    from zarr.core.sync import sync

    async def one(path: str) -> list[str]:
        place = location.store_path / path if path else location.store_path
        return sorted([name async for name in place.store.list_dir(place.path)])

    async def every() -> list[list[str]]:
        return await asyncio.gather(*(one(path) for path, node in wanted))

    wanted = [(path, node) for path, node in zip(paths, nodes, strict=True) if not isinstance(node, Stored)]
    listed = iter(sync(every()))
    names = [() if isinstance(node, Stored) else next(listed) for node in nodes]
    hidden = DOCUMENTS | OWN_FILES | {EDITING_FILE}
    bare = [[name.rstrip("/") for name in some] for some in names]
    return [[name for name in some if name not in hidden and not is_claim(name)] for some in bare]


def _is_file(location: ZarrLocation, path: str) -> bool:
    """Return whether a file lies at a path that is neither group nor array."""
    from zarr.core.sync import sync

    return bool(path) and sync((location.store_path / path).exists())


def _named(location: ZarrLocation, path: str, block: Mapping[str, Any]) -> list[str]:
    """Return the paths of what the metadata of a group names."""
    names: list[Any] = [path for _, path in stored_paths(block)]
    multiscales = block.get("multiscales")
    for multiscale in multiscales if isinstance(multiscales, list) else ():
        names += _entries(multiscale.get("datasets") if isinstance(multiscale, dict) else None)
    if isinstance(multiscales, list):
        names.append("labels")
    for key, entries in (("plate", "wells"), ("well", "images")):
        part = block.get(key)
        names += _entries(part.get(entries) if isinstance(part, dict) else None)
    for key in ("labels", "series"):
        value = block.get(key)
        names += value if isinstance(value, list) else []
    scene = block.get("scene")
    edges = scene.get("coordinateTransformations") if isinstance(scene, dict) else None
    for edge in edges if isinstance(edges, list) else ():
        nodes = [node_of(edge.get(end)) for end in ("input", "output")] if isinstance(edge, dict) else []
        names += [node[1] for node in nodes if node is not None]
    paths = [name.strip("/") for name in names if isinstance(name, str) and name and is_safe_path(name)]
    if kind_of(block) == "bf2raw":
        paths += ["OME", *_counted(location, path)]
    if "series" in block:  # they are beside the group that lists them
        above = path.rpartition("/")[0]
        return [f"{above}/{name}".lstrip("/") for name in paths]
    between = [
        "/".join(parts[:count]) for name in paths if (parts := name.split("/")) for count in range(1, len(parts))
    ]
    return [f"{path}/{name}".lstrip("/") for name in dict.fromkeys([*between, *paths])]


def _counted(location: ZarrLocation, path: str) -> list[str]:
    """Return the names of the images of a collection that are called 0, 1, 2 and so on."""
    names: list[str] = []
    while len(names) < _MOST:
        some = [str(len(names) + index) for index in range(_COUNTED)]
        nodes = _read(location, [f"{path}/{name}".lstrip("/") for name in some])
        count = next((index for index, node in enumerate(nodes) if not isinstance(node, dict)), _COUNTED)
        names += some[:count]
        if count < _COUNTED:
            break
    return names


def _entries(values: Any) -> list[Any]:
    """Return the paths in a list of objects."""
    return [entry.get("path") for entry in values if isinstance(entry, dict)] if isinstance(values, list) else []
