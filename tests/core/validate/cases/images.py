"""Images of 0.1 to 0.5, axes, channels."""

from __future__ import annotations

from typing import Any

from tests.core.validate.cases.case import Case, E, W
from tests.core.validate.samples import DELETE

__all__ = ["CASES"]

M = "multiscales[0]"
N = "ome.multiscales[0]"
A = f"{M}.axes"
S = f"{N}.coordinateSystems[0]"
D = f"{M}.datasets[0]"
L = f"{N}.datasets[0].coordinateTransformations"
C = "omero.channels[0]"
TT = [{"name": "t", "type": "time"}, {"name": "s", "type": "time"}]
ORIENTED = [
    {"name": "y", "type": "space", "orientation": {"type": "anatomical", "value": "left-to-right"}},
    {"name": "x", "type": "space", "orientation": {"type": "anatomical", "value": "right-to-left"}},
]
YX = [{"name": "y", "type": "space"}, {"name": "x", "type": "space"}]


def _nested(depth: int) -> list[Any]:
    return [_nested(depth - 1)] if depth else []


CASES = [
    Case("axes-plane", W, "0.3", "image", A, ["t", "c", "x"], '"x"'),
    # attributes and version
    Case("attributes-object", E, "0.4", "image", "", [1], "[1]"),
    Case("json-depth", E, "0.4", "image", "omero.deep", _nested(100), "more than 100", None),
    Case("ome-object", E, "0.5", "image", "ome", DELETE, "nothing"),
    Case("ome-object", E, "0.5", "image", "ome", "x", '"x"'),
    Case("ome-version", E, "0.5", "plate", "ome.version", DELETE, "nothing"),
    Case("ome-version", E, "0.6", "scene", "ome.version", "0.5", '"0.5"'),
    # multiscales
    Case("multiscales", E, "0.2", "image", "multiscales", DELETE, "nothing"),
    Case("multiscales-list", E, "0.4", "image", "multiscales", [], "an empty list"),
    Case("multiscales-list", E, "0.4", "image", "multiscales[0]", "x", '"x"'),
    Case(
        "multiscales-twice",
        E,
        "0.4",
        "image",
        "multiscales",
        [{"a": 1}, {"a": 1.0}],
        "multiscales[0]",
        "multiscales[1]",
    ),
    Case("multiscale-name-text", E, "0.4", "image", f"{M}.name", 1, "1"),
    Case("multiscale-name", W, "0.4", "image", f"{M}.name", DELETE, "nothing"),
    Case("multiscale-type", W, "0.6", "image", f"{N}.type", DELETE, "nothing"),
    Case("multiscale-metadata", W, "0.5", "image", f"{N}.metadata", DELETE, "nothing"),
    Case("multiscale-metadata-object", E, "0.1", "image", f"{M}.metadata", 3, "3"),
    Case("multiscale-metadata-object", W, "0.4", "image", f"{M}.metadata", 3, "3"),
    Case("multiscale-metadata-text", E, "0.1", "image", f"{M}.metadata.version", 1, "1"),
    Case("multiscale-version", W, "0.3", "image", f"{M}.version", DELETE, "nothing"),
    Case("multiscale-version-value", E, "0.4", "image", f"{M}.version", "0.3", '"0.3"'),
    Case("multiscale-version-value", W, "0.5", "image", f"{N}.version", "0.4", '"0.4"'),
    Case("multiscale-axes", E, "0.4", "image", f"{M}.axes", DELETE, "nothing"),
    Case("datasets", E, "0.1", "image", f"{M}.datasets", [], "an empty list"),
    Case("dataset-object", E, "0.1", "image", f"{M}.datasets[0]", None, "null"),
    Case("dataset-path", E, "0.1", "image", f"{D}.path", 0, "0"),
    Case("dataset-path-twice", W, "0.4", "image", f"{M}.datasets[1].path", "0", '"0"'),
    Case("dataset-transformations", E, "0.4", "image", f"{D}.coordinateTransformations", DELETE, "nothing"),
    # axes
    Case("axes-list", E, "0.3", "image", A, "tcyx", '"tcyx"'),
    Case("axes-count", E, "0.3", "image", A, ["x"], "1"),
    Case("axes-count", E, "0.4", "image", A, [{"name": n, "type": "space"} for n in "abcdef"], "6"),
    Case(
        "axes-twice",
        E,
        "0.4",
        "image",
        f"{A}[2]",
        {"name": "x", "type": "space", "unit": "micrometer"},
        "[2]",
        f"{A}[3]",
    ),
    Case("axis-object", E, "0.4", "image", f"{A}[0]", "c", '"c"'),
    Case("axis-name", E, "0.3", "image", f"{A}[0]", "q", '"q"'),
    Case("axis-name", E, "0.5", "image", f"{N}.axes[0].name", DELETE, "nothing"),
    Case("axis-name-filled", W, "0.4", "image", f"{A}[0].name", "", "an empty text"),
    Case("axis-name-filled", E, "0.6", "image", f"{S}.axes[0].name", "", "an empty text"),
    Case("axis-name-unique", E, "0.3", "image", A, ["y", "y"], '"y"', f"{A}[1]"),
    Case("axis-name-unique", E, "0.4", "image", f"{A}[0].name", "x", '"x"', f"{A}[3].name"),
    Case("axis-type-text", E, "0.4", "image", f"{A}[0].type", None, "null"),
    Case("axis-type", W, "0.4", "image", f"{A}[0].type", DELETE, "nothing"),
    Case("axis-type-known", W, "0.6", "image", f"{S}.axes[0].type", "angle", '"angle"'),
    Case("axis-unit-text", E, "0.6", "image", f"{S}.axes[0].unit", None, "null"),
    Case("axis-unit-text", W, "0.4", "image", f"{A}[0].unit", None, "null"),
    Case("axis-unit", W, "0.4", "image", f"{A}[3].unit", DELETE, "nothing"),
    Case("axis-unit-known", W, "0.5", "image", f"{N}.axes[3].unit", "second", '"second"'),
    Case("axis-discrete", E, "0.6", "image", f"{S}.axes[0].discrete", 0, "0"),
    Case("axis-long-name", E, "0.6", "image", f"{S}.axes[0].longName", 0, "0"),
    Case(
        "axes-space-count", E, "0.4", "image", A, [{"name": "t", "type": "time"}, {"name": "x", "type": "space"}], "1"
    ),
    Case("axes-space-count", E, "0.5", "image", f"{N}.axes", [dict(axis, unit=None) for axis in YX], "0, and 2 whose"),
    Case(
        "axes-space-count",
        E,
        "0.6",
        "image",
        f"{S}.axes",
        [dict(axis, type="array") for axis in YX[:1]] + YX[1:],
        "1 of type",
        f"{S}.axes",
    ),
    Case("axes-space-typed", E, "0.4", "image", A, [{"name": "y"}, {"name": "x"}], "0"),
    Case("axes-time-count", E, "0.4", "image", A, [*TT, *YX], "2"),
    Case("axes-channel-count", E, "0.5", "image", f"{N}.axes[1].type", "angle", '2 ("c" and "z")', f"{N}.axes"),
    Case("axes-order", E, "0.3", "image", A, ["y", "x", "t"], '["y", "x", "t"]'),
    Case("axes-order", E, "0.4", "image", A, [*YX, {"name": "t", "type": "time"}], '["y", "x", "t"]'),
    Case("axes-stack-order", W, "0.4", "image", A, [{"name": n, "type": "space"} for n in "xyz"], '["x", "y", "z"]'),
    Case("axis-orientation", E, "0.9.dev1", "image", f"{S}.axes[3].orientation", None, "null"),
    Case(
        "axis-orientation-space",
        E,
        "0.9.dev1",
        "image",
        f"{S}.axes[0].orientation",
        {"type": "anatomical", "value": "left-to-right"},
        '"channel"',
    ),
    Case(
        "axis-orientation-once",
        E,
        "0.9.dev1",
        "image",
        f"{S}.axes",
        ORIENTED,
        '"right-to-left"',
        f"{S}.axes[1].orientation.value",
    ),
    # transformations of 0.4 and 0.5
    Case("transformations-list", E, "0.4", "image", f"{D}.coordinateTransformations", [], "an empty list"),
    Case("transformation-object", E, "0.4", "image", f"{D}.coordinateTransformations[0]", 1, "1"),
    Case("transformation-type", E, "0.4", "image", f"{D}.coordinateTransformations[0].type", "affine", '"affine"'),
    Case("transformation-vector", E, "0.5", "image", f"{L}[0].scale", ["1", 1], '["1", 1]'),
    Case("transformation-vector", E, "0.5", "image", f"{L}[0].scale", [True, 1], "[true, 1]"),
    Case("transformation-length", E, "0.4", "image", f"{D}.coordinateTransformations[0].scale", [1, 1], "2 numbers"),
    Case(
        "scale-count",
        E,
        "0.4",
        "image",
        f"{D}.coordinateTransformations[1]",
        {"type": "scale", "scale": [1, 1, 1, 1]},
        "2",
        f"{D}.coordinateTransformations",
    ),
    Case(
        "translation-count",
        E,
        "0.5",
        "image",
        f"{N}.datasets[1].coordinateTransformations[2]",
        {"type": "translation", "translation": [0, 0, 0, 0]},
        "2",
        f"{N}.datasets[1].coordinateTransformations",
    ),
    Case(
        "translation-order",
        E,
        "0.5",
        "image",
        L,
        [{"type": "translation", "translation": [0] * 4}, {"type": "scale", "scale": [1] * 4}],
        '["translation", "scale"]',
    ),
    Case(
        "scale-positive", W, "0.4", "image", f"{D}.coordinateTransformations[0].scale", [1, 0, -1, 1], "[1, 0, -1, 1]"
    ),
    Case("scale-positive", E, "0.6", "image", f"{L}[0].scale", [1, 1, 0, 1], "[1, 1, 0, 1]"),
    Case(
        "scale-range",
        W,
        "0.5",
        "image",
        f"{N}.datasets[0].coordinateTransformations[0].scale",
        [1, 5e-324, 1, 1],
        "[1.0, 0.0",
        f"{N}.datasets[0].coordinateTransformations",
    ),
    Case("transformations-early", W, "0.3", "image", f"{D}.coordinateTransformations", [], "[]"),
    Case("multiscale-type-text", W, "0.4", "image", f"{M}.type", 5, "5"),
    Case("bf2raw-layout-beside", W, "0.4", "image", "bioformats2raw.layout", 3, "an image"),
    Case(
        "transformation-finite",
        E,
        "0.4",
        "image",
        f"{D}.coordinateTransformations[0].scale",
        [1, 1, float("nan"), 10**400],
        "nan, a huge integer",
    ),
    # omero
    Case("omero-object", E, "0.1", "image", "omero", [], "[]"),
    Case("omero-channels", E, "0.5", "image", "ome.omero.channels", DELETE, "nothing"),
    Case("channel-object", E, "0.4", "image", C, "x", '"x"'),
    Case("channel-field", E, "0.4", "image", f"{C}.active", "yes", '"yes"'),
    Case("channel-color", E, "0.4", "image", f"{C}.color", DELETE, "nothing"),
    Case("channel-color-hex", E, "0.5", "image", f"ome.{C}.color", "#0000FF", '"#0000FF"'),
    Case("channel-color-hex", W, "0.1", "image", f"{C}.color", "blue", '"blue"'),
    Case("channel-window", E, "0.6", "image", f"ome.{C}.window", DELETE, "nothing"),
    Case("window-object", E, "0.4", "image", f"{C}.window", 1, "1"),
    Case("window-field", E, "0.4", "image", f"{C}.window.min", DELETE, "nothing"),
    Case("window-field", E, "0.9.dev1", "image", f"ome.{C}.window.end", DELETE, "nothing"),
    Case("window-number", E, "0.4", "image", f"{C}.window.min", "0", '"0"'),
    Case("window-finite", E, "0.4", "image", f"{C}.window.max", float("inf"), "inf"),
]
