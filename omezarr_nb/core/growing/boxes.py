"""Which pixels and which chunks a change touches, level by level."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

from omezarr_nb.core.kinds import Ints, Slices
from omezarr_nb.core.pyramid.filters import taps
from omezarr_nb.core.pyramid.reduce import FILTERS, Method

__all__ = ["below", "hull", "intersect", "is_empty", "lengths", "moved", "touched", "units"]


def lengths(box: Slices) -> Ints:
    """Give the shape of a box."""
    return tuple(s.stop - s.start for s in box)


def is_empty(box: Slices) -> bool:
    """Return whether there are no pixels in a box."""
    return any(s.stop <= s.start for s in box)


def intersect(box: Slices, other: Slices) -> Slices:
    """Give what two boxes have in common, which may be empty."""
    return tuple(slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(box, other, strict=True))


def moved(box: Slices, start: Ints) -> Slices:
    """Give a box as it is counted from a pixel."""
    return tuple(slice(s.start - a, s.stop - a) for s, a in zip(box, start, strict=True))


def hull(box: Slices, unit: Ints, shape: Ints) -> Slices:
    """Give the box of the whole units that a box meets, cut to the array.

    Examples
    --------
    >>> hull((slice(3, 9),), (4,), (11,))
    (slice(0, 11, None),)
    """
    return tuple(slice(s.start // u * u, min(-(-s.stop // u) * u, n)) for s, u, n in zip(box, unit, shape, strict=True))


def touched(box: Slices, step: Ints, shape: Ints, method: Method) -> Slices:
    """Give the pixels of the next level that depend on the pixels of a box.

    Parameters
    ----------
    box
        In the level before.
    step
        Factors from that level to the next.
    shape
        Of the next level: pixels left over at the end of the level before are in no block.
    method
        Filters look at more than a block. What they mirror at the edges needs no care: a pixel that is looked at in
        the mirror is looked at directly, too.

    Returns
    -------
    tuple of slice
        May be empty.

    Examples
    --------
    >>> touched((slice(3, 5),), (2,), (4,), "mean")
    (slice(1, 3, None),)
    """
    result = []
    for s, f, n in zip(box, step, shape, strict=True):
        start, stop = s.start // f, -(-s.stop // f)
        if method in FILTERS and f > 1:
            first, weights = taps(method, f)
            start = min(start, -(-(s.start - first - len(weights) + 1) // f))
            stop = max(stop, (s.stop - 1 - first) // f + 1)
        result.append(slice(min(max(start, 0), n), min(stop, n)))
    return tuple(result)


def below(box: Slices, step: Ints) -> Slices:
    """Give the pixels of the level before that stand under a box: its blocks."""
    return tuple(slice(s.start * f, s.stop * f) for s, f in zip(box, step, strict=True))


def units(box: Slices, unit: Ints, room: int) -> Iterator[Slices]:
    """Cut a box between units, into parts of at most `room` pixels each, or of one unit where that is larger.

    Parameters
    ----------
    box
        Whole units, as from `hull`.
    unit
        Of the array, counted from its first pixel.
    room
        Pixels. The last axes are left whole as far as that goes.
    """
    sizes = [min(u, s.stop - s.start) for s, u in zip(box, unit, strict=True)]
    for axis in reversed(range(len(box))):
        length = box[axis].stop - box[axis].start
        others = math.prod(sizes) // max(1, sizes[axis])
        fitting = max(1, room // max(1, others * unit[axis]))
        sizes[axis] = min(length, fitting * unit[axis])
        if sizes[axis] < length:
            break
    cuts = []
    for s, size in zip(box, sizes, strict=True):
        cuts.append([slice(a, min(a + size, s.stop)) for a in range(s.start, s.stop, max(1, size))])
    yield from product(*cuts)
