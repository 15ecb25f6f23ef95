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
    bytes_before
        Bytes of those done that were there at the start: of a write that was broken off.

    Examples
    --------
    >>> half = Progress(regions_done=2, regions=4, bytes_done=1000, bytes=2000, seconds=0.5, levels=(0,))
    >>> half.fraction, half.bytes_per_second
    (0.5, 2000.0)
    """

    regions_done: int
    regions: int
    bytes_done: int
    bytes: int
    seconds: float
    levels: tuple[int, ...]
    bytes_before: int = 0

    @property
    def fraction(self) -> float:
        """Part of the bytes that is done, 0 to 1."""
        return self.bytes_done / self.bytes if self.bytes else 1.0

    @property
    def bytes_per_second(self) -> float:
        """Bytes that were written in a second, on average since the start; 0 before the first."""
        return (self.bytes_done - self.bytes_before) / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the end, if it goes on as it went; None before anything is written.

        Examples
        --------
        >>> Progress(3, 12, 30_000_000, 120_000_000, 1.5, (0,)).seconds_left
        4.5
        """
        left = max(0, self.bytes - self.bytes_done)
        if left == 0:
            return 0.0
        return left / self.bytes_per_second if self.bytes_per_second > 0 else None


class Cancel(Protocol):
    """Anything that can be asked whether to stop, such as a `threading.Event`."""

    def is_set(self) -> bool:
        """Return whether the write shall stop."""
