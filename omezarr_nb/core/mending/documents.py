"""The metadata documents of a hierarchy in memory: changed there, compared, and written back as one."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.converting.chunks import storage
from omezarr_nb.core.converting.survey import survey
from omezarr_nb.core.converting.write import delete_key, put_key, read_keys
from omezarr_nb.core.format import Format
from omezarr_nb.core.io import ZarrLocation, read_json
from omezarr_nb.core.locks import locked
from omezarr_nb.errors import NotFoundError, StoreError, TargetBusyError

if TYPE_CHECKING:
    from omezarr_nb.core.io import Where
    from omezarr_nb.core.opened import Opened

__all__ = ["Changed", "Documents", "load_documents", "write_documents"]


@dataclass(frozen=True, slots=True)
class Changed:
    """A document as it is and as it will be; None for one that is not there.

    Parameters
    ----------
    path
        Within the hierarchy: "zarr.json", "labels/.zattrs".
    old, new
        JSON objects.
    """

    path: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None

    def diff(self) -> list[str]:
        """Return what changes, a line each with "-", "+" or " " before it, and three lines around."""
        before, after = (_lines(document) for document in (self.old, self.new))
        return list(difflib.unified_diff(before, after, lineterm="", n=3))[2:]


class Documents:
    """All documents of a hierarchy; changes stay in memory.

    Parameters
    ----------
    location
        The top.
    found
        Documents by path.
    groups
        Paths of the groups, each with the version that it is in.
    """

    def __init__(
        self, location: ZarrLocation, found: Mapping[str, Mapping[str, Any]], groups: Mapping[str, Format]
    ) -> None:
        self.location = location
        self.groups = dict(groups)
        self.zarr_format: int = location.zarr_format or 3
        self._old = dict(found)
        self.now: dict[str, Any] = {path: deepcopy(dict(document)) for path, document in found.items()}

    def attributes(self, path: str) -> dict[str, Any]:
        """Return the attributes of a group or an array, to be changed."""
        if self.zarr_format == 3:
            attributes: dict[str, Any] = self.now[_key(path, "zarr.json")].setdefault("attributes", {})
            return attributes
        return self.now.setdefault(_key(path, ".zattrs"), {})  # type: ignore[no-any-return] # of JSON

    def block(self, path: str) -> dict[str, Any]:
        """Return the OME part of the attributes of a group, to be changed; {} where it is no object."""
        attributes = self.attributes(path)
        if self.groups[path].nested and "ome" in attributes:
            attributes = attributes["ome"]
        return attributes if isinstance(attributes, dict) else {}

    def array(self, path: str) -> dict[str, Any] | None:
        """Return the document of an array, to be changed, or None where there is none."""
        name = "zarr.json" if self.zarr_format == 3 else ".zarray"
        document = self.now.get(_key(path, name))
        return document if isinstance(document, dict) else None

    def images(self) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
        """Give each pyramid: the path of its group, the group's block, and the entry of "multiscales"."""
        for path in self.groups:
            block = self.block(path)
            entries = block.get("multiscales")
            for entry in entries if isinstance(entries, list) else ():
                if isinstance(entry, dict):
                    yield path, block, entry

    @property
    def changed(self) -> tuple[Changed, ...]:
        """The documents that are not as they were, those furthest down first."""
        paths = [path for path in {**self._old, **self.now} if self._old.get(path) != self.now.get(path)]
        paths.sort(key=lambda path: (-path.count("/"), path))
        return tuple(Changed(path, self._old.get(path), self.now.get(path)) for path in paths)

    def copy(self) -> Documents:
        """Return the same documents, whose changes are their own."""
        other = Documents(self.location, self._old, self.groups)
        other.now = deepcopy(self.now)
        return other


def load_documents(where: Where | Opened, storage_options: Mapping[str, Any] | None = None) -> Documents:
    """Read all metadata documents of a hierarchy; no pixels.

    Raises
    ------
    NotFoundError
        When there is no hierarchy.
    """
    from omezarr_nb.core.opened import Opened

    place = where.location if isinstance(where, Opened) else where
    location = ZarrLocation(place, storage_options=storage_options)
    if not location.exists() or location.is_array:
        raise NotFoundError("There is no Zarr hierarchy here.", where=location.where)
    there = survey(location)
    if location.zarr_format == 3:
        names = [_key(path, "zarr.json") for path in (*there.groups, *there.arrays)]
    else:
        names = [_key(path, name) for path in there.groups for name in (".zgroup", ".zattrs")]
        names += [_key(path, name) for path in there.arrays for name in (".zarray", ".zattrs")] + [".zmetadata"]
    read = read_json(location.store_path, names, location.where)
    found = {name: document for name, document in zip(names, read, strict=True) if document is not None}
    groups = {
        path: group.fmt for path, group in there.groups.items() if location.zarr_format == 2 or path_in(found, path)
    }
    return Documents(location, found, groups)


def path_in(found: Mapping[str, Any], path: str) -> bool:
    """Return whether the document of a group of Zarr 3 was read."""
    return _key(path, "zarr.json") in found


def write_documents(where: Where, changed: tuple[Changed, ...], storage_options: Mapping[str, Any] | None) -> None:
    """Write documents, after a look that they are still as they were; where one fails all are put back.

    Raises
    ------
    TargetBusyError
        When one has been changed meanwhile.
    StoreError
        When the store can only be read, or fails.
    """
    from omezarr_nb.core.growing.place import writable

    location = where if isinstance(where, ZarrLocation) else ZarrLocation(where, "r+", storage_options=storage_options)
    root = writable(location)
    with storage(location.where), locked(root):
        before = read_keys(root, [entry.path for entry in changed])
        for entry in changed:
            there = json.loads(before[entry.path]) if entry.path in before else None
            if there != entry.old:
                raise TargetBusyError(
                    "The metadata has been changed since it was looked at; nothing was written.",
                    where=f"{location.where}/{entry.path}",
                    do="Make the plan anew.",
                )
        done: list[str] = []
        try:
            for entry in changed:
                done.append(entry.path)
                if entry.new is None:
                    delete_key(root / entry.path)
                else:
                    put_key(root / entry.path, "\n".join(_lines(entry.new)).encode())
        except BaseException as error:
            for path in done:
                try:
                    if path in before:
                        put_key(root / path, before[path])
                    else:
                        delete_key(root / path)
                except StoreError as second:
                    error.add_note(f"{path} could not be put back ({second})")
            raise


def _lines(document: Mapping[str, Any] | None) -> list[str]:
    return [] if document is None else json.dumps(document, indent=2, ensure_ascii=False).splitlines()


def _key(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name
