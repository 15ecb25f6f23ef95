"""Which axes of an image are drawn, and which plane is shown at first: the same for pictures and views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omezarr_nb.core.axes import Axis, spatial_axes

if TYPE_CHECKING:
    from omezarr_nb.core.image import Image

__all__ = ["Roles", "first_index", "roles_of", "stored_indices"]


@dataclass(frozen=True, slots=True)
class Roles:
    """The role of each axis, as its index.

    Parameters
    ----------
    y, x
        The axes drawn downwards and to the right.
    channel
        The axis whose planes are blended, or None.
    sliders
        All others, in axis order.
    """

    y: int
    x: int
    channel: int | None
    sliders: tuple[int, ...]


def roles_of(axes: Sequence[Axis]) -> Roles | None:
    """Decide the role of each axis.

    The axes named "x" and "y" are drawn where they are of type "space", whatever their order; else the last two
    axes of type "space"; else the last two that are not the channel; else the last two.

    Returns
    -------
    Roles or None
        None where there are fewer than two axes: nothing can be drawn.
    """
    if len(axes) < 2:
        return None
    names = [axis.name for axis in axes]
    channel = next((index for index, axis in enumerate(axes) if axis.type == "channel"), None)
    spatial = list(spatial_axes(axes))
    candidates = spatial if len(spatial) > 1 else [axis for axis in range(len(axes)) if axis != channel]
    if len(candidates) < 2:
        channel, candidates = None, list(range(len(axes)))
    x = next((axis for axis in candidates if names[axis] == "x"), None)
    y = next((axis for axis in candidates if names[axis] == "y"), None)
    if x is None:
        x = next(axis for axis in reversed(candidates) if axis != y)
    if y is None:
        y = next(axis for axis in reversed(candidates) if axis != x)
    return Roles(y, x, channel, tuple(axis for axis in range(len(axes)) if axis not in (y, x, channel)))


def stored_indices(image: Image) -> dict[str, int]:
    """Return the plane that the metadata asks to show first (`omero.rdefs`), by axis name; it may not be there."""
    stored = image.metadata.omero.extra.get("rdefs") if image.metadata.omero else None
    if not isinstance(stored, Mapping):
        return {}
    found = {name: stored.get(f"default{name.upper()}") for name in ("z", "t")}
    return {name: index for name, index in found.items() if isinstance(index, int) and not isinstance(index, bool)}


def first_index(axis: Axis, size: int, stored: Mapping[str, int]) -> int:
    """Return the index that is shown first: the stored one where it is there, the middle of space, 0 of all else.

    Parameters
    ----------
    axis
        The axis.
    size
        Its pixels at level 0.
    stored
        From `stored_indices`.
    """
    index = stored.get(axis.name)
    if index is not None and 0 <= index < size:
        return index
    return size // 2 if axis.type == "space" else 0
