"""Rules of `scene`: how several images lie in common coordinate systems."""

from __future__ import annotations

from typing import Any

from omezarr_nb.core.validate.dimensions import check_dimensions
from omezarr_nb.core.validate.forms import check_form
from omezarr_nb.core.validate.report import Report
from omezarr_nb.core.validate.rule import SCHEMA, Rule
from omezarr_nb.core.validate.systems import SYSTEMS, Graph, check_references, check_systems
from omezarr_nb.core.validate.values import Kind

__all__ = ["SCENE", "check_scene"]

SCENE = Rule("scene", 'A scene MUST contain the key "scene".', {"0.6": SCHEMA})
SCENE_OBJECT = Rule("scene-object", '"scene" MUST be an object.', {"0.6": SCHEMA})
SYSTEMS_TWICE = Rule("scene-systems-twice", "No coordinate system may be listed twice.", {"0.6": SCHEMA})
TRANSFORMATIONS = Rule(
    "scene-transformations",
    'A scene MUST contain the field "coordinateTransformations", a list of objects that is not empty.',
    {"0.6": SCHEMA},
)


def check_scene(report: Report, value: Any, place: str) -> None:
    """Check `scene`."""
    scene = report.kind(value, Kind.OBJECT, place, SCENE_OBJECT)
    if scene is None:
        return
    graph = Graph()
    systems = report.value(scene, "coordinateSystems", Kind.LIST, place, SYSTEMS)
    if systems is not None:
        graph.axes.update(check_systems(report, systems, f"{place}.coordinateSystems"))
        report.unique(systems, f"{place}.coordinateSystems", SYSTEMS_TWICE)
    key = "coordinateTransformations"
    values = report.value(scene, key, Kind.LIST, place, TRANSFORMATIONS, missing=TRANSFORMATIONS)
    place = f"{place}.{key}"
    report.filled(values, place, TRANSFORMATIONS)
    for transformation, where in report.objects(values, place, TRANSFORMATIONS):
        check_form(report, transformation, where)
        one, other = check_references(report, transformation, where, graph.axes, closed=True)
        graph.link(one, other)
        check_dimensions(report, transformation, where, graph.count(one), graph.count(other))
    graph.check(report, place)
