"""The levels of an image: their arrays, opened together, and where their pixels lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from omezarr_nb.core.axes import Axis, axis_names
from omezarr_nb.core.format import Format
from omezarr_nb.core.io import ZarrLocation, as_dask
from omezarr_nb.core.metadata import Dataset, Multiscale
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.rules import Rule, images
from omezarr_nb.core.rules import storage as rules
from omezarr_nb.core.rules.spaces import LEVEL_TRANSFORMATION_TYPE
from omezarr_nb.core.stores import without_password
from omezarr_nb.core.transforms import Identity, OtherTransformation, Scale, as_vector, resolve
from omezarr_nb.errors import InvalidMetadataError, OMEZarrError

if TYPE_CHECKING:
    import dask.array as da
    import numpy as np
    import zarr
    from zarr import Array as ZarrArray  # within Level `zarr` is the field

__all__ = ["Level", "read_levels"]

_MAX_LEVELS = 64
#: What NumPy and zarr can count.
_MAX_BYTES = 2**63 - 1

Vector: TypeAlias = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a pyramid.

    Parameters
    ----------
    index
        0 is the finest.
    path
        Of the array, within the image's group.
    scale, translation
        Tuples of floats in axis order, in the axes' units: the centre of pixel ``i`` lies at
        ``translation + i * scale``.
    zarr
        The array; nothing of it is read. Its chunks that are not there read as the fill value, as the specification of
        Zarr has it. One of a store that is not on this machine asks again where that may help, raises `StoreError`
        when the store fails, and also when a chunk is missing because the whole array is there no more.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> pixels = np.zeros((64, 64), "uint8")
    >>> image = omezarr_nb.write_image(pixels, "memory://levels.ome.zarr", scale=(0.5, 0.5), scale_factors=[2])
    >>> level = image.levels[1]
    >>> level.shape, level.scale, level.translation  # its first pixel is centred between two of the finer ones
    ((32, 32), (1.0, 1.0), (0.25, 0.25))
    """

    index: int
    path: str
    scale: tuple[float, ...]
    translation: tuple[float, ...]
    zarr: zarr.Array[Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """Pixels along each axis."""
        return self.zarr.shape

    @property
    def chunks(self) -> tuple[int, ...]:
        """Pixels of a chunk (the block that is read at once) along each axis."""
        return self.zarr.chunks

    @property
    def shards(self) -> tuple[int, ...] | None:
        """Pixels of a shard (the file that holds several chunks) along each axis, or None without shards."""
        return self.zarr.shards

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the pixels."""
        return self.zarr.dtype

    @property
    def nbytes(self) -> int:
        """Bytes of all pixels in memory, uncompressed."""
        return self.zarr.nbytes

    @property
    def dask(self) -> da.Array:
        """The level as a dask array with the chunks of the store; no pixels are read."""
        return as_dask(self.zarr)

    @property
    def strict(self) -> ZarrArray[Any]:
        """The array, so that reading a chunk (with shards: a shard) that is not there raises `StoreError`."""
        from omezarr_nb.core.remote import patient_array

        return patient_array(self.zarr, without_password(str(self.zarr.store_path)), "error")

    def missing_chunks(self) -> tuple[tuple[int, ...], ...]:
        """Return which chunks are not there, and so read as the fill value.

        Returns
        -------
        tuple
            Their places in the grid of `chunks`, or of `shards` where there are any, in axis order. A chunk that has
            only the fill value may have been left out on purpose, as zarr does by default.

        Raises
        ------
        StoreError
            When the store fails.

        Notes
        -----
        The array's keys are listed. Over HTTP, where nothing is listed, each chunk is asked for its first byte.
        """
        from omezarr_nb.core.remote import missing_chunks

        return missing_chunks(self.zarr, without_password(str(self.zarr.store_path)))


@dataclass(frozen=True, slots=True)
class _Found:
    """A dataset whose array is there and fits the axes."""

    place: str
    dataset: Dataset
    array: zarr.Array[Any]


def read_levels(
    location: ZarrLocation, multiscale: Multiscale, place: str = "multiscales[0]"
) -> tuple[tuple[Level, ...], tuple[Problem, ...]]:
    """Open every level's array with one request each, all at once; what cannot be used becomes a problem.

    Parameters
    ----------
    location
        The image's group.
    multiscale
        The pyramid's metadata.
    place
        Where that stands, for the problems' places.

    Returns
    -------
    tuple of Level, tuple of Problem
        The levels from the largest to the smallest, at most 64, and what breaks a rule or could not be read.

    Raises
    ------
    StoreError
        When the storage fails.
    """
    problems: list[Problem] = []
    listed = f"{place}.datasets"
    datasets = multiscale.datasets[:_MAX_LEVELS]
    if len(multiscale.datasets) > _MAX_LEVELS:
        message = f"{len(multiscale.datasets)} levels; only {_MAX_LEVELS} are read"
        problems.append(Problem(rules.LEVELS_COUNT.name, "error", listed, message))
    found = []
    opened = _open_arrays(location, [dataset.path for dataset in datasets])
    for index, (dataset, array) in enumerate(zip(datasets, opened, strict=True)):
        entry = f"{listed}[{index}]"
        refused = _why_unusable(array, dataset, multiscale.axes)
        if refused is not None:
            problems.append(Problem(refused[0].name, "error", entry, refused[1]))
        elif array is not None and not isinstance(array, OMEZarrError):
            found.append(_Found(entry, dataset, array))
            problems += _check_names(array, multiscale.axes, entry)
    ordered = sorted(found, key=lambda entry: -math.prod(entry.array.shape))
    if ordered != found:
        problems.append(Problem(rules.LEVEL_ORDER.name, "error", listed, "levels are not ordered from large to small"))
    dtypes = list(dict.fromkeys(str(entry.array.dtype) for entry in ordered))
    if len(dtypes) > 1:
        message = f"the levels are of several data types: {', '.join(dtypes)}"
        problems.append(Problem(rules.LEVEL_DTYPE.name, "warning", listed, message))
    places = _placements(ordered, multiscale, problems, location.fmt)
    levels = tuple(
        Level(index, entry.dataset.path, scale, translation, entry.array)
        for index, (entry, (scale, translation)) in enumerate(zip(ordered, places, strict=True))
    )
    return levels, tuple(problems)


def _why_unusable(
    array: zarr.Array[Any] | OMEZarrError | None, dataset: Dataset, axes: Sequence[Axis]
) -> tuple[Rule, str] | None:
    """Return rule and message that say why an array cannot be a level, or None where it can."""
    if array is None:
        return rules.LEVEL_ARRAY, f'there is no array at "{dataset.path}"'
    if isinstance(array, OMEZarrError):
        return rules.ARRAY_DOCUMENT, str(array)
    if array.ndim != len(axes):
        return rules.LEVEL_DIMENSIONS, f"the array has {array.ndim} dimensions for {len(axes)} axes"
    if 0 in array.shape:
        return rules.LEVEL_EMPTY, f"the array has no pixels: its shape is {array.shape}"
    if min(array.chunks) < 1 or math.prod(array.shape) * array.dtype.itemsize > _MAX_BYTES:
        return rules.ARRAY_DOCUMENT, f"no array has the shape {array.shape} in chunks of {array.chunks}"
    return None


def _check_names(array: zarr.Array[Any], axes: Sequence[Axis], place: str) -> list[Problem]:
    """Return what the dimension names of an array break; arrays of Zarr 2 have none."""
    if array.metadata.zarr_format == 2:
        return []
    names = array.metadata.dimension_names
    if names is None:  # asked for since 0.5.2 only
        return [Problem(rules.DIMENSION_NAMES.name, "warning", place, "the array has no dimension_names")]
    if tuple(names) != axis_names(axes):
        message = f"dimension_names {list(names)} are not the names of the axes"
        return [Problem(rules.DIMENSION_NAMES.name, "error", place, message)]
    return []


def _placements(
    found: Sequence[_Found], multiscale: Multiscale, problems: list[Problem], fmt: Format
) -> list[tuple[Vector, Vector]]:
    """Return scale and translation of each level.

    Levels that state no usable scale are laid over the first that does, edge to edge: their pixels are as much
    larger as they are fewer, and so the centre of the first one lies half the difference further in.
    """
    ndim = len(multiscale.axes)
    placing = (Scale, Identity) if "identity" in fmt.placing else (Scale,)
    own: list[tuple[Vector, Vector] | None] = []
    for entry in found:
        transformations = entry.dataset.transformations
        resolved = resolve((*transformations, *multiscale.transformations), ndim)
        has_scale = any(isinstance(transformation, placing) for transformation in transformations)
        own.append(resolved if has_scale and _is_usable(*resolved) else None)
        if has_scale and own[-1] is None:
            message = "the transformations multiply to no usable pixel size; it is taken from the shapes"
            problems.append(Problem(images.SCALE_RANGE.name, "error", entry.place, message))
        elif not has_scale and fmt.scaled:
            message = "the level has no scale; it is taken from the shapes"
            rule = _why_no_scale(entry.dataset, fmt, ndim)
            problems.append(Problem(rule.name, "error", entry.place, message))
    whole = resolve(multiscale.transformations, ndim)
    whole = whole if _is_usable(*whole) else ((1.0,) * ndim, (0.0,) * ndim)
    reference = next((index for index, placement in enumerate(own) if placement is not None), 0)
    scale, translation = (own[reference] if own else None) or whole
    placements = []
    for entry, placement in zip(found, own, strict=True):
        ratios = [a / b for a, b in zip(found[reference].array.shape, entry.array.shape, strict=True)]
        laid = (
            tuple(size * ratio for size, ratio in zip(scale, ratios, strict=True)),
            tuple(
                start + size * (ratio - 1) / 2 for start, size, ratio in zip(translation, scale, ratios, strict=True)
            ),
        )
        placements.append(placement or (laid if _is_usable(*laid) else whole))
    return placements


def _why_no_scale(dataset: Dataset, fmt: Format, ndim: int) -> Rule:
    """Return the rule that a level without a scale breaks, or with one that is none."""
    if not dataset.transformations:
        return images.DATASET_TRANSFORMATIONS
    for step in dataset.transformations:
        if isinstance(step, OtherTransformation) and step.type == "scale":
            stated = step.json.get("scale")
            vector = as_vector(stated) if isinstance(stated, list) else None
            if not vector:
                return images.TRANSFORMATION_VECTOR
            return images.TRANSFORMATION_LENGTH if len(vector) != ndim else images.SCALE_POSITIVE
    return LEVEL_TRANSFORMATION_TYPE if fmt.level_form == "one" else images.SCALE_COUNT


def _is_usable(scale: Vector, translation: Vector) -> bool:
    """Return whether products of numbers that were finite still are, and sizes are above 0."""
    return all(0 < size < math.inf for size in scale) and all(math.isfinite(start) for start in translation)


def _open_arrays(location: ZarrLocation, paths: list[str]) -> list[zarr.Array[Any] | OMEZarrError | None]:
    """Return each level's array, None where there is none, or the error that it gave."""
    try:
        found = location.arrays(paths)
    except InvalidMetadataError:  # one of them: find out which
        return [_open_one(location, path) for path in paths]
    return [found.get(path) for path in paths]


def _open_one(location: ZarrLocation, path: str) -> zarr.Array[Any] | OMEZarrError | None:
    try:
        return location.arrays([path]).get(path)
    except InvalidMetadataError as error:
        return error
