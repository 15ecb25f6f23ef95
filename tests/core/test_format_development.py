"""0.9.dev1, a development version: read with a warning, written by name; axes of any kind (RFC-3), oriented (RFC-4)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ngff_zarr
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import omezarr_nb
from omezarr_nb.core.axes import Axis, parse_axes
from omezarr_nb.core.format import FormatV05, FormatV06, FormatV09Dev1
from omezarr_nb.core.losses import losses
from omezarr_nb.core.metadata import Dataset, ImageMetadata, Multiscale, Omero, image_to_json
from omezarr_nb.core.orientation import DIRECTIONS, Orientation
from omezarr_nb.core.parse import parse_image
from omezarr_nb.core.transforms import Scale
from omezarr_nb.display import to_html, to_text
from omezarr_nb.errors import InvalidArgumentError, UnsupportedError
from tests.core.documents import memory_store
from tests.core.validate.oracle import Oracle

FREE: list[dict[str, Any]] = [
    {
        "name": "x",
        "type": "space",
        "unit": "millimeter",
        "orientation": {"type": "anatomical", "value": "right-to-left"},
    },
    {"name": "y", "type": "space", "unit": "millimeter", "orientation": "anterior-to-posterior"},
    {"name": "z", "type": "space", "unit": "millimeter"},
    {"name": "t", "type": "time", "unit": "second"},
    {"name": "lifetime", "type": "lifetime", "unit": "nanosecond"},
    {"name": "c", "type": "channel"},
]
BODY = ("inferior-to-superior", "posterior-to-anterior", "left-to-right")
ORIENTED = [
    {"name": n, "type": "space", "unit": "millimeter", "orientation": o} for n, o in zip("zyx", BODY, strict=True)
]
PIXELS = np.arange(48 * 40 * 4 * 2 * 3 * 2, dtype="u2").reshape(48, 40, 4, 2, 3, 2)


def write(path: Path, axes: Any = ORIENTED, shape: tuple[int, ...] = (3, 40, 40), **options: Any) -> omezarr_nb.Image:
    image: omezarr_nb.Image = omezarr_nb.write_image(
        np.arange(np.prod(shape), dtype="u2").reshape(shape), path, axes=axes, version="0.9.dev1", **options
    )
    return image


def test_axes_of_any_number_type_and_order_are_written_and_read(tmp_path: Path) -> None:
    factors = [{"x": 2, "y": 2}]
    image = omezarr_nb.write_image(PIXELS, tmp_path / "a.zarr", axes=FREE, version="0.9.dev1", scale_factors=factors)
    assert image.version == "0.9.dev1"
    assert [axis.name for axis in image.axes] == ["x", "y", "z", "t", "lifetime", "c"]
    assert image.axes[4] == Axis("lifetime", "lifetime", "nanosecond")
    assert [level.shape for level in image.levels] == [PIXELS.shape, (24, 20, 4, 2, 3, 2)]
    np.testing.assert_array_equal(image.levels[0].zarr[...], PIXELS)
    assert image.levels[1].translation == (0.5, 0.5, 0, 0, 0, 0)
    assert "lifetime" in to_text(image)
    assert "<img" in to_html(image)
    assert image.sel(x=3, channel=1, lifetime=2).shape == (40, 4, 2)


@pytest.mark.parametrize(
    ("axes", "shape"),
    [
        ([{"name": "q"}], (100,)),
        ([{"name": "i", "type": "array"}, {"name": "j"}], (70, 60)),
        ([{"name": f"a{i}"} for i in range(9)], (2,) * 9),
        ([{"name": n, "type": "channel"} for n in "ab"], (3, 4)),
        ([{"name": n, "type": "space"} for n in "wzyx"], (2, 3, 16, 16)),
    ],
)
def test_images_that_no_other_version_has(tmp_path: Path, axes: Any, shape: tuple[int, ...]) -> None:
    image = write(tmp_path / "a.zarr", axes, shape)
    assert image.shape == shape
    assert len(image.axes) == len(shape)
    assert image.levels[0].zarr.nchunks < 300
    assert omezarr_nb.validate(tmp_path / "a.zarr").is_valid
    assert to_html(image)
    with pytest.raises(InvalidArgumentError, match=r"0\.6"):
        omezarr_nb.convert(image, tmp_path / "b.zarr", version="0.6", drop=True)
    assert not (tmp_path / "b.zarr").exists()


def test_it_says_that_it_is_a_development_version(tmp_path: Path) -> None:
    image = write(tmp_path / "a.zarr")
    (problem,) = image.problems
    assert (problem.rule, problem.severity) == ("version-development", "warning")
    assert "may change" in problem.message
    report = omezarr_nb.validate(tmp_path / "a.zarr")
    assert "version-development" in {problem.rule for problem in report.warnings}
    assert report.is_valid
    assert "may change" in to_text(image)


def test_it_is_written_only_where_it_is_named(tmp_path: Path) -> None:
    assert omezarr_nb.write_image(np.zeros((8, 8)), tmp_path / "a.zarr").version == "0.5"
    with pytest.raises(InvalidArgumentError, match="2 to 5 dimensions"):
        omezarr_nb.write_image(np.zeros((8,)), tmp_path / "b.zarr", axes=["q"], version="0.6")
    with omezarr_nb.create_plate(tmp_path / "p.zarr", ["A"], [1], version="0.9.dev1") as plate:
        plate["A", 1].write_field(np.zeros((8, 8), "u1"))
    opened: Any = omezarr_nb.open(tmp_path / "p.zarr")
    assert opened.version == opened["A", 1].fields[0].version == "0.9.dev1"
    labels = omezarr_nb.write_labels(
        np.zeros((3, 40, 40), "u1"), write(tmp_path / "c.zarr").where, name="a", axes="zyx"
    )
    assert labels.version == "0.9.dev1"  # a hierarchy is of one version


def test_a_store_is_read_as_the_version_that_is_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "a.zarr")
    document = json.loads((tmp_path / "a.zarr" / "zarr.json").read_text())
    document["attributes"]["ome"]["version"] = "0.9.dev2"
    (tmp_path / "a.zarr" / "zarr.json").write_text(json.dumps(document))
    with pytest.raises(UnsupportedError, match=r"not known here.*0\.9\.dev2.*Pass version="):
        omezarr_nb.open(tmp_path / "a.zarr")
    image = omezarr_nb.open(tmp_path / "a.zarr", version="0.9.dev1")
    assert image.version == "0.9.dev1"
    assert {problem.rule for problem in image.problems} == {"version-development", "ome-version"}
    with pytest.raises(InvalidArgumentError, match="not recognized"):
        omezarr_nb.open(tmp_path / "a.zarr", version="0.9.dev2")


def test_a_version_that_is_named_is_not_overruled(tmp_path: Path) -> None:
    where = omezarr_nb.write_image(np.zeros((8, 8)), tmp_path / "a.zarr").where
    with pytest.raises(InvalidArgumentError, match=r"names another version.*0\.5.*0\.9\.dev1"):
        omezarr_nb.open(where, version="0.9.dev1")
    assert omezarr_nb.open(where, version=0.5).version == "0.5"
    del (document := json.loads((tmp_path / "a.zarr" / "zarr.json").read_text()))["attributes"]["ome"]["version"]
    nameless = memory_store({"zarr.json": document})
    assert omezarr_nb.open(nameless, version="0.5").version == "0.5"


# RFC-4


def test_orientation_is_kept_and_round_trips(tmp_path: Path) -> None:
    image = write(tmp_path / "a.zarr")
    assert [axis.orientation for axis in image.axes] == [Orientation(value) for value in BODY]
    stored = image.attributes["ome"]["multiscales"][0]["coordinateSystems"][0]["axes"]
    assert [axis["orientation"] for axis in stored] == [{"type": "anatomical", "value": value} for value in BODY]
    again = omezarr_nb.write_image(image, tmp_path / "b.zarr", version="0.9.dev1")
    assert again.axes == image.axes
    extra = {"type": "anatomical", "value": "apex-to-base", "note": "of the heart"}
    (axis,) = parse_axes([{"name": "z", "orientation": extra}])
    assert axis.orientation == Orientation("apex-to-base", extra={"note": "of the heart"})
    assert axis.to_json()["orientation"] == extra


@pytest.mark.parametrize(
    ("orientations", "words"),
    [
        (["left-to-right", "right-to-left"], "along the axis .* already"),
        (["dorsal-to-ventral", "ventral-to-dorsal"], "already"),
        ([{"type": "other", "value": "left-to-right"}, None], "none of the 24"),
        (["up-to-down", None], "one of 24 directions"),
        ([{"value": 3}, None], "one of 24 directions"),
        ([3, None], "one of 24 directions"),
    ],
)
def test_orientations_that_cannot_be(tmp_path: Path, orientations: Any, words: str) -> None:
    axes = [{"name": n, "type": "space", "orientation": o} for n, o in zip("yx", orientations, strict=True)]
    with pytest.raises(InvalidArgumentError, match=words):
        write(tmp_path / "a.zarr", axes, (8, 8))
    with pytest.raises(InvalidArgumentError, match="only axes of type"):
        write(tmp_path / "a.zarr", [{"name": "t", "type": "time", "orientation": "left-to-right"}], (8,))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", [None, 3, "left-to-right", {}, {"value": "left-to-right"}, {"type": 3, "value": 4}])
def test_what_is_no_orientation_is_said_and_kept(tmp_path: Path, value: Any) -> None:
    write(tmp_path / "a.zarr")
    document = json.loads((tmp_path / "a.zarr" / "zarr.json").read_text())
    document["attributes"]["ome"]["multiscales"][0]["coordinateSystems"][0]["axes"][2]["orientation"] = value
    (tmp_path / "a.zarr" / "zarr.json").write_text(json.dumps(document))
    image = omezarr_nb.open(tmp_path / "a.zarr")
    assert image.axes[2].orientation is None
    assert image.axes[2].extra == {"orientation": value}
    said = [problem.place for problem in image.problems if problem.rule == "axis-orientation"]
    assert said == ["multiscales[0].coordinateSystems[0].axes[2].orientation"]


@pytest.mark.parametrize("version", ["0.6", "0.5", "0.4"])
def test_conversion_says_that_orientation_is_lost(tmp_path: Path, version: str) -> None:
    image = write(tmp_path / "a.zarr")
    with pytest.raises(InvalidArgumentError, match=r"no orientations of axes(.|\n)*drop=True"):
        omezarr_nb.convert(image, tmp_path / "b.zarr", version=version)
    lesser = omezarr_nb.convert(image, tmp_path / "b.zarr", version=version, drop=True)
    assert "orientation" not in json.dumps(lesser.attributes)
    np.testing.assert_array_equal(lesser.levels[0].zarr[...], image.levels[0].zarr[...])
    back = omezarr_nb.convert(lesser, tmp_path / "c.zarr", version="0.9.dev1")
    assert back.version == "0.9.dev1"


def test_conversion_says_which_axes_cannot_be(tmp_path: Path) -> None:
    write(tmp_path / "a.zarr", FREE, (8, 8, 2, 2, 2, 2))
    with pytest.raises(
        InvalidArgumentError, match=r"cannot be OME-Zarr 0\.6(.|\n)*found 6(.|\n)*ordered time, channel"
    ):
        omezarr_nb.convert(tmp_path / "a.zarr", tmp_path / "b.zarr", version="0.6", drop=True)


def test_writing_another_version_warns_of_orientation(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="no orientations of axes"):
        image = omezarr_nb.write_image(np.zeros((3, 8, 8)), tmp_path / "a.zarr", axes=ORIENTED)
    assert all(axis.orientation is None for axis in image.axes)


def test_an_unknown_key_of_that_name_is_kept_in_other_versions(tmp_path: Path) -> None:
    """Some write it into 0.5, where it means nothing."""
    omezarr_nb.write_image(np.zeros((8, 8)), tmp_path / "a.zarr")
    document = json.loads((tmp_path / "a.zarr" / "zarr.json").read_text())
    document["attributes"]["ome"]["multiscales"][0]["axes"][1]["orientation"] = {"value": "left-to-right"}
    (tmp_path / "a.zarr" / "zarr.json").write_text(json.dumps(document))
    image = omezarr_nb.convert(tmp_path / "a.zarr", tmp_path / "b.zarr", version="0.4")
    assert image.axes[1].extra == {"orientation": {"value": "left-to-right"}}


# The model

NAMES = st.lists(st.text("abdefg", min_size=1, max_size=3), min_size=1, max_size=8, unique=True)


@st.composite
def images(draw: st.DrawFn) -> ImageMetadata:
    """Draw images with any axes."""
    free = list(DIRECTIONS)
    axes = []
    for name in draw(NAMES):
        kind = draw(st.sampled_from([None, "space", "time", "channel", "array", "lambda"]))
        orientation = None
        if kind == "space" and free and draw(st.booleans()):
            value = draw(st.sampled_from(free))
            free = [other for other in free if DIRECTIONS[other] != DIRECTIONS[value]]
            orientation = Orientation(value, extra=draw(st.sampled_from([{}, {"a": [1]}])))
        axes.append(Axis(name, kind, draw(st.sampled_from([None, "meter"])), {}, orientation))
    scale = Scale(tuple(float(index + 1) for index in range(len(axes))))
    return ImageMetadata((Multiscale(tuple(axes), (Dataset("0", (scale,)),), name="a"),))


@given(images())
def test_any_image_survives_reading_and_writing(image: ImageMetadata) -> None:
    fmt = FormatV09Dev1()
    assert losses(image, fmt) == ()
    attributes = json.loads(json.dumps(fmt.wrap(image_to_json(image, fmt))))
    again, problems = parse_image(attributes, fmt)
    assert again == image
    assert {problem.rule for problem in problems} <= {"axis-unit-known"}


@given(images())
def test_what_other_versions_lack_is_told(image: ImageMetadata) -> None:
    oriented = any(axis.orientation is not None for axis in image.multiscales[0].axes)
    for fmt in (FormatV05(), FormatV06()):
        assert ("axis-orientation" in {problem.rule for problem in losses(image, fmt)}) is oriented
        assert "orientation" not in json.dumps(image_to_json(image, fmt))


def test_other_systems_are_looked_at_for_0_6(tmp_path: Path) -> None:
    write(tmp_path / "a.zarr", [{"name": n, "type": "space"} for n in "yx"], (8, 8))
    document = json.loads((tmp_path / "a.zarr" / "zarr.json").read_text())
    (multiscale,) = document["attributes"]["ome"]["multiscales"]
    multiscale["coordinateSystems"].append(
        {"name": "body", "axes": [{**axis, "type": "space"} for axis in ORIENTED[1:]]}
    )
    for axis in multiscale["coordinateSystems"][1]["axes"]:
        axis["orientation"] = {"type": "anatomical", "value": axis["orientation"]}
    multiscale["coordinateTransformations"] = [
        {"type": "identity", "input": {"name": "physical"}, "output": {"name": "body"}}
    ]
    (tmp_path / "a.zarr" / "zarr.json").write_text(json.dumps(document))
    assert omezarr_nb.validate(tmp_path / "a.zarr").is_valid
    with pytest.raises(InvalidArgumentError, match=r"coordinateSystems\[1\].axes: .*no orientations"):
        omezarr_nb.convert(tmp_path / "a.zarr", tmp_path / "b.zarr", version="0.6")


@pytest.mark.parametrize("version", ["0.9.dev1", "0.6"])
def test_a_window_needs_its_limits_only(version: str) -> None:
    axes = [{"name": name, "type": "space"} for name in "yx"]
    step = {"type": "scale", "scale": [1, 1], "input": {"path": "0"}, "output": {"name": "p"}}
    block = {
        "version": version,
        "multiscales": [
            {
                "coordinateSystems": [{"name": "p", "axes": axes}],
                "datasets": [{"path": "0", "coordinateTransformations": [step]}],
            }
        ],
        "omero": {"channels": [{"label": "a", "color": "00FF00", "window": {"start": 3, "end": 9}}]},
    }
    metadata, problems = parse_image({"ome": block}, FormatV09Dev1() if version == "0.9.dev1" else FormatV06())
    assert isinstance(metadata.omero, Omero)
    window = metadata.omero.channels[0].window
    if version == "0.6":
        assert window is None
        assert [problem.rule for problem in problems] == ["window-field"]
        return
    assert window is not None
    assert (window.min, window.max, window.start, window.end) == (3, 9, 3, 9)
    assert problems == ()


def test_a_scene_with_oriented_axes_is_converted_without(tmp_path: Path) -> None:
    write(tmp_path / "a.zarr" / "image", [{"name": n, "type": "space"} for n in "yx"], (8, 8))
    body = parse_axes([{**axis, "name": axis["name"]} for axis in ORIENTED[1:]])
    edge = {"type": "identity", "input": {"name": "physical", "path": "image"}, "output": {"name": "body"}}
    scene = {
        "coordinateSystems": [{"name": "body", "axes": [axis.to_json() for axis in body]}],
        "coordinateTransformations": [edge],
    }
    window = {"label": "a", "color": "00FF00", "window": {"start": 3, "end": 9}}
    block = {"version": "0.9.dev1", "scene": scene, "omero": {"channels": [window]}}
    document = {"zarr_format": 3, "node_type": "group", "attributes": {"ome": block}}
    (tmp_path / "a.zarr" / "zarr.json").write_text(json.dumps(document))
    with pytest.raises(InvalidArgumentError, match=r"scene.coordinateSystems\[0\].axes: .*no orientations"):
        omezarr_nb.convert(tmp_path / "a.zarr", tmp_path / "b.zarr", version="0.6")
    lesser = omezarr_nb.convert(tmp_path / "a.zarr", tmp_path / "b.zarr", version="0.6", drop=True)
    assert "orientation" not in json.dumps(lesser.attributes)
    assert lesser.attributes["ome"]["scene"]["coordinateTransformations"] == [edge]
    (channel,) = lesser.attributes["ome"]["omero"]["channels"]
    assert channel["window"] == {"start": 3, "end": 9, "min": 3, "max": 9}


# Between libraries


def test_ngff_zarr_reads_ours(tmp_path: Path) -> None:
    write(tmp_path / "a.zarr")
    (image,) = ngff_zarr.from_ngff_zarr(tmp_path / "a.zarr", validate=True).images
    assert {axis: found.value.value for axis, found in (image.axes_orientations or {}).items()} == dict(
        zip("zyx", BODY, strict=True)
    )


@pytest.mark.filterwarnings("ignore:Setting the shape on a NumPy array:DeprecationWarning")  # itkwasm does
def test_we_read_what_ngff_zarr_writes(tmp_path: Path) -> None:
    image = ngff_zarr.to_ngff_image(np.zeros((3, 32, 64), "u1"), dims=("z", "y", "x"))
    image.axes_orientations = ngff_zarr.LPS
    multiscales = ngff_zarr.to_multiscales(image, scale_factors=[])
    ngff_zarr.to_ngff_zarr(tmp_path / "a.zarr", multiscales, version="0.9.dev1")
    found = omezarr_nb.open(tmp_path / "a.zarr")
    assert [axis.orientation.value for axis in found.axes if axis.orientation] == [
        "inferior-to-superior",
        "anterior-to-posterior",
        "right-to-left",
    ]


def test_ours_is_valid_to_the_official_schemas(tmp_path: Path, shared: Path) -> None:
    oracle = Oracle(shared / "conformance" / "schemas")
    for name, axes, shape in (("a", ORIENTED, (3, 8, 8)), ("b", FREE, (8, 8, 2, 2, 2, 2)), ("c", ["q"], (9,))):
        attributes = write(tmp_path / name, axes, shape).attributes
        assert oracle.says_valid(attributes, "0.9.dev1", "image")
    attributes["ome"]["multiscales"][0]["coordinateSystems"][0]["axes"][0]["orientation"] = "up"
    assert not oracle.says_valid(attributes, "0.9.dev1", "image")
