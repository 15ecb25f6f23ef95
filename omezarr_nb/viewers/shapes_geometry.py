"""Geometry of shapes: which places lie within, how long and large they are, and their outline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Extent", "Measures", "contains", "extent_of", "measure", "outline"]

#: Positions (y, x).
Points: TypeAlias = Sequence[tuple[float, float]]
Floats: TypeAlias = NDArray[np.float64]

#: Parts of the outline of an ellipse.
_PARTS = 128


@dataclass(frozen=True, slots=True)
class Extent:
    """The smallest rectangle around a shape.

    Parameters
    ----------
    top, left, bottom, right
        In the units of the points.
    """

    top: float
    left: float
    bottom: float
    right: float


@dataclass(frozen=True, slots=True)
class Measures:
    """What can be measured of a shape; None where it has nothing of the kind.

    Parameters
    ----------
    length
        Of a line, along all its parts.
    perimeter, area
        Of a rectangle, an ellipse or a polygon. What a polygon that crosses itself winds around in one direction and
        in the other is subtracted.
    angle
        In degrees. Of a line of two points, from the x axis to it, above 0 counterclockwise on screen, -180 to 180; of
        a line of three points that between its arms, 0 to 180.
    """

    length: float | None = None
    perimeter: float | None = None
    area: float | None = None
    angle: float | None = None


def extent_of(points: Points) -> Extent:
    """Return the smallest rectangle around points."""
    ys, xs = [y for y, _ in points], [x for _, x in points]
    return Extent(min(ys), min(xs), max(ys), max(xs))


def outline(kind: str, points: Points) -> tuple[Points, bool]:
    """Return the corners of what is drawn of a shape, and whether the last one is joined to the first.

    Parameters
    ----------
    kind
        The type of the shape. Of an ellipse there are 128 corners.
    points
        Its points.
    """
    if kind == "rectangle":
        box = extent_of(points)
        corners = [(box.top, box.left), (box.top, box.right), (box.bottom, box.right), (box.bottom, box.left)]
        return corners, True
    if kind == "ellipse":
        box = extent_of(points)
        y, x, height, width = _ellipse(box)
        turns = (2 * math.pi * part / _PARTS for part in range(_PARTS))
        return [(y + height * math.sin(turn), x + width * math.cos(turn)) for turn in turns], True
    return points, kind == "polygon"


def contains(kind: str, points: Points, ys: Floats, xs: Floats) -> NDArray[np.bool_]:
    """Return which places of a grid lie within a shape, (ys, xs).

    Of the places on the very edge of a rectangle or a polygon those above and to the left belong to it, so that
    neighbours share none. Within an even number of turns of a polygon that crosses itself is outside.

    Parameters
    ----------
    kind, points
        Of the shape; within a point or a line there is nothing.
    ys, xs
        Rows and columns of the grid, each 1-D.
    """
    if kind in ("point", "line"):
        return np.zeros((len(ys), len(xs)), bool)
    if kind == "ellipse":
        y, x, height, width = _ellipse(extent_of(points))
        with np.errstate(divide="ignore", invalid="ignore"):
            far = ((ys - y) / height) ** 2
            near: NDArray[np.bool_] = far[:, np.newaxis] + ((xs - x) / width) ** 2 <= 1
        return near
    corners = np.asarray(outline(kind, points)[0], np.float64)
    inside = np.zeros((len(ys), len(xs)), bool)
    for (y0, x0), (y1, x1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        crossed = np.flatnonzero((ys >= y0) != (ys >= y1))
        if crossed.size:
            at = x0 + (ys[crossed] - y0) / (y1 - y0) * (x1 - x0)
            inside[crossed] ^= xs >= at[:, np.newaxis]
    return inside


def measure(kind: str, points: Points) -> Measures:
    """Return what can be measured of a shape, in the units of its points."""
    corners = np.asarray(points, np.float64)
    if kind == "line":
        length = float(np.hypot(*np.diff(corners, axis=0).T).sum())
        return Measures(length=length, angle=_angle(corners))
    if kind == "rectangle":
        height, width = np.abs(corners[1] - corners[0]).tolist()
        return Measures(perimeter=2 * (height + width), area=height * width)
    if kind == "ellipse":
        _, _, height, width = _ellipse(extent_of(points))
        return Measures(perimeter=_round(height, width), area=math.pi * height * width)
    if kind == "polygon":
        corners = corners - corners[0]  # far from the origin the products would lose the area
        following = np.roll(corners, -1, axis=0)
        twice = corners[:, 1] * following[:, 0] - corners[:, 0] * following[:, 1]
        return Measures(perimeter=float(np.hypot(*(following - corners).T).sum()), area=abs(float(twice.sum())) / 2)
    return Measures()


def _angle(corners: NDArray[Any]) -> float | None:
    if len(corners) == 2:
        (dy, dx) = (corners[1] - corners[0]).tolist()
        return math.degrees(math.atan2(-dy, dx)) if dy else (0.0 if dx >= 0 else 180.0)
    if len(corners) == 3:
        (ay, ax), (by, bx) = (corners[0] - corners[1]).tolist(), (corners[2] - corners[1]).tolist()
        return math.degrees(abs(math.atan2(ax * by - ay * bx, ax * bx + ay * by)))
    return None


def _ellipse(box: Extent) -> tuple[float, float, float, float]:
    """Return y and x of the middle, and half the height and the width."""
    return (
        (box.top + box.bottom) / 2,
        (box.left + box.right) / 2,
        (box.bottom - box.top) / 2,
        (box.right - box.left) / 2,
    )


def _round(height: float, width: float) -> float:
    """Return the perimeter of an ellipse of half axes so long."""
    from scipy.special import ellipe

    long, short = max(height, width), min(height, width)
    return 4 * long * float(ellipe(1 - (short / long) ** 2)) if long else 0.0
