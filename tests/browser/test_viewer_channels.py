"""The look of channels: each control changes the pixels as it says, in the view and as a trait, without a request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from matplotlib import colormaps
from playwright.sync_api import Page, expect

import omezarr_nb
from tests.browser.bridge import ViewPage, show_viewer


@pytest.fixture
def view(page: Page, tmp_path: Path) -> Iterator[ViewPage]:
    """Return a view of two channels of 256 x 256 pixels: a ramp from 0 to 255 along x, and 51 everywhere."""
    pixels = np.stack([np.tile(np.arange(256, dtype="uint8"), (256, 1)), np.full((256, 256), 51, "uint8")])
    channels = [
        {"label": "ramp", "color": "FF0000", "window": {"min": 0, "max": 255, "start": 0, "end": 255}},
        {"label": "even", "color": "00FF00", "window": {"min": 0, "max": 255, "start": 0, "end": 255}},
    ]
    image = omezarr_nb.write_image(pixels, tmp_path / "image.zarr", axes="cyx", channels=channels, levels=1)
    with show_viewer(page, lambda: image.view(height=400)) as shown:
        shown.wait()
        shown.wait_drawn(lambda: shown.page.get_by_role("button", name="1:1").click())
        shown.page.get_by_role("button", name="more of ramp").click()
        shown.rest()
        yield shown


def at(view: ViewPage, column: int) -> tuple[int, ...]:
    """Return the colour of a column of the image."""
    canvas = view.canvas()
    height, width = canvas.shape[:2]
    return tuple(int(part) for part in canvas[height // 2, width // 2 - 128 + column])


def near(found: tuple[int, ...], expected: tuple[float, ...]) -> bool:
    return bool(np.abs(np.array(found) - np.array(expected)).max() <= 2)


def test_channels_are_added(view: ViewPage) -> None:
    assert near(at(view, 200), (200, 51, 0))


def test_gamma_lightens_what_is_dark(view: ViewPage) -> None:
    before = view.tile_requests()
    field = view.page.get_by_label("ramp gamma value")
    field.fill("0.5")
    view.wait_drawn(lambda: field.press("Enter"))
    view.wait_trait("gamma", [0.5, 1])
    assert near(at(view, 64), (255 * (64 / 255) ** 0.5, 51, 0))
    view.wait_drawn(lambda: setattr(view.viewer, "gamma", [2, 1]))
    assert near(at(view, 64), (255 * (64 / 255) ** 2, 51, 0))
    expect(field).to_have_value("2")
    view.wait_drawn(lambda: view.page.get_by_label("ramp gamma", exact=True).dblclick())
    view.wait_trait("gamma", [1, 1])
    assert view.tile_requests() == before


def test_inverted_high_values_are_dark(view: ViewPage) -> None:
    view.wait_drawn(lambda: view.page.get_by_label("ramp inverted").check())
    view.wait_trait("inverted", [True, False])
    assert near(at(view, 200), (55, 51, 0))


def test_opacity_weakens_a_channel(view: ViewPage) -> None:
    view.wait_drawn(lambda: setattr(view.viewer, "opacity", [0.5, 1]))
    assert near(at(view, 200), (100, 51, 0))
    expect(view.page.get_by_label("ramp opacity")).to_have_value("0.5")


def test_a_colour_map_is_matplotlibs(view: ViewPage) -> None:
    view.wait_drawn(lambda: setattr(view.viewer, "visible", [True, False]))
    view.page.get_by_label("ramp map").select_option("magma")
    view.wait_trait("colormaps", ["magma", ""])
    view.rest()
    assert near(at(view, 200), colormaps["magma"](200 / 255, bytes=True)[:3])
    view.viewer.colormaps = ["Spectral", ""]
    view.rest()
    assert near(at(view, 30), colormaps["Spectral"](30 / 255, bytes=True)[:3])
    expect(view.page.get_by_label("ramp map")).to_have_value("Spectral")


def test_greyscale_draws_all_in_white(view: ViewPage) -> None:
    view.wait_drawn(lambda: view.page.get_by_label("greyscale").check())
    view.wait_trait("greyscale", True)
    assert near(at(view, 100), (151, 151, 151))


def test_alone_shows_one_channel_and_then_all_that_were_there(view: ViewPage) -> None:
    button = view.page.get_by_role("button", name="ramp alone")
    view.wait_drawn(button.click)
    view.wait_trait("visible", [True, False])
    assert near(at(view, 200), (200, 0, 0))
    view.wait_drawn(button.click)
    view.wait_trait("visible", [True, True])


def test_full_range_is_that_of_the_pixels(view: ViewPage) -> None:
    view.wait_drawn(lambda: setattr(view.viewer, "contrast_limits", [(100, 200), (0, 255)]))
    assert near(at(view, 150), (128, 51, 0))
    view.wait_drawn(lambda: view.page.get_by_role("button", name="ramp full range").click())
    view.wait_trait("contrast_limits", [(0, 255), (0, 255)])


def test_the_histogram_stands_where_the_values_are(view: ViewPage) -> None:
    shapes = view.page.locator(".histogram path")
    even = shapes.nth(1).get_attribute("d") or ""
    # One value, 51 of 0 to 255: its part is the only one of any height.
    parts = [part.split(" ") for part in even.lstrip("M").rstrip("Z").split("L")]
    high = [float(x) for x, y in parts if float(y) < 50]
    assert high
    assert all(abs(x / 1000 - 51 / 255) < 0.03 for x in high)
    assert shapes.count() == 2
