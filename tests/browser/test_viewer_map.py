"""Where one is: the map in the corner, places that are typed, and the values of channels that are not shown."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import omezarr_nb
from omezarr_nb.viewers.planes import ImagePlanes
from tests.browser.bridge import ViewPage, show_viewer


@pytest.fixture
def view(page: Page, tmp_path: Path) -> Iterator[ViewPage]:
    """Return a view of 2 channels x 10 planes of 512 x 512 pixels: 100 left, 200 right; 7 + plane."""
    half = np.where(np.arange(512) < 256, 100, 200).astype("uint8")
    first = np.broadcast_to(half, (10, 512, 512))
    second = np.broadcast_to(7 + np.arange(10, dtype="uint8")[:, None, None], (10, 512, 512))
    image = omezarr_nb.write_image(
        np.stack([first, second]),
        tmp_path / "image.zarr",
        axes="czyx",
        scale={"z": 0.5, "y": 0.25, "x": 0.25},
        units="micrometer",
        scale_factors=[{"y": 2, "x": 2}, {"y": 4, "x": 4}],
        channels=["left", "plane"],
    )
    look = {"contrast_limits": [(0, 255), (0, 255)], "colors": ["red", "lime"], "visible": [True, False]}
    with show_viewer(page, lambda: image.view(height=400, **look)) as shown:
        shown.wait()
        yield shown


def test_the_map_is_there_when_one_looks_closer_and_leads_elsewhere(view: ViewPage) -> None:
    map_ = view.page.locator(".minimap")
    expect(map_).to_be_hidden()
    fitted = view.viewer.zoom
    view.wait_drawn(lambda: setattr(view.viewer, "zoom", 4 * fitted))
    expect(map_).to_be_visible()
    box = map_.bounding_box()
    here = view.page.locator(".here").bounding_box()
    assert box is not None
    assert here is not None
    # A quarter of the picture's height; the middle of the image.
    assert here["height"] == pytest.approx(box["height"] / 4 * 400 / 384, abs=4)
    assert here["x"] + here["width"] / 2 == pytest.approx(box["x"] + box["width"] / 2, abs=3)
    pixels = view.page.evaluate(
        """() => {
          const canvas = document.querySelector(".minimap canvas");
          const at = (x) => canvas.getContext("2d").getImageData(x, canvas.height / 2, 1, 1).data[0];
          return [at(canvas.width / 4), at((3 * canvas.width) / 4)];
        }"""
    )
    assert pixels == [100, 200]
    # A press, and a drag, go there.
    view.page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    view.page.mouse.down()
    view.wait_trait("center", lambda at: at[0] == pytest.approx(0.75 * 128, abs=2))
    view.page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.25, steps=3)
    view.page.mouse.up()
    view.wait_trait("center", lambda at: at[0] == pytest.approx(32, abs=2) and at[1] == pytest.approx(32, abs=2))
    view.page.set_viewport_size({"width": 500, "height": 700})
    expect(map_).to_be_hidden()


def test_planes_that_pass_ask_for_no_map(view: ViewPage) -> None:
    view.wait_drawn(lambda: setattr(view.viewer, "zoom", 4 * view.viewer.zoom))
    expect(view.page.locator(".minimap")).to_be_visible()
    before = len(view.requests)
    # Two frames for each plane, more only where the machine is busy.
    milliseconds = view.page.get_by_role("slider", name="z", exact=True).evaluate(
        """async (slider) => {
            const passed = {};
            for (const z of [6, 7, 8]) {
                const start = performance.now();
                slider.value = z;
                slider.dispatchEvent(new Event("input", { bubbles: true }));
                for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
                passed[z] = performance.now() - start;
            }
            return passed;
        }"""
    )
    view.wait()
    coarse = {sent["indices"][1] for sent in view.requests[before:] if sent["kind"] == "tiles" and sent["level"] == 2}
    assert 8 in coarse, "where it rests the map follows"
    assert not {z for z in coarse - {8} if milliseconds[str(z)] < 350}


@pytest.mark.parametrize(
    ("typed", "plane"), [("3", 3), ("1.5 um", 3), ("2000nm", 4), ("0,002 mm", 4), ("99 µm", 9), ("2 s", 5)]
)
def test_a_place_is_typed_with_its_unit(view: ViewPage, typed: str, plane: int) -> None:
    field = view.page.get_by_label("z index")
    assert field.get_attribute("title") == "an index, or a place such as 4.5\u2009µm"
    field.fill(typed)
    field.press("Enter")
    view.wait_trait("indices", {"z": plane})
    expect(field).to_have_value(str(plane))


def test_a_pointer_that_rests_is_told_of_channels_that_are_not_shown(view: ViewPage) -> None:
    box = view.page.get_by_role("application").bounding_box()
    assert box is not None
    view.page.mouse.move(box["x"] + box["width"] / 2 - 40, box["y"] + 200)
    readout = view.page.locator(".readout")
    expect(readout).to_contain_text("left 100")
    expect(readout).to_contain_text("not shown: plane 12")
    view.viewer.indices = {"z": 2}  # what is known of another plane is not said of this one
    expect(readout).not_to_contain_text("plane 12")
    view.page.mouse.move(box["x"] + box["width"] / 2 + 40, box["y"] + 200)
    expect(readout).to_contain_text("left 200")
    expect(readout).to_contain_text("not shown: plane 9")


def test_the_bar_is_not_shown_while_tiles_go_on_coming(view: ViewPage, monkeypatch: pytest.MonkeyPatch) -> None:
    read = ImagePlanes.tile

    def slow(self: ImagePlanes, *place: Any, **options: Any) -> Any:
        time.sleep(0.1)
        return read(self, *place, **options)

    monkeypatch.setattr(ImagePlanes, "tile", slow)
    view.page.evaluate(
        """() => {
          const bar = document.querySelector(".progress");
          globalThis.seen = 0;
          let came = 0;
          for (const model of Object.values(models))
            model.on("msg:custom", ({ kind }) => { came = kind === "tiles" && !bar.hidden ? came + 1 : 0; });
          document.addEventListener("omezarr_nb:drawn", () => { if (!bar.hidden) seen = Math.max(seen, came); });
        }"""
    )
    start = view.viewer.indices["z"]
    view.viewer.fps = 10.0
    view.viewer.playing = "z"
    view.wait_trait("indices", lambda at: (at["z"] - start) % 10 >= 8)
    view.viewer.playing = ""
    # On a machine that is busy nothing may come for long: then it is shown, and goes with what comes next.
    assert view.page.evaluate("seen") < 3
    # The kernel falls silent: now it is.
    view.answering = False
    view.page.get_by_role("slider", name="z", exact=True).fill("1")
    view.page.get_by_role("checkbox", name="plane").check()
    expect(view.page.locator(".progress")).to_be_visible()
    view.answering = True
