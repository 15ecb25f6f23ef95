"""Validation of a part of 0.6 metadata by itself, as the specification prints its examples."""

from __future__ import annotations

from typing import Any

from omezarr_nb.core.problems import Problem
from omezarr_nb.core.rules import spaces as rules
from omezarr_nb.core.transforms.drafts import modernised, with_references
from omezarr_nb.core.validate.attributes import check_block
from omezarr_nb.core.validate.axes import check_bare_axes
from omezarr_nb.core.validate.dimensions import check_dimensions
from omezarr_nb.core.validate.forms import check_form
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.systems import Graph, check_references, check_systems
from omezarr_nb.core.validate.values import is_shallow, shown
from omezarr_nb.core.validate.versions import facts_of

__all__ = ["check_fragment", "validate_fragment"]


def validate_fragment(fragment: Any, *, version: str = "0.6") -> list[Problem] | None:
    """Return what makes a part of metadata invalid.

    Parameters
    ----------
    fragment
        One transformation; an object with "coordinateSystems" and "coordinateTransformations"; or one with
        "multiscales", without the "ome" around it. Any JSON value is taken. Spellings of the drafts of 0.6 are no
        errors here.
    version
        "0.6" or later.

    Returns
    -------
    list of Problem or None
        Errors only; None for a version that has no such transformations. There is no official schema of
        fragments, plain or strict, so the specification's text is what they are held against.

    Examples
    --------
    >>> [problem.message for problem in validate_fragment({"type": "rotation", "rotation": [[0, 1], [1, 0]]})]
    ['A rotation MUST have determinant equal to one, with orthonormal rows and columns. Found a determinant of -1; \
expected 1.']
    """
    problems = check_fragment(fragment, version=version)
    return None if problems is None else [problem for problem in problems if problem.severity == "error"]


def check_fragment(fragment: Any, *, version: str = "0.6") -> list[Problem] | None:
    """Return every problem of a part of metadata, warnings as well.

    Parameters and returned None are those of `validate_fragment`.
    """
    facts = facts_of(version)
    if facts is None or facts.axes != "systems":
        return None
    report = Report(facts)
    if not isinstance(fragment, dict) or not is_shallow(fragment):
        report.broken(rules.FRAGMENT, "", shown(fragment), "an object")
    elif "multiscales" in fragment:
        check_block(report, fragment, "image", "")
    elif "coordinateTransformations" in fragment:
        _check_systems_and_transformations(report, fragment)
    elif "type" in fragment:
        transformation = _modernised(report, fragment, "", {})
        check_form(report, transformation, "")
        check_dimensions(report, transformation, "", None, None)
    else:
        report.broken(rules.FRAGMENT, "", shown(fragment), "one of these")
    return report.problems


def _check_systems_and_transformations(report: Report, fragment: JSON) -> None:
    systems = fragment.get("coordinateSystems", [])
    graph = Graph(check_systems(report, systems, "coordinateSystems", check_bare_axes))
    names = _names_of_axes(systems)
    values = fragment["coordinateTransformations"]
    place = "coordinateTransformations"
    if not isinstance(values, list) or not values:
        report.broken(rules.FRAGMENT, place, shown(values), "a list of transformations")
        return
    for index, value in enumerate(values):
        where = f"{place}[{index}]"
        transformation = _modernised(report, value, where, names)
        check_form(report, transformation, where)
        if isinstance(transformation, dict):
            one, other = check_references(report, transformation, where, graph.axes)
            graph.link(one, other)
            check_dimensions(report, transformation, where, graph.count(one), graph.count(other))
    graph.check(report, place)


def _names_of_axes(systems: Any) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for system in systems if isinstance(systems, list) else ():
        axes = system.get("axes") if isinstance(system, dict) else None
        if isinstance(axes, list) and isinstance(system.get("name"), str):
            names[system["name"]] = [str(axis.get("name")) if isinstance(axis, dict) else "" for axis in axes]
    return names


def _modernised(report: Report, value: Any, place: str, systems: dict[str, list[str]]) -> Any:
    """Return a transformation in the spelling of 0.6, and note the spellings of its drafts."""

    def note(place: str, found: Any, expected: Any) -> None:
        report.broken(rules.DRAFT_SPELLING, place, shown(found), shown(expected))

    return modernised(note, with_references(note, value, place), place, systems)
