"""Labels take the axes of their image, and are as long as it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from omezarr_nb.core.axes import axes_word
from omezarr_nb.core.growing.create import create_labels
from omezarr_nb.core.writer import write_image, write_labels, write_multiscale_labels
from omezarr_nb.errors import InvalidArgumentError

SIZES = {"c": 2.0, "z": 3.0, "y": 0.5, "x": 0.5}


@pytest.fixture
def image(tmp_path: Path) -> Any:
    """Return an image of two channels."""
    return write_image(np.zeros((2, 4, 32, 24), "u1"), tmp_path / "image.zarr", axes="czyx", scale=SIZES)


def test_labels_without_axes_take_those_of_the_image_without_the_channel(image: Any) -> None:
    labels = write_labels(np.ones((4, 32, 24), "u1"), image, name="cells")
    assert axes_word(labels.axes) == "zyx"
    assert labels.levels[0].scale == (3.0, 0.5, 0.5)
    given = write_multiscale_labels([np.ones((4, 32, 24), "u1")], image, "given")
    assert axes_word(given.axes) == "zyx"
    assert axes_word(write_labels(np.ones((1, 1, 32, 24), "u1"), image, name="flat").axes) == "czyx"


@pytest.mark.parametrize("shape", [(4, 32, 23), (5, 32, 24), (2, 4, 16, 24)])
def test_labels_of_another_length_are_refused(image: Any, shape: tuple[int, ...]) -> None:
    words = re.escape(f"{shape}") + r".*\(2, 4, 32, 24\) for czyx"
    with pytest.raises(InvalidArgumentError, match=words):
        write_labels(np.ones(shape, "u1"), image, name="cells")
    with pytest.raises(InvalidArgumentError, match=words):
        write_multiscale_labels([np.ones(shape, "u1")], image, "cells")
    assert not list(image.labels)


def test_labels_of_another_sampling_are_allowed_where_it_is_said(image: Any) -> None:
    labels = write_labels(np.ones((4, 16, 12), "u1"), image, name="coarse", scale={"z": 3, "y": 1, "x": 1})
    assert labels.shape == (4, 16, 12)
    moved = write_labels(np.ones((2, 10, 10), "u1"), image, name="part", translation={"z": 3, "y": 4, "x": 4})
    assert moved.levels[0].translation == (3.0, 4.0, 4.0)
    assert moved.levels[0].scale == (3.0, 0.5, 0.5)


@pytest.mark.parametrize("write", [write_labels, write_multiscale_labels, create_labels])
def test_the_image_that_was_passed_learns_of_its_labels(image: Any, write: Any) -> None:
    assert list(image.labels) == []
    pixels = np.ones((4, 32, 24), "u1")
    given = {write_labels: (pixels, image), write_multiscale_labels: ([pixels], image), create_labels: (image,)}
    write(*given[write], name="cells")
    assert list(image.labels) == ["cells"]
    assert image.labels["cells"].shape == (4, 32, 24)
    write_labels(pixels * 7, image, name="cells", overwrite=True)
    assert int(image.labels["cells"].array().max()) == 7
