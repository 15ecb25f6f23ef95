"""Rules of collections that bioformats2raw makes: `bioformats2raw.layout`, and `series` in the group OME."""

from __future__ import annotations

from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.rule import SCHEMA, TEXT, Rule
from omezarr_nb.core.validate.values import Kind, alike, shown

__all__ = ["LAYOUT_KEY", "check_layout", "check_series"]

LAYOUT_KEY = "bioformats2raw.layout"

LAYOUT = Rule(
    "bf2raw-layout", f'The top of the collection MUST contain the key "{LAYOUT_KEY}".', {"0.1": TEXT, "0.5": SCHEMA}
)
LAYOUT_VALUE = Rule("bf2raw-layout-value", f'The value of "{LAYOUT_KEY}" MUST be 3.', {"0.1": TEXT, "0.4": SCHEMA})
SERIES = Rule("series", 'The group OME lists the images under "series".', {"0.5": SCHEMA})
SERIES_LIST = Rule("series-list", 'The "series" MUST be a list of texts.', {"0.1": TEXT, "0.4": SCHEMA})
SERIES_FILLED = Rule("series-filled", 'The "series" is not empty.', {"0.4": TEXT})

_LAYOUT = 3


def check_layout(report: Report, block: JSON, place: str) -> None:
    """Check `bioformats2raw.layout` at the top of a collection."""
    where = f"{place}.{LAYOUT_KEY}" if place else LAYOUT_KEY
    if LAYOUT_KEY not in block:
        report.broken(LAYOUT, where, "nothing", f"{_LAYOUT}")
    elif not alike(block[LAYOUT_KEY], _LAYOUT):
        report.broken(LAYOUT_VALUE, where, shown(block[LAYOUT_KEY]), f"{_LAYOUT}")


def check_series(report: Report, block: JSON, place: str) -> None:
    """Check `series` in the group OME."""
    series = report.value(block, "series", Kind.LIST, place, SERIES_LIST, missing=SERIES)
    where = f"{place}.series" if place else "series"
    report.filled(series, where, SERIES_FILLED)
    for index, path in enumerate(series or ()):
        report.kind(path, Kind.TEXT, f"{where}[{index}]", SERIES_LIST)
