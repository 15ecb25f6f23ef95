"""Every view of every tutorial draws: the cells run in this process, and what they show is put on a page of Chromium.

JupyterLab itself is tested with the views (`tests/browser/test_viewer_jupyter.py`); there it would take ten seconds
more for each tutorial.
"""

from __future__ import annotations

import ast
import json
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import pytest
from playwright.sync_api import Page

from omezarr_nb.viewers.image import ImageViewer
from tests.browser.bridge import show_viewer
from tests.notebooks.test_execute import NOTEBOOKS


def run(path: Path) -> list[Any]:
    """Run the cells of a notebook, and return what they would show.

    Left out are those that need a network, and those that start processes, which `test_execute` runs.
    """
    space: dict[str, Any] = {"__name__": "__main__"}
    shown = []
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
        if cell["cell_type"] != "code" or {"network", "processes"} & set(cell["metadata"].get("tags", [])):
            continue
        tree = ast.parse("".join(cell["source"]), f"{path.name}, cell {number}")
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, f"{path.name}, cell {number}", "exec"), space)
        if isinstance(last, ast.Expr):
            shown.append(eval(compile(ast.Expression(last.value), f"{path.name}, cell {number}", "eval"), space))
    return shown


def viewers(shown: list[Any]) -> Iterator[ImageViewer]:
    """Yield the views among what is shown, those in boxes too, each once."""
    seen: set[int] = set()
    for found in shown:
        if isinstance(found, ImageViewer) and id(found) not in seen:
            seen.add(id(found))
            yield found
        elif isinstance(found, ipywidgets.Box):
            yield from viewers(list(found.children))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_views_are_drawn(page: Page, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(path.parent / "data", tmp_path / "data")  # what the notebook writes goes beside it
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    found: list[ImageViewer] = []

    def make() -> ImageViewer:
        # In a thread of its own, as in a kernel: in this one playwright's event loop runs.
        raised: list[BaseException] = []

        def work() -> None:
            try:
                found.extend(viewers(run(path)))
            except BaseException as error:
                raised.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        if raised:
            raise raised[0]
        assert found, "no cell shows a view"
        return found[0]

    page.set_viewport_size({"width": 1000, "height": 4000})
    with show_viewer(page, make) as view:
        for other in found[1:]:
            view.show(other)
        ready = page.locator('.omezarr-nb-viewer[data-state="ready"]')
        ready.nth(len(found) - 1).wait_for(timeout=60_000)
        assert ready.count() == len(found)
        for number in range(len(found)):
            canvas = ready.nth(number).locator("canvas").first
            colours = page.wait_for_function(COUNT_COLOURS, arg=canvas.element_handle(), timeout=60_000)
            assert colours.json_value() > 8, f"view {number} is blank"
        for other in found[1:]:
            other.close()
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


#: How many colours a canvas shows, as soon as there are several: a blank one has one.
COUNT_COLOURS = """canvas => {
  const copy = new OffscreenCanvas(64, 64), context = copy.getContext("2d");
  context.drawImage(canvas, 0, 0, 64, 64);
  const data = new Uint32Array(context.getImageData(0, 0, 64, 64).data.buffer);
  const colours = new Set(data).size;
  return colours > 8 && colours;
}"""
