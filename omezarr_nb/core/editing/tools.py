"""The tools of an editor as methods: each makes a stroke and paints it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.editing.strokes import (
    Brush,
    Fill,
    Interpolate,
    Point,
    Polygon,
    Replace,
    Split,
    Stroke,
    as_id,
    as_indices,
    as_points,
    as_size,
)
from omezarr_nb.errors import InvalidArgumentError

if TYPE_CHECKING:
    from omezarr_nb.core.editing.layers import Layers
    from omezarr_nb.core.editing.state import Edited

__all__ = ["Tools"]


class Tools:
    """The part of `LabelEditor` that paints.

    Positions are (y, x) in pixels of level 0, whole numbers at the pixels' centres. `indices` name the plane, one index
    for each axis but y and x, such as ``z=12``; an axis of one pixel may be left out. Each tool returns what has
    changed, or None where nothing has, and raises as `LabelEditor.apply` does.
    """

    if TYPE_CHECKING:

        @property
        def layers(self) -> Layers:
            """As in `LabelEditor`."""

        def apply(self, stroke: Stroke) -> Edited | None:
            """As in `LabelEditor`."""

    def paint(
        self,
        points: Sequence[Point],
        label: int,
        size: float = 1.0,
        *,
        only: int | None = None,
        depth: bool = False,
        **indices: int,
    ) -> Edited | None:
        """Draw a round brush along a line.

        Parameters
        ----------
        points
            Of the line, one or more.
        label
            The id; 0 takes away what is there.
        size
            Diameter in pixels.
        only
            Paint on pixels of this id alone; 0 leaves other labels as they are.
        depth
            Paint a ball: also in the planes beside, along z.
        **indices
            The plane.

        Returns
        -------
        Edited or None

        Raises
        ------
        InvalidArgumentError, ArgumentTypeError
            When no such pixels are there, or the id does not fit the type of the labels.
        UnsupportedError
            When it would cover too many pixels at once.

        Examples
        --------
        >>> import numpy as np, omezarr_nb
        >>> image = omezarr_nb.write_image(np.zeros((64, 64), "u1"), "memory://brush.ome.zarr", levels=2)
        >>> with omezarr_nb.edit_labels(image, "cells", create=True) as editor:
        ...     done = editor.paint([(10, 10), (10, 20)], 3, 5)
        >>> done.pixels, int(image.labels["cells"].levels[1].zarr[5, 7])
        (71, 3)
        """
        stroke = Brush(as_points(points), as_size(size), as_id(label), as_indices(indices), _maybe(only), depth)
        return self.apply(stroke)

    def erase(
        self,
        points: Sequence[Point],
        size: float = 1.0,
        *,
        only: int | None = None,
        depth: bool = False,
        **indices: int,
    ) -> Edited | None:
        """Take labels away along a line.

        Parameters
        ----------
        points, size, depth
            As for `paint`.
        only
            Take away this label alone.
        **indices
            The plane.
        """
        return self.apply(Brush(as_points(points), as_size(size), 0, as_indices(indices), _maybe(only), depth))

    def polygon(self, points: Sequence[Point], label: int, *, only: int | None = None, **indices: int) -> Edited | None:
        """Paint all pixels whose centres lie in a polygon, or in what a lasso encloses.

        Parameters
        ----------
        points
            Its corners, three or more; the last is joined to the first. What it encloses twice is outside.
        label, only
            As for `paint`.
        **indices
            The plane.
        """
        return self.apply(Polygon(as_points(points, least=3), as_id(label), as_indices(indices), _maybe(only)))

    def fill(self, point: Point, label: int, *, depth: bool = False, **indices: int) -> Edited | None:
        """Give an id to what is connected with a pixel and of the same id.

        Parameters
        ----------
        point
            In the pixel.
        label
            The id; 0 takes away what is there.
        depth
            Go on into the planes beside, along z.
        **indices
            The plane.
        """
        return self.apply(Fill(as_points([point])[0], as_id(label), as_indices(indices), depth))

    def merge(self, ids: Sequence[int], label: int | None = None) -> Edited | None:
        """Make one label of several, wherever their pixels are.

        Parameters
        ----------
        ids
            Of the labels.
        label
            The id that all of them get; the first of `ids` by default.
        """
        if not ids:
            raise InvalidArgumentError("Name the labels to merge.", where="ids", found=ids)
        numbers = tuple(as_id(number, "ids") for number in ids)
        return self.apply(Replace(numbers, numbers[0] if label is None else as_id(label)))

    def delete(self, *ids: int) -> Edited | None:
        """Take labels away, wherever their pixels are.

        Parameters
        ----------
        *ids
            Of the labels; without any nothing happens.
        """
        return self.apply(Replace(tuple(as_id(number, "ids") for number in ids), 0)) if ids else None

    def split(self, points: Sequence[Point], *, depth: bool = False, **indices: int) -> Edited | None:
        """Cut the label under a line along it: the largest part keeps the id, the others get free ones.

        Parameters
        ----------
        points
            Of the line, two or more, from outside of the label to outside.
        depth
            Cut the planes beside as well, along z.
        **indices
            The plane.
        """
        return self.apply(Split(as_points(points, least=2), as_indices(indices), depth))

    def interpolate(self, label: int, axis: str = "z", **indices: int) -> Edited | None:
        """Paint a label in the planes between the two nearest ones that have it.

        Parameters
        ----------
        label
            The id.
        axis
            Along which the planes follow on one another.
        **indices
            One of these planes, or one between them.
        """
        return self.apply(Interpolate(as_id(label), as_indices(indices), axis))

    def pick(self, point: Point, **indices: int) -> int:
        """Return the id of the pixel in which a place lies; 0 for none.

        Parameters
        ----------
        point
            In the pixel.
        **indices
            The plane.
        """
        from omezarr_nb.core.editing.draw import pixel_of

        pixel = pixel_of(as_points([point])[0], as_indices(indices), self.layers)
        return int(self.layers.read(tuple(slice(p, p + 1) for p in pixel)).flat[0])

    def next_id(self) -> int:
        """Return an id that no pixel has; level 0 is looked through when this is called first."""
        return self.layers.next_id()


def _maybe(only: Any) -> int | None:
    return None if only is None else as_id(only, "only")
