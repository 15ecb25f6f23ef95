"""Images and labels before their pixels: for an instrument that writes them as they come, and to be painted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from omezarr_nb.core.axes import AxesLike, Axis, axis_names, parse_axes
from omezarr_nb.core.format import Format
from omezarr_nb.core.metadata import ImageLabel, Window
from omezarr_nb.core.pyramid import arguments, chunking, codecs
from omezarr_nb.core.pyramid.labels import Parent, as_image_label, check_label_name
from omezarr_nb.core.pyramid.levels import Factors
from omezarr_nb.core.pyramid.plan import build_plan, plan_image
from omezarr_nb.core.pyramid.regions import Pass
from omezarr_nb.core.pyramid.work import WritePlan
from omezarr_nb.core.writing.label_plan import run_labels
from omezarr_nb.core.zipped.names import read_only_archive
from omezarr_nb.core.zipped.target import archive_path
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError

if TYPE_CHECKING:
    from omezarr_nb.core.image import Image, LabelImage
    from omezarr_nb.core.io import Where

__all__ = ["create_image", "create_labels"]


def create_image(
    where: Where,
    *,
    shape: Sequence[int],
    dtype: Any,
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
) -> Image:
    """Create an image with all its levels and no pixels yet, and open it.

    It can be read at any moment: pixels that are not written are the fill value. Write them with
    `Image.update_region`, a plane or a tile at a time; make it longer with `Image.append`. Both write all levels.

    Parameters
    ----------
    where
        A path, a URL, a zarr store or a zarr group.
    shape
        Of level 0, in axis order, at least one pixel along each axis. Where the number of time points is not known,
        begin with one.
    dtype
        Of the pixels: bool, integers or floats of 8 to 64 bits, complex64 or complex128.
    axes, scale, units, channels, name, scale_factors, levels, method, chunks, shards, compression, version, translation
        As for `omezarr_nb.plan_image`. Chunks that hold one plane are written once each when planes come one by one;
        longer ones are read and written anew for every plane. Contrast windows that are not given are all that the
        type can hold (0 to 1 for floats), because there are no pixels to look at.
    overwrite, storage_options
        As for `omezarr_nb.plan_image`; ``fill_value`` (0 by default) is one of the options.

    Returns
    -------
    Image

    Raises
    ------
    InvalidArgumentError, ArgumentTypeError, UnsupportedError
        For arguments that cannot be meant, before anything is touched.
    TargetExistsError
        When something is at the target and `overwrite` is False, or would be lost that is not this image.
    StoreError
        When the storage fails.

    Examples
    --------
    >>> import numpy as np
    >>> image = create_image("memory://live.ome.zarr", shape=(3, 128, 128), dtype="uint16", axes="zyx", levels=2)
    >>> for z in range(3):
    ...     image.update_region(np.full((128, 128), z, "uint16"), z=z)
    >>> image.levels[1].zarr[:, 0, 0].tolist()
    [0, 1, 2]
    """
    archive = archive_path(where)
    if archive is not None:
        raise read_only_archive(str(archive))
    empty = np.broadcast_to(np.zeros((), _dtype(dtype)), _shape(shape))
    plan = plan_image(
        empty,
        where,
        axes=axes,
        scale=scale,
        units=units,
        channels=channels,
        name=name,
        scale_factors=scale_factors,
        levels=levels,
        method=method,
        chunks=chunks,
        shards=shards,
        compression=compression,
        version=version,
        translation=translation,
        overwrite=overwrite,
        storage_options=storage_options,
    )
    low, high = arguments.value_range(plan.dtype) or (0.0, 1.0)
    metadata = plan.metadata
    if metadata.omero is not None:
        windows = tuple(
            channel if channel.window is not None else replace(channel, window=Window(low, high, low, high))
            for channel in metadata.omero.channels
        )
        metadata = replace(metadata, omero=replace(metadata.omero, channels=windows))
    return replace(plan, metadata=metadata, passes=(_nothing(plan),)).run()


def _shape(shape: Any) -> tuple[int, ...]:
    if isinstance(shape, str) or not isinstance(shape, Sequence):
        raise ArgumentTypeError("A shape is a sequence of whole numbers.", where="shape", found=shape)
    for length in shape:
        if isinstance(length, bool) or not hasattr(length, "__index__"):
            raise ArgumentTypeError("A shape is a sequence of whole numbers.", where="shape", found=shape)
        if length.__index__() < 1:
            raise InvalidArgumentError(
                "An image has at least one pixel along each axis.",
                where="shape",
                found=tuple(shape),
                do="Begin with one time point, and append the others.",
            )
    return tuple(length.__index__() for length in shape)


def _dtype(dtype: Any) -> np.dtype[Any]:
    try:
        known: np.dtype[Any] = np.dtype(dtype)
    except TypeError as error:
        raise ArgumentTypeError("This is no type of pixels.", where="dtype", found=dtype) from error
    return known


def create_labels(
    group: Where | Image,
    name: str = "labels",
    *,
    dtype: Any = "uint32",
    axes: AxesLike | None = None,
    method: Any = "mode",
    chunks: chunking.Chunks | None = None,
    shards: chunking.Shards | None = None,
    compression: codecs.Compression = "auto",
    label_metadata: Mapping[str, Any] | ImageLabel | None = None,
    overwrite: bool = False,
    storage_options: Mapping[str, Any] | None = None,
) -> LabelImage:
    """Create labels of an image in which nothing is labelled yet, at all levels of the image, and open them.

    Paint them with `Image.update_region`; only the chunks that are painted on are ever stored.

    Parameters
    ----------
    group
        The image, or its path, URL, store or zarr group.
    name
        Of the labels: the folder below ``labels/``.
    dtype
        Integers: the largest label that there can be.
    axes
        Names of those of the image's axes that the labels have; all but the channel's by default.
    method
        "mode" or "nearest".
    chunks, shards, compression, label_metadata, overwrite, storage_options
        As for `omezarr_nb.write_labels`.

    Returns
    -------
    LabelImage

    Raises
    ------
    InvalidArgumentError
        When there is no image at `group`, or it has no such axes.
    NotFoundError, UnsupportedError, ArgumentTypeError, TargetExistsError, StoreError
        As from `omezarr_nb.write_labels`.

    Examples
    --------
    >>> import omezarr_nb
    >>> image = omezarr_nb.write_image(np.zeros((2, 64, 64)), "memory://painted.ome.zarr", axes="cyx", levels=2)
    >>> painted = create_labels(image, "painted")
    >>> painted.update_region(7, y=slice(10, 20), x=slice(10, 20))
    >>> painted.shape, int(painted.levels[1].zarr[5, 5])
    ((64, 64), 7)
    """
    check_label_name(name)
    parent = Parent.of(group, storage_options, None)
    image = parent.image
    if image is None:
        raise InvalidArgumentError(
            "There is no image here whose labels they could be.",
            where=parent.location.where,
            do="Write labels that are their own with write_labels.",
        )
    lengths = dict(zip(axis_names(image.axes), image.shape, strict=True))
    own = _label_axes(image, axes, parent.fmt)
    channel = "" if image.channel_axis is None else image.axes[image.channel_axis].name
    empty = np.broadcast_to(
        np.zeros((), _dtype(dtype)),
        tuple(1 if axis.name == channel and axes is None else lengths[axis.name] for axis in own),
    )
    inherited = parent.defaults(empty, own, levels=True)
    plan = build_plan(
        empty,
        parent.place(name),
        axes=own,
        scale=inherited["scale"],
        units=inherited["units"],
        translation=inherited["translation"],
        scale_factors=inherited.get("scale_factors"),
        channels=None,
        name=name,
        levels=None,
        method=method,
        chunks=chunks,
        shards=shards,
        compression=compression,
        version=parent.fmt,
        overwrite=overwrite,
        storage_options=storage_options,
        image_label=as_image_label(label_metadata),
    )
    return run_labels(replace(plan, passes=(_nothing(plan),)), parent, name)


def _label_axes(image: Image, axes: AxesLike | None, fmt: Format) -> tuple[Axis, ...]:
    """Give those of the image's axes that its labels have."""
    if axes is None:
        fixed = fmt.default_axes() is not None  # all five, whatever they are
        return tuple(axis for axis in image.axes if fixed or axis.type != "channel")
    names = axis_names(image.axes)
    wanted = axis_names(parse_axes(axes, len(axes) if isinstance(axes, Sized) else image.ndim))
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise InvalidArgumentError(
            "The image has no such axis.", where="axes", found=unknown[0], expected=", ".join(names)
        )
    return tuple(axis for axis in image.axes if axis.name in wanted)


def _nothing(plan: WritePlan) -> Pass:
    """Give a pass without regions, of which a plan has at least one."""
    return replace(plan.passes[0], shape=(0,) * len(plan.axes), carry=None)
