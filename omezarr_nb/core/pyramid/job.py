"""The work on one region: what threads and the workers of a cluster do alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.kinds import Slices
from omezarr_nb.core.pyramid.bounded import bounded_array
from omezarr_nb.core.pyramid.filters import filter_region
from omezarr_nb.core.pyramid.progress import Cancel
from omezarr_nb.core.pyramid.reduce import Method, reduce_block
from omezarr_nb.core.pyramid.regions import Pass, batches
from omezarr_nb.core.pyramid.source import Source
from omezarr_nb.core.pyramid.work import LevelPlan
from omezarr_nb.core.remote import is_far, patient_array
from omezarr_nb.errors import OMEZarrError, StoreError

if TYPE_CHECKING:
    import zarr

Read: TypeAlias = Callable[[Slices], NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Job:
    """What the regions of a write share. It can be pickled where its sources and its stores can.

    Parameters
    ----------
    levels
        From the finest to the coarsest.
    method
        How a level is computed from the one before.
    sources
        Where the pixels come from: one source, or one for each level if none is computed.
    arrays
        The arrays of the levels.
    where
        The target, as a person would write it.
    """

    levels: tuple[LevelPlan, ...]
    method: Method
    sources: tuple[Source, ...]
    arrays: tuple[zarr.Array[Any], ...]
    where: str

    def reader(self, entry: Pass, collected: NDArray[Any] | None) -> Read:
        """Give what reads a region for a pass.

        Parameters
        ----------
        entry
            The pass.
        collected
            The level that the pass before collected in memory, if it did.
        """
        if entry.in_memory:
            assert collected is not None
            return collected.__getitem__
        if entry.source is None:
            return self.sources[entry.base if len(self.sources) > 1 else 0].renewed().read
        array = self._to_read(entry.source)
        if entry.filtered:
            step, method = self.levels[entry.base].step, self.method
            return lambda region: filter_region(array.__getitem__, array.shape, step, region, method)
        return lambda region: np.asarray(array[region])

    def write_region(
        self, entry: Pass, region: Slices, read: Read, carry: NDArray[Any] | None, stop: Cancel | None = None
    ) -> int:
        """Read a region, reduce it in cascade, and write whole units.

        Parameters
        ----------
        entry, region
            The pass, and one of its regions.
        read
            What `reader` gave.
        carry
            The level that this pass collects in memory, if it does: its part of the region is filled in.
        stop
            When it is set, nothing more is written.

        Returns
        -------
        int
            Bytes of the pixels that were written, before compression.
        """
        if stop is not None and stop.is_set():
            return 0
        block = read(region)
        if stop is not None and stop.is_set():  # reading may take long
            return 0
        start = tuple(s.start for s in region)
        written = 0
        if entry.write[0] == entry.base:
            written += self._store(entry.base, start, block)
        last = entry.write[-1] if entry.carry is None else entry.carry
        for index in range(entry.base + 1, last + 1):
            if stop is not None and stop.is_set():
                return written
            step = self.levels[index].step
            block = reduce_block(block, step, self.method)
            if block.size == 0:  # fewer pixels than a block, at the edge
                break
            start = tuple(s // f for s, f in zip(start, step, strict=True))
            if index == entry.carry:
                assert carry is not None
                carry[box(start, block.shape)] = block
            else:
                written += self._store(index, start, block)
        return written

    def collect(self, entry: Pass, region: Slices, carry: NDArray[Any]) -> None:
        """Fill in the part of a collected level that a region makes, from the last level that it has written.

        Parameters
        ----------
        entry, region
            A pass that collects a level, and one of its regions, which was finished by an earlier writer.
        carry
            The level.
        """
        assert entry.carry is not None
        start = tuple(s.start for s in region)
        stop = tuple(s.stop for s in region)
        for index in range(entry.base + 1, entry.write[-1] + 1):
            step = self.levels[index].step
            start = tuple(a // f for a, f in zip(start, step, strict=True))
            stop = tuple(b // f for b, f in zip(stop, step, strict=True))
        if all(a < b for a, b in zip(start, stop, strict=True)):
            shape = tuple(b - a for a, b in zip(start, stop, strict=True))
            step = self.levels[entry.carry].step
            block = reduce_block(np.asarray(self._to_read(entry.write[-1])[box(start, shape)]), step, self.method)
            if block.size:
                carry[box(tuple(a // f for a, f in zip(start, step, strict=True)), block.shape)] = block

    def _to_read(self, index: int) -> zarr.Array[Any]:
        """Give a level that was written, to be read: with patience where it is far away."""
        array = self.arrays[index]
        return patient_array(array, f"{self.where}, level {index}") if is_far(array.store_path.store) else array

    def _store(self, index: int, start: tuple[int, ...], block: NDArray[Any]) -> int:
        array = bounded_array(self.arrays[index])
        try:
            for part in batches(block.shape, self.levels[index].unit, block.itemsize):
                place = tuple(slice(a + s.start, a + s.stop) for a, s in zip(start, part, strict=True))
                array[place] = block[part]
        except StoreError as error:
            where = f"{self.where}, level {index}"
            raise StoreError(error.what, where=where, found=error.found, do=error.do) from error.__cause__
        except OMEZarrError:
            raise
        except Exception as error:  # any of the exceptions of any storage library
            raise write_failed(error, f"{self.where}, level {index}") from error
        return block.nbytes


def box(start: tuple[int, ...], shape: tuple[int, ...]) -> Slices:
    """Give the slices of a block of a shape that begins at a pixel."""
    return tuple(slice(a, a + n) for a, n in zip(start, shape, strict=True))


def write_failed(error: Exception, where: str) -> StoreError:
    """Return what a storage library raised while writing, in words."""
    return StoreError(
        "The storage failed while the image was written; the target is as it was before.",
        where=where,
        found=f"{type(error).__name__}: {error}",
    )
