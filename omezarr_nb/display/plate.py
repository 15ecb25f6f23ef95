"""A plate as HTML and as text: its wells in their rows and columns, and its acquisitions. The store is not read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from omezarr_nb.core.plate import Plate
from omezarr_nb.core.plate_metadata import Acquisition
from omezarr_nb.display.html import Html, element
from omezarr_nb.display.parts import frame, guarded, note, problems_html, table, title
from omezarr_nb.display.raw import json_tree
from omezarr_nb.display.text import more, problem_lines, tree
from omezarr_nb.display.words import count, elide, number, version_word

__all__ = ["plate_html", "plate_text"]

#: What is drawn of a grid: a plate of 1536 wells whole.
_MAX_ROWS, _MAX_COLUMNS = 32, 48
_TEXT_ROWS, _TEXT_COLUMNS = 16, 24
_MAX_ACQUISITIONS = 20
_MAX_NAME = 6
_THERE, _NONE = "●", "○"


@dataclass(frozen=True, slots=True)
class _Grid:
    """Rows and columns that are drawn, and the wells in them by row and column."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    wells: frozenset[tuple[str, str]]

    def marks(self, row: str) -> list[bool]:
        """Return for each column whether a well is there."""
        return [(row, column) in self.wells for column in self.columns]


def plate_html(plate: Plate) -> Html:
    """Return a plate as HTML: what it is, what is wrong, its wells as a grid, acquisitions, raw metadata."""
    return frame(
        guarded("name", lambda: title(plate.name, f"Plate · {version_word(plate)}", plate.where)),
        guarded("problems", lambda: problems_html(plate.problems)),
        guarded("wells", lambda: _wells(plate)),
        guarded("acquisitions", lambda: _acquisitions(plate.acquisitions)),
        guarded("metadata", lambda: json_tree(plate.attributes, "Metadata as stored")),
    )


def plate_text(plate: Plate) -> str:
    """Return a plate as text: its wells as a grid, and its acquisitions."""
    branches: list[tuple[str, list[str]]] = []
    if plate.problems:
        branches.append((count(len(plate.problems), "problem"), problem_lines(plate.problems)))
    grid = _grid(plate, _TEXT_ROWS, _TEXT_COLUMNS)
    branches.append((_size(plate), [*_grid_lines(grid), *_left_out(plate, grid)]))
    acquisitions = [_acquisition_line(entry) for entry in plate.acquisitions[:_MAX_ACQUISITIONS]]
    if acquisitions:
        acquisitions += more(len(plate.acquisitions) - _MAX_ACQUISITIONS)
        branches.append((count(len(plate.acquisitions), "acquisition"), acquisitions))
    example = _example(plate)
    if example:
        branches.append(("an image", [example]))
    head = f"Plate {elide(plate.name)} · {version_word(plate)} · {elide(plate.where, 100)}"
    return "\n".join([head, *tree(branches)])


def _wells(plate: Plate) -> Html:
    grid = _grid(plate, _MAX_ROWS, _MAX_COLUMNS)
    head = element("tr", element("td"), *(_name_cell(name, scope="col") for name in grid.columns))
    rows = [element("tr", _name_cell(row, scope="row"), *_cells(grid, row)) for row in grid.rows]
    drawn = element("table", element("thead", head), element("tbody", *rows), cellpadding=2)
    notes = [note(words) for words in _left_out(plate, grid)]
    example = _example(plate)
    how = element("p", "An image: ", element("code", example), class_="oz-quiet") if example else None
    box = element(
        "div", drawn, class_="oz-scroll oz-grid", tabindex=0, role="group", aria_label=f"Wells: {_size(plate)}"
    )
    return element("div", element("p", element("b", _size(plate))), box if grid.rows else None, *notes, how)


def _cells(grid: _Grid, row: str) -> list[Html]:
    """Return a cell for each column; only wells have a tooltip, for a plate may have thousands of places."""
    return [
        element("td", _THERE, title=elide(row + column, 24)) if there else element("td", _NONE, class_="oz-none")
        for column, there in zip(grid.columns, grid.marks(row), strict=True)
    ]


def _name_cell(name: str, scope: str) -> Html:
    short = elide(name, _MAX_NAME)
    return element("th", short, scope=scope, title=elide(name, 80) if short != name else None)


def _grid(plate: Plate, most_rows: int, most_columns: int) -> _Grid:
    wells = frozenset((entry.row, entry.column) for entry in plate.wells.entries)
    return _Grid(plate.rows[:most_rows], plate.columns[:most_columns], wells)


def _size(plate: Plate) -> str:
    """Return "384 wells in 16 rows × 24 columns, 4 fields a well"."""
    rows, columns, wells = len(plate.rows), len(plate.columns), len(plate.wells)
    places = f"{count(rows, 'row')} × {count(columns, 'column')}"
    words = f"{count(wells, 'well')} in {places}"
    if 0 < wells < rows * columns:
        words = f"{count(wells, 'well')} listed of {number(rows * columns)} in {places}"
    if plate.field_count is not None:
        words += f", at most {count(plate.field_count, 'field')} a well"
    return words


def _left_out(plate: Plate, grid: _Grid) -> list[str]:
    """Return in sentences what the grid does not show."""
    words = []
    rows, columns = len(plate.rows) - len(grid.rows), len(plate.columns) - len(grid.columns)
    if rows or columns:
        parts = [count(left, noun) for left, noun in ((rows, "more row"), (columns, "more column")) if left]
        words.append(f"{' and '.join(parts)} not drawn; all wells are in .wells")
    listed = (set(plate.rows), set(plate.columns))
    beside = [
        entry.path for entry in plate.wells.entries if entry.row not in listed[0] or entry.column not in listed[1]
    ]
    if beside:
        names = ", ".join(elide(path, 24) for path in beside[:6]) + (", …" if len(beside) > 6 else "")
        words.append(f"{count(len(beside), 'well')} in no row and column of the plate: {names}")
    return words


def _example(plate: Plate) -> str | None:
    """Return the code that opens the first image of the plate."""
    first = next(iter(plate.wells.entries), None)
    if first is None or max(len(first.path), len(first.row), len(first.column)) > 24:
        return None
    column = first.column if first.column.isascii() and first.column.isdecimal() else f'"{first.column}"'
    plain = (first.row + first.column).isalnum() and not first.column.startswith("0")
    return f'plate["{first.row}", {column}].fields[0]' if plain else f"plate[{first.path!r}].fields[0]"


def _grid_lines(grid: _Grid) -> list[str]:
    if not grid.rows or not grid.columns:
        return []
    names = [elide(name, _MAX_NAME) for name in grid.columns]
    labels = [elide(row, _MAX_NAME) for row in grid.rows]
    widths = [max(len(name), 1) for name in names]
    left = max(map(len, labels))
    lines = [" ".join([" " * left, *(name.rjust(width) for name, width in zip(names, widths, strict=True))])]
    for row, label in zip(grid.rows, labels, strict=True):
        marks = [_THERE if there else "·" for there in grid.marks(row)]
        lines.append(
            " ".join([label.rjust(left), *(mark.rjust(width) for mark, width in zip(marks, widths, strict=True))])
        )
    return lines


def _acquisitions(acquisitions: Sequence[Acquisition]) -> Html | None:
    if not acquisitions:
        return None
    rows = [
        [
            str(entry.id),
            elide(entry.name or "—", 40),
            "—" if entry.maximum_field_count is None else number(entry.maximum_field_count),
            _time(entry.start_time),
            _time(entry.end_time),
            elide(entry.description or "—", 60),
        ]
        for entry in acquisitions[:_MAX_ACQUISITIONS]
    ]
    head = ("acquisition", "name", "fields a well, at most", "start", "end", "description")
    shown = table(head, rows, "Acquisitions")
    left = len(acquisitions) - _MAX_ACQUISITIONS
    return element("div", shown, note(f"{count(left, 'more acquisition')}, all in .acquisitions") if left > 0 else None)


def _acquisition_line(entry: Acquisition) -> str:
    facts = [
        str(entry.id),
        elide(entry.name, 40) if entry.name else "",
        f"from {_time(entry.start_time)}" if entry.start_time is not None else "",
    ]
    return "  ".join(fact for fact in facts if fact)


def _time(seconds: int | None) -> str:
    """Return a time as people write it, UTC; a number that is no time of this or the next centuries as it is."""
    if seconds is None:
        return "—"
    if seconds > 10**11:
        return str(seconds)
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
