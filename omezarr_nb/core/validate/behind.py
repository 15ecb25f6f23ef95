"""Rules on what lies behind the paths of transformations: matrices in arrays, fields in images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from omezarr_nb.core.rules import storage as rules
from omezarr_nb.core.validate.documents import Node
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.values import shown

__all__ = ["check_stored", "stored_paths"]

_MATRICES = ("affine", "rotation")
_FIELDS = ("displacements", "coordinates")


def stored_paths(block: JSON) -> list[tuple[str, str]]:
    """Return the type and the path of every transformation of an image or a scene that is given by a path."""
    found: list[tuple[str, str]] = []
    pending: list[Any] = [block.get("scene")]
    multiscales = block.get("multiscales")
    entries = multiscales if isinstance(multiscales, list) else []
    pending += [entry.get("coordinateTransformations") for entry in entries if isinstance(entry, dict)]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending += value
        elif isinstance(value, dict):
            kind, path = value.get("type"), value.get("path")
            if kind in (*_MATRICES, *_FIELDS) and isinstance(path, str):
                found.append((kind, path))
            pending += [part for part in value.values() if isinstance(part, (list, dict))]
    return list(dict.fromkeys(found))


def check_stored(report: Report, kind: str, node: Node, block: JSON) -> None:
    """Check what lies behind the path of a transformation.

    Parameters
    ----------
    report
        Collects the problems.
    kind
        Of the transformation.
    node
        What is there.
    block
        Its OME metadata.
    """
    there = node.fault or (f"a{'n' if node.kind == 'array' else ''} {node.kind}" if node.kind else "nothing")
    if kind in _FIELDS:
        if node.kind != "group" or "multiscales" not in block:
            found = "a group without them" if node.kind == "group" else there
            report.broken(rules.TRANSFORMATION_FIELD, node.path, found, 'a group with "multiscales"')
        return
    if node.kind != "array":
        report.broken(rules.TRANSFORMATION_ARRAY, node.path, there, "an array")
        return
    shape = node.document.get("shape")
    if not isinstance(shape, Sequence) or len(shape) != 2:
        report.broken(rules.TRANSFORMATION_MATRIX, node.path, f"the shape {shown(shape)}", "rows and columns")
