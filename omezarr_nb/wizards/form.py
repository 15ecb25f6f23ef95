"""What a form says, and what it says at first. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from omezarr_nb.core.metadata import default_channels
from omezarr_nb.core.units import SPACE_UNITS, TIME_UNITS, normalise_unit
from omezarr_nb.wizards.guess import order_for
from omezarr_nb.wizards.preview import Look
from omezarr_nb.wizards.sources import Source

__all__ = ["ImageForm", "first_form", "is_url", "parse_size", "split_size"]

#: A number with letters after it.
_WITH_UNIT = re.compile(r"(.*[0-9.,])\s*([^\W\d_]+)")


@dataclass(frozen=True, slots=True)
class ImageForm:
    """All that the form says.

    Parameters
    ----------
    source
        The pixels, or None before any were chosen.
    names
        Name of each dimension, in the order of the source.
    reorder
        Whether dimensions are put into the order of OME-Zarr.
    sizes
        Pixel size by axis name, as typed; "" where it is not known.
    units
        Unit by axis name; "" for none.
    together
        Whether x has the pixel size of y.
    channels
        Names of channels, with commas between; "" for the ones that are known or made up.
    colors
        Six hexadecimal digits by channel, where a person has chosen one.
    windows
        Limits of contrast by channel, as typed.
    look
        A part of the pixels, once it has been read.
    unseen
        Why it cannot be read, in words; "" where it can be, or nobody has tried.
    levels
        Number of levels; None for the number that is suggested.
    method, version
        As `omezarr_nb.plan_image` takes them.
    purpose
        What chunks, shards and compression are chosen for; "" for what the plan chooses.
    chunks
        As typed; "" for those that are chosen.
    shards
        Whether there are any; None for what is chosen.
    compression
        A name, "best", or "" for the one that is chosen.
    measuring
        Whether compression is being measured.
    storage
        What a bucket asks for, by the name that fsspec has for it.
    target
        Path or URL.
    taken
        Whether something is at the target.
    kept
        Why what is at the target cannot be replaced, in words; "" where it can be, or nothing is there.
    replace
        Whether what is at the target may be replaced.
    left
        Regions that are finished of a write to the target that was broken off and can be gone on with.
    resume
        Whether such a write is gone on with.
    """

    source: Source | None = None
    names: tuple[str, ...] = ()
    reorder: bool = False
    sizes: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    together: bool = False
    channels: str = ""
    colors: Mapping[int, str] = field(default_factory=dict)
    windows: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    look: Look | None = None
    unseen: str = ""
    levels: int | None = None
    method: str = "mean"
    version: str = "0.5"
    purpose: str = ""
    chunks: str = ""
    shards: bool | None = None
    compression: str = ""
    measuring: bool = False
    storage: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    taken: bool = False
    kept: str = ""
    replace: bool = False
    left: int = 0
    resume: bool = True

    @property
    def order(self) -> tuple[int, ...]:
        """Which dimension of the source comes first, second, ... in the image."""
        return order_for(self.names) if self.reorder else tuple(range(len(self.names)))

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the axes of the image, in its order."""
        return tuple(self.names[index] for index in self.order)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the image."""
        return () if self.source is None else tuple(self.source.shape[index] for index in self.order)

    @property
    def measured(self) -> tuple[str, ...]:
        """Axes that have a pixel size: all but channels."""
        return tuple(dict.fromkeys(name for name in self.axes if name != "c"))

    @property
    def channel_count(self) -> int:
        """How many channels the image has."""
        return dict(zip(self.axes, self.shape, strict=True)).get("c", 1)

    @property
    def labels(self) -> list[str]:
        """Names of channels that were typed."""
        return [label.strip() for label in self.channels.split(",")] if self.channels.strip() else []

    @property
    def shown_colors(self) -> list[str]:
        """Colour of each channel: chosen, known or made up."""
        known = self.source.channels if self.source is not None else ()
        count = self.channel_count
        told = [str(entry.get("color", "")) for entry in known] if len(known) == count else [""] * count
        made = default_channels(count)
        return [self.colors.get(index) or told[index] or made[index].color for index in range(count)]

    @property
    def shown_windows(self) -> list[tuple[float, float]]:
        """Limits of contrast of each channel that was looked at: typed, known, or such that suit its pixels."""
        known = self.source.channels if self.source is not None else ()
        shown = []
        for index, limits in enumerate(self.look.limits if self.look is not None else ()):
            window = known[index].get("window", {}) if index < len(known) else {}
            told = (window.get("start", limits[0]), window.get("end", limits[1]))
            typed = [parse_limit(text) for text in self.windows.get(index, ("", ""))]
            low, high = (one if isinstance(one, float) else other for one, other in zip(typed, told, strict=True))
            shown.append((low, high))
        return shown

    def window(self, index: int) -> tuple[float, float] | None:
        """Return the limits of contrast that a person has typed for a channel; one alone goes with that which suits.

        None where none was typed, one cannot be understood, or nobody has looked which the other would be.
        """
        typed = [parse_limit(text) for text in self.windows.get(index, ("", ""))]
        if typed == [None, None] or any(isinstance(limit, str) for limit in typed):
            return None
        shown = self.shown_windows
        told: tuple[Any, Any] = shown[index] if index < len(shown) else (None, None)
        low, high = (other if one is None else one for one, other in zip(typed, told, strict=True))
        return None if low is None or high is None else (float(low), float(high))

    @property
    def preset_compression(self) -> str:
        """What the purpose chooses."""
        return {"archive": "best", "analysis": "blosc-lz4"}.get(self.purpose, "auto")

    @property
    def storage_options(self) -> dict[str, Any]:
        """What fsspec needs for the target."""
        return target_options(self.target, self.storage)

    def size(self, axis: str) -> tuple[str, str]:
        """Return the size and the unit of an axis as typed; a unit after the number is the one that counts."""
        asked = "y" if axis == "x" and self.together and "y" in self.axes else axis
        number, unit = split_size(self.sizes.get(asked, ""), axis)
        return number, unit or self.units.get(asked, "")


def first_form(source: Source, target: str) -> ImageForm:
    """Return the form for a source, filled in with guesses."""
    names = source.guess.names
    sizes = {name: f"{size:.6g}" for name, size in source.says.sizes.items() if name in names and name != "c"}
    offered = {"t": "second"} | dict.fromkeys("zyx", "micrometer")  # they count only where a size is given
    units = {name: source.says.units.get(name, "") if name in sizes else unit for name, unit in offered.items()}
    return ImageForm(
        source=source,
        names=names,
        reorder=order_for(names) != tuple(range(len(names))),
        sizes=sizes,
        units=units,
        together=(sizes.get("y", ""), units.get("y", "")) == (sizes.get("x", ""), units.get("x", "")),
        channels=", ".join(str(channel["label"]) for channel in source.channels),
        method="mode" if source.labels else "mean",
        target=target,
    )


def split_size(text: str, axis: str) -> tuple[str, str]:
    """Return what was typed without its unit, and that unit in full; "" where none is known for such an axis.

    Examples
    --------
    >>> split_size("650 nm", "x"), split_size("0.65", "x"), split_size("3 s", "x")
    (('650', 'nanometer'), ('0.65', ''), ('3 s', ''))
    """
    match = _WITH_UNIT.fullmatch(text.strip())
    unit = normalise_unit(match[2]) if match is not None else ""
    if match is None or unit not in (TIME_UNITS if axis == "t" else SPACE_UNITS):
        return text.strip(), ""
    return match[1], unit


def parse_size(text: str) -> float | str:
    """Return a pixel size, or what is wrong with the text. A decimal comma is understood.

    Examples
    --------
    >>> parse_size("0,65"), parse_size("two")
    (0.65, '“two” is not a number.')
    """
    try:
        value = float(text.replace(",", ".", 1) if "." not in text else text)
    except ValueError:
        return f"“{text}” is not a number."
    return value if math.isfinite(value) and value > 0 else "A pixel size is a number above 0."


def parse_limit(text: str) -> float | str | None:
    """Return a limit of contrast, None for an empty text, or what is wrong with it."""
    if not text.strip():
        return None
    try:
        value = float(text.replace(",", ".", 1) if "." not in text else text)
    except ValueError:
        return f"“{text}” is not a number."
    return value if math.isfinite(value) else f"“{text}” is not a number."


def parse_chunks(text: str) -> tuple[int, ...] | None:
    """Return chunks, one for each axis, or None where the text is no whole numbers with commas or × between.

    Examples
    --------
    >>> parse_chunks("1, 512, 512"), parse_chunks("512 x 512")
    ((1, 512, 512), None)
    """
    texts = [part.strip() for part in text.replace("×", ",").split(",")]
    return tuple(map(int, texts)) if all(part.isdecimal() and int(part) for part in texts) else None


def target_options(target: str, storage: Mapping[str, str]) -> dict[str, Any]:
    """Return what fsspec needs for a target, of what was typed for its bucket; nothing for a path."""
    return {key: value.strip() for key, value in storage.items() if value.strip()} if is_url(target) else {}


def is_url(target: str) -> bool:
    """Return whether a target is a URL, which is not looked at before it is written to."""
    return "://" in target
