"""How many messages a view costs: what is counted here is what makes it slow where the kernel is far away."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import omezarr_nb
from omezarr_nb.core.image import Image
from omezarr_nb.viewers import tiles
from omezarr_nb.viewers.image import ImageViewer
from tests.browser.bridge import ViewPage, show_viewer


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Write 3 noisy channels of 5 planes of 1536 x 1536 pixels, in three levels."""
    noise = np.random.default_rng(0).poisson(60, (3, 5, 256, 256)).astype("uint8")
    pixels = np.tile(noise, (1, 1, 6, 6))
    where = tmp_path_factory.mktemp("budget") / "image.zarr"
    return omezarr_nb.write_image(pixels, where, axes="czyx", chunks=(1, 1, 512, 512), scale_factors=[2, 4])


@pytest.fixture
def view(page: Page, image: Image, monkeypatch: pytest.MonkeyPatch) -> Iterator[ViewPage]:
    """Return a view of the image, at least 1000 x 600 screen pixels large."""
    # Tiles that come late are sent in parts; here none does, however busy the machine is.
    monkeypatch.setattr(tiles, "_FLUSH_SECONDS", 60.0)

    def make() -> ImageViewer:
        viewer: ImageViewer = image.view(height=600)
        viewer._repr_mimebundle_()  # as Jupyter asks for it
        return viewer

    page.set_viewport_size({"width": 1300, "height": 900})
    with show_viewer(page, make) as shown:
        shown.wait()
        yield shown


def to_full_size(view: ViewPage) -> None:
    view.wait_drawn(lambda: view.page.get_by_role("button", name="1:1").click())
    canvas = view.root.locator("canvas").first.bounding_box()
    assert canvas is not None
    assert canvas["width"] >= 1000
    assert canvas["height"] == 600


def test_the_first_picture_takes_six_messages(view: ViewPage) -> None:
    # A layout, the view and its channel for pixels are opened; then come what is listed here.
    assert len(view.heard) + 3 <= 6, view.heard
    assert view.heard.count("bundle") == 1


@pytest.mark.parametrize("full_size", [False, True], ids=["whole image", "one to one"])
def test_a_step_along_z_takes_two_messages(view: ViewPage, full_size: bool) -> None:
    if full_size:
        to_full_size(view)
    slider = view.page.get_by_role("slider", name="z", exact=True)
    slider.focus()
    for _ in range(2):
        before, asked = len(view.heard), view.tile_requests()
        view.wait_drawn(lambda: slider.press("ArrowLeft"))
        assert 1 <= len(view.heard) - before <= 2, view.heard[before:]
        assert view.tile_requests() - asked == len(view.heard) - before


def test_who_goes_on_finds_the_next_plane_loaded(view: ViewPage) -> None:
    slider = view.page.get_by_role("slider", name="z", exact=True)
    slider.focus()
    for key in ("Home", "ArrowRight", "ArrowRight"):
        view.wait_drawn(partial(slider.press, key))
    asked = [content["indices"][1] for content in view.requests if content["kind"] == "tiles"]
    assert asked == [2, 0, 1, 3], "it began at 2, and 3 comes next"
    view.page.evaluate("globalThis.drawn = 0")
    view.viewer._service.close()  # what is there needs no kernel
    slider.press("ArrowRight")
    view.page.wait_for_function("globalThis.drawn > 0")
    expect(slider).to_have_value("3")


def test_panning_back_takes_none(view: ViewPage) -> None:
    to_full_size(view)
    stage = view.root.locator("canvas").first.bounding_box()
    assert stage is not None
    x, y = stage["x"] + 400, stage["y"] + 150

    def drag(by: int) -> None:
        view.page.mouse.move(x, y)
        view.page.mouse.down()
        view.page.mouse.move(x + by, y + by, steps=6)
        view.page.mouse.up()
        view.wait()

    asked = view.tile_requests()
    drag(350)
    assert view.tile_requests() > asked
    before, asked = len(view.heard), view.tile_requests()
    drag(-350)
    assert view.tile_requests() == asked
    assert view.heard[before:] == []


def test_contrast_takes_none(view: ViewPage) -> None:
    before, asked = len(view.heard), view.tile_requests()
    handle = view.page.get_by_role("slider", name="maximum").first
    picture, limits = view.canvas(), view.viewer.contrast_limits[0]
    handle.focus()
    for _ in range(5):
        handle.press("PageDown")
    view.wait_trait("contrast_limits", lambda now: now[0][1] < limits[1])
    view.wait()
    assert view.canvas().mean() > picture.mean()
    assert view.tile_requests() == asked
    assert view.heard[before:] == []
