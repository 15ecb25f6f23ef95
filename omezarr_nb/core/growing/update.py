"""Writing a part of an image, and bringing its levels in line."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.growing import record
from omezarr_nb.core.growing.boxes import hull, lengths, moved
from omezarr_nb.core.growing.change import changing, pieces_of, settle
from omezarr_nb.core.growing.given import Given, check_type, region_of, whole
from omezarr_nb.core.growing.place import held, is_local, writable
from omezarr_nb.core.growing.pyramid import Pyramid
from omezarr_nb.core.growing.record import Record
from omezarr_nb.core.growing.spread import Meter, Piece, affected, spread
from omezarr_nb.core.kinds import Array, Ints, Slices
from omezarr_nb.core.pyramid.progress import Cancel, Progress
from omezarr_nb.core.pyramid.run import FAST_CODECS
from omezarr_nb.core.pyramid.source import as_source
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError

if TYPE_CHECKING:
    from omezarr_nb.core.image import Image


__all__ = ["mend", "put_pixels", "update_region"]

#: Bytes of a region that are written down before the region is, on a disk of this machine and elsewhere.
LOCAL_RECORD = 64 << 20
OTHER_RECORD = 1 << 20


def update_region(
    image: Image,
    block: Any,
    positions: Mapping[str, Any],
    *,
    where: Any = None,
    method: Any = None,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
) -> None:
    """Do what `Image.update_region` says."""
    with changing(image, method) as pyramid:
        region, dropped = region_of(positions, pyramid.image.axes, pyramid.image.shape)
        given = _given(block, region, dropped, pyramid)
        mask = None if where is None else _mask(where, given)
        _write(pyramid, region, given, mask, on_progress=on_progress, cancel=cancel)


def put_pixels(pyramid: Pyramid, region: Slices, pixels: Array, mask: NDArray[np.bool_]) -> None:
    """Write pixels of an image that is held, as `update_region` does.

    Parameters
    ----------
    pyramid
        From `omezarr_nb.core.growing.change.changing`.
    region
        The box, in axis order.
    pixels, mask
        Of the shape of the box: the new pixels, and which of them are written.
    """
    given = Given(as_source(pixels), (), pyramid.dtype)
    _write(pyramid, region, given, Given(as_source(mask), (), mask.dtype))


def _write(
    pyramid: Pyramid,
    region: Slices,
    given: Given,
    mask: Given | None,
    *,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
) -> None:
    pieces = pieces_of(pyramid)
    place = pyramid.location.store_path
    nbytes = math.prod(lengths(region)) * pyramid.dtype.itemsize
    small = nbytes <= LOCAL_RECORD
    # What is small is read before anything is written: it may be computed from the image itself.
    pixels = _merged(given, mask, pieces[0], region) if small else None
    written_down = small and (nbytes <= OTHER_RECORD or is_local(place.store))
    needed = not _one_stroke(pieces, region, pyramid)
    if needed:
        fields = {
            "path": pyramid.levels[0].path,
            "start": [s.start for s in region],
            "shape": list(lengths(region)),
            "method": pyramid.method,
            "pixels": written_down,
        }
        data = pixels.tobytes() if written_down and pixels is not None else b""
        record.put(place, Record("region", fields, data))
    finish = "finishes it" if written_down else "brings the levels in line"
    left = f"a part of the region is written, and the next change, or mend(), {finish}"
    meter = Meter(on_progress, None if small else cancel, left, pyramid.location.where)
    start = tuple(s.start for s in region)

    def read(box: Slices) -> Any:
        own = moved(box, start)
        if pixels is not None:
            return pixels[own]
        return _merged(given, mask, pieces[0], box, own)

    try:
        spread(pieces, region, pyramid.method, meter, read=read, cut=None if small else given.cut)
    except Exception as error:  # whatever it is, it goes on, and says what is left
        if needed and meter.regions_done:
            error.add_note(f"In the image, {left}.")
        raise
    if needed:
        record.clear(place)


def mend(image: Image) -> bool:
    """Do what `Image.mend` says."""
    place = writable(image.location)
    with held(place), FAST_CODECS.used():
        return settle(image, place)


def _given(block: Any, region: Slices, dropped: Ints, pyramid: Pyramid) -> Given:
    """Give the block, and raise where its shape or type does not fit."""
    expected = tuple(n for axis, n in enumerate(lengths(region)) if axis not in dropped)
    source = whole(block, expected, pyramid.dtype)
    if source.shape != expected:
        raise InvalidArgumentError(
            "The block is not of the shape of the region.",
            where="block",
            found=f"shape {source.shape}",
            expected=f"shape {expected}: an axis of which one pixel is named is left out",
        )
    check_type(source, pyramid.dtype, "block")
    return Given(source, dropped, pyramid.dtype)


def _mask(where: Any, given: Given) -> Given:
    """Give the mask, of the same shape as the block."""
    array = np.asarray(where)
    if array.dtype != bool:
        raise ArgumentTypeError("The mask is of bool.", where="where", found=str(array.dtype))
    if array.shape != given.source.shape:
        raise InvalidArgumentError(
            "The mask is of the shape of the block.", where="where", found=array.shape, expected=given.source.shape
        )
    return Given(whole(array, array.shape, array.dtype), given.dropped, array.dtype)


def _merged(given: Given, mask: Given | None, piece: Piece, box: Slices, own: Slices | None = None) -> Any:
    """Give the pixels of a box as they are going to be: of the block, and where the mask is False as they are."""
    own = moved(box, tuple(s.start for s in box)) if own is None else own
    pixels = given.read(own)
    if mask is None:
        return pixels
    return np.where(mask.read(own), pixels, piece.read(box))


def _one_stroke(pieces: list[Piece], region: Slices, pyramid: Pyramid) -> bool:
    """Return whether all that is written is one key, which is old or new at any moment."""
    boxes = list(affected(pieces, region, pyramid.method))
    size = lengths(hull(region, pieces[0].unit, pieces[0].shape))
    return len(boxes) == 1 and all(n <= u for n, u in zip(size, pieces[0].unit, strict=True))
