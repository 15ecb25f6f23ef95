"""Guesses about axes, their order, and names of files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omezarr_nb.wizards.guess import axes_problems, free_name, guess_axes, order_for, reordered, slug

SHAPES = [
    ((512, 256), "yx"),
    ((40, 512, 512), "zyx"),
    ((2, 512, 512), "cyx"),
    ((512, 512, 3), "yxc"),
    ((512, 512, 4), "yxc"),
    ((4, 4, 4), "cyx"),
    ((10, 20, 512, 512), "tzyx"),
    ((3, 20, 512, 512), "czyx"),
    ((20, 2, 512, 512), "tcyx"),
    ((2, 2, 512, 512), "czyx"),
    ((5, 3, 64, 80), "zcyx"),
    ((3, 5, 64, 80), "czyx"),
    ((1, 3, 512, 512), "tcyx"),
    ((3, 1, 512, 512), "czyx"),
    ((512,), "x"),
    ((), ""),
    ((20, 512, 512, 3), "zyxc"),
    ((5, 2, 20, 512, 512), "tczyx"),
    ((5, 20, 512, 512, 3), "tzyxc"),
    ((7, 5, 2, 20, 512, 512), "ttczyx"),
    ((7, 5, 2, 20, 512, 3), "ttczyx"),
]


@pytest.mark.parametrize(("shape", "names"), SHAPES)
def test_axes_are_guessed_from_the_shape(shape: tuple[int, ...], names: str) -> None:
    guess = guess_axes(shape)
    assert "".join(guess.names) == names
    assert guess.reason.startswith("guessed from the shape")


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        ((2, 512, 512), ": 2 is few, as of channels"),
        ((20, 3, 512, 512), ": 3 is few, as of channels"),
        ((512, 512, 3), ": the last dimension has 3, as colours do"),
        ((40, 512, 512), ""),
        ((5, 2, 20, 512, 512), ""),
    ],
)
def test_the_reason_of_a_guess_is_said(shape: tuple[int, ...], why: str) -> None:
    assert guess_axes(shape).reason == f"guessed from the shape{why}"


@pytest.mark.parametrize(
    ("said", "shape", "names"),
    [("TCYX", (5, 2, 9, 9), "tcyx"), ("YXS", (9, 9, 3), "yxc"), ("ZYX", (2, 9, 9), "zyx")],
)
def test_what_a_file_says_is_taken(said: str, shape: tuple[int, ...], names: str) -> None:
    guess = guess_axes(shape, said=said)
    assert ("".join(guess.names), guess.reason) == (names, "as the file says")


@pytest.mark.parametrize("said", ["QYX", "YX", "CYXS", "YYX"])
def test_what_a_file_says_is_not_taken_when_it_cannot_be_meant(said: str) -> None:
    assert guess_axes((40, 512, 512), said=said).names == ("z", "y", "x")


def test_frames_of_an_animation_are_times() -> None:
    assert guess_axes((9, 64, 64, 3), frames=True).names == ("t", "y", "x", "c")


@pytest.mark.parametrize(("names", "wanted"), [("yxc", "cyx"), ("xyzct", "tczyx"), ("zyx", "zyx")])
def test_axes_are_put_in_the_order_of_the_specification(names: str, wanted: str) -> None:
    assert "".join(reordered(names)) == wanted


@given(st.permutations("tczyx"))
def test_the_order_is_a_permutation(names: list[str]) -> None:
    assert [names[index] for index in order_for(names)] == list("tczyx")


@pytest.mark.parametrize(
    ("names", "words", "disordered"),
    [
        ("yx", (), False),
        ("yxc", (), True),
        ("yyx", ("y is chosen for two dimensions; each axis can be there once.",), False),
        ("tc", ('2 or 3 axes are of type "space", found 0.',), False),
        ("xxx", ("x is chosen for three dimensions; each axis can be there once.",), False),
    ],
)
def test_problems_of_axes_are_told_in_words(names: str, words: tuple[str, ...], disordered: bool) -> None:
    found, wrong_order = axes_problems(tuple(names))
    assert tuple(text.lower() for text in found) == tuple(text.lower() for text in words)
    assert wrong_order is disordered


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("cells.png", "cells"),
        ("My cells (2).tif", "My-cells-2"),
        ("run.2.ome.tif", "run.2"),
        ("a.ome.zarr", "a"),
        ("../../etc", "etc"),
        ("Zellkörper.png", "Zellkörper"),
        ("<img onerror=x>.png", "img-onerror-x"),
        ("", "image"),
    ],
)
def test_names_of_files_are_made_plain(name: str, stem: str) -> None:
    assert slug(name) == stem


def test_a_name_that_is_free_is_found() -> None:
    assert free_name("a", set()) == "a.ome.zarr"
    assert free_name("a", {"a.ome.zarr", "a-2.ome.zarr"}) == "a-3.ome.zarr"
