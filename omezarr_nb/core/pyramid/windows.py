"""Contrast windows of channels for which none were given."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.axes import Axis
from omezarr_nb.core.metadata import Channel, Window
from omezarr_nb.core.pyramid.arguments import value_range

#: Pixels that the percentiles are taken of, at most: more change nothing that can be seen.
SAMPLE = 1 << 20

#: Per cent of the pixels that may be darker than the start or brighter than the end.
TAIL = 0.1


def fill_windows(
    channels: Sequence[Channel], pixels: NDArray[Any] | None, axes: Sequence[Axis], dtype: np.dtype[Any]
) -> tuple[Channel, ...]:
    """Give the channels, each with a window.

    Parameters
    ----------
    channels
        One for each index of the channel axis; those with a window keep it.
    pixels
        The coarsest level, or None where it is too large to look at.
    axes
        Of the image.
    dtype
        Of the pixels.

    Returns
    -------
    tuple of Channel
        ``min`` and ``max`` are the range of integer types, and of the finite pixels for floats; ``start`` and ``end``
        leave a thousandth of the pixels outside at either end.
    """
    axis = next((index for index, axis in enumerate(axes) if axis.type == "channel"), None)
    return tuple(
        channel
        if channel.window is not None
        else replace(channel, window=_window(_values(pixels, axis, index / len(channels)), dtype))
        for index, channel in enumerate(channels)
    )


def _values(pixels: NDArray[Any] | None, axis: int | None, place: float) -> NDArray[Any]:
    """Give the finite pixels of one channel, as real numbers; its place is 0 to 1 of the way along the axis."""
    if pixels is None:
        return np.empty(0)
    values = pixels if axis is None else pixels.take(int(place * pixels.shape[axis] + 1e-9), axis)
    values = abs(values) if values.dtype.kind == "c" else values
    return values[np.isfinite(values)] if values.dtype.kind == "f" else values.ravel()


def _window(values: NDArray[Any], dtype: np.dtype[Any]) -> Window:
    bounds = value_range(dtype)
    if values.size == 0:
        low, high = bounds or (0.0, 1.0)
        return Window(low, high, low, high)
    low, high = bounds or (float(values.min()), float(values.max()))
    sample = values[:: max(1, values.size // SAMPLE)]
    start, end = (float(value) for value in np.percentile(sample.astype("f8"), (TAIL, 100 - TAIL)))
    if dtype.kind in "biu":
        start, end = float(math.floor(start)), float(math.ceil(end))
    if not start < end:  # almost all pixels are alike
        start, end = float(values.min()), float(values.max())
    if not start < end:
        start, end = (low, high) if low < high else (low, low + 1)
    return Window(low, max(high, end), start, end)
