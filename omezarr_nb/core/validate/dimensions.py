"""Rules of 0.6 on how the parameters of a transformation fit the dimensions of its input and output.

Only what has the right form is looked at: what has not is reported by `omezarr_nb.core.validate.forms`.
"""

from __future__ import annotations

import math
from typing import Any, TypeGuard

from omezarr_nb.core.rules import spaces as rules
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.values import is_finite, is_integer, is_numbers, listed, shown
from omezarr_nb.core.validate.vectors import check_length

__all__ = ["check_dimensions"]


#: How far a rotation may be off: written with six digits, the error of a product of two is a few 1e-6.
_TOLERANCE = 1e-4


def check_dimensions(report: Report, value: Any, place: str, inputs: int | None, outputs: int | None) -> None:
    """Check that a transformation takes points of `inputs` coordinates to points of `outputs`; None is not known."""
    result = _apply(report, value, place, inputs, outputs)
    if result is not None and outputs is not None and result != outputs:
        report.broken(
            rules.TRANSFORMATION_DIMENSIONS,
            place,
            f"{result} coordinates as its result",
            f"{outputs}, the axes of its output",
        )


def _apply(report: Report, value: Any, place: str, inputs: int | None, outputs: int | None) -> int | None:
    """Return how many coordinates come out of a transformation, where that can be told."""
    result: int | None = None
    match value.get("type") if isinstance(value, dict) else None:
        case "identity" | "displacements":
            result = inputs
        case "scale" | "translation" as kind:
            check_length(report, value, kind, place, inputs)
            vector = value.get(kind)
            result = len(vector) if inputs is None and is_numbers(vector) else inputs
        case "mapAxis":
            result = _map_axis(report, value.get("mapAxis"), place, inputs)
        case "projectAxis":
            result = _project_axis(report, value, place, inputs)
        case "affine":
            result = _affine(report, value.get("affine"), place, inputs)
        case "rotation":
            result = _rotation(report, value.get("rotation"), place, inputs)
        case "sequence":
            result = _sequence(report, value, place, inputs, outputs)
        case "byDimension":
            _by_dimension(report, value, place, inputs, outputs)
        case "bijection":
            check_dimensions(report, value.get("forward"), f"{place}.forward", inputs, outputs)
            check_dimensions(report, value.get("inverse"), f"{place}.inverse", outputs, inputs)
    return result


def _fits(report: Report, place: str, count: int, inputs: int | None) -> int:
    if inputs is not None and count != inputs:
        report.broken(
            rules.TRANSFORMATION_DIMENSIONS,
            place,
            f"parameters for {count} coordinates",
            f"{inputs}, those of its input",
        )
    return inputs if inputs is not None else count


def _is_indices(value: Any) -> TypeGuard[list[int]]:
    return isinstance(value, list) and all(is_integer(part) for part in value)


def _map_axis(report: Report, value: Any, place: str, inputs: int | None) -> int | None:
    if not _is_indices(value):
        return inputs
    if sorted(value) != list(range(len(value))):
        report.broken(
            rules.MAP_AXIS_PERMUTATION, f"{place}.mapAxis", shown(value), f"each of 0 to {len(value) - 1} once"
        )
    return _fits(report, f"{place}.mapAxis", len(value), inputs)


def _project_axis(report: Report, value: JSON, place: str, inputs: int | None) -> int | None:
    dropped, created = value.get("droppedInputs", []), value.get("createdOutputs", [])
    if inputs is None or not _is_indices(dropped) or not _is_indices(created):
        return None
    result = inputs - len(dropped) + len(created)
    for key, indices, count in (("droppedInputs", dropped, inputs), ("createdOutputs", created, result)):
        _in_range(report, indices, count, f"{place}.{key}")
    return result


def _in_range(report: Report, indices: list[Any], count: int | None, place: str) -> None:
    outside = [index for index in indices if not is_integer(index) or not 0 <= index < (count or math.inf)]
    if outside:
        report.broken(
            rules.TRANSFORMATION_AXIS_INDEX,
            place,
            listed(outside),
            f"indices from 0 to {count - 1}" if count else "indices",
        )


def _affine(report: Report, value: Any, place: str, inputs: int | None) -> int | None:
    if not isinstance(value, list) or not value or not all(is_numbers(row) for row in value):
        return None
    place = f"{place}.affine"
    lengths = sorted({len(row) for row in value})
    if len(lengths) > 1:
        report.broken(rules.MATRIX_ROWS, place, f"rows of {listed(lengths, 'and')} numbers", "rows of one length")
    elif inputs is not None and lengths != [inputs + 1]:
        expected = f"{inputs + 1}: one for each axis of its input, and the translation"
        report.broken(rules.TRANSFORMATION_DIMENSIONS, place, f"rows of {lengths[0]} numbers", expected)
    return len(value)


def _rotation(report: Report, value: Any, place: str, inputs: int | None) -> int | None:
    if not isinstance(value, list) or not all(is_numbers(row) and len(row) == len(value) for row in value):
        return inputs
    place = f"{place}.rotation"
    size = range(len(value))
    if all(is_finite(number) for row in value for number in row):
        off = max(
            (
                abs(sum(float(a) * b for a, b in zip(value[i], value[j], strict=True)) - (i == j))
                for i in size
                for j in size
            ),
            default=0.0,
        )
        determinant = _determinant([[float(number) for number in row] for row in value])
        if not off <= _TOLERANCE:
            report.broken(rules.ROTATION_ORTHONORMAL, place, "rows that are not orthonormal", "orthonormal rows")
        elif not abs(determinant - 1) <= _TOLERANCE:
            report.broken(rules.ROTATION_ORTHONORMAL, place, f"a determinant of {determinant:.3g}", "1")
    return _fits(report, place, len(value), inputs)


def _determinant(matrix: list[list[float]]) -> float:
    """Return the determinant, by elimination with pivots."""
    rows, result = [list(row) for row in matrix], 1.0
    for column in range(len(rows)):
        pivot = max(range(column, len(rows)), key=lambda index: abs(rows[index][column]))
        if rows[pivot][column] == 0:
            return 0.0
        if pivot != column:
            rows[pivot], rows[column] = rows[column], rows[pivot]
            result = -result
        result *= rows[column][column]
        for row in rows[column + 1 :]:
            factor = row[column] / rows[column][column]
            for index in range(column, len(rows)):
                row[index] -= factor * rows[column][index]
    return result


def _sequence(report: Report, value: JSON, place: str, inputs: int | None, outputs: int | None) -> int | None:
    steps = value.get("transformations")
    if not isinstance(steps, list):
        return None
    result = inputs
    for index, step in enumerate(steps):
        last = index == len(steps) - 1
        # A byDimension or a field within a sequence leaves open how many come out: what goes in is what is taken.
        result = _apply(report, step, f"{place}.transformations[{index}]", result, outputs if last else None)
    return result


def _by_dimension(report: Report, value: JSON, place: str, inputs: int | None, outputs: int | None) -> None:
    parts = value.get("transformations")
    if not isinstance(parts, list):
        return
    seen: dict[int | float, int] = {}
    for index, part in enumerate(parts):
        if not isinstance(part, dict) or not all(is_numbers(part.get(key)) for key in ("inputAxes", "outputAxes")):
            continue
        where = f"{place}.transformations[{index}]"
        taken, given = part["inputAxes"], part["outputAxes"]
        _in_range(report, taken, inputs, f"{where}.inputAxes")
        _in_range(report, given, outputs, f"{where}.outputAxes")
        for axis in given:
            if axis in seen:
                found = f"{shown(axis)}, in part {seen[axis]} as well"
                report.broken(
                    rules.BY_DIMENSION_OUTPUT_TWICE, f"{where}.outputAxes", found, "every axis of the output once"
                )
            seen[axis] = index
        check_dimensions(report, part.get("transformation"), f"{where}.transformation", len(taken), len(given))
    missing = [axis for axis in range(outputs or 0) if axis not in seen]
    if missing:
        report.broken(
            rules.BY_DIMENSION_OUTPUT_MISSING,
            f"{place}.transformations",
            f"nothing for axis {listed(missing)}",
            "every axis",
        )
