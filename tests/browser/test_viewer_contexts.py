"""Many views on one page: all draw, with one WebGL context, which is given back and survives its loss."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import omezarr_nb
from omezarr_nb import Image
from tests.browser.bridge import ViewPage, show_viewer
from tests.browser.contexts import COUNT_CONTEXTS, MOST_CONTEXTS
from tests.stores import make_image

COLORS = ("#ff0000", "#00ff00", "#0000ff", "#ffff00", "#ff00ff", "#00ffff")


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """Return an image that is white all over, with a black border."""
    pixels = np.full((2, 96, 96), 200, "uint8")
    pixels[:, [0, -1]] = 0
    where = make_image(tmp_path / "image.zarr", [pixels], "zyx", chunks=(1, 96, 96))
    return omezarr_nb.open(where)


def colored(image: Image, color: str) -> omezarr_nb.ImageViewer:
    """Return a view in one colour."""
    return omezarr_nb.ImageViewer(image, height=120, colors=[color], contrast_limits=[(0, 200)])


def drawn_colors(view: ViewPage) -> list[str]:
    """Return the colour in the middle of each view's canvas."""
    found: list[str] = view.page.evaluate(
        """() => [...document.querySelectorAll(".omezarr-nb-viewer")].map((view) => {
            const canvas = view.querySelector(".picture canvas");
            const copy = new OffscreenCanvas(1, 1).getContext("2d");
            copy.drawImage(canvas, canvas.width / 2, canvas.height / 2, 1, 1, 0, 0, 1, 1);
            const [red, green, blue] = copy.getImageData(0, 0, 1, 1).data;
            return "#" + [red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("");
        })"""
    )
    return found


def wait_colors(view: ViewPage, expected: list[str]) -> None:
    """Wait until every view has drawn its colour."""
    view.until(lambda: drawn_colors(view), expected)


def test_twenty_views_in_sight_at_once_draw_with_few_contexts(page: Page, image: Image) -> None:
    page.set_viewport_size({"width": 720, "height": 4800})
    page.evaluate(COUNT_CONTEXTS)
    expected = [COLORS[number % len(COLORS)] for number in range(20)]
    with show_viewer(page, lambda: colored(image, expected[0])) as view:
        others = [colored(image, color) for color in expected[1:]]
        for other in others:
            view.show(other)
        wait_colors(view, expected)
        assert 0 < page.evaluate("most") <= MOST_CONTEXTS
        # They stay as they are while one of them is worked with, of another size too.
        others[7].height = 200
        others[7].colors = ["#ffffff"]
        expected[8] = "#ffffff"
        wait_colors(view, expected)
        assert page.evaluate("most") <= MOST_CONTEXTS
        for other in others:
            other.close()


def test_no_context_is_held_while_no_view_is_in_sight(page: Page, image: Image) -> None:
    page.evaluate(COUNT_CONTEXTS)
    with show_viewer(page, lambda: colored(image, "#00ff00")) as view:
        wait_colors(view, ["#00ff00"])
        assert page.evaluate("alive()") == 1
        page.evaluate("document.body.style.paddingTop = '4000px'")
        page.wait_for_function("alive() === 0")
        assert drawn_colors(view) == ["#00ff00"], "what was drawn stays"
        page.evaluate("document.body.style.paddingTop = 0")
        page.wait_for_function("alive() === 1")
        view.wait_drawn(lambda: setattr(view.viewer, "indices", {"z": 0}))
        wait_colors(view, ["#00ff00"])
        page.evaluate("ends.splice(0).forEach((end) => end())")
        page.wait_for_function("alive() === 0")


def test_a_lost_context_is_made_anew_and_the_picture_stays_meanwhile(page: Page, image: Image) -> None:
    page.evaluate(COUNT_CONTEXTS)
    lose = "() => [...contexts].at(-1).getExtension('WEBGL_lose_context').loseContext()"
    with show_viewer(page, lambda: colored(image, "#00ff00")) as view:
        wait_colors(view, ["#00ff00"])
        page.evaluate(lose)
        assert drawn_colors(view) == ["#00ff00"]
        page.wait_for_function("alive() === 1")
        view.viewer.colors = ["#0000ff"]
        wait_colors(view, ["#0000ff"])
        # A browser that takes it away again is not fought with: the view says so, and waits to be asked.
        page.evaluate(lose)
        expect(view.root).to_contain_text("graphics memory")
        assert drawn_colors(view) == ["#0000ff"]
        view.viewer.colors = ["#ff0000"]
        view.root.get_by_role("button", name="try again").first.click()
        wait_colors(view, ["#ff0000"])
        expect(view.root).not_to_contain_text("graphics memory")


def test_a_view_that_is_closed_or_out_of_sight_gives_back_its_textures(page: Page, image: Image) -> None:
    page.evaluate(
        """() => {
            globalThis.textures = 0;
            const { createTexture, deleteTexture } = WebGL2RenderingContext.prototype;
            WebGL2RenderingContext.prototype.createTexture = function () {
                textures += 1;
                return createTexture.call(this);
            };
            WebGL2RenderingContext.prototype.deleteTexture = function (texture) {
                textures -= texture ? 1 : 0;
                deleteTexture.call(this, texture);
            };
        }"""
    )
    with show_viewer(page, lambda: colored(image, "#00ff00")) as view:
        wait_colors(view, ["#00ff00"])
        alone = page.evaluate("textures")
        other = colored(image, "#ff0000")
        view.show(other)
        wait_colors(view, ["#00ff00", "#ff0000"])
        assert page.evaluate("textures") > alone
        page.evaluate("ends.pop()()")
        page.wait_for_function("alone => textures === alone", arg=alone)
        view.show(other)
        wait_colors(view, ["#00ff00", "#ff0000"])
        page.evaluate("[...document.querySelectorAll('.omezarr-nb-viewer')].at(-1).style.marginTop = '5000px'")
        page.wait_for_function("alone => textures === alone", arg=alone)
        assert drawn_colors(view) == ["#00ff00", "#ff0000"], "what was drawn stays"
        other.close()
