"""What a zip archive says that it holds: its central directory, read from bytes and believed in nothing.

The format is that of PKWARE's APPNOTE.TXT, with ZIP64; what RFC-9 recommends is looked at in
`omezarr_nb.core.zipped.rules`.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from omezarr_nb.core.paths import DOCUMENTS, is_safe_path
from omezarr_nb.errors import InvalidMetadataError, OMEZarrError, StoreError, UnsupportedError

__all__ = ["LOCAL", "TAIL", "Directory", "End", "Entry", "find_end", "is_document", "parse_directory"]

#: Bytes at the end of an archive that hold its end record with the longest comment, and a short directory as well.
TAIL = 128 << 10

STORED, DEFLATED = 0, 8
METHODS = {STORED: "stored", DEFLATED: "deflated"}

#: Fixed part of the header before each entry.
LOCAL = struct.Struct("<4s5H3L2H")
LOCAL_SIGN = b"PK\x03\x04"
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_CENTRAL_SIGN = b"PK\x01\x02"
_END = struct.Struct("<4s4H2LH")
_END_SIGN = b"PK\x05\x06"
_END64 = struct.Struct("<4sQ2H2L4Q")
_END64_SIGN = b"PK\x06\x06"
_LOCATOR = struct.Struct("<4sLQL")
_LOCATOR_SIGN = b"PK\x06\x07"

_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_EXTRA64 = 1
_ENCRYPTED = 1 | 1 << 6 | 1 << 13
_UTF8 = 1 << 11

#: A directory of some three million entries: more is hardly held in memory.
_MOST_BYTES = 256 << 20
#: Names of nearly all entries, which need no closer look.
_PLAIN = re.compile(r"(?:[\w-][\w.-]{0,200}/){0,20}(?:[\w-]|\.z)[\w.-]{0,200}", re.ASCII)
#: What macOS puts beside the files.
_MAC = "__MACOSX"


class Entry(NamedTuple):
    """Where one file of an archive lies.

    Parameters
    ----------
    header
        Where its local header begins.
    room
        Bytes from there to the next entry.
    stored, size
        Bytes in the archive, and of the file.
    crc
        CRC-32 of the file.
    method
        0 for stored, 8 for deflated.
    named
        Bytes of its name.
    """

    header: int
    room: int
    stored: int
    size: int
    crc: int
    method: int
    named: int


@dataclass(frozen=True, slots=True)
class End:
    """The end record of an archive.

    Parameters
    ----------
    start, size, count
        Of the central directory: where it begins, its bytes and entries.
    comment
        Of the archive.
    zip64
        Whether there is an end record of ZIP64.
    """

    start: int
    size: int
    count: int
    comment: bytes
    zip64: bool


@dataclass(frozen=True, slots=True)
class Directory:
    """The files of an archive.

    Parameters
    ----------
    entries
        By name, in the order of the central directory.
    end
        The end record.
    root
        What the names of all files of the hierarchy begin with: "" where Zarr metadata is at the root of the archive,
        else the one folder in which it is.
    twice
        Names that several entries have. The last of them counts, as everywhere: zarr's `ZipStore` writes what changes
        once more.
    """

    entries: Mapping[str, Entry]
    end: End
    root: str
    twice: tuple[str, ...] = ()


def find_end(tail: bytes, size: int, where: str) -> End:
    """Return the end record of an archive.

    Parameters
    ----------
    tail
        The last bytes of the file: all of it, or `TAIL`.
    size
        Of the file.
    where
        The file, for messages.

    Raises
    ------
    StoreError
        When this is no zip archive, or not all of one.
    UnsupportedError
        When it is one of several parts, or has millions of entries.
    """
    place = len(tail)
    while (place := tail.rfind(_END_SIGN, 0, place + 3)) >= 0:
        if place + _END.size <= len(tail):
            fields = _END.unpack_from(tail, place)
            if place + _END.size + fields[7] == len(tail):
                break
    else:
        raise _no_archive(tail, size, where)
    _, disk, first_disk, here, count, length, start, _ = fields
    comment = tail[place + _END.size :]
    locator = place - _LOCATOR.size
    zip64 = locator >= 0 and tail.startswith(_LOCATOR_SIGN, locator)
    if zip64:
        _, disk, offset, disks = _LOCATOR.unpack_from(tail, locator)
        at = offset - (size - len(tail))
        if at < 0 or at + _END64.size > locator or not tail.startswith(_END64_SIGN, at):
            raise _damaged(where, "its ZIP64 end record is not where it is said to be")
        _, _, _, _, disk, first_disk, here, count, length, start = _END64.unpack_from(tail, at)
        place = at
        disks_wrong = disks > 1
    else:
        disks_wrong = False
    if disks_wrong or disk or first_disk or here != count:
        raise UnsupportedError(
            "This is one part of a zip archive that was split into several.",
            where=where,
            do="Join the parts; OME-Zarr in a zip archive is one file.",
        )
    if length > _MOST_BYTES:
        raise UnsupportedError("This zip archive has too many entries.", where=where, found=f"{count} entries")
    if start + length != size - len(tail) + place:
        raise _damaged(where, "its directory is not where it is said to be")
    return End(start, length, count, comment, zip64)


def parse_directory(data: bytes, end: End, where: str) -> Directory:
    """Return the files of an archive.

    Parameters
    ----------
    data
        The central directory, ``end.size`` bytes.
    end
        The end record.
    where
        The file, for messages.

    Raises
    ------
    StoreError
        When the directory is damaged.
    InvalidMetadataError
        When the archive is made to mislead: names that lead out of it, entries that overlap.
    UnsupportedError
        When entries are encrypted.
    """
    listed: list[tuple[str, Entry]] = []
    folders: list[str] = []
    place = 0
    for _ in range(end.count):
        if place + _CENTRAL.size > len(data) or not data.startswith(_CENTRAL_SIGN, place):
            raise _damaged(where, "its directory is shorter than it says")
        fields = _CENTRAL.unpack_from(data, place)
        _, _, _, flags, method, _, _, crc, stored, size, named, extra, noted, disk, _, _, header = fields
        at = place + _CENTRAL.size
        place = at + named + extra + noted
        name = _name(data[at : at + named], flags, where)
        more = data[at + named : at + named + extra]
        if _FULL32 in (size, stored, header) or disk == _FULL16:
            size, stored, header, disk = _wide(more, (size, stored, header, disk), where)
        if flags & _ENCRYPTED:
            raise UnsupportedError("This zip archive is encrypted.", where=where, found=name, do="Decrypt it first.")
        if disk or header + LOCAL.size + named + stored > end.start:
            raise _damaged(where, f"{name!r} lies outside of it")
        if method == STORED and stored != size:
            raise _damaged(where, f"{name!r} is said to be of two sizes")
        if name.endswith("/"):
            folders.append(name)
        else:
            listed.append((name, Entry(header, 0, stored, size, crc, method, named)))
    if place != len(data):
        raise _damaged(where, "its directory is longer than it says")
    for name in folders:
        _check_name(name.removesuffix("/"), where)
    entries: dict[str, Entry] = {}
    twice: dict[str, None] = {}
    for name, entry in _with_room(listed, end, where):
        if entries.pop(name, None) is not None:
            twice[name] = None
        entries[name] = entry
    return Directory(entries, end, _root(entries), tuple(twice))


def is_document(name: str) -> bool:
    """Return whether a file is a metadata document of Zarr."""
    return name.rpartition("/")[2] in DOCUMENTS


def _name(raw: bytes, flags: int, where: str) -> str:
    try:
        name = raw.decode("ascii" if raw.isascii() else "utf-8" if flags & _UTF8 else "cp437")
    except UnicodeDecodeError as error:
        raise _damaged(where, f"a name in it is no text: {raw[:80]!r}") from error
    if not _PLAIN.fullmatch(name) and not name.endswith("/"):
        _check_name(name, where)
    return name


def _check_name(name: str, where: str) -> None:
    if not is_safe_path(name) or name.endswith("/"):
        raise InvalidMetadataError(
            "The name of an entry of this zip archive is no path within it.",
            where=where,
            found=name,
            expected="parts with / between, without .. and without / in front",
        )


def _wide(extra: bytes, values: tuple[int, int, int, int], where: str) -> tuple[int, int, int, int]:
    """Return size, stored size, header and disk, those that do not fit 32 bits from the extra field of ZIP64."""
    wanted = [value == full for value, full in zip(values, (_FULL32, _FULL32, _FULL32, _FULL16), strict=True)]
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, place)
        if kind != _EXTRA64:
            place += 4 + length
            continue
        numbers = list(values)
        body, at = extra[place + 4 : place + 4 + length], 0
        for index, (wide, form) in enumerate(zip(wanted, "QQQL", strict=True)):
            if wide:
                step = struct.calcsize("<" + form)
                if at + step > len(body):
                    break
                (numbers[index],) = struct.unpack_from("<" + form, body, at)
                at += step
        else:
            return numbers[0], numbers[1], numbers[2], numbers[3]
        break
    raise _damaged(where, "the size of an entry is not stated")


def _with_room(listed: list[tuple[str, Entry]], end: End, where: str) -> list[tuple[str, Entry]]:
    """Return entries with the bytes from each to the next, and refuse those that overlap."""
    order = sorted(range(len(listed)), key=lambda index: listed[index][1].header)
    following = end.start
    for index in reversed(order):
        name, entry = listed[index]
        room = following - entry.header
        if room < LOCAL.size + entry.named + entry.stored:
            raise InvalidMetadataError("Entries of this zip archive overlap.", where=where, found=name)
        listed[index] = (name, entry._replace(room=room))
        following = entry.header
    return listed


def _root(entries: Mapping[str, Entry]) -> str:
    if any(name in entries for name in DOCUMENTS):
        return ""
    tops = {name.partition("/")[0] for name in entries} - {_MAC, ".DS_Store"}
    if len(tops) == 1:
        (top,) = tops
        if any(f"{top}/{name}" in entries for name in DOCUMENTS):
            return f"{top}/"
    return ""


def _no_archive(tail: bytes, size: int, where: str) -> OMEZarrError:
    if size == 0:
        return StoreError("This file is empty.", where=where, expected="a zip archive")
    if size == len(tail) and not tail.startswith(b"PK"):
        return StoreError("This is no zip archive.", where=where, found=f"a file that begins with {tail[:8]!r}")
    return StoreError(
        "This is no zip archive, or its end is missing.",
        where=where,
        found=f"{size} bytes without the directory that ends a zip archive",
        do="Where it was downloaded or copied, do that again: it may have been broken off.",
    )


def _damaged(where: str, how: str) -> StoreError:
    return StoreError(f"This zip archive is damaged: {how}.", where=where, do="Get it once more from where it is from.")
