"""Images of fewer axes in a version whose images have five, 0.1 and 0.2: axes of one pixel are put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.axes import AxesLike, Axis, axes_word, axis_names, parse_axes
from omezarr_nb.core.format import Format
from omezarr_nb.core.pyramid.chunking import expand_chunks
from omezarr_nb.core.pyramid.source import Source, as_source
from omezarr_nb.errors import InvalidArgumentError

__all__ = ["Given", "in_five", "places_among", "spread", "widen"]

T = TypeVar("T")


class Given(NamedTuple):
    """Arguments of a plan that are said axis by axis; each as `omezarr_nb.plan_image` takes it."""

    axes: Any = None
    scale: Any = None
    units: Any = None
    translation: Any = None
    scale_factors: Any = None
    chunks: Any = None
    shards: Any = None
    storage_options: Any = None


def in_five(source: Source, given: Given, fmt: Format) -> tuple[Source, Given, tuple[str, ...]]:
    """Give a source, and what is said of its axes, with all the axes that a version has.

    Parameters
    ----------
    source
        Of 2 to 5 dimensions; nothing of it is read or copied.
    given
        Sequences in axis order get an entry for each axis that is put in; what is said by name stays as it is.
    fmt
        The version.

    Returns
    -------
    Source, Given, tuple of str
        As they are, where the version has axes of any number, or the source has as many; and what is to be said of it.

    Raises
    ------
    InvalidArgumentError
        When the axes are none of tczyx, or in another order.
    """
    default = fmt.default_axes()
    ndim = len(source.shape)
    if default is None or ndim > len(default):
        return source, given, ()
    if ndim == len(default):
        # Axes that are fewer are those of an array that ome-zarr-py's users have widened themselves.
        fewer = given.axes is not None and len(parse_axes(given.axes)) < ndim
        return source, given._replace(axes=None) if fewer else given, ()
    axes = _axes(given.axes, ndim, default, fmt)
    places = places_among(axes, default)
    ones = (1,) * len(default)

    def widened(values: Any, others: Sequence[Any]) -> Any:
        in_order = isinstance(values, Sequence | np.ndarray) and not isinstance(values, str)
        return spread(values, places, others) if in_order and len(values) == ndim else values

    factors = given.scale_factors
    if isinstance(factors, Sequence) and not isinstance(factors, str):
        factors = [widened(entry, ones) for entry in factors]
    options = given.storage_options
    if isinstance(options, Mapping):
        options = _options(options, source.shape, places, ones)
    elif isinstance(options, Sequence) and not isinstance(options, str):
        options = [_options(entry, source.shape, places, ones) for entry in options]
    names = ", ".join(axis.name for index, axis in enumerate(default) if index not in places)
    note = f"Images of OME-Zarr {fmt.version} have the axes {axes_word(default)}: {names} of one pixel are put in."
    return (
        _expanded(source, places, len(default)),
        Given(
            axes=spread(axes, places, default),
            scale=widened(given.scale, (1.0,) * len(default)),
            units=widened(given.units, (None,) * len(default)),
            translation=widened(given.translation, (0.0,) * len(default)),
            scale_factors=factors,
            chunks=widened(given.chunks, ones),
            shards=widened(given.shards, ones),
            storage_options=options,
        ),
        (note,),
    )


def widen(array: Any, axes: AxesLike | None, fmt: Format) -> Any:
    """Give an array with all the axes that a version has; see `in_five`."""
    source = as_source(array)
    wider, _, _ = in_five(source, Given(axes=axes), fmt)
    return array if wider is source else wider.array


def places_among(axes: Sequence[Axis], default: Sequence[Axis]) -> tuple[int, ...]:
    """Give where axes are among those of a version, by name; an axis that it has not has no place.

    Examples
    --------
    >>> places_among(parse_axes("cyx"), parse_axes("tczyx"))
    (1, 3, 4)
    """
    names = axis_names(default)
    return tuple(names.index(axis.name) for axis in axes if axis.name in names)


def spread(values: Sequence[T], places: Sequence[int], others: Sequence[T]) -> list[T]:
    """Return `others` with each of the values at its place.

    Examples
    --------
    >>> spread([7, 8], (1, 3), [1, 1, 1, 1])
    [1, 7, 1, 8]
    """
    result = list(others)
    for place, value in zip(places, values, strict=True):
        result[place] = value
    return result


def _axes(axes: AxesLike | None, ndim: int, default: Sequence[Axis], fmt: Format) -> tuple[Axis, ...]:
    """Give the axes of a source, by default the last of the version's."""
    parsed = parse_axes(axes, ndim) if axes is not None else tuple(default[-ndim:])
    places = places_among(parsed, default)
    if len(places) < ndim or list(places) != sorted(set(places)):
        raise InvalidArgumentError(
            f"The axes of OME-Zarr {fmt.version} are {axes_word(default)}, in this order.",
            where="axes",
            found=", ".join(axis_names(parsed)),
        )
    return parsed


def _options(options: Any, shape: Sequence[int], places: Sequence[int], ones: Sequence[int]) -> Any:
    """Give array options of zarr for the array as it will be; their chunks mean what they mean to zarr."""
    if not isinstance(options, Mapping):
        return options
    wider = dict(options)
    for key in ("chunks", "shards"):
        own = expand_chunks(options[key], tuple(shape)) if options.get(key) is not None else None
        if isinstance(own, Sequence) and not isinstance(own, str) and len(own) == len(places):
            wider[key] = tuple(spread(own, places, ones))
    return wider


def _expanded(source: Source, places: Sequence[int], ndim: int) -> Source:
    shape = tuple(spread(source.shape, places, (1,) * ndim))
    chunks = None if source.chunks is None else tuple(spread(source.chunks, places, (1,) * ndim))
    if source.kind in ("numpy", "dask"):
        array = source.array[tuple(slice(None) if index in places else None for index in range(ndim))]
        return replace(source, array=array, shape=shape, chunks=chunks)
    in_order = None if source.in_order is None else places[source.in_order]
    wider = _Expanded(source, shape, places)
    return replace(source, array=wider, shape=shape, chunks=chunks, kind="other", in_order=in_order)


class _Expanded:
    """An array with axes of one pixel put in; nothing of it is read or copied before a region is asked for."""

    def __init__(self, source: Source, shape: tuple[int, ...], places: Sequence[int]) -> None:
        self._source = source
        self._places = tuple(places)
        self.shape = shape
        self.dtype = source.dtype

    def skip(self, region: tuple[slice, ...]) -> None:
        """See `Source.skip`."""
        self._source.skip(tuple(region[place] for place in self._places))

    def __getitem__(self, region: tuple[slice, ...]) -> NDArray[Any]:
        bounds = [range(*own.indices(n)) for own, n in zip(region, self.shape, strict=True)]
        part = self._source.read(tuple(slice(bounds[place].start, bounds[place].stop) for place in self._places))
        return part.reshape(tuple(map(len, bounds)))
