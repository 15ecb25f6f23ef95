"""What errors and warnings of the writer say, and what of other spellings it takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from omezarr_nb import plan_image
from omezarr_nb.core.axes import Axes
from omezarr_nb.core.metadata import Omero
from omezarr_nb.errors import InvalidArgumentError


@pytest.mark.parametrize(
    ("axes", "wanted", "call"),
    [
        ("yxc", "cyx", "numpy.moveaxis(image, -1, 0)"),
        ("zcyx", "czyx", "numpy.moveaxis(image, 1, 0)"),
        ("xyzc", "czyx", "numpy.transpose(image, (3, 2, 1, 0))"),
        ("ctyx", "tcyx", "numpy.moveaxis(image, 1, 0)"),
        ("zyxt", "tzyx", "numpy.moveaxis(image, -1, 0)"),
    ],
)
def test_axes_in_another_order_name_the_call_that_helps(axes: str, wanted: str, call: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        Axes(axes)
    assert f"axes={wanted!r} after {call}." in str(caught.value)
    assert "ordered time, channel, space, found " + ", ".join(axes) in str(caught.value)
    image = np.empty(tuple(range(2, 2 + len(axes))))
    lengths = dict(zip(axes, image.shape, strict=True))
    moved = eval(call, {"numpy": np, "image": image})
    assert moved.shape == tuple(lengths[name] for name in wanted)
    Axes(wanted)


def test_axes_in_upper_case_and_with_commas_name_what_is_meant() -> None:
    with pytest.raises(InvalidArgumentError, match="lower case: pass axes='czyx'"):
        Axes("CZYX")
    with pytest.raises(InvalidArgumentError, match=r"Pass axes='czyx' or axes=\['c', 'z', 'y', 'x'\]"):
        Axes("c, z, y, x")
    with pytest.raises(InvalidArgumentError, match=r"Pass a list, axes=\['lag', 'y', 'x'\]"):
        Axes("lag y x")


def test_axes_that_no_order_puts_right_suggest_none() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        Axes("yyxx")
    assert "moveaxis" not in str(caught.value)


def channels(given: Any) -> Omero:
    """Return the channels of a plan."""
    omero = plan_image(np.zeros((2, 8, 8), "u1"), "x.zarr", axes="cyx", channels=given).metadata.omero
    assert omero is not None
    return omero


@pytest.mark.parametrize(
    ("color", "stored"),
    [
        ("red", "FF0000"),
        ("Magenta", "FF00FF"),
        ("orange", "FFA500"),
        ("#ff0000", "FF0000"),
        ("00ff7f", "00FF7F"),
        ("grey", "808080"),
    ],
)
def test_colours_by_name_or_digits(color: str, stored: str) -> None:
    assert channels([{"label": "a", "color": color}, "b"]).channels[0].color == stored


def test_what_is_no_colour_and_what_is_no_key() -> None:
    with pytest.raises(InvalidArgumentError, match=r"digits such as 'FF8000' or '#FF8000', or one of black"):
        channels([{"label": "a", "color": "reddish"}, "b"])
    with pytest.raises(InvalidArgumentError, match=r"no 'label'.*under the key 'label', not 'name'"):
        channels([{"name": "a"}, {"name": "b"}])
    assert channels([{"inverted": False}, {"label": "b", "note": "kept"}]).channels[1].extra == {"note": "kept"}
