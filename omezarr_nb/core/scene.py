"""Scenes: groups of images with the transformations between them (specification 0.6, section "scene")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from omezarr_nb.core.axes import Axis
from omezarr_nb.core.collector import Collector
from omezarr_nb.core.findings import rest
from omezarr_nb.core.format import Format
from omezarr_nb.core.metadata import Multiscale
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.rules import spaces as rules
from omezarr_nb.core.transforms import CoordinateSystem, Edge, Graph, Reference
from omezarr_nb.core.transforms.graph import below
from omezarr_nb.core.transforms.types import Extra

__all__ = ["Scene", "parse_scene", "scene_to_json"]


@dataclass(frozen=True, slots=True)
class Scene:
    """What the group of a scene says (`scene`).

    Parameters
    ----------
    systems
        Coordinate systems of the scene itself; the first one is where viewers show it, if there is one.
    edges
        Transformations between these, and from and to the systems of images below the group.
    extra
        Other keys, kept as they are.

    Examples
    --------
    >>> from omezarr_nb.core.transforms import Translation
    >>> tile = Edge(Translation((0.0, 348.0)), Reference("physical", "tile_1"), Reference("world"))
    >>> Scene((), (tile,)).graph().map([[0, 1]], Reference("physical", "tile_1"), "world").tolist()
    [[0.0, 349.0]]
    """

    systems: tuple[CoordinateSystem, ...] = ()
    edges: tuple[Edge, ...] = ()
    extra: Extra = field(default_factory=dict)

    @property
    def paths(self) -> tuple[str, ...]:
        """Of the images below the group that transformations name, in the order in which they do."""
        ends = (end for edge in self.edges for end in (edge.input, edge.output))
        return tuple(dict.fromkeys(end.path for end in ends if end.path))

    def graph(self, images: Mapping[str, Multiscale] | None = None) -> Graph:
        """Return all coordinate systems and what leads between them, to map points with.

        Parameters
        ----------
        images
            Metadata of images by their paths: with it the graph also has their own systems and their levels' pixels,
            ``Reference(path="tile_1/0")``. Nothing is read for it.
        """
        systems: dict[Reference, tuple[Axis, ...]] = {}
        for system in self.systems:
            systems.setdefault(Reference(system.name), system.axes)
        edges = self.edges
        for path, image in (images or {}).items():
            graph = image.graph
            systems |= {system.below(path): axes for system, axes in graph.systems.items()}
            edges += below(path, graph.edges)
        return Graph(systems, edges)


def parse_scene(attributes: Mapping[str, Any], fmt: Format) -> tuple[Scene | None, tuple[Problem, ...]]:
    """Read the scene of a group, leniently.

    Parameters
    ----------
    attributes
        Of the group, as stored.
    fmt
        The version they are in.

    Returns
    -------
    Scene or None, tuple of Problem
        None where the group is no scene; and what could not be read or breaks a rule.
    """
    entry = fmt.block(attributes).get("scene")
    if entry is None:
        return None, ()
    collector = Collector(fmt)
    value = collector.mapping(entry, "scene", rules.SCENE_OBJECT)
    if value is None:
        return None, collector.problems
    systems = collector.systems(value, "scene")
    edges = collector.edges(value, "scene", systems, rules.SCENE_TRANSFORMATIONS, required=True)
    scene = Scene(systems, edges, rest(value, {"coordinateSystems", "coordinateTransformations"}))
    if edges and not scene.graph().is_connected():
        message = "not every coordinate system can be reached from every other one"
        collector.warn(rules.SYSTEMS_CONNECTED, "scene.coordinateTransformations", message)
    return scene, collector.problems


def scene_to_json(scene: Scene) -> dict[str, Any]:
    """Return the JSON object of a scene."""
    known: dict[str, Any] = {}
    if scene.systems:
        known["coordinateSystems"] = [system.to_json() for system in scene.systems]
    known["coordinateTransformations"] = [edge.to_json() for edge in scene.edges]
    return known | dict(scene.extra)
