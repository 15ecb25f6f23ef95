"""Spellings of transformations that the drafts of 0.6 used, turned into those of 0.6.

Official examples and stores that were written during the long draft of RFC-5 have them: systems named by a text
instead of an object, axes by name instead of index, keys with underscores, and a byDimension without the
"transformation" between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

__all__ = ["Note", "modernised", "with_references"]

#: Is told of every spelling of a draft: its place, what stands there, and what 0.6 writes instead.
Note: TypeAlias = Callable[[str, Any, Any], None]

_AXES_KEYS = {"inputAxes": "input_axes", "outputAxes": "output_axes"}
_INNER_KEYS = ("forward", "inverse", "transformation")
#: What is nested deeper is not read either.
_MAX_DEPTH = 100


def modernised(note: Note, value: Any, place: str, systems: Mapping[str, Sequence[str]]) -> Any:
    """Return the parameters of a transformation in the spelling of 0.6; what is not changed is not copied.

    Parameters
    ----------
    note
        Is told of every spelling of a draft.
    value, place
        The transformation, and where it is.
    systems
        The names of the axes of each coordinate system.
    """
    if not isinstance(value, Mapping):
        return value
    names = tuple(_axes_of(value.get(key), systems) for key in ("input", "output"))
    return _inner(note, value, place, names)


def with_references(note: Note, value: Any, place: str) -> Any:
    """Return a transformation whose systems are named by objects; parameters as for `modernised`."""
    if not isinstance(value, Mapping):
        return value
    value = dict(value)
    for key in ("input", "output"):
        if isinstance(value.get(key), str):
            note(f"{place}.{key}", value[key], {"name": value[key]})
            value[key] = {"name": value[key]}
    return value


def _axes_of(reference: Any, systems: Mapping[str, Sequence[str]]) -> Sequence[str]:
    name = reference.get("name") if isinstance(reference, Mapping) else reference
    return systems.get(name, ()) if isinstance(name, str) else ()


def _inner(note: Note, value: Any, place: str, names: Sequence[Sequence[str]], depth: int = 0) -> Any:
    if not isinstance(value, Mapping) or depth > _MAX_DEPTH:
        return value
    value = dict(value)
    for key in _INNER_KEYS:
        if key in value:
            value[key] = _inner(note, value[key], f"{place}.{key}", ((), ()), depth + 1)
    parts = value.get("transformations")
    if not isinstance(parts, list):
        return value
    where = f"{place}.transformations"
    if value.get("type") == "sequence" and parts and all(_has_axes(part) for part in parts):
        note(f"{place}.type", "sequence", "byDimension")
        value["type"] = "byDimension"
    if value.get("type") == "byDimension":
        value["transformations"] = [
            _part(note, part, f"{where}[{i}]", names, depth + 1) for i, part in enumerate(parts)
        ]
    else:
        value["transformations"] = [
            _inner(note, part, f"{where}[{i}]", ((), ()), depth + 1) for i, part in enumerate(parts)
        ]
    return value


def _has_axes(part: Any) -> bool:
    return isinstance(part, Mapping) and all(new in part or old in part for new, old in _AXES_KEYS.items())


def _part(note: Note, part: Any, place: str, names: Sequence[Sequence[str]], depth: int) -> Any:
    """Return one part of a byDimension: its axes by index, its transformation under a key of its own."""
    if not _has_axes(part):
        return part
    axes: dict[str, Any] = {}
    for (new, old), known in zip(_AXES_KEYS.items(), names, strict=True):
        axes[new] = part.get(new, part.get(old))
        if new not in part:
            note(f"{place}.{old}", old, new)
        axes[new] = _indices(note, axes[new], f"{place}.{new}", known)
    rest: dict[str, Any] = {key: value for key, value in part.items() if key not in (*_AXES_KEYS, *_AXES_KEYS.values())}
    if "transformation" not in rest and "type" in rest:
        note(place, dict(rest), {"transformation": dict(rest)})
        rest = {"transformation": rest}
    inner = _inner(note, rest.get("transformation"), f"{place}.transformation", ((), ()), depth + 1)
    return axes | rest | ({"transformation": inner} if "transformation" in rest else {})


def _indices(note: Note, values: Any, place: str, names: Sequence[str]) -> Any:
    """Return axes by index where they are given by name."""
    if not isinstance(values, list) or not values or not any(isinstance(value, str) for value in values):
        return values
    if not all(isinstance(value, str) and value in names for value in values):
        return values
    indices = [names.index(value) for value in values]
    note(place, values, indices)
    return indices
