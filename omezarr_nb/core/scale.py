"""Pyramids of arrays in memory or in dask, without writing them.

What is written goes another way (`omezarr_nb.core.pyramid`), with the same kernels and the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.pyramid.reduce import Method, as_method, check_dtype, reduce_block
from omezarr_nb.errors import InvalidArgumentError, UnsupportedError

if TYPE_CHECKING:
    import dask.array as da

__all__ = ["Methods", "Scaler"]

Pixels = TypeVar("Pixels", NDArray[Any], "da.Array")
Ints: TypeAlias = tuple[int, ...]


class Methods(Enum):
    """How a level is computed from the one before; each goes for ``method=`` everywhere.

    See `omezarr_nb.core.pyramid.reduce.reduce_block` for what each does exactly. LOCAL_MEAN is ome-zarr-py's word for
    the mean.
    """

    MEAN = "mean"
    LOCAL_MEAN = "local_mean"
    NEAREST = "nearest"
    MODE = "mode"
    MIN = "min"
    MAX = "max"
    MEDIAN = "median"


@dataclass(frozen=True, slots=True)
class Scaler:
    """Makes pyramids by reducing y and x, the last two axes; other axes are never touched.

    Parameters
    ----------
    downscale
        Whole factor from level to level.
    labeled
        Whether the pixels are labels: methods that would make values which are not there are refused.
    max_layer
        Number of levels after the first. There are fewer where an axis would be shorter than a pixel.
    method
        Name of the method that `func` gives.

    Examples
    --------
    >>> [level.shape for level in Scaler(max_layer=2).nearest(np.zeros((3, 64, 50)))]
    [(3, 64, 50), (3, 32, 25), (3, 16, 12)]
    """

    downscale: int = 2
    labeled: bool = False
    max_layer: int = 4
    method: str = "nearest"

    def __post_init__(self) -> None:
        if isinstance(self.downscale, bool) or not isinstance(self.downscale, int) or self.downscale < 2:
            raise InvalidArgumentError(
                "downscale is a whole number of 2 or more.", where="downscale", found=repr(self.downscale)
            )
        if self.method not in self.methods():
            raise InvalidArgumentError(
                "There is no such downsampling method.",
                where="method",
                found=self.method,
                expected=", ".join(self.methods()),
            )

    @staticmethod
    def methods() -> Iterator[str]:
        """Give the names of the methods."""
        yield from ("nearest", "local_mean", "mode")

    @property
    def func(self) -> Callable[[Pixels], list[Pixels]]:
        """The method that `method` names."""
        function: Callable[[Pixels], list[Pixels]] = getattr(self, self.method)
        return function

    def nearest(self, base: Pixels) -> list[Pixels]:
        """Take the first pixel of each block: pixel i of a level is pixel i x downscale of the one before.

        Parameters
        ----------
        base
            NumPy or dask array of two or more dimensions.

        Returns
        -------
        list
            The base and its levels, each of the kind and dtype of the base; dask arrays are not computed.
        """
        return self._pyramid(base, "nearest")

    def local_mean(self, base: Pixels) -> list[Pixels]:
        """Average each block: integers exactly, half to even; as `nearest` otherwise."""
        if self.labeled:
            raise UnsupportedError(
                "The mean of labels is no label.", where="method", do="Use nearest or mode for labels."
            )
        return self._pyramid(base, "mean")

    def mode(self, base: Pixels) -> list[Pixels]:
        """Take the most frequent value of each block, the smallest of several; as `nearest` otherwise."""
        return self._pyramid(base, "mode")

    def _pyramid(self, base: Pixels, method: Method) -> list[Pixels]:
        check_dtype(as_method(method), np.dtype(base.dtype))
        levels = [base]
        while len(levels) <= self.max_layer and min(levels[-1].shape[-2:]) >= self.downscale:
            levels.append(_reduced(levels[-1], self.downscale, method))
        return levels


def _reduced(level: Pixels, factor: int, method: Method) -> Pixels:
    factors = (1,) * (level.ndim - 2) + (factor, factor)
    if isinstance(level, np.ndarray):
        return reduce_block(level, factors, method)
    # Chunks that end between blocks, near to where they were.
    chunks = tuple(_aligned(sizes, f) for sizes, f in zip(level.chunks, factors, strict=True))
    whole: Any = level[tuple(slice(0, sum(sizes)) for sizes in chunks)].rechunk(chunks)
    reduced: da.Array = whole.map_blocks(
        reduce_block,
        factors,
        method,
        dtype=level.dtype,
        chunks=tuple(tuple(n // f for n in sizes) for sizes, f in zip(chunks, factors, strict=True)),
        meta=np.empty((0,) * level.ndim, level.dtype),
    )
    return reduced


def _aligned(sizes: Ints, factor: int) -> Ints:
    ends = sorted({end // factor * factor for end in np.cumsum(sizes).tolist()} - {0})
    return tuple(end - start for start, end in zip([0, *ends[:-1]], ends, strict=True))
