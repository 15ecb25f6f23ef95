"""Shapes in the view: drawn, changed, measured and listed, by hand and by keys, and the profile along a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import omezarr_nb
from omezarr_nb.core.image import Image
from omezarr_nb.viewers.bundle import bundle
from tests.browser.bridge import ViewPage, show_viewer
from tests.browser.test_accessibility import themed, violations

RED = (255, 0, 0)


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """Write 4 planes of 512 x 512 pixels of 0.5 µm: the column, and 1000 for each plane."""
    pixels = np.arange(512, dtype="uint16") + 1000 * np.arange(4, dtype="uint16")[:, None, None]
    return omezarr_nb.write_image(
        np.broadcast_to(pixels, (4, 512, 512)).copy(),
        tmp_path / "image.zarr",
        axes="zyx",
        scale={"z": 2, "y": 0.5, "x": 0.5},
        units="micrometer",
        scale_factors=[2],
        channels=["ramp"],
    )


@pytest.fixture
def view(page: Page, image: Image) -> Iterator[ViewPage]:
    """Return a view of plane 1 with 2 screen pixels to a µm, black, so that shapes are all that is seen."""
    with show_viewer(
        page,
        lambda: image.view(indices={"z": 1}, center=(128, 128), zoom=2.0, height=480, contrast_limits=[(60000, 65000)]),
    ) as shown:
        shown.wait()
        yield shown


def at(view: ViewPage, x: float, y: float) -> tuple[float, float]:
    """Return where a place of the world lies on the page."""
    box = view.root.locator("canvas").first.bounding_box()
    assert box is not None
    (cx, cy), zoom = view.viewer.center, view.viewer.zoom
    return box["x"] + box["width"] / 2 + (x - cx) * zoom, box["y"] + box["height"] / 2 + (y - cy) * zoom


def drag(view: ViewPage, *places: tuple[float, float]) -> None:
    """Press at the first place of the world, move over the others, and let go."""
    mouse = view.page.mouse
    mouse.move(*at(view, *places[0]))
    mouse.down()
    for place in places[1:]:
        mouse.move(*at(view, *place))
    mouse.up()


def click(view: ViewPage, x: float, y: float) -> None:
    view.page.mouse.click(*at(view, x, y))


def tool(view: ViewPage, name: str) -> None:
    """Choose a tool; the strip is opened where it is not."""
    strip = view.page.get_by_role("toolbar", name="tools of shapes")
    view.rest()  # shapes that are set in Python open it, too
    if not strip.is_visible():
        view.page.get_by_role("button", name="shapes", exact=True).click()
    strip.get_by_role("button", name=name, exact=True).click()
    view.wait_trait("tool", "pan" if name == "move and select" else name)


def shape(view: ViewPage, index: int = 0) -> dict[str, Any]:
    """Return a shape once it is there."""
    found: dict[str, Any] = view.wait_trait("shapes", lambda shapes: len(shapes) > index)[index]
    return found


def wait_points(view: ViewPage, *expected: tuple[float, float], index: int = 0) -> None:
    """Wait until a shape has these points (y, x), to a pixel of the screen."""
    wanted = pytest.approx(np.array(expected), abs=0.6)
    view.wait_trait(
        "shapes",
        lambda shapes: (
            len(shapes) > index
            and len(shapes[index]["points"]) == len(expected)
            and np.array(shapes[index]["points"]) == wanted
        ),
    )


def row(view: ViewPage, name: str) -> Locator:
    return view.page.get_by_role("group", name="list of shapes").get_by_role("button", name=name)


def asked(view: ViewPage, kind: str) -> list[dict[str, Any]]:
    return [content for content in view.requests if content["kind"] == kind]


def test_what_is_dragged_is_a_shape_in_physical_coordinates(view: ViewPage) -> None:
    tool(view, "rectangle")
    drag(view, (60, 40), (100, 70))
    wait_points(view, (40, 60), (70, 100))
    drawn = shape(view)
    assert (drawn["type"], drawn["name"], drawn["plane"]) == ("rectangle", "rectangle 1", {"z": 1})
    view.wait_trait("selected_shape", 0)
    crop = view.viewer.crop(whole=False)
    assert crop.shape == pytest.approx((1, 60, 80), abs=1)
    assert int(np.asarray(crop)[0, 0, 0]) == 1000 + crop.slices[2].start
    tool(view, "ellipse")
    drag(view, (150, 40), (190, 60))
    wait_points(view, (40, 150), (60, 190), index=1)
    assert shape(view, 1)["color"] != drawn["color"]
    view.page.keyboard.down("Shift")
    drag(view, (150, 100), (190, 120))
    view.page.keyboard.up("Shift")
    wait_points(view, (100, 150), (140, 190), index=2)
    tool(view, "point")
    click(view, 30, 30)
    wait_points(view, (30, 30), index=3)
    # The view has not moved, and nothing was asked for.
    assert view.viewer.center == (128, 128)
    expect(view.page.get_by_role("heading", name="Shapes · 4")).to_be_visible()


def test_handles_and_edges_change_a_shape_and_its_changes_are_undone(view: ViewPage) -> None:
    view.viewer.shapes = [{"type": "rectangle", "points": [(40, 60), (70, 100)]}]
    tool(view, "move and select")
    drag(view, (80, 40), (90, 45))
    wait_points(view, (45, 70), (75, 110))
    view.wait_trait("selected_shape", 0)
    drag(view, (110, 75), (130, 95))
    wait_points(view, (45, 70), (95, 130))
    drag(view, (70, 70), (50, 71))
    wait_points(view, (45, 50), (95, 130))
    # What lies within pans.
    drag(view, (80, 60), (90, 60))
    view.wait_trait("center", lambda center: center[0] == pytest.approx(118, abs=1))
    wait_points(view, (45, 50), (95, 130))
    view.page.keyboard.press("Control+z")
    wait_points(view, (45, 70), (95, 130))
    view.page.get_by_role("button", name="undo").click()
    wait_points(view, (45, 70), (75, 110))
    view.page.get_by_role("button", name="redo").click()
    wait_points(view, (45, 70), (95, 130))
    view.page.get_by_role("button", name="delete the shape").click()
    view.wait_trait("shapes", [])
    view.page.keyboard.press("Control+z")
    wait_points(view, (45, 70), (95, 130))
    view.page.keyboard.press("Delete")
    view.wait_trait("shapes", [])


def test_a_drag_is_given_up_by_escape(view: ViewPage) -> None:
    tool(view, "rectangle")
    mouse = view.page.mouse
    mouse.move(*at(view, 60, 40))
    mouse.down()
    mouse.move(*at(view, 100, 70), steps=3)
    expect(view.page.locator(".regions .draft")).to_be_visible()
    view.page.keyboard.press("Escape")
    mouse.move(*at(view, 110, 90), steps=2)
    mouse.up()
    expect(view.page.locator(".regions .draft")).to_be_hidden()
    view.page.keyboard.press("Escape")
    view.wait_trait("tool", "pan")
    view.rest()
    assert view.viewer.shapes == []


def test_corners_of_a_polygon_are_set_added_and_taken_out(view: ViewPage) -> None:
    tool(view, "polygon")
    for place in ((60, 40), (100, 40), (100, 80), (150, 150)):
        click(view, *place)
    view.page.keyboard.press("Backspace")
    click(view, 60, 80)
    view.page.keyboard.press("Enter")
    corners = ((40, 60), (40, 100), (80, 100), (80, 60))
    wait_points(view, *corners)
    expect(view.page.locator(".measures")).to_contain_text("area 1600\u2009µm²")
    drag(view, (80, 40), (80, 20))
    wait_points(view, (40, 60), (20, 80), *corners[1:])
    view.page.keyboard.down("Alt")
    click(view, 80, 20)
    view.page.keyboard.up("Alt")
    wait_points(view, *corners)
    # By a double click, and by hand.
    click(view, 160, 100)
    click(view, 200, 100)
    view.page.mouse.dblclick(*at(view, 200, 140))
    wait_points(view, (100, 160), (100, 200), (140, 200), index=1)
    turn = np.linspace(0, 2 * np.pi, 25)
    drag(view, *[(100 + 30 * np.cos(part), 180 + 30 * np.sin(part)) for part in turn])
    assert len(shape(view, 2)["points"]) > 8
    area = view.viewer.measurements()[2]["area"]
    assert area == pytest.approx(np.pi * 30**2, rel=0.05)
    assert view.viewer.center == (128, 128)


def test_the_profile_follows_the_line_with_one_question_at_a_time(view: ViewPage) -> None:
    tool(view, "line")
    mouse = view.page.mouse
    mouse.move(*at(view, 60, 60))
    mouse.down()
    for step in range(20):
        mouse.move(*at(view, 64 + 4 * step, 62 + 2 * step))
    plot = view.page.get_by_role("group", name="profile")
    expect(plot.locator("path")).to_have_count(1 + 1)  # the icon of the button, and the values
    mouse.up()
    line = shape(view)
    assert line["type"] == "line"
    values = view.viewer.profile()["ramp"]
    words = f"ramp {values.min():.4g} to {values.max():.4g}"
    expect(plot.get_by_role("img")).to_have_attribute("aria-label", f"values along the line: {words}")
    view.rest()
    questions = asked(view, "profile")
    assert questions[-1]["shape"]["points"] == [list(point) for point in line["points"]]
    assert len(questions) <= 23
    # In the words of the list, too: the length in µm.
    expect(row(view, "line 1")).to_contain_text("µm")
    view.wait_drawn(lambda: setattr(view.viewer, "indices", {"z": 2}))
    # The line belongs to plane 1: another plane changes nothing.
    expect(plot.get_by_role("img")).to_have_attribute("aria-label", f"values along the line: {words}")
    view.viewer.indices = {"z": 1}
    box = plot.get_by_role("img").bounding_box()
    assert box is not None
    mouse.move(box["x"] + 52, box["y"] + 40)
    expect(plot.locator(".profile-words")).to_contain_text(f"ramp {values[0]:.5g}"[:8])
    expect(view.page.locator(".regions .marker")).to_be_visible()
    with view.page.expect_download() as download:
        plot.get_by_role("button", name="save the profile").click()
    text = Path(download.value.path()).read_text()
    assert text.splitlines()[0] == '"distance","y","x","ramp"'
    assert len(text.splitlines()) == len(values) + 1
    click(view, 30, 200)
    tool(view, "move and select")
    click(view, 30, 200)
    view.wait_trait("selected_shape", -1)
    expect(plot).to_be_hidden()


def test_shapes_are_drawn_and_changed_by_keys_alone(view: ViewPage) -> None:
    page = view.page
    page.get_by_role("button", name="shapes", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="move and select").focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="rectangle", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    view.wait_trait("tool", "rectangle")
    page.keyboard.press("Enter")
    first = shape(view)["points"]
    middle = np.mean(first, axis=0)
    assert middle == pytest.approx([128, 128])
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    wait_points(view, *np.add(first, (5, 0.5)))
    page.keyboard.press("Alt+ArrowRight")
    width = first[1][1] - first[0][1]
    view.wait_trait("shapes", lambda shapes: np.ptp([x for _, x in shapes[0]["points"]]) == pytest.approx(width + 0.5))
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    view.wait_trait("selected_shape", -1)
    # On the list: Enter selects, arrows move, Delete deletes.
    row(view, "rectangle 1").focus()
    page.keyboard.press("Enter")
    view.wait_trait("selected_shape", 0)
    before = shape(view)["points"]
    page.keyboard.press("ArrowLeft")
    wait_points(view, *np.subtract(before, (0, 0.5)))
    page.keyboard.press("Delete")
    view.wait_trait("shapes", [])
    expect(page.locator(".shapes [role=status]", has_text="rectangle 1 deleted")).to_be_visible()
    assert view.viewer.center == (128, 128)


def test_the_list_names_colours_and_binds_to_planes(view: ViewPage) -> None:
    view.viewer.shapes = [
        {"type": "rectangle", "points": [(40, 60), (70, 100)], "plane": {"z": 3}},
        {"type": "ellipse", "points": [(100, 60), (140, 100)]},
    ]
    page = view.page
    expect(row(view, "rectangle 1")).to_contain_text("on z 3")
    row(view, "rectangle 1").click()
    view.wait_trait("indices", {"z": 3})
    page.get_by_label("name of the shape").fill("nucleus <b>")
    page.keyboard.press("Enter")
    view.wait_trait("shapes", lambda shapes: shapes[0]["name"] == "nucleus <b>")
    page.get_by_label("colour of the shape").fill("#ff0000")
    view.wait_trait("shapes", lambda shapes: shapes[0]["color"] == "#ff0000")
    page.get_by_label("only on z 3").uncheck()
    view.wait_trait("shapes", lambda shapes: shapes[0]["plane"] == {})
    view.viewer.indices = {"z": 2}
    page.get_by_label("only on z 2").check()
    view.wait_trait("shapes", lambda shapes: shapes[0]["plane"] == {"z": 2})
    page.get_by_role("button", name="statistics").click()
    table = page.locator(".statistics")
    stats = view.viewer.statistics(0)[0]
    assert stats["count"] == 60 * 80
    for name in ("mean", "min", "max"):
        expect(table).to_contain_text(f"{stats[name]:.4g}")
    expect(table).to_contain_text("4800 pixels")
    # They were those of the shape as it was.
    row(view, "nucleus").focus()
    page.keyboard.press("ArrowUp")
    expect(table).to_be_empty()
    page.get_by_role("button", name="go to").click()
    view.wait_trait("center", lambda center: center == pytest.approx((80, 54.5), abs=0.5))
    row(view, "nucleus").click()
    view.wait_trait("selected_shape", -1)
    expect(page.get_by_role("group", name="shape that is selected")).to_be_hidden()


def test_shapes_lie_where_python_put_them_on_their_plane_only(view: ViewPage) -> None:
    view.viewer.shapes = [
        {"type": "rectangle", "points": [(40, 60), (70, 100)], "color": "red", "plane": {"z": 1}},
        {"type": "line", "points": [(100, 60), (100, 120)], "color": "lime"},
    ]
    expect(view.page.locator(".regions .shape:not([hidden])")).to_have_count(2)

    def seen() -> np.ndarray[Any, Any]:
        import io

        from matplotlib.image import imread

        shot = view.page.locator(".stage").screenshot()
        found: np.ndarray[Any, Any] = np.rint(imread(io.BytesIO(shot), format="png")[..., :3] * 255).astype("uint8")
        return found

    def is_there(x: float, y: float, color: tuple[int, int, int]) -> bool:
        box = view.page.locator(".stage").bounding_box()
        assert box is not None
        column, line = (round(a - b) for a, b in zip(at(view, x, y), (box["x"], box["y"]), strict=True))
        near = pixels[line - 2 : line + 3, column - 2 : column + 3].astype(int)
        return bool((np.abs(near - color).max(-1) < 40).any())

    view.rest()
    pixels = seen()
    assert is_there(80, 40, RED)
    assert is_there(60, 55, RED)
    assert not is_there(80, 55, RED)
    assert is_there(90, 100, (0, 255, 0))
    view.wait_drawn(lambda: setattr(view.viewer, "indices", {"z": 2}))
    pixels = seen()
    assert not is_there(80, 40, RED)
    assert is_there(90, 100, (0, 255, 0))
    # The kernel's picture has them in the same places.
    view.viewer.indices = {"z": 1}
    picture = np.asarray(view.viewer.snapshot(width=960, height=480))[..., :3]
    for x, y, color in ((80, 40, RED), (60, 55, RED), (90, 100, (0, 255, 0))):
        line, column = round(240 + (y - 128) * 2), round(480 + (x - 128) * 2)
        near = picture[line - 2 : line + 3, column - 2 : column + 3]
        assert (near == color).all(-1).any()


def test_tools_that_could_not_be_fetched_are_fetched_again(view: ViewPage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(view, "part") == []
    with monkeypatch.context() as broken:
        broken.setattr("omezarr_nb.viewers.image.bundle", lambda: replace(bundle(), parts={}))
        view.page.get_by_role("button", name="shapes", exact=True).click()
        notice = view.page.locator("[data-notice=part]")
        expect(notice).to_contain_text("no such part")
    notice.get_by_role("button", name="try again").click()
    expect(view.page.get_by_role("toolbar", name="tools of shapes")).to_be_visible()
    expect(notice).to_be_hidden()
    view.viewer.shapes = [{"type": "point", "points": [(40, 60)]}]
    expect(row(view, "point 1")).to_be_visible()
    assert len(asked(view, "part")) == 2


def test_a_profile_that_cannot_be_read_says_why(view: ViewPage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: Any, **_options: Any) -> None:
        raise ConnectionResetError("the disk went away")

    monkeypatch.setattr("omezarr_nb.viewers.profile.values_along", fail)
    view.viewer.shapes = [{"type": "line", "points": [(40, 60), (70, 100)]}]
    view.viewer.selected_shape = 0
    plot = view.page.get_by_role("group", name="profile")
    expect(plot).to_contain_text("the disk went away")
    expect(plot.get_by_role("button", name="save the profile")).to_be_disabled()
    monkeypatch.undo()
    view.viewer.shapes = [{"type": "line", "points": [(40, 60), (70, 110)]}]
    expect(plot.locator("path")).to_have_count(2)
    expect(plot).not_to_contain_text("went away")


def test_a_profile_that_has_not_come_is_named_for_readers_of_the_screen(view: ViewPage) -> None:
    view.viewer.shapes = [{"type": "line", "points": [(40, 60), (70, 100)]}]
    expect(row(view, "line 1")).to_be_visible()
    view.held = True
    row(view, "line 1").click()
    plot = view.page.get_by_role("group", name="profile")
    expect(plot.get_by_role("img", name="no values along the line yet")).to_be_visible()
    assert violations(view.page, ".omezarr-nb-viewer", rest=False) == []
    view.held = False
    expect(plot.get_by_role("img", name="values along the line: ramp")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_tools_list_and_profile(view: ViewPage, scheme: Literal["light", "dark"]) -> None:
    view.viewer.shapes = [
        {"type": "line", "points": [(40, 60), (70, 100)]},
        {"type": "rectangle", "points": [(100, 60), (140, 100)], "plane": {"z": 3}},
    ]
    themed(view.page, scheme)
    tool(view, "line")
    for selected in (0, 1):
        view.viewer.selected_shape = selected
        expect(view.page.get_by_label("name of the shape")).to_have_value(view.viewer.shapes[selected]["name"])
        if selected:
            view.page.get_by_role("button", name="statistics").click()
            expect(view.page.get_by_role("table")).to_be_visible()
        assert violations(view.page, ".omezarr-nb-viewer") == []
