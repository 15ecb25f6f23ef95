"""Which plane of the image a view shows, and playing through the planes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import traitlets

from omezarr_nb.display.roles import first_index, stored_indices
from omezarr_nb.viewers.fixed import FixedDict, Named
from omezarr_nb.viewers.part import Part

__all__ = ["PlanePart"]


class PlanePart(Part):
    """The traits ``indices``, ``playing`` and ``fps``."""

    settable: ClassVar[tuple[str, ...]] = ("indices", "playing", "fps")

    indices = Named(key_trait=traitlets.Unicode(), value_trait=traitlets.Int()).tag(sync=True, echo_update=False)
    playing = traitlets.Unicode().tag(sync=True)
    fps = traitlets.Float(10.0, max=60.0).tag(sync=True)

    def _begin(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return super()._begin(given) | {"indices": self._first_plane()}

    def _first_plane(self) -> dict[str, int]:
        """Return the index on each axis that has a slider, with which a view begins."""
        stored = stored_indices(self.image)
        axes = [(self.image.axes[axis], size) for axis, size in self._sliders()]
        return {axis.name: first_index(axis, size, stored) for axis, size in axes}

    def _sliders(self) -> list[tuple[int, int]]:
        """Return the place and the size of each axis that has a slider."""
        return [(axis, self.image.shape[axis]) for axis in self._layout.sliders]

    @traitlets.validate("indices")
    def _check_indices(self, proposal: Mapping[str, Any]) -> dict[str, int]:
        value: dict[str, int] = proposal["value"]
        sizes = {self.image.axes[axis].name: size for axis, size in self._sliders()}
        for name, index in value.items():
            if name not in sizes:
                raise traitlets.TraitError(f"there is no slider for the axis {name!r}: they are {', '.join(sizes)}")
            if not 0 <= index < sizes[name]:
                raise traitlets.TraitError(f"index {index} is not on the axis {name!r}: it is 0 to {sizes[name] - 1}")
        return FixedDict({name: value.get(name, self.indices.get(name, 0)) for name in sizes})

    def _plays(self, name: str) -> bool:
        """Return whether planes may go by along an axis."""
        return any(self.image.axes[axis].name == name for axis, size in self._sliders() if size > 1)

    @traitlets.validate("playing")
    def _check_playing(self, proposal: Mapping[str, Any]) -> str:
        value: str = proposal["value"]
        if value and not self._plays(value):
            names = [self.image.axes[axis].name for axis, size in self._sliders() if size > 1]
            raise traitlets.TraitError(f"no slider for the axis {value!r}: they are {', '.join(names) or 'none'}")
        return value

    @traitlets.validate("fps")
    def _check_fps(self, proposal: Mapping[str, Any]) -> float:
        value: float = proposal["value"]
        if not value > 0:
            raise traitlets.TraitError(f"fps is a number of planes a second, above 0 and at most 60; found {value}")
        return value
