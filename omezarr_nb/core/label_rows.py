"""What is stored of each label as rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from omezarr_nb.core.metadata import ImageLabel

__all__ = ["rows_of"]

#: As the specification calls the id of an object.
LABEL_VALUE = "label-value"


def rows_of(described: ImageLabel) -> list[dict[str, Any]]:
    """Return colours and properties of labels, one row for each label that has any, all with the same keys.

    Parameters
    ----------
    described
        The metadata. Entries without an integer ``label-value`` are left out; of several for one label the last counts.

    Returns
    -------
    list of dict
        By ascending label: ``label-value``, ``rgba`` where any label has a colour (four integers from 0 to 255), and
        all properties; None for what a label has not. A property called ``rgba`` takes the place of the colour.
    """
    colors = {entry.value: tuple(entry.rgba) for entry in described.colors if entry.rgba is not None}
    properties = {
        value: {key: part for key, part in entry.items() if key != LABEL_VALUE}
        for entry in described.properties
        if isinstance(value := entry.get(LABEL_VALUE), int) and not isinstance(value, bool)
    }
    names = dict.fromkeys((["rgba"] if colors else []) + [key for entry in properties.values() for key in entry])
    return [
        {LABEL_VALUE: value}
        | dict.fromkeys(names)
        | ({"rgba": colors[value]} if value in colors else {})
        | properties.get(value, {})
        for value in sorted(colors.keys() | properties.keys())
    ]
