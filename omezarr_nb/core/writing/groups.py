"""Groups to write to, and their metadata: read, merged and written back as one step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from omezarr_nb.core.format import CurrentFormat, Format, FormatV04, declared_version, known_format
from omezarr_nb.core.locks import locked
from omezarr_nb.core.pyramid.target import drop_consolidated
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, NotFoundError, StoreError

if TYPE_CHECKING:
    import zarr
    from zarr.storage import StorePath

    from omezarr_nb.core.io import Where

__all__ = ["add_metadata", "change_metadata", "check_format", "check_group_fmt", "get_metadata"]

GroupMode = Literal["r", "r+", "a", "w", "w-"]


def check_format(group: zarr.Group, fmt: Format | None = None) -> Format:
    """Return the version in which metadata of a group is written.

    Parameters
    ----------
    group
        A zarr group.
    fmt
        The version wanted. None takes the one that the group's attributes name, and for a group that names none 0.4
        in Zarr 2 and the current version in Zarr 3.

    Raises
    ------
    InvalidArgumentError
        When `fmt` is stored in the other format of Zarr.
    """
    zarr_format = group.metadata.zarr_format
    if fmt is None:
        declared = known_format(declared_version(dict(group.attrs)))
        if declared is not None and declared.zarr_format == zarr_format:
            return declared
        return FormatV04() if zarr_format == 2 else CurrentFormat()
    if not isinstance(fmt, Format):
        raise ArgumentTypeError("fmt is a Format.", where="fmt", found=fmt, expected="for example FormatV05()")
    if fmt.zarr_format != zarr_format:
        raise InvalidArgumentError(
            f"Group is zarr_format: {zarr_format} but OME-Zarr {fmt.version} is {fmt.zarr_format}.",
            where=str(group.store_path),
            do="Leave out version= and fmt=, or pass those that fit: 0.4 for Zarr 2, 0.5 for Zarr 3.",
        )
    return fmt


def check_group_fmt(group: Where, fmt: Format | None = None, mode: GroupMode = "a") -> tuple[zarr.Group, Format]:
    """Return a group as a zarr group, and the version in which its metadata is written.

    Parameters
    ----------
    group
        A zarr group, or a path, URL, store or location.
    fmt
        As for `check_format`.
    mode
        How a path is opened: "r" and "r+" want the group to be there; the others make it where it is not. None of
        them erases anything, not even "w".

    Raises
    ------
    NotFoundError
        When there is no group, and mode is "r" or "r+".
    InvalidArgumentError
        When `fmt` is stored in the other format of Zarr, or an array lies at the place.
    """
    import zarr

    from omezarr_nb.core.io import ZarrLocation

    if isinstance(group, zarr.Group):
        return group, check_format(group, fmt)
    location = ZarrLocation(group, mode, fmt)
    if location.is_array:
        raise InvalidArgumentError("A Zarr array lies here, not a group.", where=location.where)
    if not location.exists():
        if mode in ("r", "r+"):
            raise NotFoundError("There is no Zarr group here.", where=location.where)
        wanted = fmt or CurrentFormat()
        return zarr.create_group(location.store_path, zarr_format=wanted.zarr_format), wanted
    opened = zarr.open_group(
        location.store_path,
        mode="r" if mode == "r" else "r+",
        zarr_format=location.zarr_format,
        use_consolidated=False,
    )
    return opened, check_format(opened, fmt)


def get_metadata(group: Where, fmt: Format | None = None) -> dict[str, Any]:
    """Return a copy of the OME metadata of a group: what is below ``ome`` since 0.5, all attributes before.

    Parameters
    ----------
    group
        A zarr group, whose attributes are taken as it knows them, or a path, URL or store.
    fmt
        As for `check_format`.

    Examples
    --------
    >>> import zarr
    >>> group = zarr.group()
    >>> add_metadata(group, {"labels": ["nuclei"]})
    >>> get_metadata(group)["labels"]
    ['nuclei']
    """
    opened, fmt = check_group_fmt(group, fmt, "r")
    return deepcopy(dict(fmt.block(dict(opened.attrs))))


def add_metadata(group: Where, metadata: Mapping[str, Any], fmt: Format | None = None) -> None:
    """Merge OME metadata into that of a group.

    Parameters
    ----------
    group
        A zarr group, or a path, URL or store; a group is made where there is none.
    metadata
        By key. An object is merged into the object that is there, key by key; every other value takes the place of
        the old one. Nothing else is changed, nor are the values checked.
    fmt
        As for `check_format`.
    """
    added = deepcopy(dict(metadata))

    def merged(block: dict[str, Any]) -> dict[str, Any]:
        for key, value in added.items():
            old = block.get(key)
            block[key] = old | value if isinstance(value, dict) and isinstance(old, dict) else value
        return block

    opened, fmt = check_group_fmt(group, fmt)
    change_metadata(opened, fmt, merged)


def change_metadata(group: zarr.Group, fmt: Format, change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> None:
    """Read the metadata of a group from the store, change it, and write it back, while no one else does.

    Parameters
    ----------
    group
        Whose attributes are up to date afterwards.
    fmt
        The version that is written.
    change
        Gets a copy of the OME metadata, without the version that stands for all of it, and returns the new metadata.

    Raises
    ------
    StoreError
        When the store is open for reading only.
    """
    import zarr

    place = group.store_path
    if place.store.read_only:
        raise StoreError("The store is open for reading only.", where=str(place), do="Open it with mode='r+' or 'a'.")
    with locked(place):
        fresh = zarr.open_group(place, mode="a", zarr_format=fmt.zarr_format, use_consolidated=False)
        attributes = dict(fresh.attrs)
        block = deepcopy(dict(fmt.block(attributes)))
        if fmt.nested:
            block.pop("version", None)
        changed = fmt.wrap(change(block))
        if fmt.nested:
            changed = attributes | changed
        fresh.attrs.put(changed)
        drop_consolidated(place)
    # The group that was passed may be older, or be read from consolidated metadata: it need only know.
    known = group.metadata.attributes
    known.clear()
    known.update(deepcopy(changed))


def make_group(place: StorePath, fmt: Format) -> zarr.Group:
    """Open the group at a place, or make it where it is not there; another thread or process may make it meanwhile.

    It is made under its lock: zarr looks whether there is a group and then puts an empty one, over what somebody may
    have written to it between the two.
    """
    import zarr
    from zarr.errors import ContainsGroupError, GroupNotFoundError

    open_group = partial(zarr.open_group, place, zarr_format=fmt.zarr_format, use_consolidated=False)
    try:
        return open_group(mode="r+")
    except (FileNotFoundError, GroupNotFoundError):
        with locked(place):
            try:
                return open_group(mode="a")
            except ContainsGroupError:  # made by a process that a store without locks does not keep away
                return open_group(mode="r+")
