"""Rules of 0.6 on coordinate systems, the transformations between them, and scenes."""

from __future__ import annotations

from omezarr_nb.core.rules.rule import SCHEMA, SHOULD, TEXT, Rule

LEVEL_TRANSFORMATIONS = Rule(
    "level-transformations",
    'The "coordinateTransformations" of a level MUST be a list of one transformation.',
    {"0.6": SCHEMA},
)
LEVEL_TRANSFORMATION_TYPE = Rule(
    "level-transformation-type",
    "The transformation of a level MUST be a scale, an identity, or a sequence of a scale and a translation.",
    {"0.6": SCHEMA},
)
LEVEL_TRANSFORMATION_TYPED = Rule(
    "level-transformation-typed", 'Each transformation MUST contain the field "type".', {"0.6": TEXT}
)
LEVEL_SEQUENCE_ORDER = Rule(
    "level-sequence-order",
    "The sequence of a level MUST be a scale followed by a translation.",
    {"0.6": TEXT},
)
LEVEL_INPUT = Rule(
    "level-input", 'The "input" of a level\'s transformation MUST be an object with a "path".', {"0.6": SCHEMA}
)
LEVEL_OUTPUT = Rule(
    "level-output", 'The "output" of a level\'s transformation MUST be an object with a "name".', {"0.6": SCHEMA}
)
LEVEL_INPUT_PATH = Rule(
    "level-input-path", 'The "path" of the "input" MUST match the "path" of the dataset.', {"0.6": TEXT}
)
LEVEL_INPUT_NAME = Rule("level-input-name", 'The "name" of the "input" SHOULD be omitted.', {"0.6": SHOULD})
LEVEL_OUTPUT_PATH = Rule("level-output-path", 'The "path" of the "output" SHOULD be omitted.', {"0.6": SHOULD})
LEVEL_TRANSFORMATION_NAME = Rule(
    "level-transformation-name", 'The "name" of a transformation is a text.', {"0.6": SCHEMA}
)
MULTISCALE_SYSTEMS = Rule(
    "multiscale-systems",
    'Each multiscale MUST contain the field "coordinateSystems", a list that is not empty.',
    {"0.6": SCHEMA},
)
MULTISCALE_AXES_MOVED = Rule(
    "multiscale-axes-moved", 'Since 0.6 the axes stand in "coordinateSystems", no more in "axes".', {"0.6": TEXT}
)
MULTISCALE_TRANSFORMATIONS = Rule(
    "multiscale-transformations",
    'The "coordinateTransformations" of a multiscale MUST be a list of objects that is not empty.',
    {"0.6": SCHEMA},
)
INTRINSIC_SAME = Rule(
    "intrinsic-same", 'The "output" MUST have the same name for every resolution level.', {"0.6": TEXT}
)
INTRINSIC_DECLARED = Rule(
    "intrinsic-declared", 'The "name" of the "output" of a level MUST be that of a coordinate system.', {"0.6": TEXT}
)
INTRINSIC_SIDE = Rule(
    "intrinsic-side", 'One of "input" and "output" MUST reference the intrinsic coordinate system.', {"0.6": TEXT}
)
LABELS_TRANSFORMATION_TYPE = Rule(
    "labels-transformation-type",
    "A transformation to a label image MUST be an identity, a scale, a translation or a sequence of these two.",
    {"0.6": TEXT},
)
SYSTEMS_LIST = Rule("systems-list", 'The "coordinateSystems" MUST be a list.', {"0.6": SCHEMA})
SYSTEM_OBJECT = Rule("system-object", "Each coordinate system MUST be an object.", {"0.6": SCHEMA})
SYSTEM_NAME = Rule(
    "system-name", 'Each coordinate system MUST contain the field "name", a text that is not empty.', {"0.6": SCHEMA}
)
SYSTEM_NAME_UNIQUE = Rule("system-name-unique", "The names of coordinate systems MUST be unique.", {"0.6": TEXT})
SYSTEM_AXES = Rule("system-axes", 'Each coordinate system MUST contain the field "axes".', {"0.6": SCHEMA})
TRANSFORMATION_REFERENCE = Rule(
    "transformation-reference",
    'The "input" and "output" of a transformation MUST be objects that name a coordinate system.',
    {"0.6": SCHEMA},
)
TRANSFORMATION_REFERENCE_PATH = Rule(
    "transformation-reference-path", 'The "path" of an "input" or "output" is a text.', {"0.6": TEXT}
)
TRANSFORMATION_SYSTEM = Rule(
    "transformation-system",
    'A coordinate system without a "path" MUST be one of the same metadata.',
    {"0.6": TEXT},
)
SYSTEMS_CONNECTED = Rule(
    "systems-connected",
    "Any two coordinate systems of the metadata MUST be linked by transformations.",
    {"0.6": TEXT},
)
TRANSFORMATION_NAME = Rule("transformation-name", 'The "name" of a transformation is a text.', {"0.6": SCHEMA})
TRANSFORMATION_VECTOR_PATH = Rule(
    "transformation-vector-path", 'A scale or translation is given by numbers: "path" was removed.', {"0.6": SHOULD}
)
MAP_AXIS = Rule(
    "map-axis", '"mapAxis" MUST be a list of integers, each an index of an axis, none twice.', {"0.6": SCHEMA}
)
PROJECT_AXIS = Rule(
    "project-axis",
    '"droppedInputs" and "createdOutputs", of which one MUST be there, are lists of indices of axes, none twice.',
    {"0.6": SCHEMA},
)
AFFINE_MATRIX = Rule(
    "affine-matrix", 'An affine MUST have either "affine", a list of lists of numbers, or "path".', {"0.6": SCHEMA}
)
ROTATION_MATRIX = Rule(
    "rotation-matrix",
    'A rotation MUST have either "rotation", N lists of N numbers with N from 2 to 5, or "path".',
    {"0.6": SCHEMA},
)
SEQUENCE_TRANSFORMATIONS = Rule(
    "sequence-transformations", 'A sequence MUST have a list "transformations".', {"0.6": SCHEMA}
)
SEQUENCE_FILLED = Rule("sequence-filled", 'The "transformations" of a sequence MUST NOT be empty.', {"0.6": TEXT})
BY_DIMENSION_TRANSFORMATIONS = Rule(
    "by-dimension-transformations", 'A byDimension MUST have a list "transformations" of objects.', {"0.6": SCHEMA}
)
BY_DIMENSION_PART = Rule(
    "by-dimension-part",
    'Each part of a byDimension MUST contain "inputAxes" and "outputAxes", lists of numbers, and "transformation".',
    {"0.6": SCHEMA},
)
BIJECTION_PARTS = Rule("bijection-parts", 'A bijection MUST contain "forward" and "inverse".', {"0.6": SCHEMA})
FIELD_TRANSFORMATION_PATH = Rule(
    "field-transformation-path", 'The field of vectors MUST be named by a "path".', {"0.6": SCHEMA}
)
INTERPOLATION = Rule(
    "interpolation", 'The "interpolation" is one of those that the specification names.', {"0.6": SCHEMA}
)
TRANSFORMATION_DIMENSIONS = Rule(
    "transformation-dimensions",
    "The parameters of a transformation MUST be compatible with the dimensions of its input and output.",
    {"0.6": TEXT},
)
TRANSFORMATION_AXIS_INDEX = Rule(
    "transformation-axis-index", "An index of an axis MUST be one of an axis.", {"0.6": TEXT}
)
MAP_AXIS_PERMUTATION = Rule("map-axis-permutation", 'Each index MUST appear exactly once in "mapAxis".', {"0.6": TEXT})
MATRIX_ROWS = Rule("matrix-rows", "The rows of a matrix MUST be equally long.", {"0.6": TEXT})
ROTATION_ORTHONORMAL = Rule(
    "rotation-orthonormal",
    "A rotation MUST have determinant equal to one, with orthonormal rows and columns.",
    {"0.6": TEXT},
)
BY_DIMENSION_OUTPUT_TWICE = Rule(
    "by-dimension-output-twice",
    'Every index of an axis MUST appear in exactly one of the "outputAxes" of a byDimension.',
    {"0.6": TEXT},
)
BY_DIMENSION_OUTPUT_MISSING = Rule(
    "by-dimension-output-missing",
    'Every index of an axis MUST appear in one of the "outputAxes" (an official example leaves one out).',
    {"0.6": SHOULD},
)
SCENE = Rule("scene", 'A scene MUST contain the key "scene".', {"0.6": SCHEMA})
SCENE_OBJECT = Rule("scene-object", '"scene" MUST be an object.', {"0.6": SCHEMA})
SCENE_SYSTEMS_TWICE = Rule("scene-systems-twice", "No coordinate system may be listed twice.", {"0.6": SCHEMA})
SCENE_TRANSFORMATIONS = Rule(
    "scene-transformations",
    'A scene MUST contain the field "coordinateTransformations", a list of objects that is not empty.',
    {"0.6": SCHEMA},
)
FRAGMENT = Rule(
    "fragment",
    'A fragment is a transformation, an object with "coordinateTransformations", or one with "multiscales".',
    {"0.6": SCHEMA},
)
DRAFT_SPELLING = Rule("draft-spelling", "Drafts of the specification spelled this otherwise than 0.6.", {"0.6": SHOULD})
