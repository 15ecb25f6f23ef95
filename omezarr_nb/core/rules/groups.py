"""Rules of every group: its version, and what is a collection of images."""

from __future__ import annotations

from omezarr_nb.core.rules.rule import SCHEMA, SHOULD, TEXT, Rule

BF2RAW_LAYOUT = Rule(
    "bf2raw-layout",
    'The top of the collection MUST contain the key "bioformats2raw.layout".',
    {"0.1": TEXT, "0.5": SCHEMA},
)
BF2RAW_LAYOUT_VALUE = Rule(
    "bf2raw-layout-value", 'The value of "bioformats2raw.layout" MUST be 3.', {"0.1": TEXT, "0.4": SCHEMA}
)
SERIES = Rule("series", 'The group OME lists the images under "series".', {"0.5": SCHEMA})
SERIES_LIST = Rule("series-list", 'The "series" MUST be a list of texts.', {"0.1": TEXT, "0.4": SCHEMA})
SERIES_FILLED = Rule("series-filled", 'The "series" is not empty.', {"0.4": TEXT})
GROUP = Rule("group", "A group that the metadata names MUST be there.", {"0.1": TEXT})
VERSION_KNOWN = Rule("version-known", "The metadata names a version that there is.", {"0.1": TEXT})
VERSION_DEVELOPMENT = Rule(
    "version-development",
    "A development version of the specification may change: it is for trying out, not for keeping.",
    {"0.9.dev1": SHOULD},
)
ZARR_FORMAT = Rule("zarr-format", "Up to 0.4 metadata is stored in Zarr 2, from 0.5 on in Zarr 3.", {"0.1": TEXT})
ATTRIBUTES_OBJECT = Rule("attributes-object", "The attributes of a group are a JSON object.", {"0.1": SCHEMA})
OME_OBJECT = Rule("ome-object", 'The metadata MUST be stored in an object under the key "ome".', {"0.5": SCHEMA})
OME_VERSION = Rule("ome-version", 'The metadata under "ome" MUST contain the version.', {"0.5": SCHEMA})
INTEGER_RANGE = Rule("integer-range", "Integers lie within 64 bits; others are not read.", {"0.1": SHOULD})
JSON_DEPTH = Rule("json-depth", "The metadata is nested too deep to be checked.", {"0.1": SCHEMA})
BF2RAW_BESIDE = Rule(
    "bf2raw-layout-beside",
    'A group with "bioformats2raw.layout" holds several images, and is none itself.',
    {"0.1": SHOULD},
)
BF2RAW_IMAGES = Rule(
    "bf2raw-images",
    'A collection holds images: those that "series" lists, or else the groups 0, 1, 2 and so on.',
    {"0.1": TEXT},
)
SERIES_TWICE = Rule("series-twice", 'No image is listed twice in "series".', {"0.1": SHOULD})
PROBLEMS_COUNT = Rule("problems-count", "Of very many problems only the first are listed.", {"0.1": SHOULD})
HIERARCHY_SIZE = Rule(
    "hierarchy-size", "Groups and arrays are looked at up to a number that no hierarchy has.", {"0.1": TEXT}
)
