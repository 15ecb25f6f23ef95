"""The metadata documents of a hierarchy, read in layers: from a mapping of paths, or from a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from omezarr_nb.core.local import groups_below
from omezarr_nb.core.validate.report import JSON
from omezarr_nb.errors import AccessRefusedError, InvalidMetadataError

if TYPE_CHECKING:
    from zarr.storage import StorePath

    from omezarr_nb.core.io import ZarrLocation

__all__ = ["Documents", "Node", "Place", "TooManyError"]

_AT_ONCE = 256
#: A plate of 1536 wells with nine fields each has a tenth of it.
_MOST = 2_000_000


class TooManyError(Exception):
    """The metadata names more groups and arrays than are looked at."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a store, of which nothing has been read, and how a person would write it."""

    store_path: StorePath
    where: str


@dataclass(frozen=True, slots=True)
class Node:
    """A group or an array: what its metadata documents say.

    Parameters
    ----------
    path
        Within the hierarchy, "" at its top.
    kind
        What it is, or None where nothing is there, or nothing that can be read.
    attributes
        Its attributes.
    document
        The document of an array.
    fault
        Why a document cannot be read, or "".
    """

    path: str
    kind: Literal["group", "array"] | None
    attributes: JSON = field(default_factory=dict)
    document: JSON = field(default_factory=dict)
    fault: str = ""


class Documents:
    """Reads nodes.

    Parameters
    ----------
    source
        Documents by their path ("0/zarr.json", ".zattrs", "0/.zarray"), or a location in a store.
    """

    def __init__(self, source: Mapping[str, Any] | ZarrLocation | Place) -> None:
        self._source = source
        self._count = 0
        self._consolidated: dict[str, Any] | None = None
        #: What the consolidated metadata at the top says otherwise than the documents, in words, by path.
        self.stale: dict[str, str] = {}
        self.zarr_format: Literal[2, 3] = 3
        (document,) = self._read(["zarr.json"])
        if document is None:
            self.zarr_format = 2

    def nodes(self, paths: Sequence[str], *, arrays: bool = False) -> list[Node]:
        """Return the nodes at some paths, read a few hundred documents at a time.

        Parameters
        ----------
        paths
            Relative to the top; what leads out of it is not read.
        arrays
            Whether arrays are expected, whose attributes are not asked for in Zarr 2.

        Raises
        ------
        TooManyError
            When more have been asked for, in all, than any hierarchy has.
        """
        self._count += len(paths)
        if self._count > _MOST:
            raise TooManyError
        names = ["zarr.json"] if self.zarr_format == 3 else [".zarray"] if arrays else [".zgroup", ".zattrs"]
        wanted = [f"{path}/{name}".lstrip("/") for path in paths for name in names]
        documents: list[Any] = []
        for start in range(0, len(wanted), _AT_ONCE):
            documents += self._read(wanted[start : start + _AT_ONCE])
        size = len(names)
        self._compare(wanted, documents)
        return [self._node(path, documents[i * size : (i + 1) * size], arrays) for i, path in enumerate(paths)]

    def _compare(self, names: Sequence[str], documents: Sequence[Any]) -> None:
        """Note where the documents of the top have a copy of a document that says something else."""
        if self._consolidated is None:
            self._consolidated = self._read_consolidated()
        for name, document in zip(names, documents, strict=True) if self._consolidated else ():
            copy = self._consolidated.get(name)
            path = name.rpartition("/")[0]
            if path in self.stale or (copy is None and document is None) or (not path and self.zarr_format == 3):
                continue
            if copy is None:
                self.stale[path] = "nothing of it"
            elif document is None:
                self.stale[path] = "what is not there"
            elif key := _difference(copy, document):
                self.stale[path] = f"another {key}"

    def _read_consolidated(self) -> dict[str, Any]:
        """Return the copies of documents that consolidated metadata has, by name; {} where there is none."""
        (top,) = self._read(["zarr.json" if self.zarr_format == 3 else ".zmetadata"])
        found = top.get("consolidated_metadata") if self.zarr_format == 3 and isinstance(top, dict) else top
        entries = found.get("metadata") if isinstance(found, dict) else None
        if not isinstance(entries, dict):
            return {}
        suffix = "/zarr.json" if self.zarr_format == 3 else ""
        return {f"{name}{suffix}": entry for name, entry in entries.items()}

    def names_below(self, path: str) -> list[str]:
        """Return the names of the groups within a group, where that costs nothing; [] in a store that is not local."""
        if isinstance(self._source, Mapping):
            prefix = f"{path}/" if path else ""
            inside = [name.removeprefix(prefix) for name in self._source if name.startswith(prefix)]
            return sorted({parts[0] for name in inside if len(parts := name.split("/")) == 2})
        return groups_below(self._source.store_path / path) or []

    def attributes(self, paths: Sequence[str]) -> list[JSON]:
        """Return the attributes of arrays of Zarr 2; {} for those that have none."""
        documents = self._read([f"{path}/.zattrs" for path in paths]) if paths else []
        return [document if isinstance(document, dict) else {} for document in documents]

    def _node(self, path: str, documents: Sequence[Any], arrays: bool) -> Node:
        for document in documents:
            if document is not None and not isinstance(document, dict):
                return Node(path, None, fault=document if isinstance(document, str) else "this is no JSON object")
        first = documents[0]
        if self.zarr_format == 3:
            if first is None:
                return Node(path, None)
            attributes = first.get("attributes", {})
            kind: Literal["group", "array"] = "array" if first.get("node_type") == "array" else "group"
            return Node(path, kind, attributes if isinstance(attributes, dict) else {}, first)
        if arrays:
            return Node(path, "array" if first is not None else None, document=first or {})
        if first is None:
            return Node(path, None, fault="" if documents[1] is None else "attributes, and no .zgroup beside them")
        return Node(path, "group", documents[1] or {})

    def _read(self, names: Sequence[str]) -> Sequence[Any]:
        """Return documents, None for those that are not there, and a text for those that cannot be read."""
        if isinstance(self._source, Mapping):
            return [self._source.get(name) for name in names]
        from omezarr_nb.core.io import read_json  # not at the top: reading is to use these rules as well

        try:
            return read_json(self._source.store_path, names, self._source.where)
        except InvalidMetadataError as error:
            return [str(error)] if len(names) == 1 else [self._read([name])[0] for name in names]
        except AccessRefusedError as error:  # that is, of all of them
            if not self._count:
                raise
            return [str(error)] * len(names)

    def unreadable(self, node: Node) -> str:
        """Return why zarr can make no array of a node, or ""; documents that are in no store are not tried."""
        if isinstance(self._source, Mapping):
            return ""
        from omezarr_nb.core.io import open_array

        try:
            open_array(self._source.store_path / node.path, node.document, node.path)
        except InvalidMetadataError as error:
            return str(error.found)
        return ""


def _difference(copy: Any, document: Any) -> str:
    """Return the key whose value in a copy of a document is another, "" where there is none."""
    if not isinstance(copy, dict) or not isinstance(document, dict):
        return "" if copy == document else "document"
    keys = [key for key in document if key in copy and key != "consolidated_metadata" and copy[key] != document[key]]
    missing = [key for key in ("attributes", "shape") if key in document and document[key] and key not in copy]
    return str((keys + missing)[0]) if keys or missing else ""
