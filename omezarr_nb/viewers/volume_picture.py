"""The picture of a volume, made in the kernel: the same rays, samples and colours as in the browser.

Rays are parallel. Along each there is a sample for every voxel that it crosses along its steepest axis, in the middle
of equal steps from where it enters the volume to where it leaves it; values between voxels are interpolated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.viewers.snapshot import ChannelLook
from omezarr_nb.viewers.volume import Grid, Triple

if TYPE_CHECKING:
    from omezarr_nb.viewers.planes import Planes

__all__ = ["METHODS", "Method", "Orbit", "Style", "fitted_zoom", "volume_picture", "voxels"]

Floats: TypeAlias = NDArray[np.float64]
Method: TypeAlias = Literal["maximum", "minimum", "mean", "additive", "surface", "attenuated"]
METHODS: tuple[str, ...] = get_args(Method)

#: Rays that are followed at once.
_RAYS = 1 << 18
#: Room left around the volume, in pixels.
_MARGIN = 8
_BISECTIONS = 5
#: Of a surface: what is seen where the light only grazes it.
_AMBIENT = 0.25


@dataclass(frozen=True, slots=True)
class Orbit:
    """From where a volume is seen.

    Parameters
    ----------
    rotation
        Quaternion (x, y, z, w) that turns the world to the viewer: x to the right, y downwards, z away.
    center
        Place (x, y, z) in the middle of the picture.
    zoom
        Pixels of the picture for one unit.
    width, height
        Of the picture, in pixels.
    """

    rotation: tuple[float, float, float, float]
    center: Triple
    zoom: float
    width: int
    height: int

    @property
    def matrix(self) -> Floats:
        """The rotation; its rows are the viewer's axes in the world."""
        x, y, z, w = self.rotation
        return np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
            ]
        )


@dataclass(frozen=True, slots=True)
class Style:
    """How volumes are drawn.

    Parameters
    ----------
    method
        What becomes of the values along a ray.
    threshold
        The brightness at which a surface lies, 0 to 1 between the contrast limits.
    density
        What a ray gathers ("additive") or loses ("attenuated") on a way as long as the longest edge, at full
        brightness.
    clip
        The part that is drawn: two corners (x, y, z) in the world.
    """

    method: Method
    threshold: float
    density: float
    clip: tuple[Triple, Triple]


def fitted_zoom(grid: Grid, orbit: Orbit) -> float:
    """Return the zoom at which the whole volume is just seen."""
    spans = np.abs(orbit.matrix) @ (grid.high - grid.low)
    room = (max(orbit.width - 2 * _MARGIN, 1), max(orbit.height - 2 * _MARGIN, 1))
    return float(min(room[0] / spans[0], room[1] / spans[1]))


def volume_picture(
    grid: Grid,
    volumes: Sequence[tuple[ChannelLook, Callable[[], NDArray[Any]]]],
    orbit: Orbit,
    style: Style,
    edge: float,
) -> NDArray[np.uint8]:
    """Return what is seen, (height, width, RGBA), on black.

    Parameters
    ----------
    grid
        Where the voxels lie.
    volumes
        For each channel how it is drawn, and what reads its voxels, (z, y, x).
    orbit, style
        From where, and how.
    edge
        The longest edge of the whole volume, for the density.
    """
    added = np.zeros((orbit.height * orbit.width, 3))
    nearest = np.full(orbit.height * orbit.width, np.inf)
    for look, read in volumes:
        voxels = np.nan_to_num(read().astype(np.float32), nan=look.limits[0], posinf=3e38, neginf=-3e38)
        for start in range(0, len(added), _RAYS):
            part = slice(start, start + _RAYS)
            rays = _Rays.of(np.arange(start, min(start + _RAYS, len(added))), grid, orbit, style)
            if not rays.count.any():
                continue
            colors, distance = _colors(voxels, rays, look, style, edge)
            if style.method == "surface":
                nearer = distance < nearest[part]
                added[part][nearer] = colors[nearer]
                nearest[part][nearer] = distance[nearer]
            else:
                added[part] += colors
    result = np.ones((orbit.height, orbit.width, 4))
    result[..., :3] = np.clip(added, 0, 1).reshape(orbit.height, orbit.width, 3)
    return np.rint(result * 255).astype(np.uint8)


def voxels(planes: Planes, level: int, indices: Sequence[int], channel: int, depth: int) -> NDArray[Any]:
    """Return a whole level of one channel, (z, y, x)."""
    one = planes.image.levels[level]
    axes = (depth, planes.layout.y, planes.layout.x)
    return planes.block(one, indices, channel, {axis: slice(0, one.shape[axis]) for axis in axes})


@dataclass(frozen=True, slots=True)
class _Rays:
    """Rays in the pixels of a level: they begin at `origin + first * direction`."""

    origin: Floats
    direction: Floats
    first: Floats
    step: Floats
    count: NDArray[np.intp]
    face: Floats
    grid: Grid

    @classmethod
    def of(cls, pixels: NDArray[np.intp], grid: Grid, orbit: Orbit, style: Style) -> _Rays:
        """Return the rays of so many pixels of a picture."""
        rows, columns = np.divmod(pixels, orbit.width)
        across = (columns + 0.5 - orbit.width / 2) / orbit.zoom
        down = (rows + 0.5 - orbit.height / 2) / orbit.zoom
        right, below, away = orbit.matrix
        places = np.array(orbit.center) + across[:, np.newaxis] * right + down[:, np.newaxis] * below
        origin = (places - grid.translation) / grid.scale
        direction = away / np.array(grid.scale)
        low = np.maximum((np.array(style.clip[0]) - grid.translation) / grid.scale, -0.5)
        high = np.minimum((np.array(style.clip[1]) - grid.translation) / grid.scale, np.array(grid.size) - 0.5)
        safe = np.where(np.abs(direction) < 1e-12, 1e-12, direction)
        ends = np.stack([(low - origin) / safe, (high - origin) / safe])
        first, last = ends.min(axis=0).max(axis=1), ends.max(axis=0).min(axis=1)
        steps = (last - first) * np.abs(direction).max()
        count = np.where(last > first, np.maximum(np.rint(steps), 1), 0).astype(np.intp)
        face = (ends.min(axis=0) == first[:, np.newaxis]).astype(float)
        return cls(origin, direction, first, (last - first) / np.maximum(count, 1), count, face, grid)

    def at(self, chosen: NDArray[np.intp], distance: Floats) -> Floats:
        """Return where some of the rays are, in pixels (x, y, z)."""
        return np.asarray(self.origin[chosen] + distance[:, np.newaxis] * self.direction, np.float64)


def _values(voxels: NDArray[Any], places: Floats) -> Floats:
    from scipy.ndimage import map_coordinates

    found = map_coordinates(voxels, places.T[::-1], order=1, mode="nearest", prefilter=False)
    return np.asarray(found, np.float64)


def _strength(values: Floats, look: ChannelLook) -> Floats:
    """Return the brightness between the limits, as for planes."""
    low, high = look.limits
    found = np.clip((values - low) / max(high - low, 1e-30), 0, 1) ** look.gamma
    found[values >= high] = 1
    return 1 - found if look.inverted else found


def _colors(voxels: NDArray[Any], rays: _Rays, look: ChannelLook, style: Style, edge: float) -> tuple[Floats, Floats]:
    """Return what a channel adds along each ray, (rays, RGB), and how far away a surface is."""
    follow = _surface if style.method == "surface" else _gathered
    brightness, distance, shade = follow(voxels, rays, look, style, edge)
    # Of values and of brightnesses: the limits have been applied to the latter.
    raw = style.method in ("maximum", "minimum", "mean")
    plain = look if raw else ChannelLook(look.channel, look.color, (0, 1), 1, False, look.opacity, look.colormap)
    colors = plain.colors(np.asarray(brightness)).astype(np.float64) * shade[:, np.newaxis]
    colors[~np.isfinite(brightness)] = 0
    return colors, distance


def _gathered(
    voxels: NDArray[Any], rays: _Rays, look: ChannelLook, style: Style, edge: float
) -> tuple[Floats, Floats, Floats]:
    """Follow the rays to their ends; nan where a ray misses the volume."""
    method = style.method
    total = len(rays.count)
    found = np.full(total, {"maximum": -np.inf, "minimum": np.inf}.get(method, 0.0))
    passed = np.zeros(total)
    for number in range(int(rays.count.max())):
        chosen = np.flatnonzero(rays.count > number)
        distance = rays.first[chosen] + (number + 0.5) * rays.step[chosen]
        values = _values(voxels, rays.at(chosen, distance))
        if method == "maximum":
            found[chosen] = np.maximum(found[chosen], values)
        elif method == "minimum":
            found[chosen] = np.minimum(found[chosen], values)
        elif method == "mean":
            found[chosen] += values / rays.count[chosen]
        else:
            strength = _strength(values, look)
            way = strength * rays.step[chosen] / edge * style.density
            if method == "additive":
                found[chosen] += way
            else:
                found[chosen] = np.maximum(found[chosen], strength * np.exp(-passed[chosen]))
                passed[chosen] += way
    found[rays.count == 0] = np.nan
    return found, np.full(total, np.inf), np.ones(total)


def _surface(
    voxels: NDArray[Any], rays: _Rays, look: ChannelLook, style: Style, _edge: float
) -> tuple[Floats, Floats, Floats]:
    """Follow the rays to where they first meet the threshold, and light the surface there from the viewer."""
    total = len(rays.count)
    hit = np.full(total, np.inf)
    open_ = rays.count > 0
    for number in range(int(rays.count.max())):
        chosen = np.flatnonzero(open_ & (rays.count > number))
        if not chosen.size:
            break
        distance = rays.first[chosen] + (number + 0.5) * rays.step[chosen]
        met = _strength(_values(voxels, rays.at(chosen, distance)), look) >= style.threshold
        there = chosen[met]
        # What is met by the first sample is cut by the box: its face is seen.
        near, far = distance[met] - rays.step[there], distance[met] if number else rays.first[there]
        for _ in range(_BISECTIONS if number else 0):
            middle = (near + far) / 2
            inside = _strength(_values(voxels, rays.at(there, middle)), look) >= style.threshold
            near, far = np.where(inside, near, middle), np.where(inside, middle, far)
        hit[there] = far
        open_[there] = False
    seen = np.flatnonzero(np.isfinite(hit))
    brightness = np.full(total, np.nan)
    brightness[seen] = 1
    shade = np.ones(total)
    places = rays.at(seen, hit[seen])
    scale = np.array(rays.grid.scale)
    slope = (
        np.stack(
            [
                _strength(_values(voxels, places + move), look) - _strength(_values(voxels, places - move), look)
                for move in np.eye(3)
            ],
            axis=1,
        )
        / scale
    )
    length = np.linalg.norm(slope, axis=1)
    at_face = hit[seen] == rays.first[seen]
    slope[at_face] = rays.face[seen][at_face]
    away = rays.direction * scale
    facing = np.divide(np.abs(slope @ away), length, out=np.ones_like(length), where=length > 0)
    shade[seen] = _AMBIENT + (1 - _AMBIENT) * facing / max(math.sqrt(float(away @ away)), 1e-30)
    return brightness, hit, shade
