"""Rules of the coordinate systems of 0.6, of what refers to them, and of the graph that they make."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from omezarr_nb.core.rules import spaces as rules
from omezarr_nb.core.validate.axes import check_axes
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.values import Kind, listed, shown

__all__ = ["Graph", "Node", "check_references", "check_systems", "node_of"]


#: A coordinate system: its name, and the path of the group that declares it ("" for this one).
Node = tuple[str, str]


@dataclass(slots=True)
class Graph:
    """Coordinate systems, how many axes each has, and which are linked.

    Parameters
    ----------
    axes
        Number of axes of each system that this metadata declares, None where that cannot be told.
    """

    axes: dict[str, int | None] = field(default_factory=dict)
    _links: list[tuple[Node, Node]] = field(default_factory=list)

    def count(self, node: Node | None) -> int | None:
        """Return how many axes a system has, where it is declared here."""
        return self.axes.get(node[0]) if node is not None and not node[1] else None

    def link(self, one: Node | None, other: Node | None) -> None:
        """Note that a transformation leads from one to the other; nothing where one is not known."""
        if one is not None and other is not None:
            self._links.append((one, other))

    def check(self, report: Report, place: str) -> None:
        """Note the systems that no transformation links to the first."""
        nodes: list[Node] = [(name, "") for name in self.axes]
        neighbours: dict[Node, list[Node]] = {node: [] for node in nodes}
        for one, other in self._links:
            neighbours.setdefault(one, []).append(other)
            neighbours.setdefault(other, []).append(one)
        reached = _reached(neighbours)
        apart = [
            f"{name}" if not path else f"{name} of {path}" for name, path in neighbours if (name, path) not in reached
        ]
        if apart:
            first = next(iter(neighbours))[0]
            report.broken(
                rules.SYSTEMS_CONNECTED, place, f"no link from {shown(first)} to {listed(apart)}", "links between all"
            )


def _reached(neighbours: dict[Node, list[Node]]) -> set[Node]:
    """Return what can be reached from the first node."""
    waiting = list(neighbours)[:1]
    reached = set(waiting)
    while waiting:
        for node in neighbours[waiting.pop()]:
            if node not in reached:
                reached.add(node)
                waiting.append(node)
    return reached


def node_of(reference: Any) -> Node | None:
    """Return which system an "input" or "output" names, or None where it names none; a null path is none."""
    if not isinstance(reference, dict) or not isinstance(reference.get("name"), str):
        return None
    path = reference.get("path")
    return reference["name"], path if isinstance(path, str) else ""


AxesCheck = Callable[[Report, Any, str], int | None]


def check_systems(report: Report, values: Any, place: str, check: AxesCheck = check_axes) -> dict[str, int | None]:
    """Check a list of coordinate systems.

    Returns
    -------
    dict
        The number of axes of each system by its name, None where that cannot be told.
    """
    counts: dict[str, int | None] = {}
    values = report.kind(values, Kind.LIST, place, rules.SYSTEMS_LIST)
    for system, where in report.objects(values, place, rules.SYSTEM_OBJECT):
        name = report.value(system, "name", Kind.TEXT, where, rules.SYSTEM_NAME, missing=rules.SYSTEM_NAME)
        count = None
        if "axes" in system:
            count = check(report, system["axes"], f"{where}.axes")
        else:
            report.broken(rules.SYSTEM_AXES, f"{where}.axes", "nothing", "a list of axes")
        if name == "":
            report.broken(rules.SYSTEM_NAME, f"{where}.name", "an empty text", "a name")
        if name is None:
            continue
        if name in counts:
            report.broken(rules.SYSTEM_NAME_UNIQUE, f"{where}.name", f"{shown(name)} again", "another name")
        counts.setdefault(name, count)
    return counts


def check_references(
    report: Report, transformation: JSON, place: str, declared: Collection[str], *, closed: bool = False
) -> tuple[Node | None, Node | None]:
    """Check "input" and "output" of a transformation between named systems.

    Parameters
    ----------
    report, transformation, place
        Collects the problems; the transformation and its place.
    declared
        Names of the systems of the same metadata.
    closed
        Whether a reference has no keys but "name" and "path", a text: so in a scene.

    Returns
    -------
    tuple
        The two systems, None where one cannot be told.
    """
    nodes = []
    for key in ("input", "output"):
        where = f"{place}.{key}"
        nodes.append(node_of(transformation.get(key)))
        reference = report.value(
            transformation,
            key,
            Kind.OBJECT,
            place,
            rules.TRANSFORMATION_REFERENCE,
            missing=rules.TRANSFORMATION_REFERENCE,
        )
        if reference is None:
            continue
        report.value(
            reference, "name", Kind.TEXT, where, rules.TRANSFORMATION_REFERENCE, missing=rules.TRANSFORMATION_REFERENCE
        )
        if closed:
            report.value(reference, "path", Kind.TEXT, where, rules.TRANSFORMATION_REFERENCE)
            for other in [str(other) for other in reference if other not in ("name", "path")]:
                report.broken(
                    rules.TRANSFORMATION_REFERENCE, where, f"the key {shown(other)}", 'no keys but "name" and "path"'
                )
        elif reference.get("path") is not None:
            report.kind(reference["path"], Kind.TEXT, f"{where}.path", rules.TRANSFORMATION_REFERENCE_PATH)
        node = nodes[-1]
        if node is not None and not node[1] and node[0] not in declared:
            expected = listed(declared) or "a system declared here"
            report.broken(rules.TRANSFORMATION_SYSTEM, f"{where}.name", shown(node[0]), expected)
    return nodes[0], nodes[1]
