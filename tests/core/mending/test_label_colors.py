"""Colours of labels are edited: by id, by a property, as a list; nothing else changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.errors import InvalidArgumentError, OMEZarrError

RED = {"label-value": 1, "rgba": [255, 0, 0, 255], "name": "kept"}
PROPERTIES = [{"label-value": 1, "area": 1}, {"label-value": 2, "area": 3}]


def make_labels(where: Path, version: str = "0.5") -> Path:
    """Write an image with labels 1 and 2, of which 1 is red, and return the place of the labels."""
    image = omezarr_nb.write_image(np.zeros((16, 16), "uint8"), where / "cells.ome.zarr", axes="yx", version=version)
    pixels = np.repeat(np.arange(1, 3, dtype="uint8"), 8)[:, np.newaxis] * np.ones((1, 16), "uint8")
    told = {"colors": [RED], "properties": PROPERTIES}
    omezarr_nb.write_labels(pixels, image, "nuclei", axes="yx", label_metadata=told)
    return where / "cells.ome.zarr" / "labels" / "nuclei"


def colors_of(labels: Any) -> dict[int, tuple[int, ...] | None]:
    """Return the colours that are stored, by id."""
    assert labels.metadata.image_label is not None
    return {entry.value: entry.rgba for entry in labels.metadata.image_label.colors}


@pytest.mark.parametrize("version", ["0.4", "0.5", "0.6"])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({2: "00ff00"}, {1: (255, 0, 0, 255), 2: (0, 255, 0, 255)}),
        ({1: "blue"}, {1: (0, 0, 255, 255)}),
        ({1: (1, 2, 3), 2: [4, 5, 6, 7]}, {1: (1, 2, 3, 255), 2: (4, 5, 6, 7)}),
        ({1: None}, {}),
        ("area", {1: (68, 1, 84, 255), 2: (253, 231, 37, 255)}),
        ([{"label-value": 2, "rgba": [9, 9, 9, 9]}], {2: (9, 9, 9, 9)}),
        ([], {}),
    ],
)
def test_colours_are_edited(tmp_path: Path, version: str, given: Any, expected: dict[int, Any]) -> None:
    where = make_labels(tmp_path, version)
    plan = omezarr_nb.plan_metadata(where, label_colors=given)
    assert len(plan.changed) == 1
    assert "label_colors=" in plan.to_code()
    labels: Any = plan.run()
    assert colors_of(labels) == expected
    assert [dict(entry) for entry in labels.metadata.image_label.properties] == PROPERTIES
    assert omezarr_nb.validate(where).is_valid
    if given == {1: "blue"}:
        assert labels.metadata.image_label.colors[0].extra == {"name": "kept"}


@pytest.mark.parametrize(
    "given", [{1: "bluish"}, {1: (1, 2)}, {1: (1, 2, 300)}, {"a": "red"}, {True: "red"}, "size", 3]
)
def test_what_is_no_colour_of_a_label_is_told(tmp_path: Path, given: Any) -> None:
    with pytest.raises(OMEZarrError):
        omezarr_nb.plan_metadata(make_labels(tmp_path), label_colors=given)


def test_only_labels_have_colours_by_id(tmp_path: Path) -> None:
    make_labels(tmp_path)
    with pytest.raises(InvalidArgumentError, match="no labels here"):
        omezarr_nb.plan_metadata(tmp_path / "cells.ome.zarr", label_colors={1: "red"})
