"""Rules on the arrays of an image: as many and as large as its metadata says, by their metadata alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from omezarr_nb.core.rules import storage as rules
from omezarr_nb.core.validate.documents import Node
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.values import listed, shown

__all__ = [
    "axis_names_of",
    "check_array_dimensions",
    "check_label_arrays",
    "check_levels",
    "dataset_paths",
    "system_names_of",
]


_MOST_LEVELS = 64


def dataset_paths(block: JSON) -> list[str]:
    """Return the paths of the levels of the first multiscale, in order; [] where they cannot be told."""
    multiscale = _first(block.get("multiscales"))
    datasets = multiscale.get("datasets") if multiscale is not None else None
    entries = datasets if isinstance(datasets, list) else []
    return [entry["path"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("path"), str)]


def axis_names_of(block: JSON, report: Report) -> list[Any] | None:
    """Return the names of the axes of the first multiscale, or None where they cannot be told."""
    multiscale = _first(block.get("multiscales"))
    if multiscale is None:
        return None
    if report.facts.axes == "none":
        return list("tczyx")
    axes = multiscale.get("axes")
    if report.facts.axes == "systems":
        systems = multiscale.get("coordinateSystems")
        transformation = _first((_first(multiscale.get("datasets")) or {}).get("coordinateTransformations")) or {}
        output = transformation.get("output")
        name = output.get("name") if isinstance(output, dict) else None
        entries = systems if isinstance(systems, list) else []
        named = [system for system in entries if isinstance(system, dict) and system.get("name") == name]
        axes = named[0].get("axes") if named else None
    if not isinstance(axes, list):
        return None
    return [axis.get("name") if isinstance(axis, dict) else axis for axis in axes]


def system_names_of(block: JSON) -> list[str]:
    """Return the names of the coordinate systems of all multiscales of an image."""
    multiscales = block.get("multiscales")
    names = []
    for multiscale in multiscales if isinstance(multiscales, list) else ():
        systems = multiscale.get("coordinateSystems") if isinstance(multiscale, dict) else None
        entries = systems if isinstance(systems, list) else []
        names += [system.get("name") for system in entries if isinstance(system, dict)]
    return [name for name in names if isinstance(name, str)]


def _first(values: Any) -> dict[str, Any] | None:
    return values[0] if isinstance(values, list) and values and isinstance(values[0], dict) else None


def check_levels(report: Report, names: Sequence[Any] | None, levels: Sequence[Node]) -> None:
    """Check the arrays of an image against its axes, and against one another."""
    count = len(names) if names is not None else None
    there = [level for level in levels if level.kind == "array" and _shape(level) is not None]
    for level in levels:
        where = level.path
        if level.kind != "array":
            report.broken(rules.LEVEL_ARRAY, where, level.fault or ("a group" if level.kind else "nothing"), "an array")
            continue
        shape = _shape(level)
        if shape is None or (count is not None and len(shape) != count):
            found = shown(level.document.get("shape"))
            report.broken(rules.LEVEL_DIMENSIONS, where, f"the shape {found}", f"{count} dimensions, one for each axis")
        if shape is not None and 0 in shape:
            report.broken(rules.LEVEL_EMPTY, where, f"the shape {shown(shape)}", "1 or more along each axis")
        _check_document(report, level, names, where)
    if len(levels) > _MOST_LEVELS:
        report.broken(rules.LEVELS_COUNT, levels[_MOST_LEVELS].path, f"{len(levels)}", f"no more than {_MOST_LEVELS}")
    for before, level in pairwise(there):
        one, other = _shape(before) or [], _shape(level) or []
        if len(one) == len(other) and any(a < b for a, b in zip(one, other, strict=True)):
            report.broken(rules.LEVEL_ORDER, level.path, shown(other), f"no more than {shown(one)}")
    dtypes = list(dict.fromkeys(_dtype(level) for level in there))
    if len(dtypes) > 1:
        report.broken(rules.LEVEL_DTYPE, there[0].path, listed(dtypes, "and"), "one data type")


def check_array_dimensions(report: Report, names: Sequence[Any], attributes: Mapping[str, JSON]) -> None:
    """Check what the attributes of arrays, by their paths, say of the names of the axes."""
    for path, values in attributes.items():
        found = values.get("_ARRAY_DIMENSIONS")
        if found != list(names):
            report.broken(rules.ARRAY_DIMENSIONS, path, shown(found), shown(list(names)))


def check_label_arrays(report: Report, image: Sequence[Node], labels: Sequence[Node], place: str) -> None:
    """Check the arrays of a label image against those of its image."""
    if len(image) != len(labels):
        report.broken(rules.LABEL_LEVELS, place, f"{len(labels)} levels", f"{len(image)}")
    for one, other in zip(image, labels, strict=False):
        where = other.path
        if other.kind == "array" and not _dtype(other).removeprefix("u").startswith("int"):
            report.broken(rules.LABEL_DTYPE, where, shown(_dtype(other)), "an integer type such as uint32")
        size, shape = _shape(one), _shape(other)
        if size is None or shape is None or len(size) != len(shape):
            continue
        if any(b not in (a, 1) for a, b in zip(size, shape, strict=True)):
            report.broken(rules.LABEL_SHAPE, where, shown(shape), f"{shown(size)}, or 1 instead")


def _check_document(report: Report, level: Node, names: Sequence[Any] | None, place: str) -> None:
    separator, expected = level.document.get("dimension_separator", "."), report.facts.separator
    if expected is not None and separator != expected:
        report.broken(rules.CHUNK_SEPARATOR, place, shown(separator), shown(expected))
    if names is not None and level.document.get("dimension_names") != list(names):
        found = shown(level.document.get("dimension_names"))
        report.broken(rules.DIMENSION_NAMES, place, found, shown(list(names)))


def _shape(level: Node) -> list[int] | None:
    shape = level.document.get("shape")
    if not isinstance(shape, list) or not all(isinstance(size, int) and not isinstance(size, bool) for size in shape):
        return None
    return shape


def _dtype(level: Node) -> str:
    """Return the name of an array's data type, the same whatever its order of bytes and the format of Zarr."""
    value = level.document.get("data_type", level.document.get("dtype"))
    try:
        return np.dtype(value).name if isinstance(value, str) else shown(value)
    except (TypeError, ValueError):
        return value if isinstance(value, str) else shown(value)
