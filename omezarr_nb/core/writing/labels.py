"""Writing labels, and the metadata that makes labels of an image."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from omezarr_nb.core.axes import AxesLike
from omezarr_nb.core.format import Format
from omezarr_nb.core.metadata import ImageLabel
from omezarr_nb.core.pyramid.arguments import PerAxis, UnitsLike
from omezarr_nb.core.pyramid.chunking import Chunks, Shards
from omezarr_nb.core.pyramid.cluster import ClientLike
from omezarr_nb.core.pyramid.codecs import Compression
from omezarr_nb.core.pyramid.labels import Parent, as_image_label, check_label_name
from omezarr_nb.core.pyramid.levels import Factors
from omezarr_nb.core.pyramid.options import StorageOptions
from omezarr_nb.core.pyramid.progress import Cancel, Progress
from omezarr_nb.core.pyramid.source import as_source, opened
from omezarr_nb.core.writing import scaled
from omezarr_nb.core.writing.details import TransformationsLike, delayed
from omezarr_nb.core.writing.groups import change_metadata, check_group_fmt
from omezarr_nb.core.writing.label_plan import labels_plan, listed, run_labels
from omezarr_nb.core.writing.merge import merged_entries, merged_object
from omezarr_nb.core.writing.multiscales import plan_pyramid
from omezarr_nb.core.writing.plates import own_version
from omezarr_nb.core.writing.scaled import ScalerLike
from omezarr_nb.errors import NotFoundError

if TYPE_CHECKING:
    from omezarr_nb.core.image import Image
    from omezarr_nb.core.io import Where

__all__ = ["write_label_metadata", "write_labels", "write_multiscale_labels"]


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
    storage_options: StorageOptions = None,
    scaler: ScalerLike = "auto",
    coordinate_transformations: TransformationsLike | None = None,
    metadata: Mapping[str, Any] | None = None,
    compute: bool = True,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
    resume: bool = False,
    client: ClientLike = None,
) -> Any:
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
        names. Axes are its own where they are as many, or as many without the channel's. Labels are as long as the
        image along each axis, or of length 1, unless `scale` or `translation` say that they have other pixels.
    scale_factors, levels
        As for `omezarr_nb.plan_image`. By default the levels of the image, where the labels are as large as it is.
    method
        "mode" or "nearest", which give no label that is not there; see `reduce_block`.
    chunks, shards, compression, storage_options, on_progress, cancel, resume, client
        As for `write_image`.
    version, fmt
        That of the image by default. A hierarchy has one version.
    label_metadata
        `image-label`: ``colors``, ``properties``, ``source`` (which is "../../" where it is not said).
    overwrite
        Whether labels of this name may be replaced.
    scaler, coordinate_transformations, metadata, compute
        As for `write_image`. A scaler's method is "nearest" or "mode".

    Returns
    -------
    LabelImage
        Opened from the target. With ``compute=False`` a list of dask's Delayed.

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
    >>> from omezarr_nb.core.writer import write_image
    >>> image = write_image(np.zeros((64, 64), "uint8"), "memory://cells.ome.zarr")
    >>> write_labels(np.ones((64, 64), "int32"), image, name="nuclei").name
    'nuclei'
    """
    check_label_name(name)
    scaled.check_alone(scaler, scale_factors=scale_factors, levels=levels, method=None if method == "mode" else method)
    labels = opened(labels)
    plan = labels_plan(
        labels,
        group,
        name,
        axes=axes,
        scale=scale,
        units=units,
        scale_factors=scale_factors,
        levels=levels,
        method=method,
        chunks=chunks,
        shards=shards,
        compression=compression,
        version=fmt or version,
        translation=translation,
        label_metadata=label_metadata,
        overwrite=overwrite,
        storage_options=storage_options,
        scaled=scaled.as_plan(scaler, as_source(labels).shape),
        coordinate_transformations=coordinate_transformations,
        metadata=metadata,
    )
    if not compute:
        return delayed(partial(plan.run, resume=resume, client=client), plan)
    return plan.run(on_progress=on_progress, cancel=cancel, resume=resume, client=client)


def write_multiscale_labels(  # noqa: PLR0917 - in the order that ome-zarr-py has
    pyramid: Sequence[Any],
    group: Where | Image,
    name: str,
    chunks: Any = None,
    fmt: Format | None = None,
    axes: AxesLike | None = None,
    coordinate_transformations: TransformationsLike | None = None,
    storage_options: StorageOptions = None,
    label_metadata: Mapping[str, Any] | ImageLabel | None = None,
    compute: bool = True,
    *,
    metadata: Mapping[str, Any] | None = None,
    compression: Compression = "auto",
    overwrite: bool = False,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
    resume: bool = False,
    client: ClientLike = None,
) -> Any:
    """Write levels of labels that are there already to ``labels/<name>`` of an image, and open them.

    Parameters
    ----------
    pyramid
        Integer arrays of one type, from the largest to the smallest.
    group, name, label_metadata
        As for `write_labels`.
    chunks, fmt, axes, coordinate_transformations, storage_options, compute, metadata, compression, overwrite
        As for `write_multiscale`; axes are found as for `write_labels`.
    on_progress, cancel, resume, client
        As for `write_image`.

    Returns
    -------
    LabelImage
        Opened from the target. With ``compute=False`` a list of dask's Delayed.

    Raises
    ------
    NotFoundError, UnsupportedError, InvalidArgumentError, ArgumentTypeError, TargetExistsError, StoreError
        As from `write_labels`.
    """
    check_label_name(name)
    parent = Parent.of(group, storage_options, fmt)
    if axes is None and parent.fmt.default_axes() is None and len(pyramid):
        axes = parent.axes_of(np.shape(pyramid[0]))
    plan = plan_pyramid(
        pyramid,
        parent.place(name),
        parent.fmt,
        axes=axes,
        coordinate_transformations=coordinate_transformations,
        metadata=metadata,
        name=name,
        chunks=chunks,
        compression=compression,
        image_label=as_image_label(label_metadata),
        overwrite=overwrite,
        storage_options=storage_options,
    )
    if coordinate_transformations is None:
        parent.check_shape(plan.levels[0].shape, plan.axes)
    if not compute:
        return delayed(partial(run_labels, plan, parent, name, resume=resume, client=client), plan)
    return run_labels(plan, parent, name, on_progress=on_progress, cancel=cancel, resume=resume, client=client)


def write_label_metadata(
    group: Where,
    name: str,
    colors: Sequence[Mapping[str, Any]] | None = None,
    properties: Sequence[Mapping[str, Any]] | None = None,
    fmt: Format | None = None,
    **metadata: Any,
) -> None:
    """Say that an image is a label image: write its ``image-label``, and add it to the list of labels once.

    Colours and properties are added to those that are there, each label's once; what is not given stays as it is, and
    so does all other metadata.

    Parameters
    ----------
    group
        The group of all labels of an image (``<image>/labels``), or its path or URL.
    name
        Of the labels, whose group is there already.
    colors
        JSON objects with ``label-value`` and ``rgba``.
    properties
        JSON objects with ``label-value`` and anything else.
    fmt
        As for `check_format`.
    **metadata
        Other keys of ``image-label``, such as ``source``.

    Raises
    ------
    NotFoundError
        When the labels have no group.
    InvalidArgumentError
        When the metadata breaks the rules.
    """
    import zarr

    check_label_name(name)
    opened, fmt = check_group_fmt(group, fmt, "r+")
    labels = opened.get(name)
    if not isinstance(labels, zarr.Group):
        raise NotFoundError(
            "There is no group of labels of this name.", where=str(opened.store_path / name), do="Write them first."
        )
    given = {"colors": colors, "properties": properties, **metadata}
    own = {key: value for key, value in given.items() if value is not None}
    own = as_image_label(own).to_json() | own_version(fmt)

    def changed(block: dict[str, Any]) -> Mapping[str, Any]:
        old = block.get("image-label")
        new = merged_object(old, own)
        for key in ("colors", "properties"):
            if key in own and isinstance(old, dict):
                new[key] = merged_entries(old.get(key), own[key], "label-value")
        return block | {"image-label": new}

    change_metadata(labels, fmt, changed)
    change_metadata(opened, fmt, lambda block: listed(block, name))
