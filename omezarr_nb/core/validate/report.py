"""Collects what is wrong, while rules look at one object of metadata."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from omezarr_nb.core.problems import Problem
from omezarr_nb.core.rules.groups import INTEGER_RANGE
from omezarr_nb.core.rules.rule import Level, Rule
from omezarr_nb.core.validate.values import Kind, duplicates, shown
from omezarr_nb.core.validate.versions import Facts

__all__ = ["JSON", "Report"]

JSON = Mapping[str, Any]

#: Of one rule: a file with a million bad entries says nothing more with the rest.
_MOST_OF_A_RULE = 100


@dataclass(slots=True)
class Report:
    """The problems of one object of metadata, at one level of one version.

    Parameters
    ----------
    facts
        Of the version.
    level
        "schema" or "full".
    strict
        Whether what the official strict schemas ask for is an error rather than a warning.
    """

    facts: Facts
    level: Level = "full"
    strict: bool = False
    problems: list[Problem] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)

    @property
    def is_full(self) -> bool:
        """Whether the text's rules are asked for, not the schemas' alone."""
        return self.level == "full"

    def broken(self, rule: Rule, place: str, found: str, expected: str, mend: str = "") -> None:
        """Note that a rule is broken, where it stands in this version and at this level.

        Parameters
        ----------
        rule
            Which.
        place
            Where in the JSON.
        found, expected
            In words.
        mend
            What would mend it, where that can be told.
        """
        severity = rule.severity(self.facts.version, self.level, strict=self.strict)
        if severity is None:
            return
        self._counts[rule.name] += 1
        if self._counts[rule.name] > _MOST_OF_A_RULE:
            return
        message = f"{rule.says} Found {found}; expected {expected}."
        self.problems.append(Problem(rule.name, severity, place, message, found=found, expected=expected, mend=mend))

    def value(self, parent: JSON, key: str, kind: Kind, place: str, rule: Rule, *, missing: Rule | None = None) -> Any:
        """Return ``parent[key]`` where it is of a kind; otherwise note what it is instead, and return None.

        Parameters
        ----------
        parent, key, place
            The object, the key in it, and where the object is.
        kind
            What it must be.
        rule
            Broken where it is something else.
        missing
            Broken where there is no such key, if anything is.
        """
        if key not in parent:
            if missing is not None:
                self.broken(missing, f"{place}.{key}" if place else key, "nothing", kind.words)
            return None
        return self.kind(parent[key], kind, f"{place}.{key}" if place else key, rule)

    def kind(self, value: Any, kind: Kind, place: str, rule: Rule) -> Any:
        """Return a value where it is of a kind; otherwise note what it is instead, and return None."""
        if kind.holds(value):
            if kind is Kind.INTEGER:
                self.bits(value, place)
            return value
        self.broken(rule, place, shown(value), kind.words)
        return None

    def bits(self, value: float, place: str) -> None:
        """Note an integer of more than 64 bits."""
        if not -(2**63) <= value < 2**63:
            self.broken(INTEGER_RANGE, place, shown(value), "an integer of 64 bits")

    def filled(self, values: Sequence[Any] | None, place: str, rule: Rule) -> None:
        """Note an empty list."""
        if values is not None and not values:
            self.broken(rule, place, "an empty list", "at least one entry")

    def unique(self, values: Sequence[Any] | None, place: str, rule: Rule) -> None:
        """Note every entry of a list that is there twice."""
        for index, before in duplicates(values or ()).items():
            self.broken(rule, f"{place}[{index}]", f"the same as {place}[{before}]", "every entry once")

    def objects(self, values: Sequence[Any] | None, place: str, rule: Rule) -> list[tuple[JSON, str]]:
        """Return the entries of a list that are objects, with their places; note the others."""
        pairs = ((value, f"{place}[{index}]") for index, value in enumerate(values or ()))
        return [(value, where) for value, where in pairs if self.kind(value, Kind.OBJECT, where, rule) is not None]
