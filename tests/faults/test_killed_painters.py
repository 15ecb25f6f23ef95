"""Painters that are killed at any moment: what was shown is there again, what was shown as saved is in the store."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.faults.children import Children
from tests.faults.painter import STEPS, Killed, check_levels, make, painters, states


@pytest.fixture(scope="module")
def house() -> Iterator[Children]:
    """Give the interpreter whose children paint."""
    with painters() as started:
        yield started


@pytest.mark.once
def test_painters_killed_at_twenty_moments(house: Children, tmp_path: Path) -> None:
    killed = Killed(house, tmp_path)
    draw = random.Random(20)
    assert len({killed.once(moment / 20, draw.random()) for moment in range(20)}) > 5


def test_what_is_shown_as_saved_is_in_the_store_without_a_journal(house: Children, tmp_path: Path) -> None:
    _, saved = states(tmp_path / "whole.zarr")
    for end in (index + 1 for index, kind in enumerate(STEPS) if kind == "s"):
        where = make(tmp_path / "image.zarr")
        house.run([where, STEPS[:end], tmp_path / "log"])
        (where / "labels" / "cells" / ".omezarr_nb.editing").unlink()
        np.testing.assert_array_equal(check_levels(where), saved[end])
        shutil.rmtree(where)
