"""A planned conversion in a cell and in a terminal: what is lost is said before anything is written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.display import to_html
from tests.display.page import parse
from tests.stores import make_image


@pytest.fixture
def image(tmp_path: Path) -> str:
    return make_image(
        tmp_path / "<b>old.zarr", [np.zeros((8, 8), "uint8")], "yx", units={"y": "micrometer"}, scales=[[0.5, 0.5]]
    )


def test_losses_and_notes_stand_first_and_escaped(image: str) -> None:
    html = to_html(omezarr_nb.plan_convert(image, "/data/<i>new</i>.zarr", version="0.1"))
    text = parse(html).text
    parts = [
        "Plan of a conversion from OME-Zarr 0.5 to 0.1",
        "cannot say this, and nothing is written unless drop=True",
        "no units of axes",
        "no sizes of pixels",
        "t, c, z of one pixel are put into 1 array",
        "Chunks are copied as they are stored. Nothing at the target is overwritten.",
    ]
    positions = [text.index(part) for part in parts]
    assert positions == sorted(positions)
    assert "<i>" not in html
    assert "<b>old" not in html


@pytest.mark.parametrize(
    ("version", "drop", "words"),
    [
        ("0.3", False, "nothing is written unless drop=True"),
        ("0.3", True, "cannot say this, and it is left out"),
        ("0.6", False, "work: Writes 1 group and 1 array of 1 chunk, 64\u2009bytes of pixels"),
    ],
)
def test_the_text_says_what_comes_of_it(image: str, version: str, drop: bool, words: str) -> None:
    plan = omezarr_nb.plan_convert(image, "new.zarr", version=version, drop=drop, overwrite=True)
    assert words in str(plan)
    assert "What is at the target is replaced." in str(plan)
    assert repr(plan).startswith(f"<ConvertPlan OME-Zarr 0.5 to {version}, ")
    assert "\n" not in repr(plan)
    assert ("cannot say" in str(plan)) == (version == "0.3")


def test_what_cannot_be_at_all_and_what_is_encoded_anew(tmp_path: Path) -> None:
    where = make_image(tmp_path / "old.zarr", [np.zeros((16, 16), "uint8")], "xy", chunks=(8, 8), shards=(16, 16))
    plan = omezarr_nb.plan_convert(where, "new.zarr", version="0.2", drop=True)
    assert "This cannot be OME-Zarr 0.2, and nothing is written" in str(plan)
    assert "Decoded and encoded anew, for the format of Zarr has not their codecs: 0." in str(plan)


@pytest.mark.filterwarnings("ignore")
def test_the_plan_of_an_image_says_what_is_lost_added_and_unknown() -> None:
    pixels = np.zeros((16, 16), "uint8")
    old = omezarr_nb.plan_image(pixels, "a.zarr", version="0.2", scale={"y": 2})
    for text in (str(old), parse(to_html(old)).text):
        assert "t, c, z of one pixel are put in" in text
        assert "no sizes of pixels" in text
    new = omezarr_nb.plan_image(pixels, "a.zarr", units={"y": "<foo>"})
    assert '"<foo>" is not in the list of units (axis-unit-known)' in str(new)
    assert "<foo>" not in to_html(new)
    assert "said" not in str(omezarr_nb.plan_image(pixels, "a.zarr"))
