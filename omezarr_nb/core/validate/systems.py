"""Rules of the coordinate systems of 0.6, of what refers to them, and of the graph that they make."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from omezarr_nb.core.validate.axes import check_axes
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.rule import SCHEMA, TEXT, Rule
from omezarr_nb.core.validate.values import Kind, listed, shown

__all__ = ["SYSTEMS", "Graph", "Node", "check_references", "check_systems", "node_of"]

SYSTEMS = Rule("systems-list", 'The "coordinateSystems" MUST be a list.', {"0.6": SCHEMA})
SYSTEM_OBJECT = Rule("system-object", "Each coordinate system MUST be an object.", {"0.6": SCHEMA})
SYSTEM_NAME = Rule(
    "system-name", 'Each coordinate system MUST contain the field "name", a text that is not empty.', {"0.6": SCHEMA}
)
SYSTEM_NAME_UNIQUE = Rule("system-name-unique", "The names of coordinate systems MUST be unique.", {"0.6": TEXT})
SYSTEM_AXES = Rule("system-axes", 'Each coordinate system MUST contain the field "axes".', {"0.6": SCHEMA})
REFERENCE = Rule(
    "transformation-reference",
    'The "input" and "output" of a transformation MUST be objects that name a coordinate system.',
    {"0.6": SCHEMA},
)
REFERENCE_DECLARED = Rule(
    "transformation-system",
    'A coordinate system without a "path" MUST be one of the same metadata.',
    {"0.6": TEXT},
)
CONNECTED = Rule(
    "systems-connected",
    "Any two coordinate systems of the metadata MUST be linked by transformations.",
    {"0.6": TEXT},
)

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
            report.broken(CONNECTED, place, f"no link from {shown(first)} to {listed(apart)}", "links between all")


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
    values = report.kind(values, Kind.LIST, place, SYSTEMS)
    for system, where in report.objects(values, place, SYSTEM_OBJECT):
        name = report.value(system, "name", Kind.TEXT, where, SYSTEM_NAME, missing=SYSTEM_NAME)
        count = None
        if "axes" in system:
            count = check(report, system["axes"], f"{where}.axes")
        else:
            report.broken(SYSTEM_AXES, f"{where}.axes", "nothing", "a list of axes")
        if name == "":
            report.broken(SYSTEM_NAME, f"{where}.name", "an empty text", "a name")
        if name is None:
            continue
        if name in counts:
            report.broken(SYSTEM_NAME_UNIQUE, f"{where}.name", f"{shown(name)} again", "another name")
        counts.setdefault(name, count)
    return counts


def check_references(
    report: Report, transformation: JSON, place: str, declared: Iterable[str], *, closed: bool = False
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
    names = tuple(declared)
    nodes = []
    for key in ("input", "output"):
        where = f"{place}.{key}"
        nodes.append(node_of(transformation.get(key)))
        reference = report.value(transformation, key, Kind.OBJECT, place, REFERENCE, missing=REFERENCE)
        if reference is None:
            continue
        report.value(reference, "name", Kind.TEXT, where, REFERENCE, missing=REFERENCE)
        if closed:
            report.value(reference, "path", Kind.TEXT, where, REFERENCE)
            for other in [str(other) for other in reference if other not in ("name", "path")]:
                report.broken(REFERENCE, where, f"the key {shown(other)}", 'no keys but "name" and "path"')
        node = nodes[-1]
        if node is not None and not node[1] and node[0] not in names:
            report.broken(
                REFERENCE_DECLARED, f"{where}.name", shown(node[0]), listed(names) or "a system declared here"
            )
    return nodes[0], nodes[1]
