"""What `LabelsWizard` makes of what people type, of the arrays and tables of a notebook, and the code that it shows."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

import omezarr_nb
from tests.wizards.driving import wait_for_state, words, write

READY = ("ready", "wrong")


def labelling(folder: Path, *, axes: str = "yx", **options: Any) -> omezarr_nb.LabelsWizard:
    """Return the wizard for an image with two squares."""
    pixels = np.zeros((2, 64, 64)[-len(axes) :], "uint8")
    pixels[..., 8:20, 8:20] = pixels[..., 40:60, 30:50] = 200
    if not (folder / "cells.ome.zarr").exists():
        omezarr_nb.write_image(pixels, folder / "cells.ome.zarr", axes=axes)
    options.setdefault("namespace", {})
    wizard = omezarr_nb.LabelsWizard("cells.ome.zarr", **options)
    wait_for_state(wizard, *READY)
    return wizard


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("smooth", "1e9", "Smoothing: a number of pixels, 0 to 200."),
        ("smooth", "-1", "Smoothing: a number of pixels, 0 to 200."),
        ("distance", "1e9", "Distance: a number of pixels, 0 to 200."),
        ("distance", "2.5", "Distance: a whole number of pixels."),
        ("smallest", "-3", "Smallest: a number of pixels, 0 or more."),
        ("smallest", "1.5", "Smallest: a whole number of pixels."),
        ("threshold", "nan", "Threshold: “nan” is not a number."),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named_as_the_form_names_it(
    folder: Path, field: str, typed: str, said: str
) -> None:
    wizard = labelling(folder, how="watershed")
    wizard.frame.go("Objects")
    wizard._objects.texts[field].value = typed
    assert wizard.troubles == (said,)
    assert said in words(wizard)
    wizard._objects.texts[field].value = "3"
    assert wizard.plan is not None


def test_a_mask_of_the_notebook_becomes_labels_and_so_says_the_code(folder: Path) -> None:
    mask = np.zeros((64, 64), bool)
    mask[3:9] = True
    wizard = labelling(folder, namespace={"mask": mask}, how="array")
    wizard.frame.go("Objects")
    wizard._objects.arrays.value = "mask"
    assert wizard.troubles == ()
    assert 'mask.astype("uint8")' in wizard.code
    write(wizard)
    labels = omezarr_nb.open("cells.ome.zarr").labels["objects"]
    np.testing.assert_array_equal(labels.levels[0].zarr[...], mask.astype("uint8"))


def test_tables_of_the_folder_and_of_the_notebook_are_offered(folder: Path) -> None:
    (folder / "objects.csv").write_text("label,area\n1,10\n2,30\n")
    frame = pandas.DataFrame({"label": [1, 2], "kind": ["round", "long"]})
    wizard = labelling(folder, namespace={"measured": frame, "_hidden": frame, "other": 3})
    tables = wizard._describe.tables
    assert [text for text, _ in tables.options] == ["none", "objects.csv", "measured (in the notebook)"]
    tables.value = "objects.csv"
    assert wizard._describe.table.value == "objects.csv"
    assert "by area" in [text for text, _ in wizard._describe.color.options]
    assert 'properties = omezarr_nb.properties_of("objects.csv")' in wizard.code
    tables.value = "=measured"
    assert wizard._describe.table.value == ""
    wizard._describe.color.value = "kind"
    assert "properties = omezarr_nb.properties_of(measured)" in wizard.code
    wizard._describe.table.value = "objects.csv"
    assert tables.value == "objects.csv"
    tables.value = "=measured"
    write(wizard)
    described = omezarr_nb.open("cells.ome.zarr").labels["objects"].metadata.image_label
    assert described is not None
    assert [entry["kind"] for entry in described.properties] == ["round", "long"]


def test_the_code_opens_the_image_once(folder: Path) -> None:
    code = labelling(folder).code
    assert code.count("omezarr_nb.open(") == 1
    assert "omezarr_nb.segment(image" in code.replace("\n    ", "").replace("    ", "")


def test_of_a_volume_the_preview_says_that_it_is_one_plane(folder: Path) -> None:
    wizard = labelling(folder, axes="zyx")
    wizard.frame.go("Objects")
    for _ in range(3000):
        if "objects in" in wizard._objects.preview.value:
            break
        time.sleep(0.01)
    assert "2 objects in the middle" in wizard._objects.preview.value
    assert "This is one plane" in wizard._objects.preview.value
