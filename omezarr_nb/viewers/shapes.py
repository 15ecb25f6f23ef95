"""Shapes that are drawn over an image: what they are made of, and what is taken for one.

A shape is a plain mapping, as JSON has it, with these entries:

type
    "point", "line", "rectangle", "ellipse" or "polygon".
points
    Positions, in the units of the axes: of each the two coordinates along the axes that are drawn, in the order that
    these axes have in the image, and so (y, x) as a rule. One for a point; two or more for a line; two opposite
    corners for a rectangle, and for an ellipse those of the rectangle around it; three or more for a polygon.
name
    By default the type and a number.
color
    "#rrggbb"; by default the next one of a list that can be told apart.
plane
    The index, in pixels of level 0, on each axis to whose plane the shape belongs, such as ``{"z": 12}``. On axes that
    are not named it is on all planes; ``{}`` is on all planes of all axes.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import traitlets

from omezarr_nb.viewers.fixed import FixedDict, FixedList
from omezarr_nb.viewers.rendering import check_color

__all__ = ["COLORS", "KINDS", "Shape", "ShapeList", "check_shapes", "names_of", "shape_of"]

#: For each type how many points it has, at least and at most.
KINDS: Final[Mapping[str, tuple[int, int]]] = {
    "point": (1, 1),
    "line": (2, 2000),
    "rectangle": (2, 2),
    "ellipse": (2, 2),
    "polygon": (3, 2000),
}
#: Can be told apart on dark and on bright pictures, since they are drawn on a dark rim.
COLORS: Final = ("#ffd400", "#00c8ff", "#ff5cc8", "#7cff4f", "#ff8a1f", "#b58cff", "#ffffff", "#ff5a5a")
_KEYS = ("type", "points", "name", "color", "plane")
_MOST_SHAPES = 1000
_MOST_POINTS = 20_000
_MOST_TEXT = 200
#: Coordinates beyond this lose the pixel in rounding.
_FARTHEST = 1e12


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape as it is computed with.

    Parameters
    ----------
    kind
        A key of `KINDS`.
    points
        Positions (y, x), whatever the order of the axes.
    name
        Its name.
    color
        "#rrggbb".
    plane
        Index by name of the axes to whose plane it belongs.
    """

    kind: str
    points: tuple[tuple[float, float], ...]
    name: str
    color: str
    plane: Mapping[str, int]


class ShapeList(traitlets.TraitType[Any, Any]):
    """A trait whose value is a list of shapes that is not changed in place."""

    default_value = ()
    info_text = "a list of shapes, each a mapping with 'type' and 'points'"

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the value as a list; what stands in it is checked by whoever knows the image."""
        if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
            self.error(obj, value)
        return FixedList(value)


def shape_of(value: Mapping[str, Any], *, transposed: bool) -> Shape:
    """Return a checked shape as it is computed with.

    Parameters
    ----------
    value
        An entry of what `check_shapes` returns.
    transposed
        Whether the x axis stands before the y axis.
    """
    points = tuple((b, a) if transposed else (a, b) for a, b in value["points"])
    return Shape(value["type"], points, value["name"], value["color"], value["plane"])


def check_shapes(value: Iterable[Any], sizes: Mapping[str, int]) -> FixedList[FixedDict[str, Any]]:
    """Return shapes with all their entries, such that they are not changed in place.

    Parameters
    ----------
    value
        Shapes; name, color and plane may be left out.
    sizes
        Pixels of level 0 along each axis that has planes.

    Raises
    ------
    traitlets.TraitError
        When one is no shape, or there are more than 1000, or more than 20,000 points.
    """
    given = list(value)
    if len(given) > _MOST_SHAPES:
        raise traitlets.TraitError(f"at most {_MOST_SHAPES} shapes; found {len(given)}")
    names: set[str] = {one["name"] for one in given if isinstance(one, Mapping) and isinstance(one.get("name"), str)}
    checked: list[FixedDict[str, Any]] = []
    for index, one in enumerate(given):
        checked.append(_check(one, index, sizes, names))
    count = sum(len(one["points"]) for one in checked)
    if count > _MOST_POINTS:
        raise traitlets.TraitError(f"at most {_MOST_POINTS} points in all shapes; found {count}")
    return FixedList(checked)


def _check(one: Any, index: int, sizes: Mapping[str, int], names: set[str]) -> FixedDict[str, Any]:
    where = f"shapes[{index}]"
    if not isinstance(one, Mapping):
        raise traitlets.TraitError(f"{where} is a mapping with 'type' and 'points'; found {_short(one)}")
    unknown = [key for key in one if key not in _KEYS]
    if unknown:
        raise traitlets.TraitError(f"{where} has no entry {_short(unknown[0])}: they are {', '.join(_KEYS)}")
    kind = one.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        raise traitlets.TraitError(f"the type of {where} is one of {', '.join(KINDS)}; found {_short(kind)}")
    name = one.get("name")
    if name is None or name == "":
        name = _free(kind, names)
    if not isinstance(name, str) or len(name) > _MOST_TEXT:
        raise traitlets.TraitError(
            f"the name of {where} is a text of at most {_MOST_TEXT} letters; found {_short(name)}"
        )
    color = one.get("color") or COLORS[index % len(COLORS)]
    try:
        color = check_color(color if isinstance(color, str) else repr(color))
    except traitlets.TraitError as error:
        raise traitlets.TraitError(f"the color of {where}: {error}") from None
    points = _check_points(one.get("points"), kind, where)
    plane = _check_plane(one.get("plane") or {}, sizes, where)
    return FixedDict({"type": kind, "points": points, "name": name, "color": color, "plane": plane})


def _free(kind: str, names: set[str]) -> str:
    """Return a name that no other shape has, and take it."""
    number = 1
    while f"{kind} {number}" in names:
        number += 1
    names.add(f"{kind} {number}")
    return f"{kind} {number}"


def _check_points(value: Any, kind: str, where: str) -> FixedList[tuple[float, float]]:
    least, most = KINDS[kind]
    try:
        points = [tuple(map(float, point)) for point in value]
    except (TypeError, ValueError):
        raise traitlets.TraitError(
            f"the points of {where} are positions such as [(y, x)]; found {_short(value)}"
        ) from None
    if not least <= len(points) <= most:
        count = str(least) if least == most else f"{least} to {most}"
        raise traitlets.TraitError(f"a {kind} has {count} points; {where} has {len(points)}")
    for point in points:
        if len(point) != 2 or not all(abs(part) <= _FARTHEST for part in point):  # nor is nan
            raise traitlets.TraitError(
                f"a point has two coordinates, one for each axis that is drawn; {where} has {_short(point)}"
            )
    return FixedList((a, b) for a, b in points)


def _check_plane(value: Any, sizes: Mapping[str, int], where: str) -> FixedDict[str, int]:
    if not isinstance(value, Mapping):
        raise traitlets.TraitError(
            f"the plane of {where} is an index by axis, such as {{'z': 3}}; found {_short(value)}"
        )
    for name, index in value.items():
        if name not in sizes:
            there = ", ".join(sizes) or "none"
            raise traitlets.TraitError(
                f"{where} is on a plane of {_short(name)}, which has no slider: they are {there}"
            )
        whole = hasattr(index, "__index__") and not isinstance(index, bool)
        if not whole or not 0 <= index < sizes[name]:
            raise traitlets.TraitError(
                f"{where} is on plane {_short(index)} of the axis {name!r}: it is 0 to {sizes[name] - 1}"
            )
    return FixedDict({name: operator.index(value[name]) for name in sizes if name in value})


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def names_of(shapes: Sequence[Mapping[str, Any]]) -> str:
    """Return the names of shapes for a message, bounded."""
    names = [_short(one["name"]) for one in shapes[:8]]
    return ", ".join(names) + (", …" if len(shapes) > len(names) else "")
