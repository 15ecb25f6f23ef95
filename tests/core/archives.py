"""Images in archives, and what is in them."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import omezarr_nb
from omezarr_nb.core.zipped.rules import OZX_RULES
from omezarr_nb.core.zipped.write import in_order

__all__ = ["PIXELS", "archive", "contents", "files_below", "hidden", "names_in", "rules", "write"]

PIXELS = np.arange(2 * 300 * 200, dtype="u2").reshape(2, 300, 200)


def write(path: Path | Any, **options: Any) -> omezarr_nb.Image:
    """Write `PIXELS`: two channels, three levels."""
    given: dict[str, Any] = {"axes": "cyx", "units": "um", "chunks": 64, "levels": 3, **options}
    image: omezarr_nb.Image = omezarr_nb.write_image(PIXELS, path, **given)
    return image


def contents(folder: Path) -> list[str]:
    """Return the names of what is in a folder, sorted."""
    return sorted(entry.name for entry in folder.iterdir())


def hidden(folder: Path) -> list[str]:
    """Return what is in a folder that a write has not cleaned up."""
    return [name for name in contents(folder) if name.startswith(".")]


def files_below(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder, by their path in it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def names_in(path: Path) -> list[str]:
    """Return the names of the entries of an archive that is whole."""
    with zipfile.ZipFile(path) as found:
        assert found.testzip() is None
        return found.namelist()


def rules(where: Path) -> list[tuple[str, str]]:
    """Return what an archive breaks of RFC-9: rule and severity."""
    known = {rule.name for rule in OZX_RULES}
    return [(p.rule, p.severity) for p in omezarr_nb.validate(where).problems if p.rule in known]


def archive(path: Path, source: Path, order: Sequence[str] | None = None, comment: bytes = b"", **more: Any) -> Path:
    """Write an archive of a folder by the standard library, with the names in an order."""
    with zipfile.ZipFile(path, "w", **more) as target:
        for name in order or in_order(files_below(source)):
            target.write(source / name, name)
        target.comment = comment
    return path
