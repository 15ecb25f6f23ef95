"""The pictures of an image's repr, each there or replaced by words that say why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from omezarr_nb.core.image import Image, LabelImage
from omezarr_nb.core.units import convert_factor
from omezarr_nb.display.contents import Contents
from omezarr_nb.display.reads import MAX_BYTES, Pixels, Plane, ReadPlan, displayed_axes, plan_reads, read_planes
from omezarr_nb.display.thumbnail import Picture, composite_picture, contrast, fit_box, labels_picture
from omezarr_nb.display.words import bytes_text, count, elide, listing, quantity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from omezarr_nb.core.image import Level
    from omezarr_nb.core.metadata import Channel

__all__ = ["MAX_CHANNELS", "Pictures", "make_pictures", "make_thumbnail"]

MAX_CHANNELS = 8  # that get a picture of their own
_BOX = 224  # CSS pixels
_LEVEL_BOX = 88
_CHANNEL_BOX = (64, 44)  # up to three channels, and more
_BYTES = 70_000  # of all files together: a third more as text in the page
_LEVELS_BYTES = 12_000
_CHANNELS_BYTES = 26_000

Limits = Mapping[int, tuple[float, float, bool]]


@dataclass(frozen=True, slots=True)
class Pictures:
    """What there is to see.

    Parameters
    ----------
    main
        The image: its channels added up, or its labels; in words why there is none.
    caption
        What `main` shows.
    notes
        What a person should know about it: sentences.
    channels, levels
        By index: a picture, or in words why there is none. Levels and channels that are not shown are not in it.
    limits
        Limits of contrast of the channels in the pictures, and whether they are stored.
    """

    main: Picture | str
    caption: str = ""
    notes: tuple[str, ...] = ()
    channels: Mapping[int, Picture | str] = field(default_factory=dict)
    levels: Mapping[int, Picture | str] = field(default_factory=dict)
    limits: Limits = field(default_factory=dict)


def make_pictures(image: Image, contents: Contents) -> Pictures:
    """Read a few pixels of an image and make its pictures; nothing raises for what cannot be read."""
    levels, axes, channel_axis = contents.levels, image.axes, image.channel_axis
    channels = contents.channels
    if not levels:
        return Pictures("No picture: there is no level to read.")
    shown = shown_channels(channels)
    composite = [index for index in shown if channels[index].active] or shown[:1]
    if isinstance(image, LabelImage):
        shown = composite = [0]
    plan = plan_reads(levels, axes, channel_axis, channels=shown, composite=composite, defaults=contents.defaults)
    if plan.picture is None:
        return Pictures(_no_picture(levels, plan), levels=plan.reasons)
    pixels = read_planes(plan, levels, axes, channel_axis)
    painter = _Painter(image, contents, plan, pixels, composite)
    if not painter.order:
        return Pictures(f"No picture. {' '.join(painter.failures)}", levels=painter.levels(plan))
    best, channel_pictures, level_pictures = painter.order[0], painter.channels(shown), painter.levels(plan)
    others = (*channel_pictures.values(), *level_pictures.values())
    left = _BYTES - sum(len(picture.png) for picture in others if isinstance(picture, Picture))
    return Pictures(
        painter.picture(best, composite, _BOX, left),
        _caption(image, best, len([index for index in composite if painter.has(best, index)])),
        (*painter.failures, *painter.notes(plan.picture)),
        channel_pictures,
        level_pictures,
        painter.limits,
    )


def make_thumbnail(
    image: Image, contents: Contents, *, box: int, max_bytes: int, max_chunks: int, max_png: int
) -> Picture | str:
    """Read a few pixels of one of several images, and return a small picture, or in words why there is none.

    Parameters
    ----------
    image, contents
        The image, and what is known of it.
    box
        CSS pixels along the longer side.
    max_bytes, max_chunks
        How much is read at most, as in `plan_reads`; not even a single chunk may hold more.
    max_png
        Bytes of the picture at most.
    """
    levels, axes, channel_axis = contents.levels, image.axes, image.channel_axis
    if not levels:
        return contents.missing or "no level"
    shown = [0] if isinstance(image, LabelImage) else shown_channels(contents.channels)
    composite = [index for index in shown if contents.channels[index].active] or shown[:1]
    plan = plan_reads(
        levels,
        axes,
        channel_axis,
        channels=composite,
        composite=composite,
        defaults=contents.defaults,
        max_bytes=max_bytes,
        max_chunks=max_chunks,
    )
    if plan.picture is None or plan.picture.nbytes > max_bytes:
        return "no picture: more than is read here"
    plan = ReadPlan(plan.picture, {plan.picture.level: plan.picture})
    painter = _Painter(image, contents, plan, read_planes(plan, levels, axes, channel_axis), composite)
    if not painter.order:
        return " ".join(painter.failures) or "not read"
    return painter.picture(painter.order[0], composite, box, max_png)


def shown_channels(channels: Sequence[Channel]) -> list[int]:
    """Return the indices of the channels that get pictures, in order: those that are active come first."""
    ranked = sorted(range(len(channels)), key=lambda index: not channels[index].active)
    return sorted(ranked[:MAX_CHANNELS])


class _Painter:
    """Makes pictures of the pixels that were read, all with the same limits of contrast."""

    def __init__(
        self,
        image: Image,
        contents: Contents,
        plan: ReadPlan,
        pixels: Mapping[int, Pixels],
        composite: Sequence[int],
    ) -> None:
        self._image = image
        self._levels = contents.levels
        self._all = contents.channels
        self._pixels = pixels
        self._composite = composite
        wanted = plan.picture.level if plan.picture else 0
        nearest = sorted(plan.levels.values(), key=lambda plane: abs(plane.level - wanted))
        #: Planes of which the picture can be made, the planned one first.
        self.order = [plane for plane in nearest if any(self.has(plane, index) for index in composite)]
        self.failures = self._failures(wanted)
        self.limits: dict[int, tuple[float, float, bool]] = {}
        for plane in nearest if not isinstance(image, LabelImage) else ():
            for index, values in pixels[plane.level].items():
                if not isinstance(values, str) and index not in self.limits:
                    self.limits[index] = contrast(values, self._all[index].window)

    def _failures(self, level: int) -> tuple[str, ...]:
        """Return in a sentence what of the picture's own level could not be read."""
        found = self._pixels[level]
        broken = [index for index, values in found.items() if isinstance(values, str)]
        if not broken:
            return ()
        names = listing([f'"{elide(self._all[index].label, 30)}"' for index in broken[:4]])
        what = f"Level {level}" if len(broken) == len(found) else f"Of level {level}, {names}"
        return (f"{what} could not be read: {_words(found)[0]}",)

    def has(self, plane: Plane, channel: int) -> bool:
        """Return whether a channel of a plane could be read."""
        return isinstance(self._pixels[plane.level].get(channel), np.ndarray)

    def picture(self, plane: Plane, indices: Sequence[int], box: int, max_bytes: int) -> Picture | str:
        """Return the channels of a plane that could be read as one picture, else why there is none."""
        level = self._levels[plane.level]
        read = {index: self._pixels[plane.level].get(index) for index in indices}
        good: dict[int, NDArray[Any]] = {k: values for k, values in read.items() if isinstance(values, np.ndarray)}
        if not good:
            words = _words(read)
            return f"could not be read: {words[0]}" if words else "not read"
        first = next(iter(good.values()))
        size = fit_box(*_extent(self._image, level, first.shape), box)
        if isinstance(self._image, LabelImage):
            return labels_picture(first, self._image.image_label, size, max_bytes)
        layers = [(values, self._all[index].color, self.limits[index][:2]) for index, values in good.items()]
        return composite_picture(layers, size, max_bytes)

    def channels(self, shown: Sequence[int]) -> dict[int, Picture | str]:
        """Return a picture for each channel, where there are several."""
        if len(self._all) == 1 or isinstance(self._image, LabelImage):
            return {}
        box = _CHANNEL_BOX[len(shown) > 3]
        found = {}
        for index in shown:
            plane = next((plane for plane in self.order if self.has(plane, index)), self.order[0])
            found[index] = self.picture(plane, [index], box, _CHANNELS_BYTES // len(shown))
        return found

    def levels(self, plan: ReadPlan) -> dict[int, Picture | str]:
        """Return a picture for each level, smaller for those of fewer pixels."""
        levels = self._levels
        axes = displayed_axes(self._image.axes)
        finest = max(levels[0].shape[axis] for axis in axes)
        found: dict[int, Picture | str] = dict(plan.reasons)
        for index, plane in plan.levels.items():
            part = max(levels[index].shape[axis] for axis in axes) / finest
            box = max(24, round(_LEVEL_BOX * min(part, 1) ** 0.5))
            found[index] = self.picture(plane, self._composite, box, _LEVELS_BYTES // len(plan.levels))
        return found

    def notes(self, plane: Plane) -> tuple[str, ...]:
        """Return what is not as a person would expect it."""
        notes = []
        dark = [
            f'"{elide(self._all[index].label, 40)}"'
            for index, (_, _, stored) in self.limits.items()
            if self._all[index].window is not None and not stored
        ]
        if dark:
            notes.append(
                f"The stored window of {listing(dark[:4])} would show nothing; contrast is taken from the pixels."
            )
        missing = [index for index in self._composite if index not in self._pixels[plane.level]]
        if missing:
            notes.append(
                f"{count(len(missing), 'channel')} not read: at most {bytes_text(MAX_BYTES)} of pixels are read."
            )
        if plane.cropped:
            rows, columns = ((part.start, part.stop) for part in plane.window)
            notes.append(
                f"Only the middle is shown (rows {rows[0]} to {rows[1]}, columns {columns[0]} to {columns[1]}): "
                f"at most {bytes_text(MAX_BYTES)} of pixels are read."
            )
        return tuple(notes)


def _words(pixels: Mapping[int, NDArray[Any] | str | None]) -> list[str]:
    """Return why channels could not be read."""
    return [words for words in pixels.values() if isinstance(words, str)]


def _extent(image: Image, level: Level, shape: tuple[int, ...]) -> tuple[float, float]:
    """Return height and width of pixels in one unit, or in pixels where their sizes cannot be compared."""
    rows, columns = displayed_axes(image.axes)
    factor = convert_factor(image.axes[rows].unit, image.axes[columns].unit)
    height, width = shape[0] * abs(level.scale[rows]) * factor, shape[1] * abs(level.scale[columns])
    return (height, width) if 0 < height < float("inf") and 0 < width < float("inf") else (shape[0], shape[1])


def _caption(image: Image, plane: Plane, channels: int) -> str:
    level = image.levels[plane.level]
    rows, columns = displayed_axes(image.axes)
    places = [
        f"{elide(axis.name, 16)}\u00a0=\u00a0{plane.fixed[index]}" + _position(image, level, index, plane.fixed[index])
        for index, axis in enumerate(image.axes)
        if index not in (rows, columns, image.channel_axis) and level.shape[index] > 1
    ]
    what = "labels" if isinstance(image, LabelImage) else f"{channels} channels" if channels > 1 else "image"
    return ", ".join([what, f"level {plane.level}", *places])


def _position(image: Image, level: Level, index: int, pixel: int) -> str:
    axis = image.axes[index]
    return f"\u00a0({quantity(level.translation[index] + pixel * level.scale[index], axis)})" if axis.unit else ""


def _no_picture(levels: Sequence[Level], plan: ReadPlan) -> str:
    drawable = [level for level in levels if level.dtype.kind in "buif"]
    if not drawable:
        return f"No picture: {plan.reasons[levels[0].index]}."
    return (
        "No picture: a chunk is the block that is read at once, and one chunk of any level holds more than the "
        f"{bytes_text(MAX_BYTES)} of pixels that are read here. image.view() reads what it needs."
    )
