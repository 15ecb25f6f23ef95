"""Axes of an image: their names, types and units, and the rules about them.

Rules: specification 0.3 (names of t, c, z, y, x in this order, y and x last), 0.4 to 0.6 (section "axes"): 2 to 5
axes with unique names, of which 2 or 3 are of type "space", at most one "time" and at most one "channel" or of a type
of one's own, in the order time, channel, space.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.orientation import DIRECTIONS, Orientation
from omezarr_nb.core.problems import Problem, quoted
from omezarr_nb.core.rules import Rule
from omezarr_nb.core.rules import axes as rules
from omezarr_nb.core.units import SPACE_UNITS, TIME_UNITS, normalise_unit
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError

if TYPE_CHECKING:
    from omezarr_nb.core.format import Format

__all__ = ["KNOWN_AXES", "Axes", "AxesLike", "Axis", "check_axes", "parse_axes", "spatial_axes"]

#: Type of the axes whose names the specification has used since 0.1.
KNOWN_AXES: Mapping[str, str] = MappingProxyType(
    {"x": "space", "y": "space", "z": "space", "c": "channel", "t": "time"}
)

_ORDER = {"time": 0, "channel": 1, "space": 2}
_NAMES = "tczyx"
_MAX_AXES = 5


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of an image.

    Parameters
    ----------
    name
        Unique within the image: "t", "c", "z", "y", "x", or a name of one's own.
    type
        "space", "time", "channel", a type of one's own, or None.
    unit
        The unit's full name ("micrometer"), or None where none is known.
    extra
        Other keys of the axis' JSON, kept as they are.
    orientation
        In which direction of the body it runs (0.9.dev1), or None.
    """

    name: str
    type: str | None = None
    unit: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)
    orientation: Orientation | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the axis as the JSON object of 0.4 and later; what is not known is left out."""
        orientation = None if self.orientation is None else self.orientation.to_json()
        known = {"name": self.name, "type": self.type, "unit": self.unit, "orientation": orientation}
        return {key: value for key, value in known.items() if value is not None} | dict(self.extra)


AxesLike = str | Sequence[str] | Sequence[Mapping[str, Any]] | Sequence[Axis]


def parse_axes(axes: AxesLike | None, ndim: int | None = None) -> tuple[Axis, ...]:
    """Return axes given in any of the accepted ways as a tuple of `Axis`; nothing that is passed is changed.

    Parameters
    ----------
    axes
        A string of one-letter names ("czyx"), a sequence of names, of JSON objects or of `Axis`. None guesses "yx"
        for two dimensions and "tczyx" for five.
    ndim
        Number of dimensions of the array, which the axes must match.

    Raises
    ------
    InvalidArgumentError
        When axes are missing and cannot be guessed, are of another number than `ndim`, or one has no name.
    ArgumentTypeError
        When they are no sequence, or an entry is neither name, JSON object nor `Axis`.

    Examples
    --------
    >>> [axis.type for axis in parse_axes("zyx")]
    ['space', 'space', 'space']
    """
    if axes is None:
        guessed = {2: "yx", 5: "tczyx"}.get(ndim or 0)
        if guessed is None:
            raise InvalidArgumentError(
                "axes must be provided. Can't be guessed for 3D or 4D data.",
                found=f"{ndim} dimensions",
                do='Pass axes, for example axes="zyx" or axes="cyx".',
            )
        axes = guessed
    if not isinstance(axes, Iterable) or isinstance(axes, Mapping):
        raise ArgumentTypeError("Axes are a text such as 'zyx', or a sequence in the order of the array.", found=axes)
    if isinstance(axes, str) and axes.strip(",; ") and any(mark in axes for mark in ",; "):
        names = [name for name in re.split(r"[\s,;]+", axes) if name]
        word = repr("".join(names)) if all(len(name) == 1 for name in names) else None
        raise InvalidArgumentError(
            "Axes given as a text are letters, one for each axis, with nothing between them.",
            where="axes",
            found=repr(axes),
            do=f"Pass axes={word} or axes={names}." if word else f"Pass a list, axes={names}.",
        )
    parsed = tuple(_parse_axis(axis) for axis in axes)
    if ndim is not None and len(parsed) != ndim:
        raise InvalidArgumentError(
            "The number of axes is not the number of dimensions of the array.",
            found=f"{len(parsed)} axes ({', '.join(axis.name for axis in parsed)}) for {ndim} dimensions",
            expected=f"{ndim} axes",
        )
    return parsed


def check_axes(axes: Sequence[Axis], place: str = "axes", fmt: Format | None = None) -> list[Problem]:
    """Return what axes break of the rules that have been the same since 0.4, and of those of an older version.

    Parameters
    ----------
    axes
        In order.
    place
        Where they stand, for the problems' places.
    fmt
        The version; the current one by default.
    """
    problems = []
    free = fmt is not None and fmt.free_axes

    def problem(rule: Rule, message: str, index: int | None = None) -> None:
        problems.append(Problem(rule.name, "error", place if index is None else f"{place}[{index}]", message))

    names = [axis.name for axis in axes]
    if not 2 <= len(axes) <= _MAX_AXES and not free:
        problem(rules.AXES_COUNT, f"an image has 2 to 5 axes, found {len(axes)}")
    for index, axis in enumerate(axes):
        if not axis.name:
            problem(rules.AXIS_NAME_FILLED, "an axis has an empty name", index)
        elif names.index(axis.name) < index:
            problem(rules.AXIS_NAME_UNIQUE, f'the name "{axis.name}" is used twice', index)
    if fmt is not None and fmt.oriented:
        problems += _check_orientations(axes, place)
    return problems + ([] if free else _check_kinds(axes, place, fmt)) + _check_units(axes, place)


def _check_kinds(axes: Sequence[Axis], place: str, fmt: Format | None) -> list[Problem]:
    """Return what number and order of the types of axes break."""
    problems = []

    def problem(rule: Rule, message: str) -> None:
        problems.append(Problem(rule.name, "error", place, message))

    names = [axis.name for axis in axes]
    kinds = [_kind(axis) for axis in axes]
    if fmt is not None and fmt.axes_form == "names":
        order = [name for name in _NAMES if name in names]
        if set(names) - set(_NAMES):
            problem(rules.AXIS_NAME, f"axes are named t, c, z, y and x, found {', '.join(names)}")
        elif names != order:
            problem(rules.AXES_ORDER, f"axes are ordered t, c, z, y, x, found {', '.join(names)}")
        elif names[-2:] != ["y", "x"]:
            problem(rules.AXES_PLANE, f"the last two axes are y and x, found {', '.join(names)}")
        return problems
    if fmt is not None and fmt.axes_form == "systems" and [axis.type for axis in axes].count("array") >= 2:
        return problems  # a system of array indices
    if not 2 <= kinds.count("space") <= 3:
        problem(rules.AXES_SPACE_COUNT, f'2 or 3 axes are of type "space", found {kinds.count("space")}')
    for kind, rule, words in (
        ("time", rules.AXES_TIME_COUNT, 'of type "time"'),
        ("channel", rules.AXES_CHANNEL_COUNT, 'of type "channel" or of a type of one\'s own'),
    ):
        if kinds.count(kind) > 1:
            problem(rule, f"at most one axis is {words}, found {kinds.count(kind)}")
    if [_ORDER[kind] for kind in kinds] != sorted(_ORDER[kind] for kind in kinds):
        problem(rules.AXES_ORDER, f"axes are ordered time, channel, space, found {', '.join(names)}")
    return problems


def _check_orientations(axes: Sequence[Axis], place: str) -> list[Problem]:
    """Return what the orientations of axes break (RFC-4)."""
    problems = []
    seen: dict[tuple[str, str], str] = {}
    for index, axis in enumerate(axes):
        orientation, where = axis.orientation, f"{place}[{index}].orientation"
        if orientation is None:
            continue
        if axis.type != "space":
            message = f'only axes of type "space" have an orientation, found one of type {quoted(axis.type)}'
            problems.append(Problem(rules.AXIS_ORIENTATION_SPACE.name, "error", where, message))
        pair = DIRECTIONS.get(orientation.value)
        if orientation.type != "anatomical" or pair is None:
            message = f"{quoted(orientation.value)} of type {quoted(orientation.type)} is none of the 24 directions"
            problems.append(Problem(rules.AXIS_ORIENTATION.name, "error", where, message))
        elif pair in seen:
            message = f'{quoted(orientation.value)} is along the axis "{seen[pair]}" already'
            problems.append(Problem(rules.AXIS_ORIENTATION_ONCE.name, "error", where, message))
        else:
            seen[pair] = axis.name
    return problems


def _check_units(axes: Sequence[Axis], place: str) -> list[Problem]:
    return [
        Problem(
            rules.AXIS_UNIT_KNOWN.name,
            "warning",
            f"{place}[{index}].unit",
            f'"{axis.unit}" is not in the list of units',
        )
        for index, axis in enumerate(axes)
        if axis.unit is not None and not _known_unit(axis)
    ]


def spatial_axes(axes: Sequence[Axis]) -> tuple[int, ...]:
    """Return the indices of the axes of type "space", in order."""
    return tuple(index for index, axis in enumerate(axes) if _kind(axis) == "space")


class Axes:
    """The axes of an image for one version of the format.

    Parameters
    ----------
    axes
        As `parse_axes` takes them. None is taken for versions whose axes are fixed (0.1 and 0.2).
    axes_units
        Units by axis name ({"y": "micrometer"}); common spellings become the specification's names. A `Format` here
        is taken for `fmt`, as earlier releases of ome-zarr-py have it.
    fmt
        The version whose rules hold; the current one by default.

    Raises
    ------
    InvalidArgumentError
        From `validate`, which is called on creation.
    """

    def __init__(
        self,
        axes: AxesLike | None,
        axes_units: Mapping[str, str] | Format | None = None,
        fmt: Format | None = None,
    ) -> None:
        from omezarr_nb.core.format import CurrentFormat, Format

        if isinstance(axes_units, Format):
            axes_units, fmt = None, axes_units
        self.fmt = fmt or CurrentFormat()
        default = self.fmt.default_axes() if axes is None else None
        self.axes = with_units(default or parse_axes(axes), axes_units or {})
        self.validate()

    def validate(self) -> None:
        """Raise `InvalidArgumentError` naming every rule of the version that the axes break."""
        if self.fmt.axes_form == "names":
            self._validate_03()
        elif self.fmt.axes_form != "fixed":  # where no axes are written there is nothing to be wrong
            self._validate_axes_types()

    def to_list(self, fmt: Format | None = None) -> list[dict[str, Any]] | list[str]:
        """Return the axes as the JSON of a version: objects since 0.4, names in 0.3."""
        listed = (fmt or self.fmt).axes_to_json(self.axes)
        return self._axes_to_dicts(self.axes) if listed is None else listed

    @staticmethod
    def _axes_to_dicts(axes: AxesLike) -> list[dict[str, Any]]:
        return [axis.to_json() for axis in parse_axes(axes)]

    def _get_names(self) -> list[str]:
        return list(axis_names(self.axes))

    def _validate_axes_types(self) -> None:
        self._raise(check_axes(self.axes, fmt=None if self.fmt.axes_form == "names" else self.fmt))

    def _validate_03(self) -> None:
        from omezarr_nb.core.format import FormatV03

        self._raise(check_axes(self.axes, fmt=FormatV03()))

    def _raise(self, problems: Sequence[Problem]) -> None:
        errors = [problem.message for problem in problems if problem.severity == "error"]
        if errors:
            raise InvalidArgumentError(
                f"These axes are not valid: {'; '.join(errors)}.",
                found=self._get_names(),
                do=_way_out(self.axes, self.fmt),
            )


def _way_out(axes: Sequence[Axis], fmt: Format) -> str | None:
    """Say how axes that break a rule are put right, where that follows from their names."""
    names = list(axis_names(axes))
    lower = [name.lower() for name in names]
    if lower != names and len(set(lower)) == len(lower) and all(name in KNOWN_AXES for name in lower):
        return f"The names of axes are written in lower case: pass axes={''.join(lower)!r}."
    if all(name in KNOWN_AXES for name in names):
        ordered = sorted(axes, key=lambda axis: (_ORDER[_kind(axis)], _NAMES.index(axis.name)))
    else:
        ordered = sorted(axes, key=lambda axis: _ORDER[_kind(axis)])
    wanted = list(axis_names(ordered))
    if (
        wanted == names
        or len(set(names)) < len(names)
        or any(p.severity == "error" for p in check_axes(ordered, fmt=fmt))
    ):
        return None
    said = repr("".join(wanted)) if all(len(name) == 1 for name in wanted) else repr(wanted)
    return f"The order expected is {', '.join(wanted)}: pass axes={said} after {_moved(names, wanted)}."


def _moved(names: list[str], wanted: list[str]) -> str:
    """Give the call of NumPy that brings an array from one order of axes to another: one move, if that is enough."""
    for start in reversed(range(len(names))):
        rest = names[:start] + names[start + 1 :]
        end = wanted.index(names[start])
        if [*rest[:end], names[start], *rest[end:]] == wanted:
            return f"numpy.moveaxis(image, {-1 if start == len(names) - 1 else start}, {end})"
    return f"numpy.transpose(image, {tuple(names.index(name) for name in wanted)})"


def with_units(axes: tuple[Axis, ...], units: Mapping[str, str | None]) -> tuple[Axis, ...]:
    """Return the axes with units set by name; other axes keep theirs.

    Raises
    ------
    InvalidArgumentError
        When a name is none of the axes'.
    """
    names = [axis.name for axis in axes]
    unknown = [name for name in units if name not in names]
    if unknown:
        raise InvalidArgumentError("A unit is given for an axis that is not there.", found=unknown, expected=names)
    return tuple(replace(axis, unit=_unit(units[axis.name])) if axis.name in units else axis for axis in axes)


def _unit(unit: object) -> str | None:
    if unit is None:
        return None
    if not isinstance(unit, str) or not unit.strip():
        raise ArgumentTypeError("A unit is a text such as 'micrometer'.", found=unit)
    return normalise_unit(unit)


def _orientation(given: object) -> Orientation | None:
    """Return an orientation as it is given: one of the 24 directions, or the JSON object with it."""
    if given is None or isinstance(given, Orientation):
        return given
    value = given.get("value") if isinstance(given, Mapping) else given
    if not isinstance(value, str) or value not in DIRECTIONS:
        raise InvalidArgumentError(
            "An axis runs in one of 24 directions of the body.",
            where="orientation",
            found=given,
            expected=", ".join(DIRECTIONS),
        )
    if isinstance(given, Mapping):
        extra = {key: part for key, part in given.items() if key not in ("type", "value")}
        return Orientation(value, str(given.get("type", "anatomical")), extra)
    return Orientation(value)


def _parse_axis(axis: object) -> Axis:
    if isinstance(axis, Axis):
        return axis
    if isinstance(axis, str):
        if not axis.strip():
            raise InvalidArgumentError("An axis has no name.", found=axis)
        return Axis(axis, KNOWN_AXES.get(axis))
    if isinstance(axis, Mapping):
        name = axis.get("name")
        if not isinstance(name, str) or not name:
            raise InvalidArgumentError("An axis has no name.", found=dict(axis), expected='{"name": "x", ...}')
        unit, kind = axis.get("unit"), axis.get("type", KNOWN_AXES.get(name))
        orientation = _orientation(axis.get("orientation"))
        extra = {key: value for key, value in axis.items() if key not in ("name", "type", "unit", "orientation")}
        return Axis(name, kind if kind is None else str(kind), _unit(unit), extra, orientation)
    raise ArgumentTypeError("An axis is a name, a mapping with a name, or an Axis.", found=axis)


def _kind(axis: Axis) -> str:
    """Return which of the three places an axis takes in the order: types of one's own share the channel's."""
    return axis.type if axis.type in ("time", "space") else "channel"


def _known_unit(axis: Axis) -> bool:
    tables = {"space": (SPACE_UNITS,), "time": (TIME_UNITS,)}.get(axis.type or "", (SPACE_UNITS, TIME_UNITS))
    return any(axis.unit in table for table in tables)


def axis_names(axes: Iterable[Axis]) -> tuple[str, ...]:
    """Return the names, in order."""
    return tuple(axis.name for axis in axes)


def axes_word(axes: Iterable[Axis]) -> str:
    """Return the names as one word, "czyx", or with spaces between where one has more than a letter."""
    names = axis_names(axes)
    return ("" if all(len(name) == 1 for name in names) else " ").join(names)
