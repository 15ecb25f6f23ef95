"""An image as text for a terminal: a tree of about ten lines."""

from __future__ import annotations

from collections.abc import Sequence

from omezarr_nb.core.image import Image, LabelImage
from omezarr_nb.core.problems import Problem
from omezarr_nb.display.contents import Contents, gather
from omezarr_nb.display.tree import kind_of
from omezarr_nb.display.words import (
    bytes_text,
    count,
    elide,
    number,
    pixel_size,
    quantity,
    shape_text,
    short_axes,
    unit_notes,
    version_word,
)

__all__ = ["aligned", "image_text", "more", "problem_lines", "problems_text", "tree"]

_MAX_ROWS = 8
_MAX_PROBLEMS = 5
_MAX_NAMES = 8


def image_text(image: Image) -> str:
    """Return an image as text; no pixels are read."""
    contents = gather(image)
    branches: list[tuple[str, list[str]]] = []
    if contents.problems:
        branches.append((count(len(contents.problems), "problem"), problem_lines(contents.problems)))
    branches.append(("axes", _axes(image, contents)))
    branches.append((count(len(contents.levels), "level"), _levels(image, contents)))
    if not isinstance(image, LabelImage):
        if contents.channels:
            branches.append((count(len(contents.channels), "channel"), _channels(contents)))
        branches.append(("labels", _labels(contents.labels)))
    head = f"{kind_of(image)} {elide(image.name)} · {version_word(image)} · {short_axes(image.axes)}"
    return "\n".join([f"{head} · {elide(image.where, 100)}", *tree(branches)])


def problems_text(problems: Sequence[Problem]) -> str:
    """Return problems, one a line, errors first."""
    return "\n".join(problem_lines(problems)) or "no problems"


def tree(branches: Sequence[tuple[str, list[str]]]) -> list[str]:
    """Return branches as lines; one with a single leaf takes one line."""
    lines = []
    for position, (name, leaves) in enumerate(branches):
        last = position == len(branches) - 1
        start, stem = ("└─ ", "   ") if last else ("├─ ", "│  ")
        if len(leaves) == 1:
            lines.append(f"{start}{name}: {leaves[0]}")
        else:
            lines += [f"{start}{name}", *(f"{stem}   {leaf}" for leaf in leaves)]
    return lines


def problem_lines(problems: Sequence[Problem]) -> list[str]:
    """Return the first problems as lines, errors first, and how many more there are."""
    ordered = sorted(problems, key=lambda problem: problem.severity != "error")
    lines = [
        f"{problem.severity} at {elide(problem.place, 80)}: {elide(problem.message, 160)} ({elide(problem.rule, 40)})"
        for problem in ordered[:_MAX_PROBLEMS]
    ]
    return lines + more(len(ordered) - _MAX_PROBLEMS)


def _axes(image: Image, contents: Contents) -> list[str]:
    words = []
    for index, axis in enumerate(image.axes):
        facts = [elide(axis.type or "no type", 24)]
        if contents.levels and axis.type != "channel":
            facts.append(quantity(contents.levels[0].scale[index], axis))
        words.append(f"{elide(axis.name, 16)} ({', '.join(facts)})")
    return [", ".join(words), *unit_notes(image.axes)]


def _levels(image: Image, contents: Contents) -> list[str]:
    if contents.missing is not None:
        return [contents.missing]
    rows = [
        (
            str(level.index),
            f'"{elide(level.path, 32)}"',
            shape_text(image.axes, level.shape),
            elide(level.dtype, 16),
            "chunks " + " × ".join(map(str, level.chunks)),
            pixel_size(image.axes, level.scale),
            bytes_text(level.nbytes),
        )
        for level in contents.levels[:_MAX_ROWS]
    ]
    return aligned(rows) + more(len(contents.levels) - _MAX_ROWS)


def _channels(contents: Contents) -> list[str]:
    rows = [
        (
            elide(channel.label, 40),
            f"#{channel.color or 'FFFFFF'}",
            f"{number(channel.window.start)} to {number(channel.window.end)}" if channel.window else "",
            "" if channel.active else "hidden at first",
        )
        for channel in contents.channels[:_MAX_ROWS]
    ]
    return aligned(rows) + more(len(contents.channels) - _MAX_ROWS)


def _labels(labels: tuple[str, ...] | str) -> list[str]:
    if isinstance(labels, str):
        return [labels]
    left = more(len(labels) - _MAX_NAMES)
    return [", ".join([*(elide(name, 40) for name in labels[:_MAX_NAMES]), *left]) or "none"]


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of as many cells each as lines, their columns one below the other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def more(left: int) -> list[str]:
    """Return the line that says how many are left out, or none."""
    return [f"… and {number(left)} more"] if left > 0 else []
