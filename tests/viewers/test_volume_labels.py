"""Labels in the kernel's picture of a volume, against what numpy says of the first voxel along each ray."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb import Image, ImageViewer
from omezarr_nb.display.label_colors import label_colors
from omezarr_nb.viewers.volume import answer_volume
from tests.stores import make_image

FRONT = (0.0, 0.0, 0.0, 1.0)
HUGE = 2**63 + 5
IDS = np.zeros((4, 12, 16), "uint64")
IDS[1:3, 2:8, 2:8] = 7
IDS[3, 4:10, 4:14] = HUGE


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """Return a black volume with labels that have a depth, and some that have none."""
    where = make_image(tmp_path / "image.zarr", [np.zeros((4, 12, 16), "uint8")], "zyx")
    omezarr_nb.write_labels(IDS, where, name="cells", axes="zyx", scale_factors=[])
    omezarr_nb.write_labels(IDS[0].astype("uint8"), where, name="flat", axes="yx", scale_factors=[])
    opened = omezarr_nb.open(where)
    assert isinstance(opened, Image)
    return opened


def picture(image: Image, **traits: Any) -> np.ndarray[Any, Any]:
    """Return the volume from the front, a pixel of the picture for each voxel, (y, x, RGB)."""
    view = ImageViewer(image, volume=True, volume_rotation=FRONT, height=120, label_opacity=1.0, **traits)
    # Ten pixels for a voxel, of which the one in the middle is looked at.
    view.volume_zoom = 10.0
    seen = np.asarray(view.snapshot(width=160, height=120))[..., :3].astype(int)
    view.close()
    return np.asarray(seen[5::10, 5::10])


def colored(ids: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the colours of ids, fully lit."""
    return label_colors(ids.astype("uint64").view("int64"), {})[..., :3].astype(int)


def test_the_first_label_along_each_ray_is_seen_in_its_colour(image: Image) -> None:
    seen = picture(image, visible_labels=["cells"])
    first = np.where(IDS[1] != 0, IDS[1], IDS[3])
    expected = colored(first)
    np.testing.assert_array_equal(seen.max(axis=2) > 0, first != 0)
    # Edges are lit less; faces that look at the viewer fully.
    inner = np.zeros(first.shape, bool)
    inner[3:7, 3:7] = inner[5:9, 9:13] = True
    np.testing.assert_allclose(seen[inner], expected[inner], atol=1)
    share = seen[first != 0].sum(axis=1) / expected[first != 0].sum(axis=1)
    assert 0.25 <= share.min() < 0.9
    assert share.max() <= 1.01


def test_labels_that_are_left_out_hide_nothing(image: Image) -> None:
    only = picture(image, visible_labels=["cells"], selected_labels={"cells": [HUGE]}, only_selected=True)
    np.testing.assert_array_equal(only.max(axis=2) > 0, IDS[3] == HUGE)
    clipped = picture(image, visible_labels=["cells"], volume_clip={"z": (2.5, 3.5)})
    inside = IDS[3] == HUGE
    np.testing.assert_array_equal(clipped.max(axis=2) > 0, inside)
    # Cut by the box, all of it faces the viewer.
    np.testing.assert_allclose(clipped[inside], colored(IDS[3])[inside], atol=1)


def test_labels_without_depth_are_not_shown(image: Image) -> None:
    assert picture(image, visible_labels=["flat"]).max() == 0


def test_voxels_of_labels_come_as_they_are(image: Image) -> None:
    view = ImageViewer(image)
    planes = view._layers.opened("cells")
    question = {"kind": "volume", "level": 0, "channel": 0, "indices": [0, 0, 0], "box": [2, 4, 0, 12]}
    said, (buffer,) = answer_volume(planes, question)
    assert (said["dtype"], said["shape"]) == ("uint64", [2, 12, 16])
    np.testing.assert_array_equal(np.frombuffer(buffer, "uint64").reshape(2, 12, 16), IDS[2:])
    # One value for all of a part is a text: it may have more than 53 bits.
    assert answer_volume(planes, question | {"box": [0, 1, 0, 12]})[0]["value"] == "0"
    view.close()
