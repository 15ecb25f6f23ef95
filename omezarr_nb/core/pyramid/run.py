"""Executing a plan: regions in a small pool of threads, each read once, metadata last."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.metadata import Dataset, ImageMetadata, image_to_json
from omezarr_nb.core.pyramid.filters import filter_region
from omezarr_nb.core.pyramid.progress import Cancel, Progress
from omezarr_nb.core.pyramid.reduce import reduce_block
from omezarr_nb.core.pyramid.regions import Pass, Slices
from omezarr_nb.core.pyramid.target import Target, open_target
from omezarr_nb.core.pyramid.windows import fill_windows
from omezarr_nb.core.pyramid.work import WritePlan
from omezarr_nb.errors import InvalidArgumentError, OMEZarrError, StoreError, WriteCancelledError

if TYPE_CHECKING:
    import zarr

    from omezarr_nb.core.image import Image

OnProgress: TypeAlias = Callable[[Progress], object]

#: The coarsest level is read back for contrast limits if it is no larger than this.
LOOK_AT = 64 << 20

FUSED = "zarr.core.codec_pipeline.FusedCodecPipeline"


def run_plan(plan: WritePlan, *, on_progress: OnProgress | None = None, cancel: Cancel | None = None) -> Image:
    """Do what `WritePlan.run` says."""
    from omezarr_nb.core.reader import open_image

    target = open_target(
        plan.where,
        [level.path for level in plan.levels],
        plan.fmt,
        overwrite=plan.overwrite,
        storage_options=plan.storage_options,
        labels=plan.metadata.image_label is not None,
    )
    try:
        with FAST_CODECS.used():
            arrays = _create(plan, target)
            _Run(plan, arrays, target.where, on_progress, cancel).all_passes()
            metadata = _finished(plan, target, arrays)
        _commit(target, image_to_json(metadata, plan.fmt))
    except BaseException as error:
        target.abort(error)
        raise
    return open_image(plan.where, storage_options=plan.storage_options or None)


def _commit(target: Target, block: Mapping[str, Any]) -> None:
    try:
        target.commit(block)
    except OMEZarrError:
        raise
    except Exception as error:  # any of the exceptions of any storage library
        raise _failed(error, target.where) from error


def _create(plan: WritePlan, target: Target) -> list[zarr.Array[Any]]:
    """Create the arrays of all levels, without pixels."""
    import zarr

    arrays = []
    for level, path in zip(plan.levels, target.paths, strict=True):
        options: dict[str, Any] = {"fill_value": 0, **level.options}
        names = plan.fmt.dimension_options(plan.axes)
        if "attributes" in names:
            names["attributes"] = {**options.get("attributes", {}), **names["attributes"]}
        options |= names
        try:
            array = zarr.create_array(
                target.root / path,
                shape=level.shape,
                dtype=plan.dtype,
                chunks=level.chunks,
                shards=level.shards,
                compressors=level.compressors or None,
                chunk_key_encoding=plan.fmt.chunk_key_encoding,  # type: ignore[arg-type] # its TypedDict
                zarr_format=plan.fmt.zarr_format,
                **options,
            )
        except (TypeError, ValueError) as error:
            raise InvalidArgumentError(
                "zarr refuses these options of an array.",
                where="compression or storage_options",
                found=str(error),
                do="Codecs are those of zarr.codecs for 0.5, and of numcodecs for 0.4.",
            ) from error
        except Exception as error:  # any of the exceptions of any storage library
            raise _failed(error, f"{target.where}/{path}") from error
        arrays.append(array)
    return arrays


@dataclass(slots=True)
class _Run:
    """One execution: what the passes and regions share."""

    plan: WritePlan
    arrays: Sequence[zarr.Array[Any]]
    where: str
    on_progress: OnProgress | None
    cancel: Cancel | None
    start: float = 0.0
    regions_done: int = 0
    bytes_done: int = 0

    def all_passes(self) -> None:
        """Run one pass after the other; a level that one collects is what the next reads."""
        self.start = time.perf_counter()
        collected: NDArray[Any] | None = None
        for entry in self.plan.passes:
            read = self._reader(entry, collected)
            collected = None
            if entry.carry is not None:
                collected = np.empty(self.plan.levels[entry.carry].shape, self.plan.dtype)
            self._one_pass(entry, read, collected)
        self._tell(self.plan.passes[-1])

    def _reader(self, entry: Pass, collected: NDArray[Any] | None) -> Callable[[Slices], NDArray[Any]]:
        if entry.in_memory:
            assert collected is not None
            return collected.__getitem__
        if entry.source is None:
            return (self.plan.given or (self.plan.source,))[entry.base].read
        array = self.arrays[entry.source]
        if entry.filtered:
            step, method = self.plan.levels[entry.base].step, self.plan.method
            return lambda region: filter_region(array.__getitem__, array.shape, step, region, method)
        return lambda region: np.asarray(array[region])

    def _one_pass(self, entry: Pass, read: Callable[[Slices], NDArray[Any]], collected: NDArray[Any] | None) -> None:
        stop = threading.Event()
        workers = min(self.plan.workers, entry.count)
        regions = entry.regions()
        pending: set[Future[int]] = set()
        with ThreadPoolExecutor(workers, thread_name_prefix="omezarr_nb-write") as pool:
            try:
                while True:
                    self._tell(entry)
                    self._check_cancel()
                    # A few more than workers, so that none waits for this thread; each reads when its turn comes.
                    for region in regions:
                        pending.add(pool.submit(self._region, entry, region, read, collected, stop))
                        if len(pending) >= 2 * workers:
                            break
                    if not pending:
                        return
                    done, pending = wait(pending, return_when=FIRST_COMPLETED)
                    for future in done:
                        self.bytes_done += future.result()
                        self.regions_done += 1
            except BaseException:
                stop.set()
                for future in pending:
                    future.cancel()
                raise

    def _region(
        self,
        entry: Pass,
        region: Slices,
        read: Callable[[Slices], NDArray[Any]],
        collected: NDArray[Any] | None,
        stop: threading.Event,
    ) -> int:
        """Read a region, reduce it in cascade, write whole units; give the bytes of pixels written."""
        if stop.is_set():
            return 0
        plan = self.plan
        block = read(region)
        start = tuple(s.start for s in region)
        written = 0
        if entry.write[0] == entry.base:
            written += self._store(entry.base, start, block)
        last = entry.write[-1] if entry.carry is None else entry.carry
        for index in range(entry.base + 1, last + 1):
            if stop.is_set():
                return written
            step = plan.levels[index].step
            block = reduce_block(block, step, plan.method)
            if block.size == 0:  # fewer pixels than a block, at the edge
                break
            start = tuple(s // f for s, f in zip(start, step, strict=True))
            if index == entry.carry:
                assert collected is not None
                collected[_box(start, block.shape)] = block
            else:
                written += self._store(index, start, block)
        return written

    def _store(self, index: int, start: tuple[int, ...], block: NDArray[Any]) -> int:
        try:
            self.arrays[index][_box(start, block.shape)] = block
        except OMEZarrError:
            raise
        except Exception as error:  # any of the exceptions of any storage library
            raise _failed(error, f"{self.where}, level {index}") from error
        return block.nbytes

    def _check_cancel(self) -> None:
        if self.cancel is not None and self.cancel.is_set():
            raise WriteCancelledError(
                "The write was cancelled; the target is as it was before.",
                where=self.where,
                found=f"{self.regions_done} of {self.plan.regions} regions written",
            )

    def _tell(self, entry: Pass) -> None:
        if self.on_progress is not None:
            seconds = time.perf_counter() - self.start
            self.on_progress(
                Progress(self.regions_done, self.plan.regions, self.bytes_done, self.plan.nbytes, seconds, entry.write)
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


def _box(start: tuple[int, ...], shape: tuple[int, ...]) -> Slices:
    return tuple(slice(a, a + n) for a, n in zip(start, shape, strict=True))


def _failed(error: Exception, where: str) -> StoreError:
    return StoreError(
        "The storage failed while the image was written; the target is as it was before.",
        where=where,
        found=f"{type(error).__name__}: {error}",
    )


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
