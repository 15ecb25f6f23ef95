"""Merging lists of metadata: what is given takes the place of what it renews, everything else stays where it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

__all__ = ["merged_channels", "merged_entries", "merged_names", "merged_object"]

JSON = dict[str, Any]


def merged_entries(old: object, new: Sequence[Mapping[str, Any]], key: str) -> list[Any]:
    """Return a list of objects to which others are added, those that it has already being renewed.

    Parameters
    ----------
    old
        The list that is there, or whatever stands in its place.
    new
        Objects.
    key
        By which two of them are the same: "path" of wells, "id" of acquisitions, "label-value" of colours.

    Returns
    -------
    list
        The old ones in their order, each with the values of the new one that is the same; then the others. Of several
        new ones that are the same the last counts, and takes all the places of the old ones.

    Examples
    --------
    >>> merged_entries([{"id": 1, "name": "a", "mine": 2}], [{"id": 3}, {"id": 1, "name": "b"}], "id")
    [{'id': 1, 'name': 'b', 'mine': 2}, {'id': 3}]
    """
    entries: list[Any] = deepcopy(old) if isinstance(old, list) else []
    for addition in new:
        same = [entry for entry in entries if isinstance(entry, dict) and entry.get(key) == addition.get(key)]
        for entry in same:
            entry.update(deepcopy(dict(addition)))
        if not same:
            entries.append(deepcopy(dict(addition)))
    return entries


def merged_object(old: object, new: Mapping[str, Any]) -> JSON:
    """Return an object with the values of another; those of the keys that both have are the other's."""
    return {**(deepcopy(old) if isinstance(old, dict) else {}), **deepcopy(dict(new))}


def merged_names(old: object, new: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return rows or columns to which others are added.

    The order is that of the new ones where all of the old are among them; else the old come first.

    Examples
    --------
    >>> [entry["name"] for entry in merged_names([{"name": "2"}], [{"name": "1"}, {"name": "2"}])]
    ['1', '2']
    >>> [entry["name"] for entry in merged_names([{"name": "2"}], [{"name": "1"}])]
    ['2', '1']
    """
    merged = merged_entries(old, new, "name")
    order = [entry["name"] for entry in new]
    if all(isinstance(entry, dict) and entry.get("name") in order for entry in merged):
        merged.sort(key=lambda entry: order.index(entry["name"]))
    return merged


def merged_channels(old: object, new: Mapping[str, Any]) -> JSON:
    """Return ``omero`` with the values of another: channel by channel, where there are as many of them.

    Examples
    --------
    >>> merged_channels({"channels": [{"label": "a", "mine": 1}]}, {"channels": [{"label": "b"}]})
    {'channels': [{'label': 'b', 'mine': 1}]}
    """
    merged = merged_object(old, new)
    before = old.get("channels") if isinstance(old, dict) else None
    channels = new.get("channels")
    if isinstance(before, list) and isinstance(channels, Sequence) and len(before) == len(channels):
        pairs = zip(before, channels, strict=True)
        merged["channels"] = [
            merged_object(one, other) if isinstance(other, Mapping) else other for one, other in pairs
        ]
    return merged
