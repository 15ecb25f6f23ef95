"""Pyramids of arrays in memory or in dask, without writing them.

What is written goes another way (`omezarr_nb.core.pyramid`), with the same kernels and the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.kinds import Ints
from omezarr_nb.core.pyramid import lapped
from omezarr_nb.core.pyramid.differences import difference_dtype
from omezarr_nb.core.pyramid.filters import filter_array, filter_region, smooth_region, taps
from omezarr_nb.core.pyramid.reduce import FILTERS, Method, as_method, check_dtype, reduce_block
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, UnsupportedError

if TYPE_CHECKING:
    import dask.array as da

__all__ = ["Methods", "Scaler"]

Pixels = TypeVar("Pixels", NDArray[Any], "da.Array")


class Methods(Enum):
    """How a level is computed from the one before; each goes for ``method=`` everywhere.

    See `omezarr_nb.core.pyramid.reduce.reduce_block` for what each does exactly, and
    `omezarr_nb.core.pyramid.filters.taps` for GAUSSIAN and ZOOM. LAPLACIAN writes differences (see
    `omezarr_nb.core.pyramid.differences`), of which no level is the image itself. LOCAL_MEAN and RESIZE are
    ome-zarr-py's words for the mean and for linear interpolation.
    """

    MEAN = "mean"
    LOCAL_MEAN = "local_mean"
    NEAREST = "nearest"
    MODE = "mode"
    MIN = "min"
    MAX = "max"
    MEDIAN = "median"
    LINEAR = "linear"
    RESIZE = "resize"
    GAUSSIAN = "gaussian"
    LAPLACIAN = "laplacian"
    ZOOM = "zoom"


@dataclass
class Scaler:
    """Makes pyramids by reducing y and x, the last two axes; other axes are never touched.

    Every method gives the same for NumPy and dask arrays, to the last bit and whatever the chunks, and computes
    nothing of a dask array. A level of n pixels along an axis has ``n // downscale`` after it: one for each full block.
    No level is larger than the one before.

    Parameters
    ----------
    copy_metadata, in_place
        Taken so that scripts written for ome-zarr-py go on running; arrays have no metadata, and none is changed.
    downscale
        Whole factor from level to level.
    labeled
        Whether the pixels are labels: methods that would make values which are not there are refused.
    max_layer
        Number of levels after the first. There are fewer where an axis would be shorter than a pixel.
    method
        Name of the method that `func` gives, one of `methods`.
    order
        Of the interpolation of `resize_image`: 0 or 1.

    Examples
    --------
    >>> [level.shape for level in Scaler(max_layer=2).nearest(np.zeros((3, 64, 50)))]
    [(3, 64, 50), (3, 32, 25), (3, 16, 12)]
    """

    copy_metadata: bool = False
    downscale: int = 2
    in_place: bool = False
    labeled: bool = False
    max_layer: int = 4
    method: str = "nearest"
    order: int = 1

    def __post_init__(self) -> None:
        self._check()

    def _check(self) -> None:
        for name, lowest in (("downscale", 2), ("max_layer", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < lowest:
                raise InvalidArgumentError(
                    f"{name} is a whole number of {lowest} or more.", where=name, found=repr(value)
                )
        if self.order not in (0, 1):
            raise InvalidArgumentError(
                "The order of interpolation is 0 or 1.",
                where="order",
                found=repr(self.order),
                do="Use the method 'zoom' for cubic interpolation.",
            )
        if self.method not in self.methods():
            raise InvalidArgumentError(
                "There is no such downsampling method.",
                where="method",
                found=repr(self.method),
                expected=", ".join(self.methods()),
            )

    @staticmethod
    def methods() -> Iterator[str]:
        """Give the names of the methods."""
        yield from ("nearest", "local_mean", "mode", "gaussian", "laplacian", "zoom", "resize_image")

    @property
    def func(self) -> Callable[[Any], Any]:
        """The method that `method` names. All give a list of levels, except `resize_image`, which gives the next."""
        self._check()
        function: Callable[[Any], Any] = getattr(self, self.method)
        return function

    @property
    def planned(self) -> Method:
        """The method of `omezarr_nb.plan_image` that gives the same levels."""
        self._check()
        if self.method == "resize_image":
            self._check_labels("resize_image", new=self.order != 0)
            return "nearest" if self.order == 0 else "linear"
        method = as_method(self.method)
        self._check_labels(self.method, new=method not in ("nearest", "mode"))
        return method

    def count(self, shape: Sequence[int]) -> int:
        """Give the number of levels after the first, for an array of a shape."""
        count, (height, width) = 0, shape[-2:]
        while count < self.max_layer and min(height, width) >= self.downscale:
            count, height, width = count + 1, height // self.downscale, width // self.downscale
        return count

    def pyramid(self, base: Pixels) -> list[Pixels]:
        """Return the base and its levels by the method that `method` names, also where that gives one level."""
        if self.method != "resize_image":
            levels: list[Pixels] = self.func(base)
            return levels
        levels = [base]
        for _ in range(self.count(base.shape)):
            levels.append(self.resize_image(levels[-1]))
        return levels

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
        self._check_labels("local_mean", new=True)
        return self._pyramid(base, "mean")

    def mode(self, base: Pixels) -> list[Pixels]:
        """Take the most frequent value of each block, the smallest of several; as `nearest` otherwise."""
        return self._pyramid(base, "mode")

    def gaussian(self, base: Pixels) -> list[Pixels]:
        """Smooth with a gaussian before taking the centre of each block, as scikit-image's ``pyramid_gaussian`` does.

        The centre is that of the block, as for `local_mean`; pixels beyond the edges are mirrored. Integers are
        rounded, half to even; as `nearest` otherwise.
        """
        self._check_labels("gaussian", new=True)
        return self._pyramid(base, "gaussian")

    def zoom(self, base: Pixels) -> list[Pixels]:
        """Take the centre of each block by cubic interpolation, without smoothing; as `gaussian` otherwise."""
        self._check_labels("zoom", new=True)
        return self._pyramid(base, "zoom")

    def laplacian(self, base: Pixels) -> list[Pixels]:
        """Return what each level of the gaussian pyramid holds that smoothing takes away.

        These are differences, negative as often as not, and no level is the image itself.

        Parameters
        ----------
        base
            NumPy or dask array of two or more dimensions.

        Returns
        -------
        list
            Levels of the kind of the base, of type float32, or float64 where the base is of 32 bits or more.
        """
        self._check_labels("laplacian", new=True)
        untyped: Any = base
        levels: list[Pixels] = self._pyramid(untyped.astype(difference_dtype(np.dtype(base.dtype))), "gaussian")
        return [level - _smoothed(level, self.downscale) for level in levels]

    def resize_image(self, image: Pixels) -> Pixels:
        """Return the next level alone: the centre of each block, by linear interpolation.

        Parameters
        ----------
        image
            NumPy or dask array of two or more dimensions.

        Returns
        -------
        array
            Of the kind and dtype of the image: the mean of the two pixels (four in the plane) in the middle of each
            block for even factors, rounded half to even, and the pixel in the middle for odd ones. With ``order=0``
            the first pixel of each block.
        """
        self._check_labels("resize_image", new=self.order != 0)
        method: Method = "nearest" if self.order == 0 else "linear"
        check_dtype(method, np.dtype(image.dtype))
        return _reduced(image, self.downscale, method)

    def _pyramid(self, base: Pixels, method: Method) -> list[Pixels]:
        self._check()
        if not hasattr(base, "ndim") or base.ndim < 2:
            raise ArgumentTypeError("An array of two or more dimensions is needed.", found=type(base).__name__)
        check_dtype(as_method(method), np.dtype(base.dtype))
        levels = [base]
        for _ in range(self.count(base.shape)):
            levels.append(_reduced(levels[-1], self.downscale, method))
        return levels

    def _check_labels(self, method: str, *, new: bool) -> None:
        if self.labeled and new:
            raise UnsupportedError(
                f"The method {method!r} makes new values, which are no labels.",
                where="method",
                do="Use nearest or mode for labels.",
            )


def _reduced(level: Pixels, factor: int, method: Method) -> Pixels:
    if method not in FILTERS:
        return _blockwise(level, factor, lambda block, factors: reduce_block(block, factors, method))
    factors = (1,) * (level.ndim - 2) + (factor, factor)
    if isinstance(level, np.ndarray):
        return filter_array(level, factors, method)
    first, weights = taps(method, factor)
    reach = max(0, -first, first + len(weights) - factor)
    shape = level.shape
    return lapped.map_lapped(
        level,
        factors,
        tuple(0 if f == 1 else reach for f in factors),
        lambda read, region: filter_region(read, shape, factors, region, method),
    )


def _smoothed(level: Pixels, factor: int) -> Pixels:
    factors = (1,) * (level.ndim - 2) + (factor, factor)
    shape = level.shape
    if isinstance(level, np.ndarray):
        return smooth_region(level.__getitem__, shape, factors, tuple(slice(0, n) for n in shape))
    reach = lapped.smooth_reach(factor)
    return lapped.map_lapped(
        level,
        (1,) * level.ndim,
        tuple(0 if f == 1 else reach for f in factors),
        lambda read, region: smooth_region(read, shape, factors, region),
    )


def _blockwise(level: Pixels, factor: int, function: Callable[[NDArray[Any], Ints], NDArray[Any]]) -> Pixels:
    """Apply a function that looks at one block at a time."""
    factors = (1,) * (level.ndim - 2) + (factor, factor)
    if isinstance(level, np.ndarray):
        return function(level, factors)
    # Chunks that end between blocks, near to where they were.
    chunks = tuple(lapped.aligned(sizes, f) for sizes, f in zip(level.chunks, factors, strict=True))
    whole: Any = level[tuple(slice(0, sum(sizes)) for sizes in chunks)].rechunk(chunks)
    reduced: da.Array = whole.map_blocks(
        function,
        factors,
        dtype=level.dtype,
        chunks=tuple(tuple(n // f for n in sizes) for sizes, f in zip(chunks, factors, strict=True)),
        meta=np.empty((0,) * level.ndim, level.dtype),
    )
    return reduced
