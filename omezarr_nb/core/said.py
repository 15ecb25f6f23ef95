"""Pixel sizes that picture files tell about themselves, each with where it was found."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from itertools import islice
from pathlib import Path
from typing import Any

from omezarr_nb.core.units import normalise_unit

__all__ = ["FileSays", "said_by_picture", "said_by_series", "said_by_tiff"]

#: Dots per inch that programs write when nobody measured: of screens and of print.
_PRINT = (72, 96, 100, 120, 150, 200, 300, 600)
_INCH = 25_400.0
_PER_UNIT = {2: _INCH, 3: 10_000.0}  # ResolutionUnit of TIFF, in micrometers

# What a tag holds has no "<" in it: so each of these looks at a character a few times at most, whatever the text is.
_PIXELS = re.compile(r"<(?:\w+:)?Pixels\b([^<>]*)>")
_CHANNEL = re.compile(r"<(?:\w+:)?Channel\b")
_NAMED_CHANNEL = re.compile(_CHANNEL.pattern + r'[^<>]*?\bName\s*=\s*"([^"<]*)"')
_ATTRIBUTE = re.compile(r'\b(\w+)\s*=\s*"([^"]*)"')


@dataclass(frozen=True, slots=True)
class FileSays:
    """What a file tells about itself beyond its pixels.

    Parameters
    ----------
    axes
        Letters of the dimensions ("TCYX"), or "".
    sizes
        Pixel size by axis name.
    units
        Unit by axis name.
    reason
        Where sizes come from, or why a resolution that is there was not taken; "" where there is none.
    channels
        Names of the channels.
    """

    axes: str = ""
    sizes: Mapping[str, float] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    channels: tuple[str, ...] = ()


def said_by_picture(path: Path) -> FileSays:
    """Return the pixel size in the header of a PNG, JPEG, BMP or GIF; no pixels are read."""
    import PIL.Image

    with PIL.Image.open(path) as picture:
        dpi = picture.info.get("dpi")
    if not isinstance(dpi, tuple) or len(dpi) != 2:
        return FileSays()
    return from_resolution(_INCH / dpi[1] if dpi[1] else 0.0, _INCH / dpi[0] if dpi[0] else 0.0)


def from_resolution(y: float, x: float) -> FileSays:
    """Return the size of a pixel in micrometers as a guess, unless it is one that programs write unasked."""
    if not (_sane(y) and _sane(x)):
        return FileSays()
    dots = _INCH / x
    if abs(dots - round(dots)) < 0.02 and round(dots) in _PRINT:
        return FileSays(
            reason=f"The file says {round(dots)} dots per inch: a size in print, so it is not taken as the pixel size."
        )
    return _micrometers(y, x, "guessed from the resolution that the file gives")


def said_by_tiff(path: Path) -> FileSays:
    """Return axes and pixel size in the tags of a TIFF: OME-XML, ImageJ's description, or its resolution."""
    import tifffile

    with tifffile.TiffFile(path) as tiff:
        return said_by_series(tiff, 0)


def said_by_series(tiff: Any, index: int) -> FileSays:
    """Return what an open `tifffile.TiffFile` tells of one of its series; see `said_by_tiff`."""
    axes = tiff.series[index].axes if tiff.series else ""
    if tiff.is_ome and tiff.ome_metadata:
        found = from_ome_xml(tiff.ome_metadata, index)
    else:
        page = tiff.pages.first
        tags = {name: page.tags[name].value for name in _TAGS if name in page.tags}
        found = from_imagej(tiff.imagej_metadata or {}, tags) if tiff.is_imagej else from_tags(tags)
    return FileSays(axes, found.sizes, found.units, found.reason, found.channels)


_TAGS = ("XResolution", "YResolution", "ResolutionUnit")


def from_tags(tags: Mapping[str, Any]) -> FileSays:
    """Return the pixel size of a TIFF's resolution tags, in micrometers."""
    per = _PER_UNIT.get(int(tags.get("ResolutionUnit", 2)))
    x, y = (_ratio(tags.get(name)) for name in ("XResolution", "YResolution"))
    if per is None or not x or not y:
        return FileSays()
    return from_resolution(per / y, per / x)


def from_imagej(metadata: Mapping[str, Any], tags: Mapping[str, Any]) -> FileSays:
    """Return the pixel size of ImageJ: pixels per unit in the tags, planes and frames in the description."""
    unit = normalise_unit(_text(metadata.get("unit", "")).replace("\\u00B5", "µ"))
    if not unit or unit in ("pixel", "inch"):
        return from_tags(tags) if unit == "inch" else FileSays()
    sizes, units = {}, {}
    found = {"y": _ratio(tags.get("YResolution")), "x": _ratio(tags.get("XResolution"))}
    for name, per_unit in found.items():
        if per_unit and _sane(1 / per_unit):
            sizes[name], units[name] = 1 / per_unit, unit
    spacing = metadata.get("spacing")
    if isinstance(spacing, int | float) and _sane(spacing):
        sizes["z"], units["z"] = float(spacing), unit
    interval = metadata.get("finterval")
    if isinstance(interval, int | float) and _sane(interval):
        sizes["t"], units["t"] = float(interval), "second"
    return FileSays(sizes=sizes, units=units, reason="from ImageJ's description in the file" if sizes else "")


def from_ome_xml(text: str, index: int = 0) -> FileSays:
    """Return pixel sizes and channel names of an image of an OME-XML description, the first by default.

    Only attributes of one element are wanted, so no XML is parsed: a file cannot make it expand or load anything.
    """
    pixels = next(islice(_PIXELS.finditer(text), index, None), None)
    if pixels is None:
        return FileSays()
    given = dict(_ATTRIBUTE.findall(pixels.group(1)))
    sizes, units = {}, {}
    for name, key, default in (
        ("x", "PhysicalSizeX", "µm"),
        ("y", "PhysicalSizeY", "µm"),
        ("z", "PhysicalSizeZ", "µm"),
        ("t", "TimeIncrement", "s"),
    ):
        try:
            size = float(given.get(key, ""))
        except ValueError:
            continue
        unit = normalise_unit(_text(given.get(f"{key}Unit", default)))
        if _sane(size) and unit not in ("pixel", "reference frame"):
            sizes[name], units[name] = size, unit
    after = text[pixels.end() :].split("Pixels>", 1)[0]
    names = _NAMED_CHANNEL.findall(after)
    channels = tuple(_text(name) for name in names) if len(names) == len(_CHANNEL.findall(after)) else ()
    return FileSays(sizes=sizes, units=units, reason="from the OME-XML in the file" if sizes else "", channels=channels)


def _micrometers(y: float, x: float, reason: str) -> FileSays:
    sizes = {"y": float(f"{y:.6g}"), "x": float(f"{x:.6g}")}
    return FileSays(sizes=sizes, units={"y": "micrometer", "x": "micrometer"}, reason=reason)


def _ratio(value: Any) -> float:
    """Return a resolution, which TIFF stores as a fraction; 0 where there is none."""
    if isinstance(value, tuple) and len(value) == 2:
        return value[0] / value[1] if value[1] else 0.0
    return float(value) if isinstance(value, int | float) else 0.0


def _sane(value: float) -> bool:
    return math.isfinite(value) and value > 0


def _text(value: object) -> str:
    return unescape(str(value)).strip()
