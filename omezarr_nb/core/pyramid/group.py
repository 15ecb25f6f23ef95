"""A group in any store as a target: levels under names that are not taken, then attributes that switch to them."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.format import Format
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.kinds import Ints
from omezarr_nb.core.locks import EDITOR_FILE, locked
from omezarr_nb.core.paths import DOCUMENTS
from omezarr_nb.core.pyramid.bounded import bounded, within
from omezarr_nb.core.pyramid.claimed import Claimed
from omezarr_nb.core.pyramid.claims import PATIENCE, is_claim
from omezarr_nb.core.pyramid.facts import Facts
from omezarr_nb.core.pyramid.guard import check_enclosing, check_replaceable, is_listed, level_paths
from omezarr_nb.core.pyramid.holding import Holding
from omezarr_nb.core.pyramid.journal import Journal
from omezarr_nb.core.pyramid.remains import Levels, remove_groups, remove_levels, shapes_at
from omezarr_nb.core.pyramid.target import (
    IMAGE_KEYS,
    already_there,
    drop_consolidated,
    local_folder,
)
from omezarr_nb.core.stores import store_error
from omezarr_nb.errors import InvalidArgumentError, StoreError, TargetExistsError

if TYPE_CHECKING:
    from zarr.storage import StorePath

__all__ = ["GroupTarget"]


class GroupTarget:
    """A group in any store: fresh level paths, then the attributes.

    Parameters
    ----------
    location
        The target.
    where
        The zarr group that was passed, so that its attributes are up to date afterwards; anything else is ignored.
    paths
        Of the levels, where they are not taken.
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
        location: ZarrLocation,
        where: Any,
        paths: Sequence[str],
        fmt: Format,
        *,
        overwrite: bool,
        labels: bool = False,
        resume: bool = False,
    ) -> None:
        import zarr

        self.where = location.where
        self.root = location.store_path
        self.paths = paths
        self._fmt = fmt
        self._overwrite = overwrite
        self._labels = labels
        self._location = location
        self._group = where if isinstance(where, zarr.Group) else None
        self._folder = local_folder(location)
        self._holding = Holding(self.root, self.where, self._folder)
        self._made: tuple[str, ...] = ()
        left = self._holding.left()
        if not (resume and any(_is_committed(claimed, location) for claimed in left)):
            self._check(location, left)

    def begin(self, facts: Facts, *, resume: bool = False) -> Journal | None:
        """Claim the group, and names for the levels."""
        return self._holding.beginning(lambda: self._begin(facts, resume=resume))

    def commit(self, block: Mapping[str, Any]) -> None:
        """Write the attributes, which name the new levels; then remove the old ones."""
        import zarr

        with locked(self.root):
            if self._holding.claim is not None:
                self._holding.claim.check()
            now = ZarrLocation(self.root, "a", self._fmt)
            self._check(now, [self._holding.claim.said] if self._holding.claim is not None else [], self.paths)
            old = shapes_at(now, [path for path in level_paths(now) if path not in self.paths])
            if self._holding.claim is not None and old:
                self._holding.claim.replaces(old)
            place = bounded(self.root)
            group = zarr.open_group(place, mode="a", zarr_format=self._fmt.zarr_format, use_consolidated=False)
            attributes = self._merged(dict(group.attrs), block)
            if self._group is not None and self._group.metadata.consolidated_metadata is None:
                group = self._group
            try:
                group.attrs.put(attributes)
                drop_consolidated(self.root)
            except Exception as error:  # any of any storage library
                if not self._is_complete():
                    raise
                # Where it was given up says that the target is as it was, which here it is no longer.
                found = error.found if isinstance(error, StoreError) else f"{type(error).__name__}: {error}"
                raise StoreError(
                    "The storage failed at the very end; the new image is complete.",
                    where=self.where,
                    found=found,
                    do="Write once more with resume=True to remove what it replaced.",
                ) from error
        left = remove_levels(self.root, old, named=self.paths, where=self.where)
        if self._labels and old:
            left += self._end_painting()
        if left:
            warnings.warn(f"Levels that were replaced could not be removed: {'; '.join(left)}", stacklevel=4)
        self._holding.end(keep=bool(left))

    def _end_painting(self) -> list[str]:
        """Remove the mark of whoever paints the labels that were replaced; return why it could not be.

        What they paint after is of labels that are gone: they find the mark missing when they save.
        """
        from zarr.core.sync import sync

        mark = bounded(self.root) / EDITOR_FILE
        try:
            sync(within(mark.delete(), PATIENCE, str(mark)))
        except Exception as error:  # any of any storage library: it is named
            return [f"{mark} ({error})"]
        return []

    def finish(self) -> None:
        """Let go of the group."""
        self._holding.finish()

    def abort(self, error: BaseException, *, keep: bool = False) -> None:
        """Remove the levels that were written, or keep them; the attributes of the group have not been touched."""
        if keep and self._holding.can_keep:
            self._holding.keep(error, self._complete() if self._is_complete() else None)
            return
        left: list[str] = []
        try:
            # An answer may be lost of a request that was done: what the attributes name is never removed.
            named = level_paths(ZarrLocation(self.root, "r", self._fmt))
            if set(self.paths) <= set(named):
                error.add_note(self._complete())
                self._made = ()
            else:
                self._holding.forget()
                left = remove_levels(self.root, self._levels(), named=named, where=self.where)
        except Exception as second:  # any of any storage library: it is named
            left = [f"{self.where}/{path} ({second})" for path in self.paths]
        self._holding.let_go(error, left)
        if not left and (groups := remove_groups(self.root, self._made)):  # now that no claim is in them
            error.add_note(f"Groups that were made could not be removed: {'; '.join(groups)}")

    def _is_complete(self) -> bool:
        """Return whether the attributes name the new levels: in Zarr 2 they are several documents."""
        try:
            return set(self.paths) <= set(level_paths(ZarrLocation(self.root, "r", self._fmt)))
        except Exception:  # any of any storage library: then it is not known, and nothing is removed
            return False

    def _complete(self) -> str:
        return f"The storage failed at the very end: the new image is complete, at {self.where}."

    def _begin(self, facts: Facts, *, resume: bool) -> Journal | None:
        found = self._holding.take(
            facts,
            resume=resume,
            is_over=lambda claimed: _is_committed(claimed, ZarrLocation(self.root, "a", self._fmt)),
        )
        if found.over:
            return None
        if found.left is not None:
            self.paths, self._made = found.left.paths, found.left.made
            return self._holding.go_on(found.left)
        self.paths = self._free(self.paths, found.avoid)
        self._made = self._missing()
        return self._holding.begin(facts, self.paths, levels_of(facts, self.paths), self._made)

    def _levels(self) -> Levels:
        """Give shapes and chunks of what is written, or nothing where they need not be looked at."""
        return self._holding.claim.said.levels if self._holding.claim is not None else dict.fromkeys(self.paths)

    def _merged(self, attributes: dict[str, Any], block: Mapping[str, Any]) -> dict[str, Any]:
        """Put the new metadata in the place of the old; other attributes stay."""
        old = self._fmt.block(attributes)
        # Metadata that waits in the group for its image is kept.
        kept = {key: value for key, value in old.items() if key not in IMAGE_KEYS or "multiscales" not in old}
        kept.pop("version", None)
        if self._fmt.nested:
            return attributes | self._fmt.wrap(kept | dict(block))
        return self._fmt.wrap(kept | dict(block))

    def _check(self, location: ZarrLocation, left: Sequence[Claimed], own: Sequence[str] = ()) -> None:
        """Raise where something is at the target, or above it, that may not be replaced."""
        fmt = self._fmt
        check_enclosing(self.root, self._folder, fmt, self.where)
        if not location.exists():
            if self._has_more({*own, *(path for claimed in left for path in claimed.levels)}):
                raise TargetExistsError(
                    "Something is at the target that is not a Zarr hierarchy, and is not replaced.",
                    where=self.where,
                    do="Write to another place, or remove what is there first.",
                )
            return
        check_replaceable(location, labels=self._labels, listed=is_listed(self.root, self._folder))
        if location.zarr_format != fmt.zarr_format:
            raise InvalidArgumentError(
                f"The group is of Zarr {location.zarr_format}, and OME-Zarr {fmt.version} is stored in Zarr "
                f"{fmt.zarr_format}.",
                where=self.where,
                do="Pass the version that fits the group: version='0.4' for Zarr 2, version='0.5' for Zarr 3.",
            )
        block = location.fmt.block(location.root_attrs)
        if "multiscales" in block and not self._overwrite:
            raise already_there(self.where, "Pass overwrite=True to replace it.")

    def _has_more(self, known: set[str]) -> bool:
        """Return whether more lies at the target than claims, and levels that they name."""
        from zarr.core.sync import sync

        store, path = self.root.store, self.root.path
        if not store.supports_listing:
            return _has_documents(self.root)

        async def look() -> bool:
            names = [name async for name in store.list_dir(path)]
            return any(not is_claim(name) and name.rstrip("/") not in known for name in names)

        try:
            return not sync(store.is_empty(path)) and sync(look())
        except FileNotFoundError as error:  # said of a bucket that is not there
            raise store_error(error, self.where) from error

    def _free(self, paths: Sequence[str], avoid: AbstractSet[str]) -> list[str]:
        """Give level paths at which nothing is: as asked for, or with a number behind."""
        number = 1
        while True:
            tried = [path if number == 1 else f"{path}_{number}" for path in paths]
            if avoid.isdisjoint(tried) and not any(_has_documents(self.root / path) for path in tried):
                return tried
            number += 1

    def _missing(self) -> tuple[str, ...]:
        """Give the groups that zarr will make above the levels, from the deepest, relative to the store's root."""
        from zarr.storage import StorePath

        parts = [part for part in self.root.path.split("/") if part]
        places = ["/".join(parts[:count]) for count in range(len(parts), -1, -1)]
        return tuple(path for path in places if not _has_documents(StorePath(self.root.store, path)))


def levels_of(facts: Facts, paths: Sequence[str]) -> dict[str, tuple[Ints, Ints]]:
    """Give shapes and chunks of the levels of a plan by path."""
    return {
        path: (tuple(facts[f"shape of level {index}"]), tuple(facts[f"chunks of level {index}"]))
        for index, path in enumerate(paths)
    }


def _is_committed(claimed: Claimed, location: ZarrLocation) -> bool:
    """Return whether the metadata of a group names all levels that a writer made: it came to its end."""
    return bool(claimed.paths) and set(claimed.paths) <= set(level_paths(location))


def _has_documents(place: StorePath) -> bool:
    """Return whether there is a Zarr array or group; needs no listing, which is slow where there are many chunks."""
    from zarr.core.sync import sync

    async def look() -> bool:
        return any(await asyncio.gather(*((place / name).exists() for name in DOCUMENTS)))

    return sync(within(look(), PATIENCE, str(place)))
