"""What the objects of the core look like in a cell and in a terminal: HTML and PNG, no widget.

Nothing here raises: what cannot be read or shown is replaced by words that say why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeGuard

from omezarr_nb.core.collection import ImageCollection
from omezarr_nb.core.image import Image
from omezarr_nb.core.labels import Labels
from omezarr_nb.core.plate import Plate, Well
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.scenes import ImageScene

__all__ = ["to_html", "to_text"]

#: What holds several images.
_SEVERAL = (Plate, Well, ImageCollection, ImageScene, Labels)


def to_html(obj: object) -> str:
    """Return an object as HTML for a cell: one element, with its style and pictures in it, below 150 kB.

    Parameters
    ----------
    obj
        An `Image`, `LabelImage`, `Labels`, `Plate`, `Well`, `ImageCollection`, `ImageScene`, `WritePlan`,
        `ConvertPlan`, `AppendPlan`, `PlatePlan`, `MetadataPlan`, `ValidationReport`, or a sequence of `Problem`;
        anything else by its `repr`. At most 4 MB of pixels are read for an image, or for several together; none for
        a plate.
    """
    from omezarr_nb.display.html import element
    from omezarr_nb.display.parts import frame
    from omezarr_nb.display.words import reason

    try:
        return _html(obj)
    except Exception as error:  # a repr that raises shows nothing at all
        return frame(element("p", f"{type(obj).__name__}: this could not be shown. {reason(error)}"))


def to_text(obj: object) -> str:
    """Return an object as text for a terminal; no pixels are read.

    Parameters
    ----------
    obj
        As for `to_html`.
    """
    from omezarr_nb.display.text import image_text, problems_text
    from omezarr_nb.display.words import reason

    try:
        if isinstance(obj, Image):
            return image_text(obj)
        if _are_problems(obj):
            return problems_text(obj)
        if isinstance(obj, _SEVERAL):
            return _several(obj)[1](obj)
        return _plan_text(obj) or _report_text(obj) or repr(obj)
    except Exception as error:  # a repr that raises shows nothing at all
        return f"<{type(obj).__name__}: this could not be shown. {reason(error)}>"


def _html(obj: object) -> str:
    from omezarr_nb.display.html import element
    from omezarr_nb.display.parts import frame, problems_html
    from omezarr_nb.display.tree import image_html
    from omezarr_nb.display.words import elide

    if isinstance(obj, Image):
        return image_html(obj)
    if isinstance(obj, _SEVERAL):
        return _several(obj)[0](obj)
    if _are_problems(obj):
        return frame(problems_html(obj) or element("p", "no problems"))
    return _plan_html(obj) or _report_html(obj) or frame(element("pre", elide(repr(obj), 2000)))


def _plan_text(obj: object) -> str | None:
    """Return a plan as text, and None for anything else."""
    from omezarr_nb.core.converting.work import ConvertPlan
    from omezarr_nb.core.growing.append import AppendPlan
    from omezarr_nb.core.mending.plan import MetadataPlan
    from omezarr_nb.core.plate_plan import PlatePlan
    from omezarr_nb.core.pyramid.work import WritePlan
    from omezarr_nb.display.changes import changes_text
    from omezarr_nb.display.conversion import conversion_text
    from omezarr_nb.display.growth import growth_text
    from omezarr_nb.display.plan import plan_text
    from omezarr_nb.display.plate_plan import plate_plan_text

    if isinstance(obj, ConvertPlan):
        return conversion_text(obj)
    if isinstance(obj, AppendPlan):
        return growth_text(obj)
    if isinstance(obj, PlatePlan | MetadataPlan):
        return plate_plan_text(obj) if isinstance(obj, PlatePlan) else changes_text(obj)
    return plan_text(obj) if isinstance(obj, WritePlan) else None


def _plan_html(obj: object) -> str | None:
    """Return a plan as HTML, and None for anything else; the writer is not imported to show an image."""
    from omezarr_nb.core.converting.work import ConvertPlan
    from omezarr_nb.core.growing.append import AppendPlan
    from omezarr_nb.core.mending.plan import MetadataPlan
    from omezarr_nb.core.plate_plan import PlatePlan
    from omezarr_nb.core.pyramid.work import WritePlan
    from omezarr_nb.display.changes import changes_html
    from omezarr_nb.display.conversion import conversion_html
    from omezarr_nb.display.growth import growth_html
    from omezarr_nb.display.plan import plan_html
    from omezarr_nb.display.plate_plan import plate_plan_html

    if isinstance(obj, ConvertPlan):
        return conversion_html(obj)
    if isinstance(obj, AppendPlan):
        return growth_html(obj)
    if isinstance(obj, PlatePlan | MetadataPlan):
        return plate_plan_html(obj) if isinstance(obj, PlatePlan) else changes_html(obj)
    return plan_html(obj) if isinstance(obj, WritePlan) else None


def _report_text(obj: object) -> str | None:
    """Return a report of validation as text, and None for anything else."""
    from omezarr_nb.core.validate import ValidationReport
    from omezarr_nb.display.report import report_text

    return report_text(obj) if isinstance(obj, ValidationReport) else None


def _report_html(obj: object) -> str | None:
    """Return a report of validation as HTML, and None for anything else."""
    from omezarr_nb.core.validate import ValidationReport
    from omezarr_nb.display.report import report_html

    return report_html(obj) if isinstance(obj, ValidationReport) else None


def _several(obj: object) -> tuple[Callable[[Any], str], Callable[[Any], str]]:
    """Return the functions that make HTML and text of what holds several images."""
    from omezarr_nb.display import groups, plate

    if isinstance(obj, Plate):
        return plate.plate_html, plate.plate_text
    if isinstance(obj, Well):
        return groups.well_html, groups.well_text
    if isinstance(obj, ImageCollection):
        return groups.collection_html, groups.collection_text
    if isinstance(obj, ImageScene):
        return groups.scene_html, groups.scene_text
    return groups.labels_html, groups.labels_text


def _are_problems(obj: object) -> TypeGuard[Sequence[Problem]]:
    return isinstance(obj, (tuple, list)) and all(isinstance(entry, Problem) for entry in obj)
