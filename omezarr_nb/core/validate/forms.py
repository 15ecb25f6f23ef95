"""Rules of the form of each type of transformation of 0.6: which keys it has, and what they hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

from omezarr_nb.core.rules import spaces as rules
from omezarr_nb.core.rules.images import (
    SCALE_POSITIVE,
    TRANSFORMATION_OBJECT,
    TRANSFORMATION_TYPE,
    TRANSFORMATION_VECTOR,
)
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.values import Kind, duplicates, is_integer, is_numbers, listed, shown
from omezarr_nb.core.validate.vectors import check_finite

__all__ = ["TYPES", "check_form", "is_scale", "is_translation"]


#: What the text of 0.6 calls "cubic" of the schema; both are taken where the text is asked for.
_TEXT_INTERPOLATIONS = ("bspline-cubic",)
_ROTATION_SIZES = range(2, 6)


def check_form(report: Report, value: Any, place: str) -> None:
    """Check the form of one transformation and of those within it, whatever its input and output are."""
    transformation = report.kind(value, Kind.OBJECT, place, TRANSFORMATION_OBJECT)
    if transformation is None:
        return
    report.value(transformation, "name", Kind.TEXT, place, rules.TRANSFORMATION_NAME)
    kind = transformation.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        found = shown(kind) if "type" in transformation else "nothing"
        report.broken(TRANSFORMATION_TYPE, f"{place}.type", found, listed(tuple(TYPES)))
        return
    TYPES[kind](report, transformation, place)


def is_scale(value: Any) -> bool:
    """Return whether the schema takes an object for a scale: its type may be missing there."""
    return _is_vector(value, "scale") and not any(number <= 0 for number in value["scale"])


def is_translation(value: Any) -> bool:
    """Return whether the schema takes an object for a translation: its type may be missing there."""
    return _is_vector(value, "translation")


def _is_vector(value: Any, kind: str) -> bool:
    return isinstance(value, dict) and value.get("type", kind) == kind and is_numbers(value.get(kind))


def _identity(report: Report, transformation: JSON, place: str) -> None:
    """Nothing more is asked of an identity."""


def _vector(report: Report, transformation: JSON, place: str) -> None:
    kind = transformation["type"]
    vector = transformation.get(kind)
    if not is_numbers(vector):
        found = shown(vector) if kind in transformation else "nothing"
        report.broken(TRANSFORMATION_VECTOR, f"{place}.{kind}", found, "a list of numbers")
        return
    if kind == "scale" and any(number <= 0 for number in vector):
        report.broken(SCALE_POSITIVE, f"{place}.scale", shown(vector), "numbers above 0")
    check_finite(report, vector, f"{place}.{kind}")
    if "path" in transformation:
        report.broken(rules.TRANSFORMATION_VECTOR_PATH, f"{place}.path", shown(transformation["path"]), "nothing")


def _are_indices(report: Report, value: Any) -> TypeGuard[list[int]]:
    most = report.facts.axis_indices
    return (
        isinstance(value, list)
        and all(is_integer(part) and part >= 0 and (most is None or part <= most) for part in value)
        and not duplicates(value)
    )


def _map_axis(report: Report, transformation: JSON, place: str) -> None:
    value: Any = transformation.get("mapAxis")
    least, most = report.facts.map_axis_count
    if _are_indices(report, value) and least <= len(value) <= (len(value) if most is None else most):
        return
    found = shown(value) if "mapAxis" in transformation else "nothing"
    bounds = f"{least} to {most} " if most is not None else ""
    report.broken(rules.MAP_AXIS, f"{place}.mapAxis", found, f"a list of {bounds}indices of axes, each once")


def _project_axis(report: Report, transformation: JSON, place: str) -> None:
    keys = [key for key in ("droppedInputs", "createdOutputs") if key in transformation]
    if not keys:
        report.broken(rules.PROJECT_AXIS, place, "neither", "one of them")
    for key in keys:
        value, most = transformation[key], report.facts.project_axis_count
        if not _are_indices(report, value) or not value or (most is not None and len(value) > most):
            bounds = f"1 to {most}" if most is not None else "1 or more"
            report.broken(rules.PROJECT_AXIS, f"{place}.{key}", shown(value), f"a list of {bounds} indices, each once")


def _is_matrix(value: Any) -> TypeGuard[list[list[float]]]:
    return isinstance(value, list) and all(is_numbers(row) for row in value)


def _is_rotation(value: Any) -> TypeGuard[list[list[float]]]:
    return _is_matrix(value) and len(value) in _ROTATION_SIZES and all(len(row) == len(value) for row in value)


def _matrix(report: Report, transformation: JSON, place: str) -> None:
    """Exactly one of a path and a matrix that fits: the schema lets pass what does not fit beside one that does."""
    kind = transformation["type"]
    rule, fits = (rules.AFFINE_MATRIX, _is_matrix) if kind == "affine" else (rules.ROTATION_MATRIX, _is_rotation)
    matrix, path = transformation.get(kind), transformation.get("path")
    fitting = matrix if fits(matrix) else None
    if fitting is not None and isinstance(path, str):
        report.broken(rule, place, f'both "{kind}" and "path"', "one of them")
    elif fitting is not None:
        check_finite(report, [number for row in fitting for number in row], f"{place}.{kind}")
    elif isinstance(path, str):
        return
    elif kind in transformation:
        report.broken(rule, f"{place}.{kind}", shown(matrix), "lists of numbers")
    else:
        found = "neither" if "path" not in transformation else f'"path": {shown(path)}'
        report.broken(rule, place, found, f'"{kind}", or a text as "path"')


def _sequence(report: Report, transformation: JSON, place: str) -> None:
    steps = report.value(
        transformation,
        "transformations",
        Kind.LIST,
        place,
        rules.SEQUENCE_TRANSFORMATIONS,
        missing=rules.SEQUENCE_TRANSFORMATIONS,
    )
    report.filled(steps, f"{place}.transformations", rules.SEQUENCE_FILLED)
    for index, step in enumerate(steps or ()):
        check_form(report, step, f"{place}.transformations[{index}]")


def _by_dimension(report: Report, transformation: JSON, place: str) -> None:
    parts = report.value(
        transformation,
        "transformations",
        Kind.LIST,
        place,
        rules.BY_DIMENSION_TRANSFORMATIONS,
        missing=rules.BY_DIMENSION_TRANSFORMATIONS,
    )
    for part, where in report.objects(parts, f"{place}.transformations", rules.BY_DIMENSION_TRANSFORMATIONS):
        for key in ("inputAxes", "outputAxes"):
            if not is_numbers(part.get(key)):
                found = shown(part[key]) if key in part else "nothing"
                report.broken(rules.BY_DIMENSION_PART, f"{where}.{key}", found, "a list of indices of axes")
        if "transformation" in part:
            check_form(report, part["transformation"], f"{where}.transformation")
        else:
            report.broken(rules.BY_DIMENSION_PART, f"{where}.transformation", "nothing", "a transformation")


def _bijection(report: Report, transformation: JSON, place: str) -> None:
    for key in ("forward", "inverse"):
        if key in transformation:
            check_form(report, transformation[key], f"{place}.{key}")
        else:
            report.broken(rules.BIJECTION_PARTS, f"{place}.{key}", "nothing", "a transformation")


def _field(report: Report, transformation: JSON, place: str) -> None:
    report.value(
        transformation,
        "path",
        Kind.TEXT,
        place,
        rules.FIELD_TRANSFORMATION_PATH,
        missing=rules.FIELD_TRANSFORMATION_PATH,
    )
    allowed = report.facts.interpolations + (_TEXT_INTERPOLATIONS if report.is_full else ())
    if "interpolation" in transformation and transformation["interpolation"] not in allowed:
        report.broken(
            rules.INTERPOLATION, f"{place}.interpolation", shown(transformation["interpolation"]), listed(allowed)
        )


#: How the form of each type is checked.
TYPES: Mapping[str, Callable[[Report, JSON, str], None]] = {
    "identity": _identity,
    "mapAxis": _map_axis,
    "projectAxis": _project_axis,
    "scale": _vector,
    "translation": _vector,
    "affine": _matrix,
    "rotation": _matrix,
    "sequence": _sequence,
    "byDimension": _by_dimension,
    "bijection": _bijection,
    "displacements": _field,
    "coordinates": _field,
}
