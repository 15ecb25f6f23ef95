"""Who works on the regions of a pass: a few threads of this process."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from numpy.typing import NDArray

from omezarr_nb.core.kinds import Slices
from omezarr_nb.core.pyramid.job import Job
from omezarr_nb.core.pyramid.regions import Pass

#: A region of a pass with its number.
Numbered: TypeAlias = tuple[int, Slices]


class Workers(Protocol):
    """Whoever takes regions, and tells of each that is done."""

    def work(
        self,
        job: Job,
        entry: Pass,
        regions: Iterable[Numbered],
        collected: NDArray[Any] | None,
        carry: NDArray[Any] | None,
    ) -> Generator[tuple[int, int] | None, None, None]:
        """Write the regions of a pass, in any order, several at once.

        Parameters
        ----------
        job
            What they share.
        entry
            The pass.
        regions
            Those to write, with their numbers; taken one by one as workers are free.
        collected
            The level that the pass before collected in memory, and this one reads.
        carry
            The level that this pass collects in memory.

        Yields
        ------
        number, nbytes
            Of each region when it is done: its number, and the bytes of pixels that it wrote. None now and then,
            while there is nothing to tell, for whoever wants to stop.

        Notes
        -----
        When the generator is closed, or a region fails, no region is begun any more, and those that had begun have
        come to an end.
        """


@dataclass(frozen=True, slots=True)
class Threads:
    """A small pool of threads: kernels, codecs and reading let go of Python's lock.

    Parameters
    ----------
    count
        Regions that are worked on at once.
    """

    count: int

    def work(
        self,
        job: Job,
        entry: Pass,
        regions: Iterable[Numbered],
        collected: NDArray[Any] | None,
        carry: NDArray[Any] | None,
    ) -> Generator[tuple[int, int], None, None]:
        """Do what `Workers.work` says."""
        read = job.reader(entry, collected)
        stop = threading.Event()
        remaining = iter(regions)
        pending: dict[Future[int], int] = {}
        with ThreadPoolExecutor(max(1, min(self.count, entry.count)), thread_name_prefix="omezarr_nb-write") as pool:
            try:
                while True:
                    # A few more than workers, so that none waits for this thread; each reads when its turn comes.
                    for number, region in remaining:
                        pending[pool.submit(job.write_region, entry, region, read, carry, stop)] = number
                        if len(pending) >= 2 * self.count:
                            break
                    if not pending:
                        return
                    done, _ = wait(pending, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield pending.pop(future), future.result()
            finally:
                stop.set()
                for future in pending:
                    future.cancel()
