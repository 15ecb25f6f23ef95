"""An image in an archive, ``.ozx``: written as a folder beside it, then packed into one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omezarr_nb.core.format import Format
from omezarr_nb.core.pyramid.guard import check_alone, check_replaceable
from omezarr_nb.core.pyramid.target import FolderTarget
from omezarr_nb.core.zipped.target import ArchivePath, check_version

__all__ = ["ArchiveTarget"]


class ArchiveTarget(FolderTarget):
    """A ``.ozx`` file: the image is written to the folder beside it, which is packed into the file.

    For a while there are both, and the disk needs room for both: metadata comes first in an archive, and is known last.
    The folder is as that of any other local target, and a write that is broken off is continued in the same way.

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
        self._archive = ArchivePath(path, overwrite=overwrite)
        super().__init__(path, paths, fmt, overwrite=overwrite, labels=labels, resume=resume)

    def commit(self, block: Mapping[str, Any]) -> None:
        """Write the metadata, pack the folder, and put the file in its place."""
        self._write_group(block)
        self._archive.pack(self._staging.new, self._staging.journal.complete)
        self._staging.finish()

    def _check(self) -> None:
        """Raise where something is at the target, or above it, that may not be replaced."""
        self._archive.check()
        there = self._archive.there()
        if there is not None:
            check_replaceable(there, labels=self._labels)
            check_alone(there)
