"""From pixels to small pictures: contrast, colour, size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from omezarr_nb.core.contrast import limits_of
from omezarr_nb.display.label_colors import label_colors, whole_ids
from omezarr_nb.display.png import encode_png

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from omezarr_nb.core.metadata import ImageLabel, Window

    Bytes = NDArray[np.uint8]

__all__ = ["Picture", "composite_picture", "contrast", "fit_box", "labels_picture", "swatch"]

_DARK = 0.04  # of the window: a picture whose brightest pixels stay below it looks black
_MIN_SIDE = 8
_SHRINK = 0.8


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG and the size it is shown at, in CSS pixels; `enlarged` where that is more than it has."""

    png: bytes
    width: int
    height: int
    enlarged: bool


def contrast(values: NDArray[Any], window: Window | None) -> tuple[float, float, bool]:
    """Return the limits of contrast of a channel.

    Parameters
    ----------
    values
        Its pixels.
    window
        As stored, or None.

    Returns
    -------
    low, high
        Shown black and in full colour.
    stored
        Whether they are the window's. They are not where there is none, it is empty, or every pixel would be black.
    """
    low, high = limits_of(values)
    if window is not None and _increasing(window.start, window.end):
        finite = values[np.isfinite(values)]
        varied = finite.size > 0 and finite.min() < finite.max()
        black = varied and (high - window.start) / (window.end - window.start) < _DARK
        if not black:
            return window.start, window.end, True
    return low, high, False


def fit_box(height: float, width: float, box: int) -> tuple[int, int]:
    """Return height and width in CSS pixels of an extent fitted into a square, at least `_MIN_SIDE` each."""
    longest = max(height, width)
    if not (math.isfinite(longest) and min(height, width) > 0):
        return box, box
    return max(round(box * height / longest), _MIN_SIDE), max(round(box * width / longest), _MIN_SIDE)


def composite_picture(
    channels: Sequence[tuple[NDArray[Any], str, tuple[float, float]]], size: tuple[int, int], max_bytes: int
) -> Picture:
    """Return channels added up, each in its colour.

    Parameters
    ----------
    channels
        Pixels, colour as "RRGGBB", and limits of contrast of each.
    size
        Height and width to be shown at.
    max_bytes
        The picture is made coarser until its file is no larger.
    """
    scaled = [_normalised(values, *limits) for values, _, limits in channels]
    colors = [_rgb(color) for _, color, _ in channels]

    def encode(height: int, width: int, step: int) -> bytes:
        small = [_shrink(values, height, width) for values in scaled]
        if len(small) == 1:
            ramp = np.rint(np.linspace(0, 1, 256)[:, np.newaxis] * colors[0]).astype(np.uint8)
            return encode_png(_posterise(small[0] * 255, step), ramp)
        added = sum(values[..., np.newaxis] * color for values, color in zip(small, colors, strict=True))
        return encode_png(_posterise(np.asarray(added), step))

    return _fit(encode, scaled[0].shape, size, max_bytes, steps=(1, 4))


def labels_picture(values: NDArray[Any], image_label: ImageLabel, size: tuple[int, int], max_bytes: int) -> Picture:
    """Return labels in their own colours, or ones that only depend on their number; 0 is transparent.

    Stored colours are often see-through, to lie upon an image. Here nothing lies below, so they are opaque (or, of
    opacity 0, not seen).
    """
    stored = {
        color.value: (*color.rgba[:3], 255 if color.rgba[3] else 0)
        for color in image_label.colors
        if color.rgba is not None
    }

    def encode(height: int, width: int, _: int) -> bytes:
        rows = (np.arange(height) * values.shape[0] + values.shape[0] // 2) // height
        columns = (np.arange(width) * values.shape[1] + values.shape[1] // 2) // width
        return encode_png(label_colors(whole_ids(values[np.ix_(rows, columns)]), stored))

    return _fit(encode, values.shape, size, max_bytes, steps=(1,))


def swatch(color: str) -> Picture:
    """Return a small square of a colour: an image, so that it is seen where styles are stripped."""
    return Picture(encode_png(np.zeros((1, 1), np.uint8), _rgb(color).astype(np.uint8)[np.newaxis]), 12, 12, False)


def _fit(
    encode: Any, shape: tuple[int, ...], size: tuple[int, int], max_bytes: int, *, steps: Sequence[int]
) -> Picture:
    """Encode at the size shown (or the size there is, where that is less), then coarser until it fits."""
    height, width = (max(1, min(there, shown)) for there, shown in zip(shape, size, strict=True))
    for step in steps:
        png = encode(height, width, step)
        if len(png) <= max_bytes:
            break
    while len(png) > max_bytes and max(height, width) > _MIN_SIDE:
        height, width = max(1, int(height * _SHRINK)), max(1, int(width * _SHRINK))
        png = encode(height, width, steps[-1])
    return Picture(png, size[1], size[0], enlarged=height < size[0] * 0.75 or width < size[1] * 0.75)


def _increasing(low: float, high: float) -> bool:
    return math.isfinite(low) and math.isfinite(high) and math.isfinite(high - low) and high > low


def _normalised(values: NDArray[Any], low: float, high: float) -> NDArray[np.float32]:
    """Return the values as 0 to 1 within the limits; what is no number is 0."""
    with np.errstate(all="ignore"):
        part = (values.astype(np.float64) - low) / (high - low)
    clipped: NDArray[np.float32] = np.clip(np.nan_to_num(part, nan=0.0, posinf=1.0, neginf=0.0), 0, 1).astype(
        np.float32
    )
    return clipped


def _shrink(values: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Return the means of height x width blocks that cover all values, none larger than the array has rows."""
    for axis, size in ((0, height), (1, width)):
        there = values.shape[axis]
        if size < there:
            edges = np.arange(size + 1) * there // size
            sums = np.add.reduceat(values, edges[:-1], axis=axis)
            lengths = np.diff(edges).astype(np.float32)
            values = sums / (lengths[:, np.newaxis] if axis == 0 else lengths)
    return values


def _posterise(values: NDArray[Any], step: int) -> Bytes:
    """Return 0 to 255 in whole numbers that are multiples of `step`, or 255."""
    rounded = np.rint(np.clip(values, 0, 255) / step) * step
    whole: Bytes = np.minimum(rounded, 255).astype(np.uint8)
    return whole


def _rgb(color: str) -> NDArray[np.float32]:
    return np.array([int(color[start : start + 2], 16) for start in (0, 2, 4)], dtype=np.float32)
