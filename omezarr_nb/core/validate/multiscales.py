"""Rules of `multiscales`: pyramids, their levels, and how each maps to coordinates."""

from __future__ import annotations

from typing import Any

from omezarr_nb.core.rules import images as rules
from omezarr_nb.core.validate.axes import check_axes
from omezarr_nb.core.validate.levels import check_level_transformation
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.spaces import check_spaces
from omezarr_nb.core.validate.values import Kind, shown
from omezarr_nb.core.validate.vectors import check_range, check_vectors
from omezarr_nb.core.validate.version import check_version

__all__ = ["check_multiscales"]

_KEY = "coordinateTransformations"


def check_multiscales(report: Report, value: Any, place: str) -> None:
    """Check `multiscales`."""
    multiscales = report.kind(value, Kind.LIST, place, rules.MULTISCALES_LIST)
    report.filled(multiscales, place, rules.MULTISCALES_LIST)
    report.unique(multiscales, place, rules.MULTISCALES_TWICE)
    for multiscale, where in report.objects(multiscales, place, rules.MULTISCALES_LIST):
        _check_multiscale(report, multiscale, where)


def _check_multiscale(report: Report, multiscale: JSON, place: str) -> None:
    check_version(report, multiscale, place, rules.MULTISCALE_VERSION_VALUE, missing=rules.MULTISCALE_VERSION)
    report.value(multiscale, "name", Kind.TEXT, place, rules.MULTISCALE_NAME_TEXT, missing=rules.MULTISCALE_NAME)
    if "type" not in multiscale:
        report.broken(rules.MULTISCALE_TYPE, f"{place}.type", "nothing", "a text")
    report.value(multiscale, "type", Kind.TEXT, place, rules.MULTISCALE_TYPE_TEXT)
    metadata = report.value(
        multiscale, "metadata", Kind.OBJECT, place, rules.MULTISCALE_METADATA_OBJECT, missing=rules.MULTISCALE_METADATA
    )
    for key in ("method", "version"):
        report.value(metadata or {}, key, Kind.TEXT, f"{place}.metadata", rules.MULTISCALE_METADATA_TEXT)
    datasets = _check_datasets(report, multiscale, place)
    match report.facts.axes:
        case "names" | "objects":
            _check_axes(report, multiscale, datasets, place)
        case "systems":
            check_spaces(report, multiscale, datasets, place)
    for parent, where in [*datasets, (multiscale, place)]:
        if _KEY in parent:
            report.broken(rules.TRANSFORMATIONS_EARLY, f"{where}.{_KEY}", shown(parent[_KEY]), "nothing")


def _check_datasets(report: Report, multiscale: JSON, place: str) -> list[tuple[JSON, str]]:
    values = report.value(multiscale, "datasets", Kind.LIST, place, rules.DATASETS, missing=rules.DATASETS)
    report.filled(values, f"{place}.datasets", rules.DATASETS)
    datasets = report.objects(values, f"{place}.datasets", rules.DATASET_OBJECT)
    seen: dict[str, str] = {}
    for dataset, where in datasets:
        path = report.value(dataset, "path", Kind.TEXT, where, rules.DATASET_PATH, missing=rules.DATASET_PATH)
        if path is not None and (before := seen.setdefault(path, where)) != where:
            report.broken(rules.DATASET_PATH_TWICE, f"{where}.path", f"{shown(path)}, as {before}", "another path")
        if "coordinateTransformations" not in dataset:
            missing = f"{where}.coordinateTransformations"
            report.broken(rules.DATASET_TRANSFORMATIONS, missing, "nothing", "a list of transformations")
        elif report.facts.axes == "systems":
            check_level_transformation(report, dataset, where)
    return datasets


def _check_axes(report: Report, multiscale: JSON, datasets: list[tuple[JSON, str]], place: str) -> None:
    """0.3 to 0.5: the axes stand in the multiscale, and every level has a vector with one number for each."""
    ndim = None
    if "axes" in multiscale:
        ndim = check_axes(report, multiscale["axes"], f"{place}.axes")
    else:
        report.broken(rules.MULTISCALE_AXES, f"{place}.axes", "nothing", "a list of axes")
    if report.facts.axes == "names":
        return
    for parent, where in [*datasets, (multiscale, place)]:
        if _KEY in parent:
            check_vectors(report, parent[_KEY], f"{where}.{_KEY}", ndim)
    for dataset, where in datasets:
        check_range(report, dataset.get(_KEY), multiscale.get(_KEY), f"{where}.{_KEY}")
