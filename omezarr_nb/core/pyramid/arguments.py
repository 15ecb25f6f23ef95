"""Arguments of a write as people give them, checked and made tuples in axis order."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, TypeAlias

import numpy as np

from omezarr_nb.core.axes import Axes, AxesLike, Axis, axis_names, parse_axes, spatial_axes, with_units
from omezarr_nb.core.format import Format, format_from_version
from omezarr_nb.core.kinds import Floats
from omezarr_nb.core.metadata import Channel, Window, default_channels
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError

PerAxis: TypeAlias = Mapping[str, float] | Sequence[float]
UnitsLike: TypeAlias = str | Mapping[str, str | None] | Sequence[str | None]
ChannelLike: TypeAlias = str | Mapping[str, Any] | Channel

#: Of versions whose axes are free: NumPy has no more in all its releases, and reading takes no more.
MOST_AXES = 32

_COLOR = re.compile(r"#?([0-9a-fA-F]{6})")

#: Keys of channels that OMERO writes, and that are kept as they are.
_OTHER_CHANNEL_KEYS = ("coefficient", "family", "inverted", "lut")

#: The basic colours of CSS, and the others that channels are often shown in, as RRGGBB.
_COLOR_NAMES = {
    "black": "000000",
    "silver": "C0C0C0",
    "gray": "808080",
    "grey": "808080",
    "white": "FFFFFF",
    "maroon": "800000",
    "red": "FF0000",
    "purple": "800080",
    "fuchsia": "FF00FF",
    "magenta": "FF00FF",
    "green": "008000",
    "lime": "00FF00",
    "olive": "808000",
    "yellow": "FFFF00",
    "orange": "FFA500",
    "navy": "000080",
    "blue": "0000FF",
    "teal": "008080",
    "aqua": "00FFFF",
    "cyan": "00FFFF",
}


def as_format(version: str | float | Format) -> Format:
    """Give the format of a version."""
    return version if isinstance(version, Format) else format_from_version(version)


def as_axes(axes: AxesLike | None, ndim: int, units: UnitsLike | None, fmt: Format) -> tuple[Axis, ...]:
    """Give valid axes with their units.

    Parameters
    ----------
    axes
        As `omezarr_nb.core.axes.parse_axes` takes them.
    ndim
        Of the array.
    units
        By axis name, one for each axis in order (None where there is none), or one text for all axes of type
        "space".
    fmt
        The version whose rules the axes must keep.
    """
    if not (1 if fmt.free_axes else 2) <= ndim <= (MOST_AXES if fmt.free_axes else 5):
        raise InvalidArgumentError(
            f"An image of OME-Zarr {fmt.version} has {f'1 to {MOST_AXES}' if fmt.free_axes else '2 to 5'} dimensions.",
            where="the source",
            found=f"{ndim} dimensions",
            do="Add an axis with array[None], or write one image for each index.",
        )
    parsed = parse_axes(axes, ndim)
    names = [axis.name for axis in parsed]
    if units is None:
        by_name: Mapping[str, str | None] = {}
    elif isinstance(units, str):
        by_name = {names[index]: units for index in spatial_axes(parsed)}
    elif isinstance(units, Mapping):
        by_name = units
    else:
        if len(units) != ndim:
            raise InvalidArgumentError(
                "A unit (or None) is needed for each axis.", where="units", found=list(units), expected=names
            )
        by_name = {name: unit for name, unit in zip(names, units, strict=True) if unit is not None}
    checked = Axes(with_units(parsed, by_name), fmt=fmt).axes
    default = fmt.default_axes()
    if default is not None and axis_names(checked) != axis_names(default):
        raise InvalidArgumentError(
            f"An image of OME-Zarr {fmt.version} has five dimensions, and no other axes than these.",
            where="axes",
            found=", ".join(axis_names(checked)),
            expected=", ".join(axis_names(default)),
            do="Add axes of length 1, with array[None] for NumPy and dask, or write version 0.3 or later.",
        )
    return checked


def as_floats(values: PerAxis | None, axes: Sequence[Axis], place: str, *, missing: float, positive: bool) -> Floats:
    """Give one number for each axis.

    Parameters
    ----------
    values
        By axis name (`missing` for what is not named), a sequence in axis order, or None.
    axes
        In order.
    place
        Name of the argument, for messages.
    missing
        What an axis has for which nothing is given.
    positive
        Whether numbers must be above zero.
    """
    names = [axis.name for axis in axes]
    if values is None:
        return (missing,) * len(axes)
    if isinstance(values, Mapping):
        unknown = [name for name in values if name not in names]
        if unknown:
            raise InvalidArgumentError(
                "There is no such axis.", where=place, found=unknown[0], expected=", ".join(names)
            )
        given = [values.get(name, missing) for name in names]
    elif isinstance(values, Sequence | np.ndarray) and not isinstance(values, str):
        given = list(values)
        if len(given) != len(axes):
            raise InvalidArgumentError(
                "A number is needed for each axis.",
                where=place,
                found=f"{len(given)} numbers",
                expected=f"{len(axes)}, for {', '.join(names)}",
            )
    else:
        raise ArgumentTypeError(
            f"{place} is a mapping by axis name, or a sequence in axis order.", where=place, found=values
        )
    return tuple(_number(value, f"{place}, axis {name!r}", positive) for value, name in zip(given, names, strict=True))


def _number(value: Any, place: str, positive: bool) -> float:
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise ArgumentTypeError("A number is needed.", where=place, found=value)
    number = float(value)
    if not math.isfinite(number) or (positive and number <= 0):
        raise InvalidArgumentError(
            "This number cannot be meant.",
            where=place,
            found=value,
            expected="a finite number above 0" if positive else "a finite number",
        )
    return number


def as_channels(channels: Sequence[ChannelLike] | None, count: int, dtype: np.dtype[Any]) -> tuple[Channel, ...]:
    """Give one channel for each index of the channel axis; a window that is not given stays None.

    Parameters
    ----------
    channels
        Names, JSON objects with any of label, color, active and window, or `Channel`.
    count
        Length of the channel axis, or 1 without one.
    dtype
        Of the pixels: the range of a window that names only start and end.
    """
    defaults = default_channels(count)
    if channels is None:
        return defaults
    if isinstance(channels, str | Mapping) or not isinstance(channels, Sequence):
        raise ArgumentTypeError("channels is a list with one entry for each channel.", where="channels", found=channels)
    if len(channels) != count:
        raise InvalidArgumentError(
            "The number of channels is not the length of the channel axis.",
            where="channels",
            found=f"{len(channels)} channels",
            expected=f"{count}",
        )
    return tuple(
        _channel(channel, default, f"channels[{index}]", dtype)
        for index, (channel, default) in enumerate(zip(channels, defaults, strict=True))
    )


def _channel(channel: ChannelLike, default: Channel, place: str, dtype: np.dtype[Any]) -> Channel:
    if isinstance(channel, Channel):
        return Channel(
            channel.label,
            as_color(channel.color, place) if channel.color else default.color,
            channel.active,
            channel.window,
            dict(channel.extra),
        )
    if isinstance(channel, str):
        return Channel(channel, default.color, default.active)
    if not isinstance(channel, Mapping):
        raise ArgumentTypeError("A channel is a name, a mapping or a Channel.", where=place, found=channel)
    window = channel.get("window")
    known = ("label", "color", "active", "window")
    unknown = [key for key in channel if key not in (*known, *_OTHER_CHANNEL_KEYS)]
    if unknown and "label" not in channel:
        raise InvalidArgumentError(
            "A channel has no 'label', and a key that is not known.",
            where=place,
            found=dict(channel),
            expected=f"keys {', '.join(known)}",
            do=f"Its name goes under the key 'label', not {unknown[0]!r}.",
        )
    return Channel(
        str(channel.get("label", default.label)),
        default.color if channel.get("color") is None else as_color(channel["color"], place),
        bool(channel.get("active", default.active)),
        None if window is None else _window(window, place, dtype),
        {key: value for key, value in channel.items() if key not in known},
    )


def as_color(color: object, place: str) -> str:
    """Return a colour as six hexadecimal digits; `place` is that of its mapping, for the message.

    Raises
    ------
    InvalidArgumentError, ArgumentTypeError
        For what is neither digits nor the name of a colour.
    """
    named = _COLOR_NAMES.get(color.strip().lower()) if isinstance(color, str) else None
    if named is not None:
        return named
    match = _COLOR.fullmatch(color) if isinstance(color, str) else None
    if match is None:
        kind = InvalidArgumentError if isinstance(color, str) else ArgumentTypeError
        raise kind(
            "'color' is not understood: it is six hexadecimal digits, or a name.",
            where=f"{place}.color",
            found=color,
            expected="digits such as 'FF8000' or '#FF8000', or one of " + ", ".join(_COLOR_NAMES),
        )
    return match.group(1).upper()


def _window(window: object, place: str, dtype: np.dtype[Any]) -> Window:
    place = f"{place}.window"
    if isinstance(window, Window):
        return window
    if not isinstance(window, Mapping):
        raise ArgumentTypeError(
            "'window' must be a mapping.", where=place, found=window, expected="min, max, start and end"
        )
    missing = [key for key in ("start", "end") if key not in window]
    if missing:
        raise InvalidArgumentError("'window' lacks a limit.", where=place, found=dict(window), expected=missing[0])
    start, end = (_number(window[key], f"{place}.{key}", False) for key in ("start", "end"))
    low, high = value_range(dtype) or (start, end)
    low = _number(window.get("min", min(low, start)), f"{place}.min", False)
    high = _number(window.get("max", max(high, end)), f"{place}.max", False)
    return Window(low, high, start, end)


def value_range(dtype: np.dtype[Any]) -> tuple[float, float] | None:
    """Give the smallest and the largest value of a type, or None for floats, whose range says nothing."""
    if dtype.kind == "b":
        return (0.0, 1.0)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return (float(info.min), float(info.max))
    return None
