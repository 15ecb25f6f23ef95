"""What axe-core finds in volumes, projections and planes side by side, before answers come too; and how they lie."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import omezarr_nb
from omezarr_nb import Image
from tests.browser.bridge import ViewPage, show_viewer
from tests.browser.test_accessibility import themed, violations
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
