"""What a write never replaces: arrays, levels of other images, labels by images, and parts of the other Zarr format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from omezarr_nb.core.format import Format
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.paths import DOCUMENTS
from omezarr_nb.errors import InvalidArgumentError, OMEZarrError, TargetExistsError

if TYPE_CHECKING:
    from zarr.storage import StorePath

__all__ = ["check_alone", "check_enclosing", "check_replaceable", "is_listed", "level_paths"]

#: Keys of the metadata of groups that are something else than an image.
OTHER_KEYS = ("plate", "well", "bioformats2raw.layout", "labels", "scene")


def check_replaceable(location: ZarrLocation, *, labels: bool, listed: bool = False) -> None:
    """Raise where what lies at a target is not replaced, even when overwriting is asked for.

    Parameters
    ----------
    location
        The target.
    labels
        Whether labels are written, rather than an image.
    listed
        Whether the group above lists the target among its labels.

    Raises
    ------
    TargetExistsError
        For an array, for a group that is something else than an image, for labels where an image is written, and for
        an image where labels are written.
    """
    if location.is_array:
        raise TargetExistsError(
            "There is a Zarr array at the target, which is not replaced by an image.",
            where=location.where,
            do="Write to another place, or remove the array first.",
        )
    block = location.fmt.block(location.root_attrs)
    other = [key for key in OTHER_KEYS if key in block]
    if other:
        raise TargetExistsError(
            "The group at the target is not an image, and is not replaced by one.",
            where=location.where,
            found=f"its metadata has {other[0]!r}",
            do="Write to another place, such as a group below it.",
        )
    if "multiscales" not in block:
        return
    if ("image-label" in block or listed) and not labels:
        raise TargetExistsError(
            "There are labels at the target, and an image does not replace labels.",
            where=location.where,
            do="Write labels with write_labels(..., overwrite=True), or write the image to another place.",
        )
    if labels and "image-label" not in block and not listed:
        raise TargetExistsError(
            "There is an image at the target, and labels do not replace an image.",
            where=location.where,
            do="Pass another name for the labels.",
        )


def check_alone(location: ZarrLocation) -> None:
    """Raise where an image in a store that can list has more below it than its own levels.

    Raises
    ------
    TargetExistsError
        When there are labels, or other groups, arrays or files, which would be lost with it.
    """
    from zarr.core.sync import sync

    async def names() -> list[str]:
        return [name async for name in location.store.list_dir(location.path)]

    own = {path.split("/")[0] for path in level_paths(location)}
    others = sorted(name for name in set(sync(names())) - own if name not in DOCUMENTS)
    if others:
        raise TargetExistsError(
            "The target holds more than its own levels, which would be lost.",
            where=location.where,
            found=", ".join(others[:10]),
            do="Move it away or remove it first, or write to another place.",
        )


def check_enclosing(place: StorePath, folder: Path | None, fmt: Format, where: str) -> None:
    """Raise where the groups above a target have no room for an image of this version there.

    Parameters
    ----------
    place
        The target in its store.
    folder
        The target on a local disk, or None for any other store.
    fmt
        The version that is written.
    where
        The target, as a person would write it.

    Raises
    ------
    TargetExistsError
        When the target is, or lies in, an array: a level that the metadata of a group above it names, or any other.
    InvalidArgumentError
        When a group above is of OME-Zarr, and of the other format of Zarr.
    """
    for path, above in _enclosing(place, folder):
        if above.is_array:
            raise TargetExistsError(
                "The target lies within a Zarr array.", where=where, found=above.where, do="Write to another place."
            )
        level = next((own for own in level_paths(above) if f"{path}/".startswith(f"{own}/")), None)
        if level is not None:
            raise TargetExistsError(
                f"The target is level {level!r} of an image, which is not replaced by itself.",
                where=where,
                found=f"the image {above.where}",
                do="Write to the place of that image to replace all of it, or to another place.",
            )
        if above.zarr_format != fmt.zarr_format and _holds_ome(above):
            fitting = "0.4" if above.zarr_format == 2 else "0.5"
            raise InvalidArgumentError(
                f"A hierarchy has one Zarr format: the group above is of Zarr {above.zarr_format}, and OME-Zarr "
                f"{fmt.version} is stored in Zarr {fmt.zarr_format}.",
                where=where,
                found=f"the group {above.where}",
                do=f"Pass version='{fitting}', or write to a place outside of that group.",
            )


def is_listed(place: StorePath, folder: Path | None) -> bool:
    """Return whether the nearest group above a target lists it among its labels."""
    for path, above in _enclosing(place, folder):
        names = above.fmt.block(above.root_attrs).get("labels")
        return isinstance(names, list) and path in names
    return False


def _enclosing(place: StorePath, folder: Path | None) -> Iterator[tuple[str, ZarrLocation]]:
    """Give what encloses a target, from the nearest, with the target's path below it.

    On a disk this ends at the first folder that is neither group nor array. In any other store the places above are
    looked at up to the store's root.
    """
    from zarr.storage import LocalStore, StorePath

    if folder is not None:
        folder = folder.resolve()
        for above in folder.parents:
            if not above.exists():
                continue
            location = _read(StorePath(LocalStore(above, read_only=True)))
            if location is None:
                return
            yield folder.relative_to(above).as_posix(), location
        return
    parts = [part for part in place.path.split("/") if part]
    for count in reversed(range(len(parts))):
        location = _read(StorePath(place.store, "/".join(parts[:count])))
        if location is not None:
            yield "/".join(parts[count:]), location


def _holds_ome(location: ZarrLocation) -> bool:
    block = location.fmt.block(location.root_attrs)
    return any(key in block for key in ("multiscales", "image-label", *OTHER_KEYS))


def _read(place: StorePath) -> ZarrLocation | None:
    """Give what lies at a place, or None where there is no Zarr that can be read."""
    try:
        location = ZarrLocation(place)
    except OMEZarrError:
        return None
    return location if location.exists() else None


def level_paths(location: ZarrLocation) -> list[str]:
    """Give the paths of the arrays that the metadata of an image names."""
    multiscales = location.fmt.block(location.root_attrs).get("multiscales")
    found = []
    for multiscale in multiscales if isinstance(multiscales, list) else []:
        datasets = multiscale.get("datasets") if isinstance(multiscale, Mapping) else None
        for dataset in datasets if isinstance(datasets, list) else []:
            path = dataset.get("path") if isinstance(dataset, Mapping) else None
            if isinstance(path, str) and path.strip("/") and ".." not in path.split("/"):
                found.append(path.strip("/"))
    return found
