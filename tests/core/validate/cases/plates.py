"""Label images, plates, wells, collections."""

from __future__ import annotations

from tests.core.validate.cases.case import Case, E, W
from tests.core.validate.samples import DELETE

__all__ = ["CASES"]

M = "multiscales[0]"
A = f"{M}.axes"
I = "image-label"  # noqa: E741 - one letter as the others

SWAPPED = {"path": "A/2", "rowIndex": 1, "columnIndex": 0}

CASES = [
    # labels
    Case("label-multiscales", E, "0.3", "label", "multiscales", DELETE, "nothing"),
    Case("image-label", E, "0.5", "label", "ome.image-label", DELETE, "nothing"),
    Case("image-label", W, "0.4", "label", I, DELETE, "nothing"),
    Case("image-label-object", E, "0.4", "label", I, [], "[]"),
    Case("label-version", W, "0.4", "label", f"{I}.version", DELETE, "nothing"),
    Case("label-version-value", E, "0.4", "label", f"{I}.version", "0.5", '"0.5"'),
    Case("label-colors", W, "0.6", "label", f"ome.{I}.colors", DELETE, "nothing"),
    Case("label-colors-list", E, "0.4", "label", f"{I}.colors", [], "an empty list"),
    Case("label-colors-twice", E, "0.5", "label", f"ome.{I}.colors[2]", {"label-value": 2}, "colors[1]"),
    Case("label-value", E, "0.4", "label", f"{I}.colors[0].label-value", "1", '"1"'),
    Case("label-value-integer", E, "0.4", "label", f"{I}.colors[0].label-value", 1.5, "1.5"),
    Case("label-value-unique", E, "0.4", "label", f"{I}.colors[1].label-value", 1, "1, as in"),
    Case("label-value-unique", W, "0.5", "label", f"ome.{I}.colors[1].label-value", 1.0, "1.0, as in"),
    Case("label-rgba", E, "0.4", "label", f"{I}.colors[0].rgba", [0, 0, 256, 0], "[0, 0, 256, 0]"),
    Case("label-properties", E, "0.4", "label", f"{I}.properties", [], "an empty list"),
    Case("label-properties-twice", E, "0.4", "label", f"{I}.properties[1]", {"label-value": 1, "area": 12.5}, "[0]"),
    Case("label-property-value", E, "0.6", "label", f"ome.{I}.properties[0].label-value", 1.5, "1.5"),
    Case("label-source", E, "0.4", "label", f"{I}.source", "../..", '"../.."'),
    Case("label-source-image", E, "0.4", "label", f"{I}.source.image", 1, "1"),
    Case("labels-list", E, "0.4", "labels", "labels", DELETE, "nothing"),
    Case("labels-path", E, "0.5", "labels", "ome.labels[0]", 1, "1"),
    Case("labels-twice", W, "0.4", "labels", "labels[1]", "nuclei", "labels[0]"),
    # plate
    Case("plate", E, "0.4", "plate", "plate", DELETE, "nothing"),
    Case("plate-object", E, "0.5", "plate", "ome.plate", 1, "1"),
    Case("plate-version", E, "0.2", "plate", "plate.version", DELETE, "nothing"),
    Case("plate-version", W, "0.4", "plate", "plate.version", DELETE, "nothing"),
    Case("plate-version-value", E, "0.4", "plate", "plate.version", "0.5", '"0.5"'),
    Case("plate-name", W, "0.4", "plate", "plate.name", DELETE, "nothing"),
    Case("plate-name-text", E, "0.4", "plate", "plate.name", 1, "1"),
    Case("plate-field-count", W, "0.4", "plate", "plate.field_count", DELETE, "nothing"),
    Case("plate-field-count-value", E, "0.4", "plate", "plate.field_count", 0, "0"),
    Case("plate-grid", E, "0.4", "plate", "plate.rows", [], "an empty list"),
    Case("plate-grid-twice", E, "0.4", "plate", "plate.rows[2]", {"name": "A"}, "rows[0]"),
    Case("plate-grid-name", E, "0.1", "plate", "plate.rows[0].name", 1, "1"),
    Case("plate-grid-name-letters", E, "0.4", "plate", "plate.rows[0].name", "é", '"é"'),
    Case(
        "plate-grid-name-unique",
        E,
        "0.4",
        "plate",
        "plate.rows[2]",
        {"name": "A", "x": 1},
        '"A" again',
        "plate.rows[2].name",
    ),
    Case(
        "plate-grid-name-case",
        W,
        "0.4",
        "plate",
        "plate.rows[2]",
        {"name": "a"},
        '"a" beside "A"',
        "plate.rows[2].name",
    ),
    Case("plate-wells", E, "0.4", "plate", "plate.wells", [], "an empty list"),
    Case("plate-wells-twice", E, "0.1", "plate", "plate.wells[2]", {"path": "A/2"}, "wells[0]"),
    Case("well-path", E, "0.4", "plate", "plate.wells[0].path", DELETE, "nothing"),
    Case(
        "well-path-unique",
        E,
        "0.4",
        "plate",
        "plate.wells[2]",
        {"path": "A/2", "rowIndex": 0, "columnIndex": 1, "x": 0},
        '"A/2"',
        "plate.wells[2].path",
    ),
    Case("well-path-parts", E, "0.4", "plate", "plate.wells[0].path", "run/A/2", '"run/A/2"'),
    Case("well-path-names", E, "0.6", "plate", "ome.plate.wells[0].path", "2/A", 'no row "2"'),
    Case("well-path-names", W, "0.1", "plate", "plate.wells[0].path", "run/A/3", 'no column "3"'),
    Case("well-index", E, "0.4", "plate", "plate.wells[0].rowIndex", -1, "-1"),
    Case("well-index-range", E, "0.4", "plate", "plate.wells[0].rowIndex", 2, "2"),
    Case("well-index-path", E, "0.5", "plate", "ome.plate.wells[0].rowIndex", 1, 'which is "B"'),
    Case("well-index-swapped", W, "0.4", "plate", "plate.wells[0]", SWAPPED, "1 and 0", "plate.wells[0].rowIndex"),
    Case(
        "well-index-swapped", E, "0.5", "plate", "ome.plate.wells[0]", SWAPPED, "1 and 0", "ome.plate.wells[0].rowIndex"
    ),
    Case("plate-acquisitions", E, "0.4", "plate", "plate.acquisitions", {}, "{}"),
    Case("plate-acquisitions-filled", E, "0.3", "plate", "plate.acquisitions", [], "an empty list"),
    Case("acquisition-id", E, "0.4", "plate", "plate.acquisitions[0].id", DELETE, "nothing"),
    Case("acquisition-id-unique", E, "0.4", "plate", "plate.acquisitions[1].id", 1, "1, as"),
    Case("acquisition-field", E, "0.4", "plate", "plate.acquisitions[0].starttime", -1, "-1"),
    Case(
        "acquisition-described",
        W,
        "0.5",
        "plate",
        "ome.plate.acquisitions[0].name",
        DELETE,
        'no "name"',
        "ome.plate.acquisitions[0]",
    ),
    # well
    Case("well", E, "0.4", "well", "well", DELETE, "nothing"),
    Case("well-object", E, "0.4", "well", "well", 1, "1"),
    Case("well-version", W, "0.4", "well", "well.version", DELETE, "nothing"),
    Case("well-version-value", E, "0.4", "well", "well.version", 0.4, "0.4"),
    Case("well-images", E, "0.4", "well", "well.images", [], "an empty list"),
    Case("well-images-twice", E, "0.4", "well", "well.images[2]", {"path": "0", "acquisition": 1}, "images[0]"),
    Case("field-path", E, "0.4", "well", "well.images[0].path", DELETE, "nothing"),
    Case("field-path-letters", E, "0.5", "well", "ome.well.images[0].path", "f_1", '"f_1"'),
    Case("field-path-letters", E, "0.6", "well", "ome.well.images[0].path", "..", '".."'),
    Case("field-path-letters", E, "0.6", "well", "ome.well.images[0].path", "__x", '"__x"'),
    Case("field-path-unique", E, "0.4", "well", "well.images[1].path", "0", '"0"'),
    Case("field-acquisition", E, "0.4", "well", "well.images[0].acquisition", "1", '"1"'),
    # collections
    Case("bf2raw-layout", E, "0.4", "bf2raw", "bioformats2raw.layout", DELETE, "nothing"),
    Case("bf2raw-layout-value", E, "0.5", "bf2raw", "ome.bioformats2raw.layout", 2, "2"),
    Case("series", E, "0.5", "ome", "ome.series", DELETE, "nothing"),
    Case("series-list", E, "0.4", "ome", "series[0]", 0, "0"),
    Case("acquisition-least", W, "0.2", "plate", "plate.acquisitions[0].id", -1, "-1"),
    Case("integer-range", W, "0.4", "plate", "plate.field_count", 2**63, "9223372036854775808"),
    Case("integer-range", W, "0.5", "well", "ome.well.images[0].acquisition", 2**70, "a huge integer"),
    Case("series-twice", W, "0.5", "ome", "ome.series", ["0", "1", "0"], "ome.series[0]", "ome.series[2]"),
    Case("series-filled", E, "0.4", "ome", "series", [], "an empty list"),
]
