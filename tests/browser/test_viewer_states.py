"""Loading, failing, silent: what a view says when something is not as it should be."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import omezarr_nb
from tests.browser.bridge import show_viewer
from tests.servers import DirectoryServer
from tests.stores import make_image


@pytest.fixture
def planes(tmp_path: Path) -> Path:
    """Return the folder of an image of ten planes, each a chunk."""
    pixels = np.arange(10, dtype="uint8")[:, None, None] * 20 + np.zeros((10, 200, 200), "uint8")
    pixels[:, 50:100, 50:100] = 255
    make_image(tmp_path / "image.zarr", [pixels], "zyx", chunks=(1, 200, 200))
    return tmp_path


def test_a_store_that_goes_away_is_said_and_tried_again(
    planes: Path, page: Page, serve: Callable[[Path], DirectoryServer]
) -> None:
    server = serve(planes)
    image = omezarr_nb.open(f"{server.url}/image.zarr")
    with show_viewer(page, image.view) as view:
        view.wait()
        server.fail("*/c/*", 403)
        view.viewer.indices = {"z": 2}
        view.wait("error")
        expect(view.root).to_contain_text(re.compile("403|Forbidden|refused", re.IGNORECASE))
        view.wait_trait("status", "error")
        assert view.viewer.error
        server.heal()
        view.wait_drawn(view.root.get_by_role("button", name="try again").first.click)
        view.wait_trait("status", "ready")
        view.wait_trait("error", "")


def test_a_store_that_was_deleted_is_said_and_not_shown_black(planes: Path, page: Page) -> None:
    with show_viewer(page, omezarr_nb.open(planes / "image.zarr").view) as view:
        view.wait()
        (planes / "image.zarr").rename(planes / "elsewhere.zarr")
        view.viewer.indices = {"z": 2}
        view.wait("error")
        expect(view.root).to_contain_text("not there any more")
        (planes / "elsewhere.zarr").rename(planes / "image.zarr")
        view.wait_drawn(view.root.get_by_role("button", name="try again").first.click)
        view.wait_trait("error", "")


def test_a_kernel_that_does_not_answer_is_said_and_what_was_loaded_stays(planes: Path, page: Page) -> None:
    with show_viewer(page, omezarr_nb.open(planes / "image.zarr").view) as view:
        view.wait()
        before = view.canvas()
        page.clock.install()
        view.answering = False
        page.get_by_role("slider", name="z", exact=True).fill("1")
        page.clock.run_for(12_000)
        expect(view.root).to_contain_text("The kernel is not answering")
        assert (view.canvas() == before).mean() > 0.8


def test_names_from_the_file_are_never_html(page: Page, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=\"document.title='run'\">"
    omero = {"channels": [{"label": hostile, "color": "FFFFFF"}]}
    where = make_image(tmp_path / "image.zarr", [np.ones((1, 32, 32), "uint8")], "cyx", name=hostile, omero=omero)
    with show_viewer(page, omezarr_nb.open(where).view) as view:
        view.wait()
        expect(view.root).to_contain_text("<img src=x")
        expect(page.get_by_role("checkbox", name=hostile, exact=True)).to_be_checked()
        assert page.title() != "run"
        assert view.root.locator("img").count() == 0


@pytest.mark.parametrize("width", [520, 1000, 1600])
def test_nothing_sticks_out_of_the_cell(planes: Path, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    with show_viewer(page, omezarr_nb.open(planes / "image.zarr").view) as view:
        view.wait()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        outside = """root => [...root.querySelectorAll('button, input, canvas, label')].filter((part) => {
            const [a, b] = [part.getBoundingClientRect(), root.getBoundingClientRect()];
            return a.width > 0 && (a.left < b.left - 1 || a.right > b.right + 1);
        }).map((part) => part.outerHTML)"""
        assert view.root.evaluate(outside) == []


@pytest.mark.parametrize(
    "dtype", ["bool", "int8", "uint8", "int16", ">u2", "uint32", "int32", "float32", "float64", "int64"]
)
def test_every_type_of_pixels_is_drawn(dtype: str, page: Page, tmp_path: Path) -> None:
    pixels = np.zeros((64, 64), dtype)
    pixels[16:48, 16:48] = 1
    where = make_image(tmp_path / "image.zarr", [pixels], "yx")
    with show_viewer(page, lambda: omezarr_nb.open(where).view(colors=["#00ff00"], contrast_limits=[(0, 1)])) as view:
        view.wait()
        canvas = view.canvas()
        green = (canvas[..., 1] > 200) & (canvas[..., 0] < 60)
        black = canvas.max(axis=2) < 10
        assert green.sum() == pytest.approx(black.sum() / 3, rel=0.15)
