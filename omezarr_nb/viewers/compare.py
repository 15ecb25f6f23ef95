"""Two images compared: side by side, on either side of a line, or one less the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from omezarr_nb.core.image import Image
from omezarr_nb.core.reader import open as open_any
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError
from omezarr_nb.viewers.image import ImageViewer
from omezarr_nb.viewers.layers import Layer
from omezarr_nb.viewers.link import link

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["compare"]

_HOW = ("side by side", "swipe", "difference")


def compare(
    first: Any,
    second: Any,
    *,
    how: Literal["side by side", "swipe", "difference"] = "side by side",
    on: Sequence[str] = ("camera", "position", "contrast"),
    **traits: Any,
) -> ipywidgets.HBox | ImageViewer:
    """Show two images against one another.

    Parameters
    ----------
    first, second
        Images, or what `omezarr_nb.open` takes. Side by side also plates and views; the second may be an
        `omezarr_nb.Layer` otherwise.
    how
        "side by side": two views, and what is done in one is done in the other. "swipe": one view of both, the first
        left of a line that is dragged. "difference": one view of the first less the second, pixel by pixel at the level
        on screen; where their grids differ, the nearest pixel counts.
    on
        What two views share, as for `link`.
    **traits
        Of the views that are made here.

    Returns
    -------
    ipywidgets.HBox or ImageViewer
        Side by side ``.children`` are the two views; else it is a view, whose trait ``comparison`` changes the way.

    Raises
    ------
    InvalidArgumentError
        For another way.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> raw = omezarr_nb.write_image(np.zeros((64, 64), "uint8"), "memory://raw.ome.zarr")
    >>> clean = omezarr_nb.write_image(np.zeros((64, 64), "uint8"), "memory://clean.ome.zarr")
    >>> [view.image.name for view in omezarr_nb.compare(raw, clean).children]
    ['raw', 'clean']
    >>> omezarr_nb.compare(raw, clean, how="swipe", divider=0.3).comparison
    'swipe'
    """
    import ipywidgets

    if how not in _HOW:
        raise InvalidArgumentError(
            "Images are not compared this way.", where="how", found=how, expected=", ".join(_HOW)
        )
    if how != "side by side":
        below = first if isinstance(first, Image) else open_any(first)
        if not isinstance(below, Image):
            raise ArgumentTypeError("Images are compared in one view.", found=repr(first)[:200], expected="an image")
        above = second if isinstance(second, Image | Layer) else open_any(second)
        return ImageViewer(below, layers=[above], **({"comparison": how} | traits))
    viewers = [_view(one, traits) for one in (first, second)]
    box = ipywidgets.HBox(viewers)
    for viewer in viewers:
        viewer.layout.width = "50%"
    box.link = link(*viewers, on=on)
    return box


def _view(one: Any, traits: dict[str, Any]) -> ImageViewer:
    if isinstance(one, ImageViewer):
        return one
    opened = one if hasattr(one, "view") else open_any(one)
    viewer = opened.view(**traits)
    assert isinstance(viewer, ImageViewer)
    return viewer
