"""What a form does beside answering: writing, loading, and waiting until someone has stopped typing.

Each runs in a thread, so that the form answers (to Cancel, first of all) while it is going on, and whether or not the
notebook's front end sends messages of widgets to a thread of their own.
"""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from omezarr_nb.core.pyramid.progress import Progress
from omezarr_nb.display.words import bytes_text, duration
from omezarr_nb.errors import OMEZarrError, WriteCancelledError

__all__ = ["Debounce", "Latest", "Writer", "error_words", "level_words", "progress_words"]

Result = TypeVar("Result")

#: Seconds between two messages about progress: more would only fill the connection.
_EVERY = 0.1


class Writer:
    """Runs one plan at a time in a thread.

    Parameters
    ----------
    on_progress
        Called with a `Progress` a few times a second.
    on_end
        Called once with what was made, or with the error that ended the write (`WriteCancelledError` after `cancel`).

    Notes
    -----
    Both are called in the writing thread.
    """

    def __init__(self, on_progress: Callable[[Progress], object], on_end: Callable[[Any], object]) -> None:
        self._on_progress = on_progress
        self._on_end = on_end
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None
        self._told = 0.0

    @property
    def busy(self) -> bool:
        """Whether a plan is being run."""
        return self._thread is not None

    def start(self, plan: Any, **options: Any) -> bool:
        """Begin to run a plan with more options; return False, and do nothing, while another one runs."""
        if self.busy:
            return False
        self._cancel.clear()
        self._told = 0.0
        self._thread = threading.Thread(target=self._run, args=(plan, options), name="omezarr_nb write", daemon=True)
        self._thread.start()
        return True

    def cancel(self) -> None:
        """Ask the write to stop after the regions it is at."""
        self._cancel.set()

    def _run(self, plan: Any, options: dict[str, Any]) -> None:
        try:
            end: Any = plan.run(on_progress=self._progress, cancel=self._cancel, **options)
        except Exception as error:  # whatever it is, the form has to say it
            end = error
        self._thread = None  # before the end is told: who hears of it may start the next at once
        self._on_end(end)

    def _progress(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._told >= _EVERY or progress.regions_done == progress.regions:
            self._told = now
            self._on_progress(progress)


class Latest(Generic[Result]):
    """Loads things in threads, and tells only of the one that was asked for last.

    Parameters
    ----------
    on_end
        Called with what was loaded or the error, in the loading thread.
    """

    def __init__(self, on_end: Callable[[Result | Exception], object]) -> None:
        self._on_end = on_end
        self._lock = threading.Lock()
        self._asked = 0
        self._thread: threading.Thread | None = None

    def start(self, load: Callable[[], Result]) -> None:
        """Begin to load; what is being loaded already will be dropped."""
        with self._lock:
            self._asked += 1
            self._thread = threading.Thread(
                target=self._run, args=(load, self._asked), name="omezarr_nb load", daemon=True
            )
        self._thread.start()

    def drop(self) -> None:
        """Forget what is being loaded."""
        with self._lock:
            self._asked += 1

    def _run(self, load: Callable[[], Result], asked: int) -> None:
        try:
            end: Result | Exception = load()
        except Exception as error:  # whatever it is, the form has to say it
            end = error
        with self._lock:
            latest = asked == self._asked
        if latest:
            self._on_end(end)


class Debounce:
    """Calls a function once, when nobody has asked for it for a while.

    Parameters
    ----------
    call
        What is called, in a thread of its own or in that of `flush`.
    seconds
        How long to wait after the last `ask`.
    """

    def __init__(self, call: Callable[[], object], seconds: float) -> None:
        self._call = call
        self._seconds = seconds
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def ask(self) -> None:
        """Have the function called later; an earlier wish is forgotten."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(self._seconds, self.flush)
            self._timer.daemon = True
            self._timer.start()

    def flush(self) -> None:
        """Call the function now if it was asked for."""
        with self._lock:
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            self._call()

    def drop(self) -> None:
        """Forget the wish."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = None


def level_words(progress: Progress) -> str:
    """Return the levels that are being written: "levels 0 to 3"; "" where none is told."""
    if not progress.levels:
        return ""
    first, last = progress.levels[0], progress.levels[-1]
    return f"level {first}" if first == last else f"levels {first} to {last}"


def progress_words(progress: Progress) -> str:
    r"""Say how far a write is: levels, regions, bytes, bytes a second and the time that is left.

    Examples
    --------
    >>> progress_words(Progress(3, 12, 30_000_000, 120_000_000, 1.0, (0,)))
    'level 0 · region 3 of 12 · 30\u2009MB of 120\u2009MB · 30\u2009MB/s · about 3\u2009s left'
    """
    parts = [
        *filter(None, [level_words(progress)]),
        f"region {progress.regions_done} of {progress.regions}",
        f"{bytes_text(progress.bytes_done)} of {bytes_text(progress.bytes)}",
    ]
    if progress.bytes_per_second > 0:
        parts.append(f"{bytes_text(progress.bytes_per_second)}/s")
    if progress.seconds_left:
        parts.append(f"about {duration(progress.seconds_left)} left")
    return " · ".join(parts)


_ERRNO_WORDS = {
    "ENOSPC": "There is no space left on the disk.",
    "EDQUOT": "Your quota on this disk is used up.",
    "EACCES": "You have no permission there.",
    "EPERM": "You have no permission there.",
    "EROFS": "This place can only be read.",
    "ENAMETOOLONG": "The name is too long for this disk.",
    "ENOTDIR": "A part of the path is a file and no folder.",
}


def error_words(error: BaseException) -> str:
    """Return what went wrong for a person: the package's own words, the system's in plain ones, or the error's."""
    if isinstance(error, WriteCancelledError):
        return "Cancelled. Nothing was left behind."
    cause: BaseException | None = error
    while cause is not None:
        words = _ERRNO_WORDS.get(errno.errorcode.get(getattr(cause, "errno", None) or 0, ""))
        if words:
            named = getattr(cause, "filename", None) if "permission" in words else None
            return f"{words} Where: {named}." if named else words
        cause = cause.__cause__
    if isinstance(error, OMEZarrError):
        return str(error)
    if isinstance(error, FileNotFoundError) and error.filename:
        return f"This is not there any more. Where: {error.filename}."
    if isinstance(error, MemoryError):
        return "There is not enough memory."
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
