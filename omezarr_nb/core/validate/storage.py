"""Rules on the arrays of an image: as many and as large as its metadata says, by their metadata alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from omezarr_nb.core.offsets import missing_offsets
from omezarr_nb.core.rules import storage as rules
from omezarr_nb.core.validate.documents import Node
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.values import is_finite, is_numbers, listed, shown

__all__ = [
    "Pyramid",
    "axis_names_of",
    "check_array_dimensions",
    "check_label_arrays",
    "check_levels",
    "check_offsets",
    "check_scales",
    "dataset_paths",
    "multiscales_of",
    "system_names_of",
]


_MOST_LEVELS = 64
#: Pixels by which the size of a level may be off: what sizes that the factor does not divide are rounded to.
_ROUNDING = 1
_MAX_SIZE = 2**63
_KEY = "coordinateTransformations"


def multiscales_of(block: JSON) -> list[dict[str, Any]]:
    """Return the multiscales of an image, those that are objects."""
    return _objects(block.get("multiscales"))


def dataset_paths(multiscale: JSON) -> list[str]:
    """Return the paths of the levels of a multiscale, in order; [] where they cannot be told."""
    return [entry["path"] for entry in _objects(multiscale.get("datasets")) if isinstance(entry.get("path"), str)]


def axis_names_of(multiscale: JSON, report: Report) -> list[Any] | None:
    """Return the names of the axes of a multiscale, or None where they cannot be told."""
    if report.facts.axes == "none":
        return list("tczyx")
    axes = multiscale.get("axes")
    if report.facts.axes == "systems":
        transformations = [_objects(entry.get(_KEY)) for entry in _objects(multiscale.get("datasets"))[:1]]
        output = transformations[0][0].get("output") if transformations and transformations[0] else None
        name = output.get("name") if isinstance(output, dict) else None
        systems = _objects(multiscale.get("coordinateSystems"))
        named = [system for system in systems if system.get("name") == name]
        axes = named[0].get("axes") if named else None
    if not isinstance(axes, list):
        return None
    return [axis.get("name") if isinstance(axis, dict) else axis for axis in axes]


def system_names_of(block: JSON) -> list[str]:
    """Return the names of the coordinate systems of all multiscales of an image."""
    names = [
        system.get("name")
        for multiscale in multiscales_of(block)
        for system in _objects(multiscale.get("coordinateSystems"))
    ]
    return [name for name in names if isinstance(name, str)]


def _objects(values: Any) -> list[dict[str, Any]]:
    """Return the objects in a list; [] where there is none."""
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def check_levels(report: Report, names: Sequence[Any] | None, levels: Sequence[Node]) -> None:
    """Check the arrays of an image against its axes, and against one another."""
    count = len(names) if names is not None else None
    there = [level for level in levels if level.kind == "array" and _shape(level) is not None]
    for level in levels:
        where = level.path
        if level.fault:
            report.broken(rules.ARRAY_DOCUMENT, where, level.fault, "the metadata of an array")
            continue
        if level.kind != "array":
            report.broken(rules.LEVEL_ARRAY, where, "a group" if level.kind else "nothing", "an array")
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


def check_scales(report: Report, multiscale: JSON, levels: Mapping[str, Node]) -> None:
    """Check that the scales of levels and the shapes of their arrays, by their paths, say the same."""
    found = []
    for dataset in _objects(multiscale.get("datasets")):
        level, scale = levels.get(str(dataset.get("path"))), _scale_of(dataset)
        shape = _shape(level) if level is not None and level.kind == "array" else None
        usable = shape is not None and all(0 <= size < _MAX_SIZE for size in shape)
        if usable and level is not None and scale is not None and shape is not None and len(scale) == len(shape):
            found.append((level.path, scale, shape))
    for path, scale, shape in found[1:]:
        _, first, whole = found[0]
        ratios = [size / unit if unit else 0.0 for size, unit in zip(scale, first, strict=True)]
        if not all(_fits(*numbers) for numbers in zip(ratios, whole, shape, strict=True)):
            report.broken(rules.LEVEL_SCALE, path, f"pixels {shown(ratios)} times as large", _sizes(whole, shape))


def check_offsets(report: Report, multiscale: JSON, levels: Mapping[str, Node]) -> None:
    """Check that levels that were averaged lie where their pixels do, where it is certain that they do not."""
    datasets = multiscale.get("datasets")
    nodes = [
        levels.get(str(dataset.get("path"))) if isinstance(dataset, dict) else None
        for dataset in (datasets if isinstance(datasets, list) else ())
    ]
    shapes = [_shape(node) if node is not None and node.kind == "array" else None for node in nodes]
    for index, translation in missing_offsets(multiscale, shapes).items():
        node = nodes[index]
        if node is not None:
            report.broken(rules.LEVEL_OFFSET, node.path, "no offset", f"the translation {shown(translation)}")


def _fits(ratio: float, whole: int, size: int) -> bool:
    """Return whether `size` pixels that are larger by a ratio cover what `whole` pixels do, but for the rounding."""
    return ratio * (size - _ROUNDING) <= whole <= ratio * (size + _ROUNDING)


def _sizes(whole: Sequence[int], shape: Sequence[int]) -> str:
    return f"{shown([round(a / b, 3) if b else 0 for a, b in zip(whole, shape, strict=True)])}, as the shapes say"


def _scale_of(dataset: JSON) -> list[float] | None:
    """Return the scale of a level, which is a part of a sequence in 0.6; None where there is none that is usable."""
    for transformation in _objects(dataset.get(_KEY)):
        for step in (transformation, *_objects(transformation.get("transformations"))):
            scale = step.get("scale")
            if step.get("type") == "scale" and is_numbers(scale):
                return list(map(float, scale)) if all(is_finite(part) and part > 0 for part in scale) else None
    return None


def check_array_dimensions(report: Report, names: Sequence[Any], attributes: Mapping[str, JSON]) -> None:
    """Check what the attributes of arrays, by their paths, say of the names of the axes."""
    for path, values in attributes.items():
        found = values.get("_ARRAY_DIMENSIONS")
        if found != list(names):
            report.broken(rules.ARRAY_DIMENSIONS, path, shown(found), shown(list(names)))


@dataclass(frozen=True, slots=True)
class Pyramid:
    """The arrays of an image, and the names of its axes, None where they cannot be told."""

    levels: Sequence[Node] = ()
    names: Sequence[Any] | None = None

    def sizes(self, level: Node) -> dict[str, int] | None:
        """Return the size of an array along each axis, by its name; None where that cannot be told."""
        shape = _shape(level)
        if shape is None or self.names is None or len(shape) != len(self.names):
            return None
        return {str(name): size for name, size in zip(self.names, shape, strict=True)}


def check_label_arrays(report: Report, image: Pyramid, labels: Pyramid, place: str) -> None:
    """Check the arrays of a label image against those of its image."""
    if len(image.levels) != len(labels.levels):
        report.broken(rules.LABEL_LEVELS, place, f"{len(labels.levels)} levels", f"{len(image.levels)}")
    for one, other in zip(image.levels, labels.levels, strict=False):
        where = other.path
        if other.kind == "array" and not _dtype(other).removeprefix("u").startswith("int"):
            report.broken(rules.LABEL_DTYPE, where, shown(_dtype(other)), "an integer type such as uint32")
        whole, sizes = image.sizes(one), labels.sizes(other)
        if whole is None or sizes is None:
            continue
        if any(size not in (whole.get(name, 1), 1) for name, size in sizes.items()):
            expected = {name: whole.get(name, 1) for name in sizes}
            report.broken(rules.LABEL_SHAPE, where, shown(sizes), f"{shown(expected)}, or 1 instead")


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
