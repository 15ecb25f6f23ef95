"""Validation of the attributes of one group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from omezarr_nb.core.problems import Problem
from omezarr_nb.core.rules import labels as rules
from omezarr_nb.core.rules.groups import BF2RAW_BESIDE, JSON_DEPTH
from omezarr_nb.core.rules.images import MULTISCALES
from omezarr_nb.core.rules.plates import PLATE, WELL
from omezarr_nb.core.rules.rule import Level, Rule
from omezarr_nb.core.rules.spaces import SCENE
from omezarr_nb.core.validate.labels import check_image_label, check_labels
from omezarr_nb.core.validate.layout import LAYOUT_KEY, check_layout, check_series
from omezarr_nb.core.validate.multiscales import check_multiscales
from omezarr_nb.core.validate.omero import check_omero
from omezarr_nb.core.validate.plate import check_plate
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.scene import check_scene
from omezarr_nb.core.validate.values import is_shallow
from omezarr_nb.core.validate.version import block_of
from omezarr_nb.core.validate.versions import facts_of
from omezarr_nb.core.validate.well import check_well

__all__ = ["check_attributes", "check_block", "validate_attributes"]


Check = Callable[[Report, Any, str], None]

#: The structures that stand under a key of their own, and what each kind of object must have.
_STRUCTURES: dict[str, Check] = {
    "multiscales": check_multiscales,
    "omero": check_omero,
    "image-label": check_image_label,
    "plate": check_plate,
    "well": check_well,
    "scene": check_scene,
}
#: For each kind: the structures of its schema, with the rule that is broken where one is missing.
_KINDS: dict[str, dict[str, Rule | None]] = {
    "image": {"multiscales": MULTISCALES, "omero": None},
    "transforms": {"multiscales": MULTISCALES, "omero": None},
    "label": {"image-label": rules.IMAGE_LABEL},
    "plate": {"plate": PLATE},
    "well": {"well": WELL},
    "scene": {"scene": SCENE},
}
#: Kinds that are looked at as a whole.
_WHOLE: dict[str, Callable[[Report, JSON, str], None]] = {
    "labels": check_labels,
    "bf2raw": check_layout,
    "ome": check_series,
}


def validate_attributes(
    attributes: Any, *, version: str, kind: str, strict: bool = False, level: Level = "full"
) -> list[Problem] | None:
    """Return what makes the attributes of a group invalid.

    Parameters
    ----------
    attributes
        The attributes as stored: the content of ``.zattrs`` up to 0.4, and from 0.5 on all attributes in
        ``zarr.json``, their key "ome" included. Any JSON value is taken.
    version
        The version whose rules hold, "0.1" to "0.6", "0.6rc0" or "0.9.dev1".
    kind
        What the group is: "image", "label", "labels" (the group that lists label images), "plate", "well", "bf2raw"
        (the top of a collection), "ome" (its group OME) or, from 0.6 on, "scene".
    strict
        Whether what the official strict schemas ask for must be there as well.
    level
        "schema": what the official JSON schemas of the version say, their omissions included, and what their test
        suite calls invalid. "full": also what the specification's text says, and all structures that are there.

    Returns
    -------
    list of Problem or None
        Errors only, all of them; an empty list where the attributes are valid. None where there is nothing to go
        by: a version or kind that is not known, or at the level "schema" one that has no schema.

    See Also
    --------
    check_attributes : gives the warnings as well.

    Examples
    --------
    >>> problems = validate_attributes({"multiscales": []}, version="0.4", kind="image")
    >>> [(problem.rule, problem.place, problem.found) for problem in problems]
    [('multiscales-list', 'multiscales', 'an empty list')]
    """
    problems = check_attributes(attributes, version=version, kind=kind, strict=strict, level=level)
    return None if problems is None else [problem for problem in problems if problem.severity == "error"]


def check_attributes(
    attributes: Any, *, version: str, kind: str, strict: bool = False, level: Level = "full"
) -> list[Problem] | None:
    """Return every problem of the attributes of a group: what makes them invalid, and what only SHOULD be otherwise.

    Parameters and returned None are those of `validate_attributes`.
    """
    facts = facts_of(version)
    if facts is None or kind not in facts.kinds or (level == "schema" and kind not in facts.schemas):
        return None
    report = Report(facts, level, strict)
    attributes = dict(attributes) if isinstance(attributes, Mapping) else attributes
    if not is_shallow(attributes):
        report.broken(JSON_DEPTH, "", "more than 100 levels", "fewer")
        return report.problems
    block, place = block_of(report, attributes)
    if block is not None:
        check_block(report, block, kind, place)
    return report.problems


def check_block(report: Report, block: JSON, kind: str, place: str) -> None:
    """Check the OME part of a group's attributes, whose version has been looked at.

    At the level "schema" only the structures of that kind's schema are looked at; at "full" all that are there.
    """
    if kind in _WHOLE:
        _WHOLE[kind](report, block, place)
    needed = _KINDS.get(kind, {})
    for key, check in _STRUCTURES.items():
        where = f"{place}.{key}" if place else key
        missing = needed.get(key)
        if key in block and (key in needed or report.is_full):
            check(report, block[key], where)
        elif key not in block and missing is not None:
            report.broken(missing, where, "nothing", f'the key "{key}"')
    if report.is_full:
        if kind == "label" and "multiscales" not in block:
            where = f"{place}.multiscales" if place else "multiscales"
            report.broken(rules.LABEL_MULTISCALES, where, "nothing", 'the key "multiscales"')
        if LAYOUT_KEY in block and kind != "bf2raw":
            check_layout(report, block, place)
            if kind in ("image", "label"):
                where = f"{place}.{LAYOUT_KEY}" if place else LAYOUT_KEY
                report.broken(BF2RAW_BESIDE, where, "an image", "either")
