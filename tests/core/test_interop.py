"""Images for xarray and napari."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.errors import InvalidArgumentError, MissingExtraError
from tests.core.documents import image_documents, memory_store
from tests.stores import make_image

OMERO = {
    "channels": [
        {"label": "DAPI", "color": "0000FF", "active": True, "window": {"min": 0, "max": 9, "start": 1, "end": 5}},
        {"label": "GFP", "color": "00FF00", "active": False},
    ]
}


@pytest.fixture
def image(tmp_path: Path) -> omezarr_nb.Image:
    """Write an image of two channels and two levels whose pixels lie 2 µm apart, from 10 µm on."""
    levels = [np.zeros((2, 8, 6), "uint8"), np.zeros((2, 4, 3), "uint8")]
    where = make_image(
        tmp_path / "image.zarr",
        levels,
        "cyx",
        scales=[(1, 2, 2), (1, 4, 4)],
        translations=[(0, 10, 10), (0, 11, 11)],
        units={"y": "micrometer", "x": "micrometer"},
        omero=OMERO,
    )
    return omezarr_nb.open(where)


def test_a_level_as_xarray(image: omezarr_nb.Image) -> None:
    array: Any = image.to_xarray()
    assert array.dims == ("c", "y", "x")
    assert array.name == "synthetic"
    assert list(array.coords["c"].values) == ["DAPI", "GFP"]
    assert array.coords["y"].values.tolist() == [10, 12, 14, 16, 18, 20, 22, 24]
    assert array.coords["y"].attrs == {"units": "micrometer"}
    assert isinstance(array.data, da.Array)
    assert image.to_xarray(-1).coords["x"].values.tolist() == [11, 15, 19]
    assert array.attrs["where"] == image.where
    assert (array.attrs["version"], array.attrs["path"]) == ("0.5", "0")
    assert [(entry["label"], entry["color"]) for entry in array.attrs["channels"]] == [
        ("DAPI", "0000FF"),
        ("GFP", "00FF00"),
    ]
    part = array.sel(c="GFP", y=slice(12, 16))
    assert part.sizes == {"y": 3, "x": 6}
    np.testing.assert_array_equal(part.compute(), image.array(0)[1, 1:4].compute())
    with pytest.raises(InvalidArgumentError, match="no such level"):
        image.to_xarray(2)


def test_channels_of_the_same_name_are_no_coordinate() -> None:
    omero = {"channels": [{"label": "a"}, {"label": "a"}]}
    documents = image_documents("cyx", [(2, 4, 4)], keys={"omero": omero})
    assert "c" not in omezarr_nb.open(memory_store(documents)).to_xarray().coords


def test_missing_xarray_names_the_extra(image: omezarr_nb.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(MissingExtraError, match=r"omezarr_nb\[xarray\]"):
        image.to_xarray()


def test_an_image_as_layers_of_napari(image: omezarr_nb.Image) -> None:
    ((data, settings, kind),) = image.to_napari()
    assert kind == "image"
    assert [array.shape for array in data] == [(2, 8, 6), (2, 4, 3)]
    assert settings == {
        "channel_axis": 0,
        "name": ["DAPI", "GFP"],
        "colormap": ["#0000FF", "#00FF00"],
        "visible": [True, False],
        "contrast_limits": [[1.0, 5.0], None],
        "blending": "additive",
        "multiscale": True,
        "scale": [2.0, 2.0],
        "translate": [10.0, 10.0],
        "axis_labels": ("y", "x"),
        "units": ("micrometer", "micrometer"),
        "metadata": {"where": image.where},
    }


def test_one_channel_is_one_layer_with_limits_of_its_own() -> None:
    ((data, settings, kind),) = omezarr_nb.open(memory_store(image_documents("zyx", [(4, 8, 8)]))).to_napari()
    assert (kind, data.shape) == ("image", (4, 8, 8))
    assert settings["name"] == "made"
    assert settings["colormap"] == "#FFFFFF"
    assert not settings["multiscale"]
    assert "contrast_limits" not in settings
    assert "channel_axis" not in settings
    assert settings["axis_labels"] == ("z", "y", "x")


def test_labels_are_layers_too() -> None:
    shapes = [(2, 8, 8), (2, 4, 4)]
    documents: Any = image_documents("cyx", shapes, labels={"cells": shapes, "gone": shapes})
    del documents["labels/gone/zarr.json"]
    documents["labels/cells/zarr.json"]["attributes"]["ome"]["image-label"] = {
        "colors": [{"label-value": 7, "rgba": [255, 0, 0, 255]}]
    }
    store = memory_store(documents)
    image = omezarr_nb.open(store)
    with pytest.warns(UserWarning, match="'gone' are left out"):
        _, (data, settings, kind) = image.to_napari()
    assert kind == "labels"
    assert [array.shape for array in data] == [(8, 8), (4, 4)]
    assert settings["name"] == "cells"
    assert settings["scale"] == [1.0, 1.0]
    assert settings["colormap"][7].tolist() == [1.0, 0.0, 0.0, 1.0]
    assert settings["metadata"]["image"] == "made"
    assert len(image.to_napari(labels=False)) == 1
    ((_, settings, kind),) = image.labels["cells"].to_napari()
    assert (kind, settings["name"]) == ("labels", "made")


def test_labels_as_xarray(tmp_path: Path) -> None:
    image = omezarr_nb.write_image(np.zeros((8, 8), "uint8"), tmp_path / "a.zarr", scale={"y": 2}, units={"y": "um"})
    colors = [{"label-value": 1, "rgba": [1, 2, 3, 4]}]
    labels = omezarr_nb.write_labels(np.ones((8, 8), "uint8"), image, "cells", label_metadata={"colors": colors})
    array = labels.to_xarray()
    assert array.dims == ("y", "x")
    assert array.coords["y"].values.tolist() == [0, 2, 4, 6, 8, 10, 12, 14]
    assert array.attrs["image-label"]["colors"] == colors
    assert "channels" not in array.attrs
