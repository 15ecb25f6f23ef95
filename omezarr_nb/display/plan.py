"""A planned write as HTML: what will be written, where, and what it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omezarr_nb.core.pyramid.cluster import active_client
from omezarr_nb.display.html import Html, element
from omezarr_nb.display.levels import levels_table
from omezarr_nb.display.parts import frame, guarded, problems_html, title
from omezarr_nb.display.raw import json_tree
from omezarr_nb.display.text import problem_lines, tree
from omezarr_nb.display.tree import axes_table
from omezarr_nb.display.words import bytes_text, count, duration, elide, number, pixel_size, shape_text, short_axes

if TYPE_CHECKING:
    from omezarr_nb.core.pyramid.work import LevelPlan, WritePlan

__all__ = ["plan_html", "plan_text"]

_MAX_CHANNELS = 24
_MAX_LEVELS = 16


def plan_html(plan: WritePlan) -> Html:
    """Return a plan as HTML; nothing is read from its source, and its target is not looked at."""
    finest = plan.levels[0]
    return frame(
        guarded("target", lambda: _title(plan)),
        guarded("losses", lambda: _said(plan)),
        guarded("work", lambda: _work(plan)),
        guarded("levels", lambda: levels_table(plan.axes, plan.levels, [plan.dtype] * len(plan.levels))),
        guarded("files", lambda: _files(plan)),
        guarded("axes", lambda: axes_table(plan.axes, finest.shape, finest.scale)),
        guarded("channels", lambda: _channels(plan)),
        guarded("metadata", lambda: _metadata(plan)),
    )


def plan_text(plan: WritePlan) -> str:
    """Return a plan as text: the target, a line a level, and what it takes."""
    name = plan.metadata.multiscales[0].name or "image"
    head = f"Plan of an OME-Zarr {plan.version} · {elide(name)} · {short_axes(plan.axes)} · {elide(_where(plan), 100)}"
    source = f"{plan.source.kind} {plan.dtype} {shape_text(plan.axes, plan.source.shape)}"
    rows = [
        f"{index}  {shape_text(plan.axes, level.shape)}  {_layout(level)}  {pixel_size(plan.axes, level.scale)}"
        for index, level in enumerate(plan.levels)
    ]
    branches = [("from", [source]), (count(len(plan.levels), "level"), rows)]
    said = [elide(note, 200) for note in plan.notes] + problem_lines((*plan.losses, *plan.problems))
    branches += [("said", said)] if said else []
    branches.append(("files", _tree(plan)))
    return "\n".join([head, *tree(branches), _work_text(plan)])


def _layout(level: LevelPlan) -> str:
    shards = f" in shards {' × '.join(map(str, level.shards))}" if level.shards else ""
    return f"chunks {' × '.join(map(str, level.chunks))}{shards}"


def _title(plan: WritePlan) -> Html:
    name = plan.metadata.multiscales[0].name or "image"
    return title(name, f"Plan of an OME-Zarr {plan.version} · {short_axes(plan.axes)}", _where(plan))


def _where(plan: WritePlan) -> str:
    """Return the target as a person would write it."""
    return str(plan.where).removeprefix("file://")


def _said(plan: WritePlan) -> Html | None:
    """Say what is added, what the version cannot say, and what the specification advises against."""
    notes = [element("p", elide(note, 300)) for note in plan.notes]
    problems = problems_html((*plan.losses, *plan.problems))
    return element("div", *notes, problems) if notes or problems else None


def _work(plan: WritePlan) -> Html:
    return element("p", _work_text(plan))


def _work_text(plan: WritePlan) -> str:
    size, regions = bytes_text(plan.nbytes), count(plan.regions, "region")
    threads, memory = count(plan.workers, "thread"), bytes_text(plan.peak_memory)
    text = f"Writes {size} of pixels (before compression) in {regions}, {threads}, with about {memory} of memory. "
    method = f"Each level is the {plan.method} of the one before. " if len(plan.levels) > 1 else ""
    target = "An image at the target is replaced." if plan.overwrite else "Nothing at the target is overwritten."
    text += _sample_text(plan)
    client = active_client()
    who = "" if client is None else elide(repr(client).strip("<>"), 200)
    cluster = f"Run now, it is written by the workers of the active {who}. " if who else ""
    return text + method + cluster + target


def _sample_text(plan: WritePlan) -> str:
    """Say what a sample has shown, where one was taken."""
    if plan.sample is None or plan.stored_bytes is None or plan.seconds is None:
        return ""
    stored, ratio = bytes_text(plan.stored_bytes), f"{plan.sample.ratio:.1f}"
    chunks = count(plan.sample.chunks, "chunk")
    taken = duration(plan.seconds)
    return f"About {stored} when stored, {ratio} times smaller, in about {taken} (measured on {chunks}). "


def _tree(plan: WritePlan) -> list[str]:
    """Return the files and folders that will be there, a line each."""
    top = "zarr.json" if plan.fmt.zarr_format == 3 else ".zgroup, .zattrs"
    array = "zarr.json" if plan.fmt.zarr_format == 3 else ".zarray"
    what = "shard" if any(level.shards for level in plan.levels) else "chunk"
    rows = [f"{elide(level.path, 32)}/  {array} and {count(level.files, what)}" for level in plan.levels[:_MAX_LEVELS]]
    more = len(plan.levels) - _MAX_LEVELS
    return [top, *rows, *([f"and {count(more, 'more level')}"] if more > 0 else [])]


def _files(plan: WritePlan) -> Html:
    lines = "\n".join([f"{elide(_where(plan), 72).rstrip('/')}/", *(f"  {line}" for line in _tree(plan))])
    return element("details", element("summary", f"Files: {number(plan.files)}"), element("pre", lines))


def _channels(plan: WritePlan) -> Html | None:
    channels = plan.metadata.omero.channels if plan.metadata.omero else ()
    if not channels:
        return None
    names = ", ".join(elide(channel.label, 40) for channel in channels[:_MAX_CHANNELS])
    more = f" and {len(channels) - _MAX_CHANNELS} more" if len(channels) > _MAX_CHANNELS else ""
    return element("p", element("b", f"{count(len(channels), 'channel')}: "), names, more)


def _metadata(plan: WritePlan) -> Html:
    from omezarr_nb.core.metadata import image_to_json

    return json_tree(plan.fmt.wrap(image_to_json(plan.metadata, plan.fmt)), "Metadata that will be written")
