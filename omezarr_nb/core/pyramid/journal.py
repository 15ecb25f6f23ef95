"""What of a write is finished: a file beside the pixels that grows by a line a region, and that only one writer holds.

A line is in the file once the chunks of its region are in the hands of the system, which outlives the process. What
outlives the machine is said by a line of its own: every now and then everything is flushed to the disk, and then that
line is written. Whoever continues after the machine has been started anew begins at the last of these.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from omezarr_nb.core.locks import try_lock
from omezarr_nb.core.pyramid.who import Who, machine
from omezarr_nb.errors import StoreError

__all__ = ["FileJournal", "Finished", "Journal", "MemoryJournal", "Record", "flush_disk"]

#: Bytes of pixels by number of the region, by number of the pass.
Finished: TypeAlias = dict[int, dict[int, int]]

#: Seconds between two flushes of everything to the disk.
FLUSH_EVERY = 15.0

#: A journal that is larger is not read: a line a region has some twenty bytes.
_LARGEST = 256 << 20
_FORMAT = 1


class Journal(Protocol):
    """Where a run says what is finished, and learns what was before it began."""

    @property
    def record(self) -> Record:
        """What is known so far."""

    def created(self) -> None:
        """Say that the arrays of all levels are there."""

    def finished(self, entry: int, number: int, nbytes: int) -> None:
        """Say that the chunks of a region of a pass are stored."""


@dataclass(slots=True)
class Record:
    """What a journal says of a write.

    Parameters
    ----------
    who
        Who wrote last.
    facts
        Of the plan.
    created
        Whether the arrays of all levels are there.
    complete
        Whether all is written, the metadata too, so that only the switch was left.
    finished
        Regions whose chunks are stored.
    node
        Device and number of the folder that is written, on a local disk; of the file, where one is made of it.
    since
        When the first of the writers began.
    made
        How many folders above that folder were made for it.
    """

    who: Who
    facts: Mapping[str, Any]
    created: bool = False
    complete: bool = False
    finished: Finished = field(default_factory=dict)
    node: tuple[int, int] | None = None
    since: float = 0.0
    made: int = 0

    @property
    def regions(self) -> int:
        """Number of finished regions."""
        return sum(map(len, self.finished.values()))


@dataclass(slots=True)
class MemoryJournal:
    """A journal that nobody reads: of a write to a place where nothing can be left for another writer.

    Parameters
    ----------
    record
        Of the write.
    """

    record: Record

    def created(self) -> None:
        """Say that the arrays of all levels are there."""
        self.record.created = True

    def finished(self, entry: int, number: int, nbytes: int) -> None:
        """Say that the chunks of a region are stored."""
        self.record.finished.setdefault(entry, {})[number] = nbytes


class FileJournal:
    """A journal in a local file, locked as long as it is open; the system lets go of it when the process dies.

    Parameters
    ----------
    path
        The file; it is made where it is not there. Its folder is.

    Attributes
    ----------
    record : Record or None
        What the file says. None for one that is new, or was cut off in its first line.

    Raises
    ------
    BlockingIOError
        When another writer holds it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._write_lock = threading.Lock()
        self._flusher: threading.Thread | None = None
        self._flushed = time.monotonic()
        self._trouble: OSError | None = None
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        try:
            try_lock(self._descriptor)
            text = _read(self._descriptor)
            self._record, end = parse_journal(text)
            os.ftruncate(self._descriptor, end)  # half a line at the end, of a writer that was killed
            os.lseek(self._descriptor, end, os.SEEK_SET)
        except BaseException:
            os.close(self._descriptor)
            raise

    @property
    def known(self) -> Record | None:
        """What the file says, or None where it is new."""
        return self._record

    @property
    def record(self) -> Record:
        """What the file says of the write that goes on."""
        assert self._record is not None
        return self._record

    def is_there(self) -> bool:
        """Return whether the file that is held is still the one at its path."""
        try:
            return os.path.samestat(os.fstat(self._descriptor), self._path.stat())
        except FileNotFoundError:
            return False

    def begin(self, facts: Mapping[str, Any], node: tuple[int, int], made: int) -> None:
        """Begin anew, whatever the file said."""
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        who = Who.here()
        self._record = Record(who, facts, node=node, since=who.since, made=made)
        self._append({"omezarr_nb": _FORMAT, "who": who.to_json(), "node": node, "made": made, "facts": facts})

    def go_on(self) -> None:
        """Go on with what the file says."""
        self.record.who = Who.here()
        self._append({"who": self.record.who.to_json()})

    def created(self) -> None:
        """Say that the arrays of all levels are there."""
        self.record.created = True
        self._append({"created": True})

    def forget(self) -> None:
        """Say that nobody is to go on with this write, before what it wrote is removed."""
        self._join()
        if self._record is None or not self._record.created:
            return
        self._record.created, self._record.finished = False, {}
        try:
            self._append({"created": False})
        except (OSError, StoreError):  # a disk that is full; an empty journal says the same
            os.ftruncate(self._descriptor, 0)

    def finished(self, entry: int, number: int, nbytes: int) -> None:
        """Say that the chunks of a region are with the system; every now and then all is flushed, in the background."""
        self.record.finished.setdefault(entry, {})[number] = nbytes
        self._append([entry, number, nbytes])
        now = time.monotonic()
        if now - self._flushed > FLUSH_EVERY and (self._flusher is None or not self._flusher.is_alive()):
            self._flushed = now
            self._flusher = threading.Thread(target=self._try_flush, name="omezarr_nb-flush", daemon=True)
            self._flusher.start()

    def complete(self, file: os.stat_result | None = None) -> None:
        """Say that all is written: the folder, or a file that was made of it and takes the target's place."""
        self._join()
        if self._trouble is not None:  # what the system had taken may not have reached the disk
            raise self._trouble
        self.record.complete = True
        if file is None:
            self._append({"complete": True})
            return
        self.record.node = (file.st_dev, file.st_ino)
        self._append({"complete": True, "node": self.record.node})

    def close(self) -> None:
        """Let go of the file. Whoever comes next may have it."""
        self._join()
        os.close(self._descriptor)

    def flush(self) -> None:
        """Put everything that is written so far on the disk, and say so."""
        self._join()
        self._flush()

    def _try_flush(self) -> None:
        try:
            self._flush()
        except OSError as error:
            self._trouble = error

    def _flush(self) -> None:
        size = os.fstat(self._descriptor).st_size
        flush_disk(self._path.parent)
        self._append({"flushed": size})
        os.fsync(self._descriptor)

    def _join(self) -> None:
        if self._flusher is not None:
            self._flusher.join()

    def _append(self, line: object) -> None:
        data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        with self._write_lock:
            if os.write(self._descriptor, data) != len(data):
                raise StoreError("The disk is full.", where=str(self._path))


def read_journal(path: Path) -> Record | None:
    """Return what a journal says, without holding it; None where there is none that can be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        return None
    try:
        return parse_journal(_read(descriptor))[0]
    finally:
        os.close(descriptor)


def parse_journal(text: bytes) -> tuple[Record | None, int]:
    """Return what the lines of a journal say, and where the last whole line ends.

    After another start of the machine only what had been flushed to the disk by then counts.
    """
    lines = _lines(text)
    header, end = lines[0] if lines else (None, 0)
    if not isinstance(header, dict) or header.get("omezarr_nb") != _FORMAT:
        return None, 0
    who, facts, node = Who.parse(header.get("who")), header.get("facts"), header.get("node")
    if who is None or not isinstance(facts, dict):
        return None, 0
    record = Record(who, facts, since=who.since)
    if type(made := header.get("made")) is int:
        record.made = max(0, made)
    record.node = _node(node)
    flushed = [line["flushed"] for line, _ in lines if isinstance(line, dict) and type(line.get("flushed")) is int]
    safe = max(flushed, default=0)
    for line, _ in lines[1:]:
        if isinstance(line, dict) and "who" in line:
            record.who = Who.parse(line["who"]) or record.who
    lost = record.who.machine != machine() or not record.who.machine
    for line, stop in lines[1:]:
        if lost and stop > safe:
            break
        _apply(record, line)
        end = stop
    return record, end


def _node(found: object) -> tuple[int, int] | None:
    match found:
        case [int(device), int(number)]:
            return device, number
    return None


def _apply(record: Record, line: object) -> None:
    match line:
        case [int(entry), int(number), int(nbytes)]:
            record.finished.setdefault(entry, {})[number] = nbytes
        case {"created": True}:
            record.created = True
        case {"created": False}:  # what was written is being removed
            record.created, record.finished = False, {}
        case {"complete": True, **more}:
            record.complete = True
            record.node = _node(more.get("node")) or record.node


def _lines(text: bytes) -> list[tuple[object, int]]:
    """Return the lines that are whole and JSON, up to the first that is not, each with where it ends."""
    found: list[tuple[object, int]] = []
    start = 0
    while (stop := text.find(b"\n", start)) >= 0:
        try:
            found.append((json.loads(text[start:stop]), stop + 1))
        except (ValueError, RecursionError):
            break
        start = stop + 1
    return found


def _read(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    if size > _LARGEST:
        raise StoreError("The journal of a write is too large to be one.", found=f"{size} bytes")
    os.lseek(descriptor, 0, os.SEEK_SET)
    parts = []
    while part := os.read(descriptor, 1 << 20):
        parts.append(part)
    return b"".join(parts)


def flush_disk(folder: Path) -> None:
    """Put on the disk what has been written to the file system that a folder is on, and wait for that."""
    if sys.platform == "linux":
        import ctypes

        descriptor = os.open(folder, os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).syncfs(descriptor) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number), str(folder))
        finally:
            os.close(descriptor)
    elif hasattr(os, "sync"):
        os.sync()
    else:  # Windows: file by file
        for path in folder.rglob("*"):
            if path.is_file():
                with path.open("rb+") as file:
                    os.fsync(file.fileno())
