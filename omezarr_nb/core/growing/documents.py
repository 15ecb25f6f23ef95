"""The documents of arrays and groups as they are stored: changed in one place, all else kept, put at one stroke."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any, TypeAlias

from omezarr_nb.core.converting.documents import chunk_shape
from omezarr_nb.core.growing.place import storing
from omezarr_nb.core.io import ZarrLocation, read_json
from omezarr_nb.core.kinds import Ints
from omezarr_nb.core.pyramid.chunking import fit_chunks, fit_shards
from omezarr_nb.errors import NotFoundError, UnsupportedError

if TYPE_CHECKING:
    from zarr.storage import StorePath

Document: TypeAlias = Mapping[str, Any]

__all__ = [
    "array_documents",
    "array_name",
    "fitted",
    "inner_codecs",
    "layout",
    "put",
    "put_group",
    "relaid",
    "with_attributes",
    "with_shape",
]

_SHARDING = "sharding_indexed"


def array_name(zarr_format: int | None) -> str:
    """Return the name of the document of an array."""
    return ".zarray" if zarr_format == 2 else "zarr.json"


def array_documents(location: ZarrLocation, paths: Sequence[str]) -> list[dict[str, Any]]:
    """Read the documents of arrays as they are stored.

    Raises
    ------
    NotFoundError
        When one is not there.
    """
    name = array_name(location.zarr_format)
    found = read_json(location.store_path, [f"{path}/{name}" for path in paths], location.where)
    for path, document in zip(paths, found, strict=True):
        if document is None:
            raise NotFoundError("A level of the image is not there.", where=f"{location.where}/{path}")
    return [document for document in found if document is not None]


def with_shape(document: Document, shape: Ints) -> dict[str, Any]:
    """Return the document of an array as long as `shape`; nothing else is changed."""
    return {**document, "shape": list(shape)}


def layout(document: Document, where: str) -> tuple[Ints, Ints | None]:
    """Return the chunks and the shards (or None) that a document states.

    Raises
    ------
    UnsupportedError
        For chunks of several sizes.
    """
    outer = chunk_shape(document)
    if outer is None:
        raise UnsupportedError("Arrays in chunks of several sizes are not changed.", where=where)
    sharding = _sharding(document)
    if sharding is None:
        return tuple(outer), None
    return tuple(sharding["chunk_shape"]), tuple(outer)


def fitted(document: Document, shape: Ints, where: str) -> dict[str, Any]:
    """Return the document of a smaller array like another: its codecs, and its chunks and shards as far as they fit.

    Parameters
    ----------
    document
        Of the array that it shall be like.
    shape
        Of the smaller array.
    where
        For messages.
    """
    chunks, shards = layout(document, where)
    new_chunks = fit_chunks(chunks, shape)
    new_shards = fit_shards(shards, new_chunks, shape)
    new = deepcopy(dict(document)) | {"shape": list(shape)}
    if "chunks" in new:  # Zarr 2
        new["chunks"] = list(new_chunks)
        return new
    new["chunk_grid"]["configuration"]["chunk_shape"] = list(new_shards or new_chunks)
    sharding = _sharding(new)
    if sharding is not None and new_shards is not None:
        sharding["chunk_shape"] = list(new_chunks)
    elif sharding is not None:
        new["codecs"] = sharding["codecs"]
    return new


def inner_codecs(document: Document) -> Any:
    """Return the codecs of the chunks of an array: a list (Zarr 3), or compressor and filters (Zarr 2)."""
    if document.get("zarr_format") == 2:
        return {key: document.get(key) for key in ("compressor", "filters", "order")}
    sharding = _sharding(document)
    return deepcopy(document["codecs"] if sharding is None else sharding["codecs"])


def relaid(document: Document, chunks: Ints, shards: Ints | None, codecs: Any) -> dict[str, Any]:
    """Return the document of an array like another, in other chunks, shards and codecs.

    Parameters
    ----------
    document
        Of the array that it shall be like.
    chunks, shards
        In axis order; no shards where they are None.
    codecs
        As `inner_codecs` gives them.
    """
    new = deepcopy(dict(document))
    if document.get("zarr_format") == 2:
        new |= {"chunks": list(chunks), **codecs}
        return new
    new["chunk_grid"]["configuration"]["chunk_shape"] = list(shards or chunks)
    new["codecs"] = codecs
    if shards is not None:
        settings: dict[str, Any] = {"chunk_shape": list(chunks), "codecs": codecs}
        settings["index_codecs"] = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]
        new["codecs"] = [{"name": _SHARDING, "configuration": settings | {"index_location": "end"}}]
    return new


def _sharding(document: Document) -> dict[str, Any] | None:
    """Return the settings of the codec that makes shards, or None without one."""
    codecs = document.get("codecs")
    for codec in codecs if isinstance(codecs, list) else ():
        if isinstance(codec, dict) and codec.get("name") == _SHARDING:
            settings = codec.get("configuration")
            return settings if isinstance(settings, dict) else None
    return None


def with_attributes(location: ZarrLocation, block: Document) -> dict[str, Any]:
    """Return the attributes of an image's group with another OME block; all other keys stay."""
    attributes = dict(location.root_attrs)
    if not location.fmt.nested:
        return attributes | dict(block)
    return attributes | {"ome": {**attributes.get("ome", {}), **block}}


def put_group(
    location: ZarrLocation, arrays: Mapping[str, Document | None], attributes: Document | None = None
) -> None:
    """Put the attributes of an image's group, and tell the consolidated metadata here and above what has changed.

    Parameters
    ----------
    location
        The image.
    arrays
        Documents of arrays that have been put, by path; None for arrays that are to be removed.
    attributes
        Of the group, or None where they stay.
    """
    place = location.store_path
    if location.zarr_format == 2:
        _put_group2(place, arrays, attributes)
    else:
        _put_group3(place, arrays, attributes)


def _put_group3(place: StorePath, arrays: Mapping[str, Document | None], attributes: Document | None) -> None:
    group: dict[str, Any] | None = None
    for above, prefix in _upwards(place):
        (document,) = read_json(above, ["zarr.json"], str(above))
        if document is None:
            continue
        changes: dict[str, Document | None] = {f"{prefix}{path}": own for path, own in arrays.items()}
        before = deepcopy(document)
        if not prefix:
            group = document
            if attributes is not None:
                document["attributes"] = dict(attributes)
        known = document.get("consolidated_metadata")
        entries = known.get("metadata") if isinstance(known, dict) else None
        if isinstance(entries, dict):
            if prefix and attributes is not None and isinstance(own := entries.get(prefix.rstrip("/")), dict):
                own["attributes"] = dict(attributes)
            _change(entries, changes, present=prefix.rstrip("/"))
        if document != before:
            put(above, "zarr.json", document)
    assert group is not None


def _put_group2(place: StorePath, arrays: Mapping[str, Document | None], attributes: Document | None) -> None:
    if attributes is not None:
        put(place, ".zattrs", attributes)
    for above, prefix in _upwards(place):
        (document,) = read_json(above, [".zmetadata"], str(above))
        entries = document.get("metadata") if document is not None else None
        if document is None or not isinstance(entries, dict):
            continue
        before = deepcopy(document)
        changes: dict[str, Document | None] = {}
        for path, own in arrays.items():
            changes[f"{prefix}{path}/.zarray"] = own
            if own is None:
                changes[f"{prefix}{path}/.zattrs"] = None
        if attributes is not None:
            changes[f"{prefix}.zattrs"] = attributes
        _change(entries, changes, present=f"{prefix}.zgroup")
        if document != before:
            put(above, ".zmetadata", document)


def _change(entries: dict[str, Any], changes: Mapping[str, Document | None], *, present: str) -> None:
    """Change entries of consolidated metadata, if it knows of the image at all ("" is the group itself)."""
    if present and present not in entries:
        return
    for key, document in changes.items():
        if document is None:
            entries.pop(key, None)
        else:
            entries[key] = dict(document)


def _upwards(place: StorePath) -> Iterator[tuple[StorePath, str]]:
    """Give a group and those above it, each with the path of the group below it; on a disk as far as there are any."""
    from zarr.storage import LocalStore, StorePath

    yield place, ""
    store = place.store
    if type(store) is LocalStore:
        folder = store.root / place.path
        for above in folder.resolve().parents:
            if not any((above / name).exists() for name in ("zarr.json", ".zgroup")):
                return
            yield StorePath(LocalStore(above)), f"{folder.resolve().relative_to(above).as_posix()}/"
        return
    parts = [part for part in place.path.split("/") if part]
    for count in reversed(range(len(parts))):
        yield StorePath(store, "/".join(parts[:count])), "/".join(parts[count:]) + "/"


def put(place: StorePath, name: str, document: Document) -> None:
    """Put a document, spelled as Zarr spells it, in the place of the old one."""
    from zarr.core.buffer import default_buffer_prototype
    from zarr.core.sync import sync

    data = json.dumps(document, indent=2).encode()
    with storing(place / name):
        sync((place / name).set(default_buffer_prototype().buffer.from_bytes(data)))
