"""What is at the place where a plate is to be made, and whether the plate may take it."""

from __future__ import annotations

from pathlib import Path

from omezarr_nb.core.format import Format
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.paths import DOCUMENTS
from omezarr_nb.core.pyramid.target import local_folder
from omezarr_nb.errors import InvalidArgumentError, TargetExistsError, UnsupportedError

__all__ = ["folder_to_replace"]


def folder_to_replace(location: ZarrLocation, fmt: Format, *, overwrite: bool) -> Path | None:
    """Look at the target: give the folder of the plate that is to be replaced, or None where nothing is in the way.

    Raises
    ------
    TargetExistsError
        When something is there that may not be replaced.
    """
    folder = local_folder(location)
    if folder is not None and folder.exists() and not folder.is_dir():
        raise TargetExistsError(
            "There is a file at the target.", where=location.where, do="Write to another place, or remove it first."
        )
    if location.exists():
        if not location.is_array and not location.root_attrs and _is_empty(location, folder):
            if location.zarr_format != fmt.zarr_format:
                raise InvalidArgumentError(
                    f"The group is of Zarr {location.zarr_format}, and OME-Zarr {fmt.version} is stored in Zarr "
                    f"{fmt.zarr_format}.",
                    where=location.where,
                )
            return None
    elif _is_empty(location, folder):
        return None
    if not overwrite:
        raise TargetExistsError(
            "Something is at the target already.",
            where=location.where,
            do="Pass overwrite=True to replace a plate, or go on with it by PlateWriter.open.",
        )
    if location.is_array or "plate" not in location.fmt.block(location.root_attrs):
        raise TargetExistsError(
            "What is at the target is not a plate, and is not replaced.",
            where=location.where,
            do="Write to another place, or remove what is there first.",
        )
    if folder is None:
        raise UnsupportedError(
            "A plate is replaced in a folder only.", where=location.where, do="Write to another place."
        )
    return folder


def _is_empty(location: ZarrLocation, folder: Path | None) -> bool:
    from zarr.core.sync import sync

    if folder is not None:
        return not folder.exists() or all(entry.name in DOCUMENTS for entry in folder.iterdir())
    place = location.store_path
    if not place.store.supports_listing:
        return True

    async def look() -> bool:
        return all([name in DOCUMENTS async for name in place.store.list_dir(place.path)])

    return sync(look())
