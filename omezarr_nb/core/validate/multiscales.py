"""Rules of `multiscales`: pyramids, their levels, and how each maps to coordinates."""

from __future__ import annotations

from typing import Any

from omezarr_nb.core.validate.axes import check_axes
from omezarr_nb.core.validate.levels import check_level_transformation
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.rule import SCHEMA, SHOULD, STRICT, Rule
from omezarr_nb.core.validate.spaces import check_spaces
from omezarr_nb.core.validate.values import Kind, shown
from omezarr_nb.core.validate.vectors import check_vectors
from omezarr_nb.core.validate.version import check_version

__all__ = ["MULTISCALES", "check_multiscales"]

MULTISCALES = Rule("multiscales", 'An image MUST contain the key "multiscales".', {"0.1": SCHEMA})
MULTISCALES_LIST = Rule(
    "multiscales-list", 'The "multiscales" MUST be a list of objects that is not empty.', {"0.1": SCHEMA}
)
MULTISCALES_TWICE = Rule("multiscales-twice", 'No entry of "multiscales" may be there twice.', {"0.1": SCHEMA})
NAME_TEXT = Rule("multiscale-name-text", 'The "name" of a multiscale is a text.', {"0.1": SCHEMA})
NAME = Rule("multiscale-name", 'Each multiscale SHOULD contain the field "name".', {"0.1": STRICT})
TYPE = Rule(
    "multiscale-type", 'Each multiscale SHOULD contain the field "type", the method of downscaling.', {"0.1": STRICT}
)
METADATA = Rule(
    "multiscale-metadata", 'Each multiscale SHOULD contain the field "metadata", on the downscaling.', {"0.1": STRICT}
)
METADATA_OBJECT = Rule(
    "multiscale-metadata-object",
    'The "metadata" of a multiscale is an object.',
    {"0.1": SCHEMA, "0.2": SHOULD},
)
METADATA_TEXT = Rule(
    "multiscale-metadata-text", 'The "method" and "version" in "metadata" are texts.', {"0.1": SCHEMA, "0.2": None}
)
VERSION = Rule(
    "multiscale-version", 'Each multiscale SHOULD contain the field "version".', {"0.1": STRICT, "0.5": None}
)
VERSION_VALUE = Rule(
    "multiscale-version-value",
    'The "version" of a multiscale MUST be the version of the specification.',
    {"0.1": SCHEMA, "0.5": SHOULD, "0.6": None},
)
AXES = Rule("multiscale-axes", 'Each multiscale MUST contain the field "axes".', {"0.3": SCHEMA, "0.6": None})
DATASETS = Rule(
    "datasets", 'Each multiscale MUST contain the field "datasets", a list that is not empty.', {"0.1": SCHEMA}
)
DATASET_OBJECT = Rule("dataset-object", 'Each entry of "datasets" MUST be an object.', {"0.1": SCHEMA})
DATASET_PATH = Rule("dataset-path", 'Each entry of "datasets" MUST contain the field "path", a text.', {"0.1": SCHEMA})
DATASET_PATH_TWICE = Rule(
    "dataset-path-twice", "The paths are ordered from largest to smallest, so each is there once.", {"0.1": SHOULD}
)
DATASET_TRANSFORMATIONS = Rule(
    "dataset-transformations",
    'Each entry of "datasets" MUST contain the field "coordinateTransformations".',
    {"0.4": SCHEMA},
)


def check_multiscales(report: Report, value: Any, place: str) -> None:
    """Check `multiscales`."""
    multiscales = report.kind(value, Kind.LIST, place, MULTISCALES_LIST)
    report.filled(multiscales, place, MULTISCALES_LIST)
    report.unique(multiscales, place, MULTISCALES_TWICE)
    for multiscale, where in report.objects(multiscales, place, MULTISCALES_LIST):
        _check_multiscale(report, multiscale, where)


def _check_multiscale(report: Report, multiscale: JSON, place: str) -> None:
    check_version(report, multiscale, place, VERSION_VALUE, missing=VERSION)
    report.value(multiscale, "name", Kind.TEXT, place, NAME_TEXT, missing=NAME)
    if "type" not in multiscale:
        report.broken(TYPE, f"{place}.type", "nothing", "a text")
    metadata = report.value(multiscale, "metadata", Kind.OBJECT, place, METADATA_OBJECT, missing=METADATA)
    for key in ("method", "version"):
        report.value(metadata or {}, key, Kind.TEXT, f"{place}.metadata", METADATA_TEXT)
    datasets = _check_datasets(report, multiscale, place)
    match report.facts.axes:
        case "names" | "objects":
            _check_axes(report, multiscale, datasets, place)
        case "systems":
            check_spaces(report, multiscale, datasets, place)


def _check_datasets(report: Report, multiscale: JSON, place: str) -> list[tuple[JSON, str]]:
    values = report.value(multiscale, "datasets", Kind.LIST, place, DATASETS, missing=DATASETS)
    report.filled(values, f"{place}.datasets", DATASETS)
    datasets = report.objects(values, f"{place}.datasets", DATASET_OBJECT)
    seen: dict[str, str] = {}
    for dataset, where in datasets:
        path = report.value(dataset, "path", Kind.TEXT, where, DATASET_PATH, missing=DATASET_PATH)
        if path is not None and (before := seen.setdefault(path, where)) != where:
            report.broken(DATASET_PATH_TWICE, f"{where}.path", f"{shown(path)}, as {before}", "another path")
        if "coordinateTransformations" not in dataset:
            missing = f"{where}.coordinateTransformations"
            report.broken(DATASET_TRANSFORMATIONS, missing, "nothing", "a list of transformations")
        elif report.facts.axes == "systems":
            check_level_transformation(report, dataset, where)
    return datasets


def _check_axes(report: Report, multiscale: JSON, datasets: list[tuple[JSON, str]], place: str) -> None:
    """0.3 to 0.5: the axes stand in the multiscale, and every level has a vector with one number for each."""
    ndim = None
    if "axes" in multiscale:
        ndim = check_axes(report, multiscale["axes"], f"{place}.axes")
    else:
        report.broken(AXES, f"{place}.axes", "nothing", "a list of axes")
    if report.facts.axes == "names":
        return
    key = "coordinateTransformations"
    for parent, where in [*datasets, (multiscale, place)]:
        if key in parent:
            check_vectors(report, parent[key], f"{where}.{key}", ndim)
