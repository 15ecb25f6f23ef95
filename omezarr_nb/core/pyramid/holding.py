"""A group of a store that one writer holds by its claim: taken, gone on with after another, and let go of."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omezarr_nb.core.kinds import Ints
from omezarr_nb.core.locks import locked
from omezarr_nb.core.pyramid.beside import add_note_of_kept
from omezarr_nb.core.pyramid.claimed import Claimed
from omezarr_nb.core.pyramid.claims import LEASE, Claim, can_claim, claims_at, forget_claim, is_torn_claim, remove_claim
from omezarr_nb.core.pyramid.facts import Facts, differences
from omezarr_nb.core.pyramid.job import write_failed
from omezarr_nb.core.pyramid.journal import Journal, MemoryJournal, Record
from omezarr_nb.core.pyramid.remains import named_among, remaining, remove_levels
from omezarr_nb.core.pyramid.staging import other_plan, refuse_changed, refuse_held, remove_torn, sweep
from omezarr_nb.core.pyramid.who import Who
from omezarr_nb.errors import OMEZarrError

if TYPE_CHECKING:
    from zarr.storage import StorePath

__all__ = ["Found", "Holding"]

#: What the names of the files begin with in which zarr prepares the documents of a group.
_DOCUMENT_STEMS = ("zarr.", ".zgroup.", ".zattrs.", ".zarray.", ".zmetadata.")

#: So much of what is left is named in a message.
_NAMED = 10


@dataclass(frozen=True, slots=True)
class Found:
    """What dead writers had left in a group that is ours now.

    Parameters
    ----------
    left
        The write to go on with.
    over
        Whether an earlier writer of the same had come to its end.
    avoid
        Paths that are not to be taken: a request of a dead writer may still be on its way to them.
    """

    left: Claimed | None = None
    over: bool = False
    avoid: frozenset[str] = frozenset()


class Holding:
    """A group of a store, and the claim on it while it is ours.

    Parameters
    ----------
    root
        The group, which need not be there.
    where
        The group, as a person would write it.
    folder
        The group on a local disk, or None in any other store.

    Attributes
    ----------
    claim : Claim or None
        None before it is taken, and in a store that takes no claims.
    """

    def __init__(self, root: StorePath, where: str, folder: Path | None) -> None:
        self._root = root
        self._where = where
        self._folder = folder
        self.claim: Claim | None = None

    def left(self) -> list[Claimed]:
        """Return the claims that are there now, of whomever, without taking anything."""
        return claims_at(self._root) if can_claim(self._root) else []

    def beginning(self, begin: Callable[[], Journal | None]) -> Journal | None:
        """Call what takes the group and begins to write; let go of the group when that fails."""
        try:
            return begin()
        except BaseException as error:
            self.let_go(error)
            if isinstance(error, OMEZarrError | Warning) or not isinstance(error, Exception):
                raise
            raise write_failed(error, self._where) from error

    def take(self, facts: Facts, *, resume: bool, is_over: Callable[[Claimed], bool]) -> Found:
        """Claim the group, and look at what dead writers left there; what is not gone on with is removed.

        Parameters
        ----------
        facts
            Of the plan.
        resume
            Whether to go on with a write that was broken off. Otherwise what it left is removed, with a warning.
        is_over
            Whether the writer of a claim came to its end, but for removing what it replaced.

        Raises
        ------
        TargetBusyError
            When somebody else writes there now.
        InvalidArgumentError
            When another plan is to be continued.
        """
        if not can_claim(self._root):
            return Found()
        if self._folder is not None:
            refuse_held(self._folder)
            refuse_changed(self._folder)
            remove_torn(self._folder, is_torn_claim, older=LEASE)
        self.claim = Claim(self._root, self._where)
        others = self.claim.others()
        ended = [claimed for claimed in others if is_over(claimed)]
        for claimed in ended:
            self._remove(claimed)
        if resume and any(not differences(claimed.record.facts, facts) for claimed in ended):
            return Found(over=True)
        broken = [claimed for claimed in others if claimed not in ended]
        left = _last(broken) if resume else None
        if left is not None and (unlike := differences(left.record.facts, facts)):
            raise other_plan(unlike, self._where)
        if others and self._folder is not None:
            remove_torn(self._folder, _is_torn_document)
        avoid: set[str] = set()
        for claimed in broken:
            if claimed is not left:
                avoid |= set(claimed.paths)
                self._remove(claimed, tell=True)
        return Found(left, avoid=frozenset(avoid))

    def go_on(self, left: Claimed, groups: Iterable[str] = ()) -> Journal:
        """Go on with what a dead writer left.

        Parameters
        ----------
        left
            Its claim.
        groups
            Paths of groups below, whose documents it may have been writing.
        """
        assert self.claim is not None
        self.claim.begin(left.record, left.paths, left.levels, left.made)
        remove_claim(self._root, left.token)
        if self._folder is not None:
            for path in left.paths:
                sweep(self._folder / path)
            for path in groups:
                remove_torn(self._folder / path, _is_torn_document)
        return self.claim

    def begin(
        self,
        facts: Facts,
        paths: Sequence[str],
        levels: Mapping[str, tuple[Ints, Ints]],
        made: Sequence[str] = (),
    ) -> Journal:
        """Say what is written from now on, as `Claim.begin`; in a store without claims nobody hears of it."""
        record = Record(Who.here(), facts)
        if self.claim is None:
            return MemoryJournal(record)
        record.since = self.claim.record.since
        self.claim.begin(record, paths, levels, made)
        return self.claim

    def end(self, *, keep: bool = False) -> None:
        """Let go of the group after a write that is complete; `keep` the claim where what it replaced is left."""
        if self.claim is not None:
            try:
                self.claim.keep() if keep else self.claim.withdraw()
            except Exception as error:  # any of any storage library: the image is complete all the same
                warnings.warn(f"The mark of this write could not be removed from {self._where} ({error})", stacklevel=6)
            self.claim = None

    def finish(self) -> None:
        """Let go of a group in which an earlier writer came to its end.

        That one may have been killed while it held the lock, whose file goes with it.
        """
        with locked(self._root):
            self.end()

    @property
    def can_keep(self) -> bool:
        """Whether there is something that another writer can go on with."""
        return self.claim is not None and self.claim.record.created

    def keep(self, error: BaseException, note: str | None = None) -> None:
        """Let go of the group after a failure, and leave what was written for a writer that goes on; a note says so."""
        assert self.claim is not None
        if note is None:
            add_note_of_kept(error, self.claim.record, self._where)
        else:
            error.add_note(note)
        try:
            self.claim.keep()
        except Exception as second:  # any of any storage library: it is named
            error.add_note(f"The storage did not take the last of what is finished ({second}).")

    def forget(self) -> None:
        """Say that nobody is to go on with this write: what it wrote is about to be removed."""
        if self.claim is not None:
            self.claim.forget()

    def let_go(self, error: BaseException, left: Sequence[str] = ()) -> None:
        """Let go of the group after a failure, to which notes are added of what goes wrong in that.

        Parameters
        ----------
        error
            The failure.
        left
            What was written and could not be removed, each with its place and the reason: the claim stays for it.
        """
        if left:
            error.add_note(f"What was written so far could not be removed: {'; '.join(left[:_NAMED])}")
        if self.claim is not None:
            try:
                self.claim.keep() if left else self.claim.withdraw()
            except Exception as second:  # any of any storage library: it is named
                error.add_note(f"The mark of this write could not be removed from {self._where} ({second})")
            self.claim = None

    def _remove(self, claimed: Claimed, *, tell: bool = False) -> None:
        """Remove what a dead writer left, and its claim when nothing else is left of it."""
        named = named_among(self._root, claimed.levels)
        there = remaining(self._root, {path: sizes for path, sizes in claimed.levels.items() if path not in named})
        if tell:  # of one that came to its end nobody goes on
            forget_claim(self._root, claimed)
        left = remove_levels(self._root, dict.fromkeys(there), named=named, where=self._where)
        if left:
            warnings.warn(f"What an earlier write left could not be removed: {'; '.join(left)}", stacklevel=8)
            return
        remove_claim(self._root, claimed.token)
        if tell and there:
            warnings.warn(
                f"A write that was not brought to its end was removed: {', '.join(there)} in {self._where} "
                f"({claimed.record.regions} regions, by {claimed.record.who}). With resume=True it would have been "
                "continued.",
                stacklevel=8,
            )


def _last(claims: Sequence[Claimed]) -> Claimed | None:
    """Choose the write to continue: the last one that had begun to write pixels."""
    return next((claimed for claimed in reversed(claims) if claimed.record.created and claimed.paths), None)


def _is_torn_document(name: str) -> bool:
    return name.startswith(_DOCUMENT_STEMS)
