"""Rules of 0.6 on an image's coordinate systems: the intrinsic one, further ones, and what links them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from omezarr_nb.core.rules import spaces as rules
from omezarr_nb.core.validate.dimensions import check_dimensions
from omezarr_nb.core.validate.forms import check_form
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.systems import Graph, Node, check_references, check_systems, node_of
from omezarr_nb.core.validate.values import Kind, listed, shown

__all__ = ["check_spaces"]


_LABEL_TYPES = ("identity", "scale", "translation")


def check_spaces(report: Report, multiscale: JSON, datasets: list[tuple[JSON, str]], place: str) -> None:
    """Check the coordinate systems of a multiscale, and the transformations between them."""
    if "coordinateSystems" in multiscale:
        values = multiscale["coordinateSystems"]
        graph = Graph(check_systems(report, values, f"{place}.coordinateSystems"))
        if isinstance(values, list):
            report.filled(values, f"{place}.coordinateSystems", rules.MULTISCALE_SYSTEMS)
    else:
        graph = Graph()
        report.broken(rules.MULTISCALE_SYSTEMS, f"{place}.coordinateSystems", "nothing", "a list of coordinate systems")
        if "axes" in multiscale:
            mend = 'Move them into "coordinateSystems": [{"name": "intrinsic", "axes": […]}].'
            report.broken(rules.MULTISCALE_AXES_MOVED, f"{place}.axes", "axes", "none", mend)
    intrinsic = _check_levels(report, datasets, graph)
    _check_transformations(report, multiscale, graph, intrinsic, place)
    if graph.axes:
        graph.check(report, f"{place}.coordinateTransformations")


def _check_levels(report: Report, datasets: list[tuple[JSON, str]], graph: Graph) -> Node | None:
    """Check where the levels' transformations lead; return the intrinsic system: that of most of them."""
    pairs = []
    for dataset, where in datasets:
        values = dataset.get("coordinateTransformations")
        for index, value in enumerate(values if isinstance(values, list) else ()):
            if isinstance(value, dict):
                pairs.append((value, f"{where}.coordinateTransformations[{index}]", node_of(value.get("output"))))
    names = Counter(node[0] for _, _, node in pairs if node is not None)
    if not names:
        return None
    intrinsic = names.most_common(1)[0][0]
    for value, where, node in pairs:
        if node is None:
            continue
        if node[0] != intrinsic:
            report.broken(rules.INTRINSIC_SAME, f"{where}.output.name", shown(node[0]), shown(intrinsic))
        if node[0] not in graph.axes:
            report.broken(
                rules.INTRINSIC_DECLARED, f"{where}.output.name", shown(node[0]), listed(tuple(graph.axes)) or "one"
            )
        count = graph.axes.get(node[0])
        check_dimensions(report, value, where, count, count)
    return intrinsic, ""


def _check_transformations(report: Report, multiscale: JSON, graph: Graph, intrinsic: Node | None, place: str) -> None:
    values: Any = report.value(
        multiscale, "coordinateTransformations", Kind.LIST, place, rules.MULTISCALE_TRANSFORMATIONS
    )
    place = f"{place}.coordinateTransformations"
    report.filled(values, place, rules.MULTISCALE_TRANSFORMATIONS)
    for value, where in report.objects(values, place, rules.MULTISCALE_TRANSFORMATIONS):
        check_form(report, value, where)
        one, other = check_references(report, value, where, graph.axes)
        graph.link(one, other)
        check_dimensions(report, value, where, graph.count(one), graph.count(other))
        if one is None or other is None:
            continue
        if intrinsic is not None and intrinsic not in (one, other):
            found = f"{shown(one[0])} and {shown(other[0])}"
            report.broken(rules.INTRINSIC_SIDE, where, found, f"{shown(intrinsic[0])} as one of them")
        if (one[1] or other[1]) and not _fits_labels(value):
            report.broken(
                rules.LABELS_TRANSFORMATION_TYPE, f"{where}.type", shown(value.get("type")), listed(_LABEL_TYPES)
            )


def _fits_labels(transformation: JSON) -> bool:
    if transformation.get("type") != "sequence":
        return transformation.get("type") in _LABEL_TYPES
    steps = transformation.get("transformations")
    return isinstance(steps, list) and all(
        isinstance(step, dict) and step.get("type") in _LABEL_TYPES for step in steps
    )
