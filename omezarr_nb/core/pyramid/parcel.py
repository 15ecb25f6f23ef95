"""What is sent to the workers of a cluster: a job as bytes, checked for what another process cannot reach.

Pickling alone does not tell: a store in memory is copied, and each worker would write into a copy of its own; the file
system ``memory://`` arrives empty, and missing chunks read as zeros. Whatever is met on the way into the bytes, in the
graph of a dask array too, is therefore looked at.
"""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cloudpickle
import numpy as np
from distributed import Future
from fsspec.implementations.memory import MemoryFileSystem
from zarr.abc.store import Store
from zarr.core.array import AsyncArray
from zarr.core.sync import sync
from zarr.storage import FsspecStore, LocalStore, MemoryStore, ObjectStore, StorePath, ZipStore

from omezarr_nb.core.pyramid.job import Job
from omezarr_nb.core.stores import without_password
from omezarr_nb.errors import StoreError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["MOST_BYTES", "HoldsFuturesError", "NotForWorkersError", "Parcel", "is_common", "pack", "reason_against"]

#: A job is larger only where it holds pixels, or a graph of some hundred thousand tasks.
MOST_BYTES = 64 << 20

#: Stores of which all processes that open them see the same, for sure.
COMMON = (LocalStore, FsspecStore, ObjectStore)


class NotForWorkersError(Exception):
    """Something cannot be reached, or not be sent; the text is the reason, as the end of a sentence."""


class HoldsFuturesError(Exception):
    """A dask array has parts that are in the memory of a cluster already."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A job as bytes.

    Parameters
    ----------
    job
        The `Job`, pickled.
    arrays
        Pickled, too: a Zarr array of each store that the job reads or writes.
    """

    job: bytes
    arrays: bytes

    @property
    def nbytes(self) -> int:
        """Its size."""
        return len(self.job) + len(self.arrays)

    def open(self) -> Job:
        """Unpickle the job on a worker, once the worker is known to see what the process that made it sees.

        Raises
        ------
        StoreError
            When an array is not there, or is another one.
        """
        for array in pickle.loads(self.arrays):
            _check_seen(array)
        job: Job = pickle.loads(self.job)
        return job


def pack(job: Job) -> Parcel:
    """Pickle a job.

    Raises
    ------
    NotForWorkersError
        When it holds something that is only in this process, cannot be pickled, or is too large.
    HoldsFuturesError
        When a dask array in it has parts that are on a cluster.
    """
    packer, packed = _packed(job)
    _, arrays = _packed(list(packer.arrays.values()))
    return Parcel(packed, arrays)


def reason_against(place: StorePath) -> str | None:
    """Give why the processes of a cluster cannot write to a place, or None where they can."""
    if isinstance(place.store, ZipStore):
        return "a zip file is written by one process"
    try:
        _packed(place)
    except NotForWorkersError as error:
        return str(error)
    return None


def is_common(store: Store) -> bool:
    """Return whether a store is of a kind that all processes see alike; of any other that has to be tried."""
    return type(store) in COMMON


class _Packer(cloudpickle.CloudPickler):  # type: ignore[misc] # which has no types
    """Looks at whatever is pickled."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=5)
        self.arrays: dict[str, AsyncArray[Any]] = {}

    def reducer_override(self, thing: Any) -> Any:
        """Do what cloudpickle does, unless there is a reason against it."""
        if isinstance(thing, MemoryStore | MemoryFileSystem):
            raise NotForWorkersError(f"a {type(thing).__name__} is in the memory of this process alone")
        if isinstance(thing, AsyncArray):
            self.arrays.setdefault(str(thing.store_path.store), thing)
        if isinstance(thing, np.ndarray) and thing.nbytes > MOST_BYTES:
            raise _too_large()
        if isinstance(thing, Future):
            raise HoldsFuturesError
        return super().reducer_override(thing)


class _Bounded(io.BytesIO):
    """Takes so many bytes and no more."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Take bytes, or raise."""
        written = super().write(data)
        if self.tell() > MOST_BYTES:
            raise _too_large()
        return written


def _packed(thing: object) -> tuple[_Packer, bytes]:
    file = _Bounded()
    packer = _Packer(file)
    try:
        packer.dump(thing)
    except (NotForWorkersError, HoldsFuturesError):
        raise
    except Exception as error:  # pickling runs the code of whatever is pickled
        raise NotForWorkersError(f"it cannot be pickled ({type(error).__name__}: {error})") from error
    return packer, file.getvalue()


def _too_large() -> NotForWorkersError:
    return NotForWorkersError(f"it holds more than {MOST_BYTES >> 20} MiB of data")


def _check_seen(array: AsyncArray[Any]) -> None:
    """Raise where a worker does not find an array that the process which sent it has seen."""
    found: object
    try:
        there = sync(AsyncArray.open(array.store_path, zarr_format=array.metadata.zarr_format))
    except Exception as error:  # any of the exceptions of any storage library
        found = f"{type(error).__name__}: {without_password(str(error))}"
    else:
        if (there.shape, there.dtype, there.chunks) == (array.shape, array.dtype, array.chunks):
            return
        found = f"another array, of shape {there.shape}"
    raise StoreError(
        "A worker of the cluster does not see what this process sees.",
        where=without_password(str(array.store_path)),
        found=found,
        do="Use a file system that all workers share, or an object store.",
    )
