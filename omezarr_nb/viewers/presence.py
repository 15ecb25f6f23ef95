"""Whether a store is still there: to Zarr a chunk that is missing and one that was never written are the same.

Both read as the fill value. So where a tile comes back all alike, the array's metadata is looked for once more, and a
store that went away, or was replaced by one of another layout, is said instead of shown as black. Arrays that lie
elsewhere see to that by themselves.
"""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING

from omezarr_nb.core.io import open_array, read_json
from omezarr_nb.core.remote import PatientStore, changed, gone, layout_of

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
        """Raise where the array of a level is gone, or is another one.

        Raises
        ------
        StoreError
            When its metadata is not there any more, cannot be read, or is that of an array of another layout.
        """
        with self._lock:
            if time.monotonic() - self._seen.get(level.path, -self._seconds) < self._seconds:
                return
            place = level.zarr.store_path
            if isinstance(place.store, PatientStore):
                return
            name = "zarr.json" if level.zarr.metadata.zarr_format == 3 else ".zarray"
            (document,) = read_json(place, [name], str(place))
            if document is None:
                raise gone(f"level {level.index}")
            if layout_of(open_array(place, document, str(place))) != layout_of(level.zarr):
                raise changed(f"level {level.index}")
            self._seen[level.path] = time.monotonic()
