"""Pixels that are put into an image, checked against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from omezarr_nb.core.axes import Axis, axis_names
from omezarr_nb.core.kinds import Array, Ints, Slices
from omezarr_nb.core.pyramid.regions import Grid, plan_passes
from omezarr_nb.core.pyramid.source import Source, as_source
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError

__all__ = ["Given", "check_type", "region_of", "whole"]


@dataclass(frozen=True, slots=True)
class Given:
    """An array without some of the axes of an image, read as if it had them.

    Parameters
    ----------
    source
        The array.
    dropped
        Axes of the image that it has not; its pixels are one pixel of each.
    dtype
        Of the image.
    """

    source: Source
    dropped: Ints
    dtype: np.dtype[Any]

    @property
    def shape(self) -> Ints:
        """With all axes."""
        lengths = iter(self.source.shape)
        return tuple(1 if axis in self.dropped else next(lengths) for axis in range(self.ndim))

    @property
    def ndim(self) -> int:
        """Axes of the image."""
        return len(self.source.shape) + len(self.dropped)

    def cut(self, box: Slices, unit: Ints) -> Iterator[Slices] | None:
        """Cut a box of the image as the source is best read; None where its regions cost what they hold.

        Parameters
        ----------
        box
            Whole units of the array that is written, around the pixels of the source.
        unit
            Of that array, counted from its first pixel.
        """
        source = self.source
        if source.chunks is None and source.in_order is None:
            return None
        kept = [axis for axis in range(self.ndim) if axis not in self.dropped]
        chunks = None
        if source.chunks is not None:
            lengths = dict(zip(kept, source.chunks, strict=True))
            chunks = tuple(lengths.get(axis, 1) for axis in range(self.ndim))
        whole = None
        if source.in_order is not None:
            whole = kept[source.in_order] if source.in_order < len(kept) else self.ndim
        grid = Grid(tuple(s.stop - s.start for s in box), (1,) * self.ndim, unit)
        (entry,) = plan_passes([grid], self.dtype.itemsize, source_chunks=chunks, in_order=whole)
        return (
            tuple(slice(r.start + s.start, r.stop + s.start) for r, s in zip(region, box, strict=True))
            for region in entry.regions()
        )

    def read(self, box: Slices) -> Array:
        """Read a region, in the type of the image."""
        own = tuple(s for axis, s in enumerate(box) if axis not in self.dropped)
        block = self.source.read(own)
        block = block.reshape(tuple(s.stop - s.start for s in box))
        return block if block.dtype == self.dtype else block.astype(self.dtype)


def check_type(source: Source, dtype: np.dtype[Any], where: str) -> None:
    """Raise where pixels could not be stored in an image without changing them.

    Integers of a NumPy array that are all in the range of the image's type are taken, whatever their own type.

    Raises
    ------
    InvalidArgumentError
        Naming both types.
    """
    if np.can_cast(source.dtype, dtype, "safe"):
        return
    if source.kind == "numpy" and source.dtype.kind in "iu" and dtype.kind in "iu":
        info = np.iinfo(dtype)
        if int(source.array.min()) >= info.min and int(source.array.max()) <= info.max:
            return
        found = f"{source.dtype}, from {source.array.min()} to {source.array.max()}"
    else:
        found = str(source.dtype)
    raise InvalidArgumentError(
        "The pixels do not fit the type of the image.",
        where=where,
        found=found,
        expected=str(dtype),
        do=f"Convert them first, for example with array.astype('{dtype}').",
    )


def whole(value: Any, shape: Ints, dtype: np.dtype[Any]) -> Source:
    """Give a single value as an array, which takes no memory; anything else as it is."""
    if hasattr(value, "levels") or getattr(value, "shape", ()) != () or np.ndim(value) != 0:
        return as_source(value)
    try:
        own = np.asarray(value)
        if own.dtype.kind not in "biufc":
            raise TypeError(f"{own.dtype}")
        with np.errstate(invalid="ignore", over="ignore"):
            pixel = own.astype(dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise ArgumentTypeError("This is no pixel.", where="block", found=value) from error
    exact = dtype.kind in "fc" or (own.dtype.kind in "biu" and int(own) == int(pixel))
    if not exact:
        raise InvalidArgumentError(
            "The value does not fit the type of the image.", where="block", found=value, expected=str(dtype)
        )
    return as_source(np.broadcast_to(pixel, shape))


def region_of(positions: Mapping[str, Any], axes: Sequence[Axis], shape: Ints) -> tuple[Slices, Ints]:
    """Give the region that positions name, and the axes of which they name one pixel.

    Parameters
    ----------
    positions
        By axis name: an int, or ``slice(start, stop)``; as in NumPy negative numbers count from the end. What is not
        named is taken whole.
    axes, shape
        Of the image.

    Raises
    ------
    InvalidArgumentError, ArgumentTypeError
        For an axis that is not there, for steps, and for pixels outside of the image (which NumPy would leave out).
    """
    names = axis_names(axes)
    unknown = [name for name in positions if name not in names]
    if unknown:
        raise InvalidArgumentError(
            "There is no such axis", where="positions", found=repr(unknown[0]), expected=", ".join(names)
        )
    region, dropped = [], []
    for axis, (name, n) in enumerate(zip(names, shape, strict=True)):
        position = positions.get(name, slice(None))
        if isinstance(position, slice):
            region.append(_range(position, n, name))
            continue
        region.append(_one(position, n, name))
        dropped.append(axis)
    return tuple(region), tuple(dropped)


def _one(position: Any, n: int, name: str) -> slice:
    index = _index(position, name)
    start = index + n if index < 0 else index
    if not 0 <= start < n:
        raise InvalidArgumentError(
            "This is outside of the image.", where=f"axis {name!r}", found=index, expected=f"0 to {n - 1}"
        )
    return slice(start, start + 1)


def _range(position: slice, n: int, name: str) -> slice:
    if position.step not in (None, 1):
        raise InvalidArgumentError(
            "A region has all pixels from its start to its stop.", where=f"axis {name!r}", found=str(position)
        )
    start = 0 if position.start is None else _index(position.start, name)
    stop = n if position.stop is None else _index(position.stop, name)
    start, stop = (value + n if value < 0 else value for value in (start, stop))
    if not 0 <= start < stop <= n:
        raise InvalidArgumentError(
            "There is no such region in the image.",
            where=f"axis {name!r}",
            found=str(position),
            expected=f"a start and a stop after it, within 0 to {n}",
        )
    return slice(start, stop)


def _index(value: Any, name: str) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise ArgumentTypeError("A position is a whole number or a slice of them.", where=f"axis {name!r}", found=value)
    return int(value.__index__())
