"""Which axes of an image are drawn, which get a slider, and what the browser is told about the image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from omezarr_nb.core.units import unit_symbol
from omezarr_nb.display.roles import Roles, roles_of
from omezarr_nb.errors import OMEZarrError, UnsupportedError
from omezarr_nb.viewers.volume import describe_volume

if TYPE_CHECKING:
    from omezarr_nb.core.image import Image, LabelImage
    from omezarr_nb.core.metadata import Channel
    from omezarr_nb.viewers.rendering import Contrast

__all__ = [
    "channels_of",
    "describe",
    "describe_channels",
    "describe_labels",
    "describe_layer",
    "id_dtype",
    "label_names",
    "layout_along",
    "layout_of",
    "value_range",
    "wire_dtype",
]

_MAX_TEXT = 200
_MAX_PROBLEMS = 20
_MAX_LABELS = 200
_MAX_COLORS = 20_000
#: Types that are sent as they are; WebGL2 has an exact texture for each.
_EXACT = ("uint8", "uint16", "uint32", "int16", "int32", "float32")


def layout_of(image: Image) -> Roles:
    """Return the role of each axis; see `omezarr_nb.display.roles.roles_of`.

    Raises
    ------
    UnsupportedError
        When there are fewer than two axes.
    """
    roles = roles_of(image.axes)
    if roles is None:
        raise UnsupportedError("An image with one axis cannot be viewed.", where=image.where)
    return roles


def layout_along(image: Image, names: Sequence[str]) -> Roles:
    """Return the role of each axis where those that are drawn are told.

    Parameters
    ----------
    image
        The image.
    names
        Of the axis that is drawn to the right, and of the one downwards: "xz", ("x", "z").

    Raises
    ------
    UnsupportedError
        When the image has no such axes.
    """
    there = [axis.name for axis in image.axes]
    if len(names) != 2 or names[0] == names[1] or any(name not in there for name in names):
        raise UnsupportedError(
            "These axes cannot be drawn.",
            where=image.where,
            found=", ".join(names),
            expected=f"two of {', '.join(there)}: the one to the right, and the one downwards",
        )
    x, y = (there.index(name) for name in names)
    channel = None if image.channel_axis in (y, x) else image.channel_axis
    return Roles(y, x, channel, tuple(axis for axis in range(len(there)) if axis not in (y, x, channel)))


def channels_of(image: Image, layout: Roles) -> tuple[Channel, ...]:
    """Return the channels that are blended: just one where the channel axis has to be drawn."""
    return image.channels[:1] if layout.channel is None else image.channels


def wire_dtype(dtype: np.dtype[Any]) -> np.dtype[Any] | None:
    """Return the type in which pixels are sent, or None for a type that cannot be shown.

    Types that the browser has no exact texture for become the next that holds them; 64-bit values become float32,
    which is exact up to 2**24; of complex numbers the magnitude is shown.
    """
    if dtype.kind not in "biufc":  # text, records, dates: some of them have no byte order to ask for
        return None
    if dtype.newbyteorder("=").name in _EXACT:
        return dtype.newbyteorder("<")
    if dtype.kind == "b":
        return np.dtype("uint8")
    if dtype == np.dtype("int8"):
        return np.dtype("<i2")
    return np.dtype("<f4")


def id_dtype(dtype: np.dtype[Any]) -> np.dtype[Any] | None:
    """Return the type in which the ids of labels are sent, or None for a type that cannot be shown.

    Their pattern of bits is sent as it is, as unsigned integers; floats, which no label should be, as whole numbers.
    """
    if dtype.kind not in "biuf":
        return None
    return np.dtype(f"<u{8 if dtype.kind == 'f' else dtype.itemsize}")


def value_range(dtype: np.dtype[Any]) -> tuple[float, float]:
    """Return the smallest and largest value of an integer type; 0 and 1 for others."""
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return float(info.min), float(info.max)
    return 0.0, 1.0


def describe(image: Image, layout: Roles) -> dict[str, Any]:
    """Return what the browser needs to know about an image before it asks for pixels; JSON.

    Parameters
    ----------
    image
        Its levels' metadata is read.
    layout
        From `layout_of`.
    """
    return _pyramid(image, layout, wire_dtype(image.dtype)) | {
        "name": image.name[:_MAX_TEXT],
        "version": image.version,
        "where": image.where[:_MAX_TEXT],
        "problems": _problems(image),
    }


def describe_channels(channels: Sequence[Channel], contrasts: Sequence[Contrast]) -> dict[str, Any]:
    """Return what the browser needs to know about channels; JSON.

    Parameters
    ----------
    channels
        Those that are blended.
    contrasts
        For each the ends of its contrast slider, and what is drawn on it.
    """
    return {
        "channels": [
            {"label": channel.label[:_MAX_TEXT], "range": list(known.range), "histogram": known.digits}
            for channel, known in zip(channels, contrasts, strict=True)
        ],
        "limits": [min(known.range[0] for known in contrasts), max(known.range[1] for known in contrasts)],
    }


def describe_labels(name: str, image: LabelImage, layout: Roles) -> dict[str, Any]:
    """Return what the browser needs to know about labels before it asks for pixels; JSON.

    Parameters
    ----------
    name
        Under which the image has them.
    image, layout
        As for `describe`.
    """
    described = image.image_label
    colors = {entry.value: entry.rgba for entry in described.colors[:_MAX_COLORS] if entry.rgba is not None}
    return _pyramid(image, layout, id_dtype(image.dtype)) | {
        "name": name,
        # Ids have up to 64 bits, numbers in the browser 53: so they are texts.
        "colors": [[str(value), f"#{bytes(rgba).hex()}"] for value, rgba in colors.items()],
        "properties": bool(described.properties),
        "problems": _problems(image),
        "volume": describe_volume(image, layout),
    }


def describe_layer(name: str, image: Image, layout: Roles) -> dict[str, Any]:
    """Return what the browser needs to know about an image over the first one before it asks for pixels; JSON.

    Parameters
    ----------
    name
        What stands in the view.
    image, layout
        As for `describe`.
    """
    return _pyramid(image, layout, wire_dtype(image.dtype)) | {"name": name, "problems": _problems(image)}


def label_names(image: Image) -> tuple[str, ...]:
    """Return the names of an image's labels that a view offers; none where their list cannot be read."""
    try:
        return tuple(name for name in image.labels if len(name) <= _MAX_TEXT)[:_MAX_LABELS]
    except OMEZarrError:
        return ()


def _problems(image: Image) -> list[str]:
    return [str(problem)[:_MAX_TEXT] for problem in image.problems[:_MAX_PROBLEMS]]


def _pyramid(image: Image, layout: Roles, wire: np.dtype[Any] | None) -> dict[str, Any]:
    """Return by what tiles are planned and placed."""
    return {
        "axes": [
            {
                "name": axis.name[:_MAX_TEXT],
                "type": (axis.type or "")[:_MAX_TEXT],
                "unit": None if axis.unit is None else axis.unit[:_MAX_TEXT],
                "symbol": unit_symbol(axis.unit)[:_MAX_TEXT],
            }
            for axis in image.axes
        ],
        "display": {"y": layout.y, "x": layout.x},
        "channel": layout.channel,
        "sliders": list(layout.sliders),
        "levels": [
            {
                "path": level.path[:_MAX_TEXT],
                "shape": list(level.shape),
                "scale": list(level.scale),
                "translation": list(level.translation),
                "dtype": level.dtype.name,
            }
            for level in image.levels
        ],
        "dtype": image.dtype.name,
        "wire": None if wire is None else wire.name,
    }
