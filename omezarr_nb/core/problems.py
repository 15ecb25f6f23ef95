"""What is wrong with a store, as data: reading is lenient and says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Problem", "quoted"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One rule that a store breaks, or one part of it that could not be read.

    Parameters
    ----------
    rule
        A short name of the rule, such as "axes-order" or "level-missing".
    severity
        "error" where the specification says MUST or a part cannot be read, "warning" where it says SHOULD.
    place
        Where: a path within the store or a place in its JSON, such as "multiscales[0].datasets[1].path".
    message
        In one or two sentences: what was found and what was expected.
    found, expected
        The same two apart, in words; "" where they do not apply.
    mend
        What would mend it; "" where that cannot be told.
    """

    rule: str
    severity: Literal["error", "warning"]
    place: str
    message: str
    found: str = ""
    expected: str = ""
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


def quoted(value: object, limit: int = 80) -> str:
    """Return a value from a file for a message, bounded."""
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
