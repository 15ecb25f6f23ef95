"""The image as a volume in place of a plane."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
import traitlets

from omezarr_nb.core.transforms import as_vector
from omezarr_nb.errors import InvalidArgumentError, UnsupportedError
from omezarr_nb.viewers.fixed import Checked, FixedDict
from omezarr_nb.viewers.part import Answer, Part, Question
from omezarr_nb.viewers.parts.camera import checked_center, checked_zoom
from omezarr_nb.viewers.volume import Deep, Grid, Triple, answer_volume, depth_axis, describe_volume, grid_of, level_of
from omezarr_nb.viewers.volume_labels import LabelVolume, lay_labels
from omezarr_nb.viewers.volume_picture import METHODS, Method, Orbit, Style, fitted_zoom, volume_picture, voxels

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image as PILImage

    from omezarr_nb.viewers.planes import ImagePlanes
    from omezarr_nb.viewers.snapshot import ChannelLook, LabelLook

__all__ = ["VolumePart"]

#: A little from above and from the right: three faces are seen.
_ROTATION = (-0.212607541323, 0.212607541323, 0.047701692009, 0.952533786973)


class VolumePart(Part):
    """The trait ``volume``, and those that say how volumes are drawn and from where they are seen."""

    settable: ClassVar[tuple[str, ...]] = (
        "volume",
        "volume_method",
        "volume_threshold",
        "volume_density",
        "volume_clip",
        "volume_rotation",
        "volume_center",
        "volume_zoom",
    )

    volume = traitlets.Bool(False).tag(sync=True)
    volume_method = traitlets.Enum(METHODS, "maximum").tag(sync=True)
    volume_threshold = traitlets.Float(0.5, min=0.0, max=1.0).tag(sync=True)
    volume_density = traitlets.Float(4.0, min=0.0, max=1000.0).tag(sync=True)
    volume_clip = Checked().tag(sync=True)
    volume_rotation = traitlets.Tuple(_ROTATION).tag(sync=True)
    volume_center = traitlets.Tuple().tag(sync=True)
    volume_zoom = traitlets.Float(0.0, min=0.0).tag(sync=True)

    #: Why there may be no volume.
    _no_volume: ClassVar[str] = "this image is no volume: it has no third axis of space with several planes"
    _deep: Deep

    def _begin(self, given: Mapping[str, Any]) -> dict[str, Any]:
        self._deep = Deep()
        return super()._begin(given)

    def _described(self) -> dict[str, Any]:
        found = self._volume_described()
        return super()._described() | ({} if found is None else {"volume": found})

    def _volume_described(self) -> dict[str, Any] | None:
        """Return what the browser is told of the volume, None where the image is none."""
        return describe_volume(self.image, self._layout)

    def _answers(self) -> dict[str, Answer]:
        return super()._answers() | {"volume": self._answer_volume}

    def _answer_volume(self, question: Question) -> tuple[dict[str, Any], list[bytes]]:
        name = question.get("source")
        planes = self._source(str(name)) if name else self._planes
        if planes is None:
            raise InvalidArgumentError("There is no such volume.", found=name)
        return answer_volume(planes, question, self._deep)

    @traitlets.observe("volume")
    def _leave_volume(self, change: Mapping[str, Any]) -> None:
        if not change["new"]:
            self._deep.forget()

    def _end(self) -> None:
        self._deep.forget()
        super()._end()

    def _volume_axes(self) -> dict[str, int]:
        """Return the places of x, y and z among the image's axes, by their names."""
        depth = depth_axis(self.image, self._layout)
        axes = (self._layout.x, self._layout.y) if depth is None else (self._layout.x, self._layout.y, depth)
        return {self.image.axes[axis].name: axis for axis in axes}

    def _volume_snapshot(
        self, looks: list[ChannelLook], labels: list[LabelLook], width: int | None, height: int | None, shown: float
    ) -> PILImage:
        """Return a picture of the volume, as `ImageViewer.snapshot` does; `shown` is the height of the view."""
        from PIL import Image as PILImages

        layout = self._layout
        finest = grid_of(self.image, layout, self.image.levels[0])
        wide, high = _size(width, height)
        center: Triple = tuple(self.volume_center) or tuple(((finest.low + finest.high) / 2).tolist())
        orbit = Orbit(self.volume_rotation, center, 1.0, wide, high)
        larger = high / shown if height is not None else 1.0
        zoom = self.volume_zoom * larger or fitted_zoom(finest, orbit)
        orbit = Orbit(self.volume_rotation, center, zoom, wide, high)
        style = Style(
            cast(Method, self.volume_method), self.volume_threshold, self.volume_density, self._clip_corners()
        )
        choice: Any = getattr(self, "level", "auto")
        chosen = None if choice == "auto" else choice
        count = len(looks) + len(labels)
        grid, read = self._volume_of(self._planes, getattr(self, "indices", {}), chosen, count, zoom)
        volumes = [(look, partial(read, look.channel)) for look in looks]
        drawn = volume_picture(grid, volumes, orbit, style, float(np.max(finest.high - finest.low)))
        for look in labels:
            grid, read = self._volume_of(look.planes, look.indices, None, count, zoom)
            lay_labels(drawn, LabelVolume(grid, look, partial(read, 0)), orbit, style)
        return PILImages.fromarray(np.rint(np.clip(drawn, 0, 1) * 255).astype(np.uint8))

    def _volume_of(
        self, planes: ImagePlanes, indices: Mapping[str, float], choice: int | None, count: int, zoom: float
    ) -> tuple[Grid, Callable[[int], NDArray[Any]]]:
        """Return where the voxels of the drawn level lie, one of so many volumes, and what reads a channel of it."""
        level = level_of(planes, choice, count, zoom)
        if level is None:
            raise UnsupportedError(
                "No level of this image is small enough to be drawn as a volume.",
                where=planes.image.where,
                do="Write it with more levels, or set viewer.volume = False.",
            )
        one, depth = planes.image.levels[level], depth_axis(planes.image, planes.layout)
        assert depth is not None
        at = planes.level_indices(one, indices)
        return grid_of(planes.image, planes.layout, one), lambda channel: voxels(planes, level, at, channel, depth)

    def _clip_corners(self) -> tuple[Triple, Triple]:
        """Return the corners of what is drawn, in the unit of x."""
        described = self._volume_described()
        assert described is not None
        ends = [self.volume_clip.get(name, (-math.inf, math.inf)) for name in self._volume_axes()]
        (x0, x1), (y0, y1), (z0, z1) = (
            (low * unit, high * unit) for (low, high), unit in zip(ends, described["units"], strict=True)
        )
        return (x0, y0, z0), (x1, y1, z1)

    @traitlets.validate("volume")
    def _check_volume(self, proposal: Mapping[str, Any]) -> bool:
        value: bool = proposal["value"]
        if value and self._volume_described() is None:
            raise traitlets.TraitError(self._no_volume)
        return value

    @traitlets.validate("volume_clip")
    def _check_clip(self, proposal: Mapping[str, Any]) -> FixedDict[str, tuple[float, float]]:
        value, names = proposal["value"], self._volume_axes()
        if value is None or value in ("", {}):
            return FixedDict()
        if not isinstance(value, Mapping) or set(value) - set(names):
            raise traitlets.TraitError(
                f"volume_clip has for an axis ({', '.join(names)}) the first and the last place that is drawn, "
                f"such as {{{next(iter(names))!r}: (0, 20.5)}}; found {value!r}"
            )
        found = {}
        for name, ends in value.items():
            span = as_vector(ends)
            if span is None or len(span) != 2 or not span[0] < span[1]:
                raise traitlets.TraitError(f"volume_clip has two places for {name!r}, ascending; found {ends!r}")
            found[name] = (span[0], span[1])
        return FixedDict(found)

    @traitlets.validate("volume_rotation")
    def _check_rotation(self, proposal: Mapping[str, Any]) -> tuple[float, ...]:
        value = as_vector(proposal["value"])
        length = 0.0 if value is None else math.hypot(*value)
        if value is None or len(value) != 4 or not 1e-6 < length < math.inf:
            found = proposal["value"]
            raise traitlets.TraitError(f"volume_rotation is a quaternion (x, y, z, w), not of zeros; found {found!r}")
        return tuple(part / length for part in value) if abs(length - 1) > 1e-6 else value

    @traitlets.validate("volume_center")
    def _check_volume_center(self, proposal: Mapping[str, Any]) -> tuple[float, ...]:
        return checked_center(proposal, ("x", "y", "z"), "the middle of the volume")

    @traitlets.validate("volume_zoom")
    def _check_volume_zoom(self, proposal: Mapping[str, Any]) -> float:
        return checked_zoom(proposal)


def _size(width: int | None, height: int | None) -> tuple[int, int]:
    """Return width and height of which one, or none, is given: 800 wide, and 4 to 3."""
    if width is None:
        width = 800 if height is None else round(height * 4 / 3)
    return max(width, 1), max(round(width * 3 / 4) if height is None else height, 1)
