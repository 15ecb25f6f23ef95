"""Plates and wells: by name, lazily, in few requests, and whatever their metadata says."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omezarr_nb
from omezarr_nb.core.image import Image
from omezarr_nb.core.plate import Plate, Well
from omezarr_nb.core.plate_metadata import Acquisition, FieldEntry, Line, WellEntry, parse_plate, parse_well
from omezarr_nb.core.reader import open_image
from omezarr_nb.errors import (
    ArgumentTypeError,
    InvalidArgumentError,
    InvalidMetadataError,
    NotFoundError,
    OMEZarrError,
    UnknownNameError,
    UnsupportedError,
)
from tests.core.documents import group_documents, memory_store, write_documents
from tests.core.hostile import hostile, odd, spoil
from tests.core.plates import FIELD, plate_block, plate_documents, row_names, well_block, well_documents
from tests.servers import DirectoryServer

Serve = Callable[[Path], DirectoryServer]


def plate_at(where: Any) -> Plate:
    plate = omezarr_nb.open(where)
    assert isinstance(plate, Plate)
    return plate


def plate_of(documents: dict[str, Any]) -> Plate:
    return plate_at(memory_store(documents))


def rules(problems: Any) -> list[str]:
    return [problem.rule for problem in problems]


@pytest.mark.parametrize("version", ["0.1", "0.2", "0.3", "0.4", "0.5"])
def test_a_plate_as_it_should_be(version: str) -> None:
    plate = plate_of(plate_documents(version=version, field_count=1, acquisitions=[{"id": 0, "name": "live"}]))
    assert (plate.name, plate.version, plate.field_count) == ("screen", version, 1)
    assert (plate.rows, plate.columns) == (("A", "B"), ("1", "2", "3"))
    assert list(plate) == list(plate.wells) == ["A/1", "A/2", "A/3", "B/1", "B/2", "B/3"]
    assert len(plate) == len(plate.wells) == 6
    assert plate.acquisitions == (Acquisition(0, "live"),)
    assert plate.problems == ()
    well = plate["B", 3]
    assert isinstance(well, Well)
    assert (well.row, well.column, well.name, well.problems) == ("B", "3", "B3", ())
    field = well.fields[0]
    assert isinstance(field, Image)
    assert [level.shape for level in field.levels] == FIELD
    assert repr(plate) == f"<Plate 'screen' 2 × 3, 6 wells, OME-Zarr {version}>"
    assert repr(well) == f"<Well 'B3', 1 field, OME-Zarr {version}>"


def test_wells_by_name() -> None:
    plate = plate_of(plate_documents(("A", "AB", "a"), ("1", "02", "11")))
    for key in ("AB/02", "AB02", ("AB", "02"), ("AB", 2)):
        assert key in plate
        assert plate[key] is plate.wells["AB/02"]
    assert plate["a/1"].row == "a"
    assert plate["A", 11].column == "11"
    for missing in (
        "C1",
        "A2",
        "AB/2",
        ("A", "2"),
        ("A", 3),
        (0, 0),
        ("A",),
        3,
        None,
        ["A", 1],
        ("A", True),
        (None, 1),
    ):
        odd_key: Any = missing
        assert odd_key not in plate
        with pytest.raises(UnknownNameError, match=r"lists no such well.*A1, A02"):
            plate[odd_key]
    assert plate.wells.get("C1") is None


def test_a_name_that_two_wells_have_is_no_name() -> None:
    plate = plate_of(plate_documents(("A", "A1"), ("1", "11")))
    assert "A11" not in plate  # A/11 or A1/1
    assert plate["A", 11].row == "A"
    assert plate["A1", 1].row == "A1"


def test_fields_are_a_sequence() -> None:
    well = plate_of(plate_documents(fields=("0", "img1", "2")))["A1"]
    assert len(well.fields) == 3
    assert well.fields.paths == ("0", "img1", "2")
    assert well.fields[1] is well.fields["img1"] is well.fields[-2] is well.fields[1:][0]
    assert [field.where[-1] for field in well.fields] == ["0", "1", "2"]
    assert well.fields[1] in well.fields
    assert str(well.fields) == "0, img1, 2 (3 images)"
    with pytest.raises(UnknownNameError, match="no such image"):
        well.fields["img2"]
    with pytest.raises(InvalidArgumentError, match="no such image"):
        well.fields[3]
    wrong: Any = 1.5
    with pytest.raises(ArgumentTypeError, match="position"):
        well.fields[wrong]


def test_fields_of_an_acquisition() -> None:
    documents = plate_documents(("A",), ("1",), fields=("0", "1", "2"), acquisitions=[{"id": 3}, {"id": 5}])
    images = documents["A/1/zarr.json"]["attributes"]["ome"]["well"]["images"]
    for image, acquisition in zip(images, (3, 5, 3), strict=True):
        image["acquisition"] = acquisition
    well = plate_of(documents)["A1"]
    assert well.problems == ()
    assert well.fields_of(3).paths == ("0", "2")
    with pytest.raises(UnknownNameError, match=r"No field.*4.*\[3, 5\]"):
        well.fields_of(4)
    images[1]["acquisition"] = 4
    del images[2]["acquisition"]
    (problem,) = plate_of(documents)["A1"].problems
    assert (problem.rule, problem.place) == ("field-acquisition-known", "well.images[1].acquisition")
    assert "2 fields of none of the plate's acquisitions 3, 5" in problem.message


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_opening_a_plate_of_384_wells_costs_two_requests_at_most(tmp_path: Path, serve: Serve, version: str) -> None:
    columns = [str(number + 1) for number in range(24)]
    block = plate_block(row_names(16), columns, version=version)
    attributes = {"ome": {"version": "0.5", **block}} if version == "0.5" else block
    write_documents(tmp_path / "plate.zarr", group_documents(attributes, 3 if version == "0.5" else 2))
    write_documents(tmp_path / "plate.zarr/P/24", well_documents("", ("0",), version))
    server = serve(tmp_path)
    plate = omezarr_nb.open(f"{server.url}/plate.zarr")
    assert isinstance(plate, Plate)
    assert len(plate.wells) == 384
    assert plate.problems == ()
    assert ("P", 24) in plate
    assert repr(plate)
    assert len(server.requests) == (1 if version == "0.5" else 2)
    server.clear()
    well = plate["P24"]
    assert len(well.fields) == 1
    assert len(server.requests) == 1
    assert well.fields[0].name == "made"
    assert len(server.requests) == 2
    assert max(server.by_path().values()) == 1
    started = time.perf_counter()
    assert len(plate_at(tmp_path / "plate.zarr").wells) == 384
    assert time.perf_counter() - started < 0.1 * 5  # a machine that is busy with other things fails nothing


def test_what_is_listed_and_not_there_is_said() -> None:
    documents = plate_documents()
    for name in [name for name in documents if name.startswith("A/2/")]:
        del documents[name]
    del documents["A/3/0/zarr.json"]
    documents["B/1/zarr.json"]["attributes"] = {}
    documents["B/2/0/zarr.json"]["attributes"] = {}
    documents["B/3/zarr.json"]["attributes"]["ome"]["well"]["images"] = []
    plate = plate_of(documents)
    assert "A2" in plate
    with pytest.raises(NotFoundError, match=r"well is in the metadata of its plate, but not in the store.*A/2"):
        plate["A2"]
    with pytest.raises(NotFoundError, match=r"image is in the metadata, but not in the store.*A/3/0"):
        plate["A3"].fields[0]
    with pytest.raises(InvalidMetadataError, match="no well"):
        plate["B1"]
    with pytest.raises(InvalidMetadataError, match="image is expected"):
        plate["B2"].fields[0]
    assert len(plate["B3"].fields) == 0
    assert rules(plate["B3"].problems) == ["well-images"]
    with pytest.raises(IndexError):
        plate["B3"].fields[0]
    assert [type(found).__name__ for found in plate["A3"].fields.look(4)] == ["NotFoundError"]


def test_a_well_opened_by_itself(tmp_path: Path) -> None:
    folder = write_documents(tmp_path / "plate.zarr", plate_documents(fields=("0", "1")))
    well = omezarr_nb.open(folder / "B" / "3")
    assert isinstance(well, Well)
    assert (well.name, len(well.fields)) == ("B3", 2)
    with pytest.raises(UnsupportedError, match=r"This is a well.*<well>/0"):
        open_image(folder / "B" / "3")
    with pytest.raises(UnsupportedError, match=r"This is a plate.*A/1/0"):
        open_image(folder)
    with pytest.raises(InvalidArgumentError, match=r"multiscale is asked for.*Plate"):
        omezarr_nb.open(folder, multiscale="a")


PLATE = plate_block(["A", "B"], ["1", "2"])["plate"]


@pytest.mark.parametrize(
    ("change", "rule", "place"),
    [
        ({"rows": ["A", {"name": "B"}]}, "plate-grid", "plate.rows[0]"),
        ({"rows": None}, "plate-grid", "plate.rows"),
        ({"columns": [{"name": 1}, {"name": 2}]}, "plate-grid-name", "plate.columns[0].name"),
        ({"columns": []}, "plate-grid", "plate.columns"),
        ({"rows": [{"name": "A"}, {"name": "B"}, {}]}, "plate-grid-name", "plate.rows[2].name"),
        ({"rows": [{"name": "A"}, {"name": "B"}, {"name": "B"}]}, "plate-grid-name-unique", "plate.rows[2].name"),
        ({"name": 7}, "plate-name-text", "plate.name"),
        ({"field_count": "4"}, "plate-field-count-value", "plate.field_count"),
        ({"field_count": 0}, "plate-field-count-value", "plate.field_count"),
        ({"field_count": True}, "plate-field-count-value", "plate.field_count"),
        ({"acquisitions": {}}, "plate-acquisitions", "plate.acquisitions"),
        ({"acquisitions": [{}]}, "acquisition-id", "plate.acquisitions[0].id"),
        ({"acquisitions": [{"id": 1}, {"id": 1}]}, "acquisition-id-unique", "plate.acquisitions[1].id"),
        ({"acquisitions": [{"id": 1, "starttime": -1}]}, "acquisition-field", "plate.acquisitions[0].starttime"),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_plate_is_said_and_the_rest_read(change: Any, rule: str, place: str) -> None:
    metadata, problems = parse_plate(PLATE | change)
    assert (rule, place) in [(problem.rule, problem.place) for problem in problems]
    assert [(well.row, well.column) for well in metadata.wells] == [("A", "1"), ("A", "2"), ("B", "1"), ("B", "2")]
    assert [line.name for line in metadata.rows][:2] == ["A", "B"]
    assert [line.name for line in metadata.columns] == ["1", "2"]


@pytest.mark.parametrize(
    ("well", "expected", "rule"),
    [
        ({"path": "A/1", "rowIndex": 0, "columnIndex": 0}, WellEntry("A/1", "A", "1"), None),
        ({"path": "A/1"}, WellEntry("A/1", "A", "1"), None),
        ("A/1", WellEntry("A/1", "A", "1"), "plate-wells"),
        ({"path": "A/1/"}, WellEntry("A/1", "A", "1"), None),
        ({"path": "A/1", "rowIndex": 1, "columnIndex": 1}, WellEntry("A/1", "A", "1"), "well-index-path"),
        ({"path": "A/1", "rowIndex": 9, "columnIndex": 0}, WellEntry("A/1", "A", "1"), "well-index-range"),
        ({"path": "A/1", "rowIndex": "0", "columnIndex": 0}, WellEntry("A/1", "A", "1"), "well-index"),
        ({"path": "1/A", "rowIndex": 0, "columnIndex": 1}, WellEntry("1/A", "A", "2"), "well-path-names"),
        ({"path": "C/7"}, WellEntry("C/7", "C", "7"), "well-path-names"),
        ({"path": "run/A/1"}, WellEntry("run/A/1", "A", "1"), "well-path-parts"),
        ({"path": "A1"}, WellEntry("A1", "", "A1"), "well-path-parts"),
        ({"path": "A/1", "more": {"kept": [1]}}, WellEntry("A/1", "A", "1", {"more": {"kept": [1]}}), None),
        ({"path": "../A"}, None, "path-inside"),
        ({"path": "/etc"}, None, "path-inside"),
        ({"path": "A//1"}, None, "path-inside"),
        ({"path": ["A", 1]}, None, "well-path"),
        ({}, None, "well-path"),
        (None, None, "plate-wells"),
    ],
    ids=str,
)
def test_a_well_of_a_plate(well: Any, expected: WellEntry | None, rule: str | None) -> None:
    metadata, problems = parse_plate(PLATE | {"wells": [well]})
    assert metadata.wells == (() if expected is None else (expected,))
    assert (rule in rules(problems)) if rule else not problems


def test_wells_listed_twice_are_read_once() -> None:
    metadata, problems = parse_plate(PLATE | {"wells": [{"path": "A/1"}, {"path": "A/1"}]})
    assert len(metadata.wells) == 1
    assert rules(problems) == ["well-path-unique"]


@pytest.mark.parametrize(
    ("image", "expected", "rule"),
    [
        ({"path": "0", "acquisition": 2}, FieldEntry("0", 2), None),
        ({"path": 0}, FieldEntry("0"), "field-path"),
        ("0", FieldEntry("0"), "well-images"),
        ({"path": "0", "acquisition": "2"}, FieldEntry("0", 2), "field-acquisition"),
        ({"path": "0", "acquisition": 1.5}, FieldEntry("0"), "field-acquisition"),
        ({"path": "0", "more": 1}, FieldEntry("0", None, {"more": 1}), None),
        ({"path": "../0"}, None, "path-inside"),
        ({"path": None}, None, "field-path"),
        (3, None, "well-images"),
    ],
    ids=str,
)
def test_a_field_of_a_well(image: Any, expected: FieldEntry | None, rule: str | None) -> None:
    metadata, problems = parse_well({"images": [image]})
    assert metadata.fields == (() if expected is None else (expected,))
    assert (rule in rules(problems)) if rule else not problems


def test_unknown_keys_are_kept() -> None:
    plate = PLATE | {"rows": [{"name": "A", "note": 1}, {"name": "B"}], "later": {"a": [1]}}
    metadata, _ = parse_plate(plate | {"acquisitions": [{"id": 0, "operator": "x"}]})
    assert metadata.rows[0] == Line("A", {"note": 1})
    assert metadata.extra == {"later": {"a": [1]}}
    assert metadata.acquisitions[0].extra == {"operator": "x"}
    assert parse_well({"images": [{"path": "0"}], "later": 1})[0].extra == {"later": 1}


@pytest.mark.parametrize("version", ["0.4-dev-spatialdata", "0.4.1", "0.4"])
def test_odd_versions_are_read_and_said(version: str) -> None:
    documents = group_documents(plate_block(["A"], ["1"], version=version), 2) | well_documents("A/1", ("0",), "0.4")
    plate = plate_of(documents)
    assert plate.version == "0.4"
    assert rules(plate.problems) == ([] if version == "0.4" else ["plate-version-value"])
    assert plate["A1"].fields[0].levels


def test_a_plate_without_a_version_is_said() -> None:
    documents = plate_documents()
    del documents["zarr.json"]["attributes"]["ome"]["version"]
    assert rules(plate_of(documents).problems) == ["ome-version"]


def test_a_plate_wins_over_the_layout_beside_it() -> None:
    documents = plate_documents()
    documents["zarr.json"]["attributes"]["ome"]["bioformats2raw.layout"] = 3
    assert plate_of(documents).problems == ()


def test_a_hundred_thousand_wells_are_bounded() -> None:
    wells = [{"path": f"A/{index}"} for index in range(200_000)]
    started = time.perf_counter()
    plate = plate_of(group_documents({"ome": {"version": "0.5", "plate": PLATE | {"wells": wells}}}, 3))
    assert len(plate.wells) == 100_000
    assert "plate-wells" in rules(plate.problems)
    assert len(plate.problems) < 300
    assert "more problems" in plate.problems[-1].message
    assert time.perf_counter() - started < 30
    well, _ = parse_well({"images": [{"path": str(index)} for index in range(200_000)]})
    assert len(well.fields) == 100_000


KEYS = ("rows", "columns", "wells", "name", "field_count", "acquisitions", "version", "path", "rowIndex", "columnIndex")
MORE = ("id", "maximumfieldcount", "starttime", "endtime", "images", "acquisition", "bioformats2raw.layout", "series")
anything = st.recursive(
    odd | st.sampled_from(["A/1", "A", "1", 1, 2**63, 3.0]),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.sampled_from(KEYS + MORE), parts, max_size=6),
    max_leaves=30,
)


def look(plate: Plate) -> None:
    """Touch all that a plate offers, short of pixels."""
    assert all(str(problem) for problem in plate.problems)
    assert all([plate.name, repr(plate), repr(plate.wells), str(plate), plate._repr_mimebundle_()])
    for path in list(plate)[:5]:
        with contextlib.suppress(OMEZarrError):
            well = plate[path]
            assert all([repr(well), str(well), well._repr_mimebundle_()])
            assert all(str(problem) for problem in well.problems)
            well.fields.look(3)


@settings(max_examples=200)
@given(anything | hostile, anything | hostile)
def test_any_json_as_a_plate_or_a_well_gives_an_object_or_an_error_of_ours(plate: Any, well: Any) -> None:
    for parse, value in ((parse_plate, plate), (parse_well, well)):
        assert all(str(problem) for problem in parse(value)[1])
    documents = plate_documents(("A",), ("1",))
    documents["zarr.json"]["attributes"]["ome"]["plate"] = plate
    documents["A/1/zarr.json"]["attributes"]["ome"]["well"] = well
    with contextlib.suppress(OMEZarrError):
        look(plate_of(documents))


@settings(max_examples=200)
@given(st.data())
def test_a_plate_with_one_part_replaced_gives_an_object_or_an_error_of_ours(data: st.DataObject) -> None:
    documents: Any = plate_documents(("A",), ("1", "2"), acquisitions=[{"id": 0}], field_count=1)
    spoil(data, documents, ["zarr.json", "A/1/zarr.json", "A/2/zarr.json"], anything)
    with contextlib.suppress(OMEZarrError):
        found = omezarr_nb.open(memory_store(documents))
        if isinstance(found, Plate):
            look(found)


def test_the_blocks_of_the_tests_are_valid() -> None:
    from omezarr_nb.core.validate import validate_attributes

    for version in ("0.4", "0.5"):
        for kind, block in (
            ("plate", plate_block(["A"], ["1"], version=version)),
            ("well", well_block(version=version)),
        ):
            attributes = {"ome": {"version": version, **block}} if version == "0.5" else block
            assert not validate_attributes(attributes, version=version, kind=kind)


def test_paths_of_wells_have_leading_folders_up_to_0_3() -> None:
    block = plate_block(["A"], ["1"], ["deep/down/A/1"], version="0.2")["plate"]
    assert parse_plate(block, folders=True)[1] == ()
    assert rules(parse_plate(block)[1]) == ["well-path-parts"]
    assert [(well.row, well.column) for well in parse_plate(block, folders=True)[0].wells] == [("A", "1")]
    block["wells"] = [{"path": "A1"}]
    assert "well-path-names" in rules(parse_plate(block, folders=True)[1])
