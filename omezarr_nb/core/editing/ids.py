"""Ids of labels: whether one fits, and which is free."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Any, TypeVar

import numpy as np

from omezarr_nb.core.kinds import Array, Ints, Slices
from omezarr_nb.errors import InvalidArgumentError, UnsupportedError

__all__ = ["Ids", "blocks", "check_id", "taken"]

Read = TypeVar("Read")

#: Pixels that are read at once in a search, and at most.
_BLOCK = 1 << 22
MOST_SEARCHED = 1 << 34


def check_id(label: int, dtype: np.dtype[Any], where: str = "label") -> int:
    """Return an id that labels of a type can have.

    Raises
    ------
    InvalidArgumentError
        For one that does not fit; the message says which do.
    """
    info = np.iinfo(dtype)
    if not info.min <= label <= info.max:
        raise InvalidArgumentError(
            "This id does not fit the type of the labels.",
            where=where,
            found=str(label),
            expected=f"{info.min} to {info.max} ({dtype.name})",
            do="Take a smaller id, or make the labels anew with a larger type.",
        )
    return label


class Ids:
    """Which ids are taken: read from all of level 0 when it is first asked, and kept in mind from then on.

    Parameters
    ----------
    dtype
        Of the labels.
    """

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._dtype = dtype
        self._largest: int | None = None
        # Of types of few ids each is marked, so that gaps can be used.
        self._taken = np.zeros(np.iinfo(dtype).max + 1, np.bool_) if dtype.itemsize <= 2 else None

    @property
    def is_known(self) -> bool:
        """Whether level 0 has been looked through."""
        return self._largest is not None

    def look(self, parts: Iterable[Array]) -> None:
        """Take ids of pixels as taken; from then on they count as known."""
        for part in parts:
            self.add(part)
        self._largest = self._largest or 0

    def add(self, pixels: Array) -> None:
        """Mark ids as taken."""
        if not pixels.size:
            return
        self._largest = max(self._largest or 0, int(pixels.max()))
        if self._taken is not None:
            self._taken[pixels[pixels >= 0]] = True

    def add_id(self, label: int) -> None:
        """Mark one id as taken; nothing where the pixels have not been looked at, for they say it then."""
        if self.is_known:
            self.add(np.array([label], self._dtype))

    def free(self) -> int:
        """Return an id that no pixel has: one more than the largest, or the smallest gap where there is no such.

        Raises
        ------
        UnsupportedError
            When all are taken.
        """
        largest = self._largest or 0
        if largest < np.iinfo(self._dtype).max:
            return largest + 1
        gaps = np.zeros(0, np.int64) if self._taken is None else np.flatnonzero(~self._taken[1:])
        if len(gaps):
            return int(gaps[0]) + 1
        raise UnsupportedError(
            "There is no free id left in labels of this type.",
            found=f"{largest} is taken ({self._dtype.name})",
            do="Name an id yourself, or make the labels anew with a larger type.",
        )


def taken(pixels: Array) -> Array:
    """Return what is to be known of the ids of many pixels: of few bits all of them, else the largest."""
    return np.unique(pixels) if pixels.dtype.itemsize <= 2 else pixels.max(keepdims=True)


def blocks(shape: Ints, unit: Ints, read: Callable[[Slices], Read]) -> Iterator[tuple[Slices, Read]]:
    """Read an array in boxes of whole chunks, several at once where they are small.

    Raises
    ------
    UnsupportedError
        When there is more than can be looked through while somebody waits.
    """
    if math.prod(shape) > MOST_SEARCHED:
        raise UnsupportedError(
            "These labels are too large to be looked through.",
            found=f"{math.prod(shape) / 1e9:.0f} billion pixels",
            expected=f"at most {MOST_SEARCHED / 1e9:.0f} billion",
            do="Name the id yourself, or begin at one of the label's pixels.",
        )
    block = list(unit)
    for axis in reversed(range(len(block))):
        room = max(_BLOCK // max(math.prod(block), 1), 1)
        block[axis] *= min(room, -(-shape[axis] // block[axis]))
    for corner in product(*(range(0, n, b) for n, b in zip(shape, block, strict=True))):
        box = tuple(slice(a, min(a + b, n)) for a, b, n in zip(corner, block, shape, strict=True))
        yield box, read(box)
