"""A plate whose writer is killed is a plate that can be read, and is gone on with to the same bytes."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

import omezarr_nb
from tests.core.test_plans import files_of

CHILD = """
import os, signal, omezarr_nb
plan = omezarr_nb.plan_plate({folder!r}, {where!r}, levels=2)
seen = 0
def count(progress):
    global seen
    seen += 1
    if seen == {moment}:
        os.kill(os.getpid(), signal.SIGKILL)
plan.run(count, resume=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no process can be killed so here")
def test_a_killed_plate_is_gone_on_with(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    (tmp_path / "files").mkdir()
    for well in ("A1", "A2", "B1"):
        tifffile.imwrite(tmp_path / "files" / f"{well}_DAPI.tif", rng.integers(0, 99, (300, 300)).astype("uint16"))
    where = tmp_path / "plate.ome.zarr"
    for moment in (1, 4):  # in the first field, before there is a plate; and in one after it
        code = CHILD.format(folder=str(tmp_path / "files"), where=str(where), moment=moment)
        root = Path(omezarr_nb.__file__).parents[1]
        done = subprocess.run([sys.executable, "-c", code], check=False, cwd=root)
        assert done.returncode == -signal.SIGKILL
    there = omezarr_nb.open(where)
    assert isinstance(there, omezarr_nb.Plate)
    assert omezarr_nb.validate(where).is_valid
    plan = omezarr_nb.plan_plate(tmp_path / "files", where, levels=2)
    plan.run(resume=True)
    whole = omezarr_nb.write_plate(tmp_path / "files", tmp_path / "whole.ome.zarr", levels=2)
    assert files_of(Path(whole.where)) == files_of(where)
