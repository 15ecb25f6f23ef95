"""Several images in one view: each lies where the world of the first one has it, in the kernel's picture too."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import traitlets

import omezarr_nb
from omezarr_nb.core.image import Image
from omezarr_nb.core.transforms.types import Affine, Displacements, Rotation
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, UnsupportedError
from omezarr_nb.viewers.image import ImageViewer
from omezarr_nb.viewers.layers import Layer

LIMITS = {"contrast_limits": [(0, 255), (0, 255)], "colors": ["red", "lime"]}


def written(where: Path, pixels: Any, **options: Any) -> Image:
    image: Image = omezarr_nb.write_image(np.asarray(pixels, "uint8"), where, **options)
    return image


@pytest.fixture
def base(tmp_path: Path) -> Image:
    """Return 64 x 64 pixels of 100, of half a micrometre, over 8 planes of 2 µm."""
    scale = {"z": 2, "y": 0.5, "x": 0.5}
    return written(
        tmp_path / "base.zarr", np.full((8, 64, 64), 100), axes="zyx", scale=scale, units="micrometer", levels=1
    )


@pytest.fixture
def other(tmp_path: Path) -> Image:
    """Return 4 planes of 4000 nm, of 10, 20, 30, 40; a quarter as large, its corner 8 µm off."""
    planes = np.broadcast_to(np.array([10, 20, 30, 40])[:, None, None], (4, 16, 16))
    scale = {"z": 4000, "y": 1000, "x": 1000}
    return written(
        tmp_path / "other.zarr",
        planes,
        axes="zyx",
        scale=scale,
        translation={"z": 3000, "y": 8250, "x": 8250},
        units="nanometer",
        levels=1,
    )


def seen(viewer: ImageViewer) -> np.ndarray[Any, Any]:
    """Return the picture, one pixel for half a micrometre."""
    viewer.zoom, viewer.center = 2.0, (15.75, 15.75)
    return np.asarray(viewer.snapshot(width=64, height=480))[208:272]


def test_a_layer_lies_where_the_world_has_it_and_steps_with_it(base: Image, other: Image) -> None:
    viewer = base.view(layers=[other], indices={"z": 3}, height=480, **LIMITS)  # 6 µm: the second plane, of 7 µm
    pixels = seen(viewer)
    assert viewer.layer_names == ("base", "other")
    assert (pixels[..., 0] == 100).all()
    expected = np.zeros((64, 64), int)
    expected[16:48, 16:48] = 20
    assert (pixels[..., 1] == expected).all()
    viewer.indices = {"z": 7}  # 14 µm: the fourth, of 15 µm
    assert seen(viewer)[32, 32].tolist() == [100, 40, 0, 255]
    viewer.indices = {"z": 0}  # beyond its edge
    assert not seen(viewer)[..., 1].any()


def test_visibility_and_opacity_are_those_of_an_image(base: Image, other: Image) -> None:
    viewer = base.view(layers=[other], indices={"z": 3}, height=480, **LIMITS)
    viewer.layer_opacity = [0.5, 1]
    assert seen(viewer)[32, 32].tolist() == [50, 20, 0, 255]
    viewer.layer_visible = [False, True]
    assert seen(viewer)[32, 32].tolist() == [0, 20, 0, 255]
    assert seen(viewer)[2, 2].tolist() == [0, 0, 0, 0]
    with pytest.raises(traitlets.TraitError, match="for 2 images: base, other"):
        viewer.layer_visible = [True]


def test_images_without_colours_get_one_each(base: Image, other: Image) -> None:
    assert base.view(layers=[other]).colors == ["#00ff00", "#ff00ff"]
    assert base.view().colors == ["#ffffff"]


def test_two_images_are_swiped_and_subtracted(base: Image, other: Image) -> None:
    viewer = base.view(layers=[other], indices={"z": 3}, height=480, comparison="swipe", **LIMITS)
    viewer.divider = 0.25
    pixels = seen(viewer)
    assert pixels[32, 8].tolist() == [100, 0, 0, 255]
    assert pixels[32, 24].tolist() == [0, 20, 0, 255]
    assert pixels[4, 60].tolist() == [0, 0, 0, 0]
    viewer.comparison, viewer.difference_limit = "difference", 160
    assert seen(viewer)[32, 32].tolist() == [round(255 * 80 / 160), round(255 * 0.55 * 80 / 160), 0, 255]
    assert seen(viewer)[4, 4].tolist() == [0, 0, 0, 0]
    with pytest.raises(traitlets.TraitError, match="nothing to compare"):
        base.view(comparison="swipe")


def turned(degrees: float, middle: float) -> list[list[float]]:
    """Return a turn within y and x about a place; z stays."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [
        [1, 0, 0, 0],
        [0, cos, -sin, middle - cos * middle + sin * middle],
        [0, sin, cos, middle - sin * middle - cos * middle],
    ]


@pytest.mark.parametrize("kind", ["matrix", "affine"])
def test_a_layer_is_turned_within_the_plane(base: Image, tmp_path: Path, kind: str) -> None:
    pixels = np.zeros((8, 64, 64))
    pixels[:, 8:16, 24:40] = 200
    scale = {"z": 2, "y": 0.5, "x": 0.5}
    moving = written(tmp_path / "moving.zarr", pixels, axes="zyx", scale=scale, units="micrometer", levels=1)
    matrix = turned(90, 15.75)
    given = matrix if kind == "matrix" else Affine(tuple(map(tuple, matrix)))
    viewer = base.view(layers=[Layer(moving, transformation=given)], height=480, **LIMITS)
    shown = seen(viewer)[..., 1]
    expected = np.zeros((64, 64), int)
    # y' = middle - (x - middle), x' = y: of rows 8 to 15 come columns 8 to 15.
    expected[24:40, 8:16] = 200
    assert (shown == expected).all()


def test_what_cannot_be_drawn_is_refused_in_words(base: Image, other: Image) -> None:
    cos = sin = math.sqrt(0.5)
    tilted = Rotation(((cos, -sin, 0), (sin, cos, 0), (0, 0, 1)))
    for given, error, words in (
        (Layer(other, tilted), UnsupportedError, "mixes the axes"),
        (Layer(other, Displacements("field")), Exception, "field"),
        (Layer(other, [[1, 0], [0, 1]]), InvalidArgumentError, r"\(3, 4\), for the axes z, y, x"),
        (Layer(other, [[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]), UnsupportedError, "leaves nothing"),
        (Layer(other, [[1, 0, 0, math.inf], [0, 1, 0, 0], [0, 0, 1, 0]]), InvalidArgumentError, "finite"),
    ):
        with pytest.raises(error, match=words):
            base.view(layers=[given])
    with pytest.raises(ArgumentTypeError, match="list of images"):
        base.view(layers=other.where)


def test_the_code_of_a_view_makes_its_layers_again(base: Image, other: Image) -> None:
    viewer = base.view(layers=[other, Layer(other, turned(30, 5), "turned")], layer_opacity=[1, 0.5, 1])
    made: dict[str, Any] = {}
    exec(viewer.to_code(), made)
    again = made["viewer"]
    assert again.layer_names == ("base", "other", "turned")
    assert again._members[2].matrix == pytest.approx(viewer._members[2].matrix)
    assert again.layer_opacity == [1, 0.5, 1]


def test_contrast_is_asked_of_the_image_that_a_channel_is_of(base: Image, other: Image) -> None:
    viewer = base.view(layers=[other], indices={"z": 7})
    answer, _ = viewer._answers()["contrast"]({"channel": 1, "indices": {"z": 7}})
    assert answer["range"][1] == 40
    viewer.auto_contrast()
    assert viewer.contrast_limits[1][1] == 40
    with pytest.raises(InvalidArgumentError, match="no such channel"):
        viewer._answers()["contrast"]({"channel": 2, "indices": {}})


def test_the_look_of_the_first_image_is_stored_alone(base: Image, other: Image) -> None:
    viewer = base.view(layers=[other], **LIMITS)
    viewer.save_rendering()
    again = omezarr_nb.open(base.where)
    assert isinstance(again, Image)
    assert [channel.color for channel in again.channels] == ["FF0000"]
