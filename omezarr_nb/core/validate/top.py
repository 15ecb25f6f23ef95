"""The top of a hierarchy: which version it is in, and what it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from omezarr_nb.core.format import declared_version
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.rules import groups as rules
from omezarr_nb.core.validate.documents import Node
from omezarr_nb.core.validate.layout import LAYOUT_KEY
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.values import shown
from omezarr_nb.core.validate.versions import Facts, facts_of

__all__ = ["KEYS", "facts_of_top", "kind_of"]

#: What shows the kind of a group, the most telling first: a plate may have a layout, a label image multiscales.
_KINDS = (
    ("plate", "plate"),
    ("scene", "scene"),
    ("image-label", "label"),
    ("multiscales", "image"),
    (LAYOUT_KEY, "bf2raw"),
    ("well", "well"),
    ("labels", "labels"),
    ("series", "ome"),
)
#: Versions of hierarchies that name none, by their format of Zarr: collections of 0.4 need not.
_LIKELY: Mapping[Literal[2, 3], str] = {2: "0.4", 3: "0.5"}
#: Keys that show what a group is.
KEYS = tuple(key for key, _ in _KINDS)


def kind_of(block: JSON) -> str | None:
    """Return what a group is, by the keys of its OME metadata; None where none is telling."""
    return next((kind for key, kind in _KINDS if key in block), None)


def facts_of_top(
    root: Node, zarr_format: Literal[2, 3], inside: JSON | None = None
) -> tuple[Facts | None, list[Problem]]:
    """Return the facts of the version that the top of a hierarchy names; where it names none, of a likely one.

    Parameters
    ----------
    root, zarr_format
        The top, and the format of Zarr it is stored in.
    inside
        The attributes of an image in it, which count where those of the top name no version.
    """
    named = declared_version(root.attributes) or declared_version(inside or {})
    base = re.match(r"\d+\.\d+(?!\d)", named or _LIKELY[zarr_format])
    facts = facts_of(named) or facts_of(base.group() if base else None)
    report = Report(facts or Facts("0.6", ()))
    if root.kind is None:
        report.broken(rules.GROUP, "", root.fault or "nothing", "a group")
    elif facts is None:
        report.broken(rules.VERSION_KNOWN, "", shown(named), "0.1 to 0.6")
    elif facts.zarr_format != zarr_format:
        report.broken(rules.ZARR_FORMAT, "", f"{facts.version} in Zarr {zarr_format}", f"Zarr {facts.zarr_format}")
    elif rules.VERSION_DEVELOPMENT.stand(facts.version) is not None:
        report.broken(rules.VERSION_DEVELOPMENT, "ome.version", shown(named), "a released version, 0.1 to 0.6")
    return facts if root.kind is not None else None, report.problems
