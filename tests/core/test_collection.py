"""Collections of images, groups of labels, several multiscales: by what is there, in few requests."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omezarr_nb
from omezarr_nb.core.collection import ImageCollection
from omezarr_nb.core.image import Image, LabelImage
from omezarr_nb.core.labels import Labels
from omezarr_nb.core.reader import open_image
from omezarr_nb.core.scenes import ImageScene
from omezarr_nb.core.transforms import Reference
from omezarr_nb.errors import InvalidArgumentError, NotFoundError, OMEZarrError, UnknownNameError, UnsupportedError
from tests.core.documents import group_documents, image_documents, memory_store, wrap, write_documents
from tests.core.hostile import spoil
from tests.core.plates import FIELD, collection_documents
from tests.servers import DirectoryServer

Serve = Callable[[Path], DirectoryServer]


def collection_of(documents: dict[str, Any]) -> ImageCollection:
    found = omezarr_nb.open(memory_store(documents))
    assert isinstance(found, ImageCollection)
    return found


def rules(problems: Any) -> list[str]:
    return [problem.rule for problem in problems]


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_the_order_is_that_of_the_series(version: str) -> None:
    collection = collection_of(collection_documents(["0", "1", "b/c"], version, ["b/c", "1"]))
    assert "images not counted yet" in repr(collection)
    assert collection.paths == ("b/c", "1")
    assert collection.has_series
    assert len(collection) == 2
    assert "2 images" in repr(collection)
    assert collection.problems == ()
    assert collection[0] is collection["b/c"] is collection.images[0] is collection[:1][0]
    assert [image.levels[0].shape for image in collection] == [FIELD[0]] * 2
    with pytest.raises(UnknownNameError):
        collection["0"]
    with pytest.raises(IndexError):
        collection[2]


@pytest.mark.parametrize("version", ["0.4", "0.5"])
@pytest.mark.parametrize("number", [1, 3, 4, 5, 13])
def test_without_a_series_images_are_found_by_number(version: str, number: int) -> None:
    documents = collection_documents([str(index) for index in range(number)], version)
    documents |= collection_documents([f"{number + 1}"], version)  # after a gap
    collection = collection_of(documents)
    assert not collection.has_series
    assert collection.paths == tuple(str(index) for index in range(number))
    assert collection.problems == ()


def test_few_requests_open_a_collection(tmp_path: Path, serve: Serve) -> None:
    write_documents(tmp_path / "listed.zarr", collection_documents(["0", "1"], series=["0", "1"]))
    write_documents(tmp_path / "numbered.zarr", collection_documents(["0", "1"]))
    server = serve(tmp_path)
    for name, most in (("listed", 1), ("numbered", 5)):
        server.clear()
        collection = omezarr_nb.open(f"{server.url}/{name}.zarr")
        assert len(server.requests) == 1
        assert isinstance(collection, ImageCollection)
        assert len(collection) == 2
        assert len(server.requests) == 1 + most
        server.clear()
        assert collection[1].name == "made"
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("series", "paths", "rule"),
    [
        (["0", "../1"], ("0",), "path-inside"),
        (["0", "/etc"], ("0", "etc"), None),
        ([0, 1], ("0", "1"), "series-list"),
        (["0", None, {}], ("0",), "series-list"),
        (["1", "1"], ("1",), "series-twice"),
        ([], ("0", "1"), "series-filled"),
        (["1/"], ("1",), None),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_series_is_said(series: list[Any], paths: tuple[str, ...], rule: str | None) -> None:
    collection = collection_of(collection_documents(["0", "1"], series=series))
    assert collection.paths == paths
    assert (rule in rules(collection.problems)) if rule else not collection.problems


@pytest.mark.parametrize("series", [None, "0", 3, {"0": 1}])
def test_a_series_that_is_no_list_is_said(series: Any) -> None:
    documents = collection_documents(["0"], series=[])
    documents["OME/zarr.json"]["attributes"]["ome"]["series"] = series
    collection = collection_of(documents)
    assert collection.paths == ("0",)
    assert rules(collection.problems) == ["series-list"]
    del documents["OME/zarr.json"]["attributes"]["ome"]["series"]
    assert rules(collection_of(documents).problems) == ["series"]
    documents["OME/zarr.json"] = b"{cut"
    assert rules(collection_of(documents).problems) == ["series"]


@pytest.mark.parametrize(("layout", "rule"), [(3, None), ("3", "bf2raw-layout-value"), (2, "bf2raw-layout-value")])
def test_the_layout_is_checked(layout: Any, rule: str | None) -> None:
    collection = collection_of(collection_documents(["0"], layout=layout))
    assert len(collection) == 1
    assert rules(collection.problems) == ([rule] if rule else [])


def test_images_below_a_group_that_says_nothing_are_a_collection() -> None:
    for series in (None, ["0", "1"]):
        collection = collection_of(collection_documents(["0", "1"], series=series, layout=None))
        assert collection.paths == ("0", "1")
        assert rules(collection.problems)[-1] == "bf2raw-layout"


def test_a_series_may_name_the_group_itself() -> None:
    documents = image_documents("cyx", FIELD) | group_documents(wrap({"series": [""]}), 3, "OME")
    documents["zarr.json"]["attributes"]["ome"]["bioformats2raw.layout"] = 3
    image = omezarr_nb.open(memory_store(documents))
    assert isinstance(image, Image)
    assert rules(image.problems) == ["bf2raw-layout-beside"]
    assert ImageCollection(image.location)[0].shape == FIELD[0]


def test_the_group_ome_and_an_image_of_a_collection(tmp_path: Path) -> None:
    folder = write_documents(tmp_path / "c.zarr", collection_documents(["0"], series=["0"]))
    with pytest.raises(NotFoundError, match=r"group OME.*Open the group above"):
        omezarr_nb.open(folder / "OME")
    with pytest.raises(UnsupportedError, match=r"collection of images.*<here>/0"):
        open_image(folder)
    assert omezarr_nb.open(folder / "0").levels


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_a_group_of_labels_by_itself(tmp_path: Path, serve: Serve, version: str) -> None:
    shapes = [(16, 16), (8, 8)]
    documents = image_documents("yx", shapes, version, labels={"nuclei": shapes, "cells": shapes})
    write_documents(tmp_path / "image.zarr", documents)
    server = serve(tmp_path)
    labels = omezarr_nb.open(f"{server.url}/image.zarr/labels")
    assert isinstance(labels, Labels)
    assert list(labels) == ["nuclei", "cells"]
    assert labels.where.endswith("/image.zarr/labels")
    assert len(server.requests) <= 2
    assert isinstance(labels["cells"], LabelImage)
    assert isinstance(omezarr_nb.open(tmp_path / "image.zarr/labels/cells"), LabelImage)
    assert list(omezarr_nb.open(tmp_path / "image.zarr").labels) == list(labels)
    with pytest.raises(UnsupportedError, match="group of labels"):
        open_image(tmp_path / "image.zarr/labels")


def several() -> dict[str, Any]:
    documents = image_documents("yx", [(16, 16), (8, 8)])
    multiscales = documents["zarr.json"]["attributes"]["ome"]["multiscales"]
    second = json.loads(json.dumps(multiscales[0]))
    second |= {"name": "small", "datasets": second["datasets"][1:]}
    third = {key: value for key, value in second.items() if key != "name"}
    multiscales += [second, third]
    return documents


def test_several_multiscales_by_name_and_index() -> None:
    store = memory_store(several())
    image = omezarr_nb.open(store)
    assert image.multiscale_names == ("made", "small", "2")
    assert (image.name, image.shape) == ("made", (16, 16))
    for key in ("small", 1):
        for other in (omezarr_nb.open(store, multiscale=key), image.select_multiscale(key)):
            assert (other.name, other.shape) == ("small", (8, 8))
            assert other.multiscale is other.metadata.multiscales[1]
            assert other.multiscale_names == image.multiscale_names
    assert image.select_multiscale("2").shape == (8, 8)
    assert open_image(store, multiscale="small").shape == (8, 8)
    wrong: Any
    for wrong in ("big", 3, -1, True, 1.0):
        with pytest.raises(InvalidArgumentError, match=r"no such multiscale.*'made', 'small', '2'"):
            image.select_multiscale(wrong)


def test_problems_name_the_multiscale_that_was_selected() -> None:
    documents = several()
    documents["zarr.json"]["attributes"]["ome"]["multiscales"][1]["datasets"][0]["path"] = "gone"
    image = omezarr_nb.open(memory_store(documents), multiscale="small")
    assert [problem.place for problem in image.problems] == ["multiscales[1].datasets[0]"]


def scene_documents() -> dict[str, Any]:
    ends = [{"input": {"path": path, "name": "physical"}, "output": {"name": "world"}} for path in ("a", "gone", "b/c")]
    kinds: list[dict[str, Any]] = [
        {"type": "identity"},
        {"type": "identity"},
        {"type": "translation", "translation": [0.0, 8.0]},
    ]
    axes = [{"name": "y", "type": "space"}, {"name": "x", "type": "space"}]
    systems = [{"name": "world", "axes": axes}]
    transformations = [end | kind for end, kind in zip(ends, kinds, strict=True)]
    scene = {"coordinateSystems": systems, "coordinateTransformations": transformations}
    documents = group_documents({"ome": {"version": "0.6", "scene": scene}}, 3)
    for path in ("a", "b/c"):
        image = image_documents("yx", [(8, 8)], "0.6", path=path)
        multiscale = image[f"{path}/zarr.json"]["attributes"]["ome"]["multiscales"][0]
        del multiscale["axes"]
        multiscale["coordinateSystems"] = [{"name": "physical", "axes": axes}]
        place = {"input": {"path": "0"}, "output": {"name": "physical"}}
        multiscale["datasets"][0]["coordinateTransformations"] = [{"type": "scale", "scale": [2.0, 2.0]} | place]
        documents |= image
    return documents


def scene_of(documents: dict[str, Any]) -> ImageScene:
    found = omezarr_nb.open(memory_store(documents))
    assert isinstance(found, ImageScene)
    return found


def test_a_scene_has_its_images_and_maps_between_them() -> None:
    scene = scene_of(scene_documents())
    assert scene.problems == ()
    assert scene.images.paths == ("a", "gone", "b/c")
    assert scene.images["b/c"].levels[0].scale == (2.0, 2.0)
    assert [system.name for system in scene.systems] == ["world"]
    assert repr(scene) == f"<ImageScene {scene.name!r}, 3 images, OME-Zarr 0.6>"
    mapped = scene.graph.map([[1.0, 1.0]], Reference("physical", "b/c"), "world")
    assert mapped.tolist() == [[1.0, 9.0]]
    assert "coordinate systems: world (yx)" in str(scene)
    assert "not in the store" in str(scene)
    html = scene._repr_mimebundle_()["text/html"]
    assert "Coordinate systems: " in html
    assert html.count("<img") == 2
    with pytest.raises(UnsupportedError, match="scene of several images"):
        open_image(memory_store(scene_documents()))


def test_a_scene_does_not_follow_paths_that_lead_out() -> None:
    documents = scene_documents()
    transformations = documents["zarr.json"]["attributes"]["ome"]["scene"]["coordinateTransformations"]
    transformations[1]["input"]["path"] = "../../secret"
    scene = scene_of(documents)
    assert scene.images.paths == ("a", "b/c")
    assert "path-inside" in rules(scene.problems)
    documents["zarr.json"]["attributes"]["ome"]["scene"] = 3
    scene = scene_of(documents)
    assert rules(scene.problems) == ["scene-object"]
    assert len(scene.images) == 0


@settings(max_examples=150)
@given(st.data())
def test_any_json_in_a_collection_gives_an_object_or_an_error_of_ours(data: st.DataObject) -> None:
    documents: Any = collection_documents(["0", "1"], series=data.draw(st.none() | st.just(["0", "1"])))
    spoil(data, documents, documents)
    with contextlib.suppress(OMEZarrError):
        found = omezarr_nb.open(memory_store(documents))
        if isinstance(found, ImageCollection):
            assert all(str(problem) for problem in found.problems)
            assert all([found.name, repr(found), str(found), found._repr_mimebundle_()])
            found.images.look(3)
