"""JSON values as JSON Schema sees them, and in words.

In JSON there is no difference between 1 and 1.0, and true is no number; in Python it is the other way round.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Hashable, Iterable
from enum import Enum
from itertools import islice
from typing import Any, TypeGuard

__all__ = [
    "Kind",
    "alike",
    "duplicates",
    "is_finite",
    "is_integer",
    "is_number",
    "is_numbers",
    "is_shallow",
    "key_of",
    "listed",
    "shown",
]

_LONGEST_TEXT = 60
_MOST_PARTS = 6
_DEEPEST = 2
_LONGEST_INTEGER = 64  # bits


class Kind(Enum):
    """What kind of JSON value is expected, in words."""

    TEXT = "a text"
    NUMBER = "a number"
    INTEGER = "an integer"
    BOOLEAN = "true or false"
    OBJECT = "an object"
    LIST = "a list"

    @property
    def words(self) -> str:
        """The kind in words, with its article."""
        return self.value

    def holds(self, value: object) -> bool:
        """Return whether a value is of this kind."""
        match self:
            case Kind.TEXT:
                return isinstance(value, str)
            case Kind.NUMBER:
                return is_number(value)
            case Kind.INTEGER:
                return is_integer(value)
            case Kind.BOOLEAN:
                return isinstance(value, bool)
            case Kind.OBJECT:
                return isinstance(value, dict)
            case _:
                return isinstance(value, list)


def is_number(value: object) -> TypeGuard[int | float]:
    """Return whether a value is a JSON number: true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_integer(value: object) -> TypeGuard[int | float]:
    """Return whether a value is an integer to JSON: 3.0 is one."""
    return is_number(value) and (isinstance(value, int) or value.is_integer())


def is_finite(value: float) -> bool:
    """Return whether a number is one that a float can hold: no NaN, no infinity, not 10 to the power of 400."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def is_numbers(value: object) -> TypeGuard[list[int | float]]:
    """Return whether a value is a list of numbers."""
    return isinstance(value, list) and all(is_number(part) for part in value)


def key_of(value: object) -> Hashable:
    """Return something hashable that is equal for values that are equal in JSON, and only for those."""
    if isinstance(value, bool) or value is None:
        return ("constant", value)
    if isinstance(value, dict):
        return ("object", frozenset((str(key), key_of(part)) for key, part in value.items()))
    if isinstance(value, list):
        return ("list", tuple(key_of(part) for part in value))
    return value if isinstance(value, (str, int, float)) else repr(value)


def alike(value: object, other: object) -> bool:
    """Return whether two values are equal in JSON.

    Examples
    --------
    >>> alike(3, 3.0), alike(1, True)
    (True, False)
    """
    return key_of(value) == key_of(other)


def duplicates(values: Iterable[object]) -> dict[int, int]:
    """Return the index of every value that was there before, with the index of the first like it."""
    first: dict[Hashable, int] = {}
    found = {}
    for index, value in enumerate(values):
        before = first.setdefault(key_of(value), index)
        if before != index:
            found[index] = before
    return found


def is_shallow(value: object, limit: int = 100) -> bool:
    """Return whether lists and objects are nested at most `limit` deep, so that the rules may follow them down."""
    layer = [value]
    for _ in range(limit):
        parts = [
            part
            for value in layer
            for part in (value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
        ]
        layer = [part for part in parts if isinstance(part, (dict, list))]
        if not layer:
            return True
    return False


def shown(value: object, depth: int = 0) -> str:
    """Return a value from a file for a message: as JSON, never long, whatever it holds.

    Examples
    --------
    >>> shown({"path": "0"}), shown(None), shown([1] * 99)
    ('{"path": "0"}', 'null', '[1, 1, 1, 1, 1, 1, … (99 in all)]')
    """
    if not isinstance(value, (dict, list, tuple)):
        return _shown_scalar(value)
    if depth == _DEEPEST and value:
        return "{…}" if isinstance(value, dict) else "[…]"
    more = [f"… ({len(value)} in all)"] if len(value) > _MOST_PARTS else []
    if isinstance(value, dict):
        items = islice(value.items(), _MOST_PARTS)
        return "{" + ", ".join([f"{shown(str(key))}: {shown(part, depth + 1)}" for key, part in items] + more) + "}"
    return "[" + ", ".join([shown(part, depth + 1) for part in value[:_MOST_PARTS]] + more) + "]"


def _shown_scalar(value: object) -> str:
    match value:
        case str():
            text = value if len(value) <= _LONGEST_TEXT else value[: _LONGEST_TEXT - 1] + "…"
            return json.dumps(text, ensure_ascii=not text.isprintable())
        case bool() | None:
            return json.dumps(value)
        case int():
            return str(value) if value.bit_length() <= _LONGEST_INTEGER else "a huge integer"
        case float():
            return repr(value)
        case _:
            return type(value).__name__


def listed(values: Collection[Any], last: str = "or") -> str:
    """Return values in words: '"a", "b" or "c"'; no more than a message can hold."""
    texts = [shown(value) for value in islice(values, 2 * _MOST_PARTS)]
    if len(values) > 2 * _MOST_PARTS:
        return ", ".join(texts) + f", … ({len(values)} in all)"
    return f" {last} ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)
