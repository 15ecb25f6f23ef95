"""A coordinate ramp keeps its world position at every level, whatever the method: no half pixel is lost."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import dask.array
import numpy as np
import pytest
from zarr.storage import MemoryStore

from omezarr_nb.core.image import Image
from omezarr_nb.core.pyramid.plan import plan_image
from omezarr_nb.core.pyramid.reduce import FILTERS, METHODS, Method

da: Any = dask.array  # which has no types
STEPS = [(2, 2, 2), (3, 3, 3), (2, 5, 4), (4, 2, 3)]
LONG = 131
SIZE, START = (2.0, 0.5, 0.25), (-10.0, 3.0, 100.0)


def written(pixels: Any, method: Method, step: tuple[int, ...]) -> Image:
    factors = [step, tuple(f * f for f in step)]
    return plan_image(
        pixels,
        MemoryStore(),
        axes="zyx",
        scale=SIZE,
        translation=START,
        scale_factors=factors,
        method=method,
        chunks=(16, 32, 32),
    ).run()


def spread(line: Any, axis: int, step: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Return an image that has the values of a line along an axis, and just enough pixels along the others."""
    shape = tuple(len(line) if a == axis else 2 * f * f for a, f in enumerate(step))
    return np.broadcast_to(np.expand_dims(line, [a for a in range(3) if a != axis]), shape).copy()


def ramp(axis: int, step: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Return pixels that hold their own world coordinate along an axis."""
    return spread(START[axis] + SIZE[axis] * np.arange(LONG), axis, step)


def centres(image: Image, level: int, axis: int) -> np.ndarray[Any, Any]:
    """Return where the metadata has the pixels of a level, along an axis."""
    own = image.levels[level]
    return own.translation[axis] + own.scale[axis] * np.arange(own.shape[axis])


def along(pixels: Any, axis: int) -> np.ndarray[Any, Any]:
    """Return the values along an axis, in the middle of the others; they do not depend on those."""
    line: np.ndarray[Any, Any] = pixels[
        tuple(slice(None) if a == axis else pixels.shape[a] // 2 for a in range(pixels.ndim))
    ]
    return line


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("method", ["mean", "median", "nearest", "linear", "gaussian", "zoom"])
def test_a_ramp_stays_where_it_is(method: Method, step: tuple[int, ...]) -> None:
    for axis in range(3):
        image = written(da.from_array(ramp(axis, step), chunks=(7, 50, 64)), method, step)
        for index, level in enumerate(image.levels):
            edge = 2 if method in FILTERS and index > 0 else 0  # there they see pixels that are mirrored
            found = along(level.zarr[...], axis)
            assert len(found) > 2 * edge
            inside = slice(edge, len(found) - edge)
            np.testing.assert_allclose(found[inside], centres(image, index, axis)[inside], rtol=0, atol=1e-9)


@pytest.mark.parametrize("step", STEPS)
def test_the_smallest_and_the_largest_of_a_ramp_lie_about_their_position(step: tuple[int, ...]) -> None:
    for axis in range(3):
        low, high = (written(ramp(axis, step), method, step) for method in ("min", "max"))
        for index, (below, above) in enumerate(zip(low.levels, high.levels, strict=True)):
            middle = (along(below.zarr[...], axis) + along(above.zarr[...], axis)) / 2
            np.testing.assert_allclose(middle, centres(low, index, axis), rtol=0, atol=1e-9)


@pytest.mark.parametrize("method", ["mode", "nearest"])
@pytest.mark.parametrize("step", STEPS)
def test_labels_stay_under_the_objects_that_they_name(method: Method, step: tuple[int, ...]) -> None:
    """Stripes as wide as a pixel of the coarsest level: each of its pixels lies in the stripe that it names."""
    for axis in range(3):
        width = step[axis] ** 2
        image = written(spread(np.arange(LONG) // width + 1, axis, step), method, step)
        for index, level in enumerate(image.levels):
            places = (centres(image, index, axis) - START[axis]) / SIZE[axis] + 0.5
            np.testing.assert_array_equal(along(level.zarr[...], axis), np.floor(places / width) + 1)


@pytest.mark.parametrize("step", STEPS)
def test_an_edge_is_where_a_laplacian_pyramid_has_it(step: tuple[int, ...]) -> None:
    """Differences change their sign at an edge: between the same two pixels as the edge, at every level."""
    for axis in range(3):
        edge = step[axis] ** 2 * 4  # before this pixel: between blocks, at every level
        place = START[axis] + SIZE[axis] * (edge - 0.5)
        image = written(np.where(ramp(axis, step) > place, 200, 100).astype("u1"), "laplacian", step)
        for index, level in enumerate(image.levels):
            swings = [after - before for before, after in pairwise(along(level.zarr[...], axis).tolist())]
            where = centres(image, index, axis)
            largest = int(np.argmax(swings))
            np.testing.assert_allclose((where[largest] + where[largest + 1]) / 2, place, rtol=0, atol=1e-9)


@pytest.mark.parametrize("method", [*METHODS, *FILTERS])
def test_a_constant_stays_constant_up_to_the_edges(method: Method) -> None:
    image = written(np.full((65, 70, 71), 37, "u1"), method, (2, 3, 2))
    for level in image.levels:
        if method == "laplacian":
            assert np.abs(level.zarr[...]).max() < 1e-4
        else:
            np.testing.assert_array_equal(level.zarr[...], np.full(level.shape, 37))
