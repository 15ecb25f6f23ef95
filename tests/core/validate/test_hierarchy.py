"""Whole hierarchies, by their metadata documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zarr

from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.validate import validate_hierarchy
from tests.core.validate.samples import DELETE, attributes, edited

Documents = dict[str, Any]


def zarray(shape: list[int], dtype: str = "<u2", separator: str = "/") -> dict[str, Any]:
    return {"zarr_format": 2, "shape": shape, "dtype": dtype, "chunks": shape, "dimension_separator": separator}


def zarr_json(shape: list[int], names: list[str], dtype: str = "uint16") -> dict[str, Any]:
    return {"zarr_format": 3, "node_type": "array", "shape": shape, "data_type": dtype, "dimension_names": names}


def group(attrs: dict[str, Any]) -> dict[str, Any]:
    return {"zarr_format": 3, "node_type": "group", "attributes": attrs}


def image_v04(path: str = "", kind: str = "image", dtype: str = "<u2") -> Documents:
    prefix = f"{path}/" if path else ""
    return {
        f"{prefix}.zgroup": {"zarr_format": 2},
        f"{prefix}.zattrs": attributes("0.4", kind),
        f"{prefix}0/.zarray": zarray([2, 4, 64, 64], dtype),
        f"{prefix}1/.zarray": zarray([2, 2, 32, 32], dtype),
    }


def image_v05(version: str = "0.5") -> Documents:
    return {
        "zarr.json": group(attributes(version, "image")),
        "0/zarr.json": zarr_json([2, 4, 64, 64], ["c", "z", "y", "x"]),
        "1/zarr.json": zarr_json([2, 2, 32, 32], ["c", "z", "y", "x"]),
    }


def with_labels() -> Documents:
    listed = {"labels/.zgroup": {}, "labels/.zattrs": {"labels": ["nuclei"]}}
    return image_v04() | listed | image_v04("labels/nuclei", "label", "<i4")


def plate() -> Documents:
    documents: Documents = {".zgroup": {}, ".zattrs": attributes("0.4", "plate"), "A/.zgroup": {}, "B/.zgroup": {}}
    for path in ("A/2", "B/1"):
        documents |= {f"{path}/.zgroup": {}, f"{path}/.zattrs": attributes("0.4", "well")}
        documents |= image_v04(f"{path}/0") | image_v04(f"{path}/1")
    return documents


def collection(count: int = 2) -> Documents:
    images = [image_v04(str(index)) for index in range(count)]
    top: Documents = {".zgroup": {}, ".zattrs": {"bioformats2raw.layout": 3}}
    return top | {path: document for image in images for path, document in image.items()}


def scene() -> Documents:
    tiles = [
        {f"{tile}/{path}": document for path, document in image_v05("0.6").items()} for tile in ("tile_0", "tile_1")
    ]
    return {"zarr.json": group(attributes("0.6", "scene"))} | tiles[0] | tiles[1]


def v01() -> Documents:
    sizes = {"0/.zarray": zarray([1, 1, 1, 8, 8], separator="."), "1/.zarray": zarray([1, 1, 1, 4, 4], separator=".")}
    return {".zgroup": {}, ".zattrs": attributes("0.1", "image")} | sizes


def v03() -> Documents:
    names = {"_ARRAY_DIMENSIONS": ["t", "c", "y", "x"]}
    sizes = {
        "0/.zarray": zarray([1, 1, 8, 8]),
        "1/.zarray": zarray([1, 1, 4, 4]),
        "0/.zattrs": names,
        "1/.zattrs": names,
    }
    return {".zgroup": {}, ".zattrs": attributes("0.3", "image")} | sizes


def nested_labels() -> Documents:
    listed = {"labels/.zgroup": {}, "labels/.zattrs": {"labels": ["a/nuclei"]}, "labels/a/.zgroup": {}}
    return image_v04() | listed | {"labels/a/.zattrs": {}} | image_v04("labels/a/nuclei", "label", "<i4")


def listed_collection() -> Documents:
    return collection(2) | {"OME/.zgroup": {}, "OME/.zattrs": {"series": ["1", "0"]}}


VALID: dict[str, Callable[[], Documents]] = {
    "0.1": v01,
    "0.3": v03,
    "0.4": image_v04,
    "0.4 nested labels": nested_labels,
    "0.4 labels": with_labels,
    "0.4 plate": plate,
    "0.4 collection": collection,
    "0.4 collection of one batch": lambda: collection(32),
    "0.4 collection with series": listed_collection,
    "0.5": image_v05,
    "0.6": lambda: image_v05("0.6"),
    "0.6 scene": scene,
    "0.4 well": lambda: {path[4:]: document for path, document in plate().items() if path.startswith("A/2/")},
    "0.4 labels group": lambda: {
        path[7:]: document for path, document in with_labels().items() if path.startswith("labels/")
    },
}

INVALID: list[tuple[str, str, str, Any, str, str, str]] = [
    # what, document, place in it, value, rule, severity, where
    ("0.4", "0/.zarray", "", DELETE, "level-array", "error", "0"),
    ("0.4", "1/.zarray", "shape", [32, 32], "level-dimensions", "error", "1"),
    ("0.4", "1/.zarray", "shape", [2, 8, 32, 32], "level-order", "error", "1"),
    ("0.4", "1/.zarray", "shape", [2, 2, 0, 32], "level-empty", "warning", "1"),
    ("0.4", "1/.zarray", "shape", [2, 4, 32, 32], "level-scale", "warning", "1"),
    ("0.4", "1/.zarray", "shape", [2, 2, 10**400, 32], "level-order", "error", "1"),
    ("0.6", "1/zarr.json", "shape", [2, 2, 32, 16], "level-scale", "warning", "1"),
    ("0.4 labels", "labels/.zattrs", "labels", [], "labels-unlisted", "warning", "labels/nuclei"),
    ("0.4", "1/.zarray", "dtype", ">f4", "level-dtype", "warning", "0"),
    ("0.6", "1/zarr.json", "data_type", "float32", "level-dtype", "error", "0"),
    ("0.4", "0/.zarray", "dimension_separator", ".", "chunk-separator", "error", "0"),
    ("0.1", "0/.zarray", "dimension_separator", "/", "chunk-separator", "error", "0"),
    ("0.5", "0/zarr.json", "dimension_names", ["z", "c", "y", "x"], "dimension-names", "error", "0"),
    ("0.5", "1/zarr.json", "dimension_names", DELETE, "dimension-names", "error", "1"),
    ("0.6", "1/zarr.json", "dimension_names", DELETE, "dimension-names", "warning", "1"),
    ("0.5", "1/zarr.json", "node_type", "group", "level-array", "error", "1"),
    ("0.5", "zarr.json", "attributes.ome.version", "0.4", "zarr-format", "error", ""),
    ("0.5", "zarr.json", "attributes.ome.version", "7.0", "version-known", "error", ""),
    ("0.5", "zarr.json", "attributes", {}, "ome-metadata", "error", ""),
    ("0.5", "zarr.json", "", [], "group", "error", ""),
    ("0.4", ".zattrs", "multiscales[0].datasets[1].path", "../1", "path-inside", "warning", ""),
    ("0.4 labels", "labels/nuclei/.zgroup", "", DELETE, "group", "error", "labels/nuclei"),
    ("0.4 labels", "labels/nuclei/0/.zarray", "dtype", "<f4", "label-dtype", "error", "labels/nuclei/0"),
    ("0.4 labels", "labels/nuclei/0/.zarray", "shape", [1, 4, 64, 60], "label-shape", "warning", "labels/nuclei/0"),
    ("0.4 labels", ".zattrs", "multiscales[0].datasets[1]", DELETE, "label-levels", "error", "labels/nuclei"),
    ("0.4 labels", "labels/.zattrs", "labels", 1, "labels-list", "error", "labels: labels"),
    ("0.3", "1/.zattrs", "_ARRAY_DIMENSIONS", DELETE, "array-dimensions", "error", "1"),
    ("0.4 nested labels", "labels/a/.zattrs", "labels", ["x"], "labels-between", "error", "labels/a"),
    ("0.4 plate", "A/2/.zgroup", "", DELETE, "group", "error", "A/2"),
    ("0.4 plate", "A/2/.zattrs", "well.images[0].acquisition", 9, "field-acquisition-known", "error",
     "A/2: well.images[0].acquisition"),
    ("0.4 plate", "B/1/0/.zattrs", "multiscales[0].axes", DELETE, "multiscale-axes", "error",
     "B/1/0: multiscales[0].axes"),
    ("0.6 scene", "tile_1/zarr.json", "", DELETE, "group", "error", "tile_1"),
    ("0.6 scene", "tile_0/zarr.json", "attributes.ome.multiscales[0].coordinateSystems[0].name", "intrinsic",
     "transformation-system-elsewhere", "error", "tile_0"),
    ("0.4 collection", "0/.zgroup", "", DELETE, "bf2raw-images", "error", "0"),
    ("0.4 collection with series", "OME/.zattrs", "series[0]", "5", "group", "error", "5"),
]  # fmt: skip


def spoilt(what: str, document: str, place: str, value: Any) -> Documents:
    documents = VALID[what]()
    if place == "" and value is DELETE:
        return {path: other for path, other in documents.items() if path != document}
    return documents | {document: edited(documents[document], place, value)}


def errors_of(problems: list[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


@pytest.mark.parametrize("what", VALID)
def test_valid_hierarchies_have_no_problem_at_all(what: str) -> None:
    assert validate_hierarchy(VALID[what](), strict=True) == []


@pytest.mark.parametrize("case", INVALID, ids=lambda case: "-".join(map(str, case[:3] + case[4:5])))
def test_what_is_wrong_in_a_hierarchy_is_told_where(case: tuple[str, str, str, Any, str, str, str]) -> None:
    *edit, rule, severity, where = case
    problems = validate_hierarchy(spoilt(*edit))
    assert (rule, severity, where) in [(problem.rule, problem.severity, problem.place) for problem in problems]


def test_a_collection_ends_where_the_numbers_end() -> None:
    documents = collection(35)
    del documents["33/0/.zarray"]
    assert [(problem.rule, problem.place) for problem in validate_hierarchy(documents)] == [("level-array", "33/0")]
    del documents["20/.zgroup"], documents["20/.zattrs"]
    assert validate_hierarchy(documents) == []


def test_nothing_at_all_is_no_hierarchy() -> None:
    (problem,) = validate_hierarchy({})
    assert (problem.rule, problem.found) == ("group", "nothing")


def test_a_development_version_is_held_against_the_one_that_it_begins_with() -> None:
    documents = spoilt("0.5", "zarr.json", "attributes.ome.version", "0.5-dev-spatialdata")
    assert [(problem.rule, problem.place) for problem in errors_of(validate_hierarchy(documents))] == [
        ("ome-version", "ome.version")
    ]


def test_a_store_is_read_as_its_documents_are(tmp_path: Path) -> None:
    root = zarr.create_group(tmp_path / "image.zarr", attributes=attributes("0.5", "image"))
    for path, shape in (("0", (2, 4, 64, 64)), ("1", (2, 2, 32, 32))):
        root.create_array(path, shape=shape, dtype="uint16", dimension_names=("c", "z", "y", "x"))
    location = ZarrLocation(tmp_path / "image.zarr")
    assert validate_hierarchy(location, strict=True) == []
    (tmp_path / "image.zarr" / "1" / "zarr.json").write_text("{")
    (problem,) = errors_of(validate_hierarchy(location))
    assert (problem.rule, problem.place) == ("array-document", "1")
    assert "JSON" in problem.found
    (tmp_path / "image.zarr" / "1" / "zarr.json").unlink()
    (problem,) = errors_of(validate_hierarchy(location))
    assert (problem.rule, problem.place, problem.found) == ("level-array", "1", "nothing")


def test_more_levels_than_are_read_are_said() -> None:
    documents = image_v04()
    dataset = documents[".zattrs"]["multiscales"][0]["datasets"][0]
    documents[".zattrs"]["multiscales"][0]["datasets"] = [dataset | {"path": str(index)} for index in range(65)]
    documents |= {f"{index}/.zarray": documents["0/.zarray"] for index in range(65)}
    assert [(problem.rule, problem.place) for problem in validate_hierarchy(documents)] == [("levels-count", "64")]


def test_a_hierarchy_without_end_is_looked_at_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omezarr_nb.core.validate.documents._MOST", 5)
    assert "hierarchy-size" in {problem.rule for problem in errors_of(validate_hierarchy(plate()))}


def test_every_multiscale_is_held_against_its_arrays() -> None:
    documents = image_v04()
    second = edited(documents[".zattrs"], "multiscales[0].datasets[1].path", "gone")["multiscales"][0]
    documents[".zattrs"]["multiscales"].append(second | {"name": "second"})
    assert [(problem.rule, problem.place) for problem in validate_hierarchy(documents)] == [("level-array", "gone")]


def test_sizes_that_a_factor_does_not_divide_fit_either_way() -> None:
    for size in (31, 32, 33):
        assert validate_hierarchy(spoilt("0.4", "1/.zarray", "shape", [2, 2, size, 32])) == []


def test_a_row_that_is_there_without_being_listed_is_told() -> None:
    documents = plate() | {"C/.zgroup": {}, "OME/.zgroup": {}}
    assert [(problem.rule, problem.place) for problem in validate_hierarchy(documents)] == [("row-unlisted", "C")]


def consolidated(documents: Documents) -> Documents:
    if "zarr.json" not in documents:
        return documents | {".zmetadata": {"zarr_consolidated_format": 1, "metadata": dict(documents)}}
    entries = {path.removesuffix("/zarr.json"): entry for path, entry in documents.items() if path != "zarr.json"}
    top = documents["zarr.json"] | {"consolidated_metadata": {"kind": "inline", "metadata": entries}}
    return documents | {"zarr.json": top}


@pytest.mark.parametrize("what", ["0.4", "0.5"])
def test_consolidated_metadata_is_held_against_the_documents(what: str) -> None:
    documents = consolidated(VALID[what]())
    assert validate_hierarchy(documents, strict=True) == []
    level = next(path for path in documents if path.startswith("1/"))
    longer = documents | {level: edited(documents[level], "shape", [2, 2, 31, 31])}
    (problem,) = validate_hierarchy(longer)
    assert (problem.rule, problem.place, problem.found) == ("consolidated-metadata", "1", "another shape")
    shorter = {path: document for path, document in documents.items() if path != level}
    assert ("consolidated-metadata", "1") in [(problem.rule, problem.place) for problem in validate_hierarchy(shorter)]
    odd: Any
    for odd in ([], {}, {"metadata": 3}, {"metadata": {"1": 3, "1/.zarray": 3}}):
        top = {".zmetadata": odd} if ".zgroup" in documents else {"zarr.json": documents["zarr.json"]}
        if "zarr.json" in top:
            top["zarr.json"] = documents["zarr.json"] | {"consolidated_metadata": odd}
        assert errors_of(validate_hierarchy(documents | top)) == []


def test_labels_without_channels_are_held_against_their_image_by_the_names_of_axes() -> None:
    documents = with_labels()
    label = documents["labels/nuclei/.zattrs"]["multiscales"][0]
    label["axes"] = label["axes"][1:]
    steps = [step for dataset in label["datasets"] for step in dataset["coordinateTransformations"]]
    for step in steps + label["coordinateTransformations"]:
        step[step["type"]] = step[step["type"]][1:]
    documents["labels/nuclei/0/.zarray"] = zarray([4, 64, 64], "<i4")
    documents["labels/nuclei/1/.zarray"] = zarray([2, 32, 32], "<i4")
    assert validate_hierarchy(documents) == []
    documents["labels/nuclei/1/.zarray"] = zarray([2, 31, 32], "<i4")
    assert [(problem.rule, problem.place) for problem in validate_hierarchy(documents)] == [
        ("label-shape", "labels/nuclei/1")
    ]
