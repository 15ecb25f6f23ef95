"""Contrast windows of channels for which none were given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.axes import Axis
from omezarr_nb.core.contrast import limits_of, range_of
from omezarr_nb.core.metadata import Channel, Window
from omezarr_nb.core.pyramid.arguments import value_range


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
        else replace(channel, window=_window(_plane(pixels, axis, index / len(channels)), dtype))
        for index, channel in enumerate(channels)
    )


def _plane(pixels: NDArray[Any] | None, axis: int | None, place: float) -> NDArray[Any] | None:
    """Give the pixels of one channel; its place is 0 to 1 of the way along the axis."""
    if pixels is None or axis is None:
        return pixels
    plane: NDArray[Any] = pixels.take(int(place * pixels.shape[axis] + 1e-9), axis)
    return plane


def _window(pixels: NDArray[Any] | None, dtype: np.dtype[Any]) -> Window:
    bounds = value_range(dtype)
    if pixels is None:
        low, high = bounds or (0.0, 1.0)
        return Window(low, high, low, high)
    low, high = bounds or range_of(pixels)
    start, end = limits_of(pixels)
    return Window(low, max(high, end), start, end)
