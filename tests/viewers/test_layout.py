"""The role of each axis, the types on the wire, and what the browser is told."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from omezarr_nb.core.reader import open_image
from omezarr_nb.display.roles import Roles
from omezarr_nb.errors import UnsupportedError
from omezarr_nb.viewers.layout import channels_of, describe, describe_channels, layout_of, value_range, wire_dtype
from omezarr_nb.viewers.rendering import Contrast
from tests.core.documents import image_documents, memory_store

#: Axes, then y, x, channel, and the axes with sliders.
ROLES = [
    ("yx", 0, 1, None, ()),
    ("xy", 1, 0, None, ()),
    ("zyx", 1, 2, None, (0,)),
    ("xyz", 1, 0, None, (2,)),
    ("yzx", 0, 2, None, (1,)),
    ("cyx", 1, 2, 0, ()),
    ("cxy", 2, 1, 0, ()),
    ("tyx", 1, 2, None, (0,)),
    ("tcyx", 2, 3, 1, (0,)),
    ("tczyx", 3, 4, 1, (0, 2)),
    ("tcxyz", 3, 2, 1, (0, 4)),
    ("czyx", 2, 3, 0, (1,)),
    ("tzyx", 2, 3, None, (0, 1)),
    ("lyx", 1, 2, None, (0,)),
    ("tlzyx", 3, 4, None, (0, 1, 2)),
]


def image_with(axes: str, shape: Any = None, kinds: dict[int, Any] | None = None, **options: Any) -> Any:
    documents = image_documents(axes, [shape or tuple(range(2, 2 + len(axes)))], **options)
    for index, kind in (kinds or {}).items():
        documents["zarr.json"]["attributes"]["ome"]["multiscales"][0]["axes"][index] |= kind
    return open_image(memory_store(documents))


@pytest.mark.parametrize(("axes", "y", "x", "channel", "sliders"), ROLES)
def test_every_axis_has_one_role(axes: str, y: int, x: int, channel: int | None, sliders: tuple[int, ...]) -> None:
    layout = layout_of(image_with(axes))
    assert layout == Roles(y, x, channel, sliders)
    roles = [layout.y, layout.x, *layout.sliders, *([] if layout.channel is None else [layout.channel])]
    assert sorted(roles) == list(range(len(axes)))


def test_axes_without_the_usual_names_are_drawn_in_order() -> None:
    names = {index: {"name": name, "type": "space"} for index, name in enumerate("abc")}
    assert layout_of(image_with("zyx", kinds=names)) == Roles(1, 2, None, (0,))
    assert layout_of(image_with("zyx", kinds={1: {"name": "row"}})) == Roles(1, 2, None, (0,))
    assert layout_of(image_with("xyz", kinds={1: {"name": "row"}})) == Roles(2, 0, None, (1,))


def test_an_image_that_breaks_the_rules_is_drawn_all_the_same() -> None:
    image = image_with("yx", (5, 4), kinds={0: {"name": "c", "type": "channel"}})
    layout = layout_of(image)
    assert layout == Roles(0, 1, None, ())
    assert len(image.channels) == 5
    assert len(channels_of(image, layout)) == 1
    assert layout_of(image_with("yx", kinds={0: {"type": "time"}, 1: {"type": "time"}})) == Roles(0, 1, None, ())


def test_one_axis_is_no_picture() -> None:
    with pytest.raises(UnsupportedError, match="one axis"):
        layout_of(image_with("x"))


@pytest.mark.parametrize(
    ("dtype", "wire"),
    [
        *((name, name) for name in ("uint8", "uint16", "uint32", "int16", "int32", "float32")),
        *((f">{code}", name) for code, name in (("u2", "uint16"), ("i4", "int32"), ("f4", "float32"))),
        ("bool", "uint8"),
        ("int8", "int16"),
        *((name, "float32") for name in ("int64", "uint64", "float16", "float64", ">f8", "complex64", "complex128")),
        *((name, None) for name in ("U3", "S3", "O", "M8[s]", "m8[s]", "i4,i4", "V3")),
    ],
)
def test_types_on_the_wire(dtype: str, wire: str | None) -> None:
    found = wire_dtype(np.dtype(dtype))
    assert (None if found is None else found.name) == wire
    assert found is None or found.newbyteorder("<") == found


def test_text_of_any_length_is_not_sent() -> None:
    assert wire_dtype(np.dtypes.StringDType()) is None


def test_ranges_of_types() -> None:
    assert value_range(np.dtype("uint8")) == (0, 255)
    assert value_range(np.dtype("int16")) == (-32768, 32767)
    assert value_range(np.dtype("float32")) == value_range(np.dtype("bool")) == (0, 1)


def test_the_browser_is_told_bounded_json() -> None:
    image = image_with(
        "cyx", (2, 8, 8), keys={"omero": {"channels": [{"label": "<b>" * 1000}]}}, kinds={1: {"unit": "micrometer"}}
    )
    info = describe(image, layout_of(image)) | describe_channels(
        image.channels, [Contrast((0, 10), (0, 10)), Contrast((0, 5), (-5, 7), (1, 2))]
    )
    text = json.dumps(info, allow_nan=False)
    assert len(text) < 4000
    assert info["limits"] == [-5, 10]
    assert info["axes"][1] == {"name": "y", "type": "space", "unit": "micrometer", "symbol": "µm"}
    assert (info["display"], info["channel"], info["sliders"]) == ({"y": 1, "x": 2}, 0, [])
    assert info["levels"][0]["shape"] == [2, 8, 8]
    assert [len(channel["label"]) for channel in info["channels"]] == [200, 9]
    assert (info["dtype"], info["wire"]) == ("uint16", "uint16")
