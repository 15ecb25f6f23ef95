"""Which regions are stored when what was painted is saved: whole chunks that were painted on, and no others."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from omezarr_nb.core.growing.boxes import intersect
from omezarr_nb.core.kinds import Ints, Slices

__all__ = ["hull_of", "regions"]


def regions(boxes: Iterable[Slices], unit: Ints, most: int) -> list[Slices]:
    """Cut boxes of painted pixels into regions that are stored one after the other.

    Chunks that are painted on and lie side by side are one region, so that the chunks of coarser levels above them
    are written once.

    Parameters
    ----------
    boxes
        Painted pixels, each box within the array.
    unit
        Shape of what is stored under one key.
    most
        Pixels of a region, unless one unit has more.

    Returns
    -------
    list of tuple of slice
        Boxes that share no unit, each as small as its pixels allow, in order.

    Examples
    --------
    >>> regions([(slice(1, 3), slice(2, 9))], (4, 4), 100)
    [(slice(1, 3, None), slice(2, 9, None))]
    """
    parts: dict[Ints, list[Slices]] = {}
    for box in boxes:
        for place in _places(box, unit):
            own = tuple(slice(i * u, (i + 1) * u) for i, u in zip(place, unit, strict=True))
            parts.setdefault(place, []).append(intersect(box, own))
    spans = [(tuple((i, i + 1) for i in place), hull_of(boxes)) for place, boxes in sorted(parts.items())]
    for axis in reversed(range(len(unit))):
        spans = _joined(spans, axis, unit, most)
    return [box for _, box in sorted(spans)]


def hull_of(boxes: Sequence[Slices]) -> Slices:
    """Return the smallest box around some boxes."""
    return tuple(slice(min(s.start for s in part), max(s.stop for s in part)) for part in zip(*boxes, strict=True))


_Span: TypeAlias = tuple[tuple[tuple[int, int], ...], Slices]


def _places(box: Slices, unit: Ints) -> Iterable[Ints]:
    from itertools import product

    return product(*(range(s.start // u, -(-s.stop // u)) for s, u in zip(box, unit, strict=True)))


def _joined(spans: list[_Span], axis: int, unit: Ints, most: int) -> list[_Span]:
    """Join spans of units that are neighbours along an axis and alike along all others."""
    rows: dict[tuple[tuple[int, int], ...], list[_Span]] = {}
    for span in spans:
        rows.setdefault(span[0][:axis] + span[0][axis + 1 :], []).append(span)
    result = []
    for row in rows.values():
        row.sort(key=lambda span: span[0][axis])
        now = row[0]
        for span in row[1:]:
            wide = tuple(
                (a[0], b[1]) if index == axis else a for index, (a, b) in enumerate(zip(now[0], span[0], strict=True))
            )
            pixels = math.prod((b - a) * u for (a, b), u in zip(wide, unit, strict=True))
            if now[0][axis][1] == span[0][axis][0] and pixels <= most:
                now = (wide, hull_of([now[1], span[1]]))
            else:
                result.append(now)
                now = span
        result.append(now)
    return result
