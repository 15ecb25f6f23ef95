"""Rules of axes: of an image (0.3 to 0.5), or of each of its coordinate systems (since 0.6)."""

from __future__ import annotations

from omezarr_nb.core.rules.rule import SCHEMA, SHOULD, SUITE, TEXT, Rule

AXES_LIST = Rule("axes-list", 'The "axes" MUST be a list.', {"0.3": SCHEMA})
AXES_COUNT = Rule("axes-count", "The number of axes MUST lie within bounds.", {"0.3": SCHEMA})
AXES_TWICE = Rule("axes-twice", "No axis may be listed twice.", {"0.4": SCHEMA})
AXIS_OBJECT = Rule("axis-object", "Each axis MUST be an object with a name.", {"0.4": SCHEMA})
AXIS_NAME = Rule("axis-name", 'Each axis MUST contain the field "name".', {"0.3": SCHEMA})
AXIS_NAME_FILLED = Rule("axis-name-filled", "The name of an axis is not empty.", {"0.4": SHOULD, "0.6": SCHEMA})
AXIS_NAME_UNIQUE = Rule("axis-name-unique", "The names of axes MUST be unique.", {"0.3": TEXT})
AXIS_TYPE_TEXT = Rule("axis-type-text", 'The "type" of an axis MUST be a text.', {"0.4": SCHEMA})
AXIS_TYPE = Rule("axis-type", 'Each axis SHOULD contain the field "type".', {"0.4": SHOULD})
AXIS_TYPE_KNOWN = Rule(
    "axis-type-known", 'The "type" of an axis SHOULD be one that the specification names.', {"0.4": SHOULD}
)
AXIS_UNIT_TEXT = Rule("axis-unit-text", 'The "unit" of an axis is a text.', {"0.4": SHOULD, "0.6": SCHEMA})
AXIS_UNIT = Rule("axis-unit", 'Axes of type "space" and "time" SHOULD contain the field "unit".', {"0.4": SHOULD})
AXIS_UNIT_KNOWN = Rule(
    "axis-unit-known", 'The "unit" SHOULD be one of UDUNITS-2 that the specification lists.', {"0.4": SHOULD}
)
AXIS_DISCRETE = Rule("axis-discrete", 'The field "discrete" MUST be true or false.', {"0.6": SCHEMA})
AXIS_LONG_NAME = Rule("axis-long-name", 'The field "longName" MUST be a text.', {"0.6": SCHEMA})
AXES_SPACE_COUNT = Rule(
    "axes-space-count", 'The "axes" MUST contain 2 or 3 entries of type "space".', {"0.4": SCHEMA, "0.9.dev1": None}
)
AXES_SPACE_TYPED = Rule(
    "axes-space-typed",
    'The "axes" MUST contain 2 or 3 entries of type "space"; one without a type is none.',
    {"0.4": TEXT, "0.9.dev1": None},
)
AXES_TIME_COUNT = Rule(
    "axes-time-count", 'The "axes" MAY contain one entry of type "time", no more.', {"0.4": TEXT, "0.9.dev1": None}
)
AXES_CHANNEL_COUNT = Rule(
    "axes-channel-count",
    'The "axes" MAY contain one entry of type "channel" or of a null or custom type, no more.',
    {"0.4": TEXT, "0.9.dev1": None},
)
AXES_ORDER = Rule(
    "axes-order",
    "The axes MUST be ordered: time first, then channel or custom, then space.",
    {"0.3": SUITE, "0.4": TEXT, "0.9.dev1": None},
)
AXES_PLANE = Rule("axes-plane", "The axes of an image of 0.3 end with y and x.", {"0.3": SHOULD, "0.4": None})
AXES_STACK_ORDER = Rule(
    "axes-stack-order", 'Three axes of type "space" SHOULD be ordered "zyx".', {"0.4": SHOULD, "0.9.dev1": None}
)
AXIS_ORIENTATION = Rule(
    "axis-orientation",
    'The "orientation" of an axis MUST be an object of type "anatomical" with one of the 24 values.',
    {"0.9.dev1": SCHEMA},
)
AXIS_ORIENTATION_SPACE = Rule(
    "axis-orientation-space", 'Only axes of type "space" may have an "orientation".', {"0.9.dev1": TEXT}
)
AXIS_ORIENTATION_ONCE = Rule(
    "axis-orientation-once", "Each anatomical axis MUST have one direction only.", {"0.9.dev1": TEXT}
)
