"""Several images in one view, and two of them compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from omezarr_nb.viewers.fixed import Entries, FixedList
from omezarr_nb.viewers.layout import describe_layer
from omezarr_nb.viewers.part import Part
from omezarr_nb.viewers.rendering import check_part

if TYPE_CHECKING:
    from omezarr_nb.viewers.planes import ImagePlanes

__all__ = ["LayerPart"]

#: What the names of sources of tiles begin with that are other images.
_PREFIX = "layers/"


class LayerPart(Part):
    """The traits on the images that lie over the first one.

    The channels of all images stand one after the other in the traits that have an entry for each channel.
    """

    settable: ClassVar[tuple[str, ...]] = (
        "layer_visible",
        "layer_opacity",
        "comparison",
        "divider",
        "difference_limit",
    )

    layer_visible = Entries(traitlets.Bool()).tag(sync=True)
    layer_opacity = Entries(traitlets.Float()).tag(sync=True)
    comparison = traitlets.Enum(["", "swipe", "difference"], "").tag(sync=True)
    divider = traitlets.Float(0.5, min=0.0, max=1.0).tag(sync=True)
    difference_limit = traitlets.Float(0.0, min=0.0).tag(sync=True)

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Names of the images that are viewed, the first one first."""
        return tuple(member.name for member in self._members)

    def _begin(self, given: Mapping[str, Any]) -> dict[str, Any]:
        count = len(self._members)
        return super()._begin(given) | {"layer_visible": [True] * count, "layer_opacity": [1.0] * count}

    def _described(self) -> dict[str, Any]:
        told = super()._described()
        if len(self._members) == 1:
            return told
        first = len(self._planes.channels)
        layers = []
        for index, member in enumerate(self._members[1:], 1):
            count = len(member.planes.channels)
            placed = {"source": f"{_PREFIX}{index}", "first": first, "count": count, "matrix": member.matrix}
            layers.append(describe_layer(member.name, member.planes.image, member.planes.layout) | placed)
            first += count
        return told | {"layers": layers}

    def _source(self, name: str) -> ImagePlanes | None:
        if name.startswith(_PREFIX):
            index = name.removeprefix(_PREFIX)
            if index.isdecimal() and len(index) < 4 and 0 < int(index) < len(self._members):
                return self._members[int(index)].planes
        return super()._source(name)

    @traitlets.validate("layer_visible", "layer_opacity")
    def _check_layers(self, proposal: Mapping[str, Any]) -> Any:
        name, value, count = proposal["trait"].name, proposal["value"], len(self._members)
        if len(value) != count:
            entries = "1 entry" if len(value) == 1 else f"{len(value)} entries"
            raise traitlets.TraitError(f"{name} has {entries} for {count} images: {', '.join(self.layer_names)}")
        return FixedList(map(check_part, value) if name == "layer_opacity" else value)

    @traitlets.validate("comparison")
    def _check_comparison(self, proposal: Mapping[str, Any]) -> str:
        value: str = proposal["value"]
        if value and len(self._members) < 2:
            raise traitlets.TraitError(
                f"there is nothing to compare {self.image.name!r} with: view it with layers=[other]"
            )
        return value
