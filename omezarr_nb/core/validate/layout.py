"""Rules of collections that bioformats2raw makes: `bioformats2raw.layout`, and `series` in the group OME."""

from __future__ import annotations

from omezarr_nb.core.rules import groups as rules
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.values import Kind, alike, shown

__all__ = ["LAYOUT_KEY", "check_layout", "check_series"]

LAYOUT_KEY = "bioformats2raw.layout"


_LAYOUT = 3


def check_layout(report: Report, block: JSON, place: str) -> None:
    """Check `bioformats2raw.layout` at the top of a collection."""
    where = f"{place}.{LAYOUT_KEY}" if place else LAYOUT_KEY
    if LAYOUT_KEY not in block:
        report.broken(rules.BF2RAW_LAYOUT, where, "nothing", f"{_LAYOUT}")
    elif not alike(block[LAYOUT_KEY], _LAYOUT):
        report.broken(rules.BF2RAW_LAYOUT_VALUE, where, shown(block[LAYOUT_KEY]), f"{_LAYOUT}")


def check_series(report: Report, block: JSON, place: str) -> None:
    """Check `series` in the group OME."""
    series = report.value(block, "series", Kind.LIST, place, rules.SERIES_LIST, missing=rules.SERIES)
    where = f"{place}.series" if place else "series"
    report.filled(series, where, rules.SERIES_FILLED)
    report.unique(series, where, rules.SERIES_TWICE)
    for index, path in enumerate(series or ()):
        report.kind(path, Kind.TEXT, f"{where}[{index}]", rules.SERIES_LIST)
