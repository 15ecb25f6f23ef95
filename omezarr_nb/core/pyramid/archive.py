"""An image in an archive, ``.ozx``: written as a folder beside it, then packed into one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.format import Format
from omezarr_nb.core.pyramid.facts import Facts
from omezarr_nb.core.pyramid.guard import check_alone, check_replaceable
from omezarr_nb.core.pyramid.journal import Journal
from omezarr_nb.core.pyramid.target import FolderTarget
from omezarr_nb.core.zipped.target import ArchivePath, check_version

if TYPE_CHECKING:
    from zarr.storage import StorePath

__all__ = ["ArchiveTarget"]


class ArchiveTarget:
    """A ``.ozx`` file: the image is written to a folder beside it, which is packed into the file.

    For a while there are both, and the disk needs room for both: metadata comes first in an archive, and is known last.

    Parameters
    ----------
    path
        Of the file.
    paths
        Of the levels.
    fmt
        The version to write.
    overwrite
        Whether an image in a file that is there may be replaced.
    labels
        Whether labels are written.
    resume
        Whether a write that was broken off is continued.
    """

    def __init__(
        self,
        path: Path,
        paths: Sequence[str],
        fmt: Format,
        *,
        overwrite: bool,
        labels: bool = False,
        resume: bool = False,
    ) -> None:
        check_version(fmt, path)
        self.where = str(path)
        self.paths = paths
        self._archive = ArchivePath(path, overwrite=overwrite)
        there = self._archive.there()
        if there is not None:
            check_replaceable(there, labels=labels)
            check_alone(there)
        # A folder that is there was left by a writer that was killed while it packed it.
        self._folder = FolderTarget(self._archive.folder, paths, fmt, overwrite=True, labels=labels, resume=resume)

    @property
    def root(self) -> StorePath:
        """The folder beside the file."""
        return self._folder.root

    def begin(self, facts: Facts, *, resume: bool = False) -> Journal | None:
        """Make the folder beside the file, and hold it."""
        return self._folder.begin(facts, resume=resume)

    def commit(self, block: Mapping[str, Any]) -> None:
        """Write the metadata, complete the folder, pack it, and put the file in its place."""
        self._folder.commit(block)
        self._archive.pack()

    def finish(self) -> None:
        """Pack the folder that an earlier writer completed."""
        self._folder.finish()
        self._archive.pack()

    def abort(self, error: BaseException, *, keep: bool = False) -> None:
        """Remove what was written; what is not complete yet is kept for a writer that continues."""
        self._folder.abort(error, keep=keep)
        self._archive.remove(error)
