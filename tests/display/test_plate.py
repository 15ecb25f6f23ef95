"""Plates, wells, collections and groups of labels in a cell: what stands there, bounded and escaped."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omezarr_nb
from omezarr_nb.core.plate import Plate
from omezarr_nb.display import to_html, to_text
from omezarr_nb.display.reads import MAX_BYTES
from tests.core.documents import Documents, group_documents, memory_store, write_documents
from tests.core.plates import (
    collection_documents,
    plate_block,
    plate_documents,
    row_names,
    well_block,
    well_documents,
)
from tests.display.page import Page, parse
from tests.display.stores import CountingStore, FailingStore
from tests.stores import make_image

MAX_REPR = 150_000


def show(obj: Any) -> Page:
    html = to_html(obj)
    assert len(html) < MAX_REPR
    page = parse(html)
    assert not {tag for tag, _ in page.elements} & {"script", "iframe", "object", "link", "svg", "b-b"}
    return page


def plate_only(rows: list[str], columns: list[str], wells: list[str] | None = None, **keys: Any) -> Plate:
    """Return a plate whose wells are not in the store."""
    block = plate_block(rows, columns, wells, **keys)
    plate = omezarr_nb.open(memory_store(group_documents({"ome": {"version": "0.5", **block}}, 3)))
    assert isinstance(plate, Plate)
    return plate


def test_a_plate_is_a_grid_of_its_wells() -> None:
    acquisitions = [{"id": 7, "name": "<i>live</i>", "maximumfieldcount": 4, "starttime": 1700000000}]
    plate = plate_only(["A", "B"], ["1", "2", "3"], ["A/1", "B/3"], field_count=4, acquisitions=acquisitions)
    page = show(plate)
    for words in (
        "screen · Plate · OME-Zarr 0.5",
        "2 wells listed of 6 in 2 rows × 3 columns, at most 4 fields a well",
        "1 2 3 A ● ○ ○ B ○ ○ ●",
        "<i>live</i>",
        "2023-11-14 22:13:20 UTC",
        'plate["A", 1].fields[0]',
        "Metadata as stored",
    ):
        assert words in page.text
    assert [cell.get("title") for cell in page.all("td") if cell.get("title")] == ["A1", "B3"]
    assert to_text(plate).splitlines()[1:] == [
        "├─ 2 wells listed of 6 in 2 rows × 3 columns, at most 4 fields a well",
        "│       1 2 3",
        "│     A ● · ·",
        "│     B · · ●",
        "├─ 1 acquisition: 7  <i>live</i>  from 2023-11-14 22:13:20 UTC",
        '└─ an image: plate["A", 1].fields[0]',
    ]


@pytest.mark.parametrize("size", [(16, 24), (32, 48), (40, 60), (1000, 90)])
def test_a_large_plate_is_bounded_and_says_what_is_left_out(size: tuple[int, int]) -> None:
    rows, columns = row_names(size[0]) if size[0] < 700 else list(map(str, range(size[0]))), list(range(size[1]))
    plate = plate_only(rows, [str(column) for column in columns])
    page = show(plate)
    drawn = min(size[0], 32) * min(size[1], 48)
    assert page.text.count("●") == drawn
    assert ("not drawn" in page.text) == (size[0] > 32)
    text = to_text(plate)
    assert text.count("●") == min(size[0], 16) * min(size[1], 24)
    assert len(text.splitlines()) < 24


def test_showing_a_plate_reads_nothing(tmp_path: Path) -> None:
    write_documents(tmp_path / "plate.zarr", plate_documents())
    store = CountingStore(tmp_path / "plate.zarr")
    plate = omezarr_nb.open(store)
    store.keys.clear()
    show(plate)
    assert to_text(plate)
    assert store.keys == []


def test_a_plate_shows_its_problems_and_wells_beside_the_grid() -> None:
    block = plate_block(["A"], ["1"])
    block["plate"]["wells"] += [{"path": "Z/9"}, {"path": "../out"}]
    block["plate"]["name"] = "<script>alert(1)</script>"
    plate = omezarr_nb.open(memory_store(group_documents({"ome": {"version": "0.5", **block}}, 3)))
    page = show(plate)
    assert "<script>alert(1)</script>" in page.text
    assert "1 well in no row and column of the plate: Z/9" in page.text
    assert "not followed (path-inside)" in page.text
    assert "path-inside" in to_text(plate)


@pytest.fixture
def well(tmp_path: Path) -> Path:
    """Write a well of three fields, of which one is missing."""
    where = tmp_path / "plate.zarr/B/3"
    block = well_block(["0", "1", "gone"], acquisition=2)
    write_documents(where, group_documents({"ome": {"version": "0.5", **block}}, 3))
    pixels = np.random.default_rng(0).integers(0, 4000, (2, 80, 60)).astype("uint16")
    for field in ("0", "1"):
        make_image(where / field, [pixels], "cyx", name=f"<u>field {field}</u>")
    return where


def test_a_well_is_a_table_of_its_fields(well: Path) -> None:
    opened = omezarr_nb.open(well)
    page = show(opened)
    for words in (
        "B3 · Well · OME-Zarr 0.5 · 3 fields",
        "field picture acquisition name size levels type pixel size problems",
        "<u>field 0</u> c 2 × y 80 × x 60 1 uint16 y 1 × x 1 px none",
        "This image is in the metadata, but not in the store.",
    ):
        assert words in page.text
    assert len(page.all("img")) == 2
    assert all(picture["alt"] for picture in page.all("img"))
    text = to_text(opened)
    assert '"1"     <u>field 1</u>  acquisition 2  c\u00a02 × y\u00a080 × x\u00a060  uint16  1 level' in text
    assert "not in the store" in text


@pytest.mark.parametrize("size", [64, 900, 3000])
def test_pictures_of_many_fields_read_little(tmp_path: Path, size: int) -> None:
    count = 30
    block = well_block([str(index) for index in range(count)])
    write_documents(tmp_path, group_documents({"ome": {"version": "0.5", **block}}, 3))
    pixels = np.random.default_rng(0).integers(0, 256, (size, size)).astype("uint8")
    for index in range(count if size < 100 else 3):
        make_image(tmp_path / str(index), [pixels], "yx", chunks=(512, 512))
    store = CountingStore(tmp_path)
    page = show(omezarr_nb.open(store))
    assert store.chunk_bytes <= MAX_BYTES
    assert "18 more fields, not opened here; all are in .fields" in page.text
    assert len({key.split("/")[0] for key in store.keys} - {"zarr.json", ".zattrs"}) <= 12


def test_a_collection_and_labels_are_tables(tmp_path: Path) -> None:
    collection = omezarr_nb.open(memory_store(collection_documents(["b", "a"], series=["b", "a", "missing"])))
    page = show(collection)
    assert "Collection · OME-Zarr 0.5 · 3 images · as OME/series lists them" in page.text
    assert "not in the store" in page.text
    assert re.search(r'"b".*\n.*"a"', to_text(collection))
    numbered = omezarr_nb.open(memory_store(collection_documents(["0", "1"])))
    assert "2 images · by number" in show(numbered).text
    empty = omezarr_nb.open(memory_store(collection_documents([])))
    assert "No image is listed." in show(empty).text
    assert "none" in to_text(empty)
    where = tmp_path / "image.zarr"
    make_image(where, [np.zeros((8, 8), "uint8")], "yx")
    labels = omezarr_nb.write_labels(np.ones((8, 8), "int32"), where, name="cells")
    assert labels is not None
    page = show(omezarr_nb.open(where / "labels"))
    assert "Labels: 1 label image" in page.text
    assert "cells" in page.text
    assert "cells" in to_text(omezarr_nb.open(where / "labels"))


def test_a_store_that_goes_away_is_said(tmp_path: Path) -> None:
    write_documents(tmp_path, well_documents("", ("0", "1")))
    well = omezarr_nb.open(FailingStore(tmp_path, 1))
    assert "the <b>connection</b> was reset" in show(well).text or "could not be read" in show(well).text
    write_documents(tmp_path / "c", collection_documents(["0"], series=["0"]))
    collection = omezarr_nb.open(FailingStore(tmp_path / "c", 1))
    assert "could not be" in show(collection).text
    assert "could not be" in to_text(collection)


text = st.text(max_size=60) | st.sampled_from(["<img onerror=alert(1)>", "A\u202e", "&lt;", '"', "●" * 40])


@settings(max_examples=60)
@given(st.lists(text, min_size=1, max_size=5), st.lists(text, min_size=1, max_size=5), text)
def test_names_stay_text(rows: list[str], columns: list[str], name: str) -> None:
    block = plate_block(["A"], ["1"], name=name, acquisitions=[{"id": 1, "name": name, "description": name}])
    block["plate"] |= {"rows": [{"name": row} for row in rows], "columns": [{"name": column} for column in columns]}
    block["plate"]["wells"] = [{"path": f"{row}/{column}"} for row in rows for column in columns]
    documents: Documents = group_documents({"ome": {"version": "0.5", **block}}, 3)
    page = show(omezarr_nb.open(memory_store(documents)))
    assert {tag for tag, _ in page.elements} <= {
        *("div", "style", "b", "code", "p", "ul", "li", "span", "table", "thead", "tbody", "tr", "th", "td"),
        *("details", "summary", "i"),
    }
