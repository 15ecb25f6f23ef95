"""What an opened object holds, down to the levels of its images, as lines of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from omezarr_nb.core.collection import ImageCollection
from omezarr_nb.core.image import Image
from omezarr_nb.core.plate import Plate, Well
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.validate import ValidationReport

__all__ = ["all_problems", "images_in", "tree"]


def tree(found: Any, report: ValidationReport) -> str:
    """Return what an object holds, and by their rules what reading and validation say of it."""
    read = Counter(f"{problem.rule} at {problem.place}" for problem in all_problems(found))
    lines = [
        f"## {found.location.basename()} {found.version}",
        *_lines(found),
        f"reading warns of: {', '.join(sorted(read)) or 'nothing'}",
        f"errors: {_counted(report.errors)}",
        f"warnings: {_counted(report.warnings)}",
    ]
    return "\n".join(lines)


def images_in(found: Any, path: str = "") -> dict[str, Image]:
    """Return all images below an object, its label images too, by path."""
    images = {path: found} if isinstance(found, Image) else {}
    for name, part in _parts(found):
        images |= images_in(part, f"{path}/{name}".lstrip("/"))
    return images


def all_problems(found: Any) -> list[Problem]:
    """Return what reading warns of, of an object and of all below it."""
    problems = list(found.problems)
    if isinstance(found, Image):
        problems += found.labels.problems
    return problems + [problem for _, part in _parts(found) for problem in all_problems(part)]


def _parts(found: Any) -> list[tuple[str, Any]]:
    if isinstance(found, Image):
        return [(f"labels/{name}", label) for name, label in found.labels.items()]
    if isinstance(found, Plate):
        return [(path, found[path]) for path in found]
    parts = found.fields if isinstance(found, Well) else found.images if isinstance(found, ImageCollection) else None
    return [] if parts is None else [(path, parts[path]) for path in parts.paths]


def _lines(found: Any, name: str = "") -> Iterator[str]:
    head = f"{name}: " if name else ""
    yield f"{head}{type(found).__name__} {found.name!r}{_said(found)}"
    if isinstance(found, Image):
        for level in found.levels:
            moved = f" + ({_numbers(level.translation)})" if any(level.translation) else ""
            sharded = f" in {level.shards}" if level.shards else ""
            yield (
                f"  {level.path}: {level.dtype}{level.shape} by {level.chunks}{sharded}"
                f" x ({_numbers(level.scale)}){moved}"
            )
        yield f"  channels: {', '.join(f'{channel.label} {channel.color}' for channel in found.channels)}"
    for path, part in _parts(found):
        yield from (f"  {line}" for line in _lines(part, path))


def _said(found: Any) -> str:
    if isinstance(found, Plate):
        ids = [acquisition.id for acquisition in found.acquisitions]
        return f" {' '.join(found.rows)} x {' '.join(found.columns)}, acquisitions {ids}"
    axes = found.axes if isinstance(found, Image) else ()
    return "".join(f" {axis.name}[{', '.join(filter(None, (axis.type, axis.unit)))}]" for axis in axes)


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.6g}" for value in values)


def _counted(problems: Iterable[Problem]) -> str:
    rules = Counter(problem.rule for problem in problems)
    return ", ".join(f"{count} {rule}" for rule, count in sorted(rules.items())) or "none"
