"""Whether a store is still there: to Zarr a chunk that is missing and one that was never written are the same.

Both read as the fill value. So where a tile comes back all alike, the array's metadata is looked for once more, and a
store that went away is said instead of shown as black. Arrays that lie elsewhere see to that by themselves.
"""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING

from omezarr_nb.core.io import read_json
from omezarr_nb.core.remote import PatientStore, gone

if TYPE_CHECKING:
    from omezarr_nb.core.image import Level

__all__ = ["Presence"]


class Presence:
    """Looks for the arrays of levels, each at most once in a while; safe to use from several threads.

    Parameters
    ----------
    seconds
        How long an array that was found counts as there.
    """

    def __init__(self, seconds: float = 2.0) -> None:
        self._seconds = seconds
        self._seen: dict[str, float] = {}
        self._lock = Lock()

    def check(self, level: Level) -> None:
        """Raise where the array of a level is gone.

        Raises
        ------
        StoreError
            When its metadata is not there any more, or cannot be read.
        """
        with self._lock:
            if time.monotonic() - self._seen.get(level.path, -self._seconds) < self._seconds:
                return
            place = level.zarr.store_path
            if isinstance(place.store, PatientStore):
                return
            name = "zarr.json" if level.zarr.metadata.zarr_format == 3 else ".zarray"
            if read_json(place, [name], str(place))[0] is None:
                raise gone(f"level {level.index}")
            self._seen[level.path] = time.monotonic()
