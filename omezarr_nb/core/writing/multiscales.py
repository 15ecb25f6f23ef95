"""Writing pyramids whose levels are given, and the metadata of multiscales."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.axes import AxesLike, check_axes, parse_axes
from omezarr_nb.core.format import Format
from omezarr_nb.core.metadata import ImageLabel, ImageMetadata, Multiscale, image_to_json
from omezarr_nb.core.parse import parse_image
from omezarr_nb.core.pyramid.cluster import ClientLike
from omezarr_nb.core.pyramid.codecs import Compression
from omezarr_nb.core.pyramid.given import plan_levels
from omezarr_nb.core.pyramid.plan import default_name, say
from omezarr_nb.core.pyramid.progress import Cancel, Progress
from omezarr_nb.core.pyramid.work import WritePlan
from omezarr_nb.core.warned import warn
from omezarr_nb.core.writing.arguments import split_metadata, stored_axes, valid_datasets
from omezarr_nb.core.writing.details import TransformationsLike, delayed, detailed
from omezarr_nb.core.writing.groups import change_metadata, check_format, check_group_fmt
from omezarr_nb.core.writing.merge import merged_channels, merged_object
from omezarr_nb.errors import InvalidArgumentError

if TYPE_CHECKING:
    from omezarr_nb.core.io import Where

#: Keys of a multiscale that say what its levels and axes are.
_LEVELS = ("axes", "coordinateSystems", "coordinateTransformations", "datasets", "version")

__all__ = ["version_for", "write_multiscale", "write_multiscales_metadata"]


def write_multiscale(  # noqa: PLR0917 - in the order that ome-zarr-py has
    pyramid: Sequence[Any],
    group: Where,
    chunks: Any = None,
    fmt: Format | None = None,
    axes: AxesLike | None = None,
    coordinate_transformations: TransformationsLike | None = None,
    storage_options: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    name: str | None = None,
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
    """Write levels that are there already as an OME-Zarr image, and open it.

    The arrays are read region by region; memory is bounded by the regions. What is at the target is not touched
    unless `overwrite` is True, and nothing names the levels before they are written.

    Parameters
    ----------
    pyramid
        Arrays of one type, from the largest to the smallest.
    group
        A zarr group, a path, a URL or a store.
    chunks
        As in `storage_options`.
    fmt
        The version; that of the group by default, and the current one where there is none.
    axes
        As for `omezarr_nb.plan_image`.
    coordinate_transformations
        For each level a list with a scale and perhaps a translation, taken at their word. By default all levels are
        taken to cover the same field (see `omezarr_nb.core.pyramid.given.place_levels`), in pixels of level 0. For
        levels that were made by taking every second pixel, pass what is true of them.
    storage_options
        One mapping for all levels, or a list with one for each: chunks (an int for all axes, a tuple for the last
        axes), shards, compressors, fill_value, ...; all other keys go to fsspec.
    name
        Of the image; the last part of the place by default.
    compute
        False returns a list of what dask is to run, and writes nothing before that.
    metadata
        ``omero`` is checked and goes to the group (without it nothing is said of the channels), everything else to
        the ``metadata`` of the multiscale.
    compression, overwrite, on_progress, cancel, resume, client
        As for `omezarr_nb.write_image`.

    Returns
    -------
    Image, or list of dask's Delayed

    Raises
    ------
    InvalidArgumentError, ArgumentTypeError, UnsupportedError, OmeroKeyError
        For what cannot be meant, before anything is touched.
    TargetExistsError, WriteCancelledError, StoreError
        As from `omezarr_nb.write_image`.

    Examples
    --------
    >>> import numpy as np
    >>> levels = [np.zeros((64, 64), "uint8"), np.zeros((32, 32), "uint8")]
    >>> write_multiscale(levels, "memory://given.ome.zarr").levels[1].translation
    (0.5, 0.5)
    """
    fmt = version_for(group, fmt)
    plan = plan_pyramid(
        pyramid,
        group,
        fmt,
        axes=axes,
        coordinate_transformations=coordinate_transformations,
        metadata=metadata,
        name=name,
        chunks=chunks,
        compression=compression,
        overwrite=overwrite,
        storage_options=storage_options,
    )
    if not compute:
        return delayed(partial(plan.run, resume=resume, client=client), plan)
    return plan.run(on_progress=on_progress, cancel=cancel, resume=resume, client=client)


def plan_pyramid(
    pyramid: Sequence[Any],
    where: Any,
    fmt: Format,
    *,
    axes: AxesLike | None,
    coordinate_transformations: TransformationsLike | None,
    metadata: Mapping[str, Any] | None,
    image_label: ImageLabel | None = None,
    **options: Any,
) -> WritePlan:
    """Plan the write of levels that are given, in any version; options are those of `plan_levels`."""
    plan = plan_levels(pyramid, where, axes=axes, fmt=fmt, image_label=image_label, **options)
    say(plan)
    return detailed(plan, coordinate_transformations=coordinate_transformations, metadata=metadata)


def version_for(group: Any, fmt: Format | None) -> Format:
    """Give the version to write: as asked for, else that of a zarr group that was passed, else the current one."""
    import zarr

    from omezarr_nb.core.format import CurrentFormat
    from omezarr_nb.core.pyramid.arguments import as_format

    if isinstance(group, zarr.Group):
        fmt = check_format(group, fmt)
    return as_format(fmt or CurrentFormat())


def write_multiscales_metadata(
    group: Where,
    datasets: Sequence[Mapping[str, Any]],
    fmt: Format | None = None,
    axes: AxesLike | None = None,
    name: str | None = None,
    *,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Write the ``multiscales`` of a group whose arrays are there already.

    Levels and axes take the place of those that the multiscale of this name, or with one of these levels, has; all
    its other keys stay, as do other multiscales and all other metadata. The arrays are not looked at.

    Parameters
    ----------
    group
        A zarr group, a path, a URL or a store; a group is made where there is none.
    datasets
        JSON objects with ``path`` and, since 0.4, ``coordinateTransformations``: a scale and perhaps a translation.
        Stored as they are, in 0.6 in the spelling of 0.6.
    fmt
        As for `check_format`.
    axes
        As for `omezarr_nb.plan_image`. Not stored in 0.1 and 0.2.
    name
        Of the image; by default that which it has, or the last part of the place.
    metadata
        ``omero`` is checked and merged into that of the group, channel by channel, and everything else into the
        multiscale's ``metadata``.

    Raises
    ------
    InvalidArgumentError
        When there are no datasets, one has no path, or axes or transformations break the rules of the version.
    OmeroKeyError, ArgumentTypeError
        When ``omero`` breaks the rules.

    Examples
    --------
    >>> import zarr
    >>> group = zarr.group()
    >>> scale = [{"type": "scale", "scale": [0.5, 0.5]}]
    >>> write_multiscales_metadata(group, [{"path": "0", "coordinateTransformations": scale}], axes="yx")
    >>> group.attrs["ome"]["multiscales"][0]["datasets"][0]["path"]
    '0'
    """
    opened, fmt = check_group_fmt(group, fmt)
    fixed = fmt.default_axes()
    stored = None
    if axes is not None or fmt.scaled:
        stored = stored_axes(axes=axes, fmt=fmt)
        _warn_of_units(axes, fmt)
    ndim = len(fixed or stored or ())
    valid = valid_datasets(datasets, ndim, fmt)
    omero, rest = split_metadata(metadata)
    multiscale: dict[str, Any] = {"datasets": valid}
    if stored is not None:
        multiscale["axes"] = stored
    if not fmt.nested:
        multiscale["version"] = fmt.version
    spelled = _spelled(multiscale, fmt)
    given = default_name(opened)

    def changed(block: dict[str, Any]) -> Mapping[str, Any]:
        if omero is not None:
            block["omero"] = merged_channels(block.get("omero"), omero)
        entries = block.get("multiscales")
        entries = list(entries) if isinstance(entries, list) else []
        index = _place_of(entries, name or given, [dataset["path"] for dataset in valid])
        old = entries[index] if index is not None else {}
        new = _renewed(old, spelled, fmt) | {"name": name or old.get("name") or given}
        if rest:
            new["metadata"] = merged_object(old.get("metadata"), rest)
        if index is None:
            return block | {"multiscales": [*entries, new]}
        entries[index] = new
        return block | {"multiscales": entries}

    change_metadata(opened, fmt, changed)


def _warn_of_units(axes: AxesLike | None, fmt: Format) -> None:
    """Warn of units that are stored as they are given, and are none of the specification's."""
    if axes is None or fmt.axes_form not in ("objects", "systems"):
        return
    for problem in check_axes(parse_axes(axes), "axes", fmt):
        if problem.severity == "warning":
            warn(f"{problem} ({problem.rule}).")


def _place_of(entries: Sequence[Any], name: str, paths: Sequence[str]) -> int | None:
    """Give the index of the multiscale of a name, else of one with some of the levels; None where there is none."""
    known = [(index, entry) for index, entry in enumerate(entries) if isinstance(entry, dict)]
    for index, entry in known:
        if entry.get("name") == name:
            return index
    for index, entry in known:
        datasets = entry.get("datasets")
        own = datasets if isinstance(datasets, list) else []
        if any(isinstance(dataset, dict) and dataset.get("path") in paths for dataset in own):
            return index
    return None


def _renewed(old: Mapping[str, Any], new: Multiscale | dict[str, Any], fmt: Format) -> dict[str, Any]:
    """Give a multiscale with new levels and axes, and all else that the old one says."""
    kept = {key: value for key, value in old.items() if key not in _LEVELS}
    if isinstance(new, dict):
        return kept | new
    before, _ = parse_image(fmt.wrap({"multiscales": [dict(old)]}), fmt)
    if before.multiscales and len(before.multiscales[0].axes) == len(new.axes):
        (system,) = before.multiscales  # other coordinate systems, and what leads to them
        new = replace(new, intrinsic=system.intrinsic, others=system.others, edges=system.edges)
    (spelled,) = image_to_json(ImageMetadata((new,)), fmt)["multiscales"]
    return kept | dict(spelled)


def _spelled(multiscale: dict[str, Any], fmt: Format) -> Multiscale | dict[str, Any]:
    """Give a multiscale as a version spells it; the model where it has coordinate systems (0.6)."""
    if fmt.axes_form != "systems":
        return multiscale
    from omezarr_nb.core.format import FormatV05

    older = FormatV05()
    model, problems = parse_image(older.wrap({"multiscales": [multiscale]}), older)
    if not model.multiscales:
        raise InvalidArgumentError(
            "This multiscale cannot be written.", where="datasets", found="; ".join(map(str, problems))
        )
    return model.multiscales[0]
