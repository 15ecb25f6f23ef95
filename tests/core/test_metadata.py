"""The model of an image's metadata: to JSON and back, with all that it does not know."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omezarr_nb.core.axes import Axis, parse_axes
from omezarr_nb.core.format import Format, FormatV03, FormatV04, FormatV05
from omezarr_nb.core.metadata import (
    Channel,
    Dataset,
    ImageLabel,
    ImageMetadata,
    LabelColor,
    Multiscale,
    Omero,
    Window,
    default_channels,
    image_to_json,
)
from omezarr_nb.core.parse import parse_image
from omezarr_nb.core.transforms import Identity, OtherTransformation, Scale, Translation

WRITABLE = [FormatV04(), FormatV05()]
texts = st.sampled_from(["a", "é", "名", "<b>", " ", "a/b", "0"])
numbers = st.floats(-1e9, 1e9)
json_values = st.sampled_from([None, True, 0, 2**53, -0.25, "text", [], [1, [2]], {}, {"a": {"b": ["c"]}}])
extras = st.dictionaries(texts, json_values, max_size=2)
windows = st.builds(Window, numbers, numbers, numbers, numbers, extras)
channels = st.builds(
    Channel, texts, st.from_regex(r"[0-9A-F]{6}", fullmatch=True), st.booleans(), st.none() | windows, extras
)
bytes_ = st.integers(0, 255)
label_colors = st.builds(LabelColor, st.integers(), st.none() | st.tuples(bytes_, bytes_, bytes_, bytes_), extras)
image_labels = st.builds(
    ImageLabel,
    st.lists(label_colors, max_size=3).map(tuple),
    st.lists(extras, max_size=2).map(tuple),
    st.none() | extras,
    extras,
)


@st.composite
def multiscales(draw: st.DrawFn) -> Multiscale:
    names = draw(st.sampled_from(["yx", "zyx", "cyx", "tczyx", "xy"]))
    units = st.none() | st.sampled_from(["micrometer", "second", "furlong"])
    axes = tuple(Axis(axis.name, axis.type, draw(units), draw(extras)) for axis in parse_axes(names))

    def vector(values: st.SearchStrategy[float]) -> st.SearchStrategy[tuple[float, ...]]:
        return st.tuples(*[values] * len(names))

    transformation = st.one_of(
        vector(st.floats(1e-6, 1e6)).map(Scale),
        vector(numbers).map(Translation),
        st.just(Identity()),
        st.builds(lambda json: OtherTransformation("affine", {"type": "affine", **json}), extras),
    )
    transformations = st.lists(transformation, max_size=3).map(tuple)
    datasets = tuple(
        Dataset(f"s{index}", draw(transformations), draw(extras)) for index in range(draw(st.integers(1, 3)))
    )
    text = st.none() | texts
    return Multiscale(
        axes, datasets, draw(text), draw(text), draw(st.none() | extras), draw(transformations), draw(extras)
    )


omeros = st.builds(Omero, st.lists(channels, max_size=3).map(tuple), extras)


def images(fmt: Format) -> st.SearchStrategy[ImageMetadata]:
    pyramids = st.lists(multiscales(), min_size=1, max_size=2).map(tuple)
    other = extras if fmt.nested else st.just({})  # up to 0.4 they are attributes of the group, not of the image
    return st.builds(ImageMetadata, pyramids, st.none() | omeros, st.none() | image_labels, other)


@pytest.mark.parametrize("fmt", WRITABLE, ids=lambda fmt: fmt.version)
@given(st.data())
def test_metadata_survive_json(fmt: Format, data: st.DataObject) -> None:
    metadata = data.draw(images(fmt))
    attributes = fmt.wrap(image_to_json(metadata, fmt))
    read, problems = parse_image(json.loads(json.dumps(attributes)), fmt)
    assert read == metadata
    assert [problem for problem in problems if problem.severity == "error"] == []


@pytest.mark.parametrize("fmt", WRITABLE, ids=lambda fmt: fmt.version)
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
