"""Writing the metadata of plates and wells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.format import Format
from omezarr_nb.core.writing.arguments import valid_acquisitions, valid_images, valid_names, valid_wells
from omezarr_nb.core.writing.groups import change_metadata, check_group_fmt
from omezarr_nb.core.writing.merge import merged_entries, merged_names, merged_object
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError

if TYPE_CHECKING:
    from omezarr_nb.core.io import Where

__all__ = ["own_version", "valid_field_count", "write_plate_metadata", "write_well_metadata"]

WellLike = str | Mapping[str, Any]


def write_plate_metadata(  # noqa: PLR0917 - in the order that ome-zarr-py has
    group: Where,
    rows: Sequence[str],
    columns: Sequence[str],
    wells: Sequence[WellLike],
    fmt: Format | None = None,
    acquisitions: Sequence[Mapping[str, Any]] | None = None,
    field_count: int | None = None,
    name: str | None = None,
) -> None:
    """Write the ``plate`` of a group.

    Rows, columns, wells and acquisitions are added to those that are there, each once, and so is what else is said of
    them; all other metadata of the group stays. The wells are not looked at.

    Parameters
    ----------
    group
        A zarr group, a path, a URL or a store; a group is made where there is none.
    rows, columns
        Their names, letters and digits.
    wells
        Paths ("A/1"), or JSON objects: with ``path``, and since 0.4 ``rowIndex`` and ``columnIndex``.
    fmt
        As for `check_format`.
    acquisitions
        JSON objects with an integer ``id``.
    field_count
        The largest number of fields of a well.
    name
        Of the plate.

    Raises
    ------
    InvalidArgumentError
        When names are no names or there twice, a well is no place of the plate, or an acquisition has no id.

    Examples
    --------
    >>> import zarr
    >>> group = zarr.group()
    >>> write_plate_metadata(group, ["A"], ["1", "2"], ["A/2"])
    >>> group.attrs["ome"]["plate"]["wells"]
    [{'path': 'A/2', 'rowIndex': 0, 'columnIndex': 1}]
    """
    opened, fmt = check_group_fmt(group, fmt)
    lists = {"columns": valid_names(columns, fmt), "rows": valid_names(rows, fmt)}
    listed = valid_wells(wells, rows, columns, fmt)
    plate: dict[str, Any] = {}
    if name is not None:
        plate["name"] = str(name)
    if field_count is not None:
        plate["field_count"] = valid_field_count(field_count)
    runs = None if acquisitions is None else valid_acquisitions(acquisitions, fmt)
    plate |= own_version(fmt)

    def changed(block: dict[str, Any]) -> Mapping[str, Any]:
        old = block.get("plate")
        new = merged_object(old, plate)
        for key, entries in lists.items():
            new[key] = merged_names(new.get(key), entries)
        new["wells"] = _placed(merged_entries(new.get("wells"), listed, "path"), new, fmt)
        if runs is not None:
            new["acquisitions"] = merged_entries(new.get("acquisitions"), runs, "id")
        return block | {"plate": new}

    change_metadata(opened, fmt, changed)


def write_well_metadata(group: Where, images: Sequence[WellLike], fmt: Format | None = None) -> None:
    """Write the ``well`` of a group.

    The images are added to those that are there, each once, and so is what else is said of them; all other metadata
    stays. The images are not looked at.

    Parameters
    ----------
    group
        A zarr group, a path, a URL or a store; a group is made where there is none.
    images
        Paths of the fields, or JSON objects: with ``path``, and perhaps the ``acquisition``'s id.
    fmt
        As for `check_format`.

    Raises
    ------
    InvalidArgumentError
        When an image has no path, or its acquisition is no integer.

    Examples
    --------
    >>> import zarr
    >>> group = zarr.group()
    >>> write_well_metadata(group, ["0", {"path": "1", "acquisition": 1}])
    >>> group.attrs["ome"]["well"]["images"]
    [{'path': '0'}, {'path': '1', 'acquisition': 1}]
    """
    opened, fmt = check_group_fmt(group, fmt)
    listed = valid_images(images, fmt)

    def changed(block: dict[str, Any]) -> Mapping[str, Any]:
        well = merged_object(block.get("well"), own_version(fmt))
        return block | {"well": well | {"images": merged_entries(well.get("images"), listed, "path")}}

    change_metadata(opened, fmt, changed)


def _placed(wells: list[Any], plate: Mapping[str, Any], fmt: Format) -> list[Any]:
    """Give wells with their indices as the rows and columns are now, in versions that have such."""
    if not fmt.indexed_wells:
        return wells
    rows, columns = (
        {entry["name"]: index for index, entry in enumerate(plate[key]) if isinstance(entry, dict) and "name" in entry}
        for key in ("rows", "columns")
    )
    for well in wells:
        row, _, column = str(well.get("path")).partition("/") if isinstance(well, dict) else ("", "", "")
        if row in rows and column in columns:
            well |= {"rowIndex": rows[row], "columnIndex": columns[column]}
    return wells


def own_version(fmt: Format) -> dict[str, str]:
    """Give the version as it stands in ``plate``, ``well`` and ``image-label``: in them until 0.5, not since 0.6."""
    return {} if fmt.axes_form == "systems" else {"version": fmt.version}


def valid_field_count(field_count: object) -> int:
    """Give the number of fields, or raise where it is none."""
    if isinstance(field_count, bool) or not isinstance(field_count, int):
        raise ArgumentTypeError("field_count is a whole number.", where="field_count", found=field_count)
    if field_count < 1:
        raise InvalidArgumentError("field_count is 1 or more.", where="field_count", found=field_count)
    return field_count
