"""Guesses about an array from its shape, and the order that OME-Zarr wants its axes in. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from omezarr_nb.core.axes import check_axes, parse_axes

__all__ = ["AXIS_WORDS", "AxesGuess", "axes_problems", "free_name", "guess_axes", "order_for", "reordered", "slug"]

#: What people may choose for a dimension: the names of the specification, in the order in which it wants them.
AXIS_WORDS: dict[str, str] = {"t": "t · time", "c": "c · channel", "z": "z", "y": "y", "x": "x"}

#: A dimension as short as this, beside longer ones, is taken for channels rather than planes or times.
_FEW = 5
_COLOURS = (3, 4)


@dataclass(frozen=True, slots=True)
class AxesGuess:
    """Names for the dimensions of an array, in the order of the array, and why."""

    names: tuple[str, ...]
    reason: str


def guess_axes(shape: Sequence[int], *, said: str | None = None, frames: bool = False) -> AxesGuess:
    """Guess what each dimension of an array is.

    Parameters
    ----------
    shape
        Of the array.
    said
        Letters of the dimensions as a TIFF file gives them ("TCYX", "YXS"), where it does.
    frames
        Whether the file is an animation: frames of pixels with colours.

    Examples
    --------
    >>> guess_axes((512, 512, 3)).names, guess_axes((40, 512, 512)).names
    (('y', 'x', 'c'), ('z', 'y', 'x'))
    """
    known = _said(said or "")
    if known and len(known) == len(shape) and len(set(known)) == len(known):
        return AxesGuess(known, "as the file says")
    if frames and len(shape) == 4:
        return AxesGuess(tuple("tyxc"), "an animation: frames are taken as times")
    names, why = _from_shape(tuple(shape))
    return AxesGuess(names, f"guessed from the shape{why}")


def _said(letters: str) -> tuple[str, ...]:
    """Return the file's letters as axes, or () where one means nothing here."""
    names = tuple({"S": "c"}.get(letter, letter.lower()) for letter in letters)
    return names if set(names) <= set(AXIS_WORDS) else ()


def _from_shape(shape: tuple[int, ...]) -> tuple[tuple[str, ...], str]:
    count = len(shape)
    if count < 2:
        return ("x",) * count, ""
    if 3 <= count <= 5 and shape[-1] in _COLOURS and min(shape[-3:-1]) > _FEW:
        return tuple({3: "", 4: "z", 5: "tz"}[count] + "yxc"), f": the last dimension has {shape[-1]}, as colours do"
    if count > 5:
        return ("t",) * (count - 5) + tuple("tczyx"), ""
    few = [index for index in range(count - 2) if shape[index] <= _FEW]
    first = {2: "", 3: "c" if few else "z", 5: "tcz"}.get(count) if count != 4 else _first_of_four(shape, few)
    names = tuple(f"{first}yx")
    told = count in (3, 4) and "c" in names
    return names, f": {shape[names.index('c')]} is few, as of channels" if told else ""


def _first_of_four(shape: tuple[int, ...], few: Sequence[int]) -> str:
    """Take the shorter of two short dimensions for channels; one that is 1 long tells nothing beside a longer one."""
    told = [index for index in few if shape[index] > 1] or few
    if len(told) == 2 and shape[1] < shape[0]:
        return "zc"
    return "tc" if told == [1] else "cz" if told else "tz"


def order_for(names: Sequence[str]) -> tuple[int, ...]:
    """Return which dimension comes first, second, ... in the order time, channel, z, y, x.

    Examples
    --------
    >>> order_for("yxc")
    (2, 0, 1)
    """
    rank = {name: index for index, name in enumerate(AXIS_WORDS)}
    return tuple(sorted(range(len(names)), key=lambda index: (rank.get(names[index], 1), index)))


def reordered(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names in the order time, channel, z, y, x."""
    return tuple(names[index] for index in order_for(names))


def axes_problems(names: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """Return what is wrong with axes apart from their order, in words, and whether the order is wrong."""
    found = [problem for problem in check_axes(parse_axes(list(names))) if problem.severity == "error"]
    counts = Counter(names)
    words = [
        f"{name} is chosen for {_times(count)}; each axis can be there once."
        for name, count in counts.items()
        if count > 1
    ]
    rest = [problem for problem in found if problem.rule not in ("axes-order", "axis-name-unique")]
    if not words:  # the count of axes of a type follows from a name that is there twice
        words += [_sentence(problem.message) for problem in rest]
    return tuple(words), any(problem.rule == "axes-order" for problem in found)


def _times(count: int) -> str:
    return {2: "two dimensions", 3: "three dimensions"}.get(count, f"{count} dimensions")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def slug(name: str) -> str:
    """Return a file name without what paths and shells trip over; "image" where nothing is left.

    Examples
    --------
    >>> slug("My cells (2).tif"), slug("///")
    ('My-cells-2', 'image')
    """
    stem = re.sub(r"(\.ome)?\.(tiff?|zarr)$|\.[A-Za-z0-9]{1,4}$", "", name.strip(), flags=re.IGNORECASE)
    return re.sub(r"[^\w.-]+", "-", stem).strip("-.")[:80] or "image"


def free_name(stem: str, taken: Sequence[str] | set[str] | frozenset[str]) -> str:
    """Return "<stem>.ome.zarr", or with the first number from 2 that is not taken.

    Examples
    --------
    >>> free_name("cells", {"cells.ome.zarr"})
    'cells-2.ome.zarr'
    """
    name, number = f"{stem}.ome.zarr", 2
    while name in taken:
        name, number = f"{stem}-{number}.ome.zarr", number + 1
    return name
