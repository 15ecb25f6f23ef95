"""What lies at a place, what is wrong with it, and what a conversion will do, as JSON.

The keys are those of the attributes in Python. They are kept from release to release; new ones may come.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from itertools import islice
from typing import Any

from omezarr_nb.core.collection import ImageCollection
from omezarr_nb.core.convert import ConvertPlan
from omezarr_nb.core.image import Image, LabelImage
from omezarr_nb.core.labels import Labels
from omezarr_nb.core.metadata import Channel
from omezarr_nb.core.opened import Opened
from omezarr_nb.core.plate import Plate, Well
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.scenes import ImageScene
from omezarr_nb.core.validate import ValidationReport

__all__ = ["JSON", "describe", "describe_plan", "describe_report"]

JSON = dict[str, Any]

#: Names of wells and images that are listed; a hostile store has no end of them.
_MOST = 10_000


def describe(opened: Opened | Labels) -> JSON:
    """Return what `omezarr_nb.open` returned, as JSON; no pixels are read.

    Parameters
    ----------
    opened
        An image, labels, a plate, a well, a collection or a scene.

    Returns
    -------
    dict
        "kind" ("Image", "Plate", ...), "where", "problems", and what there is of that kind: of an image "shape",
        "dtype", "axes" and "levels" with "scale" and "translation", all in axis order, "channels" and "labels".

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> image = omezarr_nb.write_image(np.zeros((64, 48), "uint8"), "memory://described.ome.zarr", scale_factors=[2])
    >>> said = describe(image)
    >>> said["kind"], said["shape"], [level["translation"] for level in said["levels"]]
    ('Image', [64, 48], [[0.0, 0.0], [0.5, 0.5]])
    """
    said: JSON = {"kind": type(opened).__name__, "where": opened.where}
    if isinstance(opened, Opened):
        said["version"] = opened.version
    match opened:
        case Image():
            said |= _image(opened)
        case Plate():
            said |= {
                "name": opened.name,
                "rows": list(opened.rows),
                "columns": list(opened.columns),
                "wells": _some(entry.path for entry in opened.wells.entries),
                "field_count": opened.field_count,
                "acquisitions": [acquisition.id for acquisition in opened.acquisitions],
            }
        case Well():
            said |= {"name": opened.name, "fields": _some(opened.fields.paths)}
        case ImageCollection():
            said |= {"name": opened.name, "images": _some(opened.paths)}
        case ImageScene():
            said |= {
                "name": opened.name,
                "images": _some(opened.images.paths),
                "systems": [system.name for system in opened.systems],
            }
        case Labels():
            said |= {"labels": _some(opened.names)}
    problems: tuple[Problem, ...] = getattr(opened, "problems", ())
    return said | {"problems": [asdict(problem) for problem in problems]}


def describe_report(report: ValidationReport) -> JSON:
    """Return a report of `omezarr_nb.validate` as JSON: "valid", and every problem with its rule and place.

    Examples
    --------
    >>> describe_report(ValidationReport("a.ome.zarr", "image", "0.5", False, ()))["valid"]
    True
    """
    return {
        "where": report.where,
        "kind": report.kind,
        "version": report.version,
        "strict": report.strict,
        "valid": report.is_valid,
        "errors": [asdict(problem) for problem in report.errors],
        "warnings": [asdict(problem) for problem in report.warnings],
    }


def describe_plan(plan: ConvertPlan) -> JSON:
    """Return what a conversion does as JSON: what is lost, what is added, and how much there is to write."""
    return {
        "source": plan.source.location.where,
        "where": str(plan.where),
        "version": plan.version,
        "refused": [asdict(problem) for problem in plan.refused],
        "losses": [asdict(problem) for problem in plan.losses],
        "notes": list(plan.notes),
        "nbytes": plan.nbytes,
        "copied": list(plan.copied),
        "recoded": list(plan.recoded),
    }


def _image(image: Image) -> JSON:
    said: JSON = {
        "name": image.name,
        "shape": list(image.shape),
        "dtype": str(image.dtype),
        "axes": [{"name": axis.name, "type": axis.type, "unit": axis.unit} for axis in image.axes],
        "levels": [
            {
                "path": level.path,
                "shape": list(level.shape),
                "chunks": list(level.chunks),
                "shards": None if level.shards is None else list(level.shards),
                "scale": list(level.scale),
                "translation": list(level.translation),
            }
            for level in image.levels
        ],
        "channels": [
            {"label": channel.label, "color": channel.color, "active": channel.active, "window": _window(channel)}
            for channel in image.channels
        ],
    }
    if not isinstance(image, LabelImage):
        said["labels"] = _some(image.labels.names)
    return said


def _window(channel: Channel) -> JSON | None:
    window = channel.window
    return None if window is None else {key: getattr(window, key) for key in ("min", "max", "start", "end")}


def _some(names: Iterable[str]) -> list[str]:
    return list(islice(names, _MOST))
