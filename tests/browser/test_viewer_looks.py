"""What axe-core finds in volumes, projections and planes side by side, before answers come too; and how they lie."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

import omezarr_nb
from omezarr_nb import Image
from tests.browser.bridge import ViewPage, show_viewer
from tests.browser.contexts import COUNT_CONTEXTS, MOST_CONTEXTS
from tests.browser.test_accessibility import themed, violations
from tests.browser.test_viewer_volume import picture
from tests.stores import make_image

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
VIEW = ".omezarr-nb-viewer"


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """Return a volume with two points in time."""
    pixels = np.random.default_rng(0).integers(0, 200, (2, 8, 32, 48)).astype("uint8")
    units = {"t": "second", **dict.fromkeys("zyx", "micrometer")}
    opened = omezarr_nb.open(make_image(tmp_path / "image.zarr", [pixels], "tzyx", units=units))
    assert isinstance(opened, Image)
    return opened


@pytest.fixture
def view(page: Page, image: Image) -> Iterator[ViewPage]:
    """Return a view of the volume, in the colours of the system."""
    page.set_viewport_size({"width": 1000, "height": 700})
    with show_viewer(page, lambda: image.view(height=240)) as shown:
        shown.wait()
        themed(page, "light")
        yield shown


def found(view: ViewPage, *, rest: bool = True) -> list[str]:
    """Return what axe-core finds in light and dark, once nothing is to come."""
    lines = []
    for scheme in SCHEMES:
        view.page.emulate_media(color_scheme=scheme)
        lines += [f"{scheme} {line}" for line in violations(view.page, VIEW, rest=rest)]
    return lines


def test_axe_finds_nothing_in_volumes(view: ViewPage) -> None:
    view.viewer.volume_clip = {"z": (1, 4)}
    view.wait_drawn(lambda: view.page.get_by_role("button", name="volume", exact=True).click())
    method = view.page.get_by_role("combobox", name="volume method")
    # Each has a control of its own.
    for name, own in (("attenuated", "volume density"), ("surface", "surface threshold")):
        view.wait_drawn(partial(method.select_option, name))
        expect(view.page.get_by_role("slider", name=own)).to_be_visible()
    assert found(view) == []
    view.page.set_viewport_size({"width": 360, "height": 700})
    view.page.get_by_role("button", name="Channel").click()
    expect(method).to_be_visible()
    assert violations(view.page, VIEW) == []


def test_axe_finds_nothing_where_planes_are_put_together(view: ViewPage) -> None:
    view.viewer.playing = "z"
    view.wait_drawn(lambda: view.page.get_by_label("planes of z").select_option("maximum"))
    assert found(view) == []
    # The slider has no say, and nothing plays along it.
    expect(view.page.get_by_role("slider", name="z", exact=True)).to_be_disabled()
    view.wait_trait("playing", "")
    view.wait_drawn(lambda: view.page.get_by_role("button", name="one plane again").click())
    expect(view.page.get_by_role("slider", name="z", exact=True)).to_be_enabled()


def test_axe_finds_nothing_before_answers_have_come(view: ViewPage) -> None:
    view.held = True
    view.page.get_by_role("button", name="paint labels").click()
    view.page.get_by_role("button", name="shapes").click()
    view.page.get_by_label("planes of z").select_option("maximum")
    expect(view.page.get_by_role("group", name="projection")).to_be_visible()
    assert violations(view.page, VIEW, rest=False) == []
    view.page.get_by_role("button", name="volume", exact=True).click()
    expect(view.root).to_have_attribute("data-state", "loading")
    expect(view.page.locator(".progress")).to_be_visible()
    # What is done on planes waits for them.
    for name in ("paint labels", "shapes"):
        expect(view.page.get_by_role("button", name=name)).to_be_disabled()
    assert found(view, rest=False) == []
    view.held = False
    view.wait()


@pytest.mark.parametrize("width", [1200, 900])
def test_pictures_side_by_side_begin_alike(page: Page, image: Image, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    made: list[omezarr_nb.Orthogonal] = []

    def first() -> omezarr_nb.ImageViewer:
        made.append(omezarr_nb.orthogonal(image, height=200))
        return made[0].xy

    with show_viewer(page, first) as view:
        (planes,) = made
        for other in planes.views[1:]:
            view.show(other)
        page.evaluate(
            """columns => {
                const views = [...document.querySelectorAll("body > div")];
                const grid = document.body.appendChild(document.createElement("div"));
                grid.className = "widget-gridbox";
                grid.style.cssText = `display: grid; gap: 4px; grid-template-columns: ${columns}`;
                grid.append(...views);
            }""",
            planes.layout.grid_template_columns,
        )
        themed(page, "light")
        # In the narrower one the heading of the first view has two lines.
        page.wait_for_function(
            """() => {
                const [one, other] = document.querySelectorAll(".stage");
                return other && one.getBoundingClientRect().top === other.getBoundingClientRect().top;
            }"""
        )
        assert violations(page, VIEW) == []
        planes.close()


@pytest.fixture
def labelled(tmp_path: Path) -> Image:
    """Return a black volume with one label that lies in it, and labels without depth."""
    where = make_image(tmp_path / "labelled.zarr", [np.zeros((8, 24, 32), "uint8")], "zyx")
    ids = np.zeros((8, 24, 32), "uint32")
    ids[2:6, 4:20, 4:16] = 2**31 + 7
    ids[2:6, 4:20, 18:28] = 9
    described = {"properties": [{"label-value": 9, "area": 3}]}
    omezarr_nb.write_labels(ids, where, name="cells", axes="zyx", scale_factors=[], label_metadata=described)
    omezarr_nb.write_labels(ids[3], where, name="flat", axes="yx", scale_factors=[])
    opened = omezarr_nb.open(where)
    assert isinstance(opened, Image)
    return opened


#: From a little above and aside, eight screen pixels for a voxel.
ASLANT: dict[str, Any] = {"volume": True, "volume_rotation": (0.1, 0.15, 0.02, 0.98), "volume_zoom": 8.0}


def test_labels_are_seen_and_selected_in_a_volume(page: Page, labelled: Image) -> None:
    page.set_viewport_size({"width": 720, "height": 700})
    with show_viewer(page, lambda: labelled.view(height=240, label_opacity=0.8, **ASLANT)) as view:
        view.wait()
        drawn = picture(view)
        height, width = drawn.shape[:2]
        made = np.asarray(view.viewer.snapshot(width=width, height=height))[..., :3].astype(int)
        off = np.abs(made - drawn).max(axis=2)
        assert drawn.max() > 100
        assert np.median(off) <= 1
        assert (off > 12).mean() < 0.03
        # The box of the second one lies right of the middle.
        box = page.get_by_role("application").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2 + 55, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        readout = page.get_by_label("pixel under the pointer")
        expect(readout).to_contain_text("cells 9")
        page.mouse.click(x, y)
        view.wait_trait("selected_labels", {"cells": (9,)})
        page.keyboard.down("Shift")
        page.mouse.click(box["x"] + box["width"] / 2 - 55, y)
        page.keyboard.up("Shift")
        view.wait_trait("selected_labels", {"cells": (9, 2**31 + 7)})
        assert view.viewer.volume_rotation == pytest.approx(ASLANT["volume_rotation"], abs=0.01), (
            "a click turns nothing"
        )
        # Beside all labels it selects none; those without depth are told of.
        page.mouse.click(box["x"] + 5, box["y"] + 5)
        view.wait_trait("selected_labels", {})
        page.get_by_role("checkbox", name="flat").check()
        expect(page.locator('[data-notice="labels"]')).to_contain_text("“flat” have no depth")
        # How to select is said where there is a label that can be.
        hint = page.get_by_text("Click a label to select it.")
        expect(hint).to_be_visible()
        page.get_by_role("checkbox", name="cells").uncheck()
        expect(hint).to_have_count(0)
        page.get_by_role("button", name="volume", exact=True).click()
        expect(hint).to_be_visible()
        view.wait()


@pytest.fixture
def touched(browser: Browser) -> Iterator[Page]:
    """Return a page that is touched."""
    context = browser.new_context(viewport={"width": 320, "height": 640}, has_touch=True)
    yield context.new_page()
    context.close()


def test_two_fingers_move_and_zoom_a_volume(touched: Page, labelled: Image) -> None:
    with show_viewer(touched, lambda: labelled.view(height=240, **ASLANT)) as view:
        view.wait()
        box = touched.get_by_role("application").bounding_box()
        assert box is not None
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        session = touched.context.new_cdp_session(touched)

        def touch(kind: str, *points: tuple[float, float]) -> None:
            fingers = [{"x": middle[0] + x, "y": middle[1] + y, "id": number} for number, (x, y) in enumerate(points)]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

        rotation = view.viewer.volume_rotation
        touch("touchStart", (-20, 0))
        touch("touchStart", (-20, 0), (20, 0))
        touch("touchMove", (-40, 0), (40, 0))
        touch("touchEnd")
        view.wait_trait("volume_zoom", pytest.approx(16, rel=0.05))
        assert view.viewer.volume_rotation == rotation
        # One finger turns.
        touch("touchStart", (0, 0))
        touch("touchMove", (20, 0))
        touch("touchMove", (40, 0))
        touch("touchEnd")
        view.wait_trait("volume_rotation", lambda now: now != rotation)
        assert view.viewer.volume_zoom == pytest.approx(16, rel=0.05)


def test_volumes_of_many_views_draw_with_few_contexts(page: Page, labelled: Image, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 720, "height": 2800})
    page.evaluate(COUNT_CONTEXTS)
    field = make_image(tmp_path / "over.zarr", [np.zeros((8, 24, 32), "uint8")], "zyx")
    traits: dict[str, Any] = {"height": 120} | ASLANT
    with show_viewer(page, lambda: labelled.view(layers=[field], **traits)) as view:
        others = [labelled.view(**traits, compact=True) for _ in range(8)]
        for other in others:
            view.show(other)
        expect(page.locator('.omezarr-nb-viewer[data-state="ready"]')).to_have_count(9, timeout=30_000)
        assert 0 < page.evaluate("most") <= MOST_CONTEXTS
        bright = """() => [...document.querySelectorAll(".volume-picture canvas")].every((canvas) =>
            canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some(
                (value, place) => place % 4 < 3 && value > 50))"""
        page.wait_for_function(bright)
        # One image alone is a volume, and that is said.
        expect(page.locator('[data-notice="labels"]')).to_contain_text("that of the first image")
        for other in others:
            other.close()
