"""Volumes in the view: pixels against numpy and the kernel's picture, turning, clipping, and what goes wrong."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from omezarr_nb.core.image import Image
from omezarr_nb.viewers.bundle import bundle
from tests.browser.bridge import ViewPage, show_viewer
from tests.browser.contexts import COUNT_CONTEXTS
from tests.viewers.service import FaultyStore, faulty_image

HALF = math.sqrt(0.5)
FRONT, SIDE = (0.0, 0.0, 0.0, 1.0), (0.0, HALF, 0.0, HALF)
ASLANT = (-0.2, 0.35, 0.1, math.sqrt(1 - 0.04 - 0.1225 - 0.01))
#: Voxels of 2 x 1 x 1 that do not begin at 0, in two levels; a box of 200 in one corner, and a dim plane.
PHANTOM = np.full((12, 24, 32), 20, "uint16")
PHANTOM[2:6, 4:12, 16:28] = 200
PHANTOM[9] = 60
COARSE = PHANTOM.reshape(12, 12, 2, 16, 2).mean(axis=(2, 4)).astype("uint16")
ZOOM = 6


def phantom() -> tuple[Image, FaultyStore]:
    """Return the phantom as an image."""
    placed = {"scales": [(2, 1, 1), (2, 2, 2)], "translations": [(50, 7, -3), (50, 7.5, -2.5)]}
    return faulty_image(
        [PHANTOM, COARSE], "zyx", chunks=(4, 12, 16), units=dict.fromkeys("zyx", "micrometer"), **placed
    )


@pytest.fixture
def shown(page: Page) -> Iterator[tuple[ViewPage, FaultyStore]]:
    """Return a view of the phantom from the front, six screen pixels for a voxel, and its store."""
    image, store = phantom()
    look: dict[str, Any] = {"contrast_limits": [(0, 200)], "colors": ["#ffffff"], "height": 240}
    page.set_viewport_size({"width": 720, "height": 700})
    page.evaluate(COUNT_CONTEXTS)
    first = {"volume": True, "volume_rotation": FRONT, "volume_zoom": ZOOM}
    with show_viewer(page, lambda: image.view(**look, **first)) as view:
        view.wait()
        yield view, store


@pytest.fixture
def view(shown: tuple[ViewPage, FaultyStore]) -> ViewPage:
    """Return that view alone."""
    return shown[0]


def picture(view: ViewPage) -> np.ndarray[Any, Any]:
    """Return what is drawn of the volume, (rows, columns, RGB), without the lines over it."""
    from matplotlib.image import imread

    url = view.page.evaluate("document.querySelector('.volume-picture canvas').toDataURL()")
    shot = imread(io.BytesIO(base64.b64decode(url.split(",")[1])), format="png")
    pixels: np.ndarray[Any, Any] = np.rint(shot[..., :3] * 255).astype(int)
    return pixels


def at(view: ViewPage, across: float, down: float) -> int:
    """Return the brightness so many units of the world from the middle of the picture."""
    pixels = picture(view)
    rows, columns = pixels.shape[:2]
    return int(pixels[int(rows / 2 + down * ZOOM), int(columns / 2 + across * ZOOM), 0])


def box(view: ViewPage) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of what is bright, in units of the world from the middle."""
    bright = picture(view)[..., 0] > 160
    rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    middle = np.array(bright.shape)[::-1] / 2
    ends = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
    left, top, right, bottom = ((end - middle[n % 2]) / ZOOM for n, end in enumerate(ends))
    return left, top, right, bottom


def test_a_box_is_where_it_lies_from_the_front_and_from_the_side(view: ViewPage) -> None:
    # The middle of the volume is voxel 16, 12, 6; edges lie half way between voxels.
    assert box(view) == pytest.approx((0, -8, 12, 0), abs=0.35)
    view.wait_drawn(lambda: view.page.get_by_role("button", name="side", exact=True).click())
    view.wait_drawn(lambda: setattr(view.viewer, "volume_zoom", float(ZOOM)))
    left, top, right, bottom = box(view)
    # Planes 2 to 6 of 12, each of two units; from which end depends on the side.
    assert (right - left, bottom - top) == pytest.approx((8, 8), abs=0.6)
    assert {round(left), round(right)} in ({-8, 0}, {0, 8})
    assert top == pytest.approx(-8, abs=0.35)


def test_each_method_shows_what_numpy_says(view: ViewPage) -> None:
    within, beside = (slice(None), 8, 22), (slice(None), 8, 6)
    for method, reduce in (("maximum", np.max), ("minimum", np.min), ("mean", np.mean)):
        if method != "maximum":
            view.wait_drawn(partial(setattr, view.viewer, "volume_method", method))
        for place, across in ((within, 6.5), (beside, -9.5)):
            expected = min(reduce(PHANTOM[place]) / 200, 1) * 255
            assert abs(at(view, across, -3.5) - expected) <= 2, (method, place)
    longest = 32
    bright = PHANTOM[within] / 200
    view.wait_drawn(lambda: view.viewer.set_trait("volume_method", "additive"))
    view.wait_drawn(lambda: setattr(view.viewer, "volume_density", 2.0))
    assert abs(at(view, 6.5, -3.5) - min(bright.sum() * 2 / longest * 2, 1) * 255) <= 3
    view.wait_drawn(lambda: setattr(view.viewer, "volume_method", "attenuated"))
    passed = np.concatenate([[0], np.cumsum(bright)[:-1]]) * 2 / longest * 2
    assert abs(at(view, 6.5, -3.5) - (bright * np.exp(-passed)).max() * 255) <= 3
    view.wait_drawn(lambda: setattr(view.viewer, "volume_method", "surface"))
    # A face that faces the viewer is fully lit; of what is below the threshold there is nothing.
    assert at(view, 6.5, -3.5) >= 250
    assert at(view, -9.5, -3.5) == 0


def test_the_picture_is_the_kernels(view: ViewPage) -> None:
    view.wait_drawn(lambda: setattr(view.viewer, "volume_rotation", ASLANT))
    for method in ("maximum", "mean", "surface"):
        if method != "maximum":
            view.wait_drawn(partial(setattr, view.viewer, "volume_method", method))
        drawn = picture(view)
        height, width = drawn.shape[:2]
        made = np.asarray(view.viewer.snapshot(width=width, height=height))[..., :3].astype(int)
        off = np.abs(made - drawn).max(axis=2)
        assert np.median(off) <= 1, method
        assert (off > 12).mean() < 0.03, method


def test_what_is_clipped_is_not_drawn(view: ViewPage) -> None:
    # Planes 2 to 6 lie from 53 to 61: without them there is the dim plane.
    view.wait_drawn(lambda: setattr(view.viewer, "volume_clip", {"z": (61, 80)}))
    assert abs(at(view, 6.5, -3.5) - 60 / 200 * 255) <= 2
    view.wait_drawn(lambda: setattr(view.viewer, "volume_clip", {"x": (-10, 20)}))
    left, _, right, _ = box(view)
    assert (left, right) == pytest.approx((0, 20 - 12.5), abs=0.35)
    handle = view.page.get_by_role("slider", name="x to", exact=True)
    track = handle.bounding_box()
    assert track is not None
    x = 6 + (track["width"] - 12) * 23.5 / 32
    view.wait_drawn(lambda: handle.dblclick(position={"x": x, "y": 12}))
    view.wait_trait("volume_clip", {})
    view.page.get_by_role("slider", name="y from", exact=True).press("PageUp")
    assert view.wait_trait("volume_clip", lambda clip: "y" in clip)["y"] == pytest.approx((16.5, 30.5))


def test_it_is_turned_moved_and_seen_as_at_first(view: ViewPage) -> None:
    stage = view.page.get_by_role("application")
    place = stage.bounding_box()
    assert place is not None
    x, y = place["x"] + 150, place["y"] + 120
    mouse = view.page.mouse

    def drag() -> None:
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + 60, y, steps=3)
        mouse.up()

    view.wait_drawn(drag)
    angle = 60 / 240 * math.pi / 2
    turned = view.wait_trait("volume_rotation", lambda rotation: rotation != FRONT)
    assert turned == pytest.approx((0, -math.sin(angle), 0, math.cos(angle)), abs=1e-3)
    assert view.viewer.center == () or view.viewer.zoom != ZOOM  # the plane's camera is another one
    view.page.keyboard.down("Shift")
    view.wait_drawn(drag)
    view.page.keyboard.up("Shift")
    assert view.wait_trait("volume_center", lambda center: len(center) == 3)[0] < 12.5
    stage.focus()
    view.wait_drawn(lambda: mouse.wheel(0, -200))
    assert view.wait_trait("volume_zoom", lambda zoom: zoom > ZOOM) < 2 * ZOOM
    view.wait_drawn(lambda: stage.press("ArrowUp"))
    view.wait_drawn(lambda: stage.dblclick(position={"x": 200, "y": 100}))
    view.wait_trait("volume_zoom", 0)
    assert view.viewer.volume_center == ()
    first: Any = view.viewer.trait_defaults("volume_rotation")
    assert view.viewer.volume_rotation == first


def test_volumes_come_in_few_bounded_parts_and_are_freed(view: ViewPage) -> None:
    parts = [content for content in view.requests if content["kind"] == "volume"]
    assert [part["level"] for part in parts] == [0]
    assert view.tile_requests() == 0
    stage = view.page.get_by_role("application")
    stage.focus()
    view.wait_drawn(lambda: stage.press("v"))
    view.wait_trait("volume", False)
    assert view.tile_requests() > 0
    expect(view.page.locator(".volume-picture")).to_be_hidden()
    assert view.page.evaluate("contexts.size") == 1, "both draw with one context"
    expect(view.page.get_by_role("combobox", name="volume method")).to_be_hidden()
    view.wait_drawn(lambda: view.page.get_by_role("button", name="volume", exact=True).click())
    assert box(view) == pytest.approx((0, -8, 12, 0), abs=0.35)
    # A pinned level is drawn, too.
    view.wait_drawn(lambda: setattr(view.viewer, "level", 1))
    view.wait_trait("shown_level", 1)
    assert box(view) == pytest.approx((0, -8, 12, 0), abs=0.6)


def test_a_store_that_fails_is_said_and_tried_again(shown: tuple[ViewPage, FaultyStore]) -> None:
    view, store = shown
    store.failing = "1/c"
    view.viewer.level = 1
    notice = view.page.locator('[data-notice="volume"]')
    expect(notice).to_contain_text("the disk went away")
    # What was drawn stays.
    assert box(view) == pytest.approx((0, -8, 12, 0), abs=0.35)
    store.failing = ""
    view.wait_drawn(lambda: notice.get_by_role("button", name="try again").click())
    expect(notice).to_have_count(0)
    view.wait_trait("shown_level", 1)


def test_a_lost_context_comes_back(view: ViewPage) -> None:
    asked = len(view.requests)
    view.page.evaluate("[...contexts].at(-1).getExtension('WEBGL_lose_context').loseContext()")
    view.page.wait_for_function("alive() === 1")
    view.wait_drawn(lambda: setattr(view.viewer, "volume_clip", {"z": (61, 80)}))
    assert abs(at(view, 6.5, -3.5) - 60 / 200 * 255) <= 2
    assert len(view.requests) == asked, "the voxels were there"


def test_an_image_without_depth_offers_no_volume(page: Page) -> None:
    image, _ = faulty_image([PHANTOM[3]], "yx")
    with show_viewer(page, lambda: image.view(height=240)) as view:
        view.wait()
        expect(page.get_by_role("button", name="volume", exact=True)).to_have_count(0)
        expect(page.get_by_label("planes of z")).to_have_count(0)


def parts_asked(view: ViewPage) -> list[str]:
    """Return the parts of the viewer that were fetched."""
    return [content["part"] for content in view.requests if content["kind"] == "part"]


def test_what_draws_volumes_is_fetched_when_one_is_asked_for(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    with show_viewer(page, lambda: phantom()[0].view(height=240)) as view:
        view.wait()
        assert parts_asked(view) == []
        cube = page.get_by_role("button", name="volume", exact=True)
        notice = page.locator('[data-notice="volume"]')
        with monkeypatch.context() as broken:
            broken.setattr("omezarr_nb.viewers.image.bundle", lambda: replace(bundle(), parts={}))
            cube.click()
            expect(notice).to_contain_text("What draws volumes could not be had: The viewer has no such part.")
            # The planes are seen again, and moved.
            view.wait_trait("volume", False)
            expect(cube).to_have_attribute("aria-pressed", "false")
            asked, x = view.tile_requests(), view.viewer.center[0]
            view.wait_drawn(lambda: page.get_by_role("application").press("ArrowRight"))
            assert view.viewer.center[0] != x
            assert view.tile_requests() >= asked
        view.held = True
        notice.get_by_role("button", name="try again").click()
        expect(notice).to_have_text("Getting what draws volumes …")
        expect(cube).to_have_attribute("aria-busy", "true")
        expect(view.root).to_have_attribute("data-state", "loading")
        view.held = False
        view.wait()
        expect(page.locator(".volume-picture")).to_be_visible()
        expect(page.get_by_role("combobox", name="volume method")).to_be_visible()
        expect(notice).to_have_count(0)
        expect(cube).not_to_have_attribute("aria-busy", "true")
        for pressed in ("false", "true"):
            view.wait_drawn(cube.click)
            expect(cube).to_have_attribute("aria-pressed", pressed)
        assert parts_asked(view) == ["volume"] * 2, "a page fetches it once"


def test_without_a_kernel_planes_stay_and_the_reason_is_said(page: Page) -> None:
    with show_viewer(page, lambda: phantom()[0].view(height=240)) as view:
        view.wait()
        page.evaluate("for (const model of Object.values(models)) model.emit('comm:close')")
        page.get_by_role("button", name="volume", exact=True).click()
        notice = page.locator('[data-notice="volume"]')
        expect(notice).to_contain_text("Volumes need a kernel")
        expect(page.locator('[data-notice="kernel"]')).to_contain_text("The kernel is not answering")
        expect(page.get_by_role("slider", name="z", exact=True)).to_be_enabled()
        expect(view.root).to_have_attribute("data-state", "ready")
        view.wait_drawn(lambda: page.get_by_role("application").press("ArrowRight"))


def test_planes_are_put_together_and_the_readout_says_so(view: ViewPage) -> None:
    view.viewer.volume = False
    view.wait_drawn(lambda: view.page.get_by_label("planes of z").select_option("maximum"))
    view.wait_trait("projection", {"axis": "z", "method": "maximum", "range": (0, 11)})
    stage = view.page.get_by_role("application")

    def brightness(column: float, row: float) -> int:
        canvas = view.canvas()
        rows, columns = canvas.shape[:2]
        y = rows / 2 + (row + 7 - view.viewer.center[1]) * view.viewer.zoom
        x = columns / 2 + (column - 3 - view.viewer.center[0]) * view.viewer.zoom
        return int(canvas[int(y), int(x), 0])

    for column, row in ((22, 8), (6, 8)):
        assert abs(brightness(column, row) - PHANTOM[:, row, column].max() / 200 * 255) <= 1
    place = stage.bounding_box()
    assert place is not None
    view.page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    expect(view.page.locator(".readout")).to_contain_text("maximum of z 0–11")
    view.page.get_by_label("first plane").fill("6")
    view.wait_drawn(lambda: view.page.get_by_label("first plane").press("Enter"))
    view.wait_trait("projection", lambda projection: projection["range"] == (6, 11))
    assert abs(brightness(22, 8) - 60 / 200 * 255) <= 1
    before = view.tile_requests()
    view.viewer.indices = {"z": 3}
    view.rest()
    assert view.tile_requests() == before
    view.wait_drawn(lambda: view.page.get_by_label("planes of z").select_option("sum"))
    # Its values are others than those of one plane, and so are the limits: most of it lies at one value.
    assert view.wait_trait("contrast_limits", lambda limits: limits[0][1] != 200)[0][1] == 5 * 20 + 60
    view.wait_drawn(lambda: view.page.get_by_role("button", name="one plane again").click())
    view.wait_trait("projection", {})
