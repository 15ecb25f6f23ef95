"""Processes that paint labels and are killed: children of an interpreter that has imported everything already.

The tests kill at twenty moments, which are the same each time. Many more, by hand::

    python -m tests.faults.painter --kills 60 --seed 1
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

import omezarr_nb
from omezarr_nb.core.editing import parts, runs  # noqa: F401 - so that no child has to import them
from omezarr_nb.core.editing.session import LabelEditor
from tests.faults.children import Children, children

__all__ = ["STEPS", "Killed", "check_levels", "do", "make", "paint", "painters", "states"]

#: Discs, undone, redone and saved: of up to 20 chunks and three levels.
STEPS = "abcsdeusrfghusijklsmnuuosp"


def step(editor: LabelEditor, number: int, kind: str) -> None:
    """Do one step: undo, redo, save, or a disc of its own in the plane of 64 x 96 pixels."""
    match kind:
        case "u":
            editor.undo()
        case "r":
            editor.redo()
        case "s":
            editor.save()
        case "w":
            time.sleep(60)
        case "t":  # has taken over
            pass
        case _:
            editor.paint([(7 * number % 64, 13 * number % 96), (9 * number % 64, 5 * number % 96)], number + 1, 9)


def paint(where: Path, steps: str, log: Path) -> None:
    """Paint, and write a letter into the log after each step is done; before the first one ".".

    Where the first step is "t" the labels are taken over from whoever paints them.
    """
    with log.open("ab", buffering=0) as done:
        editor = omezarr_nb.edit_labels(where, "cells", take_over=steps.startswith("t"))
        done.write(b".")
        for number, kind in enumerate(steps):
            step(editor, number, kind)
            done.write(kind.encode())
    os.kill(os.getpid(), signal.SIGKILL)


def do(what: list[str]) -> None:
    """Paint the labels "cells" of an image, as `paint` does."""
    where, steps, log = what
    paint(Path(where), steps, Path(log))


def painters() -> AbstractContextManager[Children]:
    """Start an interpreter whose children paint."""
    return children("tests.faults.painter")


def make(folder: Path) -> Path:
    """Write an image with empty labels "cells"; return its folder."""
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


class Killed:
    """A painter, killed as often as one likes.

    Parameters
    ----------
    house
        Where it runs.
    root
        An empty folder.
    """

    def __init__(self, house: Children, root: Path) -> None:
        self._house = house
        self._where, self._log = root / "image.zarr", root / "log"
        self._painted, self._saved = states(root / "whole.zarr")
        first = make(root / "first.zarr")
        start = time.perf_counter()
        house.run([first, STEPS, self._log])
        self._one_step = (time.perf_counter() - start) / len(STEPS)

    def once(self, moment: float, after: float) -> int:
        """Kill it, look at what is recovered, save that, and look at what is stored.

        Parameters
        ----------
        moment
            How much of the steps is done before it is killed, 0 to 1.
        after
            How much longer it lives, in steps.

        Returns
        -------
        int
            How many steps were done.
        """
        where, log = make(self._where), self._log
        log.unlink(missing_ok=True)
        steps = round(moment * len(STEPS))

        def logged() -> bool:
            return log.exists() and log.stat().st_size >= steps

        self._house.run([where, STEPS, log], kill_after=after * self._one_step, kill_when=logged)
        done = max(len(log.read_bytes()) - 1, 0) if log.exists() else 0
        # A step may have been done, or have been under way, that the log does not have yet.
        now = self._painted[done : done + 2]
        with omezarr_nb.edit_labels(where, "cells") as editor:
            before = editor.image.levels[0].zarr[...]
            assert any(np.array_equal(editor.read(), pixels) for pixels in now), f"at {moment}: after {done} steps"
            if not editor.state.recovered:
                assert np.array_equal(editor.read(), self._saved[done]) or np.array_equal(before, now[-1])
            assert editor.save() > 0 or not editor.state.unsaved
        stored = check_levels(where)
        assert any(np.array_equal(stored, pixels) for pixels in now)
        shutil.rmtree(where)
        return done


def main() -> None:
    """Kill a painter at random moments, and say after which steps that was."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    draw = random.Random(chosen.seed)
    with painters() as house, tempfile.TemporaryDirectory() as folder:
        killed = Killed(house, Path(folder))
        reached = [killed.once(draw.random(), draw.random()) for _ in range(chosen.kills)]
    sys.stdout.write(
        f"{len(reached)} kills after {len(set(reached))} of {len(STEPS) + 1} numbers of steps: nothing that was "
        "painted is lost, and every level is that of a fresh write\n"
    )


if __name__ == "__main__":
    main()
