"""What a write tells while it runs, and how it is told to stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a write has come.

    Parameters
    ----------
    regions_done, regions
        Regions finished, and in all.
    bytes_done, bytes
        Bytes of pixels written (before compression), and in all.
    seconds
        Since the start.
    levels
        Indices of the levels that are being written.
    """

    regions_done: int
    regions: int
    bytes_done: int
    bytes: int
    seconds: float
    levels: tuple[int, ...]

    @property
    def fraction(self) -> float:
        """Part of the bytes that is done, 0 to 1."""
        return self.bytes_done / self.bytes if self.bytes else 1.0


class Cancel(Protocol):
    """Anything that can be asked whether to stop, such as a `threading.Event`."""

    def is_set(self) -> bool:
        """Return whether the write shall stop."""
