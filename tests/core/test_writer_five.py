"""Images of fewer axes in 0.1 and 0.2, which have the five axes tczyx alone: what is said axis by axis goes along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dask.array
import numpy as np
import pytest
import zarr
from zarr.storage import MemoryStore

import omezarr_nb
from omezarr_nb.core.format import format_from_version
from omezarr_nb.core.scale import Scaler
from omezarr_nb.core.writer import write_image, write_labels, write_multiscale, write_multiscale_labels
from omezarr_nb.errors import InvalidArgumentError

PIXELS = np.arange(3 * 4 * 40 * 50, dtype="uint16").reshape(3, 4, 40, 50)
da: Any = dask.array  # which has no types
NOTE = "have the axes tczyx: .* of one pixel are put in"
SHAPE = {"c": 3, "z": 4, "y": 40, "x": 50}


def of(axes: str) -> np.ndarray[Any, Any]:
    """Return pixels of some of the axes czyx."""
    part = PIXELS[tuple(slice(None) if name in axes else 0 for name in "czyx")]
    return np.ascontiguousarray(part)


def as_kind(pixels: np.ndarray[Any, Any], kind: str) -> Any:
    if kind == "dask":
        return da.from_array(pixels, chunks=(2,) * (pixels.ndim - 1) + (20,))
    if kind == "zarr":
        array = zarr.create_array(MemoryStore(), shape=pixels.shape, dtype=pixels.dtype, chunks=(2,) * pixels.ndim)
        array[...] = pixels
        return array
    return pixels


@pytest.mark.parametrize("version", ["0.1", "0.2"])
@pytest.mark.parametrize("axes", ["yx", "cyx", "zyx", "czyx"])
@pytest.mark.parametrize("kind", ["numpy", "dask", "zarr"])
def test_axes_of_one_pixel_are_put_in(version: str, axes: str, kind: str) -> None:
    pixels = of(axes)
    chunks = tuple({"c": 1, "z": 2, "y": 16, "x": 32}[name] for name in axes)
    factors = [tuple(2 if name in "yx" else 1 for name in axes)]
    with pytest.warns(UserWarning, match=NOTE):
        image = write_image(
            as_kind(pixels, kind), MemoryStore(), axes=axes, version=version, chunks=chunks, scale_factors=factors
        )
    assert "".join(axis.name for axis in image.axes) == "tczyx"
    for level, factor in zip(image.levels, (1, 2), strict=True):
        wanted = tuple(SHAPE.get(name, 1) // (factor if name in "yx" else 1) if name in axes else 1 for name in "tczyx")
        assert level.shape == wanted
        assert level.chunks == tuple(
            min(n, chunks[axes.index(name)]) if name in axes else 1 for name, n in zip("tczyx", wanted, strict=True)
        )
    np.testing.assert_array_equal(np.reshape(image.levels[0].zarr[...], pixels.shape), pixels)
    assert len(image.channels) == (3 if "c" in axes else 1)


def test_what_is_said_in_axis_order_and_what_an_image_brings(tmp_path: Path) -> None:
    channels: list[Any] = [{"label": "DAPI", "color": "0000FF"}, {"label": "GFP", "color": "00FF00"}, "third"]
    source = write_image(
        of("czyx"), tmp_path / "new.zarr", axes="czyx", scale=(1, 2, 0.5, 0.5), units=(None, "um", "um", "um"),
        translation=(0, 0, 7, 0), channels=channels, scale_factors=[],
    )  # fmt: skip
    with pytest.warns(UserWarning, match="Not all that is given can be stored|t of one pixel") as caught:
        plan = omezarr_nb.plan_image(source, tmp_path / "old.zarr", version="0.2", chunks=(1, 2, 16, 16))
    assert any("t of one pixel" in str(warning.message) for warning in caught)
    assert plan.levels[0].scale == (1, 1, 2, 0.5, 0.5)
    assert plan.levels[0].translation == (0, 0, 0, 7, 0)
    assert plan.levels[0].chunks == (1, 1, 2, 16, 16)
    assert [axis.unit for axis in plan.axes] == [None, None, "micrometer", "micrometer", "micrometer"]
    image = plan.run()
    assert [(channel.label, channel.color) for channel in image.channels[:2]] == [("DAPI", "0000FF"), ("GFP", "00FF00")]
    np.testing.assert_array_equal(image.levels[0].zarr[0], PIXELS)


def test_options_of_zarr_mean_what_they_mean_to_it() -> None:
    options = {"chunks": (1, 16, 16)}
    with pytest.warns(UserWarning, match=NOTE):
        image = write_image(of("cyx"), MemoryStore(), axes="cyx", version="0.1", storage_options=options, scaler=None)
    assert image.levels[0].chunks == (1, 1, 1, 16, 16)
    assert options == {"chunks": (1, 16, 16)}
    with pytest.warns(UserWarning, match=NOTE):
        image = write_image(of("cyx"), MemoryStore(), axes="cyx", version="0.1", scaler=Scaler(max_layer=1))
    assert [level.shape for level in image.levels] == [(1, 3, 1, 40, 50), (1, 3, 1, 20, 25)]


def test_levels_that_are_given_and_labels() -> None:
    fmt = format_from_version("0.2")
    levels = [of("cyx"), of("cyx")[:, ::2, ::2]]
    group = zarr.create_group(MemoryStore(), zarr_format=2)
    with pytest.warns(UserWarning, match=NOTE):
        image = write_multiscale(levels, group, fmt=fmt, axes="cyx", chunks=(1, 16, 16))
    assert [level.chunks for level in image.levels] == [(1, 1, 1, 16, 16)] * 2
    cells = (of("yx") // 9).astype("int32")
    with pytest.warns(UserWarning, match=NOTE):
        labels = write_labels(cells, image, "cells", axes="yx", chunks=(8, 8))
    assert [(level.shape, level.chunks) for level in labels.levels] == [
        ((1, 1, 1, 40, 50), (1, 1, 1, 8, 8)),
        ((1, 1, 1, 20, 25), (1, 1, 1, 8, 8)),
    ]
    with pytest.warns(UserWarning, match=NOTE):
        given = write_multiscale_labels([cells, cells[::2, ::2]], group, "given", axes="yx")
    np.testing.assert_array_equal(given.levels[1].zarr[0, 0, 0], cells[::2, ::2])
    assert omezarr_nb.validate(group).is_valid


@pytest.mark.parametrize("axes", ["xy", "ayx", "ycx"])
def test_other_axes_are_refused(axes: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"axes of OME-Zarr 0\.1 are tczyx, in this order"):
        write_image(np.zeros((4,) * len(axes)), MemoryStore(), axes=axes, version="0.1")


def test_labels_of_an_image_bring_their_axes() -> None:
    cells = write_image((of("zy") // 9).astype("int32"), MemoryStore(), axes="zy", scale_factors=[])
    with pytest.warns(UserWarning, match=NOTE):
        image = write_image(of("zy"), MemoryStore(), axes="zy", version="0.2", scale_factors=[])
    with pytest.warns(UserWarning, match=NOTE):
        labels = write_labels(cells, image, "cells")
    assert labels.levels[0].shape == image.levels[0].shape
    np.testing.assert_array_equal(labels.levels[0].zarr[...].squeeze(), of("zy") // 9)
