"""Colours and properties of labels as a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.core.image import LabelImage
from omezarr_nb.core.label_rows import rows_of
from omezarr_nb.core.metadata import ImageLabel, LabelColor
from omezarr_nb.errors import InvalidArgumentError

RED = (255, 0, 0, 255)


@pytest.mark.parametrize(
    ("described", "expected"),
    [
        (ImageLabel(), []),
        (ImageLabel(colors=(LabelColor(5, RED),)), [{"label-value": 5, "rgba": RED}]),
        (ImageLabel(colors=(LabelColor(5, None),)), []),
        (
            ImageLabel(
                colors=(LabelColor(2**63, RED), LabelColor(1, RED)),
                properties=({"label-value": 4, "area": 2.5}, {"label-value": 1, "class": "glia"}),
            ),
            [
                {"label-value": 1, "rgba": RED, "area": None, "class": "glia"},
                {"label-value": 4, "rgba": None, "area": 2.5, "class": None},
                {"label-value": 2**63, "rgba": RED, "area": None, "class": None},
            ],
        ),
        (
            ImageLabel(properties=({"label-value": 1, "a": 1}, {"label-value": 1, "b": 2}, {"label-value": "x"}, {})),
            [{"label-value": 1, "b": 2}],
        ),
        (
            ImageLabel(colors=(LabelColor(1, RED),), properties=({"label-value": 1, "rgba": "mine"},)),
            [{"label-value": 1, "rgba": "mine"}],
        ),
    ],
)
def test_a_row_is_what_is_stored_of_a_label(described: ImageLabel, expected: list[dict[str, Any]]) -> None:
    assert rows_of(described) == expected


@pytest.fixture
def where(tmp_path: Path) -> Path:
    """Write an image with two label images, one of which has properties."""
    path = tmp_path / "image.zarr"
    omezarr_nb.write_image(np.zeros((32, 32), "uint8"), path, axes="yx")
    omezarr_nb.write_labels(np.ones((32, 32), "uint8"), path, "plain", axes="yx")
    told = {"properties": [{"label-value": 2, "area": 1.5}, {"label-value": 1, "area": 3}]}
    omezarr_nb.write_labels(np.ones((32, 32), "uint8"), path, "cells", axes="yx", label_metadata=told)
    return path


def test_the_table_of_labels_reads_no_pixels(where: Path) -> None:
    labels = omezarr_nb.open(where).labels["cells"]
    assert isinstance(labels, LabelImage)
    for chunk in where.glob("labels/cells/*/c"):
        chunk.rename(chunk.with_name("gone"))
    assert labels.table() == [{"label-value": 1, "area": 3}, {"label-value": 2, "area": 1.5}]
    assert omezarr_nb.open(where).labels["plain"].table() == []


def test_a_view_has_the_table_of_what_it_shows(where: Path) -> None:
    with_labels = omezarr_nb.open(where).view(visible_labels=["cells"], selected_labels={"cells": [2, 9]})
    assert with_labels.label_table() == [{"label-value": 1, "area": 3}, {"label-value": 2, "area": 1.5}]
    assert with_labels.label_table("plain") == []
    assert with_labels.label_table(selected=True) == [
        {"label-value": 2, "area": 1.5},
        {"label-value": 9, "area": None},
    ]
    with pytest.raises(InvalidArgumentError, match="cells"):
        with_labels.label_table("nuclei")
    with_labels.close()
