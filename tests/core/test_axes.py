"""Axes: the ways to give them, the rules, and their JSON."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omezarr_nb.core.axes import KNOWN_AXES, Axes, Axis, check_axes, parse_axes, spatial_axes, with_units
from omezarr_nb.core.format import Format, FormatV01, FormatV03, FormatV04, FormatV09Dev1, format_implementations
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError


def rules(axes: Any) -> list[str]:
    return [problem.rule for problem in check_axes(parse_axes(axes))]


@pytest.mark.parametrize(
    "given_axes",
    [
        "zyx",
        ["z", "y", "x"],
        ("z", "y", "x"),
        [{"name": name, "type": "space"} for name in "zyx"],
        [{"name": name} for name in "zyx"],
        [Axis(name, "space") for name in "zyx"],
        iter("zyx"),
    ],
    ids=["text", "list", "tuple", "objects", "objects without types", "axes", "iterator"],
)
def test_axes_are_taken_in_any_way(given_axes: Any) -> None:
    assert parse_axes(given_axes) == tuple(Axis(name, "space") for name in "zyx")


@pytest.mark.parametrize(("ndim", "names"), [(2, "yx"), (5, "tczyx")])
def test_two_and_five_dimensions_are_guessed(ndim: int, names: str) -> None:
    assert "".join(axis.name for axis in parse_axes(None, ndim)) == names


@pytest.mark.parametrize("ndim", [None, 0, 1, 3, 4, 6])
def test_other_dimensions_are_not_guessed(ndim: int | None) -> None:
    with pytest.raises(ValueError, match=r"axes must be provided\. Can't be guessed for 3D or 4D data"):
        parse_axes(None, ndim)


@pytest.mark.parametrize(
    ("given_axes", "error", "words"),
    [
        ("yx", InvalidArgumentError, "2 axes .y, x. for 3 dimensions"),
        (["z", "", "x"], InvalidArgumentError, "no name"),
        ("z x", InvalidArgumentError, "nothing between"),
        ([{"type": "space"}, "y", "x"], InvalidArgumentError, "no name"),
        ([{"name": 3}, "y", "x"], InvalidArgumentError, "no name"),
        ([1, 2, 3], ArgumentTypeError, "An axis is a name"),
        (5, ArgumentTypeError, "Axes are a text"),
        ({"z": 1, "y": 1, "x": 1}, ArgumentTypeError, "order of the array"),
        ([{"name": "z", "unit": 3}, "y", "x"], ArgumentTypeError, "unit"),
        ([{"name": "z", "unit": "  "}, "y", "x"], ArgumentTypeError, "unit"),
    ],
)
def test_what_cannot_be_axes_is_refused(given_axes: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        parse_axes(given_axes, 3)


@pytest.mark.parametrize(
    "axes",
    ["yx", "xy", "zyx", "xyz", "cyx", "tyx", "tcyx", "tczyx", "tcxyz", [{"name": "λ", "type": "wave"}, "y", "x"]],
)
def test_allowed_axes_have_no_problem(axes: Any) -> None:
    assert rules(axes) == []


@pytest.mark.parametrize(
    ("axes", "rule"),
    [
        ("x", "axes-count"),
        ("tczyxw", "axes-count"),
        (["y", "y", "x"], "axis-name-unique"),
        ("tx", "axes-space-count"),
        ([Axis(name, "space") for name in "wzyx"], "axes-space-count"),
        ([Axis("t", "time"), Axis("u", "time"), Axis("y", "space"), Axis("x", "space")], "axes-time-count"),
        ([Axis("c", "channel"), Axis("l", "wave"), Axis("y", "space"), Axis("x", "space")], "axes-channel-count"),
        ("yxc", "axes-order"),
        ("ctyx", "axes-order"),
        ([Axis("", "space"), Axis("x", "space")], "axis-name-filled"),
        ([Axis("y", "space", "furlong"), Axis("x", "space")], "axis-unit-known"),
        ([Axis("y", "space", "second"), Axis("x", "space")], "axis-unit-known"),
    ],
)
def test_each_rule_is_found(axes: Any, rule: str) -> None:
    assert rule in rules(axes)


def test_units_are_only_warned_of() -> None:
    problems = check_axes([Axis("y", "space", "furlong"), Axis("x", "space")], "multiscales[0].axes")
    assert [(problem.severity, problem.place) for problem in problems] == [("warning", "multiscales[0].axes[0].unit")]


def test_units_are_set_by_name_and_spelled_in_full() -> None:
    axes = with_units(parse_axes("zyx"), {"y": "um", "z": None})
    assert [axis.unit for axis in axes] == [None, "micrometer", None]
    with pytest.raises(InvalidArgumentError, match="not there"):
        with_units(axes, {"t": "second"})


def test_spatial_axes_are_found_wherever_they_are() -> None:
    assert spatial_axes(parse_axes("tcxyz")) == (2, 3, 4)
    assert spatial_axes((Axis("a"), Axis("y", "space"))) == (1,)


def test_what_is_passed_is_not_changed() -> None:
    axes: list[dict[str, Any]] = [{"name": "y", "unit": "um", "note": [1]}, {"name": "x"}]
    units = {"x": "mm"}
    parsed = Axes(axes, units)
    assert axes == [{"name": "y", "unit": "um", "note": [1]}, {"name": "x"}]
    assert units == {"x": "mm"}
    assert parsed.to_list() == [
        {"name": "y", "type": "space", "unit": "micrometer", "note": [1]},
        {"name": "x", "type": "space", "unit": "millimeter"},
    ]


def test_axes_of_a_version() -> None:
    assert Axes("zyx").to_list(FormatV03()) == ["z", "y", "x"]
    assert Axes("yx", fmt=FormatV04()).to_list() == [{"name": name, "type": "space"} for name in "yx"]
    with pytest.raises(InvalidArgumentError, match="ordered time, channel, space") as caught:
        Axes("yxt")
    assert "y" in str(caught.value)


@pytest.mark.parametrize("names", ["yx", "cyx", "zyx", "tyx", "tcyx", "tzyx", "czyx", "tczyx"])
def test_axes_of_0_3(names: str) -> None:
    assert Axes(names, FormatV03())._get_names() == list(names)


@pytest.mark.parametrize("names", ["", "x", "xy", "yxc", "xyzct", "ij", "zy", "yyx", "zx"])
def test_axes_that_0_3_has_not(names: str) -> None:
    with pytest.raises(ValueError, match="These axes are not valid"):
        Axes(names, fmt=FormatV03())


@pytest.mark.parametrize("fmt", format_implementations(), ids=lambda fmt: fmt.version)
def test_axes_are_guessed_where_they_are_fixed(fmt: Format) -> None:
    if fmt.version in ("0.1", "0.2"):
        assert "".join(Axes(None, fmt=fmt)._get_names()) == "tczyx"
    else:
        with pytest.raises(ValueError, match="axes must be provided"):
            Axes(None, fmt=fmt)


def test_axes_as_ome_zarr_py_has_them() -> None:
    mixed: Any = ["y", {"name": "x", "unit": "m"}]
    assert Axes._axes_to_dicts(mixed) == [
        {"name": "y", "type": "space"},
        {"name": "x", "type": "space", "unit": "meter"},
    ]
    assert Axes(["y", "x"], fmt=FormatV01()).to_list() == [{"name": name, "type": "space"} for name in "yx"]
    axes = Axes("yx", fmt=FormatV04())
    axes._validate_axes_types()
    axes._validate_03()
    with pytest.raises(ValueError, match="not valid"):
        Axes("xy", fmt=FormatV04())._validate_03()


def test_axes_of_a_draft_are_free() -> None:
    assert check_axes([Axis("a"), Axis("b", "space")], fmt=FormatV09Dev1()) == []
    assert [problem.rule for problem in check_axes([Axis("a"), Axis("a")], fmt=FormatV09Dev1())] == ["axis-name-unique"]


def test_axes_can_be_kept_in_a_set() -> None:
    assert len({Axis("x", extra={"a": []}), Axis("x", extra={"a": []}), Axis("y")}) == 2


@given(st.permutations("tczyx").map("".join), st.integers(2, 5))
def test_order_is_all_that_a_permutation_of_known_axes_can_break(names: str, count: int) -> None:
    names = names[:count]
    kinds = [KNOWN_AXES[name] for name in names]
    ordered = kinds == sorted(kinds, key=["time", "channel", "space"].index)
    spatial = 2 <= kinds.count("space") <= 3
    assert (rules(names) == []) is (ordered and spatial)
