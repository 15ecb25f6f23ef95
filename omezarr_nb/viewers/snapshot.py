"""The picture that a view shows, made in the kernel: the same sampling, colours and labels, at any size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.display.label_colors import label_colors
from omezarr_nb.errors import InvalidArgumentError
from omezarr_nb.viewers.planes import ImagePlanes
from omezarr_nb.viewers.rendering import colormap

if TYPE_CHECKING:
    from omezarr_nb.core.image import Level

__all__ = [
    "ChannelLook",
    "Floats",
    "LabelLook",
    "Sight",
    "fitted",
    "lay_ids",
    "level_for",
    "picture",
    "sampled",
    "signed_ids",
    "size_of",
    "wrapped",
]

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.intp]

#: A level is fine enough when its pixels are at most this many pixels of the picture, as in the browser.
_COARSEST = 1.5
#: Bytes of a level that are read at once.
_BAND_BYTES = 64 << 20
_MOST_PIXELS = 2**28
#: Width of the white line around a label that is selected, in pixels of the picture.
_RING = 2


@dataclass(frozen=True, slots=True)
class Sight:
    """From where an image is seen.

    Parameters
    ----------
    x, y
        Position in the middle of the picture, in the units of those axes.
    zoom
        Pixels of the picture for one unit.
    width, height
        Of the picture, in pixels.
    """

    x: float
    y: float
    zoom: float
    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or self.width * self.height > _MOST_PIXELS:
            raise InvalidArgumentError(
                "A picture has at least one pixel, and at most 2**28.",
                found=f"{self.width} × {self.height}",
                where="size",
            )

    def columns(self) -> NDArray[np.float64]:
        """Return the position of the middle of each column."""
        return np.asarray(self.x + (np.arange(self.width) + 0.5 - self.width / 2) / self.zoom, np.float64)

    def rows(self) -> NDArray[np.float64]:
        """Return the position of the middle of each row."""
        return np.asarray(self.y + (np.arange(self.height) + 0.5 - self.height / 2) / self.zoom, np.float64)


@dataclass(frozen=True, slots=True)
class ChannelLook:
    """How a channel is drawn.

    Parameters
    ----------
    channel
        Its index.
    color
        "#rrggbb".
    limits
        Values that are drawn black and in full colour.
    gamma, inverted, opacity
        As the traits of a view.
    colormap
        Name of a map in place of the colour, or "".
    """

    channel: int
    color: str
    limits: tuple[float, float]
    gamma: float = 1.0
    inverted: bool = False
    opacity: float = 1.0
    colormap: str = ""

    def colors(self, values: NDArray[Any]) -> Floats:
        """Return what the channel adds, (rows, columns, 3), 0 to 1 for full colour."""
        low, high = self.limits
        values = values.astype(np.float32)
        with np.errstate(invalid="ignore"):
            strength: Floats = np.clip((values - low) / max(high - low, 1e-30), 0, 1, dtype=np.float32)
            strength **= np.float32(self.gamma)
            strength[values >= high] = 1
        if self.inverted:
            np.subtract(1, strength, out=strength)
        nothing = np.isnan(values)
        strength[nothing] = 0
        drawn: Floats
        if self.colormap:
            table = np.frombuffer(colormap(self.colormap), np.uint8).reshape(256, 3).astype(np.float32) / 255
            drawn = table[np.floor(strength * 255 + 0.5).astype(np.intp)]
        else:
            color = [int(self.color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
            drawn = strength[..., np.newaxis] * np.array(color, np.float32)
        drawn[nothing] = 0
        return drawn * np.float32(self.opacity)


@dataclass(frozen=True, slots=True)
class LabelLook:
    """How labels are drawn.

    Parameters
    ----------
    planes
        Where they come from.
    indices
        The plane, by axis name, in pixels of level 0 of the labels, not rounded.
    opacity, contour, only_selected
        As the traits of a view; the contour in pixels of the picture.
    selected
        Ids.
    colors
        Stored colours by id.
    """

    planes: ImagePlanes
    indices: Mapping[str, float]
    opacity: float
    contour: int
    only_selected: bool
    selected: frozenset[int]
    colors: Mapping[int, tuple[int, int, int, int]]


def fitted(planes: ImagePlanes, width: int, height: int) -> Sight:
    """Return the sight of a whole image."""
    level = planes.image.levels[0]
    y, x = planes.layout.y, planes.layout.x
    spans = [level.shape[axis] * level.scale[axis] for axis in (y, x)]
    middles = [level.translation[axis] + (level.shape[axis] - 1) / 2 * level.scale[axis] for axis in (y, x)]
    return Sight(middles[1], middles[0], min(height / spans[0], width / spans[1]), width, height)


def picture(
    planes: ImagePlanes,
    sight: Sight,
    indices: Mapping[str, int],
    channels: Sequence[ChannelLook],
    *,
    labels: Sequence[LabelLook] = (),
    level: int | None = None,
    drawn: Floats | None = None,
) -> NDArray[np.uint8]:
    """Return what is seen, (height, width, RGBA); where there is no image it is transparent.

    Parameters
    ----------
    planes
        Of the image.
    sight
        From where.
    indices
        The plane, by axis name, in pixels of level 0.
    channels
        Those that are visible; they are added.
    labels
        Those that are visible, the lowest first.
    level
        The level to draw; by zoom, as in the browser, where it is None.
    drawn
        What lies below the labels in place of the image: `omezarr_nb.viewers.composite.composed` of several.
    """
    result = _channels(planes, sight, indices, channels, level) if drawn is None else drawn
    for one in labels:
        _lay(result, one, sight)
    return np.rint(_straight(result) * 255).astype(np.uint8)


def _channels(
    planes: ImagePlanes, sight: Sight, indices: Mapping[str, int], channels: Sequence[ChannelLook], level: int | None
) -> Floats:
    """Return an image's channels, added, (height, width, RGBA)."""
    chosen = planes.image.levels[level_for(planes, sight.zoom) if level is None else level]
    added = np.zeros((sight.height, sight.width, 3), np.float32)
    for look in channels:
        at = planes.level_indices(chosen, indices)
        for rows, columns, values in sampled(planes, chosen, at, look.channel, sight):
            added[np.ix_(rows, columns)] += look.colors(values)
    result = np.zeros((sight.height, sight.width, 4), np.float32)
    result[..., :3] = np.clip(added, 0, 1)
    # As large as level 0, whichever level is drawn.
    inside = np.ix_(*(_inside(planes, planes.image.levels[0], sight)))
    alpha = np.zeros((sight.height, sight.width), np.float32)
    alpha[inside] = 1
    result[..., 3] = alpha
    result[alpha == 0] = 0
    return result


def _straight(result: Floats) -> Floats:
    """Return colours that are not multiplied by their opacity, as PNG has them."""
    alpha = result[..., 3:]
    colors = np.divide(result[..., :3], alpha, out=np.zeros_like(result[..., :3]), where=alpha > 0)
    return np.concatenate([np.clip(colors, 0, 1), alpha], axis=2)


def _lay(result: Floats, look: LabelLook, sight: Sight) -> None:
    """Lay labels over a picture whose colours are multiplied by their opacity."""
    planes = look.planes
    level = planes.image.levels[level_for(planes, sight.zoom)]
    ids = np.zeros((sight.height, sight.width), np.int64)
    at = planes.level_indices(level, look.indices)
    for rows, columns, values in sampled(planes, level, at, 0, sight):
        ids[np.ix_(rows, columns)] = signed_ids(values, planes.image.dtype)
    lay_ids(result, ids, look)


def lay_ids(result: Floats, ids: NDArray[np.int64], look: LabelLook, shade: Floats | None = None) -> None:
    """Lay labels over a picture.

    Parameters
    ----------
    result
        The picture, (rows, columns, RGBA), 0 to 1, whose colours are multiplied by their opacity; it is changed.
    ids
        The label that is seen in each pixel, (rows, columns), 0 for none; 64 unsigned bits wrap around.
    look
        How they are drawn.
    shade
        How brightly each is lit, 0 to 1; fully by default.
    """
    selected = np.isin(ids, np.array([wrapped(one) for one in look.selected], np.int64)) & (ids != 0)
    colors = label_colors(ids, {wrapped(key): rgba for key, rgba in look.colors.items()}).astype(np.float32) / 255
    if shade is not None:
        colors[..., :3] *= shade[..., np.newaxis]
    alpha = colors[..., 3]
    drawn = ids != 0
    if look.contour:
        alpha = np.sign(alpha)
        drawn &= _edges(ids, look.contour)
    if look.only_selected:
        drawn &= selected
    alpha = np.where(drawn, alpha * look.opacity, 0)[..., np.newaxis]
    over = np.concatenate([colors[..., :3] * alpha, alpha], axis=2)
    if look.opacity > 0:
        over[selected & _edges(ids, _RING)] = 1
    result *= 1 - over[..., 3:]
    result += over


def _edges(ids: NDArray[np.int64], by: int) -> NDArray[np.bool_]:
    """Return where a pixel so far away, in any of eight directions, is of another label."""
    height, width = ids.shape
    rows, columns = np.arange(height), np.arange(width)
    found = np.zeros(ids.shape, bool)
    for dy in (-by, 0, by):
        for dx in (-by, 0, by):
            there = np.ix_(np.clip(rows + dy, 0, height - 1), np.clip(columns + dx, 0, width - 1))
            found |= ids[there] != ids
    return found


def signed_ids(values: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[np.int64]:
    """Return ids that were sent bit by bit as they are stored; 64 unsigned bits wrap around."""
    if dtype.kind == "i":
        values = values.view(values.dtype.str.replace("u", "i"))
    return values.astype(np.int64)


def wrapped(value: int) -> int:
    """Return an id as a signed number of 64 bits."""
    return value - 2**64 if value >= 2**63 else value


def level_for(planes: ImagePlanes, zoom: float) -> int:
    """Return the coarsest level whose pixels are small enough in a picture, as the browser does; else the finest."""
    y, x = planes.layout.y, planes.layout.x
    finest = planes.image.levels[0]
    for level in reversed(planes.image.levels[1:]):
        sizes = [(level.scale[axis], finest.scale[axis]) for axis in (y, x)]
        # Along an axis on which no level is finer, none is fine enough either: the other one decides.
        if all(size * zoom <= _COARSEST or size <= least * (1 + 1e-9) for size, least in sizes) and (
            any(size > least for size, least in sizes) or max(level.scale[y], level.scale[x]) * zoom <= _COARSEST
        ):
            return level.index
    return 0


def _inside(planes: ImagePlanes, level: Level, sight: Sight) -> tuple[Ints, Ints]:
    """Return the rows and columns of the picture that lie on a level."""
    return tuple(  # type: ignore[return-value] # of two
        np.flatnonzero((pixels >= 0) & (pixels < level.shape[axis]))
        for axis, pixels in (
            (planes.layout.y, _pixels(level, planes.layout.y, sight.rows())),
            (planes.layout.x, _pixels(level, planes.layout.x, sight.columns())),
        )
    )


def _pixels(level: Level, axis: int, positions: NDArray[np.float64]) -> Ints:
    """Return the pixel of a level that covers each position."""
    return np.floor((positions - level.translation[axis]) / level.scale[axis] + 0.5).astype(np.intp)


def sampled(
    planes: ImagePlanes, level: Level, indices: Sequence[int], channel: int, sight: Sight
) -> Iterator[tuple[Ints, Ints, NDArray[Any]]]:
    """Give rows and columns of the picture with their values, in bands of bounded size."""
    rows, columns = _inside(planes, level, sight)
    if not rows.size or not columns.size:
        return
    y = _pixels(level, planes.layout.y, sight.rows()[rows])
    x = _pixels(level, planes.layout.x, sight.columns()[columns])
    width = int(x.max() - x.min() + 1)
    each = max(_BAND_BYTES // (width * level.dtype.itemsize), 1)
    start = 0
    while start < len(rows):
        # As many rows of the picture as lie within so many of the level, and at least one.
        stop = max(int(np.searchsorted(y, y[start] + each)), start + 1)
        band = planes.window(
            level,
            indices,
            channel,
            slice(int(y[start]), int(y[stop - 1]) + 1),
            slice(int(x.min()), int(x.max()) + 1),
        )
        yield rows[start:stop], columns, band[np.ix_(y[start:stop] - y[start], x - x.min())]
        start = stop


def size_of(planes: ImagePlanes, width: int | None, height: int | None) -> tuple[int, int]:
    """Return width and height of a picture of which one side, or none, is given: as the image is, 800 wide."""
    level = planes.image.levels[0]
    y, x = planes.layout.y, planes.layout.x
    ratio = (level.shape[y] * level.scale[y]) / (level.shape[x] * level.scale[x])
    if width is None:
        width = 800 if height is None else round(height / ratio)
    if height is None:
        height = round(width * ratio)
    return max(width, 1), max(height, 1)
