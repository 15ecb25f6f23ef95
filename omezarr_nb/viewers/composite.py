"""The picture of several images: laid over one another, left and right of a line, or as their difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from omezarr_nb.viewers.layers import Matrix, enlargement, to_own
from omezarr_nb.viewers.snapshot import ChannelLook, Floats, Sight, level_for, sampled

if TYPE_CHECKING:
    from omezarr_nb.viewers.planes import ImagePlanes

__all__ = ["Comparison", "Overlaid", "composed"]

#: What is drawn where the first image has more, and where it has less: red, green, blue.
_MORE, _LESS = (1.0, 0.55, 0.0), (0.25, 0.6, 1.0)
#: Pixels of a turned image that are read at once for a picture.
_MOST_READ = 2**26


@dataclass(frozen=True, slots=True)
class Overlaid:
    """An image of a view, as it is drawn.

    Parameters
    ----------
    planes
        Where its pixels come from.
    indices
        Its plane, by axis name, in pixels of its level 0, not rounded; None where it does not reach there.
    channels
        Those that are drawn.
    matrix
        What its x and y go through.
    level
        The level to draw; by zoom where it is None.
    """

    planes: ImagePlanes
    indices: Mapping[str, float] | None
    channels: Sequence[ChannelLook]
    matrix: Matrix | None = None
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """How images are set against one another.

    Parameters
    ----------
    kind
        "", "swipe" or "difference".
    divider
        Where the line is, as a part of the width.
    limit
        The difference that is drawn in full colour.
    """

    kind: str = ""
    divider: float = 0.5
    limit: float = 1.0


def composed(images: Sequence[Overlaid], sight: Sight, comparison: Comparison) -> Floats:
    """Return what is seen of several images.

    Parameters
    ----------
    images
        The first one first.
    sight
        From where.
    comparison
        How they are compared, if they are.

    Returns
    -------
    numpy.ndarray
        (height, width, RGBA), float32, 0 to 1; transparent where there is no image.
    """
    if comparison.kind == "difference":
        return _difference(images[0], images[1], sight, comparison.limit)
    result = np.zeros((sight.height, sight.width, 4), np.float32)
    line = round(comparison.divider * sight.width)
    for position, image in enumerate(images):
        drawn = _drawn(image, sight)
        if comparison.kind == "swipe":
            drawn[:, slice(line, None) if position == 0 else slice(0, line)] = 0
        result[..., :3] += drawn[..., :3]
        result[..., 3] = np.maximum(result[..., 3], drawn[..., 3])
    return np.clip(result, 0, 1)


def _drawn(image: Overlaid, sight: Sight) -> Floats:
    """Return an image alone; black where it lies and has no channel."""
    result = np.zeros((sight.height, sight.width, 4), np.float32)
    if image.indices is None:
        return result
    result[..., 3] = _covered(image, sight)
    for look in image.channels:
        result[..., :3] += look.colors(_values(image, look.channel, sight))
    return result


def _difference(first: Overlaid, second: Overlaid, sight: Sight, limit: float) -> Floats:
    result = np.zeros((sight.height, sight.width, 4), np.float32)
    if not first.channels or not second.channels or first.indices is None or second.indices is None:
        return result
    one, other = (_values(image, image.channels[0].channel, sight) for image in (first, second))
    both = ~np.isnan(one) & ~np.isnan(other)
    part = np.clip(np.where(both, one - other, 0) / max(limit, 1e-30), -1, 1)[..., np.newaxis]
    result[..., :3] = np.maximum(part, 0) * np.array(_MORE, np.float32)
    result[..., :3] += np.maximum(-part, 0) * np.array(_LESS, np.float32)
    result[..., 3] = both
    return result


def _places(image: Overlaid, sight: Sight) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of each pixel of the picture in the image's own world."""
    x, y = np.meshgrid(sight.columns(), sight.rows())
    return to_own(image.matrix, x, y) if image.matrix is not None else (x, y)


def _covered(image: Overlaid, sight: Sight) -> np.ndarray:
    """Return where the image lies: as far as its finest level, whichever is drawn."""
    finest, layout = image.planes.image.levels[0], image.planes.layout
    x, y = _places(image, sight)
    inside = np.ones(x.shape, bool)
    for axis, place in ((layout.x, x), (layout.y, y)):
        index = np.floor((place - finest.translation[axis]) / finest.scale[axis] + 0.5)
        inside &= (index >= 0) & (index < finest.shape[axis])
    return inside


def _values(image: Overlaid, channel: int, sight: Sight) -> Floats:
    """Return the value under each pixel of the picture, nearest, and not-a-number where there is none."""
    planes = image.planes
    out = np.full((sight.height, sight.width), np.nan, np.float32)
    zoom = sight.zoom * (1 if image.matrix is None else enlargement(image.matrix))
    index = level_for(planes, zoom) if image.level is None else image.level
    level = planes.image.levels[index]
    at = planes.level_indices(level, image.indices or {})
    if image.matrix is None:
        for rows, columns, values in sampled(planes, level, at, channel, sight):
            out[np.ix_(rows, columns)] = values
        return out
    layout = planes.layout
    x, y = _places(image, sight)
    column = np.floor((x - level.translation[layout.x]) / level.scale[layout.x] + 0.5).astype(np.int64)
    row = np.floor((y - level.translation[layout.y]) / level.scale[layout.y] + 0.5).astype(np.int64)
    inside = (column >= 0) & (row >= 0) & (column < level.shape[layout.x]) & (row < level.shape[layout.y])
    if not inside.any():
        return out
    # In bands of the picture: the box around a turned band is little larger than the band.
    height = max(min(sight.height, int(_MOST_READ / max(sight.width, 1) / 8)), 1)
    for start in range(0, sight.height, height):
        band = slice(start, start + height)
        seen = inside[band]
        if not seen.any():
            continue
        rows, columns = row[band][seen], column[band][seen]
        box = (slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))
        pixels = planes.window(level, at, channel, *(slice(int(one.start), int(one.stop)) for one in box))
        out[band][seen] = pixels[rows - box[0].start, columns - box[1].start]
    return out
