"""An interpreter that has imported everything already, and whose children do something and are killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any

__all__ = ["Children", "children", "serve"]


def serve(do: Callable[[Any], object]) -> None:
    """Make a child for each line of the input, what is to be done in JSON; say its number, and how it ended."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                do(json.loads(line))
                os._exit(0)
            except BaseException as error:
                sys.stderr.write(f"{type(error).__name__}: {error} {getattr(error, '__notes__', '')}\n")
                sys.stderr.flush()
                os._exit(1)
        print(child, flush=True)  # noqa: T201 - its parent reads it
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)  # noqa: T201 - its parent reads it


@dataclass(frozen=True, slots=True)
class Children:
    """The interpreter.

    Parameters
    ----------
    process
        Its input takes what is to be done, as lines of JSON.
    """

    process: subprocess.Popen[str]

    def run(self, what: object, *, kill_after: float | None = None, kill_when: Callable[[], bool] | None = None) -> int:
        """Let a child do something, and return how it ended: 0, 1 for an error, or -9 when it was killed.

        Parameters
        ----------
        what
            To be done; paths are texts there.
        kill_after
            Seconds after which it is killed, or None.
        kill_when
            It is killed as soon as this is so, and `kill_after` seconds later, or None.
        """
        return self.end(self.begin(what), kill_after=kill_after, kill_when=kill_when)

    def begin(self, what: object) -> int:
        """Let a child do something, and return its number; `end` comes before another one."""
        stdin, stdout = self._pipes()
        stdin.write(json.dumps(what, default=str) + "\n")
        stdin.flush()
        return int(stdout.readline())

    def end(self, child: int, *, kill_after: float | None = None, kill_when: Callable[[], bool] | None = None) -> int:
        """Wait for a child, or kill it, as `run` does; return how it ended."""
        if kill_after is not None or kill_when is not None:
            with suppress(ProcessLookupError):
                while kill_when is not None and not kill_when():
                    os.kill(child, 0)
                    time.sleep(0.001)
                time.sleep(kill_after or 0)
                os.kill(child, signal.SIGKILL)
        return int(self._pipes()[1].readline())

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        return self.process.stdin, self.process.stdout


@contextmanager
def children(module: str) -> Iterator[Children]:
    """Start the interpreter with the function ``do`` of a module; it ends with the block, or when this process does."""
    script = f"from tests.faults.children import serve; from {module} import do; serve(do)"
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        yield Children(process)
        assert process.stdin is not None
        process.stdin.close()
