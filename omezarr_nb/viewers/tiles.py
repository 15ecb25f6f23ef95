"""The kernel's side of the pixels: answers what the browser asks for.

Messages
--------
The browser asks for all missing tiles of a viewport in one message and may cancel it; the kernel answers in few
messages with many buffers, because a message costs more than its bytes. Handlers are called in any thread and return
at once; the work is done in threads of this module's own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

from omezarr_nb.errors import InvalidArgumentError, OMEZarrError
from omezarr_nb.viewers.packing import PACKING, Payload, payload_of
from omezarr_nb.viewers.planes import TILE, ImagePlanes
from omezarr_nb.viewers.presence import Presence

if TYPE_CHECKING:
    from omezarr_nb.core.image import Level
    from omezarr_nb.viewers.part import Answer

__all__ = ["TileRequest", "TileService", "parse_request", "read_now"]

Send = Callable[[dict[str, Any], list[bytes]], None]

#: Bytes of buffers after which a message is sent: more than a view usually asks for at once. A page takes as long for
#: one message as for many with the same bytes, and longer where they are small; what comes first is coarse anyway.
_MESSAGE_BYTES = 8 * 2**20
#: Seconds after which tiles that are ready do not wait for more.
_FLUSH_SECONDS = 0.3
_MAX_TILES = 2048
_READERS = 4
_ANSWERERS = 2


@dataclass(frozen=True, slots=True)
class TileRequest:
    """Tiles of one plane of one level, as asked for.

    Parameters
    ----------
    number
        The browser's number for it, which every answer repeats.
    level
        The level.
    indices
        One index an axis, in the level's own pixels.
    tiles
        Row, column and channel of each tile.
    planes
        Where they come from: the image, one of its label images, or another source of the view.
    packed
        Whether the browser takes them packed.
    cancelled
        Set when nobody waits for the answer any more.
    """

    number: int
    level: Level
    indices: tuple[int, ...]
    tiles: tuple[tuple[int, int, int], ...]
    planes: ImagePlanes
    packed: bool = False
    cancelled: Event = field(default_factory=Event)


class TileService:
    """Answers requests for tiles, and the questions of the parts of a view.

    Parameters
    ----------
    source
        Returns where the tiles come from that the browser names: "" for the image itself. Raises an
        `InvalidArgumentError` where there is nothing of that name.
    answers
        What answers questions, by their kind.
    send
        Sends one message with its buffers to the browser; called from threads of this service, one at a time.
    """

    def __init__(self, source: Callable[[str], ImagePlanes], answers: Mapping[str, Answer], send: Send) -> None:
        self._source = source
        self._answers = answers
        self._send_message = send
        self._presence = Presence()
        self._sending = Lock()
        self._open: dict[int, TileRequest] = {}
        self._asked: dict[int, Future[None]] = {}
        self._closed = False
        self._lock = Lock()
        self._readers = ThreadPoolExecutor(_READERS, "omezarr_nb-read")
        self._answerers = ThreadPoolExecutor(_ANSWERERS, "omezarr_nb-answer")

    def handle(self, content: Mapping[str, Any], buffers: Sequence[Any] = ()) -> bool:
        """Take a message from the browser and return at once, whether it was one of this service's.

        A message that makes no sense is answered with an error in words.
        """
        kind = content.get("kind")
        if kind == "cancel":
            self._cancel(content.get("requests"))
            return True
        if kind != "tiles" and kind not in self._answers:
            return False
        try:
            if kind == "tiles":
                self._take_tiles(content)
            else:
                self._take_question(content if not buffers else {**content, "buffers": buffers})
        except OMEZarrError as error:
            self._send({"kind": "error", "request": content.get("request"), "message": _words(error)}, [])
        return True

    def close(self) -> None:
        """Give up what is under way, and end the threads when they are done."""
        with self._lock:
            self._closed = True
            for request in self._open.values():
                request.cancelled.set()
        self._answerers.shutdown(wait=False, cancel_futures=True)
        self._readers.shutdown(wait=False, cancel_futures=True)

    def _cancel(self, numbers: object) -> None:
        with self._lock:
            for number in numbers if isinstance(numbers, list) else []:
                if not isinstance(number, int):
                    continue
                request = self._open.pop(number, None)
                if request is not None:
                    request.cancelled.set()
                question = self._asked.pop(number, None)
                if question is not None:
                    question.cancel()

    def _take_tiles(self, content: Mapping[str, Any]) -> None:
        name = content.get("source", "")
        if not isinstance(name, str):
            raise InvalidArgumentError("The message has no usable 'source'.", found=name, expected="a text")
        request = parse_request(content, self._source(name))
        with self._lock:
            if self._closed:
                return
            self._open[request.number] = request
            self._answerers.submit(self._guarded, request.number, lambda: self._answer(request))

    def _take_question(self, content: Mapping[str, Any]) -> None:
        number = _integer(content, "request")
        with self._lock:
            if not self._closed:
                work = self._answerers.submit(self._guarded, number, lambda: self._answer_question(number, content))
                self._asked[number] = work

    def _answer_question(self, number: int, content: Mapping[str, Any]) -> None:
        said, buffers = self._answers[content["kind"]](content)
        self._send({"request": number} | said, buffers)

    def _guarded(self, number: int, work: Callable[[], None]) -> None:
        """Do the work of an answer; whatever goes wrong is said to the browser."""
        try:
            work()
        except Exception as error:  # a store may raise anything: it is shown, not lost
            self._send({"kind": "error", "request": number, "message": _words(error)}, [])
        finally:
            with self._lock:
                self._open.pop(number, None)
                self._asked.pop(number, None)

    def _answer(self, request: TileRequest) -> None:
        """Read the tiles in parallel and send them in few messages, the first ones soon."""
        if request.cancelled.is_set():
            return
        batch = _Batch(request)
        tiles = {self._readers.submit(self._read, request, *tile): tile for tile in request.tiles}
        waiting = set(tiles)
        last = time.monotonic()
        while waiting:
            ready, waiting = wait(waiting, timeout=_FLUSH_SECONDS, return_when=FIRST_COMPLETED)
            for future in ready:
                if request.cancelled.is_set():
                    break
                batch.add(tiles[future], future)
                if batch.bytes >= _MESSAGE_BYTES:
                    self._send(*batch.take(done=False))
                    last = time.monotonic()
            if request.cancelled.is_set():
                for future in waiting:
                    future.cancel()
                return
            if waiting and batch.tiles and time.monotonic() - last > _FLUSH_SECONDS:
                self._send(*batch.take(done=False))
                last = time.monotonic()
        self._send(*batch.take(done=True))

    def _read(self, request: TileRequest, row: int, column: int, channel: int) -> Payload | None:
        if request.cancelled.is_set():
            return None
        place = (row, column)
        given_up = request.cancelled.is_set
        pixels = request.planes.tile(request.level, request.indices, channel, *place, given_up=given_up)
        payload = payload_of(pixels, packed=request.packed)
        if payload.data is None:
            self._presence.check(request.level)
        return payload

    def _send(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        with self._sending:
            if not self._closed:
                self._send_message(content, buffers)


class _Batch:
    """Tiles that wait to be sent."""

    def __init__(self, request: TileRequest) -> None:
        self._request = request
        self.tiles: list[dict[str, Any]] = []
        self._buffers: list[bytes] = []
        wire = request.planes.wire
        self._dtype = "" if wire is None else wire.name
        self.bytes = 0

    def add(self, tile: tuple[int, int, int], future: Future[Payload | None]) -> None:
        row, column, channel = tile
        entry: dict[str, Any] = {"tile": [row, column], "channel": channel}
        error = future.exception()
        payload = None if error else future.result()
        if payload is None:
            self.tiles.append(entry | {"error": _words(error) if error else "cancelled"})
            return
        entry |= payload.entry
        if payload.data is not None:
            entry["buffer"] = len(self._buffers)
            self._buffers.append(payload.data)
            self.bytes += len(payload.data)
        self.tiles.append(entry)

    def take(self, *, done: bool) -> tuple[dict[str, Any], list[bytes]]:
        """Return what waits as a message, and forget it."""
        content = {
            "kind": "tiles",
            "request": self._request.number,
            "level": self._request.level.index,
            "dtype": self._dtype,
            "tiles": self.tiles,
            "done": done,
        }
        buffers = self._buffers
        self.tiles, self._buffers, self.bytes = [], [], 0
        return content, buffers


def read_now(request: TileRequest) -> tuple[dict[str, Any], list[bytes]]:
    """Read few tiles in this thread, and return them as a message would bring them."""
    batch = _Batch(request)
    for row, column, channel in request.tiles:
        future: Future[Payload | None] = Future()
        pixels = request.planes.tile(request.level, request.indices, channel, row, column)
        future.set_result(payload_of(pixels, packed=request.packed))
        batch.add((row, column, channel), future)
    return batch.take(done=True)


def parse_request(content: Mapping[str, Any], planes: ImagePlanes) -> TileRequest:
    """Return a message as a request that can be answered.

    Raises
    ------
    InvalidArgumentError
        When it names a level, an index, a channel or a tile that is not there, or too many tiles.
    """
    levels = planes.image.levels
    number, index = _integer(content, "request"), _integer(content, "level")
    if index >= len(levels):
        raise InvalidArgumentError("There is no such level.", found=index, expected=f"0 to {len(levels) - 1}")
    level = levels[index]
    indices, channels, places = (_list(content, key) for key in ("indices", "channels", "tiles"))
    if not _are_indices(indices, level.shape):
        raise InvalidArgumentError("These indices are not in the level.", found=indices, expected=level.shape)
    if not 0 < len(channels) * len(places) <= _MAX_TILES:
        raise InvalidArgumentError(
            "No tiles in a request, or too many.", found=len(channels) * len(places), expected=f"1 to {_MAX_TILES}"
        )
    grid = (-(-level.shape[planes.layout.y] // TILE), -(-level.shape[planes.layout.x] // TILE))
    for place in places:
        if not _are_indices(place, grid):
            raise InvalidArgumentError("There is no such tile.", found=place, expected=grid)
    count = len(planes.channels)
    if not all(_is_index(channel) and channel < count for channel in channels):
        raise InvalidArgumentError("There is no such channel.", found=channels, expected=f"0 to {count - 1}")
    tiles = tuple((row, column, channel) for row, column in places for channel in channels)
    return TileRequest(number, level, tuple(indices), tiles, planes, content.get("packing") == PACKING)


def _integer(content: Mapping[str, Any], key: str) -> int:
    value: Any = content.get(key)
    if not _is_index(value):
        raise InvalidArgumentError(f"The message has no usable {key!r}.", found=value)
    return int(value)


def _list(content: Mapping[str, Any], key: str) -> list[Any]:
    value = content.get(key)
    if not isinstance(value, list):
        raise InvalidArgumentError(f"The message has no usable {key!r}.", found=value, expected="a list")
    return value


def _is_index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _are_indices(values: Any, sizes: Sequence[int]) -> bool:
    """Return whether there is one index for each size, and below it."""
    if not isinstance(values, list) or len(values) != len(sizes):
        return False
    return all(_is_index(value) and value < size for value, size in zip(values, sizes, strict=True))


def _words(error: BaseException) -> str:
    """Return an error for a person, bounded."""
    text = str(error) or type(error).__name__
    return text if len(text) <= 500 else f"{text[:499]}…"
