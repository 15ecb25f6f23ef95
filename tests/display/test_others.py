"""Plans, labels, problems and anything else in a cell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.core.problems import Problem
from omezarr_nb.display import to_html, to_text
from tests.display.page import parse
from tests.stores import make_image

PROBLEMS = (
    Problem("axis-unit", "warning", "axes[0].unit", '"<u>" is not in the list of units'),
    Problem("level-array", "error", "multiscales[0].datasets[1]", 'there is no array at "1"'),
)


def test_a_plan_says_what_it_will_do() -> None:
    plan = omezarr_nb.plan_image(
        np.zeros((3, 512, 512), "uint16"),
        "somewhere/<b>new</b>.ome.zarr",
        axes="cyx",
        scale={"y": 0.5, "x": 0.5},
        units="um",
        channels=["<i>DAPI</i>", "GFP", "RFP"],
        scale_factors=[2, 4],
    )
    page = parse(to_html(plan))
    for words in (
        "OME-Zarr 0.5 · cyx",
        "somewhere/<b>new</b>.ome.zarr",
        "Nothing at the target is overwritten.",
        "c 3 × y 128 × x 128",
        "y 2 × x 2 µm",
        "3 channels: <i>DAPI</i>, GFP, RFP",
        "Metadata that will be written",
    ):
        assert words in page.text
    for words in ("numpy", "c\u00a03 × y\u00a0128 × x\u00a0128", "Nothing at the target is overwritten."):
        assert words in to_text(plan)


def test_problems_stand_in_order_errors_first() -> None:
    text = parse(to_html(PROBLEMS)).text
    assert text.index("there is no array") < text.index('"<u>" is not')
    assert to_text(PROBLEMS).splitlines()[0].startswith("error at multiscales[0].datasets[1]: there is no array")
    assert "180 more problems" in parse(to_html(PROBLEMS * 100)).text
    assert "no problems" in to_html(())


def test_labels_by_name(tmp_path: Path) -> None:
    image = omezarr_nb.open(make_image(tmp_path / "image.zarr", [np.zeros((8, 8), "uint8")], "yx"))
    assert "Labels: none" in parse(to_html(image.labels)).text


class Broken:
    """Raises whenever it is looked at."""

    def __repr__(self) -> str:
        raise ValueError("<b>broken</b>")


@pytest.mark.parametrize(("obj", "words"), [(3, "3"), (Broken(), "Broken: this could not be shown. <b>broken</b>")])
def test_anything_else(obj: object, words: str) -> None:
    assert words in parse(to_html(obj)).text
    assert words in to_text(obj)
