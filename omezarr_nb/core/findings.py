"""Collecting problems while metadata is read leniently.

A value that is not what the specification asks for is taken where its meaning is certain (the number 3 for the name
"3"), else left out; either way a `Problem` says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from omezarr_nb.core.problems import Problem, quoted

__all__ = ["Findings", "rest"]

_MAX_PROBLEMS = 200
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
        return (*self._problems, Problem("problems-count", "warning", self._problems[-1].place, message))

    def error(self, rule: str, place: str, message: str) -> None:
        """Add a broken MUST, or what could not be read."""
        self._add(Problem(rule, "error", place, message))

    def warn(self, rule: str, place: str, message: str) -> None:
        """Add a broken SHOULD, or a value that was taken for what it means."""
        self._add(Problem(rule, "warning", place, message))

    def _add(self, problem: Problem) -> None:
        if len(self._problems) < _MAX_PROBLEMS:
            self._problems.append(problem)
        else:
            self._more += 1

    def entries(
        self, parent: Mapping[str, Any], key: str, place: str, rule: str, *, required: bool = False, most: int
    ) -> Iterator[tuple[str, Any]]:
        """Give the entries of a list, each with its place; none where there is no list.

        Parameters
        ----------
        parent, key, place
            The object that holds the list, its key, and where the object stands.
        rule
            That is broken where there is no list, or an empty one.
        required
            Whether the list must be there, and not be empty.
        most
            How many entries are read.
        """
        value, place = parent.get(key), _at(place, key)
        if not isinstance(value, list) or (required and not value):
            if required or value is not None:
                kind = "a list that is not empty" if required else "a list"
                self.error(rule, place, f"{kind} is expected, found {quoted(value)}")
            return
        if len(value) > most:
            self.error(rule, place, f"{len(value)} entries; only the first {most} are read")
        for index, entry in enumerate(value[:most]):
            yield f"{place}[{index}]", entry

    def text(self, parent: Mapping[str, Any], key: str, place: str, rule: str) -> str | None:
        """Return a text; a number is taken as one, with a warning."""
        value = parent.get(key)
        if value is None or isinstance(value, str):
            return value
        place = _at(place, key)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _MAX_INTEGER:
            self.warn(rule, place, f"a text is expected, found the number {value}")
            return str(value)
        self.error(rule, place, f"a text is expected, found {quoted(value)}")
        return None

    def integer(self, parent: Mapping[str, Any], key: str, place: str, rule: str, *, least: int = 0) -> int | None:
        """Return an integer; 3.0 and "3" are taken as one, with a warning."""
        value = parent.get(key)
        if value is None:
            return None
        number = _as_integer(value)
        place = _at(place, key)
        if number is None or not least <= number < _MAX_INTEGER:
            self.error(rule, place, f"an integer from {least} is expected, found {quoted(value)}")
            return None
        if not isinstance(value, int):
            self.warn(rule, place, f"an integer is expected, found {quoted(value)}")
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
