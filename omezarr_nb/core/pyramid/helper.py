"""What runs on the workers of a cluster: one region after the other, and the end of it.

A worker may be lost and a task done once more, on another worker or beside a first one: a region is written in whole
chunks or shards, always the same, so that it does not matter which of them was the last. What matters is that nothing
is written any more once the client goes on: each worker counts the regions that it works on, and is asked.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker
from numpy.typing import NDArray

from omezarr_nb.core.pyramid.job import Job
from omezarr_nb.core.pyramid.parcel import Parcel
from omezarr_nb.core.pyramid.regions import Pass, Slices
from omezarr_nb.core.pyramid.run import FAST_CODECS

__all__ = ["Facts", "Helper", "NotNowError", "drain", "facts", "same", "write_key", "write_region"]

#: Of a worker's memory limit: beyond it distributed moves what it keeps to the disk, and then stops giving it work.
USABLE = 0.6


class NotNowError(Exception):
    """A worker takes no regions of this write: it is about to go, or the write is over."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a worker has.

    Parameters
    ----------
    threads
        Tasks at once.
    room
        Bytes of memory that regions may take, all together; None without a limit.
    """

    threads: int
    room: int | None


class Helper(WorkerPlugin):
    """What a worker keeps of one pass of a write.

    Parameters
    ----------
    each
        Bytes of memory that a region needs. A worker that has not enough for all of its threads lets some wait.
    """

    def __init__(self, each: int) -> None:
        self._each = each

    def setup(self, worker: Worker) -> None:
        """Begin, on a worker that is there, or comes later."""
        has = facts(worker)
        fitting = has.threads if has.room is None else has.room // max(1, self._each)
        self._slots = threading.Semaphore(max(1, min(has.threads, fitting)))
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._busy = 0
        self._job: Job | None = None

    def teardown(self, worker: Worker) -> None:  # noqa: ARG002 - as distributed calls it
        """Write nothing more: the pass is over, or the worker goes."""
        self._stop.set()

    @property
    def busy(self) -> int:
        """Regions that are being worked on."""
        return self._busy

    def stop(self) -> None:
        """Begin no region any more, and end those that have begun at their next level."""
        with self._lock:
            self._stop.set()

    def write(self, parcel: Parcel, entry: Pass, region: Slices, block: NDArray[Any] | None) -> int:
        """Do what `Job.write_region` does; pixels of the source come along as `block`, or are read here.

        Raises
        ------
        NotNowError
            When the region was not written, or not all of it.
        """
        with self._slots, self._working(), FAST_CODECS.used():
            job = self._opened(parcel)
            read = job.reader(entry, None) if block is None else lambda _: block
            written = job.write_region(entry, region, read, None, self._stop)
            if self._stop.is_set():
                raise NotNowError("The worker was told to stop.")
            return written

    @contextmanager
    def _working(self) -> Iterator[None]:
        with self._lock:  # so that none begins after `stop` has been called and nobody was busy
            if self._stop.is_set():
                raise NotNowError("The worker was told to stop.")
            self._busy += 1
        try:
            yield
        finally:
            with self._lock:
                self._busy -= 1

    def _opened(self, parcel: Parcel) -> Job:
        with self._lock:
            job = self._job
        if job is None:  # twice at the same time does no harm
            job = parcel.open()
            with self._lock:
                self._job = job
        return job


def write_region(name: str, parcel: Parcel, entry: Pass, region: Slices, block: NDArray[Any] | None = None) -> int:
    """Write a region on the worker that runs this, with its helper of that name; the task that the cluster is given."""
    helper = get_worker().plugins.get(name)
    if not isinstance(helper, Helper):
        raise NotNowError("The pass is over.")
    return helper.write(parcel, entry, region, block)


def same(parcel: Parcel) -> Parcel:
    """Give a parcel; as the result of a task it goes from worker to worker, and only once through the scheduler."""
    return parcel


def facts(dask_worker: Worker) -> Facts:
    """Tell what a worker has; also shows that this package is there."""
    limit = dask_worker.memory_manager.memory_limit
    room = None
    if limit:
        room = max(0, int(limit * USABLE) - dask_worker.monitor.get_process_memory())
    return Facts(dask_worker.state.nthreads, room)


async def drain(dask_worker: Worker, name: str, patience: float) -> int:
    """Stop a helper, and wait until it works on no region; gives on how many it still does after so many seconds."""
    helper = dask_worker.plugins.get(name)
    if not isinstance(helper, Helper):
        return 0
    helper.stop()
    end = time.monotonic() + patience
    while helper.busy and time.monotonic() < end:
        await asyncio.sleep(0.01)
    return helper.busy


def write_key(store: Any, key: str, data: bytes) -> None:
    """Write one key of a store; to try whether what a worker writes is seen by others."""
    from zarr.core.buffer import default_buffer_prototype
    from zarr.core.sync import sync

    sync(store.set(key, default_buffer_prototype().buffer.from_bytes(data)))
