"""Deciding how each array and each group of a hierarchy is carried over to another version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.converting.attributes import Dimensions, convert_attributes
from omezarr_nb.core.converting.documents import chunk_shape, to_zarr2, to_zarr3, with_separator
from omezarr_nb.core.converting.resume import nowhere
from omezarr_nb.core.converting.survey import Stored, Survey
from omezarr_nb.core.converting.work import ArrayPlan
from omezarr_nb.core.format import Format
from omezarr_nb.core.io import open_array
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.pyramid.codecs import compressors
from omezarr_nb.core.pyramid.five import spread
from omezarr_nb.errors import OMEZarrError, UnsupportedError

if TYPE_CHECKING:
    import zarr

__all__ = ["Decided", "create_array", "decide"]


@dataclass(frozen=True, slots=True)
class Decided:
    """Groups and arrays as they will be, what is lost, and what is added."""

    groups: Mapping[str, Mapping[str, Any]]
    arrays: Mapping[str, ArrayPlan]
    losses: tuple[Problem, ...]
    notes: tuple[str, ...]


def decide(found: Survey, fmt: Format) -> Decided:
    """Decide what becomes of all that was found.

    Raises
    ------
    InvalidMetadataError
        When zarr cannot make an array of a document.
    UnsupportedError
        When the pixels of an array are of a type, or its chunks of a form, that the format of Zarr has not.
    """
    groups: dict[str, Mapping[str, Any]] = {}
    lost: list[Problem] = []
    levels: dict[str, Dimensions] = {}
    for path, group in found.groups.items():

        def shape_of(child: str, path: str = path) -> Sequence[int] | None:
            stored = found.arrays.get(f"{path}/{child}".lstrip("/"))
            shape = stored.document.get("shape") if stored is not None else None
            return shape if isinstance(shape, list) else None

        converted = convert_attributes(group, fmt, shape_of)
        groups[path] = converted.attributes
        prefix = f"{path}: " if path else ""
        lost += [replace(problem, place=prefix + problem.place) for problem in converted.lost]
        levels |= {f"{path}/{child}".lstrip("/"): dimensions for child, dimensions in converted.levels.items()}
    arrays = {
        path: _array(stored, fmt, levels.get(path), f"{found.location.where}/{path}")
        for path, stored in found.arrays.items()
    }
    return Decided(groups, arrays, tuple(lost), _notes(levels, arrays, fmt))


def _notes(levels: Mapping[str, Dimensions], arrays: Mapping[str, ArrayPlan], fmt: Format) -> tuple[str, ...]:
    """Say which axes are put in, and in how many arrays."""
    added = Counter(
        ", ".join(name for index, name in enumerate(level.names) if index not in level.places)
        for path, level in levels.items()
        if level.places is not None and path in arrays
    )
    return tuple(
        f"Images of OME-Zarr {fmt.version} have the axes tczyx: {names} of one pixel are put into "
        f"{count} array{'s' * (count != 1)}."
        for names, count in added.items()
    )


def _array(stored: Stored, fmt: Format, level: Dimensions | None, where: str) -> ArrayPlan:
    """Decide how an array is carried over."""
    old = stored.document
    opened = open_array(nowhere(), old, where)
    if chunk_shape(old) is None:
        raise UnsupportedError(
            "Arrays in chunks of several sizes are not converted.",
            where=where,
            do="Write them anew in chunks of one size.",
        )
    places = level.places if level is not None and level.places and len(level.places) == opened.ndim else None
    shape = tuple(spread(opened.shape, places, (1,) * len(level.names)) if level and places else opened.shape)
    dimensions = _dimensions(stored, level, len(shape))
    attributes = dict(stored.attributes)
    before = opened.metadata.zarr_format
    if fmt.zarr_format == 3:
        attributes = {key: value for key, value in attributes.items() if key != "_ARRAY_DIMENSIONS" or not dimensions}
    elif dimensions and all(dimensions) and (before == 3 or (fmt.dimensions == "_ARRAY_DIMENSIONS" and level)):
        attributes["_ARRAY_DIMENSIONS"] = list(dimensions)
    elif places:
        attributes.pop("_ARRAY_DIMENSIONS", None)  # of axes that are now more
    new: dict[str, Any] | None
    if fmt.zarr_format == 3 and before == 3:
        new = {**old, "attributes": attributes}
        if level is not None and dimensions:
            new["dimension_names"] = list(level.names)
    elif fmt.zarr_format == 3:
        new = to_zarr3(old, attributes, dimensions)
    elif before == 2:
        new = with_separator(old, fmt.separator)
    else:
        new = to_zarr2(old, fmt.separator)
    if new is not None and places:
        ones = (1,) * len(shape)
        new |= {"shape": spread(new["shape"], places, ones), "chunks": spread(new["chunks"], places, ones)}
    array = ArrayPlan(stored, new, attributes, dimensions, places, shape, opened.dtype.itemsize)
    if new is None:
        create_array(opened, array, fmt, where)  # whether that goes is known before anything is written
    return array


def _dimensions(stored: Stored, level: Dimensions | None, ndim: int) -> Sequence[str | None] | None:
    """Return the names of an array's dimensions: by the axes of its image, else as it says itself."""
    known: Any = stored.document.get("dimension_names") or stored.attributes.get("_ARRAY_DIMENSIONS")
    if level is not None:
        known = list(level.names)
    if not isinstance(known, list) or len(known) != ndim:
        return None
    return known if all(name is None or isinstance(name, str) for name in known) else None


def create_array(old: zarr.Array[Any], array: ArrayPlan, fmt: Format, where: str) -> zarr.Array[Any]:
    """Make the array into which the chunks of another are encoded, in memory: nothing is stored.

    Parameters
    ----------
    old, array
        The array as it is, and as it will be: of the same pixels and chunks, without shards.
    fmt
        The version to write.
    where
        The array, as a person would write it.

    Raises
    ------
    UnsupportedError
        When the format of Zarr has no such array.
    """
    import zarr

    fill = old.fill_value
    ones = (1,) * len(array.shape)
    try:
        return zarr.create_array(
            nowhere(),
            shape=array.shape,
            chunks=tuple(spread(old.chunks, array.places, ones)) if array.places else old.chunks,
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
    except (TypeError, ValueError, NotImplementedError) as error:  # how zarr refuses types, chunks and codecs
        raise UnsupportedError(
            f"This array cannot be stored in Zarr {fmt.zarr_format}.", where=where, found=str(error)
        ) from error
