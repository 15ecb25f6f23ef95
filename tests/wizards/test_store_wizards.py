"""The wizards of what is there: repair, edit, convert, labels; and the front door. Without a browser."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.wizards.base import Wizard
from tests.core.mending.test_mending import block, make_image, make_plate, short_units, untyped
from tests.core.test_plans import files_of
from tests.wizards.driving import controls, wait_for_state, words, write

READY = ("ready", "wrong")


def loaded(wizard: Wizard) -> Wizard:
    """Wait until a wizard has read its store."""
    wait_for_state(wizard, "empty", *READY)
    return wizard


def run_fresh(code: str, folder: Path) -> None:
    """Run code in a process of its own."""
    environment = {"PYTHONPATH": str(Path(omezarr_nb.__file__).parents[1])}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=folder, env=environment)


def test_a_broken_store_is_repaired(folder: Path) -> None:
    where = make_image(folder)
    block(where, "0.5", untyped)
    block(where, "0.5", short_units)
    wizard = loaded(omezarr_nb.RepairWizard(namespace={}))
    assert wizard.state == "empty"
    wizard._store.stores.value = "image.ome.zarr"
    wait_for_state(wizard, "ready")
    wizard.frame.go("Findings")
    assert "can be mended" in words(wizard)
    assert "Give t, c, z, y and x their types" in "".join(str(getattr(c, "description", "")) for c in controls(wizard))
    assert "oz-diff" in words(wizard)
    assert 'omezarr_nb.repair("image.ome.zarr")' in wizard.code
    boxes = wizard._findings.boxes
    boxes["axis-unit-known"].value = False
    assert "micrometer" not in wizard.plan.diff()
    boxes["axis-unit-known"].value = True
    write(wizard)
    assert wizard.state == "done", words(wizard)
    assert "It is valid" in words(wizard)
    assert not omezarr_nb.plan_repair(where).changed


def test_nothing_wrong_is_nothing_to_do(folder: Path) -> None:
    wizard = loaded(omezarr_nb.RepairWizard(str(make_image(folder)), namespace={}))
    wait_for_state(wizard, *READY)
    assert wizard.frame.act.disabled
    assert wizard.troubles == ("Nothing is to be mended.",)


def test_metadata_is_edited_with_a_diff_before(folder: Path) -> None:
    where = make_image(folder)
    before = files_of(where)
    wizard = loaded(omezarr_nb.MetadataEditor(omezarr_nb.open(where), namespace={}))
    wizard.frame.go("Edit")
    part = wizard._edit
    assert [control.value for control in part.sizes.values()] == ["0.5", "0.5"]
    part.sizes["y"].value = "0,65"
    part.units["x"].value = "nanometer"
    part.name.value = "cells"
    part.labels[1].value = "GFP"
    part.colors[1].value = "#ff8000"
    part.windows[0][1].value = "777"
    assert '+              "name": "cells"' in wizard.plan.diff() or '"cells"' in wizard.plan.diff()
    assert files_of(where) == before
    code = wizard.code
    part.sizes["y"].value = "none"
    assert wizard.plan is None
    assert "y: “none” is not a number." in wizard.troubles
    part.sizes["y"].value = "0.65"
    assert wizard.code == code
    write(wizard)
    image = wizard.result
    assert (image.name, image.levels[0].scale[1], image.axes[2].unit) == ("cells", 0.65, "nanometer")
    assert (image.channels[1].label, image.channels[1].color) == ("GFP", "FF8000")
    after = files_of(where)
    assert {name for name in after if after[name] != before[name]} == {"zarr.json"}


def test_the_editor_saves_only_what_is_valid_and_changed(folder: Path) -> None:
    wizard = loaded(omezarr_nb.MetadataEditor(make_image(folder), namespace={}))
    wait_for_state(wizard, *READY)
    assert wizard.frame.act.disabled
    assert wizard.troubles == ("Nothing is changed yet.",)
    wizard._edit.axes["y"].value = "x"
    assert wizard.plan is not None
    assert wizard.frame.act.disabled
    plate = loaded(omezarr_nb.MetadataEditor(make_plate(folder), namespace={}, name="run 9"))
    wait_for_state(plate, *READY)
    write(plate)
    assert plate.result.name == "run 9"


def test_a_version_becomes_another_and_the_code_gives_the_same_bytes(folder: Path) -> None:
    make_image(folder, "0.4")
    wizard = loaded(omezarr_nb.ConvertWizard("image.ome.zarr", namespace={}))
    wait_for_state(wizard, *READY)
    assert wizard.plan.version == "0.5"
    wizard.frame.go("Version")
    wizard._version.version.value = "0.6"
    wizard._version.chunks.value = "1, 32, 32"
    wizard._version.shards.value = "yes"
    code = wizard.code
    assert 'version="0.6"' in code
    write(wizard)
    assert wizard.state == "done", words(wizard)
    assert (wizard.result.version, wizard.result.levels[0].chunks) == ("0.6", (1, 32, 32))
    assert wizard.result.levels[0].shards is not None
    where = Path(wizard.result.where)
    before = files_of(where)
    where.rename(folder / "first.ome.zarr")
    run_fresh(code, folder)
    assert files_of(where) == before
    np.testing.assert_array_equal(
        wizard.result.levels[0].zarr[:], omezarr_nb.open(folder / "image.ome.zarr").levels[0].zarr[:]
    )


def test_what_a_version_cannot_say_asks_for_a_choice(folder: Path) -> None:
    make_image(folder)
    wizard = loaded(omezarr_nb.ConvertWizard("image.ome.zarr", namespace={}, version="0.3"))
    wait_for_state(wizard, "wrong")
    assert wizard.frame.act.disabled
    wizard.frame.go("Version")
    assert "has no units of axes" in words(wizard)
    wizard._version.drop.value = True
    assert wizard.state == "ready"
    assert "drop=True" in wizard.code
    wizard._target.target.value = "image.ome.zarr"
    assert wizard.plan is not None
    assert "This is what is converted. Choose another name." in wizard.troubles


def cells() -> Any:
    """Return an image with five bright squares."""
    pixels = np.zeros((2, 160, 200), "uint16")
    for index in range(5):
        pixels[1, 20 + 25 * index : 34 + 25 * index, 10 + 35 * index : 26 + 35 * index] = 900 + index
    return omezarr_nb.write_image(pixels, "cells.ome.zarr", axes="cyx", channels=["A", "B"])


@pytest.mark.parametrize("how", ["components", "watershed", "threshold"])
def test_labels_are_made_of_the_pixels_and_the_code_gives_the_same_bytes(
    folder: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells()
    (folder / "objects.csv").write_text("label,area,kind\n1,10,round\n2,20.5,long\n3,,long\n")
    wizard = loaded(omezarr_nb.LabelsWizard("cells.ome.zarr", namespace={}, how=how, channel=1))
    wait_for_state(wizard, *READY)
    wizard._describe.name.value = "squares"
    wizard._describe.table.value = "objects.csv"
    assert "by area" in [words_ for words_, _ in wizard._describe.color.options]
    wizard._describe.color.value = "area"
    code = wizard.code
    assert "properties_of" in code
    write(wizard)
    assert wizard.state == "done", words(wizard)
    labels = omezarr_nb.open("cells.ome.zarr").labels["squares"]
    assert int(np.asarray(labels.levels[0].zarr[:]).max()) == (1 if how == "threshold" else 5)
    assert labels.metadata.image_label is not None
    assert len(labels.metadata.image_label.properties) == 3
    assert labels.metadata.image_label.colors[0].rgba == (68, 1, 84, 255)
    if how == "components":
        before = files_of(folder / "cells.ome.zarr")
        cells_again = folder / "again"
        cells_again.mkdir()
        (folder / "objects.csv").rename(cells_again / "objects.csv")
        monkeypatch.chdir(cells_again)
        cells()
        run_fresh(code.replace(str(folder / "cells.ome.zarr"), "cells.ome.zarr"), cells_again)
        assert files_of(cells_again / "cells.ome.zarr") == before


def test_labels_of_an_array_are_held_against_the_image(folder: Path) -> None:
    image = cells()
    wrong, right = np.ones((7, 7), "uint8"), np.ones((160, 200), "uint16")
    wizard = loaded(omezarr_nb.LabelsWizard(image, namespace={"wrong": wrong, "right": right}, how="array"))
    assert wizard.plan is None
    wizard.frame.go("Objects")
    wizard._objects.arrays.value = "wrong"
    assert "as long as their image" in "".join(wizard.troubles)
    wizard._objects.arrays.value = "right"
    assert wizard.state == "ready"
    assert "omezarr_nb.write_labels(right" in wizard.code.replace("\n    ", "")
    write(wizard)
    assert wizard.state == "done", words(wizard)
    before = files_of(folder)
    wizard._describe.name.value = "other"
    wizard._describe.name.value = "objects"
    assert wizard.plan is not None
    assert wizard.state == "wrong"
    assert "left alone" in "".join(wizard.troubles)
    assert wizard.frame.act.disabled
    assert files_of(folder) == before


def test_objects_are_previewed_in_the_middle(folder: Path) -> None:
    cells()
    wizard = loaded(omezarr_nb.LabelsWizard(folder / "cells.ome.zarr", namespace={}, channel=1))
    wait_for_state(wizard, *READY)
    wizard.frame.go("Objects")
    for _ in range(3000):
        if "5 objects" in wizard._objects.preview.value:
            break
        time.sleep(0.01)
    assert "5 objects" in wizard._objects.preview.value
    wizard._objects.texts["smallest"].value = "100000"
    assert wizard.plan is not None
    assert "0 objects" in wizard._objects.preview.value
    wizard._objects.texts["smallest"].value = "x"
    assert "Smallest: “x” is not a number." in wizard.troubles


def test_pixels_that_cannot_be_read_stay_told_in_place_of_the_preview(folder: Path) -> None:
    cells()
    for chunk in (folder / "cells.ome.zarr").glob("0/c/**/*"):
        if chunk.is_file():
            chunk.write_bytes(b"torn")
    wizard = loaded(omezarr_nb.LabelsWizard(folder / "cells.ome.zarr", namespace={}, channel=1))
    wait_for_state(wizard, *READY)
    wizard.frame.go("Objects")
    for _ in range(3000):
        if "The pixels cannot be read" in wizard._objects.preview.value:
            break
        time.sleep(0.01)
    wizard._objects.texts["smallest"].value = "7"
    assert wizard.plan is not None
    assert "The pixels cannot be read" in wizard._objects.preview.value


@pytest.mark.parametrize("kind", ["RepairWizard", "MetadataEditor", "ConvertWizard", "LabelsWizard"])
def test_what_is_not_there_is_told(kind: str) -> None:
    wizard = getattr(omezarr_nb, kind)("gone.ome.zarr", namespace={})
    wait_for_state(wizard, "wrong")
    assert wizard.plan is None
    assert "There is no" in words(wizard) or "nothing" in words(wizard).lower()


def test_the_front_door_leads_to_every_wizard() -> None:
    door = omezarr_nb.wizard()
    kinds = []
    for button in door.buttons.values():
        button.click()
        kinds.append(type(door.chosen).__name__)
    assert kinds == ["ImageWizard", "LabelsWizard", "PlateWizard", "ConvertWizard", "RepairWizard", "MetadataEditor"]
