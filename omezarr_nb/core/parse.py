"""From the JSON of a group to the model of `omezarr_nb.core.metadata`, leniently.

What is read comes from a file and may be anything. Nothing here raises for it: what cannot be used is left out, and
a `Problem` says which rule it breaks, where, and what was found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, TypeGuard

from omezarr_nb.core.axes import Axis, axes_word
from omezarr_nb.core.bare import guess_axes
from omezarr_nb.core.collector import Collector, with_unique_names
from omezarr_nb.core.findings import rest
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
from omezarr_nb.core.paths import is_safe_path
from omezarr_nb.core.problems import Problem, quoted
from omezarr_nb.core.rules import Rule, labels, spaces
from omezarr_nb.core.rules import images as rules
from omezarr_nb.core.rules.axes import AXES_LIST
from omezarr_nb.core.rules.storage import PATH_INSIDE
from omezarr_nb.core.transforms import CoordinateSystem, Identity, Transformation, as_vector

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
        for place, entry in parser.entries(
            block, "multiscales", "", rules.MULTISCALES_LIST, required=True, missing=rules.MULTISCALES
        )
        if (multiscale := parser.multiscale(entry, place)) is not None
    )
    known = {"multiscales", "omero", "image-label", "version"}
    metadata = ImageMetadata(
        multiscales,
        parser.omero(block["omero"]) if "omero" in block else None,
        parser.image_label(block["image-label"]) if "image-label" in block else None,
        rest(block, known) if fmt.nested else {},
    )
    return metadata, parser.problems


class _Parser(Collector):
    """Reads the parts of an image's metadata."""

    def multiscale(self, value: object, place: str) -> Multiscale | None:
        entry = self.mapping(value, place, rules.MULTISCALES_LIST)
        if entry is None:
            return None
        systems, intrinsic = self.coordinate_systems(entry, place)
        axes = systems[intrinsic.index].axes if systems else self.axes(entry, place)
        if not axes:
            return None
        axes = with_unique_names(axes)
        datasets = tuple(
            dataset
            for where, level in self.entries(entry, "datasets", place, rules.DATASETS, required=True)
            if (dataset := self.dataset(level, where, axes)) is not None
        )
        metadata = entry.get("metadata")
        if metadata is not None:
            metadata = self.mapping(metadata, f"{place}.metadata", rules.MULTISCALE_METADATA_OBJECT)
        known = {"axes", "datasets", "name", "type", "metadata", "coordinateTransformations", "version"}
        return Multiscale(
            axes,
            datasets,
            self.text(entry, "name", place, rules.MULTISCALE_NAME_TEXT),
            self.text(entry, "type", place, rules.MULTISCALE_TYPE_TEXT),
            deepcopy(metadata),
            () if systems else self.transformations(entry, place, len(axes)),
            rest(entry, known | {"coordinateSystems"} if systems else known),
            intrinsic,
            tuple(system for index, system in enumerate(systems) if index != intrinsic.index),
            self.edges(entry, place, systems, spaces.MULTISCALE_TRANSFORMATIONS) if systems else (),
        )

    def axes(self, entry: Mapping[str, Any], place: str) -> tuple[Axis, ...]:
        default = self.fmt.default_axes()
        if default is not None:
            # No rule of 0.1 and 0.2 speaks of axes: those that somebody wrote all the same are taken if they can be.
            trial = Collector(self.fmt)
            stray = trial.axis_list(entry, place, None) if isinstance(entry.get("axes"), list) else ()
            return stray if stray and not any(problem.severity == "error" for problem in trial.problems) else default
        size = _stated_size(entry)
        if entry.get("axes") is not None or "coordinateSystems" in entry or size is None:
            # In 0.6 it was said already that there are no systems.
            return self.axis_list(entry, place, None if self.fmt.axes_form == "systems" else rules.MULTISCALE_AXES)
        axes, _ = guess_axes(None, size)
        message = f"there are none; they are taken to be {axes_word(axes)}, after the {size} numbers of the first scale"
        self.error(AXES_LIST if "axes" in entry else self.axes_rule, f"{place}.axes", message)
        return axes

    @property
    def axes_rule(self) -> Rule:
        """The rule that an image without axes breaks."""
        return spaces.MULTISCALE_SYSTEMS if self.fmt.axes_form == "systems" else rules.MULTISCALE_AXES

    def coordinate_systems(
        self, entry: Mapping[str, Any], place: str
    ) -> tuple[tuple[CoordinateSystem, ...], Intrinsic]:
        """Return the systems (none before 0.6), and which of them is the one that all levels map to."""
        if self.fmt.axes_form != "systems":
            return (), _INTRINSIC
        if "coordinateSystems" not in entry and "axes" in entry:
            self.error(spaces.MULTISCALE_AXES_MOVED, f"{place}.axes", "axes stand in coordinateSystems since 0.6")
            return (), _INTRINSIC
        systems = self.systems(entry, place, missing=spaces.MULTISCALE_SYSTEMS)
        outputs = [output for output in map(_output_name, _mappings(entry.get("datasets"))) if output is not None]
        names = [system.name for system in systems]
        if len(set(outputs)) > 1:
            message = f"all levels map to one system, found {', '.join(map(quoted, dict.fromkeys(outputs)))}"
            self.error(spaces.INTRINSIC_SAME, f"{place}.datasets", message)
        index = next((names.index(output) for output in outputs if output in names), 0)
        if not systems:
            return (), _INTRINSIC
        if outputs and not set(outputs) & set(names):
            message = f"there is no system {quoted(outputs[0])} that can be read; {quoted(names[index])} is taken"
            self.error(spaces.INTRINSIC_DECLARED, f"{place}.datasets", message)
        return systems, Intrinsic(names[index], index, systems[index].extra)

    def dataset(self, entry: object, place: str, axes: Sequence[Axis]) -> Dataset | None:
        value = self.mapping(entry, place, rules.DATASET_OBJECT)
        if value is None:
            return None
        path = self.text(value, "path", place, rules.DATASET_PATH)
        if path is None:
            if value.get("path") is None:
                self.error(rules.DATASET_PATH, f"{place}.path", "the path of the level's array is missing")
            return None
        if not is_safe_path(path):
            self.error(PATH_INSIDE, f"{place}.path", f"{quoted(path)} is no path within the image and not followed")
            return None
        path = path.rstrip("/")
        extra = rest(value, {"path", "coordinateTransformations"})
        if self.fmt.level_form == "one":
            steps, annotation = self.level(value, place, len(axes), path)
            return Dataset(path, steps, extra, annotation)
        return Dataset(path, self.transformations(value, place, len(axes)), extra)

    def level(
        self, value: Mapping[str, Any], place: str, ndim: int, path: str
    ) -> tuple[tuple[Transformation, ...], dict[str, Any]]:
        """Return what places a level (0.6), its sequence taken apart, and the other keys of the sequence."""
        key, one = "coordinateTransformations", spaces.LEVEL_TRANSFORMATIONS
        missing = rules.DATASET_TRANSFORMATIONS
        entries = [*self.entries(value, key, place, one, required=True, missing=missing)]
        if len(entries) > 1:
            self.error(one, f"{place}.{key}", f"a level has one transformation, found {len(entries)}")
        steps: list[Transformation] = []
        annotation: dict[str, Any] = {}
        for here, found in entries:
            entry = self.mapping(found, here, spaces.LEVEL_TRANSFORMATION_TYPE)
            if entry is None:
                continue
            ends = self.level_ends(entry, here, path)
            parts = entry.get("transformations")
            if entry.get("type") == "sequence" and isinstance(parts, list):
                steps += [
                    self.transformation(part, f"{here}.transformations[{number}]", ndim, of_level=True)
                    for number, part in enumerate(parts)
                ]
                annotation |= rest(entry, {"type", "transformations", "input", "output"}) | ends
            else:
                steps.append(self.transformation(rest(entry, {"input", "output"}), here, ndim, of_level=True))
                annotation |= ends
        return tuple(steps), annotation

    def level_ends(self, entry: Mapping[str, Any], place: str, path: str) -> dict[str, Any]:
        """Check input and output of a level's transformation, and return their other keys."""
        others = {}
        for key, name, rule in (("input", "path", spaces.LEVEL_INPUT), ("output", "name", spaces.LEVEL_OUTPUT)):
            found = self.reference(entry.get(key), f"{place}.{key}", rule)
            value = entry.get(key)
            if found is not None and not getattr(found, name):
                self.error(rule, f"{place}.{key}.{name}", "a text is expected, found nothing")
            elif found is not None and key == "input" and found.path != path:
                message = f"{quoted(path)}, the path of the level, is expected, found {quoted(found.path)}"
                self.error(spaces.LEVEL_INPUT_PATH, f"{place}.input.path", message)
            if isinstance(value, Mapping) and (other := rest(value, {name})):
                others[key] = other
        return others

    def transformations(self, parent: Mapping[str, Any], place: str, ndim: int) -> tuple[Transformation, ...]:
        rule, key = rules.TRANSFORMATIONS_LIST, "coordinateTransformations"
        if key in parent and not self.fmt.scaled:
            message = f"{self.fmt.version} has no transformations; these are applied all the same"
            self.warn(rules.TRANSFORMATIONS_EARLY, f"{place}.{key}", message)
        found = []
        for where, value in self.entries(parent, key, place, rule, empty=rule):
            step = self.transformation(value, where, ndim)
            if isinstance(step, Identity) and isinstance(value, Mapping):
                self.warn(
                    rules.TRANSFORMATION_TYPE, f"{where}.type", "an identity is not allowed here; it changes nothing"
                )
            found.append(step)
        return tuple(found)

    def omero(self, entry: object) -> Omero | None:
        value = self.mapping(entry, "omero", rules.OMERO_OBJECT)
        if value is None:
            return None
        rule = rules.OMERO_CHANNELS
        channels = tuple(
            self.channel(channel, place, index)
            for index, (place, channel) in enumerate(self.entries(value, "channels", "omero", rule, missing=rule))
        )
        return Omero(channels, rest(value, {"channels", "version"}))

    def channel(self, entry: object, place: str, index: int) -> Channel:
        value = self.mapping(entry, place, rules.CHANNEL_OBJECT)
        if value is None:
            return Channel(f"channel {index}")
        color = value.get("color")
        text = color.removeprefix("#") if isinstance(color, str) else ""
        if color is not None and (text != color or not _HEX.fullmatch(text)):
            rule = rules.CHANNEL_COLOR_HEX if isinstance(color, str) else rules.CHANNEL_FIELD
            taken = f", which is taken as {text}" if _HEX.fullmatch(text) else ""
            message = f"six hexadecimal digits are expected, found {quoted(color)}{taken}"
            self.warn(rule, f"{place}.color", message)
        active = value.get("active", True)
        if not isinstance(active, bool):
            self.warn(rules.CHANNEL_FIELD, f"{place}.active", f"true or false is expected, found {quoted(active)}")
        window = self.window(value["window"], f"{place}.window") if "window" in value else None
        return Channel(
            self.text(value, "label", place, rules.CHANNEL_FIELD) or f"channel {index}",
            text.upper() if _HEX.fullmatch(text) else "",
            active if isinstance(active, bool) else True,
            window,
            rest(value, {"label", "color", "active", "window"}),
        )

    def window(self, entry: object, place: str) -> Window | None:
        keys = ("min", "max", "start", "end")
        value = self.mapping(entry, place, rules.WINDOW_OBJECT)
        if value is None:
            return None
        # Where the range need not be there (0.9.dev1), it is at least that of the limits.
        stated = {"min": value.get("start"), "max": value.get("end")} if "min" not in self.fmt.window_keys else {}
        stated |= value
        numbers = as_vector([stated.get(key) for key in keys])
        if numbers is None:
            missing = any(key not in value for key in self.fmt.window_keys)
            infinite = all(_is_number(value.get(key)) for key in keys)
            rule = rules.WINDOW_FIELD if missing else rules.WINDOW_FINITE if infinite else rules.WINDOW_NUMBER
            wanted = " and ".join([", ".join(self.fmt.window_keys[:-1]), self.fmt.window_keys[-1]])
            self.warn(rule, place, f"numbers {wanted} are expected, found {quoted(value)}")
            return None
        low, high, start, end = numbers
        return Window(low, high, start, end, rest(value, keys))

    def image_label(self, entry: object) -> ImageLabel | None:
        value = self.mapping(entry, "image-label", labels.IMAGE_LABEL_OBJECT)
        if value is None:
            return None
        colors: list[LabelColor] = []
        seen: set[int] = set()
        for place, stated in self.entries(value, "colors", "image-label", labels.LABEL_COLORS_LIST):
            color = self.label_color(stated, place)
            if color is None:
                continue
            if color.value in seen:
                message = f"the label {color.value} has a color already; the last one is taken"
                self.warn(labels.LABEL_VALUE_UNIQUE, f"{place}.label-value", message)
            seen.add(color.value)
            colors.append(color)
        properties = [
            deepcopy(dict(found))
            for place, stated in self.entries(value, "properties", "image-label", labels.LABEL_PROPERTIES)
            if (found := self.mapping(stated, place, labels.LABEL_PROPERTIES)) is not None
        ]
        source = value.get("source")
        if source is not None:
            source = self.mapping(source, "image-label.source", labels.LABEL_SOURCE)
        return ImageLabel(
            tuple(colors),
            tuple(properties),
            deepcopy(dict(source)) if source is not None else None,
            rest(value, {"colors", "properties", "source", "version"}),
        )

    def label_color(self, value: object, place: str) -> LabelColor | None:
        entry = self.mapping(value, place, labels.LABEL_COLORS_LIST)
        if entry is None:
            return None
        number = entry.get("label-value")
        if isinstance(number, float) and number.is_integer():  # to JSON it is one
            number = int(number)
        if isinstance(number, bool) or not isinstance(number, int):
            rule = labels.LABEL_VALUE_INTEGER if isinstance(number, float) else labels.LABEL_VALUE
            self.error(rule, f"{place}.label-value", f"an integer is expected, found {quoted(number)}")
            return None
        rgba = entry.get("rgba")
        fits = isinstance(rgba, list) and len(rgba) == _RGBA_LENGTH and all(_is_byte(part) for part in rgba)
        if rgba is not None and not fits:
            message = f"four integers from 0 to 255 are expected, found {quoted(rgba)}"
            self.warn(labels.LABEL_RGBA, f"{place}.rgba", message)
        color = (int(rgba[0]), int(rgba[1]), int(rgba[2]), int(rgba[3])) if isinstance(rgba, list) and fits else None
        return LabelColor(number, color, rest(entry, {"label-value", "rgba"}))


def _is_byte(value: object) -> bool:
    """Return whether a value is an integer from 0 to 255: to JSON, 3.0 is one."""
    return _is_number(value) and 0 <= value <= _BYTE_MAX and int(value) == value


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


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
