"""Looking at the place where an image is to be written. Nothing is made or changed there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from omezarr_nb.core.pyramid.work import WritePlan
from omezarr_nb.display.words import bytes_text
from omezarr_nb.wizards.form import is_url
from omezarr_nb.wizards.guess import free_name, slug
from omezarr_nb.wizards.pictures import shown_path

__all__ = ["first_target", "free_target", "place_words", "resolved", "taken"]


def resolved(target: str) -> str:
    """Return the whole path of a target; URLs as they are."""
    text = target.strip()
    return text if is_url(text) else str(Path(text).expanduser().absolute())


def taken(target: str) -> bool:
    """Return whether something is at a path. URLs are looked at when they are written to."""
    return not is_url(target) and os.path.lexists(resolved(target))


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


def first_target(folder: Path, stem: str) -> tuple[str, str]:
    """Return a free path in a folder for an image, and why it is not the first that comes to mind ("" where it is)."""
    shown = shown_path(folder)
    prefix = "" if shown == "." else f"{shown.rstrip('/')}/"
    target, wanted = free_target(prefix, stem), f"{prefix}{stem}.ome.zarr"
    return target, "" if target == wanted else f"{wanted} is there already, so this is another name."


def place_words(target: str, plan: WritePlan | None) -> str:
    """Return what is worth knowing about a place that does not forbid writing there; "" where nothing is."""
    if plan is None or is_url(target):
        return ""
    parent = Path(resolved(target)).parent
    there = next((folder for folder in (parent, *parent.parents) if folder.is_dir()), None)
    if there is None:
        return ""
    words = []
    if there != parent:
        words.append(f"The folder {parent} will be made.")
    if not os.access(there, os.W_OK):
        words.append(f"You seem to have no permission to write in {there}.")
    free = shutil.disk_usage(there).free
    if free < plan.nbytes:
        words.append(
            f"Only {bytes_text(free)} are free there, and the pixels are {bytes_text(plan.nbytes)} before compression."
        )
    return " ".join(words)
