"""What a stroke changed: pixels before and after, in boxes; and how a journal keeps it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.kinds import Array, Ints, Slices

__all__ = ["Patch", "decode", "encode"]


#: A record that says it holds more pixels than this is none of ours.
_MOST_PIXELS = 1 << 31


@dataclass(frozen=True, slots=True)
class Patch:
    """A box of level 0 in which pixels have changed.

    Parameters
    ----------
    start
        Its first pixel, an index for each axis.
    mask
        Which of its pixels have changed; its shape is that of the box.
    before, after
        Those pixels in C order; or one value for all of them, of shape ().
    """

    start: Ints
    mask: NDArray[np.bool_]
    before: Array
    after: Array

    @property
    def box(self) -> Slices:
        """The box."""
        return tuple(slice(a, a + n) for a, n in zip(self.start, self.mask.shape, strict=True))

    def reverse(self) -> Patch:
        """Return what undoes it."""
        return Patch(self.start, self.mask, self.after, self.before)


def encode(patches: Sequence[Patch]) -> tuple[list[dict[str, Any]], bytes]:
    """Return patches as JSON and bytes."""
    entries, parts = [], []
    for patch in patches:
        entry: dict[str, Any] = {"start": patch.start, "shape": patch.mask.shape}
        if not patch.mask.all():
            entry["some"] = int(np.count_nonzero(patch.mask))
            parts.append(np.packbits(patch.mask).tobytes())
        for name, values in (("before", patch.before), ("after", patch.after)):
            if values.ndim == 0 or (values == values.flat[0]).all():
                entry[name] = int(values.flat[0])
            else:
                parts.append(np.ascontiguousarray(values).tobytes())
        entries.append(entry)
    return entries, bytes(_codec().encode(b"".join(parts))) if parts else b""


def decode(entries: Sequence[Mapping[str, Any]], body: bytes, dtype: np.dtype[Any]) -> list[Patch]:
    """Return the patches that `encode` was given.

    Raises
    ------
    ValueError, KeyError, TypeError
        When these are none.
    """
    data = bytes(_codec().decode(body)) if body else b""
    patches, place = [], 0
    for entry in entries:
        start, shape = (tuple(int(n) for n in entry[name]) for name in ("start", "shape"))
        size = math.prod(shape)
        if len(start) != len(shape) or min(*start, *shape) < 0 or size > _MOST_PIXELS:
            raise ValueError("a box that cannot be")
        count = int(entry.get("some", size))
        mask = np.ones(shape, np.bool_)
        if "some" in entry:
            packed = np.frombuffer(data, np.uint8, -(-size // 8), place)
            mask = np.unpackbits(packed, count=size).view(np.bool_).reshape(shape)
            place += len(packed)
            if np.count_nonzero(mask) != count:
                raise ValueError("a mask that does not fit")
        values = []
        for name in ("before", "after"):
            if name in entry:
                values.append(np.array(entry[name], dtype))
            else:
                values.append(np.frombuffer(data, dtype, count, place))
                place += count * dtype.itemsize
        patches.append(Patch(start, mask, values[0], values[1]))
    return patches


@cache
def _codec() -> Any:
    from numcodecs import Zstd

    return Zstd(level=1)
