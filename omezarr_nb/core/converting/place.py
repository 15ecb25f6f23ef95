"""Where a converted hierarchy is written: beside a local target and renamed, or into a place where nothing is."""

from __future__ import annotations

import shutil
import uuid
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.converting.survey import DOCUMENTS, can_list, survey
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.pyramid.target import local_folder
from omezarr_nb.core.stores import printable, store_path_of
from omezarr_nb.errors import InvalidArgumentError, StoreError, TargetExistsError, UnsupportedError

if TYPE_CHECKING:
    from zarr.storage import StorePath

__all__ = ["FolderPlace", "StorePlace", "open_place"]


def open_place(
    where: Any, source: ZarrLocation, *, overwrite: bool, storage_options: Mapping[str, Any] | None
) -> FolderPlace | StorePlace:
    """Look at the target, and give the way to write there; nothing is changed yet.

    Parameters
    ----------
    where
        A path, a URL, a zarr store or a zarr group.
    source
        What is converted; it must not lie in the target, nor the target in it.
    overwrite
        Whether a hierarchy that is there may be replaced (in a local folder).
    storage_options
        What fsspec needs for a URL.

    Raises
    ------
    InvalidArgumentError
        When source and target overlap.
    TargetExistsError
        When something is there that may not be replaced.
    UnsupportedError
        When a hierarchy in another store than a local folder is to be replaced.
    """
    import zarr

    folder, other = local_folder(where, storage_options), local_folder(source)
    root = None if folder is not None else _store_path(where, storage_options)
    one, two = (str(folder), str(other)) if folder is not None else (str(root), str(source.store_path))
    if folder is None or other is not None:
        _refuse_overlap(one.rstrip("/") + "/", two.rstrip("/") + "/")
    if folder is not None and not isinstance(where, zarr.Group):
        return FolderPlace(folder, overwrite=overwrite)
    root = root or _store_path(where, storage_options)
    return StorePlace(root, printable(where, root), overwrite=overwrite)


def _store_path(where: Any, storage_options: Mapping[str, Any] | None) -> StorePath:
    if isinstance(where, ZarrLocation):
        return where.store_path
    return store_path_of(where, read_only=False, storage_options=storage_options)


def _refuse_overlap(one: str, two: str) -> None:
    if one.startswith(two) or two.startswith(one):
        raise InvalidArgumentError(
            "Source and target are the same or lie in each other; nothing is converted in place.",
            where=one.rstrip("/"),
            found=two.rstrip("/"),
            do="Pass another target.",
        )


class FolderPlace:
    """A local path: written beside it, then renamed.

    Parameters
    ----------
    path
        The target, which need not exist.
    overwrite
        Whether a hierarchy that is there may be replaced.
    """

    def __init__(self, path: Path, *, overwrite: bool) -> None:
        self.where = str(path)
        self._path = path
        self._overwrite = overwrite
        self._check()
        token = uuid.uuid4().hex[:8]
        self._staging = path.with_name(f".{path.name}.{token}.partial")
        self._aside = path.with_name(f".{path.name}.{token}.replaced")
        self._made: list[Path] = []

    def begin(self) -> StorePath:
        """Make the folder beside the target, and return it."""
        from zarr.storage import LocalStore, StorePath

        self._made = [folder for folder in self._staging.parents if not folder.exists()]
        self._staging.mkdir(parents=True)
        return StorePath(LocalStore(self._staging))

    def commit(self) -> None:
        """Look at the target once more, and rename."""
        self._check()  # it may have come into being meanwhile
        replaced = self._path.exists()
        if replaced:
            self._path.rename(self._aside)
        try:
            self._staging.rename(self._path)
        except BaseException:
            if replaced:
                self._aside.rename(self._path)
            raise
        if replaced:
            try:
                shutil.rmtree(self._aside)
            except OSError as error:
                warnings.warn(f"What was replaced could not be removed: {self._aside} ({error})", stacklevel=4)

    def abort(self, error: BaseException) -> None:
        """Remove what was written so far."""
        try:
            if self._staging.exists():
                shutil.rmtree(self._staging)
            for folder in self._made:
                if folder.exists() and not any(folder.iterdir()):
                    folder.rmdir()
        except OSError as second:
            error.add_note(f"What was written so far could not be removed: {self._staging} ({second})")

    def _check(self) -> None:
        """Raise where something is at the target that may not be replaced."""
        if not self._path.exists():
            return
        if not self._path.is_dir():
            raise TargetExistsError("There is a file at the target.", where=self.where)
        if not any(self._path.iterdir()):
            return
        location = ZarrLocation(self._path)
        if not self._overwrite:
            do = "Pass overwrite=True to replace it." if location.exists() else None
            raise TargetExistsError("Something is at the target already.", where=self.where, do=do)
        if not location.exists():
            raise TargetExistsError(
                "The folder at the target is not a Zarr hierarchy, and is not replaced.", where=self.where
            )
        if location.is_array:
            return
        there = survey(location)
        if not there.groups[""].block and len(there.groups) > 1:
            raise TargetExistsError(
                "The group at the target is no OME-Zarr, and holds others, which would be lost.", where=self.where
            )
        if there.files:
            strangers = [name for name in there.files if not name.startswith("OME/")]
            if strangers:
                raise TargetExistsError(
                    "The target holds files that are no Zarr, which would be lost.",
                    where=self.where,
                    found=", ".join(strangers[:10]),
                    do="Move it away or remove it first, or write to another place.",
                )


class StorePlace:
    """A place in any other store, where nothing is yet: the metadata of its top is written last.

    Parameters
    ----------
    root
        The place.
    where
        As a person would write it.
    overwrite
        Refused where something is there: in such a store a hierarchy cannot be replaced at one stroke.
    """

    def __init__(self, root: StorePath, where: str, *, overwrite: bool) -> None:
        self.where = where
        self._root = root
        if root.store.read_only:
            raise StoreError("The store is open for reading only.", where=where, do="Open it with mode='r+' or 'a'.")
        self._check(overwrite)

    def begin(self) -> StorePath:
        """Return the place."""
        return self._root

    def commit(self) -> None:
        """Leave everything as it is: the metadata of the top has been written last."""

    def abort(self, error: BaseException) -> None:
        """Remove what was written so far."""
        from zarr.core.sync import sync

        try:
            sync(self._root.store.delete_dir(self._root.path))
        except Exception as second:  # any of any storage library; the first error is the one to tell
            error.add_note(f"What was written so far could not be removed: {self.where} ({second})")

    def _check(self, overwrite: bool) -> None:
        from zarr.core.sync import sync

        async def there() -> bool:
            if can_list(self._root.store):
                return not await self._root.store.is_empty(self._root.path)
            return any([await (self._root / name).exists() for name in sorted(DOCUMENTS)])

        if not sync(there()):
            return
        if overwrite:
            raise UnsupportedError(
                "Only in a local folder is a hierarchy replaced by a converted one.",
                where=self.where,
                do="Convert to another place, then remove this one.",
            )
        raise TargetExistsError("Something is at the target already.", where=self.where)
