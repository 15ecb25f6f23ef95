"""Values along a line."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.viewers.regions import ChannelPlane, Window

if TYPE_CHECKING:
    from omezarr_nb.core.image import Level
    from omezarr_nb.viewers.planes import ImagePlanes

__all__ = ["MOST_SAMPLES", "Samples", "fitting_level", "sample_line", "values_along"]

Floats: TypeAlias = NDArray[np.float64]
#: Positions (y, x).
Points: TypeAlias = Sequence[tuple[float, float]]

#: More values than this along a line are not seen in a plot, nor sent to one.
MOST_SAMPLES = 2048
#: A line may not be longer than so many pixels of a level.
_LONGEST = 2**20
#: Pixels of a line that is longer than any image; it may be infinite.
_UNSEEN = 1e15
#: So many pixels along the line are read at once: at a slant, all those of a square of that size.
_STRETCH = 128


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Places along a line, evenly spaced on each of its parts.

    Parameters
    ----------
    y, x
        Positions, in the units of the axes.
    distance
        From the beginning, along the line.
    """

    y: Floats
    x: Floats
    distance: Floats


def pixels_along(points: Points, level: Level, y: int, x: int) -> list[float]:
    """Return how long each part of a line is in pixels of a level."""
    steps = np.diff(np.asarray(points, np.float64), axis=0) / (level.scale[y], level.scale[x])
    return [min(float(length), _UNSEEN) for length in np.hypot(*steps.T)]


def fitting_level(planes: ImagePlanes, points: Points) -> Level:
    """Return the finest level at which a line is at most 2048 pixels long; else the coarsest."""
    levels = planes.image.levels
    y, x = planes.layout.y, planes.layout.x
    return next((one for one in levels if sum(pixels_along(points, one, y, x)) <= MOST_SAMPLES), levels[-1])


def sample_line(points: Points, level: Level, y: int, x: int, most: int = _LONGEST) -> Samples:
    """Return places along a line, about one a pixel of a level, with its ends and corners among them.

    Parameters
    ----------
    points
        Corners of the line, (y, x) in the units of the axes, at least two.
    level
        By whose pixels they are spaced.
    y, x
        Index of these axes.
    most
        No more places than this, and two for each part, are returned; then they are further apart.
    """
    lengths = pixels_along(points, level, y, x)
    wider = max(sum(lengths) / most, 1)
    ys, xs = [np.array([points[0][0]])], [np.array([points[0][1]])]
    for (y0, x0), (y1, x1), length in zip(points, points[1:], lengths, strict=False):
        parts = np.linspace(0, 1, max(math.ceil(length / wider - 1e-9), 1) + 1)[1:]
        ys.append(y0 + parts * (y1 - y0))
        xs.append(x0 + parts * (x1 - x0))
    row, column = np.concatenate(ys), np.concatenate(xs)
    distance = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(row), np.diff(column)))])
    return Samples(row, column, distance)


def values_along(plane: ChannelPlane, samples: Samples, given_up: Callable[[], bool] = lambda: False) -> Floats:
    """Return the values at places of a plane, interpolated linearly between the centres of the four pixels around.

    Within the outer half of the pixels at the border it is the value of the border; outside the image it is nan.

    Parameters
    ----------
    plane
        Plane and channel.
    samples
        Where; for a stretch of 128 pixels they are read at once, so the memory is bounded.
    given_up
        Asked between: whether nobody waits any more. What is missing by then is nan.
    """
    level, layout = plane.level, plane.planes.layout
    rows, columns = (
        (places - level.translation[axis]) / level.scale[axis]
        for places, axis in ((samples.y, layout.y), (samples.x, layout.x))
    )
    height, width = level.shape[layout.y], level.shape[layout.x]
    slack = 0.5 + 1e-6  # a hair of a pixel is rounding
    inside = (rows >= -slack) & (rows <= height - 1 + slack) & (columns >= -slack) & (columns <= width - 1 + slack)
    out = np.full(len(rows), np.nan)
    apart = np.hypot(np.diff(rows), np.diff(columns)).max(initial=1)
    each = max(int(_STRETCH / apart), 1)
    there = np.flatnonzero(inside)
    # A line that leaves the image may come back far away.
    for stretch in np.split(there, np.flatnonzero(np.diff(there) > 1) + 1):
        for start in range(0, len(stretch), each):
            if given_up():
                return out
            part = stretch[start : start + each]
            out[part] = _interpolated(plane, rows[part], columns[part])
    return out


def _interpolated(plane: ChannelPlane, rows: Floats, columns: Floats) -> Floats:
    """Return the values at places within the image, in pixels."""
    layout = plane.planes.layout
    height, width = plane.level.shape[layout.y], plane.level.shape[layout.x]
    y, x = np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)
    # The lower pixel of each pair: the last pair where a place is on the last pixel.
    top = np.minimum(np.floor(y), max(height - 2, 0)).astype(np.intp)
    left = np.minimum(np.floor(x), max(width - 2, 0)).astype(np.intp)
    bottom, right = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    window = Window(
        slice(int(top.min()), int(bottom.max()) + 1),
        slice(int(left.min()), int(right.max()) + 1),
    )
    pixels = plane.read(window)
    down, along = y - top, x - left
    top, bottom = top - window.rows.start, bottom - window.rows.start
    left, right = left - window.columns.start, right - window.columns.start
    values = np.zeros(len(y))
    for r, weight_r in ((top, 1 - down), (bottom, down)):
        for c, weight_c in ((left, 1 - along), (right, along)):
            weight = weight_r * weight_c
            # A neighbour that has no part in a value must not spoil it, be it not a number.
            there = weight > 0
            values[there] += weight[there] * pixels[r[there], c[there]].astype(np.float64)
    return values
