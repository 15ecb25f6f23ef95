"""Parts of labels, in memory: what is connected, what a line cuts off, what lies between two slices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from omezarr_nb.core.growing.boxes import lengths
from omezarr_nb.core.kinds import Array, Bools, Ints, Slices
from omezarr_nb.errors import UnsupportedError

__all__ = ["between", "connected", "split_parts"]


#: Pixels of a region that is followed from a click.
MOST_CONNECTED = 1 << 26

#: What a line cuts off of so few pixels is a frayed edge, and no part.
_FRAYED = 4


def connected(
    seeds: Iterable[Ints], axes: Sequence[int], shape: Ints, cell: Ints, read: Callable[[Slices], Bools]
) -> dict[Ints, Bools]:
    """Return what is connected with some pixels by the sides of pixels, cell after cell.

    Parameters
    ----------
    seeds
        Pixels to begin at.
    axes
        Along which to go on.
    shape
        Of the array.
    cell
        Shape of a cell; memory is that of the cells which are met.
    read
        Gives which pixels of a box may be taken; asked once for each cell that is met.

    Returns
    -------
    dict
        For the place of each cell which of its pixels are connected.

    Raises
    ------
    UnsupportedError
        When it is larger than 67 million pixels.
    """
    from scipy import ndimage

    def box(place: Ints) -> Slices:
        return tuple(slice(i * c, min((i + 1) * c, n)) for i, c, n in zip(place, cell, shape, strict=True))

    numbered: dict[Ints, Array] = {}
    found: dict[Ints, Bools] = {}
    waiting: dict[Ints, Bools] = {}
    count = 0

    def seed(place: Ints) -> Bools:
        if place not in waiting:
            waiting[place] = np.zeros(lengths(box(place)), np.bool_)
        return waiting[place]

    for pixel in seeds:
        place = tuple(p // c for p, c in zip(pixel, cell, strict=True))
        seed(place)[tuple(p % c for p, c in zip(pixel, cell, strict=True))] = True
    structure = ndimage.generate_binary_structure(len(shape), 1)
    for axis in set(range(len(shape))) - set(axes):
        structure[tuple(slice(None) if a != axis else [0, 2] for a in range(len(shape)))] = False
    while waiting:
        place, begin = waiting.popitem()
        if place not in numbered:
            numbered[place] = ndimage.label(read(box(place)), structure)[0]
            found[place] = np.zeros(begin.shape, np.bool_)
        parts = np.unique(numbered[place][begin & ~found[place]])
        parts = parts[parts > 0]
        if not len(parts):
            continue
        fresh = np.isin(numbered[place], parts) & ~found[place]
        found[place] |= fresh
        count += int(np.count_nonzero(fresh))
        if count > MOST_CONNECTED:
            raise UnsupportedError(
                "What is connected there is too large to be filled at once.",
                found=f"more than {MOST_CONNECTED / 1e6:.0f} million pixels",
                do="Draw a border around a smaller part first.",
            )
        for axis in axes:
            for step, face in ((-1, 0), (1, -1)):
                other = tuple(i + step * (a == axis) for a, i in enumerate(place))
                if other[axis] < 0 or other[axis] * cell[axis] >= shape[axis]:
                    continue
                edge = fresh.take(face, axis)
                if edge.any():
                    target = seed(other)
                    index = tuple(slice(None) if a != axis else -1 - face for a in range(len(shape)))
                    target[index] |= edge
    return found


def split_parts(inside: Bools, cut: Bools) -> list[Bools]:
    """Return the parts into which a cut divides a shape, the largest first; pixels of the cut go to the nearest part.

    Parameters
    ----------
    inside
        The pixels of the shape.
    cut
        The pixels of the line. A line as `brush_runs` makes it separates what is connected by the sides of pixels.

    Returns
    -------
    list of numpy.ndarray
        Bool, of the same shape each; together they are `inside`. One where the cut divides nothing.
    """
    from scipy import ndimage

    numbers, count = ndimage.label(inside & ~cut)
    sizes = np.bincount(numbers.ravel(), minlength=count + 1)[1:]
    kept = [int(number) + 1 for number in np.argsort(-sizes, kind="stable") if sizes[number] >= _FRAYED]
    if len(kept) < 2:
        return [inside]
    core = np.isin(numbers, kept)
    nearest = ndimage.distance_transform_edt(~core, return_distances=False, return_indices=True)
    owner = numbers[tuple(nearest)]
    return [inside & (owner == number) for number in kept]


def between(lower: Bools, upper: Bools, fraction: float) -> Bools:
    """Return the shape that lies between two shapes of a plane, by their distances from their borders.

    Parameters
    ----------
    lower, upper
        The shapes, of one array shape, with a pixel each at least.
    fraction
        0 gives the first, 1 the second.

    Notes
    -----
    After Raya and Udupa, Shape-based interpolation of multidimensional objects (1990); the shapes are laid over one
    another by their centres first, so that what has moved by more than its width is found between.
    """
    from scipy import ndimage

    centers = [np.array(ndimage.center_of_mass(shape)) for shape in (lower, upper)]
    center = (1 - fraction) * centers[0] + fraction * centers[1]
    total = np.zeros(lower.shape)
    for shape, own, weight in zip((lower, upper), centers, (1 - fraction, fraction), strict=True):
        if weight == 0:
            continue
        wide = np.pad(shape, 1)
        inward = ndimage.distance_transform_edt(wide)[1:-1, 1:-1]
        outward = ndimage.distance_transform_edt(~wide)[1:-1, 1:-1]
        # Half a pixel: the border lies between pixels.
        signed = np.where(shape, inward - 0.5, 0.5 - outward)
        total += weight * ndimage.shift(signed, center - own, order=1, mode="constant", cval=-float(max(shape.shape)))
    result: Bools = total > 0
    return result
