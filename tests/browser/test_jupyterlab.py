"""Widgets in the real JupyterLab and Notebook 7, with a real kernel."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.jupyter import JupyterServer, open_notebook

CELLS = [
    "import ipywidgets",
    "slider = ipywidgets.IntSlider(value=3, max=9, description='z')\nslider",
]


@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_a_slider_moves_both_ways(jupyter: JupyterServer, page: Page, app: Literal["lab", "notebook"]) -> None:
    jupyter.write_notebook(f"slider-{app}.ipynb", CELLS)
    notebook = open_notebook(page, jupyter, f"slider-{app}.ipynb", app=app)
    notebook.run_all()

    track = notebook.output(1).locator(".noUi-base")
    readout = notebook.output(1).locator(".widget-readout")
    expect(readout).to_have_text("3")
    box = track.bounding_box()
    assert box is not None
    notebook.output(1).get_by_role("slider").drag_to(track, target_position={"x": box["width"] - 1, "y": 1})
    expect(readout).to_have_text("9")
    notebook.wait_python("print(slider.value)", "9")

    notebook.python("slider.value = 8")
    expect(readout).to_have_text("8")


def test_a_restarted_kernel_runs_the_notebook_again(jupyter: JupyterServer, page: Page) -> None:
    jupyter.write_notebook("again.ipynb", ["seen = globals().get('seen', 0) + 1\nprint(seen)"])
    notebook = open_notebook(page, jupyter, "again.ipynb")
    notebook.run_all()
    notebook.run_cell(0)
    expect(notebook.output(0)).to_have_text("2")

    notebook.restart()
    notebook.run_all()
    expect(notebook.output(0)).to_have_text("1")


def test_a_failing_cell_fails_the_test(jupyter: JupyterServer, page: Page) -> None:
    jupyter.write_notebook("fails.ipynb", ["1 / 0"])
    notebook = open_notebook(page, jupyter, "fails.ipynb")
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        notebook.run_all()
    with pytest.raises(AssertionError, match="NameError"):
        notebook.python("nothing")
