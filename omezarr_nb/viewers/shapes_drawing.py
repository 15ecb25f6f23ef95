"""Shapes in a picture that the kernel makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from omezarr_nb.viewers.shapes import Shape
from omezarr_nb.viewers.shapes_geometry import outline

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage

    from omezarr_nb.viewers.snapshot import Sight

__all__ = ["draw_shapes"]

#: Widths in pixels, as in the browser: of the dark rim, and of the line on it.
_RIM = 4
_LINE = 2
_DARK = "#000000"
#: Half the width of the cross of a point, in pixels.
_CROSS = 6
#: Pixels beyond the picture at which a line is cut off: so far away nothing is seen of it.
_FAR = 1e6


def draw_shapes(picture: PILImage, sight: Sight, shapes: Sequence[Shape]) -> None:
    """Draw shapes over a picture, in their colours on a dark rim; the picture is changed.

    Parameters
    ----------
    picture
        RGBA.
    sight
        From where it is seen.
    shapes
        Those that are seen, the lowest first.
    """
    from PIL import ImageDraw

    draw = ImageDraw.Draw(picture)
    for shape in shapes:
        lines = [[_seen(point, sight) for point in line] for line in _lines(shape, sight.zoom)]
        for color, width in ((_DARK, _RIM), (shape.color, _LINE)):
            for line in lines:
                draw.line(line, fill=color, width=width, joint="curve")


def _lines(shape: Shape, zoom: float) -> list[list[tuple[float, float]]]:
    if shape.kind == "point":
        ((y, x),) = shape.points
        reach = _CROSS / zoom
        return [[(y - reach, x), (y + reach, x)], [(y, x - reach), (y, x + reach)]]
    corners, closed = outline(shape.kind, shape.points)
    return [[*corners, corners[0]] if closed else list(corners)]


def _seen(point: tuple[float, float], sight: Sight) -> tuple[float, float]:
    """Return where a place (y, x) lies in the picture, as (x, y): 0.5 is the middle of the first pixel."""
    y, x = point
    across = (x - sight.x) * sight.zoom + sight.width / 2 - 0.5
    down = (y - sight.y) * sight.zoom + sight.height / 2 - 0.5
    return min(max(across, -_FAR), _FAR), min(max(down, -_FAR), _FAR)
