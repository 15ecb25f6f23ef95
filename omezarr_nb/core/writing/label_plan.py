"""Planning labels: where they go, what they take from their image, and the list that names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from inspect import signature
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.axes import AxesLike
from omezarr_nb.core.code import asked
from omezarr_nb.core.format import Format
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.metadata import ImageLabel
from omezarr_nb.core.pyramid.arguments import PerAxis, UnitsLike
from omezarr_nb.core.pyramid.chunking import Chunks, Shards
from omezarr_nb.core.pyramid.codecs import Compression
from omezarr_nb.core.pyramid.five import Given, in_five
from omezarr_nb.core.pyramid.labels import Parent, as_image_label, check_label_name
from omezarr_nb.core.pyramid.levels import Factors
from omezarr_nb.core.pyramid.options import StorageOptions
from omezarr_nb.core.pyramid.plan import build_plan, say
from omezarr_nb.core.pyramid.source import as_source, opened
from omezarr_nb.core.pyramid.work import WritePlan
from omezarr_nb.core.writing.details import TransformationsLike, detailed, warn_of_sizes
from omezarr_nb.core.writing.groups import change_metadata, make_group
from omezarr_nb.core.writing.unlisted import has_pixels

if TYPE_CHECKING:
    from zarr.storage import StorePath

    from omezarr_nb.core.image import Image, LabelImage
    from omezarr_nb.core.io import Where
    from omezarr_nb.core.pyramid.cluster import ClientLike
    from omezarr_nb.core.pyramid.progress import Cancel, Progress

__all__ = ["LabelsPlan", "labels_plan", "plan_labels", "run_labels"]


@dataclass(frozen=True, slots=True, repr=False)
class LabelsPlan(WritePlan):
    """A write of labels, decided and not yet begun. Made by `omezarr_nb.plan_labels`; `run` executes it.

    Parameters
    ----------
    parent
        The image that the labels belong to.
    label_name
        Of the labels: the folder below ``labels/``.
    """

    parent: Parent | None = None
    label_name: str = ""

    def run(
        self,
        on_progress: Callable[[Progress], object] | None = None,
        cancel: Cancel | None = None,
        *,
        resume: bool = False,
        client: ClientLike = None,
    ) -> LabelImage:
        """Write the labels, name them in the image's list of labels, and open them.

        Parameters
        ----------
        on_progress, cancel, resume, client
            As for `WritePlan.run`.

        Raises
        ------
        OMEZarrError
            As from `WritePlan.run`. The list of labels names them only when they are complete.
        """
        assert self.parent is not None
        watching = {"on_progress": on_progress, "cancel": cancel, "resume": resume, "client": client}
        return run_labels(self, self.parent, self.label_name, **watching)


def plan_labels(
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
    translation: PerAxis | None = None,
    label_metadata: Mapping[str, Any] | ImageLabel | None = None,
    overwrite: bool = False,
    storage_options: StorageOptions = None,
) -> LabelsPlan:
    """Decide how labels are written to ``labels/<name>`` of an image, and hold them against it.

    The metadata of the image is read; of the labels nothing is, and nothing at the target is looked at or touched.

    Parameters
    ----------
    labels, group, name, axes, scale, units, scale_factors, levels, method, chunks, shards, compression, version
        As for `write_labels`.
    translation, label_metadata, overwrite, storage_options
        As for `write_labels`.

    Returns
    -------
    LabelsPlan
        Its repr is a table of what will be written.

    Raises
    ------
    NotFoundError, InvalidArgumentError, ArgumentTypeError, UnsupportedError
        As from `write_labels`: among others where the labels are not as long as the image along an axis.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> image = omezarr_nb.write_image(np.zeros((64, 64), "uint8"), "memory://planned.ome.zarr")
    >>> plan = omezarr_nb.plan_labels(np.ones((64, 64), "uint16"), image, "nuclei")
    >>> plan.run().name
    'nuclei'
    """
    given: dict[str, Any] = {
        "axes": axes,
        "scale": scale,
        "units": units,
        "scale_factors": scale_factors,
        "levels": levels,
        "method": method,
        "chunks": chunks,
        "shards": shards,
        "compression": compression,
        "version": version,
        "translation": translation,
        "label_metadata": label_metadata,
        "overwrite": overwrite,
        "storage_options": storage_options,
    }
    plan = labels_plan(labels, group, name, **given)
    call = asked("omezarr_nb.write_labels", {"labels": labels, "image": group, "name": name}, given, _defaults())
    return replace(plan, asked=replace(call, result="labels"))


@cache
def _defaults() -> Mapping[str, Any]:
    return {entry.name: entry.default for entry in signature(plan_labels).parameters.values() if entry.kind == 3}


def labels_plan(
    labels: Any,
    group: Any,
    name: str,
    *,
    axes: AxesLike | None,
    scale: PerAxis | None,
    units: UnitsLike | None,
    scale_factors: Sequence[Factors] | None,
    levels: int | None,
    method: Any,
    chunks: Chunks | None,
    shards: Shards | None,
    compression: Compression,
    version: str | float | Format | None,
    translation: PerAxis | None,
    label_metadata: Mapping[str, Any] | ImageLabel | None,
    overwrite: bool,
    storage_options: StorageOptions,
    scaled: Mapping[str, Any] | None = None,
    coordinate_transformations: TransformationsLike | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> LabelsPlan:
    """Do what `write_labels` says, up to the plan.

    Parameters
    ----------
    scaled
        What a scaler asks for, in place of `scale_factors`, `levels` and `method`.
    """
    check_label_name(name)
    parent = Parent.of(group, storage_options, version)
    warn_of_sizes(parent.fmt, scale=scale, translation=translation)
    labels = opened(labels)
    if axes is None and parent.fmt.default_axes() is not None:
        axes = getattr(labels, "axes", None)  # of an image or a TIFF
    said = Given(axes, scale, units, translation, scale_factors, chunks, shards, storage_options)
    source, said, notes = in_five(as_source(labels), said, parent.fmt)
    labels, axes = (source.array if notes else labels), said.axes
    given = {
        "axes": axes,
        "scale": said.scale,
        "units": said.units,
        "translation": said.translation,
        "scale_factors": said.scale_factors,
    }
    inherited = parent.defaults(labels, axes, levels=levels is None and not scaled)
    wanted = inherited | {key: value for key, value in given.items() if value is not None or key not in inherited}
    plan = build_plan(
        labels,
        parent.place(name),
        **(wanted | {"levels": levels, "method": method} | dict(scaled or {})),
        channels=None,
        name=name,
        chunks=said.chunks,
        shards=said.shards,
        compression=compression,
        version=parent.fmt,
        overwrite=overwrite,
        storage_options=said.storage_options,
        image_label=as_image_label(label_metadata),
    )
    plan = replace(plan, notes=notes)
    say(plan)
    if scale is None and translation is None and coordinate_transformations is None:
        parent.check_shape(plan.levels[0].shape, plan.axes)
    plan = detailed(plan, coordinate_transformations=coordinate_transformations, metadata=metadata)
    return LabelsPlan(
        **{entry.name: getattr(plan, entry.name) for entry in fields(plan)}, parent=parent, label_name=name
    )


def run_labels(plan: WritePlan, parent: Parent, name: str, **watching: Any) -> LabelImage:
    """Write labels, then name them in the list."""
    from omezarr_nb.core.reader import open_image

    labels = parent.location.store_path / "labels"
    if watching.get("resume") and not plan.overwrite and _is_unlisted(plan, labels, parent.fmt, name):
        plan = replace(plan, overwrite=True)
    WritePlan.run(plan, **watching)
    group = make_group(labels, parent.fmt)
    change_metadata(group, parent.fmt, lambda block: listed(block, name))
    if parent.given is not None:
        parent.given.forget_labels()
    return open_image(plan.where)  # type: ignore[return-value] # labels were written


def _is_unlisted(plan: WritePlan, labels: StorePath, fmt: Format, name: str) -> bool:
    """Return whether the labels are there and in no list: their writer was killed before it listed them."""
    location = ZarrLocation(labels, "r", fmt)
    if location.exists() and name in (location.fmt.block(location.root_attrs).get("labels") or []):
        return False
    return plan.source.in_order is None and has_pixels(labels / name, plan.source.array, fmt)


def listed(block: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the metadata of a group of labels with a name in its list, once."""
    there = block.get("labels")
    names = list(there) if isinstance(there, list) else []
    return block | {"labels": names if name in names else [*names, name]}
