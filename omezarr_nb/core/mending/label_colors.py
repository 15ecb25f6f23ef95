"""New colours of labels, in the metadata of a label image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from omezarr_nb.core.label_rows import LABEL_VALUE
from omezarr_nb.core.label_tables import colors_by
from omezarr_nb.core.pyramid.arguments import as_color
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError

__all__ = ["edit_label_colors"]

_PLACE = "label_colors"


def edit_label_colors(described: dict[str, Any], colors: Any) -> None:
    """Change the colours of labels.

    Parameters
    ----------
    described
        The object "image-label", which is changed.
    colors
        By id, for single labels: six hexadecimal digits, a name, red, green, blue (and opacity) from 0 to 255, or None
        to take the colour away. The name of a property, for all labels by it. A list such as
        `omezarr_nb.colors_by` gives, in place of all that are there; an empty one takes all away.

    Raises
    ------
    InvalidArgumentError, ArgumentTypeError
        For what is no id, no colour and no property.
    """
    if isinstance(colors, str):
        properties = [entry for entry in _entries(described, "properties") if isinstance(entry.get(LABEL_VALUE), int)]
        _put(described, colors_by(properties, colors))
    elif isinstance(colors, Mapping):
        stored = {entry.get(LABEL_VALUE): entry for entry in _entries(described, "colors")}
        for label, color in colors.items():
            entry = _entry(label, color)
            if color is None:
                stored.pop(label, None)
            else:
                stored[label] = {**stored.get(label, {}), **entry}
        _put(described, list(stored.values()))
    elif isinstance(colors, Sequence) and all(isinstance(entry, Mapping) for entry in colors):
        _put(described, [{**entry, **_entry(entry.get(LABEL_VALUE), entry.get("rgba"))} for entry in colors])
    else:
        raise ArgumentTypeError(
            "Colours of labels are given by id, as a list, or by the name of a property.",
            where=_PLACE,
            found=type(colors).__name__,
        )


def _put(described: dict[str, Any], entries: list[dict[str, Any]]) -> None:
    """Store a list; what is empty is left out, as the schemas ask."""
    described.pop("colors", None)
    if entries:
        described["colors"] = entries


def _entries(described: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = described.get(key)
    return [dict(entry) for entry in found if isinstance(entry, Mapping)] if isinstance(found, list) else []


def _entry(label: object, color: object) -> dict[str, Any]:
    if isinstance(label, bool) or not isinstance(label, int):
        raise ArgumentTypeError("The id of a label is a whole number.", where=_PLACE, found=label)
    place = f"{_PLACE}[{label}]"
    if color is None:
        return {LABEL_VALUE: label}
    if isinstance(color, str):
        digits = as_color(color, place)
        return {LABEL_VALUE: label, "rgba": [*(int(digits[i : i + 2], 16) for i in (0, 2, 4)), 255]}
    parts = list(color) if isinstance(color, Sequence) else []
    if len(parts) not in (3, 4) or any(isinstance(part, bool) or not isinstance(part, int) for part in parts):
        raise ArgumentTypeError("A colour is six hexadecimal digits or red, green, blue.", where=place, found=color)
    if not all(0 <= part <= 255 for part in parts):
        raise InvalidArgumentError("Red, green and blue lie between 0 and 255.", where=place, found=color)
    return {LABEL_VALUE: label, "rgba": parts if len(parts) == 4 else [*parts, 255]}
