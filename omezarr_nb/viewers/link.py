"""Views that move together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from omezarr_nb.core.transforms import index_of
from omezarr_nb.errors import InvalidArgumentError
from omezarr_nb.viewers.image import ImageViewer

__all__ = ["Link", "link"]

#: The traits that each word stands for.
_TRAITS: dict[str, tuple[str, ...]] = {
    "camera": ("center", "zoom"),
    "position": ("indices",),
    "contrast": ("contrast_limits", "gamma", "inverted"),
    "channels": ("visible", "colors", "colormaps", "opacity", "greyscale"),
    "shapes": ("shapes", "selected_shape"),
    "labels": ("visible_labels", "selected_labels", "label_opacity", "label_contour", "only_selected"),
}


class Link:
    """Views that move together, until `unlink`.

    Parameters
    ----------
    viewers
        The views.
    on
        What they share.
    """

    def __init__(self, viewers: Sequence[ImageViewer], on: Sequence[str]) -> None:
        self.viewers = tuple(viewers)
        self.on = tuple(on)
        self._busy = False
        # Each view fits its image when it is first on a page. The first one's fit is for all, and the others' for none:
        # if each moved all, two that open at once would end where the other began.
        self._opening = {id(viewer): set(_TRAITS["camera"]) for viewer in self.viewers[1:] if not viewer.zoom}
        self._watched: list[tuple[ImageViewer, Callable[[Any], None], str]] = []
        for viewer in self.viewers:
            for word in self.on:
                for trait in _TRAITS[word]:
                    self._watch(viewer, trait)
        # From the first to the others, so that they begin alike.
        for word in self.on:
            for trait in _TRAITS[word]:
                self._spread(self.viewers[0], trait)

    def unlink(self) -> None:
        """Let each view move for itself again."""
        for viewer, watch, trait in self._watched:
            viewer.unobserve(watch, trait)
        self._watched.clear()

    def _watch(self, viewer: ImageViewer, trait: str) -> None:
        def changed(_change: Any) -> None:
            if self._is_opening(viewer, trait):
                self._lead(viewer)
            else:
                self._spread(viewer, trait)

        viewer.observe(changed, trait)
        self._watched.append((viewer, changed, trait))

    def _is_opening(self, viewer: ImageViewer, trait: str) -> bool:
        """Tell, once for each trait, whether what moved a view is its page fitting the image when it opens."""
        expected = self._opening.get(id(viewer), set())
        if self._busy or trait not in expected or not viewer._property_lock:
            return False
        if viewer.zoom == self.viewers[0].zoom:
            expected.clear()  # it was led before it opened, and now someone pans it
            return False
        expected.remove(trait)
        return True

    def _lead(self, viewer: ImageViewer) -> None:
        """Have a view look where the first one does, where that is known yet."""
        for trait in _TRAITS["camera"]:
            if value := getattr(self.viewers[0], trait):
                setattr(viewer, trait, value)

    def _spread(self, source: ImageViewer, trait: str) -> None:
        """Set a trait of the other views after that of one; what answers to that is not spread again."""
        if self._busy:
            return
        self._busy = True
        try:
            for viewer in self.viewers:
                if viewer is source:
                    continue
                value = _translated(source, viewer, trait)
                if value is not None:
                    setattr(viewer, trait, value)
        finally:
            self._busy = False

    def __repr__(self) -> str:
        return f"<Link of {len(self.viewers)} views on {', '.join(self.on)}>"


def link(*viewers: ImageViewer, on: Sequence[str] = ("camera", "position")) -> Link:
    """Let views move together: one is moved, the others follow.

    Parameters
    ----------
    *viewers
        Two or more; they begin as the first one is.
    on
        What they share: "camera" (centre and zoom, in the units of the axes), "position" (the plane, by its place along
        the axes that both have, whatever their sampling), "contrast" (limits, gamma, inversion), "channels"
        (visibility, colours, colour maps, opacity), "labels" and "shapes" (by their place along the axes that are
        drawn, on the nearest planes). Channels and labels that another view has not stay as they are there.

    Returns
    -------
    Link
        ``link.unlink()`` ends it.

    Raises
    ------
    InvalidArgumentError
        When there are fewer than two views, or for another word.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> image = omezarr_nb.write_image(np.zeros((64, 64), "uint8"), "memory://linked.ome.zarr")
    >>> before, after = image.view(), image.view()
    >>> link = omezarr_nb.link(before, after, on=("camera", "contrast"))
    >>> before.contrast_limits = [(0, 80)]
    >>> after.contrast_limits
    [(0.0, 80.0)]
    """
    words = (on,) if isinstance(on, str) else tuple(on)
    unknown = [word for word in words if word not in _TRAITS]
    if unknown or not words:
        raise InvalidArgumentError(
            "Views are not linked on this.", where="on", found=unknown or words, expected=", ".join(_TRAITS)
        )
    if len(viewers) < 2 or len({id(viewer) for viewer in viewers}) < len(viewers):
        raise InvalidArgumentError("Two or more different views are linked.", found=f"{len(viewers)} views")
    for viewer in viewers:
        if not isinstance(viewer, ImageViewer):
            raise InvalidArgumentError("This is no view.", found=type(viewer).__name__, expected="image.view()")
    return Link(viewers, words)


def _translated(source: ImageViewer, target: ImageViewer, trait: str) -> Any:
    """Return the value of a trait for another view, or None where it has nothing of that."""
    value = getattr(source, trait)
    if trait == "indices":
        return _planes(source, target, source.indices)
    if trait in ("shapes", "selected_shape"):
        return _shapes(source, target, value)
    if trait in ("visible_labels", "selected_labels"):
        there = [name for name in value if name in target._info["labels"]]
        return {name: value[name] for name in there} if isinstance(value, dict) else there
    if isinstance(value, list):
        own = getattr(target, trait)
        return [*value[: len(own)], *own[len(value) :]]
    if trait in ("center", "zoom") and not value:
        return None  # not shown yet
    return value


def _shapes(source: ImageViewer, target: ImageViewer, value: Any) -> Any:
    """Return the shapes of a view, or the one that is selected, for another, or None where it has no such shapes.

    The axes that are drawn may stand there in another order.
    """
    here, there = (
        [viewer.image.axes[axis].name for axis in (viewer._layout.y, viewer._layout.x)] for viewer in (source, target)
    )
    if target._without_shapes or here != there:
        return None
    if isinstance(value, int):
        return value if value < len(target.shapes) else None
    step = 1 if source._transposed == target._transposed else -1
    return [
        dict(one)
        | {"points": [point[::step] for point in one["points"]], "plane": _planes(source, target, one["plane"])}
        for one in value
    ]


def _planes(source: ImageViewer, target: ImageViewer, indices: Mapping[str, int]) -> dict[str, int]:
    """Return the planes of a view that lie nearest to those of another, along the axes that both have."""
    found = {}
    here, there = source.image.levels[0], target.image.levels[0]
    axes = {axis.name: index for index, axis in enumerate(source.image.axes)}
    for index, axis in enumerate(target.image.axes):
        if axis.name in indices and axis.name in target.indices:
            own = axes[axis.name]
            position = here.translation[own] + indices[axis.name] * here.scale[own]
            found[axis.name] = index_of(position, there.scale[index], there.translation[index], there.shape[index])
    return found
