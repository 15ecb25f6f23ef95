"""Rules of wells."""

from __future__ import annotations

from typing import Any

from omezarr_nb.core.rules import plates as rules
from omezarr_nb.core.validate.report import Report
from omezarr_nb.core.validate.values import Kind, shown
from omezarr_nb.core.validate.version import check_version

__all__ = ["check_well"]


def check_well(report: Report, value: Any, place: str) -> None:
    """Check `well`."""
    well = report.kind(value, Kind.OBJECT, place, rules.WELL_OBJECT)
    if well is None:
        return
    check_version(report, well, place, rules.WELL_VERSION_VALUE, missing=rules.WELL_VERSION)
    images = report.value(well, "images", Kind.LIST, place, rules.WELL_IMAGES, missing=rules.WELL_IMAGES)
    place = f"{place}.images"
    report.filled(images, place, rules.WELL_IMAGES)
    report.unique(images, place, rules.WELL_IMAGES_TWICE)
    seen: dict[str, str] = {}
    for image, where in report.objects(images, place, rules.WELL_IMAGES):
        report.value(image, "acquisition", Kind.INTEGER, where, rules.FIELD_ACQUISITION)
        path = report.value(image, "path", Kind.TEXT, where, rules.FIELD_PATH, missing=rules.FIELD_PATH)
        if path is None:
            continue
        if not report.facts.field_path.fullmatch(path):
            report.broken(rules.FIELD_PATH_LETTERS, f"{where}.path", shown(path), report.facts.field_path_words)
        if (before := seen.setdefault(path, where)) != where:
            report.broken(rules.FIELD_PATH_UNIQUE, f"{where}.path", f"{shown(path)}, as {before}", "another path")
