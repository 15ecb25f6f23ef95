"""How numbers and names are written for people."""

from __future__ import annotations

import math
from collections.abc import Sequence

from omezarr_nb.core.axes import Axis, axis_names, spatial_axes
from omezarr_nb.core.opened import Opened
from omezarr_nb.core.units import format_quantity, unit_symbol
from omezarr_nb.display.html import clean

__all__ = [
    "bytes_text",
    "count",
    "duration",
    "elide",
    "listing",
    "number",
    "pixel_size",
    "reason",
    "shape_text",
    "short_axes",
    "unit_notes",
    "version_word",
]

_STEP = 1000
_BYTE_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")
_TITLE_LIMIT = 2000
_EASY = (0.01, 1000)


def bytes_text(nbytes: float) -> str:
    r"""Return a number of bytes with three digits: "454 kB", "1.2 GB".

    Examples
    --------
    >>> bytes_text(0), bytes_text(465124), bytes_text(1.2e9)
    ('0\u2009bytes', '465\u2009kB', '1.2\u2009GB')
    """
    value, unit = float(nbytes), 0
    while value >= _STEP - 0.5 and unit < len(_BYTE_UNITS) - 1:
        value, unit = value / _STEP, unit + 1
    text = f"{value:.0f}" if unit == 0 or value >= 100 else f"{value:.3g}"
    return f"{text}\u2009{_BYTE_UNITS[unit]}"


def number(value: float) -> str:
    r"""Return a pixel value or a count: whole numbers with thin spaces between thousands, others with four digits.

    Examples
    --------
    >>> number(1500.0), number(0.25), number(65535)
    ('1500', '0.25', '65\u2009535')
    """
    if not math.isfinite(value):
        return str(value)
    if value != int(value) or abs(value) >= 1e15:
        return f"{value:.4g}"
    text = f"{int(value):,}".replace(",", "\u2009")
    return text.replace("\u2009", "") if abs(value) < 10_000 else text


def count(amount: int, noun: str, plural: str | None = None) -> str:
    """Return "1 level", "3 levels"."""
    return f"{number(amount)} {noun if amount == 1 else plural or noun + 's'}"


def listing(words: Sequence[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def duration(seconds: float) -> str:
    """Return a time as people say it: "5 s", "3 min", "2 h 10 min"."""
    if seconds < 90:
        return f"{max(1, round(seconds))}\u2009s"
    minutes = round(seconds / 60)
    return f"{minutes}\u2009min" if minutes < 90 else f"{minutes // 60}\u2009h {minutes % 60}\u2009min"


def elide(text: object, limit: int = 60) -> str:
    """Return text in one line, its middle left out where it is longer than `limit` characters.

    Examples
    --------
    >>> elide("/data/a/very/long/path/image.zarr", 17)
    '/data/a/…age.zarr'
    """
    whole = str(text)
    if len(whole) > 4 * limit:  # a name may be as long as a file: nothing is done to all of it
        whole = f"{whole[: 2 * limit]}…{whole[-2 * limit :]}"
    whole = " ".join(clean(whole).split())
    if len(whole) <= limit:
        return whole
    head = (limit - 1) // 2
    return f"{whole[:head]}…{whole[len(whole) - (limit - 1 - head) :]}"


def full(text: object, shown: str) -> str | None:
    """Return the whole of a text for its tooltip, or None where `shown` is all of it; bounded itself."""
    return None if str(text) == shown else elide(text, _TITLE_LIMIT)


def reason(error: BaseException, limit: int = 240) -> str:
    """Return an error in words: its message, or its kind where it has none."""
    return elide(str(error) or type(error).__name__, limit)


def shape_text(axes: Sequence[Axis], shape: Sequence[int]) -> str:
    """Return "t 3 × y 682 × x 682": a size for each axis."""
    return " × ".join(f"{elide(axis.name, 16)}\u00a0{size}" for axis, size in zip(axes, shape, strict=True))


def short_axes(axes: Sequence[Axis]) -> str:
    """Return "czyx", or names with spaces where one has more than a letter."""
    names = [elide(name, 16) for name in axis_names(axes)]
    return ("" if all(len(name) == 1 for name in names) else " ").join(names)


def pixel_size(axes: Sequence[Axis], scale: Sequence[float]) -> str:
    r"""Return the size of a pixel along the axes of space, with one unit where it is the same for all.

    Examples
    --------
    >>> axes = (Axis("z", "space", "micrometer"), Axis("x", "space", "micrometer"))
    >>> pixel_size(axes, (2.0, 0.65))
    'z\xa02 × x\xa00.65\u2009µm'
    """
    indices = spatial_axes(axes) or range(len(axes))
    parts = [(axes[index].name, *_split(scale[index], axes[index])) for index in indices]
    common = len({symbol for _, _, symbol in parts}) == 1
    texts = [f"{elide(name, 16)}\u00a0{value}{'' if common else symbol}" for name, value, symbol in parts]
    return " × ".join(texts) + (parts[0][2] if common and parts else "")


def unit_notes(axes: Sequence[Axis]) -> tuple[str, ...]:
    """Return a sentence for the axes of space, and one for those of time, that have no unit."""
    notes = []
    for kind, shown in (("space", "pixels"), ("time", "frames")):
        names = [f'"{elide(axis.name, 16)}"' for axis in axes if axis.type == kind and not axis.unit]
        if names:
            notes.append(
                f"{listing(names)} {'has' if len(names) == 1 else 'have'} no unit in the metadata; shown as {shown}."
            )
    return tuple(notes)


def quantity(value: float, axis: Axis) -> str:
    r"""Return a distance along an axis: in its own unit while the number is easy to read, else with another prefix.

    Examples
    --------
    >>> quantity(0.65, Axis("x", "space", "micrometer")), quantity(0.00036, Axis("x", "space", "millimeter"))
    ('0.65\u2009µm', '360\u2009nm')
    >>> quantity(2, Axis("x", "space")), quantity(1, Axis("t", "time"))
    ('2\u2009px', '1\u2009frame')
    """
    if axis.unit is None and axis.type == "time":
        return f"{value:.4g}\u2009{'frame' if value == 1 else 'frames'}"
    if axis.unit is not None and _EASY[0] <= abs(value) < _EASY[1]:
        return f"{float(f'{value:.3g}'):g}\u2009{elide(unit_symbol(axis.unit), 24)}"
    return format_quantity(value, elide(axis.unit, 24) if axis.unit else None)


def _split(value: float, axis: Axis) -> tuple[str, str]:
    """Return the number and what follows it."""
    head, space, symbol = quantity(value, axis).partition("\u2009")
    return head, space + symbol


def version_word(opened: Opened) -> str:
    """Return the version of what was opened, and whether it can only be read because it lies in an archive."""
    return f"OME-Zarr {elide(opened.version, 16)}{' · archive, read only' if opened.archived else ''}"
