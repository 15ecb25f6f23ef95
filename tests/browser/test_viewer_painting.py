"""Painting labels in the view: real strokes of the mouse, what they leave in the store, and what is seen of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import omezarr_nb
from omezarr_nb.core.image import Image
from tests.browser.bridge import ViewPage, show_viewer, until
from tests.faults.painter import painters


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """Write an image of 3 planes of 512 x 512 black pixels, and labels: squares of 5 and of 9 in plane 1."""
    where = tmp_path / "image.zarr"
    omezarr_nb.write_image(
        np.zeros((3, 512, 512), "u1"), where, axes="zyx", scale={"z": 2, "y": 0.5, "x": 0.5}, levels=3
    )
    labels = np.zeros((3, 512, 512), "u2")
    labels[1, 100:160, 100:160] = 5
    labels[1, 100:160, 160:200] = 9
    labels[2, 100:160, 100:160] = 5
    omezarr_nb.write_labels(labels, where, "cells", axes="zyx", chunks=(1, 128, 128))
    return omezarr_nb.open(where)


@pytest.fixture
def view(page: Page, image: Image) -> Iterator[ViewPage]:
    """Return a view at 1:1 whose labels are being painted, opaque, with id 10 (the next one) and a brush of 10."""
    with show_viewer(page, lambda: image.view(indices={"z": 1}, label_opacity=1.0, height=512)) as shown:
        shown.wait()
        shown.wait_drawn(lambda: page.get_by_role("button", name="1:1").click())
        page.get_by_role("button", name="paint labels").click()
        expect(state(shown)).to_have_text("saved")
        expect(page.get_by_label("id that is painted")).to_have_value("10")
        shown.wait()
        yield shown
        editor = shown.viewer.edit_labels("cells")
        editor.close()


def state(view: ViewPage) -> Any:
    return view.page.locator(".paint-state")


def stage(view: ViewPage, y: float, x: float) -> tuple[float, float]:
    """Return where a pixel of level 0 lies on the page, x first."""
    box = view.root.locator("canvas").first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2 + x - 255.5, box["y"] + box["height"] / 2 + y - 255.5


def stroke(view: ViewPage, *places: tuple[float, float]) -> None:
    """Draw a line through pixels of level 0, (y, x) each."""
    mouse = view.page.mouse
    mouse.move(*stage(view, *places[0]))
    mouse.down()
    for place in places[1:]:
        mouse.move(*stage(view, *place), steps=5)
    mouse.up()


def click(view: ViewPage, y: float, x: float) -> None:
    view.page.mouse.click(*stage(view, y, x))


def settled(view: ViewPage, act: Callable[[], object], changes: int = 1) -> np.ndarray[Any, Any]:
    """Do something, wait until it is drawn, and return the labels as they are painted."""
    before = view.viewer.labels_edited.get("cells", 0)
    act()
    view.wait_trait("labels_edited", lambda value: value.get("cells", 0) >= before + changes)
    view.page.wait_for_function("!document.querySelector('.sketch path')")
    view.wait()
    pixels: np.ndarray[Any, Any] = view.viewer.edit_labels("cells").read()
    return pixels


def seen(view: ViewPage) -> np.ndarray[Any, Any]:
    """Return which pixels of the plane have a label on the screen."""
    view.page.mouse.move(1, 1)
    view.rest()
    canvas = view.canvas()
    top, left = canvas.shape[0] // 2 - 256, canvas.shape[1] // 2 - 256
    return np.asarray(canvas[top : top + 512, left : left + 512].any(axis=2))


def use(view: ViewPage, tool: str) -> None:
    view.page.get_by_role("group", name="tools").get_by_role("button", name=tool, exact=True).click()


def test_a_stroke_is_painted_exactly_seen_at_once_and_saved(view: ViewPage, image: Image) -> None:
    now = settled(view, lambda: stroke(view, (300, 200), (300, 300), (380, 300)))
    painted = now[1] == 10
    assert painted[300, 200:301].all()
    assert painted[300:381, 300].all()
    assert painted.sum() == pytest.approx(180 * 11 + np.pi * 25, rel=0.03)
    np.testing.assert_array_equal(seen(view), now[1] > 0)
    np.testing.assert_array_equal(now[[0, 2]], np.asarray(image.labels["cells"].levels[0].zarr[...])[[0, 2]])
    expect(state(view)).to_have_text("1 change unsaved")
    view.page.get_by_role("button", name="save", exact=True).click()
    expect(state(view)).to_have_text("saved")
    stored = omezarr_nb.open(image.where).labels["cells"]
    np.testing.assert_array_equal(stored.levels[0].zarr[...], now)
    assert (np.asarray(stored.levels[2].zarr[1]) == 10).sum() == pytest.approx(painted.sum() / 16, rel=0.3)
    np.testing.assert_array_equal(seen(view), now[1] > 0)


def test_undo_redo_and_the_eraser_by_keys_alone(view: ViewPage) -> None:
    first = settled(view, lambda: stroke(view, (300, 200), (300, 300)))
    view.root.locator(".stage").focus()
    press = view.page.keyboard.press
    undone = settled(view, lambda: press("Control+z"))
    assert not (undone == 10).any()
    assert not seen(view)[250:350].any()
    again = settled(view, lambda: press("Control+Shift+z"))
    np.testing.assert_array_equal(again, first)
    press("e")
    for _ in range(4):
        press("]")
    expect(view.page.get_by_label("brush size in pixels")).to_have_value("20")
    press("[")
    erased = settled(view, lambda: stroke(view, (290, 250), (310, 250)))
    assert not erased[1, 300, 243:258].any()
    assert erased[1, 300, 220] == 10
    np.testing.assert_array_equal(seen(view), erased[1] > 0)
    press("Control+s")
    expect(state(view)).to_have_text("saved")


def test_keys_choose_tools_after_a_tool_was_clicked_and_are_text_in_a_field(view: ViewPage) -> None:
    size = view.page.get_by_label("brush size in pixels")
    use(view, "eraser")
    view.page.keyboard.press("]")
    expect(size).to_have_value("12")
    view.page.keyboard.press("b")
    brush = view.page.get_by_role("group", name="tools").get_by_role("button", name="brush", exact=True)
    expect(brush).to_have_attribute("aria-pressed", "true")
    size.focus()
    view.page.keyboard.press("e")
    expect(brush).to_have_attribute("aria-pressed", "true")


def test_areas_are_filled_by_corners_and_by_a_lasso(view: ViewPage) -> None:
    use(view, "polygon")
    for place in ((300, 100), (300, 200), (400, 200)):
        click(view, *place)
    view.root.locator(".stage").focus()
    now = settled(view, lambda: view.page.keyboard.press("Enter"))
    assert (now[1] == 10).sum() == pytest.approx(5000, rel=0.03)
    assert now[1, 320, 190] == 10
    assert now[1, 390, 120] == 0
    use(view, "lasso")
    now = settled(view, lambda: stroke(view, (300, 300), (300, 400), (400, 400), (400, 300)))
    assert (now[1, 295:405, 295:405] == 10).sum() == pytest.approx(10_000, rel=0.03)
    np.testing.assert_array_equal(seen(view), now[1] > 0)


def test_labels_are_picked_joined_cut_filled_and_deleted_by_a_click(view: ViewPage) -> None:
    field = view.page.get_by_label("id that is painted")
    use(view, "pick")
    click(view, 130, 130)
    expect(field).to_have_value("5")
    use(view, "join")
    now = settled(view, lambda: click(view, 130, 180))
    assert (now[1, 100:160, 100:200] == 5).all()
    use(view, "cut")
    now = settled(view, lambda: stroke(view, (130, 90), (130, 210)))
    assert {*np.unique(now[1])} == {0, 5, 11}
    assert (now[1, 100:160, 100:200] > 0).all()
    use(view, "fill")
    field.fill("7")
    field.press("Enter")
    now = settled(view, lambda: click(view, 110, 150))
    assert (now[1, 100:128, 100:200] == 7).all()
    use(view, "delete")
    click(view, 300, 300)
    expect(view.page.locator(".painting .said")).to_have_text("There is no label at this place.")
    now = settled(view, lambda: click(view, 150, 150))
    assert not now[1, 132:].any()
    np.testing.assert_array_equal(seen(view), now[1] > 0)


def test_other_labels_are_kept_and_balls_reach_into_other_planes(view: ViewPage) -> None:
    view.page.get_by_label("keep other labels").check()
    now = settled(view, lambda: stroke(view, (130, 80), (130, 220)))
    assert (now[1, 130, 100:160] == 5).all()
    assert now[1, 130, 90] == 10
    view.page.get_by_label("keep other labels").uncheck()
    view.page.get_by_label("ball").check()
    field = view.page.get_by_label("brush size in pixels")
    field.fill("40")
    field.press("Enter")
    now = settled(view, lambda: click(view, 350, 350))
    widths = [(now[z, 350] == 10).sum() for z in range(3)]
    assert widths[1] > widths[0] == widths[2] > 30
    view.wait_drawn(lambda: setattr(view.viewer, "indices", {"z": 2}))
    np.testing.assert_array_equal(seen(view), now[2] > 0)


def test_what_is_painted_far_out_is_exact_on_level_0(view: ViewPage) -> None:
    view.viewer.zoom = 0.25
    view.wait_trait("shown_level", 2)
    view.wait()
    field = view.page.get_by_label("brush size in pixels")
    field.fill("48")
    field.press("Enter")
    box = view.root.locator("canvas").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    now = settled(view, lambda: view.page.mouse.click(x + 20, y + 20))
    # 20 px on the screen are 80 units and 160 pixels of level 0.
    rows, columns = np.nonzero(now[1] == 10)
    assert (rows.mean(), columns.mean()) == pytest.approx((416, 416), abs=4)
    assert rows.size == pytest.approx(np.pi * 24**2, rel=0.02)
    canvas = view.canvas()
    assert canvas[canvas.shape[0] // 2 + 20, canvas.shape[1] // 2 + 20].any()


def test_python_and_the_view_paint_the_same_labels(view: ViewPage) -> None:
    editor = view.viewer.edit_labels("cells")
    heard = []
    view.viewer.observe(lambda change: heard.append(change["new"]), "labels_edited")
    settled(view, lambda: stroke(view, (300, 200), (300, 300)))
    now = settled(view, lambda: editor.paint([(400, 100), (400, 400)], 77, 20, z=1))
    np.testing.assert_array_equal(seen(view), now[1] > 0)
    assert [entry["cells"] for entry in heard] == sorted(entry["cells"] for entry in heard)
    assert heard[-1]["cells"] == 2
    editor.close()
    expect(view.page.locator(".painting")).to_be_hidden()


def test_an_id_that_does_not_fit_is_refused_in_words(view: ViewPage) -> None:
    field = view.page.get_by_label("id that is painted")
    field.fill("70000")
    field.press("Enter")
    expect(view.page.locator(".painting .said")).to_have_text(
        "An id of these labels is a whole number from 0 to 65535."
    )
    expect(field).to_have_value("10")


def test_new_labels_are_made_painted_and_listed(view: ViewPage, image: Image) -> None:
    view.page.locator(".painting select").select_option(label="new labels …")
    name = view.page.get_by_label("name of the new labels")
    name.fill("mine")
    name.press("Enter")
    expect(view.page.get_by_label("mine", exact=True)).to_be_checked()
    view.wait_trait("visible_labels", ["cells", "mine"])
    expect(state(view)).to_have_text("saved")
    expect(view.page.get_by_label("id that is painted")).to_have_value("1")
    view.wait()
    stroke(view, (300, 200), (300, 300))
    view.wait_trait("labels_edited", {"mine": 1})
    expect(state(view)).to_have_text("1 change unsaved")
    view.page.get_by_label("save as I go").check()
    expect(state(view)).to_have_text("saved")
    assert omezarr_nb.open(image.where).labels["mine"].levels[0].zarr[1, 300, 250] == 1
    view.page.get_by_role("button", name="close the painting tools").click()
    expect(view.page.locator(".painting")).to_be_hidden()


def test_what_is_not_saved_when_the_tools_are_closed_is_told_of_and_painted_again(view: ViewPage) -> None:
    now = settled(view, lambda: stroke(view, (300, 200), (300, 300)))
    view.page.get_by_role("button", name="close the painting tools").click()
    notice = view.page.locator(".notice[data-notice=painting]")
    expect(notice).to_contain_text("One change of cells is not saved. It is kept, and painted again when you go on.")
    expect(view.page.locator(".painting")).to_be_hidden()
    notice.get_by_role("button", name="paint").click()
    expect(state(view)).to_have_text("1 change unsaved")
    expect(notice).to_have_count(0)
    view.wait()
    np.testing.assert_array_equal(seen(view), now[1] > 0)
    view.page.get_by_role("button", name="save", exact=True).click()
    expect(state(view)).to_have_text("saved")
    np.testing.assert_array_equal(view.viewer.image.labels["cells"].levels[0].zarr[...], now)


def test_who_else_paints_is_named_and_what_a_dead_kernel_left_is_offered(
    page: Page, image: Image, tmp_path: Path
) -> None:
    where = Path(image.where)
    with painters() as house:
        child = house.begin([where, "w", tmp_path / "log"])
        until(page, (tmp_path / "log").exists, True)
        until(page, (tmp_path / "log").read_bytes, b".")
        with show_viewer(page, lambda: image.view(indices={"z": 1})) as view:
            view.wait()
            page.get_by_role("button", name="paint labels").click()
            said = page.locator(".painting .said")
            expect(said).to_contain_text("locked: Somebody else is painting these labels.")
            expect(said).to_contain_text(f"process {child} on")
            house.end(child, kill_after=0)
            with omezarr_nb.edit_labels(where, "cells") as editor:
                editor.paint([(300, 300)], 3, 30, z=1)
                editor.close()
            page.get_by_role("button", name="paint", exact=True).click()
            expect(said).to_contain_text("One change that had not been saved")
            expect(state(view)).to_have_text("1 change unsaved")
            view.wait()
            painted = view.canvas().any(axis=2).sum()
            page.get_by_role("button", name="throw away").click()
            expect(state(view)).to_have_text("saved")
            view.wait()
            assert view.canvas().any(axis=2).sum() < painted
            view.page.get_by_role("button", name="close the painting tools").click()
            view.wait_trait("_painting", lambda value: value["state"] == "closed")
    assert not (np.asarray(image.labels["cells"].levels[0].zarr[...]) == 3).any()


def test_labels_of_a_store_that_can_only_be_read_say_so(page: Page, image: Image) -> None:
    from zarr.storage import LocalStore

    only = omezarr_nb.open(LocalStore(image.where, read_only=True))
    with show_viewer(page, only.view) as view:
        view.wait()
        page.get_by_role("button", name="paint labels").click()
        expect(page.locator(".painting .said")).to_contain_text("read-only: The store is open for reading only.")


def test_labels_of_other_tools_are_painted_and_how_coarser_levels_follow_is_said(page: Page, image: Image) -> None:
    document = Path(image.where, "labels/cells/zarr.json")
    said = json.loads(document.read_text())
    for key in ("type", "metadata"):
        said["attributes"]["ome"]["multiscales"][0].pop(key, None)
    said.pop("consolidated_metadata", None)
    document.write_text(json.dumps(said))
    with show_viewer(page, lambda: omezarr_nb.open(image.where).view(indices={"z": 1})) as view:
        view.wait()
        page.get_by_role("button", name="paint labels").click()
        expect(page.locator(".painting .said")).to_contain_text("gets the most frequent id of its block (mode).")
        expect(state(view)).to_have_text("saved")
        view.viewer.edit_labels("cells").close()
