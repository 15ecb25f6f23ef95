"""The regions of one pass as tasks of a dask cluster: given out, waited for, given out once more, and stopped."""

from __future__ import annotations

import time
import uuid
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from omezarr_nb.core.kinds import Slices
from omezarr_nb.core.pyramid.helper import Helper, NotNowError, drain, same, write_region
from omezarr_nb.core.pyramid.job import Job
from omezarr_nb.core.pyramid.parcel import HoldsFuturesError, NotForWorkersError, Parcel, pack
from omezarr_nb.core.pyramid.regions import Pass
from omezarr_nb.core.pyramid.source import Source
from omezarr_nb.core.pyramid.staging import sweep
from omezarr_nb.errors import OMEZarrError, StoreError, UnsupportedError

if TYPE_CHECKING:
    from distributed import Future

__all__ = ["PATIENCE", "Tasks", "Way", "ask_all", "lost", "pack_for", "still_busy"]

#: How the pixels of the source come to a worker: it reads them itself, they are sent, or they are on the cluster.
Way: TypeAlias = Literal["read", "sent", "resident"]

#: Seconds between two looks at whether to stop, and whether there is a cluster still.
LOOK_EVERY = 0.5

#: Seconds to wait for workers that were told to stop, at most: for a region to be written to a slow store.
PATIENCE = 60.0

#: Seconds to wait where no worker can be asked any more, at least.
SETTLE = 3.0

#: Seconds without any worker after which a write is given up: time enough for a batch system to start another.
NO_WORKERS = 600.0

#: A job that is larger goes to a worker directly, and not through the scheduler.
DIRECT = 8 << 20

#: How often a region is given out, where workers are lost with what was sent to them.
TRIES = 5

#: How often a task is run that raised an error: storage recovers.
RETRIES = 2

_UNREACHABLE = "Pass a dask or zarr array that the workers read themselves, or client=False to write from here."


def pack_for(job: Job, entry: Pass, source: Source) -> tuple[Way, Parcel]:
    """Decide how the pixels that a pass reads come to the workers, and pack the rest.

    Raises
    ------
    UnsupportedError
        For a dask array that cannot be sent.
    """
    bare = replace(job, sources=())
    if entry.source is not None:
        return "read", pack(bare)
    if source.kind == "numpy" or source.in_order is not None:
        return "sent", pack(bare)
    try:
        return "read", pack(replace(job, sources=(source,)))
    except HoldsFuturesError:
        return "resident", pack(bare)
    except NotForWorkersError as reason:
        if source.kind != "dask":
            return "sent", pack(bare)
        raise UnsupportedError(
            "The graph of the dask array cannot be sent to the workers of the cluster.",
            where="the source",
            found=str(reason),
            do="Pass the array that the graph holds itself, or array.persist(), or client=False to write from here.",
        ) from reason


def lost(said: BaseException | str) -> StoreError:
    """Return what is said when a cluster does not answer any more."""
    return StoreError(
        "The dask cluster broke off while the image was written; the target is as it was before.",
        where="client",
        found=said if isinstance(said, str) else f"{type(said).__name__}: {said}",
    )


def ask_all(client: Any, function: Callable[..., Any], **options: Any) -> list[Any] | None:
    """Run a function on all workers.

    Returns
    -------
    list or None
        What it gave on each, or the error that it raised there; nothing where the cluster is gone. None where a worker
        has not answered within `PATIENCE`.
    """
    answers: list[Any] = []

    def ask() -> None:
        with suppress(Exception):  # the cluster is gone
            answers.extend(client.run(function, on_error="return", **options).values())

    asking = Thread(target=ask, name="omezarr_nb-ask", daemon=True)  # a worker that hangs answers never
    asking.start()
    asking.join(PATIENCE + SETTLE)
    return None if asking.is_alive() else answers


def still_busy(answers: list[Any] | None) -> bool:
    """Return whether workers that were asked for how many regions they work on do so, or have not answered."""
    return answers is None or any(isinstance(answer, int) and answer for answer in answers)


@dataclass(frozen=True, slots=True)
class _Task:
    number: int
    region: Slices
    tries: int
    block: Future[Any] | None  # which the cluster keeps as long as it is held here


@dataclass(slots=True)
class Tasks:
    """The tasks of one pass.

    Parameters
    ----------
    client
        Of the cluster.
    entry
        The pass.
    source
        Where its pixels come from, if they do not come from a level.
    way, parcel
        What `pack_for` gave.
    token
        Of the names of all tasks.
    pending
        What has been given out and is not done.
    """

    client: Any
    entry: Pass
    source: Source
    way: Way
    parcel: Parcel
    token: str = field(default_factory=lambda: uuid.uuid4().hex)
    pending: dict[Future[tuple[int, float]], _Task] = field(default_factory=dict)
    _parcel: Future[Parcel] | None = None
    _done: SimpleQueue[Future[tuple[int, float]]] = field(default_factory=SimpleQueue)
    _last: float = field(default_factory=time.monotonic)
    _longest: float = 0.0
    _workers: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Of the helpers on the workers. No key of a task is like it: dask would put the result in its place."""
        return f"omezarr_nb-{self.token}"

    def begin(self, each: int, target: str) -> None:
        """Put a helper on each worker that is there or comes; a region needs so many bytes of memory."""
        with self._asking():
            self.client.register_plugin(Helper(each, target), name=self.name)
            self._workers = frozenset(self.client.nthreads())

    def give(self, number: int, region: Slices, tries: int = 1) -> None:
        """Give a region to the cluster."""
        block = self._block(region)
        with self._asking():
            future = self.client.submit(
                write_region, self.name, self._packed(), self.entry, region, block,
                key=(f"write-{self.token}-{tries}", number), retries=RETRIES,
            )  # fmt: skip
        self.pending[future] = _Task(number, region, tries, block)
        future.add_done_callback(self._done.put)

    def one_done(self) -> tuple[int, int] | None:
        """Wait a moment for a region to be done; give its number and its bytes."""
        try:
            future = self._done.get(timeout=LOOK_EVERY)
        except Empty:
            self._look()
            return None
        self._last = time.monotonic()
        task = self.pending.pop(future, None)
        if task is None:
            return None
        result = self._result(future)
        if result is not None:
            nbytes, seconds = result
            self._longest = max(self._longest, seconds)
            return task.number, nbytes
        if self.client.status != "running":
            raise lost(f"status {self.client.status!r}")
        if task.tries == TRIES:
            raise StoreError(
                "The cluster lost a region again and again, and the write is given up.",
                where=f"region {task.number}",
                found=f"{TRIES} tries",
                do="Look at the workers' logs: they may be short of memory.",
            )
        self.give(task.number, task.region, task.tries + 1)
        return None

    def clean(self, folders: Iterable[Path]) -> None:
        """Remove what workers that were lost on the way have left of chunks that they were writing."""
        with self._asking():
            lost_some = bool(self._workers.difference(self.client.nthreads()))
        if lost_some:
            for folder in folders:
                sweep(folder)

    def end(self) -> None:
        """Have all workers stop, wait until they have, and remove the helpers."""
        unfinished = bool(self.pending)
        with suppress(Exception):  # the cluster may be gone
            self.client.cancel(list(self.pending), force=True)
        self.pending.clear()
        if unfinished and (self.client.status != "running" or not self._drained()):
            # Nobody can be asked: workers that lose their scheduler end the level of the region that they write.
            time.sleep(min(PATIENCE, max(SETTLE, 2 * self._longest)))
        self._parcel = None
        if self.client.status == "running":
            with suppress(Exception):  # likewise
                self.client.unregister_worker_plugin(self.name)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except OMEZarrError:
            raise
        except Exception as error:  # any of distributed's
            raise lost(error) from error

    def _packed(self) -> Future[Parcel]:
        """Bring the job to the cluster, where it is not there or not any more."""
        if self._parcel is None or self._parcel.status in ("cancelled", "lost"):
            if self.parcel.nbytes > DIRECT:
                self._parcel = self._sent(self.parcel)
            else:  # the result of a task is made anew where it is lost; what is sent to a worker is not
                key = f"parcel-{uuid.uuid4().hex}"
                self._parcel = self.client.submit(same, self.parcel, key=key, retries=RETRIES)
        return self._parcel

    def _block(self, region: Slices) -> Future[Any] | None:
        """Bring the pixels of a region to the cluster, unless its workers read them."""
        if self.way == "read":
            return None
        if self.way == "sent":
            return self._sent(self.source.read(region))
        part = self.source.array[region].astype(self.source.dtype)
        with self._asking():
            # Not optimized: tasks of the same name are then the same task, whatever region they are of.
            block: Future[Any] = self.client.compute(part, optimize_graph=False)
        return block

    def _sent(self, thing: object) -> Future[Any]:
        """Send something to a worker directly."""
        for attempt in range(TRIES):
            try:
                (sent,) = self.client.scatter([thing], direct=True, hash=False)
            except Exception as error:  # any of distributed's
                if self.client.status != "running" or not isinstance(error, OSError):
                    raise lost(error) from error
                # A worker that was lost just now, or one that cannot be reached from here.
                if attempt == TRIES - 1:
                    raise StoreError(
                        "Pixels could not be sent to the workers of the cluster.",
                        where="client",
                        found=f"{type(error).__name__}: {error}",
                        do=_UNREACHABLE,
                    ) from error
                time.sleep(LOOK_EVERY)
            else:
                return sent  # type: ignore[no-any-return] # distributed says Any
        raise AssertionError

    def _result(self, future: Future[tuple[int, float]]) -> tuple[int, float] | None:
        """Give the bytes and the seconds of a region, or None where it has to be given out once more."""
        from distributed import CancelledError, KilledWorker

        if future.status != "error":
            try:
                return future.result(timeout=PATIENCE)
            except (CancelledError, TimeoutError):  # what it gave, or was given, is lost with a worker
                return None
        try:
            return future.result()
        except NotNowError:
            return None
        except KilledWorker as error:
            raise StoreError(
                "Workers of the cluster died again and again while they worked on the same region.",
                where="client",
                found=str(error),
                do="Look at their logs: they may be short of memory. Smaller chunks or shards, or fewer threads a "
                "worker, need less.",
            ) from error

    def _look(self) -> None:
        """Raise where the cluster is gone, or has had no workers for long."""
        if self.client.status != "running":
            raise lost(f"status {self.client.status!r}")
        if time.monotonic() - self._last < NO_WORKERS:
            return
        self._last = time.monotonic()
        with self._asking():
            workers = self.client.nthreads()
        if not workers:
            raise StoreError(
                "The cluster has no workers any more.",
                where="client",
                found=f"none within {NO_WORKERS:.0f} s",
                do="Start workers, and write again.",
            )

    def _drained(self) -> bool:
        """Stop the helpers and wait for what they work on; return whether all workers have said that they are done."""
        answers = ask_all(self.client, drain, name=self.name, patience=PATIENCE)
        if still_busy(answers):
            warnings.warn(
                f"Workers of the cluster were told to stop, and have not within {PATIENCE:.0f} s: they may still write "
                "what nothing names.",
                stacklevel=2,
            )
            return False
        return bool(answers)
