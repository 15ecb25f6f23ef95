"""A zip archive as a read-only zarr store, on a disk or behind a URL.

Neither zarr's `ZipStore` nor fsspec's zip file system is used: they read one entry at a time, ask twice for each, know
files (fsspec: blocks of 5 MB read ahead) where there are ranges, and take names and sizes as they come.
Here opening an archive is one or two requests, its metadata documents (which RFC-9 puts first) come in one more, and
chunks are read as many at a time as zarr asks for, each with one request.
"""

from __future__ import annotations

import asyncio
import builtins
import weakref
import zlib
from bisect import bisect_left
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from zarr.abc.store import ByteRequest, OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest

from omezarr_nb.core.zipped.directory import (
    DEFLATED,
    LOCAL,
    LOCAL_SIGN,
    METHODS,
    STORED,
    TAIL,
    Directory,
    Entry,
    find_end,
    is_document,
    parse_directory,
)
from omezarr_nb.core.zipped.file import PartsOfFile
from omezarr_nb.errors import InvalidMetadataError, OMEZarrError, StoreError, UnsupportedError

if TYPE_CHECKING:
    from zarr.core.buffer import Buffer, BufferPrototype
    from zarr.storage import StorePath

__all__ = ["ZippedStore"]

#: Bytes of metadata documents at the beginning of an archive that are read together.
_HEAD = 1 << 20
#: Bytes of a document, and of a chunk or shard that is deflated: what is larger may be a bomb.
_MOST_DOCUMENT = 64 << 20
_MOST_INFLATED = 1 << 30
#: A deflated entry up to this size is kept: the chunks of a shard are asked for one by one.
_MOST_KEPT = 64 << 20
#: Bytes that the extra field of a local header has at most.
_MOST_EXTRA = 0xFFFF
#: A directory larger than this is taken apart in a thread of its own.
_LARGE = 1 << 20
_READ_ONLY = "A zip archive is read only: convert it to a folder, change that, and convert it back."


class ZippedStore(Store):
    """The files of a zip archive as a zarr store that is read only.

    Nothing is read before the first key is asked for. An archive with names that are no paths, entries that overlap, or
    sizes that cannot be, is refused as a whole; nothing is ever written to a disk.

    Parameters
    ----------
    place
        The archive: a file in a zarr store.
    where
        As a person would write it.
    """

    supports_writes = False
    supports_deletes = False
    supports_listing = True

    def __init__(self, place: StorePath, where: str) -> None:
        super().__init__(read_only=True)
        self.place = place
        self.where = where
        self._forget()

    def _forget(self) -> None:
        self._file = PartsOfFile(self.place, self.where)
        self._found: Directory | None = None
        self._has_head = False
        self._starts: dict[str, int] = {}
        self._inflated: tuple[str, bytes] = ("", b"")
        self._names: builtins.list[str] | None = None
        # Of each event loop: zarr has one, and whoever reads asynchronously has others.
        self._locks: weakref.WeakKeyDictionary[Any, asyncio.Lock] = weakref.WeakKeyDictionary()

    def __getstate__(self) -> dict[str, Any]:
        return {"place": self.place, "where": self.where}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["place"], state["where"])  # type: ignore[misc] # what is read is read again elsewhere

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ZippedStore) and other.place == self.place

    def __hash__(self) -> int:
        return hash(self.where)

    def __str__(self) -> str:
        return self.where

    def __repr__(self) -> str:
        return f"ZippedStore({self.where!r})"

    async def directory(self) -> Directory:
        """Return what the archive says that it holds; read on first use.

        Raises
        ------
        NotFoundError, StoreError, UnsupportedError, InvalidMetadataError
            When there is no such file, it is no zip archive, or none that is read; the message says why.
        """
        if self._found is None:
            async with self._lock():
                if self._found is None:
                    self._found = await self._open_directory()
        return self._found

    def hierarchies(self) -> tuple[str, ...]:
        """Return the paths of groups and arrays that no other is above; () where there is no archive."""
        from zarr.core.sync import sync

        try:
            names = sync(self._sorted())
        except OMEZarrError:
            return ()
        paths = {name.rpartition("/")[0] for name in names if is_document(name)}
        return tuple(sorted(path for path in paths if not any(above in paths for above in _above(path))))

    def _lock(self) -> asyncio.Lock:
        return self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())

    async def _open_directory(self) -> Directory:
        tail = await self._file.open(TAIL)
        end = find_end(tail, self._file.size, self.where)
        data = await self._file.read(end.start, end.start + end.size)
        if len(data) < _LARGE:
            return parse_directory(data, end, self.where)
        return await asyncio.to_thread(parse_directory, data, end, self.where)

    async def get(
        self, key: str, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return a file of the archive, or a part of it; None where there is none.

        Raises
        ------
        StoreError
            When the archive is damaged there, or has changed since it was opened.
        InvalidMetadataError
            When a metadata document is larger than any is.
        UnsupportedError
            When it is compressed in a way that is not read, or to a size that cannot be held.
        """
        from zarr.core.buffer import default_buffer_prototype

        directory = await self.directory()
        name = directory.root + key
        entry = directory.entries.get(name)
        if entry is None:
            return None
        if is_document(name):
            if entry.size > _MOST_DOCUMENT:
                raise InvalidMetadataError(
                    "This metadata document is too large.",
                    where=f"{self.where}/{name}",
                    found=f"{entry.size} bytes, {entry.stored} in the archive",
                )
            await self._read_head(directory)
        data = await self._read(name, entry, *_bounds(byte_range, entry.size))
        return (prototype or default_buffer_prototype()).buffer.from_bytes(data)

    async def _read_head(self, directory: Directory) -> None:
        """Read the documents at the beginning of the archive together, where there are several."""
        if self._has_head:
            return
        async with self._lock():
            if self._has_head:
                return
            stop = count = 0
            for name, entry in directory.entries.items():
                if not is_document(name) or entry.header != stop or stop + entry.room > _HEAD:
                    break
                stop, count = stop + entry.room, count + 1
            if count > 1:
                await self._file.keep(0, stop)
            self._has_head = True

    async def _read(self, name: str, entry: Entry, start: int, stop: int) -> bytes:
        whole = (start, stop) == (0, entry.size)
        if entry.method == STORED:
            data = await (self._whole(name, entry) if whole else self._part(name, entry, start, stop))
            if whole:
                self._check(name, entry, data)
            return data
        if entry.method != DEFLATED or entry.size > _MOST_INFLATED:
            raise UnsupportedError(
                "This entry of a zip archive cannot be read.",
                where=f"{self.where}/{name}",
                found=f"compression method {entry.method}, {entry.size} bytes",
                expected=f"entries that are {' or '.join(METHODS.values())}, of at most {_MOST_INFLATED} bytes",
            )
        kept, data = self._inflated
        if kept != name:
            data = await asyncio.to_thread(self._inflate, name, entry, await self._whole(name, entry))
            if entry.size <= _MOST_KEPT:
                self._inflated = (name, data)
        return data[start:stop]

    async def _whole(self, name: str, entry: Entry) -> bytes:
        """Return the bytes of an entry as they are stored, with one request."""
        size = LOCAL.size + entry.named + entry.stored
        # Up to the next entry, where that is not more than what may stand between.
        reach = entry.room if entry.room <= size + _MOST_EXTRA else size
        data = await self._file.read(entry.header, entry.header + reach)
        start = self._start(name, entry, data)
        missing = start + entry.stored - (entry.header + reach)
        if missing > 0:
            data += await self._file.read(entry.header + reach, start + entry.stored)
        return data[start - entry.header : start - entry.header + entry.stored]

    async def _part(self, name: str, entry: Entry, start: int, stop: int) -> bytes:
        """Return bytes of a stored entry; its header is read beside them, the first time."""
        first = self._starts.get(name)
        if first is not None:
            return await self._file.read(first + start, first + stop)
        guess = entry.header + entry.room - entry.stored  # right wherever entries follow each other without a gap
        header, data = await asyncio.gather(
            self._file.read(entry.header, entry.header + LOCAL.size), self._file.read(guess + start, guess + stop)
        )
        first = self._start(name, entry, header)
        return data if first == guess else await self._file.read(first + start, first + stop)

    def _start(self, name: str, entry: Entry, header: bytes) -> int:
        """Return where the bytes of an entry begin, from its local header."""
        sign, _, _, method, _, _, _, _, _, named, extra = LOCAL.unpack_from(header)
        start: int = entry.header + LOCAL.size + named + extra
        if (
            sign != LOCAL_SIGN
            or (method, named) != (entry.method, entry.named)
            or start + entry.stored > entry.header + entry.room
        ):
            raise self._damaged(name, "the header of the entry is not the one that the directory tells of")
        self._starts[name] = start
        return start

    def _inflate(self, name: str, entry: Entry, data: bytes) -> bytes:
        inflater = zlib.decompressobj(-15)
        try:
            plain = inflater.decompress(data, entry.size + 1)
        except zlib.error as error:
            raise self._damaged(name, str(error)) from error
        if len(plain) != entry.size:
            raise self._damaged(name, f"it holds {'more' if len(plain) > entry.size else 'less'} than it says")
        self._check(name, entry, plain)
        return plain

    def _check(self, name: str, entry: Entry, data: bytes) -> None:
        if zlib.crc32(data) != entry.crc:
            raise self._damaged(name, "its check sum is wrong")

    def _damaged(self, name: str, how: str) -> StoreError:
        return StoreError(
            f"This zip archive is damaged, or was changed since it was opened: {how}.",
            where=f"{self.where}/{name}",
            do="Open it again, or get it once more from where it is from.",
        )

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> builtins.list[Buffer | None]:
        """Return parts of several files."""
        return builtins.list(await asyncio.gather(*(self.get(key, prototype, wanted) for key, wanted in key_ranges)))

    async def exists(self, key: str) -> bool:
        """Return whether there is a file of this name."""
        directory = await self.directory()
        return directory.root + key in directory.entries

    async def getsize(self, key: str) -> int:
        """Return the bytes of a file.

        Raises
        ------
        FileNotFoundError
            When there is none.
        """
        directory = await self.directory()
        entry = directory.entries.get(directory.root + key)
        if entry is None:
            raise FileNotFoundError(key)
        return entry.size

    async def list(self) -> AsyncIterator[str]:
        """Give the names of all files."""
        async for name in self.list_prefix(""):
            yield name

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        """Give the names of all files that begin so, in alphabetical order."""
        names = await self._sorted()
        for index in range(bisect_left(names, prefix), len(names)):
            if not names[index].startswith(prefix):
                break
            yield names[index]

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """Give the names of files and folders in a folder, in alphabetical order."""
        names = await self._sorted()
        start = f"{prefix.rstrip('/')}/" if prefix.rstrip("/") else ""
        index = bisect_left(names, start)
        while index < len(names) and names[index].startswith(start):
            part, slash, _ = names[index][len(start) :].partition("/")
            yield part
            # All that is below a folder lies together; "0" is the character after "/".
            index = bisect_left(names, f"{start}{part}0", index) if slash else index + 1

    async def _sorted(self) -> builtins.list[str]:
        if self._names is None:
            directory = await self.directory()
            skip = len(directory.root)
            self._names = sorted(name[skip:] for name in directory.entries if name.startswith(directory.root))
        return self._names

    async def set(self, key: str, value: Buffer) -> None:  # noqa: ARG002 - an archive is only read
        """Refuse.

        Raises
        ------
        ValueError
            Always, as every zarr store that is read only does.
        """
        raise ValueError(_READ_ONLY)

    async def delete(self, key: str) -> None:  # noqa: ARG002 - an archive is only read
        """Refuse.

        Raises
        ------
        ValueError
            Always.
        """
        raise ValueError(_READ_ONLY)

    async def delete_dir(self, prefix: str) -> None:  # noqa: ARG002 - an archive is only read
        """Refuse.

        Raises
        ------
        ValueError
            Always.
        """
        raise ValueError(_READ_ONLY)


def _bounds(wanted: ByteRequest | None, size: int) -> tuple[int, int]:
    """Return the first byte that is wanted and the one after the last, within a file."""
    match wanted:
        case None:
            return 0, size
        case RangeByteRequest(start, end):
            return min(start, size), min(end, size)
        case OffsetByteRequest(offset):
            return min(offset, size), size
        case SuffixByteRequest(suffix):
            return max(0, size - suffix), size
        case _:
            raise TypeError(f"unexpected byte request {wanted!r}")


def _above(path: str) -> Iterator[str]:
    """Give what a path lies in, the root ("") last."""
    while path:
        path = path.rpartition("/")[0]
        yield path
