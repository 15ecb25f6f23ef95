"""Runs the fuzzer by hand: ``python -m tests.fuzz --count 1000000 --seed 7``."""

from __future__ import annotations

import argparse
import resource
import sys

from tests.fuzz.runner import Outcome, run


def main() -> int:
    """Run cases, print what came of them, and return 1 where one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Reads and validates spoilt metadata.")
    parser.add_argument("--count", type=int, default=10_000, help="how many cases (default 10000)")
    parser.add_argument("--seed", type=int, default=0, help="of all cases (default 0)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first case (default 0)")
    parser.add_argument("--memory", type=float, default=4, help="GiB of address space that it may take (default 4)")
    options = parser.parse_args()
    limit = int(options.memory * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    def say(outcome: Outcome) -> None:
        sys.stdout.write(f"{outcome}\n")
        sys.stdout.flush()

    outcome = run(options.count, options.seed, first=options.first, say=say)
    for number, trace in outcome.failures.items():
        sys.stdout.write(f"\n--seed {options.seed} --first {number} --count 1\n{trace}")
    say(outcome)
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main())
