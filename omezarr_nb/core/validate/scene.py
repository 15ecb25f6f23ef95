"""Rules of `scene`: how several images lie in common coordinate systems."""

from __future__ import annotations

from typing import Any

from omezarr_nb.core.rules import spaces as rules
from omezarr_nb.core.validate.dimensions import check_dimensions
from omezarr_nb.core.validate.forms import check_form
from omezarr_nb.core.validate.report import Report
from omezarr_nb.core.validate.systems import Graph, check_references, check_systems
from omezarr_nb.core.validate.values import Kind

__all__ = ["check_scene"]


def check_scene(report: Report, value: Any, place: str) -> None:
    """Check `scene`."""
    scene = report.kind(value, Kind.OBJECT, place, rules.SCENE_OBJECT)
    if scene is None:
        return
    graph = Graph()
    systems = report.value(scene, "coordinateSystems", Kind.LIST, place, rules.SYSTEMS_LIST)
    if systems is not None:
        graph.axes.update(check_systems(report, systems, f"{place}.coordinateSystems"))
        report.unique(systems, f"{place}.coordinateSystems", rules.SCENE_SYSTEMS_TWICE)
    key = "coordinateTransformations"
    values = report.value(
        scene, key, Kind.LIST, place, rules.SCENE_TRANSFORMATIONS, missing=rules.SCENE_TRANSFORMATIONS
    )
    place = f"{place}.{key}"
    report.filled(values, place, rules.SCENE_TRANSFORMATIONS)
    for transformation, where in report.objects(values, place, rules.SCENE_TRANSFORMATIONS):
        check_form(report, transformation, where)
        one, other = check_references(report, transformation, where, graph.axes, closed=True)
        graph.link(one, other)
        check_dimensions(report, transformation, where, graph.count(one), graph.count(other))
    graph.check(report, place)
