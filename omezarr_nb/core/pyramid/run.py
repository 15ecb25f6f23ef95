"""Executing a plan: pass after pass, region after region, metadata last."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.metadata import Dataset, ImageMetadata, image_to_json
from omezarr_nb.core.pyramid.bounded import bounded
from omezarr_nb.core.pyramid.cluster import ClientLike, find_cluster
from omezarr_nb.core.pyramid.facts import facts_of
from omezarr_nb.core.pyramid.job import Job, write_failed
from omezarr_nb.core.pyramid.journal import Journal
from omezarr_nb.core.pyramid.progress import Cancel, Progress
from omezarr_nb.core.pyramid.regions import Pass
from omezarr_nb.core.pyramid.resume import at_place, check_source, forget_rounded
from omezarr_nb.core.pyramid.target import Target, open_target
from omezarr_nb.core.pyramid.windows import fill_windows
from omezarr_nb.core.pyramid.work import LevelPlan, WritePlan
from omezarr_nb.core.pyramid.workers import Threads, Workers
from omezarr_nb.errors import InvalidArgumentError, OMEZarrError, StoreError, WriteCancelledError

if TYPE_CHECKING:
    import zarr
    from zarr.storage import StorePath

    from omezarr_nb.core.image import Image

OnProgress: TypeAlias = Callable[[Progress], object]

#: The coarsest level is read back for contrast limits if it is no larger than this.
LOOK_AT = 64 << 20

FUSED = "zarr.core.codec_pipeline.FusedCodecPipeline"


def run_plan(
    plan: WritePlan,
    *,
    on_progress: OnProgress | None = None,
    cancel: Cancel | None = None,
    resume: bool = False,
    client: ClientLike = None,
) -> Image:
    """Do what `WritePlan.run` says."""
    from omezarr_nb.core.reader import open_image

    target = open_target(
        plan.where,
        [level.path for level in plan.levels],
        plan.fmt,
        overwrite=plan.overwrite,
        storage_options=plan.storage_options,
        labels=plan.metadata.image_label is not None,
        resume=resume,
    )
    cluster = find_cluster(plan, client)
    if cluster is not None:
        plan = cluster.fitted(plan)
    journal = target.begin(facts_of(plan), resume=resume)
    if journal is None:
        target.finish()
        return open_image(plan.where, storage_options=plan.storage_options or None)
    try:
        with FAST_CODECS.used():
            arrays = _make_arrays(plan, target, journal)
            job = Job(plan.levels, plan.method, plan.given or (plan.source,), tuple(arrays), target.where)
            forget_rounded(plan, journal.record.finished)
            check_source(plan, job, journal.record.finished)
            _Run(plan, job, cluster or Threads(plan.workers), journal, on_progress, cancel, resume).all_passes()
            metadata = _finished(plan, target, arrays)
        _commit(target, image_to_json(metadata, plan.fmt))
    except BaseException as error:
        target.abort(error, keep=resume)
        raise
    return open_image(plan.where, storage_options=plan.storage_options or None)


def _commit(target: Target, block: Mapping[str, Any]) -> None:
    try:
        target.commit(block)
    except OMEZarrError:
        raise
    except Exception as error:  # any of the exceptions of any storage library
        raise write_failed(error, target.where) from error


def _make_arrays(plan: WritePlan, target: Target, journal: Journal) -> list[zarr.Array[Any]]:
    """Create the arrays of all levels, without pixels, or find those that an earlier writer created."""
    from zarr.storage import MemoryStore, StorePath

    if not journal.record.created:
        arrays = [
            at_place(_create(plan, level, bounded(place), f"{target.where}/{path}"), place)
            for level, path in zip(plan.levels, target.paths, strict=True)
            for place in (target.root / path,)
        ]
        journal.created()
        return arrays
    arrays = []
    for level, path in zip(plan.levels, target.paths, strict=True):
        # Zarr opens none with the options that are not stored: what it would create is looked at where they are.
        array = _create(plan, level, StorePath(MemoryStore()), f"{target.where}/{path}")
        arrays.append(at_place(array, target.root / path))
    return arrays


def _create(plan: WritePlan, level: LevelPlan, place: StorePath, where: str) -> zarr.Array[Any]:
    """Create the array of a level, without pixels."""
    import zarr

    options: dict[str, Any] = {"fill_value": 0, **level.options}
    names = plan.fmt.dimension_options(plan.axes)
    if "attributes" in names:
        names["attributes"] = {**options.get("attributes", {}), **names["attributes"]}
    options |= names
    try:
        return zarr.create_array(
            place,
            shape=level.shape,
            dtype=plan.dtype,
            chunks=level.chunks,
            shards=level.shards,
            compressors=level.compressors or None,
            chunk_key_encoding=plan.fmt.chunk_key_encoding,  # type: ignore[arg-type] # its TypedDict
            zarr_format=plan.fmt.zarr_format,
            **options,
        )
    except StoreError:
        raise
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(
            "zarr refuses these options of an array.",
            where="compression or storage_options",
            found=str(error),
            do="Codecs are those of zarr.codecs for 0.5, and of numcodecs for 0.4.",
        ) from error
    except Exception as error:  # any of the exceptions of any storage library
        raise write_failed(error, where) from error


@dataclass(slots=True)
class _Run:
    """One execution: how far it has come, and whom it tells."""

    plan: WritePlan
    job: Job
    workers: Workers
    journal: Journal
    on_progress: OnProgress | None
    cancel: Cancel | None
    resume: bool = False
    start: float = field(default_factory=time.perf_counter)
    regions_done: int = 0
    bytes_done: int = 0
    bytes_before: int = 0

    def all_passes(self) -> None:
        """Run one pass after the other; a level that one collects is what the next reads."""
        before = self.journal.record.finished
        self.regions_done = sum(len(done) for done in before.values())
        self.bytes_done = self.bytes_before = sum(sum(done.values()) for done in before.values())
        carry: NDArray[Any] | None = None
        for index, entry in enumerate(self.plan.passes):
            collected, carry = carry, None
            if entry.carry is not None:
                carry = np.empty(self.plan.levels[entry.carry].shape, self.plan.dtype)
            self._one_pass(index, collected, carry)
        self._tell(self.plan.passes[-1])

    def _one_pass(self, index: int, collected: NDArray[Any] | None, carry: NDArray[Any] | None) -> None:
        entry = self.plan.passes[index]
        self._tell(entry)
        self._check_cancel()
        before = frozenset(self.journal.record.finished.get(index, ()))
        if before and carry is not None and not self._is_over(index + 1):
            for number, region in enumerate(entry.regions()):
                if number in before:
                    self.job.collect(entry, region, carry)
                    self._check_cancel()
        if before and entry.source is None and self.plan.source.in_order is not None:
            for number, region in enumerate(entry.regions()):
                if number in before:
                    self.plan.source.skip(region)
        remaining = ((number, region) for number, region in enumerate(entry.regions()) if number not in before)
        with closing(self.workers.work(self.job, entry, remaining, collected, carry)) as done:
            for finished in done:
                if finished is not None:
                    self.journal.finished(index, *finished)
                    self.regions_done += 1
                    self.bytes_done += finished[1]
                    self._tell(entry)
                self._check_cancel()

    def _is_over(self, index: int) -> bool:
        """Return whether all regions of a pass were finished before."""
        return len(self.journal.record.finished.get(index, ())) == self.plan.passes[index].count

    def _check_cancel(self) -> None:
        if self.cancel is not None and self.cancel.is_set():
            raise WriteCancelledError(
                "The write was cancelled; the target is as it was before.",
                where=self.job.where,
                found=f"{self.regions_done} of {self.plan.regions} regions written",
                do="Write once more with resume=True to go on from there." if self.resume else None,
            )

    def _tell(self, entry: Pass) -> None:
        if self.on_progress is not None:
            seconds = time.perf_counter() - self.start
            done, regions, nbytes = self.bytes_done, self.plan.regions, self.plan.nbytes
            self.on_progress(
                Progress(self.regions_done, regions, done, nbytes, seconds, entry.write, self.bytes_before)
            )


def _finished(plan: WritePlan, target: Target, arrays: Sequence[zarr.Array[Any]]) -> ImageMetadata:
    """Give the metadata with the levels' paths as they are, and with contrast windows from the coarsest level."""
    (multiscale,) = plan.metadata.multiscales
    datasets = tuple(
        Dataset(path, dataset.transformations, dataset.extra)
        for dataset, path in zip(multiscale.datasets, target.paths, strict=True)
    )
    metadata = replace(plan.metadata, multiscales=(replace(multiscale, datasets=datasets),))
    if metadata.omero is None:
        return metadata
    pixels = None
    if math.prod(plan.levels[-1].shape) * plan.dtype.itemsize <= LOOK_AT:
        pixels = np.asarray(arrays[-1][...])
    channels = fill_windows(metadata.omero.channels, pixels, plan.axes, plan.dtype)
    return replace(metadata, omero=replace(metadata.omero, channels=channels))


class _FastCodecs:
    """zarr's fused codec pipeline, where zarr has it, while writes run.

    It takes a third off the time (measured with zarr 3.4). zarr's settings are of the whole process, so writes that
    overlap in time share one change: the first makes it, the last takes it back. One thread a write to the codecs,
    because regions run side by side already.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._change: Any = None

    @contextmanager
    def used(self) -> Iterator[None]:
        import zarr
        from zarr.core import codec_pipeline

        if not hasattr(codec_pipeline, "FusedCodecPipeline"):
            yield
            return
        with self._lock:
            if self._users == 0:
                self._change = zarr.config.set({"codec_pipeline.path": FUSED, "codec_pipeline.max_workers": 1})
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0:
                    self._change.__exit__(None, None, None)


FAST_CODECS = _FastCodecs()
