"""The attributes of a group in another version, and what that version cannot say of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from omezarr_nb.core.axes import axis_names
from omezarr_nb.core.converting.five import gain_axes
from omezarr_nb.core.converting.free import fill_windows, restrict_scene
from omezarr_nb.core.converting.survey import Group
from omezarr_nb.core.format import Format, declared_version
from omezarr_nb.core.losses import losses
from omezarr_nb.core.metadata import ImageMetadata, Multiscale, image_to_json
from omezarr_nb.core.parse import parse_image
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.rules import Rule
from omezarr_nb.core.rules.labels import LABEL_VERSION
from omezarr_nb.core.rules.plates import PLATE_VERSION, WELL_VERSION
from omezarr_nb.core.transforms import Scale
from omezarr_nb.core.validate.top import kind_of
from omezarr_nb.core.validate.versions import facts_of
from omezarr_nb.errors import InvalidArgumentError

__all__ = ["Converted", "Dimensions", "convert_attributes"]

Shapes = Callable[[str], Sequence[int] | None]

_OME_KEYS = (
    "multiscales",
    "omero",
    "image-label",
    "plate",
    "well",
    "labels",
    "series",
    "scene",
    "bioformats2raw.layout",
)
_VERSIONED: Mapping[str, Rule | None] = {
    "omero": None,
    "image-label": LABEL_VERSION,
    "plate": PLATE_VERSION,
    "well": WELL_VERSION,
}
_INDICES = ("rowIndex", "columnIndex")


@dataclass(frozen=True, slots=True)
class Dimensions:
    """The dimensions of a level as they will be.

    Parameters
    ----------
    names
        Of all axes.
    places
        Where those that it has now are among them; None where none is put in.
    """

    names: tuple[str, ...]
    places: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Converted:
    """A group in another version.

    Parameters
    ----------
    attributes
        As they will be.
    lost
        Errors where what is written would break a rule, warnings where something is left out.
    levels
        Of an image, by path.
    """

    attributes: Mapping[str, Any]
    lost: Sequence[Problem]
    levels: Mapping[str, Dimensions]


def convert_attributes(group: Group, fmt: Format, shape_of: Shapes) -> Converted:
    """Return the attributes of a group in another version. Keys that are not known are kept, where they were.

    Parameters
    ----------
    group
        As it is.
    fmt
        The version to write.
    shape_of
        Gives the shape of an array in the group by its path, or None where it is not there.
    """
    block = group.block
    metadata = parse_image(group.attributes, group.fmt)[0] if "multiscales" in block else ImageMetadata(())
    if kind_of(block) is None or (group.fmt == fmt and declared_version(group.attributes) == fmt.version):
        return Converted(deepcopy(dict(group.attributes)), [], _levels([(each, None) for each in metadata.multiscales]))
    if group.fmt.nested:
        outside = {key: value for key, value in group.attributes.items() if key != "ome"}
        block = {key: value for key, value in block.items() if key != "version"}
    else:
        outside = {key: value for key, value in block.items() if key not in _OME_KEYS}
        block = {key: value for key, value in block.items() if key in _OME_KEYS}
    new: dict[str, Any] = deepcopy(dict(block))
    lost: list[Problem] = []
    stretched = [gain_axes(multiscale, fmt) for multiscale in metadata.multiscales]
    if "multiscales" in block:
        lost = _unread(block["multiscales"], metadata)
        if fmt.scaled:
            stretched = [(_scaled(multiscale, shape_of), places) for multiscale, places in stretched]
        whole = ImageMetadata(tuple(multiscale for multiscale, _ in stretched))
        lost += losses(whole, fmt)
        new["multiscales"] = image_to_json(whole, fmt)["multiscales"]
    if "scene" in block and "scene" not in _kinds(fmt):
        del new["scene"]
        alone = "multiscales" not in block  # nothing that the version knows would be left
        message = f"OME-Zarr {fmt.version} has no scenes" + ("; convert its images one by one" if alone else "")
        lost.append(Problem("scene", "error" if alone else "warning", "scene", message))
    elif "scene" in block:
        lost += restrict_scene(new["scene"], group, fmt)
    if group.fmt.window_keys != fmt.window_keys:
        fill_windows(new.get("omero"), fmt)
    for key, rule in _VERSIONED.items():
        if isinstance(new.get(key), dict):
            new[key] = _versioned(new[key], fmt, rule)
    if isinstance(new.get("plate"), dict):
        lost += _wells(new["plate"], fmt)
    return Converted(deepcopy(outside) | fmt.wrap(new), lost, _levels(stretched))


def _levels(multiscales: Sequence[tuple[Multiscale, tuple[int, ...] | None]]) -> dict[str, Dimensions]:
    return {
        dataset.path: Dimensions(axis_names(multiscale.axes), places)
        for multiscale, places in multiscales
        for dataset in multiscale.datasets
    }


def _kinds(fmt: Format) -> frozenset[str]:
    facts = facts_of(fmt.version)
    return facts.kinds if facts is not None else frozenset()


def _versioned(part: Mapping[str, Any], fmt: Format, rule: Rule | None) -> dict[str, Any]:
    """Return a part of the metadata with the version where it has one of its own."""
    rest = {key: value for key, value in part.items() if key != "version"}
    states = not fmt.nested if rule is None else rule.stand(fmt.version) is not None
    return {"version": fmt.version} | rest if states else rest


def _unread(entries: Any, metadata: ImageMetadata) -> list[Problem]:
    """Return what of the multiscales could not be read, and is left out therefore."""
    if not isinstance(entries, list) or len(metadata.multiscales) != len(entries):
        return [Problem("multiscales", "warning", "multiscales", "what cannot be read is left out")]
    return [
        Problem("datasets", "warning", f"multiscales[{index}].datasets", "levels that cannot be read are left out")
        for index, (entry, multiscale) in enumerate(zip(entries, metadata.multiscales, strict=True))
        if not isinstance(entry.get("datasets"), list) or len(entry["datasets"]) != len(multiscale.datasets)
    ]


def _scaled(multiscale: Multiscale, shape_of: Shapes) -> Multiscale:
    """Return a pyramid in which each level that states nothing states how many times smaller it is than the first."""
    if not multiscale.datasets:
        return multiscale
    first = shape_of(multiscale.datasets[0].path)
    datasets = []
    for dataset in multiscale.datasets:
        shape = shape_of(dataset.path)
        fits = first is not None and shape is not None and len(first) == len(shape) == len(multiscale.axes)
        if not dataset.transformations and fits and first is not None and shape is not None and all(shape):
            factors = tuple(full / size for full, size in zip(first, shape, strict=True))
            datasets.append(replace(dataset, transformations=(Scale(factors),)))
        else:
            datasets.append(dataset)
    return replace(multiscale, datasets=tuple(datasets))


def _wells(plate: dict[str, Any], fmt: Format) -> list[Problem]:
    """Give the wells of a plate their indices where the version has them, and take them away where it has not."""
    rows, columns = ([str(entry.get("name")) for entry in _objects(plate.get(key))] for key in ("rows", "columns"))
    lost = []
    for index, well in enumerate(_objects(plate.get("wells"))):
        if not fmt.indexed_wells:
            for key in _INDICES:
                well.pop(key, None)
            continue
        if all(key in well for key in _INDICES):
            continue
        try:
            well.update(fmt.generate_well_dict(well.get("path", ""), rows, columns))
        except InvalidArgumentError as error:
            lost.append(Problem("well-index", "error", f"plate.wells[{index}]", str(error)))
    return lost


def _objects(values: Any) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
