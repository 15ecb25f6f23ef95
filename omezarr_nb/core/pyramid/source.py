"""Where the pixels come from: anything with shape, dtype and slicing, read one region at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.kinds import Ints, Slices
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, UnsupportedError

#: Chunks that zarr decodes side by side, where it does (its setting async.concurrency).
AT_ONCE = 10


@runtime_checkable
class ArrayLike(Protocol):
    """What a source has to have."""

    @property
    def shape(self) -> Ints:
        """Length of each axis."""

    @property
    def dtype(self) -> Any:
        """Type of the pixels."""

    def __getitem__(self, region: Any, /) -> Any:
        """Give a region as something that `numpy.asarray` takes."""


@dataclass(frozen=True, slots=True)
class Source:
    """An array whose regions can be read.

    Parameters
    ----------
    array
        The array itself; nothing of it is loaded or copied here.
    shape
        Length of each axis.
    dtype
        Type of the pixels as they are stored: in the byte order of the machine.
    chunks
        What is read or computed as a whole, or None where regions cost what they hold.
    kind
        "numpy", "dask", "zarr", "planes", "tiff", "files" or "other", for the text of a plan.
    in_order
        None for what can be read in any order. Otherwise the axis from which on it comes whole, and in one order, the
        last axis fastest.
    at_once
        How many of its chunks are held to read a region, at most; None for parts of all that the region touches.
    working
        Bytes that reading a region needs, beside the region and its chunks.
    """

    array: Any
    shape: Ints
    dtype: np.dtype[Any]
    chunks: Ints | None
    kind: str
    in_order: int | None = None
    at_once: int | None = 1
    working: int = 0

    def read(self, region: Slices) -> NDArray[Any]:
        """Read one region. Dask computes in the calling thread: regions run side by side already."""
        part = self.array[region]
        if self.kind == "dask":
            # What lies in one chunk is taken as it is: dask would copy it once more, to join it with nothing.
            part = (part.to_delayed().flat[0] if part.npartitions == 1 else part).compute(scheduler="synchronous")
        result = np.asarray(part)
        expected = tuple(s.stop - s.start for s in region)
        if result.shape != expected:
            raise InvalidArgumentError(
                "The array gave a region of another shape than it was asked for.",
                where=f"the source, at {_text(region)}",
                found=f"shape {result.shape}",
                expected=f"shape {expected}",
            )
        return result if result.dtype == self.dtype else result.astype(self.dtype)

    def renewed(self) -> Source:
        """Give the source with the codecs that zarr is set to now, which an array takes when it is opened."""
        import zarr

        if type(self.array) is not zarr.Array:
            return self
        own = self.array.async_array
        return replace(self, array=zarr.Array(zarr.AsyncArray(own.metadata, own.store_path, own.config)))

    def skip(self, region: Slices) -> None:
        """Say that a region of a source that is read in order is not going to be asked for."""
        self.array.skip(region)


def as_source(array: Any) -> Source:
    """Describe an array as a source.

    Parameters
    ----------
    array
        NumPy, dask or zarr arrays, memory maps, xarray's, an image or level of this package (level 0 is taken),
        anything with ``shape``, ``dtype`` and slicing, or nested lists of numbers. `Planes` that come one after the
        other. What has an attribute ``in_order`` is read as `Source` says. The path of a TIFF file.

    Raises
    ------
    ArgumentTypeError
        For what is no array.
    UnsupportedError
        For pixels of a type that OME-Zarr cannot hold (objects, strings, dates, records, extended floats).
    """
    import zarr

    from omezarr_nb.core.files.stack import FileStack
    from omezarr_nb.core.tiff.image import TiffImage

    array = opened(array)
    if hasattr(array, "levels") and hasattr(array, "multiscale"):
        array = array.levels[0]
    if isinstance(getattr(array, "zarr", None), zarr.Array):
        array = array.zarr
    if type(array).__module__.startswith("xarray"):
        array = array.data
    if isinstance(array, list | tuple) or not isinstance(array, ArrayLike):
        array = _converted(array)
    shape = tuple(_length(n) for n in array.shape)
    dtype = _check_dtype(array)
    if 0 in shape:
        raise InvalidArgumentError("The array has no pixels.", where="the source", found=f"shape {shape}")
    if isinstance(array, np.ndarray):
        return Source(array, shape, dtype, None, "numpy")
    if isinstance(array, zarr.Array):
        return Source(array, shape, dtype, tuple(array.chunks), "zarr", at_once=_at_once(array.store))
    if type(array).__module__.split(".")[0] == "dask":
        return Source(array, shape, dtype, tuple(max(c) for c in array.chunks), "dask", at_once=None)
    if isinstance(array, TiffImage | FileStack):
        return Source(array, shape, dtype, array.chunks, "tiff" if isinstance(array, TiffImage) else "files")
    in_order = getattr(array, "in_order", None)
    if isinstance(in_order, int):
        return Source(array, shape, dtype, None, "planes", in_order)
    return Source(array, shape, dtype, None, "other")


def _at_once(store: Any) -> int:
    """Give how many chunks zarr holds at once: its fused pipeline one, if the store answers at once, others a few."""
    from zarr.core import codec_pipeline
    from zarr.storage import LocalStore, MemoryStore

    fused = hasattr(codec_pipeline, "FusedCodecPipeline") and isinstance(store, LocalStore | MemoryStore)
    return 1 if fused else AT_ONCE


def opened(array: Any) -> Any:
    """Open the path of a TIFF file; anything else is given back as it is.

    Raises
    ------
    NotFoundError, StoreError, UnsupportedError
        As from `omezarr_nb.open_tiff`.
    """
    from omezarr_nb.core.tiff.image import is_tiff_path, open_tiff

    return open_tiff(array) if is_tiff_path(array) else array


def _converted(array: Any) -> NDArray[Any]:
    if isinstance(array, str | bytes | dict | set) or array is None:
        raise ArgumentTypeError(
            "This is no array.",
            where="the source",
            found=type(array).__name__,
            expected="a NumPy, dask or zarr array, the path of a TIFF, or anything with shape, dtype and slicing",
        )
    if isinstance(array, Iterator):
        raise ArgumentTypeError(
            "It is not known how many planes a generator gives.",
            where="the source",
            found=type(array).__name__,
            do="Pass omezarr_nb.Planes(generator, lengths), for example with lengths of (10, 3).",
        )
    try:
        return np.asarray(array)
    except (TypeError, ValueError) as error:
        raise ArgumentTypeError(
            "This is no array.", where="the source", found=f"{type(array).__name__} ({error})"
        ) from error


def _length(length: Any) -> int:
    if isinstance(length, float):  # dask's NaN
        raise InvalidArgumentError(
            "The length of an axis is not known.",
            where="the source",
            do="Call compute_chunk_sizes() on the dask array first.",
        )
    return int(length)


def _check_dtype(array: Any) -> np.dtype[Any]:
    try:
        dtype = np.dtype(array.dtype)
    except TypeError as error:
        raise UnsupportedError(
            "Pixels of this type cannot be stored.", where="the source", found=str(array.dtype)
        ) from error
    allowed = dtype.kind in "biufc" and dtype.itemsize <= (16 if dtype.kind == "c" else 8)
    if not allowed:
        raise UnsupportedError(
            "Pixels of this type cannot be stored.",
            where="the source",
            found=f"dtype {dtype}",
            expected="bool, integers or floats of 8 to 64 bits, or complex64 or complex128",
            do="Convert the array first, for example with array.astype('float32').",
        )
    native: np.dtype[Any] = dtype.newbyteorder("=")
    return native


def _text(region: Slices) -> str:
    return "[" + ", ".join(f"{s.start}:{s.stop}" for s in region) + "]"
