"""What is wrong with a store, as data: reading is lenient and says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Problem"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One rule that a store breaks, or one part of it that could not be read.

    Parameters
    ----------
    rule
        A short name of the rule, such as "axis-order" or "level-missing".
    severity
        "error" where the specification says MUST or a part cannot be read, "warning" where it says SHOULD.
    place
        Where: a path within the store or a place in its JSON, such as "multiscales[0].datasets[1].path".
    message
        One sentence: what was found and what was expected.
    """

    rule: str
    severity: Literal["error", "warning"]
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"
