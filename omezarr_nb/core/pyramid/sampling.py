"""What a few chunks show of a whole write: how far the pixels can be compressed, and how long that takes here."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from omezarr_nb.errors import UnsupportedError

if TYPE_CHECKING:
    from omezarr_nb.core.pyramid.work import LevelPlan, WritePlan

__all__ = ["Sample", "measure", "sample_regions"]

#: Chunks that are looked at, and bytes of them together, unless one alone is larger.
MOST_CHUNKS = 4
MOST_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Sample:
    """A few chunks of level 0, read from the source and encoded in memory.

    Parameters
    ----------
    chunks
        How many.
    nbytes
        Of their pixels.
    stored
        Bytes that they take when they are encoded.
    seconds
        That reading and encoding took, one after the other.
    """

    chunks: int
    nbytes: int
    stored: int
    seconds: float

    @property
    def ratio(self) -> float:
        """How many times smaller the stored bytes are."""
        return self.nbytes / max(1, self.stored)

    @property
    def bytes_per_second(self) -> float:
        """Bytes of pixels that one thread reads and encodes in a second."""
        return self.nbytes / max(self.seconds, 1e-9)


def measure(plan: WritePlan) -> Sample:
    """Read a few chunks from the source of a plan and encode them in memory; nothing is written to the target.

    Parameters
    ----------
    plan
        Whose source can be read in any order. At most about 32 MB of pixels are read, or one chunk that is larger.

    Raises
    ------
    UnsupportedError
        When the pixels come one plane after the other: what is read is gone.
    """
    from zarr.storage import MemoryStore

    level = plan.levels[0]
    source = (plan.given or (plan.source,))[0].renewed()
    if source.in_order is not None:
        raise UnsupportedError(
            "Pixels that come plane by plane are read once, so no sample of them can be taken.", where="the source"
        )
    store = MemoryStore()
    nbytes, seconds = 0, 0.0
    regions = sample_regions(level.shape, level.unit, plan.dtype.itemsize)
    for index, region in enumerate(regions):
        begun = time.perf_counter()
        block = source.read(region)
        array = _array(store, str(index), level, block.shape, plan)
        array[...] = block
        seconds += time.perf_counter() - begun
        nbytes += block.nbytes
    stored = sum(len(value) for key, value in store._store_dict.items() if not key.endswith((".json", ".zarray")))
    return Sample(len(regions), nbytes, stored, seconds)


def sample_regions(shape: tuple[int, ...], unit: tuple[int, ...], itemsize: int) -> tuple[tuple[slice, ...], ...]:
    """Choose whole chunks spread over a level: the one in the middle, and others between it and the corners.

    Examples
    --------
    >>> sample_regions((100, 100), (50, 50), 1)[0]
    (slice(50, 100, None), slice(50, 100, None))
    """
    counts = [math.ceil(n / u) for n, u in zip(shape, unit, strict=True)]
    most = max(1, min(MOST_CHUNKS, MOST_BYTES // max(1, math.prod(unit) * itemsize)))
    chosen: dict[tuple[int, ...], None] = {}
    for part in np.linspace(0.5, 0.95, most) if most > 1 else (0.5,):
        for place in (part, 1 - part):
            chosen[tuple(min(n - 1, int(n * place)) for n in counts)] = None
    places = list(chosen)[:most]
    return tuple(
        tuple(slice(i * u, min((i + 1) * u, n)) for i, u, n in zip(place, unit, shape, strict=True)) for place in places
    )


def _array(store: Any, name: str, level: LevelPlan, shape: tuple[int, ...], plan: WritePlan) -> Any:
    """Make an array in memory with the codecs of a level, of one of its chunks or shards."""
    import zarr

    options = {key: value for key, value in level.options.items() if key in ("filters", "serializer", "order")}
    return zarr.create_array(
        store,
        name=name,
        shape=shape,
        chunks=tuple(min(c, n) for c, n in zip(level.chunks, shape, strict=True)) if not level.shards else level.chunks,
        shards=level.shards,
        dtype=plan.dtype,
        compressors=level.compressors or None,
        zarr_format=plan.fmt.zarr_format,
        **options,
    )
