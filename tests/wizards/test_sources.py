"""Arrays of the notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest
import xarray
import zarr

import omezarr_nb
from omezarr_nb.errors import ArgumentTypeError
from omezarr_nb.wizards.form import first_form
from omezarr_nb.wizards.sources import array_source, arrays_in, describe_array


class Trap:
    """An object that must not be asked for anything."""

    @property
    def shape(self) -> Any:
        raise AssertionError("asked")


def test_arrays_are_found_among_the_variables() -> None:
    namespace = {
        "cells": np.zeros((4, 5), "uint8"),
        "lazy": da.zeros((2, 4, 5), dtype="uint16"),
        "stored": zarr.zeros((4, 5), dtype="float32"),
        "_1": np.zeros((4, 5)),
        "line": np.zeros(5),
        "words": np.array([["a", "b"]]),
        "empty": np.zeros((0, 5)),
        "trap": Trap(),
        "np": np,
        "Array": np.ndarray,
    }
    found = arrays_in(namespace)
    assert list(found) == ["cells", "lazy", "stored"]
    lines = [describe_array(name, value) for name, value in found.items()]
    assert lines == ["cells · uint8 · 4 × 5", "lazy · dask uint16 · 2 × 4 × 5", "stored · zarr float32 · 4 × 5"]


def test_an_image_comes_with_all_it_knows(tmp_path: Path) -> None:
    image = omezarr_nb.write_image(
        np.zeros((2, 32, 32), "uint8"),
        tmp_path / "a.ome.zarr",
        axes="cyx",
        scale={"y": 0.5, "x": 0.5},
        units="micrometer",
        channels=["A", "B"],
    )
    assert list(arrays_in({"image": image})) == ["image"]
    assert describe_array("image", image) == "image · Image cyx"
    omezarr_nb.write_labels(np.zeros((32, 32), "uint8"), image, "nuclei", axes="yx")
    nuclei = omezarr_nb.open(tmp_path / "a.ome.zarr").labels["nuclei"]
    assert describe_array("nuclei", nuclei) == "nuclei · labels yx"
    source = array_source(image, "image")
    assert source.guess.names == ("c", "y", "x")
    assert dict(source.says.sizes) == {"y": 0.5, "x": 0.5}
    assert [channel["label"] for channel in source.channels] == ["A", "B"]
    assert source.lines == ("pixels = image.array()",)


def test_an_array_without_a_name_says_so_in_the_code() -> None:
    source = array_source(np.zeros((4, 5)), None)
    assert (source.lines, source.variable) == (("# pixels: what ImageWizard was given",), "pixels")
    labelled = array_source(xarray.DataArray(np.zeros((4, 5)), dims=("y", "x")), None)
    assert labelled.lines == ("# pixels: what ImageWizard was given", "pixels = pixels.data")
    assert array_source(xarray.DataArray(np.zeros((4, 5))), "cells").variable == "cells.data"


@pytest.mark.parametrize("value", [7, None, object(), Trap()])
def test_what_is_no_array_is_refused(value: object) -> None:
    with pytest.raises(ArgumentTypeError, match="takes the path"):
        array_source(value, "x")


def test_labels_are_reduced_by_a_method_that_makes_no_new_ones(tmp_path: Path) -> None:
    image = omezarr_nb.write_image(np.zeros((8, 8), "uint8"), tmp_path / "image.zarr", axes="yx")
    labels = omezarr_nb.write_labels(np.eye(8, dtype="uint16"), image, name="cells")
    assert first_form(array_source(labels, "cells"), "new.zarr").method == "mode"
    assert first_form(array_source(image, "image"), "new.zarr").method == "mean"


def test_labels_that_are_not_carried_over_are_named(tmp_path: Path) -> None:
    image = omezarr_nb.write_image(np.zeros((8, 8), "uint8"), tmp_path / "cells.ome.zarr")
    assert array_source(image, "image").notes == ()
    omezarr_nb.write_labels(np.ones((8, 8), "uint8"), image, "nuclei")
    again = omezarr_nb.open(tmp_path / "cells.ome.zarr")
    [note] = array_source(again, "image").notes
    assert "Its labels (nuclei) are not carried over" in note
    assert array_source(omezarr_nb.open(tmp_path / "cells.ome.zarr" / "labels" / "nuclei"), "labels").notes == ()
