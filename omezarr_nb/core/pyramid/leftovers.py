"""What writes that were killed, or failed with resume=True, have left: to be seen, continued or discarded."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.pyramid.claimed import Claimed
from omezarr_nb.core.pyramid.claims import can_claim, claims_at, forget_claim, is_claim, is_dead, remove_claim
from omezarr_nb.core.pyramid.journal import Record
from omezarr_nb.core.pyramid.remains import named_among, remaining, remove_groups, remove_levels
from omezarr_nb.core.pyramid.staging import JOURNAL, Staging, busy, is_staging, target_of
from omezarr_nb.core.pyramid.target import local_folder
from omezarr_nb.core.zipped.target import archive_path
from omezarr_nb.errors import OMEZarrError, StoreError

if TYPE_CHECKING:
    from zarr.storage import StorePath

    from omezarr_nb.core.io import Where

__all__ = ["Leftover", "leftovers"]


@dataclass(frozen=True, slots=True)
class Leftover:
    """What one write has left at a target. Made by `leftovers`.

    Parameters
    ----------
    target
        What was to be written, as a person would write it.
    places
        Folders or arrays that hold what was written; nothing else is removed by `discard`.
    writer
        Process, machine and time of the write.
    since
        When it began, in seconds since 1970.
    alive
        Whether somebody is still writing: it is no leftover then, and is not discarded.
    resumable
        Whether the same write with ``resume=True`` goes on from here.
    regions
        Regions that are finished.

    Examples
    --------
    >>> [leftover.resumable for leftover in leftovers(".")]  # nothing was killed here
    []
    """

    target: str
    places: tuple[str, ...]
    writer: str
    since: float
    alive: bool
    resumable: bool
    regions: int
    _at: Staging | tuple[StorePath, str]

    def discard(self) -> None:
        """Remove it. What is at the target stays as it is; what had been taken away from there is put back.

        Raises
        ------
        TargetBusyError
            When somebody is still writing.
        TargetExistsError
            When something else lies there by now.
        StoreError
            When it cannot be removed: the message names what is left.
        """
        if isinstance(self._at, Staging):
            try:
                self._at.drop()
            except OMEZarrError:
                raise
            except OSError as error:
                raise StoreError("This cannot be removed.", where=str(self._at.folder), found=str(error)) from error
        else:
            _discard_claimed(*self._at, self.target)

    def __repr__(self) -> str:
        began = time.strftime("%Y-%m-%d %H:%M", time.localtime(self.since))
        state = "being written" if self.alive else "left, resume=True goes on" if self.resumable else "left"
        return f"<Leftover of {self.target!r}: {self.regions} regions, begun {began}, {state}>"


def leftovers(where: Where, *, storage_options: Mapping[str, Any] | None = None) -> tuple[Leftover, ...]:
    """List what interrupted writes have left at a target, in a folder of targets, or anywhere below a local folder.

    Parameters
    ----------
    where
        The target of a write (which need not be there), or a folder. In other stores than local folders the group
        itself is looked at, and its labels.
    storage_options
        What fsspec needs for a URL.

    Returns
    -------
    tuple of Leftover
        Each with `discard`. Writes that go on now are among them, with ``alive`` set. Nothing is changed.

    Notes
    -----
    What is found is recognised by the journal or the claim that a write of this package puts beside its pixels before
    it begins; whatever has none, such as an array that no metadata names, is taken to be somebody's and not listed.

    Examples
    --------
    >>> leftovers("nothing/here.ome.zarr")
    ()
    """
    folder = archive_path(where) or local_folder(where, storage_options)
    if folder is not None:
        found = list(_beside(Staging(folder)))
        for path in _walk(folder):
            if is_staging(path):
                found += _beside(Staging(target_of(path)))
            else:
                found += _claimed(ZarrLocation(path, "a"))
        return tuple(found)
    location = ZarrLocation(where, "a", storage_options=storage_options)
    found = list(_claimed(location))
    labels = location.store_path / "labels"
    if location.exists() and can_claim(labels):
        for name in _children(labels):
            found += _claimed(ZarrLocation(labels / name, "a"))
    return tuple(found)


def _beside(staging: Staging) -> Iterator[Leftover]:
    """Give what is in the folder beside a target."""
    if not (staging.folder / JOURNAL).is_file():
        return
    record = staging.left()
    alive = staging.is_held()
    yield Leftover(
        target=str(staging.target),
        places=(str(staging.folder),),
        writer=str(record.who) if record else "unknown",
        since=record.since if record else (staging.folder / JOURNAL).stat().st_mtime,
        alive=alive,
        resumable=_is_resumable(record) and not alive and not staging.is_switched(record),
        regions=record.regions if record else 0,
        _at=staging,
    )


def _claimed(location: ZarrLocation) -> Iterator[Leftover]:
    """Give what claims on a group tell of."""
    place = location.store_path
    for claimed in claims_at(place) if can_claim(place) else ():
        named = named_among(place, claimed.levels)
        there = remaining(place, {path: sizes for path, sizes in claimed.levels.items() if path not in named})
        alive = not is_dead(claimed, lambda token: _claim_of(place, token))
        yield Leftover(
            target=location.where,
            places=tuple(f"{location.where}/{path}" for path in there),
            writer=str(claimed.record.who),
            since=claimed.record.since,
            alive=alive,
            resumable=_is_resumable(claimed.record) and not alive and set(claimed.paths) <= set(there),
            regions=claimed.record.regions,
            _at=(place, claimed.token),
        )


def _claim_of(place: StorePath, token: str) -> Claimed | None:
    return next((claimed for claimed in claims_at(place) if claimed.token == token), None)


def _is_resumable(record: Record | None) -> bool:
    return record is not None and record.created


def _discard_claimed(place: StorePath, token: str, where: str) -> None:
    claimed = _claim_of(place, token)
    if claimed is None:
        return
    if not is_dead(claimed, lambda same: _claim_of(place, same)):
        raise busy(where, claimed.record)
    named = named_among(place, claimed.levels)
    forget_claim(place, claimed)
    left = remove_levels(place, claimed.levels, named=named, where=where)
    if left:
        raise StoreError("This cannot be removed.", where=where, found="; ".join(left))
    remove_claim(place, token)
    if claimed.paths and not set(claimed.paths) & set(named):
        remove_groups(place, claimed.made)


def _walk(folder: Path) -> Iterator[Path]:
    """Give the folders below one that are stagings, or that hold claims; neither links nor arrays are followed."""
    for parent, names, files in os.walk(folder):
        if any(is_claim(name) for name in files):
            yield Path(parent)
        for name in list(names):
            path = Path(parent, name)
            if is_staging(path):
                yield path
            if is_staging(path) or path.is_symlink() or (name == "c" and "zarr.json" in files):
                names.remove(name)
        if ".zarray" in files:
            names.clear()


def _children(place: StorePath) -> list[str]:
    from zarr.core.sync import sync

    async def look() -> list[str]:
        return [name.rstrip("/") async for name in place.store.list_dir(place.path)]

    return [name for name in sync(look()) if "." not in name]
