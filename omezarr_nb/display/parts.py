"""Parts that every repr is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from omezarr_nb.core.problems import Problem
from omezarr_nb.display.html import Html, element, stylesheet
from omezarr_nb.display.png import data_uri
from omezarr_nb.display.styles import CSS
from omezarr_nb.display.thumbnail import Picture
from omezarr_nb.display.words import count, elide, full, reason

__all__ = ["frame", "guarded", "image_element", "note", "path_element", "problems_html", "table", "title"]

_MAX_PROBLEMS = 20


def frame(*sections: Html | None) -> Html:
    """Return sections as one repr, with its style."""
    return element("div", stylesheet(CSS), *sections, class_="omezarr-nb")


def guarded(what: str, section: Callable[[], Html | None]) -> Html | None:
    """Return a section, or in its place the words of what kept it from being made: a repr never raises."""
    try:
        return section()
    except Exception as error:  # whatever it is, the other sections are still of use
        return element("p", element("b", f"The {what} could not be shown: "), reason(error))


def title(name: object, facts: str, where: object) -> Html:
    """Return the first line: name, what it is, and where it lies."""
    short, place = elide(name, 80), elide(where, 72)
    return element(
        "div",
        element("b", short, title=full(name, short)),
        f" · {facts} · ",
        element("code", place, title=full(where, place)),
        class_="oz-title",
    )


def path_element(path: object, limit: int = 32) -> Html:
    """Return a path as it stands in the store; the whole of a long one is its tooltip."""
    short = elide(path, limit)
    return element("code", short, title=full(path, short))


def note(text: str) -> Html:
    """Return a remark."""
    return element("p", text, class_="oz-quiet")


def image_element(picture: Picture, alt: str, class_: str | None = None) -> Html:
    """Return a picture, its size and what it shows."""
    classes = class_ or ("oz-coarse" if picture.enlarged else None)
    return element(
        "img", src=data_uri(picture.png), width=picture.width, height=picture.height, alt=alt, class_=classes
    )


def problems_html(problems: Sequence[Problem]) -> Html | None:
    """Return problems as a list in words, errors first, or None where there are none."""
    if not problems:
        return None
    ordered = sorted(problems, key=lambda problem: problem.severity != "error")
    items = [
        element(
            "li",
            element("b", problem.severity),
            *((" at ", element("code", elide(problem.place, 120))) if problem.place else ()),
            f": {elide(problem.message, 300)} ",
            element("span", f"({elide(problem.rule, 40)})", class_="oz-quiet"),
            class_="oz-error" if problem.severity == "error" else None,
        )
        for problem in ordered[:_MAX_PROBLEMS]
    ]
    if len(ordered) > _MAX_PROBLEMS:
        items.append(element("li", f"{count(len(ordered) - _MAX_PROBLEMS, 'more problem')}, all in .problems"))
    return element("ul", *items, class_="oz-problems", aria_label="Problems")


def table(head: Iterable[str], rows: Iterable[Sequence[object]], label: str) -> Html:
    """Return a table whose first column heads its rows; it scrolls within itself where the cell is narrow.

    Parameters
    ----------
    head
        Of the columns.
    rows
        Cells; what is no `Html` is escaped.
    label
        What a screen reader calls it.
    """
    headings = element("thead", element("tr", *(element("th", text, scope="col") for text in head)))
    body = element("tbody", *(element("tr", *_cells(row)) for row in rows))
    return element(
        "div",
        element("table", headings, body, cellpadding=4),
        class_="oz-scroll",
        tabindex=0,
        role="group",
        aria_label=label,
    )


def _cells(row: Sequence[object]) -> list[Html]:
    return [element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:])]
