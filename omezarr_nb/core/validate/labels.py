"""Rules of label images (`image-label`) and of the list of them (`labels`)."""

from __future__ import annotations

from typing import Any

from omezarr_nb.core.rules import labels as rules
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.values import Kind, is_integer, shown
from omezarr_nb.core.validate.version import check_version

__all__ = ["check_image_label", "check_labels"]


_RGBA_LENGTH = 4
_BYTE_MAX = 255


def check_image_label(report: Report, value: Any, place: str) -> None:
    """Check `image-label`."""
    label = report.kind(value, Kind.OBJECT, place, rules.IMAGE_LABEL_OBJECT)
    if label is None:
        return
    check_version(report, label, place, rules.LABEL_VERSION_VALUE, missing=rules.LABEL_VERSION)
    _check_colors(report, label, place)
    _check_properties(report, label, place)
    source = report.value(label, "source", Kind.OBJECT, place, rules.LABEL_SOURCE)
    if source is not None:
        report.value(source, "image", Kind.TEXT, f"{place}.source", rules.LABEL_SOURCE_IMAGE)


def check_labels(report: Report, block: JSON, place: str) -> None:
    """Check the list of label images in the group "labels"."""
    labels = report.value(block, "labels", Kind.LIST, place, rules.LABELS_LIST, missing=rules.LABELS_LIST)
    where = f"{place}.labels" if place else "labels"
    for index, path in enumerate(labels or ()):
        report.kind(path, Kind.TEXT, f"{where}[{index}]", rules.LABELS_PATH)
    report.unique(labels, where, rules.LABELS_TWICE)


def _check_colors(report: Report, label: JSON, place: str) -> None:
    colors = report.value(label, "colors", Kind.LIST, place, rules.LABEL_COLORS_LIST, missing=rules.LABEL_COLORS)
    place = f"{place}.colors"
    report.filled(colors, place, rules.LABEL_COLORS_LIST)
    report.unique(colors, place, rules.LABEL_COLORS_TWICE)
    seen: dict[float, str] = {}
    for color, where in report.objects(colors, place, rules.LABEL_COLORS_LIST):
        value = report.value(color, "label-value", Kind.NUMBER, where, rules.LABEL_VALUE, missing=rules.LABEL_VALUE)
        if value is not None:
            if not is_integer(value):
                report.broken(rules.LABEL_VALUE_INTEGER, f"{where}.label-value", shown(value), "an integer")
            if (before := seen.setdefault(value, where)) != where:
                report.broken(
                    rules.LABEL_VALUE_UNIQUE, f"{where}.label-value", f"{shown(value)}, as in {before}", "another"
                )
        if "rgba" in color and not _is_rgba(color["rgba"]):
            report.broken(rules.LABEL_RGBA, f"{where}.rgba", shown(color["rgba"]), "four integers from 0 to 255")


def _check_properties(report: Report, label: JSON, place: str) -> None:
    properties = report.value(label, "properties", Kind.LIST, place, rules.LABEL_PROPERTIES)
    place = f"{place}.properties"
    report.filled(properties, place, rules.LABEL_PROPERTIES)
    report.unique(properties, place, rules.LABEL_PROPERTIES_TWICE)
    for entry, where in report.objects(properties, place, rules.LABEL_PROPERTIES):
        report.value(
            entry, "label-value", Kind.INTEGER, where, rules.LABEL_PROPERTY_VALUE, missing=rules.LABEL_PROPERTY_VALUE
        )


def _is_rgba(value: Any) -> bool:
    if not isinstance(value, list) or len(value) != _RGBA_LENGTH:
        return False
    return all(is_integer(part) and 0 <= part <= _BYTE_MAX for part in value)
