"""Planes that come one after the other, from a camera or a generator: a source that is read once, in order."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from omezarr_nb.core.kinds import Array, Ints, Slices
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError

__all__ = ["Planes"]

#: Regions that threads may have begun at once: the planes of no more are put aside.
MOST_OPEN = 64


class Planes:
    """An image whose planes come one after the other; goes wherever an array goes that is written.

    Parameters
    ----------
    planes
        An iterable of arrays of one shape and dtype: planes (y, x), or blocks of more axes (z, y, x). They are the
        image in order: the last of the leading axes goes fastest. The first is taken when `shape` or `dtype` is asked
        for, as planning does, and the others while the image is written: each once, one at a time, in threads of the
        write. What they hold may be used anew when the next one is asked for.
    lengths
        Of the leading axes, which count the planes: ``(10, 3)`` for ten times of three channels, or an int.

    Notes
    -----
    Nothing is written twice or held longer than needed: a region holds as many planes as the chunks (or shards) of
    the image are deep, and the plan says how much memory that is. If there are fewer planes than `lengths` says, or
    more, or one is of another shape or dtype, the write fails with the reason, and the target is as it was before.

    Examples
    --------
    >>> import omezarr_nb
    >>> frames = (np.full((64, 64), t, "uint16") for t in range(10))
    >>> image = omezarr_nb.write_image(Planes(frames, 10), "memory://movie.ome.zarr", axes="tyx")
    >>> image.levels[0].shape
    (10, 64, 64)
    """

    def __init__(self, planes: Iterable[Any], lengths: int | Sequence[int]) -> None:
        if isinstance(planes, str | bytes) or not isinstance(planes, Iterable):
            raise ArgumentTypeError("Planes come from an iterable of arrays.", where="planes", found=planes)
        self._planes: Iterator[Any] = iter(planes)
        self._lengths = _whole(lengths)
        self._lock = threading.Lock()
        self._first: Array | None = None
        self._plane: tuple[Ints, np.dtype[Any]] | None = None
        self._taken = 0
        self._aside: dict[int, Array] = {}
        self._unwanted: set[int] = set()
        self._failure: BaseException | None = None

    @property
    def in_order(self) -> int:
        """The axis from which on regions are whole: the number of axes that count the planes."""
        return len(self._lengths)

    @property
    def count(self) -> int:
        """Number of planes."""
        return math.prod(self._lengths)

    @property
    def shape(self) -> Ints:
        """Lengths of the leading axes, and the shape of a plane."""
        return (*self._lengths, *self._peek()[0])

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the pixels, as in the first plane."""
        return self._peek()[1]

    def __repr__(self) -> str:
        return f"<Planes {' x '.join(map(str, self._lengths))}, {self._taken} taken>"

    def __reduce__(self) -> Any:
        raise ArgumentTypeError(
            "Planes come one after the other, in this process: they cannot be sent to another.",
            where="the source",
            found=repr(self),
            do="Write without a cluster, or from an array.",
        )

    def __getitem__(self, region: Slices) -> Array:
        """Give a region of whole planes that follow on one another; each plane can be asked for once.

        Threads may ask in any order, as long as all planes are asked for: those that another thread is about to ask
        for are put aside.
        """
        shape, dtype = self._peek()
        numbers = self._numbers(region)
        result = np.empty((len(numbers), *shape), dtype)
        with self._lock:
            if self._failure is not None:
                raise self._failure
            try:
                for index, number in enumerate(numbers):
                    result[index] = self._give(number, MOST_OPEN * len(numbers))
                if self._taken == self.count:
                    self._check_end()
            except BaseException as error:
                self._failure = error
                raise
        return result.reshape([s.stop - s.start for s in region])

    def skip(self, region: Slices) -> None:
        """Say that a region is not going to be asked for, because an earlier write has it: its planes are dropped.

        Parameters
        ----------
        region
            A slice along each axis, with start and stop, in axis order.
        """
        numbers = self._numbers(region)
        with self._lock:
            self._unwanted.update(numbers)

    def _peek(self) -> tuple[Ints, np.dtype[Any]]:
        with self._lock:
            if self._plane is None:
                self._first = self._next(0)
                self._plane = (self._first.shape, self._first.dtype)
            return self._plane

    def _numbers(self, region: Slices) -> range:
        leading = region[: self.in_order]
        first, last = (
            int(np.ravel_multi_index(place, self._lengths))
            for place in ([s.start for s in leading], [s.stop - 1 for s in leading])
        )
        numbers = range(first, last + 1)
        whole = all((s.start, s.stop) == (0, n) for s, n in zip(region[self.in_order :], self._peek()[0], strict=True))
        if not whole or len(numbers) != math.prod(s.stop - s.start for s in leading):
            raise InvalidArgumentError(
                "Planes are read whole, and those that follow on one another.", where="the source", found=region
            )
        return numbers

    def _give(self, number: int, most: int) -> Array:
        """Give a plane; those before it are put aside, for they are asked for by other threads."""
        while self._taken <= number:
            plane = self._first if self._first is not None else self._next(self._taken)
            self._first = None
            self._taken += 1
            if self._taken > number:
                return plane
            if self._taken - 1 in self._unwanted:
                continue
            if len(self._aside) >= most:
                raise InvalidArgumentError("Planes are read in order.", where="the source", found=f"plane {number}")
            self._aside[self._taken - 1] = plane.copy()  # whoever makes them may use the memory anew
        if number not in self._aside:
            raise InvalidArgumentError(
                "These planes were taken already: they come once, and are written once.",
                where="the source",
                found=f"plane {number} asked for again",
                do="Make a new Planes(...), from a new generator.",
            )
        return self._aside.pop(number)

    def _next(self, number: int) -> Array:
        try:
            plane = np.asarray(next(self._planes))
        except StopIteration:
            raise InvalidArgumentError(
                "The planes ended early.",
                where="the source",
                found=f"{number} planes",
                expected=f"{self.count}, for lengths of {self._lengths}",
            ) from None
        if plane.ndim < 2:
            raise InvalidArgumentError("A plane has two axes or more.", where=f"plane {number}", found=plane.shape)
        if self._plane is not None and (plane.shape, plane.dtype) != self._plane:
            raise InvalidArgumentError(
                "A plane is not like the first one.",
                where=f"plane {number}",
                found=f"shape {plane.shape}, {plane.dtype}",
                expected=f"shape {self._plane[0]}, {self._plane[1]}",
            )
        return plane

    def _check_end(self) -> None:
        try:
            next(self._planes)
        except StopIteration:
            return
        raise InvalidArgumentError(
            "There are more planes than were said.",
            where="the source",
            found=f"a plane after the last of {self.count}",
            expected=f"{self.count}, for lengths of {self._lengths}",
            do="Correct the lengths, or cut the planes with itertools.islice.",
        )


def _whole(lengths: Any) -> Ints:
    values = (lengths,) if isinstance(lengths, int) else tuple(lengths) if isinstance(lengths, Iterable) else ()
    if not values or not all(isinstance(n, int) and not isinstance(n, bool) and n >= 1 for n in values):
        raise InvalidArgumentError(
            "The number of planes is a whole number of 1 or more, or several of them.",
            where="lengths",
            found=repr(lengths),
            expected="for example 100, or (10, 3) for ten times of three channels",
        )
    return values
