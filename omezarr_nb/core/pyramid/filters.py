"""Reduction by filters that look beyond a block: gaussian and zoom.

Each output pixel is a weighted sum of the pixels around the centre of its block, one axis after the other, with
weights that do not depend on where the pixel lies. Sums are taken pixel by pixel in one order, so that the result is
the same to the last bit however an image is cut, as long as each part is read with the pixels around it (its halo).
Beyond the edges of the image the pixels are mirrored.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.kinds import Array, Ints, Slices
from omezarr_nb.core.pyramid.reduce import Method, reduce_block

__all__ = ["filter_array", "filter_region", "smooth_region", "taps"]

#: How far the gaussian reaches, in standard deviations (SciPy's default).
TRUNCATE = 4.0


@cache
def taps(method: Method, factor: int) -> tuple[int, tuple[float, ...]]:
    """Give the place of the first weight, in pixels from the first of the block, and the weights.

    Parameters
    ----------
    method
        ``"gaussian"``: as scikit-image's ``pyramid_reduce``: a gaussian of a standard deviation of a third of the
        factor, read off at the centre of the block, between two pixels for even factors. ``"zoom"``: cubic
        interpolation at the centre of the block (Keys 1981, a = -1/2), without smoothing.
    factor
        2 or more.
    """
    middle = (factor - 1) // 2
    if method == "gaussian":
        weights = gaussian_weights(factor / 3)
        reach = len(weights) // 2
        if factor % 2 == 0:
            weights = np.convolve(weights, (0.5, 0.5))
        return middle - reach, tuple(weights.tolist())
    if factor % 2:
        return middle, (1.0,)
    return middle - 1, (-0.0625, 0.5625, 0.5625, -0.0625)


def gaussian_weights(sigma: float) -> NDArray[np.float64]:
    """Give the weights of a gaussian, which sum to 1."""
    reach = int(TRUNCATE * sigma + 0.5)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    result: NDArray[np.float64] = weights / weights.sum()
    return result


def filter_region(read: Callable[[Slices], Any], shape: Ints, factors: Ints, region: Slices, method: Method) -> Array:
    """Give one region of the reduced image.

    Parameters
    ----------
    read
        Gives a region of the image that is reduced.
    shape
        Of the image that is reduced.
    factors
        One for each axis; each is at most the length of its axis.
    region
        Of the reduced image, whose shape is ``shape // factors``.
    method
        "gaussian" or "zoom".

    Returns
    -------
    numpy.ndarray
        Of the dtype of the image. Integers are rounded half to even and kept within their range. Where NaN or
        infinity is among the pixels that are looked at, the mean of the block is taken, NaN left out: NaN does not
        spread.
    """
    weights = [(0, (1.0,)) if f == 1 else taps(method, f) for f in factors]
    return _filtered(read, shape, factors, region, weights)


def smooth_region(read: Callable[[Slices], Any], shape: Ints, factors: Ints, region: Slices) -> Array:
    """Give one region of the image after the gaussian that `filter_region` applies, not reduced."""
    weights: list[tuple[int, tuple[float, ...]]] = []
    for f in factors:
        own = (1.0,) if f == 1 else tuple(gaussian_weights(f / 3).tolist())
        weights.append((-(len(own) // 2), own))
    return _filtered(read, shape, (1,) * len(shape), region, weights)


def filter_array(array: Array, factors: Ints, method: Method) -> Array:
    """Reduce a whole array; see `filter_region`."""
    region = tuple(slice(0, n // f) for n, f in zip(array.shape, factors, strict=True))
    return filter_region(array.__getitem__, array.shape, factors, region, method)


def _filtered(
    read: Callable[[Slices], Any],
    shape: Ints,
    factors: Ints,
    region: Slices,
    weights: list[tuple[int, tuple[float, ...]]],
) -> Array:
    """Read what the region needs, and apply the weights along one axis after the other."""
    wanted, takes = [], []
    for s, f, n, (first, own) in zip(region, factors, shape, weights, strict=True):
        places = _mirrored(np.arange(s.start * f + first, (s.stop - 1) * f + first + len(own)), n)
        # Whole blocks are read too, for the mean where the filter cannot be applied.
        start = min(int(places.min()), s.start * f)
        wanted.append(slice(start, max(int(places.max()) + 1, s.stop * f)))
        takes.append(places - start)
    block = np.asarray(read(tuple(wanted)))
    result: Array = block.astype(np.complex128 if block.dtype.kind == "c" else np.float64)
    for axis, (f, take, (_, own)) in enumerate(zip(factors, takes, weights, strict=True)):
        count = region[axis].stop - region[axis].start
        if own == (1.0,) and f == 1:
            continue
        result = _along(result.take(take, axis), axis, f, count, own)
    if block.dtype.kind in "fc" and not np.isfinite(result).all():
        whole = tuple(
            slice(s.start * f - w.start, s.stop * f - w.start) for s, f, w in zip(region, factors, wanted, strict=True)
        )
        mean = reduce_block(block[whole], factors, "mean").astype(result.dtype)
        result = np.where(np.isfinite(result), result, mean)
    return _as(result, block.dtype)


def _mirrored(places: NDArray[np.intp], length: int) -> NDArray[np.intp]:
    """Give the pixels of the image that stand for places beyond its edges: c b a | a b c | c b a."""
    places = places % (2 * length)
    result: NDArray[np.intp] = np.where(places < length, places, 2 * length - 1 - places)
    return result


def _along(block: Array, axis: int, factor: int, count: int, weights: tuple[float, ...]) -> Array:
    total: Array | None = None
    with np.errstate(invalid="ignore", over="ignore"):
        for index, weight in enumerate(weights):
            part = block[(*(slice(None),) * axis, slice(index, index + (count - 1) * factor + 1, factor))] * weight
            total = part if total is None else np.add(total, part, out=total)
    assert total is not None
    return total


def _as(values: Array, dtype: np.dtype[Any]) -> Array:
    native = dtype.newbyteorder("=")
    if dtype.kind == "b":
        return np.rint(values).astype(bool)
    if dtype.kind in "iu":
        info = np.iinfo(native)
        highest = float(info.max)
        if highest > info.max:  # of 64 bits: the next float is one more than fits
            highest = float(np.nextafter(highest, 0))
        return np.clip(np.rint(values), float(info.min), highest).astype(native)
    with np.errstate(over="ignore"):
        return values.astype(native)
