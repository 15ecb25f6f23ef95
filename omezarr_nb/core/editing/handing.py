"""Journals that change hands: taken over by another editor by its choice, or lost with labels that others removed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omezarr_nb.errors import StoreError, TargetBusyError

if TYPE_CHECKING:
    from omezarr_nb.core.pyramid.who import Who

__all__ = ["fingerprint", "is_at", "keep", "replaced", "taken"]

_PART = 1 << 24


def is_at(descriptor: int, path: Path) -> bool:
    """Return whether an open file is still the one at a path."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except (FileNotFoundError, NotADirectoryError):
        return False


def keep(descriptor: int, folder: Path, name: str) -> Path:
    """Copy an open file, which may have no name any more, to a new file in a folder, and return that.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        path = folder / f"{name}.{number}"
        try:
            file = path.open("xb")
            break
        except FileExistsError:
            number += 1
    with file:
        os.lseek(descriptor, 0, os.SEEK_SET)
        while part := os.read(descriptor, _PART):
            file.write(part)
    return path


def taken(where: str, who: Who | None) -> TargetBusyError:
    """Return the error of an editor whose labels and strokes another one has taken over."""
    return TargetBusyError(
        "Somebody else has taken over the painting of these labels, with what you had painted.",
        where=where,
        found=None if who is None else str(who),
        do="Close this editor. Nothing is lost: what was not saved is painted in theirs.",
    )


def replaced(where: str, journal: Path, kept: Path | None, *, alike: bool = True) -> StoreError:
    """Return the error of labels that were removed or replaced while they were painted.

    Parameters
    ----------
    where
        The labels.
    journal
        Where their journal has to be.
    kept
        Where it was copied to when it was lost; None where it is in its place.
    alike
        Whether it fits the labels that are there now.
    """
    do = "Close this editor, and call edit_labels again"
    if kept is not None:
        do += f". What was painted and not saved is kept in {kept}: copy it to {journal} first to have it painted again"
    elif not alike:
        do += ": it says where what was painted and not saved is kept"
    else:
        do += ": what was painted and not saved is painted again, to be saved or discarded"
    return StoreError(
        "The labels were removed or replaced by others while they were painted.", where=where, do=f"{do}."
    )


def fingerprint(root: Any, path: str) -> tuple[int, int] | None:
    """Return what tells the array in a folder from another that is put in its place; None where it has no document."""
    for name in ("zarr.json", ".zarray"):
        try:
            stat = (Path(root) / path / name).stat()
        except OSError:
            continue
        return stat.st_ino, stat.st_mtime_ns
    return None
