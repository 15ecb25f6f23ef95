"""A conversion that changes chunks, shards and codecs on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.errors import InvalidArgumentError, OMEZarrError, UnsupportedError

PIXELS = np.random.default_rng(4).integers(0, 999, (4, 150, 170)).astype("uint16")


@pytest.mark.parametrize(("before", "after"), [("0.4", "0.5"), ("0.5", "0.4"), ("0.5", "0.6"), ("0.5", "0.5")])
def test_pixels_stay_and_chunks_change(tmp_path: Path, before: str, after: str) -> None:
    image = omezarr_nb.write_image(PIXELS, tmp_path / "old.ome.zarr", axes="zyx", version=before, levels=2)
    omezarr_nb.write_labels((PIXELS > 500).astype("uint8"), image, "bright")
    shards: Any = None if after == "0.4" else (4, 128, 128)
    options = {"version": after, "chunks": (2, 64, 64), "shards": shards, "compression": "zstd"}
    plan = omezarr_nb.plan_convert(image, tmp_path / "new.ome.zarr", **options)
    assert plan.recoded == ("0", "1")
    assert "other chunks" in str(plan)
    new = plan.run()
    assert [level.chunks for level in new.levels] == [(2, 64, 64), (2, 64, 64)]
    assert new.levels[0].shards == shards
    for one, other in zip(image.levels, new.levels, strict=True):
        np.testing.assert_array_equal(one.zarr[:], other.zarr[:])
    labels = new.labels["bright"].levels[0]
    np.testing.assert_array_equal(labels.zarr[:], PIXELS > 500)
    assert labels.chunks == image.labels["bright"].levels[0].chunks if after != "0.4" else True
    assert omezarr_nb.validate(new.where).is_valid


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"version": "0.4", "shards": True}, UnsupportedError),
        ({"version": "0.5", "chunks": (1, 2)}, InvalidArgumentError),
        ({"version": "0.5", "chunks": (1, 64, 64), "shards": (1, 100, 100)}, InvalidArgumentError),
        ({"version": "0.2", "chunks": (1, 1, 1, 8, 8)}, OMEZarrError),
    ],
)
def test_what_cannot_be_meant_is_told(tmp_path: Path, options: dict[str, Any], error: type[OMEZarrError]) -> None:
    image = omezarr_nb.write_image(PIXELS, tmp_path / "old.ome.zarr", axes="zyx", levels=1)
    with pytest.raises(error):
        omezarr_nb.plan_convert(image, tmp_path / "new.ome.zarr", **options)
    assert not (tmp_path / "new.ome.zarr").exists()
