"""Contrast limits that suit pixels: the same for what is written, for thumbnails and for views."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["histogram_of", "limits_of", "range_of"]

#: Per cent of the pixels that may be darker than the lower limit, or brighter than the upper one.
_TAIL = 0.1
#: Pixels that the percentiles are taken of, at most: more change nothing that can be seen.
_SAMPLE = 1 << 20


def limits_of(pixels: NDArray[Any]) -> tuple[float, float]:
    """Return what is to be shown black and in full colour, so that pixels can be told apart.

    Parameters
    ----------
    pixels
        Of any shape and numeric type; NaN and infinite values do not count, and of complex numbers the magnitude.

    Returns
    -------
    low, high
        The 0.1th and the 99.9th percentile, in whole numbers for integers; the smallest and the largest value where
        those are equal; `range_of` where all pixels are. The first is below the second, always.

    Examples
    --------
    >>> limits_of(np.arange(1001, dtype="uint16"))
    (1.0, 999.0)
    """
    values = _finite(pixels)
    low, high = range_of(values)
    if not values.size or values.min() == values.max():
        return low, high
    sample = values[:: max(1, values.size // _SAMPLE)].astype("float64")
    start, end = (float(value) for value in np.percentile(sample, (_TAIL, 100 - _TAIL)))
    if values.dtype.kind in "biu":
        start, end = float(math.floor(round(start, 6))), float(math.ceil(round(end, 6)))
    return (max(start, low), min(end, high)) if start < end else (low, high)


def range_of(pixels: NDArray[Any]) -> tuple[float, float]:
    """Return the smallest and the largest value; where all are equal, widened to take in 0 and 1.

    Examples
    --------
    >>> range_of(np.array([3, 9])), range_of(np.array([5, 5])), range_of(np.array([np.nan]))
    ((3.0, 9.0), (0.0, 5.0), (0.0, 1.0))
    """
    values = _finite(pixels)
    if not values.size:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    return (low, high) if low < high else (min(low, 0.0), max(high, 1.0))


def histogram_of(pixels: NDArray[Any], span: tuple[float, float], bins: int = 64) -> list[int]:
    """Return how many pixels lie in each of so many equal parts of a range.

    Parameters
    ----------
    pixels
        Of any shape and numeric type; NaN and infinite values do not count, and of complex numbers the magnitude.
    span
        The range, the first below the second; what lies outside is not counted.
    bins
        Into how many parts it is cut. A range of fewer whole numbers is cut into those.

    Examples
    --------
    >>> histogram_of(np.array([0, 0, 1, 3], dtype="uint8"), (0, 3), bins=4)
    [2, 1, 0, 1]
    """
    values = _finite(pixels)
    sample = values[:: max(1, values.size // _SAMPLE)]
    low, high = span
    if values.dtype.kind in "biu":
        # A whole number is as wide as the next: so the last part has a place for its own.
        low, high, bins = low - 0.5, high + 0.5, int(min(bins, high - low + 1))
    counts, _ = np.histogram(sample, bins=bins, range=(low, high))
    return [int(count) for count in counts]


def _finite(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return the finite pixels in one dimension."""
    values: NDArray[Any] = (np.abs(pixels) if pixels.dtype.kind == "c" else pixels).ravel()
    return values[np.isfinite(values)].astype("float64") if values.dtype.kind == "f" else values
