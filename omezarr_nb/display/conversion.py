"""A planned conversion as HTML and as text: what is lost first, what is added, then how much is copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omezarr_nb.display.html import Html, element
from omezarr_nb.display.parts import frame, guarded, problems_html, title
from omezarr_nb.display.raw import json_tree
from omezarr_nb.display.text import problem_lines, tree
from omezarr_nb.display.words import bytes_text, count, elide

if TYPE_CHECKING:
    from omezarr_nb.core.converting.work import ConvertPlan

__all__ = ["conversion_html", "conversion_text"]

_MAX_NAMES = 8


def conversion_html(plan: ConvertPlan) -> Html:
    """Return a plan as HTML; nothing is read, and its target is not looked at."""
    return frame(
        guarded("target", lambda: title(_name(plan), _what(plan), plan.where)),
        guarded("losses", lambda: _losses(plan)),
        guarded("notes", lambda: _notes(plan)),
        guarded("work", lambda: element("p", _work(plan))),
        guarded("metadata", lambda: json_tree(dict(plan.groups[""]), "Metadata that will be written at the top")),
    )


def conversion_text(plan: ConvertPlan) -> str:
    """Return a plan as text: the target, what is lost and added, and what it takes."""
    branches: list[tuple[str, list[str]]] = [("from", [elide(plan.source.location.where, 100)])]
    if plan.losses:
        branches.append((_verdict(plan), problem_lines(plan.losses)))
    branches += [("added", [elide(note, 200) for note in plan.notes])] if plan.notes else []
    branches.append(("work", [_work(plan)]))
    return "\n".join([f"{_what(plan)} · {elide(plan.where, 100)}", *tree(branches)])


def _name(plan: ConvertPlan) -> str:
    return plan.source.location.basename() or "source"


def _what(plan: ConvertPlan) -> str:
    return f"Plan of a conversion from OME-Zarr {elide(plan.source.location.version, 16)} to {plan.version}"


def _verdict(plan: ConvertPlan) -> str:
    """Say what comes of the losses."""
    if not plan.refused:
        return f"OME-Zarr {plan.version} cannot say this, and it is left out"
    if plan.refused[0].severity == "error":
        return f"This cannot be OME-Zarr {plan.version}, and nothing is written"
    return f"OME-Zarr {plan.version} cannot say this, and nothing is written unless drop=True"


def _losses(plan: ConvertPlan) -> Html | None:
    if not plan.losses:
        return None
    return element("div", element("p", element("b", f"{_verdict(plan)}:")), problems_html(plan.losses))


def _notes(plan: ConvertPlan) -> Html | None:
    return element("ul", *(element("li", elide(note, 300)) for note in plan.notes)) if plan.notes else None


def _work(plan: ConvertPlan) -> str:
    groups, arrays = count(len(plan.groups), "group"), count(len(plan.arrays), "array")
    text = f"Writes {groups} and {arrays} of {count(plan.chunks, 'chunk')}, {bytes_text(plan.nbytes)} of pixels. "
    if plan.recoded:
        names = ", ".join(elide(path, 60) for path in plan.recoded[:_MAX_NAMES])
        more = f" and {len(plan.recoded) - _MAX_NAMES} more" if len(plan.recoded) > _MAX_NAMES else ""
        why = "for other chunks, shards or codecs" if plan.relaid else "for the format of Zarr has not their codecs"
        text += f"Decoded and encoded anew, {why}: {names}{more}. "
    text += "All others are copied as they are stored. " if plan.recoded else "Chunks are copied as they are stored. "
    return text + ("What is at the target is replaced." if plan.overwrite else "Nothing at the target is overwritten.")
