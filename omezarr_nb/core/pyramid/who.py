"""Who writes: a process of a machine, and whether it is still there."""

from __future__ import annotations

import os
import socket
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

__all__ = ["Who", "machine"]

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Who:
    """One write by a process.

    Parameters
    ----------
    token
        Of this write; no other has it.
    host
        Name of the machine, for people.
    machine
        What tells this start of this machine (and container) from every other; "" where the system does not say.
    pid
        Of the process.
    started
        When the process began, as the system counts, so that a number that is used again is known; 0 for unknown.
    since
        When the write began, in seconds since 1970, by the clock of that machine.
    """

    token: str
    host: str
    machine: str
    pid: int
    started: int
    since: float

    @classmethod
    def here(cls) -> Who:
        """Return this process, with a new token."""
        pid = os.getpid()
        return cls(uuid.uuid4().hex[:12], socket.gethostname(), machine(), pid, _started(pid), round(time.time(), 3))

    @classmethod
    def parse(cls, document: object) -> Who | None:
        """Return who is named in a document of unknown origin, or None where nobody is."""
        if not isinstance(document, Mapping):
            return None
        match document:
            case {
                "token": str(token),
                "host": str(host),
                "machine": str(system),
                "pid": int(pid),
                "started": int(started),
                "since": int(since) | float(since),
            } if max(map(len, (token, host, system))) <= _LONGEST and max(pid, started) < 1 << 63 and min(
                pid, started, since
            ) >= 0 and since < 1e11:  # fmt: skip
                return cls(token, host, system, pid, started, float(since))
        return None

    def to_json(self) -> dict[str, Any]:
        """Return the document that `parse` reads."""
        return asdict(self)

    def alive(self) -> bool | None:
        """Return whether the process is still there; None for one of another machine, which cannot be asked."""
        if not self.machine or self.machine != machine():
            return None
        if self.pid == os.getpid():
            return self.started == _started(self.pid)
        if not _exists(self.pid):
            return False
        return not self.started or self.started == _started(self.pid)

    def __str__(self) -> str:
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.since))
        return f"process {self.pid} on {self.host}, since {since}"


def machine() -> str:
    """Return what tells this start of this machine from others, or "" where the system does not say.

    Processes of two containers do not see each other, even on one machine: their numbers are of different spaces.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _started(pid: int) -> int:
    """Return when a process began, in ticks since the machine did, or 0 where that is not known."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return int(stat.rpartition(")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return 0


def _exists(pid: int) -> bool:
    if sys.platform == "win32" or not pid:  # there, asking is killing
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # of another user
        return True
    state = _state(pid)
    return state not in ("Z", "X")


def _state(pid: int) -> str:
    """Return the letter of a process' state: a zombie is there, and does nothing any more."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return stat.rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""
