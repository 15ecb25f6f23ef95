"""The colours of labels: those that are stored, or ones that depend on nothing but the label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["label_colors", "whole_ids"]


def whole_ids(values: NDArray[Any]) -> NDArray[np.int64]:
    """Return labels as signed numbers; 64 unsigned bits wrap around, which colours bear."""
    if values.dtype.kind == "f":
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0).clip(-(2.0**62), 2.0**62)
    whole: NDArray[np.int64] = values.astype(np.int64)
    return whole


def label_colors(labels: NDArray[np.int64], stored: Mapping[int, tuple[int, int, int, int]]) -> NDArray[np.uint8]:
    """Return red, green, blue and opacity of labels.

    The hue of a label for which none is stored is its number times the golden ratio, modulo 1: neighbours differ. It
    is computed with 32 bits, as the view does, so that both give a label the same colour.
    """
    numbers, inverse = np.unique(labels, return_inverse=True)
    bits = numbers.view(np.uint64)
    low, high = bits & np.uint64(0xFFFFFFFF), bits >> np.uint64(32)
    mixed = (low * np.uint64(2654435769) + high * np.uint64(2246822519)) & np.uint64(0xFFFFFFFF)
    hue = mixed / 2.0**32
    wave = 0.5 + 0.5 * np.cos(2 * np.pi * (hue[:, np.newaxis] + np.array([0.0, 2 / 3, 1 / 3])))
    colors = np.full((len(numbers), 4), 255, dtype=np.uint8)
    colors[:, :3] = np.rint(60 + 190 * wave)
    colors[numbers == 0] = 0
    for position, label in enumerate(numbers.tolist()):
        if label in stored:
            colors[position] = stored[label]
    return colors[inverse.reshape(labels.shape)]
