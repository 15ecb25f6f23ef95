"""A place in any store where nothing is yet: written there, the metadata of its top last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omezarr_nb.core.converting.place import delete_folders, is_vacant, names_at, put_groups
from omezarr_nb.core.converting.resume import sizes_of
from omezarr_nb.core.converting.work import ConvertPlan
from omezarr_nb.core.converting.write import delete_key, group_documents, put_key, read_keys
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.paths import DOCUMENTS
from omezarr_nb.core.pyramid.facts import Facts
from omezarr_nb.core.pyramid.holding import Holding
from omezarr_nb.core.pyramid.journal import Journal
from omezarr_nb.errors import StoreError, TargetExistsError

if TYPE_CHECKING:
    from zarr.storage import StorePath

__all__ = ["VacantPlace"]


class VacantPlace:
    """A place in any other store than a local folder, where nothing is but what an earlier conversion left.

    Parameters
    ----------
    root
        The place.
    where
        As a person would write it.
    plan
        What is written.
    holding
        The claim on it.
    goes_on
        Whether a conversion that was broken off is gone on with, as its claim says.
    """

    def __init__(self, root: StorePath, where: str, plan: ConvertPlan, holding: Holding, *, goes_on: bool) -> None:
        self.where = where
        self.root = root
        self._plan = plan
        self._holding = holding
        self._before = {} if goes_on else read_keys(root, DOCUMENTS)  # of a group in which nothing is
        if goes_on:
            self._refuse_strangers()

    def begin(self, facts: Facts, *, resume: bool = False) -> Journal | None:
        """Claim the place."""
        return self._holding.beginning(lambda: self._begin({**facts, "replaces": False}, resume=resume))

    def path_of(self, path: str) -> str:
        """Return the path as it is."""
        return path

    def commit(self) -> None:
        """Write the metadata, that of the top last."""
        if self._holding.claim is not None:
            self._holding.claim.check()
        put_groups(self.root, self._plan)
        self._holding.end()

    def finish(self) -> None:
        """Let go of the place."""
        self._holding.end()

    def abort(self, error: BaseException, *, keep: bool = False) -> None:
        """Remove what was written so far, and nothing that another has written; or keep it."""
        if keep and self._holding.can_keep:
            self._holding.keep(error)
            return
        try:
            self._holding.forget()
        except StoreError as second:
            self._holding.let_go(error, [f"{self.where} ({second})"])
            return
        left = delete_folders(self.root, self._plan.arrays, self.where)
        keys = [*self._plan.source.files]
        keys += [f"{path}/{name}".lstrip("/") for path in self._plan.groups for name in DOCUMENTS]
        for key in keys:
            try:
                if key in self._before:
                    put_key(self.root / key, self._before[key])
                else:
                    delete_key(self.root / key)
            except StoreError as second:
                left.append(f"{self.where}/{key} ({second})")
        self._holding.let_go(error, left)

    def _begin(self, facts: Facts, *, resume: bool) -> Journal | None:
        found = self._holding.take(facts, resume=resume, is_over=lambda _: self._is_over())
        if found.over:
            return None
        if found.left is not None:
            return self._holding.go_on(found.left, self._plan.groups)
        if not is_vacant(self.root, self._plan, self.where):
            raise TargetExistsError(
                "A conversion that was broken off has left more than can be told from what is somebody's.",
                where=self.where,
                found=", ".join(sorted(names_at(self.root))[:10]),
                do="Pass resume=True to go on with it, or remove by hand what is there.",
            )
        return self._holding.begin(facts, tuple(self._plan.arrays), sizes_of(self._plan))

    def _top(self) -> dict[str, bytes]:
        return group_documents(self._plan.groups[""], self._plan.fmt.zarr_format)

    def _is_over(self) -> bool:
        """Return whether the metadata of the top, which is written last, is there."""
        return read_keys(self.root, self._top()) == self._top()

    def _refuse_strangers(self) -> None:
        """Raise where something has come to be at the place that is none of this conversion's."""
        own = {path.partition("/")[0] for path in (*self._plan.arrays, *self._plan.groups, *self._plan.source.files)}
        strange = names_at(self.root) - own - DOCUMENTS
        top = self._top()
        there = read_keys(self.root, DOCUMENTS)
        location = ZarrLocation(self.root)
        if location.is_array or (location.root_attrs and any(top.get(key) != data for key, data in there.items())):
            strange |= there.keys()
        if strange:
            raise TargetExistsError(
                "Something has come to be at the target since the conversion was broken off.",
                where=self.where,
                found=", ".join(sorted(strange)[:10]),
                do="Convert to another place, or remove it.",
            )
