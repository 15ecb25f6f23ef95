"""Rules of the version that metadata names."""

from __future__ import annotations

from typing import Any

from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.rule import SCHEMA, Rule
from omezarr_nb.core.validate.values import Kind, listed, shown

__all__ = ["ATTRIBUTES", "block_of", "check_version"]

ATTRIBUTES = Rule("attributes-object", "The attributes of a group are a JSON object.", {"0.1": SCHEMA})
OME = Rule("ome-object", 'The metadata MUST be stored in an object under the key "ome".', {"0.5": SCHEMA})
OME_VERSION = Rule("ome-version", 'The metadata under "ome" MUST contain the version.', {"0.5": SCHEMA})


def block_of(report: Report, attributes: Any) -> tuple[JSON | None, str]:
    """Return the part of a group's attributes that holds OME metadata, and its place; None where there is none."""
    if report.kind(attributes, Kind.OBJECT, "", ATTRIBUTES) is None:
        return None, ""
    if not report.facts.nested:
        return attributes, ""
    mend = 'Metadata of 0.4 and before stands beside "ome": convert it.' if "multiscales" in attributes else ""
    if "ome" not in attributes:
        report.broken(OME, "ome", "nothing", "an object", mend)
        return None, ""
    block = report.kind(attributes["ome"], Kind.OBJECT, "ome", OME)
    if block is not None:
        check_version(report, block, "ome", OME_VERSION, missing=OME_VERSION)
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
