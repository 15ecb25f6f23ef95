"""A folder beside a local target, in which what will replace it is written, and the switch of the two.

``.image.zarr.partial`` holds the new image and the journal of its write, which is locked as long as the writer lives.
It has one name for each target, so that two writers of one target meet there, and what a killed writer left is found.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import shutil
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from omezarr_nb.core.locks import CHANGING_FILE, is_locked
from omezarr_nb.core.pyramid.facts import differences
from omezarr_nb.core.pyramid.journal import FileJournal, Record, flush_disk, read_journal
from omezarr_nb.errors import InvalidArgumentError, TargetBusyError, TargetExistsError

__all__ = [
    "JOURNAL",
    "Staging",
    "busy",
    "is_staging",
    "other_plan",
    "refuse_changed",
    "refuse_held",
    "staging_of",
    "sweep",
    "target_of",
]

#: Names within the folder: of the journal, of what is written, and of what it replaces where both cannot change places.
JOURNAL = "journal.jsonl"
_NEW = "new"
_OLD = "replaced"

_NAME = re.compile(r"\..+\.partial")

#: What zarr calls a chunk while it is written.
_TORN = re.compile(r".*\.[0-9a-f]{32}\.partial")


def staging_of(target: Path) -> Path:
    """Return the folder in which a target is written, there or not."""
    return target.with_name(f".{target.name}.partial")


def is_staging(folder: Path) -> bool:
    """Return whether a folder is one in which a target is written, as its name and its journal say."""
    return _NAME.fullmatch(folder.name) is not None and (folder / JOURNAL).is_file()


def target_of(folder: Path) -> Path:
    """Return the target that is written in a folder."""
    return folder.with_name(folder.name.removeprefix(".").removesuffix(".partial"))


class Staging:
    """The folder beside a local target.

    Parameters
    ----------
    target
        Which need not exist.
    """

    def __init__(self, target: Path) -> None:
        self.target = target.parent.resolve() / target.name if target.name else target.resolve()
        self.folder = staging_of(self.target)
        self.new = self.folder / _NEW
        self._old = self.folder / _OLD
        self._made: list[Path] = []
        self._journal: FileJournal | None = None

    @property
    def journal(self) -> FileJournal:
        """Of the write that goes on."""
        assert self._journal is not None
        return self._journal

    @property
    def begun(self) -> bool:
        """Whether the folder is ours now."""
        return self._journal is not None

    def left(self) -> Record | None:
        """Return what the journal in the folder says, without taking it; None where nothing was left."""
        return read_journal(self.folder / JOURNAL)

    def is_switched(self, record: Record | None) -> bool:
        """Return whether what a journal tells of is what is at the target by now."""
        try:
            now = self.target.stat()
        except FileNotFoundError:
            return False
        return record is not None and record.complete and record.node == (now.st_dev, now.st_ino)

    def is_held(self) -> bool:
        """Return whether somebody is writing in the folder now."""
        return is_locked(self.folder / JOURNAL)

    def begin(self, facts: Mapping[str, Any], *, resume: bool) -> Record:
        """Make the folder and hold it, or continue with what an earlier writer left in it.

        Parameters
        ----------
        facts
            Of the plan.
        resume
            Whether to continue. Otherwise what was left is removed, with a warning.

        Returns
        -------
        Record
            What is there already.

        Raises
        ------
        TargetBusyError
            When somebody writes to the target now.
        InvalidArgumentError
            When another plan is to be continued; nothing is changed.
        TargetExistsError
            When the folder is none of ours.
        """
        journal = self._hold()
        known = journal.known
        anew = True
        try:
            if known is not None and self.is_switched(known):
                anew = not resume or bool(differences(known.facts, facts))
            elif known is not None and known.created and resume:
                found = differences(known.facts, facts)
                if found:
                    raise other_plan(found, str(self.target))
                anew = False
                self._made = list(self.folder.parents)[: known.made]
                journal.go_on()
                sweep(self.new)
            elif known is not None:
                self._tell_removed(known)
            if anew:
                self._restore()
                self._anew(journal, facts)
        except BaseException as error:
            if anew and not isinstance(error, InvalidArgumentError):
                self._clear(journal, error)
            journal.close()
            raise
        self._journal = journal
        return journal.record

    def switch(self) -> None:
        """Put what was written in the place of the target; there is always one of them, whenever this is broken off.

        Where the system can, both change places at one stroke. Otherwise there is a moment without a target; who is
        killed in it leaves the old one in the folder, from where the next writer brings it back.
        """
        if self.target.exists():
            flush_disk(self.folder)  # before anything is removed, in case the machine stops
        self.journal.complete()
        if not self.target.exists():
            self.new.rename(self.target)
        else:
            change_places(self.new, self.target, self._old)
        self.finish()

    def finish(self) -> None:
        """Remove the folder, with what was replaced in it, and let go of it; where that is not possible, warn."""
        try:
            self._remove(self.journal)
        except OSError as error:
            warnings.warn(f"The image that was replaced could not be removed: {self.folder} ({error})", stacklevel=5)
        finally:
            self.release()

    def discard(self) -> None:
        """Remove the folder and the folders that were made for it; what it had taken away is put back.

        Raises
        ------
        OSError
            When that is not possible.
        """
        if self._journal is None:
            return
        try:
            self._restore()
            self._remove(self._journal)
            for folder in self._made:
                if not any(folder.iterdir()):
                    folder.rmdir()
        finally:
            self.release()

    def drop(self) -> None:
        """Remove what a writer that is dead has left in the folder, and the folder.

        Raises
        ------
        TargetBusyError
            When it is not dead.
        OSError
            When that is not possible.
        """
        if not (self.folder / JOURNAL).is_file():
            return
        self._journal = self._hold()
        known = self._journal.known
        self._made = list(self.folder.parents)[: known.made if known is not None else 0]
        self.discard()

    def release(self) -> None:
        """Let go of the folder, and leave it for a writer that continues."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _hold(self) -> FileJournal:
        """Make the folder where it is not there, and lock its journal."""
        missing = [folder for folder in self.folder.parents if not folder.exists()]
        while True:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._made = self._made or missing
            strange = self._strange()
            if strange:
                raise TargetExistsError(
                    "The folder in which the image would be written holds something else.",
                    where=str(self.folder),
                    found=", ".join(strange[:10]),
                    do="Move it away, or write to another place.",
                )
            try:
                journal = FileJournal(self.folder / JOURNAL)
            except BlockingIOError as error:
                raise busy(str(self.target), self.left()) from error
            except FileNotFoundError:  # whoever had it has just removed it
                continue
            if journal.is_there():
                return journal
            journal.close()

    def _strange(self) -> list[str]:
        """Return what is in the folder that no writer of ours has put there; links are never followed."""
        if self.folder.is_symlink():
            return ["a link"]
        entries = {entry.name: entry for entry in self.folder.iterdir()}
        ours = {name for name, entry in entries.items() if name in (JOURNAL, _NEW, _OLD) and not entry.is_symlink()}
        return sorted(entries.keys() - ours if JOURNAL in ours else entries)

    def _restore(self) -> None:
        """Put back what was taken away from the target by a writer that was killed before it put the new one there."""
        if self._old.exists() and not os.path.lexists(self.target):
            self._old.rename(self.target)

    def _anew(self, journal: FileJournal, facts: Mapping[str, Any]) -> Record:
        """Begin with an empty folder."""
        self._empty(journal)
        self.new.mkdir()
        node = self.new.stat()
        journal.begin(facts, (node.st_dev, node.st_ino), len(self._made))
        return journal.record

    def _empty(self, journal: FileJournal) -> None:
        journal.forget()  # whoever removes it may be killed, too
        for path in (self.new, self._old):
            if path.exists():
                shutil.rmtree(path)

    def _remove(self, journal: FileJournal) -> None:
        """Remove the folder; the journal goes last, because it says whose the rest is."""
        self._empty(journal)
        (self.folder / JOURNAL).unlink()
        self.folder.rmdir()

    def _clear(self, journal: FileJournal, error: BaseException) -> None:
        """Remove the folder after a begin that failed; what is left is named in a note to the error."""
        try:
            self._restore()
            self._remove(journal)
        except OSError as second:
            error.add_note(f"What was written so far could not be removed: {self.folder} ({second})")

    def _tell_removed(self, record: Record) -> None:
        warnings.warn(
            f"A write that was not brought to its end was removed: {self.folder} ({record.regions} regions, "
            f"by {record.who}). With resume=True it would have been continued.",
            stacklevel=6,
        )


def sweep(folder: Path) -> None:
    """Remove the files of chunks that were being written when their writer was killed."""
    for parent, _, names in os.walk(folder):
        for name in names:
            if _TORN.fullmatch(name):
                Path(parent, name).unlink()


def remove_torn(folder: Path, chosen: Callable[[str], bool], *, older: float = 0.0) -> None:
    """Remove files of a folder itself, chosen by name, that were being written when their writer was killed.

    `older`: so many seconds at least, where it is not known whether their writer lives.
    """
    with suppress(FileNotFoundError, NotADirectoryError):
        for path in list(folder.iterdir()):
            if _TORN.fullmatch(path.name) and chosen(path.name) and time.time() - path.stat().st_mtime >= older:
                path.unlink(missing_ok=True)


def refuse_held(target: Path) -> None:
    """Raise where somebody is about to replace a folder.

    Raises
    ------
    TargetBusyError
        Which says who.
    """
    path = staging_of(target.resolve()) / JOURNAL
    if is_locked(path):
        raise busy(str(target), read_journal(path))


def refuse_changed(folder: Path) -> None:
    """Raise where somebody is changing an image in its folder.

    Raises
    ------
    TargetBusyError
        When its lock is held.
    """
    if is_locked(folder / CHANGING_FILE):
        raise busy(str(folder), None)


def busy(where: str, record: Record | None) -> TargetBusyError:
    """Return the error that says who writes to a target now."""
    return TargetBusyError(
        "Somebody is writing to this target now.",
        where=where,
        found=None if record is None else str(record.who),
        do="Wait until that write has ended, or write to another place.",
    )


def other_plan(found: Sequence[str], where: str) -> InvalidArgumentError:
    """Return the error that says how a plan differs from the one that was broken off."""
    return InvalidArgumentError(
        "What was broken off here was another write, and is not continued by this one.",
        where=where,
        found="; ".join(found[:5]) + (f"; and {len(found) - 5} more" if len(found) > 5 else ""),
        do="Write with the arguments of that one, or leave out resume to begin anew.",
    )


def change_places(new: Path, target: Path, aside: Path) -> Path:
    """Put a folder in the place of another one, at one stroke where the system can.

    Parameters
    ----------
    new, target
        The folders, both there.
    aside
        Where the other one is put first, where the system cannot.

    Returns
    -------
    Path
        Where the other one is now.
    """
    if _exchange(new, target):
        return new
    target.rename(aside)
    try:
        new.rename(target)
    except BaseException:
        aside.rename(target)
        raise
    return aside


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places at one stroke; return False where the system or its file system cannot."""
    if sys.platform not in ("linux", "darwin"):
        return False
    library = ctypes.CDLL(None, use_errno=True)
    names = (os.fsencode(one), os.fsencode(other))
    if sys.platform == "linux":
        at_cwd, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
        if not hasattr(library, "renameat2"):  # C library of before 2018
            return False
        result = library.renameat2(at_cwd, names[0], at_cwd, names[1], exchange)
    else:
        swap = 2  # RENAME_SWAP
        result = library.renamex_np(names[0], names[1], swap)
    if result == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP):
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))
