"""Rules of label images (`image-label`) and of the list of them (`labels`)."""

from __future__ import annotations

from typing import Any

from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.rule import SCHEMA, SHOULD, STRICT, TEXT, Rule
from omezarr_nb.core.validate.values import Kind, is_integer, shown
from omezarr_nb.core.validate.version import check_version

__all__ = ["IMAGE_LABEL", "LABEL_MULTISCALES", "check_image_label", "check_labels"]

LABEL_MULTISCALES = Rule("label-multiscales", 'A label image MUST also contain "multiscales" metadata.', {"0.1": TEXT})
IMAGE_LABEL = Rule("image-label", 'A label image SHOULD contain the key "image-label".', {"0.1": SHOULD, "0.5": SCHEMA})
IMAGE_LABEL_OBJECT = Rule("image-label-object", '"image-label" MUST be an object.', {"0.1": TEXT, "0.4": SCHEMA})
LABEL_VERSION = Rule(
    "label-version", '"image-label" SHOULD contain the key "version".', {"0.1": SHOULD, "0.4": STRICT, "0.5": None}
)
LABEL_VERSION_VALUE = Rule(
    "label-version-value",
    'The "version" of "image-label" MUST be the version of the specification.',
    {"0.1": TEXT, "0.4": SCHEMA, "0.5": SHOULD, "0.6": None},
)
COLORS = Rule("label-colors", '"image-label" SHOULD contain the key "colors".', {"0.1": SHOULD, "0.4": STRICT})
COLORS_LIST = Rule(
    "label-colors-list", 'The "colors" MUST be a list that is not empty, of objects.', {"0.1": TEXT, "0.4": SCHEMA}
)
COLORS_TWICE = Rule("label-colors-twice", "No color may be listed twice.", {"0.1": TEXT, "0.4": SCHEMA})
COLOR_VALUE = Rule(
    "label-value", 'Each color MUST contain the key "label-value", a number.', {"0.1": TEXT, "0.4": SCHEMA}
)
COLOR_VALUE_INTEGER = Rule("label-value-integer", 'The "label-value" of a color MUST be an integer.', {"0.1": TEXT})
COLOR_VALUE_UNIQUE = Rule(
    "label-value-unique",
    'All values under "label-value" MUST be unique; of several, readers take the last.',
    {"0.1": TEXT, "0.5": SHOULD},
)
RGBA = Rule("label-rgba", 'The "rgba" of a color MUST be four integers from 0 to 255.', {"0.1": TEXT, "0.4": SCHEMA})
PROPERTIES = Rule(
    "label-properties", 'The "properties" MUST be a list that is not empty, of objects.', {"0.2": TEXT, "0.4": SCHEMA}
)
PROPERTIES_TWICE = Rule("label-properties-twice", "No properties may be listed twice.", {"0.4": SCHEMA})
PROPERTY_VALUE = Rule(
    "label-property-value",
    'Each entry of "properties" MUST contain the key "label-value", an integer.',
    {"0.2": TEXT, "0.4": SCHEMA},
)
SOURCE = Rule("label-source", 'The "source" MUST be an object.', {"0.1": TEXT, "0.4": SCHEMA})
SOURCE_IMAGE = Rule(
    "label-source-image", 'The "image" of a "source" MUST be a text, a relative path.', {"0.1": TEXT, "0.4": SCHEMA}
)
LABELS_LIST = Rule("labels-list", 'The "labels" group MUST contain the key "labels", a list.', {"0.1": TEXT})
LABELS_PATH = Rule("labels-path", 'Each entry of "labels" MUST be a text, the path of a label image.', {"0.1": TEXT})
LABELS_TWICE = Rule("labels-twice", "A label image is listed once.", {"0.1": SHOULD})

_RGBA_LENGTH = 4
_BYTE_MAX = 255


def check_image_label(report: Report, value: Any, place: str) -> None:
    """Check `image-label`."""
    label = report.kind(value, Kind.OBJECT, place, IMAGE_LABEL_OBJECT)
    if label is None:
        return
    check_version(report, label, place, LABEL_VERSION_VALUE, missing=LABEL_VERSION)
    _check_colors(report, label, place)
    _check_properties(report, label, place)
    source = report.value(label, "source", Kind.OBJECT, place, SOURCE)
    if source is not None:
        report.value(source, "image", Kind.TEXT, f"{place}.source", SOURCE_IMAGE)


def check_labels(report: Report, block: JSON, place: str) -> None:
    """Check the list of label images in the group "labels"."""
    labels = report.value(block, "labels", Kind.LIST, place, LABELS_LIST, missing=LABELS_LIST)
    where = f"{place}.labels" if place else "labels"
    for index, path in enumerate(labels or ()):
        report.kind(path, Kind.TEXT, f"{where}[{index}]", LABELS_PATH)
    report.unique(labels, where, LABELS_TWICE)


def _check_colors(report: Report, label: JSON, place: str) -> None:
    colors = report.value(label, "colors", Kind.LIST, place, COLORS_LIST, missing=COLORS)
    place = f"{place}.colors"
    report.filled(colors, place, COLORS_LIST)
    report.unique(colors, place, COLORS_TWICE)
    seen: dict[float, str] = {}
    for color, where in report.objects(colors, place, COLORS_LIST):
        value = report.value(color, "label-value", Kind.NUMBER, where, COLOR_VALUE, missing=COLOR_VALUE)
        if value is not None:
            if not is_integer(value):
                report.broken(COLOR_VALUE_INTEGER, f"{where}.label-value", shown(value), "an integer")
            if (before := seen.setdefault(value, where)) != where:
                report.broken(COLOR_VALUE_UNIQUE, f"{where}.label-value", f"{shown(value)}, as in {before}", "another")
        if "rgba" in color and not _is_rgba(color["rgba"]):
            report.broken(RGBA, f"{where}.rgba", shown(color["rgba"]), "four integers from 0 to 255")


def _check_properties(report: Report, label: JSON, place: str) -> None:
    properties = report.value(label, "properties", Kind.LIST, place, PROPERTIES)
    place = f"{place}.properties"
    report.filled(properties, place, PROPERTIES)
    report.unique(properties, place, PROPERTIES_TWICE)
    for entry, where in report.objects(properties, place, PROPERTIES):
        report.value(entry, "label-value", Kind.INTEGER, where, PROPERTY_VALUE, missing=PROPERTY_VALUE)


def _is_rgba(value: Any) -> bool:
    if not isinstance(value, list) or len(value) != _RGBA_LENGTH:
        return False
    return all(is_integer(part) and 0 <= part <= _BYTE_MAX for part in value)
