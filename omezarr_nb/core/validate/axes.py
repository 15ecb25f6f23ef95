"""Rules of axes: names in 0.3, objects in 0.4 and 0.5, and those of coordinate systems since 0.6."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from omezarr_nb.core.orientation import DIRECTIONS
from omezarr_nb.core.rules import axes as rules
from omezarr_nb.core.units import SPACE_UNITS, TIME_UNITS
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.values import Kind, listed, shown

__all__ = ["check_axes", "check_bare_axes"]


_LETTERS = "tczyx"
_PLACE_IN_ORDER = {"time": 0, "space": 2}
_TYPES = ("space", "time", "channel", "array", "coordinate", "displacement")


def check_axes(report: Report, value: Any, place: str) -> int | None:
    """Check the axes of an image, or of one of its coordinate systems.

    Returns
    -------
    int or None
        How many there are, or None where that cannot be told.
    """
    axes: list[Any] | None = report.kind(value, Kind.LIST, place, rules.AXES_LIST)
    if axes is None:
        return None
    _count(report, axes, place)
    report.unique(axes, place, rules.AXES_TWICE)
    if report.facts.axes == "names":
        _letters(report, axes, place)
        return len(axes)
    for axis, where in report.objects(axes, place, rules.AXIS_OBJECT):
        _axis(report, axis, where)
        _orientation(report, axis, where)
    _spaces(report, axes, place)
    objects = [axis for axis in axes if isinstance(axis, dict)]
    _unique_names(report, axes, place)
    if objects and not all(axis.get("type") == "array" for axis in objects):
        _order(report, objects, place)
    _directions(report, axes, place)
    return len(axes)


def check_bare_axes(report: Report, value: Any, place: str) -> int | None:
    """Check axes of which only the names are known: those of a fragment that shows a transformation."""
    axes: list[Any] | None = report.kind(value, Kind.LIST, place, rules.AXES_LIST)
    if axes is None:
        return None
    for axis, where in report.objects(axes, place, rules.AXIS_OBJECT):
        _axis(report, axis, where)
    _unique_names(report, axes, place)
    return len(axes)


def _count(report: Report, axes: list[Any], place: str) -> None:
    least, most = report.facts.axes_count
    if len(axes) < least or (most is not None and len(axes) > most):
        bounds = f"{least} to {most} axes" if most is not None else f"at least {least}"
        report.broken(rules.AXES_COUNT, place, f"{len(axes)}", bounds)


def _letters(report: Report, axes: list[Any], place: str) -> None:
    """0.3: each of the values is one of t, c, z, y, x, and they come in that order."""
    for index, axis in enumerate(axes):
        if not isinstance(axis, str) or len(axis) != 1 or axis not in _LETTERS:
            report.broken(rules.AXIS_NAME, f"{place}[{index}]", shown(axis), listed(_LETTERS))
    known = [axis for axis in axes if isinstance(axis, str) and len(axis) == 1 and axis in _LETTERS]
    _unique(report, axes, place)
    if sorted(known, key=_LETTERS.index) != known:
        report.broken(rules.AXES_ORDER, place, shown(known), shown(sorted(known, key=_LETTERS.index)))
    elif known[-2:] != ["y", "x"]:
        report.broken(rules.AXES_PLANE, place, shown(known), '"y" and "x" as the last two')


def _axis(report: Report, axis: JSON, place: str) -> None:
    name = report.value(axis, "name", Kind.TEXT, place, rules.AXIS_NAME, missing=rules.AXIS_NAME)
    if name == "":
        report.broken(rules.AXIS_NAME_FILLED, f"{place}.name", "an empty text", "a name")
    kind = report.value(axis, "type", Kind.TEXT, place, rules.AXIS_TYPE_TEXT, missing=rules.AXIS_TYPE)
    unit = report.value(axis, "unit", Kind.TEXT, place, rules.AXIS_UNIT_TEXT)
    if report.facts.axes == "systems":
        report.value(axis, "discrete", Kind.BOOLEAN, place, rules.AXIS_DISCRETE)
        report.value(axis, "longName", Kind.TEXT, place, rules.AXIS_LONG_NAME)
    if kind is not None and kind not in _TYPES:
        report.broken(rules.AXIS_TYPE_KNOWN, f"{place}.type", shown(kind), listed(_TYPES))
    units = {"space": SPACE_UNITS, "time": TIME_UNITS}.get(kind)
    if units is None and unit is not None and unit not in SPACE_UNITS and unit not in TIME_UNITS:
        report.broken(rules.AXIS_UNIT_KNOWN, f"{place}.unit", shown(unit), "a unit of space or time")
    if units is not None and "unit" not in axis:
        report.broken(rules.AXIS_UNIT, f"{place}.unit", "nothing", f"a unit of {kind}")
    elif units is not None and unit is not None and unit not in units:
        report.broken(
            rules.AXIS_UNIT_KNOWN, f"{place}.unit", shown(unit), f"a unit of {kind}, such as {shown(min(units))}"
        )


def _spaces(report: Report, axes: list[Any], place: str) -> None:
    """Count the axes of type space: as the schemas count them, and as the text does."""
    typed = [axis for axis in axes if isinstance(axis, dict) and axis.get("type") == "space"]
    arrays = [axis for axis in axes if isinstance(axis, dict) and axis.get("type") == "array"]
    expected = '2 or 3 of type "space"'
    if report.facts.axes == "systems":
        # The schema says: either 2 or 3 of space, or at least 2 of array, and not both.
        if (2 <= len(typed) <= 3) == (len(arrays) >= 2):
            found = f'{len(typed)} of type "space" and {len(arrays)} of type "array"'
            report.broken(rules.AXES_SPACE_COUNT, place, found, f'{expected}, or all of type "array"')
        return
    counted = [axis for axis in axes if _counts_as_space(axis)]
    if not 2 <= len(counted) <= 3:
        odd = [axis for axis in typed if axis not in counted]
        words = f", and {len(odd)} whose name or unit is no text" if odd else ""
        report.broken(rules.AXES_SPACE_COUNT, place, f"{len(counted)}{words}", expected)
    elif not 2 <= len(typed) <= 3:
        report.broken(
            rules.AXES_SPACE_TYPED, place, f"{len(typed)}", expected, mend='Add "type": "space" to those axes.'
        )


def _counts_as_space(axis: Any) -> bool:
    """Return whether the schemas of 0.4 and 0.5 count an axis as one of space: also one without a type."""
    if not isinstance(axis, dict) or axis.get("type", "space") != "space":
        return False
    return all(isinstance(axis.get(key, ""), str) for key in ("name", "unit"))


def _unique_names(report: Report, axes: Sequence[Any], place: str) -> None:
    _unique(report, [axis.get("name") if isinstance(axis, dict) else None for axis in axes], place, ".name")


def _unique(report: Report, names: Sequence[Any], place: str, key: str = "") -> None:
    seen: dict[str, int] = {}
    for index, name in enumerate(names):
        if isinstance(name, str) and (before := seen.setdefault(name, index)) != index:
            report.broken(
                rules.AXIS_NAME_UNIQUE, f"{place}[{index}]{key}", f"{shown(name)}, as axis {before}", "another name"
            )


def _order(report: Report, axes: Sequence[JSON], place: str) -> None:
    kinds = [axis.get("type") for axis in axes]
    places = [_PLACE_IN_ORDER.get(kind, 1) if isinstance(kind, str) else 1 for kind in kinds]
    if places.count(0) > 1:
        report.broken(rules.AXES_TIME_COUNT, place, f"{places.count(0)}", "at most 1")
    if places.count(1) > 1:
        names = [axis.get("name") for axis, number in zip(axes, places, strict=True) if number == 1]
        report.broken(rules.AXES_CHANNEL_COUNT, place, f"{places.count(1)} ({listed(names, 'and')})", "at most 1")
    if places != sorted(places):
        expected = [axis.get("name") for _, axis in sorted(zip(places, axes, strict=True), key=lambda pair: pair[0])]
        report.broken(rules.AXES_ORDER, place, shown([axis.get("name") for axis in axes]), shown(expected))
    spaces = [axis.get("name") for axis in axes if axis.get("type") == "space"]
    if len(spaces) == 3 and spaces != ["z", "y", "x"] and all(name in ("z", "y", "x") for name in spaces):
        report.broken(rules.AXES_STACK_ORDER, place, shown(spaces), shown(["z", "y", "x"]))


def _orientation(report: Report, axis: JSON, place: str) -> None:
    value, place = axis.get("orientation", ...), f"{place}.orientation"
    if value is ... or report.kind(value, Kind.OBJECT, place, rules.AXIS_ORIENTATION) is None:
        return
    for key, allowed in (("type", ("anatomical",)), ("value", tuple(DIRECTIONS))):
        if value.get(key) not in allowed:
            report.broken(rules.AXIS_ORIENTATION, f"{place}.{key}", shown(value.get(key)), listed(allowed))
    if axis.get("type") != "space":
        report.broken(rules.AXIS_ORIENTATION_SPACE, place, f"one of type {shown(axis.get('type'))}", '"space"')


def _directions(report: Report, axes: Sequence[Any], place: str) -> None:
    seen: dict[tuple[str, str], int] = {}
    for index, axis in enumerate(axes):
        orientation = axis.get("orientation") if isinstance(axis, dict) else None
        value = orientation.get("value") if isinstance(orientation, dict) else None
        pair = DIRECTIONS.get(value) if isinstance(value, str) else None
        if pair is not None and (before := seen.setdefault(pair, index)) != index:
            where = f"{place}[{index}].orientation.value"
            report.broken(
                rules.AXIS_ORIENTATION_ONCE, where, f"{shown(value)}, along axis {before} already", "another axis"
            )
