"""Every level is drawn at the same place, whatever its scale and translation: pixels are asserted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

import omezarr_nb
from tests.browser.bridge import show_viewer
from tests.stores import block_mean, make_image

OMERO = {
    "channels": [
        {"label": "spot", "color": "FF00FF", "active": True, "window": {"min": 0, "max": 255, "start": 0, "end": 255}}
    ]
}


@dataclass(frozen=True)
class Pyramid:
    """What a pyramid is like: its axes, pixel size and origin, and the factors of one level to the next."""

    axes: str
    scale: tuple[float, ...]
    origin: tuple[float, ...]
    factors: tuple[int, ...]
    count: int
    version: str = "0.5"

    def spot(self, name: str) -> tuple[int, int]:
        """Return first and last-plus-one pixel of the bright square: whole pixels at the coarsest level."""
        unit = self.factors[self.axes.index(name)] ** (self.count - 1)
        start, stop = {"y": (243, 324), "x": (405, 486)}[name]
        return start // unit * unit, stop // unit * unit

    def corners(self) -> list[tuple[str, float]]:
        """Return the positions in the world of the square's edges: two along y, two along x."""
        edges = []
        for name in "yx":
            axis = self.axes.index(name)
            edges += [(name, (edge - 0.5) * self.scale[axis] + self.origin[axis]) for edge in self.spot(name)]
        return edges

    def write(self, where: Path) -> str:
        """Write it with one bright square, and return where it is."""
        shape = tuple({"z": 9, "c": 1, "t": 2}.get(name, 729) for name in self.axes)
        level = np.full(shape, 20, "uint8")
        level[tuple(slice(*self.spot(name)) if name in "yx" else slice(None) for name in self.axes)] = 220
        levels, scales, translations = [level], [self.scale], [self.origin]
        for index in range(1, self.count):
            levels.append(block_mean(levels[-1], self.factors))
            total = [factor**index for factor in self.factors]
            scales.append(tuple(s * f for s, f in zip(self.scale, total, strict=True)))
            translations.append(
                tuple(o + (f - 1) / 2 * s for o, f, s in zip(self.origin, total, self.scale, strict=True))
            )
        units = {name: "micrometer" for name in self.axes if name in "zyx"}
        return make_image(
            where,
            levels,
            self.axes,
            scales=scales,
            translations=translations,
            units=units,
            omero=OMERO,
            version=self.version,
        )


PYRAMIDS = {
    "halved": Pyramid("yx", (1.0, 1.0), (0.0, 0.0), (2, 2), 4),
    "a third": Pyramid("yx", (0.5, 0.5), (0.0, 0.0), (3, 3), 4),
    "anisotropic pixels and factors": Pyramid("zyx", (2.0, 0.4, 0.8), (0.0, 0.0, 0.0), (3, 2, 3), 3),
    "far from the origin": Pyramid("cyx", (1.0, 0.25, 0.25), (0.0, 5000.0, -1234.5), (1, 3, 2), 3, "0.4"),
    "x before y": Pyramid("tzxy", (1.0, 1.0, 0.5, 0.5), (0.0, 3.0, 7.0, -9.0), (1, 1, 3, 3), 3),
}


def spot_of(pixels: np.ndarray[Any, Any]) -> tuple[float, float, float, float]:
    """Return top, bottom, left and right of the bright square on the screen: all else that is bright is grey."""
    bright = (pixels[..., 0] > 120) & (pixels[..., 1] < 60)
    rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    return rows[0], rows[-1] + 1, columns[0], columns[-1] + 1


@pytest.mark.parametrize("name", PYRAMIDS)
def test_every_level_is_drawn_at_the_same_place(name: str, page: Page, tmp_path: Path) -> None:
    pyramid = PYRAMIDS[name]
    image = omezarr_nb.open(pyramid.write(tmp_path / "image.zarr"))
    with show_viewer(page, lambda: image.view(level=0, height=420)) as view:
        view.wait()
        places = [spot_of(view.canvas())]
        for level in range(1, pyramid.count):
            view.wait_drawn(partial(setattr, view.viewer, "level", level))
            view.wait_trait("shown_level", level)
            places.append(spot_of(view.canvas()))
        # Where the metadata says that it is, from the world to the screen.
        height, width = view.canvas().shape[:2]
        x, y = view.viewer.center
        middle = {"y": (y, height / 2), "x": (x, width / 2)}
        expected = [(edge - middle[name][0]) * view.viewer.zoom + middle[name][1] for name, edge in pyramid.corners()]
    for level, place in enumerate(places):
        assert np.allclose(place, expected, atol=1.5), f"level {level}: {place}, expected {expected}"
