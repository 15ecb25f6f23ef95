"""What was painted, written down before it is shown: a file that outlives the process, and that one editor holds.

The file is a row of records. Each begins with a line: a checksum, the length of its bytes, and JSON; its bytes follow.
The first says who paints, and on what. Then come, in the order in which they happened: "change" with the pixels before
and after, "undo" and "redo" with the number of a change, and "saved" with the number of records that the store holds.
Half a record at the end, of a process that was killed, had not been shown, and is cut off.

Nothing is flushed to the disk here: records outlive the process, not a cut of the power.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omezarr_nb.core.locks import try_lock
from omezarr_nb.core.pyramid.who import Who
from omezarr_nb.errors import AccessRefusedError, StoreError, TargetBusyError

__all__ = ["EditJournal", "Entry", "busy"]

_FORMAT = 1
_LONGEST_LINE = 1 << 26


@dataclass(frozen=True, slots=True)
class Entry:
    """A record of the journal.

    Parameters
    ----------
    fields
        Its JSON, with its "kind".
    start, length
        Where its bytes lie in the file.
    """

    fields: Mapping[str, Any]
    start: int
    length: int

    @property
    def kind(self) -> str:
        """What it says."""
        return str(self.fields.get("kind"))


class EditJournal:
    """The journal of an edit, locked as long as it is open.

    Parameters
    ----------
    path
        The file. It is made where it is not there, and its folder is there.
    where
        What is edited, for messages.

    Raises
    ------
    TargetBusyError
        When another editor holds it; the message says who.
    StoreError
        When it cannot be made.
    """

    def __init__(self, path: Path, where: str) -> None:
        self.path = path
        #: Whether what is in it is wanted still.
        self.needed = False
        self._where = where
        self._begun: Mapping[str, Any] | None = None  # what is to be written before anything else
        self._descriptor = self._take()
        self._end = os.fstat(self._descriptor).st_size

    def _take(self) -> int:
        """Open and lock the file; one that is removed while we wait for it is made anew."""
        while True:
            try:
                descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
            except OSError as error:
                kind = AccessRefusedError if isinstance(error, PermissionError) else StoreError
                raise kind(
                    "Labels are painted where they can be written.",
                    where=str(self.path),
                    found=error.strerror,
                    do="Copy them to where you may write, and paint there.",
                ) from error
            try:
                try_lock(descriptor)
                if os.path.samestat(os.fstat(descriptor), self.path.stat()):
                    return descriptor
            except FileNotFoundError:
                pass
            except BlockingIOError as error:
                who = holder(descriptor)
                os.close(descriptor)
                raise busy(self._where, who) from error
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return self._end == 0

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._end

    def entries(self) -> Iterator[Entry]:
        """Give the records that are whole, and cut off what follows them."""
        place = 0
        while True:
            head = _read_at(self._descriptor, 64, place)
            found = _parse_head(head)
            if found is None:
                break
            crc, line, length, begin = found
            data = _read_at(self._descriptor, line + length, place + begin)
            if len(data) != line + length or zlib.crc32(data) != crc:
                break
            try:
                fields = json.loads(data[:line])
            except (ValueError, RecursionError):
                break
            if not isinstance(fields, dict):
                break
            yield Entry(fields, place + begin + line, length)
            place += begin + line + length
        if place < self._end:
            os.ftruncate(self._descriptor, place)
            self._end = place

    def append(self, fields: Mapping[str, Any], body: bytes = b"") -> Entry:
        """Write a record; it is with the system when this returns.

        Raises
        ------
        StoreError
            When the disk is full; the journal is as it was.
        """
        first = b"" if self._begun is None else _record(self._begun)
        record = first + _record(fields, body)
        written = 0
        try:
            while written < len(record):
                os.lseek(self._descriptor, self._end + written, os.SEEK_SET)
                written += os.write(self._descriptor, record[written:])
        except OSError as error:
            with suppress(OSError):  # half a record at the end counts for nothing
                os.ftruncate(self._descriptor, self._end)
            raise StoreError(
                "What was painted cannot be written down, and is taken back.",
                where=str(self.path),
                found=error.strerror,
                do="Make room on the disk, and paint again.",
            ) from error
        self._begun = None
        start = self._end + len(record) - len(body)
        self._end += len(record)
        return Entry(fields, start, len(body))

    def append_saved(self, events: int) -> None:
        """Write down how many changes the store holds.

        Where the disk is full that stays unsaid: the pixels are in the store, and after a crash they are painted again,
        as they are there.
        """
        with suppress(StoreError):
            self.append({"kind": "saved", "events": events})

    def body(self, entry: Entry) -> bytes:
        """Return the bytes of a record."""
        return _read_at(self._descriptor, entry.length, entry.start)

    def begin(self, facts: Mapping[str, Any]) -> None:
        """Forget everything, and begin anew.

        Where the disk is full, who paints is written down with the first record that there is room for.
        """
        os.ftruncate(self._descriptor, 0)
        self._end = 0
        self._begun = {"kind": "begin", "omezarr_nb": _FORMAT, "who": Who.here().to_json(), "facts": facts}
        with suppress(OSError):
            record = _record(self._begun)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            if os.write(self._descriptor, record) == len(record):
                self._begun, self._end = None, len(record)

    def go_on(self) -> None:
        """Say that this process goes on with what is there."""
        self.append({"kind": "who", "who": Who.here().to_json()})

    def set_aside(self) -> Path:
        """Give the file another name, and begin one anew in its place; return the other name."""
        other = next(
            name
            for number in range(1, 1 << 20)
            if not (name := self.path.with_name(f"{self.path.name}.{number}")).exists()
        )
        self.path.rename(other)
        os.close(self._descriptor)
        self._descriptor = self._take()
        self._end = os.fstat(self._descriptor).st_size
        return other

    def close(self, *, remove: bool) -> None:
        """Let go of the file.

        Parameters
        ----------
        remove
            Whether it is removed, because nothing in it is needed any more.
        """
        try:
            if remove:
                self.path.unlink(missing_ok=True)
        except PermissionError:  # Windows keeps files that are open
            os.ftruncate(self._descriptor, 0)
        finally:
            os.close(self._descriptor)


def _record(fields: Mapping[str, Any], body: bytes = b"") -> bytes:
    """Return a record as it stands in the file."""
    line = json.dumps(fields, separators=(",", ":")).encode()
    data = line + body
    return f"{zlib.crc32(data):08x} {len(line)} {len(body)}\n".encode() + data


def is_ours(entry: Entry) -> bool:
    """Return whether a journal begins with this record."""
    return entry.kind == "begin" and entry.fields.get("omezarr_nb") == _FORMAT


def holder(descriptor: int) -> Who | None:
    """Return who holds a journal, as far as it says."""
    who, place = None, 0
    while (found := _parse_head(_read_at(descriptor, 64, place))) is not None:
        _, line, length, begin = found
        if line < 4096:  # those that say who are short
            try:
                fields = json.loads(_read_at(descriptor, line, place + begin))
            except (ValueError, RecursionError):
                break
            who = Who.parse(fields.get("who")) or who if isinstance(fields, dict) else who
        place += begin + line + length
    return who


def busy(where: str, who: Who | None) -> TargetBusyError:
    """Return the error of labels that somebody else edits."""
    return TargetBusyError(
        "Somebody else is painting these labels.",
        where=where,
        found=None if who is None else str(who),
        do="Wait until they have closed their editor, and try again.",
    )


def _parse_head(head: bytes) -> tuple[int, int, int, int] | None:
    """Return checksum, bytes of JSON, further bytes, and the length of the line that says so."""
    text, found, _ = head.partition(b"\n")
    parts = text.split(b" ")
    if not found or len(parts) != 3:
        return None
    try:
        crc, line, length = int(parts[0], 16), int(parts[1]), int(parts[2])
    except ValueError:
        return None
    return (crc, line, length, len(text) + 1) if 0 < line <= _LONGEST_LINE and length >= 0 else None


def _read_at(descriptor: int, length: int, place: int) -> bytes:
    """Return bytes of a file, fewer where it ends."""
    os.lseek(descriptor, place, os.SEEK_SET)
    parts = []
    while length > 0 and (part := os.read(descriptor, min(length, 1 << 30))):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
