"""How the coarser levels of labels were made, where the labels do not say so: found out from their pixels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from omezarr_nb.core.chunks import ChunkCache
from omezarr_nb.core.growing.pyramid import known_method, steps_between
from omezarr_nb.core.kinds import Ints
from omezarr_nb.core.pyramid.reduce import Method, reduce_block

if TYPE_CHECKING:
    from omezarr_nb.core.image import LabelImage

__all__ = ["likely_method"]

#: Pixels of level 1 along an axis of space that are compared at once.
_SIDE = 128
#: Places that are looked at, at most; the first at which the methods differ decides.
_PLACES = 12
#: Pixels of level 0 that are read for one of them, at most.
_MOST = 1 << 22


def likely_method(labels: LabelImage) -> Method | None:
    """Return the method by which level 1 comes closest to what it is.

    Parameters
    ----------
    labels
        As they are stored.

    Returns
    -------
    Method or None
        None where the labels name their method. Otherwise "nearest" where fewer pixels of level 1 are unlike the first
        pixels of their blocks than unlike the most frequent ones; "mode" in all other cases: where there is one level,
        where nothing is painted at the places that are looked at, and for what other libraries do (ome-zarr-py takes
        the last pixel of a block, which is centred as little as the first: the most frequent is half as often
        another). Neither makes an id that is not there.

    Raises
    ------
    UnsupportedError
        When the levels are not made by whole factors.
    """
    if known_method(labels.multiscale) is not None:
        return None
    levels = labels.levels
    if len(levels) < 2 or levels[0].dtype.kind not in "iu":
        return "mode"
    step = steps_between(levels[:2], scaled=labels.location.fmt.scaled, where=labels.where)[1]
    if math.prod(step) > _MOST:
        return "mode"
    cache = ChunkCache()
    for place in _places(levels[1].shape, step):
        coarse = cache.read(levels[1], place)
        if not coarse.any():
            continue
        fine = cache.read(levels[0], tuple((a * f, b * f) for (a, b), f in zip(place, step, strict=True)))
        first, usual = (np.count_nonzero(reduce_block(fine, step, method) != coarse) for method in ("nearest", "mode"))
        if first != usual:
            return "nearest" if first < usual else "mode"
    return "mode"


def _places(shape: Ints, step: Ints) -> Iterator[tuple[tuple[int, int], ...]]:
    """Give boxes of a level that lie all over it, the middle first; the last axes are the longest of them."""
    sides: list[int] = []
    room = _MOST
    for n, f in zip(reversed(shape), reversed(step), strict=True):
        side = max(1, min(n, _SIDE if len(sides) < 2 else 1, room // f))
        sides.append(side)
        room = max(1, room // (side * f))
    sides.reverse()
    starts = []
    for n, side in zip(shape, sides, strict=True):
        last = n - side
        starts.append(list(dict.fromkeys((last // 2, last // 4, last - last // 4))))
    near = sorted(product(*(range(len(some)) for some in starts)), key=sum)
    for place in near[:_PLACES]:
        yield tuple((some[i], some[i] + side) for some, i, side in zip(starts, place, sides, strict=True))
