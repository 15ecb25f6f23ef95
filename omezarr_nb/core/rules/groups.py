"""Rules of every group: its version, and what is a collection of images."""

from __future__ import annotations

from omezarr_nb.core.rules.rule import SCHEMA, TEXT, Rule

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
ZARR_FORMAT = Rule("zarr-format", "Up to 0.4 metadata is stored in Zarr 2, from 0.5 on in Zarr 3.", {"0.1": TEXT})
ATTRIBUTES_OBJECT = Rule("attributes-object", "The attributes of a group are a JSON object.", {"0.1": SCHEMA})
OME_OBJECT = Rule("ome-object", 'The metadata MUST be stored in an object under the key "ome".', {"0.5": SCHEMA})
OME_VERSION = Rule("ome-version", 'The metadata under "ome" MUST contain the version.', {"0.5": SCHEMA})
JSON_DEPTH = Rule("json-depth", "The metadata is nested too deep to be checked.", {"0.1": SCHEMA})
