"""Spellings of transformations that the drafts of 0.6 used, turned into those of 0.6.

Official examples and stores that were written during the long draft of RFC-5 have them: systems named by a text
instead of an object, axes by name instead of index, keys with underscores, and a byDimension without the
"transformation" between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from omezarr_nb.core.rules import spaces as rules
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.values import is_integer, shown

__all__ = ["modernised"]


_AXES_KEYS = {"inputAxes": "input_axes", "outputAxes": "output_axes"}
_INNER_KEYS = ("forward", "inverse", "transformation")


def modernised(report: Report, value: Any, place: str, systems: Mapping[str, Sequence[str]]) -> Any:
    """Return a transformation in the spelling of 0.6; what is not changed is not copied.

    Parameters
    ----------
    report
        Is told of every spelling of a draft.
    value, place
        The transformation, and where it is.
    systems
        The names of the axes of each coordinate system.
    """
    if not isinstance(value, dict):
        return value
    value = dict(value)
    for key in ("input", "output"):
        if isinstance(value.get(key), str):
            _note(report, f"{place}.{key}", value[key], {"name": value[key]})
            value[key] = {"name": value[key]}
    names = tuple(_axes_of(value.get(key), systems) for key in ("input", "output"))
    return _inner(report, value, place, names)


def _note(report: Report, place: str, found: Any, expected: Any) -> None:
    report.broken(rules.DRAFT_SPELLING, place, shown(found), shown(expected))


def _axes_of(reference: Any, systems: Mapping[str, Sequence[str]]) -> Sequence[str]:
    name = reference.get("name") if isinstance(reference, dict) else None
    return systems.get(name, ()) if isinstance(name, str) else ()


def _inner(report: Report, value: Any, place: str, names: Sequence[Sequence[str]]) -> Any:
    if not isinstance(value, dict):
        return value
    value = dict(value)
    for key in _INNER_KEYS:
        if key in value:
            value[key] = _inner(report, value[key], f"{place}.{key}", ((), ()))
    parts = value.get("transformations")
    if not isinstance(parts, list):
        return value
    where = f"{place}.transformations"
    if value.get("type") == "sequence" and parts and all(_has_axes(part) for part in parts):
        _note(report, f"{place}.type", "sequence", "byDimension")
        value["type"] = "byDimension"
    if value.get("type") == "byDimension":
        value["transformations"] = [_part(report, part, f"{where}[{i}]", names) for i, part in enumerate(parts)]
    else:
        value["transformations"] = [_inner(report, part, f"{where}[{i}]", ((), ())) for i, part in enumerate(parts)]
    return value


def _has_axes(part: Any) -> bool:
    return isinstance(part, dict) and all(new in part or old in part for new, old in _AXES_KEYS.items())


def _part(report: Report, part: Any, place: str, names: Sequence[Sequence[str]]) -> Any:
    """Return one part of a byDimension: its axes by index, its transformation under a key of its own."""
    if not _has_axes(part):
        return part
    axes: dict[str, Any] = {}
    for (new, old), known in zip(_AXES_KEYS.items(), names, strict=True):
        axes[new] = part.get(new, part.get(old))
        if new not in part:
            _note(report, f"{place}.{old}", old, new)
        axes[new] = _indices(report, axes[new], f"{place}.{new}", known)
    rest: JSON = {key: value for key, value in part.items() if key not in (*_AXES_KEYS, *_AXES_KEYS.values())}
    if "transformation" not in rest and "type" in rest:
        _note(report, place, dict(rest), {"transformation": dict(rest)})
        rest = {"transformation": rest}
    inner = _inner(report, rest.get("transformation"), f"{place}.transformation", ((), ()))
    return axes | ({"transformation": inner} if "transformation" in rest else {})


def _indices(report: Report, values: Any, place: str, names: Sequence[str]) -> Any:
    """Return axes by index where they are given by name."""
    if not isinstance(values, list) or not values or all(is_integer(value) for value in values):
        return values
    if not all(isinstance(value, str) and value in names for value in values):
        return values
    indices = [names.index(value) for value in values]
    _note(report, place, values, indices)
    return indices
