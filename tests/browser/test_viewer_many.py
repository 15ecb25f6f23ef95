"""Images of many channels, colour pictures, and the limits with which channels begin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import omezarr_nb
from omezarr_nb.core.image import Image
from tests.browser.bridge import ViewPage, show_viewer
from tests.stores import make_image

COUNT = 40
SIDE = 32
COLUMNS = 8
COLORS = ("FF0000", "00FF00", "0000FF", "FFFF00", "FF00FF")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Write 40 channels of 256 x 160 pixels: each has one square of its own, at 1000 + 10 x its number, on 200."""
    pixels = np.full((COUNT, SIDE * COUNT // COLUMNS, SIDE * COLUMNS), 200, "uint16")
    for channel in range(COUNT):
        row, column = divmod(channel, COLUMNS)
        pixels[channel, row * SIDE : (row + 1) * SIDE, column * SIDE : (column + 1) * SIDE] = 1000 + 10 * channel
    # Without `omero`, as other software writes it: limits are found in the pixels.
    where = make_image(tmp_path_factory.mktemp("many") / "many.zarr", [pixels], "cyx")
    return omezarr_nb.open(where)


@pytest.fixture
def view(page: Page, image: Image) -> Iterator[ViewPage]:
    """Return a view of that image, one screen pixel for each of its pixels."""
    with show_viewer(page, lambda: image.view(height=400, colors=[f"#{COLORS[c % 5]}" for c in range(COUNT)])) as shown:
        shown.wait()
        shown.wait_drawn(lambda: shown.page.get_by_role("button", name="1:1").click())
        yield shown


def squares(view: ViewPage) -> list[list[int]]:
    """Return the colour in the middle of each channel's square."""
    canvas = view.canvas()
    top = (canvas.shape[0] - SIDE * COUNT // COLUMNS) // 2 + SIDE // 2
    left = (canvas.shape[1] - SIDE * COLUMNS) // 2 + SIDE // 2
    places = [divmod(channel, COLUMNS) for channel in range(COUNT)]
    return [[int(part) for part in canvas[top + row * SIDE, left + column * SIDE]] for row, column in places]


def color_of(channel: int) -> list[int]:
    return [int(COLORS[channel % 5][place : place + 2], 16) for place in (0, 2, 4)]


def shown(view: ViewPage) -> list[int]:
    return [channel for channel, color in enumerate(squares(view)) if max(color) > 100]


def test_the_first_four_of_many_are_shown(view: ViewPage) -> None:
    assert shown(view) == [0, 1, 2, 3]
    assert squares(view)[:4] == [color_of(channel) for channel in range(4)]
    rows = view.page.locator(".channel")
    expect(rows).to_have_count(COUNT)
    expect(rows.nth(2).get_by_label("channel 2 maximum", exact=True)).to_be_visible()
    expect(rows.nth(20).get_by_label("channel 20 maximum", exact=True)).to_be_hidden()


def test_all_forty_are_added_each_with_its_own_limits(view: ViewPage) -> None:
    view.wait_drawn(lambda: view.page.get_by_role("button", name="show all channels").click())
    view.wait_trait("visible", [True] * COUNT)
    # Those beyond the sixteenth are looked at when they are shown, in the browser.
    view.wait_trait("contrast_limits", lambda limits: all(high < 65535 for _, high in limits))
    view.wait()
    assert shown(view) == list(range(COUNT))
    # The black of each of the others may add up to a rounding.
    np.testing.assert_allclose(squares(view), [color_of(channel) for channel in range(COUNT)], atol=4)
    limits = view.viewer.contrast_limits
    assert all(low == 200 and high == 1000 + 10 * channel for channel, (low, high) in enumerate(limits))

    view.wait_drawn(lambda: setattr(view.viewer, "opacity", [0.5] * COUNT))
    np.testing.assert_allclose(squares(view)[39], [part / 2 for part in color_of(39)], atol=4)
    view.page.get_by_role("button", name="hide all channels").click()
    view.wait("empty")
    view.wait_trait("visible", [False] * COUNT)


def test_a_channel_is_found_by_its_name_and_shown(view: ViewPage) -> None:
    field = view.page.get_by_role("searchbox", name="find a channel")
    field.fill("NEL 3")
    rows = view.page.locator(".channel")
    expect(rows).to_have_count(11)
    field.fill("33")
    expect(rows).to_have_count(1)
    view.wait_drawn(lambda: view.page.get_by_role("checkbox", name="channel 33").check())
    view.wait_trait("contrast_limits", lambda limits: limits[33][1] == 1330)
    view.wait()
    assert shown(view) == [0, 1, 2, 3, 33]
    assert squares(view)[33] == color_of(33)
    # Only those that are found.
    view.page.get_by_role("button", name="hide all channels").click()
    view.wait_trait("visible", [channel < 4 for channel in range(COUNT)])
    field.fill("no such thing")
    expect(view.page.get_by_role("status").filter(has_text="No channel has that")).to_be_visible()
    field.fill("")
    expect(rows).to_have_count(COUNT)


def test_what_python_shows_is_looked_at_too(image: Image) -> None:
    viewer = image.view()
    viewer.visible = [channel == 30 for channel in range(COUNT)]
    assert viewer.contrast_limits[30] == (200, 1300)
    assert viewer.contrast_limits[31] == (0, 65535), "it was never shown"
    viewer.contrast_limits = [(0, 65535)] * 31 + [(1, 2)] * 9
    viewer.visible = [channel == 31 for channel in range(COUNT)]
    assert viewer.contrast_limits[31] == (1, 2)
    viewer.close()


@pytest.mark.parametrize("axes", ["cyx", "yxc"])
@pytest.mark.parametrize("alpha", [False, True], ids=["rgb", "rgba"])
def test_a_colour_picture_is_shown_as_it_is(page: Page, tmp_path: Path, axes: str, alpha: bool) -> None:
    rng = np.random.default_rng(0)
    blocks = rng.integers(30, 200, (4, 4, 4 if alpha else 3)).astype("uint8")
    pixels = np.kron(blocks, np.ones((64, 64, 1), "uint8"))
    names = ["red", "green", "blue", "alpha"][: pixels.shape[-1]]
    channels: Any = [
        {"label": name, "color": color, "active": True}
        for name, color in zip(names, ("FF0000", "00FF00", "0000FF", "FFFFFF"), strict=False)
    ]
    stored = np.moveaxis(pixels, -1, 0) if axes == "cyx" else pixels
    where = make_image(tmp_path / "picture.zarr", [np.ascontiguousarray(stored)], axes, omero={"channels": channels})
    image = omezarr_nb.open(where)
    with show_viewer(page, lambda: image.view(height=400)) as shown:
        shown.wait()
        shown.wait_drawn(lambda: page.get_by_role("button", name="1:1").click())
        canvas = shown.canvas()
        assert shown.viewer.contrast_limits[:3] == [(0, 255)] * 3
        assert shown.viewer.visible == [True] * 3 + [False] * alpha
    top, left = (canvas.shape[0] - 256) // 2, (canvas.shape[1] - 256) // 2
    seen = canvas[top + 32 : top + 256 : 64, left + 32 : left + 256 : 64]
    np.testing.assert_allclose(seen, blocks[..., :3], atol=1)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "uint32", "float32"])
def test_limits_are_those_of_the_pixels(tmp_path: Path, dtype: str) -> None:
    pixels = np.linspace(0, 100, 128 * 128).reshape(1, 128, 128).astype(dtype)
    viewer = omezarr_nb.open(make_image(tmp_path / "image.zarr", [pixels], "cyx")).view()
    ((low, high),) = viewer.contrast_limits
    assert 0 <= low < 1
    assert 99 <= high <= 100
    viewer.close()
