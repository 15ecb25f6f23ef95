"""Labels in the picture of a volume, made in the kernel: the first one that each ray meets, as in the browser."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.viewers.snapshot import LabelLook, lay_ids, signed_ids, wrapped
from omezarr_nb.viewers.volume import Grid
from omezarr_nb.viewers.volume_picture import Orbit, Rays, Style, in_bands, lit

__all__ = ["LabelVolume", "lay_labels"]

Ids: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LabelVolume:
    """Labels in a volume.

    Parameters
    ----------
    grid
        Where the voxels lie.
    look
        How they are drawn.
    read
        Returns the voxels, (z, y, x), as they are sent.
    """

    grid: Grid
    look: LabelLook
    read: Callable[[], NDArray[Any]]


def lay_labels(result: NDArray[np.float32], labels: LabelVolume, orbit: Orbit, style: Style) -> None:
    """Lay labels over the picture of a volume, which is changed; of those behind one another the first is seen."""
    voxels = labels.read()
    ids, shade = np.zeros(result.shape[:2], np.int64), np.ones(result.shape[:2], np.float32)
    is_drawn = _chosen(labels.look)

    def draw(rows: range) -> None:
        part = slice(rows.start, rows.stop)
        rays = Rays.of(rows, labels.grid, orbit, style)
        ids[part], shade[part] = _met(voxels, rays, np.array(labels.grid.scale), is_drawn, labels.look)

    in_bands(draw, orbit)
    lay_ids(result, ids, labels.look, shade)


def _chosen(look: LabelLook) -> Callable[[Ids], NDArray[np.bool_]]:
    """Return what says which ids are drawn: those without colour hide nothing, nor do those that are left out."""
    selected = np.array([wrapped(one) for one in look.selected], np.int64)
    clear = np.array([wrapped(one) for one, rgba in look.colors.items() if rgba[3] == 0], np.int64)

    def is_drawn(ids: Ids) -> NDArray[np.bool_]:
        drawn: NDArray[np.bool_] = (ids != 0) & ~np.isin(ids, clear)
        return drawn & np.isin(ids, selected) if look.only_selected else drawn

    return is_drawn


def _met(
    voxels: NDArray[Any],
    rays: Rays,
    scale: NDArray[np.float64],
    is_drawn: Callable[[Ids], NDArray[np.bool_]],
    look: LabelLook,
) -> tuple[Ids, NDArray[np.float64]]:
    """Return the first label that each ray meets, and how it is lit, (rows, columns)."""
    axis = rays.axis
    begin = [rays.begin(one) for one in range(3)]
    ids, shade = np.zeros(rays.first.shape, np.int64), np.ones(rays.first.shape)
    for plane, meets, enters in rays.crossings(voxels.shape[2 - axis]):
        there = np.nonzero(meets & (ids == 0))
        distance = (plane - begin[axis][there]) / rays.direction[axis]
        at = [np.floor(begin[one][there] + distance * rays.direction[one] + 0.5).astype(np.intp) for one in range(3)]
        at = [np.clip(one, 0, size - 1) for one, size in zip(at, voxels.shape[::-1], strict=True)]
        at[axis][:] = plane
        found = signed_ids(voxels[at[2], at[1], at[0]], look.planes.image.dtype)
        hit = is_drawn(found)
        there = (there[0][hit], there[1][hit])
        slope = _slope(voxels, [one[hit] for one in at]) / scale
        # Where the ray enters within a label, it is the face of the box that is seen.
        cut = enters[there]
        slope[cut] = rays.face[there][cut]
        ids[there], shade[there] = found[hit], lit(slope, rays.direction * scale)
    return ids, shade


def _slope(voxels: NDArray[Any], at: list[NDArray[np.intp]]) -> NDArray[np.float64]:
    """Return to which side most of the voxels around lie that are of the same label, (voxels, x y z)."""
    own = voxels[at[2], at[1], at[0]]
    slope = np.zeros((own.size, 3))
    for move in itertools.product((-1, 0, 1), repeat=3):
        beside = [one + step for one, step in zip(at, move, strict=True)]
        inside = np.ones(own.size, bool)
        for one, size in zip(beside, voxels.shape[::-1], strict=True):
            inside &= (one >= 0) & (one < size)
            np.clip(one, 0, size - 1, out=one)
        slope += (inside & (voxels[beside[2], beside[1], beside[0]] == own))[:, np.newaxis] * np.array(move)
    return slope
