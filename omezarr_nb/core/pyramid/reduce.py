"""Exact reduction of blocks of pixels by whole factors, on NumPy alone.

One output pixel stands for one full block of ``factors`` input pixels; input pixels past the last full block take
no part, so that every output pixel has the position that the metadata gives it. The kernels work in bands small
enough for the temporaries to stay in the L2 cache (measured for the 2 x 2 mean of uint16: 1700 MB/s a core, against
190 for the whole-array versions), and look at one block at a time: the result does not depend on how an image was
cut, as long as the cuts lie between blocks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise, product
from typing import Any, Literal, TypeAlias

import numpy as np

from omezarr_nb.core.kinds import Array, Slices
from omezarr_nb.errors import InvalidArgumentError, UnsupportedError

Method: TypeAlias = Literal[
    "mean", "nearest", "mode", "min", "max", "median", "linear", "gaussian", "zoom", "laplacian"
]

#: Methods that look at one block at a time, which `reduce_block` knows.
METHODS: tuple[Method, ...] = ("mean", "nearest", "mode", "min", "max", "median", "linear")

#: Methods that look beyond a block: see `omezarr_nb.core.pyramid.filters` and `omezarr_nb.core.pyramid.differences`.
FILTERS: tuple[Method, ...] = ("gaussian", "zoom", "laplacian")

#: What other libraries call some of them: ome-zarr-py's local_mean and resize, and the usual name of the latter.
ALIASES: dict[str, Method] = {"local_mean": "mean", "resize": "linear", "bilinear": "linear"}

#: Bytes of input in one band. 64 to 256 KiB measure alike; 1 MiB and more are two to four times slower.
BAND_BYTES = 128 * 1024

#: What each method does, in the words of ``multiscales.metadata``.
DESCRIPTIONS: dict[Method, str] = {
    "mean": "mean of each block, half to even, NaN left out",
    "nearest": "first pixel of each block",
    "mode": "most frequent value of each block, the smallest of several",
    "min": "smallest value of each block, NaN left out",
    "max": "largest value of each block, NaN left out",
    "median": "median of each block, half to even, NaN left out",
    "linear": "linear interpolation at the centre of each block, half to even, NaN left out",
    "gaussian": "gaussian of a standard deviation of a third of the factor, at the centre of each block",
    "zoom": "cubic interpolation at the centre of each block",
    "laplacian": "what each level of the gaussian pyramid holds that smoothing takes away",
}


def as_method(method: object) -> Method:
    """Give the name of a method, from its name or from an enumeration whose value is the name.

    `ALIASES` are taken, too: ``"local_mean"`` is the mean, ``"resize"`` and ``"bilinear"`` are linear.

    Raises
    ------
    InvalidArgumentError
        For a name that is none of `METHODS` and `FILTERS`.
    """
    name = getattr(method, "value", method)
    name = ALIASES.get(name, name) if isinstance(name, str) else name
    for known in (*METHODS, *FILTERS):
        if name == known:
            return known
    raise InvalidArgumentError(
        "There is no such downsampling method.",
        where="method",
        found=repr(name),
        expected=", ".join((*METHODS, *FILTERS)),
    )


def check_dtype(method: Method, dtype: np.dtype[Any]) -> None:
    """Raise UnsupportedError where `method` has no meaning for pixels of `dtype`."""
    allowed = {"mode": "biu", "min": "biuf", "max": "biuf", "median": "biuf"}.get(method, "biufc")
    if dtype.kind not in allowed:
        raise UnsupportedError(
            f"The method {method!r} is not defined for pixels of this type.",
            where="method",
            found=str(dtype),
            expected="integers or bool" if method == "mode" else "integers, bool or floats",
            do="Use method='mean' or method='nearest'." if method == "mode" else "Use method='nearest'.",
        )


def check_labels(method: Method, dtype: np.dtype[Any]) -> None:
    """Raise UnsupportedError for pixels that are no labels, and for a method that makes values which are not there."""
    if dtype.kind not in "iu":
        raise UnsupportedError(
            "Labels are integers.",
            where="the source",
            found=f"dtype {dtype}",
            do="Convert them first, for example with labels.astype('uint8').",
        )
    if method in ("mean", "median", "linear", *FILTERS):
        raise UnsupportedError(
            f"The {method} of labels would be new values, which name no object.",
            where="method",
            found=method,
            expected="mode or nearest",
        )


def offset(method: Method, factor: int) -> float:
    """Distance from the centre of the first input pixel to the centre of the first output pixel, in input pixels.

    A block of f pixels has its centre at (f - 1) / 2; ``nearest`` takes the first pixel of the block, at 0.
    """
    return 0.0 if method == "nearest" else (factor - 1) / 2


def reduce_block(block: Array, factors: tuple[int, ...], method: Method = "mean", *, out: Array | None = None) -> Array:
    """Reduce `block` by a whole factor along each axis.

    Parameters
    ----------
    block
        Pixels of any number of dimensions; bool, integers up to 64 bit, floats or complex.
    factors
        One factor of 1 or more for each axis of `block`.
    method
        ``"mean"``: integers exactly, rounded half to even, never through floats; floats summed in double precision
        (in the order of the axes), NaN left out and NaN only where a whole block is NaN; bool by majority, an even
        split being False (half to even). ``"nearest"``: the first pixel of each block. ``"mode"``: the most
        frequent value, the smallest of several equally frequent ones. ``"min"``, ``"max"``, ``"median"``: NaN left
        out; the median of an even number of integers is the mean of the middle two, half to even. ``"linear"``:
        interpolated at the centre of each block: along an axis the pixel in the middle for odd factors, and the mean
        (as ``"mean"``) of the two in the middle for even ones.
    out
        Where to put the result: an array of the shape ``block.shape // factors`` and the dtype of `block`.

    Returns
    -------
    numpy.ndarray
        Shape ``block.shape // factors``, dtype of `block`.

    Examples
    --------
    >>> reduce_block(np.array([[1, 2, 9], [2, 5, 9]], dtype="uint8"), (2, 2))
    array([[2]], dtype=uint8)
    """
    if method in FILTERS:
        raise InvalidArgumentError(
            "This method needs the pixels around a block, too.", where="method", found=method, expected=METHODS
        )
    shape = tuple(n // f for n, f in zip(block.shape, factors, strict=True))
    if out is None:
        out = np.empty(shape, block.dtype.newbyteorder("="))
    if 0 in shape:
        return out
    block = block[tuple(slice(0, n * f) for n, f in zip(shape, factors, strict=True))]
    if method == "nearest" or all(f == 1 for f in factors):
        out[...] = block[tuple(slice(None, None, f) for f in factors)]
        return out
    kernel = _kernel(method, block.dtype)
    with np.errstate(invalid="ignore", over="ignore"):  # inf - inf is NaN, and no news
        for inner in _bands(shape, factors, block.dtype.itemsize):
            outer = tuple(slice(s.start * f, s.stop * f) for s, f in zip(inner, factors, strict=True))
            kernel(block[outer], factors, out[inner])
    return out


def _bands(shape: tuple[int, ...], factors: tuple[int, ...], itemsize: int) -> Iterator[Slices]:
    """Cut an output of `shape` into boxes whose inputs are about `BAND_BYTES`, the last axes left whole."""
    room = max(1, BAND_BYTES // (itemsize * math.prod(factors)))
    sizes = list(shape)
    for axis, length in enumerate(shape):
        rest = math.prod(shape[axis + 1 :])
        sizes[axis] = min(length, max(1, room // rest))
        if sizes[axis] > 1 or rest <= room:
            break
    starts = [range(0, n, size) for n, size in zip(shape, sizes, strict=True)]
    for corner in product(*starts):
        yield tuple(slice(a, min(a + size, n)) for a, size, n in zip(corner, sizes, shape, strict=True))


Kernel: TypeAlias = Callable[[Array, tuple[int, ...], Array], None]


def _kernel(method: Method, dtype: np.dtype[Any]) -> Kernel:
    if method == "mode":
        return _mode
    if method == "median":
        return _median_float if dtype.kind == "f" else _median_integer
    if method == "min":
        return _minimum
    if method == "max":
        return _maximum
    return _linear if method == "linear" else _mean(dtype)


def _mean(dtype: np.dtype[Any]) -> Kernel:
    if dtype.kind in "fc":
        return _mean_float
    return _mean_wide if dtype.itemsize == 8 else _mean_integer


def _separable(operation: np.ufunc, block: Array, factors: tuple[int, ...], dtype: np.dtype[Any] | None) -> Array:
    """Apply a binary operation along one axis after the other; the first axes first, whose rows lie contiguous."""
    result = block
    for axis, factor in enumerate(factors):
        if factor == 1:
            continue
        parts = [result[_every(axis, start, factor)] for start in range(factor)]
        result = operation(parts[0], parts[1], dtype=dtype)
        for part in parts[2:]:
            operation(result, part, out=result)
    return result


def _every(axis: int, start: int, factor: int) -> tuple[slice, ...]:
    return (*(slice(None),) * axis, slice(start, None, factor))


def _parts(block: Array, factors: tuple[int, ...]) -> list[Array]:
    """Give the block's pixels as one strided view for each place within a block of factors."""
    offsets = product(*(range(f) for f in factors))
    return [block[tuple(slice(o, None, f) for o, f in zip(start, factors, strict=True))] for start in offsets]


def _accumulator(dtype: np.dtype[Any], count: int) -> np.dtype[Any]:
    """Give the smallest integer type that holds the sum of `count` values and the rounding added to it."""
    if dtype.kind == "b":
        return np.dtype(np.uint32)
    bits = dtype.itemsize * 8 + count.bit_length() + 1
    kind = "u" if dtype.kind == "u" else "i"
    return np.dtype(f"{kind}{4 if bits <= 32 else 8}")


def _mean_integer(block: Array, factors: tuple[int, ...], out: Array) -> None:
    """Mean of bool and of integers of up to 32 bits: the sum is exact, and so is its division."""
    count = math.prod(factors)
    total = _separable(np.add, block, factors, _accumulator(block.dtype, count))
    if count & (count - 1) == 0:
        # (sum + half - 1 + lowest bit of the floor) >> shift: half to even; the shift of signed integers floors.
        shift = count.bit_length() - 1
        odd = total >> shift
        odd &= 1
        total += count // 2 - 1
        total += odd
        total >>= shift
        np.copyto(out, total, casting="unsafe")
        return
    total += count // 2
    quotient = total // count
    if count % 2 == 0:
        total -= quotient * count
        quotient -= (total == 0) & ((quotient & 1) == 1)  # it was a tie and went up to an odd number
    np.copyto(out, quotient, casting="unsafe")


def _mean_wide(block: Array, factors: tuple[int, ...], out: Array) -> None:
    """Mean of 64-bit integers: upper and lower halves are summed apart, so that nothing overflows."""
    count = math.prod(factors)
    wide = np.dtype("u8") if block.dtype.kind == "u" else np.dtype("i8")
    upper = _separable(np.add, block >> 32, factors, wide)
    lower = _separable(np.add, (block & 0xFFFFFFFF).astype("u8"), factors, np.dtype("u8"))
    quotient, rest = np.divmod(upper, count)  # floors, also for negative numbers: 0 <= rest < count
    lower += rest.astype("u8") << np.uint64(32)
    fraction, rest = np.divmod(lower, np.uint64(count))
    result = (quotient << 32) + fraction.astype(wide)
    twice = rest * np.uint64(2)
    up = (twice > count) | ((twice == count) & ((result & 1) == 1))
    result += up.astype(wide)
    np.copyto(out, result, casting="unsafe")


def _mean_float(block: Array, factors: tuple[int, ...], out: Array) -> None:
    """Mean of floats, in double precision, without the NaN."""
    wide = np.dtype("c16") if block.dtype.kind == "c" else np.dtype("f8")
    total = _separable(np.add, block, factors, wide)
    if np.isnan(total).any():  # also where inf met -inf, which the second way keeps
        nan = np.isnan(block)
        total = _separable(np.add, np.where(nan, 0, block), factors, wide)
        count = _separable(np.add, ~nan, factors, np.dtype("i8"))
        np.copyto(out, np.where(count > 0, total / np.maximum(count, 1), np.nan), casting="unsafe")
        return
    total /= math.prod(factors)
    np.copyto(out, total, casting="same_kind")


def _linear(block: Array, factors: tuple[int, ...], out: Array) -> None:
    """Mean of the pixels next to the centre of each block: one along an axis of odd factor, two of an even one."""
    counts = []
    for axis, factor in enumerate(factors):
        middle, count = (factor - 1) // 2, 2 - factor % 2
        counts.append(count)
        if factor > count:
            starts = np.arange(middle, block.shape[axis], factor)
            block = block.take((starts[:, None] + np.arange(count)).ravel(), axis)
    if max(counts) == 1:
        out[...] = block
    else:
        _mean(block.dtype)(block, tuple(counts), out)


def _minimum(block: Array, factors: tuple[int, ...], out: Array) -> None:
    np.copyto(out, _separable(np.fmin if block.dtype.kind == "f" else np.minimum, block, factors, None))


def _maximum(block: Array, factors: tuple[int, ...], out: Array) -> None:
    np.copyto(out, _separable(np.fmax if block.dtype.kind == "f" else np.maximum, block, factors, None))


def _mode(block: Array, factors: tuple[int, ...], out: Array) -> None:
    """Most frequent value: compares first, and sorts only the blocks whose pixels differ (few, in labels)."""
    parts = _parts(block, factors)
    first = parts[0]
    differ = first != parts[1]
    for part in parts[2:]:
        differ |= first != part
    out[...] = first
    if not differ.any():
        return
    values = np.sort(np.stack([part[differ] for part in parts]), axis=0)
    best = values[0].copy()
    longest = np.ones(best.shape, np.int64)
    run = longest.copy()
    for previous, value in pairwise(values):
        run = np.where(value == previous, run + 1, 1)
        longer = run > longest  # not >=: the smallest of several stays
        np.copyto(best, value, where=longer)
        np.copyto(longest, run, where=longer)
    out[differ] = best


def _median_integer(block: Array, factors: tuple[int, ...], out: Array) -> None:
    values = np.sort(np.stack(_parts(block, factors)), axis=0)
    count = len(values)
    if count % 2 or block.dtype.kind == "b":
        # The lower middle of bools: True needs a majority, as in the mean.
        out[...] = values[(count - 1) // 2]
        return
    low, high = values[count // 2 - 1], values[count // 2]
    unlike = low ^ high
    middle = (low & high) + (unlike >> 1)  # floor of the mean, without overflow
    out[...] = middle + (unlike & middle & 1)


def _median_float(block: Array, factors: tuple[int, ...], out: Array) -> None:
    values = np.sort(np.stack(_parts(block, factors)), axis=0)  # NaN goes last
    valid = (~np.isnan(values)).sum(axis=0)
    low = np.take_along_axis(values, np.maximum(valid - 1, 0)[None] // 2, axis=0)[0]
    high = np.take_along_axis(values, np.minimum(valid[None] // 2, len(values) - 1), axis=0)[0]
    high = np.where(valid % 2 == 1, low, high)
    np.copyto(out, np.where(valid > 0, low.astype("f8") / 2 + high.astype("f8") / 2, np.nan), casting="unsafe")
