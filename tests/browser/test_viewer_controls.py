"""Every control moves the picture and its trait, and the trait moves the control and the picture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import omezarr_nb
from omezarr_nb.core.contrast import limits_of
from tests.browser.bridge import ViewPage, show_viewer
from tests.stores import block_mean, make_image


@pytest.fixture
def nuclei(samples: Path, page: Page) -> Iterator[ViewPage]:
    """Return a view of two channels and 236 z planes, of a real confocal image."""
    image = omezarr_nb.open(samples / "idr0062_6001240_v05_labels.zarr")
    with show_viewer(page, image.view) as view:
        view.wait()
        yield view


@pytest.fixture
def pyramid(page: Page, tmp_path: Path) -> Iterator[ViewPage]:
    """Return a view of five levels of 2048 x 2048 pixels, chunks of 256."""
    rng = np.random.default_rng(0)
    levels = [rng.integers(0, 4000, (2048, 2048)).astype("uint16")]
    for _ in range(4):
        levels.append(block_mean(levels[-1], (2, 2)))
    where = make_image(tmp_path / "image.zarr", levels, "yx", chunks=(256, 256), units={"y": "micrometer"})
    with show_viewer(page, omezarr_nb.open(where).view) as view:
        view.wait()
        yield view


def differs(before: np.ndarray[Any, Any], after: np.ndarray[Any, Any]) -> bool:
    """Return whether more than a hundredth of the pixels changed."""
    return bool((np.abs(before.astype(int) - after.astype(int)).max(axis=2) > 8).mean() > 0.01)


def test_dragging_the_z_slider_moves_the_picture_and_the_trait(nuclei: ViewPage) -> None:
    before = nuclei.canvas()
    assert nuclei.viewer.indices == {"z": 118}
    slider = nuclei.page.get_by_role("slider", name="z", exact=True)
    box = slider.bounding_box()
    assert box is not None
    nuclei.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    nuclei.page.mouse.down()
    nuclei.wait_drawn(
        lambda: nuclei.page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2, steps=8)
    )
    nuclei.page.mouse.up()
    nuclei.wait_trait("indices", lambda indices: 40 < indices["z"] < 80)
    assert differs(before, nuclei.canvas())


def test_setting_the_trait_moves_the_slider_and_the_picture(nuclei: ViewPage) -> None:
    before = nuclei.canvas()
    nuclei.wait_drawn(lambda: setattr(nuclei.viewer, "indices", {"z": 60}))
    expect(nuclei.page.get_by_role("slider", name="z", exact=True)).to_have_value("60")
    assert differs(before, nuclei.canvas())
    expect(nuclei.page.get_by_role("slider", name="z", exact=True)).to_have_attribute(
        "aria-valuetext", re.compile("30")
    )


def test_contrast_colour_and_visibility_ask_for_no_tiles(nuclei: ViewPage) -> None:
    asked, before = nuclei.tile_requests(), nuclei.canvas()
    nuclei.page.get_by_role("slider", name="LaminB1 maximum", exact=True).focus()
    for _ in range(5):
        nuclei.wait_drawn(lambda: nuclei.page.keyboard.press("PageDown"))
    nuclei.wait_trait("contrast_limits", lambda limits: limits[0][1] < 1500)
    assert differs(before, nuclei.canvas())

    nuclei.wait_drawn(lambda: setattr(nuclei.viewer, "colors", ["#00ff00", "magenta"]))
    assert nuclei.viewer.colors == ["#00ff00", "#ff00ff"]
    expect(nuclei.page.get_by_label("LaminB1 colour")).to_have_value("#00ff00")

    box = nuclei.page.get_by_role("checkbox", name="Dapi", exact=True)
    box.uncheck()
    nuclei.wait_trait("visible", [True, False])
    box.check()
    nuclei.wait_trait("visible", [True, True])
    assert nuclei.tile_requests() == asked


def test_no_visible_channel_is_said_in_words(nuclei: ViewPage) -> None:
    nuclei.viewer.visible = [False, False]
    nuclei.wait("empty")
    nuclei.wait_trait("status", "empty")
    expect(nuclei.root).to_contain_text("No channels are visible")


def test_zooming_changes_the_level_and_the_slider_pins_it(pyramid: ViewPage) -> None:
    first = pyramid.wait_trait("shown_level", lambda level: level >= 1)
    canvas = pyramid.root.locator("canvas").first.bounding_box()
    assert canvas is not None
    pyramid.page.mouse.click(canvas["x"] + 300, canvas["y"] + 200)  # the wheel is the page's until the view has focus
    for _ in range(12):
        pyramid.page.mouse.wheel(0, -240)
    pyramid.wait_trait("shown_level", 0)

    slider = pyramid.page.get_by_role("slider", name="level", exact=True)
    expect(slider).to_have_value("-1")
    slider.fill("3")
    pyramid.wait_trait("level", 3)
    pyramid.wait_trait("shown_level", 3)
    zoom = pyramid.viewer.zoom
    for _ in range(12):
        pyramid.page.mouse.wheel(0, 240)
    pyramid.wait_trait("zoom", lambda now: now < zoom / 4)
    pyramid.wait()
    assert pyramid.viewer.shown_level == 3

    pyramid.viewer.level = "auto"
    expect(slider).to_have_value("-1")
    pyramid.page.get_by_role("button", name="fit").click()
    pyramid.wait_trait("shown_level", first)


def test_a_viewport_is_one_request_and_moving_on_cancels(pyramid: ViewPage) -> None:
    asked = pyramid.tile_requests()
    assert asked <= 2, "coarse first, then fine"
    pyramid.wait_drawn(lambda: setattr(pyramid.viewer, "level", 0))
    fine = [content for content in pyramid.requests if content["kind"] == "tiles" and content["level"] == 0]
    assert sum(len(content["tiles"]) for content in fine) == 64
    assert len(fine) <= 2


def test_dragging_pans_and_python_can_move_the_view(pyramid: ViewPage) -> None:
    x, y = pyramid.wait_trait("center", bool)
    zoom = pyramid.viewer.zoom
    canvas = pyramid.root.locator("canvas").first.bounding_box()
    assert canvas is not None
    pyramid.page.mouse.move(canvas["x"] + 300, canvas["y"] + 200)
    pyramid.page.mouse.down()
    pyramid.page.mouse.move(canvas["x"] + 250, canvas["y"] + 230, steps=4)
    pyramid.page.mouse.up()
    pyramid.wait_trait("center", pytest.approx((x + 50 / zoom, y - 30 / zoom), abs=2 / zoom))

    pyramid.wait_drawn(lambda: pyramid.viewer.set_trait("center", (100.0, 100.0)))
    pyramid.wait_drawn(lambda: pyramid.viewer.set_trait("zoom", 4.0))
    assert pyramid.viewer.center == (100.0, 100.0)
    pyramid.wait_trait("shown_level", 0)


def test_the_readout_names_pixel_place_and_values(nuclei: ViewPage) -> None:
    canvas = nuclei.root.locator("canvas").first.bounding_box()
    assert canvas is not None
    nuclei.page.mouse.move(canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] / 2)
    x, y = nuclei.viewer.center
    column, row = round(x / 1.4415926), round(y / 1.4415926)
    values = np.asarray(nuclei.viewer.image.levels[0].zarr)[:, 118, row, column]
    expect(nuclei.root).to_contain_text(f"LaminB1 {values[0]}")
    expect(nuclei.root).to_contain_text(f"Dapi {values[1]}")


def test_auto_contrast_comes_from_the_pixels(nuclei: ViewPage) -> None:
    nuclei.page.get_by_role("button", name="auto contrast Dapi").click()
    limits = nuclei.wait_trait("contrast_limits", lambda limits: limits[1] != (0.0, 1500.0))
    plane = np.asarray(nuclei.viewer.image.levels[0].zarr)[1, 118]
    assert limits[1] == limits_of(plane)
