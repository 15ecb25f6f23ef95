"""Images of every version: written, found valid by what knows the version, and read back the same by all readers."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

import omezarr_nb
from omezarr_nb.core.axes import axes_word, axis_names
from omezarr_nb.core.format import Format, format_from_version, format_implementations
from omezarr_nb.core.image import Image, LabelImage
from omezarr_nb.core.losses import losses
from omezarr_nb.core.metadata import image_to_json
from omezarr_nb.core.parse import parse_image
from omezarr_nb.errors import OMEZarrError

VERSIONS = [fmt.version for fmt in format_implementations()]
PLACED = ("0.4", "0.5", "0.6")
PIXELS = np.random.default_rng(6).integers(0, 60000, (1, 2, 3, 64, 96)).astype("uint16")
CELLS = (PIXELS[:, :1] // 10000).astype("int32")


def write(where: Path, version: str) -> Image:
    """Write an image with labels, with all that the version has a place for."""
    placed: dict[str, Any] = {}
    if version in PLACED:
        placed = {"scale": {"z": 2.0, "y": 0.5, "x": 0.5}, "translation": {"y": 10.0}, "units": "micrometer"}
    image: Image = omezarr_nb.write_image(
        PIXELS, where, axes="tczyx", channels=["DAPI", "GFP"], scale_factors=[2, 4], version=version, **placed
    )
    omezarr_nb.write_labels(
        CELLS, image, name="cells", label_metadata={"colors": [{"label-value": 1, "rgba": [255, 0, 0, 255]}]}
    )
    return image


@pytest.fixture(scope="module", params=VERSIONS)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return an image of a version."""
    where = tmp_path_factory.mktemp("versions") / f"v{request.param}.ome.zarr"
    write(where, request.param)
    return where, request.param


def group_attributes(folder: Path) -> dict[str, Any]:
    """Return the attributes of a group, read without zarr."""
    if (folder / ".zattrs").exists():
        return json.loads((folder / ".zattrs").read_text())  # type: ignore[no-any-return] # json
    return json.loads((folder / "zarr.json").read_text())["attributes"]  # type: ignore[no-any-return] # json


def test_it_is_stored_as_the_version_says(written: tuple[Path, str]) -> None:
    where, version = written
    fmt = format_from_version(version)
    array: Any = zarr.open_array(where / "0", mode="r")
    assert array.metadata.zarr_format == fmt.zarr_format
    chunks = sorted(str(path.relative_to(where / "0")) for path in (where / "0").rglob("*") if path.is_file())
    first = {"0.1": "0.0.0.0.0", "0.5": "c/0/0/0/0/0", "0.6": "c/0/0/0/0/0"}.get(version, "0/0/0/0/0")
    assert first in chunks
    names = getattr(array.metadata, "dimension_names", None)
    assert names == (tuple("tczyx") if fmt.zarr_format == 3 else None)
    assert dict(array.attrs) == ({"_ARRAY_DIMENSIONS": list("tczyx")} if version == "0.3" else {})


def test_it_reads_back_the_same(written: tuple[Path, str]) -> None:
    where, version = written
    image = omezarr_nb.open(where)
    assert isinstance(image, Image)
    assert (image.version, axes_word(image.axes), image.problems) == (version, "tczyx", ())
    np.testing.assert_array_equal(image.levels[0].zarr[...], PIXELS)
    size, start = ((2.0, 0.5), 10.0) if version in PLACED else ((1.0, 1.0), 0.0)
    assert [level.scale[2:] for level in image.levels] == [(size[0], size[1] * f, size[1] * f) for f in (1, 2, 4)]
    assert [level.translation[3] for level in image.levels] == [start + size[1] * (f - 1) / 2 for f in (1, 2, 4)]
    assert [axis.unit for axis in image.axes[2:]] == ["micrometer" if version in PLACED else None] * 3
    assert [channel.label for channel in image.channels] == ["DAPI", "GFP"]
    cells = image.labels["cells"]
    assert isinstance(cells, LabelImage)
    assert (cells.version, cells.problems, len(cells.levels)) == (version, (), 3)
    assert [color.value for color in cells.image_label.colors] == [1]
    np.testing.assert_array_equal(cells.levels[0].zarr[...], CELLS)


def test_each_version_says_the_same_of_pixels_and_places(tmp_path: Path) -> None:
    levels = {version: write(tmp_path / version, version).levels for version in PLACED}
    for others in zip(*levels.values(), strict=True):
        assert len({(level.shape, level.scale, level.translation) for level in others}) == 1
        for other in others[1:]:
            np.testing.assert_array_equal(other.zarr[...], others[0].zarr[...])


def validator(folder: Path, name: str) -> Any:
    """Return a validator for one of the official schemas of a version."""
    jsonschema = pytest.importorskip("jsonschema")
    referencing = pytest.importorskip("referencing")
    pytest.importorskip("referencing.jsonschema")
    documents = [json.loads(path.read_text()) for path in sorted(folder.glob("*.schema"))]
    draft = referencing.jsonschema.DRAFT202012
    resources = [(entry["$id"], draft.create_resource(entry)) for entry in documents if "$id" in entry]
    registry = referencing.Registry().with_resources(resources)
    return jsonschema.Draft202012Validator(json.loads((folder / name).read_text()), registry=registry)


@pytest.mark.parametrize("version", ["0.1", "0.2", "0.3"])
def test_what_a_version_has_no_place_for_is_said(version: str, tmp_path: Path) -> None:
    """Nothing is lost in silence."""
    with pytest.warns(UserWarning, match=r"Not all .*no units of axes.*no sizes of pixels.*no positions"):
        plan = omezarr_nb.plan_image(
            PIXELS, tmp_path / "a.zarr", axes="tczyx", scale={"x": 2}, translation={"x": 1}, units="um", version=version
        )
    assert [problem.rule for problem in plan.losses] == ["axis-unit", "pixel-size", "position"]
    assert plan.run().levels[0].scale == (1, 1, 1, 1, 1)


def test_0_3_has_names_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(OMEZarrError, match="These axes are not valid: axes are named t, c, z, y and x"):
        omezarr_nb.plan_image(np.zeros((2, 8, 8)), tmp_path, axes="ayx", version="0.3")
    image = omezarr_nb.write_image(np.zeros((8, 8)), tmp_path / "yx.zarr", version="0.3")
    assert image.attributes["multiscales"][0]["axes"] == ["y", "x"]


@pytest.mark.parametrize("version", ["0.1", "0.2"])
def test_five_dimensions_are_made_of_fewer(tmp_path: Path, version: str) -> None:
    with pytest.warns(UserWarning, match="t, z of one pixel are put in"):
        image = omezarr_nb.write_image(PIXELS[0, :, 0], tmp_path / "a.zarr", axes="cyx", version=version)
    assert image.shape == (1, 2, 1, 64, 96)
    np.testing.assert_array_equal(image.levels[0].zarr[0, :, 0], PIXELS[0, :, 0])


def test_every_valid_image_of_the_specification_survives_reading_and_writing(shared: Path) -> None:
    """Of the official cases: what is read and written again says the same, to us and to the official schemas."""
    manifest = json.loads((shared / "conformance" / "manifest.json").read_text())
    count = 0
    for case in manifest["cases"]:
        wanted = case["mode"] == "attributes" and case["kind"] == "image" and case["expected_full"] == "valid"
        if not wanted or case["use"] != "use" or case["version"] not in VERSIONS:
            continue
        fmt = format_from_version(case["version"])
        attributes = json.loads((shared / "conformance" / case["path"]).read_text())
        metadata, problems = parse_image(attributes, fmt)
        assert [str(problem) for problem in problems if problem.severity == "error"] == [], case["id"]
        if any(problem.severity == "error" for problem in losses(metadata, fmt)):
            continue
        again = fmt.wrap(image_to_json(metadata, fmt))
        assert parse_image(again, fmt)[0] == metadata, case["id"]
        schema = validator(shared / "conformance" / "schemas" / fmt.version, "image.schema")
        assert [error.message for error in schema.iter_errors(again)] == [], case["id"]
        count += 1
    assert count > 40


@pytest.mark.parametrize("fmt", format_implementations(), ids=lambda fmt: fmt.version)
def test_losses_are_none_within_a_version(fmt: Format, tmp_path: Path) -> None:
    image = write(tmp_path / "a.zarr", fmt.version)
    assert losses(image.metadata, fmt) == ()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert axis_names(image.axes) == tuple("tczyx")
