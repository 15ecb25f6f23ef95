"""Views are live by themselves in pages that nbconvert and Sphinx make of notebooks, where the web has their images."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from playwright.sync_api import Page, expect

import omezarr_nb
from omezarr_nb.viewers.exporter import LiveHTMLExporter
from tests.browser.chromium import PageErrors
from tests.browser.contexts import COUNT_CONTEXTS, MOST_CONTEXTS
from tests.servers import DirectoryServer
from tests.stores import make_image

#: Value of each image's pixels, which are drawn from 0 to 255: it is told by its grey.
VALUES = {"first": 60, "second": 120, "third": 180}


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a machine that is busy with other things take longer for a picture than a cell waits for it."""
    monkeypatch.setattr("omezarr_nb.viewers.parts.saved._PATIENCE", 60)


@pytest.fixture
def public(tmp_path: Path, serve: Callable[[Path], DirectoryServer]) -> DirectoryServer:
    """Return a server with three images, each of one value."""
    for name, value in VALUES.items():
        make_image(tmp_path / "public" / f"{name}.zarr", [np.full((128, 256), value, "uint8")], "yx", name=name)
    return serve(tmp_path / "public")


def notebook_of(server: DirectoryServer, *, far: int = 0, times: int = 1) -> Any:
    """Return a notebook with views of each image as they are saved, and so many lines of text between them."""
    cells = []
    for number, name in enumerate([*VALUES] * times):
        viewer = omezarr_nb.ImageViewer(f"{server.url}/{name}.zarr", contrast_limits=[(0, 255)], height=200)
        data, metadata = viewer._repr_mimebundle_()
        viewer.close()
        shown = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
        code = nbformat.v4.new_code_cell("image.view()", outputs=[shown], id=f"cell-{number}")
        text = nbformat.v4.new_markdown_cell("# Images\n\n" + "line\n\n" * far, id=f"text-{number}")
        cells += [text, code]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=kernel)


def wait_grey(page: Page, number: int, value: int) -> None:
    """Wait until the middle of a figure's view has a grey."""
    page.wait_for_function(
        """([number, value]) => {
            const figure = document.querySelectorAll("figure.omezarr-nb-saved")[number];
            const canvas = figure.querySelector(".picture canvas");
            if (!canvas || !canvas.width) return false;
            const at = [Math.floor(canvas.width / 2), Math.floor(canvas.height / 2)];
            const [red] = canvas.getContext("2d").getImageData(...at, 1, 1).data;
            return Math.abs(red - value) <= 2;
        }""",
        arg=[number, value],
    )


def test_a_page_of_nbconvert_is_live_where_it_is_looked_at(
    page: Page, tmp_path: Path, public: DirectoryServer, page_errors: PageErrors
) -> None:
    html, _ = LiveHTMLExporter().from_notebook_node(notebook_of(public, far=100))
    (tmp_path / "notebook.html").write_text(html, encoding="utf-8")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    # What nbconvert's own template loads (MathJax) is not there.
    page.route(re.compile("^https:"), lambda route: route.abort())
    page_errors.allow("ERR_FAILED|503")
    public.clear()
    public.fail("third.zarr/*", 503)
    page.goto((tmp_path / "notebook.html").as_uri(), wait_until="domcontentloaded")
    figures = page.locator("figure.omezarr-nb-saved")
    expect(figures).to_have_count(3)
    figures.nth(0).scroll_into_view_if_needed()
    wait_grey(page, 0, VALUES["first"])
    expect(figures.nth(0).locator("figcaption")).to_contain_text("Live")
    assert public.count("second.zarr/*") == 0, "out of sight"
    expect(figures.nth(1).get_by_role("img", name="View of second")).to_have_count(1)
    figures.nth(1).scroll_into_view_if_needed()
    wait_grey(page, 1, VALUES["second"])
    figures.nth(2).scroll_into_view_if_needed()
    caption = figures.nth(2).locator("figcaption")
    expect(caption).to_contain_text("A still picture.")
    expect(caption).to_contain_text("503")
    picture = figures.nth(2).get_by_role("img", name="View of third")
    assert picture.evaluate("img => img.naturalWidth") > 30
    public.heal()
    caption.get_by_role("button", name="try again").click()
    wait_grey(page, 2, VALUES["third"])
    elsewhere = [url for url in asked if not url.startswith((public.url, "file:", "data:", "blob:"))]
    assert all("mathjax" in url.lower() or "require" in url for url in elsewhere), elsewhere


def test_a_page_of_sphinx_is_live_with_few_contexts(
    page: Page, tmp_path: Path, public: DirectoryServer, page_errors: PageErrors
) -> None:
    site, out = tmp_path / "site", tmp_path / "built"
    site.mkdir()
    (site / "conf.py").write_text(
        'project = "site"\nextensions = ["myst_nb", "omezarr_nb.viewers.sphinx"]\n'
        'html_theme = "furo"\nnb_execution_mode = "off"\n'
    )
    nbformat.write(notebook_of(public, times=3), site / "index.ipynb")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", str(site), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert (done.returncode, done.stderr) == (0, "")
    page_errors.allow("404")
    page.route(re.compile("^https:"), lambda route: route.abort())
    page.add_init_script(COUNT_CONTEXTS)
    page.goto((out / "index.html").as_uri(), wait_until="domcontentloaded")
    figures = page.locator("figure.omezarr-nb-saved")
    expect(figures).to_have_count(9)
    for number, value in enumerate([*VALUES.values()] * 3):
        figures.nth(number).scroll_into_view_if_needed()
        wait_grey(page, number, value)
    assert 1 <= page.evaluate("most") <= MOST_CONTEXTS


def test_a_hostile_state_runs_nothing_and_leaves_the_picture(
    page: Page, tmp_path: Path, public: DirectoryServer, page_errors: PageErrors
) -> None:
    """Where nobody has checked it before: the page checks what it reads itself."""
    notebook = notebook_of(public)
    html, _ = LiveHTMLExporter().from_notebook_node(notebook)
    spoilt = re.sub(r'"channels": \[.*?\}\], "limits"', '"channels": 7, "limits"', html, count=1)
    assert spoilt != html
    second = f'"live": {{"url": "{public.url}/second.zarr"'
    assert second in spoilt
    spoilt = spoilt.replace(second, '"live": {"url": "javascript:document.title=1"')
    (tmp_path / "notebook.html").write_text(spoilt, encoding="utf-8")
    page.route(re.compile("^https:"), lambda route: route.abort())
    page_errors.allow("ERR_FAILED")
    page.goto((tmp_path / "notebook.html").as_uri(), wait_until="domcontentloaded")
    figures = page.locator("figure.omezarr-nb-saved")
    for number, name in enumerate(["first", "second"]):
        figures.nth(number).scroll_into_view_if_needed()
        expect(figures.nth(number).locator("figcaption")).to_contain_text("try again")
        expect(figures.nth(number).get_by_role("img", name=f"View of {name}")).to_be_visible()
    expect(figures.nth(1).locator("figcaption")).to_contain_text("public URL")
    figures.nth(2).scroll_into_view_if_needed()
    wait_grey(page, 2, VALUES["third"])
    assert page.title() == "Notebook"
