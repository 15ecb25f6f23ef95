"""Every method on whole arrays, in plain NumPy: what the levels of a pyramid have to be, bit for bit.

Nothing here is cut, none of it is fast, and none of it is the package's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Ints = tuple[int, ...]


def pyramid(pixels: Array, steps: Sequence[Ints], method: str) -> list[Array]:
    """Return all levels; `steps` are the factors from each level to the next, in axis order."""
    levels = [pixels.astype(pixels.dtype.newbyteorder("="))]
    if method == "laplacian":
        levels = [levels[0].astype(difference_dtype(pixels.dtype))]
    for step in steps:
        levels.append(reduced(levels[-1], step, "gaussian" if method == "laplacian" else method))
    if method != "laplacian":
        return levels
    plane = (1,) * (pixels.ndim - 2) + (2, 2)
    smoothing = [*steps, steps[-1]] if steps else [plane]
    return [level - smoothed(level, step) for level, step in zip(levels, smoothing, strict=True)]


def difference_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    if dtype.kind == "c":
        return dtype
    return np.dtype("f8" if dtype.itemsize > 4 or dtype in (np.dtype("i4"), np.dtype("u4")) else "f4")


def reduced(pixels: Array, step: Ints, method: str) -> Array:
    """Return the level after."""
    if method in ("gaussian", "zoom"):
        return filtered(pixels, step, method)
    shape = tuple(n // f for n, f in zip(pixels.shape, step, strict=True))
    whole = pixels[tuple(slice(0, n * f) for n, f in zip(shape, step, strict=True))]
    if method == "nearest":
        return whole[tuple(slice(None, None, f) for f in step)].copy()
    if method == "mean" and pixels.dtype.kind in "fc":
        return mean_of_floats(whole, step)
    if method == "linear":
        middles: list[Array] = []
        for n, f in zip(shape, step, strict=True):
            places = [(f - 1) // 2] if f % 2 else [f // 2 - 1, f // 2]
            middles.append(np.array([i * f + place for i in range(n) for place in places], dtype=int))
        return reduced(whole[np.ix_(*middles)], tuple(1 if f % 2 else 2 for f in step), "mean")
    out = np.empty(shape, pixels.dtype)
    for index in np.ndindex(shape):
        part = whole[tuple(slice(i * f, i * f + f) for i, f in zip(index, step, strict=True))]
        out[index] = one_block(part.ravel(), method)
    return out


def one_block(values: Array, method: str) -> Any:
    """Reduce one block, exactly."""
    if values.dtype.kind == "f":
        return one_block_of_floats(np.sort(values[~np.isnan(values)]), method)
    numbers = sorted(int(value) for value in values)
    low, high = numbers[(len(numbers) - 1) // 2], numbers[len(numbers) // 2]
    return {
        "mean": round(Fraction(sum(numbers), len(numbers))),
        "median": low if values.dtype.kind == "b" else round(Fraction(low + high, 2)),
        "mode": max(numbers, key=lambda value: (numbers.count(value), -value)),
        "min": numbers[0],
        "max": numbers[-1],
    }[method]


def one_block_of_floats(values: Array, method: str) -> float:
    """Reduce the values of one block that are not NaN, in order."""
    if not values.size:
        return math.nan
    low, high = float(values[(values.size - 1) // 2]), float(values[values.size // 2])
    return {"median": low / 2 + high / 2, "min": float(values[0]), "max": float(values[-1])}[method]


def mean_of_floats(whole: Array, step: Ints) -> Array:
    """Return sums in double precision, axis after axis, over the number of those that are not NaN."""
    wide = "c16" if whole.dtype.kind == "c" else "f8"
    missing = np.isnan(whole)
    with np.errstate(invalid="ignore", over="ignore"):
        total = sums(np.where(missing, 0, whole).astype(wide), step)
        count = sums((~missing).astype("i8"), step)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(whole.dtype)


def sums(values: Array, step: Ints) -> Array:
    for axis, factor in enumerate(step):
        rows = np.moveaxis(values, axis, 0)
        total = rows[::factor]
        for start in range(1, factor):
            total = total + rows[start::factor]
        values = np.moveaxis(total, 0, axis)
    return values


def weights_of(method: str, factor: int) -> tuple[int, Array]:
    """Return where the first weight lies, in pixels from the first of the block, and the weights."""
    if factor == 1:
        return 0, np.ones(1)
    if method == "zoom":
        return ((factor - 1) // 2, np.ones(1)) if factor % 2 else (factor // 2 - 2, np.array([-1, 9, 9, -1]) / 16)
    own = gaussian(factor)
    if factor % 2:
        return (factor - 1) // 2 - len(own) // 2, own
    between = np.array([((*own, 0.0)[i] + (0.0, *own)[i]) / 2 for i in range(len(own) + 1)])
    return factor // 2 - 1 - len(own) // 2, between


def gaussian(factor: int) -> Array:
    sigma = factor / 3
    reach = int(4 * sigma + 0.5)
    own: Array = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    own /= own.sum()
    return own


def filtered(pixels: Array, step: Ints, method: str) -> Array:
    shape = tuple(n // f for n, f in zip(pixels.shape, step, strict=True))
    result = convolved(pixels, [weights_of(method, f) for f in step], step, shape)
    if pixels.dtype.kind in "fc":
        whole = pixels[tuple(slice(0, n * f) for n, f in zip(shape, step, strict=True))]
        result = np.where(np.isfinite(result), result, mean_of_floats(whole, step).astype(result.dtype))
    return rounded(result, pixels.dtype)


def smoothed(pixels: Array, step: Ints) -> Array:
    own = [(0, np.ones(1)) if f == 1 else (-(len(gaussian(f)) // 2), gaussian(f)) for f in step]
    result = convolved(pixels, own, (1,) * pixels.ndim, pixels.shape)
    return rounded(np.where(np.isfinite(result), result, pixels), pixels.dtype)


def convolved(pixels: Array, weights: Sequence[tuple[int, Array]], step: Ints, shape: Ints) -> Array:
    """Weigh the pixels along one axis after the other; beyond the edges they are mirrored."""
    result = pixels.astype("c16" if pixels.dtype.kind == "c" else "f8")
    for axis, ((first, own), factor, count) in enumerate(zip(weights, step, shape, strict=True)):
        if factor == 1 and len(own) == 1:
            continue
        rows = np.moveaxis(result, axis, 0)
        beyond = len(own) + factor
        padded = np.pad(rows, [(beyond, beyond)] + [(0, 0)] * (rows.ndim - 1), mode="symmetric")
        total = np.zeros((count, *rows.shape[1:]), result.dtype)
        with np.errstate(invalid="ignore", over="ignore"):
            for index, weight in enumerate(own):
                start = beyond + first + index
                part = padded[start : start + (count - 1) * factor + 1 : factor] * float(weight)
                total = part if index == 0 else total + part
        result = np.moveaxis(total, 0, axis)
    return result


def rounded(values: Array, dtype: np.dtype[Any]) -> Array:
    native = dtype.newbyteorder("=")
    if dtype.kind == "b":
        return np.rint(values).astype(bool)
    if dtype.kind in "iu":
        info = np.iinfo(native)
        highest = float(info.max) if int(float(info.max)) <= info.max else math.nextafter(float(info.max), 0)
        return np.clip(np.rint(values), float(info.min), highest).astype(native)
    with np.errstate(over="ignore"):
        return values.astype(native)
