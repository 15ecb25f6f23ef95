"""From the JSON of a group to the model of `omezarr_nb.core.metadata`, leniently.

What is read comes from a file and may be anything. Nothing here raises for it: what cannot be used is left out, and
a `Problem` says which rule it breaks, where, and what was found.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from omezarr_nb.core.axes import KNOWN_AXES, Axis, check_axes
from omezarr_nb.core.format import Format
from omezarr_nb.core.metadata import (
    Channel,
    Dataset,
    ImageLabel,
    ImageMetadata,
    LabelColor,
    Multiscale,
    Omero,
    Window,
)
from omezarr_nb.core.problems import Problem, quoted
from omezarr_nb.core.transforms import Transformation, as_vector, parse_transformation

__all__ = ["is_safe_path", "parse_image"]

_HEX = re.compile(r"[0-9a-fA-F]{6}")
#: More is no image of any version, and no array that NumPy could hold.
_MAX_AXES = 32
_DRIVE = re.compile(r"[a-zA-Z]:")
#: Bytes of a path and of one name in it that every kind of storage takes.
_MAX_PATH = 1024
_MAX_NAME = 255
_RGBA_LENGTH = 4
_BYTE_MAX = 255


def parse_image(attributes: Mapping[str, Any], fmt: Format) -> tuple[ImageMetadata, tuple[Problem, ...]]:
    """Read the metadata of an image.

    Parameters
    ----------
    attributes
        The attributes of the image's group, as stored.
    fmt
        The version they are in.

    Returns
    -------
    ImageMetadata, tuple of Problem
        The model of all that could be read (it may hold no multiscale at all), and what could not, or breaks a
        rule.
    """
    block = fmt.block(attributes)
    parser = _Parser(fmt)
    multiscales = tuple(
        multiscale
        for index, entry in enumerate(parser.list_at(block, "multiscales", "multiscales", required=True))
        if (multiscale := parser.multiscale(entry, f"multiscales[{index}]")) is not None
    )
    known = {"multiscales", "omero", "image-label", "version"}
    metadata = ImageMetadata(
        multiscales,
        parser.omero(block["omero"]) if "omero" in block else None,
        parser.image_label(block["image-label"]) if "image-label" in block else None,
        _rest(block, known) if fmt.nested else {},
    )
    return metadata, tuple(parser.problems)


def is_safe_path(path: str) -> bool:
    """Return whether a path from metadata can be one, and stays within the group that names it.

    Examples
    --------
    >>> is_safe_path("labels/nuclei"), is_safe_path("../other"), is_safe_path("/etc/passwd")
    (True, False, False)
    """
    if "\\" in path or "\0" in path or "://" in path or _DRIVE.match(path):
        return False
    try:
        size = len(path.encode())
    except UnicodeEncodeError:  # half of a pair of surrogates
        return False
    parts = path.removesuffix("/").split("/")
    return size <= _MAX_PATH and all(part not in ("", ".", "..") and len(part.encode()) <= _MAX_NAME for part in parts)


@dataclass
class _Parser:
    """Collects problems while it reads."""

    fmt: Format
    problems: list[Problem] = field(default_factory=list)

    def error(self, rule: str, place: str, message: str) -> None:
        self.problems.append(Problem(rule, "error", place, message))

    def warn(self, rule: str, place: str, message: str) -> None:
        self.problems.append(Problem(rule, "warning", place, message))

    def list_at(self, parent: Mapping[str, Any], key: str, place: str, *, required: bool = False) -> list[Any]:
        value = parent.get(key)
        if isinstance(value, list) and (value or not required):
            return value
        if value is None and not required:
            return []
        self.error(
            f"{key}-list",
            place,
            f"a{' non-empty' if required else ''} list is expected, found {quoted(value)}",
        )
        return []

    def text(self, parent: Mapping[str, Any], key: str, place: str) -> str | None:
        """Return a string; numbers are taken as text, with a warning."""
        value = parent.get(key)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            self.warn("text", f"{place}.{key}", f"a text is expected, found the number {value}")
            return str(value)
        self.warn("text", f"{place}.{key}", f"a text is expected, found {quoted(value)}")
        return None

    def multiscale(self, entry: object, place: str) -> Multiscale | None:
        if not isinstance(entry, Mapping):
            self.error("multiscale", place, f"an object is expected, found {quoted(entry)}")
            return None
        axes = self.axes(entry, place)
        if axes is None:
            return None
        datasets = tuple(
            dataset
            for index, value in enumerate(self.list_at(entry, "datasets", f"{place}.datasets", required=True))
            if (dataset := self.dataset(value, f"{place}.datasets[{index}]", len(axes))) is not None
        )
        metadata = entry.get("metadata")
        known = {"axes", "datasets", "name", "type", "metadata", "coordinateTransformations", "version"}
        return Multiscale(
            axes,
            datasets,
            self.text(entry, "name", place),
            self.text(entry, "type", place),
            deepcopy(metadata) if isinstance(metadata, Mapping) else None,
            self.transformations(entry, place, len(axes)),
            _rest(entry, known),
        )

    def axes(self, entry: Mapping[str, Any], place: str) -> tuple[Axis, ...] | None:
        default = self.fmt.default_axes()
        if default is not None and "axes" not in entry:
            return default
        place = f"{place}.axes"
        axes = tuple(
            self.axis(axis, f"{place}[{index}]")
            for index, axis in enumerate(self.list_at(entry, "axes", place, required=True))
        )
        if not axes:
            return None
        if len(axes) > _MAX_AXES:
            self.error("axes-count", place, f"an image has 2 to 5 axes, found {len(axes)}")
            return None
        self.problems += check_axes(axes, place)
        return _with_unique_names(axes)

    def axis(self, value: object, place: str) -> Axis:
        if isinstance(value, str):
            return Axis(value, KNOWN_AXES.get(value))
        if not isinstance(value, Mapping):
            self.error("axis", place, f"an object with a name is expected, found {quoted(value)}")
            return Axis("")
        kind = self.text(value, "type", place)
        name = self.text(value, "name", place) or ""
        if kind is None and name in KNOWN_AXES:
            self.warn("axis-type", place, f'the type is missing; "{KNOWN_AXES[name]}" is taken, after the name')
            kind = KNOWN_AXES[name]
        return Axis(name, kind, self.text(value, "unit", place) or None, _rest(value, {"name", "type", "unit"}))

    def dataset(self, value: object, place: str, ndim: int) -> Dataset | None:
        if not isinstance(value, Mapping):
            self.error("dataset", place, f"an object is expected, found {quoted(value)}")
            return None
        path = self.text(value, "path", place)
        if path is None:
            self.error("dataset-path", f"{place}.path", "the path of the level's array is missing")
            return None
        if not is_safe_path(path):
            self.error("path-outside", f"{place}.path", f"{quoted(path)} is no path within the image and not followed")
            return None
        known = {"path", "coordinateTransformations"}
        return Dataset(path.rstrip("/"), self.transformations(value, place, ndim), _rest(value, known))

    def transformations(self, parent: Mapping[str, Any], place: str, ndim: int) -> tuple[Transformation, ...]:
        place = f"{place}.coordinateTransformations"
        values = self.list_at(parent, "coordinateTransformations", place)
        return tuple(self.transformation(value, f"{place}[{i}]", ndim) for i, value in enumerate(values))

    def transformation(self, value: object, place: str, ndim: int) -> Transformation:
        def report(rule: str, place: str, message: str) -> None:
            (self.warn if rule == "transformation-type" else self.error)(rule, place, message)

        return parse_transformation(value, place, report, ndim=ndim, kinds=self.fmt.transformation_types)

    def omero(self, value: object) -> Omero | None:
        if not isinstance(value, Mapping):
            self.warn("omero", "omero", f"an object is expected, found {quoted(value)}")
            return None
        channels = tuple(
            self.channel(entry, f"omero.channels[{index}]", index)
            for index, entry in enumerate(self.list_at(value, "channels", "omero.channels"))
        )
        return Omero(channels, _rest(value, {"channels", "version"}))

    def channel(self, value: object, place: str, index: int) -> Channel:
        if not isinstance(value, Mapping):
            self.warn("channel", place, f"an object is expected, found {quoted(value)}")
            return Channel(f"channel {index}")
        color = value.get("color")
        text = color.removeprefix("#") if isinstance(color, str) else ""
        if color is not None and not _HEX.fullmatch(text):
            self.warn(
                "channel-color",
                f"{place}.color",
                f"six hexadecimal digits are expected, found {quoted(color)}",
            )
        active = value.get("active", True)
        if not isinstance(active, bool):
            self.warn("channel-active", f"{place}.active", f"true or false is expected, found {quoted(active)}")
        window = self.window(value["window"], f"{place}.window") if "window" in value else None
        return Channel(
            self.text(value, "label", place) or f"channel {index}",
            text.upper() if _HEX.fullmatch(text) else "",
            active if isinstance(active, bool) else True,
            window,
            _rest(value, {"label", "color", "active", "window"}),
        )

    def window(self, value: object, place: str) -> Window | None:
        keys = ("min", "max", "start", "end")
        numbers = as_vector([value.get(key) for key in keys]) if isinstance(value, Mapping) else None
        if numbers is None or not isinstance(value, Mapping):
            self.warn("channel-window", place, f"numbers min, max, start and end are expected, found {quoted(value)}")
            return None
        low, high, start, end = numbers
        return Window(low, high, start, end, _rest(value, keys))

    def image_label(self, value: object) -> ImageLabel | None:
        if not isinstance(value, Mapping):
            self.warn("image-label", "image-label", f"an object is expected, found {quoted(value)}")
            return None
        colors = [
            color
            for index, entry in enumerate(self.list_at(value, "colors", "image-label.colors"))
            if (color := self.label_color(entry, f"image-label.colors[{index}]")) is not None
        ]
        properties = self.list_at(value, "properties", "image-label.properties")
        for index, entry in enumerate(properties):
            if not isinstance(entry, Mapping):
                place = f"image-label.properties[{index}]"
                self.warn("label-properties", place, f"an object is expected, found {quoted(entry)}")
        source = value.get("source")
        if source is not None and not isinstance(source, Mapping):
            self.warn("label-source", "image-label.source", f"an object is expected, found {quoted(source)}")
        return ImageLabel(
            tuple(colors),
            tuple(deepcopy(dict(entry)) for entry in properties if isinstance(entry, Mapping)),
            deepcopy(dict(source)) if isinstance(source, Mapping) else None,
            _rest(value, {"colors", "properties", "source", "version"}),
        )

    def label_color(self, entry: object, place: str) -> LabelColor | None:
        value = entry.get("label-value") if isinstance(entry, Mapping) else None
        if not isinstance(entry, Mapping) or isinstance(value, bool) or not isinstance(value, int):
            self.warn(
                "label-value",
                place,
                f'an object with an integer "label-value" is expected, found {quoted(entry)}',
            )
            return None
        rgba = entry.get("rgba")
        fits = isinstance(rgba, list) and len(rgba) == _RGBA_LENGTH and all(_is_byte(part) for part in rgba)
        if rgba is not None and not fits:
            self.warn(
                "label-rgba",
                f"{place}.rgba",
                f"four integers from 0 to 255 are expected, found {quoted(rgba)}",
            )
        color = (rgba[0], rgba[1], rgba[2], rgba[3]) if isinstance(rgba, list) and fits else None
        return LabelColor(value, color, _rest(entry, {"label-value", "rgba"}))


def _with_unique_names(axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """Return the axes with names that everything else can go by, where one is missing or used twice."""
    names = [axis.name for axis in axes]
    free = (name for number in itertools.count() if (name := f"axis {number}") not in names)
    return tuple(
        axis if axis.name and names.index(axis.name) == index else replace(axis, name=next(free))
        for index, axis in enumerate(axes)
    )


def _is_byte(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _BYTE_MAX


def _rest(parent: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
    """Return a copy of the keys that are not known."""
    return {key: deepcopy(value) for key, value in parent.items() if key not in set(known)}
