"""Markup is escaped, names are bounded, JSON trees too."""

from __future__ import annotations

from typing import Any

import pytest

from omezarr_nb.core.axes import Axis
from omezarr_nb.display.html import clean, element, join
from omezarr_nb.display.raw import json_tree
from omezarr_nb.display.words import bytes_text, elide, number, pixel_size, quantity, unit_notes
from tests.display.page import parse


@pytest.mark.parametrize(
    ("child", "written"),
    [
        ("<img onerror=alert(1)>", "&lt;img onerror=alert(1)&gt;"),
        ("a & b", "a &amp; b"),
        (element("b", "x"), "<b>x</b>"),
        (f"{element('b', 'x')}", "&lt;b&gt;x&lt;/b&gt;"),
        (element("b", "x") + "<i>", "&lt;b&gt;x&lt;/b&gt;&lt;i&gt;"),
        (None, ""),
        (3, "3"),
        ("\ud800\x00\x1b[31m\u202e", "\ufffd\ufffd\ufffd[31m\ufffd"),
    ],
)
def test_only_elements_pass_unescaped(child: object, written: str) -> None:
    assert element("td", child) == f"<td>{written}</td>"
    assert join(child) == written


@pytest.mark.parametrize("value", ['" onload="alert(1)', "'><script>", "\n\x00"])
def test_attributes_cannot_be_left(value: str) -> None:
    page = parse(element("span", "x", title=value))
    assert page.elements == [("span", {"title": clean(value)})]


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("abc", 5, "abc"),
        ("abcdefghij", 5, "ab…ij"),
        ("a\n b\tc", 9, "a b c"),
        ("x" * 10**6, 9, "xxxx…xxxx"),
        ("", 5, ""),
    ],
)
def test_elide(text: str, limit: int, short: str) -> None:
    assert elide(text, limit) == short


@pytest.mark.parametrize(
    ("nbytes", "text"),
    [(1, "1 bytes"), (999, "999 bytes"), (999_999, "1 MB"), (28_900, "28.9 kB"), (5e14, "500 TB"), (3e20, "300 EB")],
)
def test_bytes(nbytes: float, text: str) -> None:
    assert bytes_text(nbytes).replace("\u2009", " ") == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300, -5.0, 0.1, 10**15])
def test_any_number_is_written(value: float) -> None:
    assert number(value)
    assert quantity(value, Axis("x", "space", "micrometer"))
    assert quantity(value, Axis("t", "time"))


def test_pixel_sizes_share_a_unit_where_they_can() -> None:
    axes = (Axis("t", "time", "second"), Axis("y", "space", "micrometer"), Axis("x", "space", None))
    assert pixel_size(axes, (1.0, 0.65, 2.0)) == "y\u00a00.65\u2009µm × x\u00a02\u2009px"
    assert pixel_size(axes[1:2] * 2, (0.65, 0.65)) == "y\u00a00.65 × y\u00a00.65\u2009µm"


def test_axes_without_a_unit_are_named() -> None:
    axes = (Axis("t", "time"), Axis("c", "channel"), Axis("z", "space"), Axis("x", "space", "micrometer"))
    assert unit_notes(axes) == (
        '"z" has no unit in the metadata; shown as pixels.',
        '"t" has no unit in the metadata; shown as frames.',
    )


def _deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"a": 1, "b": [1.25, 2]}, "a : 1 b : [1.25, 2]"),
        ({str(key): key for key in range(10_000)}, "more entries left out"),
        ({"<img onerror=x>": "<script>"}, "<img onerror=x>"),
        (_deep(500), "nested deeper than 12"),
        ({"k" * 10**6: "v" * 10**6}, "…"),
        ({"n": 10**5000, "nan": float("nan"), "none": None, "yes": True}, "a number of 16610 bits"),
        ([], "[]"),
    ],
)
def test_json_trees_are_bounded_and_closed(value: object, words: str) -> None:
    tree = json_tree(value, "title", max_bytes=5000)
    page = parse(tree)
    assert words in page.text
    assert len(tree) < 8000
    assert {tag for tag, _ in page.elements} <= {"details", "summary", "b", "ul", "li", "code", "span", "i"}
