"""Many planes shown as one."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from omezarr_nb.errors import InvalidArgumentError
from omezarr_nb.viewers.fixed import Checked, FixedDict
from omezarr_nb.viewers.part import Answer, Question
from omezarr_nb.viewers.parts.channels import ChannelPart
from omezarr_nb.viewers.projection import (
    METHODS,
    ProjectedPlanes,
    Projection,
    Results,
    projectable,
    projection_named,
)
from omezarr_nb.viewers.rendering import Contrast

if TYPE_CHECKING:
    from omezarr_nb.viewers.planes import ImagePlanes

__all__ = ["ProjectionPart"]


class ProjectionPart(ChannelPart):
    """The trait ``projection``."""

    settable: ClassVar[tuple[str, ...]] = ("projection",)

    projection = Checked().tag(sync=True)

    _results: Results

    def _begin(self, given: Mapping[str, Any]) -> dict[str, Any]:
        self._results = Results()
        return super()._begin(given)

    def _described(self) -> dict[str, Any]:
        return super()._described() | {"projectable": list(projectable(self.image, self._layout))}

    def _answers(self) -> dict[str, Answer]:
        others = super()._answers()

        def contrast(question: Question) -> tuple[dict[str, Any], list[bytes]]:
            source = question.get("source")
            planes = self._projected(source) if isinstance(source, str) else None
            if planes is None:
                return others["contrast"](question)
            channel, indices = question.get("channel"), question.get("indices", {})
            if not isinstance(channel, int) or channel not in range(len(planes.channels)):
                raise InvalidArgumentError("There is no such channel.", found=channel)
            if not isinstance(indices, Mapping):
                raise InvalidArgumentError("The message has no usable 'indices'.", found=indices)
            found = Contrast.of(planes.sample(channel, indices))
            return {"kind": "contrast", "channel": channel} | found.to_json(), []

        return others | {"contrast": contrast}

    def _source(self, name: str) -> ImagePlanes | None:
        return self._projected(name) or super()._source(name)

    def _projected(self, name: str) -> ProjectedPlanes | None:
        projection = projection_named(name, self.image, self._layout)
        return None if projection is None else ProjectedPlanes.of(self._planes, projection, self._results)

    def _drawn_planes(self) -> ImagePlanes:
        """Return where the planes come from that are drawn of the image: its own, or what stands for them."""
        if not self.projection:
            return self._planes
        names = [axis.name for axis in self.image.axes]
        axis, (first, last) = names.index(self.projection["axis"]), self.projection["range"]
        return ProjectedPlanes.of(self._planes, Projection(axis, self.projection["method"], first, last), self._results)

    def _channel_contrast(self, channel: int, indices: Mapping[str, int]) -> Contrast:
        planes = self._drawn_planes()
        if planes is self._planes or channel >= len(planes.channels):
            return super()._channel_contrast(channel, indices)
        return Contrast.of(planes.sample(channel, indices))

    def _end(self) -> None:
        self._results.clear()
        super()._end()

    @traitlets.validate("projection")
    def _check_projection(self, proposal: Mapping[str, Any]) -> FixedDict[str, Any]:
        value = proposal["value"]
        if value is None or value in ("", {}):
            return FixedDict()
        given: Mapping[str, Any] = {"method": value} if isinstance(value, str) else value
        if not isinstance(given, Mapping) or set(given) - {"axis", "method", "range"}:
            raise traitlets.TraitError(
                "projection is a method such as 'maximum', or "
                f"{{'axis': 'z', 'method': 'maximum', 'range': (0, 15)}}; found {value!r}"
            )
        method = given.get("method", "maximum")
        if method not in METHODS:
            raise traitlets.TraitError(f"no projection is called {method!r}: they are {', '.join(METHODS)}")
        there = {self.image.axes[axis].name: self.image.shape[axis] for axis in projectable(self.image, self._layout)}
        name = given.get("axis", next((name for name in ("z", *there) if name in there), None))
        if not isinstance(name, str) or name not in there:
            raise traitlets.TraitError(f"no projection along the axis {name!r}: they are {', '.join(there) or 'none'}")
        last = there[name] - 1
        return FixedDict({"axis": name, "method": method, "range": _range(given.get("range", (0, last)), last)})


def _range(value: Any, end: int) -> tuple[int, int]:
    try:
        first, last = (operator.index(one) for one in value)
    except (TypeError, ValueError):
        first, last = -1, -1
    if not 0 <= first <= last <= end:
        raise traitlets.TraitError(f"range is the first and the last plane, from 0 to {end}; found {value!r}")
    return first, last
