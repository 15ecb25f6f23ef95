"""Rules of plates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.rule import SCHEMA, SHOULD, STRICT, SUITE, TEXT, Rule
from omezarr_nb.core.validate.values import Kind, is_integer, is_number, listed, shown
from omezarr_nb.core.validate.version import check_version
from omezarr_nb.core.validate.versions import Bounds

__all__ = ["PLATE", "check_plate"]

PLATE = Rule("plate", 'A plate MUST contain the key "plate".', {"0.1": SCHEMA, "0.4": TEXT, "0.5": SCHEMA})
PLATE_OBJECT = Rule("plate-object", '"plate" MUST be an object.', {"0.1": SCHEMA})
PLATE_VERSION = Rule(
    "plate-version",
    'The plate SHOULD contain the key "version" (0.5: MUST, though its own examples do not).',
    {"0.1": SCHEMA, "0.4": STRICT, "0.5": SHOULD, "0.6": None},
)
PLATE_VERSION_VALUE = Rule(
    "plate-version-value",
    'The "version" of a plate MUST be the version of the specification.',
    {"0.1": SCHEMA, "0.5": SHOULD, "0.6": None},
)
PLATE_NAME = Rule("plate-name", 'The plate SHOULD contain the key "name".', {"0.1": SHOULD, "0.4": STRICT})
PLATE_NAME_TEXT = Rule("plate-name-text", 'The "name" of a plate MUST be a text.', {"0.1": SCHEMA})
FIELD_COUNT = Rule("plate-field-count", 'The plate SHOULD contain the key "field_count".', {"0.4": SHOULD})
FIELD_COUNT_VALUE = Rule(
    "plate-field-count-value", 'The "field_count" MUST be a positive integer.', {"0.1": SHOULD, "0.4": SCHEMA}
)
GRID = Rule("plate-grid", 'The plate MUST contain lists "rows" and "columns" that are not empty.', {"0.1": SCHEMA})
GRID_TWICE = Rule("plate-grid-twice", "No row or column may be listed twice.", {"0.1": SCHEMA})
GRID_NAME = Rule("plate-grid-name", 'Each row and column MUST contain the key "name", a text.', {"0.1": SCHEMA})
GRID_NAME_LETTERS = Rule(
    "plate-grid-name-letters",
    'The "name" of a row or column MUST contain only alphanumeric characters.',
    {"0.1": SHOULD, "0.4": SCHEMA},
)
GRID_NAME_UNIQUE = Rule(
    "plate-grid-name-unique",
    'The "name" MUST NOT be a duplicate of any other in the list.',
    {"0.1": SHOULD, "0.4": TEXT},
)
GRID_NAME_CASE = Rule(
    "plate-grid-name-case", "Names that differ in case only collide on some file systems.", {"0.4": SHOULD}
)
WELLS = Rule("plate-wells", 'The plate MUST contain the key "wells", a list that is not empty.', {"0.1": SCHEMA})
WELLS_TWICE = Rule("plate-wells-twice", "No well may be listed twice.", {"0.1": SCHEMA})
WELL_PATH = Rule("well-path", 'Each well MUST contain the key "path", a text.', {"0.1": SCHEMA})
WELL_PATH_UNIQUE = Rule("well-path-unique", "No two wells have the same path.", {"0.1": SHOULD, "0.4": TEXT})
WELL_PATH_PARTS = Rule(
    "well-path-parts", 'The "path" of a well MUST be two names with "/" between, and no more folders.', {"0.4": SCHEMA}
)
WELL_PATH_NAMES = Rule(
    "well-path-names",
    'The "path" of a well MUST consist of a name in "rows", "/", and a name in "columns", in that order.',
    {"0.1": SHOULD, "0.4": TEXT, "0.5": SUITE, "0.6": TEXT},
)
WELL_INDEX = Rule(
    "well-index", 'Each well MUST contain the keys "rowIndex" and "columnIndex", integers from 0.', {"0.4": SCHEMA}
)
WELL_INDEX_RANGE = Rule(
    "well-index-range", 'The "rowIndex" and "columnIndex" MUST be indices into "rows" and "columns".', {"0.4": TEXT}
)
WELL_INDEX_PATH = Rule(
    "well-index-path",
    'The "rowIndex", "columnIndex" and "path" MUST all refer to the same row and column.',
    {"0.4": TEXT},
)
ACQUISITIONS = Rule("plate-acquisitions", 'The "acquisitions" MUST be a list of objects.', {"0.1": SCHEMA})
ACQUISITIONS_FILLED = Rule(
    "plate-acquisitions-filled", 'The "acquisitions" are not empty, and none is listed twice.', {"0.1": SCHEMA}
)
ACQUISITION_ID = Rule("acquisition-id", 'Each acquisition MUST contain the key "id".', {"0.1": SCHEMA})
ACQUISITION_UNIQUE = Rule("acquisition-id-unique", 'The "id" of an acquisition MUST be unique.', {"0.1": TEXT})
ACQUISITION_FIELD = Rule(
    "acquisition-field", "The keys of an acquisition MUST hold what the schema says.", {"0.1": SCHEMA}
)
ACQUISITION_SHOULD = Rule(
    "acquisition-described",
    'Each acquisition SHOULD contain the keys "name" and "maximumfieldcount".',
    {"0.1": SHOULD, "0.4": STRICT},
)

_INDEX = Bounds(Kind.INTEGER, least=0)
_COUNT = Bounds(Kind.INTEGER, above=0)


def check_plate(report: Report, value: Any, place: str) -> None:
    """Check `plate`."""
    plate = report.kind(value, Kind.OBJECT, place, PLATE_OBJECT)
    if plate is None:
        return
    check_version(report, plate, place, PLATE_VERSION_VALUE, missing=PLATE_VERSION)
    report.value(plate, "name", Kind.TEXT, place, PLATE_NAME_TEXT, missing=PLATE_NAME)
    if "field_count" not in plate:
        report.broken(FIELD_COUNT, f"{place}.field_count", "nothing", _COUNT.words)
    else:
        _check_bounds(report, plate["field_count"], _COUNT, f"{place}.field_count", FIELD_COUNT_VALUE)
    rows, columns = (_check_grid(report, plate, key, place) for key in ("rows", "columns"))
    wells = report.value(plate, "wells", Kind.LIST, place, WELLS, missing=WELLS)
    report.filled(wells, f"{place}.wells", WELLS)
    report.unique(wells, f"{place}.wells", WELLS_TWICE)
    seen: dict[str, str] = {}
    for well, where in report.objects(wells, f"{place}.wells", WELLS):
        _check_well(report, well, where, (rows, columns), seen)
    _check_acquisitions(report, plate, place)


@dataclass(frozen=True, slots=True)
class _Grid:
    """The names of the rows or of the columns, None for those without, and where each name is first."""

    names: list[Any]
    positions: dict[str, int]


def _check_grid(report: Report, plate: JSON, key: str, place: str) -> _Grid:
    entries = report.value(plate, key, Kind.LIST, place, GRID, missing=GRID)
    place = f"{place}.{key}"
    report.filled(entries, place, GRID)
    report.unique(entries, place, GRID_TWICE)
    names = [entry.get("name") if isinstance(entry, dict) else None for entry in entries or ()]
    positions: dict[str, int] = {}
    folded: dict[str, str] = {}
    for index, entry in enumerate(entries or ()):
        where = f"{place}[{index}]"
        if report.kind(entry, Kind.OBJECT, where, GRID) is None:
            continue
        name = report.value(entry, "name", Kind.TEXT, where, GRID_NAME, missing=GRID_NAME)
        if name is None:
            continue
        if not report.facts.name.fullmatch(name):
            report.broken(GRID_NAME_LETTERS, f"{where}.name", shown(name), "letters A to Z and digits")
        if positions.setdefault(name, index) != index:
            report.broken(GRID_NAME_UNIQUE, f"{where}.name", f"{shown(name)} again", "another name")
        elif (before := folded.setdefault(name.casefold(), name)) != name:
            report.broken(GRID_NAME_CASE, f"{where}.name", f"{shown(name)} beside {shown(before)}", "another name")
    return _Grid(names, positions)


def _check_well(report: Report, well: JSON, place: str, grid: tuple[_Grid, _Grid], seen: dict[str, str]) -> None:
    path = report.value(well, "path", Kind.TEXT, place, WELL_PATH, missing=WELL_PATH)
    if path is not None:
        if (before := seen.setdefault(path, place)) != place:
            report.broken(WELL_PATH_UNIQUE, f"{place}.path", f"{shown(path)}, as {before}", "another path")
        _check_well_path(report, path, f"{place}.path", grid)
    if not report.facts.well_path_parts:
        return
    parts = path.split("/") if path is not None else []
    for number, (key, axis) in enumerate(zip(("rowIndex", "columnIndex"), grid, strict=True)):
        where = f"{place}.{key}"
        if key not in well:
            report.broken(WELL_INDEX, where, "nothing", _INDEX.words)
            continue
        index = well[key]
        if not _check_bounds(report, index, _INDEX, where, WELL_INDEX):
            continue
        right = axis.positions.get(parts[number]) if len(parts) == 2 else None
        if index >= len(axis.names):
            report.broken(WELL_INDEX_RANGE, where, shown(index), f"less than {len(axis.names)}")
        elif right is not None and axis.names[int(index)] != parts[number]:
            found = f"{shown(index)}, which is {shown(axis.names[int(index)])}, for the path {shown(path)}"
            report.broken(WELL_INDEX_PATH, where, found, f"{right}", f"Write {right}.")


def _check_well_path(report: Report, path: str, place: str, grid: tuple[_Grid, _Grid]) -> None:
    parts = path.split("/")
    if len(parts) != 2 or not all(report.facts.name.fullmatch(part) for part in parts):
        report.broken(WELL_PATH_PARTS, place, shown(path), '"<row>/<column>"')
        if report.facts.well_path_parts or len(parts) < 2:
            return
    for part, axis, word in zip(parts[-2:], grid, ("row", "column"), strict=True):
        if axis.names and part not in axis.positions:
            found = f"{shown(path)}, and no {word} {shown(part)}"
            report.broken(WELL_PATH_NAMES, place, found, listed(axis.names))


def _check_acquisitions(report: Report, plate: JSON, place: str) -> None:
    acquisitions = report.value(plate, "acquisitions", Kind.LIST, place, ACQUISITIONS)
    place = f"{place}.acquisitions"
    if report.facts.acquisitions_filled:
        report.filled(acquisitions, place, ACQUISITIONS_FILLED)
        report.unique(acquisitions, place, ACQUISITIONS_FILLED)
    seen: dict[float, str] = {}
    for acquisition, where in report.objects(acquisitions, place, ACQUISITIONS):
        for key, bounds in report.facts.acquisition_fields.items():
            if key in acquisition:
                _check_bounds(report, acquisition[key], bounds, f"{where}.{key}", ACQUISITION_FIELD)
        for key in ("name", "description"):
            report.value(acquisition, key, Kind.TEXT, where, ACQUISITION_FIELD)
        missing: Sequence[str] = [key for key in ("name", "maximumfieldcount") if key not in acquisition]
        if missing:
            report.broken(ACQUISITION_SHOULD, where, f"no {listed(missing)}", "both")
        if "id" not in acquisition:
            report.broken(ACQUISITION_ID, f"{where}.id", "nothing", report.facts.acquisition_fields["id"].words)
        elif is_number(acquisition["id"]) and (before := seen.setdefault(acquisition["id"], where)) != where:
            found = f"{shown(acquisition['id'])}, as {before}"
            report.broken(ACQUISITION_UNIQUE, f"{where}.id", found, "another number")


def _check_bounds(report: Report, value: Any, bounds: Bounds, place: str, rule: Rule) -> bool:
    """Check a number; return whether it is one within the bounds, and an integer that can be an index."""
    if not bounds.kind.holds(value) or not bounds.admits(value):
        report.broken(rule, place, shown(value), bounds.words)
        return False
    return is_integer(value)
