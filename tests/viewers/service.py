"""The kernel's side of a view with a fake wire: messages are kept instead of sent."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from zarr.core.buffer import cpu
from zarr.storage import MemoryStore

from omezarr_nb.core.chunks import ChunkCache
from omezarr_nb.core.image import Image
from omezarr_nb.core.reader import open_image
from omezarr_nb.viewers.labels import LabelLayers
from omezarr_nb.viewers.layers import members_of
from omezarr_nb.viewers.layout import label_names, layout_of
from omezarr_nb.viewers.parts import ChannelPart, LabelPart
from omezarr_nb.viewers.planes import TILE, ImagePlanes
from omezarr_nb.viewers.tiles import TileService
from tests.stores import make_image

Array = np.ndarray[Any, Any]


def image_of(folder: Path, levels: Sequence[Array], axes: str, **options: Any) -> Image:
    """Write levels as an image, and open it."""
    return open_image(make_image(folder / "image.zarr", levels, axes, **options))


def planes_of(image: Image, max_bytes: int = 2**20) -> ImagePlanes:
    """Return the planes of an image behind a small cache."""
    return ImagePlanes(image, layout_of(image), ChunkCache(max_bytes))


class Wire:
    """Keeps what a service sends."""

    def __init__(self) -> None:
        self.messages: list[tuple[dict[str, Any], list[bytes]]] = []
        self._changed = threading.Condition()

    def send(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        """Keep a message."""
        with self._changed:
            self.messages.append((content, buffers))
            self._changed.notify_all()

    def until_done(self, request: Any, timeout: float = 30) -> list[tuple[dict[str, Any], list[bytes]]]:
        """Return all messages of a request, once the last one is there."""

        def mine() -> list[tuple[dict[str, Any], list[bytes]]]:
            return [message for message in self.messages if message[0]["request"] == request]

        def done() -> bool:
            return any(content.get("done", content["kind"] != "tiles") for content, _ in mine())

        with self._changed:
            assert self._changed.wait_for(done, timeout), f"no answer to {request}: {self.messages}"
            return mine()

    def until(self, count: int, timeout: float = 30) -> None:
        """Wait for so many messages."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.messages) >= count, timeout)


class Parts(ChannelPart, LabelPart):
    """The parts of a view that answer, without the view."""

    def __init__(self, planes: ImagePlanes, layers: LabelLayers) -> None:
        super().__init__()
        self._planes, self._layers = planes, layers
        self._members = members_of(planes, ())

    def source(self, name: str) -> ImagePlanes:
        """Return where tiles come from."""
        found = self._source(name) if name else self._planes
        assert found is not None
        return found


def service_of(planes: ImagePlanes, layers: LabelLayers, wire: Wire) -> TileService:
    """Return a service as a view makes it."""
    parts = Parts(planes, layers)
    return TileService(parts.source, parts._answers(), wire.send)


@contextmanager
def serving(image: Image, max_bytes: int = 2**20) -> Iterator[tuple[TileService, Wire]]:
    """Give a service for an image and the wire that it sends on."""
    wire = Wire()
    service = service_of(planes_of(image, max_bytes), LabelLayers(image, label_names(image)), wire)
    try:
        yield service, wire
    finally:
        service.close()


def all_tiles(image: Image, level: int = 0) -> list[list[int]]:
    """Return row and column of every tile of a level."""
    layout, shape = layout_of(image), image.levels[level].shape
    rows, columns = -(-shape[layout.y] // TILE), -(-shape[layout.x] // TILE)
    return [[row, column] for row in range(rows) for column in range(columns)]


def pixels_of(answer: list[tuple[dict[str, Any], list[bytes]]]) -> dict[tuple[int, int, int], Array]:
    """Return the tiles of an answer by row, column and channel."""
    out: dict[tuple[int, int, int], Array] = {}
    for content, buffers in answer:
        for tile in content["tiles"]:
            dtype, shape = np.dtype(content["dtype"]).newbyteorder("<"), tuple(tile["shape"])
            if "value" in tile:
                pixels = np.full(shape, tile["value"], dtype)
            else:
                pixels = np.frombuffer(buffers[tile["buffer"]], dtype).reshape(shape)
            out[(*tile["tile"], tile["channel"])] = pixels
    return out


class FaultyStore(MemoryStore):
    """A store whose chunks wait, fail, and are counted."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store._store_dict)
        self.gate = threading.Event()
        self.gate.set()
        self.failing = ""
        self.reads: list[str] = []

    async def get(self, key: str, *arguments: Any, **options: Any) -> Any:
        """Count, wait, or fail; documents are always given."""
        if not key.endswith(("zarr.json", ".zarray", ".zattrs", ".zgroup")):
            self.reads.append(key)
            await asyncio.to_thread(self.gate.wait)
            if self.failing and self.failing in key:
                raise ConnectionResetError("the disk went away")
        return await super().get(key, *arguments, **options)


def faulty_image(levels: Sequence[Array], axes: str, **options: Any) -> tuple[Image, FaultyStore]:
    """Return an image in a store that can be made to wait and fail."""
    with tempfile.TemporaryDirectory() as folder:
        make_image(Path(folder) / "a.zarr", levels, axes, **options)
        root = Path(folder) / "a.zarr"
        files = {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*") if file.is_file()}
    store = FaultyStore(MemoryStore({key: cpu.Buffer.from_bytes(value) for key, value in files.items()}))
    return open_image(store), store
