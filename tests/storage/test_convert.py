"""Conversions from and to a real S3 server, with options of their own for source and target, and its failures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from zarr.storage import ObjectStore

import omezarr_nb
from omezarr_nb.errors import OMEZarrError, TargetExistsError, UnsupportedError
from tests.core.test_convert import plate
from tests.storage.faults import FaultProxy
from tests.storage.seaweed import OWNER, READER, WRONG, SeaweedServer

PIXELS = np.arange(1, 2 * 32 * 32 + 1, dtype="uint16").reshape(2, 32, 32)
#: botocore asks once, and s3fs five times, which takes two seconds instead of ten.
QUICK = {"config_kwargs": {"retries": {"mode": "standard", "max_attempts": 1}}}


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Write an image of 0.4 with labels."""
    where = tmp_path / "image.zarr"
    written = omezarr_nb.write_image(PIXELS, where, axes="cyx", version="0.4", chunks=16, scale_factors=[2])
    omezarr_nb.write_labels(PIXELS[0], written, "cells", chunks=(16, 16))
    return where


def same(one: Any, other: Any) -> None:
    for level, before in zip(one.levels, other.levels, strict=True):
        np.testing.assert_array_equal(level.zarr[...], before.zarr[...])
    for name in other.labels:
        np.testing.assert_array_equal(one.labels[name].levels[0].zarr[...], other.labels[name].levels[0].zarr[...])


def test_there_and_over_it_and_back(seaweed: SeaweedServer, bucket: str, image: Path, tmp_path: Path) -> None:
    there, mine = f"s3://{bucket}/deep/image.zarr", seaweed.storage_options(OWNER)
    old = omezarr_nb.open(image)
    same(omezarr_nb.convert(image, there, version="0.5", storage_options=mine), old)
    with pytest.raises(TargetExistsError, match="overwrite=True"):
        omezarr_nb.convert(image, there, version="0.6", storage_options=mine)
    same(omezarr_nb.convert(image, there, version="0.6", overwrite=True, storage_options=mine), old)
    assert not [key for key in seaweed.keys(bucket) if "/0/c/" in key]  # levels of the one that was replaced
    assert omezarr_nb.validate(there, storage_options=mine).is_valid
    # Read by somebody who may not write, and written by somebody else.
    again = f"s3://{bucket}/again.zarr"
    only_read = seaweed.storage_options(READER)
    new = omezarr_nb.convert(there, again, version="0.5", source_storage_options=only_read, storage_options=mine)
    same(new, old)
    store = ObjectStore(seaweed.obstore(bucket, "again.zarr"))
    same(omezarr_nb.convert(store, tmp_path / "back.zarr", version="0.4"), old)
    wrong = seaweed.storage_options(WRONG)
    with pytest.raises(OMEZarrError, match="refused"):
        omezarr_nb.convert(there, tmp_path / "no.zarr", source_storage_options=wrong)
    assert not (tmp_path / "no.zarr").exists()


def test_plates_go_there_and_are_not_replaced(seaweed: SeaweedServer, bucket: str, tmp_path: Path) -> None:
    source = plate(tmp_path / "plate.zarr")
    there, mine = f"s3://{bucket}/plate.zarr", seaweed.storage_options(OWNER)
    omezarr_nb.convert(source, there, version="0.5", storage_options=mine)
    assert omezarr_nb.validate(there, storage_options=mine).is_valid
    before = seaweed.keys(bucket)
    with pytest.raises(UnsupportedError, match="more than an image"):
        omezarr_nb.convert(source, there, version="0.5", overwrite=True, storage_options=mine)
    assert seaweed.keys(bucket) == before


@pytest.mark.parametrize(("pattern", "first"), [("*/c/*", 3), ("*zarr.json", 3), ("*image.zarr/zarr.json", 1)])
def test_a_failure_leaves_what_was_there(  # noqa: PLR0917
    seaweed: SeaweedServer, bucket: str, image: Path, fault_proxy: Callable[[str], FaultProxy], pattern: str, first: int
) -> None:
    where = f"s3://{bucket}/image.zarr"
    omezarr_nb.convert(image, where, version="0.5", storage_options=seaweed.storage_options(OWNER))
    before = seaweed.keys(bucket)
    proxy = fault_proxy(seaweed.endpoint)
    through = seaweed.storage_options(OWNER, endpoint=proxy.url, **QUICK)
    fault = proxy.fail(pattern, 500, methods=("PUT",), first=first, times=8)
    with pytest.raises(OMEZarrError):
        omezarr_nb.convert(image, where, version="0.6", overwrite=True, storage_options=through)
    assert fault.failed
    assert seaweed.keys(bucket) == before
    same(omezarr_nb.open(where, storage_options=seaweed.storage_options(OWNER)), omezarr_nb.open(image))


def test_files_go_along(seaweed: SeaweedServer, bucket: str, image: Path, tmp_path: Path) -> None:
    (image / "OME").mkdir()
    (image / "OME" / "METADATA.ome.xml").write_text("<OME/>")
    mine = seaweed.storage_options(OWNER)
    there = f"s3://{bucket}/image.zarr"
    omezarr_nb.convert(image, there, version="0.5", storage_options=mine)
    omezarr_nb.convert(there, tmp_path / "back.zarr", version="0.4", source_storage_options=mine)
    assert (tmp_path / "back.zarr" / "OME" / "METADATA.ome.xml").read_text() == "<OME/>"
