"""Collecting problems while metadata is read leniently.

A value that is not what the specification asks for is taken where its meaning is certain (the number 3 for the name
"3"), else left out; either way a `Problem` says so, by the name of the rule that `omezarr_nb.validate` reports too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from omezarr_nb.core.problems import Problem, quoted
from omezarr_nb.core.rules import Rule
from omezarr_nb.core.rules.groups import INTEGER_RANGE, PROBLEMS_COUNT

__all__ = ["Findings", "rest"]

_MAX_PROBLEMS = 200
_MAX_ENTRIES = 100_000
_MAX_INTEGER = 2**63


class Findings:
    """Values from JSON, and what is wrong with them; bounded, however long the metadata is."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self._more = 0

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was found, in order: the first 200, and how many more there are."""
        if not self._more:
            return tuple(self._problems)
        message = f"{self._more} more problems of this kind were found and are not listed"
        return (*self._problems, Problem(PROBLEMS_COUNT.name, "warning", self._problems[-1].place, message))

    def error(self, rule: Rule, place: str, message: str) -> None:
        """Add a broken MUST, or what could not be read."""
        self.add(Problem(rule.name, "error", place, message))

    def warn(self, rule: Rule, place: str, message: str) -> None:
        """Add a broken SHOULD, or a value that was taken for what it means."""
        self.add(Problem(rule.name, "warning", place, message))

    def add(self, problem: Problem) -> None:
        """Add a problem that was found elsewhere."""
        if len(self._problems) < _MAX_PROBLEMS:
            self._problems.append(problem)
        else:
            self._more += 1

    def entries(
        self,
        parent: Mapping[str, Any],
        key: str,
        place: str,
        rule: Rule,
        *,
        required: bool = False,
        missing: Rule | None = None,
        empty: Rule | None = None,
        most: int = _MAX_ENTRIES,
    ) -> Iterator[tuple[str, Any]]:
        """Give the entries of a list, each with its place; none where there is no list.

        Parameters
        ----------
        parent, key, place
            The object that holds the list, its key, and where the object stands.
        rule
            That is broken where something else stands there.
        required
            Whether the list must be there, and not be empty: otherwise the same rule is broken.
        missing, empty
            Rules that are broken where nothing stands there, and where the list is empty, in place of that one.
        most
            How many entries are read.
        """
        value, place = parent.get(key), _at(place, key)
        if key not in parent or (value == [] and isinstance(value, list)):
            broken = (missing if key not in parent else empty) or (rule if required else None)
            if broken is not None:
                self.error(broken, place, f"a list that is not empty is expected, found {quoted(value)}")
            return
        if not isinstance(value, list):
            self.error(rule, place, f"a list is expected, found {quoted(value)}")
            return
        if len(value) > most:
            self.error(rule, place, f"{len(value)} entries; only the first {most} are read")
        for index, entry in enumerate(value[:most]):
            yield f"{place}[{index}]", entry

    def mapping(self, value: object, place: str, rule: Rule, words: str = "an object") -> Mapping[str, Any] | None:
        """Return a value where it is an object; otherwise say that it is none, and return None."""
        if isinstance(value, Mapping):
            return value
        self.error(rule, place, f"{words} is expected, found {quoted(value)}")
        return None

    def text(self, parent: Mapping[str, Any], key: str, place: str, rule: Rule) -> str | None:
        """Return the text at a key; a number is taken as one, with a warning."""
        return self.as_text(parent.get(key), _at(place, key), rule)

    def as_text(self, value: object, place: str, rule: Rule) -> str | None:
        """Return a text, as `text` does."""
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _MAX_INTEGER:
            self.warn(rule, place, f"a text is expected, found the number {value}, which is taken as one")
            return str(value)
        self.error(rule, place, f"a text is expected, found {quoted(value)}")
        return None

    def integer(self, parent: Mapping[str, Any], key: str, place: str, rule: Rule, *, least: int = 0) -> int | None:
        """Return an integer: 3.0 is one to JSON, and "3" is taken as one, with a warning."""
        value = parent.get(key)
        if value is None:
            return None
        number = _as_integer(value)
        place = _at(place, key)
        if number is not None and not -_MAX_INTEGER <= number < _MAX_INTEGER:
            self.error(INTEGER_RANGE, place, f"an integer of 64 bits is expected, found {quoted(value)}")
            return None
        if number is None or number < least:
            self.error(rule, place, f"an integer from {least} is expected, found {quoted(value)}")
            return None
        if isinstance(value, str):
            self.warn(rule, place, f"an integer is expected, found {quoted(value)}, which is taken as one")
        return number


def rest(parent: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
    """Return a copy of the keys that are not known."""
    names = set(known)
    return {key: deepcopy(value) for key, value in parent.items() if key not in names}


def _at(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _as_integer(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return int(value)
    if isinstance(value, str) and len(value) < 20 and value.isascii() and value.isdecimal():
        return int(value)
    return None
