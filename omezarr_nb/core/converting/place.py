"""Where a converted hierarchy is written: beside a local target and renamed, or into a place where nothing is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from omezarr_nb.core.converting.survey import can_list, survey
from omezarr_nb.core.converting.work import ConvertPlan
from omezarr_nb.core.converting.write import group_documents, put_keys
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.paths import DOCUMENTS
from omezarr_nb.core.pyramid.beside import Beside
from omezarr_nb.core.pyramid.claimed import Claimed
from omezarr_nb.core.pyramid.claims import is_claim, refuse_writers
from omezarr_nb.core.pyramid.destination import Destination
from omezarr_nb.core.pyramid.guard import check_enclosing
from omezarr_nb.core.pyramid.holding import Holding
from omezarr_nb.core.pyramid.target import local_folder
from omezarr_nb.core.stores import printable, store_path_of
from omezarr_nb.core.zipped.target import archive_path, check_apart
from omezarr_nb.errors import InvalidArgumentError, StoreError, TargetExistsError

if TYPE_CHECKING:
    from zarr.storage import StorePath

__all__ = ["FolderPlace", "Place", "open_place"]


class Place(Destination, Protocol):
    """A place that takes the arrays and files of a hierarchy first, and the metadata of its groups last."""

    def path_of(self, path: str) -> str:
        """Return the path at which an array is written."""

    def commit(self) -> None:
        """Write the metadata, and make the new hierarchy what is found at the target."""


def open_place(plan: ConvertPlan, *, resume: bool = False) -> Place:
    """Look at the target, and give the way to write there; nothing is changed yet.

    Raises
    ------
    InvalidArgumentError
        When source and target overlap, or the target lies in a group of the other format of Zarr.
    TargetExistsError
        When something is there that may not be replaced.
    TargetBusyError
        When somebody writes there now.
    UnsupportedError
        When what is there cannot be replaced in its store, or the target is an archive that is not written.
    """
    import zarr

    from omezarr_nb.core.converting.replace import SwitchPlace
    from omezarr_nb.core.converting.vacant import VacantPlace

    where, source, options = plan.where, plan.source.location, plan.storage_options
    archive = archive_path(where)
    if archive is not None:
        from omezarr_nb.core.converting.archive import ArchivePlace

        check_apart(archive, source)
        return ArchivePlace(archive, plan, resume=resume)
    folder, other = local_folder(where, options), local_folder(source)
    root = None if folder is not None else _store_path(where, options)
    one, two = (str(folder), str(other)) if folder is not None else (str(root), str(source.store_path))
    if folder is None or other is not None:
        _refuse_overlap(one.rstrip("/") + "/", two.rstrip("/") + "/")
    if folder is not None and not isinstance(where, zarr.Group):
        return FolderPlace(folder, plan, resume=resume)
    root = root or _store_path(where, options)
    name = printable(where, root)
    if root.store.read_only:
        raise StoreError("The store is open for reading only.", where=name, do="Open it with mode='r+' or 'a'.")
    check_enclosing(root, folder, plan.fmt, name)
    refuse_writers(root, name)
    holding = Holding(root, name, folder)
    left = holding.left()
    before = next((claimed.record.facts.get("replaces") for claimed in reversed(left)), None) if resume else None
    if before is False or (before is None and is_vacant(root, plan, name, left)):
        return VacantPlace(root, name, plan, holding, goes_on=before is False)
    return SwitchPlace(root, name, plan, holding)


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


def is_vacant(root: StorePath, plan: ConvertPlan, where: str, left: Sequence[Claimed] = ()) -> bool:
    """Return whether nothing is at a place but, perhaps, a group without attributes, as `zarr.create_group` makes it.

    Parameters
    ----------
    root, where
        The place.
    plan
        What is written there.
    left
        Claims of writers that were killed: what they name does not count.

    Raises
    ------
    TargetExistsError
        When something is there, and is not to be replaced.
    InvalidArgumentError
        When the group is of the other format of Zarr.
    """
    there = names_at(root) - {path.partition("/")[0] for claimed in left for path in claimed.levels}
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


def names_at(root: StorePath) -> set[str]:
    """Return what lies at a place, but for the marks of writers; of a store that cannot list, the documents alone."""
    from zarr.core.sync import sync

    async def names() -> set[str]:
        if can_list(root.store):
            return {name.rstrip("/") async for name in root.store.list_dir(root.path)}
        return {name for name in DOCUMENTS if await (root / name).exists()}

    return {name for name in sync(names()) if not is_claim(name)}


class FolderPlace(Beside):
    """A local path: written beside it, then renamed.

    Parameters
    ----------
    path
        The target, which need not exist.
    plan
        What is written.
    resume
        Whether a conversion that was broken off is gone on with.
    """

    def __init__(self, path: Path, plan: ConvertPlan, *, resume: bool = False) -> None:
        self._plan = plan
        super().__init__(path, resume=resume)

    def path_of(self, path: str) -> str:
        """Return the path as it is."""
        return path

    def commit(self) -> None:
        """Write the metadata, look at the target once more, and let both change places."""
        put_groups(self.root, self._plan)
        self._switch()

    def _check(self) -> None:
        """Raise where something is at the target, or above it, that may not be replaced."""
        from zarr.storage import LocalStore, StorePath

        check_enclosing(StorePath(LocalStore(self._path, read_only=True)), self._path, self._plan.fmt, self.where)
        if not self._path.exists():
            return
        if not self._path.is_dir():
            raise TargetExistsError(
                "There is a file at the target.", where=self.where, do="Write to another place, or remove it first."
            )
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
                "The folder at the target is not a Zarr hierarchy, and is not replaced.",
                where=self.where,
                do="Write to another place, or remove what is there first.",
            )
        check_no_array(location)
        there = survey(location)
        if not there.groups[""].block and len(there.groups) > 1:
            raise TargetExistsError(
                "The group at the target is no OME-Zarr, and holds others, which would be lost.",
                where=self.where,
                do="Write to another place, or remove what is there first.",
            )
        check_files(there.files, self.where)


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
