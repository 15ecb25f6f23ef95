"""Rules of wells."""

from __future__ import annotations

from typing import Any

from omezarr_nb.core.validate.report import Report
from omezarr_nb.core.validate.rule import SCHEMA, SHOULD, STRICT, TEXT, Rule
from omezarr_nb.core.validate.values import Kind, shown
from omezarr_nb.core.validate.version import check_version

__all__ = ["WELL", "check_well"]

WELL = Rule("well", 'A well MUST contain the key "well".', {"0.1": TEXT, "0.5": SCHEMA})
WELL_OBJECT = Rule("well-object", '"well" MUST be an object.', {"0.1": SCHEMA})
WELL_VERSION = Rule(
    "well-version",
    'The well SHOULD contain the key "version".',
    {"0.1": SHOULD, "0.4": STRICT, "0.5": SHOULD, "0.6": None},
)
WELL_VERSION_VALUE = Rule(
    "well-version-value",
    'The "version" of a well MUST be the version of the specification.',
    {"0.1": SCHEMA, "0.5": SHOULD, "0.6": None},
)
IMAGES = Rule("well-images", 'The well MUST contain the key "images", a list that is not empty.', {"0.1": SCHEMA})
IMAGES_TWICE = Rule("well-images-twice", "No image may be listed twice.", {"0.1": SCHEMA})
FIELD_PATH = Rule("field-path", 'Each image MUST contain the key "path", a text.', {"0.1": SCHEMA})
FIELD_PATH_LETTERS = Rule(
    "field-path-letters",
    'The "path" of an image MUST be one name of the characters that the version allows.',
    {"0.1": SCHEMA},
)
FIELD_PATH_UNIQUE = Rule(
    "field-path-unique", 'The "path" MUST NOT be a duplicate of any other in "images".', {"0.1": SHOULD, "0.4": TEXT}
)
FIELD_ACQUISITION = Rule("field-acquisition", 'The "acquisition" of an image MUST be an integer.', {"0.1": SCHEMA})


def check_well(report: Report, value: Any, place: str) -> None:
    """Check `well`."""
    well = report.kind(value, Kind.OBJECT, place, WELL_OBJECT)
    if well is None:
        return
    check_version(report, well, place, WELL_VERSION_VALUE, missing=WELL_VERSION)
    images = report.value(well, "images", Kind.LIST, place, IMAGES, missing=IMAGES)
    place = f"{place}.images"
    report.filled(images, place, IMAGES)
    report.unique(images, place, IMAGES_TWICE)
    seen: dict[str, str] = {}
    for image, where in report.objects(images, place, IMAGES):
        report.value(image, "acquisition", Kind.INTEGER, where, FIELD_ACQUISITION)
        path = report.value(image, "path", Kind.TEXT, where, FIELD_PATH, missing=FIELD_PATH)
        if path is None:
            continue
        if not report.facts.field_path.fullmatch(path):
            report.broken(FIELD_PATH_LETTERS, f"{where}.path", shown(path), report.facts.field_path_words)
        if (before := seen.setdefault(path, where)) != where:
            report.broken(FIELD_PATH_UNIQUE, f"{where}.path", f"{shown(path)}, as {before}", "another path")
