"""From levels to tiles: tiles equal slices, whatever the order of axes; indices of other levels; contrast."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omezarr_nb.viewers.layout import wire_dtype
from omezarr_nb.viewers.planes import TILE
from tests.viewers.service import all_tiles, faulty_image, planes_of

DTYPES = ["uint8", "uint16", "int16", "uint32", "int32", "float32", "bool", "int8", "float64", "uint64", ">u2"]


@settings(max_examples=25)
@given(st.data())
def test_tiles_are_slices(data: st.DataObject) -> None:
    axes = data.draw(st.sampled_from(["yx", "xy", "zyx", "xyz", "cyx", "cxy", "tczyx", "tcxzy", "tzyx"]))
    dtype = np.dtype(data.draw(st.sampled_from(DTYPES)))
    sizes = {name: data.draw(st.integers(1, 300 if name in "yx" else 3)) for name in axes}
    shape = tuple(sizes[name] for name in axes)
    chunks = tuple(
        min(size, data.draw(st.integers(1 if name not in "yx" else 40, 300))) for name, size in sizes.items()
    )
    shards = tuple(2 * chunk for chunk in chunks) if data.draw(st.booleans()) else None
    pixels = np.random.default_rng(0).integers(0, 120, shape).astype(dtype)
    image, _ = faulty_image([pixels], axes, chunks=chunks, shards=shards)
    planes = planes_of(image)
    indices = [data.draw(st.integers(0, size - 1)) for size in shape]
    channel = data.draw(st.integers(0, len(planes.channels) - 1))
    at = {name: index for name, index in zip(axes, indices, strict=True) if name not in "yx"}
    if "c" in at:
        at["c"] = channel
    plane = pixels[tuple(at.get(name, slice(None)) for name in axes)]
    plane = plane if axes.index("y") < axes.index("x") else plane.T
    for row, column in all_tiles(image):
        tile = planes.tile(image.levels[0], indices, channel, row, column)
        expected = plane[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE]
        assert tile.dtype == wire_dtype(dtype)
        assert tile.flags.c_contiguous
        np.testing.assert_array_equal(tile, expected)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[1e300, -1e300, np.nan]]), [np.inf, -np.inf, np.nan]),
        (np.array([[3 + 4j, 0, 1e30 + 0j]], "complex128"), [5, 0, 1e30]),
        (np.array([[2**24, 2**40, 0]], "uint64"), [2**24, 2**40, 0]),
    ],
    ids=["float64", "complex", "uint64"],
)
def test_values_that_the_wire_cannot_hold_come_as_near_as_it_can(values: Any, expected: list[float]) -> None:
    image, _ = faulty_image([values], "yx")
    tile = planes_of(image).tile(image.levels[0], (0, 0), 0, 0, 0)
    np.testing.assert_array_equal(tile, np.array([expected], "float32"))


def test_an_index_of_level_0_is_found_in_the_others() -> None:
    levels = [np.zeros((size, 4, 4), "uint8") for size in (12, 6, 4, 12)]
    image, _ = faulty_image(
        levels,
        "zyx",
        scales=[(0.5, 1, 1), (1, 2, 2), (1.5, 2, 2), (0.5, 4, 4)],
        translations=[(10, 0, 0), (10.25, 0, 0), (10.5, 0, 0), (10, 0, 0)],
    )
    planes = planes_of(image)
    by_scale = {level.scale[0]: level for level in image.levels if level.index}

    def z_of(scale: float) -> list[int]:
        return [planes.level_indices(by_scale[scale], {"z": z})[0] for z in range(12)]

    assert z_of(1) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert z_of(1.5) == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert planes.level_indices(image.levels[0], {"z": 7}) == (7, 0, 0)
    assert planes.level_indices(image.levels[0], {}) == (0, 0, 0)
    assert planes.level_indices(image.levels[0], {"z": 10**9}) == (11, 0, 0)


def test_a_sample_is_the_middle_of_the_coarsest_level() -> None:
    pixels = np.arange(1500 * 3, dtype="uint16").reshape(1500, 3)
    image, _ = faulty_image([pixels], "yx", chunks=(100, 3))
    np.testing.assert_array_equal(planes_of(image).sample(0, {}), pixels[238:1262])
