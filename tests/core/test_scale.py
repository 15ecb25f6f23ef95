"""Pyramids of arrays in memory and in dask."""

from __future__ import annotations

from typing import Any

import dask.array
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omezarr_nb.core.scale import Scaler
from omezarr_nb.errors import InvalidArgumentError, UnsupportedError

da: Any = dask.array  # which has no types
CHUNKS = st.lists(st.integers(1, 9), min_size=1, max_size=6).map(tuple)


@settings(deadline=None, max_examples=60)
@given(CHUNKS, CHUNKS, st.integers(2, 3), st.sampled_from(list(Scaler.methods())))
def test_dask_gives_what_numpy_gives(y: Any, x: Any, factor: int, method: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 5, (2, sum(y), sum(x))).astype("u2")
    scaler = Scaler(downscale=factor, method=method)
    expected = scaler.pyramid(pixels)
    levels = scaler.pyramid(da.from_array(pixels, chunks=((1, 1), y, x)))
    assert [level.shape for level in levels] == [level.shape for level in expected]
    for level, wanted in zip(levels, expected, strict=True):
        assert isinstance(level, da.Array)
        assert level.dtype == wanted.dtype
        np.testing.assert_array_equal(level.compute(scheduler="synchronous"), wanted)


def test_only_y_and_x_are_reduced_and_never_below_a_pixel() -> None:
    levels = Scaler(max_layer=9).local_mean(np.zeros((3, 10, 10), "u1"))
    assert [level.shape for level in levels] == [(3, 10, 10), (3, 5, 5), (3, 2, 2), (3, 1, 1)]


def test_a_quarter_of_a_mask_does_not_turn_into_all_of_it() -> None:
    mask = np.zeros((64, 64), bool)
    mask[:32, :32] = True
    for level in Scaler(method="local_mean").func(mask):
        assert level.mean() == 0.25


@pytest.mark.parametrize(
    "arguments", [{"downscale": 1}, {"downscale": 1.5}, {"downscale": True}, {"method": "spline"}, {"order": 3}]
)
def test_bad_arguments(arguments: Any) -> None:
    with pytest.raises(InvalidArgumentError):
        Scaler(**arguments)


def test_labels_are_not_averaged() -> None:
    with pytest.raises(UnsupportedError, match="labels"):
        Scaler(labeled=True).local_mean(np.zeros((4, 4), "u1"))
