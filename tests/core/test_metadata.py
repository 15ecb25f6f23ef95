"""The model of an image's metadata: to JSON and back, with all that it does not know."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omezarr_nb.core.axes import parse_axes
from omezarr_nb.core.format import Format, FormatV03, FormatV04, FormatV05, FormatV06, format_implementations
from omezarr_nb.core.metadata import (
    Channel,
    Dataset,
    ImageLabel,
    ImageMetadata,
    LabelColor,
    Multiscale,
    Omero,
    Window,
    as_list,
    default_channels,
    image_to_json,
)
from omezarr_nb.core.parse import parse_image
from omezarr_nb.core.transforms import Identity, OtherTransformation, Reference, Scale, Translation
from tests.core.models import images

VERSIONS = format_implementations()


@pytest.mark.parametrize("fmt", VERSIONS, ids=lambda fmt: fmt.version)
@given(st.data())
def test_metadata_survive_json(fmt: Format, data: st.DataObject) -> None:
    metadata = data.draw(images(fmt))
    attributes = fmt.wrap(image_to_json(metadata, fmt))
    read, problems = parse_image(json.loads(json.dumps(attributes)), fmt)
    assert read == metadata
    assert [problem for problem in problems if problem.severity == "error"] == []


@pytest.mark.parametrize("fmt", VERSIONS, ids=lambda fmt: fmt.version)
@given(st.data())
def test_the_model_shares_nothing_with_what_it_was_read_from(fmt: Format, data: st.DataObject) -> None:
    metadata = data.draw(images(fmt))
    attributes = json.loads(json.dumps(fmt.wrap(image_to_json(metadata, fmt))))
    before = copy.deepcopy(attributes)
    read, _ = parse_image(attributes, fmt)
    written = fmt.wrap(image_to_json(read, fmt))
    scribble(attributes)
    assert fmt.wrap(image_to_json(read, fmt)) == written
    assert parse_image(before, fmt)[0] == read


def scribble(value: Any) -> None:
    """Change every list and object within a value."""
    parts = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    for part in parts:
        scribble(part)
    if isinstance(value, dict):
        value["scribbled"] = True
    elif isinstance(value, list):
        value.append("scribbled")


MODEL = ImageMetadata(
    (Multiscale(parse_axes("yx"), (Dataset("0", (Scale((0.5, 0.5)),)),), name="cells", type="mean"),),
    Omero((Channel("DAPI", "0000FF", window=Window(0, 255, 5, 100)),)),
    ImageLabel((LabelColor(1, (255, 0, 0, 255)),)),
)
AXES_JSON = [{"name": "y", "type": "space"}, {"name": "x", "type": "space"}]
SCALE_JSON = [{"type": "scale", "scale": [0.5, 0.5]}]
CHANNEL_JSON = {
    "label": "DAPI",
    "active": True,
    "color": "0000FF",
    "window": {"min": 0, "max": 255, "start": 5, "end": 100},
}


def test_json_of_0_5_has_its_version_once() -> None:
    assert FormatV05().wrap(image_to_json(MODEL, FormatV05())) == {
        "ome": {
            "version": "0.5",
            "multiscales": [
                {
                    "name": "cells",
                    "type": "mean",
                    "axes": AXES_JSON,
                    "datasets": [{"path": "0", "coordinateTransformations": SCALE_JSON}],
                }
            ],
            "omero": {"channels": [CHANNEL_JSON]},
            "image-label": {"colors": [{"label-value": 1, "rgba": [255, 0, 0, 255]}]},
        }
    }


def test_json_of_0_4_has_its_version_in_each_part() -> None:
    written = FormatV04().wrap(image_to_json(MODEL, FormatV04()))
    assert [part["version"] for part in (*written["multiscales"], written["omero"], written["image-label"])] == [
        "0.4"
    ] * 3


def test_json_of_0_6_has_systems_and_one_transformation_a_level() -> None:
    written = FormatV06().wrap(image_to_json(MODEL, FormatV06()))["ome"]
    assert written["version"] == "0.6"
    ends = {"input": {"path": "0"}, "output": {"name": "physical"}}
    assert written["multiscales"] == [
        {
            "name": "cells",
            "type": "mean",
            "coordinateSystems": [{"name": "physical", "axes": AXES_JSON}],
            "datasets": [{"path": "0", "coordinateTransformations": [SCALE_JSON[0] | ends]}],
        }
    ]
    assert "version" not in written["image-label"]


def test_transformations_of_all_levels_are_part_of_each_in_0_6() -> None:
    """0.6 has no transformations that are applied after those of the levels; they place the pixels all the same."""
    steps = (Scale((2.0, 2.0)), Translation((0.5, 0.5)))
    model = ImageMetadata(
        (Multiscale(parse_axes("yx"), (Dataset("0", steps),), transformations=(Scale((10.0, 1.0)),)),)
    )
    read, _ = parse_image(FormatV06().wrap(image_to_json(model, FormatV06())), FormatV06())
    assert read.multiscales[0].datasets[0].transformations == (Scale((20.0, 2.0)), Translation((5.0, 0.5)))
    for multiscale in (model.multiscales[0], read.multiscales[0]):
        mapped = multiscale.graph.map([[1, 1]], Reference(path="0"), "physical")
        assert mapped.tolist() == [[25.0, 2.5]]


@pytest.mark.parametrize(
    ("steps", "listed"),
    [
        ((), ()),
        ((Identity(),), (Scale((1.0,)),)),
        ((Translation((2.0,)),), (Scale((1.0,)), Translation((2.0,)))),
        ((Translation((2.0,)), Scale((3.0,))), (Scale((3.0,)), Translation((6.0,)))),
        ((Scale((3.0,), extra={"name": "a"}),), (Scale((3.0,), extra={"name": "a"}),)),
        ((OtherTransformation("affine"), Identity()), (OtherTransformation("affine"), Identity())),
    ],
)
def test_a_level_has_a_scale_and_perhaps_a_translation(steps: Any, listed: Any) -> None:
    assert as_list(steps, 1) == listed


def test_axes_of_0_1_are_not_named() -> None:
    written = image_to_json(MODEL, format_implementations()[-1])["multiscales"][0]
    assert written["datasets"] == [{"path": "0"}]
    assert "axes" not in written


def test_axes_of_0_3_are_names() -> None:
    assert image_to_json(MODEL, FormatV03())["multiscales"][0]["axes"] == ["y", "x"]


@pytest.mark.parametrize(("count", "active"), [(1, [True]), (3, [True] * 3), (6, [True] * 4 + [False] * 2), (0, [])])
def test_default_channels(count: int, active: list[bool]) -> None:
    made = default_channels(count)
    assert [channel.active for channel in made] == active
    assert [channel.label for channel in made] == [f"channel {index}" for index in range(count)]
    assert len({channel.color for channel in made}) == count


def test_one_channel_is_white() -> None:
    assert default_channels(1)[0].color == "FFFFFF"
