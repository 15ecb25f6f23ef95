"""Labels over an image: their colours and places, the pointer on them, and the controls and traits of both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import omezarr_nb
from omezarr_nb.core.image import Image
from omezarr_nb.display.label_colors import label_colors
from tests.browser.bridge import ViewPage, show_viewer

#: More bits than the numbers of a browser have.
LARGE = 2**53 + 1
RED = (255, 0, 0)


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """Write an image of 3 planes of 512 x 512 black pixels of 0.5 µm, and labels of half its resolution.

    In plane 1 label 3 fills the upper left quarter (stored in red), LARGE the lower right one; plane 2 has label 7
    in the middle.
    """
    where = tmp_path / "image.zarr"
    scale = {"z": 2, "y": 0.5, "x": 0.5}
    omezarr_nb.write_image(np.zeros((3, 512, 512), "uint8"), where, axes="zyx", scale=scale, units="micrometer")
    labels = np.zeros((3, 256, 256), "int64")
    labels[1, :128, :128] = 3
    labels[1, 128:, 128:] = LARGE
    labels[2, 120:136, 120:136] = 7
    metadata = {
        "colors": [{"label-value": 3, "rgba": [255, 0, 0, 255]}],
        "properties": [{"label-value": 3, "class": "neuron", "area": 41.5}, {"label-value": LARGE, "class": "glia"}],
    }
    coarse = [{"type": "scale", "scale": [2, 1, 1]}, {"type": "translation", "translation": [0, 0.25, 0.25]}]
    half = [{"type": "scale", "scale": [2, 2, 2]}, {"type": "translation", "translation": [0, 0.75, 0.75]}]
    pyramid = [labels, labels[:, ::2, ::2]]
    omezarr_nb.core.writer.write_multiscale_labels(
        pyramid,
        where,
        "cells",
        axes="zyx",
        coordinate_transformations=[coarse, half],
        label_metadata=metadata,
    )
    omezarr_nb.write_labels(np.ones((3, 512, 512), "uint8"), where, "whole", axes="zyx")
    return omezarr_nb.open(where)


@pytest.fixture
def view(page: Page, image: Image) -> Iterator[ViewPage]:
    """Return a view of that image at 1:1, one screen pixel to a pixel, with the labels opaque."""
    with show_viewer(page, lambda: image.view(indices={"z": 1}, label_opacity=1.0, height=512)) as shown:
        shown.wait()
        expect(shown.page.get_by_label("cells", exact=True)).to_be_checked()
        shown.wait_drawn(lambda: shown.page.get_by_role("button", name="1:1").click())
        yield shown


def middle(view: ViewPage) -> tuple[int, int]:
    """Return where the middle of the image lies in the canvas, row and column."""
    height, width = view.canvas().shape[:2]
    return height // 2, width // 2


def at(view: ViewPage, dy: int, dx: int) -> tuple[int, ...]:
    """Return the colour so far from the middle of the image, in pixels."""
    y, x = middle(view)
    return tuple(int(part) for part in view.canvas()[y + dy, x + dx])


def press(view: ViewPage, dy: int, dx: int, *, shift: bool = False) -> None:
    """Click so far from the middle of the image."""
    box = view.root.locator("canvas").first.bounding_box()
    assert box is not None
    if shift:
        view.page.keyboard.down("Shift")
    view.page.mouse.click(box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2 + dy)
    if shift:
        view.page.keyboard.up("Shift")


def test_labels_lie_where_their_scale_puts_them_in_their_colours(view: ViewPage) -> None:
    assert at(view, -50, -50) == RED
    assert at(view, 50, -50) == (0, 0, 0)
    glia = at(view, 50, 50)
    assert glia not in (RED, (0, 0, 0))
    # The edge is where the world puts it, to a pixel.
    assert at(view, -2, -2) == RED
    assert at(view, 2, 2) == glia
    assert at(view, -2, 2) == (0, 0, 0)


def test_a_label_has_the_colour_that_its_picture_in_the_notebook_has(view: ViewPage) -> None:
    (expected,) = label_colors(np.array([LARGE]), {})
    assert np.abs(np.array(at(view, 50, 50)) - expected[:3]).max() <= 2


def test_another_plane_has_other_labels(view: ViewPage) -> None:
    view.wait_drawn(lambda: setattr(view.viewer, "indices", {"z": 2}))
    assert at(view, -50, -50) == (0, 0, 0)
    assert at(view, 0, 0) != (0, 0, 0)


def test_what_is_stored_of_the_selected_label_is_listed(view: ViewPage) -> None:
    facts = view.page.get_by_label("properties of the selected label")
    expect(facts).to_be_hidden()
    press(view, -50, -50)
    expect(facts).to_have_text("label3classneuronarea41.5")
    press(view, 50, 50, shift=True)
    expect(facts).to_have_text(f"label{LARGE}classglia")
    assert view.viewer.label_table(selected=True) == [
        {"label-value": 3, "rgba": (255, 0, 0, 255), "class": "neuron", "area": 41.5},
        {"label-value": LARGE, "rgba": None, "class": "glia", "area": None},
    ]
    view.viewer.selected_labels = {"cells": [99]}
    expect(facts).to_be_hidden()
    assert view.viewer.label_table("cells", selected=True) == [
        {"label-value": 99, "rgba": None, "class": None, "area": None}
    ]


def test_the_pointer_is_told_id_and_properties(view: ViewPage) -> None:
    box = view.root.locator("canvas").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    view.page.mouse.move(x - 50, y - 50)
    expect(view.page.locator(".readout")).to_contain_text("cells 3 · class neuron · area 41.5")
    view.page.mouse.move(x + 50, y + 50)
    expect(view.page.locator(".readout")).to_contain_text(f"cells {LARGE} · class glia")
    view.page.mouse.move(x + 50, y - 50)
    expect(view.page.locator(".readout")).not_to_contain_text("cells")
    asked = [content for content in view.requests if content["kind"] == "properties"]
    view.page.mouse.move(x - 60, y - 60)
    expect(view.page.locator(".readout")).to_contain_text("neuron")
    assert [content for content in view.requests if content["kind"] == "properties"] == asked


def test_a_click_selects_exactly_the_label_under_it(view: ViewPage) -> None:
    press(view, -50, -50)
    view.wait_trait("selected_labels", {"cells": (3,)})
    press(view, 50, 50, shift=True)
    view.wait_trait("selected_labels", {"cells": (3, LARGE)})
    expect(view.page.locator(".chip")).to_have_count(2)
    press(view, -50, -50, shift=True)
    view.wait_trait("selected_labels", {"cells": (LARGE,)})
    press(view, 50, -50)
    view.wait_trait("selected_labels", {})


def test_dragging_selects_nothing(view: ViewPage) -> None:
    box = view.root.locator("canvas").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2 - 50, box["y"] + box["height"] / 2 - 50
    view.page.mouse.move(x, y)
    view.page.mouse.down()
    view.wait_drawn(lambda: view.page.mouse.move(x + 20, y, steps=4))
    view.page.mouse.up()
    view.wait_trait("center", lambda center: center[0] == pytest.approx(128 - 10, abs=1))
    assert view.viewer.selected_labels == {}


def test_only_the_selected_are_drawn_with_a_ring(view: ViewPage) -> None:
    before = view.tile_requests()
    view.wait_drawn(lambda: setattr(view.viewer, "selected_labels", {"cells": [LARGE]}))
    assert at(view, 0, 0) == (255, 255, 255)
    view.wait_drawn(lambda: view.page.get_by_label("only selected").check())
    view.wait_trait("only_selected", True)
    assert at(view, -50, -50) == (0, 0, 0)
    assert at(view, 50, 50) != (0, 0, 0)
    assert view.tile_requests() == before


def test_opacity_and_contours_ask_for_no_tiles(view: ViewPage) -> None:
    before = view.tile_requests()
    view.wait_drawn(lambda: setattr(view.viewer, "label_opacity", 0.5))
    assert at(view, -50, -50)[0] in (127, 128)
    view.wait_drawn(lambda: view.page.get_by_label("contours").check())
    view.wait_trait("label_contour", 2)
    assert at(view, -50, -50) == (0, 0, 0)
    assert at(view, -2, -50)[0] in (127, 128)
    assert view.tile_requests() == before


def test_labels_are_switched_off_and_others_on(view: ViewPage) -> None:
    view.wait_drawn(lambda: view.page.get_by_label("cells", exact=True).uncheck())
    view.wait_trait("visible_labels", [])
    assert at(view, -50, -50) == (0, 0, 0)
    view.wait_drawn(lambda: view.page.get_by_label("whole").check())
    view.wait_trait("visible_labels", ["whole"])
    assert at(view, 50, -50) != (0, 0, 0)


def test_going_to_a_label_selects_it_and_shows_its_plane(view: ViewPage) -> None:
    field = view.page.get_by_label("label to go to")
    field.fill("7")
    field.press("Enter")
    view.wait_trait("indices", {"z": 2})
    view.wait_trait("selected_labels", {"cells": (7,)})
    view.wait_trait("center", pytest.approx((128, 128), abs=2))
    field.fill("1234")
    view.page.get_by_role("button", name="go to the label").click()
    expect(view.page.locator(".labels .said")).to_have_text("Label 1234 is not in the image.")
    field.fill("a cell")
    field.press("Enter")
    expect(view.page.locator(".labels .said")).to_have_text("A label is a whole number.")
    assert view.viewer.selected_labels == {"cells": (7,)}


def test_labels_that_cannot_be_opened_say_so_beside_their_name(page: Page, image: Image) -> None:
    where = Path(image.where)
    (where / "labels" / "cells" / "zarr.json").write_text("{")
    with show_viewer(page, omezarr_nb.open(where).view) as view:
        view.wait()
        expect(view.page.locator(".label-row .trouble").first).to_contain_text("JSON")
        expect(view.root).to_have_attribute("data-state", "ready")
