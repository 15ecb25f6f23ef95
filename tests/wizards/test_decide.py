"""What follows from a form: plans, problems and code. No widget, no file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dask.array as da
import numpy as np
import pytest

from omezarr_nb.wizards.decide import ImageDecision, decide
from omezarr_nb.wizards.form import ImageForm, first_form, is_url, parse_size
from omezarr_nb.wizards.preview import Look
from omezarr_nb.wizards.sources import Source, array_source


def form_of(shape: tuple[int, ...], dtype: str = "uint8", **changes: Any) -> ImageForm:
    """Return the form for an array called "cells"."""
    return replace(first_form(array_source(np.zeros(shape, dtype), "cells"), "cells.ome.zarr"), **changes)


def call_in(decision: ImageDecision) -> str:
    """Return the call of the code, in one line."""
    return " ".join(decision.code.split("image = ")[1].split("image.view")[0].split())


def test_nothing_follows_from_nothing() -> None:
    assert decide(ImageForm()) == ImageDecision()


@pytest.mark.parametrize(
    ("text", "size"), [("0.65", 0.65), ("0,65", 0.65), ("1e-3", 0.001), (" 2 ", 2.0), ("1,000.5", None), ("1 µm", None)]
)
def test_a_size_is_a_number(text: str, size: float | None) -> None:
    value = parse_size(text)
    assert value == size if size else isinstance(value, str)


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "two"])
def test_what_is_no_size_is_told_in_words(text: str) -> None:
    assert isinstance(parse_size(text), str)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (form_of((64, 64)), 'omezarr_nb.write_image(cells, "cells.ome.zarr")'),
        (form_of((9, 64, 64)), 'omezarr_nb.write_image(cells, "cells.ome.zarr", axes="zyx")'),
        (
            form_of((64, 64), sizes={"y": "0.5"}, units={"y": "micrometer"}, together=True),
            'omezarr_nb.write_image( cells, "cells.ome.zarr", scale={"y": 0.5, "x": 0.5}, units="micrometer", )',
        ),
        (
            form_of((9, 64, 64), names=("t", "y", "x"), sizes={"t": "2"}, units={"t": "second"}),
            'omezarr_nb.write_image( cells, "cells.ome.zarr", axes="tyx", scale={"t": 2.0}, units={"t": "second"}, )',
        ),
        (
            form_of((2, 64, 64), channels="DAPI, GFP"),
            'omezarr_nb.write_image( cells, "cells.ome.zarr", axes="cyx", channels=["DAPI", "GFP"], )',
        ),
        (
            form_of((64, 64), levels=2, method="max", version="0.4", taken=True, replace=True),
            'omezarr_nb.write_image( cells, "cells.ome.zarr", levels=2, method="max", version="0.4", overwrite=True, )',
        ),
    ],
)
def test_the_code_has_the_arguments_that_differ_from_the_defaults(form: ImageForm, expected: str) -> None:
    decision = decide(form)
    assert decision.ready, decision.troubles
    assert call_in(decision) == expected


def test_the_order_is_made_that_of_the_specification() -> None:
    form = form_of((64, 48, 3))
    assert form.reorder
    decision = decide(form)
    assert decision.plan is not None
    assert decision.plan.levels[0].shape == (3, 64, 48)
    assert "pixels = cells.transpose(2, 0, 1)  # yxc to cyx" in decision.code


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        (form_of((64, 48, 3), reorder=False), "order", "cyx here"),
        (form_of((64, 64), names=("x", "x")), "axes", "x is chosen for two dimensions"),
        (form_of((64, 64), names=("c", "x")), "axes", "space"),
        (form_of((64, 64), sizes={"y": "two"}), "size:y", "“two” is not a number"),
        (form_of((64, 64), sizes={"x": "0"}, together=False), "size:x", "above 0"),
        (form_of((2, 64, 64), channels="DAPI"), "channels", "1 name is given for 2 channels"),
        (form_of((64, 64), target=" "), "target", "Say where"),
        (form_of((64, 64), target="cells.png"), "target", ".zarr"),
        (form_of((64, 64), taken=True), "target", "already"),
        (form_of((64, 64), "float32", method="mode"), "method", "mode"),
        (form_of((9, 9, 9, 9, 9, 9)), "source", "has 6 dimensions; an image has 2 to 5"),
        (form_of((9,)), "source", "has 1 dimension; an image has 2 to 5"),
        (form_of(()), "source", "has no dimensions"),
        (form_of((64, 64), target="cells", kept="It holds other files."), "target", "It holds other files."),
    ],
)
def test_problems_belong_to_a_field(form: ImageForm, field: str, words: str) -> None:
    decision = decide(form)
    assert not decision.ready
    assert [trouble.field for trouble in decision.troubles] == [field]
    assert words in decision.troubles[0].message


def test_a_target_that_is_taken_still_shows_the_plan() -> None:
    assert decide(form_of((64, 64), taken=True)).plan is not None


def test_every_number_of_levels_that_is_offered_can_be_made() -> None:
    form = form_of((2, 40, 700, 300), "uint16", sizes={"z": "3", "y": "1", "x": "1"})
    offered = decide(form)
    assert len(offered.shapes) > offered.suggested
    for count, shape in enumerate(offered.shapes, start=1):
        plan = decide(replace(form, levels=count)).plan
        assert plan is not None
        assert (len(plan.levels), plan.levels[-1].shape) == (count, shape)


def test_more_levels_than_there_can_be_become_as_many_as_there_can_be() -> None:
    form = form_of((64, 64), levels=10)
    plan = decide(form).plan
    assert plan is not None
    assert len(plan.levels) == len(decide(form).shapes) < 10


def test_colours_keep_their_names_and_are_not_stretched() -> None:
    code = decide(form_of((64, 48, 3))).code
    assert '{"label": "red", "color": "FF0000", "window": {"start": 0, "end": 255}}' in code
    assert '{"label": "R", "color": "FF0000"' in decide(form_of((64, 48, 3), channels="R, G, B")).code


def test_dask_arrays_are_turned_without_being_computed() -> None:
    def fail(_: Any) -> Any:
        raise AssertionError("computed")

    lazy = da.zeros((64, 48, 3), chunks=16, dtype="uint8").map_blocks(
        fail, dtype="uint8", meta=np.empty((0, 0, 0), "u1")
    )
    source: Source = array_source(lazy, "lazy")
    plan = decide(first_form(source, "a.zarr")).plan
    assert plan is not None
    assert plan.levels[0].shape == (3, 64, 48)


@pytest.mark.parametrize(("target", "url"), [("s3://a/b.zarr", True), ("C:/a.zarr", False), ("a/b.zarr", False)])
def test_urls_are_told_from_paths(target: str, url: bool) -> None:
    assert is_url(target) is url


@pytest.mark.parametrize(
    ("typed", "window"),
    [(("", "50"), (0.0, 50.0)), (("-3", ""), (-3.0, 200.0)), (("7", "90"), (7.0, 90.0)), (("", ""), None)],
)
def test_a_limit_that_is_typed_alone_goes_with_the_one_that_suits(
    typed: tuple[str, str], window: tuple[float, float] | None
) -> None:
    look = Look(np.zeros((1, 8, 8), "uint8"), ((0.0, 200.0),), (8, 8))
    form = form_of((8, 8), windows={0: typed}, look=look)
    decision = decide(form)
    assert decision.troubles == ()
    assert form.window(0) == window
    assert decision.plan is not None
    stored = None if window is None else f'"start": {window[0]}, "end": {window[1]}'
    assert (stored is None and "window" not in decision.code) or str(stored) in " ".join(decision.code.split())
    assert form_of((8, 8), windows={0: typed}).window(0) == (window if "" not in typed else None)


def test_limits_that_hide_all_or_that_nobody_can_complete_are_told() -> None:
    look = Look(np.zeros((2, 8, 8), "uint8"), ((0.0, 200.0), (0.0, 200.0)), (8, 8))
    wrong = {0: ("300", ""), 1: ("x", ""), 5: ("9", "1")}
    form = form_of((2, 8, 8), names=("c", "y", "x"), channels="DAPI, ", windows=wrong, look=look)
    assert [trouble.message for trouble in decide(form).troubles] == [
        "DAPI: Black (300) lies below full colour (200).",
        "Channel 1: “x” is not a number.",
    ]
    [trouble] = decide(form_of((8, 8), windows={0: ("3", "")})).troubles
    assert trouble.message == "Channel 0: Give both limits, or none."


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros((0, 8, 8)), "The array has no pixels. Found: shape (0, 8, 8)."),
        (np.full((8, 8), "a"), "Pixels of this type cannot be stored. Found: dtype <U1."),
    ],
)
def test_what_is_wrong_with_the_pixels_stands_where_they_are_chosen(array: Any, said: str) -> None:
    form = first_form(array_source(array, "cells"), "cells.ome.zarr")
    assert [(trouble.field, trouble.message) for trouble in decide(form).troubles] == [("source", said)]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("cells.ome.zarr", None),
        ("cells.ozx", None),
        ("https://lab.org/cells.ome.zarr", "can only be read"),
        ("HTTP://lab.org/cells.ome.zarr", "can only be read"),
        ("cells.tif", "ends in .zarr"),
    ],
)
def test_where_an_image_cannot_be_written_is_told_before_it_is_tried(target: str, said: str | None) -> None:
    troubles = decide(form_of((8, 8), target=target)).troubles
    assert [trouble.field for trouble in troubles] == ([] if said is None else ["target"])
    assert said is None or said in troubles[0].message


@pytest.mark.parametrize(("version", "there"), [("0.4", False), ("0.5", True), ("0.6", True)])
def test_shards_are_asked_for_only_where_a_version_has_them(version: str, there: bool) -> None:
    decision = decide(form_of((9, 512, 512), version=version, shards=True))
    assert decision.plan is not None
    assert (decision.plan.levels[0].shards is not None) == there
    assert ("shards" in decision.code) == there
