"""A position that several views of an image have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import traitlets

from omezarr_nb.core.transforms import as_vector
from omezarr_nb.viewers.part import Part

__all__ = ["CrosshairPart"]


class CrosshairPart(Part):
    """The traits ``crosshair`` and ``compact``."""

    settable: ClassVar[tuple[str, ...]] = ("crosshair", "compact")

    crosshair = traitlets.Tuple().tag(sync=True, echo_update=False)
    compact = traitlets.Bool(False).tag(sync=True)

    @traitlets.validate("crosshair")
    def _check_crosshair(self, proposal: Mapping[str, Any]) -> tuple[float, ...]:
        value = as_vector(proposal["value"])
        if value is None or len(value) not in (0, 2):
            found = proposal["value"]
            raise traitlets.TraitError(f"crosshair is a position (x, y), or () for none; found {found!r}")
        return value
