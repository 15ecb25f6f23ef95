"""Properties of labels from a table, and colours by them: what `image-label` says of each object."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omezarr_nb.core.tables import MOST_ROWS, read_csv
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError

__all__ = ["colors_by", "properties_of"]

#: Names of the column that has the id of an object, in any case.
_IDS = ("label-value", "label", "label_id", "labelid", "id", "object", "objectnumber", "index", "nucleus", "cell")

#: From low to high, told apart with any kind of colour vision: matplotlib's viridis at nine places.
_SCALE = ("440154", "472D7B", "3B528B", "2C728E", "21918C", "28AE80", "5EC962", "ADDC30", "FDE725")


def properties_of(table: Any, column: str | None = None) -> list[dict[str, Any]]:
    """Return a table as the ``properties`` of labels.

    Parameters
    ----------
    table
        The path of a CSV file (UTF-8; commas, semicolons or tabs between, and with semicolons a decimal comma, too), a
        DataFrame (anything with ``to_dict("records")``), a mapping of columns, or a list of JSON objects.
    column
        That has the ids; by default the first that is called label, id, object or so.

    Returns
    -------
    list
        One JSON object a row, with an integer ``label-value`` first. Numbers are numbers; what is empty is left out.

    Raises
    ------
    NotFoundError
        When there is no such file.
    InvalidArgumentError, ArgumentTypeError
        When the table cannot be read, no column has ids, an id is no whole number above 0, or is there twice.

    Examples
    --------
    >>> properties_of({"label": [1, 2], "area": [12.5, 30]})
    [{'label-value': 1, 'area': 12.5}, {'label-value': 2, 'area': 30}]
    """
    rows = _rows(table)
    if len(rows) > MOST_ROWS:
        raise InvalidArgumentError("This table has too many rows.", where="table", found=len(rows), expected=MOST_ROWS)
    names = list(rows[0]) if rows else []
    ids = column or next((name for known in _IDS for name in names if str(name).strip().lower() == known), None)
    if ids not in names:
        raise InvalidArgumentError(
            "No column of the table has the ids of the labels.",
            where="table",
            found=", ".join(map(str, names)) or "no columns",
            expected=column or "a column called label or id",
        )
    found: dict[int, dict[str, Any]] = {}
    for number, row in enumerate(rows, 1):
        value = _value(row.get(ids))
        if not isinstance(value, int | float) or value != int(value) or value < 1:
            raise InvalidArgumentError(
                "The id of a label is a whole number above 0.", where=f"row {number}, {ids}", found=row.get(ids)
            )
        if int(value) in found:
            raise InvalidArgumentError("Two rows are of one label.", where=f"row {number}, {ids}", found=int(value))
        rest = {str(name): _value(entry) for name, entry in row.items() if name != ids}
        found[int(value)] = {"label-value": int(value)} | {name: v for name, v in rest.items() if v is not None}
    return list(found.values())


def colors_by(properties: Sequence[Mapping[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return the ``colors`` of labels by a property: from dark to bright for numbers, one for each text otherwise.

    Parameters
    ----------
    properties
        As `properties_of` gives them.
    name
        Of the property. Labels without it, and those with a number that is not finite, get no colour.

    Returns
    -------
    list of dict
        One entry for each label that has the property: ``label-value``, and ``rgba`` as four ints from 0 to 255.

    Raises
    ------
    InvalidArgumentError
        When no label has it.

    Examples
    --------
    >>> colors_by([{"label-value": 4, "area": 1}, {"label-value": 5, "area": 3}], "area")
    [{'label-value': 4, 'rgba': [68, 1, 84, 255]}, {'label-value': 5, 'rgba': [253, 231, 37, 255]}]
    """
    given = [(entry["label-value"], entry[name]) for entry in properties if name in entry]
    told = [(label, value) for label, value in given if not _is_number(value) or _is_finite(value)]
    if not told:
        raise InvalidArgumentError("No label has this property.", where="name", found=name)
    numbers = [float(value) / 2 for _, value in told if _is_number(value)]  # halved, their differences are finite, too
    if len(numbers) == len(told):
        low, high = min(numbers), max(numbers)
        shares = [(value - low) / (high - low) if high > low else 0.5 for value in numbers]
    else:
        kinds = sorted({str(value) for _, value in told})
        shares = [kinds.index(str(value)) / max(1, len(kinds) - 1) for _, value in told]
    return [
        {"label-value": label, "rgba": [*_color(share), 255]} for (label, _), share in zip(told, shares, strict=True)
    ]


def _rows(table: Any) -> list[Mapping[str, Any]]:
    if isinstance(table, str | Path):
        return read_csv(Path(table).expanduser())
    if hasattr(table, "to_dict") and not isinstance(table, Mapping):
        rows: list[Mapping[str, Any]] = table.to_dict("records")
        return rows
    if isinstance(table, Mapping):
        lengths = {len(column) for column in table.values()}
        if len(lengths) > 1:
            raise InvalidArgumentError("The columns of a table are equally long.", where="table", found=sorted(lengths))
        return [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]
    if isinstance(table, Sequence) and all(isinstance(row, Mapping) for row in table):
        return list(table)
    raise ArgumentTypeError(
        "A table is a CSV file, a DataFrame, a mapping of columns, or a list of rows.",
        where="table",
        found=type(table).__name__,
    )


def _value(value: Any) -> Any:
    """Return a cell as JSON: numbers as numbers, None for what is empty."""
    if hasattr(value, "item"):  # of NumPy
        value = value.item()
    if isinstance(value, str):
        text = value.strip()
        for kind in (int, float):
            try:
                number = kind(text)
            except ValueError:
                continue
            return number if _is_finite(number) else None
        return text or None
    if isinstance(value, float) and not _is_finite(value):
        return None
    return value if isinstance(value, bool | int | float) or value is None else str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an int beyond all floats
        return False


def _color(share: float) -> tuple[int, int, int]:
    place = min(max(share, 0.0), 1.0) * (len(_SCALE) - 1)
    index = min(int(place), len(_SCALE) - 2)
    one, two = ([int(_SCALE[index + step][i : i + 2], 16) for i in (0, 2, 4)] for step in (0, 1))
    red, green, blue = (round(a + (b - a) * (place - index)) for a, b in zip(one, two, strict=True))
    return red, green, blue
