"""Conversion of a whole hierarchy to another version of OME-Zarr."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.converting.attributes import axis_names, convert_attributes
from omezarr_nb.core.converting.chunks import copy_chunks, copy_file, count_chunks, recode
from omezarr_nb.core.converting.documents import chunk_shape, to_zarr2, to_zarr3, with_separator
from omezarr_nb.core.converting.place import open_place
from omezarr_nb.core.converting.survey import Stored, Survey, survey
from omezarr_nb.core.format import Format, declared_version, format_from_version, format_implementations, known_format
from omezarr_nb.core.io import ZarrLocation, open_array
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.pyramid.codecs import compressors
from omezarr_nb.core.pyramid.progress import Progress
from omezarr_nb.errors import InvalidArgumentError, NotFoundError, OMEZarrError, UnsupportedError

if TYPE_CHECKING:
    import zarr
    from zarr.storage import StorePath

    from omezarr_nb.core.io import Where
    from omezarr_nb.core.opened import Opened

__all__ = ["convert"]

_LISTED = 20


def convert(
    source: Where | Opened,
    where: Where,
    *,
    version: str | float = "0.5",
    overwrite: bool = False,
    drop: bool = False,
    storage_options: Mapping[str, Any] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Any:
    """Write an image, a plate or a collection in another version of OME-Zarr; pixels stay as they are.

    Everything below the source goes with it: levels, labels, wells and fields, the images of a collection, other
    groups, arrays and files, and all keys of the metadata that are not known here. (Where a store cannot list, as
    over HTTP, what the metadata names.)

    Parameters
    ----------
    source
        A path, a URL, a zarr store or group, or what `omezarr_nb.open` returned. It is only read.
    where
        A path, a URL, a zarr store or group. A local folder is written beside the target and renamed; in other
        stores nothing may be there yet, and the metadata of the top is written last.
    version
        To write, "0.1" to "0.6".
    overwrite
        Whether a hierarchy in a local folder may be replaced.
    drop
        Whether to go on where the version cannot say everything that the source says (units of axes in 0.3,
        transformations between coordinate systems in 0.5), and to leave that out.
    storage_options
        What fsspec needs for URLs, of the source and of the target. Where they differ, pass what
        `omezarr_nb.open` returned as the source.
    on_progress
        Called with a `Progress` as arrays are written; its regions are chunks.

    Returns
    -------
    Image, Plate, ImageCollection, ...
        What was written, opened.

    Raises
    ------
    InvalidArgumentError
        When the version cannot say what the source says, before anything is written: the message lists what. Also
        when source and target overlap.
    UnsupportedError
        When there is no such version to write, or the pixels of an array are of a type that its Zarr has not.
    TargetExistsError
        When something is at the target that may not be replaced.
    NotFoundError
        When there is no hierarchy at the source.
    StoreError
        When a store fails; the target is then as it was.

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
    from omezarr_nb.core.reader import open as open_any

    fmt = _format(version)
    location = _locate(source, storage_options)
    place = open_place(where, location, overwrite=overwrite, storage_options=storage_options)
    work = _plan(survey(location), fmt, drop=drop)
    try:
        _write(work, place.begin(), on_progress)
        place.commit()
    except BaseException as error:
        place.abort(error)
        raise
    return open_any(where, storage_options)


@dataclass(frozen=True, slots=True)
class _Array:
    """An array to write: its new document, or None where it is encoded anew."""

    stored: Stored
    new: Mapping[str, Any] | None
    attributes: Mapping[str, Any]
    names: Sequence[str | None] | None


@dataclass(frozen=True, slots=True)
class _Work:
    """All that is to be written, by path."""

    found: Survey
    fmt: Format
    groups: Mapping[str, Mapping[str, Any]]
    arrays: Mapping[str, _Array]


def _format(version: str | float) -> Format:
    fmt = format_from_version(version)
    if not fmt.writable:
        raise UnsupportedError(
            "This version is not written.",
            found=fmt.version,
            expected=", ".join(other.version for other in reversed(format_implementations())),
        )
    return fmt


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


def _plan(found: Survey, fmt: Format, *, drop: bool) -> _Work:
    """Decide what is written, and raise where the version cannot say it."""
    groups: dict[str, Mapping[str, Any]] = {}
    lost: list[Problem] = []
    dimensions: dict[str, list[str]] = {}
    for path, group in found.groups.items():

        def shape_of(child: str, path: str = path) -> Sequence[int] | None:
            stored = found.arrays.get(f"{path}/{child}".lstrip("/"))
            shape = stored.document.get("shape") if stored is not None else None
            return shape if isinstance(shape, list) else None

        groups[path], problems = convert_attributes(group, fmt, shape_of)
        prefix = f"{path}: " if path else ""
        lost += [replace(problem, place=prefix + problem.place) for problem in problems]
        dimensions |= {f"{path}/{child}".lstrip("/"): names for child, names in axis_names(group).items()}
    _refuse_losses(lost, found.location.where, fmt, drop=drop)
    arrays = {
        path: _array(stored, fmt, dimensions.get(path), f"{found.location.where}/{path}")
        for path, stored in found.arrays.items()
    }
    return _Work(found, fmt, groups, arrays)


def _refuse_losses(lost: Sequence[Problem], where: str, fmt: Format, *, drop: bool) -> None:
    impossible = [problem for problem in lost if problem.severity == "error"]
    refused = impossible or ([] if drop else list(lost))
    if not refused:
        return
    lines = [f"- {problem}" for problem in refused[:_LISTED]]
    if len(refused) > _LISTED:
        lines.append(f"- and {len(refused) - _LISTED} more")
    listed = "\n".join(lines)
    if impossible:
        raise InvalidArgumentError(f"This cannot be OME-Zarr {fmt.version}:\n{listed}\n", where=where)
    raise InvalidArgumentError(
        f"OME-Zarr {fmt.version} cannot say all of this, and nothing was written:\n{listed}\n",
        where=where,
        do="Pass drop=True to leave that out.",
    )


def _array(stored: Stored, fmt: Format, names: Sequence[str] | None, where: str) -> _Array:
    """Decide how an array is carried over."""
    old = stored.document
    attributes = dict(stored.attributes)
    opened = open_array(_nowhere(), old, where)
    if chunk_shape(old) is None:
        raise UnsupportedError("Arrays in chunks of several sizes are not converted.", where=where)
    known = names or old.get("dimension_names") or attributes.get("_ARRAY_DIMENSIONS")
    dimensions = known if isinstance(known, list) and len(known) == opened.ndim else None
    if dimensions is not None and not all(name is None or isinstance(name, str) for name in dimensions):
        dimensions = None
    before = opened.metadata.zarr_format
    if fmt.zarr_format == 3:
        attributes = {key: value for key, value in attributes.items() if key != "_ARRAY_DIMENSIONS" or not dimensions}
    elif dimensions and all(dimensions) and (before == 3 or (fmt.dimensions == "_ARRAY_DIMENSIONS" and names)):
        attributes["_ARRAY_DIMENSIONS"] = list(dimensions)
    new: dict[str, Any] | None
    if fmt.zarr_format == 3 and before == 3:
        new = {**old, "attributes": attributes}
        if names is not None:
            new["dimension_names"] = list(names)
    elif fmt.zarr_format == 3:
        new = to_zarr3(old, attributes, dimensions)
    elif before == 2:
        new = with_separator(old, fmt.separator)
    else:
        new = to_zarr2(old, fmt.separator)
    array = _Array(stored, new, attributes, dimensions)
    if new is None:
        _create(_nowhere(), opened, array, fmt, where)  # whether that goes is known before anything is written
    return array


def _nowhere() -> StorePath:
    from zarr.storage import MemoryStore, StorePath

    return StorePath(MemoryStore())


def _write(work: _Work, target: StorePath, on_progress: Callable[[Progress], None] | None) -> None:
    """Write arrays and files, then the metadata of groups, that of the top last."""
    meter = _Meter(work, on_progress)
    source = work.found.location.store_path
    for path, array in work.arrays.items():
        meter.begin()
        if array.new is not None:
            copy_chunks(source / path, array.stored.document, target / path, array.new, meter.step)
            _put_array(target / path, array.new, array.attributes)
        else:
            where = f"{work.found.location.where}/{path}"
            old = open_array(source / path, array.stored.document, where)
            recode(old, _create(target / path, old, array, work.fmt, where), meter.step)
        meter.end(array.stored)
    for path in work.found.files:
        copy_file(source / path, target / path)
    for path in sorted(work.groups, key=lambda path: (-path.count("/"), path == "", path)):
        _put_group(target / path if path else target, work.groups[path], work.fmt)


def _create(place: StorePath, old: zarr.Array[Any], array: _Array, fmt: Format, where: str) -> zarr.Array[Any]:
    import zarr

    fill = old.fill_value
    try:
        return zarr.create_array(
            place,
            shape=old.shape,
            chunks=old.chunks,
            dtype=old.dtype,
            fill_value=0 if fill is None else fill,
            compressors=compressors("auto", fmt.zarr_format, labels=False),
            zarr_format=fmt.zarr_format,
            chunk_key_encoding=fmt.chunk_key_encoding,  # type: ignore[arg-type] # zarr wants its TypedDict
            dimension_names=array.names if fmt.zarr_format == 3 else None,
            attributes=dict(array.attributes),
        )
    except OMEZarrError:
        raise
    except (TypeError, ValueError, NotImplementedError) as error:
        raise UnsupportedError(
            f"This array cannot be stored in Zarr {fmt.zarr_format}.", where=where, found=str(error)
        ) from error


def _put_array(place: StorePath, document: Mapping[str, Any], attributes: Mapping[str, Any]) -> None:
    if document.get("zarr_format") == 3:
        _put(place / "zarr.json", document)
        return
    _put(place / ".zarray", document)
    if attributes:
        _put(place / ".zattrs", attributes)


def _put_group(place: StorePath, attributes: Mapping[str, Any], fmt: Format) -> None:
    if fmt.zarr_format == 3:
        _put(place / "zarr.json", {"zarr_format": 3, "node_type": "group", "attributes": dict(attributes)})
        return
    if attributes:
        _put(place / ".zattrs", attributes)
    _put(place / ".zgroup", {"zarr_format": 2})


def _put(place: StorePath, document: Mapping[str, Any]) -> None:
    from zarr.core.buffer import default_buffer_prototype
    from zarr.core.sync import sync

    data = json.dumps(document, indent=2, ensure_ascii=False).encode()
    sync(place.set(default_buffer_prototype().buffer.from_bytes(data)))


class _Meter:
    """Counts chunks and tells how far the conversion is."""

    def __init__(self, work: _Work, on_progress: Callable[[Progress], None] | None) -> None:
        self._told = on_progress
        self._start = time.monotonic()
        counts = [count_chunks(array.stored.document) for array in work.arrays.values()]
        self._chunks = sum(counts)
        self._done = self._before = 0

    def begin(self) -> None:
        """Begin an array."""
        self._before = self._done

    def step(self, chunks: int) -> None:
        """Count chunks that were carried over."""
        self._tell(self._done + chunks)

    def end(self, stored: Stored) -> None:
        """End an array; chunks that are not there count as done."""
        self._tell(self._before + count_chunks(stored.document))

    def _tell(self, done: int) -> None:
        self._done = done
        if self._told is not None:
            self._told(Progress(done, self._chunks, 0, 0, time.monotonic() - self._start, ()))
