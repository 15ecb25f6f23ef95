"""Entries of `plate.wells`: made and checked, for versions with row and column as numbers (0.4) and without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from omezarr_nb.errors import InvalidArgumentError

__all__ = ["generate_well", "validate_well"]


def generate_well(well: str, rows: Sequence[str], columns: Sequence[str], *, indexed: bool) -> dict[str, Any]:
    """Return the entry of a well; see `omezarr_nb.core.format.Format.generate_well_dict`.

    Parameters
    ----------
    well
        Its path, "B/3".
    rows, columns
        Names, in order.
    indexed
        Whether the entry states row and column as numbers.
    """
    if not indexed:
        return {"path": str(well)}
    row, column = _place(well, rows, columns)
    return {"path": well, "rowIndex": row, "columnIndex": column}


def validate_well(well: Mapping[str, Any], rows: Sequence[str], columns: Sequence[str], *, indexed: bool) -> None:
    """Raise where the entry of a well breaks a rule; see `omezarr_nb.core.format.Format.validate_well_dict`.

    Parameters
    ----------
    well
        The entry.
    rows, columns
        Names, in order.
    indexed
        Whether the entry must state row and column as numbers.
    """
    kinds = {"path": str} | ({"rowIndex": int, "columnIndex": int} if indexed else {})
    for key, kind in kinds.items():
        if key not in well:
            raise InvalidArgumentError(f"{dict(well)} must contain a {key} key of type {kind.__name__}.", where="wells")
        if not isinstance(well[key], kind) or isinstance(well[key], bool):
            raise InvalidArgumentError(f"{dict(well)}: {key} must be of type {kind.__name__}.", where="wells")
    if not indexed:
        return
    expected = _place(well["path"], rows, columns)
    for key, index in zip(("rowIndex", "columnIndex"), expected, strict=True):
        if well[key] != index:
            raise InvalidArgumentError(
                f"Mismatching {key} for {dict(well)}.", where="wells", found=well[key], expected=index
            )


def _place(well: object, rows: Sequence[str], columns: Sequence[str]) -> tuple[int, int]:
    parts = well.split("/") if isinstance(well, str) else []
    if len(parts) != 2:
        raise InvalidArgumentError(
            f"{well}: path must exactly be composed of 2 groups.", where="wells", expected="<row>/<column>"
        )
    row, column = parts
    if row not in rows:
        raise InvalidArgumentError(f"{row} is not defined in the plate rows.", where="wells", expected=list(rows))
    if column not in columns:
        raise InvalidArgumentError(
            f"{column} is not defined in the plate columns.", where="wells", expected=list(columns)
        )
    return list(rows).index(row), list(columns).index(column)
