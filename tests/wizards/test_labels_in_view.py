"""The objects that the wizard of labels previews are those in the view that it is given."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.errors import ArgumentTypeError
from omezarr_nb.wizards.preview import part_in_view
from tests.wizards.driving import wait_for_state


@pytest.fixture
def viewer(folder: Path) -> Iterator[omezarr_nb.ImageViewer]:
    """Return the view of 2 planes of 1024 x 1024 pixels with squares: 3 to the upper left in plane 0, 7 in plane 1."""
    pixels = np.zeros((2, 1024, 1024), "uint8")
    for z, number in enumerate((3, 7)):
        for index in range(number):
            pixels[z, 20 + 40 * index : 40 + 40 * index, 20:60] = 200
    pixels[0, 500:520, 500:520] = 200
    image = omezarr_nb.write_image(
        pixels, folder / "squares.ome.zarr", axes="zyx", scale={"z": 1, "y": 0.5, "x": 0.25},
        translation={"y": 100.0, "x": 10.0},
    )  # fmt: skip
    shown = image.view(indices={"z": 0})
    yield shown
    shown.close()


def until(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    for _ in range(3000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it never was")


def test_the_part_that_a_view_shows_follows_from_its_place_and_zoom(viewer: omezarr_nb.ImageViewer) -> None:
    assert part_in_view(viewer) == {"z": (0, 1)}
    viewer.height, viewer.center, viewer.zoom = 300, (10 + 0.25 * 400, 100 + 0.5 * 200), 8.0
    assert part_in_view(viewer) == {"z": (0, 1), "x": (300, 200), "y": (162, 75)}
    viewer.zoom = 0.001
    assert part_in_view(viewer)["x"] == (144, 512)


def test_objects_are_previewed_where_the_view_looks_and_follow_it(viewer: omezarr_nb.ImageViewer) -> None:
    wizard = omezarr_nb.LabelsWizard(viewer=viewer, namespace={})
    wait_for_state(wizard, "ready")
    wizard.frame.go("Objects")
    preview = wizard._objects.preview
    until(lambda: "1 object in what the view shows" in preview.value)
    viewer.center, viewer.zoom = (10 + 0.25 * 100, 100 + 0.5 * 150), 4.0
    until(lambda: "3 objects in what the view shows" in preview.value)
    viewer.indices = {"z": 1}
    until(lambda: "7 objects in what the view shows" in preview.value)
    wizard.close()
    before = preview.value
    viewer.indices = {"z": 0}
    assert preview.value == before
    assert not wizard._moving._timer


def test_another_image_is_seen_in_its_middle(viewer: omezarr_nb.ImageViewer, folder: Path) -> None:
    other = omezarr_nb.write_image(np.eye(64, dtype="uint8") * 200, folder / "other.ome.zarr", axes="yx")
    wizard = omezarr_nb.LabelsWizard(other, viewer=viewer, namespace={}, smallest="0", smooth="0")
    wait_for_state(wizard, "ready")
    wizard.frame.go("Objects")
    until(lambda: "in the middle of the image" in wizard._objects.preview.value)


def test_what_is_no_view_is_refused() -> None:
    with pytest.raises(ArgumentTypeError, match="no view of an image"):
        omezarr_nb.LabelsWizard(viewer="a view", namespace={})  # type: ignore[arg-type] # on purpose
