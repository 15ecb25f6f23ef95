"""From a stroke to pixels: which of them get which id. Pixels are read where a stroke depends on them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from omezarr_nb.core.editing.ids import blocks, check_id
from omezarr_nb.core.editing.parts import between, connected, split_parts
from omezarr_nb.core.editing.runs import Runs, brush_runs, polygon_runs
from omezarr_nb.core.editing.strokes import Brush, Fill, Interpolate, Polygon, Replace, Split, Stroke
from omezarr_nb.core.growing.boxes import lengths, moved
from omezarr_nb.core.kinds import Array, Bools, Ints, Slices
from omezarr_nb.errors import InvalidArgumentError, UnsupportedError

__all__ = ["Drawn", "Ground", "draw", "pixel_of"]


#: Pixels that one stroke may cover, and of a plane or a label that is looked at as a whole.
MOST_COVERED = 1 << 27
MOST_WHOLE = 1 << 26
#: How far the slices are looked for between which a shape is interpolated.
_FARTHEST = 200


class Ground(Protocol):
    """What is painted on."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the axes."""

    @property
    def plane(self) -> tuple[int, int]:
        """The axes of y and x."""

    @property
    def shape(self) -> Ints:
        """Pixels along each axis."""

    @property
    def scale(self) -> tuple[float, ...]:
        """Size of a pixel along each axis."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the ids."""

    @property
    def cell(self) -> Ints:
        """Shape of a cell."""

    @property
    def unit(self) -> Ints:
        """Shape of what is best read at once."""

    def read(self, box: Slices) -> Array:
        """Return the ids in a box as they are now."""

    def free_ids(self, count: int) -> list[int]:
        """Return ids that no pixel has."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Pixels of a box that get an id.

    Parameters
    ----------
    box
        Within one cell.
    mask
        Which of its pixels.
    label
        The id.
    only
        Where not None: of these only the pixels that have this id now.
    """

    box: Slices
    mask: Bools
    label: int
    only: int | None = None


def draw(stroke: Stroke, ground: Ground) -> Iterator[Drawn]:
    """Give the pixels that a stroke paints, cell by cell.

    Raises
    ------
    InvalidArgumentError
        When it names an axis, a plane or an id that cannot be.
    UnsupportedError
        When it would cover more than can be done at once.
    """
    match stroke:
        case Brush():
            check_id(stroke.label, ground.dtype)
            yield from _brush(stroke, ground)
        case Polygon():
            check_id(stroke.label, ground.dtype)
            index = _index(stroke.indices, ground)
            runs = polygon_runs(stroke.points, _rows_and_columns(ground))
            yield from _laid(runs, index, ground, stroke.label, stroke.only)
        case Fill():
            yield from _fill(stroke, ground)
        case Replace():
            yield from _replace(stroke, ground)
        case Split():
            yield from _split(stroke, ground)
        case Interpolate():
            yield from _interpolate(stroke, ground)


def depth_axis(ground: Ground) -> int | None:
    """Return the axis into which strokes go deep: that of z, or None where there is none."""
    return next((axis for axis, name in enumerate(ground.names) if name == "z" and axis not in ground.plane), None)


def _rows_and_columns(ground: Ground) -> tuple[int, int]:
    return ground.shape[ground.plane[0]], ground.shape[ground.plane[1]]


def _index(indices: Mapping[str, int], ground: Ground) -> list[int]:
    """Return an index for each axis; axes of one pixel may be left out."""
    others = [name for axis, name in enumerate(ground.names) if axis not in ground.plane]
    unknown = [name for name in indices if name not in others]
    if unknown:
        raise InvalidArgumentError(
            "The labels have no such axis beside those of the plane.",
            where="indices",
            found=unknown[0],
            expected=", ".join(others) or "none",
        )
    index = []
    for axis, (name, n) in enumerate(zip(ground.names, ground.shape, strict=True)):
        if axis in ground.plane:
            index.append(0)
            continue
        if name not in indices and n > 1:
            raise InvalidArgumentError(
                "Say which plane is painted on.", where="indices", expected=f"{name}=0 to {n - 1}"
            )
        here = indices.get(name, 0)
        if not 0 <= here < n:
            raise InvalidArgumentError(
                "This plane is outside of the labels.", where=f"axis {name!r}", found=here, expected=f"0 to {n - 1}"
            )
        index.append(here)
    return index


def _boxed(index: Sequence[int], rows: slice, columns: slice, ground: Ground) -> Slices:
    """Give a box of a plane."""
    box = [slice(i, i + 1) for i in index]
    box[ground.plane[0]], box[ground.plane[1]] = rows, columns
    return tuple(box)


def _as_box(plane: Array, ground: Ground) -> Array:
    """Give an array of rows and columns the axes of the labels."""
    y, x = ground.plane
    turned = plane if y < x else plane.T
    shape = [1] * len(ground.shape)
    shape[y], shape[x] = plane.shape
    return turned.reshape(shape)


def _laid(runs: Runs, index: Sequence[int], ground: Ground, label: int, only: int | None) -> Iterator[Drawn]:
    _check_covered(runs.count)
    y, x = ground.plane
    size = ground.cell[y]
    for row, column in runs.cells(size):
        rows = slice(row * size, min((row + 1) * size, ground.shape[y]))
        columns = slice(column * size, min((column + 1) * size, ground.shape[x]))
        mask = runs.mask(rows, columns)
        yield Drawn(_boxed(index, rows, columns, ground), _as_box(mask, ground), label, only)


def _brush(stroke: Brush, ground: Ground) -> Iterator[Drawn]:
    index = _index(stroke.indices, ground)
    plane = _rows_and_columns(ground)
    axis = depth_axis(ground) if stroke.depth else None
    if axis is None:
        yield from _laid(brush_runs(stroke.points, stroke.size, plane), index, ground, stroke.label, stroke.only)
        return
    # A ball in the world: so many planes, in each a disc.
    thick = ground.scale[axis] / ground.scale[ground.plane[1]]
    radius = stroke.size / 2
    reach = int(radius / thick + 1e-9)
    covered = 0
    for offset in range(-reach, reach + 1):
        there = index[axis] + offset
        if not 0 <= there < ground.shape[axis]:
            continue
        half = math.sqrt(max(radius**2 - (offset * thick) ** 2, 0.0))
        runs = brush_runs(stroke.points, 2 * half, plane)
        covered += runs.count
        _check_covered(covered)
        yield from _laid(runs, [*index[:axis], there, *index[axis + 1 :]], ground, stroke.label, stroke.only)


def pixel_of(point: tuple[float, float], indices: Mapping[str, int], ground: Ground) -> Ints:
    """Return the pixel in which a place of a plane lies."""
    pixel = _index(indices, ground)
    for axis, place in zip(ground.plane, point, strict=True):
        pixel[axis] = math.floor(place + 0.5)
        if not 0 <= pixel[axis] < ground.shape[axis]:
            raise InvalidArgumentError("This place is outside of the labels.", where="point", found=point)
    return tuple(pixel)


def _axes(ground: Ground, *, depth: bool) -> list[int]:
    """Return the axes along which pixels are neighbours."""
    axis = depth_axis(ground) if depth else None
    return [*ground.plane] if axis is None else [axis, *ground.plane]


def _one(pixel: Ints) -> Slices:
    return tuple(slice(p, p + 1) for p in pixel)


def _cell_box(place: Ints, ground: Ground) -> Slices:
    return tuple(slice(i * c, min((i + 1) * c, n)) for i, c, n in zip(place, ground.cell, ground.shape, strict=True))


def _fill(stroke: Fill, ground: Ground) -> Iterator[Drawn]:
    check_id(stroke.label, ground.dtype)
    pixel = pixel_of(stroke.point, stroke.indices, ground)
    own = ground.read(_one(pixel)).flat[0]
    if int(own) == stroke.label:
        return
    axes = _axes(ground, depth=stroke.depth)
    found = connected([pixel], axes, ground.shape, ground.cell, lambda box: ground.read(box) == own)
    for place, mask in sorted(found.items()):
        yield Drawn(_cell_box(place, ground), mask, stroke.label)


def _replace(stroke: Replace, ground: Ground) -> Iterator[Drawn]:
    check_id(stroke.label, ground.dtype)
    ids = [number for number in stroke.ids if number != stroke.label]
    wanted = np.array([check_id(number, ground.dtype, "ids") for number in ids], ground.dtype)
    if not len(wanted):
        return
    for box, pixels in blocks(ground.shape, ground.unit, ground.read):
        mask = np.isin(pixels, wanted)
        if mask.any():
            yield from _cells(box, mask, stroke.label, ground)


def _cells(box: Slices, mask: Bools, label: int, ground: Ground) -> Iterator[Drawn]:
    """Cut pixels of a box into cells; those without any are left out."""
    from omezarr_nb.core.editing.canvas import boxes_of_cells

    start = tuple(s.start for s in box)
    for place in boxes_of_cells(box, ground.cell):
        own = tuple(
            slice(max(a.start, b.start), min(a.stop, b.stop))
            for a, b in zip(_cell_box(place, ground), box, strict=True)
        )
        part = mask[moved(own, start)]
        if part.any():
            yield Drawn(own, part, label)


def _split(stroke: Split, ground: Ground) -> Iterator[Drawn]:
    index = _index(stroke.indices, ground)
    runs = brush_runs(stroke.points, 1.0, _rows_and_columns(ground))
    under = [(drawn.box, drawn.mask, ground.read(drawn.box)) for drawn in _laid(runs, index, ground, 0, None)]
    ids = np.concatenate([pixels[mask] for _, mask, pixels in under]) if under else np.zeros(0, ground.dtype)
    values, counts = np.unique(ids[ids != 0], return_counts=True)
    if not len(values):
        raise InvalidArgumentError("There is no label under the line.", do="Draw it across the label to be cut.")
    own = values[int(counts.argmax())]
    seeds = [
        tuple(int(p) + s.start for p, s in zip(pixel, box, strict=True))
        for box, mask, pixels in under
        for pixel in np.argwhere(mask & (pixels == own))
    ]
    axes = _axes(ground, depth=stroke.depth)
    found = connected(seeds, axes, ground.shape, ground.cell, lambda box: ground.read(box) == own)
    boxes = [_cell_box(place, ground) for place in found]
    hull = tuple(slice(min(s.start for s in part), max(s.stop for s in part)) for part in zip(*boxes, strict=True))
    _check_whole(lengths(hull), "This label is too large to be cut.")
    inside = np.zeros(lengths(hull), np.bool_)
    start = tuple(s.start for s in hull)
    for place, mask in found.items():
        inside[moved(_cell_box(place, ground), start)] = mask
    y, x = ground.plane
    line = _as_box(runs.mask(hull[y], hull[x]), ground)
    parts = split_parts(inside, np.broadcast_to(line, inside.shape))
    if len(parts) < 2:
        raise InvalidArgumentError(
            "The line does not cut the label in two.",
            found=f"label {own}",
            do="Draw it all the way across, from outside to outside.",
        )
    for part, label in zip(parts[1:], ground.free_ids(len(parts) - 1), strict=True):
        yield from _cells(hull, part, label, ground)


def _interpolate(stroke: Interpolate, ground: Ground) -> Iterator[Drawn]:
    own = check_id(stroke.label, ground.dtype)
    axis = ground.names.index(stroke.axis) if stroke.axis in ground.names else -1
    if axis < 0 or axis in ground.plane or own == 0:
        raise InvalidArgumentError(
            "There are no planes to interpolate between." if own else "Choose the label to interpolate.",
            where="axis",
            found=stroke.axis,
            expected=", ".join(name for a, name in enumerate(ground.names) if a not in ground.plane) or "none",
        )
    index = _index(stroke.indices, ground)
    sizes = _rows_and_columns(ground)
    rows, columns = (slice(0, n) for n in sizes)
    if stroke.within is not None:
        rows, columns = (slice(max(a, 0), min(b, n)) for (a, b), n in zip(stroke.within, sizes, strict=True))
    if rows.stop <= rows.start or columns.stop <= columns.start:
        raise InvalidArgumentError("There are no pixels there.", where="within", found=stroke.within)
    _check_whole((rows.stop - rows.start, columns.stop - columns.start), "The plane is too large to be looked through.")
    y, x = ground.plane

    def shape_at(there: int) -> Bools:
        box = _boxed([*index[:axis], there, *index[axis + 1 :]], rows, columns, ground)
        pixels = ground.read(box)
        flat = pixels.reshape([n for a, n in enumerate(pixels.shape) if a in (y, x)])
        found: Bools = (flat if y < x else flat.T) == own
        return found

    def look(step: int) -> tuple[int, Bools] | None:
        """Return the nearest plane on one side that has the label."""
        for distance in range(1, _FARTHEST + 1):
            there = index[axis] + step * distance
            if not 0 <= there < ground.shape[axis]:
                return None
            if (shape := shape_at(there)).any():
                return there, shape
        return None

    here, before, after = shape_at(index[axis]), look(-1), look(1)
    if here.any():
        own_plane = (index[axis], here)
        gap = before is not None and before[0] < index[axis] - 1
        before, after = (before, own_plane) if gap or after is None else (own_plane, after)
    if before is None or after is None:
        raise InvalidArgumentError(
            "There are no two planes with this label to interpolate between.",
            found=f"label {own}",
            do=f"Paint it in two planes along {stroke.axis}, and choose one of them or one between.",
        )
    (first, lower), (last, upper) = before, after
    for there in range(first + 1, last):
        shape = between(lower, upper, (there - first) / (last - first))
        box = _boxed([*index[:axis], there, *index[axis + 1 :]], rows, columns, ground)
        for drawn in _cells(box, _as_box(shape, ground), own, ground):
            yield Drawn(drawn.box, drawn.mask, own, 0)


def _check_covered(count: int) -> None:
    if count > MOST_COVERED:
        raise UnsupportedError(
            "This stroke is too large to be painted at once.",
            found=f"{count / 1e6:.0f} million pixels",
            expected=f"at most {MOST_COVERED / 1e6:.0f} million",
            do="Paint it in parts.",
        )


def _check_whole(shape: Ints, what: str) -> None:
    if math.prod(shape) > MOST_WHOLE:
        raise UnsupportedError(
            what,
            found=f"{math.prod(shape) / 1e6:.0f} million pixels",
            expected=f"at most {MOST_WHOLE / 1e6:.0f} million",
        )
