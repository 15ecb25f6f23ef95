"""A rule of the specification: its name, what it says, and how firmly it stands in each version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["SCHEMA", "SHOULD", "STRICT", "SUITE", "TEXT", "VERSIONS", "Level", "Rule", "Stand"]

#: Versions with rules of their own, oldest first.
VERSIONS = ("0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.9.dev1")

#: What is asked: what the official JSON schemas say, or what the specification's text says.
Level = Literal["schema", "full"]

#: How firmly a rule stands in a version.
#:
#: schema: the official JSON schema says so, and so does the text.
#: suite: the schema lets it pass, but the official test suite of that version calls it invalid.
#: text: only the text says MUST.
#: strict: the official strict schema asks for it; otherwise it is a SHOULD.
#: should: the text says SHOULD.
Stand = Literal["schema", "suite", "text", "strict", "should"]

SCHEMA: Stand = "schema"
SUITE: Stand = "suite"
TEXT: Stand = "text"
STRICT: Stand = "strict"
SHOULD: Stand = "should"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, for all versions that have it.

    Parameters
    ----------
    name
        Short and lasting: what a report calls it.
    says
        The MUST or SHOULD, close to the specification's own words.
    since
        From which version on it stands how firmly, until the next one named; None ends it.

    Examples
    --------
    >>> rule = Rule("axes-order", "Axes MUST be ordered by type.", {"0.4": "schema", "0.9.dev1": None})
    >>> rule.stand("0.3"), rule.stand("0.6"), rule.stand("0.9.dev1")
    (None, 'schema', None)
    """

    name: str
    says: str
    since: Mapping[str, Stand | None]

    def stand(self, version: str) -> Stand | None:
        """Return how firmly the rule stands in a version, or None where it does not."""
        stand: Stand | None = None
        for other in VERSIONS[: VERSIONS.index(version) + 1]:
            stand = self.since.get(other, stand)
        return stand

    def severity(self, version: str, level: Level, *, strict: bool) -> Literal["error", "warning"] | None:
        """Return what breaking the rule is in a version at a level: an error, a warning, or nothing."""
        match self.stand(version):
            case "schema" | "suite":
                return "error"
            case "strict":
                return "error" if strict else "warning"
            case "text" if level == "full":
                return "error"
            case "should" if level == "full":
                return "warning"
            case _:
                return None
