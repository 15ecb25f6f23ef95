"""Reading metadata leniently: what is used, what is said about the rest, and that nothing raises."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omezarr_nb.core.format import Format, FormatV01, FormatV03, FormatV04, FormatV05, format_implementations
from omezarr_nb.core.metadata import Channel, Dataset, ImageMetadata
from omezarr_nb.core.parse import is_safe_path, parse_image
from omezarr_nb.core.problems import Problem, quoted
from omezarr_nb.core.transforms import Identity, OtherTransformation, Scale, Translation
from omezarr_nb.core.validate import check_attributes
from tests.core.documents import image_block
from tests.core.hostile import KEYS, hostile, spoil


def block(**keys: Any) -> dict[str, Any]:
    """Return a valid image of two levels, with other keys."""
    return image_block("zyx", [[1, 1, 1], [1, 2, 2]]) | keys


def parse(value: dict[str, Any], fmt: Format | None = None) -> tuple[ImageMetadata, tuple[Problem, ...]]:
    fmt = fmt or FormatV04()
    return parse_image(fmt.wrap(value), fmt)


W = {"min": 0, "max": 255, "start": 0, "end": 9}
V, FINITE = "transformation-vector", "transformation-finite"


def test_a_valid_image_has_no_problem() -> None:
    for fmt in (FormatV04(), FormatV05()):
        metadata, problems = parse(block(), fmt)
        assert problems == ()
        assert [dataset.path for dataset in metadata.multiscales[0].datasets] == ["0", "1"]


@pytest.mark.parametrize(
    ("path", "value", "rule", "place"),
    [
        ("multiscales", {}, "multiscales-list", "multiscales"),
        ("multiscales", [], "multiscales-list", "multiscales"),
        ("multiscales.0", "x", "multiscales-list", "multiscales[0]"),
        ("multiscales.0.axes", None, "axes-list", "multiscales[0].axes"),
        ("multiscales.0.axes", [{"name": f"a{i}"} for i in range(99)], "axes-count", "multiscales[0].axes"),
        ("multiscales.0.axes.0", 7, "axis-object", "multiscales[0].axes[0]"),
        ("multiscales.0.axes.0", {"name": 7}, "axis-name", "multiscales[0].axes[0].name"),
        ("multiscales.0.axes.0", {"name": "z"}, "axis-type", "multiscales[0].axes[0]"),
        ("multiscales.0.axes.0.name", "", "axis-name-filled", "multiscales[0].axes[0]"),
        ("multiscales.0.axes.0.name", "y", "axis-name-unique", "multiscales[0].axes[1]"),
        ("multiscales.0.axes.0.unit", "furlong", "axis-unit-known", "multiscales[0].axes[0].unit"),
        ("multiscales.0.datasets", {}, "datasets", "multiscales[0].datasets"),
        ("multiscales.0.datasets.1", [], "dataset-object", "multiscales[0].datasets[1]"),
        ("multiscales.0.datasets.1.path", None, "dataset-path", "multiscales[0].datasets[1].path"),
        ("multiscales.0.datasets.1.path", 1, "dataset-path", "multiscales[0].datasets[1].path"),
        ("multiscales.0.datasets.1.path", True, "dataset-path", "multiscales[0].datasets[1].path"),
        ("multiscales.0.datasets.1.path", "../1", "path-inside", "multiscales[0].datasets[1].path"),
        ("multiscales.0.datasets.1.path", "", "path-inside", "multiscales[0].datasets[1].path"),
        ("multiscales.0.coordinateTransformations", 1, "transformations-list", None),
        ("multiscales.0.coordinateTransformations", ["x"], "transformation-object", None),
        ("multiscales.0.coordinateTransformations", [{"type": "affine"}], "transformation-type", None),
        ("multiscales.0.coordinateTransformations", [{"type": "scale"}], "transformation-vector", None),
        (
            "multiscales.0.coordinateTransformations",
            [{"type": "scale", "scale": [1, 1]}],
            "transformation-length",
            None,
        ),
        ("multiscales.0.coordinateTransformations", [{"type": "scale", "scale": [1, 0, 1]}], "scale-positive", None),
        ("multiscales.0.coordinateTransformations", [{"type": "scale", "scale": [1, -1, 1]}], "scale-positive", None),
        (
            "multiscales.0.coordinateTransformations",
            [{"type": "scale", "scale": [1, True, 1]}],
            "transformation-vector",
            None,
        ),
        ("multiscales.0.coordinateTransformations", [{"type": "scale", "path": "s"}], "transformation-vector", None),
        ("multiscales.0.coordinateTransformations", [{"type": "translation"}], "transformation-vector", None),
        ("multiscales.0.name", [], "multiscale-name-text", "multiscales[0].name"),
        ("multiscales.0.coordinateTransformations", [{"type": "scale", "scale": ["1", "1", "1"]}], V, None),
        ("multiscales.0.coordinateTransformations", [{"type": "scale", "scale": [1, 1, math.inf]}], FINITE, None),
        ("multiscales.0.coordinateTransformations", [], "transformations-list", None),
        ("multiscales.0.metadata", "mean", "multiscale-metadata-object", "multiscales[0].metadata"),
        ("omero", [], "omero-object", "omero"),
        ("omero", {}, "omero-channels", "omero.channels"),
        ("omero", {"channels": [{"color": "#00FF00"}]}, "channel-color-hex", "omero.channels[0].color"),
        ("omero", {"channels": [{"color": 255}]}, "channel-field", "omero.channels[0].color"),
        ("omero", {"channels": [{"window": []}]}, "window-object", "omero.channels[0].window"),
        ("omero", {"channels": [{"window": W | {"end": "9"}}]}, "window-number", "omero.channels[0].window"),
        ("omero", {"channels": [{"window": W | {"end": math.nan}}]}, "window-finite", "omero.channels[0].window"),
        ("image-label", {"colors": [3]}, "label-colors-list", "image-label.colors[0]"),
        ("image-label", {"colors": [{"label-value": 1}, {"label-value": 1}]}, "label-value-unique", None),
        ("image-label", {"properties": {}}, "label-properties", "image-label.properties"),
        ("omero", {"channels": 3}, "omero-channels", "omero.channels"),
        ("omero", {"channels": [3]}, "channel-object", "omero.channels[0]"),
        ("omero", {"channels": [{"color": "blue"}]}, "channel-color-hex", "omero.channels[0].color"),
        ("omero", {"channels": [{"active": 1}]}, "channel-field", "omero.channels[0].active"),
        ("omero", {"channels": [{"window": {"start": 0}}]}, "window-field", "omero.channels[0].window"),
        ("omero", {"channels": [{"label": 5}]}, "channel-field", "omero.channels[0].label"),
        ("image-label", "x", "image-label-object", "image-label"),
        ("image-label", {"colors": {}}, "label-colors-list", "image-label.colors"),
        ("image-label", {"colors": [{}]}, "label-value", "image-label.colors[0]"),
        ("image-label", {"colors": [{"label-value": 1.5}]}, "label-value-integer", "image-label.colors[0]"),
        ("image-label", {"colors": [{"label-value": True}]}, "label-value", "image-label.colors[0]"),
        ("image-label", {"colors": [{"label-value": 1, "rgba": [1, 2]}]}, "label-rgba", "image-label.colors[0].rgba"),
        (
            "image-label",
            {"colors": [{"label-value": 1, "rgba": [0, 0, 0, 256]}]},
            "label-rgba",
            "image-label.colors[0].rgba",
        ),
        ("image-label", {"properties": [3]}, "label-properties", "image-label.properties[0]"),
        ("image-label", {"source": "../.."}, "label-source", "image-label.source"),
    ],
)
def test_each_fault_is_said_with_its_place(path: str, value: Any, rule: str, place: str | None) -> None:
    broken: Any = block()
    *parents, last = path.split(".")
    parent = broken
    for key in parents:
        parent = parent[int(key)] if key.isdigit() else parent[key]
    parent[int(last) if last.isdigit() else last] = value
    _, problems = parse(broken)
    expected = place if place is not None else path.replace(".0", "[0]")
    found = [(problem.rule, problem.place) for problem in problems]
    assert any(name == rule and at.startswith(expected) for name, at in found), found
    # What is validated is called the same, but for paths, which only a whole hierarchy shows.
    validated = check_attributes(broken, version="0.4", kind="label" if "image-label" in broken else "image") or []
    assert rule in {problem.rule for problem in validated} | {"path-inside"}


def test_what_can_be_used_of_a_faulty_image_is_used() -> None:
    broken = block(omero={"channels": [{"label": 405, "color": "#00ff00", "window": 3}, None]})
    broken["multiscales"][0]["datasets"][1] |= {"path": "/etc/passwd", "extra": 1}
    broken["multiscales"].append(None)
    metadata, _ = parse(broken)
    assert [dataset.path for dataset in metadata.multiscales[0].datasets] == ["0"]
    assert metadata.omero is not None
    assert metadata.omero.channels == (Channel("405", "00FF00"), Channel("channel 1"))


def test_transformations_that_cannot_be_applied_are_kept_as_they_are() -> None:
    steps: list[dict[str, Any]] = [
        {"type": "identity"},
        {"type": "identity", "name": "mine"},
        {"type": "scale", "scale": [1, 2, 3]},
        {"type": "translation", "translation": [0, 0.5, 0.5]},
        {"type": "scale", "path": "factors"},
        {"type": {"a": 1}},
    ]
    faulty = block()
    faulty["multiscales"][0]["datasets"] = [{"path": "0", "coordinateTransformations": steps}]
    assert parse(faulty)[0].multiscales[0].datasets == (
        Dataset(
            "0",
            (
                Identity(),
                Identity(extra={"name": "mine"}),
                Scale((1.0, 2.0, 3.0)),
                Translation((0.0, 0.5, 0.5)),
                OtherTransformation("scale", steps[4]),
                OtherTransformation("{'a': 1}", steps[5]),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["y", "y"], ["y", "axis 0"]),
        (["", ""], ["axis 0", "axis 1"]),
        (["axis 0", ""], ["axis 0", "axis 1"]),
        (["axis 1", ""], ["axis 1", "axis 0"]),
        (["", "axis 0"], ["axis 1", "axis 0"]),
    ],
)
def test_names_are_made_unique(names: list[str], expected: list[str]) -> None:
    faulty = block()
    faulty["multiscales"][0]["axes"] = [{"name": name, "type": "space"} for name in names]
    assert [axis.name for axis in parse(faulty)[0].multiscales[0].axes] == expected


def test_axes_of_old_versions() -> None:
    old = {"multiscales": [{"datasets": [{"path": "0"}], "version": "0.1"}]}
    metadata, problems = parse_image(old, FormatV01())
    assert "".join(axis.name for axis in metadata.multiscales[0].axes) == "tczyx"
    assert problems == ()
    old = {"multiscales": [{"datasets": [{"path": "0"}], "axes": ["c", "y", "x"], "version": "0.3"}]}
    metadata, problems = parse_image(old, FormatV03())
    assert [axis.type for axis in metadata.multiscales[0].axes] == ["channel", "space", "space"]
    assert problems == ()


@pytest.mark.parametrize(
    ("axes", "expected"),
    [(["y", "x"], "yx"), ([0, 1], "tczyx"), (["z", "z"], "tczyx"), ([], "tczyx"), ("yx", "tczyx"), (None, "tczyx")],
)
def test_axes_that_an_old_version_has_no_rule_for_are_taken_if_they_can_be(axes: Any, expected: str) -> None:
    value = {"multiscales": [{"version": "0.1", "datasets": [{"path": "0"}], "axes": axes}]}
    metadata, problems = parse(value, FormatV01())
    assert "".join(axis.name for axis in metadata.multiscales[0].axes) == expected
    assert problems == ()


def test_no_ome_block_is_no_image() -> None:
    cases: list[dict[str, Any]] = [{}, {"ome": None}, {"ome": []}, {"multiscales": [{"datasets": []}]}]
    for attributes in cases:
        metadata, problems = parse_image(attributes, FormatV05())
        assert metadata.multiscales == ()
        assert [problem.rule for problem in problems] == ["multiscales"]


def test_ten_thousand_datasets_are_read() -> None:
    many = block()
    many["multiscales"][0]["datasets"] = [{"path": f"{index}"} for index in range(10_000)]
    assert len(parse(many)[0].multiscales[0].datasets) == 10_000


@pytest.mark.parametrize(
    "path", ["0", "a/b", "labels/0/s1", "a b", "é", "a.b", "...", "a/", "scale0/image", "s-1_x", "0" * 255]
)
def test_paths_within_a_group(path: str) -> None:
    assert is_safe_path(path)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "/",
            "/etc",
            "..",
            ".",
            "../x",
            "a/../b",
            "a/./b",
            "a//b",
            "a//",
            "//host/x",
            "a\\b",
            "..\\x",
            "C:/x",
            "c:x",
        ),
        *("file:///etc", "http://host/x", "a\0b", "\ud800", "0" * 256, "a/" * 600 + "b"),
    ],
)
def test_paths_that_lead_out_or_cannot_be(path: str) -> None:
    assert not is_safe_path(path)


@given(st.text())
def test_a_safe_path_has_no_way_out(path: str) -> None:
    if is_safe_path(path):
        assert not path.startswith("/")
        assert not {"", ".", ".."} & set(path.removesuffix("/").split("/"))


def test_values_in_messages_are_bounded() -> None:
    assert quoted(None) == "nothing"
    assert quoted("x") == "'x'"
    assert len(quoted("x" * 10_000)) == 80


@settings(max_examples=150)
@given(st.sampled_from(format_implementations()), st.dictionaries(st.sampled_from(KEYS), hostile, max_size=5))
def test_nothing_that_json_can_say_raises(fmt: Format, attributes: dict[str, Any]) -> None:
    _, problems = parse_image(attributes, fmt)
    assert all(str(problem) for problem in problems)


@settings(max_examples=150)
@given(st.data())
def test_one_odd_value_in_a_valid_image_raises_nothing(data: st.DataObject) -> None:
    window = {"min": 0, "max": 1, "start": 0, "end": 1}
    value: Any = block(
        omero={"channels": [{"label": "a", "color": "00FF00", "active": True, "window": window}]},
        **{"image-label": {"colors": [{"label-value": 1, "rgba": [0, 0, 0, 0]}], "properties": [{}], "source": {}}},
    )
    documents = {"": value}
    spoil(data, documents, [""])
    value = documents[""]
    if isinstance(value, dict):
        metadata, _ = parse(value)
        for multiscale in metadata.multiscales:
            names = [axis.name for axis in multiscale.axes]
            assert len(set(names)) == len(names)
            assert all(is_safe_path(dataset.path) for dataset in multiscale.datasets)
