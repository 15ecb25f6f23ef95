"""What the folders of a local store tell without a request: which groups are there.

Elsewhere nothing is listed or asked for ahead: what is missing is said when it is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zarr.storage import LocalStore

from omezarr_nb.core.problems import Problem
from omezarr_nb.core.rules.groups import GROUP

if TYPE_CHECKING:
    from zarr.storage import StorePath

    from omezarr_nb.core.io import ZarrLocation

__all__ = ["absence", "absent_groups", "groups_below"]

_DOCUMENTS = ("zarr.json", ".zgroup", ".zattrs")
#: Of groups that are looked for: a plate of 1536 wells has a tenth of it.
_MOST_LOOKED_FOR = 20_000
_MOST_LISTED = 10_000
_MOST_TOLD = 100


def absent_groups(location: ZarrLocation, paths: Sequence[str], what: str) -> tuple[Problem, ...]:
    """Return a problem for each group that metadata names and that is not in a local store; () in any other store.

    Parameters
    ----------
    location
        The group whose metadata names them.
    paths
        Within that group; only the first 20,000 are looked for, and 100 told.
    what
        It is in words, "well".
    """
    folder = _folder(location.store_path)
    if folder is None:
        return ()
    absent = [path for path in paths[:_MOST_LOOKED_FOR] if not _is_there(folder / path)]
    return tuple(absence(path, what) for path in absent[:_MOST_TOLD])


def absence(path: str, what: str) -> Problem:
    """Return the problem of a group that metadata names and that is not there."""
    return Problem(GROUP.name, "error", path, f"this {what} is in the metadata, but not in the store")


def groups_below(place: StorePath) -> list[str] | None:
    """Return the names of the groups within a group, sorted; None where the store is not a local folder."""
    folder = _folder(place)
    if folder is None:
        return None
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for _, entry in zip(range(_MOST_LISTED), entries, strict=False)]
    except OSError:  # there is no such folder, or it may not be listed
        return []
    return sorted(name for name in names if _is_there(folder / name))


def _folder(place: StorePath) -> Path | None:
    return place.store.root / place.path if isinstance(place.store, LocalStore) else None


def _is_there(folder: Path) -> bool:
    return any(os.path.exists(folder / name) for name in _DOCUMENTS)  # noqa: PTH110 - half the time of Path.exists
