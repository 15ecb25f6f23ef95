"""The pixels of brushes and polygons, against counting them one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omezarr_nb.core.editing.runs import Runs, brush_runs, polygon_runs
from tests.core.editing import model

# Quarters and halves: exact in the model, and never nearer to a border than rounding reaches, unless on it.
places = st.integers(-16, 72).map(lambda n: n / 4)
points = st.tuples(places, places)
shapes = st.tuples(st.integers(1, 14), st.integers(1, 14))
sizes = st.integers(1, 24).map(lambda n: n / 2)


def whole(runs: Runs, shape: tuple[int, int]) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    return runs.mask(slice(0, shape[0]), slice(0, shape[1]))


@given(st.lists(points, min_size=1, max_size=4), sizes, shapes)
def test_a_brush_paints_what_is_near_its_line(
    line: list[tuple[float, float]], size: float, shape: tuple[int, int]
) -> None:
    runs = brush_runs(line, size, shape)
    expected = model.brush(line, size, shape)
    np.testing.assert_array_equal(whole(runs, shape), expected)
    assert runs.count == expected.sum()


@given(st.lists(points, min_size=3, max_size=6), shapes)
def test_a_polygon_holds_the_centres_inside_it(corners: list[tuple[float, float]], shape: tuple[int, int]) -> None:
    np.testing.assert_array_equal(whole(polygon_runs(corners, shape), shape), model.polygon(corners, shape))


@given(st.lists(points, min_size=1, max_size=3), sizes, shapes, st.integers(1, 6))
def test_cells_and_their_masks_are_those_that_have_a_pixel(
    line: list[tuple[float, float]], size: float, shape: tuple[int, int], cell: int
) -> None:
    runs = brush_runs(line, size, shape)
    expected = whole(runs, shape)
    found = np.zeros(shape, np.bool_)
    met = list(runs.cells(cell))
    for row, column in met:
        rows = slice(row * cell, min((row + 1) * cell, shape[0]))
        columns = slice(column * cell, min((column + 1) * cell, shape[1]))
        found[rows, columns] = runs.mask(rows, columns)
        assert found[rows, columns].any()
    assert met == sorted(set(met))
    np.testing.assert_array_equal(found, expected)


def test_polygons_that_share_a_border_share_no_pixel_and_leave_none() -> None:
    left = polygon_runs([(0, 0), (0, 5), (9, 3), (9, 0)], (10, 10))
    right = polygon_runs([(0, 5), (0, 9), (9, 9), (9, 3)], (10, 10))
    both = whole(left, (10, 10)).astype(int) + whole(right, (10, 10))
    assert both[:9, :9].min() == both.max() == 1


def test_a_thin_line_is_never_broken_between_neighbours() -> None:
    line = [(0.3, 0.2), (57.7, 31.4)]
    mask = whole(brush_runs(line, 1, (60, 60)), (60, 60))
    rows = np.flatnonzero(mask.any(axis=1))
    assert rows.tolist() == list(range(rows[0], rows[-1] + 1))


@pytest.mark.parametrize("size", [1, 40])
def test_a_line_across_a_large_image_takes_no_memory_of_its_bounding_box(size: float) -> None:
    runs = brush_runs([(0, 0), (199_999, 199_999)], size, (200_000, 200_000))
    assert len(runs.rows) == 200_000
    assert runs.count >= 200_000 * size
