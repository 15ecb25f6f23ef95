"""Views that move together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.core.image import Image
from omezarr_nb.errors import InvalidArgumentError
from omezarr_nb.viewers.image import ImageViewer


def image(folder: Path, name: str, *, planes: int, scale: float, channels: int = 2) -> Image:
    pixels = np.arange(channels * planes * 64, dtype="uint16").reshape(channels, planes, 8, 8)
    return omezarr_nb.write_image(pixels, folder / name, axes="czyx", scale={"z": scale}, units="micrometer", levels=1)


def test_camera_and_position_are_shared_in_the_world(tmp_path: Path) -> None:
    fine = image(tmp_path, "fine.zarr", planes=20, scale=0.5).view(indices={"z": 5})
    coarse = image(tmp_path, "coarse.zarr", planes=5, scale=2).view()
    link = omezarr_nb.link(fine, coarse)
    assert coarse.indices == {"z": 1}  # 2.5 µm: nearer to 2 than to 4
    fine.center, fine.zoom = (3, 4), 20.0
    assert (coarse.center, coarse.zoom) == ((3, 4), 20)
    coarse.indices = {"z": 4}
    assert fine.indices == {"z": 16}
    fine.indices = {"z": 15}
    assert coarse.indices == {"z": 4}
    assert fine.indices == {"z": 15}  # the answer of the other does not come back
    link.unlink()
    fine.indices = {"z": 0}
    assert coarse.indices == {"z": 4}


@pytest.mark.parametrize("sooner", [0, 1], ids=["the first", "the second"])
def test_views_that_open_at_once_look_where_the_first_does(tmp_path: Path, sooner: int) -> None:
    views = [image(tmp_path, f"{name}.zarr", planes=2, scale=1).view() for name in "ab"]
    omezarr_nb.link(*views)
    fits = [{"center": [4.0, 4.0], "zoom": 10.0}, {"center": [2.0, 2.0], "zoom": 20.0}]
    # Each page fits its image before it hears of the other.
    views[sooner].set_state(fits[sooner])
    assert (views[0].zoom > 0) == (sooner == 0)
    views[1 - sooner].set_state(fits[1 - sooner])
    assert [(view.center, view.zoom) for view in views] == [((4, 4), 10)] * 2
    views[1].set_state({"center": [1.0, 1.0], "zoom": 40.0})
    assert [(view.center, view.zoom) for view in views] == [((1, 1), 40)] * 2


def test_a_view_that_is_moved_from_python_before_it_opens_leads_too(tmp_path: Path) -> None:
    views = [image(tmp_path, f"{name}.zarr", planes=2, scale=1).view() for name in "ab"]
    omezarr_nb.link(*views)
    views[1].center, views[1].zoom = (2, 2), 20.0
    assert (views[0].center, views[0].zoom) == ((2, 2), 20)


def test_contrast_is_shared_by_the_channels_that_both_have(tmp_path: Path) -> None:
    two = image(tmp_path, "two.zarr", planes=2, scale=1).view()
    three = image(tmp_path, "three.zarr", planes=2, scale=1, channels=3).view()
    last = three.contrast_limits[2]
    omezarr_nb.link(two, three, on="contrast")
    two.contrast_limits = [(1, 2), (3, 4)]
    assert three.contrast_limits == [(1, 2), (3, 4), last]
    three.gamma = [2, 1, 0.5]
    assert two.gamma == [2, 1]
    two.colors = ["red", "blue"]
    assert three.colors[0] != "#ff0000"


def test_what_cannot_be_linked_is_refused(tmp_path: Path) -> None:
    viewer = image(tmp_path, "a.zarr", planes=2, scale=1).view()
    other = image(tmp_path, "b.zarr", planes=2, scale=1).view()
    for viewers, on, words in (
        ((viewer,), "camera", "Two or more"),
        ((viewer, viewer), "camera", "Two or more"),
        ((viewer, other), "colour", "camera, position"),
        ((viewer, other), (), "camera, position"),
    ):
        with pytest.raises(InvalidArgumentError, match=words):
            omezarr_nb.link(*viewers, on=on)


def test_two_images_are_compared_side_by_side(tmp_path: Path) -> None:
    first = image(tmp_path, "a.zarr", planes=3, scale=1)
    image(tmp_path, "b.zarr", planes=3, scale=1)
    box = omezarr_nb.compare(first, tmp_path / "b.zarr", height=300)
    left, right = box.children
    assert isinstance(left, ImageViewer)
    assert isinstance(right, ImageViewer)
    assert (left.height, right.height) == (300, 300)
    left.indices = {"z": 2}
    assert right.indices == {"z": 2}


def test_two_images_are_compared_in_one_view(tmp_path: Path) -> None:
    first = image(tmp_path, "a.zarr", planes=3, scale=1)
    image(tmp_path, "b.zarr", planes=3, scale=1)
    viewer = omezarr_nb.compare(first, tmp_path / "b.zarr", how="swipe", divider=0.25)
    assert isinstance(viewer, ImageViewer)
    assert (viewer.comparison, viewer.divider, viewer.layer_names) == ("swipe", 0.25, ("a", "b"))
    assert omezarr_nb.compare(first, omezarr_nb.Layer(first, name="same"), how="difference").layer_names[1] == "same"
    with pytest.raises(InvalidArgumentError, match="side by side, swipe, difference"):
        omezarr_nb.compare(first, first, how="blink")  # type: ignore[arg-type] # not there


def test_three_views_are_linked(tmp_path: Path) -> None:
    views = [image(tmp_path, f"{name}.zarr", planes=4, scale=1).view() for name in "abc"]
    omezarr_nb.link(*views, on="position")
    views[2].indices = {"z": 3}
    assert [view.indices["z"] for view in views] == [3, 3, 3]
