"""Rules of the version that metadata names."""

from __future__ import annotations

from typing import Any

from omezarr_nb.core.rules import groups as rules
from omezarr_nb.core.rules.rule import Rule
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.values import Kind, listed, shown

__all__ = ["block_of", "check_version"]


def block_of(report: Report, attributes: Any) -> tuple[JSON | None, str]:
    """Return the part of a group's attributes that holds OME metadata, and its place; None where there is none."""
    if report.kind(attributes, Kind.OBJECT, "", rules.ATTRIBUTES_OBJECT) is None:
        return None, ""
    if not report.facts.nested:
        return attributes, ""
    mend = 'Metadata of 0.4 and before stands beside "ome": convert it.' if "multiscales" in attributes else ""
    if "ome" not in attributes:
        report.broken(rules.OME_OBJECT, "ome", "nothing", "an object", mend)
        return None, ""
    block = report.kind(attributes["ome"], Kind.OBJECT, "ome", rules.OME_OBJECT)
    if block is not None:
        check_version(report, block, "ome", rules.OME_VERSION, missing=rules.OME_VERSION)
    return block, "ome"


def check_version(report: Report, parent: JSON, place: str, rule: Rule, missing: Rule | None = None) -> None:
    """Check the "version" in an object.

    Parameters
    ----------
    report
        Collects the problems.
    parent, place
        The object and its place.
    rule
        Broken where another version stands there.
    missing
        Broken where none does.
    """
    names = report.facts.names
    if "version" not in parent:
        if missing is not None:
            report.broken(missing, f"{place}.version", "nothing", shown(names[0]))
    elif parent["version"] not in names:
        report.broken(rule, f"{place}.version", shown(parent["version"]), listed(names))
