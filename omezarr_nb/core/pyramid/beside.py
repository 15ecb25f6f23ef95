"""A local path as a target: what is written goes into a folder beside it, which then takes its place."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from omezarr_nb.core.pyramid.facts import Facts
from omezarr_nb.core.pyramid.job import write_failed
from omezarr_nb.core.pyramid.journal import Journal, Record
from omezarr_nb.core.pyramid.staging import Staging
from omezarr_nb.errors import OMEZarrError

if TYPE_CHECKING:
    from zarr.storage import StorePath

__all__ = ["Beside", "add_note_of_kept"]

#: Seconds for which chunks that are still being written are waited for.
_OTHERS = 30.0


class Beside:
    """A local path, and the folder beside it in which is written; a subclass says what may be there, and commits.

    Parameters
    ----------
    path
        The target, which need not exist.
    resume
        Whether a write that was broken off is continued. It may turn out to have ended, and be at the target itself.
    """

    def __init__(self, path: Path, *, resume: bool) -> None:
        self.where = str(path)
        self._path = path
        self._staging = Staging(path)
        if not (resume and self._staging.is_switched(self._staging.left())):
            self._check()

    @property
    def root(self) -> StorePath:
        """The folder beside the target."""
        from zarr.storage import LocalStore, StorePath

        return StorePath(LocalStore(self._staging.new))

    def begin(self, facts: Facts, *, resume: bool = False) -> Journal | None:
        """Make the folder beside the target, and hold it; None when an earlier writer of the same came to its end."""
        try:
            record = self._staging.begin(facts, resume=resume)
        except OMEZarrError:
            raise
        except OSError as error:
            raise write_failed(error, self.where) from error
        return None if self._staging.is_switched(record) else self._staging.journal

    def finish(self) -> None:
        """Remove the folder beside the target."""
        self._staging.finish()

    def abort(self, error: BaseException, *, keep: bool = False) -> None:
        """Remove the folder beside the target, and the folders that were made for it; or keep it."""
        _let_others_end()
        if keep and self._staging.begun and self._staging.journal.record.created:
            add_note_of_kept(error, self._staging.journal.record, str(self._staging.folder))
            self._staging.release()
            return
        try:
            self._staging.discard()
        except OSError as second:
            error.add_note(f"What was written so far could not be removed: {self._staging.folder} ({second})")

    def _switch(self) -> None:
        """Look at the target once more, for it may have come into being meanwhile, and let both change places."""
        self._check()
        self._staging.switch()

    def _check(self) -> None:
        """Raise where something is at the target, or above it, that may not be replaced."""
        raise NotImplementedError


def _let_others_end() -> None:
    """Wait for the chunks that zarr is still writing, though one beside them has failed.

    Each makes its folder where it is not there: what came after the clean-up would leave a part of one, in which
    no other write could begin. What hangs, such as a read from far away, is not waited for without an end.
    """
    from zarr.core.sync import sync

    async def end() -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=_OTHERS)

    sync(end())


def add_note_of_kept(error: BaseException, record: Record, where: str) -> None:
    """Say in a note to an error that what was written is kept, and how to go on."""
    error.add_note(
        f"What was written so far is kept: {record.regions} regions, in {where}. Write once more with resume=True to "
        "go on from there; omezarr_nb.leftovers finds it, and discards it."
    )
