"""`Reader`, `Node` and the specs, as scripts for ome-zarr-py use them; ome-zarr-py itself is the oracle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.core.io import ZarrLocation, parse_url
from omezarr_nb.core.reader import OMERO, Label, Labels, Multiscales, Node, Plate, Reader, Well
from omezarr_nb.errors import InvalidArgumentError, NotFoundError
from tests.core.documents import group_documents, image_documents, memory_store, wrap, write_documents
from tests.core.plates import plate_block, plate_documents, well_block, well_documents
from tests.display.stores import CountingStore
from tests.stores import make_image

SHAPES = [(2, 16, 16), (2, 8, 8)]
OMERO_BLOCK = {
    "channels": [
        {"label": "DAPI", "color": "0000FF", "active": True, "window": {"min": 0, "max": 9, "start": 1, "end": 5}},
        {"label": "GFP", "color": "00FF00", "active": False},
    ]
}
LABEL = {
    "colors": [{"label-value": 3, "rgba": [255, 0, 51, 255]}],
    "properties": [{"label-value": 3, "area": 9}],
    "source": {"image": "../../"},
}


def located(where: Any) -> ZarrLocation:
    location = parse_url(where)
    assert location is not None
    return location


def kinds(node: Node) -> list[type]:
    return [type(spec) for spec in node.specs]


@pytest.fixture(params=["0.4", "0.5"])
def image(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Write an image with channels and one label image."""
    documents = image_documents("cyx", SHAPES, request.param, labels={"coins": SHAPES}, keys={"omero": OMERO_BLOCK})
    if request.param == "0.5":
        documents["labels/coins/zarr.json"]["attributes"]["ome"]["image-label"] = LABEL
    else:
        documents["labels/coins/.zattrs"]["image-label"] = LABEL
    return write_documents(tmp_path / "image.zarr", documents)


@pytest.mark.parametrize(
    ("below", "expected"),
    [
        ("", [[Multiscales, OMERO], [Labels], [Label, Multiscales]]),
        ("labels", [[Labels], [Multiscales, OMERO], [Label, Multiscales]]),
        ("labels/coins", [[Multiscales, OMERO], [Labels], [Label, Multiscales]]),
    ],
)
def test_a_reader_gives_all_nodes_from_anywhere(image: Path, below: str, expected: Any) -> None:
    nodes = list(Reader(located(image / below))())
    assert [kinds(node) for node in nodes] == expected
    assert [kinds(node) for node in Reader(located(image / below))] == [kinds(node) for node in nodes]


def test_the_node_of_an_image(image: Path) -> None:
    node = next(iter(Reader(located(image))))
    assert [array.shape for array in node.data] == SHAPES
    assert all(isinstance(array, da.Array) for array in node.data)
    assert node.metadata["name"] == "made"
    assert node.metadata["axes"][0] == {"name": "c", "type": "channel"}
    assert node.metadata["coordinateTransformations"][1][0]["scale"] == [1.0, 2.0, 2.0]
    assert node.metadata["channel_names"] == ["DAPI", "GFP"]
    assert node.metadata["visible"] == [True, False]
    assert node.metadata["contrast_limits"] == [[1, 5], None]
    assert node.metadata["colormap"] == [[[0, 0, 0], [0, 0, 1]], [[0, 0, 0], [0, 1, 0]]]
    spec = node.first(Multiscales)
    assert spec is node.load(Multiscales)
    assert isinstance(spec, omezarr_nb.Image)
    assert spec.datasets == ["0", "1"]
    assert spec.array("1").shape == spec.array(1).shape == SHAPES[1]
    assert spec.lookup("multiscales", [])
    assert spec.lookup("nothing", 3) == 3
    assert node.first(Plate) is None
    stored: dict[str, Any] = {}
    node.write_metadata(stored)
    assert stored == node.zarr.root_attrs


def test_the_node_of_a_label(image: Path) -> None:
    node = Node(located(image / "labels/coins"), [])
    assert node.metadata["color"] == {3: [1.0, 0.0, 0.2, 1.0]}
    assert node.metadata["properties"] == {3: {"area": 9}}
    assert [kinds(before) for before in node.pre_nodes] == [[Multiscales, OMERO]]
    assert not node.pre_nodes[0].visible
    assert "hidden" in repr(node.pre_nodes[0])
    node.visible = False
    assert not any(child.visible for child in node.pre_nodes + node.post_nodes)


def test_a_label_does_not_lead_out_of_its_image(tmp_path: Path) -> None:
    documents = image_documents("yx", [(4, 4)], keys={"image-label": {"source": {"image": "../secret"}}})
    write_documents(tmp_path / "secret", image_documents("yx", [(4, 4)]))
    write_documents(tmp_path / "label.zarr", documents)
    assert len(list(Reader(located(tmp_path / "label.zarr")))) == 1


@pytest.mark.parametrize("version", ["0.3", "0.4", "0.5"])
def test_the_node_of_a_plate_is_its_wells_side_by_side(tmp_path: Path, version: str) -> None:
    documents = plate_documents(("A", "B"), ("1", "2"), ["A/1", "B/2"], fields=("0", "1"), version=version)
    folder = write_documents(tmp_path / "plate.zarr", documents)
    (node,) = Reader(located(folder))
    (spec,) = node.specs
    assert isinstance(spec, Plate)
    assert isinstance(spec, omezarr_nb.Plate)
    assert (spec.row_names, spec.col_names, spec.well_paths) == (["A", "B"], ["1", "2"], ["A/1", "B/2"])
    assert (spec.row_count, spec.column_count) == (2, 2)
    assert spec.numpy_type == np.uint16
    assert [array.shape for array in node.data] == [(2, 32, 32), (2, 16, 16)]
    pixels = np.asarray(node.data[0])
    expected = np.zeros((2, 32, 32), "uint16")
    expected[:, :16, :16] = expected[:, 16:, 16:] = 7
    assert (pixels == expected).all()
    assert node.metadata["metadata"]["plate"]["name"] == "screen"
    assert node.metadata["axes"]
    (node,) = Reader(located(folder / "A/1"))
    (well,) = node.specs
    assert isinstance(well, Well)
    assert isinstance(well, omezarr_nb.Well)
    assert well.img_shape == (2, 16, 16)
    assert well.img_pyramid_shapes == [(2, 16, 16), (2, 8, 8)]
    assert [array.shape for array in node.data] == [(2, 16, 32), (2, 8, 16)]
    assert (np.asarray(node.data[0]) == 7).all()


def test_wells_and_fields_that_differ_or_are_missing_are_filled_up(tmp_path: Path) -> None:
    block = plate_block(["A"], ["1", "2", "3", "4"])
    write_documents(tmp_path, group_documents({"ome": {"version": "0.5", **block}}, 3))
    for column, shape in (("1", (8, 8)), ("2", (6, 12)), ("3", (8, 8))):
        where = tmp_path / "A" / column
        write_documents(where, group_documents({"ome": {"version": "0.5", **well_block()}}, 3))
        make_image(where / "0", [np.full(shape, int(column), "uint8")], "yx", chunks=(4, 4))
    (tmp_path / "A/3/0/zarr.json").unlink()
    store = CountingStore(tmp_path)
    (node,) = Reader(ZarrLocation(store))
    assert node.data[0].shape == (8, 32)
    assert not any("A/2" in key for key in store.keys)
    pixels = np.asarray(node.data[0])
    assert (pixels[:, :8] == 1).all()
    assert (pixels[:6, 8:16] == 2).all()
    assert not pixels[6:, 8:16].any()
    assert not pixels[:, 16:].any()


def test_nothing_is_read_before_it_is_asked_for(tmp_path: Path) -> None:
    write_documents(tmp_path, plate_documents())
    store = CountingStore(tmp_path)
    node = Node(ZarrLocation(store), [])
    assert store.keys == ["zarr.json"]
    assert node.data
    assert len(store.keys) <= 6


def test_a_bare_array_is_a_node_and_nothing_is_none(tmp_path: Path, image: Path) -> None:
    (node,) = Reader(located(image / "0"))
    assert node.specs == []
    assert node.data[0].shape == SHAPES[0]
    assert list(Reader(located(memory_store(group_documents({}, 3))))) == []
    with pytest.raises(NotFoundError, match="no Zarr hierarchy"):
        Reader(ZarrLocation(tmp_path / "nothing"))


def test_an_unknown_version_is_a_value_error() -> None:
    documents = group_documents({"multiscales": [{"version": "invalid", "datasets": [{"path": "0"}]}]}, 2)
    with pytest.raises(InvalidArgumentError, match=r"^Version invalid not recognized$"):
        list(Reader(located(memory_store(documents))))


def test_a_plate_without_fields_is_said() -> None:
    block = wrap(plate_block(["A"], ["1"]))
    node = Node(located(memory_store(group_documents(block, 3))), [])
    with pytest.raises(NotFoundError, match="None of the first wells"):
        assert node.data
    empty = group_documents({"ome": {"version": "0.5", "well": {"images": []}}}, 3)
    with pytest.raises(NotFoundError, match="lists no field"):
        assert Node(located(memory_store(empty)), []).data


def test_ome_zarr_py_sees_the_same(tmp_path: Path) -> None:
    theirs: Any = pytest.importorskip("ome_zarr.reader")
    their_url: Any = pytest.importorskip("ome_zarr.io").parse_url
    documents = plate_documents(("A", "B"), ("1", "2"), ["A/1", "B/2"], fields=("0",), version="0.4")
    folder = write_documents(tmp_path / "plate.zarr", documents)
    for below in ("", "A/1", "A/1/0"):
        ours = list(Reader(located(folder / below)))
        others = list(theirs.Reader(their_url(str(folder / below)))())
        assert [[type(spec).__name__ for spec in node.specs] for node in ours] == [
            [type(spec).__name__ for spec in node.specs] for node in others
        ]
        for mine, other in zip(ours, others, strict=True):
            for array, their_array in zip(mine.data, other.data, strict=True):
                assert (np.asarray(array) == np.asarray(their_array)).all()


def test_a_well_by_itself(tmp_path: Path) -> None:
    write_documents(tmp_path / "B/3", well_documents("", ("0", "1", "2")))
    (node,) = Reader(located(tmp_path / "B/3"))
    pixels = np.asarray(node.data[0])
    assert pixels.shape == (2, 32, 32)
    assert not pixels[:, 16:, 16:].any()  # three fields in a grid of four
