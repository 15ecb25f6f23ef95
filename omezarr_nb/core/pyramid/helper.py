"""What runs on the workers of a cluster: one region after the other, and the end of it.

A worker may be lost and a task done once more, on another worker or beside a first one: a region is written in whole
chunks or shards, always the same, so that it does not matter which of them was the last. What matters is that nothing
is written any more once the client goes on: each worker counts the regions that it works on, and is asked. A worker
that cannot be asked, because it or the client has lost the scheduler, sees by itself that a folder has been replaced.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zarr
from distributed import Worker, WorkerPlugin, get_worker
from numpy.typing import NDArray
from zarr.storage import LocalStore

from omezarr_nb.core.kinds import Slices
from omezarr_nb.core.pyramid.job import Job
from omezarr_nb.core.pyramid.parcel import Parcel
from omezarr_nb.core.pyramid.progress import Cancel
from omezarr_nb.core.pyramid.regions import Pass
from omezarr_nb.core.pyramid.run import FAST_CODECS

__all__ = [
    "Facts",
    "Helper",
    "NotNowError",
    "drain",
    "facts",
    "local_folders",
    "same",
    "settle",
    "write_key",
    "write_region",
]

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
    target
        What is written to.
    """

    def __init__(self, each: int, target: str) -> None:
        self._each = each
        self.target = target

    def setup(self, worker: Worker) -> None:
        """Begin, on a worker that is there, or comes later."""
        has = facts(worker)
        fitting = has.threads if has.room is None else has.room // max(1, self._each)
        self._slots = threading.Semaphore(max(1, min(has.threads, fitting)))
        self._lock = threading.Lock()
        self._stop = _Stop()
        self._busy: set[Any] = set()
        self._worker = worker
        self._job: Job | None = None

    def teardown(self, worker: Worker) -> None:  # noqa: ARG002 - as distributed calls it
        """Write nothing more: the pass is over, or the worker goes."""
        self._stop.set()

    @property
    def busy(self) -> int:
        """Regions that are being worked on."""
        return len(self._busy)

    @property
    def unwanted(self) -> int:
        """Regions that are being worked on, and that no client waits for any more."""
        with self._lock:
            return sum(not is_wanted(self._worker, key) for key in self._busy)

    def stop(self) -> None:
        """Begin no region any more, and end those that have begun at their next level."""
        with self._lock:
            self._stop.set()

    def write(self, parcel: Parcel, entry: Pass, region: Slices, block: NDArray[Any] | None) -> tuple[int, float]:
        """Do what `Job.write_region` does; pixels of the source come along as `block`, or are read here.

        Returns
        -------
        nbytes, seconds
            Bytes of the pixels that were written, and how long that took.

        Raises
        ------
        NotNowError
            When the region was not written, or not all of it.
        """
        with self._slots, self._working() as stop, FAST_CODECS.used():
            start = time.monotonic()
            job = self._opened(parcel)
            read = job.reader(entry, None) if block is None else lambda _: block
            written = job.write_region(entry, region, read, None, stop)
            if stop.is_set():
                raise NotNowError("The worker was told to stop.")
            return written, time.monotonic() - start

    @contextmanager
    def _working(self) -> Iterator[Cancel]:
        key = self._worker.get_current_task()
        stop = _StopRegion(self._stop, self._worker, key)
        with self._lock:  # so that none begins after `stop` has been called and nobody was busy
            if stop.is_set():
                raise NotNowError("The worker was told to stop.")
            self._busy.add(key)
        try:
            yield stop
        finally:
            with self._lock:
                self._busy.discard(key)

    def _opened(self, parcel: Parcel) -> Job:
        with self._lock:
            job = self._job
        if job is None:  # twice at the same time does no harm
            job = parcel.open()
            self._stop.watch(job.arrays)
            with self._lock:
                self._job = job
        return job


class _Stop(threading.Event):
    """Set when somebody says so, or when one of the arrays that are written has been replaced on the disk."""

    def __init__(self) -> None:
        super().__init__()
        self._folders: dict[Path, tuple[int, int]] = {}

    def watch(self, arrays: Iterable[zarr.Array[Any]]) -> None:
        """Look at the folders of these arrays, too."""
        self._folders = {folder: _node(folder) for folder in local_folders(arrays)}

    def is_set(self) -> bool:
        """Return whether nothing is to be written any more."""
        try:
            replaced = any(_node(folder) != node for folder, node in self._folders.items())
        except FileNotFoundError:
            replaced = True
        return replaced or super().is_set()


@dataclass(frozen=True, slots=True)
class _StopRegion:
    """Set when all is to stop, or when nobody waits for this region any more: its client has gone."""

    stop: _Stop
    worker: Worker
    key: Any

    def is_set(self) -> bool:
        """Return whether nothing is to be written any more."""
        return self.stop.is_set() or not is_wanted(self.worker, self.key)


def is_wanted(worker: Worker, key: Any) -> bool:
    """Return whether a task that a worker runs is one that the scheduler still knows of."""
    task = worker.state.tasks.get(key)
    return task is not None and task.state in ("executing", "long-running")


def local_folders(arrays: Iterable[zarr.Array[Any]]) -> list[Path]:
    """Give the folders of those arrays that lie on a local disk."""
    places = [array.store_path for array in arrays]
    return [place.store.root / place.path for place in places if isinstance(place.store, LocalStore)]


def _node(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


def write_region(
    name: str, parcel: Parcel, entry: Pass, region: Slices, block: NDArray[Any] | None = None
) -> tuple[int, float]:
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


async def settle(dask_worker: Worker, target: str, patience: float) -> int:
    """Wait for regions of a target that a client has left behind, which was killed; give on how many work goes on."""
    end = time.monotonic() + patience
    while True:
        helpers = [helper for helper in dask_worker.plugins.values() if isinstance(helper, Helper)]
        left = sum(helper.unwanted for helper in helpers if helper.target == target)
        if not left or time.monotonic() > end:
            return left
        await asyncio.sleep(0.01)


def write_key(store: Any, key: str, data: bytes) -> None:
    """Write one key of a store; to try whether what a worker writes is seen by others."""
    from zarr.core.buffer import default_buffer_prototype
    from zarr.core.sync import sync

    sync(store.set(key, default_buffer_prototype().buffer.from_bytes(data)))
