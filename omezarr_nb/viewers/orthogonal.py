"""Three planes of a volume side by side, with a crosshair that moves them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import ipywidgets

from omezarr_nb.core.image import Image
from omezarr_nb.core.reader import open_image
from omezarr_nb.core.transforms import index_of
from omezarr_nb.errors import UnsupportedError
from omezarr_nb.viewers.image import ImageViewer
from omezarr_nb.viewers.layout import layout_of
from omezarr_nb.viewers.link import link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from omezarr_nb.core.io import Where

__all__ = ["Orthogonal", "orthogonal"]

#: Screen pixels (CSS) of the first picture's height, and the least and the most of the one below it.
_HEIGHT = 400
_LEAST, _MOST = 120, 400


def orthogonal(image: Image | Where, *, height: int = _HEIGHT, **traits: Any) -> Orthogonal:
    """Show a volume as three planes through one point: xy, beside it zy, below it xz.

    A click, or a drag of the lines, moves the point; the planes follow, and so do the sliders. All three are drawn in
    one measure, so that a voxel that is longer along z is so in the picture. Zoom, place, contrast, channels and labels
    are shared.

    Parameters
    ----------
    image
        An `Image`, or anything that `omezarr_nb.open` takes, with more than one plane along a third axis in space.
    height
        Of the first picture, in screen pixels (CSS).
    **traits
        Of all three views, as for `ImageViewer`; ``indices`` gives the first plane.

    Returns
    -------
    Orthogonal
        A widget. ``.xy``, ``.zy`` and ``.xz`` are the views, ``.position`` the point.

    Raises
    ------
    UnsupportedError
        When the image has no third axis in space, or one plane alone.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> stack = omezarr_nb.write_image(np.zeros((8, 32, 32), "uint8"), "memory://stack.ome.zarr", axes="zyx")
    >>> planes = omezarr_nb.orthogonal(stack)
    >>> planes.position = {"x": 4, "z": 6}
    >>> planes.xy.indices, planes.zy.indices, planes.xz.crosshair
    ({'z': 6}, {'x': 4}, (4.0, 6.0))
    """
    return Orthogonal(image if isinstance(image, Image) else open_image(image), height, traits)


class Orthogonal(ipywidgets.GridBox):  # type: ignore[misc] # ipywidgets has no types
    """Three views of a volume; made by `orthogonal`.

    Parameters
    ----------
    image
        The volume.
    height
        Of the first picture, in screen pixels (CSS).
    traits
        Of all three views.

    Attributes
    ----------
    xy, zy, xz
        The views, `ImageViewer`.
    """

    def __init__(self, image: Image, height: int, traits: Mapping[str, Any]) -> None:
        self.image = image
        layout = layout_of(image)
        depth = _depth(image)
        self._axes = {image.axes[axis].name: axis for axis in (layout.x, layout.y, depth)}
        x, y, z = self._axes
        spans = [image.shape[axis] * image.levels[0].scale[axis] for axis in self._axes.values()]
        below = min(max(round(height * spans[2] / spans[1]) + 16, _LEAST), _MOST)
        first = {name: index for name, index in traits.get("indices", {}).items() if name != z}
        others = {name: value for name, value in traits.items() if name != "indices"}
        if first:
            others["indices"] = first
        self.xy = ImageViewer(image, height=height, **traits)
        self.zy = ImageViewer(image, plane=(z, y), height=height, compact=True, **others)
        self.xz = ImageViewer(image, plane=(x, z), height=below, compact=True, **others)
        self.views = (self.xy, self.zy, self.xz)
        for view in self.views[1:]:
            view.share_chunks(self.xy)
        self._names = ((x, y), (z, y), (x, z))
        self._busy = False
        self._center: dict[str, float] = {}
        middle = {name: (image.shape[axis] - 1) // 2 for name, axis in self._axes.items()}
        middle[z] = self.xy.indices[z]
        self._position = {name: self._place(name, index) for name, index in middle.items()}
        share = min(max(2 * spans[2] / spans[0], 0.6), 2.0)
        super().__init__(
            list(self.views),
            layout=ipywidgets.Layout(
                grid_template_columns=f"minmax(0, 2fr) minmax(0, {share:.2f}fr)", grid_gap="4px", width="100%"
            ),
        )
        self._link = link(*self.views, on=("contrast", "channels", "labels"))
        self._spread()
        for view, names in zip(self.views, self._names, strict=True):
            view.observe(self._crossed(names), "crosshair")
            view.observe(self._stepped(view), "indices")
            view.observe(self._moved(view, names), ("center", "zoom"))
            view.observe(self._played, ("playing", "fps"))

    @property
    def position(self) -> dict[str, float]:
        """The point in which the planes meet, by axis, in the units of the axes; set some of them or all."""
        return dict(self._position)

    @position.setter
    def position(self, value: Mapping[str, float]) -> None:
        unknown = [name for name in value if name not in self._axes]
        if unknown:
            raise UnsupportedError(
                "The planes meet on other axes.", found=", ".join(unknown), expected=", ".join(self._axes)
            )
        self._go(value)

    def close(self) -> None:
        """Take the views off the page and stop answering them."""
        if hasattr(self, "_link"):  # one that could not be made is closed, too, when it is deleted
            self._link.unlink()
            for view in self.views:
                view.close()
        super().close()

    def _place(self, name: str, index: int) -> float:
        level, axis = self.image.levels[0], self._axes[name]
        return float(level.translation[axis] + index * level.scale[axis])

    def _index(self, name: str) -> int:
        level, axis = self.image.levels[0], self._axes[name]
        return index_of(self._position[name], level.scale[axis], level.translation[axis], level.shape[axis])

    def _go(self, to: Mapping[str, float]) -> None:
        """Move the point, at most to the edge of the volume."""
        for name, place in to.items():
            ends = sorted((self._place(name, 0), self._place(name, self.image.shape[self._axes[name]] - 1)))
            self._position[name] = min(max(float(place), ends[0]), ends[1])
        self._spread()

    def _spread(self) -> None:
        with self._alone():
            for view, (across, down) in zip(self.views, self._names, strict=True):
                view.crosshair = (self._position[across], self._position[down])
                third = next(name for name in self._axes if name not in (across, down))
                if view.indices.get(third) != self._index(third):
                    view.indices = {third: self._index(third)}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let what answers to a change be no change of its own."""
        before, self._busy = self._busy, True
        try:
            yield
        finally:
            self._busy = before

    def _crossed(self, names: tuple[str, str]) -> Callable[[Any], None]:
        def changed(change: Any) -> None:
            if not self._busy and len(change["new"]) == 2:
                self._go(dict(zip(names, change["new"], strict=True)))

        return changed

    def _stepped(self, view: ImageViewer) -> Callable[[Any], None]:
        def changed(_change: Any) -> None:
            if self._busy:
                return
            steps = {name: index for name, index in view.indices.items() if name in self._axes}
            moved = {name: self._place(name, index) for name, index in steps.items() if index != self._index(name)}
            with self._alone():
                for other in self.views:
                    shared = {name: index for name, index in view.indices.items() if name not in self._axes}
                    if other is not view and shared:
                        other.indices = shared
            if moved:
                self._go(moved)

        return changed

    def _played(self, change: Mapping[str, Any]) -> None:
        """Show in all views what plays; along an axis that they share the first one leads (frontend/src/player.ts)."""
        if self._busy:
            return
        with self._alone():
            for view in self.views:
                if view is change["owner"]:
                    continue
                if change["name"] == "fps":
                    view.fps = change["new"]
                else:
                    view.playing = change["new"] if view._plays(change["new"]) else ""

    def _moved(self, view: ImageViewer, names: tuple[str, str]) -> Callable[[Any], None]:
        def changed(_change: Any) -> None:
            # A view begins with all of its plane; the first one leads, and the others come to it.
            source, seen = (view, names) if self._center else (self.xy, self._names[0])
            if self._busy or source.zoom == 0 or len(source.center) != 2:
                return
            if not self._center:
                self._center = dict(self._position)
            self._center |= dict(zip(seen, source.center, strict=True))
            with self._alone():
                for other, (across, down) in zip(self.views, self._names, strict=True):
                    if other is not source:
                        other.center = (self._center[across], self._center[down])
                        other.zoom = source.zoom

        return changed


def _depth(image: Image) -> int:
    """Return the third axis in space."""
    layout = layout_of(image)
    found = [axis for axis in layout.sliders if image.axes[axis].type == "space" or image.axes[axis].name == "z"]
    if not found:
        raise UnsupportedError(
            "This image has no third axis in space.",
            where=image.where,
            found=", ".join(axis.name for axis in image.axes),
            do="image.view() shows it.",
        )
    if image.shape[found[0]] < 2:
        raise UnsupportedError(
            "This image has one plane alone.", where=image.where, found=image.shape, do="image.view() shows it."
        )
    return found[0]
