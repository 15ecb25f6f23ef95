"""What is wrong with a field of a form, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Decision", "Trouble"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a field, in words. The part of `field` before a colon is the group it belongs to."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from a form.

    Parameters
    ----------
    plan
        None while something is missing or wrong.
    troubles
        What must be changed, by field.
    code
        The equivalent code; "" without a plan.
    """

    plan: Any = None
    troubles: tuple[Trouble, ...] = ()
    code: str = ""

    @property
    def ready(self) -> bool:
        """Whether the plan can be run."""
        return self.plan is not None and not self.troubles
