"""Coordinate systems and transformations of 0.6, scenes."""

from __future__ import annotations

from typing import Any

from tests.core.validate.cases.case import Case, E, W
from tests.core.validate.samples import DELETE

__all__ = ["CASES"]

N = "ome.multiscales[0]"
S = f"{N}.coordinateSystems[0]"
L = f"{N}.datasets[0].coordinateTransformations"
T = f"{N}.coordinateTransformations[0]"
ENDS = {"input": {"name": "physical"}, "output": {"name": "stage"}}
YX = [{"name": "y", "type": "space"}, {"name": "x", "type": "space"}]


def _ends(**transformation: Any) -> dict[str, Any]:
    return {**transformation, **ENDS}


CASES = [
    Case("transformation-reference-path", E, "0.6", "image", f"{T}.input.path", [1], "[1]"),
    # coordinate systems
    Case("multiscale-systems", E, "0.6", "image", f"{N}.coordinateSystems", DELETE, "nothing"),
    Case("multiscale-axes-moved", E, "0.6", "image", N, {"axes": [], "datasets": []}, "axes", f"{N}.axes"),
    Case("systems-list", E, "0.6", "image", f"{N}.coordinateSystems", "x", '"x"'),
    Case("system-object", E, "0.6", "image", f"{N}.coordinateSystems[1]", "x", '"x"'),
    Case("system-name", E, "0.6", "image", f"{S}.name", "", "an empty text"),
    Case("system-name-unique", E, "0.6", "image", f"{N}.coordinateSystems[1].name", "physical", '"physical" again'),
    Case("system-axes", E, "0.6", "image", f"{S}.axes", DELETE, "nothing"),
    Case(
        "systems-connected",
        E,
        "0.6",
        "image",
        f"{N}.coordinateSystems[2]",
        {"name": "far", "axes": YX},
        'no link from "physical" to "far"',
        f"{N}.coordinateTransformations",
    ),
    # levels of 0.6
    Case("level-transformations", E, "0.6", "image", L, [], "0"),
    Case("level-transformation-type", E, "0.6", "image", f"{L}[0].type", "affine", '"affine"'),
    Case("level-transformation-type", E, "0.6", "image", f"{L}[0].type", DELETE, "nothing"),
    Case(
        "level-transformation-typed",
        E,
        "0.6",
        "image",
        f"{L}[0]",
        {"input": {"path": "0"}, "output": {"name": "physical"}},
        "nothing",
        f"{L}[0].type",
    ),
    Case(
        "level-sequence-order",
        E,
        "0.6",
        "image",
        f"{N}.datasets[1].coordinateTransformations[0].transformations",
        [{"type": "translation", "translation": [0] * 4}, {"type": "scale", "scale": [1] * 4}],
        '["translation", "scale"]',
    ),
    Case("level-input", E, "0.6", "image", f"{L}[0].input", "0", '"0"'),
    Case("level-output", E, "0.6", "image", f"{L}[0].output.name", DELETE, "nothing"),
    Case("level-input-path", E, "0.6", "image", f"{L}[0].input.path", "s0", '"s0"'),
    Case("level-input-name", W, "0.6", "image", f"{L}[0].input.name", "array", '"array"'),
    Case("level-output-path", W, "0.6", "image", f"{L}[0].output.path", "", '""'),
    Case("level-transformation-name", E, "0.6", "image", f"{L}[0].name", 1, "1"),
    Case(
        "intrinsic-same",
        E,
        "0.6",
        "image",
        f"{L}[0].output.name",
        "stage",
        '"',
        f"{N}.datasets[1].coordinateTransformations[0].output.name",
    ),
    Case("intrinsic-declared", E, "0.6", "image", f"{L}[0].output.name", "other", '"other"'),
    # further transformations of 0.6
    Case("multiscale-transformations", E, "0.6", "image", f"{N}.coordinateTransformations", [], "an empty list"),
    Case("transformation-reference", E, "0.6", "image", f"{T}.input", "physical", '"physical"'),
    Case(
        "transformation-reference",
        E,
        "0.6",
        "scene",
        "ome.scene.coordinateTransformations[0].input.x",
        1,
        'the key "x"',
        "ome.scene.coordinateTransformations[0].input",
    ),
    Case("transformation-system", E, "0.6", "image", f"{T}.output.name", "other", '"other"'),
    Case("intrinsic-side", E, "0.6", "image", f"{T}.input.name", "stage", '"stage" and "stage"', T),
    Case(
        "labels-transformation-type",
        E,
        "0.6",
        "image",
        T,
        {"type": "affine", "path": "a", **ENDS, "output": {"name": "x", "path": "labels/a"}},
        '"affine"',
        f"{T}.type",
    ),
    Case("transformation-name", E, "0.6", "image", f"{T}.name", 1, "1"),
    Case("transformation-vector-path", W, "0.6", "image", f"{T}.path", "array", '"array"'),
    Case("map-axis", E, "0.6", "image", T, _ends(type="mapAxis", mapAxis=[0, 0]), "[0, 0]", f"{T}.mapAxis"),
    Case(
        "map-axis-permutation", E, "0.6", "image", T, _ends(type="mapAxis", mapAxis=[0, 1, 2, 4]), "4]", f"{T}.mapAxis"
    ),
    Case("project-axis", E, "0.6", "image", T, _ends(type="projectAxis"), "neither"),
    Case("project-axis", E, "0.6", "image", T, _ends(type="projectAxis", droppedInputs=[]), "[]", f"{T}.droppedInputs"),
    Case(
        "transformation-axis-index",
        E,
        "0.6",
        "image",
        T,
        _ends(type="projectAxis", droppedInputs=[4], createdOutputs=[0]),
        "4",
        f"{T}.droppedInputs",
    ),
    Case("affine-matrix", E, "0.6", "image", T, _ends(type="affine", affine=[[1]], path="a"), "both"),
    Case("affine-matrix", E, "0.6", "image", T, _ends(type="affine"), "neither"),
    Case(
        "matrix-rows",
        E,
        "0.6",
        "image",
        T,
        _ends(type="affine", affine=[[1], [1, 2]]),
        "rows of 1 and 2",
        f"{T}.affine",
    ),
    Case(
        "transformation-dimensions",
        E,
        "0.6",
        "image",
        T,
        _ends(type="affine", affine=[[1, 0, 0]] * 4),
        "3 numbers",
        f"{T}.affine",
    ),
    Case(
        "transformation-dimensions", E, "0.6", "image", T, _ends(type="projectAxis", droppedInputs=[0]), "3 coordinates"
    ),
    Case("rotation-matrix", E, "0.6", "image", T, _ends(type="rotation", rotation=[[1]]), "[[1]]", f"{T}.rotation"),
    Case(
        "rotation-orthonormal",
        E,
        "0.6",
        "image",
        T,
        _ends(type="rotation", rotation=[[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, -1]]),
        "a determinant of -1",
        f"{T}.rotation",
    ),
    Case(
        "rotation-orthonormal",
        E,
        "0.6",
        "image",
        T,
        _ends(type="rotation", rotation=[[1] * 4] * 4),
        "not orthonormal",
        f"{T}.rotation",
    ),
    Case("sequence-transformations", E, "0.6", "image", T, _ends(type="sequence"), "nothing", f"{T}.transformations"),
    Case(
        "sequence-filled",
        E,
        "0.6",
        "image",
        T,
        _ends(type="sequence", transformations=[]),
        "empty",
        f"{T}.transformations",
    ),
    Case(
        "by-dimension-transformations",
        E,
        "0.6",
        "image",
        T,
        _ends(type="byDimension", transformations=[1]),
        "1",
        f"{T}.transformations[0]",
    ),
    Case(
        "by-dimension-part",
        E,
        "0.6",
        "image",
        T,
        _ends(type="byDimension", transformations=[{"inputAxes": [0]}]),
        "nothing",
        f"{T}.transformations[0].outputAxes",
    ),
    Case(
        "by-dimension-output-twice",
        E,
        "0.6",
        "image",
        T,
        _ends(
            type="byDimension",
            transformations=[
                {"inputAxes": [0, 1], "outputAxes": [0, 1], "transformation": {"type": "identity"}},
                {"inputAxes": [1, 2], "outputAxes": [1, 2], "transformation": {"type": "identity"}},
            ],
        ),
        "1, in part 0",
        f"{T}.transformations[1].outputAxes",
    ),
    Case(
        "by-dimension-output-missing",
        W,
        "0.6",
        "image",
        T,
        _ends(
            type="byDimension",
            transformations=[{"inputAxes": [0, 1], "outputAxes": [0, 1], "transformation": {"type": "identity"}}],
        ),
        "axis 2 or 3",
        f"{T}.transformations",
    ),
    Case(
        "bijection-parts",
        E,
        "0.6",
        "image",
        T,
        _ends(type="bijection", forward={"type": "identity"}),
        "nothing",
        f"{T}.inverse",
    ),
    Case("field-transformation-path", E, "0.6", "image", T, _ends(type="displacements"), "nothing", f"{T}.path"),
    Case(
        "interpolation",
        E,
        "0.6",
        "image",
        T,
        _ends(type="coordinates", path="f", interpolation="best"),
        '"best"',
        f"{T}.interpolation",
    ),
    # scene
    Case("scene", E, "0.6", "scene", "ome.scene", DELETE, "nothing"),
    Case("scene-object", E, "0.6", "scene", "ome.scene", [], "[]"),
    Case(
        "scene-systems-twice",
        E,
        "0.6",
        "scene",
        "ome.scene.coordinateSystems",
        [{"name": "a", "axes": YX}] * 2,
        "[0]",
        "ome.scene.coordinateSystems[1]",
    ),
    Case("scene-transformations", E, "0.6", "scene", "ome.scene.coordinateTransformations", [], "an empty list"),
    Case(
        "systems-connected",
        E,
        "0.6",
        "scene",
        "ome.scene.coordinateTransformations[1].output",
        {"name": "b", "path": "x"},
        '"world"',
        "ome.scene.coordinateTransformations",
    ),
]
