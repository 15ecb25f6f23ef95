"""A planned change of metadata as HTML and as text: what validation says before and after, then the diff."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from omezarr_nb.display.html import Html, clean, element, join
from omezarr_nb.display.parts import frame, guarded, problems_html, title
from omezarr_nb.display.text import problem_lines, tree
from omezarr_nb.display.words import count, elide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omezarr_nb.core.mending.documents import Changed
    from omezarr_nb.core.mending.plan import MetadataPlan
    from omezarr_nb.core.problems import Problem

__all__ = ["changes_html", "changes_text"]

_MAX_DOCUMENTS = 20
_MAX_LINES = 400
_COLORS = {"+": "oz-plus", "-": "oz-minus", "@": "oz-quiet"}


def changes_html(plan: MetadataPlan) -> Html:
    """Return a plan as HTML; nothing is read."""
    name = plan.name.rstrip("/").rpartition("/")[2]
    return frame(
        guarded("target", lambda: title(name, f"Change of metadata, OME-Zarr {plan.version}", plan.name)),
        guarded("work", lambda: element("p", _work(plan))),
        guarded("problems", lambda: _left(plan)),
        *(guarded("change", partial(_document, entry)) for entry in plan.changed[:_MAX_DOCUMENTS]),
        _more(plan),
    )


def changes_text(plan: MetadataPlan) -> str:
    """Return a plan as text: what validation says, and what changes."""
    branches: list[tuple[str, list[str]]] = [("work", [_work(plan)])]
    branches += [
        (elide(entry.path, 80), [elide(line, 120) for line in entry.diff()[:40] if line[:1] in "+-"])
        for entry in plan.changed[:_MAX_DOCUMENTS]
    ]
    branches += [("left", problem_lines(plan.after))] if plan.after else []
    return "\n".join([f"Change of metadata, OME-Zarr {plan.version} · {elide(plan.name, 100)}", *tree(branches)])


def _work(plan: MetadataPlan) -> str:
    if not plan.changed:
        return f"Nothing changes. Validation finds {_counts(plan.after)}."
    documents = count(len(plan.changed), "document")
    now, after = _counts(plan.before), _counts(plan.after)
    return f"Changes {documents} and no pixel. Validation finds {now} now, and {after} after."


def _counts(problems: Sequence[Problem]) -> str:
    errors = sum(problem.severity == "error" for problem in problems)
    return f"{count(errors, 'error')} and {count(len(problems) - errors, 'hint')}"


def _left(plan: MetadataPlan) -> Html | None:
    listed = problems_html(plan.after)
    if listed is None:
        return None
    words = element("summary", "What is left: ", _counts(plan.after))
    return element("details", words, listed, open=any(problem.severity == "error" for problem in plan.after))


def _document(entry: Changed) -> Html:
    lines = entry.diff()
    shown = [element("span", f"{clean(line)}\n", class_=_COLORS.get(line[:1])) for line in lines[:_MAX_LINES]]
    more = [f"and {len(lines) - _MAX_LINES} more lines"] if len(lines) > _MAX_LINES else []
    head = element("p", element("code", elide(entry.path, 100)))
    return element("div", head, element("pre", join(*shown, *more), class_="oz-diff", tabindex=0))


def _more(plan: MetadataPlan) -> Html | None:
    left = len(plan.changed) - _MAX_DOCUMENTS
    return element("p", f"{count(left, 'more document')}, all in .changed") if left > 0 else None
