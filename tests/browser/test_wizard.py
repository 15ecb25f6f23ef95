"""The wizard in JupyterLab, by clicking alone."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image
from playwright.sync_api import Locator, Page, expect

import omezarr_nb
from tests.browser.jupyter import JupyterServer, Notebook, open_notebook

ASTRONAUT = Path(skimage.data.data_dir) / "astronaut.png"
CELLS = ["import omezarr_nb", "wizard = omezarr_nb.ImageWizard()\nwizard"]
PATIENCE = 60_000.0

# An array whose pixels come when the gate is opened.
SLOW = """
import threading
import dask.array
import numpy
gate, asked = threading.Event(), threading.Event()
def slow(block):
    asked.set()
    gate.wait()
    return block
zeros = dask.array.zeros((8, 1200, 1200), chunks=(1, 1200, 1200), dtype="uint8")
cells = zeros.map_blocks(slow, dtype="uint8", meta=numpy.zeros((0, 0, 0), "uint8"))
"""

# A cell that runs until the wizard's write has been cancelled, and opens the gate then.
RUNS = """
print("running")
stopped = threading.Event()
wizard.frame.stop.on_click(lambda _: stopped.set())
print("it was cancelled" if stopped.wait(60) else "nothing came")
gate.set()
"""


def open_wizard(
    page: Page, jupyter: JupyterServer, name: str, cells: list[str], *later: str
) -> tuple[Notebook, Locator]:
    """Run cells of which the last shows a wizard, and return notebook and wizard; `later` are not run yet."""
    jupyter.write_notebook(name, [*cells, *later])
    notebook = open_notebook(page, jupyter, name)
    for index in range(len(cells)):
        notebook.run_cell(index)
    form = notebook.output(len(cells) - 1).locator(".omezarr-nb-wizard")
    expect(form).to_be_visible(timeout=PATIENCE)
    return notebook, form


def click(form: Locator, name: str | re.Pattern[str]) -> None:
    """Click a button once it can be clicked."""
    form.get_by_role("button", name=name).click(timeout=PATIENCE)


def test_a_picture_becomes_an_image_of_five_levels_by_clicking_alone(jupyter: JupyterServer, page: Page) -> None:
    pixels = np.tile(np.asarray(Image.open(ASTRONAUT)), (6, 8, 1))
    Image.fromarray(pixels).save(jupyter.root / "astronaut.png")
    page.set_viewport_size({"width": 1280, "height": 900})
    _, form = open_wizard(page, jupyter, "wizard.ipynb", CELLS)

    files = form.get_by_label("files")
    files.get_by_role("option", name="astronaut.png").click()
    expect(form.get_by_text("3072 × 4096 × 3 · uint8")).to_be_visible(timeout=PATIENCE)
    click(form, "Next")
    expect(form.get_by_label("dimension 3, 3 long", exact=True)).to_have_value("c · channel")
    click(form, "Next")
    click(form, "Next")
    expect(form.get_by_alt_text("preview of the channels")).to_be_visible(timeout=PATIENCE)
    click(form, "Next")
    expect(form.get_by_role("group", name="Preview of the levels")).to_be_visible(timeout=PATIENCE)
    form.get_by_label("5 levels, down to 3 × 192 × 256").click()
    table = form.get_by_role("group", name="Levels", exact=True)
    expect(table.get_by_role("row")).to_have_count(6, timeout=PATIENCE)
    assert table.evaluate("element => element.scrollWidth <= element.clientWidth")
    click(form, "Next")
    expect(form.get_by_text("times smaller, measured on").first).to_be_visible(timeout=PATIENCE)
    click(form, "Next")
    click(form, re.compile(r"^Write 50\.3.MB to .*astronaut\.ome\.zarr$"))

    expect(form.get_by_text("Written: 5 levels")).to_contain_text("It is valid", timeout=PATIENCE)
    expect(form.get_by_role("checkbox", name="red")).to_be_visible(timeout=PATIENCE)
    image = omezarr_nb.open(jupyter.root / "astronaut.ome.zarr")
    assert [level.shape for level in image.levels] == [(3, 3072 >> n, 4096 >> n) for n in range(5)]
    np.testing.assert_array_equal(image.levels[0].zarr[:, ::7, ::7], pixels.transpose(2, 0, 1)[:, ::7, ::7])


def test_a_write_is_cancelled_by_clicking_while_a_cell_runs(jupyter: JupyterServer, page: Page) -> None:
    show = "wizard = omezarr_nb.ImageWizard(cells)\nwizard"
    notebook, form = open_wizard(page, jupyter, "cancel.ipynb", ["import omezarr_nb", SLOW, show], RUNS)

    click(form, re.compile(". Write$"))
    click(form, re.compile("^Write .* to "))
    assert notebook.python("print(asked.wait(60))") == "True\n"
    notebook.run_cell(3, wait=False)
    expect(notebook.output(3)).to_contain_text("running", timeout=PATIENCE)
    click(form, "Cancel")
    expect(form.get_by_text("Cancelled. Nothing was left behind.")).to_be_visible(timeout=PATIENCE)
    expect(notebook.output(3)).to_contain_text("it was cancelled", timeout=PATIENCE)
    assert not list(jupyter.root.glob("cells*"))
    notebook.wait_python("print(wizard.state)", "cancelled")


def test_every_control_is_reached_by_its_name_and_by_the_keyboard(jupyter: JupyterServer, page: Page) -> None:
    cells = ["import numpy, omezarr_nb\ncells = numpy.zeros((2, 20, 64, 64), 'uint8')"]
    notebook, form = open_wizard(
        page, jupyter, "keys.ipynb", [*cells, "wizard = omezarr_nb.ImageWizard(cells)\nwizard"]
    )
    form.get_by_role("button", name="Pixel size").focus()
    page.keyboard.press("Enter")
    form.get_by_label("distance of planes (z)").fill("2")
    form.get_by_label("pixel size y and x").fill("0.5")
    form.get_by_role("button", name="Next").focus()
    page.keyboard.press("Enter")
    form.get_by_label("channel names").fill("A, B")
    form.get_by_role("button", name="Show the code").focus()
    page.keyboard.press("Enter")
    code = form.get_by_label("the code")
    expect(code).to_contain_text('scale={"z": 2.0, "y": 0.5, "x": 0.5}', timeout=PATIENCE)
    expect(code).to_contain_text('channels=["A", "B"]')
    assert notebook.python("print(wizard.code)").strip() == code.inner_text().strip()
    for _ in range(3):
        form.get_by_role("button", name="Next").focus()
        page.keyboard.press("Enter")
    expect(form.get_by_role("button", name="Write", exact=False).first).to_be_focused(timeout=PATIENCE)

    said = form.get_by_role("alert").filter(has_text="The kernel is not answering")
    expect(said).to_have_count(0)
    notebook.restart()
    expect(said).to_be_visible(timeout=PATIENCE)
    expect(code).to_contain_text("write_image")
