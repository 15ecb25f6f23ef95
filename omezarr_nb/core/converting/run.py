"""Executing a conversion: arrays and files first, then the metadata of groups, that of the top last."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.converting.chunks import (
    Step,
    chunk_regions,
    copy_chunks,
    copy_file,
    is_copied,
    is_recoded,
    recode,
    storage,
)
from omezarr_nb.core.converting.decide import create_array
from omezarr_nb.core.converting.place import Place, open_place
from omezarr_nb.core.converting.resume import facts_of, relaid_pass
from omezarr_nb.core.converting.work import ArrayPlan, ConvertPlan
from omezarr_nb.core.converting.write import put_array, put_made
from omezarr_nb.core.io import open_array
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.pyramid.journal import Journal
from omezarr_nb.core.pyramid.progress import Cancel, Progress
from omezarr_nb.core.pyramid.resume import at_place
from omezarr_nb.core.pyramid.run import FAST_CODECS
from omezarr_nb.errors import InvalidArgumentError, WriteCancelledError

if TYPE_CHECKING:
    from zarr.storage import StorePath

__all__ = ["run_convert"]

_LISTED = 20


def run_convert(
    plan: ConvertPlan,
    *,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
    resume: bool = False,
) -> Any:
    """Do what `ConvertPlan.run` says."""
    from omezarr_nb.core.reader import open as open_any

    _refuse_losses(plan)
    place = open_place(plan, resume=resume)
    journal = place.begin(facts_of(plan), resume=resume)
    if journal is None:
        place.finish()
        return open_any(plan.where, plan.storage_options or None)
    try:
        if not journal.record.created:
            journal.created()
        with FAST_CODECS.used():
            _write(plan, place, journal, _Meter(plan, place.where, on_progress, cancel, resume))
        with storage(place.where):
            place.commit()
    except BaseException as error:
        place.abort(error, keep=resume)
        raise
    return open_any(plan.where, plan.storage_options or None)


def _refuse_losses(plan: ConvertPlan) -> None:
    refused, where, version = plan.refused, plan.source.location.where, plan.version
    if not refused:
        return
    listed = _listed(refused)
    if refused[0].severity == "error":
        raise InvalidArgumentError(f"This cannot be OME-Zarr {version}:\n{listed}\n", where=where)
    raise InvalidArgumentError(
        f"OME-Zarr {version} cannot say all of this, and nothing was written:\n{listed}\n",
        where=where,
        do="Pass drop=True to leave that out.",
    )


def _listed(problems: Sequence[Problem]) -> str:
    lines = [f"- {problem}" for problem in problems[:_LISTED]]
    if len(problems) > _LISTED:
        lines.append(f"- and {len(problems) - _LISTED} more")
    return "\n".join(lines)


def _write(plan: ConvertPlan, place: Place, journal: Journal, meter: _Meter) -> None:
    """Write arrays and files, but for what is finished already."""
    finished = journal.record.finished
    before = {index: max(numbers) for index, numbers in finished.items() if numbers and index < len(plan.arrays)}
    paths = list(plan.arrays)
    for index, done in before.items():
        work = _work(plan, place, paths[index])
        if index in (min(before), max(before)):
            _check_source(work, min(finished[index]), place.where)
        meter.before(work, done)
    meter.tell()
    for index, path in enumerate(paths):
        work, done = _work(plan, place, path), before.get(index, 0)
        if done == 0:
            work.prepare()  # before its chunks: Icechunk takes none of what it does not know
        if done < work.count:

            def step(now: int, index: int = index, work: _Work = work) -> None:
                nonlocal done
                journal.finished(index, now, work.bytes(now) - work.bytes(done))
                meter.step(work, done, now)
                done = now

            work.run(step, done)
            if done < work.count:  # the last chunks are not there
                step(work.count)
    for path in plan.source.files:
        copy_file(plan.source.location.store_path / path, place.root / path)
    meter.tell()  # it may have been cancelled meanwhile


@dataclass(frozen=True, slots=True)
class _Work:
    """What there is to do for an array.

    Parameters
    ----------
    array
        As it will be.
    where
        It, as a person would write it.
    count
        How many chunks (or regions) are to be carried over.
    prepare
        Writes its documents.
    run
        Carries them over, from one on; calls back with the number of those that are done.
    is_same
        Whether one, the first being 0, is the same in both places.
    """

    array: ArrayPlan
    where: str
    count: int
    prepare: Callable[[], None]
    run: Callable[[Step, int], None]
    is_same: Callable[[int], bool]

    def bytes(self, done: int) -> int:
        """Return the bytes of pixels of so many chunks (or regions), about."""
        return self.array.nbytes * done // self.count if self.count else 0

    def chunks(self, done: int) -> int:
        """Return how many chunks (or shards) of the array so many chunks (or regions) are."""
        return self.array.chunks * done // self.count if self.count else 0


def _work(plan: ConvertPlan, place: Place, path: str) -> _Work:
    """Return what there is to do for an array; nothing is read or written."""
    array = plan.arrays[path]
    source, goal = plan.source.location.store_path / path, place.root / place.path_of(path)
    where, places, stored = f"{plan.source.location.where}/{path}", array.places, array.stored.document
    if path not in plan.relaid and array.new is not None:
        return _Work(
            array,
            where,
            array.chunks,
            partial(put_array, goal, array.new, array.attributes),
            partial(_copied, source, stored, goal, array.new, places),
            partial(is_copied, source, stored, goal, array.new, places=places),
        )
    old = open_array(source, stored, where)
    if path in plan.relaid:
        new, entry = open_array(goal, plan.relaid[path], where), relaid_pass(plan, path)
        prepare, regions, count = (
            partial(put_array, goal, plan.relaid[path], array.attributes),
            entry.regions,
            entry.count,
        )
    else:
        new = at_place(create_array(old, array, plan.fmt, where), goal)
        prepare = partial(put_made, goal, new)
        chunks = old.chunks if places is not None else new.chunks
        regions = partial(chunk_regions, old, chunks)
        count = math.prod(-(-size // chunk) for size, chunk in zip(old.shape, chunks, strict=True))
    return _Work(
        array,
        where,
        count,
        prepare,
        lambda step, after: recode(old, new, regions(), step, after=after, places=places),
        lambda number: is_recoded(old, new, next(islice(regions(), number, None)), places=places),
    )


def _copied(  # noqa: PLR0917 - as for copy_chunks
    source: StorePath,
    stored: Mapping[str, Any],
    goal: StorePath,
    new: Mapping[str, Any],
    places: Sequence[int] | None,
    step: Step,
    after: int,
) -> None:
    copy_chunks(source, stored, goal, new, step, after=after, places=places)


def _check_source(work: _Work, done: int, where: str) -> None:
    """Raise where the last of so many chunks is another in the source: another source must not be gone on with."""
    if 0 < done <= work.count and not work.is_same(done - 1):
        raise InvalidArgumentError(
            "The source is not the one whose conversion was broken off: its pixels are others.",
            where=where,
            found=f"other pixels in {work.where}",
            do="Convert the source of that one, or leave out resume to begin anew.",
        )


class _Meter:
    """Counts chunks, tells how far the conversion is, and ends it where that is asked for.

    Parameters
    ----------
    plan
        What is done.
    where
        The target, for the message.
    told, cancel, resume
        As for `run_convert`.
    """

    def __init__(
        self,
        plan: ConvertPlan,
        where: str,
        told: Callable[[Progress], object] | None,
        cancel: Cancel | None,
        resume: bool,
    ) -> None:
        self._where = where
        self._told = told
        self._cancel = cancel
        self._resume = resume
        self._begun = time.perf_counter()
        self._chunks, self._bytes = plan.chunks, plan.nbytes
        self._done = self._bytes_done = self._bytes_before = 0

    def before(self, work: _Work, done: int) -> None:
        """Count what was finished before."""
        self._done += work.chunks(done)
        self._bytes_done += work.bytes(done)
        self._bytes_before = self._bytes_done

    def step(self, work: _Work, before: int, now: int) -> None:
        """Count what was carried over.

        Raises
        ------
        WriteCancelledError
            When that was asked for.
        """
        self._done += work.chunks(now) - work.chunks(before)
        self._bytes_done += work.bytes(now) - work.bytes(before)
        self.tell()

    def tell(self) -> None:
        """Tell how far it is; raises as `step`."""
        if self._cancel is not None and self._cancel.is_set():
            raise WriteCancelledError(
                "The conversion was cancelled; the target is as it was before.",
                where=self._where,
                found=f"{self._done} of {self._chunks} chunks written",
                do="Convert once more with resume=True to go on from there." if self._resume else None,
            )
        if self._told is not None:
            seconds = time.perf_counter() - self._begun
            done, nbytes, before = self._bytes_done, self._bytes, self._bytes_before
            self._told(Progress(self._done, self._chunks, done, nbytes, seconds, (), before))
