"""Reading parts of one file that lies in any zarr store, with as few requests as the answers allow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from omezarr_nb.core.patience import CHUNKS, ask
from omezarr_nb.errors import NotFoundError, StoreError, UnsupportedError

if TYPE_CHECKING:
    from zarr.storage import StorePath

__all__ = ["PartsOfFile"]

_PARTIAL = 206
_Answer = TypeVar("_Answer")


class PartsOfFile:
    """One file of which parts are read; parts that are kept are not asked for again.

    Parameters
    ----------
    place
        The file, as a key of a store: a local file, a URL, an object.
    where
        As a person would write it.
    """

    def __init__(self, place: StorePath, where: str) -> None:
        self._place = place
        self._where = where
        self._kept: list[tuple[int, bytes]] = []
        self._stamp: tuple[int, int, int] | None = None
        self.size = 0

    async def open(self, tail: int) -> bytes:
        """Return the last bytes of the file, and keep them; its size is known from then on.

        Parameters
        ----------
        tail
            How many.

        Raises
        ------
        NotFoundError
            When there is no such file.
        UnsupportedError
            When a server gives files as a whole only.
        StoreError
            When it cannot be read.
        """
        self._stamp = self._stamped()
        over_http = _url_over_http(self._place)
        try:
            if over_http is None:
                data, self.size = None, await self._ask(partial(self._place.store.getsize, self._place.path))
            else:
                data = await self._ask(partial(self._open_http, *over_http, tail))
        except FileNotFoundError as error:
            raise NotFoundError("There is no such file.", where=self._where) from error
        if data is None:
            data = await self.read(max(0, self.size - tail), self.size)
        self._kept.append((self.size - len(data), data))
        return data

    async def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to `stop`.

        Raises
        ------
        StoreError
            When they are not there, or the file has changed since it was opened.
        """
        for first, data in self._kept:
            if first <= start and stop <= first + len(data):
                return data[start - first : stop - first]
        if stop <= start:
            return b""
        from zarr.abc.store import RangeByteRequest
        from zarr.core.buffer import default_buffer_prototype

        if self._stamped() != self._stamp:
            raise StoreError("The file has changed since it was opened.", where=self._where, do="Open it again.")
        wanted = RangeByteRequest(start, stop)
        get = partial(self._place.store.get, self._place.path, default_buffer_prototype(), wanted)
        buffer = await self._ask(get)
        if buffer is None:
            raise NotFoundError("There is no such file.", where=self._where)
        data = buffer.to_bytes()
        if len(data) > stop - start:
            raise self._whole_only()
        if len(data) < stop - start:
            raise StoreError(
                "A part of the file is missing.",
                where=self._where,
                found=f"{len(data)} bytes from byte {start} on",
                expected=f"{stop - start} bytes",
            )
        return data

    async def keep(self, start: int, stop: int) -> None:
        """Read bytes and keep them."""
        self._kept.append((start, await self.read(start, stop)))

    async def _open_http(self, files: Any, url: str, tail: int) -> bytes | None:
        """Ask a web server for the last bytes: the answer says how large the file is, too.

        Returns
        -------
        bytes or None
            None where the server does not count from the end, as Azure's does not. It was not asked for more than its
            answer's head then: a file of which only the whole is to be had may be of any size.
        """
        session = await files.set_session()
        options = dict(files.kwargs)
        options["headers"] = {
            **options.get("headers", {}), "Range": f"bytes=-{tail}", "Accept-Encoding": "identity"
        }  # fmt: skip
        async with session.get(files.encode_url(url), **options) as answer:
            files._raise_not_found_for_status(answer, url)
            total = answer.headers.get("Content-Range", "").rpartition("/")[2]
            if answer.status == _PARTIAL and total.isdecimal():
                self.size = int(total)
                wanted, data = min(tail, self.size), b""
                while len(data) < wanted and (more := await answer.content.read(wanted - len(data))):
                    data += more
                if len(data) == wanted:
                    return data
                raise StoreError("The server broke off its answer.", where=self._where, found=f"{len(data)} bytes")
            length = answer.headers.get("Content-Length", "")
            if not length.isdecimal():
                raise self._whole_only()
            self.size = int(length)
        async with session.get(
            files.encode_url(url), **options | {"headers": options["headers"] | {"Range": "bytes=0-0"}}
        ) as answer:
            if answer.status != _PARTIAL:
                raise self._whole_only()
        return None

    async def _ask(self, request: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """Return an answer of the store, which is asked again where that may help."""
        return await ask(request, self._place.store, self._where, CHUNKS)

    def _whole_only(self) -> UnsupportedError:
        return UnsupportedError(
            "This server gives files as a whole only, and not parts of them.",
            where=self._where,
            expected="a server that answers requests with a Range",
            do="Download the file and open it from the disk, or put it on another server.",
        )

    def _stamped(self) -> tuple[int, int, int] | None:
        """Return what changes when a local file is replaced or written to; None for what is elsewhere."""
        from zarr.storage import LocalStore

        store = self._place.store
        if not isinstance(store, LocalStore):
            return None
        try:
            found = (Path(store.root) / self._place.path).stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns


def _url_over_http(place: StorePath) -> tuple[Any, str] | None:
    """Return fsspec's file system and the URL of a file on a web server, or None for any other file."""
    from zarr.storage import FsspecStore

    store = place.store
    if not isinstance(store, FsspecStore):
        return None
    protocol = store.fs.protocol
    if not {"http", "https"} & {protocol, *(protocol if isinstance(protocol, tuple) else ())}:
        return None
    if not hasattr(store.fs, "set_session"):
        return None
    return store.fs, f"{store.path.rstrip('/')}/{place.path}".rstrip("/")
