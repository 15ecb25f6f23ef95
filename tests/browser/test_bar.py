"""The progress bar in JupyterLab."""

from __future__ import annotations

import re

import numpy as np
from playwright.sync_api import Page, expect

from tests.browser.bridge import until
from tests.browser.jupyter import JupyterServer, open_notebook

WRITE = """
import numpy, omezarr_nb
pixels = numpy.zeros((40, 512, 512), "uint8")
bar = omezarr_nb.progress_bar("cells")
image = omezarr_nb.write_image(pixels, "bar.ome.zarr", axes="zyx", chunks=(1, 128, 128), levels=3, on_progress=bar)
"""

#: In screen pixels.
WIDTH = "element => element.getBoundingClientRect().width"


def test_a_bar_shows_the_write_and_its_end(jupyter: JupyterServer, page: Page) -> None:
    jupyter.write_notebook("bar.ipynb", [WRITE])
    notebook = open_notebook(page, jupyter, "bar.ipynb")
    notebook.run_cell(0)
    output = notebook.output(0)
    expect(output.get_by_text("cells", exact=True)).to_be_visible(timeout=60_000)
    words = output.get_by_role("status")
    expect(words).to_contain_text(re.compile(r"region (\d+) of \1 "), timeout=60_000)
    expect(words).not_to_contain_text("left")
    filled = output.locator(".progress-bar-success")
    track = output.locator(".progress")
    until(page, lambda: [box.evaluate(WIDTH) for box in (filled, track)], lambda widths: abs(np.diff(widths)) <= 2)
    assert output.evaluate("element => element.scrollWidth <= element.clientWidth")
