"""Coordinate systems, transformations of every type on points, and the ways between systems."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omezarr_nb.core.collector import Collector
from omezarr_nb.core.format import FormatV06
from omezarr_nb.core.rules.spaces import SCENE_TRANSFORMATIONS
from omezarr_nb.core.scene import parse_scene
from omezarr_nb.core.transforms import (
    Edge,
    Field,
    Graph,
    Identity,
    OtherTransformation,
    Reference,
    Scale,
    Sequence,
    Transformation,
    Translation,
    apply,
    inverse,
    parse_transformation,
    to_json,
)
from omezarr_nb.core.transforms import types as t
from omezarr_nb.errors import InvalidArgumentError, InvalidMetadataError, OMEZarrError, UnsupportedError
from tests.core.hostile import hostile
from tests.core.models import any_transformation, invertible

HALF = Scale((0.5, 0.5))
NO_WAY_BACK = t.ProjectAxis(dropped_inputs=(0,))


class Arrays:
    """Matrices and fields as a store would give them."""

    def matrix(self, path: str) -> np.ndarray[Any, Any]:
        return {"m": np.array([[2, 0, 1], [0, 4, 1]]), "r": np.eye(2), "bad": np.zeros((2, 2, 2))}[path]

    def field(self, path: str) -> Field:
        y, x = np.mgrid[:3, :5]
        values = {"d": np.stack([y * 0 + 1, x * 10], -1), "c": np.stack([x, y], -1), "thin": np.zeros((3, 5, 1))}
        return Field(values[path].astype(float), (1.0, 2.0), (0.0, 10.0))


@pytest.mark.parametrize(
    ("transformation", "point", "moved"),
    [
        (Identity(), [1, 2], [1, 2]),
        (Scale((2.0, 3.0)), [1, 2], [2, 6]),
        (Translation((2.0, 3.0)), [1, 2], [3, 5]),
        (t.MapAxis((1, 2, 0)), [1, 2, 3], [2, 3, 1]),
        (t.ProjectAxis((0,), (1,)), [1, 2], [2, 0]),
        (t.ProjectAxis(created_outputs=(0, 2)), [1, 2], [0, 1, 0, 2]),
        (t.Affine(((1.0, 2.0, 3.0),)), [1, 2], [8]),
        (t.Rotation(((0.0, -1.0), (1.0, 0.0))), [1, 2], [-2, 1]),
        (Sequence((HALF, Translation((1.0, 0.0)))), [2, 4], [2, 2]),
        (
            t.ByDimension((t.DimensionPart((1,), (0,), Scale((10.0,))), t.DimensionPart((0,), (1,), Identity()))),
            [1, 2],
            [20, 1],
        ),
        (t.Bijection(HALF, NO_WAY_BACK), [2, 4], [1, 2]),
        (t.StoredMatrix("affine", "m"), [1, 2], [3, 9]),
        (t.StoredMatrix("rotation", "r"), [1, 2], [1, 2]),
        (t.Displacements("d"), [1, 13], [2, 28]),
        (t.Displacements("d", "nearest"), [1, 13.1], [2, 33.1]),
        (t.Displacements("d"), [99, 99], [100, 139]),
        (t.Coordinates("c", "cubic"), [1, 14], [2, 1]),
        (Sequence((HALF, Sequence((t.Displacements("d"),)))), [2, 20], [2, 10]),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, list) else "",
)
def test_each_type_moves_points(transformation: Transformation, point: list[float], moved: list[float]) -> None:
    np.testing.assert_allclose(apply(transformation, point, Arrays()), moved, atol=1e-9)
    many = apply(transformation, [[point] * 3] * 2, Arrays())
    assert many.shape == (2, 3, len(moved))


@pytest.mark.parametrize(
    ("transformation", "points", "error", "words"),
    [
        (HALF, [1, 2, 3], InvalidArgumentError, "another number of coordinates"),
        (HALF, 3, InvalidArgumentError, "another number of coordinates"),
        (t.MapAxis((1, 0)), [[1]], InvalidArgumentError, "another number"),
        (t.ProjectAxis(dropped_inputs=(2,)), [1, 2], InvalidArgumentError, "not there"),
        (t.ByDimension((t.DimensionPart((0,), (1,), Identity()),)), [1], InvalidArgumentError, "exactly one part"),
        (t.ByDimension((t.DimensionPart((3,), (0,), Identity()),)), [1], InvalidArgumentError, "no such input axis"),
        (OtherTransformation("warp"), [1], UnsupportedError, "OtherTransformation"),
        (t.Displacements("thin"), [1, 2], InvalidArgumentError, "another number of parts"),
        (t.Displacements("d"), [1, 2, 3], InvalidArgumentError, "as the field has axes|than the field has axes"),
        (t.StoredMatrix("affine", "bad"), [1, 2], InvalidMetadataError, "no matrix"),
    ],
)
def test_points_that_do_not_fit(transformation: Any, points: Any, error: type[OMEZarrError], words: str) -> None:
    with pytest.raises(error, match=words):
        apply(transformation, points, Arrays())


@pytest.mark.parametrize("transformation", [t.StoredMatrix("affine", "m"), t.Displacements("d"), t.Coordinates("c")])
def test_arrays_are_not_made_up(transformation: Transformation) -> None:
    with pytest.raises(UnsupportedError):
        apply(transformation, [1, 2])
    with pytest.raises(UnsupportedError):
        inverse(transformation)


@pytest.mark.parametrize(
    "transformation",
    [
        NO_WAY_BACK,
        t.Affine(((1.0, 2.0, 0.0),)),
        t.Affine(((1.0, 1.0, 0.0), (1.0, 1.0, 0.0))),
        t.Rotation(((0.0, 0.0), (0.0, 0.0))),
        OtherTransformation("warp"),
        Sequence((HALF, NO_WAY_BACK)),
    ],
)
def test_what_nothing_undoes(transformation: Transformation) -> None:
    with pytest.raises(UnsupportedError):
        inverse(transformation)


coordinates = st.floats(-1e3, 1e3)


@given(st.integers(1, 5).flatmap(lambda n: st.tuples(invertible(n), st.lists(coordinates, min_size=n, max_size=n))))
def test_a_transformation_and_its_inverse_are_the_identity(drawn: tuple[Transformation, list[float]]) -> None:
    transformation, point = drawn
    there = apply(transformation, point)
    slack = 1e-9 * max(1.0, float(np.abs(there).max())) * 1e3
    np.testing.assert_allclose(apply(inverse(transformation), there), point, rtol=1e-7, atol=slack)
    both = Sequence((transformation, inverse(transformation)))
    np.testing.assert_allclose(apply(both, point), point, rtol=1e-7, atol=slack)


@given(st.integers(2, 5).flatmap(any_transformation))
def test_every_transformation_survives_json(transformation: Transformation) -> None:
    problems: list[str] = []
    read = parse_transformation(
        json.loads(json.dumps(to_json(transformation))), "here", lambda rule, *_: problems.append(rule.name)
    )
    assert read == transformation
    assert problems == []


@given(hostile)
def test_no_json_makes_reading_raise(value: Any) -> None:
    collector = Collector(FormatV06())
    for values in (value, [value], [{"type": "scale", "input": value, "output": value}]):
        collector.edges({"coordinateTransformations": values}, "here", (), SCENE_TRANSFORMATIONS)
    collector.systems({"coordinateSystems": [value, {"name": value, "axes": value}]}, "here")
    assert all(str(problem) for problem in collector.problems)


A, B, C, D = (Reference(name) for name in "abcd")


def test_the_shortest_way_is_taken() -> None:
    graph = Graph({}, (Edge(HALF, A, B), Edge(HALF, B, C), Edge(HALF, C, D), Edge(Translation((1.0, 1.0)), A, D)))
    assert graph.map([2, 2], "a", "d").tolist() == [3, 3]
    assert graph.map([2, 2], "d", "b").tolist() == [8, 8]  # of two ways of two edges, the one through the first
    assert graph.map([2, 2], "a", "a").tolist() == [2, 2]
    assert graph.path("a", "c") == Sequence((HALF, HALF))
    assert graph.is_connected()


def test_a_way_that_cannot_be_gone_is_gone_around() -> None:
    unknown = Edge(OtherTransformation("warp"), A, C)
    graph = Graph({D: ()}, (unknown, Edge(NO_WAY_BACK, C, A), Edge(HALF, A, B), Edge(HALF, B, C)))
    assert graph.map([4, 4], "a", "c").tolist() == [1, 1]
    with pytest.raises(UnsupportedError, match="leads from a to d"):
        graph.path("a", "d")
    with pytest.raises(InvalidArgumentError, match=r"no such coordinate system.*'e'|no such coordinate system"):
        graph.path("a", "e")
    assert not graph.is_connected()


def test_a_stored_matrix_is_undone() -> None:
    graph = Graph({}, (Edge(t.StoredMatrix("affine", "m"), A, B),))
    assert graph.map([3, 9], "b", "a", Arrays()).tolist() == [1, 2]
    with pytest.raises(UnsupportedError):
        graph.map([3, 9], "b", "a")


def test_systems_of_other_groups_have_names_of_their_own() -> None:
    assert Reference("a") != Reference("a", "tile")
    assert str(Reference("a", "tile")) == "a of tile"
    assert str(Reference(path="tile/0")) == "pixels of tile/0"
    assert Reference("a", "x").below("/tile/") == Reference("a", "tile/x")
    assert Reference("a", extra={"note": 1}).to_json() == {"name": "a", "note": 1}


CASES = (
    *("bijection_forward", "bijection_inverse", "byDimension", "identity", "mapAxis", "mapAxis_inverse", "rotation"),
    *("rotation_identity_inverse", "scale_inverse", "sequence", "sequence_inverse", "simple_path", "unknown_source"),
)


@pytest.mark.parametrize("case", CASES)
def test_points_of_the_specification_s_cases(shared: Path, case: str) -> None:
    folder = shared / "conformance/transformations-conformance/cases_0.6" / f"{case}.ome.zarr"
    wanted = tomllib.loads((folder / "conformance.toml").read_text())
    attributes = json.loads((folder / "zarr.json").read_text())["attributes"]
    scene, problems = parse_scene(attributes, FormatV06())
    assert scene is not None
    assert problems == ()
    source, target = wanted["source"], wanted["target"]
    if wanted["should_error"]:
        with pytest.raises(OMEZarrError):
            scene.graph().map(source["coordinates"], source["name"], target["name"])
        return
    np.testing.assert_allclose(
        scene.graph().map(source["coordinates"], source["name"], target["name"]),
        target["coordinates"],
        rtol=wanted["relative_tolerance"],
        atol=wanted["absolute_tolerance"],
    )


def test_no_case_is_left_out(shared: Path) -> None:
    found = (shared / "conformance/transformations-conformance/cases_0.6").iterdir()
    assert sorted(path.name.removesuffix(".ome.zarr") for path in found) == sorted(CASES)
