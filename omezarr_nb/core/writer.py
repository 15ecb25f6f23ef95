"""Writing images and labels.

Each function is a plan (`omezarr_nb.core.pyramid.plan`) and its execution (`omezarr_nb.core.pyramid.run`) in one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.axes import AxesLike
from omezarr_nb.core.format import Format
from omezarr_nb.core.pyramid.arguments import ChannelLike, PerAxis, UnitsLike
from omezarr_nb.core.pyramid.chunking import Chunks, Shards
from omezarr_nb.core.pyramid.codecs import Compression
from omezarr_nb.core.pyramid.labels import Parent, as_image_label, check_label_name, list_label
from omezarr_nb.core.pyramid.levels import Factors
from omezarr_nb.core.pyramid.plan import build_plan, plan_image
from omezarr_nb.core.pyramid.progress import Cancel, Progress

if TYPE_CHECKING:
    from omezarr_nb.core.image import Image, LabelImage
    from omezarr_nb.core.io import Where
    from omezarr_nb.core.metadata import ImageLabel

__all__ = ["write_image", "write_labels"]


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
    version: str | float | Format = "0.5",
    fmt: Format | None = None,
    translation: PerAxis | None = None,
    overwrite: bool = False,
    storage_options: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
) -> Image:
    """Write an array as an OME-Zarr image with all its levels, and open it.

    The array is read once, region by region, a few regions at a time; memory is bounded by the regions, whatever the
    size of the array (`plan_image` says by how much). An existing target is not touched unless `overwrite` is True,
    and then replaced only when the new image is complete; after a failure it is as before.

    Parameters
    ----------
    image
        NumPy, dask or zarr array, or anything with shape, dtype and slicing; 2 to 5 dimensions.
    group
        A path, a URL, a zarr store or a zarr group.
    axes, scale, units, channels, name, scale_factors, levels, method, chunks, shards, compression, version
        As for `omezarr_nb.plan_image`, which shows what they lead to.
    translation, overwrite
        As for `omezarr_nb.plan_image`.
    fmt
        A `Format`, in place of `version`.
    storage_options
        Names of array options of zarr (chunks, shards, compressors, fill_value, ...) apply to the levels, and a list
        of mappings has one for each level; everything else goes to fsspec.
    on_progress
        Called in this thread with a `Progress` at the start, after each region, and at the end.
    cancel
        Anything with ``is_set()``, such as a `threading.Event`: looked at between regions.

    Returns
    -------
    Image
        Opened from the target; its pixels are not in memory.

    Raises
    ------
    InvalidArgumentError, ArgumentTypeError, UnsupportedError
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
    plan = plan_image(
        image,
        group,
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
        version=fmt or version,
        translation=translation,
        overwrite=overwrite,
        storage_options=storage_options,
    )
    return plan.run(on_progress=on_progress, cancel=cancel)


def write_labels(
    labels: Any,
    group: Where | Image,
    name: str = "labels",
    *,
    axes: AxesLike | None = None,
    scale: PerAxis | None = None,
    units: UnitsLike | None = None,
    scale_factors: Sequence[Factors] | None = None,
    levels: int | None = None,
    method: Any = "mode",
    chunks: Chunks | None = None,
    shards: Shards | None = None,
    compression: Compression = "auto",
    version: str | float | Format | None = None,
    fmt: Format | None = None,
    translation: PerAxis | None = None,
    label_metadata: Mapping[str, Any] | ImageLabel | None = None,
    overwrite: bool = False,
    storage_options: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
) -> LabelImage:
    """Write labels to ``labels/<name>`` of an image, add the name to its list of labels, and open them.

    Parameters
    ----------
    labels
        Integers, one for each object and 0 for the background; an array as `write_image` takes it.
    group
        The image (or its path, URL, store or zarr group) that the labels belong to.
    name
        Of the labels: the folder below ``labels/``.
    axes, scale, units, translation
        As for `omezarr_nb.plan_image`. What is left out is taken from the image where its axes are of the same
        names (and, for `axes`, of the same number).
    scale_factors, levels
        As for `omezarr_nb.plan_image`. By default the levels of the image, where the labels are as large as it is.
    method
        "mode" or "nearest", which give no label that is not there; see `reduce_block`.
    chunks, shards, compression, storage_options, on_progress, cancel
        As for `write_image`.
    version, fmt
        That of the image by default. A hierarchy has one version.
    label_metadata
        `image-label`: ``colors``, ``properties``, ``source``.
    overwrite
        Whether labels of this name may be replaced.

    Returns
    -------
    LabelImage
        Opened from the target.

    Raises
    ------
    NotFoundError
        When there is no zarr group at `group`.
    UnsupportedError
        When the labels are no integers, or with a method that would make new values.
    InvalidArgumentError, ArgumentTypeError, TargetExistsError, WriteCancelledError, StoreError
        As from `write_image`.

    Examples
    --------
    >>> import numpy as np
    >>> image = write_image(np.zeros((64, 64), "uint8"), "memory://cells.ome.zarr")
    >>> write_labels(np.ones((64, 64), "int32"), image, name="nuclei").name
    'nuclei'
    """
    from omezarr_nb.core.reader import open_image

    check_label_name(name)
    parent = Parent.of(group, storage_options, fmt or version)
    given = {
        "axes": axes,
        "scale": scale,
        "units": units,
        "translation": translation,
        "scale_factors": scale_factors,
    }
    inherited = parent.defaults(labels, axes, levels=levels is None)
    plan = build_plan(
        labels,
        parent.place(name),
        **(inherited | {key: value for key, value in given.items() if value is not None or key not in inherited}),
        channels=None,
        name=name,
        levels=levels,
        method=method,
        chunks=chunks,
        shards=shards,
        compression=compression,
        version=parent.fmt,
        overwrite=overwrite,
        storage_options=storage_options,
        image_label=as_image_label(label_metadata),
    )
    plan.run(on_progress=on_progress, cancel=cancel)
    list_label(parent, name)
    return open_image(plan.where)  # type: ignore[return-value]
