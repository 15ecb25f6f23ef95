"""Rules of what is stored: groups and arrays that are there, and fit one another."""

from __future__ import annotations

from omezarr_nb.core.rules.rule import SHOULD, TEXT, Rule

LEVEL_ARRAY = Rule("level-array", 'Each "path" in "datasets" MUST be that of an array.', {"0.1": TEXT})
LEVEL_DIMENSIONS = Rule(
    "level-dimensions", "The number of axes MUST be the number of dimensions of every array.", {"0.1": TEXT}
)
LEVEL_DTYPE = Rule(
    "level-dtype", "All arrays of an image have the same data type (MUST since 0.6).", {"0.1": SHOULD, "0.6": TEXT}
)
LEVEL_ORDER = Rule("level-order", "The levels MUST be ordered from largest to smallest.", {"0.1": TEXT})
CHUNK_SEPARATOR = Rule(
    "chunk-separator",
    'The parts of the key of a chunk are separated by "." in 0.1, and by "/" from 0.2 to 0.4.',
    {"0.1": TEXT, "0.5": None},
)
DIMENSION_NAMES = Rule(
    "dimension-names",
    'The "dimension_names" of the array of a level MUST be there and match the names of the axes.',
    {"0.5": TEXT, "0.6": SHOULD},
)
ARRAY_DIMENSIONS = Rule(
    "array-dimensions",
    'In 0.3 the names of the axes MUST be repeated in "_ARRAY_DIMENSIONS" of every array.',
    {"0.3": TEXT, "0.4": None},
)
LABEL_LEVELS = Rule(
    "label-levels", 'The "datasets" of a label image MUST be as many as those of its image.', {"0.1": TEXT}
)
LABEL_DTYPE = Rule("label-dtype", "The pixels of label images MUST be integers.", {"0.1": TEXT})
LABEL_SHAPE = Rule(
    "label-shape", "Each dimension of a label image is as large as that of its image, or 1.", {"0.1": SHOULD}
)
OME_METADATA = Rule("ome-metadata", "The attributes of the group hold OME-Zarr metadata.", {"0.1": TEXT})
PATH_INSIDE = Rule("path-inside", "A path leads to a part of the group that names it.", {"0.1": SHOULD})
LABELS_BETWEEN = Rule(
    "labels-between",
    'Groups between "labels" and the label images MUST NOT contain metadata.',
    {"0.1": TEXT},
)
FIELD_ACQUISITION_KNOWN = Rule(
    "field-acquisition-known",
    'Where a plate has several acquisitions, each image of a well MUST name one of them by "acquisition".',
    {"0.1": SHOULD, "0.4": TEXT},
)
TRANSFORMATION_SYSTEM_ELSEWHERE = Rule(
    "transformation-system-elsewhere",
    'A "name" with a "path" MUST be that of a coordinate system of the image at that path.',
    {"0.6": TEXT},
)
ROW_GROUP = Rule("row-group", "Above each well MUST be the group of its row.", {"0.1": TEXT})
PLATE_FIELD_COUNT_EXCEEDED = Rule(
    "plate-field-count-exceeded", 'The "field_count" is the greatest number of fields of a well.', {"0.1": SHOULD}
)
ARRAY_DOCUMENT = Rule("array-document", "The metadata of an array MUST describe one that can be read.", {"0.1": TEXT})
TRANSFORMATION_ARRAY = Rule(
    "transformation-array", 'The "path" of an affine or a rotation MUST be that of an array.', {"0.6": TEXT}
)
TRANSFORMATION_MATRIX = Rule("transformation-matrix", "A matrix in an array has two dimensions.", {"0.6": TEXT})
TRANSFORMATION_FIELD = Rule(
    "transformation-field",
    'The "path" of displacements or coordinates MUST be that of a group with "multiscales".',
    {"0.6": TEXT},
)
LEVEL_SCALE = Rule(
    "level-scale",
    "The pixels of a level are as much larger than those of the first as they are fewer.",
    {"0.4": SHOULD},
)
# A note of 0.6: the centre of a pixel is its place, so levels that were made by binning need a translation. The
# coordinates of 0.4 and 0.5 are the same.
LEVEL_OFFSET = Rule(
    "level-offset",
    "A pixel is placed by its centre, so a level of averaged pixels has a translation: half the difference of the "
    "pixel sizes (a note of 0.6).",
    {"0.4": SHOULD},
)
CONSOLIDATED = Rule(
    "consolidated-metadata",
    "Consolidated metadata says what the documents say that it was made of.",
    {"0.1": SHOULD},
)
ROW_UNLISTED = Rule("row-unlisted", 'The "rows" of a plate have all groups of rows that are there.', {"0.4": SHOULD})
LEVEL_EMPTY = Rule("level-empty", "The array of a level has pixels: no dimension is of length 0.", {"0.1": SHOULD})
LEVELS_COUNT = Rule("levels-count", "An image has at most 64 levels: more are not read.", {"0.1": SHOULD})
