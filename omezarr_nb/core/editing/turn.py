"""Whose turn it is to paint: where the journal lies, and a mark in stores without locks.

On a disk the journal lies beside the labels and is locked, so that no two processes paint the same labels. Elsewhere
it lies on this machine, where the same lock keeps its processes apart; those of other machines see a mark in the store
that is renewed as long as its editor lives. Between two that begin in the same second the mark is a hint, not a lock:
what both paint is stored, pixel by pixel, and nobody's strokes are undone.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from omezarr_nb.core.editing.journal import busy
from omezarr_nb.core.growing.place import is_in_memory, is_local, is_session, storing
from omezarr_nb.core.locks import EDITING_FILE, EDITOR_FILE
from omezarr_nb.core.pyramid.bounded import within
from omezarr_nb.core.pyramid.who import Who
from omezarr_nb.errors import StoreError

if TYPE_CHECKING:
    from zarr.storage import StorePath

__all__ = ["Mark", "journal_path", "state_folder"]

#: Seconds between two renewals, and after how many a mark that was not renewed counts for nothing.
RENEW_EVERY = 15.0
LEASE = 60.0
_PATIENCE = 30.0


def state_folder() -> Path:
    """Return the folder of this machine in which journals of labels in far stores lie; it need not be there."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Application Support")
    else:
        base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "omezarr_nb" / "editing"


def journal_path(place: StorePath, key: object) -> Path:
    """Return where the journal of labels lies; its folder is made.

    Parameters
    ----------
    place
        Of the labels.
    key
        What all places of these labels have in common.
    """
    if is_local(place.store):
        store: object = place.store
        root: Path = store.root  # type: ignore[attr-defined] # a LocalStore
        return root / place.path / EDITING_FILE
    folder = state_folder()
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{hashlib.sha256(repr(key).encode()).hexdigest()[:32]}.journal"


class Mark:
    """A mark in a far store that says who paints, renewed as long as it is held.

    Parameters
    ----------
    place
        Of the labels.
    where
        For messages.
    take_over
        Whether somebody else's is replaced.

    Raises
    ------
    TargetBusyError
        When somebody else's is there, and not too old.
    """

    def __init__(self, place: StorePath, where: str, *, take_over: bool = False) -> None:
        self._key = place / EDITOR_FILE
        self._where = where
        self._who = Who.here()
        self._end = threading.Event()
        self._thread: threading.Thread | None = None
        # In memory there are no others; a store with commits finds out about others when it commits.
        if is_local(place.store) or is_in_memory(place.store) or is_session(place.store):
            return
        with storing(where):
            other = self._read()
        if other is not None and _lives(*other) and not take_over:
            raise busy(where, other[0])
        with storing(where):
            self._put()
        self._thread = threading.Thread(target=self._renew, name="omezarr_nb-editor", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raise where the mark is not there any more, or is somebody else's.

        Raises
        ------
        TargetBusyError
            When somebody else paints now.
        StoreError
            When the labels were removed or replaced, or the store fails.
        """
        if self._thread is None:
            return
        with storing(self._where):
            found = self._read()
        if found is None or found[0] != self._who:
            raise StoreError(
                "The labels were removed or replaced by others, or somebody else paints them now.",
                where=self._where,
                found=None if found is None else str(found[0]),
                do="Close this editor, and call edit_labels again when they have ended: what you painted and have not "
                "saved is kept on this machine, and is painted again, or it is said where it lies.",
            )

    def close(self) -> None:
        """Remove the mark."""
        if self._thread is None:
            return
        self._end.set()
        self._thread.join(_PATIENCE)
        from zarr.core.sync import sync

        try:
            found = self._read()
        except Exception:  # it cannot be said whose it is; ours grows old by itself
            return
        if found is None or found[0] != self._who:
            return

        async def remove() -> None:
            await within(self._key.delete(), _PATIENCE, str(self._key))

        removing = remove()
        try:
            sync(removing)
        except Exception:  # at the end of a process there may be no loop any more; the mark grows old by itself
            removing.close()

    def _put(self) -> None:
        from zarr.core.buffer import default_buffer_prototype
        from zarr.core.sync import sync

        data = json.dumps({"who": self._who.to_json(), "renewed": round(time.time(), 3)}).encode()
        sync(within(self._key.set(default_buffer_prototype().buffer.from_bytes(data)), _PATIENCE, str(self._key)))

    def _read(self) -> tuple[Who, float] | None:
        from zarr.core.sync import sync

        try:
            data = sync(within(self._key.get(), _PATIENCE, str(self._key)))
        except FileNotFoundError:
            return None
        try:
            document = json.loads(data.to_bytes()) if data is not None else None
        except (ValueError, RecursionError):
            return None
        if not isinstance(document, dict):
            return None
        who, renewed = Who.parse(document.get("who")), document.get("renewed")
        return (who, float(renewed)) if who is not None and isinstance(renewed, int | float) else None

    def _renew(self) -> None:
        while not self._end.wait(RENEW_EVERY):
            with suppress(Exception):  # whatever the store raises, the next save meets it and says it
                found = self._read()
                if found is None or found[0] != self._who:
                    return  # the next save says it
                self._put()


def _lives(who: Who, renewed: float) -> bool:
    """Return whether a mark is of somebody who paints now."""
    alive = who.alive()
    if alive is not None:
        # One of this very process was left: its editor is closed, for this process has one editor of labels at most.
        return alive and who.pid != os.getpid()
    return abs(time.time() - renewed) < LEASE
