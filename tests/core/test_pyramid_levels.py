"""Which levels there are, and where their pixels lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omezarr_nb.core.axes import parse_axes
from omezarr_nb.core.pyramid.levels import shapes_by_halving, shapes_from_factors, transforms
from omezarr_nb.core.pyramid.reduce import Method, reduce_block
from omezarr_nb.errors import InvalidArgumentError, OMEZarrError


@pytest.mark.parametrize(
    ("axes", "shape", "factors", "shapes"),
    [
        ("yx", (270, 270), [3, 9], [(90, 90), (30, 30)]),
        ("yx", (1023, 512), [2, 4], [(511, 256), (255, 128)]),
        ("czyx", (3, 9, 64, 64), [2, 4], [(3, 9, 32, 32), (3, 9, 16, 16)]),
        ("zyx", (9, 64, 64), [{"z": 3, "x": 2}], [(3, 64, 32)]),
        ("zyx", (9, 64, 64), [(1, 2, 4), (2, 2, 4)], [(9, 32, 16), (4, 32, 16)]),
        ("tcyx", (4, 2, 8, 8), [{"t": 2, "y": 2, "x": 2}], [(2, 2, 4, 4)]),
        ("yx", (3, 64), [4, 8], [(1, 16), (1, 8)]),  # shorter than the factor: one pixel for all of it
        ("yx", (64, 64), [np.int64(2)], [(32, 32)]),
    ],
)
def test_factors_are_relative_to_level_0(axes: str, shape: Any, factors: Any, shapes: Any) -> None:
    levels = shapes_from_factors(shape, parse_axes(axes), factors)
    assert [level.shape for level in levels] == [shape, *shapes]


@pytest.mark.parametrize(
    ("factors", "words"),
    [
        ([2, 3], r"multiples.*scale_factors\[1\].*y: 3, x: 3 after z: 1, y: 2, x: 2"),
        ([2, 2], "smaller than the level before"),
        ([1], "smaller than the level before"),
        ([0], "whole number of 1 or more"),
        ([-2], "whole number of 1 or more"),
        ([True], "whole number of 1 or more"),
        ([1.5], "whole number of 1 or more"),
        ([float("nan")], "whole number of 1 or more"),
        (["2"], "whole number of 1 or more"),
        ([{"Z": 2}], "no such axis.*Z.*z, y, x"),
        ([(2, 2)], "factor is needed for each axis"),
        (2, "scale_factors is a list"),
        ({"y": 2}, "scale_factors is a list"),
        ("24", "scale_factors is a list"),
        ([64, 128, 256], "too small.*2 levels are possible"),
    ],
)
def test_bad_factors(factors: Any, words: str) -> None:
    with pytest.raises(OMEZarrError, match=f"(?s){words}"):
        shapes_from_factors((8, 64, 64), parse_axes("zyx"), factors)


@pytest.mark.parametrize(
    ("axes", "scale", "shape", "chunks", "levels", "shapes"),
    [
        ("yx", (1, 1), (2048, 2048), (512, 512), None, [(2048, 2048), (1024, 1024), (512, 512)]),
        ("yx", (1, 1), (512, 512), (512, 512), None, [(512, 512)]),
        ("zyx", (1, 1, 1), (64, 64, 64), (16, 64, 64), 3, [(64,) * 3, (32,) * 3, (16,) * 3]),
        (  # z is four times as coarse: it waits two levels
            "zyx", (4, 1, 1), (64, 256, 256), (1, 64, 64), 4,
            [(64, 256, 256), (64, 128, 128), (64, 64, 64), (32, 32, 32)],
        ),
        ("cyx", (1, 1, 1), (3, 9, 8), (1, 4, 4), 3, [(3, 9, 8), (3, 4, 4), (3, 2, 2)]),
        ("zyx", (1, 1, 1), (5, 64, 64), (1, 8, 8), None, [(5, 64, 64), (5, 32, 32), (5, 16, 16), (5, 8, 8)]),
    ],
)  # fmt: skip
def test_halving(  # noqa: PLR0917 - one parameter a column
    axes: str, scale: Any, shape: Any, chunks: Any, levels: int | None, shapes: Any
) -> None:
    found = shapes_by_halving(shape, parse_axes(axes), scale, chunks, levels)
    assert [level.shape for level in found] == shapes


def test_units_are_heeded_in_finding_out_what_is_isotropic() -> None:
    axes = parse_axes([{"name": "z", "unit": "nm"}, {"name": "y", "unit": "um"}, {"name": "x", "unit": "micrometer"}])
    found = shapes_by_halving((64, 64, 64), axes, (500.0, 0.5, 0.5), (8, 8, 8), 2)
    assert found[1].shape == (32, 32, 32)


def test_more_levels_than_there_can_be() -> None:
    with pytest.raises(InvalidArgumentError, match=r"too small.*at most 4"):
        shapes_by_halving((10, 10), parse_axes("yx"), (1, 1), (4, 4), 5)


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 40), min_size=2, max_size=2),
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=4),
    st.sampled_from(["mean", "nearest", "median"]),
    st.floats(0.01, 100),
    st.floats(-100, 100),
)
def test_a_ramp_keeps_its_position_at_every_level(
    shape: list[int], steps: list[tuple[int, int]], method: Method, size: float, start: float
) -> None:
    """The pixels hold their own world coordinate: so must those of each level, edges included."""
    factors, now = [], (1, 1)
    for step in steps:
        after = (now[0] * step[0], now[1] * step[1])
        if after == now:
            continue
        factors.append(after)
        now = after
    try:
        levels = shapes_from_factors(tuple(shape), parse_axes("yx"), factors)
    except InvalidArgumentError:
        return  # too small for so many levels
    places = transforms(levels, (1.0, size), (0.0, start), method)
    ramp = np.broadcast_to(start + size * np.arange(shape[1]), shape)
    for level, (scale, translation) in zip(levels[1:], places[1:], strict=True):
        ramp = reduce_block(ramp, level.step, method)
        assert ramp.shape == level.shape
        expected = translation[1] + scale[1] * np.arange(level.shape[1])
        np.testing.assert_allclose(ramp, np.broadcast_to(expected, level.shape), rtol=1e-9, atol=1e-9)
