"""A converted hierarchy in an archive, ``.ozx``: written as a folder beside it, then packed into one file."""

from __future__ import annotations

from pathlib import Path

from omezarr_nb.core.converting.place import FolderPlace, put_groups
from omezarr_nb.core.converting.work import ConvertPlan
from omezarr_nb.core.zipped.target import ArchivePath, check_version

__all__ = ["ArchivePlace"]


class ArchivePlace(FolderPlace):
    """A ``.ozx`` file: the hierarchy is written to the folder beside it, which is packed into the file.

    For a while there are both, and the disk needs room for both.

    Parameters
    ----------
    path
        Of the file.
    plan
        What is written.
    resume
        Whether a conversion that was broken off is gone on with.
    """

    def __init__(self, path: Path, plan: ConvertPlan, *, resume: bool = False) -> None:
        check_version(plan.fmt, path)
        self._archive = ArchivePath(path, overwrite=plan.overwrite)
        super().__init__(path, plan, resume=resume)

    def commit(self) -> None:
        """Write the metadata, pack the folder, and put the file in its place."""
        put_groups(self.root, self._plan)
        self._archive.pack(self._staging.new, self._staging.journal.complete)
        self._staging.finish()

    def _check(self) -> None:
        """Raise where something is at the target, or above it, that may not be replaced."""
        self._archive.check()
