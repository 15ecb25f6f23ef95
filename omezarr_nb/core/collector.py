"""What every lenient reading of JSON shares: lists, texts, axes, coordinate systems, and the problems found.

What is read comes from a file and may be anything. Nothing here raises for it: what cannot be used is left out, and
a `Problem` says which rule it breaks, where, and what was found.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from omezarr_nb.core.axes import KNOWN_AXES, Axis, check_axes
from omezarr_nb.core.format import Format
from omezarr_nb.core.problems import Problem, quoted
from omezarr_nb.core.transforms import CoordinateSystem, Edge, Reference, Transformation, parse_transformation

__all__ = ["Collector", "is_safe_path", "rest", "with_unique_names"]

#: More is no image of any version, and no array that NumPy could hold.
MAX_AXES = 32
_DRIVE = re.compile(r"[a-zA-Z]:")
#: Bytes of a path and of one name in it that every kind of storage takes.
_MAX_PATH = 1024
_MAX_NAME = 255


def is_safe_path(path: str) -> bool:
    """Return whether a path from metadata can be one, and stays within the group that names it.

    Examples
    --------
    >>> is_safe_path("labels/nuclei"), is_safe_path("../other"), is_safe_path("/etc/passwd")
    (True, False, False)
    """
    if "\\" in path or "\0" in path or "://" in path or _DRIVE.match(path):
        return False
    try:
        size = len(path.encode())
    except UnicodeEncodeError:  # half of a pair of surrogates
        return False
    parts = path.removesuffix("/").split("/")
    return size <= _MAX_PATH and all(part not in ("", ".", "..") and len(part.encode()) <= _MAX_NAME for part in parts)


@dataclass
class Collector:
    """Reads parts of metadata, and collects problems while it does.

    Parameters
    ----------
    fmt
        The version that the metadata is in.
    problems
        What has been found.
    """

    fmt: Format
    problems: list[Problem] = field(default_factory=list)

    def error(self, rule: str, place: str, message: str) -> None:
        """Add a problem that breaks a MUST, or hides a part of the metadata."""
        self.problems.append(Problem(rule, "error", place, message))

    def warn(self, rule: str, place: str, message: str) -> None:
        """Add a problem that leaves everything readable."""
        self.problems.append(Problem(rule, "warning", place, message))

    def list_at(self, parent: Mapping[str, Any], key: str, place: str, *, required: bool = False) -> list[Any]:
        """Return the list at a key, empty where there is none."""
        value = parent.get(key)
        if isinstance(value, list) and (value or not required):
            return value
        if value is None and not required:
            return []
        self.error(
            f"{key}-list",
            place,
            f"a{' non-empty' if required else ''} list is expected, found {quoted(value)}",
        )
        return []

    def text(self, parent: Mapping[str, Any], key: str, place: str) -> str | None:
        """Return a string; numbers are taken as text, with a warning."""
        value = parent.get(key)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            self.warn("text", f"{place}.{key}", f"a text is expected, found the number {value}")
            return str(value)
        self.warn("text", f"{place}.{key}", f"a text is expected, found {quoted(value)}")
        return None

    def axis_list(self, parent: Mapping[str, Any], place: str) -> tuple[Axis, ...]:
        """Return the axes at ``parent["axes"]``, checked; () where they cannot be read."""
        place = f"{place}.axes"
        values = self.list_at(parent, "axes", place, required=True)
        if len(values) > MAX_AXES:
            self.error("axes-count", place, f"an image has 2 to 5 axes, found {len(values)}")
            return ()
        axes = tuple(self.axis(axis, f"{place}[{index}]") for index, axis in enumerate(values))
        if axes:
            self.problems += check_axes(axes, place, self.fmt)
        return axes

    def axis(self, value: object, place: str) -> Axis:
        """Return an axis, of which the name may be missing."""
        if isinstance(value, str):
            return Axis(value, KNOWN_AXES.get(value))
        if not isinstance(value, Mapping):
            self.error("axis", place, f"an object with a name is expected, found {quoted(value)}")
            return Axis("")
        kind = self.text(value, "type", place)
        name = self.text(value, "name", place) or ""
        if kind is None and name in KNOWN_AXES:
            self.warn("axis-type", place, f'the type is missing; "{KNOWN_AXES[name]}" is taken, after the name')
            kind = KNOWN_AXES[name]
        return Axis(name, kind, self.text(value, "unit", place) or None, rest(value, {"name", "type", "unit"}))

    def systems(self, parent: Mapping[str, Any], place: str, *, required: bool = False) -> tuple[CoordinateSystem, ...]:
        """Return the coordinate systems at ``parent["coordinateSystems"]`` that have a name and axes."""
        place = f"{place}.coordinateSystems"
        found: list[CoordinateSystem] = []
        for index, value in enumerate(self.list_at(parent, "coordinateSystems", place, required=required)):
            here = f"{place}[{index}]"
            name = self.text(value, "name", here) if isinstance(value, Mapping) else None
            if not isinstance(value, Mapping) or not name:
                self.error("system-name", here, f"an object with a name is expected, found {quoted(value)}")
                continue
            if any(system.name == name for system in found):
                self.error("system-name-unique", f"{here}.name", f"the name {quoted(name)} is used twice")
            axes = self.axis_list(value, here)
            if axes:
                found.append(CoordinateSystem(name, axes, rest(value, {"name", "axes"})))
        return tuple(found)

    def edges(
        self, parent: Mapping[str, Any], place: str, systems: Sequence[CoordinateSystem], *, required: bool = False
    ) -> tuple[Edge, ...]:
        """Return the transformations between systems at ``parent["coordinateTransformations"]``."""
        place = f"{place}.coordinateTransformations"
        sizes = {Reference(system.name): len(system.axes) for system in reversed(systems)}
        found = []
        for index, value in enumerate(self.list_at(parent, "coordinateTransformations", place, required=required)):
            here = f"{place}[{index}]"
            if not isinstance(value, Mapping):
                self.error("transformation", here, f"an object is expected, found {quoted(value)}")
                continue
            ends = [self.reference(value.get(key), f"{here}.{key}") for key in ("input", "output")]
            start, end = ends
            if start is None or end is None:
                continue
            for key, reference in (("input", start), ("output", end)):
                if not reference.path and reference not in sizes:
                    message = f"there is no coordinate system {quoted(reference.name)} here"
                    self.error("system-unknown", f"{here}.{key}", message)
            step = self.transformation(rest(value, {"input", "output"}), here, sizes.get(start))
            found.append(Edge(step, start, end))
        return tuple(found)

    def reference(self, value: object, place: str) -> Reference | None:
        """Return what `input` or `output` names, or None where it names nothing."""
        if isinstance(value, str):
            self.warn("reference", place, f"an object with a name is expected, found the text {quoted(value)}")
            value = {"name": value}
        if not isinstance(value, Mapping):
            self.error("reference", place, f"an object with a name is expected, found {quoted(value)}")
            return None
        name, path = self.text(value, "name", place) or "", self.text(value, "path", place) or ""
        path = "/".join(part for part in path.split("/") if part not in ("", "."))
        if path and not is_safe_path(path):
            self.error("path-inside", f"{place}.path", f"{quoted(path)} is no path within the group, not followed")
            return None
        if not name and not path:
            self.error("reference", place, f"the name of a coordinate system is expected, found {quoted(value)}")
            return None
        return Reference(name, path, rest(value, {"name", "path"}))

    def transformation(self, value: object, place: str, ndim: int | None) -> Transformation:
        """Return a transformation; `OtherTransformation` where it cannot be understood."""
        return parse_transformation(value, place, self._report, ndim=ndim, kinds=self.fmt.transformation_types)

    def _report(self, rule: str, place: str, message: str) -> None:
        (self.warn if rule == "transformation-type" else self.error)(rule, place, message)


def with_unique_names(axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """Return the axes with names that everything else can go by, where one is missing or used twice."""
    names = [axis.name for axis in axes]
    free = (name for number in itertools.count() if (name := f"axis {number}") not in names)
    return tuple(
        axis if axis.name and names.index(axis.name) == index else replace(axis, name=next(free))
        for index, axis in enumerate(axes)
    )


def rest(parent: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
    """Return a copy of the keys that are not known."""
    known = set(known)
    return {key: deepcopy(value) for key, value in parent.items() if key not in known}
