"""One writer at a time: for what is read, merged and written back, such as the list of wells of a plate.

Within a process this holds for every store. Between processes it holds for folders, by a lock on a file in them that
is there only while somebody writes; object stores have no locks.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zarr.storage import StorePath

__all__ = [
    "CHANGE_FILE",
    "CHANGING_FILE",
    "EDITING_FILE",
    "EDITOR_FILE",
    "LOCK_FILE",
    "OWN_FILES",
    "file_lock",
    "is_locked",
    "locked",
    "try_lock",
]

#: Name of the lock file in a folder. Readers of Zarr take no notice of it.
LOCK_FILE = ".omezarr_nb.lock"

#: Of the lock file while the pixels of an image are changed, and of the record of such a change.
CHANGING_FILE = ".omezarr_nb.growing.lock"
CHANGE_FILE = ".omezarr_nb.change"

#: Of the journal of what is painted and not stored yet, which is somebody's work, and of the mark of who paints
#: in a store without locks.
EDITING_FILE = ".omezarr_nb.editing"
EDITOR_FILE = ".omezarr_nb.editor.json"

#: What this package keeps beside an image for a while, and a process that was killed may have left: nobody's data.
OWN_FILES = frozenset((LOCK_FILE, CHANGING_FILE, CHANGE_FILE, EDITOR_FILE))

# Of the process: the threads of a process wait here, whatever the store. Metadata is written in milliseconds.
_OURS = threading.RLock()


@contextmanager
def locked(place: StorePath) -> Iterator[None]:
    """Hold the lock of a group while its metadata is read, changed and written.

    Parameters
    ----------
    place
        The group. In a local store its folder is made where it is not there yet. In any other store only the threads
        of this process are kept apart.
    """
    from zarr.storage import LocalStore

    with _OURS:
        if type(place.store) is not LocalStore or place.store.read_only:
            yield
            return
        folder = place.store.root / place.path
        folder.mkdir(parents=True, exist_ok=True)
        with file_lock(folder / LOCK_FILE):
            yield


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold a lock on a file that is there only meanwhile; its folder has to be there. Not twice in one thread."""
    descriptor = _acquire(path)
    try:
        yield
    finally:
        # Removed while it is still held: whoever waits for it then sees that it holds a file that is gone.
        try:
            path.unlink(missing_ok=True)
        except PermissionError:  # Windows keeps files that are open; the last one to leave removes it
            pass
        finally:
            os.close(descriptor)


def _acquire(path: Path) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(descriptor)
            if _is_there(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_there(descriptor: int, path: Path) -> bool:
    """Return whether the file that is held is still the one at the path."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def try_lock(descriptor: int) -> None:
    """Take the lock of an open file, without waiting. It is let go when the file is closed, or the process dies.

    Raises
    ------
    BlockingIOError
        When another open file, of whatever process, has the lock.

    Notes
    -----
    Where the file system has no locks, nothing is taken.
    """
    if sys.platform == "win32":
        import msvcrt

        # Far behind the end: what is locked there can be read by nobody else.
        os.lseek(descriptor, 1 << 40, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError(error.errno, str(error)) from error
        return
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
            raise


def is_locked(path: Path) -> bool:
    """Return whether somebody holds the lock of a file now; False where there is no such file."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        try_lock(descriptor)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _lock(descriptor: int) -> None:
    """Wait until the file is ours. A process that dies lets go of it."""
    if sys.platform == "win32":
        import msvcrt

        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)  # gives up after ten seconds
            except OSError:
                continue
            return
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)
