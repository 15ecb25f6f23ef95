"""Scenes: read leniently, written back, and points mapped between the images that they name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omezarr_nb.core.axes import parse_axes
from omezarr_nb.core.format import FormatV05, FormatV06
from omezarr_nb.core.metadata import Dataset, Intrinsic, Multiscale
from omezarr_nb.core.scene import Scene, parse_scene, scene_to_json
from omezarr_nb.core.transforms import CoordinateSystem, Edge, Identity, Reference, Scale, Translation
from tests.core.hostile import hostile
from tests.core.models import any_transformation, extras

AXES = [{"name": "y", "type": "space"}, {"name": "x", "type": "space"}]
WORLD = {"name": "world", "axes": AXES}


def tile(path: str, *shift: float) -> dict[str, Any]:
    """Return the JSON of where a tile lies."""
    ends = {"input": {"name": "physical", "path": path}, "output": {"name": "world"}}
    return {"type": "translation", "translation": list(shift), "name": path} | ends


def attributes(**scene: Any) -> dict[str, Any]:
    return {"ome": {"version": "0.6", "scene": scene}}


STITCHED = attributes(coordinateSystems=[WORLD], coordinateTransformations=[tile("a", 0, 0), tile("b", 0, 348)])


def test_a_scene_is_read_and_written_back() -> None:
    scene, problems = parse_scene(STITCHED, FormatV06())
    assert problems == ()
    assert scene is not None
    assert scene.paths == ("a", "b")
    assert scene.edges[1].transformation == Translation((0.0, 348.0), extra={"name": "b"})
    assert scene_to_json(scene) == STITCHED["ome"]["scene"]


def test_points_go_from_the_pixels_of_one_image_to_those_of_another() -> None:
    scene, _ = parse_scene(STITCHED, FormatV06())
    assert scene is not None
    level = Dataset("0", (Scale((0.5, 0.5)),))
    image = Multiscale(parse_axes("yx"), (level,), intrinsic=Intrinsic("physical"))
    graph = scene.graph({"a": image, "b": image})
    assert graph.map([0, 696], Reference(path="a/0"), Reference(path="b/0")).tolist() == [0, 0]
    assert graph.map([1, 1], Reference("physical", "b"), "world").tolist() == [1, 349]
    assert graph.systems[Reference("physical", "a")] == image.axes
    assert graph.is_connected()


@pytest.mark.parametrize(
    ("scene", "rule", "place"),
    [
        ([], "scene-object", "scene"),
        ({}, "scene-transformations", "scene.coordinateTransformations"),
        ({"coordinateTransformations": [3]}, "scene-transformations", "scene.coordinateTransformations[0]"),
        ({"coordinateTransformations": [{"type": "identity"}]}, "transformation-reference", None),
        ({"coordinateTransformations": [tile("../a", 0, 0)]}, "path-inside", None),
        ({"coordinateTransformations": [tile("a", 0, 0)]}, "transformation-system", None),
        ({"coordinateTransformations": [tile("a", 0, 0) | {"output": "world"}]}, "transformation-reference", None),
        ({"coordinateTransformations": [tile("a", 0, 0) | {"type": "warp"}]}, "transformation-type", None),
        ({"coordinateSystems": [WORLD, WORLD]}, "system-name-unique", "scene.coordinateSystems[1].name"),
        ({"coordinateSystems": [{"axes": AXES}]}, "system-name", "scene.coordinateSystems[0]"),
        ({"coordinateSystems": [{"name": "a"}]}, "system-axes", "scene.coordinateSystems[0].axes"),
    ],
)
def test_each_fault_is_said_with_its_place(scene: Any, rule: str, place: str | None) -> None:
    _, problems = parse_scene({"ome": {"version": "0.6", "scene": scene}}, FormatV06())
    found = [(problem.rule, problem.place) for problem in problems]
    expected = "scene.coordinateTransformations[0]" if place is None else place
    assert any(name == rule and at.startswith(expected) for name, at in found), found


def test_systems_that_nothing_leads_to_are_warned_of() -> None:
    other = {"name": "other", "axes": AXES}
    scene, problems = parse_scene(
        attributes(coordinateSystems=[WORLD, other], coordinateTransformations=[tile("a", 0, 0)]), FormatV06()
    )
    assert [(problem.rule, problem.severity) for problem in problems] == [("systems-connected", "warning")]
    assert scene is not None


def test_no_scene_is_none() -> None:
    assert parse_scene({"ome": {"version": "0.6"}}, FormatV06()) == (None, ())
    assert parse_scene({"scene": {}}, FormatV05()) == (None, ())


names = st.sampled_from(["world", "名", "a/b"])
references = st.builds(Reference, names, st.sampled_from(["", "tile", "labels/cells"]), extras)


@given(
    st.lists(st.builds(CoordinateSystem, names, st.just(parse_axes("yx")), extras), max_size=2).map(tuple),
    st.lists(st.builds(Edge, any_transformation(2), references, references), min_size=1, max_size=3).map(tuple),
    extras,
)
def test_scenes_survive_json(systems: Any, edges: Any, extra: Any) -> None:
    scene = Scene(systems, edges, extra)
    read, _ = parse_scene(json.loads(json.dumps(attributes(**scene_to_json(scene)))), FormatV06())
    assert read == scene
    assert read is not None
    assert [end.extra for edge in read.edges for end in (edge.input, edge.output)] == [
        end.extra for edge in edges for end in (edge.input, edge.output)
    ]


@given(hostile)
def test_nothing_that_json_can_say_raises(value: Any) -> None:
    for scene in (value, {"coordinateSystems": value, "coordinateTransformations": value}):
        _, problems = parse_scene({"ome": {"version": "0.6", "scene": scene}}, FormatV06())
        assert all(str(problem) for problem in problems)


def test_identity_between_systems() -> None:
    scene = Scene(edges=(Edge(Identity(), Reference("a"), Reference("b")),))
    assert scene.graph().map([1, 2, 3], "b", "a").tolist() == [1, 2, 3]
