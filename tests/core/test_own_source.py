"""An image may be made from itself: the new one is complete before any of the old one goes, so no pixel is zero."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest
import zarr
from zarr.storage import MemoryStore

import omezarr_nb
from omezarr_nb.core.writer import write_image, write_labels, write_multiscale
from omezarr_nb.errors import InvalidArgumentError

PIXELS = np.random.default_rng(0).integers(1, 999, (2, 96, 90)).astype("u2")
IDS = np.random.default_rng(1).integers(1, 99, (2, 96, 90)).astype("i4")
OPTIONS: dict[str, Any] = {"axes": "zyx", "chunks": (1, 48, 48), "scale_factors": [2, 4]}
VERSIONS = ["0.4", "0.5"]


class View:
    """Whatever another library makes of an array: anything with shape, dtype and slicing."""

    def __init__(self, array: Any) -> None:
        self.array, self.shape, self.dtype = array, array.shape, array.dtype

    def __getitem__(self, region: Any) -> Any:
        return np.asarray(self.array[region])


SOURCES: dict[str, Any] = {
    "image": lambda image: image,
    "level": lambda image: image.levels[0],
    "zarr": lambda image: image.levels[0].zarr,
    "view": lambda image: View(image.levels[0].zarr),
    "dask": lambda image: image.array(0) * 1,
    "graph": lambda image: da.roll(image.array(0).rechunk((4, 50, 50)), 0, 1),
    "xarray": lambda image: image.to_xarray(),
}


@pytest.mark.parametrize(("target", "version"), [("path", "0.4"), ("group", "0.5"), ("memory", "0.5")])
@pytest.mark.parametrize("kind", SOURCES)
def test_every_kind_of_source(tmp_path: Path, version: str, kind: str, target: str) -> None:
    where: Any = MemoryStore() if target == "memory" else tmp_path / "image.zarr"
    image = write_image(PIXELS, where, version=version, **OPTIONS)
    source = SOURCES[kind](image)
    place = zarr.open_group(where, mode="r+") if target == "group" else where
    for _ in range(2):  # other chunks, other levels, once more from what is there then
        new = write_image(
            source, place, version=version, overwrite=True, axes="zyx", chunks=(2, 64, 64), scale_factors=[2]
        )
        np.testing.assert_array_equal(new.levels[0].zarr[...], PIXELS)
        assert len(new.levels) == 2
        source = SOURCES[kind](new)
        place = zarr.open_group(where, mode="r+") if target == "group" else where


@pytest.mark.parametrize("target", ["path", "memory"])
@pytest.mark.parametrize("version", VERSIONS)
def test_labels_levels_and_delayed_writes(tmp_path: Path, version: str, target: str) -> None:
    where: Any = MemoryStore() if target == "memory" else tmp_path / "image.zarr"
    image = write_image(PIXELS, where, version=version, **OPTIONS)
    labels = write_labels(IDS, where, name="cells", chunks=(1, 48, 48))
    again = write_labels(labels.array(0) + 1, where, name="cells", chunks=(4, 64, 64), overwrite=True)
    np.testing.assert_array_equal(again.levels[0].zarr[...], IDS + 1)
    again = write_labels(image.array(0).astype("i4"), where, name="cells", overwrite=True)
    np.testing.assert_array_equal(again.levels[0].zarr[...], PIXELS)
    if target == "memory":  # in a folder the image would go with its labels, which is refused
        levels = [level.zarr for level in image.levels]
        new = write_multiscale(levels, where, axes="zyx", chunks=(4, 64, 64), overwrite=True, fmt=image.location.fmt)
        np.testing.assert_array_equal(new.levels[0].zarr[...], PIXELS)
        delayed = write_image(new.array(0) + 1, where, compute=False, overwrite=True, version=version, **OPTIONS)
        np.testing.assert_array_equal(omezarr_nb.open(where).levels[0].zarr[...], PIXELS)
        dask.compute(*delayed)  # type: ignore[attr-defined, no-untyped-call] # dask exports it at run time
        np.testing.assert_array_equal(omezarr_nb.open(where).levels[0].zarr[...], PIXELS + 1)


def test_a_conversion_in_place_is_refused(tmp_path: Path) -> None:
    image = write_image(PIXELS, tmp_path / "image.zarr", version="0.4", **OPTIONS)
    with pytest.raises(InvalidArgumentError, match="nothing is converted in place"):
        omezarr_nb.convert(image, tmp_path / "image.zarr", overwrite=True)
    np.testing.assert_array_equal(omezarr_nb.open(tmp_path / "image.zarr").levels[0].zarr[...], PIXELS)


def test_a_graph_that_fails_midway_leaves_the_image_it_reads(tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"
    image = write_image(PIXELS, where, **OPTIONS)

    def fail(block: np.ndarray[Any, Any], block_info: Any = None) -> np.ndarray[Any, Any]:
        if block_info and block_info[0]["chunk-location"][0] == 1:
            raise RuntimeError("out of memory")
        return block

    source = image.array(0).map_blocks(fail, dtype="u2")
    for resume in (True, False):
        with pytest.raises(RuntimeError, match="out of memory"):
            write_image(source, where, overwrite=True, resume=resume, **OPTIONS)
        np.testing.assert_array_equal(omezarr_nb.open(where).levels[0].zarr[...], PIXELS)
        for left in omezarr_nb.leftovers(where):
            left.discard()
