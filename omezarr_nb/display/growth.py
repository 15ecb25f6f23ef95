"""A planned append as HTML and as text: the levels before and after, and what it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omezarr_nb.display.html import Html, element
from omezarr_nb.display.parts import frame, guarded, table, title
from omezarr_nb.display.text import tree
from omezarr_nb.display.words import bytes_text, count, elide, shape_text

if TYPE_CHECKING:
    from omezarr_nb.core.growing.append import AppendPlan

__all__ = ["growth_html", "growth_text"]

_MAX_NAMES = 8


def growth_html(plan: AppendPlan) -> Html:
    """Return a plan as HTML; nothing is read."""
    return frame(
        guarded("target", lambda: title(plan.image.name, _what(plan), plan.image.where)),
        guarded("levels", lambda: table(["level", "as it is", "as it will be"], _rows(plan), "levels")),
        guarded("labels", lambda: element("p", _labels(plan)) if plan.labels else None),
        guarded("work", lambda: element("p", _work(plan))),
    )


def growth_text(plan: AppendPlan) -> str:
    """Return a plan as text: the image, a line a level, and what it takes."""
    rows = [f"{index}  {before} to {after}" for index, before, after in _rows(plan)]
    branches = [(count(len(plan.after), "level"), rows)]
    branches += [("labels", [_labels(plan)])] if plan.labels else []
    branches.append(("work", [_work(plan)]))
    return "\n".join([f"{_what(plan)} · {elide(plan.image.name)} · {elide(plan.image.where, 100)}", *tree(branches)])


def _what(plan: AppendPlan) -> str:
    name = elide(plan.image.axes[plan.axis].name, 16)
    return f"Plan to make an image longer along {name}, from {plan.before[0][plan.axis]} to {plan.after[0][plan.axis]}"


def _rows(plan: AppendPlan) -> list[tuple[str, str, str]]:
    axes = plan.image.axes
    return [
        (str(index), shape_text(axes, before), shape_text(axes, after))
        for index, (before, after) in enumerate(zip(plan.before, plan.after, strict=True))
    ]


def _labels(plan: AppendPlan) -> str:
    names = ", ".join(elide(name, 40) for name in plan.labels[:_MAX_NAMES])
    more = f" and {len(plan.labels) - _MAX_NAMES} more" if len(plan.labels) > _MAX_NAMES else ""
    return f"These labels will be shorter than the image: {names}{more}. Append to them, too."


def _work(plan: AppendPlan) -> str:
    merged = f", {plan.merged} of them read first for the old pixels in them" if plan.merged else ""
    size = bytes_text(plan.nbytes)
    return f"Writes {count(plan.written, 'chunk')}{merged}; {size} of new pixels (before compression)."
