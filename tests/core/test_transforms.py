"""Coordinate transformations: composing them, and going back to a pixel."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omezarr_nb.core.transforms import (
    Identity,
    OtherTransformation,
    Scale,
    Translation,
    as_vector,
    index_of,
    resolve,
)

SIZES = st.floats(1e-6, 1e6)
PLACES = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("transformations", "scale", "translation"),
    [
        ([], 1.0, 0.0),
        ([Identity()], 1.0, 0.0),
        ([Scale((2.0,))], 2.0, 0.0),
        ([Translation((3.0,))], 1.0, 3.0),
        ([Scale((2.0,)), Translation((0.5,))], 2.0, 0.5),
        ([Translation((0.5,)), Scale((2.0,))], 2.0, 1.0),
        ([Scale((2.0,)), Translation((0.5,)), Scale((10.0,)), Translation((1.0,))], 20.0, 6.0),
        ([Scale((2.0,)), OtherTransformation("affine"), Identity()], 2.0, 0.0),
    ],
)
def test_transformations_are_applied_in_order(transformations: Any, scale: float, translation: float) -> None:
    assert resolve(transformations, 1) == ((scale,), (translation,))


vectors = st.tuples(PLACES, PLACES)
steps = st.lists(
    st.one_of(
        st.tuples(st.floats(0.01, 100), st.floats(0.01, 100)).map(Scale), vectors.map(Translation), st.just(Identity())
    ),
    max_size=6,
)


@given(steps, vectors)
def test_composed_is_the_same_as_one_after_the_other(transformations: Any, point: tuple[float, float]) -> None:
    expected = list(point)
    size = max(1.0, *map(abs, point))
    for step in transformations:
        if isinstance(step, Scale):
            expected = [a * b for a, b in zip(expected, step.scale, strict=True)]
        elif isinstance(step, Translation):
            expected = [a + b for a, b in zip(expected, step.translation, strict=True)]
        size = max(size * (max(step.scale) if isinstance(step, Scale) else 1), *map(abs, expected), 1e6)
    scale, translation = resolve(transformations, 2)
    for axis in range(2):
        assert translation[axis] + point[axis] * scale[axis] == pytest.approx(expected[axis], abs=size * 1e-9)


@given(SIZES, PLACES, st.integers(1, 10**6), st.data())
def test_the_centre_of_a_pixel_leads_back_to_it(scale: float, translation: float, size: int, data: Any) -> None:
    index = data.draw(st.integers(0, size - 1))
    position = translation + index * scale
    if math.ulp(position) < scale / 4 and math.ulp(translation) < scale / 4:
        assert index_of(position, scale, translation, size) == index
        assert index_of(position + 0.2 * scale, scale, translation, size) == index


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(0, exclude_min=True, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(1, 2**62),
)
def test_an_index_is_always_in_the_array(position: float, scale: float, translation: float, size: int) -> None:
    index = index_of(position, scale, translation, size)
    assert isinstance(index, int)
    assert 0 <= index < size


@pytest.mark.parametrize(
    ("value", "vector"),
    [
        ([1, 2.5], (1.0, 2.5)),
        ((), ()),
        ([True], None),
        (["1"], None),
        ([None], None),
        ([math.nan], None),
        ([math.inf], None),
        ([10**400], None),
        ("12", None),
        (None, None),
        ({"0": 1}, None),
        ([[1]], None),
    ],
)
def test_vectors_are_lists_of_finite_numbers(value: Any, vector: Any) -> None:
    assert as_vector(value) == vector
