"""What reading images and scenes shares: axes, coordinate systems, what refers to them, and the problems found.

What is read comes from a file and may be anything. Nothing here raises for it: what cannot be used is left out, and
a `Problem` says which rule it breaks, where, and what was found.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from omezarr_nb.core.axes import KNOWN_AXES, Axis, check_axes
from omezarr_nb.core.findings import Findings, rest
from omezarr_nb.core.format import Format
from omezarr_nb.core.orientation import Orientation
from omezarr_nb.core.paths import is_safe_path
from omezarr_nb.core.problems import quoted
from omezarr_nb.core.rules import Rule, spaces
from omezarr_nb.core.rules import axes as rules
from omezarr_nb.core.rules.images import TRANSFORMATION_OBJECT, TRANSFORMATION_TYPE
from omezarr_nb.core.rules.storage import PATH_INSIDE
from omezarr_nb.core.transforms import CoordinateSystem, Edge, Reference, Transformation, parse_transformation
from omezarr_nb.core.transforms.drafts import modernised

__all__ = ["Collector", "with_unique_names"]

#: More is no image of any version, and no array that NumPy could hold.
MAX_AXES = 32
#: What a transformation of a level breaks together with the rule that says of which types it is.
_TYPING = (TRANSFORMATION_TYPE, TRANSFORMATION_OBJECT, spaces.SEQUENCE_TRANSFORMATIONS, spaces.SEQUENCE_FILLED)


class Collector(Findings):
    """Reads parts of metadata, and collects problems while it does.

    Parameters
    ----------
    fmt
        The version that the metadata is in.
    """

    def __init__(self, fmt: Format) -> None:
        super().__init__()
        self.fmt = fmt

    def axis_list(self, parent: Mapping[str, Any], place: str, missing: Rule | None) -> tuple[Axis, ...]:
        """Return the axes at ``parent["axes"]``, checked; () where they cannot be read.

        Parameters
        ----------
        parent, place
            The object that has the axes, and where it stands.
        missing
            The rule that is broken where it has none; None where that is said elsewhere.
        """
        values = list(self.entries(parent, "axes", place, rules.AXES_LIST, missing=missing, empty=rules.AXES_COUNT))
        place = f"{place}.axes"
        if len(values) > MAX_AXES:
            self.error(rules.AXES_COUNT, place, f"an image has 2 to 5 axes, found {len(values)}")
            return ()
        axes = tuple(self.axis(value, where) for where, value in values)
        nameless = {where for where, value in values if not isinstance(value, Mapping) or value.get("name") != ""}
        for problem in check_axes(axes, place, self.fmt) if axes else ():
            if problem.rule != rules.AXIS_NAME_FILLED.name or problem.place not in nameless:
                self.add(problem)
        return axes

    def axis(self, value: object, place: str) -> Axis:
        """Return an axis, of which the name may be missing."""
        if isinstance(value, str):
            if self.fmt.axes_form != "names":
                self.warn(rules.AXIS_OBJECT, place, f"an object with a name is expected, found {quoted(value)}")
            return Axis(value, KNOWN_AXES.get(value))
        named = self.fmt.axes_form == "names"
        if not isinstance(value, Mapping):
            rule = rules.AXIS_NAME if named else rules.AXIS_OBJECT
            self.error(rule, place, f"an object with a name is expected, found {quoted(value)}")
            return Axis("")
        if named:
            self.warn(rules.AXIS_NAME, place, f"a name is expected, found {quoted(value)}")
        kind = self.text(value, "type", place, rules.AXIS_TYPE_TEXT)
        name = self.text(value, "name", place, rules.AXIS_NAME) or ""
        if value.get("name") is None:
            self.error(rules.AXIS_NAME, f"{place}.name", "the name is missing")
        if kind is None and name in KNOWN_AXES:
            rule = rules.AXIS_TYPE_TEXT if "type" in value else rules.AXIS_TYPE
            self.warn(rule, place, f'there is no type; "{KNOWN_AXES[name]}" is taken, after the name')
            kind = KNOWN_AXES[name]
        unit = self.text(value, "unit", place, rules.AXIS_UNIT_TEXT) or None
        orientation = self.orientation(value, place) if self.fmt.oriented else None
        known = {"name", "type", "unit"} | ({"orientation"} if orientation is not None else set())
        return Axis(name, kind, unit, rest(value, known), orientation)

    def orientation(self, axis: Mapping[str, Any], place: str) -> Orientation | None:
        """Return in which direction of the body an axis runs (RFC-4), or None where nothing says so."""
        value = axis.get("orientation")
        if "orientation" not in axis:
            return None
        direction = value.get("value") if isinstance(value, Mapping) else None
        kind = value.get("type") if isinstance(value, Mapping) else None
        if not isinstance(value, Mapping) or not isinstance(direction, str) or not isinstance(kind, str):
            message = f"an object with a type and a value is expected, found {quoted(value)}"
            self.error(rules.AXIS_ORIENTATION, f"{place}.orientation", message)
            return None
        return Orientation(direction, kind, rest(value, {"type", "value"}))

    def systems(
        self, parent: Mapping[str, Any], place: str, *, missing: Rule | None = None
    ) -> tuple[CoordinateSystem, ...]:
        """Return the coordinate systems at ``parent["coordinateSystems"]`` that have a name and axes.

        Parameters
        ----------
        parent, place
            The object that has them, and where it stands.
        missing
            The rule that is broken where there are none; None where there need not be any.
        """
        found: list[CoordinateSystem] = []
        names: set[str] = set()
        rule = spaces.SYSTEMS_LIST
        entries = self.entries(parent, "coordinateSystems", place, rule, missing=missing, empty=missing)
        for here, entry in entries:
            value = self.mapping(entry, here, spaces.SYSTEM_OBJECT, "an object with a name")
            name = self.text(value, "name", here, spaces.SYSTEM_NAME) if value is not None else None
            if value is None or not name:
                if value is not None:
                    self.error(spaces.SYSTEM_NAME, f"{here}.name", f"a name is expected, found {quoted(name)}")
                continue
            if name in names:
                self.error(spaces.SYSTEM_NAME_UNIQUE, f"{here}.name", f"the name {quoted(name)} is used twice")
            axes = self.axis_list(value, here, spaces.SYSTEM_AXES)
            if axes:
                names.add(name)
                found.append(CoordinateSystem(name, axes, rest(value, {"name", "axes"})))
        return tuple(found)

    def edges(
        self,
        parent: Mapping[str, Any],
        place: str,
        systems: Sequence[CoordinateSystem],
        rule: Rule,
        *,
        required: bool = False,
    ) -> tuple[Edge, ...]:
        """Return the transformations between systems at ``parent["coordinateTransformations"]``.

        Parameters
        ----------
        parent, place
            The object that has them, and where it stands.
        systems
            Those that it has.
        rule
            That is broken where they are no list of objects.
        required
            Whether there must be any.
        """
        sizes = {Reference(system.name): len(system.axes) for system in reversed(systems)}
        names = {system.name: [axis.name for axis in system.axes] for system in reversed(systems)}
        key = "coordinateTransformations"
        found = []
        for here, entry in self.entries(parent, key, place, rule, required=required, empty=rule):
            if self.mapping(entry, here, rule) is None:
                continue
            value = modernised(self._draft, entry, here, names)
            ends = [
                self.reference(value.get(key), f"{here}.{key}", spaces.TRANSFORMATION_REFERENCE)
                for key in ("input", "output")
            ]
            start, end = ends
            if start is None or end is None:
                continue
            for key, reference in (("input", start), ("output", end)):
                if not reference.path and reference not in sizes:
                    message = f"there is no coordinate system {quoted(reference.name)} here"
                    self.error(spaces.TRANSFORMATION_SYSTEM, f"{here}.{key}", message)
            step = self.transformation(rest(value, {"input", "output"}), here, sizes.get(start))
            found.append(Edge(step, start, end))
        return tuple(found)

    def reference(self, value: object, place: str, rule: Rule) -> Reference | None:
        """Return what `input` or `output` names, or None where it names nothing, which breaks `rule`."""
        if isinstance(value, str):
            self.warn(rule, place, f"an object with a name is expected, found the text {quoted(value)}")
            value = {"name": value}
        if not isinstance(value, Mapping):
            self.error(rule, place, f"an object with a name is expected, found {quoted(value)}")
            return None
        of_path = spaces.TRANSFORMATION_REFERENCE_PATH if rule is spaces.TRANSFORMATION_REFERENCE else rule
        name, path = self.text(value, "name", place, rule) or "", self.text(value, "path", place, of_path) or ""
        path = "/".join(part for part in path.split("/") if part not in ("", "."))
        if path and not is_safe_path(path):
            self.error(PATH_INSIDE, f"{place}.path", f"{quoted(path)} is no path within the group, not followed")
            return None
        if not name and not path:
            self.error(rule, place, f"the name of a coordinate system is expected, found {quoted(value)}")
            return None
        return Reference(name, path, rest(value, {"name", "path"}))

    def transformation(self, value: object, place: str, ndim: int | None, *, of_level: bool = False) -> Transformation:
        """Return a transformation; `OtherTransformation` where it cannot be understood.

        One of a level (0.6) may be of few types only, and breaks another rule where it is of none of them.
        """

        def report(rule: Rule, place: str, message: str) -> None:
            tell = self.warn if rule is TRANSFORMATION_TYPE else self.error
            tell(spaces.LEVEL_TRANSFORMATION_TYPE if of_level and rule in _TYPING else rule, place, message)

        return parse_transformation(value, place, report, ndim=ndim, kinds=self.fmt.transformation_types)

    def _draft(self, place: str, found: object, expected: object) -> None:
        message = f"{quoted(found)} is the spelling of a draft, and read as {quoted(expected)}"
        self.warn(spaces.DRAFT_SPELLING, place, message)


def with_unique_names(axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """Return the axes with names that everything else can go by, where one is missing or used twice."""
    names = [axis.name for axis in axes]
    free = (name for number in itertools.count() if (name := f"axis {number}") not in names)
    return tuple(
        axis if axis.name and names.index(axis.name) == index else replace(axis, name=next(free))
        for index, axis in enumerate(axes)
    )
