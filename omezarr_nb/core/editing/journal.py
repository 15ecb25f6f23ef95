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

from omezarr_nb.core.editing.handing import is_at, keep, replaced, taken
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
    lost
        The folder in which it is kept when others remove it.
    take_over
        Whether it is taken from another editor that holds it, with all that is in it; that one notices with its next
        stroke, at the latest when it saves.

    Raises
    ------
    TargetBusyError
        When another editor holds it; the message says who.
    StoreError
        When it cannot be made.
    """

    def __init__(self, path: Path, where: str, lost: Path, *, take_over: bool = False) -> None:
        self.path = path
        self._lost = lost
        self._kept: Path | None = None
        self._me = Who.here()
        #: Whether what is in it is wanted still.
        self.needed = False
        self._where = where
        self._begun: Mapping[str, Any] | None = None  # what is to be written before anything else
        self._descriptor = self._take(take_over=take_over)
        self._end = os.fstat(self._descriptor).st_size

    def _take(self, *, take_over: bool = False) -> int:
        """Open and lock the file; one that is removed while we wait for it is made anew."""
        theirs: Path | None = None
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
                if is_at(descriptor, self.path):
                    if theirs is not None:
                        _copy(theirs, descriptor, self._where)
                    return descriptor
            except BlockingIOError as error:
                who = holder(descriptor)
                if not take_over or theirs is not None:
                    os.close(descriptor)
                    raise busy(self._where, who) from error
                # Under another name first: what its holder writes down from now on, they see to be theirs no more.
                theirs = self._other_name()
                try:
                    self.path.rename(theirs)
                except OSError as trouble:
                    os.close(descriptor)
                    raise busy(self._where, who) from trouble
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)

    def check(self) -> None:
        """Raise where the file is no longer in its place.

        Raises
        ------
        TargetBusyError
            When another editor has taken it over.
        StoreError
            When others have removed or replaced the labels; what is in it is kept elsewhere, where it is needed.
        """
        if is_at(self._descriptor, self.path):
            return
        try:
            descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError:
            descriptor = None
        if descriptor is not None:
            try:
                tokens = [who.token for who in holders(descriptor)]
                who = holder(descriptor)
            finally:
                os.close(descriptor)
            if self._me.token in tokens:
                self.needed = False
                raise taken(self._where, who)
        raise replaced(self._where, self.path, self._keep())

    def _keep(self) -> Path | None:
        """Keep what is needed of a file that has lost its name, once; return where."""
        if self.needed and self._kept is None:
            try:
                self._kept = keep(self._descriptor, self._lost, "lost.journal")
            except OSError as error:
                raise StoreError(
                    "The labels were removed or replaced by others, and what was painted cannot be written elsewhere.",
                    where=str(self._lost),
                    found=error.strerror,
                    do="Make room there, and save again to have it kept; do not close this editor before.",
                ) from error
        return self._kept

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
        self._begun = {"kind": "begin", "omezarr_nb": _FORMAT, "who": self._me.to_json(), "facts": facts}
        with suppress(OSError):
            record = _record(self._begun)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            if os.write(self._descriptor, record) == len(record):
                self._begun, self._end = None, len(record)

    def go_on(self) -> None:
        """Say that this process goes on with what is there."""
        self.append({"kind": "who", "who": self._me.to_json()})

    def set_aside(self) -> Path:
        """Give the file another name, and begin one anew in its place; return the other name."""
        other = self._other_name()
        self.path.rename(other)
        os.close(self._descriptor)
        self._descriptor = self._take()
        self._end = os.fstat(self._descriptor).st_size
        return other

    def _other_name(self) -> Path:
        return next(
            name
            for number in range(1, 1 << 20)
            if not (name := self.path.with_name(f"{self.path.name}.{number}")).exists()
        )

    def close(self, *, remove: bool) -> None:
        """Let go of the file.

        Parameters
        ----------
        remove
            Whether it is removed, because nothing in it is needed any more.
        """
        try:
            if not is_at(self._descriptor, self.path):  # what is there is of somebody else
                with suppress(StoreError):
                    self.check()
            elif remove:
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


def holders(descriptor: int) -> list[Who]:
    """Return who has held a journal, as far as it says; the last one holds it now."""
    found, place = [], 0
    while (head := _parse_head(_read_at(descriptor, 64, place))) is not None:
        _, line, length, begin = head
        if line < 4096:  # those that say who are short
            try:
                fields = json.loads(_read_at(descriptor, line, place + begin))
            except (ValueError, RecursionError):
                break
            who = Who.parse(fields.get("who")) if isinstance(fields, dict) else None
            found += [] if who is None else [who]
        place += begin + line + length
    return found


def holder(descriptor: int) -> Who | None:
    """Return who holds a journal, as far as it says."""
    return next(reversed(holders(descriptor)), None)


def _copy(source: Path, descriptor: int, where: str) -> None:
    """Move what is in a file into an open one that is empty."""
    try:
        with source.open("rb") as file:
            while part := file.read(1 << 24):
                while part:
                    part = part[os.write(descriptor, part) :]
    except OSError as error:
        raise StoreError(
            "What somebody else has painted cannot be taken over.",
            where=where,
            found=error.strerror,
            do=f"It is kept in {source}. Make room on the disk, and put it in the place of the file without a number.",
        ) from error
    source.unlink()


def busy(where: str, who: Who | None) -> TargetBusyError:
    """Return the error of labels that somebody else edits."""
    return TargetBusyError(
        "Somebody else is painting these labels.",
        where=where,
        found=None if who is None else str(who),
        do="Wait until they have closed their editor, or pass take_over=True to edit_labels: theirs ends then.",
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
