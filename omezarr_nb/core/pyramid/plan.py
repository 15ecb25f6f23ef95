"""Planning a write: everything that is decided, before anything is touched."""

from __future__ import annotations

import importlib.metadata
import inspect
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.axes import AxesLike, Axis, axis_names, parse_axes, spatial_axes
from omezarr_nb.core.code import asked
from omezarr_nb.core.format import Format
from omezarr_nb.core.kinds import Floats, Ints
from omezarr_nb.core.metadata import Dataset, ImageLabel, ImageMetadata, Multiscale, Omero
from omezarr_nb.core.pyramid import arguments, chunking, codecs
from omezarr_nb.core.pyramid.differences import difference_dtype, differences
from omezarr_nb.core.pyramid.five import Given, in_five
from omezarr_nb.core.pyramid.levels import (
    Factors,
    LevelShape,
    shapes_by_halving,
    shapes_from_factors,
    transforms,
)
from omezarr_nb.core.pyramid.options import split_options
from omezarr_nb.core.pyramid.reduce import DESCRIPTIONS, FILTERS, Method, as_method, check_dtype, check_labels
from omezarr_nb.core.pyramid.regions import Grid, Pass, plan_filters, plan_given, plan_passes
from omezarr_nb.core.pyramid.source import Source, as_source, opened
from omezarr_nb.core.pyramid.storing import Storing, check_entries
from omezarr_nb.core.pyramid.work import LevelPlan, WritePlan, memory_of
from omezarr_nb.core.transforms import Scale, Transformation, Translation
from omezarr_nb.core.warned import warn
from omezarr_nb.core.zipped.target import shards_for
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError

if TYPE_CHECKING:
    from omezarr_nb.core.io import Where

__all__ = ["LevelPlan", "WritePlan", "plan_image"]

#: More workers gain nothing on one disk and cost memory each.
MOST_WORKERS = 8

#: Bytes that all workers together may need: there are fewer of them where the source has very large chunks.
MOST_MEMORY = 1 << 30


def plan_image(
    source: Any,
    where: Where,
    *,
    axes: AxesLike | None = None,
    scale: arguments.PerAxis | None = None,
    units: arguments.UnitsLike | None = None,
    channels: Sequence[arguments.ChannelLike] | None = None,
    name: str | None = None,
    scale_factors: Sequence[Factors] | None = None,
    levels: int | None = None,
    method: Any = "mean",
    chunks: chunking.Chunks | None = None,
    shards: chunking.Shards | None = None,
    compression: codecs.Compression = "auto",
    version: str | float | Format = "0.5",
    translation: arguments.PerAxis | None = None,
    overwrite: bool = False,
    storage_options: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
) -> WritePlan:
    """Decide how an image is written: levels, positions, chunks, codecs, regions, memory and metadata.

    Nothing is read from the source, and nothing at the target is looked at or touched.

    Parameters
    ----------
    source
        NumPy, dask or zarr array, or anything with shape, dtype and slicing; 2 to 5 dimensions. `omezarr_nb.Planes`
        that come one after the other. The path of a TIFF file, or what `omezarr_nb.open_tiff` and
        `omezarr_nb.open_files` give, and an `Image` of this package (its level 0) bring their axes, units, scale,
        translation and channels, where they are not given.
    where
        A path, a URL, a zarr store or a zarr group. A local path that ends with ``.ozx`` is one file (RFC-9).
    axes
        "czyx", a list of names, of JSON objects or of `Axis`. None takes "yx" for two dimensions and "tczyx" for
        five.
    scale
        Size of a pixel along each axis, in its unit: by axis name (1 for the others) or in axis order.
    units
        By axis name or in axis order, or one text for all axes of type "space"; "um", "µm" and the like become
        "micrometer".
    channels
        One entry for each channel: names, JSON objects (label, color, window) or `Channel`.
    name
        Of the image; the last part of `where` by default.
    scale_factors
        One entry for each level after the first, relative to level 0: ints (for y and x; z stays, as in
        ome-zarr-py), mappings by axis name, or sequences in axis order. ``[2, 4, 8]`` halves three times.
    levels
        Number of levels, level 0 included, halved each time: y and x, and z too once the voxels are isotropic. By
        default down to about one chunk.
    method
        "mean", "nearest", "mode", "min", "max", "median" or "linear" (see
        `omezarr_nb.core.pyramid.reduce.reduce_block`), or "gaussian" or "zoom" (see
        `omezarr_nb.core.pyramid.filters.taps`), which are slower: each level is read back. "laplacian" writes what the
        levels of the gaussian pyramid hold beyond it, as floats: no level is the image itself.
    chunks
        An int (for the last two axes), by axis name or in axis order; no longer than the axes. Chosen by axes and
        pixel type by default: powers of two, 0.5 to 4 MB.
    shards
        As chunks (multiples of them), True to choose them, "auto" to choose them for images of many chunks, False
        for none. None is False, and True where a ``.ozx`` file is written. Only from 0.5 on.
    compression
        "auto", "none", "zstd", "gzip", "blosc-zstd", "blosc-lz4", a codec or a sequence of codecs.
    version
        "0.1" to "0.6", or "0.9.dev1". What a version has no place for (0.3 and earlier: sizes and positions of pixels,
        units) is left out, with a warning; ``losses`` of the plan lists it.
    translation
        Centre of pixel 0 along each axis, as `scale`; 0 by default.
    overwrite
        Whether an image at the target may be replaced, when the new one is complete.
    storage_options
        Names of array options of zarr (chunks, shards, compressors, fill_value, ...) apply to the levels, a list of
        mappings has one for each level (and may have more); everything else goes to fsspec. Chunks mean here what
        they mean to zarr: an int is for all axes.

    Returns
    -------
    WritePlan
        Its repr is a table of what will be written.

    Raises
    ------
    InvalidArgumentError, ArgumentTypeError, UnsupportedError
        For what cannot be meant; each message says where, what was found and what was expected.

    Examples
    --------
    >>> import numpy as np
    >>> plan = plan_image(np.zeros((3, 512, 512), "uint8"), "image.ome.zarr", axes="cyx", scale_factors=[2, 4])
    >>> [level.shape for level in plan.levels]
    [(3, 512, 512), (3, 256, 256), (3, 128, 128)]
    >>> plan.levels[1].translation
    (0.0, 0.5, 0.5)
    """
    given: dict[str, Any] = {
        "axes": axes,
        "scale": scale,
        "units": units,
        "channels": channels,
        "name": name,
        "scale_factors": scale_factors,
        "levels": levels,
        "method": method,
        "chunks": chunks,
        "shards": shards,
        "compression": compression,
        "version": version,
        "translation": translation,
        "overwrite": overwrite,
        "storage_options": storage_options,
    }
    plan = build_plan(source, where, **given)
    call = asked("omezarr_nb.write_image", {"array": source, "store": where}, given, _defaults())
    plan = replace(plan, asked=call)
    lost = [problem.message for problem in plan.losses]
    if lost:
        warn(f"Not all that is given can be stored: {'; '.join(lost)}.")
    say(plan)
    return plan


@cache
def _defaults() -> Mapping[str, Any]:
    """Give the options of `plan_image`, each with its default."""
    parameters = inspect.signature(plan_image).parameters.values()
    return {entry.name: entry.default for entry in parameters if entry.kind is entry.KEYWORD_ONLY}


def say(plan: WritePlan) -> None:
    """Warn of what a plan adds, and of what it stores as it is given though the specification advises against it."""
    for note in plan.notes:
        warn(note)
    for problem in plan.problems:
        warn(f"{problem} ({problem.rule}).")


def build_plan(
    source: Any,
    where: Any,
    *,
    axes: AxesLike | None,
    scale: arguments.PerAxis | None,
    units: arguments.UnitsLike | None,
    channels: Sequence[arguments.ChannelLike] | None,
    name: str | None,
    scale_factors: Sequence[Factors] | None,
    levels: int | None,
    method: Any,
    chunks: chunking.Chunks | None,
    shards: chunking.Shards | None,
    compression: codecs.Compression,
    version: str | float | Format,
    translation: arguments.PerAxis | None,
    overwrite: bool,
    storage_options: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None,
    image_label: ImageLabel | None = None,
) -> WritePlan:
    """Do what `plan_image` says; with `image_label`, for a label image."""
    fmt = arguments.as_format(version)
    source = opened(source)
    said = Given(axes, scale, units, translation, scale_factors, chunks, shards, storage_options)
    own = _of_image(source, axes, labels=image_label is not None) or {}
    channels = own.pop("channels", None) if channels is None else channels
    said = said._replace(**{key: own[key] for key in Given._fields if key in own and getattr(said, key) is None})
    pixels, said, notes = in_five(as_source(source), said, fmt)
    parsed = arguments.as_axes(said.axes, len(pixels.shape), said.units, fmt)
    method = as_method(method)
    if image_label is not None:
        check_labels(method, pixels.dtype)
    check_dtype(method, pixels.dtype)
    sizes = arguments.as_floats(said.scale, parsed, "scale", missing=1.0, positive=True)
    start = arguments.as_floats(said.translation, parsed, "translation", missing=0.0, positive=False)
    options, fsspec_options = _level_options(said, pixels.shape, shards_for(where, said.shards, fmt))
    stored = replace(pixels, dtype=difference_dtype(pixels.dtype)) if method == "laplacian" else pixels
    base = _chunks(options[0]["chunks"], stored, parsed, sizes, said.scale_factors)
    shapes = _shapes(pixels, parsed, sizes, base, scale_factors=said.scale_factors, levels=levels)
    check_entries(options, len(shapes))
    given: tuple[Source, ...] = ()
    if method == "laplacian":
        given = differences(pixels, shapes, spatial_axes(parsed)[-2:])
        pixels = given[0]
    storing = Storing(parsed, pixels.dtype.itemsize, fmt, compression, labels=image_label is not None)
    planned = []
    for index, (shape, place) in enumerate(zip(shapes, transforms(shapes, sizes, start, method), strict=True)):
        each = options[index % len(options)]
        wanted = base if each["chunks"] is None else chunking.as_chunks(each["chunks"], parsed)
        planned.append(storing.level(index, shape, place, each, chunks=wanted, whole=pixels.shape))
    passes = _passes(planned, pixels, method)
    return WritePlan(
        source=pixels,
        where=where,
        fmt=fmt,
        axes=parsed,
        levels=tuple(planned),
        method=method,
        metadata=ImageMetadata(
            (_multiscale(planned, parsed, name or default_name(where), method),),
            omero=_omero(channels, parsed, pixels) if image_label is None else None,
            image_label=image_label,
        ),
        passes=passes,
        workers=workers_for(max(memory_of(entry, planned, pixels)[0] for entry in passes)),
        overwrite=bool(overwrite),
        storage_options=fsspec_options,
        given=given,
        notes=notes,
    )


def _level_options(
    said: Given, shape: Ints, shards: chunking.Shards | None
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Give array options, one entry for all levels or one for each, and all others. The first entry fills the rest."""
    options, others = split_options(said.storage_options)
    expanded = [
        entry | {"chunks": chunking.expand_chunks(entry["chunks"], shape)} if "chunks" in entry else entry
        for entry in options
    ]
    first: dict[str, Any] = {"chunks": said.chunks, "shards": shards} | expanded[0]
    return [first | entry for entry in expanded], others


def _multiscale(levels: Sequence[LevelPlan], axes: tuple[Axis, ...], name: str, method: Method) -> Multiscale:
    several = len(levels) > 1
    return Multiscale(
        axes,
        tuple(Dataset(level.path, _transformations(level)) for level in levels),
        name=name,
        type=method if several else None,
        metadata=provenance(method, [level.step for level in levels[1:]]) if several else None,
    )


def _omero(channels: Sequence[arguments.ChannelLike] | None, axes: Sequence[Axis], source: Source) -> Omero:
    axis = next((index for index, axis in enumerate(axes) if axis.type == "channel"), None)
    return Omero(arguments.as_channels(channels, 1 if axis is None else source.shape[axis], source.dtype))


def workers_for(needed: int) -> int:
    """Give how many threads write: as many as can run at once, and as have room, where each needs so many bytes."""
    return max(1, min(MOST_WORKERS, processors(), MOST_MEMORY // max(1, needed)))


def _of_image(source: Any, axes: AxesLike | None, *, labels: bool) -> dict[str, Any] | None:
    """Give what an image or a TIFF says of itself, or None for what is none, or has other axes than are given."""
    from omezarr_nb.core.files.stack import FileStack
    from omezarr_nb.core.image import Image
    from omezarr_nb.core.tiff.image import TiffImage

    if isinstance(source, TiffImage | FileStack):
        if source.axes is None or (axes is not None and axis_names(parse_axes(axes, source.ndim)) != source.axes):
            return None
        return {
            "axes": list(source.axes),
            "scale": source.scale,
            "units": source.units,
            "translation": None,
            "channels": None if labels else source.channels,
        }
    if not isinstance(source, Image):
        return None
    if axes is not None and axis_names(parse_axes(axes, source.ndim)) != axis_names(source.axes):
        return None
    finest = source.levels[0]
    return {
        "axes": source.axes,
        "scale": finest.scale,
        "units": None if axes is None else {axis.name: axis.unit for axis in source.axes if axis.unit is not None},
        "translation": finest.translation,
        "channels": None if labels or source.metadata.omero is None else source.channels,
    }


def default_name(where: Any) -> str:
    """Give the last part of a place, without the endings of OME-Zarr; "image" where it has no name."""
    path = getattr(where, "path", None)
    if not isinstance(path, str):
        path = "" if hasattr(where, "is_empty") else str(where)
    if not path.strip("/") and not isinstance(where, str | Path):
        store = getattr(where, "store", where)
        inner = getattr(store, "store", store)  # of obstore, which has a prefix
        named = (getattr(inner, attribute, None) for attribute in ("root", "path", "prefix"))
        path = next((str(name) for name in named if isinstance(name, str | Path)), "")
    last = [part for part in re.split(r"[/\\]+", path) if part][-1:]
    return re.sub(r"(\.ome)?\.(zarr|ozx)$", "", last[0]) if last else "image"


def _chunks(
    chunks: chunking.Chunks | None,
    source: Source,
    axes: Sequence[Axis],
    scale: Floats,
    scale_factors: Sequence[Factors] | None,
) -> Ints:
    """Give the chunks of level 0, not yet cut to its shape where they are given."""
    if chunks is not None:
        return chunking.as_chunks(chunks, axes)
    spatial = spatial_axes(axes)
    pixel = (1,) * len(axes[:-1]) + (2,)
    if scale_factors is None:
        # Level after level until nothing can be halved: is z among what is halved?
        steps = shapes_by_halving(source.shape, axes, scale, pixel)
    else:
        steps = shapes_from_factors(source.shape, axes, scale_factors)
    volume = len(spatial) == 3 and any(level.step[spatial[0]] > 1 for level in steps[:4])
    return chunking.default_chunks(source.shape, axes, source.dtype.itemsize, volume=volume)


def _shapes(
    source: Source,
    axes: Sequence[Axis],
    scale: Floats,
    chunks: Ints,
    *,
    scale_factors: Sequence[Factors] | None,
    levels: int | None,
) -> tuple[LevelShape, ...]:
    if scale_factors is not None and levels is not None:
        raise InvalidArgumentError(
            "scale_factors and levels exclude each other.",
            where="levels",
            found=levels,
            do="Leave out one: scale_factors says what the levels are, levels how many there are.",
        )
    if scale_factors is not None:
        return shapes_from_factors(source.shape, axes, scale_factors)
    if levels is not None:
        if isinstance(levels, bool) or not isinstance(levels, int):
            raise ArgumentTypeError("levels is a whole number.", where="levels", found=levels)
        if levels < 1:
            raise InvalidArgumentError(
                "An image has at least one level.", where="levels", found=levels, expected="1 or more"
            )
    return shapes_by_halving(source.shape, axes, scale, chunks, levels)


def _passes(levels: Sequence[LevelPlan], source: Source, method: Method) -> tuple[Pass, ...]:
    grids = [Grid(level.shape, level.step, level.unit) for level in levels]
    itemsize = source.dtype.itemsize
    if method == "laplacian":
        return plan_given(grids, itemsize, [None] * len(grids))
    plan = plan_filters if method in FILTERS else plan_passes
    return plan(grids, itemsize, source_chunks=source.chunks, in_order=source.in_order)


def _transformations(level: LevelPlan) -> tuple[Transformation, ...]:
    if any(level.translation):
        return (Scale(level.scale), Translation(level.translation))
    return (Scale(level.scale),)


def provenance(method: Method, steps: Sequence[Ints]) -> dict[str, Any]:
    """Say how the levels were made (`multiscales[].metadata`)."""
    said: dict[str, Any] = {
        "description": f"Each level from the one before: {DESCRIPTIONS[method]}. Only full blocks.",
        "method": f"omezarr_nb.core.pyramid.{'filters.filter_region' if method in FILTERS else 'reduce.reduce_block'}",
        "kwargs": {"method": method, "factors": [list(step) for step in steps]},
    }
    with suppress(importlib.metadata.PackageNotFoundError):  # run from a source tree that is not installed
        said["version"] = importlib.metadata.version("omezarr_nb")
    return said


def processors() -> int:
    """Give how many threads can run at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
