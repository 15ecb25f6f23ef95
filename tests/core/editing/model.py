"""What strokes paint, on a plain array and pixel by pixel: the measure that the real ones are held against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.editing.strokes import Point

Bools = NDArray[np.bool_]


def exact(points: Sequence[Point]) -> list[tuple[Fraction, Fraction]]:
    return [(Fraction(y), Fraction(x)) for y, x in points]


def brush(points: Sequence[Point], size: float, shape: tuple[int, int], *, height: Fraction = Fraction(0)) -> Bools:
    """Return the pixels under a brush: those near the line, and those in which its points lie.

    `height` is how far the plane lies above that of the line: the brush is a ball then.
    """
    ends = exact(points)
    reach = (Fraction(size) / 2) ** 2 - height**2
    found = np.zeros(shape, np.bool_)
    for y, x in ends:
        row, column = math.floor(y + Fraction(1, 2)), math.floor(x + Fraction(1, 2))
        if 0 <= row < shape[0] and 0 <= column < shape[1] and reach >= 0:
            found[row, column] = True
    segments = list(pairwise(ends)) or [(ends[0], ends[0])]
    for row, column in np.ndindex(*shape):
        found[row, column] |= any(squared((row, column), p, q) <= reach for p, q in segments)
    return found


def squared(pixel: tuple[int, int], p: tuple[Fraction, Fraction], q: tuple[Fraction, Fraction]) -> Fraction:
    """Return the square of the distance of a pixel's centre from a line segment."""
    dy, dx = q[0] - p[0], q[1] - p[1]
    length = dy**2 + dx**2
    along = Fraction(0) if length == 0 else ((pixel[0] - p[0]) * dy + (pixel[1] - p[1]) * dx) / length
    along = min(max(along, Fraction(0)), Fraction(1))
    return (pixel[0] - p[0] - along * dy) ** 2 + (pixel[1] - p[1] - along * dx) ** 2


def polygon(points: Sequence[Point], shape: tuple[int, int]) -> Bools:
    """Return the pixels whose centres lie in a polygon, by counting the edges to their left."""
    corners = exact(points)
    found = np.zeros(shape, np.bool_)
    for row, column in np.ndindex(*shape):
        for p, q in zip(corners, corners[1:] + corners[:1], strict=True):
            if (p[0] <= row) != (q[0] <= row):
                x = p[1] + (row - p[0]) * (q[1] - p[1]) / (q[0] - p[0])
                found[row, column] ^= x <= column
    return found


def flood(labels: NDArray[Any], pixel: tuple[int, ...], axes: Sequence[int]) -> Bools:
    """Return what is connected with a pixel and of its id."""
    found = np.zeros(labels.shape, np.bool_)
    waiting = [pixel]
    while waiting:
        here = waiting.pop()
        if found[here]:
            continue
        found[here] = True
        for axis in axes:
            for step in (-1, 1):
                there = tuple(i + step * (a == axis) for a, i in enumerate(here))
                if 0 <= there[axis] < labels.shape[axis] and labels[there] == labels[pixel]:
                    waiting.append(there)
    return found
