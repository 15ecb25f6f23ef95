"""Transformations as JSON, and back, leniently.

What cannot be understood becomes an `OtherTransformation` that keeps its JSON, and a problem that says why.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any, TypeAlias, cast

from omezarr_nb.core.problems import quoted
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
Report = Callable[[str, str, str], None]

#: Every type that is understood: those of 0.6.
TYPES = frozenset(
    (
        *("identity", "scale", "translation", "mapAxis", "projectAxis", "affine", "rotation"),
        *("sequence", "byDimension", "bijection", "displacements", "coordinates"),
    )
)

_INTERPOLATIONS = ("nearest", "linear", "cubic")
_MAX_DEPTH = 32
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

_Known: TypeAlias = (
    Identity
    | Scale
    | Translation
    | MapAxis
    | ProjectAxis
    | Affine
    | Rotation
    | StoredMatrix
    | Sequence
    | ByDimension
    | Bijection
    | Displacements
    | Coordinates
)


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
        report("transformation", place, f"an object is expected, found {quoted(value)}")
        return Identity()
    kind = value.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) and kind in kinds else None
    if reader is None or depth > _MAX_DEPTH:
        report("transformation-type", place, f"a transformation of type {quoted(kind)} is not applied")
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

    def problem(self, rule: str, key: str, expected: str) -> None:
        self.report(rule, self.place, f"{expected} expected, found {quoted(self.value.get(key))}; it is ignored")

    def vector(self, key: str) -> tuple[float, ...] | None:
        vector = as_vector(self.value.get(key, ()))
        count = "" if self.ndim is None else f"{self.ndim} "
        if vector is None or not vector or (self.ndim is not None and len(vector) != self.ndim):
            self.problem(f"{key}-vector", key, f"a list of {count}numbers is")
            return None
        return vector

    def indices(self, key: str) -> tuple[int, ...] | None:
        value = self.value.get(key, [])
        if isinstance(value, list) and all(isinstance(i, int) and not isinstance(i, bool) and i >= 0 for i in value):
            return tuple(value)
        self.problem("axis-indices", key, "a list of axis indices is")
        return None

    def matrix(self, key: str) -> Matrix | None:
        value = self.value.get(key)
        rows = [as_vector(row) for row in value] if isinstance(value, list) else []
        if rows and all(rows) and len({len(row) for row in rows if row}) == 1:
            return tuple(row for row in rows if row)
        self.problem(f"{key}-matrix", key, "a list of rows of as many numbers each is")
        return None

    def inner(self, value: object, key: str, ndim: int | None = None) -> Transformation:
        place = f"{self.place}.{key}"
        return parse_transformation(value, place, self.report, ndim=ndim, depth=self.depth + 1)

    def objects(self, key: str) -> list[Any] | None:
        value = self.value.get(key)
        if isinstance(value, list) and value:
            return value
        self.problem(f"{key}-list", key, "a list that is not empty is")
        return None


def _scale(spot: _Spot) -> _Known | None:
    vector = spot.vector("scale")
    if vector is not None and not all(number > 0 for number in vector):
        spot.problem("scale-positive", "scale", "pixel sizes above 0 are")
        return None
    return None if vector is None else Scale(vector)


def _translation(spot: _Spot) -> _Known | None:
    vector = spot.vector("translation")
    return None if vector is None else Translation(vector)


def _identity(_: _Spot) -> _Known | None:
    return Identity()


def _map_axis(spot: _Spot) -> _Known | None:
    indices = spot.indices("mapAxis")
    if indices is not None and sorted(indices) != list(range(len(indices))):
        spot.problem("map-axis", "mapAxis", "each axis once is")
        return None
    return MapAxis(indices) if indices else None


def _project_axis(spot: _Spot) -> _Known | None:
    dropped, created = spot.indices("droppedInputs"), spot.indices("createdOutputs")
    return None if dropped is None or created is None else ProjectAxis(dropped, created)


def _affine(spot: _Spot) -> _Known | None:
    if isinstance(spot.value.get("path"), str):
        return StoredMatrix("affine", spot.value["path"])
    matrix = spot.matrix("affine")
    return None if matrix is None else Affine(matrix)


def _rotation(spot: _Spot) -> _Known | None:
    if isinstance(spot.value.get("path"), str):
        return StoredMatrix("rotation", spot.value["path"])
    matrix = spot.matrix("rotation")
    if matrix is not None and len(matrix) != len(matrix[0]):
        spot.problem("rotation-square", "rotation", "as many rows as columns are")
        return None
    return None if matrix is None else Rotation(matrix)


def _sequence(spot: _Spot) -> _Known | None:
    values = spot.objects("transformations")
    if values is None:
        return None
    return Sequence(tuple(spot.inner(value, f"transformations[{i}]") for i, value in enumerate(values)))


def _by_dimension(spot: _Spot) -> _Known | None:
    parts = []
    for index, value in enumerate(spot.objects("transformations") or []):
        if not isinstance(value, Mapping):
            spot.problem("by-dimension", "transformations", "a list of objects is")
            return None
        part = _Spot(value, f"{spot.place}.transformations[{index}]", spot.report, None, spot.depth)
        inputs, outputs = part.indices("inputAxes"), part.indices("outputAxes")
        if inputs is None or outputs is None:
            return None
        inner = part.inner(value.get("transformation"), "transformation", len(inputs))
        extra = {key: entry for key, entry in value.items() if key not in _PART_KEYS}
        parts.append(DimensionPart(inputs, outputs, inner, extra=_copy(extra)))
    return ByDimension(tuple(parts)) if parts else None


def _bijection(spot: _Spot) -> _Known | None:
    return Bijection(spot.inner(spot.value.get("forward"), "forward"), spot.inner(spot.value.get("inverse"), "inverse"))


def _field(spot: _Spot) -> tuple[str, Interpolation] | None:
    path, interpolation = spot.value.get("path"), spot.value.get("interpolation", "linear")
    if not isinstance(path, str) or interpolation not in _INTERPOLATIONS:
        spot.problem("field", "path", "the path of a field is")
        return None
    return path, cast("Interpolation", interpolation)


def _displacements(spot: _Spot) -> _Known | None:
    found = _field(spot)
    return None if found is None else Displacements(*found)


def _coordinates(spot: _Spot) -> _Known | None:
    found = _field(spot)
    return None if found is None else Coordinates(*found)


_READERS: Mapping[str, Callable[[_Spot], _Known | None]] = {
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
