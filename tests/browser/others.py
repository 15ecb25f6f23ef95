"""What was made by clicking, as ome-zarr-py and ngff-zarr read it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

import omezarr_nb

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of what these use themselves
    import ngff_zarr
    import ome_zarr.io
    import ome_zarr.reader

__all__ = ["read_by_others", "read_plate_by_others"]


def read_by_others(where: Path) -> None:
    """Hold all levels of an image, as both give them, against those that are stored."""
    image: Any = omezarr_nb.open(where)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nodes = list(ome_zarr.reader.Reader(ome_zarr.io.parse_url(str(where)))())
        read: Any = ngff_zarr.from_ngff_zarr(str(where), version=image.version)
        for levels in (nodes[0].data, [level.data for level in read.images]):
            assert len(levels) == len(image.levels)
            for level, own in zip(levels, image.levels, strict=True):
                np.testing.assert_array_equal(np.asarray(level), own.zarr[...])


def read_plate_by_others(where: Path, wells: list[tuple[str, str]]) -> None:
    """Hold the first field of some wells against ngff-zarr's, and the number of wells against ome-zarr-py's."""
    plate: Any = omezarr_nb.open(where)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read: Any = ngff_zarr.from_hcs_zarr(str(where), validate=True)
        for row, column in wells:
            theirs = read.get_well(row, column).get_image(0).images[0].data
            np.testing.assert_array_equal(np.asarray(theirs), plate[row, column].fields[0].levels[0].zarr[...])
        (node,) = ome_zarr.reader.Reader(ome_zarr.io.parse_url(str(where)))()
    high, wide = plate[wells[0]].fields[0].shape[-2:]
    assert node.data[0].shape[-2:] == (high * len(plate.rows), wide * len(plate.columns))
