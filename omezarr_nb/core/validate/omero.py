"""Rules of `omero`: how channels are shown."""

from __future__ import annotations

import re
from typing import Any

from omezarr_nb.core.rules import images as rules
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.values import Kind, is_finite, shown

__all__ = ["check_omero"]


_HEX = re.compile(r"[0-9a-fA-F]{6}")
_BOUNDS = ("start", "min", "end", "max")


def check_omero(report: Report, value: Any, place: str) -> None:
    """Check `omero`."""
    omero = report.kind(value, Kind.OBJECT, place, rules.OMERO_OBJECT)
    if omero is None:
        return
    channels = report.value(omero, "channels", Kind.LIST, place, rules.OMERO_CHANNELS, missing=rules.OMERO_CHANNELS)
    for channel, where in report.objects(channels, f"{place}.channels", rules.CHANNEL_OBJECT):
        _check_channel(report, channel, where)


def _check_channel(report: Report, channel: JSON, place: str) -> None:
    for key, kind in report.facts.channel_fields.items():
        report.value(channel, key, kind, place, rules.CHANNEL_FIELD)
    color = channel.get("color")
    if "color" not in channel:
        report.broken(rules.CHANNEL_COLOR, f"{place}.color", "nothing", "6 hexadecimal digits")
    elif isinstance(color, str) and not _HEX.fullmatch(color):
        bare = color.lstrip("#")
        mend = f"Write {shown(bare)}." if _HEX.fullmatch(bare) else ""
        report.broken(rules.CHANNEL_COLOR_HEX, f"{place}.color", shown(color), '6 digits such as "00FF7F"', mend)
    if "window" not in channel:
        report.broken(rules.CHANNEL_WINDOW, f"{place}.window", "nothing", "an object")
        return
    window = report.kind(channel["window"], Kind.OBJECT, f"{place}.window", rules.WINDOW_OBJECT)
    if window is None:
        return
    for key in _BOUNDS:
        required = rules.WINDOW_FIELD if key in report.facts.window_required else None
        number = report.value(window, key, Kind.NUMBER, f"{place}.window", rules.WINDOW_NUMBER, missing=required)
        if number is not None and not is_finite(number):
            report.broken(rules.WINDOW_FINITE, f"{place}.window.{key}", shown(number), "a finite number")
