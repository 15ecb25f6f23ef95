"""What a form says, and what it says at first. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from omezarr_nb.wizards.guess import order_for
from omezarr_nb.wizards.sources import Source

__all__ = ["ImageForm", "first_form", "is_url", "parse_size"]


@dataclass(frozen=True, slots=True)
class ImageForm:
    """All that the form says.

    Parameters
    ----------
    source
        The pixels, or None before any were chosen.
    names
        Name of each dimension, in the order of the source.
    reorder
        Whether dimensions are put into the order of OME-Zarr.
    sizes
        Pixel size by axis name, as typed; "" where it is not known.
    units
        Unit by axis name; "" for none.
    together
        Whether x has the pixel size of y.
    channels
        Names of channels, with commas between; "" for the ones that are known or made up.
    levels
        Number of levels; None for the number that is suggested.
    method, version
        As `omezarr_nb.plan_image` takes them.
    target
        Path or URL.
    taken
        Whether something is at the target.
    kept
        Why what is at the target cannot be replaced, in words; "" where it can be, or nothing is there.
    replace
        Whether what is at the target may be replaced.
    """

    source: Source | None = None
    names: tuple[str, ...] = ()
    reorder: bool = False
    sizes: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    together: bool = False
    channels: str = ""
    levels: int | None = None
    method: str = "mean"
    version: str = "0.5"
    target: str = ""
    taken: bool = False
    kept: str = ""
    replace: bool = False

    @property
    def order(self) -> tuple[int, ...]:
        """Which dimension of the source comes first, second, ... in the image."""
        return order_for(self.names) if self.reorder else tuple(range(len(self.names)))

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the axes of the image, in its order."""
        return tuple(self.names[index] for index in self.order)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the image."""
        return () if self.source is None else tuple(self.source.shape[index] for index in self.order)

    @property
    def measured(self) -> tuple[str, ...]:
        """Axes that have a pixel size: all but channels."""
        return tuple(dict.fromkeys(name for name in self.axes if name != "c"))

    def size(self, axis: str) -> tuple[str, str]:
        """Return the size and the unit of an axis as typed."""
        asked = "y" if axis == "x" and self.together and "y" in self.axes else axis
        return self.sizes.get(asked, "").strip(), self.units.get(asked, "")


def first_form(source: Source, target: str) -> ImageForm:
    """Return the form for a source, filled in with guesses."""
    names = source.guess.names
    sizes = {name: f"{size:.6g}" for name, size in source.says.sizes.items() if name in names and name != "c"}
    offered = {"t": "second"} | dict.fromkeys("zyx", "micrometer")  # they count only where a size is given
    units = {name: source.says.units.get(name, "") if name in sizes else unit for name, unit in offered.items()}
    return ImageForm(
        source=source,
        names=names,
        reorder=order_for(names) != tuple(range(len(names))),
        sizes=sizes,
        units=units,
        together=(sizes.get("y", ""), units.get("y", "")) == (sizes.get("x", ""), units.get("x", "")),
        channels=", ".join(str(channel["label"]) for channel in source.channels),
        method="mode" if source.labels else "mean",
        target=target,
    )


def parse_size(text: str) -> float | str:
    """Return a pixel size, or what is wrong with the text. A decimal comma is understood.

    Examples
    --------
    >>> parse_size("0,65"), parse_size("two")
    (0.65, '“two” is not a number.')
    """
    try:
        value = float(text.replace(",", ".", 1) if "." not in text else text)
    except ValueError:
        return f"“{text}” is not a number."
    return value if math.isfinite(value) and value > 0 else "A pixel size is a number above 0."


def is_url(target: str) -> bool:
    """Return whether a target is a URL, which is not looked at before it is written to."""
    return "://" in target
