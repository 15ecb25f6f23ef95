"""Several images in one view, compared, and the planes of a volume: what is drawn, and what is dragged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import omezarr_nb
from omezarr_nb.core.image import Image
from omezarr_nb.viewers.image import ImageViewer
from omezarr_nb.viewers.orthogonal import Orthogonal
from tests.browser.bridge import ViewPage, show_viewer
from tests.browser.test_accessibility import violations

LOOK = {"contrast_limits": [(0, 255), (0, 255)], "colors": ["red", "lime"], "height": 400}


@pytest.fixture
def images(tmp_path: Path) -> tuple[Image, Image]:
    """Return 256 x 256 pixels of 100, and half as many of twice the size with a bright quarter: 40, and 140."""
    fine = np.full((256, 256), 100, "uint8")
    coarse = np.full((128, 128), 40, "uint16")
    coarse[:64, 64:] = 140
    return (
        omezarr_nb.write_image(fine, tmp_path / "fine.zarr", scale_factors=[2]),
        omezarr_nb.write_image(
            coarse, tmp_path / "coarse.zarr", scale=(2, 2), translation=(0.5, 0.5), units=None, levels=1
        ),
    )


@pytest.fixture
def view(page: Page, images: tuple[Image, Image]) -> Iterator[ViewPage]:
    """Return a view of both, a pixel on each of the screen's."""
    with show_viewer(page, lambda: images[0].view(layers=[images[1]], center=(127.5, 127.5), zoom=1, **LOOK)) as shown:
        shown.wait()
        yield shown


def at(view: ViewPage, x: int, y: int) -> list[int]:
    """Return the colour of a pixel of the first image."""
    canvas = view.canvas()
    height, width = canvas.shape[:2]
    return [int(part) for part in canvas[height // 2 - 128 + y, width // 2 - 128 + x]]


def agrees(view: ViewPage, line: float = -1) -> bool:
    """Return whether the kernel's picture is that of the browser, where there is an image, and no line over it."""
    canvas = view.canvas()
    made = np.asarray(view.viewer.snapshot(width=canvas.shape[1], height=canvas.shape[0]))
    inside = made[..., 3] == 255
    inside &= np.abs(np.arange(canvas.shape[1]) / canvas.shape[1] - line) * canvas.shape[1] > 16
    return bool(inside.any() and (np.abs(canvas.astype(int) - made[..., :3])[inside].max() <= 1))


def test_layers_are_added_where_the_world_has_them(view: ViewPage) -> None:
    assert at(view, 60, 60) == [100, 40, 0]
    assert at(view, 200, 60) == [100, 140, 0]
    assert at(view, 200, 200) == [100, 40, 0]
    assert agrees(view)


def test_an_image_is_hidden_and_dimmed(view: ViewPage) -> None:
    asked = view.tile_requests()
    view.wait_drawn(lambda: view.page.get_by_role("slider", name="coarse image opacity").fill("0.5"))
    view.wait_trait("layer_opacity", [1, 0.5])
    assert at(view, 200, 60) == [100, 70, 0]
    view.wait_drawn(lambda: view.page.get_by_label("images").get_by_role("checkbox", name="fine").click())
    view.wait_trait("layer_visible", [False, True])
    assert at(view, 200, 60) == [0, 70, 0]
    assert agrees(view)
    assert view.tile_requests() == asked


def test_the_readout_has_the_values_of_all_images(view: ViewPage) -> None:
    box = view.page.get_by_role("application").bounding_box()
    assert box is not None
    view.page.mouse.move(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2 - 60)
    expect(view.page.locator(".readout")).to_contain_text("fine 100 · coarse 140")


def test_a_line_is_swiped_by_hand_and_by_keys(view: ViewPage) -> None:
    view.wait_drawn(lambda: view.page.get_by_role("combobox", name="comparison").select_option("swipe"))
    view.wait_trait("comparison", "swipe")
    assert (at(view, 100, 60), at(view, 160, 60)) == ([100, 0, 0], [0, 140, 0])
    box = view.page.get_by_role("application").bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2
    view.page.mouse.move(middle, box["y"] + 60)
    view.page.mouse.down()
    view.page.mouse.move(middle + 60, box["y"] + 60, steps=4)
    view.page.mouse.up()
    part = view.wait_trait("divider", pytest.approx(0.5 + 60 / box["width"], abs=0.005))
    view.wait()
    assert view.viewer.center == (127.5, 127.5)
    assert (at(view, 160, 60), at(view, 220, 60)) == ([100, 0, 0], [0, 140, 0])
    assert agrees(view, part)
    line = view.page.get_by_role("slider", name="line between fine and coarse")
    line.press("ArrowLeft")
    view.wait_trait("divider", pytest.approx(part - 0.02))
    line.press("Home")
    view.wait_trait("divider", 0)


def test_a_difference_is_signed(view: ViewPage) -> None:
    view.page.get_by_role("combobox", name="comparison").select_option("difference")
    view.wait_trait("comparison", "difference")
    view.wait_drawn(lambda: setattr(view.viewer, "difference_limit", 120.0))
    assert at(view, 60, 60) == [128, 70, 0]  # 60 more
    assert at(view, 200, 60) == [21, 51, 85]  # 40 less
    assert agrees(view)
    expect(view.page.locator(".legend")).to_contain_text("+120")
    view.wait_drawn(lambda: setattr(view.viewer, "visible", [True, False]))
    assert at(view, 60, 60) != [128, 70, 0]


def test_a_layer_is_turned(page: Page, images: tuple[Image, Image]) -> None:
    cos, sin = np.cos(0.5), np.sin(0.5)
    turned = omezarr_nb.Layer(images[1], [[cos, -sin, 40], [sin, cos, -30]])
    with show_viewer(page, lambda: images[0].view(layers=[turned], **LOOK)) as view:
        view.wait()
        # Edges that are not upright fall on either pixel.
        canvas = view.canvas()
        made = np.asarray(view.viewer.snapshot(width=canvas.shape[1], height=canvas.shape[0]))
        differs = np.abs(canvas.astype(int) - made[..., :3]).max(axis=2)[made[..., 3] == 255] > 1
        assert differs.mean() < 0.004
        assert len({tuple(color) for color in canvas.reshape(-1, 3)[::7]}) >= 4


@pytest.fixture
def planes(page: Page, tmp_path: Path) -> Iterator[tuple[ViewPage, Orthogonal]]:
    """Return three views of 20 planes of 64 x 96 pixels, four times as far apart, each of its own value."""
    pixels = np.broadcast_to(np.arange(20, dtype="uint8")[:, None, None] * 10, (20, 64, 96))
    stack = omezarr_nb.write_image(np.array(pixels), tmp_path / "stack.zarr", axes="zyx", scale=(4, 1, 1), levels=1)
    made: list[Orthogonal] = []
    page.set_viewport_size({"width": 900, "height": 1600})  # all three are seen

    def make() -> ImageViewer:
        made.append(omezarr_nb.orthogonal(stack, contrast_limits=[(0, 255)], colors=["white"]))
        return made[0].xy

    with show_viewer(page, make) as view:
        view.show(made[0].zy)
        view.show(made[0].xz)
        view.until(lambda: [one.status for one in made[0].views], ["ready"] * 3)
        view.rest()
        yield view, made[0]


def test_a_click_moves_the_planes(planes: tuple[ViewPage, Orthogonal]) -> None:
    view, three = planes
    stage = view.page.get_by_role("application").nth(2)
    box = stage.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    center, zoom = three.xz.center, three.xz.zoom
    x, z = 20, 12  # the plane 3
    place = middle[0] + (x - center[0]) * zoom, middle[1] + (z - center[1]) * zoom
    view.page.mouse.click(*place)
    view.wait_trait("indices", {"z": 3})
    view.until(lambda: three.position, {"x": 20, "y": 31, "z": 12})
    assert three.zy.indices == {"x": 20}
    # A drag of the line takes the place along z alone.
    view.page.mouse.move(place[0] + 60, place[1])
    view.page.mouse.down()
    view.page.mouse.move(place[0] + 90, place[1] + 16 * zoom, steps=4)
    view.page.mouse.up()
    view.wait_trait("indices", {"z": 7})
    assert three.position["x"] == 20
    stage.press("Shift+ArrowRight")
    view.until(lambda: three.position, {"x": 21, "y": 31, "z": 28})


def test_the_planes_are_drawn_in_one_measure(planes: tuple[ViewPage, Orthogonal]) -> None:
    view, three = planes
    assert three.xy.zoom == three.zy.zoom == three.xz.zoom > 0
    canvas = np.rint(np.asarray(_canvas(view, 2)))
    # Bands of a plane each, 4 units high.
    column = canvas[:, canvas.shape[1] // 2 + 40]
    rows = np.flatnonzero(np.abs(column - 100) <= 1)
    assert abs(len(rows) - 4 * three.xz.zoom) <= 2
    expect(view.page.locator(".compact .tools").first).to_be_hidden()


def _canvas(view: ViewPage, which: int) -> list[list[int]]:
    found: list[list[int]] = view.page.evaluate(
        """which => {
          const canvas = document.querySelectorAll(".stage")[which].querySelector(".picture canvas");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return Array.from({ length: canvas.height }, (_, y) =>
            Array.from({ length: canvas.width }, (_, x) => data[4 * (y * canvas.width + x)]));
        }""",
        which,
    )
    return found


def test_axe_finds_nothing_in_comparisons(view: ViewPage) -> None:
    for kind in ("swipe", "difference"):
        view.viewer.comparison = kind
        expect(view.page.locator(".divider" if kind == "swipe" else ".legend")).to_be_visible()
        assert violations(view.page, ".omezarr-nb-viewer") == []
