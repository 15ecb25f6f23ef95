"""Conversion of a whole hierarchy to another version of OME-Zarr."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from omezarr_nb.core.code import asked
from omezarr_nb.core.converting.decide import decide
from omezarr_nb.core.converting.survey import survey
from omezarr_nb.core.converting.work import ConvertPlan
from omezarr_nb.core.format import declared_version, known_format
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.pyramid import chunking, codecs
from omezarr_nb.core.pyramid.arguments import as_format
from omezarr_nb.core.pyramid.progress import Cancel, Progress
from omezarr_nb.core.warned import warn
from omezarr_nb.errors import InvalidArgumentError, NotFoundError, UnsupportedError

if TYPE_CHECKING:
    from omezarr_nb.core.io import Where
    from omezarr_nb.core.opened import Opened

__all__ = ["ConvertPlan", "convert", "plan_convert"]


def plan_convert(
    source: Where | Opened,
    where: Where,
    *,
    version: str | float = "0.5",
    overwrite: bool = False,
    drop: bool = False,
    chunks: chunking.Chunks | None = None,
    shards: chunking.Shards | Literal["keep"] | None = "keep",
    compression: codecs.Compression | Literal["keep"] = "keep",
    source_storage_options: Mapping[str, Any] | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> ConvertPlan:
    """Decide how an image, a plate or a collection is written in another version, and what is lost on the way.

    Metadata is read from the source, and no pixels; nothing at the target is looked at or touched.

    Parameters
    ----------
    source, where, version, overwrite, drop, chunks, shards, compression, source_storage_options, storage_options
        As for `convert`.

    Returns
    -------
    ConvertPlan
        Its repr shows what the version cannot say (`ConvertPlan.losses`), what is added because the version asks for
        it (`ConvertPlan.notes`), and which arrays are copied without being decoded. `ConvertPlan.run` does it.

    Raises
    ------
    NotFoundError, InvalidArgumentError, InvalidMetadataError, UnsupportedError, StoreError
        As from `convert`; what the version cannot say is not among them.

    Examples
    --------
    >>> import numpy as np
    >>> import omezarr_nb
    >>> image = omezarr_nb.write_image(
    ...     np.zeros((64, 64), "uint8"), "memory://plan-old.ome.zarr", axes="yx", units="um", scale_factors=[]
    ... )  # fmt: skip
    >>> plan = omezarr_nb.plan_convert(image, "memory://plan-new.ome.zarr", version="0.3")
    >>> [problem.message for problem in plan.losses], plan.copied
    (['OME-Zarr 0.3 has no units of axes'], ('0',))
    """
    fmt = as_format(version)
    location = _locate(source, source_storage_options)
    given = {
        "version": fmt.version,
        "overwrite": overwrite,
        "drop": drop,
        "chunks": chunks,
        "shards": shards,
        "compression": compression,
        "source_storage_options": source_storage_options,
        "storage_options": storage_options,
    }
    defaults = dict.fromkeys(given) | {"overwrite": False, "drop": False, "shards": "keep", "compression": "keep"}
    call = asked("omezarr_nb.convert", {"source": source, "target": where}, given, defaults)
    found = survey(location)
    decided = decide(found, fmt)
    plan = ConvertPlan(
        source=found,
        where=where,
        fmt=fmt,
        groups=decided.groups,
        arrays=decided.arrays,
        losses=decided.losses,
        notes=decided.notes,
        overwrite=bool(overwrite),
        drop=bool(drop),
        storage_options=dict(storage_options or {}),
        asked=replace(call, result="converted"),
    )
    if chunks is None and shards == "keep" and isinstance(compression, str) and compression == "keep":
        return plan
    from omezarr_nb.core.growing.layout import relaid_documents  # which converts, too

    return replace(plan, relaid=relaid_documents(plan, chunks, shards, compression))


def convert(
    source: Where | Opened,
    where: Where,
    *,
    version: str | float = "0.5",
    overwrite: bool = False,
    drop: bool = False,
    chunks: chunking.Chunks | None = None,
    shards: chunking.Shards | Literal["keep"] | None = "keep",
    compression: codecs.Compression | Literal["keep"] = "keep",
    source_storage_options: Mapping[str, Any] | None = None,
    storage_options: Mapping[str, Any] | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
    resume: bool = False,
) -> Any:
    """Write an image, a plate or a collection in another version of OME-Zarr; pixels stay as they are.

    Everything below the source goes with it: levels, labels, wells and fields, the images of a collection, other
    groups, arrays and files, and all keys of the metadata that are not known here. (Where a store cannot list, as
    over HTTP, what the metadata names.) `plan_convert` shows beforehand what this does.

    Parameters
    ----------
    source
        A path, a URL, a zarr store or group, or what `omezarr_nb.open` returned. It is only read.
    where
        A path, a URL, a zarr store or group. A local folder, or one file with the ending ``.ozx`` (RFC-9), is written
        beside the target and renamed; in other stores the metadata of the top is written last.
    version
        To write, "0.1" to "0.6", or "0.9.dev1".
    overwrite
        Whether what is at the target may be replaced: any hierarchy of OME-Zarr in a local folder, and an image, with
        or without labels, in other stores that list and delete. There its levels are written under other names, and
        the metadata is switched to them, group by group, the image at one stroke; what was there is removed last.
    drop
        Whether to go on where the version cannot say everything that the source says (units of axes in 0.3,
        transformations between coordinate systems in 0.5), and to leave that out.
    chunks, shards, compression
        Of the levels of images (not of labels), as for `omezarr_nb.rechunk`; as they are by default.
    source_storage_options
        What fsspec needs for the URL of the source.
    storage_options
        What fsspec needs for the URL of the target.
    on_progress
        Called in this thread with a `Progress` at the start and after each few chunks, which are its regions; its
        bytes are those of the pixels, before compression.
    cancel
        Anything with ``is_set()``, such as a `threading.Event`: looked at after each few chunks.
    resume
        Continue the same conversion where it was killed, cancelled or failed, to the same bytes, or begin where there
        is none; and keep what is written if it is broken off once more. `omezarr_nb.leftovers` lists what was kept.

    Returns
    -------
    Image, Plate, ImageCollection, ...
        What was written, opened.

    Raises
    ------
    InvalidArgumentError
        When the version cannot say what the source says, before anything is written: the message lists what. Also
        when source and target overlap, and when what was broken off at the target is another conversion.
    UnsupportedError
        When there is no such version to write, when the pixels of an array are of a type that its Zarr has not, or
        when what is at the target cannot be replaced in its store.
    TargetExistsError
        When something is at the target that may not be replaced.
    TargetBusyError
        When somebody else writes there now.
    NotFoundError
        When there is no hierarchy at the source.
    WriteCancelledError
        When `cancel` was set; the target is then as it was.
    StoreError
        When a store fails; the target is then as it was.

    Warns
    -----
    UserWarning
        When axes are put in: 0.1 and 0.2 have the five axes tczyx alone.

    Notes
    -----
    Chunks are copied as bytes, under the keys of the new version, wherever they are the same in both formats of
    Zarr: pixels in C or F order, in either order of bytes, compressed with blosc, zstd, gzip or not at all. Only
    others (filters, other compressors, shards that go to Zarr 2) are decoded and encoded, chunk by chunk. At most
    256 MB of chunks are held, or a single one that is larger.

    Levels of 0.1 to 0.3 say nothing of their size; later versions state how many times smaller than the first they
    are. The name of an image's only coordinate system (0.6) is not kept in versions where systems have no names.

    Examples
    --------
    >>> import numpy as np
    >>> import omezarr_nb
    >>> image = omezarr_nb.write_image(np.zeros((64, 64), "uint8"), "memory://old.ome.zarr", version="0.4")
    >>> omezarr_nb.convert(image, "memory://new.ome.zarr", version="0.5").version
    '0.5'
    """
    plan = plan_convert(
        source,
        where,
        version=version,
        overwrite=overwrite,
        drop=drop,
        chunks=chunks,
        shards=shards,
        compression=compression,
        source_storage_options=source_storage_options,
        storage_options=storage_options,
    )
    for note in plan.notes:
        warn(note)
    return plan.run(on_progress=on_progress, cancel=cancel, resume=resume)


def _locate(source: Where | Opened, storage_options: Mapping[str, Any] | None) -> ZarrLocation:
    from omezarr_nb.core.opened import Opened

    location = ZarrLocation(source.location if isinstance(source, Opened) else source, storage_options=storage_options)
    if not location.exists():
        raise NotFoundError("There is no Zarr hierarchy here.", where=location.where)
    if location.is_array:
        raise InvalidArgumentError(
            "This is a single array, not an OME-Zarr.", where=location.where, do="Write it with write_image."
        )
    declared = declared_version(location.root_attrs)
    if declared is not None and known_format(declared) is None:
        raise UnsupportedError("This is of a version of OME-Zarr that is not known here.", found=declared)
    return location
