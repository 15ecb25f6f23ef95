"""A plate in the view: wells in their places, to click, to go to, and to come back from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import omezarr_nb
from omezarr_nb.core.plate import Plate
from omezarr_nb.viewers.plate import PlateViewer
from tests.browser.bridge import ViewPage, show_viewer


@pytest.fixture(scope="module")
def plate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write 4 x 6 wells of two fields: 10 x row + column, and 100 more in the second."""
    where = tmp_path_factory.mktemp("plate") / "plate.zarr"
    rows, columns = list("ABCD"), list("123456")
    with omezarr_nb.create_plate(where, rows=rows, columns=columns) as created:
        for r, row in enumerate(rows):
            for c, column in enumerate(columns):
                if (row, column) == ("B", "2"):
                    continue
                for f in range(2):
                    field = np.full((128, 128), 40 + 10 * r + c + 100 * f, "uint8")
                    created[row, column].write_field(field, axes="yx", scale_factors=[2, 4])
    return where


@pytest.fixture
def view(page: Page, plate: Path) -> Iterator[ViewPage]:
    """Return a view of that plate."""
    plate_image = omezarr_nb.open(plate)
    assert isinstance(plate_image, Plate)
    look = {"contrast_limits": [(0, 255)], "colors": ["white"], "height": 400}
    with show_viewer(page, lambda: plate_image.view(**look)) as shown:
        shown.wait()
        yield shown


def place(view: ViewPage, row: int, column: int) -> tuple[float, float]:
    """Return where the middle of a well lies on the page."""
    viewer = view.viewer
    assert isinstance(viewer, PlateViewer)
    grid = viewer._info["plate"]
    box = view.page.get_by_role("application").bounding_box()
    assert box is not None
    x = grid["x"]["start"] + column * grid["x"]["pitch"] + grid["x"]["size"] / 2
    y = grid["y"]["start"] + row * grid["y"]["pitch"] + grid["y"]["size"] / 2
    across = box["x"] + box["width"] / 2 + (x - viewer.center[0]) * viewer.zoom
    return across, box["y"] + box["height"] / 2 + (y - viewer.center[1]) * viewer.zoom


def value(view: ViewPage, row: int, column: int) -> int:
    """Return the brightness in the middle of a well."""
    x, y = place(view, row, column)
    box = view.root.locator("canvas").first.bounding_box()
    assert box is not None
    return int(view.canvas()[int(y - box["y"]), int(x - box["x"]), 0])


def test_wells_lie_in_their_places_and_fields_are_stepped_through(view: ViewPage) -> None:
    for row, column in ((0, 0), (3, 5), (2, 3)):
        assert abs(value(view, row, column) - (40 + 10 * row + column)) <= 1
    assert value(view, 1, 1) == 0
    view.wait_drawn(lambda: view.page.get_by_role("slider", name="field", exact=True).fill("1"))
    assert abs(value(view, 2, 3) - (40 + 20 + 3 + 100)) <= 1


def test_an_overview_costs_few_requests(view: ViewPage) -> None:
    assert view.tile_requests() <= 2
    assert view.viewer.shown_level > 0


def test_a_click_selects_a_well(view: ViewPage) -> None:
    view.page.mouse.click(*place(view, 2, 3))
    view.wait_trait("well", "C/4")
    expect(view.page.locator(".crumbs")).to_contain_text("C4")
    view.page.mouse.click(*place(view, 1, 1))  # there is none
    view.wait_trait("well", "")


def test_a_double_click_goes_to_a_well_and_a_button_comes_back(view: ViewPage) -> None:
    far = view.viewer.zoom
    view.wait_drawn(lambda: view.page.mouse.dblclick(*place(view, 2, 3)))
    view.wait_trait("zoom", lambda zoom: zoom > 3 * far)
    assert view.viewer.well == "C/4"
    assert view.viewer.shown_level == 0
    assert abs(value(view, 2, 3) - 63) <= 1
    view.wait_drawn(lambda: view.page.get_by_role("button", name="plate", exact=True).click())
    view.wait_trait("zoom", lambda zoom: zoom == pytest.approx(far))
    view.wait_drawn(lambda: view.page.get_by_role("button", name="› C4").click())
    view.wait_trait("zoom", lambda zoom: zoom > 3 * far)


def test_the_pointer_is_told_the_well(view: ViewPage) -> None:
    view.page.mouse.move(*place(view, 3, 5))
    expect(view.page.locator(".readout")).to_contain_text("D6 · ")


def test_a_well_that_is_set_in_python_is_marked(view: ViewPage) -> None:
    assert isinstance(view.viewer, PlateViewer)
    view.viewer.well = "A1"
    expect(view.page.locator(".plate rect.selected")).to_have_count(1)
    expect(view.page.locator(".crumbs")).to_contain_text("A1")


@pytest.fixture(scope="module")
def acquired(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write 2 x 2 wells of three fields in each of two acquisitions; B1 is listed and not there."""
    where = tmp_path_factory.mktemp("runs") / "runs.zarr"
    acquisitions = [{"id": 7, "name": "before"}, {"id": 9, "name": "after"}]
    with omezarr_nb.create_plate(where, rows=["A", "B"], columns=["1", "2"], acquisitions=acquisitions) as plate:
        for row, column in (("A", "1"), ("A", "2"), ("B", "1")):
            for run, acquisition in enumerate((7, 9)):
                for f in range(3):
                    field = np.full((64, 64), 40 + 100 * run + 10 * f, "uint8")
                    plate[row, column].write_field(field, axes="yx", acquisition=acquisition, levels=1)
    shutil.rmtree(where / "B" / "1")
    return where


@pytest.fixture
def runs(page: Page, acquired: Path) -> Iterator[ViewPage]:
    """Return a view of that plate, all fields of one of the acquisitions side by side."""
    opened = omezarr_nb.open(acquired)
    assert isinstance(opened, Plate)
    look = {"contrast_limits": [(0, 255)], "colors": ["white"], "height": 400}
    with show_viewer(page, lambda: opened.view(every_field=True, **look)) as shown:
        shown.wait()
        yield shown


def field_place(view: ViewPage, column: int, field: int) -> tuple[float, float]:
    """Return where a field of a well of the first row lies on the page: a quarter of it from its upper left corner."""
    grid, viewer = view.viewer._info["plate"], view.viewer
    box = view.page.get_by_role("application").bounding_box()
    assert box is not None
    x = grid["x"]["start"] + column * grid["x"]["pitch"] + (field % 2 + 0.25) * grid["x"]["step"]
    y = grid["y"]["start"] + (field // 2 + 0.25) * grid["y"]["step"]
    across = box["x"] + box["width"] / 2 + (x - viewer.center[0]) * viewer.zoom
    return across, box["y"] + box["height"] / 2 + (y - viewer.center[1]) * viewer.zoom


def field_value(view: ViewPage, column: int, field: int) -> int:
    x, y = field_place(view, column, field)
    box = view.root.locator("canvas").first.bounding_box()
    assert box is not None
    return int(view.canvas()[int(y - box["y"]), int(x - box["x"]), 0])


def test_an_acquisition_is_chosen_by_its_name(runs: ViewPage) -> None:
    view = runs
    assert isinstance(view.viewer, PlateViewer)
    assert abs(field_value(view, 0, 2) - 60) <= 1
    view.wait_drawn(lambda: view.page.get_by_role("combobox", name="acquisition").select_option("after"))
    view.wait_trait("acquisition", 9)
    assert abs(field_value(view, 0, 2) - 160) <= 1
    view.wait_drawn(lambda: setattr(view.viewer, "acquisition", 7))
    expect(view.page.get_by_role("combobox", name="acquisition")).to_have_value("before")
    assert view.page.get_by_role("slider", name="acquisition", exact=True).count() == 0


def test_a_double_click_in_a_well_goes_to_a_field_and_the_crumbs_lead_back(runs: ViewPage) -> None:
    view = runs
    far = view.viewer.zoom
    view.wait_drawn(lambda: view.page.mouse.dblclick(*field_place(view, 1, 2)))
    near = view.wait_trait("zoom", lambda zoom: zoom > 1.5 * far)
    view.wait_drawn(lambda: view.page.mouse.dblclick(*field_place(view, 1, 2)))
    closest = view.wait_trait("zoom", lambda zoom: zoom > 1.5 * near)
    assert (view.viewer.well, view.viewer.field) == ("A/2", 2)
    assert abs(field_value(view, 1, 2) - 60) <= 1
    expect(view.page.locator(".crumbs")).to_contain_text("plate› A2› field 2")
    view.wait_drawn(lambda: view.page.get_by_role("button", name="› A2").click())
    view.wait_trait("zoom", lambda zoom: zoom == pytest.approx(near))
    view.wait_drawn(lambda: view.page.get_by_role("button", name="› field 2").click())
    view.wait_trait("zoom", lambda zoom: zoom == pytest.approx(closest))
    view.wait_drawn(lambda: view.page.get_by_role("button", name="plate", exact=True).click())
    view.wait_trait("zoom", lambda zoom: zoom == pytest.approx(far))


def test_wells_that_are_not_there_look_so(runs: ViewPage) -> None:
    view = runs
    expect(view.page.locator(".plate rect.missing")).to_have_count(1)
    expect(view.page.locator(".plate rect.none")).to_have_count(1)
    view.page.mouse.move(*place(view, 1, 0))
    expect(view.page.locator(".readout")).to_contain_text("B1")
    expect(view.page.locator(".readout")).to_contain_text("no field there")
    view.page.mouse.move(*place(view, 0, 0))
    expect(view.page.locator(".readout")).not_to_contain_text("no field there")


def test_names_of_rows_do_not_lie_under_the_scale_bar(runs: ViewPage) -> None:
    bar = runs.page.locator(".scale-bar").bounding_box()
    names = [box for box in (name.bounding_box() for name in runs.page.locator(".plate-names .row").all()) if box]
    assert bar is not None
    assert names
    assert max(box["x"] + box["width"] for box in names) <= bar["x"]
