"""Where files are that a person puts into wells."""

from __future__ import annotations

import pytest

from omezarr_nb.errors import InvalidArgumentError
from omezarr_nb.wizards.by_hand import put_by_hand

TWO = ["A1_s1_DAPI.tif", "A1_s1_GFP.tif", "A1_s2_DAPI.tif", "x.tif", "y.tif", "z.tif"]


def test_what_a_field_lacks_is_filled_before_another_field_is_begun() -> None:
    found = put_by_hand(TWO, "{well}_{field}_{channel}", [("x.tif", "A1"), ("y.tif", "a01"), ("z.tif", "B2")])
    assert [(spot.row, spot.column, spot.field, spot.channel) for spot in found.put] == [
        ("A", "1", "s2", "GFP"),
        ("A", "1", "s3", "DAPI"),
        ("B", "2", "s1", "DAPI"),
    ]
    assert found.left == ()
    assert {"file": "run/x.tif", "well": "A1", "field": "s2", "channel": "GFP"} in found.table("run")


def test_a_file_whose_name_says_something_else_is_where_it_was_put() -> None:
    found = put_by_hand(["A1.tif", "A2.tif"], "{well}", [("A2.tif", "C3")])
    assert [(spot.row, spot.column) for spot in (*found.spots, *found.put)] == [("A", "1"), ("C", "3")]


def test_several_files_in_one_well_are_several_fields() -> None:
    found = put_by_hand(["a.tif", "b.tif", "c.tif"], "", [("a.tif", "A1"), ("b.tif", "A1")])
    assert [spot.field for spot in found.put] == ["", "2"]
    assert found.left == ("c.tif",)


@pytest.mark.parametrize("well", ["", "1", "ABC1", "A0", "A100", "A1; B2"])
def test_what_is_no_well_is_told(well: str) -> None:
    with pytest.raises(InvalidArgumentError, match="no well of this name"):
        put_by_hand(["a.tif"], "", [("a.tif", well)])
