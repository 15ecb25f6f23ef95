"""Several images in one view: where each lies in the world of the first, and how it is told to the browser."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from omezarr_nb.core.chunks import ChunkCache
from omezarr_nb.core.fields import StoredArrays
from omezarr_nb.core.image import Image
from omezarr_nb.core.levels import Level
from omezarr_nb.core.transforms import Transformation, apply
from omezarr_nb.core.transforms.types import Annotated
from omezarr_nb.core.units import convert_factor
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, UnsupportedError
from omezarr_nb.viewers.layout import layout_along, wire_dtype
from omezarr_nb.viewers.planes import ImagePlanes

if TYPE_CHECKING:
    from omezarr_nb.core.io import Where
    from omezarr_nb.core.metadata import Channel

__all__ = [
    "Layer",
    "Matrix",
    "Member",
    "affine_of",
    "enlargement",
    "first_colors",
    "members_of",
    "named_channel",
    "plane_in",
    "to_own",
]

#: a, b, c, d, e, f: a point (x, y) of the layer's own world lies at (a x + b y + e, c x + d y + f).
Matrix: TypeAlias = tuple[float, float, float, float, float, float]

#: Bytes of chunks that a view keeps for each layer.
_CACHE_BYTES = 128 * 2**20
_MOST_LAYERS = 16
_MAX_TEXT = 200
#: Of images that have one channel without a colour: what both show is white.
_PALETTE = ("#00ff00", "#ff00ff", "#00ffff", "#ff8000", "#4080ff", "#ffff00")
#: Parts of the drawn plane's own size that are nothing but rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Layer:
    """An image over another one, in a view of both.

    Parameters
    ----------
    image
        An `Image`, or anything that `omezarr_nb.open` takes.
    transformation
        From the image's own physical coordinates to those of the view's first image, in the units of the axes and in
        their order: a matrix with a row for each axis and one more column for what is added, or a transformation of
        `omezarr_nb.core.transforms`. By default the two share their coordinates. Within the drawn plane anything that
        is affine is drawn (rotation, shear, mirroring); the other axes may be scaled and shifted.
    name
        What stands in the view; the image's name by default.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> fixed = omezarr_nb.write_image(np.zeros((64, 64), "uint8"), "memory://fixed.ome.zarr")
    >>> moving = omezarr_nb.write_image(np.zeros((64, 64), "uint8"), "memory://moving.ome.zarr")
    >>> quarter = [[0, 1, 0], [-1, 0, 63]]  # y, x
    >>> viewer = fixed.view(layers=[omezarr_nb.Layer(moving, transformation=quarter)])
    >>> viewer.layer_names
    ('fixed', 'moving')
    """

    image: Image | Where
    transformation: Transformation | Sequence[Sequence[float]] | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """An image of a view, in the world of its first one.

    Parameters
    ----------
    name
        What stands in the view.
    planes
        Where its pixels come from, its levels placed in that world.
    matrix
        What is still to be done to x and y; None where nothing is.
    given
        What it was made of.
    """

    name: str
    planes: ImagePlanes
    matrix: Matrix | None = None
    given: Layer | None = None


class _Placed(Image):
    """An image whose levels lie elsewhere."""

    def __init__(self, image: Image, levels: tuple[Level, ...]) -> None:
        self.__dict__.update(image.__dict__)
        self._placed = levels

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels, placed."""
        return self._placed


def members_of(base: ImagePlanes, layers: Sequence[Any]) -> tuple[Member, ...]:
    """Return the images of a view, the first one first.

    Parameters
    ----------
    base
        Of the first image.
    layers
        Of the others: `Layer`, `Image`, or what `omezarr_nb.open` takes.

    Raises
    ------
    UnsupportedError
        When an image cannot be drawn there.
    """
    if isinstance(layers, str | bytes | Mapping) or not isinstance(layers, Sequence):
        raise ArgumentTypeError("layers is a list of images.", found=type(layers).__name__, expected="[image, ...]")
    if len(layers) > _MOST_LAYERS:
        raise InvalidArgumentError("So many layers are not shown.", found=len(layers), expected=f"{_MOST_LAYERS}")
    return (Member(base.image.name[:_MAX_TEXT], base), *(_member(base, one) for one in layers))


def _member(base: ImagePlanes, given: Any) -> Member:
    from omezarr_nb.core.reader import open_image

    layer = given if isinstance(given, Layer) else Layer(given)
    image = layer.image if isinstance(layer.image, Image) else open_image(layer.image)
    layer = replace(layer, image=image)
    if wire_dtype(image.dtype) is None:
        raise UnsupportedError("Pixels of this type cannot be shown.", where=image.where, found=str(image.dtype))
    layout = layout_along(image, [base.image.axes[axis].name for axis in (base.layout.x, base.layout.y)])
    linear, offset = affine_of(layer, image)
    units = _units(base.image, image)
    linear, offset = linear * units[:, np.newaxis], offset * units
    y, x = layout.y, layout.x
    _refuse_across(linear, (y, x), image)
    plane: Matrix | None = None
    scale, shift = np.diagonal(linear).copy(), offset.copy()
    if linear[x, y] or linear[y, x] or linear[x, x] <= 0 or linear[y, y] <= 0:
        plane = (linear[x, x], linear[x, y], linear[y, x], linear[y, y], offset[x], offset[y])
        if abs(plane[0] * plane[3] - plane[1] * plane[2]) <= 1e-12 * max(map(abs, plane[:4])) ** 2:
            raise UnsupportedError(
                "This transformation leaves nothing of the image in the drawn plane.", where=image.where
            )
        plane = tuple(float(part) for part in plane)  # type: ignore[assignment] # of six
        scale[[y, x]], shift[[y, x]] = 1, 0
    levels = tuple(
        replace(
            level,
            scale=tuple(float(part) for part in scale * level.scale),
            translation=tuple(float(part) for part in scale * level.translation + shift),
        )
        for level in image.levels
    )
    placed = _Placed(image, levels)
    return Member(
        (layer.name or image.name)[:_MAX_TEXT], ImagePlanes(placed, layout, ChunkCache(_CACHE_BYTES)), plane, layer
    )


def affine_of(layer: Layer, image: Image) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return a layer's transformation as a matrix and what is added, both in axis order."""
    count = image.ndim
    if layer.transformation is None:
        return np.eye(count), np.zeros(count)
    if isinstance(layer.transformation, Annotated):
        # Where the origin goes, each axis, and one point more: were it not affine, that would lie elsewhere.
        points = np.vstack([np.zeros(count), np.eye(count), np.full(count, 2.0)])
        found = apply(layer.transformation, points, StoredArrays(image.location))
        if found.shape != points.shape:
            raise UnsupportedError(
                "This transformation gives another number of axes.",
                where=image.where,
                found=found.shape[-1],
                expected=count,
            )
        offset = found[0]
        linear = (found[1:-1] - offset).T
        if not np.allclose(linear @ points[-1] + offset, found[-1], rtol=1e-6, atol=1e-9 * np.abs(found).max()):
            raise UnsupportedError(
                "This transformation bends the image; only what is affine is drawn.",
                where=image.where,
                found=type(layer.transformation).__name__,
            )
    else:
        try:
            matrix = np.asarray(layer.transformation, float)
        except (TypeError, ValueError):
            matrix = np.empty(0)
        if matrix.shape != (count, count + 1):
            raise InvalidArgumentError(
                "A transformation is a matrix with a row for each axis and one more column.",
                where=image.where,
                found=matrix.shape or type(layer.transformation).__name__,
                expected=f"{(count, count + 1)}, for the axes {', '.join(axis.name for axis in image.axes)}",
            )
        linear, offset = matrix[:, :-1], matrix[:, -1]
    if not (np.isfinite(linear).all() and np.isfinite(offset).all()):
        raise InvalidArgumentError("A transformation is made of finite numbers.", where=image.where)
    clean = np.where(np.abs(linear) < _ROUNDING * np.abs(linear).max(), 0.0, linear)
    return clean, np.array(offset, float)


def _units(base: Image, image: Image) -> np.ndarray[Any, Any]:
    """Return by what the coordinates of an image are multiplied to be in the units of the first one."""
    units = {axis.name: axis.unit for axis in base.axes}
    return np.array([convert_factor(axis.unit, units.get(axis.name)) for axis in image.axes])


def _refuse_across(linear: np.ndarray[Any, Any], plane: tuple[int, int], image: Image) -> None:
    """Refuse what mixes the drawn plane with another axis: a plane of the one image is none of the other."""
    names = [axis.name for axis in image.axes]
    for row in range(len(names)):
        for column in range(len(names)):
            mixed = linear[row, column] != 0 and row != column
            if mixed and not (row in plane and column in plane):
                raise UnsupportedError(
                    f"This transformation mixes the axes {names[column]!r} and {names[row]!r}, of which one is not "
                    "drawn: a plane of this image lies in no plane of the view.",
                    where=image.where,
                    do="Resample the image first, or leave that part of its transformation out.",
                )
        if row not in plane and linear[row, row] == 0:
            raise UnsupportedError(f"This transformation leaves nothing of the axis {names[row]!r}.", where=image.where)


def first_colors(members: Sequence[Member]) -> list[str]:
    """Return the colours with which all channels begin: their own; images of one white channel get one each."""
    found = [[f"#{channel.color.lower()}" for channel in member.planes.channels] for member in members]
    if len(members) > 1 and all(colors == ["#ffffff"] for colors in found):
        return [_PALETTE[index % len(_PALETTE)] for index in range(len(members))]
    return [color for colors in found for color in colors]


def named_channel(members: Sequence[Member], member: Member, index: int) -> Channel:
    """Return a channel as it is called where several images are viewed: with the name of its image."""
    channel = member.planes.channels[index]
    if len(members) == 1:
        return channel
    alone = len(member.planes.channels) == 1
    return replace(channel, label=member.name if alone else f"{member.name} {channel.label}")


def plane_in(base: Image, planes: ImagePlanes, indices: Mapping[str, int]) -> dict[str, float] | None:
    """Return at which plane of an image a plane of the first one lies, in pixels of its level 0, not rounded.

    Axes that the first has not, and those of one pixel, are the same everywhere. None where the image does not reach
    to the plane.
    """
    finest, first = planes.image.levels[0], base.levels[0]
    own = {axis.name: index for index, axis in enumerate(base.axes)}
    there: dict[str, float] = {}
    for axis in planes.layout.sliders:
        name = planes.image.axes[axis].name
        if name not in own or finest.shape[axis] == 1:
            continue
        position = first.translation[own[name]] + indices.get(name, 0) * first.scale[own[name]]
        index = (position - finest.translation[axis]) / finest.scale[axis]
        if not -0.5 - 1e-6 <= index <= finest.shape[axis] - 0.5 + 1e-6:
            return None
        there[name] = index
    return there


def to_own(matrix: Matrix, x: Any, y: Any) -> tuple[Any, Any]:
    """Return where places of the view lie in a layer's own world; x and y may be arrays."""
    a, b, c, d, e, f = matrix
    area = a * d - b * c
    across, down = x - e, y - f
    return (d * across - b * down) / area, (a * down - c * across) / area


def enlargement(matrix: Matrix) -> float:
    """Return how many times larger, along an edge of the same area, a layer is in the view than in its own world."""
    a, b, c, d, *_ = matrix
    return math.sqrt(abs(a * d - b * c))
