"""Processes that paint labels and are killed: children of an interpreter that has imported everything already."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import omezarr_nb
from omezarr_nb.core.editing.session import LabelEditor
from tests.faults.nursery import kill

__all__ = ["Painters", "paint", "painters"]

_SCRIPT = "from tests.faults.painter import serve; serve()"


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


def serve() -> None:
    """Make a child for each line of the input, and say its number, and how it ended."""
    from omezarr_nb.core.editing import parts, runs  # noqa: F401 - so that no child has to import them

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                where, steps, log = json.loads(line)
                paint(Path(where), steps, Path(log))
            except BaseException as error:
                sys.stderr.write(f"{type(error).__name__}: {error}\n")
                sys.stderr.flush()
            os._exit(1)
        print(child, flush=True)  # noqa: T201 - its parent reads it
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)  # noqa: T201 - its parent reads it


@dataclass(frozen=True, slots=True)
class Painters:
    """The interpreter.

    Parameters
    ----------
    process
        Its input takes what is to be painted as lines of JSON.
    """

    process: subprocess.Popen[str]

    def begin(self, where: Path, steps: str, log: Path) -> int:
        """Let a child paint labels "cells" of an image, and return its number."""
        stdin, stdout = self._pipes()
        stdin.write(json.dumps([str(where), steps, str(log)]) + "\n")
        stdin.flush()
        return int(stdout.readline())

    def end(self, child: int, *, kill_after: float | None = None, kill_when: Callable[[], bool] | None = None) -> int:
        """Wait for a child, or kill it as `kill` does; return how it ended: -9, or 1 for an error."""
        kill(child, kill_after, kill_when)
        return int(self._pipes()[1].readline())

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        return self.process.stdin, self.process.stdout


@contextmanager
def painters() -> Iterator[Painters]:
    """Start the interpreter; it ends with the block, or when this process does."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        yield Painters(process)
        assert process.stdin is not None
        process.stdin.close()
