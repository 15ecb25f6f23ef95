"""Rules of `omero`: how channels are shown."""

from __future__ import annotations

import re
from typing import Any

from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.rule import SCHEMA, SHOULD, TEXT, Rule
from omezarr_nb.core.validate.values import Kind, is_finite, shown

__all__ = ["check_omero"]

OMERO_OBJECT = Rule("omero-object", 'The "omero" metadata is an object.', {"0.1": SCHEMA})
CHANNELS = Rule("omero-channels", 'The "omero" metadata MUST contain the field "channels", a list.', {"0.1": SCHEMA})
CHANNEL_OBJECT = Rule("channel-object", 'Each entry of "channels" MUST be an object.', {"0.1": SCHEMA})
CHANNEL_FIELD = Rule("channel-field", "The fields of a channel hold what the schema says.", {"0.1": SCHEMA})
CHANNEL_COLOR = Rule(
    "channel-color", 'Each channel MUST contain the field "color".', {"0.1": SCHEMA, "0.5": TEXT, "0.9.dev1": SHOULD}
)
CHANNEL_HEX = Rule(
    "channel-color-hex",
    'The "color" of a channel MUST be 6 hexadecimal digits, RGB.',
    {"0.1": SHOULD, "0.4": TEXT},
)
CHANNEL_WINDOW = Rule(
    "channel-window", 'Each channel MUST contain the field "window".', {"0.1": SCHEMA, "0.5": TEXT, "0.9.dev1": SHOULD}
)
WINDOW_OBJECT = Rule("window-object", 'The "window" of a channel MUST be an object.', {"0.1": SCHEMA})
WINDOW_FIELD = Rule("window-field", 'The field "window" MUST contain its bounds.', {"0.1": SCHEMA})
WINDOW_NUMBER = Rule("window-number", 'The bounds in "window" MUST be numbers.', {"0.1": SCHEMA})
WINDOW_FINITE = Rule("window-finite", "JSON has no infinite numbers, and none that are no number.", {"0.1": TEXT})

_HEX = re.compile(r"[0-9a-fA-F]{6}")
_BOUNDS = ("start", "min", "end", "max")


def check_omero(report: Report, value: Any, place: str) -> None:
    """Check `omero`."""
    omero = report.kind(value, Kind.OBJECT, place, OMERO_OBJECT)
    if omero is None:
        return
    channels = report.value(omero, "channels", Kind.LIST, place, CHANNELS, missing=CHANNELS)
    for channel, where in report.objects(channels, f"{place}.channels", CHANNEL_OBJECT):
        _check_channel(report, channel, where)


def _check_channel(report: Report, channel: JSON, place: str) -> None:
    for key, kind in report.facts.channel_fields.items():
        report.value(channel, key, kind, place, CHANNEL_FIELD)
    color = channel.get("color")
    if "color" not in channel:
        report.broken(CHANNEL_COLOR, f"{place}.color", "nothing", "6 hexadecimal digits")
    elif isinstance(color, str) and not _HEX.fullmatch(color):
        bare = color.lstrip("#")
        mend = f"Write {shown(bare)}." if _HEX.fullmatch(bare) else ""
        report.broken(CHANNEL_HEX, f"{place}.color", shown(color), '6 digits such as "00FF7F"', mend)
    if "window" not in channel:
        report.broken(CHANNEL_WINDOW, f"{place}.window", "nothing", "an object")
        return
    window = report.kind(channel["window"], Kind.OBJECT, f"{place}.window", WINDOW_OBJECT)
    if window is None:
        return
    for key in _BOUNDS:
        required = WINDOW_FIELD if key in report.facts.window_required else None
        number = report.value(window, key, Kind.NUMBER, f"{place}.window", WINDOW_NUMBER, missing=required)
        if number is not None and not is_finite(number):
            report.broken(WINDOW_FINITE, f"{place}.window.{key}", shown(number), "a finite number")
