"""Processes that paint labels and are killed: children of an interpreter that has imported everything already."""

from __future__ import annotations

import os
import signal
import time
from contextlib import AbstractContextManager
from pathlib import Path

import omezarr_nb
from omezarr_nb.core.editing import parts, runs  # noqa: F401 - so that no child has to import them
from omezarr_nb.core.editing.session import LabelEditor
from tests.faults.children import Children, children

__all__ = ["do", "paint", "painters"]


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
        case _:
            editor.paint([(7 * number % 64, 13 * number % 96), (9 * number % 64, 5 * number % 96)], number + 1, 9)


def paint(where: Path, steps: str, log: Path) -> None:
    """Paint, and write a letter into the log after each step is done; before the first one "."."""
    with log.open("ab", buffering=0) as done:
        editor = omezarr_nb.edit_labels(where, "cells")
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
