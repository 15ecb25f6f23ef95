"""How channels are shown: what is taken for a colour, a colour map or contrast limits, and what a view begins with."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import traitlets

from omezarr_nb.core.contrast import histogram_of, limits_of, range_of
from omezarr_nb.errors import InvalidArgumentError
from omezarr_nb.viewers.layout import value_range
from omezarr_nb.viewers.planes import ImagePlanes

__all__ = [
    "Contrast",
    "check_color",
    "check_colormap",
    "check_gamma",
    "check_limits",
    "check_part",
    "colormap",
    "first_contrast",
]

Limits = tuple[float, float]

_HEX = re.compile(r"#[0-9A-Fa-f]{6}")
#: Channels whose contrast is looked up in the pixels when a view is made, whether they are shown or not; and how many
#: of those that are shown. Others have the range of the type until they are.
_SAMPLED_CHANNELS = 16
_SAMPLED_SHOWN = 64
#: Threads that read at once: a channel is a chunk of its own in most images.
_READERS = 8
#: What is drawn of a histogram is this fine.
_HEIGHTS = 35
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_RGB = ("FF0000", "00FF00", "0000FF")


@dataclass(frozen=True, slots=True)
class Contrast:
    """What is known of a channel's pixels from one plane.

    Parameters
    ----------
    limits
        What is shown black, and in full colour.
    range
        Smallest and largest value: the ends of the channel's slider.
    histogram
        Pixels in equal parts of the range, 0 to 35: the logarithm of their count, as a part of the largest one.
        Empty where nothing was read.
    """

    limits: Limits
    range: Limits
    histogram: tuple[int, ...] = ()

    @property
    def digits(self) -> str:
        """The histogram as digits to the base 36: a view is saved with it, and so it is short."""
        return "".join(_DIGITS[height] for height in self.histogram)

    def to_json(self) -> dict[str, Any]:
        """Return it for the browser."""
        return {"limits": list(self.limits), "range": list(self.range), "histogram": self.digits}

    @classmethod
    def of(cls, pixels: np.ndarray[Any, Any]) -> Contrast:
        """Return what pixels tell: limits that leave out a thousandth at each end."""
        span = range_of(pixels)
        counts = np.log1p(histogram_of(pixels, span))
        heights = np.rint(counts * (_HEIGHTS / max(counts.max(), 1e-9))).astype(int)
        return cls(limits_of(pixels), span, tuple(heights.tolist()))


def first_contrast(
    planes: ImagePlanes, indices: Mapping[str, float], visible: Sequence[bool] | None = None
) -> list[Contrast]:
    """Return what a view begins with, for every channel.

    Limits are those stored (`omero.channels[].window`), else 0 and 255 for colour pictures, else after the pixels of
    the coarsest level. A plane that cannot be read is no reason to have no view: its channel gets the range of the
    type, and the view says the rest. Of many channels those that are not visible have it, too, with no histogram.

    Parameters
    ----------
    planes, indices
        The image, and the plane that is looked at, in pixels of level 0.
    visible
        Which channels are shown at first; by default those that the image says.
    """
    channels = planes.channels
    whole = value_range(planes.image.dtype)
    picture = is_colour_picture(planes)
    shown = [channel.active for channel in channels] if visible is None else visible
    sampled = set(range(min(len(channels), _SAMPLED_CHANNELS)))
    sampled |= set([index for index, on in enumerate(shown) if on][:_SAMPLED_SHOWN])

    def first(index: int) -> Contrast:
        return _first(planes, indices, index, whole, picture, sampled=index in sampled)

    with ThreadPoolExecutor(_READERS, "omezarr_nb-sample") as pool:
        return list(pool.map(first, range(len(channels))))


def is_colour_picture(planes: ImagePlanes) -> bool:
    """Return whether the channels are the red, green and blue of a picture of 8 bits, which is shown as it is."""
    colors = tuple(channel.color.upper() for channel in planes.channels)
    return colors[:3] == _RGB and len(colors) - has_alpha(planes) == 3 and planes.image.dtype == np.dtype("uint8")


def has_alpha(planes: ImagePlanes) -> bool:
    """Return whether a fourth channel, after red, green and blue of 8 bits, says by its name how opaque they are."""
    channels = planes.channels
    if len(channels) != 4 or planes.image.dtype != np.dtype("uint8"):
        return False
    rgb = tuple(channel.color.upper() for channel in channels[:3]) == _RGB
    return rgb and channels[3].label.strip().lower() in ("a", "alpha", "opacity", "transparency")


def _first(
    planes: ImagePlanes, indices: Mapping[str, float], index: int, whole: Limits, picture: bool, *, sampled: bool
) -> Contrast:
    found = Contrast(whole, whole)
    if sampled:
        try:
            found = Contrast.of(planes.sample(index, indices))
        except Exception:  # a store and its codecs may raise anything; the tiles will say what
            found = Contrast(whole, whole)
    limits = found.limits
    window = planes.channels[index].window
    if window is not None and window.start < window.end:
        limits = (window.start, window.end)
    elif picture:
        limits = whole
    return Contrast(limits, (min(found.range[0], limits[0]), max(found.range[1], limits[1])), _widened(found, limits))


def _widened(found: Contrast, limits: Limits) -> tuple[int, ...]:
    """Return the histogram for a range that takes in the limits: the slider and what stands on it have one measure."""
    low, high = min(found.range[0], limits[0]), max(found.range[1], limits[1])
    if not found.histogram or (low, high) == found.range:
        return found.histogram
    count = len(found.histogram)
    width = (found.range[1] - found.range[0]) / count
    heights = [0] * 64
    for position, height in enumerate(found.histogram):
        center = found.range[0] + (position + 0.5) * width
        place = min(int((center - low) / (high - low) * 64), 63)
        heights[place] = max(heights[place], height)
    return tuple(heights)


def colormap(name: str) -> bytes:
    """Return 256 colours of a colour map of matplotlib, red, green and blue of 8 bits.

    Raises
    ------
    InvalidArgumentError
        When matplotlib has no such map.
    """
    from matplotlib import colormaps

    if name not in colormaps:
        raise InvalidArgumentError("There is no such colour map.", found=name, expected="a name of matplotlib's")
    colors = colormaps[name](np.arange(256) / 255)[:, :3]
    return bytes(np.rint(255 * colors).astype(np.uint8).tobytes())


def check_color(value: str) -> str:
    """Return a colour as "#rrggbb"."""
    if _HEX.fullmatch(value):
        return value.lower()
    from matplotlib.colors import to_hex

    try:
        return str(to_hex(value))
    except ValueError:
        raise traitlets.TraitError(f"{value!r} is no colour: '#rrggbb', or a name such as 'magenta'") from None


def check_colormap(value: str) -> str:
    """Return the name of a colour map; "" for none."""
    if not value:  # matplotlib takes a tenth of a second to load
        return value
    from matplotlib import colormaps

    if value not in colormaps:
        raise traitlets.TraitError(f"{value!r} is no colour map of matplotlib, such as 'viridis'; '' is none")
    return value


def check_limits(value: tuple[float, float]) -> Limits:
    """Return contrast limits, the first not above the second."""
    low, high = value
    if not -math.inf < low <= high < math.inf:
        raise traitlets.TraitError(f"contrast limits are two numbers, the first not above the second; found {value}")
    return low, high


def check_gamma(value: float) -> float:
    """Return an exponent of brightness."""
    if not 0.1 <= value <= 10:
        raise traitlets.TraitError(f"gamma is a number from 0.1 to 10, 1 for none; found {value}")
    return value


def check_part(value: float) -> float:
    """Return an opacity."""
    if not 0 <= value <= 1:
        raise traitlets.TraitError(f"opacity is a number from 0 to 1; found {value}")
    return value
