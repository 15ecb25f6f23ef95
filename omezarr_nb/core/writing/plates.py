"""Writing the metadata of plates and wells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.format import Format
from omezarr_nb.core.writing.arguments import valid_acquisitions, valid_images, valid_names, valid_wells
from omezarr_nb.core.writing.groups import change_metadata, check_group_fmt
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

    Rows, columns and wells take the place of those that are there, as does everything else that is given; what is
    not given stays, and so do all other metadata of the group. The wells are not looked at.

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
    plate: dict[str, Any] = {
        "columns": valid_names(columns, fmt),
        "rows": valid_names(rows, fmt),
        "wells": valid_wells(wells, rows, columns, fmt),
    }
    if name is not None:
        plate["name"] = str(name)
    if field_count is not None:
        plate["field_count"] = valid_field_count(field_count)
    if acquisitions is not None:
        plate["acquisitions"] = valid_acquisitions(acquisitions, fmt)
    plate |= own_version(fmt)

    def changed(block: dict[str, Any]) -> Mapping[str, Any]:
        old = block.get("plate")
        return block | {"plate": {**(old if isinstance(old, dict) else {}), **plate}}

    change_metadata(opened, fmt, changed)


def write_well_metadata(group: Where, images: Sequence[WellLike], fmt: Format | None = None) -> None:
    """Write the ``well`` of a group.

    The images take the place of those that are there; all other metadata stays. The images are not looked at.

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
    well = {"images": valid_images(images, fmt)} | own_version(fmt)

    def changed(block: dict[str, Any]) -> Mapping[str, Any]:
        old = block.get("well")
        return block | {"well": {**(old if isinstance(old, dict) else {}), **well}}

    change_metadata(opened, fmt, changed)


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
