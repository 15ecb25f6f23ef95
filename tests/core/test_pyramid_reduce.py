"""The kernels against one block at a time, in exact arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from omezarr_nb.core.pyramid import reduce
from omezarr_nb.core.pyramid.reduce import FILTERS, METHODS, Method, as_method, check_dtype, offset, reduce_block
from omezarr_nb.core.scale import Methods
from omezarr_nb.errors import InvalidArgumentError, UnsupportedError
from tests.core.pyramid_reference import reduced

INTEGERS = [f"{kind}{size}" for kind in "ui" for size in (1, 2, 4, 8)]


@st.composite
def blocks(draw: st.DrawFn, dtypes: st.SearchStrategy[Any]) -> tuple[np.ndarray[Any, Any], tuple[int, ...]]:
    factors = draw(st.lists(st.integers(1, 4), min_size=1, max_size=5).map(tuple))
    shape = tuple(draw(st.integers(1, 9 if len(factors) < 4 else 5)) for _ in factors)
    dtype = np.dtype(draw(dtypes))
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        values = st.one_of(st.integers(info.min, info.max), st.integers(info.max - 3, info.max), st.integers(0, 3))
        return draw(hnp.arrays(dtype, shape, elements=values)), factors
    return draw(hnp.arrays(dtype, shape)), factors


@settings(deadline=None, max_examples=300)
@given(blocks(st.sampled_from([*INTEGERS, "?"])), st.sampled_from(METHODS), st.sampled_from([16, 128 << 10]))
def test_integers_are_exact(case: tuple[Any, tuple[int, ...]], method: Method, band: int) -> None:
    block, factors = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reduce, "BAND_BYTES", band)
        result = reduce_block(block, factors, method)
    assert result.dtype == block.dtype
    np.testing.assert_array_equal(result, reduced(block, factors, method))


@settings(deadline=None, max_examples=150)
@given(
    hnp.arrays("f8", hnp.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.floats(-1e9, 1e9)),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.sampled_from(["mean", "min", "max", "median"]),
    st.floats(0, 1),
    st.sampled_from(["f2", "f4", "f8"]),
)
def test_floats_leave_out_nan(block: Any, factors: tuple[int, int], method: Method, share: float, dtype: str) -> None:
    block = (block if dtype != "f2" else block / 1e6).astype(dtype)
    block[np.random.default_rng(0).random(block.shape) < share] = np.nan
    result = reduce_block(block, factors, method)
    assert result.dtype == block.dtype
    function: Any = {"mean": np.mean, "min": np.min, "max": np.max, "median": np.median}[method]
    for index in np.ndindex(result.shape):
        part = block[tuple(slice(i * f, i * f + f) for i, f in zip(index, factors, strict=True))].astype("f8")
        valid = part[~np.isnan(part)]
        expected = function(valid) if valid.size else np.nan
        scale = float(abs(valid).max()) if valid.size else 0
        step = np.finfo(dtype)  # near 0 numbers lie as far apart as the smallest one from 0
        tolerance = max(scale * float(step.eps) * 2, float(step.smallest_subnormal))
        np.testing.assert_allclose(result[index], expected, rtol=0, atol=tolerance)


@settings(deadline=None, max_examples=100)
@given(blocks(st.sampled_from(INTEGERS)), st.sampled_from(["mode", "nearest"]))
def test_methods_for_labels_give_only_labels_that_are_there(case: Any, method: Method) -> None:
    block, factors = case
    assert set(reduce_block(block, factors, method).ravel()) <= set(block.ravel())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([[1, 2], [2, 1]], 1),  # a tie between two: the smaller
        ([[0, 0], [7, 7]], 0),
        ([[3, 2], [1, 0]], 0),  # four different: the smallest
        ([[9, 9], [9, 0]], 9),
        ([[2**53 + 1] * 2, [2**53] * 2], 2**53),  # ids that a float cannot hold
    ],
)
def test_mode_of_ties_is_the_smallest(values: list[list[int]], expected: int) -> None:
    assert reduce_block(np.array(values, "u8"), (2, 2), "mode")[0, 0] == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [([0, 1], 0), ([1, 2], 2), ([2, 3], 2), ([-1, 0], 0), ([-1, -2], -2), ([-3, -2], -2)],
)
def test_mean_goes_half_to_even(values: list[int], expected: int) -> None:
    for dtype in ("i1", "i2", "i4", "i8"):
        assert reduce_block(np.array(values, dtype), (2,))[0] == expected


def test_mean_of_bool_is_the_majority_and_of_an_even_split_false() -> None:
    block = np.array([[1, 1, 1, 0, 0, 0], [1, 0, 1, 0, 1, 0]], bool)
    np.testing.assert_array_equal(reduce_block(block, (2, 2)), [[True, False, False]])


def test_mean_has_no_bias() -> None:
    noise = np.random.default_rng(0).poisson(100, (512, 512)).astype("u2")
    level, exact = noise, noise.astype("f8")
    for _ in range(4):
        level, exact = reduce_block(level, (2, 2)), exact.reshape(exact.shape[0] // 2, 2, -1, 2).mean((1, 3))
        assert abs(level.mean() - exact.mean()) < 0.03  # a fourth of 0.01 a level, and chance


def test_complex_mean() -> None:
    block = np.array([1 + 2j, 3 + 4j, np.nan, 5j], "c8")
    np.testing.assert_array_equal(reduce_block(block, (2,)), np.array([2 + 3j, 5j], "c8"))


def test_infinities_stay_and_opposite_ones_are_nan() -> None:
    block = np.array([np.inf, 1, np.inf, -np.inf, np.nan, np.nan], "f4")
    np.testing.assert_array_equal(reduce_block(block, (2,)), [np.inf, np.nan, np.nan])


def test_big_endian_pixels_come_out_native() -> None:
    result = reduce_block(np.arange(8, dtype=">u2"), (2,))
    assert result.dtype == np.dtype("u2")
    np.testing.assert_array_equal(result, [0, 2, 4, 6])


@pytest.mark.parametrize("method", METHODS)
def test_position_of_a_pixel(method: Method) -> None:
    ramp = np.arange(60.0)
    for factor in (1, 2, 3, 5):
        result = reduce_block(ramp, (factor,), "mean" if method in ("mode", "min", "max") else method)
        if method in ("mean", "median", "nearest", "linear"):
            np.testing.assert_allclose(result, offset(method, factor) + factor * np.arange(len(result)))
        assert offset(method, factor) == (0 if method == "nearest" else (factor - 1) / 2)


@pytest.mark.parametrize("name", [*METHODS, *Methods])
def test_methods_are_known_by_name_and_by_enumeration(name: Any) -> None:
    assert as_method(name) in (*METHODS, *FILTERS)


@pytest.mark.parametrize("name", ["spline", "", None, 3])
def test_unknown_method(name: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"no such downsampling method.*Expected: mean, nearest"):
        as_method(name)


def test_methods_that_have_no_meaning_for_a_type() -> None:
    for method, dtype in (("mode", "f4"), ("median", "c8"), ("max", "c16")):
        with pytest.raises(UnsupportedError, match=f"(?s){method}.*not defined.*{np.dtype(dtype)}"):
            check_dtype(as_method(method), np.dtype(dtype))
