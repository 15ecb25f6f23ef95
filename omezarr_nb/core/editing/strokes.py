"""Strokes as data: what a brush, a lasso or a click asks for, before anybody has looked at a pixel.

Positions are pixels of level 0 of the labels, y before x, whole numbers at the pixels' centres. Which plane is meant
stands in `indices`, by the names of the other axes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError

__all__ = ["Brush", "Fill", "Interpolate", "Point", "Polygon", "Replace", "Split", "Stroke", "parse_stroke"]

Point: TypeAlias = tuple[float, float]

#: A stroke of the hand has a few hundred points.
MOST_POINTS = 50_000
#: Pixels across.
LARGEST_BRUSH = 20_000
#: No array is longer along an axis.
FARTHEST = 2.0**40


@dataclass(frozen=True, slots=True)
class Brush:
    """A round brush that is drawn along a line; with label 0 an eraser.

    Painted are the pixels whose centre lies at most half of `size` from the line, and those in which its points lie.

    Parameters
    ----------
    points
        (y, x) of each.
    size
        Diameter in pixels.
    label
        The id that is painted.
    indices
        Of the plane.
    only
        Paint on pixels of this id alone: 0 leaves all other labels as they are. None paints over everything.
    depth
        Paint a ball instead of a disc, into the planes beside this one (along z).
    """

    points: tuple[Point, ...]
    size: float = 1.0
    label: int = 1
    indices: Mapping[str, int] = field(default_factory=dict)
    only: int | None = None
    depth: bool = False


@dataclass(frozen=True, slots=True)
class Polygon:
    """An area with straight edges, as of a polygon or of a lasso.

    Painted are the pixels whose centre lies inside; what is enclosed an even number of times is outside.

    Parameters
    ----------
    points
        Corners, (y, x) of each; at least three.
    label, indices, only
        As for `Brush`.
    """

    points: tuple[Point, ...]
    label: int = 1
    indices: Mapping[str, int] = field(default_factory=dict)
    only: int | None = None


@dataclass(frozen=True, slots=True)
class Fill:
    """Give another id to what is of one id and connected, from a pixel on: to fill, to merge, and with 0 to delete.

    Parameters
    ----------
    point
        (y, x) of a pixel in it. Pixels are connected by their sides.
    label, indices
        As for `Brush`.
    depth
        Go on in the planes beside this one, too (along z).
    """

    point: Point
    label: int = 1
    indices: Mapping[str, int] = field(default_factory=dict)
    depth: bool = False


@dataclass(frozen=True, slots=True)
class Replace:
    """Give another id to all pixels of some ids, wherever they are: to merge labels, and with 0 to delete them.

    Parameters
    ----------
    ids
        Those that are replaced.
    label
        The id that they get.
    """

    ids: tuple[int, ...]
    label: int = 0


@dataclass(frozen=True, slots=True)
class Split:
    """Cut a label along a line: its largest part keeps the id, each other part gets one that is free.

    Parameters
    ----------
    points
        (y, x) of each, across the label. Which label is cut is the one that most of the line lies on.
    indices
        As for `Brush`.
    depth
        Cut through the planes beside this one, too (along z).
    """

    points: tuple[Point, ...]
    indices: Mapping[str, int] = field(default_factory=dict)
    depth: bool = False


@dataclass(frozen=True, slots=True)
class Interpolate:
    """Paint a label in the planes between two in which it is drawn, its shape changing gradually.

    Parameters
    ----------
    label
        The id. Only pixels that have none are painted.
    indices
        Of a plane between the two: the nearest one on either side that has the label is taken.
    axis
        Along which the planes lie.
    within
        Rows and columns that are looked at, ``((top, bottom), (left, right))``, the ends left out; None for all.
    """

    label: int
    indices: Mapping[str, int] = field(default_factory=dict)
    axis: str = "z"
    within: tuple[tuple[int, int], tuple[int, int]] | None = None


Stroke: TypeAlias = Brush | Polygon | Fill | Replace | Split | Interpolate


def parse_stroke(document: Mapping[str, Any]) -> Stroke:
    """Return the stroke that a document of unknown origin describes.

    Parameters
    ----------
    document
        JSON: ``tool`` ("brush", "polygon", "fill", "replace", "split" or "interpolate") and the fields of its class.
        Ids may be texts, because a browser's numbers have 53 bits.

    Raises
    ------
    InvalidArgumentError
        When it describes none; the message names the field.

    Examples
    --------
    >>> parse_stroke({"tool": "fill", "point": [3, 4], "label": "7", "indices": {"z": 1}})
    Fill(point=(3.0, 4.0), label=7, indices={'z': 1}, depth=False)
    """
    tool = document.get("tool")
    read = _READERS.get(tool) if isinstance(tool, str) else None
    if read is None:
        raise InvalidArgumentError("There is no such tool.", found=tool, expected=", ".join(_READERS))
    return read(document)


def as_points(value: Any, *, least: int = 1, where: str = "points") -> tuple[Point, ...]:
    """Return points as tuples of floats.

    Raises
    ------
    ArgumentTypeError, InvalidArgumentError
        For what are no points, too few or too many, and for numbers that are not finite.
    """
    if isinstance(value, str | bytes) or not hasattr(value, "__len__"):
        raise ArgumentTypeError("Points are a sequence of (y, x).", where=where, found=value)
    if not least <= len(value) <= MOST_POINTS:
        raise InvalidArgumentError(
            "The number of points does not fit.", where=where, found=len(value), expected=f"{least} to {MOST_POINTS}"
        )
    return tuple(_point(point, where) for point in value)


def _point(value: Any, where: str = "point") -> Point:
    try:
        y, x = (float(part) for part in value)
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError("A point is (y, x) in pixels.", where=where, found=value) from error
    if not (abs(y) < FARTHEST and abs(x) < FARTHEST):
        raise InvalidArgumentError("A point is (y, x) in pixels.", where=where, found=value, expected="finite numbers")
    return y, x


def as_size(value: Any) -> float:
    """Return the diameter of a brush in pixels."""
    number = _number(value, "size")
    if not 0 < number <= LARGEST_BRUSH:
        raise InvalidArgumentError(
            "There is no brush of this size.",
            where="size",
            found=value,
            expected=f"above 0 and at most {LARGEST_BRUSH} px",
        )
    return number


def as_id(value: Any, where: str = "label") -> int:
    """Return an id: a whole number, or the text of one."""
    if isinstance(value, str) and len(value) <= 20 and value.removeprefix("-").isdecimal():
        return int(value)
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise InvalidArgumentError("A label is a whole number.", where=where, found=value)
    return int(value.__index__())


def as_indices(value: Any) -> dict[str, int]:
    """Return the indices of a plane by axis name."""
    if not isinstance(value, Mapping):
        raise InvalidArgumentError("Indices are named by their axes.", where="indices", found=value)
    return {str(name): as_id(index, f"indices[{str(name)[:50]!r}]") for name, index in value.items()}


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not hasattr(value, "__float__") or not math.isfinite(float(value)):
        raise InvalidArgumentError("A number is expected.", where=where, found=value)
    return float(value)


def _flag(document: Mapping[str, Any], name: str) -> bool:
    value = document.get(name, False)
    if not isinstance(value, bool):
        raise InvalidArgumentError("True or False is expected.", where=name, found=value)
    return value


def _only(document: Mapping[str, Any]) -> int | None:
    value = document.get("only")
    return None if value is None else as_id(value, "only")


def _brush(document: Mapping[str, Any]) -> Brush:
    return Brush(
        as_points(document.get("points")),
        as_size(document.get("size", 1.0)),
        as_id(document.get("label")),
        as_indices(document.get("indices", {})),
        _only(document),
        _flag(document, "depth"),
    )


def _polygon(document: Mapping[str, Any]) -> Polygon:
    return Polygon(
        as_points(document.get("points"), least=3),
        as_id(document.get("label")),
        as_indices(document.get("indices", {})),
        _only(document),
    )


def _fill(document: Mapping[str, Any]) -> Fill:
    return Fill(
        _point(document.get("point")),
        as_id(document.get("label")),
        as_indices(document.get("indices", {})),
        _flag(document, "depth"),
    )


def _replace(document: Mapping[str, Any]) -> Replace:
    ids = document.get("ids")
    if not isinstance(ids, Sequence) or isinstance(ids, str) or not 0 < len(ids) <= 10_000:
        raise InvalidArgumentError("The labels to replace are a list.", where="ids", found=ids)
    return Replace(tuple(as_id(number, "ids") for number in ids), as_id(document.get("label")))


def _split(document: Mapping[str, Any]) -> Split:
    return Split(
        as_points(document.get("points"), least=2), as_indices(document.get("indices", {})), _flag(document, "depth")
    )


def _interpolate(document: Mapping[str, Any]) -> Interpolate:
    axis, within = document.get("axis", "z"), document.get("within")
    if not isinstance(axis, str):
        raise InvalidArgumentError("An axis is named.", where="axis", found=axis)
    spans = None
    if within is not None:
        try:
            (top, bottom), (left, right) = within
            spans = ((as_id(top), as_id(bottom)), (as_id(left), as_id(right)))
        except (TypeError, ValueError) as error:
            raise InvalidArgumentError("Rows and columns are two pairs.", where="within", found=within) from error
    return Interpolate(as_id(document.get("label")), as_indices(document.get("indices", {})), axis, spans)


_READERS: dict[str, Callable[[Mapping[str, Any]], Stroke]] = {
    "brush": _brush,
    "polygon": _polygon,
    "fill": _fill,
    "replace": _replace,
    "split": _split,
    "interpolate": _interpolate,
}
