"""What a version cannot say of an image is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omezarr_nb.core.axes import Axis, parse_axes
from omezarr_nb.core.format import Format, FormatV01, FormatV03, FormatV04, FormatV05, FormatV06, format_implementations
from omezarr_nb.core.losses import losses
from omezarr_nb.core.metadata import Dataset, ImageMetadata, Intrinsic, Multiscale, image_to_json
from omezarr_nb.core.parse import parse_image
from omezarr_nb.core.transforms import (
    CoordinateSystem,
    Edge,
    Identity,
    OtherTransformation,
    Reference,
    Scale,
    Translation,
)
from tests.core.models import images

YX = parse_axes("yx")
PLAIN = Multiscale(YX, (Dataset("0", (Scale((1.0, 1.0)),)),))
NOTED = Scale((1.0, 1.0), extra={"name": "mine"})


def level(*steps: Any, **more: Any) -> dict[str, Any]:
    return {"datasets": (Dataset("0", steps, **more),)}


@pytest.mark.parametrize(
    ("fmt", "change", "expected"),
    [
        (FormatV01(), {}, [("axes-fixed", "error")]),
        (FormatV01(), {"axes": parse_axes("tczyx"), **level(Scale((1.0,) * 5))}, []),
        (FormatV03(), {}, []),
        (FormatV03(), {"axes": parse_axes("xy")}, [("axes-order", "error")]),
        (FormatV03(), {"axes": (Axis("y", "space", "meter"), YX[1])}, [("axis-unit", "warning")]),
        (FormatV03(), {"axes": (Axis("y", "height"), YX[1])}, [("axis-type", "warning")]),
        (FormatV03(), {"axes": (Axis("y", "space", extra={"a": 1}), YX[1])}, [("axis-extra", "warning")]),
        (FormatV03(), level(Scale((2.0, 1.0))), [("pixel-size", "warning")]),
        (FormatV03(), {"transformations": (Scale((2.0, 1.0)),)}, [("pixel-size", "warning")]),
        (FormatV03(), level(Translation((2.0, 1.0))), [("position", "warning")]),
        (FormatV03(), level(NOTED), [("transformation", "warning")]),
        (FormatV03(), level(OtherTransformation("warp")), [("transformation", "warning")]),
        (FormatV03(), level(), []),
        (FormatV04(), {}, []),
        (FormatV05(), {"axes": parse_axes("yxc"), **level(Scale((1.0,) * 3))}, [("axes-order", "error")]),
        (FormatV05(), level(), [("scale-missing", "error")]),
        (FormatV05(), level(Identity()), []),
        (FormatV05(), level(Identity(extra={"name": "mine"})), [("transformation-extra", "warning")]),
        (FormatV05(), level(NOTED), []),
        (
            FormatV05(),
            level(NOTED, Translation((0.0, 1.0)), annotation={"a": 1}),
            [("transformation-extra", "warning")],
        ),
        (FormatV05(), level(OtherTransformation("warp")), [("level-transformation", "error")]),
        (FormatV05(), {"transformations": (OtherTransformation("warp"),)}, [("level-transformation", "error")]),
        (FormatV05(), {"transformations": (Identity(),)}, []),
        (FormatV05(), {"others": (CoordinateSystem("world", YX),)}, [("coordinate-systems", "warning")]),
        (FormatV05(), {"intrinsic": Intrinsic("own", 0, {"a": 1})}, [("coordinate-systems", "warning")]),
        (
            FormatV05(),
            {"edges": (Edge(Identity(), Reference("physical"), Reference("world")),)},
            [("coordinate-transformations", "warning")],
        ),
        (FormatV06(), {"others": (CoordinateSystem("world", YX),)}, []),
        (FormatV06(), level(), [("scale-missing", "error")]),
        (FormatV06(), level(Identity()), []),
        (FormatV06(), level(NOTED, NOTED), [("transformation-extra", "warning")]),
        (FormatV06(), {"transformations": (Scale((2.0, 1.0)),)}, []),
        (FormatV06(), {"transformations": (OtherTransformation("warp"),)}, [("level-transformation", "error")]),
    ],
)
def test_what_is_lost_is_said(fmt: Format, change: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    found = losses(ImageMetadata((replace(PLAIN, **change),)), fmt)
    assert [(problem.rule, problem.severity) for problem in found] == expected
    assert all(problem.place.startswith("multiscales[0]") for problem in found)


@given(st.sampled_from(format_implementations()), st.sampled_from(format_implementations()), st.data())
def test_what_is_not_lost_is_read_back(made: Format, fmt: Format, data: st.DataObject) -> None:
    """Between any two versions: where nothing is said to be lost, pixels keep their places, and axes what is known."""
    metadata = data.draw(images(made))
    if losses(metadata, fmt):
        return
    read, _ = parse_image(fmt.wrap(image_to_json(metadata, fmt)), fmt)
    for before, after in zip(metadata.multiscales, read.multiscales, strict=True):
        assert (before.axes, before.name, before.type, before.metadata) == (
            after.axes,
            after.name,
            after.type,
            after.metadata,
        )
        assert before.others == after.others
        assert before.edges == after.edges
        if not fmt.scaled:
            continue
        for old, new in zip(before.datasets, after.datasets, strict=True):
            point = [1.0] * len(before.axes)
            ways = [(before, old), (after, new)]
            mapped = [m.graph.map(point, Reference(path=d.path), m.intrinsic.name).tolist() for m, d in ways]
            assert mapped[0] == pytest.approx(mapped[1], rel=1e-9, abs=1e-6)
    assert (read.omero, read.image_label) == (metadata.omero, metadata.image_label)
