"""A planned plate as HTML and as text: what is wrong, the map of its wells, and what it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from omezarr_nb.core.pyramid.plan import default_name
from omezarr_nb.display.html import Html, element
from omezarr_nb.display.levels import levels_table
from omezarr_nb.display.parts import frame, guarded, note, problems_html, title
from omezarr_nb.display.text import problem_lines, tree
from omezarr_nb.display.words import bytes_text, count, elide, number

if TYPE_CHECKING:
    from omezarr_nb.core.plate_plan import PlatePlan

Well: TypeAlias = tuple[str, str]

__all__ = ["plate_map", "plate_plan_html", "plate_plan_text"]

_MAX_ROWS, _MAX_COLUMNS = 32, 48
_FULL, _GAP, _CONFLICT, _NONE = "●", "◐", "!", "·"
_CLASSES = {_GAP: "oz-gap", _CONFLICT: "oz-clash"}
_WORDS = {_FULL: "whole", _GAP: "files are missing", _CONFLICT: "several files for one plane", _NONE: "no files"}


def plate_plan_html(plan: PlatePlan) -> Html:
    """Return a plan as HTML; no pixels are read, and its target is not looked at."""
    first = plan.first
    return frame(
        guarded("target", lambda: title(_name(plan), f"Plan of a plate, OME-Zarr {plan.version}", plan.where)),
        guarded("problems", lambda: problems_html(plan.problems)),
        guarded("work", lambda: element("p", _work(plan))),
        guarded("wells", lambda: plate_map(plan)),
        guarded("levels", lambda: None if first is None else _levels(plan)),
        guarded("metadata", lambda: _metadata(plan)),
    )


def plate_plan_text(plan: PlatePlan) -> str:
    """Return a plan as text: the target, the rows that have wells, and what it takes."""
    rows, found = [], _marks(plan)
    for row in plan.rows[:_MAX_ROWS]:
        marks = "".join(found.get((row, column), _NONE) for column in plan.columns[:_MAX_COLUMNS])
        if set(marks) != {_NONE}:
            rows.append(f"{row:>2} {marks}")
    branches = [(f"{len(plan.rows)} × {len(plan.columns)} wells", rows)]
    branches += [("said", problem_lines(plan.problems))] if plan.problems else []
    branches.append(("work", [_work(plan)]))
    head = f"Plan of a plate, OME-Zarr {plan.version} · {elide(_name(plan))} · {elide(plan.where, 100)}"
    return "\n".join([head, *tree(branches)])


def plate_map(plan: PlatePlan) -> Html:
    """Return the wells of a plate as a grid: whole, with gaps or conflicts, or empty, each with words."""
    columns, marks, counts = plan.columns[:_MAX_COLUMNS], _marks(plan), plan.wells
    head = element("tr", element("td"), *(element("th", name, scope="col") for name in columns))
    rows = [
        element("tr", element("th", row, scope="row"), *(_cell((row, column), marks, counts) for column in columns))
        for row in plan.rows[:_MAX_ROWS]
    ]
    drawn = element("table", element("thead", head), element("tbody", *rows), cellpadding=2)
    there = {*marks.values(), *({_NONE} if len(marks) < len(plan.rows) * len(plan.columns) else ())}
    legend = " · ".join(f"{mark} {words}" for mark, words in _WORDS.items() if mark in there)
    left = len(plan.rows) > _MAX_ROWS or len(plan.columns) > _MAX_COLUMNS
    box = element("div", drawn, class_="oz-scroll oz-grid", tabindex=0, role="group", aria_label="Wells of the plan")
    return element("div", box, note(legend), note("not all rows and columns are drawn") if left else None)


def _cell(well: Well, marks: Mapping[Well, str], counts: Mapping[Well, int]) -> Html:
    mark = marks.get(well)
    if mark is None:
        return element("td", _NONE, class_="oz-none")
    words = f"{well[0]}{well[1]}: {count(counts.get(well, 0), 'field')}, {_WORDS[mark]}"
    return element("td", mark, title=words, class_=_CLASSES.get(mark))


def _marks(plan: PlatePlan) -> dict[Well, str]:
    """Return a mark for each well that has files."""
    marks = dict.fromkeys(plan.wells, _FULL)
    if plan.matched is not None:
        marks |= {(key[0], key[1]): _GAP for key in plan.matched.gaps}
        marks |= {(key[0], key[1]): _CONFLICT for key in plan.matched.conflicts}
    return marks


def _name(plan: PlatePlan) -> str:
    return plan.name or default_name(plan.where)


def _work(plan: PlatePlan) -> str:
    fields, wells = count(len(plan.fields), "field"), count(len(plan.wells), "well")
    files = "" if plan.matched is None else f" from {count(len(plan.matched.spots), 'file')}"
    text = f"Writes {fields} of {wells}{files}, {bytes_text(plan.nbytes)} of pixels (before compression). "
    text += "Each field is there to be looked at when it is complete. "
    return text + ("A plate at the target is replaced." if plan.overwrite else "Nothing at the target is overwritten.")


def _levels(plan: PlatePlan) -> Html:
    assert plan.first is not None
    head = element("p", element("b", "Each field"), f" (as the first, of {number(len(plan.fields))})")
    return element(
        "div", head, levels_table(plan.first.axes, plan.first.levels, [plan.first.dtype] * len(plan.first.levels))
    )


def _metadata(plan: PlatePlan) -> Html:
    from omezarr_nb.display.raw import json_tree

    facts = {
        "rows": [{"name": name} for name in plan.rows],
        "columns": [{"name": name} for name in plan.columns],
        "wells": [dict(plan.fmt.generate_well_dict(f"{a}/{b}", plan.rows, plan.columns)) for a, b in plan.wells],
    }
    facts |= {"name": plan.name} if plan.name else {}  # type: ignore[dict-item] # of JSON
    facts |= {"acquisitions": [dict(entry) for entry in plan.acquisitions]} if plan.acquisitions else {}
    return json_tree(plan.fmt.wrap({"plate": facts}), "Metadata that will be written at the top")
