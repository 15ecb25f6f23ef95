"""The picture of a volume, made in the kernel: the same rays, samples and colours as in the browser.

Rays are parallel. Along each there is a sample in the middle plane of every voxel that it crosses along its steepest
axis; values between voxels are interpolated. So a whole plane of voxels is sampled for all rays at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.viewers.snapshot import ChannelLook
from omezarr_nb.viewers.volume import Grid, Triple

if TYPE_CHECKING:
    from omezarr_nb.viewers.planes import ImagePlanes

__all__ = ["METHODS", "Method", "Orbit", "Rays", "Style", "fitted_zoom", "in_bands", "lit", "volume_picture", "voxels"]

Floats: TypeAlias = NDArray[np.float64]
Method: TypeAlias = Literal["maximum", "minimum", "mean", "additive", "surface", "attenuated"]
METHODS: tuple[str, ...] = get_args(Method)

#: Rays that are followed at once.
_RAYS = 1 << 20
#: Bands of rows that are drawn at once.
_THREADS = min(os.cpu_count() or 1, 8)
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
) -> NDArray[np.float32]:
    """Return what is seen, (height, width, RGBA), 0 to 1, on black.

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
    added = np.zeros((orbit.height, orbit.width, 3))
    nearest = np.full((orbit.height, orbit.width), np.inf)
    for look, read in volumes:
        voxels = np.nan_to_num(read().astype(np.float32), nan=look.limits[0], posinf=3e38, neginf=-3e38)

        def draw(rows: range, look: ChannelLook = look, voxels: NDArray[Any] = voxels) -> None:
            part = slice(rows.start, rows.stop)
            rays = Rays.of(rows, grid, orbit, style)
            colors, distance = _colors(voxels, rays, look, style, (grid, edge))
            if style.method == "surface":
                nearer = distance < nearest[part]
                added[part][nearer] = colors[nearer]
                nearest[part][nearer] = distance[nearer]
            else:
                added[part] += colors

        in_bands(draw, orbit)
    result = np.ones((orbit.height, orbit.width, 4), np.float32)
    result[..., :3] = np.clip(added, 0, 1)
    return result


def in_bands(draw: Callable[[range], None], orbit: Orbit) -> None:
    """Draw a picture, some rows at once in each of a few threads."""
    each = max(min(_RAYS // orbit.width, -(-orbit.height // _THREADS)), 1)
    bands = [range(start, min(start + each, orbit.height)) for start in range(0, orbit.height, each)]
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(draw, bands))


def lit(slope: Floats, direction: Floats) -> Floats:
    """Return how bright a surface is that is lit from the viewer; slope and direction are those of the world."""
    length = np.linalg.norm(slope, axis=1)
    facing = np.abs(slope @ direction)
    full = np.ones_like(length)
    return np.asarray(_AMBIENT + (1 - _AMBIENT) * np.divide(facing, length, out=full, where=length > 0), np.float64)


def voxels(planes: ImagePlanes, level: int, indices: Sequence[int], channel: int, depth: int) -> NDArray[Any]:
    """Return a whole level of one channel, (z, y, x)."""
    one = planes.image.levels[level]
    axes = (depth, planes.layout.y, planes.layout.x)
    return planes.block(one, indices, channel, {axis: slice(0, one.shape[axis]) for axis in axes})


@dataclass(frozen=True, slots=True)
class Rays:
    """Rays of some rows of a picture, in the pixels of a level: at `origin + distance * direction`, (x, y, z).

    Parameters
    ----------
    corner, across, down
        Where the first ray begins, and by what the next one to the right and the next one below lie elsewhere.
    direction
        Along a ray, for one unit of the world.
    first, last
        Where each ray enters what is drawn and leaves it, (rows, columns); the first above the last where it misses.
    face
        Which axis' face it enters by, (rows, columns, 3), 0 or 1.
    """

    corner: Floats
    across: Floats
    down: Floats
    direction: Floats
    first: Floats
    last: Floats
    face: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: range, grid: Grid, orbit: Orbit, style: Style) -> Rays:
        """Return the rays of some rows of a picture."""
        scale, translation = np.array(grid.scale), np.array(grid.translation)
        right, below, away = orbit.matrix / scale
        left, top = 0.5 - orbit.width / 2, rows.start + 0.5 - orbit.height / 2
        across, down = right / orbit.zoom, below / orbit.zoom
        corner = (np.array(orbit.center) - translation) / scale + left * across + top * down
        low = np.maximum((np.array(style.clip[0]) - translation) / scale, -0.5)
        high = np.minimum((np.array(style.clip[1]) - translation) / scale, np.array(grid.size) - 0.5)
        safe = np.where(np.abs(away) < 1e-12, 1e-12, away)
        origin = corner + np.arange(orbit.width)[:, np.newaxis] * across
        origin = origin + (np.arange(len(rows))[:, np.newaxis] * down)[:, np.newaxis]
        ends = np.sort(np.stack([(low - origin) / safe, (high - origin) / safe]), axis=0)
        first, last = ends[0].max(axis=-1), ends[1].min(axis=-1)
        return cls(corner, across, down, away, first, last, ends[0] == first[..., np.newaxis])

    @property
    def axis(self) -> int:
        """The axis along which most voxels are crossed."""
        return int(np.abs(self.direction).argmax())

    def begin(self, axis: int) -> Floats:
        """Return where the rays begin along an axis, (rows, columns)."""
        rows, columns = self.first.shape
        down = np.arange(rows)[:, np.newaxis] * self.down[axis]
        return np.asarray(self.corner[axis] + np.arange(columns) * self.across[axis] + down, np.float64)

    def at(self, chosen: tuple[NDArray[np.intp], ...], distance: Floats) -> Floats:
        """Return where some of the rays are, (rays, 3)."""
        begin = np.stack([self.begin(axis)[chosen] for axis in range(3)], axis=1)
        return np.asarray(begin + distance[:, np.newaxis] * self.direction, np.float64)

    def crossings(self, count: int) -> Iterator[tuple[int, NDArray[np.bool_], NDArray[np.bool_]]]:
        """Give the planes of voxels, of so many, that rays meet: which do, and for which it is the first."""
        pace, begin = self.direction[self.axis], self.begin(self.axis)
        # From which plane to which each ray is within; to none where it misses.
        ends = np.sort([begin + self.first * pace, begin + self.last * pace], axis=0).astype(np.float32)
        low, high = ends[0] - 1e-3, np.where(self.first < self.last, ends[1] + 1e-3, -np.inf)
        for plane in range(count) if pace > 0 else reversed(range(count)):
            meets = (low <= plane) & (high >= plane)
            if meets.any():
                yield plane, meets, (low > plane - 1) if pace > 0 else (high < plane + 1)

    def planes(self, voxels: NDArray[Any]) -> Iterator[tuple[Floats, NDArray[np.bool_], NDArray[Any]]]:
        """Give for each plane of voxels, the nearest first, how far it is, which rays meet it, and the values there."""
        from scipy.ndimage import affine_transform

        axis = self.axis
        pace, begin = self.direction[axis], self.begin(axis)
        others = [other for other in (2, 1, 0) if other != axis]  # in the order of the array
        lean = self.direction[others] / pace
        matrix = np.stack([part[others] - part[axis] * lean for part in (self.down, self.across)], axis=1)
        for plane, meets, _ in self.crossings(voxels.shape[2 - axis]):
            distance = (plane - begin) / pace
            offset = self.corner[others] + (plane - self.corner[axis]) * lean
            flat = voxels.take(plane, axis=2 - axis)
            values = affine_transform(flat, matrix, offset, meets.shape, order=1, mode="nearest", prefilter=False)
            yield distance, meets, values


def _values(voxels: NDArray[Any], places: Floats) -> Floats:
    from scipy.ndimage import map_coordinates

    found = map_coordinates(voxels, places.T[::-1], order=1, mode="nearest", prefilter=False)
    return np.asarray(found, np.float64)


def _strength(values: NDArray[Any], look: ChannelLook) -> NDArray[Any]:
    """Return the brightness between the limits, as for planes."""
    low, high = look.limits
    found = np.clip((values - low) / max(high - low, 1e-30), 0, 1) ** look.gamma
    found[values >= high] = 1
    return 1 - found if look.inverted else found


def _colors(
    voxels: NDArray[Any], rays: Rays, look: ChannelLook, style: Style, shape: tuple[Grid, float]
) -> tuple[Floats, Floats]:
    """Return what a channel adds along each ray, (rows, columns, RGB), and how far away a surface is."""
    grid, edge = shape
    distance, shade = np.full(rays.first.shape, np.inf), np.ones(rays.first.shape)
    if style.method == "surface":
        brightness, distance, shade = _surface(voxels, rays, look, style.threshold, np.array(grid.scale))
    else:
        brightness = _gathered(voxels, rays, look, style, edge)
    # Of values and of brightnesses: the limits have been applied to the latter.
    raw = style.method in ("maximum", "minimum", "mean")
    plain = look if raw else replace(look, limits=(0, 1), gamma=1, inverted=False)
    colors = plain.colors(np.where(np.isfinite(brightness), brightness, np.nan)).astype(np.float64)
    return colors * shade[..., np.newaxis], distance


def _gathered(voxels: NDArray[Any], rays: Rays, look: ChannelLook, style: Style, edge: float) -> Floats:
    """Follow the rays to their ends; nan where a ray misses the volume."""
    method = style.method
    found = np.full(rays.first.shape, {"maximum": -np.inf, "minimum": np.inf}.get(method, 0.0))
    passed, count = np.zeros(found.shape), np.zeros(found.shape, int)
    way = style.density / edge / abs(rays.direction[rays.axis])
    for _, meets, values in rays.planes(voxels):
        count += meets
        if method == "maximum":
            np.maximum(found, values, out=found, where=meets)
        elif method == "minimum":
            np.minimum(found, values, out=found, where=meets)
        elif method == "mean":
            np.add(found, values, out=found, where=meets)
        else:
            strength = _strength(values, look)
            if method == "additive":
                np.add(found, strength * way, out=found, where=meets)
            else:
                np.maximum(found, strength * np.exp(-passed), out=found, where=meets)
                np.add(passed, strength * way, out=passed, where=meets)
    if method == "mean":
        found /= np.maximum(count, 1)
    return np.where(count > 0, found, np.nan)


def _surface(
    voxels: NDArray[Any], rays: Rays, look: ChannelLook, threshold: float, scale: Floats
) -> tuple[Floats, Floats, Floats]:
    """Follow the rays to where they first meet the threshold, and light the surface there from the viewer."""
    hit = np.full(rays.first.shape, np.inf)
    # Where a ray enters within the surface, it is cut by the box, whose face is seen.
    enters = np.nonzero(rays.first < rays.last)
    met = _strength(_values(voxels, rays.at(enters, rays.first[enters])), look) >= threshold
    hit[enters] = np.where(met, rays.first[enters], np.inf)
    stride = 1 / abs(rays.direction[rays.axis])
    for distance, meets, values in rays.planes(voxels):
        met = meets & np.isinf(hit) & (_strength(values, look) >= threshold)
        there = np.nonzero(met)
        near, far = np.maximum(distance[there] - stride, rays.first[there]), distance[there]
        for _ in range(_BISECTIONS if near.size else 0):
            middle = (near + far) / 2
            inside = _strength(_values(voxels, rays.at(there, middle)), look) >= threshold
            near, far = np.where(inside, near, middle), np.where(inside, middle, far)
        hit[there] = far
    brightness, shade = np.where(np.isfinite(hit), 1.0, np.nan), np.ones(hit.shape)
    seen = np.nonzero(np.isfinite(hit))
    places = rays.at(seen, hit[seen])
    ahead = [_strength(_values(voxels, places + move), look) for move in np.eye(3)]
    behind = [_strength(_values(voxels, places - move), look) for move in np.eye(3)]
    slope = (np.stack(ahead, axis=1) - np.stack(behind, axis=1)) / scale
    at_face = hit[seen] == rays.first[seen]
    slope[at_face] = rays.face[seen][at_face]
    # Of length 1: it is a unit of the world.
    shade[seen] = lit(slope, rays.direction * scale)
    return brightness, hit, shade
