"""What mends a broken rule without guessing: one function a rule, each of which changes documents in memory.

A mend says only what follows from what is there: from the version, the arrays, the names of axes. What somebody would
have to know (a unit, the order of pixels) is none.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from omezarr_nb.core.axes import KNOWN_AXES
from omezarr_nb.core.contrast import limits_of, range_of
from omezarr_nb.core.mending.documents import Documents
from omezarr_nb.core.offsets import missing_offsets, move_level
from omezarr_nb.core.parse import is_safe_path
from omezarr_nb.core.units import SPACE_UNITS, TIME_UNITS, normalise_unit

__all__ = ["MENDS", "Mend"]

Mend = Callable[[Documents], None]

#: Pixels of a level that are read to find limits of contrast.
_MOST_PIXELS = 1 << 22


def _blocks(documents: Documents, key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in documents.groups:
        part = documents.block(path).get(key)
        if isinstance(part, dict):
            yield path, part


def _version(documents: Documents, path: str) -> str:
    return documents.groups[path].version


def name_version(documents: Documents) -> None:
    """Put the version under "ome"."""
    for path, fmt in documents.groups.items():
        attributes = documents.attributes(path)
        ome = attributes.get("ome")
        if fmt.nested and isinstance(ome, dict) and ome and "version" not in ome:
            attributes["ome"] = {"version": fmt.version, **ome}


def multiscale_version(documents: Documents) -> None:
    """Put the version into each multiscale."""
    for path, _, entry in documents.images():
        if not documents.groups[path].nested:
            entry["version"] = _version(documents, path)
        elif "version" in entry:
            del entry["version"]


def _version_of(key: str) -> Mend:
    def mend(documents: Documents) -> None:
        for path, part in _blocks(documents, key):
            if documents.groups[path].nested and key == "image-label":
                part.pop("version", None)
            else:
                part["version"] = _version(documents, path)

    return mend


def multiscale_name(documents: Documents) -> None:
    """Call a pyramid after its group."""
    for path, _, entry in documents.images():
        if "name" not in entry:
            name = (path or documents.location.basename()).rstrip("/").rpartition("/")[2]
            entry["name"] = re.sub(r"(\.ome)?\.(zarr|ozx)$", "", name) or "image"


def axis_types(documents: Documents) -> None:
    """Give t, c, z, y and x their types."""
    for axes in _axes(documents):
        for index, axis in enumerate(axes):
            if axis.get("name") in KNOWN_AXES and axis.get("type") is None:
                rest = {key: value for key, value in axis.items() if key not in ("name", "type")}
                axes[index] = {"name": axis["name"], "type": KNOWN_AXES[axis["name"]], **rest}


def axis_units(documents: Documents) -> None:
    """Write units in full: "micrometer" for "um"."""
    for axes in _axes(documents):
        for axis in axes:
            unit = axis.get("unit")
            known = SPACE_UNITS if axis.get("type") == "space" else TIME_UNITS
            if isinstance(unit, str) and (full := normalise_unit(unit)) != unit and full in known:
                axis["unit"] = full


def dimension_names(documents: Documents) -> None:
    """Give the arrays of levels the names of the axes."""
    for path, _, entry in documents.images():
        names = [axis.get("name") for axis in _axes_of(entry)]
        for child in _levels(entry):
            array = documents.array(f"{path}/{child}".lstrip("/"))
            if array is None or len(array.get("shape", ())) != len(names) or not all(isinstance(n, str) for n in names):
                continue
            if documents.zarr_format == 3:
                array["dimension_names"] = names
            else:
                documents.attributes(f"{path}/{child}".lstrip("/"))["_ARRAY_DIMENSIONS"] = names


def translation_last(documents: Documents) -> None:
    """Put translations after scales, in the units that they have there: what was moved first is scaled, too."""
    for _, _, entry in documents.images():
        datasets = entry.get("datasets")
        for dataset in [*(datasets if isinstance(datasets, list) else ()), entry]:
            steps = dataset.get("coordinateTransformations") if isinstance(dataset, dict) else None
            kinds = [step.get("type") for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []
            if steps is None or kinds != ["translation", "scale"]:
                continue
            moved, scaled = steps[0].get("translation"), steps[1].get("scale")
            if not (_numbers(moved) and _numbers(scaled) and len(moved) == len(scaled)):
                continue
            after = [a * b for a, b in zip(moved, scaled, strict=True)]
            dataset["coordinateTransformations"] = [steps[1], {**steps[0], "translation": after}]


def level_order(documents: Documents) -> None:
    """List levels from the largest to the smallest."""
    for path, _, entry in documents.images():
        datasets = entry.get("datasets")
        if not isinstance(datasets, list) or not all(isinstance(dataset, dict) for dataset in datasets):
            continue
        shapes = [_shape(documents, path, dataset) for dataset in datasets]
        if all(shape is not None for shape in shapes):
            order = sorted(range(len(datasets)), key=lambda index: -math.prod(shapes[index] or ()))
            entry["datasets"] = [datasets[index] for index in order]


def level_offset(documents: Documents) -> None:
    """Put averaged levels where their pixels lie: half the difference of the pixel sizes further."""
    for path, _, entry in documents.images():
        datasets = entry.get("datasets")
        if not isinstance(datasets, list) or not all(isinstance(dataset, dict) for dataset in datasets):
            continue
        shapes = [_shape(documents, path, dataset) for dataset in datasets]
        for index, translation in missing_offsets(entry, shapes).items():
            move_level(datasets[index], translation)


def labels_once(documents: Documents) -> None:
    """List each label image once."""
    for path in documents.groups:
        block = documents.block(path)
        if isinstance(block.get("labels"), list):
            block["labels"] = _once(block["labels"])


def labels_listed(documents: Documents) -> None:
    """List the label images that are there."""
    for path in documents.groups:
        block = documents.block(path)
        if not isinstance(block.get("labels"), list):
            continue
        inside = [name for name in documents.groups if name.rpartition("/")[0] == path and name != path]
        labels = [name.rpartition("/")[2] for name in inside if "image-label" in documents.block(name)]
        block["labels"] = _once([*block["labels"], *labels])


def series_once(documents: Documents) -> None:
    """List each image of a collection once."""
    for path in documents.groups:
        block = documents.block(path)
        if isinstance(block.get("series"), list):
            block["series"] = _once(block["series"])


def label_values_once(documents: Documents) -> None:
    """Keep one colour of each label: the last, which readers take."""
    for _, part in _blocks(documents, "image-label"):
        colors = part.get("colors")
        if isinstance(colors, list) and all(isinstance(entry, dict) for entry in colors):
            last = {json.dumps(entry.get("label-value")): entry for entry in colors}
            part["colors"] = list(last.values())


def channel_color(documents: Documents) -> None:
    """Write colours of channels as six digits, white where there is none."""
    for channel in _channels(documents):
        color = channel.get("color")
        if color is None:
            channel["color"] = "FFFFFF"
        elif isinstance(color, str) and re.fullmatch(r"#?[0-9a-fA-F]{6}", color.strip()):
            channel["color"] = color.strip().lstrip("#")
        elif isinstance(color, str) and (short := re.fullmatch(r"#?([0-9a-fA-F])([0-9a-fA-F])([0-9a-fA-F])", color)):
            channel["color"] = "".join(digit * 2 for digit in short.groups())


def channel_window(documents: Documents) -> None:
    """Give channels limits of contrast that suit the smallest level."""
    for path in documents.groups:
        omero = documents.block(path).get("omero")
        channels = omero.get("channels") if isinstance(omero, dict) else None
        if not isinstance(channels, list) or not all(isinstance(channel, dict) for channel in channels):
            continue
        for index, channel in enumerate(channels):
            window = channel.get("window")
            whole = isinstance(window, dict) and all(_number(window.get(key)) for key in ("min", "max", "start", "end"))
            if whole or (window is not None and not isinstance(window, dict)):
                continue
            pixels = _pixels(documents, path, index, len(channels))
            if pixels is None:
                continue
            (low, high), (start, end) = range_of(pixels), limits_of(pixels)
            found = {"min": low, "max": high, "start": start, "end": end}
            told = {key: value for key, value in (window or {}).items() if value is not None}
            channel["window"] = found | told


def field_count(documents: Documents) -> None:
    """Count the fields of the fullest well."""
    for path, plate in _blocks(documents, "plate"):
        counts = [0]
        for well in plate.get("wells") or ():
            name = f"{path}/{well.get('path')}".lstrip("/") if isinstance(well, dict) else ""
            part = documents.block(name).get("well") if name in documents.groups else None
            images = part.get("images") if isinstance(part, dict) else None
            counts.append(len(images) if isinstance(images, list) else 0)
        if max(counts):
            plate["field_count"] = max(counts)


def well_index(documents: Documents) -> None:
    """Give wells the indices of the row and the column that their paths name."""
    for _, plate in _blocks(documents, "plate"):
        names = [
            [entry.get("name") for entry in plate.get(key) or () if isinstance(entry, dict)]
            for key in ("rows", "columns")
        ]
        for well in plate.get("wells") or ():
            row, _, column = str(well.get("path") if isinstance(well, dict) else "").partition("/")
            if row in names[0] and column in names[1]:
                well["rowIndex"], well["columnIndex"] = names[0].index(row), names[1].index(column)


def row_groups(documents: Documents) -> None:
    """Write the group of each row above its wells."""
    for path, plate in list(_blocks(documents, "plate")):
        for well in plate.get("wells") or ():
            name = well.get("path") if isinstance(well, dict) else None
            if not isinstance(name, str) or "/" not in name or not is_safe_path(name):
                continue
            row = f"{path}/{name.partition('/')[0]}".lstrip("/")
            if documents.zarr_format == 3:
                made: dict[str, Any] = {"zarr_format": 3, "node_type": "group", "attributes": {}}
                documents.now.setdefault(f"{row}/zarr.json", made)
            else:
                documents.now.setdefault(f"{row}/.zgroup", {"zarr_format": 2})


def consolidated(documents: Documents) -> None:
    """Take away consolidated metadata, which only repeats the documents."""
    if documents.zarr_format == 3:
        documents.now["zarr.json"].pop("consolidated_metadata", None)
    else:
        documents.now.pop(".zmetadata", None)


#: By the name of the rule that is broken; the order is that in which they are made.
MENDS: Mapping[str, Mend] = {
    "ome-version": name_version,
    "multiscale-version": multiscale_version,
    "multiscale-version-value": multiscale_version,
    "label-version": _version_of("image-label"),
    "label-version-value": _version_of("image-label"),
    "plate-version": _version_of("plate"),
    "plate-version-value": _version_of("plate"),
    "well-version": _version_of("well"),
    "well-version-value": _version_of("well"),
    "multiscale-name": multiscale_name,
    "axis-type": axis_types,
    "axes-space-typed": axis_types,
    "axis-unit-known": axis_units,
    "translation-order": translation_last,
    "level-order": level_order,
    "level-offset": level_offset,
    "dimension-names": dimension_names,
    "array-dimensions": dimension_names,
    "labels-twice": labels_once,
    "labels-unlisted": labels_listed,
    "series-twice": series_once,
    "label-colors-twice": label_values_once,
    "label-value-unique": label_values_once,
    "channel-color": channel_color,
    "channel-color-hex": channel_color,
    "channel-window": channel_window,
    "window-field": channel_window,
    "plate-field-count": field_count,
    "plate-field-count-exceeded": field_count,
    "well-index": well_index,
    "well-index-path": well_index,
    "well-index-swapped": well_index,
    "row-group": row_groups,
    "consolidated-metadata": consolidated,
}


def _axes(documents: Documents) -> Iterator[list[Any]]:
    """Give all lists of axes that are objects."""
    for _, _, entry in documents.images():
        systems = entry.get("coordinateSystems")
        places = [entry, *(systems if isinstance(systems, list) else ())]
        for place in places:
            axes = place.get("axes") if isinstance(place, dict) else None
            if isinstance(axes, list) and all(isinstance(axis, dict) for axis in axes):
                yield axes


def _axes_of(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the axes of the arrays of a pyramid, as objects."""
    axes = entry.get("axes")
    systems = entry.get("coordinateSystems")
    if axes is None and isinstance(systems, list) and systems:
        axes = systems[0].get("axes") if isinstance(systems[0], dict) else None
    plain = [{"name": axis} if isinstance(axis, str) else axis for axis in axes] if isinstance(axes, list) else []
    return plain if all(isinstance(axis, dict) for axis in plain) else []


def _levels(entry: Mapping[str, Any]) -> list[str]:
    datasets = entry.get("datasets")
    paths = [d.get("path") for d in datasets if isinstance(d, dict)] if isinstance(datasets, list) else []
    return [path for path in paths if isinstance(path, str) and is_safe_path(path)]


def _shape(documents: Documents, path: str, dataset: Mapping[str, Any]) -> tuple[int, ...] | None:
    array = documents.array(f"{path}/{dataset.get('path')}".lstrip("/"))
    shape = array.get("shape") if array is not None else None
    return tuple(shape) if isinstance(shape, list) and all(isinstance(n, int) for n in shape) else None


def _channels(documents: Documents) -> Iterator[dict[str, Any]]:
    for _, omero in _blocks(documents, "omero"):
        channels = omero.get("channels")
        yield from (
            channel for channel in (channels if isinstance(channels, list) else ()) if isinstance(channel, dict)
        )


def _pixels(documents: Documents, path: str, index: int, count: int) -> Any:
    """Read a channel of the smallest level; None where it cannot be read, or is too large."""
    from omezarr_nb.core.image import Image
    from omezarr_nb.errors import OMEZarrError

    try:
        image = Image(documents.location.child(path) if path else documents.location)
        level, axis = image.levels[-1], image.channel_axis
        if axis is None and count > 1:
            return None
        region = [slice(None)] * len(level.shape)
        if axis is not None:
            region[axis] = slice(index, index + 1)
        size = math.prod(level.shape) // (level.shape[axis] if axis is not None else 1)
        return None if size > _MOST_PIXELS else level.zarr[tuple(region)]
    except (OMEZarrError, ValueError, IndexError):
        return None


def _once(values: list[Any]) -> list[Any]:
    seen: dict[str, Any] = {}
    for value in values:
        seen.setdefault(json.dumps(value, sort_keys=True), value)
    return list(seen.values())


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numbers(values: Any) -> bool:
    return isinstance(values, list) and all(_number(value) for value in values)
