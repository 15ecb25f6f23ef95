"""Making an image longer along an axis."""

from __future__ import annotations

import asyncio
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING, Any

import numpy as np

from omezarr_nb.core.axes import Axis, axes_word, axis_names
from omezarr_nb.core.growing import record
from omezarr_nb.core.growing.boxes import hull, is_empty, lengths, moved, units
from omezarr_nb.core.growing.change import changing, finish_shapes, pieces_of, put_arrays, reread
from omezarr_nb.core.growing.documents import with_shape
from omezarr_nb.core.growing.given import Given, check_type
from omezarr_nb.core.growing.place import is_session
from omezarr_nb.core.growing.pyramid import Pyramid
from omezarr_nb.core.growing.record import Record
from omezarr_nb.core.growing.spread import Meter, Piece, affected, spread
from omezarr_nb.core.kinds import Ints, Slices
from omezarr_nb.core.metadata import Channel, default_channels
from omezarr_nb.core.pyramid.arguments import ChannelLike, as_channels
from omezarr_nb.core.pyramid.progress import Cancel, Progress
from omezarr_nb.core.pyramid.source import Source, as_source
from omezarr_nb.core.pyramid.windows import fill_windows
from omezarr_nb.core.shown import Shown
from omezarr_nb.errors import InvalidArgumentError, OMEZarrError

if TYPE_CHECKING:
    from zarr.storage import StorePath

    from omezarr_nb.core.image import Image


__all__ = ["AppendPlan", "plan_append"]

#: The new part of the coarsest level is read back for contrast limits if it is no larger than this.
LOOK_AT = 64 << 20

_AT_ONCE = 64


@dataclass(frozen=True, slots=True, repr=False)
class AppendPlan(Shown):
    """An image that is going to be longer, decided and not yet begun. Made by `Image.plan_append`; `run` executes it.

    Parameters
    ----------
    image
        The image.
    axis
        Index of the axis along which it grows.
    source
        The new pixels.
    before, after
        Shapes of the levels, from the finest to the coarsest.
    merged
        Chunks (or shards), of all levels, that hold old pixels too: they are read, and written anew.
    written
        Chunks (or shards), of all levels, that are written.
    labels
        Names of labels that will be shorter than the image along the axis.
    channels
        What is said of new channels, or None where the axis is not that of channels or nothing is.
    method
        As it was asked for.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> series = omezarr_nb.write_image(np.zeros((2, 64, 64), "uint8"), "memory://grows.ome.zarr", axes="tyx")
    >>> plan = series.plan_append(np.ones((1, 64, 64), "uint8"), axis="t")
    >>> plan.before[0], plan.after[0]
    ((2, 64, 64), (3, 64, 64))
    """

    image: Image
    axis: int
    source: Source
    before: tuple[Ints, ...]
    after: tuple[Ints, ...]
    merged: int
    written: int
    labels: tuple[str, ...]
    channels: tuple[Channel, ...] | None
    method: Any

    @property
    def added(self) -> int:
        """How many pixels longer level 0 gets."""
        return self.after[0][self.axis] - self.before[0][self.axis]

    @property
    def nbytes(self) -> int:
        """Bytes of the new pixels of all levels, before compression."""
        pixels = sum(math.prod(new) - math.prod(old) for old, new in zip(self.before, self.after, strict=True))
        return pixels * self.image.dtype.itemsize

    def run(self, on_progress: Callable[[Progress], object] | None = None, cancel: Cancel | None = None) -> Image:
        """Append, and return the image, brought up to date.

        Where others have appended meanwhile, this comes after theirs.

        Parameters
        ----------
        on_progress
            Called in this thread with a `Progress` at the start, after each region, and at the end.
        cancel
            Anything with ``is_set()``, such as a `threading.Event`: looked at between regions.

        Raises
        ------
        WriteCancelledError
            When `cancel` was set. Nobody sees anything of the new pixels, as after any other failure.
        StoreError
            When the storage fails.
        """
        return _run(self, on_progress, cancel)

    def __repr__(self) -> str:
        name = self.image.axes[self.axis].name
        return (
            f"<AppendPlan {axes_word(self.image.axes)}, {name}: {self.before[0][self.axis]} to "
            f"{self.after[0][self.axis]}, {self.written} chunks written, {self.merged} of them merged>"
        )


def plan_append(image: Image, array: Any, axis: str, channels: Sequence[ChannelLike] | None, method: Any) -> AppendPlan:
    """Do what `Image.plan_append` says."""
    from omezarr_nb.core.growing.change import locate
    from omezarr_nb.core.growing.place import writable
    from omezarr_nb.core.growing.pyramid import read_pyramid

    pyramid = read_pyramid(image, locate(image, writable(image.location)), method)
    index = _axis(pyramid.image.axes, axis)
    source = as_source(array)
    given = _fitting(source, pyramid, index)
    before = tuple(level.shape for level in pyramid.levels)
    after = _longer(pyramid, index, given.shape[index])
    pieces = pieces_of(pyramid, after, pyramid.documents())
    merged = written = 0
    for piece, box in affected(pieces, _region(pieces[0], index), pyramid.method):
        counts = [
            -(-s.stop // u) - s.start // u for s, u in zip(hull(box, piece.unit, piece.shape), piece.unit, strict=True)
        ]
        written += math.prod(counts)
        old = -(-piece.there[index] // piece.unit[index]) - box[index].start // piece.unit[index]
        merged += math.prod(counts) // counts[index] * max(0, old)
    return AppendPlan(
        image,
        index,
        source,
        before,
        after,
        merged,
        written,
        _uncovered(pyramid.image, axis, after[0][index]),
        _channels(pyramid.image, index, given.shape[index], channels),
        method,
    )


def _run(plan: AppendPlan, on_progress: Callable[[Progress], object] | None, cancel: Cancel | None) -> Image:
    image = plan.image
    with changing(image, plan.method) as pyramid:
        place = pyramid.location.store_path
        given = _fitting(plan.source.renewed(), pyramid, plan.axis)
        shapes = _longer(pyramid, plan.axis, given.shape[plan.axis])
        documents = pyramid.documents()
        pieces = pieces_of(pyramid, shapes, documents)
        region = _region(pieces[0], plan.axis)
        start = tuple(s.start for s in region)
        meter = Meter(on_progress, cancel, where=pyramid.location.where)
        paths = [level.path for level in pyramid.levels]
        longer = [with_shape(document, shape) for document, shape in zip(documents, shapes, strict=True)]
        session = is_session(place.store)
        try:
            if session:
                put_arrays(pyramid.location, paths, longer, before=documents)
            spread(pieces, region, pyramid.method, meter, read=lambda box: given.read(moved(box, start)), cut=given.cut)
            channels = _with_windows(plan, pyramid, pieces)
        except BaseException as error:
            _clear(place, pyramid, pieces, plan.axis, error)
            if session:
                put_arrays(pyramid.location, paths, documents, before=longer)
            raise
        fields = {"paths": paths, "shapes": [list(shape) for shape in shapes], "channels": channels}
        # All pixels are there: from the record on a kill does not undo it.
        said = Record("shapes", fields)
        finish_shapes(
            image, place, paths, shapes, channels=channels, expected=longer if session else documents, said=said
        )
        record.clear(place)
    if plan.labels:
        name = image.axes[plan.axis].name
        warnings.warn(
            f"Labels are now shorter than their image along {name}: {', '.join(plan.labels)}. Append to them, too: "
            f"image.labels[{plan.labels[0]!r}].append(..., axis={name!r}).",
            stacklevel=4,
        )
    reread(image)
    return image


def _axis(axes: Sequence[Axis], axis: Any) -> int:
    names = axis_names(axes)
    if axis not in names:
        raise InvalidArgumentError("There is no such axis", where="axis", found=repr(axis), expected=", ".join(names))
    return names.index(axis)


def _fitting(source: Source, pyramid: Pyramid, axis: int) -> Given:
    """Give the new pixels with all axes, and raise where lengths or type do not fit."""
    shape = pyramid.image.shape
    without = shape[:axis] + shape[axis + 1 :]
    dropped = (axis,) if len(source.shape) == len(shape) - 1 else ()
    given = Given(source, dropped, pyramid.dtype)
    if given.ndim != len(shape) or given.shape[:axis] + given.shape[axis + 1 :] != without:
        name = pyramid.image.axes[axis].name
        expected = ", ".join("any" if i == axis else str(n) for i, n in enumerate(shape))
        raise InvalidArgumentError(
            f"What is appended along {name} is as long as the image along all other axes.",
            where="array",
            found=f"shape {source.shape}",
            expected=f"({expected}) for {axes_word(pyramid.image.axes)}, or without {name} for one more",
        )
    check_type(source, pyramid.dtype, "array")
    return given


def _longer(pyramid: Pyramid, axis: int, added: int) -> tuple[Ints, ...]:
    shape = pyramid.image.shape
    return pyramid.shapes((*shape[:axis], shape[axis] + added, *shape[axis + 1 :]))


def _region(finest: Piece, axis: int) -> Slices:
    """Give the new pixels of level 0."""
    return tuple(slice(finest.there[i] if i == axis else 0, n) for i, n in enumerate(finest.shape))


def _uncovered(image: Image, axis: str, length: int) -> tuple[str, ...]:
    """Give the names of labels of an image that do not reach a length along an axis."""
    from omezarr_nb.core.image import LabelImage

    if isinstance(image, LabelImage):
        return ()
    found = []
    for name in image.labels.names:
        try:
            label = image.labels[name]
            names = axis_names(label.axes)
            own = label.shape[names.index(axis)] if axis in names else 1
        except OMEZarrError:  # labels that cannot be read cover nothing before and after
            continue
        if own not in (1, length):
            found.append(name)
    return tuple(found)


def _channels(image: Image, axis: int, added: int, given: Sequence[ChannelLike] | None) -> tuple[Channel, ...] | None:
    """Give what is said of the new channels, without windows; None where nothing is to be said."""
    if axis != image.channel_axis:
        if given is not None:
            raise InvalidArgumentError(
                "Only along the axis of channels are channels added.",
                where="channels",
                found=f"axis {image.axes[axis].name!r}",
                do="Leave out channels.",
            )
        return None
    if given is None and (image.metadata.omero is None or image.metadata.image_label is not None):
        return None
    count = image.shape[axis]
    everyone = default_channels(count + added)
    if given is None:
        return everyone[count:]
    as_channels(given, added, image.dtype)  # their number is looked at, for what it is
    return as_channels([*everyone[:count], *given], count + added, image.dtype)[count:]


def _with_windows(plan: AppendPlan, pyramid: Pyramid, pieces: Sequence[Piece]) -> list[dict[str, Any]] | None:
    """Give the JSON of all channels, the old ones as they are stored, the new ones with windows of their pixels."""
    if plan.channels is None:
        return None
    image, axis, coarsest = pyramid.image, plan.axis, pieces[-1]
    new = tuple(slice(coarsest.there[i] if i == axis else 0, n) for i, n in enumerate(coarsest.shape))
    pixels = None
    if math.prod(lengths(new)) * pyramid.dtype.itemsize <= LOOK_AT and coarsest.step[axis] == 1:
        pixels = np.asarray(coarsest.array[new])
    filled = fill_windows(plan.channels, pixels, image.axes, pyramid.dtype)
    omero = pyramid.location.fmt.block(pyramid.location.root_attrs).get("omero")
    stored = omero.get("channels") if isinstance(omero, dict) else None
    known = list(stored) if isinstance(stored, list) else []
    count = image.shape[axis]
    known = known[:count] + [channel.to_json() for channel in image.channels[len(known) : count]]
    return known + [channel.to_json() for channel in filled]


def _clear(place: StorePath, pyramid: Pyramid, pieces: Sequence[Piece], axis: int, error: BaseException) -> None:
    """Take back what was written; nothing names it, and a note says where that does not go."""
    from zarr.core.sync import sync

    async def delete(keys: Sequence[StorePath]) -> None:
        await asyncio.gather(*(key.delete() for key in keys))

    for level, piece in zip(pyramid.levels, pieces, strict=True):
        keys = _new_keys(place / level.path, piece, axis)
        try:
            while batch := list(islice(keys, _AT_ONCE)):
                sync(delete(batch))
            for tile in _edge(piece, axis):
                level.zarr[tile] = level.zarr[tile]  # as long as it was: without what was written behind
        except Exception as second:  # any of any storage library: the first error is the one to tell
            error.add_note(f"What was written so far could not be removed: {piece.where} ({second})")
            return


def _edge(piece: Piece, axis: int) -> Iterator[Slices]:
    """Cut the old pixels in chunks that are not full."""
    start = piece.there[axis] // piece.unit[axis] * piece.unit[axis]
    box = tuple(slice(start if i == axis else 0, n) for i, n in enumerate(piece.there))
    return iter(()) if is_empty(box) else units(box, piece.unit, LOOK_AT // piece.array.dtype.itemsize)


def _new_keys(place: StorePath, piece: Piece, axis: int) -> Iterator[StorePath]:
    grid = [range(-(-n // u)) for n, u in zip(piece.shape, piece.unit, strict=True)]
    grid[axis] = range(-(-piece.there[axis] // piece.unit[axis]), grid[axis].stop)
    for index in product(*grid):
        yield place / piece.array.metadata.encode_chunk_key(index)
