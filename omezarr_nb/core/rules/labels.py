"""Rules of label images (`image-label`) and of the list of them (`labels`)."""

from __future__ import annotations

from omezarr_nb.core.rules.rule import SCHEMA, SHOULD, STRICT, TEXT, Rule

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
LABEL_COLORS = Rule("label-colors", '"image-label" SHOULD contain the key "colors".', {"0.1": SHOULD, "0.4": STRICT})
LABEL_COLORS_LIST = Rule(
    "label-colors-list", 'The "colors" MUST be a list that is not empty, of objects.', {"0.1": TEXT, "0.4": SCHEMA}
)
LABEL_COLORS_TWICE = Rule("label-colors-twice", "No color may be listed twice.", {"0.1": TEXT, "0.4": SCHEMA})
LABEL_VALUE = Rule(
    "label-value", 'Each color MUST contain the key "label-value", a number.', {"0.1": TEXT, "0.4": SCHEMA}
)
LABEL_VALUE_INTEGER = Rule("label-value-integer", 'The "label-value" of a color MUST be an integer.', {"0.1": TEXT})
LABEL_VALUE_UNIQUE = Rule(
    "label-value-unique",
    'All values under "label-value" MUST be unique; of several, readers take the last.',
    {"0.1": TEXT, "0.5": SHOULD},
)
LABEL_RGBA = Rule(
    "label-rgba", 'The "rgba" of a color MUST be four integers from 0 to 255.', {"0.1": TEXT, "0.4": SCHEMA}
)
LABEL_PROPERTIES = Rule(
    "label-properties",
    'The "properties" MUST be a list that is not empty, of objects.',
    {"0.1": SHOULD, "0.2": TEXT, "0.4": SCHEMA},
)
LABEL_PROPERTIES_TWICE = Rule("label-properties-twice", "No properties may be listed twice.", {"0.4": SCHEMA})
LABEL_PROPERTY_VALUE = Rule(
    "label-property-value",
    'Each entry of "properties" MUST contain the key "label-value", an integer.',
    {"0.2": TEXT, "0.4": SCHEMA},
)
LABEL_SOURCE = Rule("label-source", 'The "source" MUST be an object.', {"0.1": TEXT, "0.4": SCHEMA})
LABEL_SOURCE_IMAGE = Rule(
    "label-source-image", 'The "image" of a "source" MUST be a text, a relative path.', {"0.1": TEXT, "0.4": SCHEMA}
)
LABELS_LIST = Rule("labels-list", 'The "labels" group MUST contain the key "labels", a list.', {"0.1": TEXT})
LABELS_PATH = Rule("labels-path", 'Each entry of "labels" MUST be a text, the path of a label image.', {"0.1": TEXT})
LABELS_UNLISTED = Rule(
    "labels-unlisted", 'The list "labels" SHOULD have all label images that are in the group.', {"0.4": SHOULD}
)
LABELS_TWICE = Rule("labels-twice", "A label image is listed once.", {"0.1": SHOULD})
