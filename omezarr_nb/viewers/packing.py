"""Tiles made small for the way to the browser.

A message costs the page about as much as its bytes take to be copied and decoded, and a kernel far away more than that.
Bytes of the same place in their numbers are put together (the upper bytes of noisy pixels are alike, the lower ones
are not) and deflated, for which every browser has a decoder of its own.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["PACKING", "Payload", "pack", "payload_of"]

#: What a browser says that can take packed tiles: the name that its own decoder has for it.
PACKING = "deflate-raw"
#: Level 6 makes them a tenth smaller in five times the time.
_LEVEL = 1
#: Raw deflate, as the name says.
_WINDOW_BITS = -15
#: What stays larger than this part of itself is sent as it is: it would be unpacked for nothing.
_WORTH_IT = 0.9


@dataclass(frozen=True, slots=True)
class Payload:
    """One tile as it is sent.

    Parameters
    ----------
    entry
        What is said of it: its shape, the one value of all pixels where there is one, and whether it is packed.
    data
        Its bytes, row by row; None where one value says all.
    """

    entry: dict[str, Any] = field(default_factory=dict)
    data: bytes | None = None


def payload_of(pixels: np.ndarray[Any, Any], *, packed: bool) -> Payload:
    """Return a tile as it is sent.

    Parameters
    ----------
    pixels
        2-D, C-contiguous, little-endian.
    packed
        Whether the browser can take it packed.
    """
    entry: dict[str, Any] = {"shape": list(pixels.shape)}
    first = pixels.flat[0]
    if math.isfinite(first) and (pixels == first).all():
        # Numbers in the browser have 53 bits.
        return Payload(entry | {"value": str(first) if pixels.dtype.itemsize == 8 else first.item()})
    small = pack(pixels) if packed else None
    return Payload(entry, pixels.tobytes()) if small is None else Payload(entry | {"packed": True}, small)


def pack(pixels: np.ndarray[Any, Any]) -> bytes | None:
    """Return the pixels' bytes, sorted by their place in the number and deflated; None where that gains nothing."""
    size = pixels.dtype.itemsize
    sorted_bytes = np.ascontiguousarray(pixels.reshape(-1).view(np.uint8).reshape(-1, size).T)
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS)
    small = deflate.compress(sorted_bytes.data) + deflate.flush()
    return small if len(small) <= _WORTH_IT * pixels.nbytes else None
