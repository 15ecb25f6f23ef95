"""A converted hierarchy in an archive, ``.ozx``: written as a folder beside it, then packed into one file."""

from __future__ import annotations

import shutil
import uuid
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from omezarr_nb.core.converting.place import FolderPlace
from omezarr_nb.core.converting.work import ConvertPlan
from omezarr_nb.core.zipped.target import ArchivePath, check_version

if TYPE_CHECKING:
    from zarr.storage import StorePath

__all__ = ["ArchivePlace"]


class ArchivePlace:
    """A ``.ozx`` file: the hierarchy is written to a folder beside it, which is packed into the file.

    For a while there are both, and the disk needs room for both.

    Parameters
    ----------
    path
        Of the file.
    plan
        What is written.
    """

    def __init__(self, path: Path, plan: ConvertPlan) -> None:
        check_version(plan.fmt, path)
        self.where = str(path)
        self._archive = ArchivePath(path, overwrite=plan.overwrite)
        self._beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.folder")
        self._folder = FolderPlace(self._beside, replace(plan, overwrite=False))

    def begin(self) -> StorePath:
        """Make the folder beside the file, and return it."""
        return self._folder.begin()

    def path_of(self, path: str) -> str:
        """Return the path as it is."""
        return path

    def commit(self) -> None:
        """Write the metadata, pack the folder, and put the file in its place."""
        self._folder.commit()
        self._archive.pack(self._beside)
        try:
            shutil.rmtree(self._beside)
        except OSError as error:
            warnings.warn(f"What was packed could not be removed: {self._beside} ({error})", stacklevel=5)

    def abort(self, error: BaseException) -> None:
        """Remove what was written so far."""
        self._folder.abort(error)
        try:
            if self._beside.exists():
                shutil.rmtree(self._beside)
        except OSError as second:
            error.add_note(f"What was written so far could not be removed: {self._beside} ({second})")
