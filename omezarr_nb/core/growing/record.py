"""What is being done to an image, written down before it is done: who comes after a kill finishes it, or clears up.

There is one record at a time, below one key beside the image's metadata: a line of JSON, and pixels after it. It is
there while a change runs, and goes with its last step. One that is torn is known by its checksum, and stands for a
change that had not begun.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.growing.place import is_local, storing
from omezarr_nb.core.locks import CHANGE_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.storage import StorePath

__all__ = ["Record", "clear", "put", "read"]

_LONGEST = 1 << 24


@dataclass(frozen=True, slots=True)
class Record:
    """A change.

    Parameters
    ----------
    kind
        "shapes", "region" or "levels".
    fields
        What it needs beside that, as JSON.
    pixels
        Of a region.
    """

    kind: str
    fields: Mapping[str, Any]
    pixels: bytes = b""


def put(place: StorePath, record: Record) -> None:
    """Write a record in the group of an image."""
    from zarr.core.buffer import default_buffer_prototype
    from zarr.core.sync import sync

    body = json.dumps({"kind": record.kind, **record.fields}).encode() + b"\n" + record.pixels
    data = f"omezarr_nb 1 {zlib.crc32(body):08x} {len(body)}\n".encode() + body
    file = _file(place)
    with storing(place / CHANGE_FILE):
        if file is not None:
            file.write_bytes(data)
            return
        sync((place / CHANGE_FILE).set(default_buffer_prototype().buffer.from_bytes(data)))


def read(place: StorePath) -> Record | None:
    """Read the record that is there, or None where there is none that is whole."""
    from zarr.core.sync import sync

    file = _file(place)
    try:
        if file is not None:
            return parse(file.read_bytes())
        data = sync((place / CHANGE_FILE).get())
    except FileNotFoundError:
        return None
    return None if data is None else parse(data.to_bytes())


def clear(place: StorePath) -> None:
    """Remove the record."""
    from zarr.core.sync import sync

    file = _file(place)
    if file is not None:
        file.unlink(missing_ok=True)
        return
    sync((place / CHANGE_FILE).delete())


def _file(place: StorePath) -> Path | None:
    """Return the file of the record on a disk of this machine: a painter waits for it at every stroke."""
    if not is_local(place.store):
        return None
    store: Any = place.store
    file: Path = store.root / place.path / CHANGE_FILE
    return file


def parse(data: bytes) -> Record | None:
    """Return the record in some bytes, or None for what is none or is torn."""
    first, _, body = data.partition(b"\n")
    if first != f"omezarr_nb 1 {zlib.crc32(body):08x} {len(body)}".encode():
        return None
    line, _, pixels = body.partition(b"\n")
    if len(line) > _LONGEST:
        return None
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or not isinstance(fields.get("kind"), str):
        return None
    return Record(fields.pop("kind"), fields, pixels)
