"""Runs many cases, and says what came of them."""

from __future__ import annotations

import resource
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fuzz.cases import make_case
from tests.fuzz.looks import look

__all__ = ["Outcome", "run"]

_MOST_FAILURES = 20


@dataclass
class Outcome:
    """What came of a run.

    Parameters
    ----------
    count
        Cases that were run.
    kinds
        How many of them ended how.
    failures
        Number of a case that ended in anything else, and its traceback.
    slowest
        Seconds and number of the case that took longest.
    peak
        Bytes of memory that the process has had at most.
    """

    count: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    failures: dict[int, str] = field(default_factory=dict)
    slowest: tuple[float, int] = (0.0, 0)
    peak: int = 0

    def __str__(self) -> str:
        kinds = ", ".join(f"{amount} {kind}" for kind, amount in self.kinds.most_common())
        slow, number = self.slowest
        return (
            f"{self.count} cases: {kinds}; {len(self.failures)} failures; the slowest took {slow:.2f} s "
            f"(number {number}); at most {self.peak / 2**20:.0f} MiB of memory"
        )


def run(
    count: int, seed: int, *, first: int = 0, say: Callable[[Outcome], None] | None = None, every: int = 10_000
) -> Outcome:
    """Run cases until they end, or twenty have failed.

    Parameters
    ----------
    count
        How many.
    seed
        Of all of them; a case is made from it and its number.
    first
        The number of the first.
    say
        Is told the outcome so far, now and then.
    every
        After how many cases.
    """
    outcome = Outcome()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # what is odd in a file is a problem or an error, and no warning
        for number in range(first, first + count):
            start = time.perf_counter()
            try:
                outcome.kinds[look(make_case(seed, number))] += 1
            except Exception:  # whatever it is: that is what the fuzzer looks for
                outcome.failures[number] = traceback.format_exc(limit=-6)
            outcome.slowest = max(outcome.slowest, (time.perf_counter() - start, number))
            outcome.count += 1
            if outcome.count % every == 0 and say is not None:
                outcome.peak = _peak()
                say(outcome)
            if len(outcome.failures) >= _MOST_FAILURES:
                break
    outcome.peak = _peak()
    return outcome


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
