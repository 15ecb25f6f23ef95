"""The view in JupyterLab and Notebook 7: a real kernel, a real page."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from playwright.sync_api import Locator, Page, expect

from tests.browser.bridge import until
from tests.browser.contexts import COUNT_CONTEXTS, MOST_CONTEXTS
from tests.browser.jupyter import JupyterServer, Notebook, open_notebook
from tests.stores import block_mean, make_image

SAMPLES = (
    "bf2raw_v04_nuclei_PLK1_control.ome.zarr",
    "idr0062_6001240_v05_labels.zarr",
    "fiji_5d_5d_dataset_v4.ome.zarr",
    "fiji_5d_5d_dataset_v5.ome.zarr",
    "fiji_pyramid_pyramid_v4.zarr",
    "fiji_pyramid_pyramid_v5.zarr",
)
TEN_VIEWERS_BYTES = 100_000
#: As JupyterLab saves them: without the state of widgets.
TWENTY_VIEWERS_BYTES = 100_000


@pytest.fixture
def stack(tmp_path: Path) -> str:
    """Return an image of 40 planes at three levels."""
    rng = np.random.default_rng(0)
    levels = [rng.integers(0, 200, (40, 256, 256)).astype("uint8")]
    levels[0][:, 64:128, 64:128] = 255
    for _ in range(2):
        levels.append(block_mean(levels[-1], (2, 2, 2)))
    return make_image(tmp_path / "stack.zarr", levels, "zyx", units=dict.fromkeys("zyx", "micrometer"))


def view_of(notebook: Notebook, cell: int, state: str = "ready") -> Locator:
    """Return the view that a cell shows, once it is in a state."""
    view = notebook.output(cell).locator(f'.omezarr-nb-viewer[data-state="{state}"]')
    expect(view).to_be_visible(timeout=60_000)
    return view


def test_samples_show_themselves_and_are_viewed(jupyter: JupyterServer, page: Page, samples: Path) -> None:
    cells = ["import omezarr_nb"]
    for name in SAMPLES:
        cells += [f"image = omezarr_nb.open({str(samples / name)!r})\nimage", "image.view(height=240)"]
    jupyter.write_notebook("samples.ipynb", cells)
    notebook = open_notebook(page, jupyter, "samples.ipynb")
    notebook.run_all()
    for index, name in enumerate(SAMPLES):
        expect(notebook.output(1 + 2 * index)).to_contain_text(
            "OME-Zarr 0." + ("5" if "v5" in name or "v05" in name else "4")
        )
        expect(notebook.output(1 + 2 * index).locator("img").first).to_be_visible()
        view_of(notebook, 2 + 2 * index)


@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_slider_trait_and_picture_move_together(jupyter: JupyterServer, page: Page, stack: str, app: str) -> None:
    name = f"sliders-{app}.ipynb"
    jupyter.write_notebook(name, [f"import omezarr_nb\nviewer = omezarr_nb.open({stack!r}).view()\nviewer"])
    notebook = open_notebook(page, jupyter, name, app="lab" if app == "lab" else "notebook")
    notebook.run_all()
    view = view_of(notebook, 0)
    slider = view.get_by_role("slider", name="z", exact=True)
    expect(slider).to_have_value("20")
    before = view.locator("canvas").first.screenshot()

    slider.focus()
    for key, expected in (
        ("ArrowRight", "21"),
        ("ArrowDown", "20"),
        ("PageDown", "10"),
        ("ArrowLeft", "9"),
        ("Home", "0"),
    ):
        page.keyboard.press(key)
        expect(slider).to_have_value(expected)
    number = view.get_by_label("z index")
    number.fill("31")
    page.keyboard.press("Enter")
    expect(slider).to_have_value("31")
    level = view.get_by_role("slider", name="level", exact=True)
    level.focus()
    page.keyboard.press("ArrowRight")
    expect(level).to_have_value("0")
    page.keyboard.press("ArrowLeft")
    expect(level).to_have_value("-1")
    value = slider.input_value()
    notebook.wait_python("print(viewer.indices['z'])", value)
    until(page, lambda: view.locator("canvas").first.screenshot() != before, True)

    notebook.python("viewer.indices = {'z': 7}")
    expect(slider).to_have_value("7")
    notebook.python("viewer.level = 2")
    expect(view.get_by_role("slider", name="level", exact=True)).to_have_value("2")
    notebook.wait_python("print(viewer.shown_level)", "2")


@pytest.mark.parametrize("sets_trait", [False, True], ids=["busy", "busy, after setting a trait"])
def test_the_view_answers_while_a_cell_runs(
    jupyter: JupyterServer, page: Page, stack: str, sets_trait: bool, tmp_path: Path
) -> None:
    name, gate = f"busy-{sets_trait}.ipynb", tmp_path / "gate"
    first = f"import omezarr_nb, pathlib, time\nviewer = omezarr_nb.open({stack!r}).view()\nviewer"
    busy = "viewer.indices = {'z': 3}\n" if sets_trait else ""
    busy += f"while not pathlib.Path({str(gate)!r}).exists(): time.sleep(0.05)\nprint('slept')"
    jupyter.write_notebook(name, [first, busy])
    notebook = open_notebook(page, jupyter, name)
    notebook.run_cell(0)
    view = view_of(notebook, 0)
    slider = view.get_by_role("slider", name="z", exact=True)
    drawn = "globalThis.drawn = 0; document.addEventListener('omezarr_nb:drawn', () => globalThis.drawn++)"
    page.evaluate(f"() => {{ {drawn} }}")

    notebook.run_cell(1, wait=False)
    if sets_trait:
        expect(slider).to_have_value("3")
    for plane in ("31", "12", "37"):
        page.evaluate("() => { globalThis.drawn = 0 }")
        slider.fill(plane)
        page.wait_for_function("() => globalThis.drawn > 0")
        view_of(notebook, 0)
    gate.touch()
    expect(notebook.output(1)).to_contain_text("slept")
    expect(slider).to_have_value("37")


def test_a_restarted_kernel_is_said_and_what_was_loaded_stays(jupyter: JupyterServer, page: Page, stack: str) -> None:
    jupyter.write_notebook("gone.ipynb", [f"import omezarr_nb\nomezarr_nb.open({stack!r}).view()"])
    notebook = open_notebook(page, jupyter, "gone.ipynb")
    notebook.run_all()
    view = view_of(notebook, 0)
    notebook.restart()
    view = notebook.output(0).locator(".omezarr-nb-viewer")
    view.get_by_role("slider", name="z", exact=True).fill("3")
    expect(view).to_contain_text("kernel is not answering", timeout=60_000)
    expect(view.locator("canvas").first).to_be_visible()


def test_twenty_views_in_a_notebook_all_draw(jupyter: JupyterServer, page: Page, stack: str) -> None:
    make = f"import omezarr_nb\nimage = omezarr_nb.open({stack!r})"
    jupyter.write_notebook("twenty.ipynb", [make, *["image.view(height=200)"] * 20])
    page.add_init_script(COUNT_CONTEXTS)
    notebook = open_notebook(page, jupyter, "twenty.ipynb")
    notebook.run_all()
    for cell in (*range(1, 21), 1):
        view_of(notebook, cell)
    assert 0 < page.evaluate("most") <= MOST_CONTEXTS
    assert notebook.save().stat().st_size < TWENTY_VIEWERS_BYTES


def test_ten_views_saved_with_their_state_stay_small(stack: str, tmp_path: Path) -> None:
    """What `jupyter nbconvert --execute` saves: the state of every widget."""
    notebook = nbformat.v4.new_notebook()
    make = f"import omezarr_nb\nimage = omezarr_nb.open({stack!r})"
    notebook.cells = [nbformat.v4.new_code_cell(code) for code in (make, *["image.view()"] * 10)]
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(Path(__file__).parents[2])}}).execute()
    state = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    assert sum("_esm" in model["state"] for model in state.values()) == 10
    path = tmp_path / "ten.ipynb"
    nbformat.write(notebook, path)
    assert path.stat().st_size < TEN_VIEWERS_BYTES


def test_shapes_are_drawn_and_deleted_in_jupyterlab(jupyter: JupyterServer, page: Page, stack: str) -> None:
    cells = ["import omezarr_nb", f"viewer = omezarr_nb.open({stack!r}).view(height=240)\nviewer"]
    jupyter.write_notebook("shapes.ipynb", cells)
    notebook = open_notebook(page, jupyter, "shapes.ipynb")
    notebook.run_all()
    view = view_of(notebook, 1)
    view.get_by_role("button", name="shapes", exact=True).click()
    view.get_by_role("button", name="line", exact=True).click()
    box = view.locator("canvas").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 40, y)
    page.mouse.down()
    page.mouse.move(x + 40, y, steps=4)
    page.mouse.up()
    expect(view.get_by_role("group", name="profile").get_by_role("img")).to_have_attribute(
        "aria-label", re.compile(r"channel 0 [\d.]+ to [\d.]+")
    )
    notebook.wait_python("print(len(viewer.shapes))", "1")
    assert notebook.python("print(viewer.shapes[0]['type'], len(viewer.profile()['x']) > 2)").strip() == "line True"
    # Keys mean the shape, not the cell: an "x" of the notebook would cut it, an "Enter" edit it.
    for key in ("x", "d", "d", "b"):
        page.keyboard.press(key)
    view.get_by_role("button", name="undo").focus()
    page.keyboard.press("Enter")
    notebook.wait_python("print(viewer.shapes)", "[]")
    view.get_by_role("button", name="redo").focus()
    page.keyboard.press("Enter")
    notebook.wait_python("print(len(viewer.shapes))", "1")
    view.get_by_role("application").focus()
    page.keyboard.press("Delete")
    notebook.wait_python("print(viewer.shapes)", "[]")
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(2)
