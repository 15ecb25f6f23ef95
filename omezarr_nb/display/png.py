"""Small PNG files from arrays.

Written here because no declared dependency encodes PNG without importing much more, and because a repr must fit into
a few kilobytes: an image of one channel is a byte a pixel with the channel's colours as its palette.
"""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

__all__ = ["data_uri", "encode_png"]

_PALETTE_TYPE = 3
_COLOR_TYPES = {1: 0, 3: 2, 4: 6}


def encode_png(pixels: Bytes, palette: Bytes | None = None) -> bytes:
    """Return a PNG file.

    Parameters
    ----------
    pixels
        Of uint8 and shape (height, width) for grey or indices of `palette`, or (height, width, 3 or 4) for red,
        green, blue and opacity.
    palette
        Of uint8 and shape (up to 256, 3).

    Notes
    -----
    PNG specification, third edition. Each row takes the filter with the least sum of absolute differences
    (section 12.7), which favours smooth pictures and costs flat ones nothing.
    """
    rows = np.ascontiguousarray(pixels if pixels.ndim == 3 else pixels[..., np.newaxis])
    height, width, samples = rows.shape
    color_type = _COLOR_TYPES[samples] if palette is None else _PALETTE_TYPE
    header = struct.pack(">IIBBBBB", width, height, 8, color_type, 0, 0, 0)
    chunks = [_chunk(b"IHDR", header)]
    if palette is not None:
        chunks.append(_chunk(b"PLTE", np.ascontiguousarray(palette).tobytes()))
    chunks += [_chunk(b"IDAT", zlib.compress(_filtered(rows), 6)), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def data_uri(png: bytes) -> str:
    """Return a PNG as the address of an ``<img>``."""
    return f"data:image/png;base64,{b64encode(png).decode('ascii')}"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _filtered(rows: NDArray[Any]) -> bytes:
    """Return the rows, each behind the number of its filter: none, sub, up or Paeth."""
    height = rows.shape[0]
    now = rows.astype(np.int16)
    left, above, corner = np.zeros_like(now), np.zeros_like(now), np.zeros_like(now)
    left[:, 1:], above[1:], corner[1:, 1:] = now[:, :-1], now[:-1], now[:-1, :-1]
    candidates = {0: now, 1: now - left, 2: now - above, 4: now - _paeth(left, above, corner)}
    flat = {number: (values & 0xFF).astype(np.uint8).reshape(height, -1) for number, values in candidates.items()}
    cost = np.stack([np.abs(values.view(np.int8).astype(np.int32)).sum(axis=1) for values in flat.values()])
    numbers = np.array(list(flat), dtype=np.uint8)
    best = cost.argmin(axis=0)
    chosen = np.stack(list(flat.values()))[best, np.arange(height)]
    return np.concatenate([numbers[best][:, np.newaxis], chosen], axis=1).tobytes()


def _paeth(left: NDArray[Any], above: NDArray[Any], corner: NDArray[Any]) -> NDArray[Any]:
    """Return the predictor of section 9.4: the neighbour nearest to left + above - corner."""
    guess = left + above - corner
    from_left, from_above, from_corner = abs(guess - left), abs(guess - above), abs(guess - corner)
    nearest = np.where(from_above <= from_corner, above, corner)
    return np.where((from_left <= from_above) & (from_left <= from_corner), left, nearest)
