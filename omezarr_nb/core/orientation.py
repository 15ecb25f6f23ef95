"""Anatomical orientation of axes (RFC-4): in which direction of the body an axis runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

__all__ = ["DIRECTIONS", "Orientation"]

_PAIRS = (
    ("left", "right"),
    ("anterior", "posterior"),
    ("inferior", "superior"),
    ("dorsal", "ventral"),
    ("dorsal", "palmar"),
    ("dorsal", "plantar"),
    ("rostral", "caudal"),
    ("cranial", "caudal"),
    ("proximal", "distal"),
    ("superficial", "deep"),
    ("apical", "basal"),
    ("apex", "base"),
)

#: The 24 terms, each with the two ends of the anatomical axis that it is a direction of: an image has one at most.
DIRECTIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {f"{a}-to-{b}": pair for pair in _PAIRS for a, b in (pair, pair[::-1])}
)


@dataclass(frozen=True, slots=True)
class Orientation:
    """The direction of the body in which an axis runs.

    Parameters
    ----------
    value
        One of the 24 terms: "left-to-right", "posterior-to-anterior", ...
    type
        "anatomical".
    extra
        Other keys, kept as they are.

    Examples
    --------
    >>> Orientation("left-to-right").to_json()
    {'type': 'anatomical', 'value': 'left-to-right'}
    """

    value: str
    type: str = "anatomical"
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of ``axes[].orientation``."""
        return {"type": self.type, "value": self.value} | dict(self.extra)
