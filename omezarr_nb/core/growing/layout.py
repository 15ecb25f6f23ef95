"""Other chunks, shards and compression for an image: in another place, or in its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from omezarr_nb.core.axes import Axis
from omezarr_nb.core.convert import plan_convert
from omezarr_nb.core.converting.chunks import storage
from omezarr_nb.core.converting.resume import nowhere
from omezarr_nb.core.converting.work import ArrayPlan, ConvertPlan
from omezarr_nb.core.growing.change import changing, reread
from omezarr_nb.core.growing.documents import inner_codecs, layout, relaid
from omezarr_nb.core.growing.levels import replace_levels
from omezarr_nb.core.growing.spread import Meter, each
from omezarr_nb.core.image import Image
from omezarr_nb.core.io import ZarrLocation, open_array
from omezarr_nb.core.opened import Opened
from omezarr_nb.core.pyramid import chunking, codecs
from omezarr_nb.core.pyramid.progress import Cancel, Progress
from omezarr_nb.core.pyramid.regions import Grid, plan_given
from omezarr_nb.errors import InvalidArgumentError, UnsupportedError

if TYPE_CHECKING:
    import zarr

    from omezarr_nb.core.io import Where


__all__ = ["rechunk"]


def rechunk(
    source: Where | Opened,
    where: Where | None = None,
    *,
    chunks: chunking.Chunks | None = None,
    shards: chunking.Shards | Literal["keep"] | None = "keep",
    compression: codecs.Compression | Literal["keep"] = "keep",
    overwrite: bool = False,
    source_storage_options: Mapping[str, Any] | None = None,
    storage_options: Mapping[str, Any] | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
) -> Any:
    """Store the levels of images in other chunks, shards or codecs; pixels stay as they are.

    Memory is bounded by regions of about 32 MB, of a few chunks (or shards) at least, whatever the size of the image.

    Parameters
    ----------
    source
        A path, a URL, a zarr store or group, or what `omezarr_nb.open` returned. An image; or, with `where`, a plate
        or a collection, of which all images are rechunked.
    where
        A path, a URL, a zarr store or a zarr group, as for `omezarr_nb.convert`: everything below the source goes
        there, labels and other files as they are stored. None changes the image where it is, in any store that takes
        writes: the new levels are written beside the old ones, under names that are not taken (``0_2``); then the
        metadata names them, at one stroke, and the old ones are removed. After a failure all is as before.
    chunks
        As for `omezarr_nb.plan_image`; each level's own by default.
    shards
        As for `omezarr_nb.plan_image`, None for none; "keep" leaves them as they are.
    compression
        As for `omezarr_nb.plan_image`; "keep" leaves all codecs as they are.
    overwrite
        Whether what is at `where` may be replaced, as for `omezarr_nb.convert`.
    source_storage_options, storage_options
        What fsspec needs for the URLs of the source and of the target.
    on_progress
        Called in this thread with a `Progress` at the start and after each region.
    cancel
        Anything with ``is_set()``, such as a `threading.Event`: looked at between regions.

    Returns
    -------
    Image, Plate, ImageCollection, ...
        What was written, opened; in place, and where an image was passed, that image brought up to date.

    Raises
    ------
    InvalidArgumentError
        When nothing is to be changed, and for chunks and shards that cannot be meant.
    UnsupportedError
        For shards in Zarr 2, and in a zip file that is to be changed.
    TargetExistsError, NotFoundError, StoreError, WriteCancelledError
        As from `omezarr_nb.convert`.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> image = omezarr_nb.write_image(np.zeros((4, 64, 64)), "memory://planes.ome.zarr", axes="zyx")
    >>> rechunk(image, "memory://blocks.ome.zarr", chunks=(4, 16, 16)).levels[0].chunks
    (4, 16, 16)
    >>> rechunk(image, chunks=(2, 32, 32), shards=(4, 64, 64)).levels[0].shards
    (4, 64, 64)
    """
    if chunks is None and shards == "keep" and _is_keep(compression):
        raise InvalidArgumentError(
            "Nothing is to be changed.", where="chunks", do="Pass chunks, shards or compression."
        )
    wanted = _Wanted(chunks, shards, compression)
    if where is None:
        image = _image(source, source_storage_options)
        _in_place(image, wanted, Meter(on_progress, cancel, where=image.where))
        return image
    location = ZarrLocation(
        source.location if isinstance(source, Opened) else source, storage_options=source_storage_options
    )
    plan = plan_convert(location, where, version=location.version, overwrite=overwrite, storage_options=storage_options)
    # As they are stored: nothing is said in another way, as a conversion may.
    plan = replace(
        plan,
        groups={path: group.attributes for path, group in plan.source.groups.items()},
        arrays={path: _as_stored(array) for path, array in plan.arrays.items()},
    )
    plan = replace(plan, relaid=dict(_levels(plan, wanted)), losses=())
    return plan.run(on_progress, cancel)


def _as_stored(array: ArrayPlan) -> ArrayPlan:
    document, attributes = array.stored.document, array.stored.attributes
    return replace(array, new=document, attributes=attributes, places=None, shape=tuple(document["shape"]))


class _Wanted:
    """What was asked for."""

    def __init__(self, chunks: Any, shards: Any, compression: Any) -> None:
        self.chunks, self.shards, self.compression = chunks, shards, compression

    def document(
        self, old: Mapping[str, Any], finest: Mapping[str, Any], axes: Sequence[Axis], where: str, *, labels: bool
    ) -> dict[str, Any]:
        """Return the document of a level as it will be.

        Parameters
        ----------
        old, finest
            Of the level as it is, and of level 0.
        axes
            Of the image.
        where
            For messages.
        labels
            Whether the pixels are labels.
        """
        shape = tuple(old["shape"])
        full = tuple(finest["shape"])
        zarr_format = int(old["zarr_format"])
        own_chunks, own_shards = layout(old, where)
        asked = own_chunks if self.chunks is None else chunking.as_chunks(self.chunks, axes)
        fitted = chunking.fit_chunks(asked, shape)
        if isinstance(self.shards, str) and self.shards == "keep":
            shards = own_shards
            if shards is not None and any(s % c for s, c in zip(shards, fitted, strict=True)):
                raise InvalidArgumentError(
                    "The shards as they are do not hold whole chunks of this size.",
                    where="chunks",
                    found=f"chunks {fitted} in shards {shards}",
                    do="Pass shards, too, or shards=None for none.",
                )
        else:
            if self.shards not in (None, False) and zarr_format == 2:
                chunking.check_shards_allowed(self.shards, "0.4", zarr_format)
            array = open_array(nowhere(), old, where)
            wide = chunking.as_shards(self.shards, asked, full, axes, array.dtype.itemsize)
            shards = chunking.fit_shards(wide, fitted, shape)
        kept = inner_codecs(old)
        if not _is_keep(self.compression):
            chosen = codecs.compressors(self.compression, zarr_format, labels=labels)
            kept = _encoded(open_array(nowhere(), old, where), chosen, zarr_format)
        return relaid(old, fitted, shards, kept)


def relaid_documents(plan: ConvertPlan, chunks: Any, shards: Any, compression: Any) -> dict[str, dict[str, Any]]:
    """Return the documents of the levels of all images of a conversion in other chunks, shards or codecs, by path.

    Raises
    ------
    InvalidArgumentError, UnsupportedError
        For chunks and shards that cannot be meant.
    """
    wanted, found = _Wanted(chunks, shards, compression), {}
    for names, axes, where in _image_levels(plan):
        documents = [plan.arrays[name].new for name in names]
        for name, document in zip(names, documents, strict=True):
            if document is None or documents[0] is None or plan.arrays[name].places is not None:
                raise UnsupportedError(
                    "The chunks of this array cannot be changed on its way to another version.",
                    where=f"{where}/{name}",
                    do="Convert it first, and then call rechunk.",
                )
            found[name] = wanted.document(document, documents[0], axes, f"{where}/{name}", labels=False)
    return found


def _is_keep(compression: object) -> bool:
    return isinstance(compression, str) and compression == "keep"


def _encoded(array: zarr.Array[Any], chosen: Sequence[Any], zarr_format: int) -> Any:
    """Return the codecs of an array of the same type as its document spells them."""
    import zarr

    store = nowhere()
    made = zarr.create_array(
        store,
        shape=(1,) * array.ndim,
        chunks=(1,) * array.ndim,
        dtype=array.dtype,
        compressors=tuple(chosen) or None,
        zarr_format=3 if zarr_format == 3 else 2,
    )
    return inner_codecs(dict(made.metadata.to_dict()))


def _image(source: Any, storage_options: Mapping[str, Any] | None) -> Image:
    from omezarr_nb.core.reader import open as open_any

    opened = source if isinstance(source, Opened) else open_any(source, storage_options)
    if isinstance(opened, Image):
        return opened
    raise InvalidArgumentError(
        "In its own place one image is rechunked at a time.",
        where=opened.where,
        found=repr(opened),
        do="Pass one of its images, or another place to write to.",
    )


def _in_place(image: Image, wanted: _Wanted, meter: Meter) -> None:
    with changing(image, "nearest", levels=False) as pyramid:
        own = type(image)(pyramid.location, image._multiscale)
        labels = own.metadata.image_label is not None
        replace_levels(
            own,
            lambda old, finest: wanted.document(old, finest, own.axes, own.where, labels=labels),
            lambda arrays: _copy(arrays, meter),
        )
    reread(image)


def _image_levels(plan: ConvertPlan) -> Iterator[tuple[list[str], Sequence[Axis], str]]:
    """Give the paths of the levels of each image that is no labels, its axes, and where it is."""
    for path, group in plan.source.groups.items():
        if "multiscales" not in group.block or "image-label" in group.block or "/labels/" in f"/{path}/":
            continue
        location = plan.source.location if not path else plan.source.location.child(path)
        for multiscale in Image(location).metadata.multiscales:
            names = [f"{path}/{dataset.path.strip('/')}".lstrip("/") for dataset in multiscale.datasets]
            yield [name for name in names if name in plan.source.arrays], multiscale.axes, plan.source.location.where


def _levels(plan: ConvertPlan, wanted: _Wanted) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the new documents of the levels of all images that are no labels, by path."""
    for names, axes, where in _image_levels(plan):
        there = [plan.source.arrays[name].document for name in names]
        for name, old in zip(names, there, strict=True):
            yield name, wanted.document(old, there[0], axes, f"{where}/{name}", labels=False)


def _copy(arrays: Sequence[tuple[zarr.Array[Any], zarr.Array[Any]]], meter: Meter) -> None:
    """Copy the pixels of arrays into others of the same shape, in regions that suit the chunks of both."""
    passes = []
    for old, new in arrays:
        grid = Grid(new.shape, (1,) * new.ndim, new.shards or new.chunks)
        (entry,) = plan_given([grid], new.dtype.itemsize, [old.chunks])
        passes.append(entry)
        meter.expect(entry.count, math.prod(new.shape) * new.dtype.itemsize)
    meter.tell()
    for index, ((old, new), entry) in enumerate(zip(arrays, passes, strict=True)):

        def one(region: tuple[slice, ...], old: Any = old, new: Any = new) -> int:
            with storage(str(old.store_path)):
                pixels = old[region]
            with storage(str(new.store_path)):
                new[region] = pixels
            return int(math.prod(s.stop - s.start for s in region) * new.dtype.itemsize)

        for nbytes in each(one, entry.regions()):
            meter.done(nbytes, index)
