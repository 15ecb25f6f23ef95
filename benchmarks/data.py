"""The image that all viewers are measured with: every plane says in its pixels which one it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import omezarr_nb

__all__ = ["BITS", "SHAPE", "write_data"]

#: Channels, planes, rows and columns.
SHAPE = (3, 16, 4096, 4096)
#: So many quadrants are bright or dark: they spell the index of the plane.
BITS = 4
_DARK, _BRIGHT, _BRIGHTEST = 400, 3000, 4000
_COLORS = ("FF0000", "00FF00", "0000FF")


def write_data(where: Path) -> None:
    """Write 1.6 GB of noisy discs as a pyramid of five levels in chunks of 512 x 512, where it is not there yet.

    Plane z has its quadrants bright where z has a one (upper left 1, upper right 2, lower left 4, lower right 8), and
    a bright disc in the middle of every plane tells a dark plane from none. The edges are black.
    """
    if where.exists():
        return
    channels = [
        {"label": f"channel {index}", "color": color, "window": {"min": 0, "max": 65535, "start": 0, "end": 4000}}
        for index, color in enumerate(_COLORS)
    ]
    omezarr_nb.write_image(
        omezarr_nb.Planes(_planes(), SHAPE[:2]),
        where,
        axes="czyx",
        scale={"z": 1.0, "y": 0.25, "x": 0.25},
        units="micrometer",
        channels=channels,
        chunks=(1, 1, 512, 512),
        # Halved along y and x only: viewers that cannot take levels with fewer planes are to be measured, too.
        scale_factors=[{"y": 2**level, "x": 2**level} for level in range(1, 5)],
    )


def _planes() -> Iterator[np.ndarray[Any, Any]]:
    rng = np.random.default_rng(0)
    count, depth, height, width = SHAPE
    noise = rng.poisson(200, (height // 4, width // 4)).astype("uint16")
    rows, columns = np.ogrid[:height, :width]
    middle = (rows - height / 2) ** 2 + (columns - width / 2) ** 2 < (height / 16) ** 2
    margin = height // 64
    for _ in range(count):
        discs = _discs(rng, height, width)
        for z in range(depth):
            plane = np.tile(np.roll(noise, rng.integers(0, width, 2), (0, 1)), (4, 4)) + discs
            for bit in range(BITS):
                down, right = divmod(bit, 2)
                quadrant = plane[
                    down * height // 2 : (down + 1) * height // 2, right * width // 2 : (right + 1) * width // 2
                ]
                quadrant += _BRIGHT if z >> bit & 1 else _DARK
            # A viewer that finds limits for each plane finds the same for all.
            for edge in (plane[:margin], plane[-margin:], plane[:, :margin], plane[:, -margin:]):
                edge[:] = 0
            plane[middle] = _BRIGHTEST
            yield plane


def _discs(rng: np.random.Generator, height: int, width: int) -> np.ndarray[Any, Any]:
    discs = np.zeros((height, width), "uint16")
    for _ in range(400):
        radius = int(rng.integers(10, 40))
        y, x = rng.integers(radius, height - radius), rng.integers(radius, width - radius)
        rows, columns = np.ogrid[-radius : radius + 1, -radius : radius + 1]
        part = discs[y - radius : y + radius + 1, x - radius : x + radius + 1]
        part[rows**2 + columns**2 <= radius**2] = rng.integers(200, 900)
    return discs
