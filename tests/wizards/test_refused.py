"""What a wizard cannot use: things that are of another kind, and keywords that its form has not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zarr

import omezarr_nb
from tests.core.mending.test_mending import make_image, make_plate
from tests.wizards.driving import wait_for_state, words

READY = ("ready", "wrong")


@pytest.mark.parametrize("kind", ["RepairWizard", "MetadataEditor", "ConvertWizard", "LabelsWizard", "ImageWizard"])
@pytest.mark.parametrize("place", ["labels", "A", "notes.txt", "array.zarr", "broken.zarr"])
def test_what_a_wizard_cannot_use_is_refused_and_not_loaded_for_ever(folder: Path, kind: str, place: str) -> None:
    """The labels of an image, a part of a plate, a text, an array, a torn document."""
    pixels = np.zeros((160, 200), "uint8")
    image = omezarr_nb.write_image(pixels, "cells.ome.zarr", axes="yx")
    omezarr_nb.write_labels(np.ones((160, 200), "uint8"), image, "squares", axes="yx")
    (folder / "notes.txt").write_text("no image")
    zarr.create_array(folder / "array.zarr", shape=(8, 8), dtype="uint8")
    (folder / "broken.zarr").mkdir()
    (folder / "broken.zarr" / "zarr.json").write_text("{")
    where = {"labels": "cells.ome.zarr/labels", "A": str(make_plate(folder) / "A")}.get(place, place)
    wizard = getattr(omezarr_nb, kind)(where, namespace={})
    wait_for_state(wizard, *READY)
    if (kind, place) == ("ImageWizard", "array.zarr"):
        assert wizard.state == "ready"
    else:
        assert wizard.state == "wrong"
        assert wizard.frame.act.disabled
        assert "Error:" not in words(wizard), "in words, not by the name of an exception"


@pytest.mark.parametrize("kind", ["MetadataEditor", "ConvertWizard", "LabelsWizard", "ImageWizard", "PlateWizard"])
def test_an_unknown_keyword_is_named_with_those_that_are_known(kind: str) -> None:
    with pytest.raises(
        omezarr_nb.errors.ArgumentTypeError, match=rf"^{kind} has no keyword of this name.*nmae"
    ) as told:
        getattr(omezarr_nb, kind)(nmae="cells")
    assert "loaded" not in str(told.value)
    assert "target" in str(told.value) or "name" in str(told.value)
    with pytest.raises(omezarr_nb.errors.ArgumentTypeError):
        getattr(omezarr_nb, kind)(source=3)


def test_a_value_that_no_control_has_is_told(folder: Path) -> None:
    make_image(folder)
    wizard = omezarr_nb.ConvertWizard("image.ome.zarr", namespace={}, shards="perhaps")
    wait_for_state(wizard, "wrong")
    assert wizard.plan is None
    assert "Invalid selection" in words(wizard)
