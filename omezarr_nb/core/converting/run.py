"""Executing a conversion: arrays and files first, then the metadata of groups, that of the top last."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.converting.chunks import copy_chunks, copy_file, recode, storage
from omezarr_nb.core.converting.decide import create_array
from omezarr_nb.core.converting.place import Place, open_place
from omezarr_nb.core.converting.work import ArrayPlan, ConvertPlan
from omezarr_nb.core.converting.write import put_array
from omezarr_nb.core.io import open_array
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.pyramid.progress import Cancel, Progress
from omezarr_nb.core.pyramid.regions import Grid, plan_given
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
) -> Any:
    """Do what `ConvertPlan.run` says."""
    from omezarr_nb.core.reader import open as open_any

    _refuse_losses(plan)
    place = open_place(plan)
    try:
        target = place.begin()
        _write(plan, place, target, _Meter(plan, place.where, on_progress, cancel))
        with storage(place.where):
            place.commit()
    except BaseException as error:
        place.abort(error)
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


def _write(plan: ConvertPlan, place: Place, target: StorePath, meter: _Meter) -> None:
    """Write arrays and files."""
    source = plan.source.location.store_path
    meter.start()
    for path, array in plan.arrays.items():
        goal = target / place.path_of(path)
        meter.begin(array)
        if path in plan.relaid:
            _relay(plan, path, goal, meter)
        elif array.new is not None:
            put_array(goal, array.new, array.attributes)  # first: Icechunk takes no chunks of what it does not know
            copy_chunks(source / path, array.stored.document, goal, array.new, meter.step, places=array.places)
        else:
            where = f"{plan.source.location.where}/{path}"
            old = open_array(source / path, array.stored.document, where)
            with storage(f"{place.where}/{path}"):
                new = create_array(goal, old, array, plan.fmt, where)
            recode(old, new, meter.step, places=array.places)
        meter.end()
    for path in plan.source.files:
        copy_file(source / path, target / path)


def _relay(plan: ConvertPlan, path: str, goal: StorePath, meter: _Meter) -> None:
    """Write the pixels of an array into other chunks, region by region."""
    source, array = plan.source.location, plan.arrays[path]
    put_array(goal, plan.relaid[path], array.attributes)
    where = f"{source.where}/{path}"
    old = open_array(source.store_path / path, array.stored.document, where)
    new = open_array(goal, plan.relaid[path], where)
    (entry,) = plan_given(
        [Grid(new.shape, (1,) * new.ndim, new.shards or new.chunks)], new.dtype.itemsize, [old.chunks]
    )
    done = 0
    for index, region in enumerate(entry.regions(), 1):
        with storage(str(old.store_path)):
            pixels = old[region]
        with storage(str(new.store_path)):
            new[region] = pixels
        now = array.chunks * index // entry.count
        meter.step(now - done)
        done = now


class _Meter:
    """Counts chunks, tells how far the conversion is, and ends it where that is asked for.

    Parameters
    ----------
    plan
        What is done.
    where
        The target, for the message.
    told, cancel
        As for `run_convert`.
    """

    def __init__(
        self, plan: ConvertPlan, where: str, told: Callable[[Progress], object] | None, cancel: Cancel | None
    ) -> None:
        self._where = where
        self._told = told
        self._cancel = cancel
        self._begun = time.perf_counter()
        self._chunks, self._bytes = plan.chunks, plan.nbytes
        self._array: ArrayPlan | None = None
        self._done = self._bytes_done = 0  # before the array that is written
        self._now = 0  # chunks of that one

    def start(self) -> None:
        """Tell that nothing is done yet."""
        self._tell()

    def begin(self, array: ArrayPlan) -> None:
        """Begin an array."""
        self._array, self._now = array, 0

    def step(self, chunks: int) -> None:
        """Count chunks that were carried over.

        Raises
        ------
        WriteCancelledError
            When that was asked for.
        """
        self._now += chunks
        self._tell()

    def end(self) -> None:
        """End an array; chunks that are not there count as done."""
        assert self._array is not None
        self._done += self._array.chunks
        self._bytes_done += self._array.nbytes
        self._array, self._now = None, 0
        self._tell()

    def _tell(self) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise WriteCancelledError(
                "The conversion was cancelled; the target is as it was before.",
                where=self._where,
                found=f"{self._done + self._now} of {self._chunks} chunks written",
            )
        if self._told is None:
            return
        part = self._array.nbytes * self._now // self._array.chunks if self._array and self._array.chunks else 0
        seconds = time.perf_counter() - self._begun
        self._told(Progress(self._done + self._now, self._chunks, self._bytes_done + part, self._bytes, seconds, ()))
