"""Functions that look beyond a block, on dask arrays: each chunk is read with its halo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.kinds import Ints, Slices
from omezarr_nb.core.pyramid.filters import gaussian_weights

if TYPE_CHECKING:
    import dask.array as da

Read: TypeAlias = Callable[[Slices], Any]

__all__ = ["aligned", "map_lapped", "smooth_reach"]


def map_lapped(
    array: da.Array, factors: Ints, reach: Ints, function: Callable[[Read, Slices], NDArray[Any]]
) -> da.Array:
    """Make a dask array of what a function gives for each region of the result.

    Parameters
    ----------
    array
        What is read.
    factors
        How many pixels of `array` stand for one of the result, along each axis.
    reach
        How many pixels beyond the blocks of a region the function looks at; beyond the edges it reads nothing.
    function
        Takes how to read a region of `array`, and a region of the result; gives its pixels.
    """
    from dask.array.overlap import overlap

    chunks = tuple(
        _long_enough(aligned(sizes, f, whole=True), r, f)
        for sizes, f, r in zip(array.chunks, factors, reach, strict=True)
    )
    reach = tuple(0 if len(sizes) == 1 else r for sizes, r in zip(chunks, reach, strict=True))
    starts = [np.cumsum([0, *sizes]).tolist() for sizes in chunks]
    whole: Any = array  # dask has no types
    lapped: Any = overlap(
        whole.rechunk(chunks), depth=dict(enumerate(reach)), boundary=dict.fromkeys(range(array.ndim), "none")
    )

    def one(block: NDArray[Any], block_info: Any = None) -> NDArray[Any]:
        location = block_info[None]["chunk-location"]
        origin = [max(0, own[index] - r) for own, index, r in zip(starts, location, reach, strict=True)]
        region = tuple(
            slice(own[index] // f, own[index + 1] // f) for own, index, f in zip(starts, location, factors, strict=True)
        )

        def read(wanted: Slices) -> NDArray[Any]:
            return block[tuple(slice(s.start - o, s.stop - o) for s, o in zip(wanted, origin, strict=True))]

        return function(read, region)

    result: da.Array = lapped.map_blocks(
        one,
        dtype=array.dtype,
        chunks=tuple(
            tuple(end // f - start // f for start, end in pairwise(own)) for own, f in zip(starts, factors, strict=True)
        ),
        meta=np.empty((0,) * array.ndim, array.dtype),
    )
    return result


def smooth_reach(factor: int) -> int:
    """Give how far `omezarr_nb.core.pyramid.filters.smooth_region` looks."""
    return len(gaussian_weights(factor / 3)) // 2


def aligned(sizes: Sequence[int], factor: int, *, whole: bool = False) -> Ints:
    """Give chunks that end between blocks, near to where they were.

    Parameters
    ----------
    sizes
        Of the chunks along an axis.
    factor
        Length of a block.
    whole
        Whether the pixels past the last full block are part of the last chunk, rather than left out.
    """
    ends = sorted({end // factor * factor for end in np.cumsum(sizes).tolist()} - {0})
    if whole:
        ends[-1:] = [sum(sizes)]
    return tuple(end - start for start, end in zip([0, *ends[:-1]], ends, strict=True))


def _long_enough(sizes: Ints, reach: int, factor: int) -> Ints:
    """Join chunks until each is as long as what its neighbours look at."""
    least = max(reach, factor)
    joined: list[int] = []
    for size in sizes:
        if joined and (joined[-1] < least or size < least):
            joined[-1] += size
        else:
            joined.append(size)
    return tuple(joined)
