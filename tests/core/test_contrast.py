"""Contrast limits and ranges of pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omezarr_nb.core.contrast import limits_of, range_of


@pytest.mark.parametrize(
    ("pixels", "limits", "span"),
    [
        (np.arange(1001), (1, 999), (0, 1000)),
        (np.array([0] * 9999 + [500]), (0, 500), (0, 500)),
        (np.full((4, 4), 7, "uint8"), (0, 7), (0, 7)),
        (np.full((4, 4), -7, "int16"), (-7, 1), (-7, 1)),
        (np.zeros((4, 4)), (0, 1), (0, 1)),
        (np.full(4, 0.25), (0, 1), (0, 1)),
        (np.array([np.nan, np.inf, -np.inf]), (0, 1), (0, 1)),
        (np.array([np.nan, 2.0, np.inf]), (0, 2), (0, 2)),
        (np.array([], "uint8"), (0, 1), (0, 1)),
        (np.array([-3e38, 3e38], "float32"), (-3e38, 3e38), (-3e38, 3e38)),
    ],
    ids=["ramp", "spike", "equal", "negative", "zero", "quarter", "none finite", "one", "empty", "huge"],
)
def test_contrast(pixels: Any, limits: tuple[float, float], span: tuple[float, float]) -> None:
    assert limits_of(pixels) == pytest.approx(limits, rel=0.01)
    assert range_of(pixels) == pytest.approx(span, rel=1e-6)


@given(st.lists(st.floats(width=32), max_size=30), st.sampled_from(["float32", "float64"]))
def test_contrast_is_ordered_and_finite(values: list[float], dtype: str) -> None:
    pixels = np.array(values, dtype)
    (low, high), (least, most) = limits_of(pixels), range_of(pixels)
    assert -np.inf < least <= low < high <= most < np.inf
