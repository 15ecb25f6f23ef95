"""Types that all who work on pixels name: of tuples in the order of the axes, and of arrays."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "Bools", "Floats", "Ints", "Slices"]

#: A shape, chunks, a place in a grid: one whole number for each axis.
Ints: TypeAlias = tuple[int, ...]

#: A scale or a translation: one number for each axis, in its unit.
Floats: TypeAlias = tuple[float, ...]

#: A box of pixels: for each axis where it starts and stops, without a step.
Slices: TypeAlias = tuple[slice, ...]

#: Pixels of any type.
Array: TypeAlias = NDArray[Any]

#: Of each pixel, whether it is meant.
Bools: TypeAlias = NDArray[np.bool_]
