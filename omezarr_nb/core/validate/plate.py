"""Rules of plates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from omezarr_nb.core.rules import plates as rules
from omezarr_nb.core.rules.rule import Rule
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.values import Kind, is_integer, is_number, listed, shown
from omezarr_nb.core.validate.version import check_version
from omezarr_nb.core.validate.versions import Bounds

__all__ = ["check_plate"]


_INDEX = Bounds(Kind.INTEGER, least=0)
_COUNT = Bounds(Kind.INTEGER, above=0)
_ACQUISITION_NUMBERS = ("id", "maximumfieldcount", "starttime", "endtime")


def check_plate(report: Report, value: Any, place: str) -> None:
    """Check `plate`."""
    plate = report.kind(value, Kind.OBJECT, place, rules.PLATE_OBJECT)
    if plate is None:
        return
    check_version(report, plate, place, rules.PLATE_VERSION_VALUE, missing=rules.PLATE_VERSION)
    report.value(plate, "name", Kind.TEXT, place, rules.PLATE_NAME_TEXT, missing=rules.PLATE_NAME)
    if "field_count" not in plate:
        report.broken(rules.PLATE_FIELD_COUNT, f"{place}.field_count", "nothing", _COUNT.words)
    else:
        _check_bounds(report, plate["field_count"], _COUNT, f"{place}.field_count", rules.PLATE_FIELD_COUNT_VALUE)
    rows, columns = (_check_grid(report, plate, key, place) for key in ("rows", "columns"))
    wells = report.value(plate, "wells", Kind.LIST, place, rules.PLATE_WELLS, missing=rules.PLATE_WELLS)
    report.filled(wells, f"{place}.wells", rules.PLATE_WELLS)
    report.unique(wells, f"{place}.wells", rules.PLATE_WELLS_TWICE)
    seen: dict[str, str] = {}
    for well, where in report.objects(wells, f"{place}.wells", rules.PLATE_WELLS):
        _check_well(report, well, where, (rows, columns), seen)
    _check_acquisitions(report, plate, place)


@dataclass(frozen=True, slots=True)
class _Grid:
    """The names of the rows or of the columns, None for those without, and where each name is first."""

    names: list[Any]
    positions: dict[str, int]


def _check_grid(report: Report, plate: JSON, key: str, place: str) -> _Grid:
    entries = report.value(plate, key, Kind.LIST, place, rules.PLATE_GRID, missing=rules.PLATE_GRID)
    place = f"{place}.{key}"
    report.filled(entries, place, rules.PLATE_GRID)
    report.unique(entries, place, rules.PLATE_GRID_TWICE)
    names = [entry.get("name") if isinstance(entry, dict) else None for entry in entries or ()]
    positions: dict[str, int] = {}
    folded: dict[str, str] = {}
    for index, entry in enumerate(entries or ()):
        where = f"{place}[{index}]"
        if report.kind(entry, Kind.OBJECT, where, rules.PLATE_GRID) is None:
            continue
        name = report.value(entry, "name", Kind.TEXT, where, rules.PLATE_GRID_NAME, missing=rules.PLATE_GRID_NAME)
        if name is None:
            continue
        if not report.facts.name.fullmatch(name):
            report.broken(rules.PLATE_GRID_NAME_LETTERS, f"{where}.name", shown(name), "letters A to Z and digits")
        if positions.setdefault(name, index) != index:
            report.broken(rules.PLATE_GRID_NAME_UNIQUE, f"{where}.name", f"{shown(name)} again", "another name")
        elif (before := folded.setdefault(name.casefold(), name)) != name:
            report.broken(
                rules.PLATE_GRID_NAME_CASE, f"{where}.name", f"{shown(name)} beside {shown(before)}", "another name"
            )
    return _Grid(names, positions)


def _check_well(report: Report, well: JSON, place: str, grid: tuple[_Grid, _Grid], seen: dict[str, str]) -> None:
    path = report.value(well, "path", Kind.TEXT, place, rules.WELL_PATH, missing=rules.WELL_PATH)
    if path is not None:
        if (before := seen.setdefault(path, place)) != place:
            report.broken(rules.WELL_PATH_UNIQUE, f"{place}.path", f"{shown(path)}, as {before}", "another path")
        _check_well_path(report, path, f"{place}.path", grid)
    if not report.facts.well_path_parts:
        return
    parts = path.split("/") if path is not None else []
    if len(parts) == 2 and _is_swapped(
        well, [axis.positions.get(part) for axis, part in zip(grid, parts, strict=True)]
    ):
        found = f"{shown(well['rowIndex'])} and {shown(well['columnIndex'])} for the path {shown(path)}"
        report.broken(rules.WELL_INDEX_SWAPPED, f"{place}.rowIndex", found, "the one in place of the other")
        return
    for number, (key, axis) in enumerate(zip(("rowIndex", "columnIndex"), grid, strict=True)):
        where = f"{place}.{key}"
        if key not in well:
            report.broken(rules.WELL_INDEX, where, "nothing", _INDEX.words)
            continue
        index = well[key]
        if not _check_bounds(report, index, _INDEX, where, rules.WELL_INDEX):
            continue
        right = axis.positions.get(parts[number]) if len(parts) == 2 else None
        if index >= len(axis.names):
            report.broken(rules.WELL_INDEX_RANGE, where, shown(index), f"less than {len(axis.names)}")
        elif right is not None and axis.names[int(index)] != parts[number]:
            found = f"{shown(index)}, which is {shown(axis.names[int(index)])}, for the path {shown(path)}"
            report.broken(rules.WELL_INDEX_PATH, where, found, f"{right}", f"Write {right}.")


def _is_swapped(well: JSON, right: Sequence[int | None]) -> bool:
    """Return whether a well states the index of its column as that of its row, and the other way round."""
    stated = [well.get(key) for key in ("columnIndex", "rowIndex")]
    return all(is_integer(index) for index in stated) and stated == right and stated[::-1] != right


def _check_well_path(report: Report, path: str, place: str, grid: tuple[_Grid, _Grid]) -> None:
    parts = path.split("/")
    if len(parts) != 2 or not all(report.facts.name.fullmatch(part) for part in parts):
        report.broken(rules.WELL_PATH_PARTS, place, shown(path), '"<row>/<column>"')
        if report.facts.well_path_parts:
            return
        if len(parts) < 2:
            report.broken(rules.WELL_PATH_NAMES, place, shown(path), '"<row>/<column>"')
            return
    for part, axis, word in zip(parts[-2:], grid, ("row", "column"), strict=True):
        if axis.names and part not in axis.positions:
            found = f"{shown(path)}, and no {word} {shown(part)}"
            report.broken(rules.WELL_PATH_NAMES, place, found, listed(axis.names))


def _check_acquisitions(report: Report, plate: JSON, place: str) -> None:
    acquisitions = report.value(plate, "acquisitions", Kind.LIST, place, rules.PLATE_ACQUISITIONS)
    place = f"{place}.acquisitions"
    if report.facts.acquisitions_filled:
        report.filled(acquisitions, place, rules.PLATE_ACQUISITIONS_FILLED)
        report.unique(acquisitions, place, rules.PLATE_ACQUISITIONS_FILLED)
    seen: dict[float, str] = {}
    for acquisition, where in report.objects(acquisitions, place, rules.PLATE_ACQUISITIONS):
        for key, bounds in report.facts.acquisition_fields.items():
            if key in acquisition:
                _check_bounds(report, acquisition[key], bounds, f"{where}.{key}", rules.ACQUISITION_FIELD)
        for key in ("name", "description"):
            report.value(acquisition, key, Kind.TEXT, where, rules.ACQUISITION_FIELD)
        missing: Sequence[str] = [key for key in ("name", "maximumfieldcount") if key not in acquisition]
        if missing:
            report.broken(rules.ACQUISITION_DESCRIBED, where, f"no {listed(missing)}", "both")
        for key in _ACQUISITION_NUMBERS:
            number = acquisition.get(key, 0)
            if not _INDEX.kind.holds(number) or not _INDEX.admits(number):
                report.broken(rules.ACQUISITION_LEAST, f"{where}.{key}", shown(number), _INDEX.words)
        if "id" not in acquisition:
            report.broken(rules.ACQUISITION_ID, f"{where}.id", "nothing", report.facts.acquisition_fields["id"].words)
        elif is_number(acquisition["id"]) and (before := seen.setdefault(acquisition["id"], where)) != where:
            found = f"{shown(acquisition['id'])}, as {before}"
            report.broken(rules.ACQUISITION_ID_UNIQUE, f"{where}.id", found, "another number")


def _check_bounds(report: Report, value: Any, bounds: Bounds, place: str, rule: Rule) -> bool:
    """Check a number; return whether it is one within the bounds, and an integer that can be an index."""
    if not bounds.kind.holds(value) or not bounds.admits(value):
        report.broken(rule, place, shown(value), bounds.words)
        return False
    if is_integer(value):
        report.bits(value, place)
    return is_integer(value)
