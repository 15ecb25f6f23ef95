"""From the JSON of a group to the model of `omezarr_nb.core.metadata`, leniently.

What is read comes from a file and may be anything. Nothing here raises for it: what cannot be used is left out, and
a `Problem` says which rule it breaks, where, and what was found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from omezarr_nb.core.axes import Axis, axes_word
from omezarr_nb.core.bare import guess_axes
from omezarr_nb.core.collector import Collector, is_safe_path, rest, with_unique_names
from omezarr_nb.core.format import Format
from omezarr_nb.core.metadata import (
    Channel,
    Dataset,
    ImageLabel,
    ImageMetadata,
    Intrinsic,
    LabelColor,
    Multiscale,
    Omero,
    Window,
)
from omezarr_nb.core.problems import Problem, quoted
from omezarr_nb.core.transforms import CoordinateSystem, Transformation, as_vector

__all__ = ["is_safe_path", "parse_image"]

_HEX = re.compile(r"[0-9a-fA-F]{6}")
_RGBA_LENGTH = 4
_MOST_GUESSED = 5  # axes, of which there are names to guess
_BYTE_MAX = 255
_INTRINSIC = Intrinsic()


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
        rest(block, known) if fmt.nested else {},
    )
    return metadata, tuple(parser.problems)


class _Parser(Collector):
    """Reads the parts of an image's metadata."""

    def multiscale(self, entry: object, place: str) -> Multiscale | None:
        if not isinstance(entry, Mapping):
            self.error("multiscale", place, f"an object is expected, found {quoted(entry)}")
            return None
        systems, intrinsic = self.coordinate_systems(entry, place)
        axes = systems[intrinsic.index].axes if systems else self.axes(entry, place)
        if not axes:
            return None
        axes = with_unique_names(axes)
        datasets = tuple(
            dataset
            for index, value in enumerate(self.list_at(entry, "datasets", f"{place}.datasets", required=True))
            if (dataset := self.dataset(value, f"{place}.datasets[{index}]", axes, intrinsic)) is not None
        )
        metadata = entry.get("metadata")
        known = {"axes", "datasets", "name", "type", "metadata", "coordinateTransformations", "version"}
        return Multiscale(
            axes,
            datasets,
            self.text(entry, "name", place),
            self.text(entry, "type", place),
            deepcopy(metadata) if isinstance(metadata, Mapping) else None,
            () if systems else self.transformations(entry, place, len(axes)),
            rest(entry, known | {"coordinateSystems"} if systems else known),
            intrinsic,
            tuple(system for index, system in enumerate(systems) if index != intrinsic.index),
            self.edges(entry, place, systems) if systems else (),
        )

    def axes(self, entry: Mapping[str, Any], place: str) -> tuple[Axis, ...]:
        default = self.fmt.default_axes()
        if default is not None and "axes" not in entry:
            return default
        axes = self.axis_list(entry, place)
        size = _stated_size(entry)
        if axes or entry.get("axes") is not None or "coordinateSystems" in entry or size is None:
            return axes
        axes, _ = guess_axes(None, size)
        message = f"they are taken to be {axes_word(axes)}, after the {size} numbers of the first scale"
        self.warn("axes-guessed", f"{place}.axes", message)
        return axes

    def coordinate_systems(
        self, entry: Mapping[str, Any], place: str
    ) -> tuple[tuple[CoordinateSystem, ...], Intrinsic]:
        """Return the systems (none before 0.6), and which of them is the one that all levels map to."""
        if self.fmt.axes_form != "systems":
            return (), _INTRINSIC
        if "coordinateSystems" not in entry and "axes" in entry:
            self.error("coordinateSystems-list", f"{place}.axes", "axes stand in coordinateSystems since 0.6")
            return (), _INTRINSIC
        systems = self.systems(entry, place, required=True)
        outputs = [output for output in map(_output_name, _mappings(entry.get("datasets"))) if output is not None]
        names = [system.name for system in systems]
        if len(set(outputs)) > 1:
            message = f"all levels map to one system, found {', '.join(map(quoted, dict.fromkeys(outputs)))}"
            self.error("intrinsic-same", f"{place}.datasets", message)
        index = next((names.index(output) for output in outputs if output in names), 0)
        if not systems:
            return (), _INTRINSIC
        return systems, Intrinsic(names[index], index, systems[index].extra)

    def dataset(self, value: object, place: str, axes: Sequence[Axis], intrinsic: Intrinsic) -> Dataset | None:
        if not isinstance(value, Mapping):
            self.error("dataset", place, f"an object is expected, found {quoted(value)}")
            return None
        path = self.text(value, "path", place)
        if path is None:
            self.error("dataset-path", f"{place}.path", "the path of the level's array is missing")
            return None
        if not is_safe_path(path):
            self.error("path-inside", f"{place}.path", f"{quoted(path)} is no path within the image and not followed")
            return None
        path = path.rstrip("/")
        extra = rest(value, {"path", "coordinateTransformations"})
        if self.fmt.level_form == "one":
            steps, annotation = self.level(value, place, len(axes), path, intrinsic)
            return Dataset(path, steps, extra, annotation)
        return Dataset(path, self.transformations(value, place, len(axes)), extra)

    def level(
        self, value: Mapping[str, Any], place: str, ndim: int, path: str, intrinsic: Intrinsic
    ) -> tuple[tuple[Transformation, ...], dict[str, Any]]:
        """Return what places a level (0.6), its sequence taken apart, and the other keys of the sequence."""
        place = f"{place}.coordinateTransformations"
        entries = self.list_at(value, "coordinateTransformations", place)
        if len(entries) != 1:
            self.error("level-transformation", place, f"a level has one transformation, found {len(entries)}")
        steps: list[Transformation] = []
        annotation: dict[str, Any] = {}
        for index, entry in enumerate(entries):
            here = f"{place}[{index}]"
            if not isinstance(entry, Mapping):
                self.error("transformation", here, f"an object is expected, found {quoted(entry)}")
                continue
            ends = self.level_ends(entry, here, path, intrinsic)
            parts = entry.get("transformations")
            if entry.get("type") == "sequence" and isinstance(parts, list):
                steps += [
                    self.transformation(part, f"{here}.transformations[{number}]", ndim)
                    for number, part in enumerate(parts)
                ]
                annotation |= rest(entry, {"type", "transformations", "input", "output"}) | ends
            else:
                steps.append(self.transformation(rest(entry, {"input", "output"}), here, ndim))
                annotation |= ends
        return tuple(steps), annotation

    def level_ends(self, entry: Mapping[str, Any], place: str, path: str, intrinsic: Intrinsic) -> dict[str, Any]:
        """Check input and output of a level's transformation, and return their other keys."""
        known = {"input": ("path", path), "output": ("name", intrinsic.name)}
        others = {}
        for key, (name, expected) in known.items():
            found = self.reference(entry.get(key), f"{place}.{key}")
            value = entry.get(key)
            stated = getattr(found, name, None)
            if stated is not None and stated != expected:
                self.error(f"level-{key}", f"{place}.{key}", f"{quoted(expected)} is expected, found {quoted(stated)}")
            if isinstance(value, Mapping) and (other := rest(value, {name})):
                others[key] = other
        return others

    def transformations(self, parent: Mapping[str, Any], place: str, ndim: int) -> tuple[Transformation, ...]:
        place = f"{place}.coordinateTransformations"
        values = self.list_at(parent, "coordinateTransformations", place)
        return tuple(self.transformation(value, f"{place}[{i}]", ndim) for i, value in enumerate(values))

    def omero(self, value: object) -> Omero | None:
        if not isinstance(value, Mapping):
            self.warn("omero", "omero", f"an object is expected, found {quoted(value)}")
            return None
        channels = tuple(
            self.channel(entry, f"omero.channels[{index}]", index)
            for index, entry in enumerate(self.list_at(value, "channels", "omero.channels"))
        )
        return Omero(channels, rest(value, {"channels", "version"}))

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
            rest(value, {"label", "color", "active", "window"}),
        )

    def window(self, value: object, place: str) -> Window | None:
        keys = ("min", "max", "start", "end")
        numbers = as_vector([value.get(key) for key in keys]) if isinstance(value, Mapping) else None
        if numbers is None or not isinstance(value, Mapping):
            self.warn("channel-window", place, f"numbers min, max, start and end are expected, found {quoted(value)}")
            return None
        low, high, start, end = numbers
        return Window(low, high, start, end, rest(value, keys))

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
            rest(value, {"colors", "properties", "source", "version"}),
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
        return LabelColor(value, color, rest(entry, {"label-value", "rgba"}))


def _is_byte(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _BYTE_MAX


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _stated_size(multiscale: Mapping[str, Any]) -> int | None:
    """Return for how many axes the first scale of a level stands, or None where there is no such scale."""
    for dataset in _mappings(multiscale.get("datasets")):
        for transformation in _mappings(dataset.get("coordinateTransformations")):
            scale = transformation.get("scale")
            if isinstance(scale, list) and 1 <= len(scale) <= _MOST_GUESSED:
                return len(scale)
    return None


def _output_name(dataset: Mapping[str, Any]) -> str | None:
    """Return the name of the system that a level maps to, as stated (0.6)."""
    for entry in _mappings(dataset.get("coordinateTransformations")):
        output = entry.get("output")
        name = output.get("name") if isinstance(output, Mapping) else output
        if isinstance(name, str):
            return name
    return None
