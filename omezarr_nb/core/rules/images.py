"""Rules of images: `multiscales`, the vectors that place its levels (0.4 and 0.5), and `omero`."""

from __future__ import annotations

from omezarr_nb.core.rules.rule import SCHEMA, SHOULD, STRICT, TEXT, Rule

TRANSFORMATIONS_LIST = Rule(
    "transformations-list", 'The "coordinateTransformations" MUST be a list that is not empty.', {"0.4": SCHEMA}
)
TRANSFORMATION_OBJECT = Rule("transformation-object", "Each transformation MUST be an object.", {"0.4": SCHEMA})
TRANSFORMATION_TYPE = Rule(
    "transformation-type",
    'Each transformation MUST contain the field "type", one that the specification allows here.',
    {"0.4": SCHEMA},
)
TRANSFORMATION_VECTOR = Rule(
    "transformation-vector", "A scale or translation MUST be a list of numbers.", {"0.4": SCHEMA}
)
TRANSFORMATION_LENGTH = Rule(
    "transformation-length",
    'The length of "scale" and "translation" MUST be the same as the number of axes.',
    {"0.4": TEXT},
)
TRANSFORMATIONS_EARLY = Rule(
    "transformations-early", 'There are no "coordinateTransformations" before 0.4.', {"0.1": SHOULD, "0.4": None}
)
SCALE_COUNT = Rule("scale-count", 'There MUST be exactly one transformation of type "scale".', {"0.4": SCHEMA})
TRANSLATION_COUNT = Rule(
    "translation-count", 'There MAY be one transformation of type "translation", no more.', {"0.4": TEXT}
)
TRANSLATION_ORDER = Rule(
    "translation-order", 'A "translation" MUST be listed after the "scale", so that it is physical.', {"0.4": TEXT}
)
SCALE_POSITIVE = Rule(
    "scale-positive", "The scale is the size of a pixel, which is above 0.", {"0.4": SHOULD, "0.6": SCHEMA}
)
SCALE_RANGE = Rule(
    "scale-range",
    "The scales of a level and of its image multiply to a pixel size that is a number above 0.",
    {"0.4": SHOULD},
)
TRANSFORMATION_FINITE = Rule(
    "transformation-finite", "JSON has no infinite numbers, and none that are no number.", {"0.4": TEXT}
)
MULTISCALES = Rule("multiscales", 'An image MUST contain the key "multiscales".', {"0.1": SCHEMA})
MULTISCALES_LIST = Rule(
    "multiscales-list", 'The "multiscales" MUST be a list of objects that is not empty.', {"0.1": SCHEMA}
)
MULTISCALES_TWICE = Rule("multiscales-twice", 'No entry of "multiscales" may be there twice.', {"0.1": SCHEMA})
MULTISCALE_NAME_TEXT = Rule("multiscale-name-text", 'The "name" of a multiscale is a text.', {"0.1": SCHEMA})
MULTISCALE_NAME = Rule("multiscale-name", 'Each multiscale SHOULD contain the field "name".', {"0.1": STRICT})
MULTISCALE_TYPE = Rule(
    "multiscale-type", 'Each multiscale SHOULD contain the field "type", the method of downscaling.', {"0.1": STRICT}
)
MULTISCALE_TYPE_TEXT = Rule("multiscale-type-text", 'The "type" of a multiscale is a text.', {"0.1": SHOULD})
MULTISCALE_METADATA = Rule(
    "multiscale-metadata", 'Each multiscale SHOULD contain the field "metadata", on the downscaling.', {"0.1": STRICT}
)
MULTISCALE_METADATA_OBJECT = Rule(
    "multiscale-metadata-object",
    'The "metadata" of a multiscale is an object.',
    {"0.1": SCHEMA, "0.2": SHOULD},
)
MULTISCALE_METADATA_TEXT = Rule(
    "multiscale-metadata-text", 'The "method" and "version" in "metadata" are texts.', {"0.1": SCHEMA, "0.2": None}
)
MULTISCALE_VERSION = Rule(
    "multiscale-version", 'Each multiscale SHOULD contain the field "version".', {"0.1": STRICT, "0.5": None}
)
MULTISCALE_VERSION_VALUE = Rule(
    "multiscale-version-value",
    'The "version" of a multiscale MUST be the version of the specification.',
    {"0.1": SCHEMA, "0.5": SHOULD, "0.6": None},
)
MULTISCALE_AXES = Rule(
    "multiscale-axes", 'Each multiscale MUST contain the field "axes".', {"0.3": SCHEMA, "0.6": None}
)
DATASETS = Rule(
    "datasets", 'Each multiscale MUST contain the field "datasets", a list that is not empty.', {"0.1": SCHEMA}
)
DATASET_OBJECT = Rule("dataset-object", 'Each entry of "datasets" MUST be an object.', {"0.1": SCHEMA})
DATASET_PATH = Rule("dataset-path", 'Each entry of "datasets" MUST contain the field "path", a text.', {"0.1": SCHEMA})
DATASET_PATH_TWICE = Rule(
    "dataset-path-twice", "The paths are ordered from largest to smallest, so each is there once.", {"0.1": SHOULD}
)
DATASET_TRANSFORMATIONS = Rule(
    "dataset-transformations",
    'Each entry of "datasets" MUST contain the field "coordinateTransformations".',
    {"0.4": SCHEMA},
)
OMERO_OBJECT = Rule("omero-object", 'The "omero" metadata is an object.', {"0.1": SCHEMA})
OMERO_CHANNELS = Rule(
    "omero-channels", 'The "omero" metadata MUST contain the field "channels", a list.', {"0.1": SCHEMA}
)
CHANNEL_OBJECT = Rule("channel-object", 'Each entry of "channels" MUST be an object.', {"0.1": SCHEMA})
CHANNEL_FIELD = Rule("channel-field", "The fields of a channel hold what the schema says.", {"0.1": SCHEMA})
CHANNEL_COLOR = Rule(
    "channel-color", 'Each channel MUST contain the field "color".', {"0.1": SCHEMA, "0.5": TEXT, "0.9.dev1": SHOULD}
)
CHANNEL_COLOR_HEX = Rule(
    "channel-color-hex",
    'The "color" of a channel MUST be 6 hexadecimal digits, RGB.',
    {"0.1": SHOULD, "0.4": TEXT},
)
CHANNEL_WINDOW = Rule(
    "channel-window", 'Each channel MUST contain the field "window".', {"0.1": SCHEMA, "0.5": TEXT, "0.9.dev1": SHOULD}
)
WINDOW_OBJECT = Rule("window-object", 'The "window" of a channel MUST be an object.', {"0.1": SCHEMA})
WINDOW_FIELD = Rule("window-field", 'The field "window" MUST contain its bounds.', {"0.1": SCHEMA})
WINDOW_NUMBER = Rule("window-number", 'The bounds in "window" MUST be numbers.', {"0.1": SCHEMA})
WINDOW_FINITE = Rule("window-finite", "JSON has no infinite numbers, and none that are no number.", {"0.1": TEXT})
