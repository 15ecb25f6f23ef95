"""Transformations by themselves, in the spelling of 0.6 and in those of its drafts."""

from __future__ import annotations

from typing import Any

import pytest

from omezarr_nb.core.validate import check_fragment, validate_fragment

YX = [{"name": "y", "type": "space", "unit": "meter"}, {"name": "x", "type": "space", "unit": "meter"}]
SYSTEMS = [{"name": "in", "axes": YX}, {"name": "out", "axes": YX}]
ENDS = {"input": {"name": "in"}, "output": {"name": "out"}}
SCALE, SHIFT = {"type": "scale", "scale": [2]}, {"type": "translation", "translation": [-1]}


def fragment(**transformation: Any) -> dict[str, Any]:
    return {"coordinateSystems": SYSTEMS, "coordinateTransformations": [{**ENDS, **transformation}]}


def part(transformation: dict[str, Any], *, inputs: list[Any], outputs: list[Any]) -> dict[str, Any]:
    return {"inputAxes": inputs, "outputAxes": outputs, "transformation": transformation}


MODERN = [
    fragment(type="identity"),
    fragment(type="mapAxis", mapAxis=[1, 0]),
    fragment(type="projectAxis", droppedInputs=[0], createdOutputs=[1]),
    fragment(type="rotation", rotation=[[0, -1], [1, 0]]),
    fragment(type="rotation", rotation=[[0.866025, -0.5], [0.5, 0.866025]]),
    fragment(type="affine", affine=[[1, 2, 3], [4, 5, 6]]),
    fragment(type="affine", path="matrix"),
    fragment(type="displacements", path="field", interpolation="linear"),
    fragment(type="bijection", forward={"type": "identity"}, inverse={"type": "scale", "scale": [1, 1]}),
    fragment(
        type="byDimension",
        transformations=[part(SCALE, inputs=[1], outputs=[0]), part(SHIFT, inputs=[0], outputs=[1])],
    ),
    fragment(
        type="sequence",
        transformations=[
            {"type": "projectAxis", "createdOutputs": [0]},
            {"type": "affine", "affine": [[1, 0, 0, 0], [0, 1, 0, 0]]},
            {"type": "scale", "scale": [2, 3]},
        ],
    ),
]

DRAFTS = [
    fragment(type="identity", input="in", output="out"),
    fragment(
        type="byDimension",
        transformations=[SCALE | {"inputAxes": [0], "outputAxes": [0]}, SHIFT | {"inputAxes": [1], "outputAxes": [1]}],
    ),
    fragment(
        type="byDimension",
        transformations=[
            {"input_axes": ["y"], "output_axes": ["y"], "transformation": SCALE},
            {"input_axes": ["x"], "output_axes": ["x"], "transformation": SHIFT},
        ],
    ),
    fragment(
        type="sequence",
        transformations=[
            SCALE | {"inputAxes": ["y"], "outputAxes": ["x"]},
            SHIFT | {"inputAxes": ["x"], "outputAxes": ["y"]},
        ],
    ),
]

INVALID = [
    ([1], "fragment", ""),
    ({"coordinateTransformations": []}, "fragment", "coordinateTransformations"),
    ({"name": "x"}, "fragment", ""),
    ({"type": "scale"}, "transformation-vector", ".scale"),
    (fragment(type="identity", input="elsewhere"), "transformation-system", "coordinateTransformations[0].input.name"),
    (fragment(type="scale", scale=[1, 2, 3]), "transformation-length", "coordinateTransformations[0].scale"),
    (fragment(type="affine", affine=[[1, 2, 3]]), "transformation-dimensions", "coordinateTransformations[0]"),
    (
        fragment(type="sequence", transformations=[{"type": "affine", "affine": [[1, 0, 0]]}, {"type": "identity"}]),
        "transformation-dimensions",
        "coordinateTransformations[0]",
    ),
    (
        fragment(type="bijection", forward={"type": "identity"}, inverse={"type": "scale", "scale": [1]}),
        "transformation-length",
        "coordinateTransformations[0].inverse.scale",
    ),
    (
        fragment(type="byDimension", transformations=[part(SCALE, inputs=[0, 1], outputs=[0])]),
        "transformation-length",
        "coordinateTransformations[0].transformations[0].transformation.scale",
    ),
    (
        fragment(type="byDimension", transformations=[part(SCALE, inputs=[2], outputs=[0])]),
        "transformation-axis-index",
        "coordinateTransformations[0].transformations[0].inputAxes",
    ),
]


@pytest.mark.parametrize("valid", MODERN)
def test_valid_fragments_have_no_error_and_spell_as_today(valid: Any) -> None:
    assert validate_fragment(valid) == []
    assert "draft-spelling" not in {problem.rule for problem in check_fragment(valid) or ()}


@pytest.mark.parametrize("draft", DRAFTS)
def test_spellings_of_drafts_are_warned_of_and_understood(draft: Any) -> None:
    assert validate_fragment(draft) == []
    warned = [problem for problem in check_fragment(draft) or () if problem.rule == "draft-spelling"]
    assert warned
    assert {problem.severity for problem in warned} == {"warning"}
    assert "by-dimension-output-missing" not in {problem.rule for problem in check_fragment(draft) or ()}


def test_drafts_are_not_changed() -> None:
    import copy

    before = copy.deepcopy(DRAFTS)
    for draft in DRAFTS:
        check_fragment(draft)
    assert before == DRAFTS


@pytest.mark.parametrize(("invalid", "rule", "place"), INVALID)
def test_invalid_fragments_are_told_where(invalid: Any, rule: str, place: str) -> None:
    assert (rule, place) in [(problem.rule, problem.place) for problem in validate_fragment(invalid) or ()]


def test_there_are_no_fragments_before_0_6() -> None:
    assert validate_fragment({"type": "identity"}, version="0.5") is None
