"""Code as text."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omezarr_nb.core.code import call, literal, script

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_a_literal_means_the_value(value: Any) -> None:
    assert ast.literal_eval(literal(value)) == value


@given(st.text())
def test_a_text_cannot_end_its_quotes(text: str) -> None:
    tree = ast.parse(call("f", [literal(text)], {"name": text}))
    assert len(tree.body) == 1


@pytest.mark.parametrize("count", [1, 40])
def test_a_call_fits_in_a_line_or_is_broken(count: int) -> None:
    text = call("f", ["pixels"], {"channels": [{"label": f"channel {index}"} for index in range(count)]})
    assert max(map(len, text.splitlines())) <= 88
    assert len(ast.parse(text).body) == 1


def test_a_script_imports_once_and_ends_in_the_view() -> None:
    text = script(["import skimage.io", "import omezarr_nb"], ["pixels = 1"], "write(pixels)", end="image.view()")
    assert text == "import omezarr_nb\nimport skimage.io\n\npixels = 1\n\nimage = write(pixels)\nimage.view()\n"
