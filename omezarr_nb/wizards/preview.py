"""Small pictures of what is going to be written: a part of one plane, its channels in their colours, and its levels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.contrast import limits_of
from omezarr_nb.core.pyramid.reduce import FILTERS, reduce_block
from omezarr_nb.core.pyramid.source import as_source
from omezarr_nb.display.html import Html, element, join
from omezarr_nb.display.png import data_uri, encode_png

__all__ = ["Look", "channels_html", "composite", "levels_html", "look_at", "part_in_view"]

#: Pixels of a side that are read at most, and of a picture.
_SIDE, _SHOWN = 512, 256
#: Pixels of a side that are read at least, however closely a view looks: objects are larger than a few.
_LEAST = 64
#: Channels that are looked at.
MOST_CHANNELS = 16


@dataclass(frozen=True, slots=True)
class Look:
    """A part of one plane: the middle of the image.

    Parameters
    ----------
    planes
        (channel, y, x); one channel where there is no axis of that name.
    limits
        Of contrast, that suit each channel.
    size
        Of the whole plane: y, x.
    """

    planes: NDArray[Any]
    limits: tuple[tuple[float, float], ...]
    size: tuple[int, int]


def look_at(array: Any, axes: Sequence[str], part: Mapping[str, tuple[int, int]] | None = None) -> Look:
    """Read a part of an array, its middle by default: at most 512 x 512 pixels of up to 16 channels.

    Parameters
    ----------
    array
        As `omezarr_nb.plan_image` takes it.
    axes
        Its axes, in its order, y and x among them.
    part
        By axis where it begins and how many pixels are read, at most; what reaches out of the array is moved into it.
    """
    source = as_source(array)
    region = []
    for name, length in zip(axes, source.shape, strict=True):
        take = min(length, {"y": _SIDE, "x": _SIDE, "c": MOST_CHANNELS}.get(name, 1))
        start = 0 if name == "c" else (length - take) // 2
        if part is not None and name in part and name != "c":
            take = max(1, min(take, part[name][1]))
            start = min(max(0, part[name][0]), length - take)
        region.append(slice(start, start + take))
    block = source.read(tuple(region))
    kept = [index for index, name in enumerate(axes) if name in "cyx"]
    names = [axes[index] for index in kept]
    plane = block.reshape([block.shape[index] for index in kept])
    plane = plane.transpose([names.index(name) for name in ("c", "y", "x") if name in names])
    if "c" not in names:
        plane = plane[np.newaxis]
    if plane.dtype.kind == "c":
        plane = np.abs(plane)
    if plane.dtype == bool:
        plane = plane.astype("uint8")
    size = dict(zip(axes, source.shape, strict=True))
    return Look(plane, tuple(limits_of(channel) for channel in plane), (size["y"], size["x"]))


def part_in_view(viewer: Any) -> dict[str, tuple[int, int]]:
    """Return the part of level 0 that a view shows, for `look_at`: its planes, and its middle where it is zoomed.

    How wide a view is, it does not know; it is taken for 4/3 of its height.
    """
    image = viewer.image
    part = {name: (int(index), 1) for name, index in viewer.indices.items() if name != "c"}
    if viewer.zoom <= 0 or len(viewer.center) != 2 or {"y", "x"} & set(part):  # all of it, or another plane
        return part
    level, names = image.levels[0], [axis.name for axis in image.axes]
    for name, place, size in zip("xy", viewer.center, (viewer.height * 4 / 3, viewer.height), strict=True):
        index = names.index(name)
        scale = level.scale[index]
        take = math.ceil(min(size / (viewer.zoom * scale), _SIDE))
        part[name] = (round((place - level.translation[index]) / scale - take / 2), max(take, _LEAST))
    return part


def composite(
    planes: NDArray[Any], windows: Sequence[tuple[float, float]], colors: Sequence[str], side: int = _SHOWN
) -> bytes:
    """Return a PNG of channels added up in their colours.

    Parameters
    ----------
    planes
        (channel, y, x).
    windows
        What is shown black and in full colour, by channel.
    colors
        Six hexadecimal digits each; "" leaves a channel out.
    side
        Of the picture at most, in pixels.
    """
    step = max(1, -(-max(planes.shape[1:]) // side))
    small = planes[:, ::step, ::step].astype("float32")
    picture = np.zeros((*small.shape[1:], 3), "float32")
    for plane, (low, high), color in zip(small, windows, colors, strict=False):
        if len(color) == 6:
            share = np.clip((np.nan_to_num(plane) - low) / (high - low if high > low else 1.0), 0, 1)
            picture += share[..., np.newaxis] * np.array([int(color[i : i + 2], 16) for i in (0, 2, 4)], "float32")
    return encode_png(np.clip(picture, 0, 255).astype("uint8"))


def channels_html(look: Look, windows: Sequence[tuple[float, float]], colors: Sequence[str]) -> Html:
    """Return the picture of all channels, and what part of the image it is."""
    high, wide = look.planes.shape[1:]
    part = "" if (high, wide) == look.size else f"the middle, {wide} × {high} of {look.size[1]} × {look.size[0]} px"
    picture = element(
        "img", src=data_uri(composite(look.planes, windows, colors)), alt="preview of the channels", class_="oz-preview"
    )
    return join(picture, element("div", part, class_="oz-quiet") if part else None)


def levels_html(
    look: Look, steps: Sequence[Mapping[str, int]], sizes: Sequence[str], method: str, colors: Sequence[str]
) -> Html:
    """Return a picture of each level, made of the part that was read as the write makes it.

    Parameters
    ----------
    look
        What was read.
    steps
        For each level its whole factors from the level before, by axis; of z nothing is shown.
    sizes
        Words below each picture.
    method
        As `omezarr_nb.plan_image` takes it. Filters with a halo are shown as means.
    colors
        Of the channels.
    """
    shown, block, cells = "mean" if method in FILTERS else method, look.planes, []
    for step, words in zip(steps, sizes, strict=True):
        factors = (1, step.get("y", 1), step.get("x", 1))
        if factors != (1, 1, 1):
            block = reduce_block(block, factors, shown)  # type: ignore[arg-type] # one of its names
        if not block.size:
            break
        picture = composite(block, look.limits, colors, 96)
        image = element("img", src=data_uri(picture), alt=words, class_="oz-preview oz-level")
        cells.append(element("figure", image, element("figcaption", words)))
    return element("div", *cells, class_="oz-levels", role="group", aria_label="Preview of the levels")
