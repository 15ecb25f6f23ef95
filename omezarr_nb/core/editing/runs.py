"""The pixels of a brush or a polygon, exactly: as runs of pixels along rows, whatever their number.

A line across an image of 20000 by 20000 pixels has a bounding box of 400 million pixels, and 20000 runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.editing.strokes import Point

__all__ = ["Runs", "brush_runs", "polygon_runs"]

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

#: Rows of line segments that are computed at once.
_AT_ONCE = 1 << 20
#: What rounding may take away: positions on a border count as inside.
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Runs:
    """Pixels of a plane: rows, and in each from where to where. Sorted, without overlaps.

    Parameters
    ----------
    rows, starts, stops
        Of each run; the stops are left out.
    """

    rows: Ints
    starts: Ints
    stops: Ints

    @property
    def count(self) -> int:
        """Number of pixels."""
        return int((self.stops - self.starts).sum())

    def cells(self, size: int) -> Iterator[tuple[int, int]]:
        """Give the squares of so many pixels a side that have a pixel, by their row and column, in order."""
        first, last = self.starts // size, (self.stops - 1) // size
        width = int(last.max(initial=0)) + 1
        keys = [first + self.rows // size * width]
        long = last > first
        for offset in range(1, int((last - first).max(initial=0)) + 1):
            inside = long & (first + offset <= last)
            keys.append(first[inside] + offset + self.rows[inside] // size * width)
        for key in np.unique(np.concatenate(keys)).tolist():
            yield key // width, key % width

    def mask(self, rows: slice, columns: slice) -> NDArray[np.bool_]:
        """Return which pixels of a box are meant.

        Returns
        -------
        numpy.ndarray
            Bool, of the shape of the box.
        """
        first, last = np.searchsorted(self.rows, [rows.start, rows.stop])
        start = np.clip(self.starts[first:last], columns.start, columns.stop) - columns.start
        stop = np.clip(self.stops[first:last], columns.start, columns.stop) - columns.start
        there = start < stop
        row = self.rows[first:last][there] - rows.start
        edges = np.zeros((rows.stop - rows.start, columns.stop - columns.start + 1), np.int8)
        # Runs of a row neither overlap nor touch: no edge is met twice.
        edges[row, start[there]] = 1
        edges[row, stop[there]] = -1
        return np.cumsum(edges[:, :-1], axis=1, dtype=np.int8).view(np.bool_)


def brush_runs(points: Sequence[Point], size: float, shape: tuple[int, int]) -> Runs:
    """Return the pixels under a round brush that is drawn along a line.

    Parameters
    ----------
    points
        (y, x) of each.
    size
        Diameter in pixels; 0 for the pixels in which the points lie alone.
    shape
        Rows and columns of the plane; what lies outside is left out.

    Examples
    --------
    >>> runs = brush_runs([(2, 2), (2, 4)], 3, (5, 7))
    >>> runs.mask(slice(0, 5), slice(0, 7)).astype(int).tolist()[1]
    [0, 1, 1, 1, 1, 1, 0]
    """
    given = np.asarray(points, np.float64).reshape(-1, 2)
    nearest = np.floor(given + 0.5).astype(np.int64)
    parts = [(nearest[:, 0], nearest[:, 1], nearest[:, 1] + 1)]
    if size > 0:
        ends = given[1:] if len(given) > 1 else given
        starts = given[:-1] if len(given) > 1 else given
        parts += _capsules(starts, ends, size / 2, shape[0])
    rows, begin, end = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return _merged(rows, begin, end, shape)


def polygon_runs(points: Sequence[Point], shape: tuple[int, int]) -> Runs:
    """Return the pixels whose centres lie in a polygon, by the even-odd rule.

    Left and upper borders belong to it, right and lower ones do not: areas that share a border share no pixel.

    Parameters
    ----------
    points
        (y, x) of the corners; the last is joined to the first.
    shape
        Rows and columns of the plane; what lies outside is left out.
    """
    corners = np.asarray(points, np.float64)
    following = np.roll(corners, -1, axis=0)
    swapped = corners[:, :1] > following[:, :1]
    upper, lower = np.where(swapped, following, corners), np.where(swapped, corners, following)
    # An edge meets the rows from its upper end on, without its lower end.
    first = np.clip(np.ceil(upper[:, 0] - _SLACK), 0, shape[0]).astype(np.int64)
    last = np.clip(np.ceil(lower[:, 0] - _SLACK), 0, shape[0]).astype(np.int64)
    edge, row = _spans(first, np.maximum(last, first))
    height = lower[edge, 0] - upper[edge, 0]
    x = upper[edge, 1] + (row - upper[edge, 0]) * (lower[edge, 1] - upper[edge, 1]) / height
    column = np.ceil(x - _SLACK).astype(np.int64)
    order = np.lexsort((column, row))
    row, column = row[order], column[order]
    # Each row is crossed an even number of times: by pairs in and out.
    return _merged(row[::2], column[::2], column[1::2], shape)


def _capsules(starts: Floats, ends: Floats, radius: float, height: int) -> list[tuple[Ints, Ints, Ints]]:
    """Give the runs of the pixels at most `radius` from each of some line segments, not yet merged."""
    top = np.clip(np.ceil(np.minimum(starts[:, 0], ends[:, 0]) - radius - _SLACK), 0, height).astype(np.int64)
    bottom = np.clip(np.floor(np.maximum(starts[:, 0], ends[:, 0]) + radius + _SLACK) + 1, 0, height).astype(np.int64)
    bottom = np.maximum(bottom, top)
    parts, begin = [], 0
    total = np.cumsum(bottom - top)
    while begin < len(starts):
        done = int(total[begin - 1]) if begin else 0
        stop = max(begin + 1, int(np.searchsorted(total, done + _AT_ONCE, "right")))
        segment, row = _spans(top[begin:stop], bottom[begin:stop])
        low, high = _crossed(starts[begin:stop][segment], ends[begin:stop][segment], row, radius)
        met = low <= high
        low, high = np.ceil(low[met] - _SLACK), np.floor(high[met] + _SLACK) + 1
        parts.append((row[met], low.astype(np.int64), high.astype(np.int64)))
        begin = stop
    return parts


def _crossed(p: Floats, q: Floats, row: Ints, radius: float) -> tuple[Floats, Floats]:
    """Give from where to where a row is at most `radius` from a line segment; nowhere where the first is larger."""
    low, high = np.full(len(row), np.inf), np.full(len(row), -np.inf)
    for end in (p, q):
        rest = radius * radius - (row - end[:, 0]) ** 2
        half = np.sqrt(np.maximum(rest, 0))
        met = rest >= -_SLACK
        low = np.where(met, np.minimum(low, end[:, 1] - half), low)
        high = np.where(met, np.maximum(high, end[:, 1] + half), high)
    # Between the ends: at most `radius` across, and from 0 to the length along.
    dy, dx = (q - p).T
    length = np.hypot(dy, dx)
    above = row - p[:, 0]
    across = _between(dy, above * dx, radius * length)
    along = _between(dx, length**2 / 2 - above * dy, length**2 / 2)
    inner_low = p[:, 1] + np.maximum(across[0], along[0])
    inner_high = p[:, 1] + np.minimum(across[1], along[1])
    met = (inner_low <= inner_high) & (length > 0)
    return np.where(met, np.minimum(low, inner_low), low), np.where(met, np.maximum(high, inner_high), high)


def _between(factor: Floats, middle: Floats, most: Floats) -> tuple[Floats, Floats]:
    """Give the x for which `factor` * x lies at most `most` from `middle`."""
    flat = factor == 0
    safe = np.where(flat, 1.0, factor)
    one, other = (middle - most) / safe, (middle + most) / safe
    never = flat & (np.abs(middle) > most + _SLACK)
    low = np.where(flat, np.where(never, np.inf, -np.inf), np.minimum(one, other))
    high = np.where(flat, np.where(never, -np.inf, np.inf), np.maximum(one, other))
    return low, high


def _spans(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Give all whole numbers of some spans, the ends left out, and of which span each is."""
    lengths = last - first
    which = np.repeat(np.arange(len(first)), lengths)
    before = np.repeat(np.cumsum(lengths) - lengths, lengths)
    return which, np.arange(len(which)) - before + first[which]


def _merged(rows: Ints, starts: Ints, stops: Ints, shape: tuple[int, int]) -> Runs:
    """Sort runs, cut them to the plane, and join those that overlap or touch."""
    starts, stops = np.clip(starts, 0, shape[1]), np.clip(stops, 0, shape[1])
    there = (starts < stops) & (rows >= 0) & (rows < shape[0])
    rows, starts, stops = rows[there], starts[there], stops[there]
    if not len(rows):
        return Runs(rows, starts, stops)
    # Rows are laid one after the other, with a gap, so that a run of one never meets one of the next.
    width = shape[1] + 1
    order = np.argsort(rows * width + starts, kind="stable")
    begin, end = (rows * width + starts)[order], np.maximum.accumulate((rows * width + stops)[order])
    fresh = np.concatenate([[True], begin[1:] > end[:-1]])
    last: Any = np.append(np.flatnonzero(fresh)[1:] - 1, len(end) - 1)
    row = begin[fresh] // width
    return Runs(row, begin[fresh] - row * width, end[last] - row * width)
