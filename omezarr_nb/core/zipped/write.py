"""Writing zip archives as RFC-9 recommends them: stored, ZIP64, metadata documents first, a comment that says so.

The standard library's `zipfile` writes ZIP64 where sizes need it; RFC-9 asks for it always. The same files give the
same bytes: no time is written.
"""

from __future__ import annotations

import json
import os
import struct
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from omezarr_nb.core.zipped.directory import LOCAL, LOCAL_SIGN
from omezarr_nb.errors import StoreError, TargetExistsError

__all__ = ["File", "in_order", "replaced_file", "write_archive"]

#: A name and a function that gives the bytes, in pieces.
File = tuple[str, Callable[[], Iterable[bytes]]]

_VERSION = 45  # of the format: the first with ZIP64
_UTF8 = 1 << 11
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_UNIX = 3
_MODE = 0o100644 << 16
_DATE = 1 << 5 | 1  # the first of January 1980, where the time of zip archives begins


def in_order(names: Iterable[str]) -> list[str]:
    """Return names as RFC-9 orders them: zarr.json of the root, all others breadth first, then everything else.

    Examples
    --------
    >>> in_order(["0/c/0/0", "labels/a/zarr.json", "0/zarr.json", "zarr.json"])
    ['zarr.json', '0/zarr.json', 'labels/a/zarr.json', '0/c/0/0']
    """

    def key(name: str) -> tuple[bool, int, str]:
        document = name.rpartition("/")[2] == "zarr.json"
        return not document, name.count("/") if document else 0, name

    return sorted(names, key=key)


def write_archive(target: IO[bytes], files: Sequence[File], version: str) -> None:
    """Write an archive of files, in the order in which they are given.

    Parameters
    ----------
    target
        Open for writing and seeking, at its beginning. One piece of a file is in memory at a time.
    files
        As `in_order` orders them: the comment of the archive says so.
    version
        Of OME-Zarr, for the comment.
    """
    entries = [(name.encode(), *_write_file(target, name.encode(), pieces)) for name, pieces in files]
    start = target.tell()
    for name, header, size, crc in entries:
        target.write(_central(name, header, size, crc))
    size, count = target.tell() - start, len(entries)
    end = target.tell()
    comment = json.dumps({"ome": {"version": version, "zipFile": {"centralDirectory": {"jsonFirst": True}}}}).encode()
    target.write(
        struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, _UNIX << 8 | _VERSION, _VERSION, 0, 0, count, count, size, start)
        + struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
        + struct.pack(
            "<4s4H2LH",
            b"PK\x05\x06",
            0,
            0,
            min(count, _FULL16),
            min(count, _FULL16),
            min(size, _FULL32),
            min(start, _FULL32),
            len(comment),
        )
        + comment
    )


@contextmanager
def replaced_file(path: Path, *, overwrite: bool, folder: Path | None = None) -> Iterator[IO[bytes]]:
    """Give a file beside a path to write to; when the block ends it is on the disk and takes the path's place.

    Parameters
    ----------
    path
        Of the file in the end. What is there is not touched before, nor after an error.
    overwrite
        Whether a file that is there may be replaced.
    folder
        In which it is written, on the same disk; that of the path by default.

    Raises
    ------
    TargetExistsError
        When something is there in the end and may not be replaced.
    StoreError
        When the disk is full, or refuses.
    """
    beside = (folder or path.parent) / f".{path.name}.{uuid.uuid4().hex}.partial"
    try:
        with beside.open("xb+") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _put_in_place(beside, path, overwrite=overwrite)
    except FileExistsError:
        raise
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        raise StoreError(
            "The archive could not be written; what was there is as it was.", where=str(path), found=str(error)
        ) from error
    finally:
        with suppress(OSError):  # it is hidden, and the error that left it is the one to tell
            beside.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _put_in_place(beside: Path, path: Path, *, overwrite: bool) -> None:
    if overwrite:
        beside.replace(path)
        return
    try:
        path.hardlink_to(beside)  # fails where something has come into being there: a rename would not
    except FileExistsError as error:
        raise TargetExistsError("Something is at the target already.", where=str(path)) from error
    except OSError:  # a disk without links
        if path.exists():
            raise TargetExistsError("Something is at the target already.", where=str(path)) from None
        beside.rename(path)


def _sync_folder(folder: Path) -> None:
    """Have the new name on the disk as well, where folders can be synchronised."""
    with suppress(OSError):  # Windows opens no folders, some network disks synchronise none
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _write_file(target: IO[bytes], name: bytes, pieces: Callable[[], Iterable[bytes]]) -> tuple[int, int, int]:
    """Write a file with its header; give where the header is, the size and the check sum."""
    header = target.tell()
    target.write(_local(name, 0, 0))
    size = crc = 0
    for piece in pieces():
        target.write(piece)
        size += len(piece)
        crc = zlib.crc32(piece, crc)
    end = target.tell()
    target.seek(header)
    target.write(_local(name, size, crc))
    target.seek(end)
    return header, size, crc


def _local(name: bytes, size: int, crc: int) -> bytes:
    extra = struct.pack("<2H2Q", 1, 16, size, size)
    fixed = LOCAL.pack(LOCAL_SIGN, _VERSION, _UTF8, 0, 0, _DATE, crc, _FULL32, _FULL32, len(name), len(extra))
    return fixed + name + extra


def _central(name: bytes, header: int, size: int, crc: int) -> bytes:
    extra = struct.pack("<2H3Q", 1, 24, size, size, header)
    fixed = struct.pack(
        "<4s6H3L5H2L",
        b"PK\x01\x02",
        _UNIX << 8 | _VERSION,
        _VERSION,
        _UTF8,
        0,
        0,
        _DATE,
        crc,
        _FULL32,
        _FULL32,
        len(name),
        len(extra),
        0,
        0,
        0,
        _MODE,
        _FULL32,
    )
    return fixed + name + extra
