"""All wizards but that of images in JupyterLab, by clicking alone: one notebook, from the front door."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import skimage.data
import tifffile
from playwright.sync_api import Locator, Page, expect

import omezarr_nb
from tests.browser.jupyter import JupyterServer, open_notebook

PATIENCE = 60_000.0
COINS = np.asarray(skimage.data.coins())  # type: ignore[no-untyped-call] # scikit-image has no types


def make_files(root: Path) -> None:
    """Write an image, one of 0.4, a broken one, and a folder of 2 x 96 files."""
    omezarr_nb.write_image(COINS, root / "coins.ome.zarr")
    omezarr_nb.write_image(COINS, root / "old.ome.zarr", version="0.4")
    omezarr_nb.write_image(COINS, root / "broken.ome.zarr", channels=["coins"])
    document = json.loads((root / "broken.ome.zarr" / "zarr.json").read_text())
    for axis in document["attributes"]["ome"]["multiscales"][0]["axes"]:
        axis.pop("type")
    document["attributes"]["ome"]["omero"]["channels"][0]["color"] = "#FF00FF"
    (root / "broken.ome.zarr" / "zarr.json").write_text(json.dumps(document))
    (root / "run7").mkdir()
    for row in "ABCDEFGH":
        for column in range(1, 13):
            for channel in ("DAPI", "GFP"):
                tifffile.imwrite(root / "run7" / f"{row}{column:02d}_{channel}.tif", COINS[:32, :48])


def choose(form: Locator, name: str) -> None:
    """Choose a store of the list, and wait until it has been read."""
    form.get_by_role("option", name=name, exact=True).click()
    expect(form.get_by_text(re.compile(f"^{re.escape(name)}: ")).first).to_be_visible(timeout=PATIENCE)
    form.get_by_role("button", name="Next", exact=True).click()


def act(form: Locator, name: str, done: str) -> None:
    """Click the button that acts, and wait for what it says."""
    form.get_by_role("button", name=re.compile(name)).click(timeout=PATIENCE)
    expect(form.get_by_text(re.compile(f"^{done}: "))).to_contain_text("It is valid", timeout=PATIENCE)


def test_everything_is_made_and_mended_by_clicking_alone(jupyter: JupyterServer, page: Page) -> None:
    root = jupyter.root
    make_files(root)
    page.set_viewport_size({"width": 1280, "height": 1000})
    jupyter.write_notebook("door.ipynb", ["import omezarr_nb", "door = omezarr_nb.wizard()\ndoor"])
    notebook = open_notebook(page, jupyter, "door.ipynb")
    for index in range(2):
        notebook.run_cell(index)
    output = notebook.output(1)

    def open_wizard(title: str) -> Locator:
        output.get_by_role("button", name=title, exact=True).click()
        form = output.locator(".omezarr-nb-wizard:not(.oz-door)")
        expect(form).to_have_count(1, timeout=PATIENCE)
        return form

    form = open_wizard("Make labels")
    choose(form, "coins.ome.zarr")
    expect(form.get_by_alt_text("preview of the objects")).to_be_visible(timeout=PATIENCE)
    form.get_by_role("combobox", name="objects are").select_option("regions parted at waists (watershed)")
    # It comes with a field more, above the button that is clicked next.
    expect(form.get_by_role("textbox", name=re.compile("distance"))).to_be_visible(timeout=PATIENCE)
    form.get_by_role("button", name="Next", exact=True).click()
    form.get_by_role("textbox", name="name", exact=True).fill("coins")
    act(form, "^Write .* to labels.coins$", "Written")
    labels = omezarr_nb.open(root / "coins.ome.zarr" / "labels" / "coins")
    assert isinstance(labels, omezarr_nb.LabelImage)
    assert np.asarray(labels.levels[0].zarr[:]).max() > 20

    form = open_wizard("Make a plate")
    form.get_by_role("combobox", name="folder").select_option("run7")
    expect(form.get_by_text("192 files fit")).to_be_visible(timeout=PATIENCE)
    expect(form.get_by_role("group", name="Wells of the plan").get_by_role("row")).to_have_count(9, timeout=PATIENCE)
    for _ in range(2):
        form.get_by_role("button", name="Next", exact=True).click()
    act(form, "^Write 96 fields", "Written")
    plate = omezarr_nb.open(root / "run7.ome.zarr")
    assert isinstance(plate, omezarr_nb.Plate)
    assert len(plate.wells) == 96

    form = open_wizard("Convert")
    choose(form, "old.ome.zarr")
    form.get_by_role("combobox", name="version").select_option("0.6, with coordinate systems (newest)")
    form.get_by_role("button", name="Next", exact=True).click()
    form.get_by_role("textbox", name="write to").fill("new.ome.zarr")
    act(form, "^Write .*new.ome.zarr$", "Written")
    assert omezarr_nb.open(root / "new.ome.zarr").version == "0.6"

    form = open_wizard("Repair")
    choose(form, "broken.ome.zarr")
    expect(form.get_by_role("checkbox", name=re.compile("^Give t, c, z, y and x their types"))).to_be_checked(
        timeout=PATIENCE
    )
    act(form, "^Mend 1 document of", "Mended")
    assert omezarr_nb.validate(root / "broken.ome.zarr").is_valid

    form = open_wizard("Edit metadata")
    choose(form, "broken.ome.zarr")
    form.get_by_role("textbox", name="name", exact=True).fill("mended")
    expect(form.get_by_text(re.compile('^\\+.*"name": "mended"'))).to_be_visible(timeout=PATIENCE)
    act(form, "^Save 1 document of", "Saved")
    assert omezarr_nb.open(root / "broken.ome.zarr").name == "mended"
