"""Painters that are killed at any moment: what was shown is there again, what was shown as saved is in the store."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omezarr_nb
from tests.faults.children import Children
from tests.faults.painter import painters, step

#: Discs, undone, redone and saved: of up to 20 chunks and three levels.
STEPS = "abcsdeusrfghusijklsmnuuosp"


@pytest.fixture(scope="module")
def house() -> Iterator[Children]:
    """Give the interpreter whose children paint."""
    with painters() as started:
        yield started


def make(folder: Path) -> Path:
    image = omezarr_nb.write_image(np.zeros((64, 96), "u1"), folder, levels=3, chunks=16)
    omezarr_nb.create_labels(image, "cells", chunks=16)
    return folder


def states(folder: Path) -> tuple[list[np.ndarray[Any, Any]], list[np.ndarray[Any, Any]]]:
    """Return what is painted, and what is saved, after each of the steps and before the first."""
    painted, saved = [np.zeros((64, 96), "u4")], [np.zeros((64, 96), "u4")]
    with omezarr_nb.edit_labels(make(folder), "cells") as editor:
        for number, kind in enumerate(STEPS):
            step(editor, number, kind)
            painted.append(editor.read())
            saved.append(painted[-1] if kind == "s" else saved[-1])
    return painted, saved


def check_levels(where: Path) -> np.ndarray[Any, Any]:
    """Return the stored labels, whose levels are those of a fresh write."""
    labels = omezarr_nb.open(where).labels["cells"]
    found = [np.asarray(level.zarr[...]) for level in labels.levels]
    fresh = omezarr_nb.write_image(found[0], "memory://fresh.zarr", axes="yx", levels=3, method="mode", overwrite=True)
    for level, pixels in zip(fresh.levels, found, strict=True):
        np.testing.assert_array_equal(pixels, np.asarray(level.zarr[...]))
    return found[0]


@pytest.mark.once
def test_painters_killed_at_twenty_moments(house: Children, tmp_path: Path) -> None:
    painted, saved = states(tmp_path / "whole.zarr")
    first = make(tmp_path / "first.zarr")
    log = tmp_path / "log"
    start = time.perf_counter()
    house.run([first, STEPS, log])
    one_step = (time.perf_counter() - start) / len(STEPS)

    def logged(steps: int) -> bool:
        return log.exists() and log.stat().st_size >= steps

    draw = random.Random(20)
    reached = set()
    for moment in range(20):
        where = make(tmp_path / "image.zarr")
        log.unlink(missing_ok=True)
        child = house.begin([where, STEPS, log])
        steps = round(moment / 20 * len(STEPS))
        house.end(
            child,
            kill_after=draw.uniform(0.0, 1.0) * one_step,
            kill_when=partial(logged, steps),
        )
        done = max(len(log.read_bytes()) - 1, 0) if log.exists() else 0
        reached.add(done)
        # A step may have been done, or have been under way, that the log does not have yet.
        now = painted[done : done + 2]
        with omezarr_nb.edit_labels(where, "cells") as editor:
            before = editor.image.levels[0].zarr[...]
            assert any(np.array_equal(editor.read(), pixels) for pixels in now), f"moment {moment}: after {done} steps"
            recovered = editor.state.recovered
            if not recovered:
                assert np.array_equal(editor.read(), saved[done]) or np.array_equal(before, now[-1])
            assert editor.save() > 0 or not editor.state.unsaved
        stored = check_levels(where)
        assert any(np.array_equal(stored, pixels) for pixels in now)
        shutil.rmtree(where)
    assert len(reached) > 5


def test_what_is_shown_as_saved_is_in_the_store_without_a_journal(house: Children, tmp_path: Path) -> None:
    _, saved = states(tmp_path / "whole.zarr")
    for end in (index + 1 for index, kind in enumerate(STEPS) if kind == "s"):
        where = make(tmp_path / "image.zarr")
        house.run([where, STEPS[:end], tmp_path / "log"])
        (where / "labels" / "cells" / ".omezarr_nb.editing").unlink()
        np.testing.assert_array_equal(check_levels(where), saved[end])
        shutil.rmtree(where)
