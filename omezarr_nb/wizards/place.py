"""Looking at the place where an image is to be written. Nothing that is there is changed, and nothing is left there."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from omezarr_nb.core.format import format_from_version
from omezarr_nb.core.pyramid.leftovers import leftovers
from omezarr_nb.core.pyramid.target import FolderTarget
from omezarr_nb.display.words import bytes_text, elide
from omezarr_nb.errors import OMEZarrError
from omezarr_nb.wizards.form import is_url
from omezarr_nb.wizards.guess import free_name, slug
from omezarr_nb.wizards.pictures import shown_path
from omezarr_nb.wizards.troubles import Decision, Trouble

__all__ = [
    "first_target",
    "free_target",
    "kept_words",
    "left_regions",
    "other_target",
    "place_problems",
    "place_words",
    "resolved",
    "taken",
    "with_place",
]

_Decided = TypeVar("_Decided", bound=Decision)

#: So many files of a folder are named.
_NAMED = 3


def resolved(target: str) -> str:
    """Return the whole path of a target; URLs as they are."""
    text = target.strip()
    return text if is_url(text) else str(Path(text).expanduser().absolute())


def taken(target: str) -> bool:
    """Return whether something is at a path. URLs are looked at when they are written to."""
    return not is_url(target) and os.path.lexists(resolved(target))


def left_regions(target: str) -> int:
    """Return how many regions are finished of a write to a free path that was broken off and can be gone on with."""
    if is_url(target) or taken(target):
        return 0
    try:
        return sum(left.regions for left in leftovers(resolved(target)) if left.resumable)
    except (OMEZarrError, OSError, ValueError):  # a place that cannot be looked at: the write says why
        return 0


def free_target(target: str, stem: str | None = None) -> str:
    """Return a path like `target` where nothing is.

    Parameters
    ----------
    target
        A path; with `stem`, its folder with a separator at the end, "" for the kernel's.
    stem
        Of the name; that of `target` by default.
    """
    folder, separator, name = ("", "", target) if "/" not in target else target.rstrip("/").rpartition("/")
    if stem is not None:
        folder, separator, name = target.rstrip("/"), "/" if target else "", stem
    wanted = (slug(name) if stem is None else stem).removesuffix(".ome")
    place = Path(f"{folder}{separator}" or ".").expanduser()
    try:
        there = frozenset(entry.name for entry in place.iterdir())
    except OSError:  # no such folder, or not to be read: nothing is known to be there
        there = frozenset()
    if stem is None:
        there |= {name}  # of a URL nothing else is known
    return f"{folder}{separator}{free_name(wanted, there)}"


def other_target(target: str, stem: str) -> str:
    """Return a free path to offer in place of one that is taken: in a folder of other things, or else beside it."""
    path = Path(resolved(target))
    if not is_url(target) and path.suffix != ".zarr" and path.is_dir():
        return free_target(f"{target.strip().rstrip('/')}/", stem)
    return free_target(target.strip())


def first_target(folder: Path, stem: str) -> tuple[str, str]:
    """Return a free path in a folder for an image, and why it is not the first that comes to mind ("" where it is)."""
    shown = shown_path(folder)
    prefix = "" if shown == "." else f"{shown.rstrip('/')}/"
    target, wanted = free_target(prefix, stem), f"{prefix}{stem}.ome.zarr"
    return target, "" if target == wanted else f"{wanted} is there already, so this is another name."


def kept_words(target: str, version: str) -> str:
    """Return why what is at a path would not be replaced even when asked, and what to do; "" where it would be.

    Parameters
    ----------
    target
        A path or a URL; URLs are looked at when they are written to.
    version
        In which the image is to be written.
    """
    if not taken(target):
        return ""
    path = Path(resolved(target))
    if not path.is_dir():
        what = "file" if path.exists() else "link that leads nowhere"
        return f"There is a {what} here. It is left alone; choose another name."
    try:
        if path.suffix != ".zarr":
            names = _some_names(path)
            return f"This is a folder that holds other files ({names}). Choose a name for the image." if names else ""
        return _folder_words(path, version)
    except OSError:
        return "There is a folder here that cannot be read. It is left alone; choose another name."


def _folder_words(path: Path, version: str) -> str:
    try:
        FolderTarget(path, (), format_from_version(version), overwrite=True)
    except OMEZarrError as error:
        if any((path / document).exists() for document in ("zarr.json", ".zgroup", ".zarray")):
            return f"{error.what} It is left alone; choose another name."
        names = _some_names(path)
        return f"There is a folder here that holds other files ({names}). It is left alone; choose another name."
    return ""


def _some_names(folder: Path) -> str:
    """Return the first names in a folder, without listing all of it."""
    with os.scandir(folder) as entries:
        names = [elide(entry.name, 40) for entry in islice(entries, _NAMED + 1)]
    return ", ".join([*sorted(names[:_NAMED]), *(["…"] if len(names) > _NAMED else [])])


def place_words(target: str) -> str:
    """Return what is worth knowing about a place that does not forbid writing there; "" where nothing is."""
    if is_url(target):
        return ""
    parent = Path(resolved(target)).parent
    around = next((place for place in (parent, *parent.parents) if place.suffix == ".zarr" and place.is_dir()), None)
    if around is not None:
        return f"This lies inside of {around.name}, whose own metadata will not name it."
    return "" if parent.exists() else f"The folder {parent} will be made."


def place_problems(target: str, nbytes: int) -> tuple[str, ...]:
    """Return why so many bytes cannot be written to a path, in words.

    Parameters
    ----------
    target
        A path or a URL; of URLs nothing is known before they are written to.
    nbytes
        Of the pixels before compression.
    """
    if is_url(target):
        return ()
    parent = Path(resolved(target)).parent
    there = next((place for place in (parent, *parent.parents) if os.path.lexists(place)), parent)
    if not there.is_dir():
        return (f"{there} is no folder, so nothing can be written in it.",)
    if not os.access(there, os.W_OK | os.X_OK):
        return (f"You have no permission to write in {there}.",)
    return _room_problems(there, nbytes)


def with_place(decision: _Decided, target: str) -> _Decided:
    """Return a decision with what forbids writing to its target, unless something else is wrong with that."""
    if decision.plan is None or any(trouble.field == "target" for trouble in decision.troubles):
        return decision
    problems = place_problems(target, decision.plan.nbytes)
    return replace(decision, troubles=(*decision.troubles, *(Trouble("target", words) for words in problems)))


def _room_problems(folder: Path, nbytes: int) -> tuple[str, ...]:
    try:
        usage = shutil.disk_usage(folder)
    except OSError as error:
        return (f"{folder} cannot be looked at: {error.strerror or error}.",)
    if usage.total == 0:  # of the system itself, or of a service that does not say how large it is
        return () if _takes_files(folder) else (f"Files cannot be stored in {folder}.",)
    if usage.free < nbytes:
        free, needed = bytes_text(usage.free), bytes_text(nbytes)
        return (f"There is not enough room: {free} are free there, and the pixels are {needed} before compression.",)
    return ()


def _takes_files(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
