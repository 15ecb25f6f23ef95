"""Where an image is written to, so that what was there stays readable until the new image is complete.

A local path is written beside the target and renamed into place. In a zarr group, or in any other store, the arrays
are written under names that are not taken, and the group's attributes, written last, switch to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from omezarr_nb.core.format import Format
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.locks import EDITING_FILE, OWN_FILES
from omezarr_nb.core.paths import DOCUMENTS
from omezarr_nb.core.pyramid.beside import Beside
from omezarr_nb.core.pyramid.claims import claims_at, is_claim, refuse_busy
from omezarr_nb.core.pyramid.destination import Destination
from omezarr_nb.core.pyramid.guard import check_enclosing, check_replaceable, is_listed, level_paths
from omezarr_nb.core.pyramid.remains import remaining
from omezarr_nb.core.pyramid.staging import refuse_changed
from omezarr_nb.core.stores import store_path_of
from omezarr_nb.core.zipped.target import archive_path
from omezarr_nb.errors import StoreError, TargetExistsError

if TYPE_CHECKING:
    from zarr.storage import StorePath

#: What belongs to the image itself among the keys of its group's metadata, and is replaced with it.
IMAGE_KEYS = ("multiscales", "omero", "image-label")


class Target(Destination, Protocol):
    """A place that takes the levels of an image first and its metadata last."""

    @property
    def paths(self) -> Sequence[str]:
        """Of the levels, as they are written."""

    def commit(self, block: Mapping[str, Any]) -> None:
        """Write the metadata, and make the new image what is found at the target."""


def open_target(
    where: Any,
    paths: Sequence[str],
    fmt: Format,
    *,
    overwrite: bool = False,
    storage_options: Mapping[str, Any] | None = None,
    labels: bool = False,
    resume: bool = False,
) -> Target:
    """Look at the target, and give the way to write there; nothing is changed yet.

    Parameters
    ----------
    where
        A path, a URL, a zarr store or a zarr group.
    paths
        Of the levels. In a group where these are taken, others are used.
    fmt
        The version to write.
    overwrite
        Whether an image that is there may be replaced.
    storage_options
        What fsspec needs for a URL.
    labels
        Whether labels are written, which replace labels only, as an image replaces an image only.
    resume
        Whether a write that was broken off is continued. It may turn out to have ended, and be at the target itself.

    Raises
    ------
    TargetExistsError
        When something is there that may not be replaced.
    InvalidArgumentError
        When the group, or one above it, is of the other format of Zarr.
    UnsupportedError
        When the target is an archive, and one that is not written.
    """
    import zarr

    from omezarr_nb.core.pyramid.group import GroupTarget

    archive = archive_path(where)
    if archive is not None:
        from omezarr_nb.core.pyramid.archive import ArchiveTarget

        return ArchiveTarget(archive, paths, fmt, overwrite=overwrite, labels=labels, resume=resume)
    folder = local_folder(where, storage_options)
    if folder is not None and not isinstance(where, zarr.Group):
        return FolderTarget(folder, paths, fmt, overwrite=overwrite, labels=labels, resume=resume)
    location = ZarrLocation(where, "a", fmt, storage_options=storage_options)
    if location.store.read_only:
        raise StoreError(
            "The store is open for reading only.", where=location.where, do="Open it with mode='r+' or 'a'."
        )
    return GroupTarget(location, where, paths, fmt, overwrite=overwrite, labels=labels, resume=resume)


def local_folder(where: Any, storage_options: Mapping[str, Any] | None = None) -> Path | None:
    """Give the folder of a place on a local disk, which need not exist, or None for any other place."""
    from zarr.storage import LocalStore

    location = isinstance(where, ZarrLocation)
    place = where.store_path if location else store_path_of(where, read_only=True, storage_options=storage_options)
    if type(place.store) is not LocalStore:  # not a class derived from it, which may store in a way of its own
        return None
    return place.store.root / place.path


class FolderTarget(Beside):
    """A local path: written beside it, then renamed.

    Parameters
    ----------
    path
        The target, which need not exist.
    paths
        Of the levels.
    fmt
        The version to write.
    overwrite
        Whether an image that is there may be replaced.
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
        self.paths = paths
        self._fmt = fmt
        self._overwrite = overwrite
        self._labels = labels
        super().__init__(path, resume=resume)

    def commit(self, block: Mapping[str, Any]) -> None:
        """Write the metadata, look at the target once more, and let both change places."""
        self._write_group(block)
        self._switch()

    def _write_group(self, block: Mapping[str, Any]) -> None:
        """Write the metadata; Zarr has made the group above the arrays already, without attributes."""
        import zarr

        zarr.open_group(self.root, mode="a", zarr_format=self._fmt.zarr_format).attrs.put(self._fmt.wrap(block))

    def _check(self) -> None:
        """Raise where something is at the target, or above it, that may not be replaced."""
        place = store_path_of(self._path, read_only=True)
        check_enclosing(place, self._path, self._fmt, self.where)
        if not self._path.exists():
            return
        if not self._path.is_dir():
            raise TargetExistsError(
                "There is a file at the target.", where=self.where, do="Write to another place, or remove it first."
            )
        entries = sorted(entry.name for entry in self._path.iterdir())
        location = ZarrLocation(self._path, fmt=self._fmt)
        children = [name for name in entries if name not in DOCUMENTS]
        if not children and not location.root_attrs and not location.is_array:
            return  # an empty folder, or a group in which nothing is
        check_replaceable(location, labels=self._labels, listed=is_listed(place, self._path))
        if not self._overwrite:
            raise already_there(self.where, "Pass overwrite=True to replace it." if location.exists() else None)
        if not location.exists():
            raise TargetExistsError(
                "The folder at the target is not a Zarr hierarchy, and is not replaced.",
                where=self.where,
                found=", ".join(entries[:10]),
                do="Write to another place, or remove what is there first.",
            )
        self._refuse_lost(location, place, children)

    def _refuse_lost(self, location: ZarrLocation, place: StorePath, children: Sequence[str]) -> None:
        """Raise where more would go with the group that is there than an image, and what writers of it left."""
        own = {path.split("/")[0] for path in level_paths(location)}
        if not own and location.root_attrs:
            raise TargetExistsError(
                "The group at the target is not an image, and is not replaced by one.",
                where=self.where,
                found=f"attributes {', '.join(sorted(location.root_attrs)[:10])}",
                do="Write to another place, or remove the group first.",
            )
        claims = claims_at(place)
        refuse_busy(claims, self.where)
        refuse_changed(self._path)
        # What a writer to the group left that was killed; it goes with the image.
        left = {path for claimed in claims for path in remaining(place, claimed.levels)}
        others = [name for name in children if name not in own | left | OWN_FILES and not is_claim(name)]
        if EDITING_FILE in others:
            raise TargetExistsError(
                "The labels at the target are being painted, or what was painted is not saved, and would be lost.",
                where=self.where,
                found=EDITING_FILE,
                do="Save or discard it with edit_labels, and close the editor.",
            )
        if others:
            raise TargetExistsError(
                "The target holds more than its own levels, which would be lost.",
                where=self.where,
                found=", ".join(others[:10]),
                do="Move it away or remove it first, or write to another place.",
            )


def already_there(where: str, do: str | None) -> TargetExistsError:
    """Return the error for a target that may not be replaced."""
    return TargetExistsError("Something is at the target already.", where=where, do=do)


def drop_consolidated(place: StorePath) -> None:
    """Remove consolidated metadata of Zarr 2, which would go on telling of the old levels."""
    from zarr.core.sync import sync

    async def drop() -> None:
        key = place / ".zmetadata"
        if await key.exists():
            await key.delete()

    sync(drop())
