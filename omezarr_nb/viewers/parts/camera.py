"""Where a view looks, how large it is, and at which level."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import traitlets

from omezarr_nb.core.transforms import as_vector
from omezarr_nb.viewers.part import Part

__all__ = ["CameraPart", "checked_center", "checked_zoom"]


class CameraPart(Part):
    """The traits ``level``, ``shown_level``, ``center``, ``zoom`` and ``height``."""

    settable: ClassVar[tuple[str, ...]] = ("level", "center", "zoom", "height")

    # The page that has set a trait needs no echo of it: what is moved would cost a message for each frame.
    level = traitlets.Union([traitlets.Enum(["auto"]), traitlets.Int()], default_value="auto").tag(sync=True)
    shown_level = traitlets.Int(-1).tag(sync=True, echo_update=False)
    center = traitlets.Tuple().tag(sync=True, echo_update=False)
    zoom = traitlets.Float(0.0, min=0.0).tag(sync=True, echo_update=False)
    height = traitlets.Int(480, min=120, max=4000).tag(sync=True)

    @traitlets.validate("level")
    def _check_level(self, proposal: Mapping[str, Any]) -> Any:
        value, count = proposal["value"], len(self.image.levels)
        if value == "auto":
            return value
        if not -count <= value < count:
            raise traitlets.TraitError(f"level {value} is not there: it is 'auto' or 0 to {count - 1}")
        return value % count

    @traitlets.validate("center")
    def _check_center(self, proposal: Mapping[str, Any]) -> tuple[float, ...]:
        return checked_center(proposal, ("x", "y"), "the middle")

    @traitlets.validate("zoom")
    def _check_zoom(self, proposal: Mapping[str, Any]) -> float:
        return checked_zoom(proposal)


def checked_center(proposal: Mapping[str, Any], axes: tuple[str, ...], otherwise: str) -> tuple[float, ...]:
    """Return a position in the middle of a view, one number for each of its axes, or (), which stands for `otherwise`.

    Raises
    ------
    TraitError
        For anything else.
    """
    value = as_vector(proposal["value"])
    if value is None or len(value) not in (0, len(axes)):
        name, found = proposal["trait"].name, proposal["value"]
        raise traitlets.TraitError(f"{name} is a position ({', '.join(axes)}), or () for {otherwise}; found {found!r}")
    return value


def checked_zoom(proposal: Mapping[str, Any]) -> float:
    """Return a zoom.

    Raises
    ------
    TraitError
        When it is negative or not finite.
    """
    value: float = proposal["value"]
    if not 0 <= value < math.inf:
        name = proposal["trait"].name
        raise traitlets.TraitError(f"{name} is a number of screen pixels for one unit, 0 for all; found {value}")
    return value
