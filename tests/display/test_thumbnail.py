"""Pictures: what is encoded can be decoded, colours and contrast are right, sizes are bounded."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest

from omezarr_nb.core.metadata import ImageLabel, LabelColor, Window
from omezarr_nb.display.png import encode_png
from omezarr_nb.display.thumbnail import composite_picture, contrast, fit_box, labels_picture


def decode(png: bytes) -> np.ndarray[Any, Any]:
    """Return a PNG as Pillow reads it."""
    from PIL import Image

    with Image.open(BytesIO(png)) as picture:
        return np.asarray(picture.convert("RGBA"))


@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (1, 9, 3), (6, 4, 4), (64, 3)])
@pytest.mark.parametrize("smooth", [False, True])
def test_png_round_trip(shape: tuple[int, ...], smooth: bool) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    if smooth:
        pixels = np.sort(pixels, axis=0)
    found = decode(encode_png(pixels))
    expected = pixels[..., np.newaxis] if pixels.ndim == 2 else pixels
    np.testing.assert_array_equal(
        found[..., : expected.shape[2]], np.broadcast_to(expected, (*shape[:2], max(expected.shape[2], 1)))
    )


def test_channels_are_added_in_their_colours() -> None:
    left = np.array([[0, 100], [200, 200]], dtype=np.uint16)
    right = np.array([[0, 0], [0, 50]], dtype=np.uint16)
    picture = composite_picture(
        [(left, "FF0000", (0.0, 200.0)), (right, "00FF80", (0.0, 50.0))], size=(2, 2), max_bytes=10_000
    )
    np.testing.assert_array_equal(
        decode(picture.png)[..., :3], [[[0, 0, 0], [128, 0, 0]], [[255, 0, 0], [255, 255, 128]]]
    )


def test_one_channel_is_a_ramp_of_its_colour() -> None:
    picture = composite_picture([(np.array([[0, 51, 255]], np.uint8), "00FF00", (0.0, 255.0))], (1, 3), 10_000)
    np.testing.assert_array_equal(decode(picture.png)[0, :, 1], [0, 51, 255])
    assert not decode(picture.png)[..., [0, 2]].any()


def test_pixels_are_averaged_when_shrunk() -> None:
    values = np.array([[0, 100, 0, 100]] * 4, dtype=np.uint8)
    picture = composite_picture([(values, "FFFFFF", (0.0, 100.0))], (2, 2), 10_000)
    assert set(decode(picture.png)[..., 0].flat) == {128}


@pytest.mark.parametrize("make", ["noise", "labels"])
def test_pictures_are_bounded(make: str) -> None:
    noise = np.random.default_rng(0).integers(0, 60_000, (224, 224))
    if make == "noise":
        layers = [
            (np.roll(noise, shift), color, (0.0, 6e4)) for shift, color in enumerate(["FF0000", "00FF00", "0000FF"])
        ]
        picture = composite_picture(layers, (224, 224), 8000)
    else:
        picture = labels_picture(noise, ImageLabel(), (224, 224), 8000)
    assert len(picture.png) <= 8000
    assert (picture.height, picture.width) == (224, 224)
    assert picture.enlarged


def test_labels_take_stored_colours_and_zero_is_transparent() -> None:
    stored = ImageLabel(colors=(LabelColor(7, (10, 20, 30, 128)), LabelColor(8, None), LabelColor(9, (1, 1, 1, 0))))
    labels = np.array([[0, 7, 8, 9, 10]], dtype=np.uint64)
    found = decode(labels_picture(labels, stored, (1, 5), 10_000).png)[0]
    np.testing.assert_array_equal(found[0], [0, 0, 0, 0])
    np.testing.assert_array_equal(found[1], [10, 20, 30, 255])
    assert found[2, 3] == found[4, 3] == 255
    assert tuple(found[2, :3]) != tuple(found[4, :3])
    assert found[3, 3] == 0


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint64", "float32", "bool"])
def test_labels_of_any_type(dtype: str) -> None:
    labels = np.zeros((2, 2), dtype)
    labels[0, 1] = np.iinfo(dtype).max if dtype.endswith(("8", "int64")) else 1
    assert decode(labels_picture(labels, ImageLabel(), (2, 2), 10_000).png).shape == (2, 2, 4)


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("values", "window", "limits"),
    [
        ([0, 10], Window(0, 255, 2, 20), (2, 20, True)),
        ([0, 10], Window(0, 255, 20, 2), (0, 10, False)),
        ([0, 10], Window(0, 65535, 0, 65535), (0, 10, False)),
        ([5, 5], Window(0, 65535, 0, 65535), (0, 65535, True)),
        ([0, 10], None, (0, 10, False)),
        ([5, 5], None, (0, 5, False)),
        ([0, 0], None, (0, 1, False)),
        ([NAN, INF], None, (0, 1, False)),
        ([NAN, 0, 10], None, (0.01, 9.99, False)),
        ([True, False], None, (0, 1, False)),
    ],
)
def test_contrast(values: list[float], window: Window | None, limits: tuple[float, float, bool]) -> None:
    found = contrast(np.array(values), window)
    assert found[:2] == pytest.approx(limits[:2])
    assert found[2] is limits[2]


@pytest.mark.parametrize(
    ("extent", "size"),
    [((10, 10), (100, 100)), ((1, 4), (25, 100)), ((1000, 1), (100, 8)), ((NAN, 1), (100, 100)), ((0, 1), (100, 100))],
)
def test_pictures_keep_the_physical_aspect(extent: tuple[float, float], size: tuple[int, int]) -> None:
    assert fit_box(*extent, 100) == size
