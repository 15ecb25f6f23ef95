"""Three planes through one point: the point, the planes and the cameras go together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import traitlets

import omezarr_nb
from omezarr_nb.core.image import Image
from omezarr_nb.errors import UnsupportedError
from omezarr_nb.viewers.orthogonal import Orthogonal


@pytest.fixture
def stack(tmp_path: Path) -> Image:
    """Return 2 x 6 planes of 16 x 24 pixels of 0.5 µm, 2 µm apart, each pixel of its own value."""
    pixels = np.arange(2 * 6 * 16 * 24, dtype="uint16").reshape(2, 6, 16, 24)
    scale = {"t": 1, "z": 2, "y": 0.5, "x": 0.5}
    return omezarr_nb.write_image(
        pixels, tmp_path / "stack.zarr", axes="tzyx", scale=scale, units="micrometer", scale_factors=[{"y": 2, "x": 2}]
    )


def plane(view: omezarr_nb.ImageViewer) -> np.ndarray:
    """Return the plane of level 0 that a view shows."""
    level = view.image.levels[0]
    shape = level.shape[view._layout.y], level.shape[view._layout.x]
    at = view._planes.level_indices(level, view.indices)
    return view._planes.window(level, at, 0, slice(0, shape[0]), slice(0, shape[1]))


def test_each_view_shows_its_plane_through_the_point(stack: Image) -> None:
    planes = omezarr_nb.orthogonal(stack, indices={"t": 1})
    assert isinstance(planes, Orthogonal)
    planes.position = {"x": 3.5, "y": 2, "z": 8}
    pixels = np.asarray(stack.array())[1]
    assert (plane(planes.xy) == pixels[4]).all()
    assert (plane(planes.zy) == pixels[:, :, 7].T).all()
    assert (plane(planes.xz) == pixels[:, 4, :]).all()
    assert [view.crosshair for view in planes.views] == [(3.5, 2), (8, 2), (3.5, 8)]


def test_the_crosshair_and_the_sliders_of_each_move_the_others(stack: Image) -> None:
    planes = omezarr_nb.orthogonal(stack)
    planes.zy.crosshair = (10, 1.5)
    assert planes.position == {"x": 5.5, "y": 1.5, "z": 10}
    assert planes.xy.indices["z"] == 5
    assert planes.xz.indices["y"] == 3
    planes.xy.indices = {"z": 2}
    assert planes.xz.crosshair == (5.5, 4)
    planes.xz.indices = {"t": 1}
    assert [view.indices["t"] for view in planes.views] == [1, 1, 1]
    planes.position = {"x": 1e9}
    assert planes.position["x"] == 11.5


def test_the_cameras_are_one(stack: Image) -> None:
    planes = omezarr_nb.orthogonal(stack)
    planes.zy.zoom, planes.zy.center = 7.0, (5, 4)  # before the first one is shown it does not count
    planes.xy.center = (6, 4)
    planes.xy.zoom = 20.0
    assert [view.zoom for view in planes.views] == [20, 20, 20]
    planes.xz.center = (2, 9)
    assert [view.center for view in planes.views] == [(2, 4), (9, 4), (2, 9)]
    planes.xz.zoom = 30.0
    assert planes.xy.zoom == 30
    planes.xy.contrast_limits = [(5, 6)]
    assert planes.zy.contrast_limits == [(5, 6)]


def test_what_plays_is_shown_in_all_that_have_the_axis(stack: Image) -> None:
    planes = omezarr_nb.orthogonal(stack)
    planes.zy.playing = "t"
    assert [view.playing for view in planes.views] == ["t", "t", "t"]
    planes.xz.fps = 3.0
    assert [view.fps for view in planes.views] == [3, 3, 3]
    planes.xy.playing = ""
    assert [view.playing for view in planes.views] == ["", "", ""]
    # One thing at a time: the others have no slider for it.
    planes.xy.playing = "t"
    planes.zy.playing = "x"
    assert [view.playing for view in planes.views] == ["", "x", ""]


def test_voxels_that_are_long_along_z_are_so_in_the_picture(stack: Image) -> None:
    planes = omezarr_nb.orthogonal(stack, contrast_limits=[(0, 4608)], indices={"t": 0})
    planes.position = {"x": 3.5, "y": 2, "z": 8}
    assert planes.xz.snapshot(width=240).size == (240, 240)  # 12 µm by 12 µm
    assert planes.zy.snapshot(width=240).size == (240, 160)


def test_levels_that_are_coarser_in_the_plane_alone_are_used_across_it(stack: Image) -> None:
    planes = omezarr_nb.orthogonal(stack)
    level = planes.xz.image.levels[1]
    from omezarr_nb.viewers.snapshot import level_for

    assert level.scale[1:] == (2, 1, 1)
    assert level_for(planes.xz._planes, 1.2) == 1  # z is not fine enough on any level
    assert level_for(planes.xz._planes, 2.0) == 0


def test_labels_lie_on_the_same_planes(stack: Image) -> None:
    ids = np.zeros((6, 16, 24), "uint8")
    ids[4, :, 7] = 3
    scale = {"z": 2, "y": 0.5, "x": 0.5}
    omezarr_nb.write_labels(ids, stack.where, "cells", axes="zyx", scale=scale, levels=1)
    again = omezarr_nb.open(stack.where)
    assert isinstance(again, Image)
    planes = omezarr_nb.orthogonal(again)
    planes.position = {"x": 3.5, "z": 8}
    told, _ = planes.zy._answers()["labels"]({"kind": "labels", "labels": "cells"})
    info = told["info"]
    assert (info["display"], info["sliders"]) == ({"y": 1, "x": 0}, [2])
    found = planes.zy._layers.opened("cells")
    assert (plane_of_ids := found.window(found.image.levels[0], (0, 0, 7), 0, slice(0, 16), slice(0, 6))).shape == (
        16,
        6,
    )
    assert (plane_of_ids[:, 4] == 3).all()


def test_what_is_no_volume_is_refused_in_words(stack: Image, tmp_path: Path) -> None:
    flat = omezarr_nb.write_image(np.zeros((8, 8), "uint8"), tmp_path / "flat.zarr")
    thin = omezarr_nb.write_image(np.zeros((1, 8, 8), "uint8"), tmp_path / "thin.zarr", axes="zyx")
    for image, words in ((flat, "no third axis"), (thin, "one plane alone")):
        with pytest.raises(UnsupportedError, match=words):
            omezarr_nb.orthogonal(image)
    with pytest.raises(UnsupportedError, match="x, y, z"):
        omezarr_nb.orthogonal(stack).position = {"t": 1}
    with pytest.raises(UnsupportedError, match="two of t, z, y, x"):
        stack.view(plane="xw")
    with pytest.raises(traitlets.TraitError, match="position"):
        stack.view().crosshair = (1, 2, 3)


def test_a_view_of_another_plane_is_made_again_by_its_code(stack: Image) -> None:
    code = stack.view(plane="xz", indices={"y": 3}).to_code()
    assert "plane='xz'" in code
    made: dict[str, omezarr_nb.ImageViewer] = {}
    exec(code, made)
    assert made["viewer"]._info["display"] == {"y": 1, "x": 3}
    assert made["viewer"].indices["y"] == 3
