"""Opening what lies at a place: samples of other tools, what is no image, hostile stores, and counted requests."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from zarr.storage import MemoryStore

import omezarr_nb
from omezarr_nb.core import reader
from omezarr_nb.core.image import Image, LabelImage
from omezarr_nb.core.reader import open_image
from omezarr_nb.errors import InvalidMetadataError, NotFoundError, OMEZarrError, UnsupportedError
from tests.core.documents import (
    array_documents,
    group_documents,
    image_block,
    image_documents,
    memory_store,
    wrap,
    write_documents,
)
from tests.core.hostile import spoil
from tests.servers import DirectoryServer

Serve = Callable[[Path], DirectoryServer]
FIVE = [(2, 64 >> level, 64 >> level) for level in range(5)]


@pytest.mark.parametrize(
    ("block", "version", "error", "words"),
    [
        ({"plate": {}}, "0.5", UnsupportedError, "This is a plate.*A/1/0"),
        ({"well": {}}, "0.4", UnsupportedError, "This is a well"),
        ({"bioformats2raw.layout": 3}, "0.4", UnsupportedError, "collection of images"),
        ({"labels": ["a", 3]}, "0.5", UnsupportedError, "group of labels.*Labels a"),
        ({}, "0.5", NotFoundError, "no OME metadata"),
        ({"multiscales": []}, "0.5", InvalidMetadataError, "a list that is not empty"),
        ({"multiscales": [{}]}, "0.4", InvalidMetadataError, "axes"),
        (image_block("yx", [[1, 1]]), "0.9.dev2", UnsupportedError, "version.*0.9.dev2.*0.1, 0.2, 0.3, 0.4, 0.5"),
        (image_block("yx", [[1, 1]]), "9", UnsupportedError, "version"),
    ],
)
def test_what_is_no_image_is_said(block: Any, version: str, error: type[Exception], words: str) -> None:
    store = memory_store(group_documents(wrap(block, version), 2 if version == "0.4" else 3))
    with pytest.raises(error, match=words):
        open_image(store)


def test_nothing_and_a_bare_array_are_said(tmp_path: Path) -> None:
    for empty in (tmp_path / "nothing", tmp_path, MemoryStore()):
        with pytest.raises(NotFoundError, match="no Zarr hierarchy"):
            open_image(empty)
    (tmp_path / "file.zarr").write_bytes(b"text")
    with pytest.raises(NotFoundError, match="no Zarr hierarchy"):
        open_image(tmp_path / "file.zarr")


@pytest.mark.parametrize(
    ("shape", "names", "axes"),
    [
        ((2, 3), None, "yx"),
        ((2, 3, 4), None, "zyx"),
        ((2, 3, 4, 5), None, "czyx"),
        ((1, 2, 3, 4, 5), None, "tczyx"),
        ((9,), None, "x"),
        ((2, 3, 4), ["c", "y", "x"], "cyx"),
        ((2, 3, 4), ["c", "c", "x"], "zyx"),
        ((2, 3), ["row", None], "yx"),
    ],
)
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_a_single_array_is_an_image_that_says_what_was_guessed(
    shape: Any, names: Any, axes: str, zarr_format: int
) -> None:
    documents = array_documents("", shape, zarr_format, names)
    documents = {name.lstrip("/"): value for name, value in documents.items()}
    if zarr_format == 2 and names:
        documents[".zattrs"] = {"_ARRAY_DIMENSIONS": names}
    image = omezarr_nb.open(memory_store(documents))
    assert isinstance(image, Image)
    assert "".join(axis.name for axis in image.axes) == axes
    assert [level.shape for level in image.levels] == [shape]
    assert image.levels[0].scale == (1.0,) * len(shape)
    assert list(image.labels) == []
    (problem, *_) = image.problems
    assert (problem.rule, problem.severity) == ("ome-metadata", "warning")
    assert f"taken to be {axes}, after" in problem.message
    assert (np.asarray(image.array()) == 7).all()


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_missing_axes_are_taken_after_the_scale_and_said(version: str) -> None:
    documents = image_documents("zyx", FIVE, version)
    attributes = documents[".zattrs"] if version == "0.4" else documents["zarr.json"]["attributes"]["ome"]
    del attributes["multiscales"][0]["axes"]
    image = omezarr_nb.open(memory_store(documents))
    assert [level.shape for level in image.levels] == FIVE
    assert [axis.name for axis in image.axes] == ["z", "y", "x"]
    assert "multiscale-axes" in [problem.rule for problem in image.problems]
    attributes["multiscales"][0]["axes"] = []
    with pytest.raises(InvalidMetadataError, match="axes"):
        omezarr_nb.open(memory_store(documents))


def test_an_array_that_is_no_image_is_said() -> None:
    for shape in ((), (1,) * 33):
        documents = {name.lstrip("/"): value for name, value in array_documents("", shape, 3).items()}
        with pytest.raises(UnsupportedError, match="array is no image"):
            omezarr_nb.open(memory_store(documents))


def test_a_label_image_is_opened_as_one() -> None:
    store = memory_store(image_documents("yx", [(8, 8)], keys={"image-label": {"colors": [{"label-value": 1}]}}))
    label = open_image(store)
    assert isinstance(label, LabelImage)
    assert label.image_label.colors[0].value == 1


def test_metadata_in_the_other_format_of_zarr_is_read_with_a_problem() -> None:
    documents = image_documents("yx", [(8, 8)])
    documents["zarr.json"]["attributes"] = wrap(image_block("yx", [[2, 2]]), "0.4")
    image = open_image(memory_store(documents))
    assert image.levels[0].scale == (2.0, 2.0)
    assert "zarr-format" in [problem.rule for problem in image.problems]


@pytest.mark.parametrize(("version", "most"), [("0.4", 8), ("0.5", 7)])
def test_opening_over_http_costs_few_requests(tmp_path: Path, serve: Serve, version: str, most: int) -> None:
    write_documents(tmp_path / "image.zarr", image_documents("cyx", FIVE, version, labels={"nuclei": FIVE}))
    server = serve(tmp_path)
    image = open_image(f"{server.url}/image.zarr")
    assert len(server.requests) == (2 if version == "0.4" else 1)
    assert [level.shape for level in image.levels] == FIVE
    assert list(image.labels) == ["nuclei"]
    assert image.channels
    assert image.problems == ()
    assert len(server.requests) <= most <= 8
    # Each is a document by its name: no folder is listed, nothing is asked for twice.
    names = {"zarr.json", ".zattrs", ".zarray", ".zgroup"}
    assert all(request.method == "GET" and Path(request.path).name in names for request in server.requests)
    assert max(server.by_path().values()) == 1
    server.clear()
    assert image.labels["nuclei"].image_label.colors == ()
    assert len(server.requests) == 1
    assert image.shape == FIVE[0]
    assert repr(image)
    assert len(server.requests) == 1


def test_a_url_with_a_label_is_read_to_the_pixels(tmp_path: Path, serve: Serve) -> None:
    write_documents(tmp_path / "image.zarr", image_documents("cyx", FIVE, labels={"nuclei": FIVE}))
    image = open_image(f"{serve(tmp_path).url}/image.zarr/")
    assert image.name == "made"
    assert int(image.labels["nuclei"].array(-1)[0, 0, 0].compute()) == 7


NAMES = ["zarr.json", "0/zarr.json", "labels/zarr.json", "labels/a/zarr.json", "labels/a/0/zarr.json"]
TWO = [(4, 4), (2, 2)]


def look(image: Image) -> None:
    """Touch all that reading an image offers, short of its pixels."""
    assert all(str(problem) for problem in image.problems)
    assert all([image.name, image.where, image.version, image.axes, image.attributes, repr(image)])
    assert len(image.channels) >= 1
    for level in image.levels:
        assert len(level.shape) == len(level.scale) == len(level.translation) == image.ndim
        assert all(size > 0 for size in (*level.scale, *level.shape))
        assert len(level.chunks) == image.ndim
        assert level.nbytes >= level.dtype.itemsize
    assert all(str(problem) for problem in image.labels.problems)


@settings(max_examples=100)
@given(st.data())
def test_a_hostile_store_gives_an_image_or_an_error_of_ours(data: st.DataObject) -> None:
    documents: dict[str, Any] = image_documents("yx", TWO, labels={"a": TWO})
    spoil(data, documents, NAMES)
    with contextlib.suppress(OMEZarrError):
        image = open_image(memory_store(documents))
        look(image)
        for label in image.labels.values():
            look(label)


@pytest.mark.parametrize(
    "change",
    [
        {"shape": [4]},
        {"shape": [4, -4]},
        {"shape": "44"},
        {"shape": [2**70, 4]},
        {"data_type": "complex512"},
        {"data_type": {"name": "null"}},
        {"codecs": []},
        {"chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [0, 0]}}},
        {"chunk_grid": 3},
        {"node_type": "group"},
        {"zarr_format": 7},
        {"fill_value": "hello"},
        {"dimension_names": [1, 2]},
    ],
    ids=str,
)
def test_a_hostile_array_is_a_problem_of_its_level(change: dict[str, Any]) -> None:
    documents = image_documents("yx", TWO)
    documents["0/zarr.json"] |= change
    image = open_image(memory_store(documents))
    look(image)
    assert [level.path for level in image.levels][-1] == "1"
    assert image.problems


def test_ten_thousand_datasets_are_bounded() -> None:
    documents = image_documents("yx", [(8, 8)])
    many = documents["zarr.json"]["attributes"]["ome"]["multiscales"][0]
    many["datasets"] = [many["datasets"][0] | {"path": str(index)} for index in range(10_000)]
    image = open_image(memory_store(documents))
    assert len(image.levels) == 1
    assert {"levels-count", "level-array"} == {problem.rule for problem in image.problems}
    assert len(image.problems) < 100


def test_open_is_the_door_of_the_package(tmp_path: Path) -> None:
    folder = write_documents(tmp_path / "a.zarr", image_documents("yx", TWO))
    assert omezarr_nb.open is reader.open
    assert isinstance(omezarr_nb.open(zarr.open_group(folder, mode="r")), Image)
