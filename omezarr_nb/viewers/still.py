"""A small picture of a view, for where no view runs: saved notebooks, static pages.

It is read from coarse levels only, and is bounded in bytes: a notebook is saved with it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from omezarr_nb.viewers.snapshot import ChannelLook, Floats, LabelLook, Sight, fitted, picture, size_of

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage

    from omezarr_nb.core.image import Level
    from omezarr_nb.viewers.planes import ImagePlanes

__all__ = ["encoded", "still"]

#: Pixels that are read of a channel at most; of a larger plane without coarse levels the middle is shown.
_MOST_PIXELS = 2**22
#: Channels that are drawn at most.
_MOST_CHANNELS = 8
#: As in `omezarr_nb.viewers.snapshot`: a level is fine enough when its pixels are at most so large.
_FINE = 1.5
_SIDES = (240, 200, 160, 128, 96, 64, 32)
_QUALITIES = (75, 60, 45, 30)


def still(
    planes: ImagePlanes,
    indices: Mapping[str, int],
    channels: Sequence[ChannelLook],
    labels: Sequence[LabelLook],
    *,
    side: int,
    sight: Sight | None = None,
    compose: Callable[[Sight], Floats | None] = lambda _: None,
    over: Callable[[PILImage, Sight], None] = lambda _picture, _sight: None,
) -> PILImage:
    """Return a picture of a plane on black.

    Parameters
    ----------
    planes
        Of the image.
    indices
        The plane, by axis name, in pixels of level 0.
    channels, labels
        How they are drawn; of the channels the first few.
    side
        Of the picture's longer side, in pixels.
    sight
        From where; by default the whole image. Its size is not that of the picture, its proportions are the image's.
    compose
        Returns what is seen of several images, or None where there is one.
    over
        Draws over the picture.
    """
    from PIL import Image as PILImages

    wide, high = _size(planes, side)
    whole = fitted(planes, wide, high)
    if sight is not None:
        whole = Sight(sight.x, sight.y, sight.zoom * high / sight.height, wide, high)
    seen = _near_enough(planes, whole)
    pixels = picture(planes, seen, indices, channels[:_MOST_CHANNELS], labels=labels, drawn=compose(seen))
    drawn = PILImages.fromarray(pixels, "RGBA")
    over(drawn, seen)
    ground = PILImages.new("RGBA", drawn.size, (0, 0, 0, 255))
    ground.alpha_composite(drawn)
    return ground.convert("RGB")


def encoded(shown: PILImage, most: int) -> bytes:
    """Return a picture as WebP in at most so many bytes: as large as goes, then as good as goes.

    Parameters
    ----------
    shown
        The picture.
    most
        Bytes; a picture of 32 pixels at the lowest quality is returned even where it has more.
    """
    data = b""
    *better, least = _QUALITIES
    for smaller in _smaller(shown):
        # What is too large at its worst need not be tried at its best.
        data = _webp(smaller, least)
        if len(data) <= most:
            good = (_webp(smaller, quality) for quality in better)
            return next((tried for tried in good if len(tried) <= most), data)
    return data


def _webp(shown: PILImage, quality: int) -> bytes:
    buffer = io.BytesIO()
    shown.save(buffer, "WEBP", quality=quality, method=4)
    return buffer.getvalue()


def _smaller(shown: PILImage) -> Iterator[PILImage]:
    """Give a picture in the sizes that are tried, its own first where it is small."""
    longer = max(shown.size)
    for side in _SIDES:
        if side <= longer:
            yield shown.resize((max(shown.width * side // longer, 1), max(shown.height * side // longer, 1)))
    if longer < _SIDES[-1]:
        yield shown


def _size(planes: ImagePlanes, side: int) -> tuple[int, int]:
    """Return width and height of a picture with the proportions of the image."""
    wide, high = size_of(planes, side, None)
    if high <= side:
        return wide, high
    return min(size_of(planes, None, side)[0], side), side


def _near_enough(planes: ImagePlanes, sight: Sight) -> Sight:
    """Return a sight that reads few pixels: nearer to the middle where even the level that is drawn is too large."""
    level = _level_of(planes, sight.zoom)
    y, x = planes.layout.y, planes.layout.x
    rows = min(sight.height / sight.zoom / level.scale[y], level.shape[y])
    columns = min(sight.width / sight.zoom / level.scale[x], level.shape[x])
    too_many = rows * columns / _MOST_PIXELS
    if too_many <= 1:
        return sight
    return Sight(sight.x, sight.y, sight.zoom * too_many**0.5, sight.width, sight.height)


def _level_of(planes: ImagePlanes, zoom: float) -> Level:
    y, x = planes.layout.y, planes.layout.x
    for level in reversed(planes.image.levels):
        if max(level.scale[y], level.scale[x]) * zoom <= _FINE:
            return level
    return planes.image.levels[0]
