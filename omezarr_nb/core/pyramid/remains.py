"""Removing what a write has made, or has replaced, in a group of a store; and never anything else."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.kinds import Ints
from omezarr_nb.core.paths import DOCUMENTS
from omezarr_nb.core.pyramid.bounded import within
from omezarr_nb.core.pyramid.claims import PATIENCE, is_claim
from omezarr_nb.core.pyramid.guard import level_paths
from omezarr_nb.errors import OMEZarrError

if TYPE_CHECKING:
    from zarr.storage import StorePath

__all__ = ["Levels", "named_among", "remaining", "remove_groups", "remove_levels", "shapes_at"]

#: Shapes and chunks of arrays by path; None where they are known to be ours.
Levels: TypeAlias = Mapping[str, tuple[Ints, Ints] | None]

#: Keys below an array: documents, and chunks of either format of Zarr; and files that were being written when their
#: writer was killed.
_OF_ARRAY = re.compile(
    r"zarr\.json|c|((zarr|\.zarray|\.zattrs|(c/)?\d+([./]\d+)*)\.[0-9a-f]{32}\.partial)|\.zarray|\.zattrs"
    r"|(c/)?\d+([./]\d+)*"
)


def shapes_at(location: ZarrLocation, paths: Sequence[str]) -> dict[str, tuple[Ints, Ints]]:
    """Return shapes and chunks of the arrays of a group that are there."""
    return {path: (array.shape, array.chunks) for path, array in location.arrays(paths).items()}


def named_among(place: StorePath, paths: Iterable[str]) -> set[str]:
    """Return those of some arrays that the metadata of a group above them names, up to the one that they are paths in.

    Where metadata cannot be read, all that lies below is taken to be named.
    """
    below: dict[str, set[str]] = {}
    for path in paths:
        parts = path.split("/")
        for count in range(len(parts)):
            below.setdefault("/".join(parts[:count]), set()).add(path)
    named: set[str] = set()
    for group, wanted in below.items():
        try:
            own = level_paths(ZarrLocation(place / group if group else place, "r"))
        except OMEZarrError:
            named |= wanted
            continue
        named |= wanted & {f"{group}/{path}".lstrip("/") for path in own}
    return named


def remaining(place: StorePath, levels: Levels) -> list[str]:
    """Return the paths of those arrays of a group that are still what they were."""
    return [path for path, shape in levels.items() if _is_what_it_was(place / path, shape)]


def remove_levels(place: StorePath, levels: Levels, *, named: Collection[str], where: str) -> list[str]:
    """Remove arrays of a group, and return those that could not be removed, with the reason.

    Parameters
    ----------
    place
        The group.
    levels
        The arrays. One that is of another shape by now, or no array at all, is somebody else's, and stays.
    named
        Paths that the metadata of the group names, which are not removed.
    where
        The group, as a person would write it.

    Notes
    -----
    All together take a minute at most, however the store behaves: a store that is gone is not asked for each of them.
    """
    from zarr.core.sync import sync

    until = time.monotonic() + PATIENCE
    wanted = [path for path in levels if path not in named]
    for index, path in enumerate(wanted):
        own = place / path
        try:
            if not _is_what_it_was(own, levels[path]):
                continue
            sync(within(own.store.delete_dir(own.path), max(0.1, until - time.monotonic()), str(own)))
        except Exception as error:  # any of any storage library: it is named, and what is left
            reason = str(error) or type(error).__name__
            return [f"{where}/{rest} ({reason})" for rest in wanted[index:]]
    return []


def remove_groups(place: StorePath, made: Sequence[str]) -> list[str]:
    """Remove groups that zarr made above arrays, where nothing is in them; return those that could not be removed.

    Parameters
    ----------
    place
        The group that was written to: only it, and those above it, are removed.
    made
        Paths relative to the root of the store, from the deepest.
    """
    from zarr.core.sync import sync
    from zarr.storage import StorePath

    left = []
    for path in made:
        if path != place.path and not f"{place.path}/".startswith(f"{path}/" if path else ""):
            continue
        group = StorePath(place.store, path)

        async def remove(group: StorePath = group) -> None:
            names = [name.rstrip("/") async for name in group.store.list_dir(group.path)]
            if all(name in DOCUMENTS or is_claim(name) for name in names):
                for name in DOCUMENTS:
                    if await (group / name).exists():
                        await (group / name).delete()

        try:
            if not ZarrLocation(group, "r").root_attrs:
                sync(within(remove(), PATIENCE, str(group)))
        except Exception as error:  # any of any storage library: it is named
            left.append(f"{group} ({error})")
            break
    return left


def _is_what_it_was(place: StorePath, shape: tuple[Ints, Ints] | None) -> bool:
    """Return whether an array is still the one that was meant, or what is left of it without its document."""
    if shape is None:
        return True
    try:
        location = ZarrLocation(place, "r")
    except OMEZarrError:
        return False
    if location.is_array:
        return shapes_at(location, [""]).get("") == shape
    if location.exists():
        return False
    return _holds_chunks_only(place)


def _holds_chunks_only(place: StorePath) -> bool:
    from zarr.core.sync import sync

    async def look() -> bool:
        prefix = f"{place.path}/" if place.path else ""
        async for key in place.store.list_prefix(prefix):
            if _OF_ARRAY.fullmatch(key.removeprefix(prefix)) is None:
                return False
        return True

    return sync(within(look(), PATIENCE, str(place)))
