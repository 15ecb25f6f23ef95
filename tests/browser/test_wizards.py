"""Journeys through the wizards in JupyterLab, by clicking and typing alone: one notebook, from the front door.

What each leaves is validated as a whole, read by other programs, and left alone by the same wizard a second time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import tifffile
from playwright.sync_api import Browser, Locator, Page, expect

import omezarr_nb
from tests.browser.chromium import PageErrors
from tests.browser.jupyter import JupyterServer, Notebook, open_notebook
from tests.browser.others import read_by_others, read_plate_by_others
from tests.storage.seaweed import OWNER, SeaweedServer

PATIENCE = 60_000.0
COINS = np.asarray(skimage.data.coins())
WELLS = [f"{row}{column:02d}" for row in "ABCDEFGH" for column in range(1, 13)]


@dataclass(frozen=True, slots=True)
class Desk:
    """A notebook with the front door in it, and the folder that it is in."""

    page: Page
    root: Path
    notebook: Notebook
    output: Locator

    def open(self, title: str) -> Locator:
        """Click a way of the front door, and return the wizard behind it."""
        self.output.get_by_role("button", name=title, exact=True).click()
        form = self.output.locator(".omezarr-nb-wizard:not(.oz-door)")
        expect(form).to_have_count(1, timeout=PATIENCE)
        return form


@pytest.fixture(scope="module")
def desk(browser: Browser, jupyter: JupyterServer) -> Iterator[Desk]:
    """Open a notebook with the front door; all of its page must have had no errors in the end."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page, errors = context.new_page(), PageErrors()
    page.set_default_timeout(PATIENCE)
    errors.watch(page)
    cells = ["import omezarr_nb", "door = omezarr_nb.wizard()\ndoor"]
    jupyter.write_notebook("door.ipynb", cells)
    notebook: Notebook = open_notebook(page, jupyter, "door.ipynb")
    for index in range(2):
        notebook.run_cell(index)
    yield Desk(page, jupyter.root, notebook, notebook.output(1))
    context.close()
    errors.check()


def click(button: Locator, sign: Locator) -> None:
    """Click until there is a sign of it: what grows above a button may move it from under the pointer."""
    button.click()
    try:
        expect(sign.first).to_be_visible(timeout=20_000)
    except AssertionError:
        button.click()
        expect(sign.first).to_be_visible(timeout=PATIENCE)


def next_step(form: Locator, times: int = 1) -> None:
    """Click Next, and wait for the step."""
    steps = form.locator(".oz-steps button")
    for _ in range(times):
        here = steps.evaluate_all("steps => steps.findIndex((step) => step.classList.contains('oz-here'))")
        following = steps.nth(here + 1).and_(form.locator(".oz-here"))
        click(form.get_by_role("button", name="Next", exact=True), following)


def choose(form: Locator, name: str) -> None:
    """Choose a store of the list, wait until it has been read, and go on."""
    form.get_by_role("option", name=name, exact=True).click()
    expect(form.get_by_text(re.compile(f"^{re.escape(name)}: ")).first).to_be_visible(timeout=PATIENCE)
    next_step(form)


def act(form: Locator, name: str, done: str) -> None:
    """Click the button that acts, and wait for what it says."""
    said = form.get_by_text(re.compile(f"^{done}: "))
    going = form.get_by_role("button", name="Cancel", exact=True)
    click(form.get_by_role("button", name=re.compile(name)), said.or_(going))
    expect(said).to_contain_text("It is valid", timeout=PATIENCE)


def type_again(form: Locator, field: str, text: str, choice: str) -> None:
    """Name the same target again: it is left alone until the choice, which names it, is ticked."""
    tick = form.get_by_role("checkbox", name=choice, exact=True)
    form.get_by_role("textbox", name=field, exact=True).fill("")
    expect(tick).to_be_hidden(timeout=PATIENCE)  # what is typed next has been heard once it is there again
    form.get_by_role("textbox", name=field, exact=True).fill(text)
    expect(tick).to_be_visible(timeout=PATIENCE)
    expect(tick).not_to_be_checked()
    expect(form.get_by_text(re.compile("left alone unless you tick")).first).to_be_visible()
    button = form.get_by_role("button", name=re.compile("^Write"))
    expect(button.last).to_be_disabled()
    tick.click()
    expect(button.last).to_be_enabled(timeout=PATIENCE)
    tick.click()
    expect(button.last).to_be_disabled(timeout=PATIENCE)


def whole(where: Path) -> None:
    """Hold a store to all rules of its version."""
    assert omezarr_nb.validate(where).errors == ()


def test_a_stack_of_tiffs_becomes_an_image_of_five_levels_in_a_bucket(
    desk: Desk, seaweed: SeaweedServer, bucket: str, tmp_path: Path
) -> None:
    planes = np.random.default_rng(1).integers(0, 4000, (3, 512, 640)).astype("uint16")
    (desk.root / "stack").mkdir()
    for index, plane in enumerate(planes):
        tifffile.imwrite(desk.root / "stack" / f"plane{index}.tif", plane)
    form = desk.open("Make an image")
    form.get_by_role("button", name="Stack of files").click()
    form.get_by_role("textbox", name="pattern").fill("stack/plane*.tif")
    form.get_by_role("textbox", name="pattern").press("Enter")
    expect(form.get_by_text("3 × 512 × 640 · uint16")).to_be_visible(timeout=PATIENCE)
    next_step(form)
    expect(form.get_by_label("dimension 1, 3 long", exact=True)).to_have_value("z")
    next_step(form)
    form.get_by_label("distance of planes (z)").fill("2")
    form.get_by_label("pixel size y and x").fill("0.65")
    next_step(form)
    expect(form.get_by_alt_text("preview of the channels")).to_be_visible(timeout=PATIENCE)
    next_step(form)
    form.get_by_label("5 levels, down to 3 × 32 × 40").click()
    expect(form.get_by_role("group", name="Levels", exact=True).get_by_role("row")).to_have_count(6, timeout=PATIENCE)
    next_step(form)
    form.get_by_role("radio", name="cloud").click()
    expect(form.get_by_text("times smaller, measured on").first).to_be_visible(timeout=PATIENCE)
    next_step(form)
    target = f"s3://{bucket}/run7.ome.zarr"
    form.get_by_role("textbox", name="write to").fill(target)
    form.get_by_role("textbox", name="server").fill(seaweed.endpoint)
    form.get_by_label("access key").fill(OWNER.key)
    form.get_by_label("secret key").fill(OWNER.secret)
    form.get_by_role("button", name="Look what is there").click()
    expect(form.get_by_text(re.compile("^Nothing is in"))).to_be_visible(timeout=PATIENCE)
    act(form, f"^Write .* to s3:..{bucket}.run7.ome.zarr$", "Written")
    keys = seaweed.keys(bucket)

    form.get_by_role("button", name="Look what is there").click()
    type_again(form, "write to", target, "replace run7.ome.zarr")
    assert seaweed.keys(bucket) == keys

    where, client = tmp_path / "run7.ome.zarr", seaweed.client()
    for key in keys:
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(client.get_object(Bucket=bucket, Key=key)["Body"].read())
    client.close()
    assert omezarr_nb.validate(target, storage_options=seaweed.storage_options()).errors == ()
    read_by_others(where)
    image = omezarr_nb.open(where)
    assert isinstance(image, omezarr_nb.Image)
    assert image.version == "0.5"
    assert [level.shape for level in image.levels] == [(3, 512 >> n, 640 >> n) for n in range(5)]
    assert image.levels[0].scale == (2.0, 0.65, 0.65)
    np.testing.assert_array_equal(image.levels[0].zarr[...], planes)


def test_labels_are_made_by_a_threshold_painted_and_saved(desk: Desk) -> None:
    where = desk.root / "coins.ome.zarr"
    omezarr_nb.write_image(COINS, where)
    form = desk.open("Make labels")
    choose(form, "coins.ome.zarr")
    expect(form.get_by_alt_text("preview of the objects")).to_be_visible(timeout=PATIENCE)
    form.get_by_role("combobox", name="objects are").select_option("regions parted at waists (watershed)")
    # It comes with a field more, above the button that is clicked next.
    expect(form.get_by_role("textbox", name="distance")).to_be_visible(timeout=PATIENCE)
    form.get_by_role("textbox", name="threshold").fill("110")
    expect(form.get_by_text("in the middle of the image, threshold 110.")).to_be_visible(timeout=PATIENCE)
    next_step(form)
    form.get_by_role("textbox", name="name", exact=True).fill("coins")
    act(form, "^Write .* to labels.coins$", "Written")
    labels = omezarr_nb.open(where / "labels" / "coins")
    assert isinstance(labels, omezarr_nb.LabelImage)
    made = np.asarray(labels.levels[0].zarr[...])
    assert made.max() > 20

    view = form.locator(".omezarr-nb-viewer")
    expect(view).to_have_attribute("data-state", "ready", timeout=PATIENCE)
    view.get_by_role("button", name="paint labels").click()
    state = view.locator(".paint-state")
    expect(state).to_have_text("saved", timeout=PATIENCE)
    expect(view.get_by_label("id that is painted")).to_have_value(str(made.max() + 1), timeout=PATIENCE)
    canvas = view.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    mouse = desk.page.mouse
    mouse.move(box["x"] + box["width"] / 2 - 60, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2, steps=5)
    mouse.up()
    expect(state).to_have_text("1 change unsaved", timeout=PATIENCE)
    view.get_by_role("button", name="save", exact=True).click()
    expect(state).to_have_text("saved", timeout=PATIENCE)
    now = np.asarray(labels.levels[0].zarr[...])
    changed = now != made
    assert changed.sum() > 50
    assert set(now[changed]) == {made.max() + 1}
    view.get_by_role("button", name="close the painting tools").click()
    whole(where)
    read_by_others(where)
    read_by_others(where / "labels" / "coins")
    type_again(form, "name", "coins", "replace the labels coins")
    np.testing.assert_array_equal(labels.levels[0].zarr[...], now)


def test_a_folder_of_files_becomes_a_plate(desk: Desk) -> None:
    (desk.root / "run7").mkdir()
    for well in WELLS:
        for channel in ("DAPI", "GFP"):
            tifffile.imwrite(desk.root / "run7" / f"{well}_{channel}.tif", COINS[:32, :48])
    form = desk.open("Make a plate")
    form.get_by_role("combobox", name="folder").select_option("run7")
    expect(form.get_by_text("192 files fit")).to_be_visible(timeout=PATIENCE)
    expect(form.get_by_role("group", name="Wells of the plan").get_by_role("row")).to_have_count(9, timeout=PATIENCE)
    next_step(form)
    form.get_by_role("textbox", name="pixel size").fill("0,65")
    next_step(form)
    act(form, "^Write 96 fields", "Written")
    where = desk.root / "run7.ome.zarr"
    plate = omezarr_nb.open(where)
    assert isinstance(plate, omezarr_nb.Plate)
    assert len(plate.wells) == 96
    whole(where)
    read_plate_by_others(where, [("A", "1"), ("H", "12")])
    type_again(form, "write to", "run7.ome.zarr", "replace run7.ome.zarr")


def test_what_is_broken_is_repaired_and_edited(desk: Desk) -> None:
    where = desk.root / "broken.ome.zarr"
    omezarr_nb.write_image(COINS, where, channels=["coins"])
    document = json.loads((where / "zarr.json").read_text())
    for axis in document["attributes"]["ome"]["multiscales"][0]["axes"]:
        axis.pop("type")
    document["attributes"]["ome"]["omero"]["channels"][0]["color"] = "#FF00FF"
    (where / "zarr.json").write_text(json.dumps(document))
    assert not omezarr_nb.validate(where).is_valid

    form = desk.open("Repair")
    choose(form, "broken.ome.zarr")
    expect(form.get_by_role("checkbox", name=re.compile("^Give t, c, z, y and x their types"))).to_be_checked(
        timeout=PATIENCE
    )
    act(form, "^Mend 1 document of broken.ome.zarr", "Mended")
    whole(where)
    read_by_others(where)

    form = desk.open("Edit metadata")
    choose(form, "broken.ome.zarr")
    form.get_by_role("textbox", name="name", exact=True).fill("mended")
    expect(form.get_by_text(re.compile('^\\+.*"name": "mended"'))).to_be_visible(timeout=PATIENCE)
    act(form, "^Save 1 document of broken.ome.zarr", "Saved")
    assert omezarr_nb.open(where).name == "mended"
    whole(where)
    read_by_others(where)


def test_an_image_of_0_4_becomes_one_of_0_6(desk: Desk) -> None:
    omezarr_nb.write_image(COINS, desk.root / "old.ome.zarr", version="0.4")
    form = desk.open("Convert")
    choose(form, "old.ome.zarr")
    form.get_by_role("combobox", name="version").select_option("0.6, with coordinate systems (newest)")
    next_step(form)
    form.get_by_role("textbox", name="write to").fill("new.ome.zarr")
    act(form, "^Write .*new.ome.zarr$", "Written")
    where = desk.root / "new.ome.zarr"
    image = omezarr_nb.open(where)
    assert isinstance(image, omezarr_nb.Image)
    assert image.version == "0.6"
    np.testing.assert_array_equal(image.levels[0].zarr[...], COINS)
    whole(where)
    read_by_others(where)
    type_again(form, "write to", "new.ome.zarr", "replace new.ome.zarr")


def test_axes_are_dragged_and_moved_by_keys(desk: Desk) -> None:
    np.save(desk.root / "stack.npy", np.zeros((3, 40, 64, 64), "uint8"))
    form = desk.open("Make an image")
    form.get_by_role("option", name="stack.npy").click()
    expect(form.get_by_text("3 × 40 × 64 × 64 · uint8")).to_be_visible(timeout=PATIENCE)
    next_step(form)
    form.get_by_role("button", name="c: dimension 1, 3 long").drag_to(
        form.get_by_role("button", name="z: dimension 2, 40 long")
    )
    expect(form.get_by_label("dimension 1, 3 long", exact=True)).to_have_value("z", timeout=PATIENCE)
    expect(form.get_by_label("dimension 2, 40 long", exact=True)).to_have_value("c · channel")
    form.get_by_role("button", name="c: dimension 2, 40 long").focus()
    desk.page.keyboard.press("ArrowLeft")
    expect(form.get_by_label("dimension 1, 3 long", exact=True)).to_have_value("c · channel", timeout=PATIENCE)
    expect(form.get_by_role("button", name="c: dimension 1, 3 long")).to_be_focused()
    form.get_by_label("dimension 1, 3 long", exact=True).select_option("t · time")
    expect(form.get_by_role("button", name="t: dimension 1, 3 long")).to_be_visible(timeout=PATIENCE)


def test_files_are_put_into_wells_by_clicking_the_map(desk: Desk) -> None:
    (desk.root / "odd").mkdir()
    for name in ("A1_DAPI", "A1_GFP", "one", "two"):
        tifffile.imwrite(desk.root / "odd" / f"{name}.tif", COINS[:32, :48])
    form = desk.open("Make a plate")
    form.get_by_role("combobox", name="folder").select_option("odd")
    left = form.get_by_role("listbox", name="left over")
    left.select_option(["one.tif", "two.tif"], timeout=PATIENCE)
    form.get_by_role("gridcell", name="B3: 0 files; click to put 2 files here").click(timeout=PATIENCE)
    expect(form.get_by_text("two.tif is in well B3, channel GFP.")).to_be_visible(timeout=PATIENCE)
    expect(left).to_be_hidden()
    form.get_by_role("button", name="Take the last back").click()
    left.select_option(["one.tif", "two.tif"], timeout=PATIENCE)
    form.get_by_role("gridcell", name="B3: 0 files; click to put 2 files here").focus()
    desk.page.keyboard.press("ArrowDown")
    desk.page.keyboard.press("Enter")
    expect(form.get_by_text("two.tif is in well C3, channel GFP.")).to_be_visible(timeout=PATIENCE)
