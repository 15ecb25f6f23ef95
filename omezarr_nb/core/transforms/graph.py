"""Named coordinate systems, and transformations between them.

Specification 0.6, "coordinateTransformations": each goes from an input to an output, which are named by a system's
name and, where the system is another group's or is an array, that one's path.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Sequence as Listing
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np

from omezarr_nb.core.axes import Axis
from omezarr_nb.core.transforms.fields import Stored, with_matrices
from omezarr_nb.core.transforms.points import apply, inverse
from omezarr_nb.core.transforms.spelling import to_json
from omezarr_nb.core.transforms.types import (
    Bijection,
    ByDimension,
    Extra,
    Identity,
    OtherTransformation,
    Sequence,
    Transformation,
)
from omezarr_nb.errors import InvalidArgumentError, UnsupportedError

__all__ = ["CoordinateSystem", "Edge", "Graph", "Reference"]


@dataclass(frozen=True, slots=True)
class Reference:
    """Names a coordinate system (`input` and `output` of a transformation).

    Parameters
    ----------
    name
        Of the system; "" where only an array is named, whose pixels are meant.
    path
        Of the group that has the system, or of the array, from the group that names it; "" for that group itself.
    extra
        Other keys, kept as they are; they are not compared.
    """

    name: str = ""
    path: str = ""
    extra: Extra = field(default_factory=dict, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object."""
        known = {"name": self.name, "path": self.path}
        return {key: value for key, value in known.items() if value} | dict(self.extra)

    def below(self, path: str) -> Reference:
        """Return what names the same system from a group above, in which this one's group is at a path."""
        return replace(self, path="/".join(part for part in (path.strip("/"), self.path) if part))

    def __str__(self) -> str:
        return f"{self.name or 'pixels'} of {self.path}" if self.path else self.name


@dataclass(frozen=True, slots=True)
class CoordinateSystem:
    """A named coordinate system (`coordinateSystems[]`): its axes, in order."""

    name: str
    axes: tuple[Axis, ...]
    extra: Extra = field(default_factory=dict, hash=False)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {"name": self.name, "axes": [axis.to_json() for axis in self.axes]} | dict(self.extra)


@dataclass(frozen=True, slots=True)
class Edge:
    """A transformation between two systems (`coordinateTransformations[]`); its name is in its ``extra``."""

    transformation: Transformation
    input: Reference
    output: Reference

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object."""
        ends = {"input": self.input.to_json(), "output": self.output.to_json()}
        return to_json(self.transformation) | ends


SystemLike: TypeAlias = str | Reference


@dataclass(frozen=True, slots=True)
class Graph:
    """Coordinate systems and the transformations between them.

    Parameters
    ----------
    systems
        Systems with their axes, where these are known. The ends of edges are systems, too.
    edges
        In order: of two ways of the same length the one through the first edge is taken.

    Examples
    --------
    >>> from omezarr_nb.core.transforms import Scale
    >>> graph = Graph({}, (Edge(Scale((0.5, 0.25)), Reference("pixels"), Reference("world")),))
    >>> graph.map([[2, 4]], "pixels", "world").tolist()
    [[1.0, 1.0]]
    >>> graph.map([[1, 1]], "world", "pixels").tolist()
    [[2.0, 4.0]]
    """

    systems: Mapping[Reference, tuple[Axis, ...]]
    edges: tuple[Edge, ...] = ()

    @property
    def names(self) -> tuple[Reference, ...]:
        """Every system, each once: those with axes first."""
        ends = (end for edge in self.edges for end in (edge.input, edge.output))
        return tuple(dict.fromkeys((*self.systems, *ends)))

    def path(self, source: SystemLike, target: SystemLike, stored: Stored | None = None) -> Transformation:
        """Return the transformation from one system to another, along the fewest edges.

        Edges are gone against their direction where the inverse can be computed.

        Parameters
        ----------
        source, target
            A name of a system of this group, or a `Reference`.
        stored
            Reads matrices that are arrays, without which these cannot be inverted.

        Raises
        ------
        InvalidArgumentError
            When there is no such system.
        UnsupportedError
            When no way leads from the one to the other.
        """
        start, goal = self._system(source), self._system(target)
        steps: dict[Reference, tuple[Reference, Transformation]] = {}
        waiting = deque([start])
        while waiting and goal not in steps and start != goal:
            here = waiting.popleft()
            for there, edge, forward in self._around(here):
                if there in steps or there == start:
                    continue
                step = _along(edge.transformation, forward, stored)
                if step is not None:
                    steps[there] = (here, step)
                    waiting.append(there)
        if start != goal and goal not in steps:
            raise UnsupportedError(
                f"No transformation that can be applied leads from {start} to {goal}.",
                found=[f"{edge.input} -> {edge.output}" for edge in self.edges][:10],
            )
        way = []
        while goal != start:
            goal, step = steps[goal]
            way.append(step)
        if not way:
            return Identity()
        return way[0] if len(way) == 1 else Sequence(tuple(reversed(way)))

    def map(
        self,
        points: Listing[Any] | np.ndarray[Any, Any],
        source: SystemLike,
        target: SystemLike,
        stored: Stored | None = None,
    ) -> np.ndarray[Any, Any]:
        """Return where points of one system lie in another.

        Parameters
        ----------
        points
            Shape (..., n): n coordinates in the order of the source's axes.
        source, target, stored
            As for `path`; `stored` also reads fields of displacements and coordinates.

        Returns
        -------
        numpy.ndarray
            Float64, shape (..., m).
        """
        return apply(self.path(source, target, stored), points, stored)

    def is_connected(self) -> bool:
        """Return whether edges, in whichever direction, lead from each system to each other one."""
        names = self.names
        seen = set(names[:1])
        waiting = list(seen)
        while waiting:
            new = {there for there, _, _ in self._around(waiting.pop())} - seen
            seen |= new
            waiting += new
        return len(seen) == len(names)

    def _around(self, here: Reference) -> Iterator[tuple[Reference, Edge, bool]]:
        """Give the systems that one edge leads to, those along its direction first."""
        for edge in self.edges:
            if edge.input == here:
                yield edge.output, edge, True
        for edge in self.edges:
            if edge.output == here:
                yield edge.input, edge, False

    def _system(self, system: SystemLike) -> Reference:
        found = Reference(system) if isinstance(system, str) else system
        if found not in self.names:
            raise InvalidArgumentError(
                "There is no such coordinate system.",
                found=str(found),
                expected=", ".join(map(str, self.names)) or "none is named here",
            )
        return found


def below(path: str, edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """Return edges of a group as a group above it names them, in which it is at a path."""
    return tuple(replace(edge, input=edge.input.below(path), output=edge.output.below(path)) for edge in edges)


def _along(transformation: Transformation, forward: bool, stored: Stored | None) -> Transformation | None:
    """Return a transformation or its inverse; None for one that cannot be applied or computed."""
    if forward:
        return transformation if _is_known(transformation) else None
    try:
        return inverse(transformation if stored is None else with_matrices(transformation, stored))
    except UnsupportedError:
        return None


def _is_known(transformation: Transformation) -> bool:
    """Return whether no part of a transformation is of a type that is not understood."""
    match transformation:
        case OtherTransformation():
            return False
        case Sequence(parts):
            return all(map(_is_known, parts))
        case ByDimension(pieces):
            return all(_is_known(piece.transformation) for piece in pieces)
        case Bijection(forward, _):
            return _is_known(forward)
    return True
