"""Rules of plates (`plate`) and wells (`well`)."""

from __future__ import annotations

from omezarr_nb.core.rules.rule import SCHEMA, SHOULD, STRICT, SUITE, TEXT, Rule

PLATE = Rule("plate", 'A plate MUST contain the key "plate".', {"0.1": SCHEMA, "0.4": TEXT, "0.5": SCHEMA})
PLATE_OBJECT = Rule("plate-object", '"plate" MUST be an object.', {"0.1": SCHEMA})
PLATE_VERSION = Rule(
    "plate-version",
    'The plate SHOULD contain the key "version" (0.5: MUST, though its own examples do not).',
    {"0.1": SCHEMA, "0.4": STRICT, "0.5": SHOULD, "0.6": None},
)
PLATE_VERSION_VALUE = Rule(
    "plate-version-value",
    'The "version" of a plate MUST be the version of the specification.',
    {"0.1": SCHEMA, "0.5": SHOULD, "0.6": None},
)
PLATE_NAME = Rule("plate-name", 'The plate SHOULD contain the key "name".', {"0.1": SHOULD, "0.4": STRICT})
PLATE_NAME_TEXT = Rule("plate-name-text", 'The "name" of a plate MUST be a text.', {"0.1": SCHEMA})
PLATE_FIELD_COUNT = Rule("plate-field-count", 'The plate SHOULD contain the key "field_count".', {"0.4": SHOULD})
PLATE_FIELD_COUNT_VALUE = Rule(
    "plate-field-count-value", 'The "field_count" MUST be a positive integer.', {"0.1": SHOULD, "0.4": SCHEMA}
)
PLATE_GRID = Rule(
    "plate-grid", 'The plate MUST contain lists "rows" and "columns" that are not empty.', {"0.1": SCHEMA}
)
PLATE_GRID_TWICE = Rule("plate-grid-twice", "No row or column may be listed twice.", {"0.1": SCHEMA})
PLATE_GRID_NAME = Rule("plate-grid-name", 'Each row and column MUST contain the key "name", a text.', {"0.1": SCHEMA})
PLATE_GRID_NAME_LETTERS = Rule(
    "plate-grid-name-letters",
    'The "name" of a row or column MUST contain only alphanumeric characters.',
    {"0.1": SHOULD, "0.4": SCHEMA},
)
PLATE_GRID_NAME_UNIQUE = Rule(
    "plate-grid-name-unique",
    'The "name" MUST NOT be a duplicate of any other in the list.',
    {"0.1": SHOULD, "0.4": TEXT},
)
PLATE_GRID_NAME_CASE = Rule(
    "plate-grid-name-case", "Names that differ in case only collide on some file systems.", {"0.4": SHOULD}
)
PLATE_WELLS = Rule("plate-wells", 'The plate MUST contain the key "wells", a list that is not empty.', {"0.1": SCHEMA})
PLATE_WELLS_TWICE = Rule("plate-wells-twice", "No well may be listed twice.", {"0.1": SCHEMA})
WELL_PATH = Rule("well-path", 'Each well MUST contain the key "path", a text.', {"0.1": SCHEMA})
WELL_PATH_UNIQUE = Rule("well-path-unique", "No two wells have the same path.", {"0.1": SHOULD, "0.4": TEXT})
WELL_PATH_PARTS = Rule(
    "well-path-parts", 'The "path" of a well MUST be two names with "/" between, and no more folders.', {"0.4": SCHEMA}
)
WELL_PATH_NAMES = Rule(
    "well-path-names",
    'The "path" of a well MUST consist of a name in "rows", "/", and a name in "columns", in that order.',
    {"0.1": SHOULD, "0.4": TEXT, "0.5": SUITE, "0.6": TEXT},
)
WELL_INDEX = Rule(
    "well-index", 'Each well MUST contain the keys "rowIndex" and "columnIndex", integers from 0.', {"0.4": SCHEMA}
)
WELL_INDEX_RANGE = Rule(
    "well-index-range", 'The "rowIndex" and "columnIndex" MUST be indices into "rows" and "columns".', {"0.4": TEXT}
)
WELL_INDEX_PATH = Rule(
    "well-index-path",
    'The "rowIndex", "columnIndex" and "path" MUST all refer to the same row and column.',
    {"0.4": TEXT},
)
WELL_INDEX_SWAPPED = Rule(
    "well-index-swapped",
    'The "rowIndex" counts the rows and "columnIndex" the columns (a published example of 0.4 has them swapped).',
    {"0.4": SHOULD, "0.5": TEXT},
)
PLATE_ACQUISITIONS = Rule("plate-acquisitions", 'The "acquisitions" MUST be a list of objects.', {"0.1": SCHEMA})
PLATE_ACQUISITIONS_FILLED = Rule(
    "plate-acquisitions-filled", 'The "acquisitions" are not empty, and none is listed twice.', {"0.1": SCHEMA}
)
ACQUISITION_ID = Rule("acquisition-id", 'Each acquisition MUST contain the key "id".', {"0.1": SCHEMA})
ACQUISITION_LEAST = Rule(
    "acquisition-least", "The numbers of an acquisition are not negative.", {"0.1": SHOULD, "0.4": None}
)
ACQUISITION_ID_UNIQUE = Rule("acquisition-id-unique", 'The "id" of an acquisition MUST be unique.', {"0.1": TEXT})
ACQUISITION_FIELD = Rule(
    "acquisition-field", "The keys of an acquisition MUST hold what the schema says.", {"0.1": SCHEMA}
)
ACQUISITION_DESCRIBED = Rule(
    "acquisition-described",
    'Each acquisition SHOULD contain the keys "name" and "maximumfieldcount".',
    {"0.1": SHOULD, "0.4": STRICT},
)
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
WELL_IMAGES = Rule("well-images", 'The well MUST contain the key "images", a list that is not empty.', {"0.1": SCHEMA})
WELL_IMAGES_TWICE = Rule("well-images-twice", "No image may be listed twice.", {"0.1": SCHEMA})
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
