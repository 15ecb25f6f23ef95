"""The attributes of a group in another version, and what that version cannot say of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any

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

__all__ = ["axis_names", "convert_attributes"]

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


def convert_attributes(group: Group, fmt: Format, shape_of: Shapes) -> tuple[dict[str, Any], list[Problem]]:
    """Return the attributes of a group in another version.

    Parameters
    ----------
    group
        As it is.
    fmt
        The version to write.
    shape_of
        Gives the shape of an array in the group by its path, or None where it is not there.

    Returns
    -------
    dict, list of Problem
        The attributes, and what is lost on the way: errors where what is written would break a rule, warnings where
        something is left out. Keys that are not known are kept, where they were.
    """
    block = group.block
    if kind_of(block) is None or (group.fmt == fmt and declared_version(group.attributes) == fmt.version):
        return deepcopy(dict(group.attributes)), []
    if group.fmt.nested:
        outside = {key: value for key, value in group.attributes.items() if key != "ome"}
        block = {key: value for key, value in block.items() if key != "version"}
    else:
        outside = {key: value for key, value in block.items() if key not in _OME_KEYS}
        block = {key: value for key, value in block.items() if key in _OME_KEYS}
    new: dict[str, Any] = deepcopy(dict(block))
    lost: list[Problem] = []
    if "multiscales" in block:
        new["multiscales"], lost = _multiscales(group, fmt, shape_of)
    if "scene" in block and "scene" not in _kinds(fmt):
        del new["scene"]
        alone = "multiscales" not in block  # nothing that the version knows would be left
        message = f"OME-Zarr {fmt.version} has no scenes" + ("; convert its images one by one" if alone else "")
        lost.append(Problem("scene", "error" if alone else "warning", "scene", message))
    for key, rule in _VERSIONED.items():
        if isinstance(new.get(key), dict):
            new[key] = _versioned(new[key], fmt, rule)
    if isinstance(new.get("plate"), dict):
        lost += _wells(new["plate"], fmt)
    return deepcopy(outside) | fmt.wrap(new), lost


def axis_names(group: Group) -> dict[str, list[str]]:
    """Return the names of the axes of the levels of an image, by their paths in the group; {} for other groups."""
    if "multiscales" not in group.block:
        return {}
    metadata, _ = parse_image(group.attributes, group.fmt)
    return {
        dataset.path: [axis.name for axis in multiscale.axes]
        for multiscale in metadata.multiscales
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


def _multiscales(group: Group, fmt: Format, shape_of: Shapes) -> tuple[list[Any], list[Problem]]:
    metadata, _ = parse_image(group.attributes, group.fmt)
    entries = group.block["multiscales"]
    lost: list[Problem] = []
    if not isinstance(entries, list) or len(metadata.multiscales) != len(entries):
        lost.append(Problem("multiscales", "warning", "multiscales", "what cannot be read is left out"))
    else:
        for index, (entry, multiscale) in enumerate(zip(entries, metadata.multiscales, strict=True)):
            datasets = entry.get("datasets")
            if not isinstance(datasets, list) or len(datasets) != len(multiscale.datasets):
                place = f"multiscales[{index}].datasets"
                lost.append(Problem("datasets", "warning", place, "levels that cannot be read are left out"))
    if fmt.scaled:
        multiscales = tuple(_scaled(multiscale, shape_of) for multiscale in metadata.multiscales)
        metadata = replace(metadata, multiscales=multiscales)
    lost += losses(metadata, fmt)
    written: list[Any] = image_to_json(ImageMetadata(metadata.multiscales), fmt)["multiscales"]
    return written, lost


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
