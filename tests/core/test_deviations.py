"""Stores as people have them: what deviates is read as far as it goes, and reader and validator call it the same."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.core.image import Image
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.reader import open_image
from omezarr_nb.errors import ArgumentTypeError, NotFoundError, OMEZarrError, UnknownNameError
from tests.core.documents import Documents, array_documents, group_documents, image_documents, wrap, write_documents
from tests.core.plates import collection_documents, plate_documents
from tests.core.validate.samples import DELETE, edited
from tests.servers import DirectoryServer

Serve = Callable[[Path], DirectoryServer]
SHAPES = [(2, 16, 16), (2, 8, 8)]
M = "multiscales[0]"
D = f"{M}.datasets[0]"
FLAT = array_documents("1", (8, 8), 2)["1/.zarray"]


def image(version: str = "0.4") -> Documents:
    omero = {"channels": [{"label": name, "color": "00FF00"} for name in "ab"]}
    return image_documents("cyx", SHAPES, version, labels={"nuclei": SHAPES}, keys={"omero": omero})


def old(**multiscale: Any) -> Documents:
    """Return an image of 0.3."""
    entry = {"version": "0.3", "axes": ["c", "y", "x"], "datasets": [{"path": "0"}, {"path": "1"}]} | multiscale
    documents = group_documents({"multiscales": [entry]}, 2)
    for index, shape in enumerate(SHAPES):
        documents |= array_documents(str(index), shape, 2)
        documents[f"{index}/.zattrs"] = {"_ARRAY_DIMENSIONS": ["c", "y", "x"]}
    return documents


def plate() -> Documents:
    return plate_documents(("A", "B"), ("1", "2"), version="0.4")


class Deviation(NamedTuple):
    """A change to a valid store, and the rules that reading it warns of."""

    what: str
    store: Callable[[], Documents]
    document: str
    at: str
    value: Any
    rules: set[str]
    severity: str = "warning"


DEVIATIONS = [
    Deviation("level missing", image, "1/.zarray", "", DELETE, {"level-array"}, "error"),
    Deviation("level cut short", image, "1/.zarray", "", b'{"zarr_for', {"array-document"}, "error"),
    Deviation("level of other dimensions", image, "1/.zarray", "", FLAT, {"level-dimensions"}, "error"),
    Deviation("level that is a group", lambda: image("0.5"), "1/zarr.json", "node_type", "group", {"level-array"},
              "error"),
    Deviation("level without pixels", image, "1/.zarray", "shape", [2, 0, 8], {"level-empty"}, "error"),
    Deviation("no scale", image, ".zattrs", f"{D}.coordinateTransformations", DELETE, {"dataset-transformations"},
              "error"),
    Deviation("scale that is a text", image, ".zattrs", f"{D}.coordinateTransformations[0].scale", ["1", "1.0", "1e0"],
              {"transformation-vector"}, "error"),
    Deviation("scale below 0", image, ".zattrs", f"{D}.coordinateTransformations[0].scale", [1, -1, 1],
              {"scale-positive"}, "error"),
    Deviation("identity", image, ".zattrs", f"{M}.coordinateTransformations", [{"type": "identity"}],
              {"transformation-type"}),
    Deviation("unknown transformation", image, ".zattrs", f"{M}.coordinateTransformations", [{"type": "warp"}],
              {"transformation-type"}),
    Deviation("no axes", image, ".zattrs", f"{M}.axes", DELETE, {"multiscale-axes"}, "error"),
    Deviation("axes by their names", image, ".zattrs", f"{M}.axes", ["c", "y", "x"], {"axis-object"}),
    Deviation("axis without a type", image, ".zattrs", f"{M}.axes[1].type", DELETE, {"axis-type"}),
    Deviation("number for a path", image, ".zattrs", f"{D}.path", 0, {"dataset-path"}),
    Deviation("number for a name", image, ".zattrs", f"{M}.name", 7, {"multiscale-name-text"}),
    Deviation("number for a channel", image, ".zattrs", "omero.channels[0].label", 405, {"channel-field"}),
    Deviation("colour with a #", image, ".zattrs", "omero.channels[1].color", "#FF0000", {"channel-color-hex"}),
    Deviation("colour by name", image, ".zattrs", "omero.channels[1].color", "red", {"channel-color-hex"}),
    Deviation("channels that are none", image, ".zattrs", "omero", [], {"omero-object"}, "error"),
    Deviation("version of spatialdata", image, ".zattrs", f"{M}.version", "0.4-dev-spatialdata",
              {"multiscale-version-value"}),
    Deviation("development version", lambda: image("0.5"), "zarr.json", "attributes.ome.version", "0.5-dev",
              {"ome-version"}),
    Deviation("no version", lambda: image("0.5"), "zarr.json", "attributes.ome.version", DELETE, {"ome-version"},
              "error"),
    Deviation("no names of dimensions", lambda: image("0.5"), "0/zarr.json", "dimension_names", DELETE,
              {"dimension-names"}),
    Deviation("transformations before 0.4", old, ".zattrs", f"{D}.coordinateTransformations",
              [{"type": "scale", "scale": [1, 0.5, 0.5]}], {"transformations-early"}),
    Deviation("label of another version", lambda: image("0.5"), "labels/nuclei/zarr.json", "attributes.ome.version",
              DELETE, {"ome-version"}, "error"),
    Deviation("labels twice", image, "labels/.zattrs", "labels", ["nuclei", "nuclei"], {"labels-twice"}),
    Deviation("label not listed", image, "labels/.zattrs", "labels", [], {"labels-unlisted"}),
    Deviation("label missing", image, "labels/.zattrs", "labels", ["nuclei", "gone"], {"group"}, "error"),
    Deviation("label outside", image, "labels/.zattrs", "labels", ["nuclei", "../0"], {"path-inside"}, "error"),
    Deviation("labels that are no list", image, "labels/.zattrs", "labels", "nuclei",
              {"labels-list", "labels-unlisted"}, "error"),
    Deviation("label that is a number", lambda: image_documents("yx", [(8, 8)], "0.4", labels={"7": [(8, 8)]}),
              "labels/.zattrs", "labels", [7], {"labels-path"}),
    Deviation("label values twice", image, "labels/nuclei/.zattrs", "image-label",
              {"colors": [{"label-value": 1}, {"label-value": 1}]}, {"label-value-unique"}),
    Deviation("label value as a fraction", image, "labels/nuclei/.zattrs", "image-label",
              {"colors": [{"label-value": 1.5}]}, {"label-value-integer"}, "error"),
    Deviation("labels that are fractions", image, "labels/nuclei/0/.zarray", "dtype", "<f4",
              {"label-dtype", "level-dtype"}, "error"),
    Deviation("levels of several types", image, "1/.zarray", "dtype", "<u4", {"level-dtype"}),
    Deviation("well missing", plate, "B/2/", "", DELETE, {"group"}, "error"),
    Deviation("rows that are numbers", plate, ".zattrs", "plate.rows[0].name", 7,
              {"plate-grid-name", "well-path-names"}),
    Deviation("index that is a text", plate, ".zattrs", "plate.wells[0].rowIndex", "0", {"well-index"}),
    Deviation("indices swapped", plate, ".zattrs", "plate.wells[1]", {"path": "A/2", "rowIndex": 1, "columnIndex": 0},
              {"well-index-swapped"}, "error"),
    Deviation("field missing", plate, "A/1/.zattrs", "well.images", [{"path": "0"}, {"path": "9"}], {"group"}, "error"),
    Deviation("field that is a number", plate, "A/1/.zattrs", "well.images[0].path", 0, {"field-path"}),
    Deviation("layout that is a text", lambda: collection_documents(["0"], "0.4"), ".zattrs", "bioformats2raw.layout",
              "3", {"bf2raw-layout-value"}),
    Deviation("image missing", lambda: collection_documents(["0", "1"], "0.4", ["0", "1"]), "OME/.zattrs", "series",
              ["0", "5"], {"group"}, "error"),
    Deviation("images twice", lambda: collection_documents(["0", "1"], "0.4", ["0", "1"]), "OME/.zattrs", "series",
              ["0", "0"], {"series-twice"}),
    Deviation("no series", lambda: collection_documents(["0"], "0.4", ["0"]), "OME/.zattrs", "series", [],
              {"series-filled"}, "error"),
]  # fmt: skip


def problems_of(found: Any) -> list[Problem]:
    """Return all that reading warns of, of an object and of the parts of it that are there."""
    problems = list(found.problems)
    parts: list[Any] = []
    if isinstance(found, Image):
        problems += found.labels.problems
        parts = [attempt(found.labels, name) for name in found.labels]
    elif hasattr(found, "wells"):
        parts = [attempt(found.wells, path) for path in found.wells]
    elif hasattr(found, "fields"):
        parts = found.fields.look(9)
    elif hasattr(found, "images"):
        parts = found.images.look(9)
    return problems + [problem for part in parts if not isinstance(part, OMEZarrError) for problem in problems_of(part)]


def attempt(parts: Any, name: str) -> Any:
    try:
        return parts[name]
    except OMEZarrError as error:
        return error


@pytest.mark.parametrize("deviation", DEVIATIONS, ids=lambda deviation: deviation.what)
def test_it_is_read_and_said_and_validated_by_the_same_names(tmp_path: Path, deviation: Deviation) -> None:
    documents = deviation.store()
    assert problems_of(omezarr_nb.open(write_documents(tmp_path / "valid.zarr", documents))) == []
    if deviation.at or deviation.value is not DELETE:
        documents[deviation.document] = edited(documents[deviation.document], deviation.at, deviation.value)
    else:
        documents = {key: value for key, value in documents.items() if not key.startswith(deviation.document)}
    folder = write_documents(tmp_path / "odd.zarr", documents)
    problems = problems_of(omezarr_nb.open(folder))
    assert {problem.rule for problem in problems} == deviation.rules, problems
    assert deviation.severity in {problem.severity for problem in problems}
    assert all(problem.message for problem in problems)
    validated = {problem.rule for problem in omezarr_nb.validate(folder).problems}
    assert deviation.rules <= validated, validated


def test_a_name_that_no_label_has_is_answered_with_those_that_there_are(tmp_path: Path) -> None:
    folder = write_documents(tmp_path / "a.zarr", image())
    shutil.copytree(folder / "labels" / "nuclei", folder / "labels" / "extra")
    labels = open_image(folder).labels
    with pytest.raises(UnknownNameError, match=r"no such label image.*labels.*zz.*one of 'nuclei'"):
        labels["zz"]
    with pytest.raises(KeyError, match=r"without being listed: open .*labels.extra by itself"):
        labels["extra"]
    assert labels.unlisted == ("extra",)
    assert labels.get("zz") is None
    without = open_image(write_documents(tmp_path / "b.zarr", image_documents("yx", [(8, 8)])))
    with pytest.raises(UnknownNameError, match="this image has no labels"):
        without.labels["zz"]


def test_an_image_is_no_array_and_says_what_is(tmp_path: Path) -> None:
    found = open_image(write_documents(tmp_path / "a.zarr", image()))
    with pytest.raises(ArgumentTypeError, match=r"several levels.*image\.array\(0\).*image\.array\(-1\)"):
        np.asarray(found)
    assert np.asarray(found.array(-1)).shape == SHAPES[-1]


def test_levels_have_any_names_and_those_of_the_metadata_count(tmp_path: Path) -> None:
    documents = image_documents("cyx", SHAPES)
    datasets = documents["zarr.json"]["attributes"]["ome"]["multiscales"][0]["datasets"]
    for dataset, name in zip(datasets, ("z/whole", "a small one"), strict=True):
        documents[f"{name}/zarr.json"] = documents.pop(f"{dataset['path']}/zarr.json")
        dataset["path"] = name
    found = open_image(write_documents(tmp_path / "a.zarr", documents))
    assert [(level.path, level.shape) for level in found.levels] == [("z/whole", SHAPES[0]), ("a small one", SHAPES[1])]
    assert found.problems == ()


def test_chunks_that_are_missing_are_the_fill_value(tmp_path: Path) -> None:
    written = open_image(write_documents(tmp_path / "a.zarr", image_documents("cyx", SHAPES)))
    assert (np.asarray(written.array()) == 7).all()
    assert omezarr_nb.validate(tmp_path / "a.zarr").is_valid


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_wells_that_are_missing_cost_no_request(tmp_path: Path, serve: Serve, version: str) -> None:
    folder = write_documents(tmp_path / "plate.zarr", plate_documents(version=version))
    shutil.rmtree(folder / "A" / "2")
    expected = [("group", "error", "A/2")]
    local = omezarr_nb.open(folder)
    assert [(problem.rule, problem.severity, problem.place) for problem in local.problems] == expected
    server = serve(tmp_path)
    remote: Any = omezarr_nb.open(f"{server.url}/plate.zarr")
    server.clear()
    assert remote.problems == ()
    assert server.requests == []
    for _ in range(2):
        with pytest.raises(NotFoundError):
            remote["A", 2]
    assert [(problem.rule, problem.severity, problem.place) for problem in remote.problems] == expected


def test_pixel_sizes_of_an_old_version_are_read_where_they_stand(tmp_path: Path) -> None:
    half = [{"type": "scale", "scale": [1, 0.5, 0.5]}]
    datasets = [{"path": "0", "coordinateTransformations": half}, {"path": "1"}]
    found = open_image(write_documents(tmp_path / "a.zarr", old(datasets=datasets)))
    assert [level.scale for level in found.levels] == [(1, 0.5, 0.5), (1, 1, 1)]
    assert "transformations-early" in {problem.rule for problem in found.problems}
    plain = open_image(write_documents(tmp_path / "b.zarr", old()))
    assert (plain.problems, plain.levels[1].scale) == ((), (1, 2, 2))


def test_spellings_of_the_drafts_of_0_6_are_read(tmp_path: Path) -> None:
    axes = [{"name": name, "type": "space"} for name in "yx"]
    ends = {"input": {"name": "physical"}, "output": {"name": "stage"}}
    part = {"type": "byDimension", **ends, "transformations": [
        {"input_axes": ["y"], "output_axes": ["x"], "transformation": {"type": "scale", "scale": [2.0]}},
        {"input_axes": ["x"], "output_axes": ["y"], "transformation": {"type": "identity"}},
    ]}  # fmt: skip
    place = {"input": {"path": "0"}, "output": {"name": "physical"}}
    multiscale = {
        "coordinateSystems": [{"name": "physical", "axes": axes}, {"name": "stage", "axes": axes}],
        "datasets": [{"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1.0, 1.0]} | place]}],
        "coordinateTransformations": [part],
    }
    documents = group_documents(wrap({"multiscales": [multiscale]}, "0.6"), 3) | array_documents("0", (8, 8), 3, "yx")
    found = open_image(write_documents(tmp_path / "a.zarr", documents))
    assert {problem.rule for problem in found.problems} == {"draft-spelling"}
    assert found.to_world([1.0, 3.0], system="stage").tolist() == [3.0, 2.0]
    assert json.dumps(found.attributes)
