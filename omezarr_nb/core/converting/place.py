"""Where a converted hierarchy is written: beside a local target and renamed, or into a place where nothing is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from omezarr_nb.core.converting.survey import DOCUMENTS, can_list, survey
from omezarr_nb.core.converting.work import ConvertPlan
from omezarr_nb.core.converting.write import delete_key, group_documents, put_key, put_keys, read_keys
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.pyramid.guard import check_enclosing
from omezarr_nb.core.pyramid.staging import Staging
from omezarr_nb.core.pyramid.target import local_folder
from omezarr_nb.core.stores import printable, store_error, store_path_of
from omezarr_nb.core.zipped.target import archive_path, check_apart
from omezarr_nb.errors import InvalidArgumentError, OMEZarrError, StoreError, TargetExistsError

if TYPE_CHECKING:
    from zarr.storage import StorePath

__all__ = ["FolderPlace", "Place", "StorePlace", "open_place"]


class Place(Protocol):
    """A place that takes the arrays and files first, and the metadata of the groups last."""

    @property
    def where(self) -> str:
        """The place, as a person would write it."""

    def begin(self) -> StorePath:
        """Return where the arrays go, while they are written."""

    def path_of(self, path: str) -> str:
        """Return the path at which an array is written."""

    def commit(self) -> None:
        """Write the metadata, and make the new hierarchy what is found at the target."""

    def abort(self, error: BaseException) -> None:
        """Remove what was written; what cannot be removed is named in a note to the error."""


def open_place(plan: ConvertPlan) -> Place:
    """Look at the target, and give the way to write there; nothing is changed yet.

    Raises
    ------
    InvalidArgumentError
        When source and target overlap, or the target lies in a group of the other format of Zarr.
    TargetExistsError
        When something is there that may not be replaced.
    UnsupportedError
        When what is there cannot be replaced in its store, or the target is an archive that is not written.
    """
    import zarr

    from omezarr_nb.core.converting.replace import SwitchPlace

    where, source, options = plan.where, plan.source.location, plan.storage_options
    archive = archive_path(where)
    if archive is not None:
        from omezarr_nb.core.converting.archive import ArchivePlace

        check_apart(archive, source)
        return ArchivePlace(archive, plan)
    folder, other = local_folder(where, options), local_folder(source)
    root = None if folder is not None else _store_path(where, options)
    one, two = (str(folder), str(other)) if folder is not None else (str(root), str(source.store_path))
    if folder is None or other is not None:
        _refuse_overlap(one.rstrip("/") + "/", two.rstrip("/") + "/")
    if folder is not None and not isinstance(where, zarr.Group):
        return FolderPlace(folder, plan)
    root = root or _store_path(where, options)
    name = printable(where, root)
    if root.store.read_only:
        raise StoreError("The store is open for reading only.", where=name, do="Open it with mode='r+' or 'a'.")
    check_enclosing(root, folder, plan.fmt, name)
    if _is_free(root, plan, name):
        return StorePlace(root, name, plan)
    return SwitchPlace(root, name, plan)


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


def _is_free(root: StorePath, plan: ConvertPlan, where: str) -> bool:
    """Return whether nothing is at a place but, perhaps, a group without attributes, as `zarr.create_group` makes it.

    Raises
    ------
    TargetExistsError
        When something is there, and is not to be replaced.
    InvalidArgumentError
        When the group is of the other format of Zarr.
    """
    from zarr.core.sync import sync

    async def names() -> set[str]:
        if can_list(root.store):
            return {name.rstrip("/") async for name in root.store.list_dir(root.path)}
        return {name for name in DOCUMENTS if await (root / name).exists()}

    there = sync(names())
    if not there:
        return True
    location = ZarrLocation(root)
    if there <= DOCUMENTS and location.exists() and not location.is_array and not location.root_attrs:
        if location.zarr_format == plan.fmt.zarr_format:
            return True
        raise InvalidArgumentError(
            f"The group is of Zarr {location.zarr_format}, and OME-Zarr {plan.version} is stored in Zarr "
            f"{plan.fmt.zarr_format}.",
            where=where,
            do="Pass the store itself, or a group of that format.",
        )
    if not plan.overwrite:
        do = "Pass overwrite=True to replace it." if location.exists() else None
        raise TargetExistsError("Something is at the target already.", where=where, do=do)
    return False


class FolderPlace:
    """A local path: written beside it, then renamed.

    Parameters
    ----------
    path
        The target, which need not exist.
    plan
        What is written.
    """

    def __init__(self, path: Path, plan: ConvertPlan) -> None:
        self.where = str(path)
        self._path = path
        self._plan = plan
        self._check()
        self._staging = Staging(path)

    def begin(self) -> StorePath:
        """Make the folder beside the target, hold it, and return it."""
        from zarr.storage import LocalStore, StorePath

        try:
            self._staging.begin({"conversion to": self._plan.fmt.version}, resume=False)
        except OMEZarrError:
            raise
        except OSError as error:
            raise store_error(error, self.where) from error
        return StorePath(LocalStore(self._staging.new))

    def path_of(self, path: str) -> str:
        """Return the path as it is."""
        return path

    def commit(self) -> None:
        """Write the metadata, look at the target once more, and let both change places."""
        from zarr.storage import LocalStore, StorePath

        put_groups(StorePath(LocalStore(self._staging.new)), self._plan)
        self._check()  # it may have come into being meanwhile
        self._staging.switch()

    def abort(self, error: BaseException) -> None:
        """Remove what was written so far."""
        try:
            self._staging.discard()
        except OSError as second:
            error.add_note(f"What was written so far could not be removed: {self._staging.folder} ({second})")

    def _check(self) -> None:
        """Raise where something is at the target, or above it, that may not be replaced."""
        from zarr.storage import LocalStore, StorePath

        check_enclosing(StorePath(LocalStore(self._path, read_only=True)), self._path, self._plan.fmt, self.where)
        if not self._path.exists():
            return
        if not self._path.is_dir():
            raise TargetExistsError("There is a file at the target.", where=self.where)
        entries = [entry.name for entry in self._path.iterdir()]
        if not entries:
            return
        location = ZarrLocation(self._path)
        if not location.root_attrs and not location.is_array and set(entries) <= DOCUMENTS:
            return  # a group in which nothing is
        if not self._plan.overwrite:
            do = "Pass overwrite=True to replace it." if location.exists() else None
            raise TargetExistsError("Something is at the target already.", where=self.where, do=do)
        if not location.exists():
            raise TargetExistsError(
                "The folder at the target is not a Zarr hierarchy, and is not replaced.", where=self.where
            )
        check_no_array(location)
        there = survey(location)
        if not there.groups[""].block and len(there.groups) > 1:
            raise TargetExistsError(
                "The group at the target is no OME-Zarr, and holds others, which would be lost.", where=self.where
            )
        check_files(there.files, self.where)


class StorePlace:
    """A place in any other store, where nothing is yet: the metadata of its top is written last.

    Parameters
    ----------
    root
        The place.
    where
        As a person would write it.
    plan
        What is written.
    """

    def __init__(self, root: StorePath, where: str, plan: ConvertPlan) -> None:
        self.where = where
        self._root = root
        self._plan = plan
        self._before = read_keys(root, DOCUMENTS)  # of a group in which nothing is

    def begin(self) -> StorePath:
        """Return the place."""
        return self._root

    def path_of(self, path: str) -> str:
        """Return the path as it is."""
        return path

    def commit(self) -> None:
        """Write the metadata, that of the top last."""
        put_groups(self._root, self._plan)

    def abort(self, error: BaseException) -> None:
        """Remove what was written so far, and nothing that another has written."""
        left = delete_folders(self._root, self._plan.arrays, self.where)
        keys = [*self._plan.source.files]
        keys += [f"{path}/{name}".lstrip("/") for path in self._plan.groups for name in DOCUMENTS]
        for key in keys:
            try:
                if key in self._before:
                    put_key(self._root / key, self._before[key])
                else:
                    delete_key(self._root / key)
            except StoreError as second:
                left.append(f"{self.where}/{key} ({second})")
        if left:
            error.add_note(f"What was written so far could not be removed: {'; '.join(left[:10])}")


def put_groups(root: StorePath, plan: ConvertPlan) -> None:
    """Write the documents of all groups, a group after all that are in it, and the top last."""
    depths: dict[int, list[str]] = {}
    for path in plan.groups:
        depths.setdefault(path.count("/") + 1 if path else 0, []).append(path)
    for _, paths in sorted(depths.items(), reverse=True):
        documents = [(path, group_documents(plan.groups[path], plan.fmt.zarr_format)) for path in paths]
        put_keys(root, {f"{path}/{name}".lstrip("/"): data for path, own in documents for name, data in own.items()})


def check_no_array(location: ZarrLocation) -> None:
    """Raise where an array is at the target, which is no hierarchy of OME-Zarr.

    Raises
    ------
    TargetExistsError
        Naming the place.
    """
    if location.is_array:
        raise TargetExistsError(
            "There is a Zarr array at the target, which is not replaced.",
            where=location.where,
            do="Write to another place, or remove the array first.",
        )


def check_files(files: list[str], where: str) -> None:
    """Raise where files would be lost with a hierarchy that are no part of it.

    Raises
    ------
    TargetExistsError
        Naming them.
    """
    strangers = [name for name in files if not name.startswith("OME/")]
    if strangers:
        raise TargetExistsError(
            "The target holds files that are no Zarr, which would be lost.",
            where=where,
            found=", ".join(strangers[:10]),
            do="Move it away or remove it first, or write to another place.",
        )


def delete_folders(root: StorePath, paths: Any, where: str) -> list[str]:
    """Remove all that lies below some paths; return those where that failed, with the reason."""
    from zarr.core.sync import sync

    left = []
    for path in paths:
        place = root / path
        try:
            sync(place.store.delete_dir(place.path))
        except Exception as error:  # any of any storage library: it is named, and the rest removed
            left.append(f"{where}/{path} ({error})")
    return left
