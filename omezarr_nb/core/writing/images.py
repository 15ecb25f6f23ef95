"""Writing images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack, overload

from omezarr_nb.core.axes import AxesLike
from omezarr_nb.core.format import Format
from omezarr_nb.core.pyramid.arguments import ChannelLike, PerAxis, UnitsLike, as_format
from omezarr_nb.core.pyramid.chunking import Chunks, Shards
from omezarr_nb.core.pyramid.cluster import ClientLike
from omezarr_nb.core.pyramid.codecs import Compression
from omezarr_nb.core.pyramid.levels import Factors
from omezarr_nb.core.pyramid.options import StorageOptions
from omezarr_nb.core.pyramid.plan import plan_image
from omezarr_nb.core.pyramid.progress import Cancel, Progress
from omezarr_nb.core.pyramid.source import as_source, opened
from omezarr_nb.core.writing import scaled
from omezarr_nb.core.writing.details import TransformationsLike, delayed, detailed
from omezarr_nb.core.writing.multiscales import version_for
from omezarr_nb.core.writing.scaled import ScalerLike
from omezarr_nb.errors import InvalidArgumentError

if TYPE_CHECKING:
    from omezarr_nb.core.image import Image
    from omezarr_nb.core.io import Where

__all__ = ["ImageOptions", "write_image"]


class ImageOptions(TypedDict, total=False):
    """The options of `write_image` but ``compute``."""

    axes: AxesLike | None
    scale: PerAxis | None
    units: UnitsLike | None
    channels: Sequence[ChannelLike] | None
    name: str | None
    scale_factors: Sequence[Factors] | None
    levels: int | None
    method: Any
    chunks: Chunks | None
    shards: Shards | None
    compression: Compression
    version: str | float | Format | None
    fmt: Format | None
    translation: PerAxis | None
    overwrite: bool
    storage_options: StorageOptions
    scaler: ScalerLike
    coordinate_transformations: TransformationsLike | None
    metadata: Mapping[str, Any] | None
    on_progress: Callable[[Progress], object] | None
    cancel: Cancel | None
    resume: bool
    client: ClientLike


@overload
def write_image(
    image: Any, group: Where, *, compute: Literal[True] = True, **options: Unpack[ImageOptions]
) -> Image: ...


@overload
def write_image(image: Any, group: Where, *, compute: Literal[False], **options: Unpack[ImageOptions]) -> list[Any]: ...


@overload
def write_image(image: Any, group: Where, *, compute: bool, **options: Unpack[ImageOptions]) -> Image | list[Any]: ...


def write_image(
    image: Any,
    group: Where,
    *,
    axes: AxesLike | None = None,
    scale: PerAxis | None = None,
    units: UnitsLike | None = None,
    channels: Sequence[ChannelLike] | None = None,
    name: str | None = None,
    scale_factors: Sequence[Factors] | None = None,
    levels: int | None = None,
    method: Any = "mean",
    chunks: Chunks | None = None,
    shards: Shards | None = None,
    compression: Compression = "auto",
    version: str | float | Format | None = None,
    fmt: Format | None = None,
    translation: PerAxis | None = None,
    overwrite: bool = False,
    storage_options: StorageOptions = None,
    scaler: ScalerLike = "auto",
    coordinate_transformations: TransformationsLike | None = None,
    metadata: Mapping[str, Any] | None = None,
    compute: bool = True,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
    resume: bool = False,
    client: ClientLike = None,
) -> Image | list[Any]:
    """Write an array as an OME-Zarr image with all its levels, and open it.

    The array is read once, region by region, a few regions at a time; memory is bounded by the regions, whatever the
    size of the array (`plan_image` says by how much). An existing target is not touched unless `overwrite` is True,
    and then replaced only when the new image is complete; after a failure it is as before.

    Parameters
    ----------
    image
        NumPy, dask or zarr array, the path of a TIFF file (see `omezarr_nb.open_tiff`), `omezarr_nb.Planes` that come
        one after the other, or anything with shape, dtype and slicing; 2 to 5 dimensions. For 0.1 and 0.2 axes of one
        pixel are put in, so that it has the five axes tczyx.
    group
        A path, a URL, a zarr store or a zarr group.
    axes, scale, units, channels, name, scale_factors, levels, method, chunks, shards, compression
        As for `omezarr_nb.plan_image`, which shows what they lead to.
    version
        "0.1" to "0.6". By default that of a zarr group that is passed, and the current one otherwise.
    fmt
        A `Format`, in place of `version`.
    translation, overwrite
        As for `omezarr_nb.plan_image`.
    storage_options
        Names of array options of zarr (chunks, shards, compressors, fill_value, ...) apply to the levels, and a list
        of mappings has one for each level; everything else goes to fsspec.
    scaler
        A `omezarr_nb.core.scale.Scaler`, in place of `scale_factors`, `levels` and `method`; None writes one level.
        Its "laplacian" writes differences, of which no level is the image itself.
    coordinate_transformations
        For each level a list with a scale and perhaps a translation, as JSON: stored as they are in place of those
        that follow from `scale`, `translation` and the method.
    metadata
        ``omero`` (checked; in place of `channels`) goes to the group, everything else is added to the ``metadata`` of
        the multiscale.
    compute
        False writes nothing and returns a list of what dask is to run.
    on_progress
        Called in this thread with a `Progress` at the start, after each region, and at the end.
    cancel
        Anything with ``is_set()``, such as a `threading.Event`: looked at between regions.
    resume
        Continue the same write where it was killed, cancelled or failed, to the same bytes, or begin where there is
        none; and keep what is written if it is broken off once more. `omezarr_nb.leftovers` lists what was kept.
    client
        A `distributed.Client`: the workers of its cluster write the regions. By default the client that is active, if
        there is one; False for none. See `WritePlan.run`.

    Returns
    -------
    Image
        Opened from the target; its pixels are not in memory. With ``compute=False`` a list of dask's Delayed.

    Raises
    ------
    InvalidArgumentError, ArgumentTypeError, UnsupportedError, OmeroKeyError
        For arguments that cannot be meant, before anything is touched.
    TargetExistsError
        When something is at the target and `overwrite` is False, or would be lost that is not this image.
    WriteCancelledError
        When `cancel` was set.
    StoreError
        When the storage fails.

    Examples
    --------
    >>> import numpy as np
    >>> image = write_image(
    ...     np.zeros((2, 600, 600), "uint16"), "memory://two.ome.zarr", axes="cyx", scale={"y": 0.5, "x": 0.5},
    ...     units={"y": "um", "x": "um"}, channels=["nuclei", "actin"],
    ... )  # fmt: skip
    >>> [level.shape for level in image.levels]
    [(2, 600, 600), (2, 300, 300)]
    """
    fmt = version_for(group, fmt or (None if version is None else as_format(version)))
    if metadata is not None and channels is not None and "omero" in metadata:
        raise InvalidArgumentError("channels and metadata['omero'] exclude each other.", where="channels")
    scaled.check_alone(scaler, scale_factors=scale_factors, levels=levels, method=None if method == "mean" else method)
    image = opened(image)
    shape = as_source(image).shape
    asked = scaled.as_plan(scaler, shape) if not isinstance(scaler, str) or scaler != "auto" else {}
    plan = plan_image(
        image,
        group,
        axes=axes,
        scale=scale,
        units=units,
        channels=channels,
        name=name,
        **({"scale_factors": scale_factors, "levels": levels, "method": method} | asked),
        chunks=chunks,
        shards=shards,
        compression=compression,
        version=fmt,
        translation=translation,
        overwrite=overwrite,
        storage_options=storage_options,
    )
    plan = detailed(plan, coordinate_transformations=coordinate_transformations, metadata=metadata)
    if not compute:
        return delayed(partial(plan.run, resume=resume, client=client), plan)
    return plan.run(on_progress=on_progress, cancel=cancel, resume=resume, client=client)
