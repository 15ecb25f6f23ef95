"""Tables as spreadsheets write them, read as rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from omezarr_nb.errors import InvalidArgumentError, NotFoundError

__all__ = ["MOST_ROWS", "read_csv"]

#: More rows than this make metadata that nobody wants to read with every image.
MOST_ROWS = 1_000_000

#: A number as spreadsheets write it in much of the world.
_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")


def read_csv(path: Path) -> list[Mapping[str, Any]]:
    """Read the rows of a table with commas, tabs or semicolons between; with the last, numbers may have commas.

    Parameters
    ----------
    path
        Of a text file, UTF-8 with or without a mark at its begin. Its first line names the columns.

    Returns
    -------
    list of mappings
        From column to text, at most `MOST_ROWS` and one.

    Raises
    ------
    NotFoundError
        When there is no such file.
    InvalidArgumentError
        When it cannot be read as text, or as a table.
    """
    if not path.is_file():
        raise NotFoundError("There is no such table.", where=path)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _parsed(file)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidArgumentError(
            "This table cannot be read.",
            where=path,
            found=f"byte {error.object[error.start]:#04x}" if isinstance(error, UnicodeDecodeError) else error,
            expected="comma-separated values, as UTF-8",
            do="Save it as “CSV UTF-8”.",
        ) from error


def _parsed(file: TextIO) -> list[Mapping[str, Any]]:
    first = file.readline(1 << 16)
    file.seek(0)
    between = max(",\t;", key=first.count)  # the first of them where there is none
    rows: list[Mapping[str, Any]] = list(islice(csv.DictReader(file, delimiter=between), MOST_ROWS + 1))
    if between != ";":
        return rows
    return [{name: _with_point(entry) for name, entry in row.items()} for row in rows]


def _with_point(entry: Any) -> Any:
    """Return "2,5" as "2.5", and what is no such number as it is."""
    return entry.replace(",", ".") if isinstance(entry, str) and _COMMA.fullmatch(entry.strip()) else entry
