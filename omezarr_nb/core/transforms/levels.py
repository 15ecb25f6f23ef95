"""The transformations of an image's levels, and the pixels they place.

The centre of a pixel is its place: pixel ``i`` lies at ``translation + i * scale`` and covers
``[i - 0.5, i + 0.5)`` (specification 0.6, "coordinate systems"; the same reading makes 0.4 and 0.5 consistent).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from omezarr_nb.core.transforms.types import Scale, Transformation, Translation

__all__ = ["as_vector", "index_of", "resolve"]


def resolve(transformations: Iterable[Transformation], ndim: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Compose transformations, first applied first, into one scale and one translation.

    Parameters
    ----------
    transformations
        Applied in this order. Those of other types are passed over: a reader warns of them beforehand.
    ndim
        Number of axes.

    Returns
    -------
    scale, translation
        Tuples of `ndim` floats in axis order: world = translation + pixel * scale.

    Examples
    --------
    >>> resolve([Scale((2.0,)), Translation((0.5,)), Scale((10.0,))], 1)
    ((20.0,), (5.0,))
    """
    scale, translation = [1.0] * ndim, [0.0] * ndim
    for transformation in transformations:
        if isinstance(transformation, Scale):
            scale = [a * b for a, b in zip(scale, transformation.scale, strict=True)]
            translation = [a * b for a, b in zip(translation, transformation.scale, strict=True)]
        elif isinstance(transformation, Translation):
            translation = [a + b for a, b in zip(translation, transformation.translation, strict=True)]
    return tuple(scale), tuple(translation)


def index_of(position: float, scale: float, translation: float, size: int) -> int:
    """Return the index of the pixel whose centre is nearest to a physical position, within the array.

    Parameters
    ----------
    position
        In the axis' unit.
    scale, translation
        Of the level, along this axis.
    size
        Number of pixels along this axis; the result is clamped to ``0 .. size - 1``.

    Examples
    --------
    >>> index_of(2.4, 1.0, 0.5, 10), index_of(-7.0, 1.0, 0.5, 10)
    (2, 0)
    """
    place = (position - translation) / scale + 0.5
    return math.floor(min(max(place, 0.0), size - 1))  # clamped first: the quotient may be infinite


def as_vector(values: Sequence[Any]) -> tuple[float, ...] | None:
    """Return a JSON list as a tuple of finite floats, or None where it is none.

    Examples
    --------
    >>> as_vector([1, 2.5]), as_vector([True]), as_vector(["1"])
    ((1.0, 2.5), None, None)
    """
    if not isinstance(values, (list, tuple)):
        return None
    if any(isinstance(value, bool) or not isinstance(value, (int, float)) for value in values):
        return None
    try:
        vector = tuple(float(value) for value in values)
    except OverflowError:
        return None
    return vector if all(math.isfinite(value) for value in vector) else None
