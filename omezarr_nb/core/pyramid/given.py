"""Planning the write of levels that are all given, rather than computed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from omezarr_nb.core.axes import AxesLike, Axis
from omezarr_nb.core.format import Format
from omezarr_nb.core.kinds import Floats, Ints
from omezarr_nb.core.metadata import Dataset, ImageLabel, ImageMetadata, Multiscale
from omezarr_nb.core.pyramid import arguments, chunking, codecs
from omezarr_nb.core.pyramid.five import Given, in_five
from omezarr_nb.core.pyramid.levels import LevelShape
from omezarr_nb.core.pyramid.options import split_options
from omezarr_nb.core.pyramid.plan import default_name, workers_for
from omezarr_nb.core.pyramid.reduce import check_labels
from omezarr_nb.core.pyramid.regions import Grid, plan_given
from omezarr_nb.core.pyramid.source import Source, as_source
from omezarr_nb.core.pyramid.storing import Storing, check_entries
from omezarr_nb.core.pyramid.work import WritePlan, memory_of
from omezarr_nb.core.transforms import Scale, Translation
from omezarr_nb.core.zipped.target import shards_for
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError

__all__ = ["place_levels", "plan_levels"]


def plan_levels(
    pyramid: Sequence[Any],
    where: Any,
    *,
    axes: AxesLike | None,
    fmt: Format,
    name: str | None = None,
    chunks: Any = None,
    compression: codecs.Compression = "auto",
    image_label: ImageLabel | None = None,
    overwrite: bool = False,
    storage_options: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
) -> WritePlan:
    """Decide how given levels are written; nothing is read, and the target is not looked at.

    Parameters
    ----------
    pyramid
        Arrays of one type, from the largest to the smallest.
    where, axes, name, compression, overwrite
        As for `omezarr_nb.core.pyramid.plan.plan_image`.
    fmt
        The version to write.
    chunks, storage_options
        As for `plan_image`; an int is for all axes, and a sequence that is shorter than the shape for the last axes.
    image_label
        For labels.

    Raises
    ------
    InvalidArgumentError, ArgumentTypeError, UnsupportedError
        For what cannot be meant, such as levels that grow, or of different types.
    """
    if not isinstance(pyramid, Sequence) or isinstance(pyramid, str):
        raise ArgumentTypeError("A pyramid is a list of arrays.", where="pyramid", found=type(pyramid).__name__)
    if not pyramid:
        raise InvalidArgumentError("A pyramid has at least one level.", where="pyramid", found=[])
    sources = tuple(as_source(level) for level in pyramid)
    _check(sources)
    said = Given(axes=axes, chunks=expanded_chunks(chunks, sources[0]), storage_options=storage_options)
    wider = [in_five(source, said, fmt) for source in sources]
    sources = tuple(source for source, _, _ in wider)
    first, said, notes = wider[0]
    if image_label is not None:
        check_labels("nearest", first.dtype)
    parsed = arguments.as_axes(said.axes, len(first.shape), None, fmt)
    options, fsspec_options = split_options(said.storage_options)
    check_entries(options, len(sources))
    storing = Storing(parsed, first.dtype.itemsize, fmt, compression, labels=image_label is not None)
    planned = []
    for index, (source, place) in enumerate(zip(sources, place_levels([each.shape for each in sources]), strict=True)):
        own = {"chunks": said.chunks, "shards": shards_for(where, None, fmt)} | options[index % len(options)]
        size = LevelShape(source.shape, (1,) * len(source.shape))
        wanted = _chunks(own["chunks"], source, parsed)
        planned.append(storing.level(index, size, place, own, chunks=wanted, whole=source.shape))
    multiscale = Multiscale(
        parsed,
        tuple(Dataset(level.path, (Scale(level.scale), Translation(level.translation))) for level in planned),
        name=name or default_name(where),
    )
    passes = plan_given(
        [Grid(level.shape, level.step, level.unit) for level in planned],
        first.dtype.itemsize,
        [source.chunks for source in sources],
    )
    each = max(memory_of(entry, planned, source)[0] for entry, source in zip(passes, sources, strict=True))
    return WritePlan(
        source=first,
        where=where,
        fmt=fmt,
        axes=parsed,
        levels=tuple(planned),
        method="nearest",
        metadata=ImageMetadata((multiscale,), image_label=image_label),
        passes=passes,
        workers=workers_for(each),
        overwrite=overwrite,
        storage_options=fsspec_options,
        given=sources,
        notes=notes,
    )


def _chunks(chunks: Any, source: Source, axes: Sequence[Axis]) -> Ints:
    """Give the chunks of a level, not yet cut to it: those of its source where none are given."""
    if chunks is not None:
        return chunking.as_chunks(chunking.expand_chunks(chunks, source.shape), axes)
    volume = len(source.shape) > 2
    return source.chunks or chunking.default_chunks(source.shape, axes, source.dtype.itemsize, volume=volume)


def expanded_chunks(chunks: Any, source: Source) -> Any:
    """Give chunks for all axes of a source, or None where none are given."""
    return None if chunks is None else chunking.expand_chunks(chunks, source.shape)


def place_levels(shapes: Sequence[Ints]) -> list[tuple[Floats, Floats]]:
    """Give the scale and the translation of levels of which only the shapes are known, in pixels of level 0.

    All levels are taken to cover the same field: a pixel of a level that has f times fewer of them stands for f pixels
    of level 0, and its centre is theirs. Where a whole f gives the length (n // f, or rounded up) it is that one.

    Examples
    --------
    >>> place_levels([(65, 64), (32, 32)])[1]
    ((2.0, 2.0), (0.5, 0.5))
    """
    result = []
    for shape in shapes:
        scale = tuple(_factor(full, n) for full, n in zip(shapes[0], shape, strict=True))
        result.append((scale, tuple((f - 1) / 2 for f in scale)))
    return result


def _factor(full: int, length: int) -> float:
    whole = round(full / length)
    if whole >= 1 and length in (full // whole, math.ceil(full / whole)):
        return float(whole)
    return full / length


def _check(sources: Sequence[Source]) -> None:
    for index, (source, before) in enumerate(zip(sources[1:], sources, strict=False), 1):
        place = f"pyramid[{index}]"
        if source.dtype != before.dtype:
            raise InvalidArgumentError(
                "All levels are of one type.", where=place, found=str(source.dtype), expected=str(before.dtype)
            )
        if len(source.shape) != len(before.shape):
            raise InvalidArgumentError(
                "All levels have the same number of dimensions.",
                where=place,
                found=f"shape {source.shape}",
                expected=f"{len(before.shape)} dimensions",
            )
        if any(n > m for n, m in zip(source.shape, before.shape, strict=True)):
            raise InvalidArgumentError(
                "A level is no larger than the level before.",
                where=place,
                found=f"shape {source.shape}",
                expected=f"at most {before.shape}",
                do="Pass the largest array first.",
            )
