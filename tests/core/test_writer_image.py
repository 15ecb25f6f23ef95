"""An image that is written again brings what it says of itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from omezarr_nb.core.writer import write_image


def test_an_image_brings_axes_units_scale_translation_and_channels(tmp_path: Path) -> None:
    pixels = np.arange(2 * 4 * 32 * 24, dtype="u2").reshape(2, 4, 32, 24)
    image = write_image(
        pixels, tmp_path / "image.zarr", axes="czyx", units="um", scale={"z": 3, "y": 0.5, "x": 0.5},
        translation={"y": 7}, channels=["a", {"label": "b", "color": "00FF7F"}],
    )  # fmt: skip
    copy = write_image(image, tmp_path / "copy.zarr")
    assert copy.axes == image.axes
    assert copy.levels[0].scale == image.levels[0].scale
    assert copy.levels[0].translation == image.levels[0].translation
    assert copy.channels == image.channels
    given = write_image(image, tmp_path / "given.zarr", axes="czyx", scale={"y": 2}, channels=["c", "d"])
    assert given.levels[0].scale == (1.0, 1.0, 2.0, 1.0)
    assert [channel.label for channel in given.channels] == ["c", "d"]
    assert given.axes == image.axes


def test_each_channel_has_the_contrast_of_its_own_pixels() -> None:
    pixels = np.stack([np.tile(np.arange(64, dtype="uint16"), (64, 1)) * scale for scale in (1, 500)])
    image = write_image(pixels, "memory://own-contrast.ome.zarr", axes="cyx")
    dim, bright = (channel.window for channel in image.channels)
    assert dim is not None
    assert bright is not None
    assert dim.end < 64
    assert bright.end > 1000
