"""A report of validation as HTML and as text: the verdict, then the problems by place, errors first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from omezarr_nb.display.html import Html, element
from omezarr_nb.display.parts import frame, guarded, note
from omezarr_nb.display.words import count, elide, full

if TYPE_CHECKING:
    from omezarr_nb.core.problems import Problem
    from omezarr_nb.core.validate import ValidationReport

__all__ = ["report_html", "report_text"]

_MAX_PLACES = 30
_MAX_OF_A_PLACE = 20
_MAX_LINES = 12
_REST = "the rest is in .problems"


def report_html(report: ValidationReport) -> Html:
    """Return a report as HTML; nothing is read."""
    places = list(report.by_place.items())
    sections = [
        guarded("problems", partial(_place, path, problems, open_=_opens(index, problems)))
        for index, (path, problems) in enumerate(places[:_MAX_PLACES])
    ]
    more = note(f"and {count(len(places) - _MAX_PLACES, 'more place')}; {_REST}") if len(places) > _MAX_PLACES else None
    return frame(guarded("verdict", lambda: _verdict(report)), *sections, more)


def report_text(report: ValidationReport) -> str:
    """Return a report as text: the verdict, and a line for each of the first problems."""
    lines = [f"{_words(report)} · {elide(report.where, 100)}"]
    for problem in report.problems[:_MAX_LINES]:
        place = f" at {elide(problem.place, 80)}" if problem.place else ""
        lines.append(f"  {problem.severity}{place}: {elide(problem.message, 200)} ({elide(problem.rule, 40)})")
    if len(report.problems) > _MAX_LINES:
        lines.append(f"  … and {len(report.problems) - _MAX_LINES} more; {_REST}")
    return "\n".join(lines)


def _words(report: ValidationReport) -> str:
    what = " ".join(part for part in ("OME-Zarr", report.version, report.kind) if part)
    verdict = "Valid" if report.is_valid else "Not valid"
    strict = " (strict)" if report.strict else ""
    found = f"{count(len(report.errors), 'error')}, {count(len(report.warnings), 'warning')}"
    return f"{verdict} {what}{strict}: {found}"


def _verdict(report: ValidationReport) -> Html:
    short = elide(report.where, 72)
    verdict, _, rest = _words(report).partition(" OME-Zarr")
    place = element("code", short, title=full(report.where, short))
    return element("div", element("b", verdict), f" OME-Zarr{rest} · ", place, class_="oz-title")


def _opens(index: int, problems: Sequence[Problem]) -> bool:
    """Return whether the problems of a place are unfolded: errors are, and whatever comes first."""
    return index == 0 or any(problem.severity == "error" for problem in problems)


def _place(path: str, problems: Sequence[Problem], *, open_: bool) -> Html:
    errors = sum(problem.severity == "error" for problem in problems)
    counts = [count(errors, "error")] * bool(errors) + [count(len(problems) - errors, "warning")] * (
        errors < len(problems)
    )
    short = elide(path, 72)
    name = element("code", short, title=full(path, short)) if path else "top"
    items = [_item(problem) for problem in problems[:_MAX_OF_A_PLACE]]
    if len(problems) > _MAX_OF_A_PLACE:
        items.append(element("li", f"{count(len(problems) - _MAX_OF_A_PLACE, 'more problem')}; {_REST}"))
    return element(
        "details",
        element("summary", element("b", name), f" · {', '.join(counts)}"),
        element("ul", *items, class_="oz-problems", aria_label=f"Problems of {short or 'the top'}"),
        open=open_,
    )


def _item(problem: Problem) -> Html:
    from omezarr_nb.core.validate.store import node_of_place

    place = node_of_place(problem.place)[1]
    short = elide(place, 120)
    where = (" at ", element("code", short, title=full(place, short))) if place else ()
    mend = element("div", element("b", "To mend it: "), elide(problem.mend, 300)) if problem.mend else None
    return element(
        "li",
        element("b", problem.severity),
        *where,
        f": {elide(problem.message, 400)} ",
        element("span", f"({elide(problem.rule, 40)})", class_="oz-quiet"),
        mend,
        class_="oz-error" if problem.severity == "error" else None,
    )
