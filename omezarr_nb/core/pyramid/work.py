"""A write that has been decided: what `plan_image` gives and `run` executes."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.axes import Axis, axes_word, check_axes
from omezarr_nb.core.format import Format
from omezarr_nb.core.kinds import Floats, Ints
from omezarr_nb.core.losses import losses
from omezarr_nb.core.metadata import ImageMetadata
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.pyramid.reduce import Method
from omezarr_nb.core.pyramid.regions import BATCH_BYTES, Pass
from omezarr_nb.core.pyramid.source import AT_ONCE, Source
from omezarr_nb.core.shown import Shown

if TYPE_CHECKING:
    import numpy as np

    from omezarr_nb.core.code import Call
    from omezarr_nb.core.image import Image
    from omezarr_nb.core.pyramid.cluster import ClientLike
    from omezarr_nb.core.pyramid.progress import Cancel, Progress
    from omezarr_nb.core.pyramid.sampling import Sample

__all__ = ["LevelPlan", "WritePlan", "memory_of"]

#: Blocks of memory up to about this size are kept by the allocator when they are free, in the heap of a thread.
KEPT_BYTES = 8 << 20

#: Added to the estimate of memory, as measured: what the allocator wastes, and what zarr and threads need themselves.
SLACK = 1.1
OVERHEAD = 16 << 20


@dataclass(frozen=True, slots=True)
class LevelPlan:
    """One level as it will be written.

    Parameters
    ----------
    path
        Of the array within the image's group.
    shape, chunks
        In axis order.
    shards
        In axis order, or None without shards.
    step
        Whole factors from the level before; 1 everywhere for level 0.
    scale, translation
        The centre of pixel ``i`` lies at ``translation + i * scale``, in the axes' units.
    compressors
        Codecs, in the order in which they are applied.
    options
        Further arguments of `zarr.create_array` for this level.
    """

    path: str
    shape: Ints
    chunks: Ints
    shards: Ints | None
    step: Ints
    scale: Floats
    translation: Floats
    compressors: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def unit(self) -> Ints:
        """What is written as a whole: a shard, or a chunk without shards."""
        return self.shards or self.chunks

    @property
    def files(self) -> int:
        """Objects that are stored: one for each chunk, or shard where there are shards."""
        return math.prod(math.ceil(n / u) for n, u in zip(self.shape, self.unit, strict=True))


@dataclass(frozen=True, slots=True, repr=False)
class WritePlan(Shown):
    """A write, decided and not yet begun. Made by `omezarr_nb.plan_image`; `run` executes it.

    Parameters
    ----------
    source
        Where the pixels come from.
    where
        The target.
    fmt
        The version that is written.
    axes
        In order, with types and units.
    levels
        From the finest to the coarsest.
    method
        How a level is computed from the one before.
    metadata
        What is written to the group. Contrast windows that were not given are filled in when the pixels are known.
    passes
        The work, cut into regions.
    workers
        Threads.
    overwrite
        Whether an image at the target is replaced.
    storage_options
        What fsspec needs for a URL.
    given
        Where the pixels of each level come from, if none is computed; `source` is the first of them.
    notes
        What is added because the version asks for it, in words: axes of one pixel in 0.1 and 0.2.
    asked
        The call that does the same, where the plan was made by one.
    sample
        What `measured` has found.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> plan = omezarr_nb.plan_image(np.zeros((512, 512), "uint16"), "planned.ome.zarr", axes="yx", scale_factors=[2])
    >>> [level.shape for level in plan.levels], plan.nbytes
    ([(512, 512), (256, 256)], 655360)
    """

    source: Source
    where: Any
    fmt: Format
    axes: tuple[Axis, ...]
    levels: tuple[LevelPlan, ...]
    method: Method
    metadata: ImageMetadata
    passes: tuple[Pass, ...]
    workers: int
    overwrite: bool = False
    storage_options: Mapping[str, Any] = field(default_factory=dict)
    given: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()
    asked: Call | None = None
    sample: Sample | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the pixels, of all levels."""
        return self.source.dtype

    @property
    def version(self) -> str:
        """The version of OME-Zarr that is written, "0.5"."""
        return self.fmt.version

    @property
    def losses(self) -> tuple[Problem, ...]:
        """What the version that is written cannot say of the image: 0.3 has no sizes of pixels, and so on."""
        return losses(self.metadata, self.fmt)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is stored as it is given, though the specification advises against it: units that it does not list."""
        if self.fmt.axes_form not in ("objects", "systems"):
            return ()
        return tuple(problem for problem in check_axes(self.axes, "axes", self.fmt) if problem.severity == "warning")

    @property
    def nbytes(self) -> int:
        """Bytes of the pixels of all levels, before compression."""
        return self.dtype.itemsize * sum(math.prod(level.shape) for level in self.levels)

    @property
    def regions(self) -> int:
        """Number of regions in all passes."""
        return sum(entry.count for entry in self.passes)

    @property
    def peak_memory(self) -> int:
        """Bytes needed above the source, about: regions, reduced levels and encoding buffers of all workers."""
        most = 0
        for entry in self.passes:
            each, shared = memory_of(entry, self.levels, self.source)
            most = max(most, min(self.workers, entry.count) * each + shared)
        return int(most * SLACK) + OVERHEAD + self._kept()

    @property
    def files(self) -> int:
        """Objects that are stored: chunks (or shards) of all levels, where none is left out for being empty."""
        return sum(level.files for level in self.levels)

    @property
    def stored_bytes(self) -> int | None:
        """Bytes that are stored, about; None before `measured`."""
        return None if self.sample is None else int(self.nbytes / self.sample.ratio)

    @property
    def seconds(self) -> float | None:
        """Seconds that the write takes here, about, were the target as fast as memory; None before `measured`."""
        if self.sample is None:
            return None
        return self.nbytes / (self.sample.bytes_per_second * max(1, min(self.workers, os.cpu_count() or 1)))

    def measured(self) -> WritePlan:
        """Return the plan with a `sample`: a few chunks are read and encoded in memory, and nothing is written.

        Raises
        ------
        UnsupportedError
            When the pixels come plane by plane, and can be read only once.
        OMEZarrError
            As from reading the source.

        Examples
        --------
        >>> import numpy as np, omezarr_nb
        >>> plan = omezarr_nb.plan_image(np.zeros((512, 512), "uint8"), "memory://measured.ome.zarr").measured()
        >>> plan.stored_bytes < plan.nbytes
        True
        """
        from omezarr_nb.core.pyramid.sampling import measure

        return replace(self, sample=measure(self))

    def to_code(self, source: str | None = None) -> str:
        """Return the code that writes the same image: imports and the call, to be run as it stands.

        Parameters
        ----------
        source
            What the pixels are called in the code. By default what opens them, where a path or an image was given, and
            else a name that stands for them.

        Examples
        --------
        >>> import numpy as np, omezarr_nb
        >>> plan = omezarr_nb.plan_image(np.zeros((3, 64, 64)), "cells.ome.zarr", axes="zyx")
        >>> print(plan.to_code("cells"))
        import omezarr_nb
        <BLANKLINE>
        image = omezarr_nb.write_image(cells, "cells.ome.zarr", axes="zyx")
        <BLANKLINE>
        """
        from omezarr_nb.core.code import no_call

        return (self.asked or no_call("plan_image")).to_code(source)

    def _kept(self) -> int:
        """Bytes that the allocator keeps for the threads of zarr's event loop, each of which has a heap of its own."""
        threads = min(32, (os.cpu_count() or 1) + 4, AT_ONCE * self.workers)
        largest = max(math.prod(unit) for unit in (*(level.unit for level in self.levels), self.source.chunks or ()))
        return threads * 2 * min(KEPT_BYTES, largest * self.dtype.itemsize)

    def run(
        self,
        on_progress: Callable[[Progress], object] | None = None,
        cancel: Cancel | None = None,
        *,
        resume: bool = False,
        client: ClientLike = None,
    ) -> Image:
        """Write the image, and open it.

        Parameters
        ----------
        on_progress
            Called in this thread with a `Progress` at the start, after each region, and at the end.
        cancel
            Anything with ``is_set()``, such as a `threading.Event`: looked at between regions.
        resume
            Continue a write of this plan that was killed, cancelled or failed, from the regions that it finished, to
            the same bytes; begin where there is none. And keep what is written if this one is broken off: an error
            says so in a note. Without it a failure and a cancel leave nothing, and what a killed write left is
            removed, with a warning.
        client
            A `distributed.Client`: the regions are written by the workers of its cluster, each of which opens the
            store itself. None takes the client that is active, if there is one, and False none. What a cluster asks
            for stands in docs/how-to/cluster.md.

        Returns
        -------
        Image
            Opened from the target. Pixels that are read once are not kept in memory.

        Raises
        ------
        TargetExistsError
            When something is at the target and `overwrite` is False, or would be lost that is not this image.
        TargetBusyError
            When somebody else writes to the target now.
        InvalidArgumentError
            When what was broken off at the target was another write: the message says how it differs.
        WriteCancelledError
            When `cancel` was set. The target is as it was before, as after any other failure.
        StoreError
            When the storage fails, or the cluster.
        UnsupportedError
            When the workers of the cluster cannot reach the target or the source, such as a store in memory.
        """
        from omezarr_nb.core.pyramid.run import run_plan

        return run_plan(self, on_progress=on_progress, cancel=cancel, resume=resume, client=client)

    def __repr__(self) -> str:
        count = len(self.levels)
        levels = f"{count} level{'s' * (count != 1)}"
        return f"<WritePlan {axes_word(self.axes)}, {levels}, OME-Zarr {self.version} to {str(self.where)!r}>"


def memory_of(entry: Pass, levels: Sequence[LevelPlan], source: Source) -> tuple[int, int]:
    """Give the bytes that a pass needs for each worker, and for all of them together.

    Parameters
    ----------
    entry
        The pass.
    levels
        All levels.
    source
        An array in memory is read without a copy; others cost the region, and the chunks that are decoded for it.
    """
    itemsize = source.dtype.itemsize
    region = itemsize * math.prod(entry.region)
    unit = itemsize * max(math.prod(levels[index].unit) for index in entry.write)
    batch = max(unit, min(BATCH_BYTES, region))
    each = region * _reduced(levels, entry) + batch * (3 if any(levels[index].shards for index in entry.write) else 2)
    if entry.filtered:
        each += region * math.prod(levels[entry.base].step) * (1 + 16 // itemsize)
    if not entry.in_memory and not (entry.source is None and source.kind == "numpy"):
        chunks = source.chunks if entry.source is None else levels[entry.source].unit
        shape = levels[entry.base].step if entry.filtered else (1,) * len(entry.region)
        wanted = tuple(r * f for r, f in zip(entry.region, shape, strict=True))
        most = source.at_once if entry.source is None else AT_ONCE
        each += region + (0 if chunks is None else itemsize * math.prod(chunks) * (1 + _at_once(wanted, chunks, most)))
    if entry.source is None:
        each += source.working
    shared = 0 if entry.carry is None else itemsize * math.prod(levels[entry.carry].shape)
    if entry.in_memory:
        shared += itemsize * math.prod(levels[entry.base].shape)
    return int(each), shared


def _at_once(region: Ints, chunks: Ints, most: int | None) -> int:
    """Give how many chunks are held at once to read a region.

    Dask (None) has parts of all chunks, and copies those that are less than half of theirs.
    """
    touched = math.prod(1 if r == 1 else math.ceil(r / c) + (r % c > 0) for r, c in zip(region, chunks, strict=True))
    return min(math.ceil(2 * math.prod(region) / math.prod(chunks)) if most is None else most, touched)


def _reduced(levels: Sequence[LevelPlan], entry: Pass) -> float:
    """Pixels of all levels that a region makes, as a part of its own pixels."""
    total, part = 0.0, 1.0
    last = entry.write[-1] if entry.carry is None else entry.carry
    for level in levels[entry.base + 1 : last + 1]:
        part /= math.prod(level.step)
        total += part
    return total
