"""The shapes that are drawn over an image, and what their pixels amount to."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import traitlets

from omezarr_nb.core.select import level_at
from omezarr_nb.core.units import unit_symbol
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, UnsupportedError
from omezarr_nb.viewers import profile as profiles
from omezarr_nb.viewers.part import Answer, Question
from omezarr_nb.viewers.parts.channels import ChannelPart
from omezarr_nb.viewers.regions import ChannelPlane, Crop, crop_of, fitting_level, mask_of, statistics_of
from omezarr_nb.viewers.shapes import Shape, ShapeList, check_shapes, names_of, shape_of
from omezarr_nb.viewers.shapes_drawing import draw_shapes
from omezarr_nb.viewers.shapes_geometry import measure

if TYPE_CHECKING:
    import dask.array as da
    from PIL.Image import Image as PILImage

    from omezarr_nb.core.image import Level
    from omezarr_nb.viewers.snapshot import Sight

__all__ = ["ShapePart"]

#: Pixels of which the browser is told statistics: of larger areas those at a coarser level.
_MOST_PIXELS = 2**22
_MOST_CHANNELS = 32
TOOLS = ("pan", "point", "line", "rectangle", "ellipse", "polygon")

#: A shape of a view: its place in `shapes`, its name, or one that is not in the view; None for the selected one.
ShapeChoice = int | str | Mapping[str, Any] | None


class ShapePart(ChannelPart):
    """The traits ``shapes``, ``selected_shape`` and ``tool``, and what is asked of shapes."""

    settable: ClassVar[tuple[str, ...]] = ("shapes", "selected_shape")
    #: Whether shapes can be drawn in views of this kind, and if not, what else can be done.
    _without_shapes: ClassVar[str] = ""

    shapes = ShapeList().tag(sync=True)
    selected_shape = traitlets.Int(-1).tag(sync=True)
    tool = traitlets.Enum(TOOLS, "pan").tag(sync=True)

    _gone = False

    def _answers(self) -> dict[str, Answer]:
        return super()._answers() | {"profile": self._answer_profile, "statistics": self._answer_statistics}

    def _end(self) -> None:
        self._gone = True
        super()._end()

    # The traits

    @property
    def _transposed(self) -> bool:
        return self._layout.y > self._layout.x

    def _sizes(self) -> dict[str, int]:
        return {self.image.axes[axis].name: size for axis, size in self._sliders()}

    @traitlets.default("shapes")
    def _no_shapes(self) -> Any:
        return check_shapes((), {})

    @traitlets.validate("shapes")
    def _check_shapes(self, proposal: Mapping[str, Any]) -> Any:
        value = proposal["value"]
        if value and self._without_shapes:
            raise traitlets.TraitError(self._without_shapes)
        return check_shapes(value, self._sizes())

    @traitlets.validate("selected_shape")
    def _check_selected(self, proposal: Mapping[str, Any]) -> int:
        value: int = proposal["value"]
        if not -1 <= value < len(self.shapes):
            there = f"0 to {len(self.shapes) - 1}, or -1 for none" if self.shapes else "-1, for there are no shapes"
            raise traitlets.TraitError(f"there is no shape {value}: it is {there}")
        return value

    @traitlets.observe("shapes")
    def _shapes_changed(self, _change: Any) -> None:
        if self.selected_shape >= len(self.shapes):
            self.selected_shape = -1

    # What is asked of them

    def shapes_in_pixels(self, level: int = 0) -> list[dict[str, Any]]:
        """Return the shapes with their points in pixels.

        Parameters
        ----------
        level
            Whose pixels are meant; 0 is the finest, negative numbers count from the coarsest.

        Returns
        -------
        list of dict
            As `shapes`, but each point has pixel coordinates in the order of the axes, whole numbers at the centres of
            pixels. The indices of ``plane`` stay those of level 0.

        Examples
        --------
        >>> viewer.shapes_in_pixels()[0]["points"]  # doctest: +SKIP
        [(120.0, 64.5), (180.0, 130.25)]
        """
        placed = level_at(self.image, level)
        first, second = sorted((self._layout.y, self._layout.x))
        return [
            dict(one)
            | {
                "plane": dict(one["plane"]),
                "points": [
                    tuple(
                        (place - placed.translation[axis]) / placed.scale[axis]
                        for place, axis in zip(point, (first, second), strict=True)
                    )
                    for point in one["points"]
                ],
            }
            for one in self.shapes
        ]

    def crop(self, shape: ShapeChoice = None, level: int = 0, *, whole: bool = True) -> Crop:
        """Return the pixels in the rectangle around a shape, lazily.

        They are those whose centres lie within; of those on its very edge the upper and left ones. A point, and a shape
        that is smaller than a pixel, has the pixel in its middle. What is off the image is left out.

        Parameters
        ----------
        shape
            Its place in `shapes`, its name, or a shape that is not in the view; by default the selected one, or the
            only one.
        level
            0 is the finest; negative numbers count from the coarsest.
        whole
            Whether all planes are in it. If not, of each axis with a slider there is one: that which the shape belongs
            to, else that on screen. All channels are there in any case.

        Returns
        -------
        Crop
            ``.array`` is a dask array with all axes of the image; ``.translation`` and ``.scale`` say where it lies,
            ``.slices`` which part of the level it is. No pixels are read.

        Raises
        ------
        InvalidArgumentError
            When there is no such shape or level, or the shape lies outside the image.
        UnsupportedError
            In a view of a plate.

        Examples
        --------
        >>> crop = viewer.crop("nucleus 1", level=1)  # doctest: +SKIP
        >>> crop.array, crop.translation  # doctest: +SKIP
        """
        chosen, placed = self._shape(shape), level_at(self.image, level)
        indices = None if whole else self._shape_plane(chosen, placed)
        return crop_of(chosen, placed, self._layout, indices)

    def mask(self, shape: ShapeChoice = None, level: int = 0) -> da.Array:
        """Return which pixels of a crop lie in its shape, lazily.

        Parameters
        ----------
        shape, level
            As for `crop`.

        Returns
        -------
        dask.array.Array
            Bool, 2-D, along the axes that are drawn in their order, (y, x) as a rule: as large as
            ``crop(shape, level)`` there. A pixel is in when its centre is; all of a rectangle's are.

        Raises
        ------
        InvalidArgumentError
            As for `crop`, and for a line.

        Examples
        --------
        >>> viewer.crop(0).array[..., viewer.mask(0).compute()]  # doctest: +SKIP
        """
        chosen, placed = self._area(shape), level_at(self.image, level)
        return mask_of(chosen, placed, self._layout, crop_of(chosen, placed, self._layout, None))

    def profile(self, shape: ShapeChoice = None, level: int | None = None) -> dict[str, np.ndarray[Any, Any]]:
        """Return the values along a line in the visible channels of the image.

        They are taken about one pixel apart and interpolated linearly between the centres of the four pixels around, on
        the plane that the line belongs to, else on that on screen.

        Parameters
        ----------
        shape
            As for `crop`; a line, with any number of corners.
        level
            0 is the finest; by default the finest at which the line is at most 2048 pixels long.

        Returns
        -------
        dict of str to numpy.ndarray
            Columns of the same length, float64: "distance" from the beginning and the positions along both axes, in
            their units, then the values by the label of their channel; nan outside the image. As it is it makes a
            table: ``pandas.DataFrame(viewer.profile())``.

        Raises
        ------
        InvalidArgumentError
            As for `crop`, and for a shape that is no line.

        Examples
        --------
        >>> table = viewer.profile()  # doctest: +SKIP
        >>> plt.plot(table["distance"], table["DAPI"])  # doctest: +SKIP
        """
        chosen = self._line(shape)
        fitting = profiles.fitting_level(self._planes, chosen.points)
        placed = fitting if level is None else level_at(self.image, level)
        samples = profiles.sample_line(chosen.points, placed, self._layout.y, self._layout.x)
        indices = self._shape_plane(chosen, placed)
        table = {"distance": samples.distance}
        places = {self._layout.y: samples.y, self._layout.x: samples.x}
        for axis in sorted(places):
            table[self.image.axes[axis].name] = places[axis]
        for index, channel in enumerate(self._planes.channels):
            if self.visible[index]:
                name = _free(channel.label, table)
                table[name] = profiles.values_along(ChannelPlane(self._planes, placed, indices, index), samples)
        return table

    def measurements(self) -> list[dict[str, Any]]:
        """Return what can be measured of each shape.

        Returns
        -------
        list of dict
            For each shape its name and type; length, perimeter and area (None where it has nothing of the kind) with
            their unit; and of a line of two points the angle from the x axis in degrees, above 0 counterclockwise, of
            one of three points that between its arms. Rows of a table: ``pandas.DataFrame(viewer.measurements())``.
            Where the axes have no unit it is in pixels of level 0 ("px"); where they have different ones there are no
            lengths, and the unit is None.

        Examples
        --------
        >>> viewer.measurements()[0]["area"]  # doctest: +SKIP
        41.5
        """
        rows = []
        y, x = self._layout.y, self._layout.x
        first, second = (self.image.axes[axis].unit for axis in (y, x))
        scale = (1.0, 1.0) if first else tuple(self.image.levels[0].scale[axis] for axis in (y, x))
        unit = None if first != second else unit_symbol(first) if first else "px"
        for one in self.shapes:
            shape = self._placed(one)
            points = [(down / scale[0], across / scale[1]) for down, across in shape.points]
            found = dataclasses.asdict(measure(shape.kind, points))
            if first != second:
                found = dict.fromkeys(found)
            rows.append({"name": shape.name, "type": shape.kind} | found | {"unit": unit})
        return rows

    def statistics(self, shape: ShapeChoice = None, level: int = 0) -> list[dict[str, Any]]:
        """Return what the pixels of a shape amount to, for each channel, on one plane.

        Parameters
        ----------
        shape, level
            As for `crop`; an area or a point. The plane is that which it belongs to, else that on screen.

        Returns
        -------
        list of dict
            For each channel its label and count (of pixels whose centre lies within; those that are not a number are
            left out), sum, mean, std (of these pixels: divided by their count), min and max. Rows of a table.

        Raises
        ------
        InvalidArgumentError
            As for `mask`.

        Notes
        -----
        Pixels are read block by block, 1024 by 1024 at a time.

        Examples
        --------
        >>> viewer.statistics("nucleus 1")[0]["mean"]  # doctest: +SKIP
        812.4
        """
        chosen, placed = self._area(shape), level_at(self.image, level)
        return self._statistics(chosen, placed, range(len(self._planes.channels)))

    def _statistics(self, shape: Shape, level: Level, channels: Any) -> list[dict[str, Any]]:
        indices = self._shape_plane(shape, level)
        rows = []
        for channel in channels:
            plane = ChannelPlane(self._planes, level, indices, channel)
            found = statistics_of(plane, shape, lambda: self._gone)
            rows.append({"channel": self._planes.channels[channel].label} | dataclasses.asdict(found))
        return rows

    # Choosing

    def _placed(self, value: Mapping[str, Any]) -> Shape:
        return shape_of(value, transposed=self._transposed)

    def _shape(self, choice: ShapeChoice) -> Shape:
        if self._without_shapes:
            raise UnsupportedError("This view has no shapes.", do=self._without_shapes)
        if isinstance(choice, Mapping):
            return self._placed(_checked(choice, self._sizes()))
        shapes = self.shapes
        there = names_of(shapes) or "none"
        if choice is None:
            choice = 0 if len(shapes) == 1 else self.selected_shape
            if choice == -1:
                raise InvalidArgumentError(
                    "No shape is selected.", expected=there, do="Select one in the view, or pass its name."
                )
        if isinstance(choice, str):
            found = [one for one in shapes if one["name"] == choice]
            if len(found) != 1:
                what = "Several shapes have this name." if found else "There is no shape of this name."
                raise InvalidArgumentError(what, found=choice, expected=there)
            return self._placed(found[0])
        if isinstance(choice, bool) or not hasattr(choice, "__index__"):
            raise ArgumentTypeError("A shape is given by its place, by its name, or as a mapping.", found=choice)
        try:
            return self._placed(shapes[choice])
        except IndexError:
            raise InvalidArgumentError("There is no such shape.", found=choice, expected=there) from None

    def _line(self, choice: ShapeChoice) -> Shape:
        chosen = self._shape(choice)
        if chosen.kind != "line":
            raise InvalidArgumentError("A profile is that of a line.", where=chosen.name, found=chosen.kind)
        return chosen

    def _area(self, choice: ShapeChoice) -> Shape:
        chosen = self._shape(choice)
        if chosen.kind == "line":
            raise InvalidArgumentError(
                "A line has no area.", where=chosen.name, do="Its values are those of viewer.profile()."
            )
        return chosen

    def _shape_plane(self, shape: Shape, level: Level) -> tuple[int, ...]:
        """Return the plane of a shape in a level: its own, else that on screen."""
        return self._planes.level_indices(level, dict(self.indices) | dict(shape.plane))

    # What the browser asks

    def _asked(self, question: Question) -> tuple[Shape, dict[str, int], list[int]]:
        """Return shape, plane and channels of a question."""
        if self._without_shapes:
            raise UnsupportedError("This view has no shapes.")
        shape, indices, channels = (question.get(key) for key in ("shape", "indices", "channels"))
        if not isinstance(shape, Mapping):
            raise InvalidArgumentError("The message has no usable 'shape'.", found=shape)
        sizes = self._sizes()
        if not isinstance(indices, Mapping) or not all(
            name in sizes and _is_index(index) and index < sizes[name] for name, index in indices.items()
        ):
            raise InvalidArgumentError("The message has no usable 'indices'.", found=indices)
        count = len(self._planes.channels)
        if not isinstance(channels, list) or not all(_is_index(one) for one in channels):
            raise InvalidArgumentError("The message has no usable 'channels'.", found=channels)
        found = self._placed(_checked(shape, sizes))
        # Those of other images that lie over this one are left out.
        own = [one for one in channels if one < count][:_MOST_CHANNELS]
        return found, dict(indices) | dict(found.plane), own

    def _answer_profile(self, question: Question) -> tuple[dict[str, Any], list[bytes]]:
        shape, plane, channels = self._asked(question)
        if shape.kind != "line":
            raise InvalidArgumentError("A profile is that of a line.", found=shape.kind)
        level = profiles.fitting_level(self._planes, shape.points)
        samples = profiles.sample_line(shape.points, level, self._layout.y, self._layout.x, profiles.MOST_SAMPLES)
        indices = self._planes.level_indices(level, plane)
        columns = [samples.distance, samples.y, samples.x]
        columns += [
            profiles.values_along(ChannelPlane(self._planes, level, indices, channel), samples, lambda: self._gone)
            for channel in channels
        ]
        buffers = [column.astype("<f8").tobytes() for column in columns]
        return {"kind": "profile", "level": level.index, "channels": channels}, buffers

    def _answer_statistics(self, question: Question) -> tuple[dict[str, Any], list[bytes]]:
        shape, plane, channels = self._asked(question)
        if shape.kind == "line":
            raise InvalidArgumentError("A line has no area.")
        level = self.image.levels[fitting_level(self._planes, shape, _MOST_PIXELS)]
        rows = self._statistics(dataclasses.replace(shape, plane=plane), level, channels)
        finite = [{key: _or_none(value) for key, value in row.items()} for row in rows]
        return {"kind": "statistics", "level": level.index, "rows": finite}, []

    def _draw_over(self, picture: PILImage, sight: Sight) -> None:
        """Draw the shapes of the plane on screen over a picture."""
        super()._draw_over(picture, sight)
        placed = [self._placed(one) for one in self.shapes]
        there = [one for one in placed if all(self.indices.get(name) == index for name, index in one.plane.items())]
        draw_shapes(picture, sight, there)


def _checked(value: Mapping[str, Any], sizes: Mapping[str, int]) -> Mapping[str, Any]:
    try:
        return check_shapes([value], sizes)[0]
    except traitlets.TraitError as error:
        raise InvalidArgumentError(f"This is no shape: {error}.") from None


def _or_none(value: Any) -> Any:
    """Return None for what is no number, or infinite, and so has no place in JSON."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _is_index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _free(label: str, taken: Mapping[str, Any]) -> str:
    """Return a name for a column that no other has."""
    name, number = label, 2
    while name in taken:
        name, number = f"{label} ({number})", number + 1
    return name
