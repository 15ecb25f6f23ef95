"""The levels of a pyramid as a table, there already or planned, and their pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from omezarr_nb.display.html import Html, element
from omezarr_nb.display.parts import image_element, note, path_element, table
from omezarr_nb.display.thumbnail import Picture
from omezarr_nb.display.words import bytes_text, count, elide, pixel_size, shape_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from omezarr_nb.core.axes import Axis

__all__ = ["MAX_LEVELS", "LevelLike", "levels_table", "strip"]

MAX_LEVELS = 16


class LevelLike(Protocol):
    """A level that is there, or that is planned."""

    @property
    def path(self) -> str:
        """Of the array, within the image's group."""

    @property
    def shape(self) -> tuple[int, ...]:
        """In axis order, as all that follows."""

    @property
    def chunks(self) -> tuple[int, ...]:
        """Pixels of a chunk."""

    @property
    def shards(self) -> tuple[int, ...] | None:
        """Pixels of a shard, or None."""

    @property
    def scale(self) -> tuple[float, ...]:
        """Size of a pixel."""

    @property
    def translation(self) -> tuple[float, ...]:
        """Centre of pixel 0."""


def levels_table(axes: Sequence[Axis], levels: Sequence[LevelLike], dtypes: Sequence[np.dtype[Any]]) -> Html:
    """Return a row for each level.

    Parameters
    ----------
    axes
        Of the image.
    levels, dtypes
        From the finest, and the type of the pixels of each.
    """
    sharded = any(level.shards for level in levels)
    head = [
        "level",
        "path",
        "shape",
        "chunks",
        *(["shards"] if sharded else []),
        "pixel size",
        "type",
        "in memory",
    ]
    rows = [
        [
            index,
            path_element(level.path),
            _kept(shape_text(axes, level.shape)),
            element("span", _sizes(level.chunks), title="a chunk is the block that is read at once"),
            *([_shards(level.shards)] if sharded else []),
            element("span", _kept(pixel_size(axes, level.scale)), title=elide(_exact(level), 400)),
            elide(dtype, 24),
            bytes_text(math.prod(level.shape) * dtype.itemsize),
        ]
        for index, (level, dtype) in enumerate(zip(levels[:MAX_LEVELS], dtypes, strict=False))
    ]
    left = len(levels) - MAX_LEVELS
    more = note(f"{count(left, 'more level')}, all in .levels") if left > 0 else None
    return element("div", table(head, rows, "Levels"), more)


def strip(number: int, pictures: Mapping[int, Picture | str]) -> Html | None:
    """Return the pictures of the levels side by side, or None for a single level or where there is no picture.

    Parameters
    ----------
    number
        Of levels.
    pictures
        By level: a picture, or in words why there is none.
    """
    if number < 2 or not any(isinstance(picture, Picture) for picture in pictures.values()):
        return None
    heads, cells = [], []
    for level in range(min(number, MAX_LEVELS)):
        picture = pictures.get(level, "not read")
        shown = image_element(picture, f"level {level}") if isinstance(picture, Picture) else elide(picture, 100)
        heads.append(element("th", f"level {level}", scope="col"))
        cells.append(element("td", shown))
    rows = element("thead", element("tr", *heads)), element("tbody", element("tr", *cells))
    pair = element("table", *rows, cellpadding=4)
    label = "Pictures of the levels"
    return element("div", pair, class_="oz-scroll oz-strip", tabindex=0, role="group", aria_label=label)


def _sizes(sizes: Sequence[int]) -> str:
    return _kept(" × ".join(map(str, sizes)))


def _kept(sizes: str) -> str:
    """Return sizes of which no line of a narrow cell ends in a sign: it goes on with sign and size."""
    return sizes.replace("× ", "×\u00a0")


def _shards(shards: tuple[int, ...] | None) -> object:
    return element("span", _sizes(shards), title="a shard is a file of several chunks") if shards else "none"


def _exact(level: LevelLike) -> str:
    return f"scale {list(level.scale)!r}, translation {list(level.translation)!r}"
