"""Transformations as JSON, and back, leniently.

What cannot be understood becomes an `OtherTransformation` that keeps its JSON, and a problem that says why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from collections.abc import Sequence as Listing
from copy import deepcopy
from dataclasses import replace
from typing import Any, cast

from omezarr_nb.core.problems import quoted
from omezarr_nb.core.rules import Rule, images
from omezarr_nb.core.rules import spaces as rules
from omezarr_nb.core.transforms.levels import as_vector
from omezarr_nb.core.transforms.types import (
    Affine,
    Bijection,
    ByDimension,
    Coordinates,
    DimensionPart,
    Displacements,
    Identity,
    Interpolation,
    Known,
    MapAxis,
    Matrix,
    OtherTransformation,
    ProjectAxis,
    Rotation,
    Scale,
    Sequence,
    StoredMatrix,
    Transformation,
    Translation,
)

__all__ = ["TYPES", "Report", "parse_transformation", "to_json"]

#: Takes rule, place and message of a problem.
Report = Callable[[Rule, str, str], None]

#: Every type that is understood: those of 0.6.
TYPES = frozenset(
    (
        *("identity", "scale", "translation", "mapAxis", "projectAxis", "affine", "rotation"),
        *("sequence", "byDimension", "bijection", "displacements", "coordinates"),
    )
)

_INTERPOLATIONS = ("nearest", "linear", "cubic", "bspline-cubic")
_MAX_DEPTH = 32
_DECIMAL = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?", re.ASCII)
_LONGEST_NUMBER = 40
#: The keys that each type gives a meaning; all others are kept.
_KEYS = {
    "identity": frozenset(("type",)),
    "scale": frozenset(("type", "scale")),
    "translation": frozenset(("type", "translation")),
    "mapAxis": frozenset(("type", "mapAxis")),
    "projectAxis": frozenset(("type", "droppedInputs", "createdOutputs")),
    "affine": frozenset(("type", "affine", "path")),
    "rotation": frozenset(("type", "rotation", "path")),
    "sequence": frozenset(("type", "transformations")),
    "byDimension": frozenset(("type", "transformations")),
    "bijection": frozenset(("type", "forward", "inverse")),
    "displacements": frozenset(("type", "path", "interpolation")),
    "coordinates": frozenset(("type", "path", "interpolation")),
}
_PART_KEYS = frozenset(("inputAxes", "outputAxes", "transformation"))


def to_json(transformation: Transformation) -> dict[str, Any]:
    """Return the JSON object of a transformation, without the systems it goes between."""
    if isinstance(transformation, OtherTransformation):
        return deepcopy(dict(transformation.json))
    return _known_json(transformation) | deepcopy(dict(transformation.extra))


def _known_json(transformation: Transformation) -> dict[str, Any]:  # noqa: PLR0911, PLR0912 - a case for each type
    match transformation:
        case Identity():
            return {"type": "identity"}
        case Scale(scale):
            return {"type": "scale", "scale": list(scale)}
        case Translation(translation):
            return {"type": "translation", "translation": list(translation)}
        case MapAxis(map_axis):
            return {"type": "mapAxis", "mapAxis": list(map_axis)}
        case ProjectAxis(dropped, created):
            lists = {"droppedInputs": list(dropped), "createdOutputs": list(created)}
            return {"type": "projectAxis"} | {key: value for key, value in lists.items() if value}
        case Affine(matrix):
            return {"type": "affine", "affine": [list(row) for row in matrix]}
        case Rotation(matrix):
            return {"type": "rotation", "rotation": [list(row) for row in matrix]}
        case StoredMatrix(kind, path):
            return {"type": kind, "path": path}
        case Sequence(transformations):
            return {"type": "sequence", "transformations": [to_json(part) for part in transformations]}
        case ByDimension(parts):
            return {"type": "byDimension", "transformations": [_part_to_json(part) for part in parts]}
        case Bijection(forward, inverse):
            return {"type": "bijection", "forward": to_json(forward), "inverse": to_json(inverse)}
        case Displacements(path, interpolation):
            return {"type": "displacements", "path": path, "interpolation": interpolation}
        case Coordinates(path, interpolation):
            return {"type": "coordinates", "path": path, "interpolation": interpolation}
        case OtherTransformation(_, json):
            return dict(json)


def parse_transformation(
    value: object,
    place: str,
    report: Report,
    *,
    ndim: int | None = None,
    kinds: Collection[str] = TYPES,
    depth: int = 0,
) -> Transformation:
    """Read the JSON object of a transformation.

    Parameters
    ----------
    value
        Anything that JSON can hold.
    place
        Where it stands, for problems.
    report
        Called with each problem.
    ndim
        Number of input coordinates, where it is known: vectors of another length are problems.
    kinds
        The types that the version of the metadata knows.
    depth
        How many transformations it stands in.

    Returns
    -------
    Transformation
        `OtherTransformation` where it cannot be understood.
    """
    if not isinstance(value, Mapping):
        report(images.TRANSFORMATION_OBJECT, place, f"an object is expected, found {quoted(value)}")
        return Identity()
    kind = value.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) and kind in kinds else None
    if reader is None or depth > _MAX_DEPTH:
        report(images.TRANSFORMATION_TYPE, place, f"a transformation of type {quoted(kind)} is not applied")
        return OtherTransformation(str(kind)[:80], _copy(value))
    found = reader(_Spot(value, place, report, ndim, depth))
    if found is None:
        return OtherTransformation(str(kind), _copy(value))
    extra = {key: part for key, part in value.items() if key not in _KEYS[str(kind)]}
    return replace(found, extra=_copy(extra)) if extra else found


class _Spot:
    """One transformation while it is read."""

    def __init__(self, value: Mapping[str, Any], place: str, report: Report, ndim: int | None, depth: int) -> None:
        self.value, self.place, self.report, self.ndim, self.depth = value, place, report, ndim, depth

    def problem(self, rule: Rule, key: str, expected: str) -> None:
        self.report(rule, self.place, f"{expected} expected, found {quoted(self.value.get(key))}; it is ignored")

    def vector(self, key: str) -> tuple[float, ...] | None:
        value = self.value.get(key)
        vector = as_vector(value) if isinstance(value, list) else None
        if vector is None and isinstance(value, list):
            vector = _numbers_in(value)
            if vector is not None:
                self.report(
                    images.TRANSFORMATION_VECTOR,
                    f"{self.place}.{key}",
                    f"numbers are expected, found the texts {quoted(value)}, which are taken as numbers",
                )
        if vector and (self.ndim is None or len(vector) == self.ndim):
            return vector
        count = "" if self.ndim is None else f"{self.ndim} "
        rule = images.TRANSFORMATION_LENGTH if vector else self._why_no_vector(value)
        self.problem(rule, key, f"a list of {count}numbers is")
        return None

    @staticmethod
    def _why_no_vector(value: object) -> Rule:
        """Return the rule that is broken: numbers that are not finite are numbers all the same."""
        numbers = isinstance(value, list) and value and all(_is_number(part) for part in value)
        return images.TRANSFORMATION_FINITE if numbers else images.TRANSFORMATION_VECTOR

    def indices(self, key: str, rule: Rule) -> tuple[int, ...] | None:
        value = self.value.get(key, [])
        if isinstance(value, list) and all(isinstance(i, int) and not isinstance(i, bool) and i >= 0 for i in value):
            return tuple(value)
        self.problem(rule, key, "a list of axis indices is")
        return None

    def matrix(self, key: str, rule: Rule) -> Matrix | None:
        value = self.value.get(key)
        rows = [as_vector(row) for row in value] if isinstance(value, list) else []
        if rows and all(rows):
            if len({len(row) for row in rows if row}) == 1:
                return tuple(row for row in rows if row)
            rule = rules.MATRIX_ROWS
        self.problem(rule, key, "a list of rows of as many numbers each is")
        return None

    def inner(self, value: object, key: str, ndim: int | None = None) -> Transformation:
        place = f"{self.place}.{key}"
        return parse_transformation(value, place, self.report, ndim=ndim, depth=self.depth + 1)

    def objects(self, key: str, rule: Rule, empty: Rule) -> list[Any] | None:
        value = self.value.get(key)
        if isinstance(value, list) and value:
            return value
        self.problem(empty if isinstance(value, list) else rule, key, "a list that is not empty is")
        return None


def _scale(spot: _Spot) -> Known | None:
    vector = spot.vector("scale")
    if vector is not None and not all(number > 0 for number in vector):
        spot.problem(images.SCALE_POSITIVE, "scale", "pixel sizes above 0 are")
        return None
    return None if vector is None else Scale(vector)


def _translation(spot: _Spot) -> Known | None:
    vector = spot.vector("translation")
    return None if vector is None else Translation(vector)


def _identity(_: _Spot) -> Known | None:
    return Identity()


def _map_axis(spot: _Spot) -> Known | None:
    indices = spot.indices("mapAxis", rules.MAP_AXIS)
    if indices is None:
        return None
    if not indices or sorted(indices) != list(range(len(indices))):
        spot.problem(rules.MAP_AXIS_PERMUTATION if indices else rules.MAP_AXIS, "mapAxis", "each axis once is")
        return None
    return MapAxis(indices)


def _project_axis(spot: _Spot) -> Known | None:
    dropped, created = (spot.indices(key, rules.PROJECT_AXIS) for key in ("droppedInputs", "createdOutputs"))
    return None if dropped is None or created is None else ProjectAxis(dropped, created)


def _affine(spot: _Spot) -> Known | None:
    if isinstance(spot.value.get("path"), str):
        return StoredMatrix("affine", spot.value["path"])
    matrix = spot.matrix("affine", rules.AFFINE_MATRIX)
    return None if matrix is None else Affine(matrix)


def _rotation(spot: _Spot) -> Known | None:
    if isinstance(spot.value.get("path"), str):
        return StoredMatrix("rotation", spot.value["path"])
    matrix = spot.matrix("rotation", rules.ROTATION_MATRIX)
    if matrix is not None and len(matrix) != len(matrix[0]):
        spot.problem(rules.ROTATION_MATRIX, "rotation", "as many rows as columns are")
        return None
    return None if matrix is None else Rotation(matrix)


def _sequence(spot: _Spot) -> Known | None:
    values = spot.objects("transformations", rules.SEQUENCE_TRANSFORMATIONS, rules.SEQUENCE_FILLED)
    if values is None:
        return None
    return Sequence(tuple(spot.inner(value, f"transformations[{i}]") for i, value in enumerate(values)))


def _by_dimension(spot: _Spot) -> Known | None:
    parts = []
    rule = rules.BY_DIMENSION_TRANSFORMATIONS
    for index, value in enumerate(spot.objects("transformations", rule, rule) or []):
        if not isinstance(value, Mapping):
            spot.problem(rule, "transformations", "a list of objects is")
            return None
        part = _Spot(value, f"{spot.place}.transformations[{index}]", spot.report, None, spot.depth)
        inputs, outputs = (part.indices(key, rules.BY_DIMENSION_PART) for key in ("inputAxes", "outputAxes"))
        if inputs is None or outputs is None:
            return None
        inner = part.inner(value.get("transformation"), "transformation", len(inputs))
        extra = {key: entry for key, entry in value.items() if key not in _PART_KEYS}
        parts.append(DimensionPart(inputs, outputs, inner, extra=_copy(extra)))
    return ByDimension(tuple(parts)) if parts else None


def _bijection(spot: _Spot) -> Known | None:
    return Bijection(spot.inner(spot.value.get("forward"), "forward"), spot.inner(spot.value.get("inverse"), "inverse"))


def _field(spot: _Spot) -> tuple[str, Interpolation] | None:
    path, interpolation = spot.value.get("path"), spot.value.get("interpolation", "linear")
    if not isinstance(path, str):
        spot.problem(rules.FIELD_TRANSFORMATION_PATH, "path", "the path of a field is")
        return None
    if interpolation not in _INTERPOLATIONS:
        spot.problem(rules.INTERPOLATION, "interpolation", f"one of {', '.join(_INTERPOLATIONS)} is")
        return None
    return path, cast("Interpolation", interpolation)


def _displacements(spot: _Spot) -> Known | None:
    found = _field(spot)
    return None if found is None else Displacements(*found)


def _coordinates(spot: _Spot) -> Known | None:
    found = _field(spot)
    return None if found is None else Coordinates(*found)


_READERS: Mapping[str, Callable[[_Spot], Known | None]] = {
    "identity": _identity,
    "scale": _scale,
    "translation": _translation,
    "mapAxis": _map_axis,
    "projectAxis": _project_axis,
    "affine": _affine,
    "rotation": _rotation,
    "sequence": _sequence,
    "byDimension": _by_dimension,
    "bijection": _bijection,
    "displacements": _displacements,
    "coordinates": _coordinates,
}


def _part_to_json(part: DimensionPart) -> dict[str, Any]:
    return {
        "inputAxes": list(part.input_axes),
        "outputAxes": list(part.output_axes),
        "transformation": to_json(part.transformation),
    } | deepcopy(dict(part.extra))


def _copy(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy, or nothing of what is nested too deeply to be copied."""
    try:
        return deepcopy(dict(value))
    except RecursionError:
        return {}


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _numbers_in(values: Listing[object]) -> tuple[float, ...] | None:
    """Return the numbers that texts spell, where each of a list does: some writers quote numbers."""
    texts = [value for value in values if isinstance(value, str) and len(value) < _LONGEST_NUMBER]
    if not texts or len(texts) != len(values) or not all(_DECIMAL.fullmatch(text) for text in texts):
        return None
    return as_vector([float(text) for text in texts])
