"""What RFC-9 asks of OME-Zarr in one file, beside what the specification asks of the hierarchy in it.

RFC-9 is no part of a version of the specification yet, so that these rules stand apart from those.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from omezarr_nb.core.problems import Problem, quoted
from omezarr_nb.core.zipped.directory import DEFLATED, STORED, Directory
from omezarr_nb.core.zipped.names import ENDING
from omezarr_nb.core.zipped.store import ZippedStore
from omezarr_nb.core.zipped.write import in_order

__all__ = ["OZX_RULES", "OzxRule", "archive_problems"]

#: Arrays whose metadata is looked at for shards.
_MOST_ARRAYS = 100
#: Chunks that an array may have without shards: a small level has one for each channel.
_FEW = 16
_PACK = "Pack it again with omezarr_nb.core.ozx.pack, from a folder (unpack makes one)."


@dataclass(frozen=True, slots=True)
class OzxRule:
    """A rule of RFC-9.

    Parameters
    ----------
    name
        What a report calls it.
    severity
        "error" for a MUST, "warning" for a SHOULD.
    says
        Close to the RFC's own words.
    mend
        What mends it.
    """

    name: str
    severity: Literal["error", "warning"]
    says: str
    mend: str = _PACK


ROOT = OzxRule("ozx-root", "error", "The root of the archive MUST be that of the hierarchy, and hold its zarr.json.")
NESTED = OzxRule(
    "ozx-nested",
    "error",
    "OME-Zarr zip files SHALL NOT be embedded in a hierarchy.",
    "Take the inner archive out, and pack the rest again.",
)
JSON_FIRST = OzxRule("ozx-json-first", "error", 'Where "jsonFirst" is true, zarr.json files MUST come first.')
TWICE = OzxRule("ozx-twice", "warning", "An archive has one entry for each file; of several the last counts.")
ZIP64 = OzxRule("ozx-zip64", "warning", "ZIP64 SHOULD be used, whatever the size.")
COMPRESSION = OzxRule("ozx-compression", "warning", "Compression by ZIP SHOULD be disabled.")
SHARDING = OzxRule(
    "ozx-sharding",
    "warning",
    "Sharding SHOULD be used, so that the archive has few entries.",
    "Write the image again to a .ozx file: omezarr_nb.write_image shards it.",
)
ORDER = OzxRule(
    "ozx-order",
    "warning",
    "The zarr.json of the root SHOULD be the first entry, and all others SHOULD follow it breadth first.",
)
NAME = OzxRule("ozx-name", "warning", f"The name SHOULD end with {ENDING}.", f"Rename the file to end with {ENDING}.")
COMMENT = OzxRule("ozx-comment", "warning", "The comment of the archive SHOULD be JSON with the version of OME-Zarr.")

OZX_RULES: Sequence[OzxRule] = (ROOT, NESTED, JSON_FIRST, TWICE, ZIP64, COMPRESSION, SHARDING, ORDER, NAME, COMMENT)


def archive_problems(store: ZippedStore, version: str) -> list[Problem]:
    """Return what an archive breaks of RFC-9.

    Parameters
    ----------
    store
        The archive.
    version
        Of the hierarchy in it, "" where that is not known.

    Returns
    -------
    list of Problem
        A file that is called otherwise, and does not say in its comment that it is OME-Zarr, is an ordinary zip
        archive: what it breaks are warnings.

    Raises
    ------
    StoreError
        When the archive cannot be read.
    """
    from zarr.core.sync import sync

    directory = sync(store.directory())
    said = _said(directory.end.comment)
    name = store.where.split("?")[0].rstrip("/").rpartition("/")[2].rpartition("\\")[2]
    claims = name.lower().endswith(ENDING) or said is not None
    found = [
        *_hierarchy(directory),
        *_zip(directory),
        *_order(directory, said),
        *_comment(said, version, directory.end.comment),
        *_sharding(store, directory),
    ]
    if not name.lower().endswith(ENDING):
        found.append((NAME, "", name))
    return [_problem(rule, name, at, what, claims) for rule, at, what in found]


_Found = tuple[OzxRule, str, str]


def _problem(rule: OzxRule, name: str, at: str, found: str, claims: bool) -> Problem:
    place = f"{name}: {at}" if at else name
    severity = rule.severity if claims else "warning"
    return Problem(rule.name, severity, place, f"{rule.says} Found {found}.", found, rule.says, rule.mend)


def _hierarchy(directory: Directory) -> Iterator[_Found]:
    if directory.root:
        yield ROOT, directory.root.rstrip("/"), f"a folder at the root, in which the hierarchy is: {directory.root}"
    elif "zarr.json" not in directory.entries:
        yield ROOT, "", "no zarr.json there"
    nested = [name for name in directory.entries if name.lower().endswith(ENDING)]
    if nested:
        yield NESTED, nested[0], _several(nested)


def _zip(directory: Directory) -> Iterator[_Found]:
    if directory.twice:
        yield TWICE, directory.twice[0], f"several entries of {_several(directory.twice)}"
    if not directory.end.zip64:
        yield ZIP64, "", "no end record of ZIP64"
    packed = [name for name, entry in directory.entries.items() if entry.method != STORED]
    if packed:
        methods = {directory.entries[name].method for name in packed}
        how = "deflated" if methods == {DEFLATED} else f"compressed (methods {sorted(methods)})"
        yield COMPRESSION, packed[0], f"{len(packed)} of {len(directory.entries)} entries {how}"


def _order(directory: Directory, said: Mapping[str, Any] | None) -> Iterator[_Found]:
    names = list(directory.entries)
    documents = [name for name in names if name.rpartition("/")[2] == "zarr.json"]
    if not documents:
        return
    first = names[: len(documents)]
    by_place = sorted(names, key=lambda name: directory.entries[name].header)[: len(documents)]
    depths = [name.count("/") for name in first]
    in_directory = set(first) == set(documents) and depths == sorted(depths)
    if in_directory and first == by_place:
        return
    wanted = in_order(documents)
    wrong = next((index for index, (a, b) in enumerate(zip(names, wanted, strict=False)) if a != b), None)
    what = "the files in another order than their entries" if wrong is None else f"{names[wrong]} as entry {wrong + 1}"
    part = said.get("zipFile") if said else None
    part = part.get("centralDirectory") if isinstance(part, Mapping) else None
    promised = isinstance(part, Mapping) and part.get("jsonFirst") is True
    yield (JSON_FIRST if promised and not in_directory else ORDER), "", what


def _said(comment: bytes) -> Mapping[str, Any] | None:
    """Return what a comment says of OME-Zarr, or None."""
    try:
        parsed = json.loads(comment.rstrip(b"\0"))
    except (ValueError, RecursionError):
        return None
    ome = parsed.get("ome") if isinstance(parsed, dict) else None
    return ome if isinstance(ome, dict) else None


def _comment(said: Mapping[str, Any] | None, version: str, comment: bytes) -> Iterator[_Found]:
    if said is None:
        yield COMMENT, "comment", quoted(comment.decode(errors="replace")) if comment else "none"
    elif said.get("version") != version and version:
        yield COMMENT, "comment", f"the version {quoted(said.get('version'))} for a hierarchy of {version}"


def _sharding(store: ZippedStore, directory: Directory) -> Iterator[_Found]:
    from zarr.core.sync import sync

    async def read(names: Sequence[str]) -> list[Any]:
        return [await store.get(name) for name in names]

    skip = len(directory.root)
    counts = _counts([name[skip:] for name in directory.entries])
    several = list(islice((path for path, count in counts.items() if count > _FEW), _MOST_ARRAYS))
    names = [f"{path}/zarr.json".lstrip("/") for path in several]
    plain = [
        path
        for path, data in zip(several, sync(read(names)), strict=True)
        if data is not None and _is_plain_array(data.to_bytes())
    ]
    if plain:
        entries = sum(counts[path] for path in plain)
        yield SHARDING, plain[0], f"{entries} chunks of {len(plain)} arrays without shards"


def _counts(names: Sequence[str]) -> dict[str, int]:
    """Return how many files lie below each folder that has a zarr.json, and below none deeper down."""
    counts = {name.rpartition("/")[0]: 0 for name in names if name.rpartition("/")[2] == "zarr.json"}
    for name in names:
        if name.rpartition("/")[2] == "zarr.json":
            continue
        path = name
        while path:
            path = path.rpartition("/")[0]
            if path in counts:
                counts[path] += 1
                break
    return counts


def _is_plain_array(data: bytes) -> bool:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return False
    if not isinstance(document, dict) or document.get("node_type") != "array":
        return False
    codecs = document.get("codecs")
    names = [codec.get("name") for codec in codecs if isinstance(codec, dict)] if isinstance(codecs, list) else []
    return "sharding_indexed" not in names


def _several(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
