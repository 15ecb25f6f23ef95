"""Writes stay within the memory that their plans say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.memory.measure import Case, measure

CASES = [
    Case("zarr", 96, "planes", 4),
    Case("dask", 64, "slabs", 4, method="gaussian"),
    Case("numpy", 96, "planes", 4, shards=True, version="0.5"),
    Case("tiff", 64, "planes", 2, method="median", version="0.4"),
    Case("planes", 64, "planes", 2),
    Case("zarr", 16, "cubes", 2, method="laplacian", options=(("levels", 3),)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.source} {case.method}")
def test_the_peak_stays_below_the_estimate(case: Case, tmp_path: Path) -> None:
    found = measure(case, tmp_path)
    assert found.peak <= found.estimate
