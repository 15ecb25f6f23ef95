"""JSON as a folded tree that the browser's search finds its way into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from omezarr_nb.display.html import Html, element, join
from omezarr_nb.display.words import count, elide

__all__ = ["json_tree"]

_MAX_BYTES = 16_000
_MAX_DEPTH = 12
_MAX_TEXT = 160
_MAX_KEY = 60
_MAX_INLINE = 8  # a list of so many numbers stands in one line


def json_tree(value: object, title: str, *, max_bytes: int = _MAX_BYTES) -> Html:
    """Return a JSON value as nested, folded lists.

    Parameters
    ----------
    value
        As `json.loads` returns it.
    title
        What the folded tree is called.
    max_bytes
        About how much markup is made at most. What does not fit is counted, and the tree says so where it ends.
    """
    room = _Room(max_bytes)
    return element("details", element("summary", element("b", title)), _node(value, room, 0))


@dataclass
class _Room:
    """What is left of the size that the tree may have."""

    left: int

    def take(self, markup: Html) -> Html:
        self.left -= len(markup)
        return markup


def _node(value: object, room: _Room, depth: int) -> Html:
    """Return a value: a list of its entries, or a leaf."""
    if not isinstance(value, (Mapping, list, tuple)) or _inline(value):
        return room.take(element("code", _leaf(value)))
    if depth >= _MAX_DEPTH:
        return room.take(element("i", f"{_size(value)}, nested deeper than {_MAX_DEPTH} and left out"))
    items: list[Html] = []
    for done, (key, entry) in enumerate(_entries(value)):
        if room.left <= 0:
            items.append(
                element("li", element("i", f"{count(len(value) - done, 'more entry', 'more entries')} left out"))
            )
            break
        items.append(_entry(key, entry, room, depth))
    return element("ul", *items)


def _entry(key: object, value: object, room: _Room, depth: int) -> Html:
    name = element("b", elide(key, _MAX_KEY))
    room.left -= len(name) + 2 * len("<li></li>")
    if isinstance(value, (Mapping, list, tuple)) and value and not _inline(value):
        room.left -= 60  # the markup of the fold
        summary = element("summary", name, " ", element("span", _size(value), class_="oz-quiet"))
        return element("li", element("details", summary, _node(value, room, depth + 1), open=depth == 0))
    return element("li", join(name, ": "), _node(value, room, depth + 1))


def _entries(value: Mapping[object, object] | Sequence[object]) -> Iterator[tuple[object, object]]:
    return iter(value.items()) if isinstance(value, Mapping) else iter(enumerate(value))


def _inline(value: object) -> bool:
    """Return whether a value fits in one line: empty, or a short list of numbers or short texts."""
    if isinstance(value, Mapping):
        return not value
    if not isinstance(value, (list, tuple)):
        return True
    return len(value) <= _MAX_INLINE and all(
        entry is None or isinstance(entry, (bool, int, float)) or (isinstance(entry, str) and len(entry) <= 16)
        for entry in value
    )


def _leaf(value: object) -> str:
    """Return a leaf as JSON writes it, bounded; numbers with all their digits."""
    if isinstance(value, str):
        return f'"{elide(value, _MAX_TEXT)}"'
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int) and abs(value) >= 10**40:
        return f"a number of {value.bit_length()} bits"  # Python refuses to write very long ones
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_leaf(entry) for entry in value)}]"
    return elide("{}" if isinstance(value, Mapping) else repr(value), _MAX_TEXT)


def _size(value: Mapping[object, object] | Sequence[object]) -> str:
    return count(len(value), "entry", "entries")
