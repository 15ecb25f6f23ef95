"""The metadata of plates and wells as frozen models, whatever the version they are stored in.

`parse_plate` and `parse_well` are lenient: they read what can be read, and return a `Problem` for everything else.
Rules are those of the sections "plate" and "well" (0.1 to 0.6), by the names that `omezarr_nb.core.validate` has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from omezarr_nb.core.findings import Findings, rest
from omezarr_nb.core.paths import is_safe_path
from omezarr_nb.core.problems import Problem, quoted
from omezarr_nb.core.rules import Rule
from omezarr_nb.core.rules import plates as rules
from omezarr_nb.core.rules.storage import PATH_INSIDE

__all__ = [
    "Acquisition",
    "FieldEntry",
    "Line",
    "PlateMetadata",
    "WellEntry",
    "WellMetadata",
    "parse_plate",
    "parse_well",
]

#: More than any plate has; what a file says beyond is not read.
_MAX_LINES = 10_000
_MAX_WELLS = 100_000
_MAX_ACQUISITIONS = 10_000
_MAX_FIELDS = 100_000

Extra = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A row or a column of a plate (`plate.rows[]`, `plate.columns[]`): its name, and other keys as they are."""

    name: str
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WellEntry:
    """A well as its plate lists it (`plate.wells[]`).

    Parameters
    ----------
    path
        Of the well's group, within the plate: "B/3".
    row, column
        Their names: "B" and "3".
    extra
        Other keys, kept as they are.
    """

    path: str
    row: str
    column: str
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Acquisition:
    """One run of the microscope over a plate (`plate.acquisitions[]`).

    Parameters
    ----------
    id
        By which the fields of wells refer to it.
    name, description
        For people; None where there is none.
    maximum_field_count
        The most fields that a well has of it, or None.
    start_time, end_time
        Seconds since 1970, UTC, or None.
    extra
        Other keys, kept as they are.
    """

    id: int
    name: str | None = None
    description: str | None = None
    maximum_field_count: int | None = None
    start_time: int | None = None
    end_time: int | None = None
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlateMetadata:
    """All that the group of a plate says (`plate`)."""

    rows: tuple[Line, ...] = ()
    columns: tuple[Line, ...] = ()
    wells: tuple[WellEntry, ...] = ()
    name: str | None = None
    field_count: int | None = None
    acquisitions: tuple[Acquisition, ...] = ()
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldEntry:
    """A field of view as its well lists it (`well.images[]`): its path, and the id of its acquisition or None."""

    path: str
    acquisition: int | None = None
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WellMetadata:
    """All that the group of a well says (`well`)."""

    fields: tuple[FieldEntry, ...] = ()
    extra: Extra = field(default_factory=dict)


def parse_plate(value: object, *, folders: bool = False) -> tuple[PlateMetadata, tuple[Problem, ...]]:
    """Read the metadata of a plate.

    Parameters
    ----------
    value
        What stands under "plate".
    folders
        Whether the paths of wells may have leading folders, which they may up to 0.3.

    Returns
    -------
    PlateMetadata, tuple of Problem
        The model of all that could be read (it may have no well at all), and what could not, or breaks a rule.
    """
    findings = Findings()
    if not isinstance(value, Mapping):
        findings.error(rules.PLATE_OBJECT, "plate", f"an object is expected, found {quoted(value)}")
        return PlateMetadata(), findings.problems
    rows, columns = _lines(value, "rows", findings), _lines(value, "columns", findings)
    wells = _wells(value, (rows, columns), findings, folders=folders)
    if not rows:
        rows = _lines_of_wells("rows", [well.row for well in wells], findings)
    if not columns:
        columns = _lines_of_wells("columns", [well.column for well in wells], findings)
    known = {"rows", "columns", "wells", "name", "field_count", "acquisitions", "version"}
    metadata = PlateMetadata(
        rows,
        columns,
        wells,
        findings.text(value, "name", "plate", rules.PLATE_NAME_TEXT),
        findings.integer(value, "field_count", "plate", rules.PLATE_FIELD_COUNT_VALUE, least=1),
        _acquisitions(value, findings),
        rest(value, known),
    )
    return metadata, findings.problems


def parse_well(value: object) -> tuple[WellMetadata, tuple[Problem, ...]]:
    """Read the metadata of a well.

    Parameters
    ----------
    value
        What stands under "well".

    Returns
    -------
    WellMetadata, tuple of Problem
        The model of all that could be read (it may have no field at all), and what could not, or breaks a rule.
    """
    findings = Findings()
    if not isinstance(value, Mapping):
        findings.error(rules.WELL_OBJECT, "well", f"an object is expected, found {quoted(value)}")
        return WellMetadata(), findings.problems
    fields: dict[str, FieldEntry] = {}
    for place, entry in findings.entries(value, "images", "well", rules.WELL_IMAGES, required=True, most=_MAX_FIELDS):
        path = _path(entry, place, (rules.FIELD_PATH, rules.WELL_IMAGES), findings)
        if path is None:
            continue
        if path in fields:
            findings.error(rules.FIELD_PATH_UNIQUE, f"{place}.path", f"{quoted(path)} is listed twice; it is read once")
            continue
        acquisition = extra = None
        if isinstance(entry, Mapping):
            acquisition = findings.integer(entry, "acquisition", place, rules.FIELD_ACQUISITION, least=-(2**63))
            extra = rest(entry, {"path", "acquisition"})
        fields[path] = FieldEntry(path, acquisition, extra or {})
    return WellMetadata(tuple(fields.values()), rest(value, {"images", "version"})), findings.problems


def _lines(plate: Mapping[str, Any], key: str, findings: Findings) -> tuple[Line, ...]:
    """Return the rows or columns in order; one without a name keeps its place, for others to be counted by."""
    lines: list[Line] = []
    seen: set[str] = set()
    for place, entry in findings.entries(plate, key, "plate", rules.PLATE_GRID, required=True, most=_MAX_LINES):
        name, extra = None, {}
        if isinstance(entry, Mapping):
            name, extra = findings.text(entry, "name", place, rules.PLATE_GRID_NAME), rest(entry, {"name"})
            if name is None and entry.get("name") is None:
                findings.error(rules.PLATE_GRID_NAME, f"{place}.name", "the name is missing")
        else:
            findings.warn(rules.PLATE_GRID, place, f'an object with "name" is expected, found {quoted(entry)}')
            taken = isinstance(entry, (str, int)) and not isinstance(entry, bool)
            name = findings.as_text(entry, place, rules.PLATE_GRID) if taken else None
        if name and name in seen:
            findings.error(rules.PLATE_GRID_NAME_UNIQUE, f"{place}.name", f"{quoted(name)} is listed twice")
        seen.add(name or "")
        lines.append(Line(name or "", extra))
    return tuple(lines)


def _lines_of_wells(key: str, names: Sequence[str], findings: Findings) -> tuple[Line, ...]:
    """Return the rows or columns that wells are in, sorted: numbers by value, before the letters."""
    found = sorted({name for name in names if name}, key=lambda name: (not name.isdecimal(), len(name), name))
    if found:
        message = f"they are taken from the paths of the wells: {quoted(', '.join(found))}"
        findings.warn(rules.PLATE_GRID, f"plate.{key}", message)
    return tuple(Line(name) for name in found)


def _wells(
    plate: Mapping[str, Any], lines: tuple[Sequence[Line], Sequence[Line]], findings: Findings, *, folders: bool
) -> tuple[WellEntry, ...]:
    rows, columns = lines
    names = tuple({line.name: index for index, line in reversed([*enumerate(axis)])} for axis in lines)
    wells: dict[str, WellEntry] = {}
    for place, entry in findings.entries(plate, "wells", "plate", rules.PLATE_WELLS, required=True, most=_MAX_WELLS):
        path = _path(entry, place, (rules.WELL_PATH, rules.PLATE_WELLS), findings)
        if path is None:
            continue
        if path in wells:
            findings.error(rules.WELL_PATH_UNIQUE, f"{place}.path", f"{quoted(path)} is listed twice; it is read once")
            continue
        parts = path.split("/")
        if len(parts) != 2 and not (folders and len(parts) > 2):
            rule = rules.WELL_PATH_NAMES if folders else rules.WELL_PATH_PARTS
            findings.error(rule, f"{place}.path", f'"<row>/<column>" is expected, found {quoted(path)}')
        indexed = isinstance(entry, Mapping) and not folders  # before 0.4 nobody knows of indices
        indices = _indices(entry, place, lines, findings) if indexed else None
        stated = (rows[indices[0]].name, columns[indices[1]].name) if indices is not None else None
        row, column = (parts[-2] if len(parts) > 1 else "", parts[-1])
        listed = row in names[0] and column in names[1]
        if listed and stated is not None and stated != (row, column):
            message = f"they name the well {'/'.join(stated)}, and the path is {quoted(path)}, which is taken"
            swapped = indices == (names[1][column], names[0][row])
            rule = rules.WELL_INDEX_SWAPPED if swapped else rules.WELL_INDEX_PATH
            findings.error(rule, f"{place}.rowIndex", message)
        elif not listed and all(names):
            taken = f"; rowIndex and columnIndex say {'/'.join(stated)}" if stated else ""
            message = f"{quoted(path)} is not made of a row and a column of the plate{taken}"
            findings.error(rules.WELL_PATH_NAMES, f"{place}.path", message)
        if stated is not None and not listed:
            row, column = stated
        known = {"path", "rowIndex", "columnIndex"} if indexed else {"path"}
        extra = rest(entry, known) if isinstance(entry, Mapping) else {}
        wells[path] = WellEntry(path, row, column, extra)
    return tuple(wells.values())


def _indices(
    entry: Mapping[str, Any], place: str, lines: tuple[Sequence[Line], Sequence[Line]], findings: Findings
) -> tuple[int, int] | None:
    """Return `rowIndex` and `columnIndex`, or None where one is not there, out of range, or has no name."""
    found = []
    for key, axis in zip(("rowIndex", "columnIndex"), lines, strict=True):
        index = findings.integer(entry, key, place, rules.WELL_INDEX)
        if index is None or not axis:
            continue
        if index >= len(axis):
            message = f"an index below {len(axis)} is expected, not {index}"
            findings.error(rules.WELL_INDEX_RANGE, f"{place}.{key}", message)
        elif axis[index].name:
            found.append(index)
    return (found[0], found[1]) if len(found) == 2 else None


def _path(entry: object, place: str, broken: tuple[Rule, Rule], findings: Findings) -> str | None:
    """Return the path of a well or a field, which stays within the group that names it, or None.

    The rules are those of the path, and of the entries, which are objects.
    """
    if isinstance(entry, Mapping):
        path = findings.text(entry, "path", place, broken[0])
        place = f"{place}.path"
        if path is None:
            if entry.get("path") is None:
                findings.error(broken[0], place, "the path is missing")
            return None
    elif isinstance(entry, str):
        findings.warn(
            broken[1], place, f'an object with "path" is expected, found {quoted(entry)}, which is taken for it'
        )
        path = entry
    else:
        findings.error(broken[1], place, f'an object with "path" is expected, found {quoted(entry)}')
        return None
    path = path.rstrip("/")
    if not is_safe_path(path):
        findings.error(PATH_INSIDE, place, f"{quoted(path)} is no path within the group and not followed")
        return None
    return path


def _acquisitions(plate: Mapping[str, Any], findings: Findings) -> tuple[Acquisition, ...]:
    known = ("id", "name", "description", "maximumfieldcount", "starttime", "endtime")
    found: dict[int, Acquisition] = {}
    entries = findings.entries(plate, "acquisitions", "plate", rules.PLATE_ACQUISITIONS, most=_MAX_ACQUISITIONS)
    for place, entry in entries:
        if not isinstance(entry, Mapping):
            findings.error(rules.PLATE_ACQUISITIONS, place, f"an object is expected, found {quoted(entry)}")
            continue
        number = findings.integer(entry, "id", place, rules.ACQUISITION_FIELD)
        if number is None:
            if entry.get("id") is None:
                findings.error(rules.ACQUISITION_ID, f"{place}.id", "the id is missing")
            continue
        if number in found:
            message = f"the id {number} is used twice; the first is read"
            findings.error(rules.ACQUISITION_ID_UNIQUE, f"{place}.id", message)
            continue
        name, description = (findings.text(entry, key, place, rules.ACQUISITION_FIELD) for key in known[1:3])
        most, start, end = (findings.integer(entry, key, place, rules.ACQUISITION_FIELD) for key in known[3:])
        found[number] = Acquisition(number, name, description, most, start, end, rest(entry, known))
    return tuple(found.values())
