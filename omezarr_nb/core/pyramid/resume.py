"""Going on with a write that was broken off: its arrays as they are, and whether the source is still the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from omezarr_nb.core.pyramid.job import Job
from omezarr_nb.core.pyramid.journal import Finished
from omezarr_nb.core.pyramid.work import WritePlan
from omezarr_nb.errors import InvalidArgumentError

if TYPE_CHECKING:
    import zarr
    from zarr.storage import StorePath

__all__ = ["at_place", "check_source", "forget_rounded", "is_exact"]

#: Compressors of Zarr 2 that give back what they got, bit for bit. In Zarr 3 all do.
LOSSLESS = ("blosc", "bz2", "gzip", "lz4", "lzma", "zlib", "zstd")


def at_place(array: zarr.Array[Any], place: StorePath) -> zarr.Array[Any]:
    """Return an array as it would be at another place, where its metadata is stored already."""
    import zarr

    inner = array.async_array
    return zarr.Array(zarr.AsyncArray(metadata=inner.metadata, store_path=place, config=inner.config))


def is_exact(plan: WritePlan) -> bool:
    """Return whether the levels read as they were written: not after codecs that round, which zarr allows."""
    rounding = any({"filters", "serializer"} & set(level.options) for level in plan.levels)
    codecs = [codec for level in plan.levels for codec in level.compressors]
    return not rounding and (plan.fmt.zarr_format == 3 or all(_id(codec) in LOSSLESS for codec in codecs))


def forget_rounded(plan: WritePlan, finished: Finished) -> None:
    """Forget the regions of which a level was collected in memory that cannot be made again from what is stored."""
    if not is_exact(plan):
        for index, entry in enumerate(plan.passes):
            if entry.carry is not None:
                finished.pop(index, None)


def _id(codec: Any) -> str | None:
    found = codec.get("id") if isinstance(codec, dict) else getattr(codec, "codec_id", None)
    return found if isinstance(found, str) else None


def check_source(plan: WritePlan, job: Job, finished: Finished) -> None:
    """Compare one region that was finished before with the source, which is read there once more.

    Parameters
    ----------
    plan, job
        The write that goes on.
    finished
        What is written already.

    Raises
    ------
    InvalidArgumentError
        When the pixels are others: another source of the same shape must not be continued.
    """
    if not is_exact(plan):
        return
    for index, numbers in finished.items():
        entry = plan.passes[index] if 0 <= index < len(plan.passes) else None
        if entry is None or entry.source is not None or entry.write[0] != entry.base:
            continue
        read = job.reader(entry, None)
        for number, region in enumerate(entry.regions()):
            if number in numbers:
                there = np.ascontiguousarray(job.arrays[entry.base][region])
                if there.tobytes() != np.ascontiguousarray(read(region)).tobytes():
                    raise InvalidArgumentError(
                        "The source is not the one whose write was broken off: its pixels are others.",
                        where=job.where,
                        found=f"other pixels at {', '.join(f'{s.start}:{s.stop}' for s in region)}",
                        do="Write with the source of that one, or leave out resume to begin anew.",
                    )
                break
