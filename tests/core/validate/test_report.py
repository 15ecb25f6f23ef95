"""`omezarr_nb.validate`: one report of everything that is wrong at a place."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

import omezarr_nb
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.validate import ValidationReport
from omezarr_nb.core.validate.store import node_of_place
from omezarr_nb.errors import InvalidMetadataError, NotFoundError, OMEZarrError


@pytest.fixture
def image(tmp_path: Path) -> Path:
    where = tmp_path / "image.ome.zarr"
    written = omezarr_nb.write_image(np.zeros((2, 64, 64), "uint16"), where, axes="cyx", levels=2)
    omezarr_nb.write_labels(np.zeros((64, 64), "uint8"), written, "nuclei", axes="yx")
    return where


def edit(document: Path, **changes: Any) -> None:
    """Change keys of a JSON document; a key that becomes None is taken out."""
    content = json.loads(document.read_text())
    content = {key: value for key, value in (content | changes).items() if value is not None}
    document.write_text(json.dumps(content))


def rules(report: ValidationReport) -> set[str]:
    return {problem.rule for problem in report.errors}


def test_what_is_written_here_is_valid(image: Path) -> None:
    report = omezarr_nb.validate(image)
    assert report.is_valid
    assert (report.kind, report.version, report.where) == ("image", "0.5", str(image))
    report.raise_if_invalid()
    assert repr(report).startswith("<ValidationReport valid: OME-Zarr 0.5 image, 0 errors, ")


@pytest.mark.parametrize("source", [str, Path, zarr.open_group, ZarrLocation])
def test_a_place_is_given_in_any_way(image: Path, source: Any) -> None:
    assert omezarr_nb.validate(source(image)).is_valid


def test_each_problem_says_where_what_and_how_to_mend_it(image: Path) -> None:
    edit(image / "0" / "zarr.json", dimension_names=["y", "x", "c"])
    (problem,) = omezarr_nb.validate(image).errors
    assert (problem.rule, problem.place) == ("dimension-names", "0")
    assert (problem.found, problem.expected) == ('["y", "x", "c"]', '["c", "y", "x"]')
    assert problem.mend.startswith('Set "dimension_names"')


def test_all_problems_of_storage_are_found_at_once(image: Path) -> None:
    shutil.rmtree(image / "1")
    edit(image / "0" / "zarr.json", codecs=[{"name": "no-such-codec"}])
    edit(image / "labels" / "nuclei" / "0" / "zarr.json", data_type="float32", fill_value=0.0)
    report = omezarr_nb.validate(image)
    assert {"level-array", "array-document", "label-dtype"} <= rules(report)
    assert {"1", "0", "labels/nuclei/0"} <= set(report.by_place)
    with pytest.raises(InvalidMetadataError, match=r"no valid OME-Zarr 0\.5:\n(- .*\n){3,}") as caught:
        report.raise_if_invalid()
    assert "level-array" in str(caught.value)


def test_strict_asks_for_more(image: Path) -> None:
    edit_ome = json.loads((image / "zarr.json").read_text())
    edit_ome["attributes"]["ome"]["multiscales"][0].pop("name", None)
    (image / "zarr.json").write_text(json.dumps(edit_ome))
    assert omezarr_nb.validate(image).is_valid
    assert "multiscale-name" in rules(omezarr_nb.validate(image, strict=True))


def plate(where: Path) -> Path:
    root = zarr.create_group(where, zarr_format=2)
    lines = {"rows": [{"name": "A"}], "columns": [{"name": "1"}, {"name": "2"}]}
    wells = [{"path": f"A/{column + 1}", "rowIndex": 0, "columnIndex": column} for column in range(2)]
    attributes: Any = {**lines, "wells": wells, "version": "0.4", "field_count": 1}
    root.attrs["plate"] = attributes
    for well in wells:
        group = root.create_group(str(well["path"]))
        group.attrs["well"] = {"images": [{"path": "0"}, {"path": "1"}], "version": "0.4"}
        for name in ("0", "1"):
            omezarr_nb.write_image(np.zeros((8, 8), "uint8"), group.create_group(name), axes="yx", version="0.4")
    return where


def test_wells_are_held_against_their_plate(tmp_path: Path) -> None:
    where = plate(tmp_path / "plate.zarr")
    report = omezarr_nb.validate(where)
    assert report.is_valid
    assert report.kind == "plate"
    assert [p.place for p in report.warnings if p.rule == "plate-field-count-exceeded"] == ["A/1", "A/2"]
    (where / "A" / ".zgroup").unlink()
    shutil.rmtree(where / "A" / "2" / "1")
    assert rules(omezarr_nb.validate(where)) == {"row-group", "group"}


def with_transformation(image: Path, kind: str, path: str) -> None:
    """Turn an image of 0.5 into one of 0.6 with a transformation whose values lie at a path."""
    axes = [{"name": name, "type": "space"} for name in "yx"]
    level = {"type": "scale", "scale": [1, 1], "input": {"path": "0"}, "output": {"name": "in"}}
    edge = {"type": kind, "path": path, "input": {"name": "in"}, "output": {"name": "out"}}
    multiscale = {
        "coordinateSystems": [{"name": "in", "axes": axes}, {"name": "out", "axes": axes}],
        "datasets": [{"path": "0", "coordinateTransformations": [level]}],
        "coordinateTransformations": [edge],
    }
    edit(image / "zarr.json", attributes={"ome": {"version": "0.6", "multiscales": [multiscale]}})


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("affine", "transformation-array"),
        ("rotation", "transformation-array"),
        ("displacements", "transformation-field"),
        ("coordinates", "transformation-field"),
    ],
)
def test_what_lies_behind_the_paths_of_transformations(tmp_path: Path, kind: str, rule: str) -> None:
    where = tmp_path / "image.zarr"
    omezarr_nb.write_image(np.zeros((8, 8), "uint8"), where, axes="yx", levels=1)
    with_transformation(where, kind, "extra")
    assert rule in rules(omezarr_nb.validate(where))
    if rule == "transformation-field":
        omezarr_nb.write_image(np.zeros((2, 8, 8), "float32"), where / "extra", axes="cyx")
    else:
        zarr.create_array(where / "extra", shape=(2, 3), dtype="float64")
    assert rule not in rules(omezarr_nb.validate(where))


def test_a_matrix_has_rows_and_columns(tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"
    omezarr_nb.write_image(np.zeros((8, 8), "uint8"), where, axes="yx", levels=1)
    with_transformation(where, "affine", "extra")
    zarr.create_array(where / "extra", shape=(6,), dtype="float64")
    assert "transformation-matrix" in rules(omezarr_nb.validate(where))


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b"null", b"\xff\xfe", b"[" * 5000, b'{"node_type": "array"}', b'{"attributes": 3}', b"{}"],
)
def test_hostile_documents_are_reported(image: Path, content: bytes) -> None:
    empty = content in (b'{"attributes": 3}', b"{}")  # a group for labels in which there are none
    for document in [*image.rglob("zarr.json")]:
        before = document.read_bytes()
        document.write_bytes(content)
        assert omezarr_nb.validate(image).is_valid == (empty and document.parent.name == "labels")
        document.write_bytes(before)
    assert omezarr_nb.validate(image).is_valid


def test_long_lists_of_problems_end(image: Path) -> None:
    content = json.loads((image / "zarr.json").read_text())
    content["attributes"]["ome"]["multiscales"][0]["datasets"] *= 60
    (image / "zarr.json").write_text(json.dumps(content))
    for index in range(60):
        edit_ome = json.loads((image / "zarr.json").read_text())["attributes"]
        where = image / "labels" / f"made{index}"
        where.mkdir()
        (where / "zarr.json").write_text(json.dumps({"zarr_format": 3, "node_type": "group", "attributes": edit_ome}))
    names = [f"made{index}" for index in range(60)]
    labels = image / "labels" / "zarr.json"
    edit(labels, attributes={"ome": {"version": "0.5", "labels": names}})
    problems = omezarr_nb.validate(image).problems
    assert len(problems) == 5001
    assert problems[-1].rule == "problems-count"


def test_nothing_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no Zarr hierarchy"):
        omezarr_nb.validate(tmp_path / "nothing")
    zarr.create_array(tmp_path / "array", shape=(3,), dtype="uint8", zarr_format=2)
    with pytest.raises(NotFoundError, match="single Zarr array"):
        omezarr_nb.validate(tmp_path / "array")


def test_a_store_that_cannot_be_reached_is_an_error() -> None:
    with pytest.raises(OMEZarrError):
        omezarr_nb.validate("http://127.0.0.1:9/image.zarr")


def test_a_version_that_there_is_not(tmp_path: Path) -> None:
    zarr.create_group(tmp_path, attributes={"ome": {"version": "7.0", "multiscales": []}})
    assert rules(omezarr_nb.validate(tmp_path)) == {"version-known"}


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("", ("", "")),
        ("ome.version", ("", "ome.version")),
        ("multiscales[0].axes", ("", "multiscales[0].axes")),
        ("labels", ("", "labels")),
        ("labels/a", ("labels/a", "")),
        ("labels/a: image-label", ("labels/a", "image-label")),
        ("A/1", ("A/1", "")),
    ],
)
def test_places_are_groups_and_places_in_their_attributes(place: str, expected: tuple[str, str]) -> None:
    assert node_of_place(place) == expected
