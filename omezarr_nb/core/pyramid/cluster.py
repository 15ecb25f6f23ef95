"""Who works on the regions of a pass: the workers of a dask cluster.

Each region is one task that reads, reduces and writes; nothing but small messages passes the scheduler. A worker opens
the stores itself, and pixels that are only in this process go to a worker directly, a region at a time. A dask array is
computed within the task, by one thread, like by the threads of this process: a graph of its own for each region would
have the scheduler know every chunk, and two graphs that share chunks may be optimized into tasks that contradict each
other. Only what is in the memory of the cluster already is brought together by the cluster itself.
"""

from __future__ import annotations

import math
import sys
import uuid
import warnings
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from numpy.typing import NDArray

from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.pyramid.job import Job
from omezarr_nb.core.pyramid.regions import REGION_BYTES, Grid, Pass, plan_passes
from omezarr_nb.core.pyramid.source import Source
from omezarr_nb.core.pyramid.work import LevelPlan, WritePlan, memory_of
from omezarr_nb.core.pyramid.workers import Numbered
from omezarr_nb.core.stores import printable, store_path_of
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, OMEZarrError, StoreError, UnsupportedError

if TYPE_CHECKING:
    from distributed import Client
    from zarr.storage import StorePath

    from omezarr_nb.core.pyramid.helper import Facts

__all__ = ["Cluster", "active_client", "find_cluster"]

#: A client, None for the active one where there is one, False for none.
ClientLike: TypeAlias = "Client | Literal[False] | None"

#: Regions that wait at the scheduler, at least: a cluster that grows with its work has to see it.
LEAST_WAITING = 100


def active_client() -> Client | None:
    """Give the dask client that is active, if there is one; distributed is not imported.

    Within a task of a cluster there is none: a task that waits for other tasks keeps its worker from running them.
    """
    distributed = sys.modules.get("distributed")
    # While another thread imports it (dask does when it computes) it has no client yet.
    if distributed is None or getattr(distributed.__spec__, "_initializing", False):
        return None
    try:
        distributed.get_worker()
    except ValueError:
        try:
            client: Client = distributed.Client.current(allow_global=True)
        except ValueError:
            return None
        return client if client.status == "running" else None
    return None


def find_cluster(plan: WritePlan, client: ClientLike) -> Cluster | None:
    """Give the cluster that a plan is run on, or None where it is run by threads of this process.

    Parameters
    ----------
    plan
        Nothing of its source is read, and nothing is written to its target. A store of a kind that is not known is
        tried with a key that is removed again.
    client
        Where it is None, the active client is taken; a write for which that cannot be used is done by threads, with
        a warning that says why.

    Raises
    ------
    ArgumentTypeError, InvalidArgumentError, UnsupportedError
        When the client that was passed cannot be used for this write.
    StoreError
        When its cluster does not answer, or has no workers.
    """
    if client is False:
        return None
    if client is not None:
        return _cluster(plan, client)
    found = active_client()
    if found is None:
        return None
    try:
        return _cluster(plan, found)
    except OMEZarrError as error:
        warnings.warn(f"The image is written by this process, and not by the active dask client. {error}", stacklevel=4)
        return None


@dataclass(frozen=True, slots=True)
class Cluster:
    """The workers of a dask cluster.

    Parameters
    ----------
    client
        Connected to it, and not asynchronous.
    workers
        What each had when it was asked.
    target
        What is written to.
    """

    client: Client
    workers: tuple[Facts, ...]
    target: str

    @property
    def threads(self) -> int:
        """Regions that are worked on at once."""
        return sum(worker.threads for worker in self.workers)

    def fitted(self, plan: WritePlan) -> WritePlan:
        """Cut a plan into regions that fit the workers' memory, and collect no level in the memory of one of them.

        Raises
        ------
        InvalidArgumentError
            When a worker has not enough memory for one region.
        """
        room = min((worker.room for worker in self.workers if worker.room is not None), default=None)
        threads = max(worker.threads for worker in self.workers)
        sources = plan.given or (plan.source,)
        options = []
        for share in (1, 2, 4, 8, 16):
            passes = _passes(plan, REGION_BYTES // share)
            needed = max(_needed(entry, plan.levels, _source(entry, sources)) for entry in passes)
            options.append((needed, share, passes))
            if room is None or needed * threads <= room:
                break
        else:  # not all threads of a worker at once, then
            needed, _, passes = min(options, key=itemgetter(0, 1))
        if room is not None and needed > room:
            raise InvalidArgumentError(
                "A worker of the cluster has not enough memory for a region of this image.",
                where="client",
                found=f"{room >> 20} MiB",
                expected=f"{(needed >> 20) + 1} MiB",
                do="Pass smaller chunks or shards, or start workers with more memory or fewer threads.",
            )
        return replace(plan, passes=passes, workers=self.threads)

    def work(
        self,
        job: Job,
        entry: Pass,
        regions: Iterable[Numbered],
        collected: NDArray[Any] | None,
        carry: NDArray[Any] | None,
    ) -> Generator[tuple[int, int] | None, None, None]:
        """Do what `Workers.work` says."""
        from omezarr_nb.core.pyramid.helper import local_folders
        from omezarr_nb.core.pyramid.tasks import Tasks, pack_for

        assert collected is None
        assert carry is None
        source = _source(entry, job.sources)
        way, parcel = pack_for(job, entry, source)
        tasks = Tasks(self.client, entry, source, way, parcel)
        tasks.begin(_needed(entry, job.levels, source), self.target)
        remaining = iter(regions)
        waiting = 2 * self.threads if way != "read" else max(LEAST_WAITING, 4 * self.threads)
        try:
            while True:
                for number, region in remaining:
                    tasks.give(number, region)
                    if len(tasks.pending) >= waiting:
                        break
                if not tasks.pending:
                    tasks.clean(local_folders(job.arrays[index] for index in entry.write))
                    return
                yield tasks.one_done()
        finally:
            tasks.end()


def _cluster(plan: WritePlan, client: Any) -> Cluster:
    """Give the cluster of a client, after all that can be known before has been looked at."""
    import distributed

    from omezarr_nb.core.pyramid.tasks import pack_for

    if not isinstance(client, distributed.Client):
        raise ArgumentTypeError(
            "This is no client of a dask cluster.",
            where="client",
            found=type(client).__name__,
            expected="a distributed.Client, None for the active one, or False for none",
        )
    if client.status != "running":
        raise StoreError(
            "The dask client is not connected.",
            where="client",
            found=f"status {client.status!r}",
            do="Begin it anew, or pass client=False to write without it.",
        )
    if client.asynchronous:
        raise InvalidArgumentError(
            "The dask client is asynchronous, and a write waits for it.",
            where="client",
            do="Make it without asynchronous=True; that works in notebooks, too.",
        )
    for entry in plan.passes:
        if entry.source is None:
            sources = plan.given or (plan.source,)
            pack_for(Job(plan.levels, plan.method, sources, (), ""), entry, _source(entry, sources))
    place = _place(plan)
    cluster = Cluster(client, _ask(client), str(place))
    cluster.fitted(plan)
    _check_place(place, plan, client)
    _check_left(cluster, plan)
    return cluster


def _check_left(cluster: Cluster, plan: WritePlan) -> None:
    """Wait for what workers still write to the target for a client that was killed, and raise where it does not end."""
    from omezarr_nb.core.pyramid.helper import settle
    from omezarr_nb.core.pyramid.tasks import PATIENCE, ask_all, still_busy

    if still_busy(ask_all(cluster.client, settle, target=cluster.target, patience=PATIENCE)):
        raise StoreError(
            "Workers of the cluster still write to this target for a client that is gone.",
            where=printable(plan.where, _place(plan)),
            found=f"not ended within {PATIENCE:.0f} s",
            do="Restart the workers: client.restart().",
        )


def _check_place(place: StorePath, plan: WritePlan, client: Client) -> None:
    """Raise where the workers cannot write to the target."""
    from omezarr_nb.core.pyramid.parcel import is_common, reason_against

    reason = reason_against(place)
    if reason is None and not is_common(place.store) and not _is_shared(place, client):
        reason = "what a worker wrote to it was not seen by this process"
    if reason is not None:
        raise UnsupportedError(
            "The workers of a cluster cannot write to this store.",
            where=printable(plan.where, place),
            found=reason,
            do="Write to a folder that all workers share or to an object store, or pass client=False.",
        )


def _place(plan: WritePlan) -> StorePath:
    where = plan.where
    if isinstance(where, ZarrLocation):
        return where.store_path
    return store_path_of(where, read_only=False, storage_options=plan.storage_options)


def _is_shared(place: StorePath, client: Client) -> bool:
    """Return whether what a worker writes to a store is seen here."""
    from zarr.core.buffer import default_buffer_prototype
    from zarr.core.sync import sync

    from omezarr_nb.core.pyramid.helper import write_key

    token = uuid.uuid4().hex
    key = f"{place.path}/.omezarr_nb-{token}".lstrip("/")
    try:
        client.submit(write_key, place.store, key, token.encode(), pure=False).result()
        seen = sync(place.store.get(key, default_buffer_prototype()))
        sync(place.store.delete(key))
    except Exception as error:  # any of any storage library, and of distributed
        raise StoreError(
            "The workers of the cluster cannot write to this store.",
            where=printable(place, place),
            found=f"{type(error).__name__}: {error}",
            do="Give them the rights and the storage_options that it needs, or pass client=False.",
        ) from error
    return seen is not None and seen.to_bytes() == token.encode()


def _ask(client: Client) -> tuple[Facts, ...]:
    """Ask each worker what it has."""
    from omezarr_nb.core.pyramid.helper import Facts, facts
    from omezarr_nb.core.pyramid.tasks import PATIENCE, ask_all, lost

    answers = ask_all(client, facts)
    if answers is None:
        raise StoreError(
            "A worker of the cluster does not answer.",
            where="client",
            found=f"nothing within {PATIENCE:.0f} s",
            do="Begin it anew, or pass client=False to write without it.",
        )
    workers = tuple(answer for answer in answers if isinstance(answer, Facts))
    errors = [answer for answer in answers if isinstance(answer, Exception)]
    for error in errors:
        # distributed does not say more of a function that it cannot import.
        if "No module named 'omezarr_nb" in str(error):
            raise StoreError(
                "This package cannot be imported on the workers of the cluster.",
                where="client",
                found=str(error),
                do="Install omezarr_nb[cluster] there, in the version that is here.",
            ) from error
    if workers:  # others may have gone just now
        return workers
    if errors:
        raise lost(errors[0]) from errors[0]
    raise StoreError(
        "The cluster has no workers.", where="client", do="Start some, and wait: client.wait_for_workers(1)."
    )


def _passes(plan: WritePlan, budget: int) -> tuple[Pass, ...]:
    """Give the passes of a plan without levels that are collected in memory, in regions of so many bytes."""
    if not any(entry.carry is not None for entry in plan.passes) and budget == REGION_BYTES:
        return plan.passes
    if plan.given or any(entry.filtered for entry in plan.passes):
        return plan.passes  # which have a budget of their own
    return plan_passes(
        [Grid(level.shape, level.step, level.unit) for level in plan.levels],
        plan.dtype.itemsize,
        source_chunks=plan.source.chunks,
        in_order=plan.source.in_order,
        budget=budget,
        collect=False,
    )


def _source(entry: Pass, sources: tuple[Source, ...]) -> Source:
    return sources[entry.base if len(sources) > 1 else 0]


def _needed(entry: Pass, levels: Sequence[LevelPlan], source: Source) -> int:
    """Give the bytes that a region needs on a worker."""
    needed, _ = memory_of(entry, levels, source)
    if entry.source is None and source.kind == "numpy":
        needed += 2 * source.dtype.itemsize * math.prod(entry.region)  # sent there: it, and the one that waits
    return needed
