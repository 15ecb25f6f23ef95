"""One spoilt object, and what must be said of it."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["Case", "E", "W"]

E, W = "error", "warning"


class Case(NamedTuple):
    """Valid attributes with another value at one place, and the problem that they then have."""

    rule: str
    severity: str
    version: str
    kind: str
    at: str
    value: Any
    found: str
    place: str | None = ""  #: where the problem is: where the value is, if "", and nowhere special, if None
