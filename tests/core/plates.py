"""Plates, wells and collections as plain documents."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

from tests.core.documents import Documents, group_documents, image_documents, wrap

__all__ = ["FIELD", "collection_documents", "nested", "plate_block", "plate_documents", "row_names", "well_block"]

FIELD: list[Sequence[int]] = [(2, 16, 16), (2, 8, 8)]


def nested(documents: Mapping[str, Any], path: str) -> Documents:
    """Return the documents of a hierarchy as part of another."""
    return {f"{path}/{name}": value for name, value in documents.items()}


def row_names(number: int) -> list[str]:
    """Return A, B, ..., Z, AA, AB, ..."""
    letters = string.ascii_uppercase
    return [(letters[index // 26 - 1] if index >= 26 else "") + letters[index % 26] for index in range(number)]


def plate_block(
    rows: Sequence[str],
    columns: Sequence[str],
    wells: Sequence[str] | None = None,
    /,
    version: str = "0.5",
    **keys: Any,
) -> dict[str, Any]:
    """Return the OME block of a plate; all wells are listed unless some are named."""
    paths = [f"{row}/{column}" for row in rows for column in columns] if wells is None else wells
    entries: list[dict[str, Any]] = [{"path": path} for path in paths]
    if version not in ("0.1", "0.2", "0.3"):
        for entry in entries:
            row, _, column = entry["path"].partition("/")
            entry |= {"rowIndex": rows.index(row), "columnIndex": columns.index(column)}
    plate: dict[str, Any] = {"rows": [{"name": name} for name in rows], "columns": [{"name": name} for name in columns]}
    return {"plate": plate | {"wells": entries, "name": "screen", "version": version} | keys}


def well_block(fields: Sequence[str] = ("0",), version: str = "0.5", **keys: Any) -> dict[str, Any]:
    """Return the OME block of a well."""
    return {"well": {"images": [{"path": path} | keys for path in fields], "version": version}}


def plate_documents(
    rows: Sequence[str] = ("A", "B"),
    columns: Sequence[str] = ("1", "2", "3"),
    wells: Sequence[str] | None = None,
    *,
    fields: Sequence[str] = ("0",),
    version: str = "0.5",
    **keys: Any,
) -> Documents:
    """Return the documents of a plate with its wells and fields."""
    zarr_format = 3 if version == "0.5" else 2
    block = plate_block(rows, columns, wells, version, **keys)
    documents = group_documents({"ome": {"version": version, **block}} if zarr_format == 3 else block, zarr_format)
    for entry in block["plate"]["wells"]:
        documents |= well_documents(entry["path"], fields, version)
    return documents


def well_documents(path: str, fields: Sequence[str], version: str = "0.5") -> Documents:
    """Return the documents of a well with its fields."""
    zarr_format = 3 if version == "0.5" else 2
    block = well_block(fields, version)
    documents = group_documents(
        {"ome": {"version": version, **block}} if zarr_format == 3 else block, zarr_format, path
    )
    written = version if version == "0.5" else "0.4"
    for field in fields:
        documents |= image_documents("cyx", FIELD, written, path=f"{path}/{field}" if path else field)
    return documents


def collection_documents(
    paths: Sequence[str], version: str = "0.5", series: Sequence[Any] | None = None, *, layout: Any = 3
) -> Documents:
    """Return the documents of a collection of images, with a group "OME" where `series` is given."""
    zarr_format = 2 if version == "0.4" else 3
    block = {} if layout is None else {"bioformats2raw.layout": layout}
    documents = group_documents(wrap(block, version) if block else {}, zarr_format)
    if series is not None:
        documents |= group_documents(wrap({"series": list(series)}, version), zarr_format, "OME")
    for path in paths:
        documents |= image_documents("cyx", FIELD, version, path=path)
    return documents
