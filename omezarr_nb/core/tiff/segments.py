"""The strips and tiles of a TIFF: read and decoded one at a time, each bounded by what it says it holds."""

from __future__ import annotations

import lzma
import math
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from omezarr_nb.core.kinds import Array, Ints, Slices
from omezarr_nb.errors import StoreError, UnsupportedError

__all__ = ["Files", "check_page", "read_page", "segment_shape"]

#: A strip or tile of more bytes is not decoded: it cannot be read in parts.
MOST_SEGMENT_BYTES = 2 << 30

#: Compressed bytes of a strip or tile, as a multiple of its pixels; what is beyond is no pixels.
MOST_EXPANSION = 2
LEAST_BYTES = 1 << 16

#: Bytes that are unpacked at a time to find out how many there are.
STEP = 1 << 20

#: Values of the tag Compression whose decoders in Python know no bound of their own.
_DEFLATE = (8, 32946, 50013)
_LZMA = 34925


class Files:
    """The files that one reading takes bytes from, each opened once and by the thread that reads."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._open: dict[Path, BinaryIO] = {}

    def __enter__(self) -> Files:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def read(self, path: Path, offset: int, count: int) -> bytes:
        """Read bytes; fewer than asked for are an error."""
        if path not in self._open:
            self._open[path] = self._stack.enter_context(path.open("rb"))
        file = self._open[path]
        file.seek(offset)
        data = file.read(count)
        if len(data) != count:
            raise StoreError(
                "The file is cut off.",
                where=path,
                found=f"{len(data)} bytes at {offset}",
                expected=f"{count}",
            )
        return data


def segment_shape(keyframe: Any) -> Ints:
    """Give the shape of a strip or tile: samples apart, planes in depth, rows, columns, samples together."""
    samples = keyframe.samplesperpixel if keyframe.planarconfig == 1 else 1
    if keyframe.is_tiled:
        return (1, keyframe.tiledepth, keyframe.tilelength, keyframe.tilewidth, samples)
    return (1, 1, min(keyframe.rowsperstrip, keyframe.imagelength), keyframe.imagewidth, samples)


def check_page(keyframe: Any, where: Path) -> None:
    """Raise UnsupportedError for pages whose strips or tiles cannot be decoded in bounded memory."""
    if keyframe.dtype is None or 0 in keyframe.shaped:
        raise UnsupportedError("The pages of this TIFF hold no pixels that are known.", where=where)
    size = math.prod(segment_shape(keyframe)) * keyframe.dtype.itemsize
    if size > MOST_SEGMENT_BYTES:
        raise UnsupportedError(
            "A strip or tile of this TIFF is too large to be decoded at once.",
            where=where,
            found=f"{size} bytes",
            expected=f"at most {MOST_SEGMENT_BYTES}",
            do="Save it in tiles, or in strips of fewer rows.",
        )


def read_page(page: Any, region: Slices, out: Array, files: Files, where: Path) -> None:
    """Read a part of a page, strip by strip or tile by tile.

    Parameters
    ----------
    page
        A page or frame of tifffile.
    region
        Of the five dimensions that tifffile's ``shaped`` has: samples apart, depth, rows, columns, samples together.
    out
        Where to put it: an array of these dimensions.
    files
        Where bytes are read from.
    where
        The file, for messages.
    """
    keyframe = page.keyframe
    sizes = segment_shape(keyframe)
    counts = tuple(math.ceil(n / size) for n, size in zip(keyframe.shaped, sizes, strict=True))
    for place in _touched(region, sizes):
        index = int(np.ravel_multi_index(place, counts))
        start = tuple(p * size for p, size in zip(place, sizes, strict=True))
        segment = _segment(page, index, files, where)
        if segment is None:
            own: Any = keyframe.nodata
        else:
            own = segment[
                tuple(slice(max(r.start - a, 0), r.stop - a) for r, a in zip(region[1:], start[1:], strict=True))
            ][None]
        into = tuple(
            slice(max(a - r.start, 0), min(a + size, r.stop) - r.start)
            for r, a, size in zip(region, start, sizes, strict=True)
        )
        out[into] = own


def _touched(region: Slices, sizes: Ints) -> Iterator[Ints]:
    return product(*(range(r.start // size, math.ceil(r.stop / size)) for r, size in zip(region, sizes, strict=True)))


def _segment(page: Any, index: int, files: Files, where: Path) -> Array | None:
    """Decode one strip or tile; None for one that is not stored, which stands for the page's "no data"."""
    keyframe = page.keyframe
    place = f"{where}, strip or tile {index} of page {page.index}"
    if index >= len(page.dataoffsets) or index >= len(page.databytecounts):
        raise StoreError("The file names fewer strips or tiles than its pages have.", where=place)
    offset, count = page.dataoffsets[index], page.databytecounts[index]
    if not isinstance(offset, int | np.integer) or not isinstance(count, int | np.integer):
        raise StoreError("It is not said where a strip or tile begins and ends.", where=place, found=(offset, count))
    if offset == 0 or count == 0:
        return None
    size = math.prod(segment_shape(keyframe)) * keyframe.dtype.itemsize
    if count > max(LEAST_BYTES, MOST_EXPANSION * size):
        raise StoreError(
            "A strip or tile is longer than its pixels.",
            where=place,
            found=f"{count} bytes",
            expected=f"about {size} at most",
        )
    data = files.read(Path(page.parent.filehandle.path), int(offset), int(count))
    _check_expansion(data, keyframe.compression, max(LEAST_BYTES, MOST_EXPANSION * size), place)
    more = {"jpegheader": keyframe.jpegheader} if getattr(keyframe, "jpegheader", None) is not None else {}
    try:
        segment: Array = keyframe.decode(data, index, jpegtables=page.jpegtables, **more)[0]
    except Exception as error:  # decoders raise whatever they like
        missing = "imagecodecs" in str(error)
        raise StoreError(
            "A strip or tile cannot be decoded.",
            where=place,
            found=f"{type(error).__name__}: {error}",
            do="Install imagecodecs, which has decoders for TIFF: pip install imagecodecs." if missing else None,
        ) from error
    return segment


def _check_expansion(data: bytes, compression: int, most: int, where: str) -> None:
    """Raise where more pixels come out than there can be, without keeping them."""
    unpack: Any
    if compression in _DEFLATE:
        unpack = zlib.decompressobj()
    elif compression == _LZMA:
        unpack = lzma.LZMADecompressor()
    else:
        return
    total = 0
    try:
        while not unpack.eof:
            part = unpack.decompress(data, STEP)
            data = getattr(unpack, "unconsumed_tail", b"")
            total += len(part)
            if total > most:
                raise StoreError("A strip or tile holds more than its pixels.", where=where, expected=f"{most} bytes")
            if not part and not data:
                return
    except (zlib.error, lzma.LZMAError, EOFError) as error:
        raise StoreError("A strip or tile cannot be decoded.", where=where, found=str(error)) from error
