"""TIFF files as images that are read in parts: OME-TIFF, ImageJ's, and all others that tifffile knows."""

from __future__ import annotations

import html
import math
import os
import re
import threading
import weakref
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from omezarr_nb.core.kinds import Array, Ints, Slices
from omezarr_nb.core.said import FileSays, said_by_series
from omezarr_nb.core.tiff.segments import Files, check_page, read_page, segment_shape
from omezarr_nb.errors import InvalidArgumentError, NotFoundError, OMEZarrError, StoreError, UnsupportedError

if TYPE_CHECKING:
    import dask.array as da


__all__ = ["TIFF_ENDINGS", "TiffImage", "is_tiff_path", "open_tiff"]

TIFF_ENDINGS = (".tif", ".tiff", ".btf", ".tf8", ".tf2")

#: More planes than these are no image: tifffile makes lists of as many as a description says.
MOST_PLANES = 4_000_000

#: Order of the axes in OME-Zarr. Samples (S) are channels.
_ORDER = "TCZYX"
_RGB = 2
_COLOURS = (("red", "FF0000"), ("green", "00FF00"), ("blue", "0000FF"))


def is_tiff_path(value: object) -> bool:
    """Return whether a value is the path of a file whose name ends as those of TIFF files do."""
    if not isinstance(value, str | os.PathLike):
        return False
    return os.fspath(value).lower().endswith(TIFF_ENDINGS) if isinstance(os.fspath(value), str) else False


def open_tiff(path: str | os.PathLike[str], *, series: int = 0, level: int = 0, axes: str | None = None) -> TiffImage:
    """Open a TIFF file as an image that is read in parts, in bounded memory.

    Parameters
    ----------
    path
        Of a file on a local disk: TIFF, BigTIFF, OME-TIFF (also of several files, in one folder), ImageJ's and others.
    series
        Which of the images in the file.
    level
        Which level, where the file has a pyramid; 0 is the largest.
    axes
        What the axes are, in the order of the file, where it does not say so or is wrong: letters of "tczyxs" (s are
        samples, such as red, green and blue). Axes of length 1 are left out, but y and x.

    Returns
    -------
    TiffImage
        Goes wherever an array goes that is written; its axes, pixel sizes and channels are defaults there.

    Raises
    ------
    NotFoundError
        When there is no such file.
    StoreError
        When it is no TIFF file, or a broken one.
    UnsupportedError
        When its pixels cannot be read in parts.
    InvalidArgumentError
        When it has no such series or level, or other axes.

    Examples
    --------
    >>> import tifffile
    >>> tifffile.imwrite("cells.tif", np.zeros((3, 64, 64), "uint16"), imagej=True, metadata={"axes": "CYX"})
    >>> open_tiff("cells.tif")
    <TiffImage cyx (3, 64, 64) uint16, 'cells.tif'>
    """
    path = Path(path)
    if not path.is_file():
        raise NotFoundError("There is no such file.", where=path)
    return TiffImage(path, series, level, axes)


class TiffImage:
    """An image in a TIFF file; made by `open_tiff`. Slicing reads the strips or tiles that are met, and keeps none.

    Its axes are in the order that OME-Zarr wants, whatever the order of the planes in the file; samples (red, green,
    blue) are channels. Where the file does not say what an axis is, all axes are in the order of the file.
    """

    def __init__(self, path: Path, series: int = 0, level: int = 0, axes: str | None = None) -> None:
        self.path = path
        self.series = series
        self.level = level
        self.said_axes = axes
        self._lock = threading.Lock()
        tiff = _open(path)
        weakref.finalize(self, tiff.close)
        try:
            pages = _pages(tiff, path, series, level)
            self.says: FileSays = said_by_series(tiff, series)
            check_page(pages.keyframe, path)
            offset = pages.dataoffset
            full, letters = _shape_and_axes(pages)
        except OMEZarrError:
            raise
        except Exception as error:  # tifffile raises whatever it likes for broken files
            raise _broken(path, error) from error
        self._pages = pages
        self._keyframe = pages.keyframe
        self._shaped: Ints = tuple(map(int, self._keyframe.shaped))
        kept = [index for index, n in enumerate(full) if n > 1 or letters[index] in "YX"]
        self._stored: Ints = tuple(full[index] for index in kept)
        self._split = _split(self._stored, self._shaped, path)
        letters = "".join(letters[index] for index in kept)
        letters = letters if axes is None else _said(axes, self._stored, path)
        names = _names(letters)
        self.axes: tuple[str, ...] | None = names and tuple(sorted(names, key="tczyx".index))
        self._order = tuple(range(len(kept))) if names is None else tuple(names.index(name) for name in self.axes or ())
        self._colours = "S" in letters and self._keyframe.photometric == _RGB
        self.shape: Ints = tuple(self._stored[index] for index in self._order)
        self.dtype: np.dtype[Any] = np.dtype(self._keyframe.dtype).newbyteorder("=")
        self._memory: tuple[int, np.dtype[Any]] | None = None
        if offset is not None:
            stored = np.dtype(self.dtype).newbyteorder(tiff.byteorder)
            if path.stat().st_size >= offset + math.prod(self._stored) * stored.itemsize:
                self._memory = (int(offset), stored)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def chunks(self) -> Ints | None:
        """What is decoded as a whole, in axis order: a strip or a tile; None where pixels are not compressed."""
        if self._memory is not None:
            return None
        sizes = iter([size for size, n in zip(segment_shape(self._keyframe), self._shaped, strict=True) if n > 1])
        page = tuple(next(sizes) if n > 1 else 1 for n in self._stored[self._split :])
        stored = (1,) * self._split + page
        return tuple(min(stored[index], self._stored[index]) for index in self._order)

    @property
    def scale(self) -> dict[str, float]:
        """Size of a pixel by axis name, for the axes of which the file says it."""
        return {name: size for name, size in self.says.sizes.items() if name in (self.axes or ())}

    @property
    def units(self) -> dict[str, str]:
        """Unit by axis name, where `scale` has a size."""
        return {name: unit for name, unit in self.says.units.items() if name in self.scale}

    @property
    def channels(self) -> tuple[Mapping[str, Any], ...] | None:
        """What the file says of its channels, as JSON objects: names, or the colours of samples; None for nothing."""
        if self.axes is None or "c" not in self.axes:
            return None
        count = self.shape[self.axes.index("c")]
        if self._colours and count in (3, 4):
            end = int(np.iinfo(self.dtype).max) if self.dtype.kind == "u" else None
            window = {} if end is None else {"window": {"start": 0, "end": end}}
            known = [{"label": label, "color": color} | window for label, color in _COLOURS]
            return tuple(known + [{"label": "opacity", "color": "FFFFFF", "active": False}] * (count - 3))
        if len(self.says.channels) == count:
            return tuple({"label": label} for label in self.says.channels)
        return None

    def __repr__(self) -> str:
        axes = "".join(self.axes) if self.axes else "unknown axes"
        return f"<TiffImage {axes} {self.shape} {self.dtype}, {str(self.path)!r}>"

    def __reduce__(self) -> Any:
        return TiffImage, (self.path, self.series, self.level, self.said_axes)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.asarray(self[...], dtype)

    def dask(self) -> da.Array:
        """Return the image as a dask array, of chunks of whole strips or tiles."""
        import dask.array as da

        most = tuple(1 if n > 1 and axis < self.ndim - 2 else n for axis, n in enumerate(self.shape))
        array: da.Array = da.from_array(self, chunks=self.chunks or most, asarray=True, name=False)
        return array

    def __getitem__(self, region: Any) -> Array:
        """Read a region: integers, slices and an ellipsis, in axis order."""
        wanted = _full(region, self.ndim)
        bounds, after = [], []
        for entry, length in zip(wanted, self.shape, strict=True):
            one, then = _bounds(entry, length)
            bounds.append(one)
            after.append(then)
        stored = [slice(0, 0)] * self.ndim
        for place, index in enumerate(self._order):
            stored[index] = bounds[place]
        block = self._read(tuple(stored)).transpose(self._order)
        if block.dtype != self.dtype:
            block = block.astype(self.dtype)
        result: Array = block[tuple(after)]
        return result

    def _read(self, region: Slices) -> Array:
        """Read a region in the order of the file."""
        if 0 in (s.stop - s.start for s in region):
            return np.empty([s.stop - s.start for s in region], self.dtype)
        if self._memory is not None:
            offset, dtype = self._memory
            mapped = np.memmap(self.path, dtype, "r", offset, self._stored)
            return np.array(mapped[region])  # a copy: what is mapped does not stay in memory
        leading, own = region[: self._split], region[self._split :]
        out = np.empty([s.stop - s.start for s in region], self.dtype)
        shaped = self._shaped_region(own)
        with Files() as files:
            for place in product(*(range(s.start, s.stop) for s in leading)):
                number = int(np.ravel_multi_index(place, self._stored[: self._split])) if place else 0
                page = self._page(number)
                into = tuple(p - s.start for p, s in zip(place, leading, strict=True))
                view = out[into]  # and so is what has axes of length 1 put in
                read_page(page, shaped, view.reshape([s.stop - s.start for s in shaped]), files, self.path)
        return out

    def _page(self, number: int) -> Any:
        try:
            with self._lock:
                page = self._pages[number]
        except Exception as error:  # tifffile raises whatever it likes for broken files
            raise _broken(self.path, error) from error
        if page is None:
            raise StoreError(
                "A plane of this image is missing in the file, or the file that holds it is not there.",
                where=self.path,
                found=f"no plane {number}",
                do="Put all files of the image into one folder.",
            )
        if page.shaped != self._keyframe.shaped or page.keyframe.dtype != self._keyframe.dtype:
            raise StoreError("A page of this file is not like the first of the image.", where=self.path)
        return page

    def _shaped_region(self, own: Slices) -> Slices:
        """Give a region of a page in the five dimensions that tifffile has."""
        rest = iter([s for s, n in zip(own, self._stored[self._split :], strict=True) if n > 1])
        return tuple(next(rest) if n > 1 else slice(0, 1) for n in self._shaped)


def _open(path: Path) -> Any:
    import tifffile

    try:
        return tifffile.TiffFile(path)
    except Exception as error:  # tifffile raises whatever it likes for what is no TIFF
        raise _broken(path, error) from error


def _broken(path: Path, error: Exception) -> StoreError:
    return StoreError("This file cannot be read as a TIFF.", where=path, found=f"{type(error).__name__}: {error}"[:300])


def _pages(tiff: Any, path: Path, series: int, level: int) -> Any:
    """Give the pages of a series, after a look at what the file claims and where it points."""
    _check_claims(tiff, path)
    if not tiff.series:
        raise StoreError("This TIFF holds no image.", where=path)
    if not 0 <= series < len(tiff.series):
        raise InvalidArgumentError(
            "The file has no such series.", where=path, found=series, expected=f"0 to {len(tiff.series) - 1}"
        )
    levels = tiff.series[series].levels
    if not 0 <= level < len(levels):
        raise InvalidArgumentError(
            "The series has no such level.", where=path, found=level, expected=f"0 to {len(levels) - 1}"
        )
    pages = levels[level]
    if pages.transform is not None:
        raise UnsupportedError("The pixels of this TIFF are changed while they are read.", where=path)
    folder = path.resolve().parent
    for parent in {id(page.parent): page.parent for page in pages if page is not None}.values():
        if Path(parent.filehandle.path).resolve().parent != folder:
            raise _outside(path, parent.filehandle.path)
    return pages


def _check_claims(tiff: Any, path: Path) -> None:
    """Raise where tifffile would make lists without end, or open what lies outside of the folder of the file."""
    text = tiff.ome_metadata if tiff.is_ome else None
    if text:
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise StoreError("The OME-XML of this file defines entities of its own, which is not read.", where=path)
        for name in re.findall(r"""\bFileName\s*=\s*["']([^"']*)""", text):
            plain = html.unescape(name)
            if plain in (".", "..") or re.search(r"[/\\:\0]", plain):
                raise _outside(path, plain)
        for pixels in re.findall(r"<(?:\w+:)?Pixels\b([^<]*)", text):  # not up to a ">" that may never come
            _check_planes([int(n[:20]) for n in re.findall(r"""\bSize[TCZ]\s*=\s*["']\s*(\d+)""", pixels)], path)
        counts = re.findall(r"""\b(?:IFD|NumPlanes|PlaneCount|First[TCZ])\s*=\s*["']\s*(\d+)""", text)
        for count in counts:
            _check_planes([int(count[:20])], path)
    elif tiff.is_imagej:
        said = tiff.imagej_metadata or {}
        _check_planes([n for key in ("frames", "slices", "channels") if isinstance(n := said.get(key, 1), int)], path)
        _check_planes([n for key in ("images",) if isinstance(n := said.get(key, 1), int)], path)
    elif tiff.is_shaped:
        for entry in tiff.shaped_metadata or ():
            shape = [n for n in entry.get("shape", ()) if isinstance(n, int)]
            _check_planes(shape[:-3], path)


def _check_planes(lengths: Sequence[int], path: Path) -> None:
    if math.prod(lengths) > MOST_PLANES:
        raise StoreError(
            "The file claims more planes than are read.",
            where=path,
            found=math.prod(lengths),
            expected=f"at most {MOST_PLANES}",
        )


def _outside(path: Path, name: str) -> StoreError:
    return StoreError("The file names another one outside of its folder, which is not opened.", where=path, found=name)


def _shape_and_axes(pages: Any) -> tuple[Ints, str]:
    """Give the shape and the letters of the axes of a series, those of length 1 as well."""
    if hasattr(pages, "get_shape"):  # older ones of tifffile leave them out otherwise
        return tuple(map(int, pages.get_shape(False))), str(pages.get_axes(False))
    return tuple(map(int, pages.shape)), str(pages.axes)


def _split(stored: Ints, shaped: Ints, path: Path) -> int:
    """Give how many of the axes count the pages; the others are those of a page."""
    page = [n for n in shaped if n > 1]
    for split in range(len(stored) + 1):
        if [n for n in stored[split:] if n > 1] == page:
            return split
    raise UnsupportedError(
        "The pages of this TIFF do not make up its image.", where=path, found=f"pages {shaped}", expected=stored
    )


def _names(letters: str) -> tuple[str, ...] | None:
    """Give the axes in the order of the file, or None where the file does not say what one is."""
    names = tuple({"S": "c"}.get(letter, letter.lower()) for letter in letters)
    known = set(names) <= set(_ORDER.lower()) and len(set(names)) == len(names) and {"y", "x"} <= set(names)
    return names if known else None


def _said(axes: str, stored: Ints, path: Path) -> str:
    letters = axes.upper()
    if len(letters) != len(stored) or _names(letters) is None:
        raise InvalidArgumentError(
            "These are not the axes of the image in the file.",
            where=path,
            found=axes,
            expected=f"{len(stored)} letters of tczyxs, each once, for the shape {stored}",
        )
    return letters


def _full(region: Any, ndim: int) -> tuple[Any, ...]:
    """Give one entry for each axis."""
    entries = region if isinstance(region, tuple) else (region,)
    if any(entry is Ellipsis for entry in entries):
        place = next(index for index, entry in enumerate(entries) if entry is Ellipsis)
        fill = (slice(None),) * (ndim - len(entries) + 1)
        entries = (*entries[:place], *fill, *entries[place + 1 :])
    entries = (*entries, *(slice(None),) * (ndim - len(entries)))
    if len(entries) != ndim or not all(isinstance(entry, slice | int | np.integer) for entry in entries):
        raise InvalidArgumentError(
            "An image in a TIFF is sliced with integers and slices, one for each axis.", found=region, expected=ndim
        )
    return entries


def _bounds(entry: Any, length: int) -> tuple[slice, Any]:
    """Give what has to be read along an axis, and what to take of that."""
    if not isinstance(entry, slice):
        index = int(entry) + length if entry < 0 else int(entry)
        if not 0 <= index < length:
            raise IndexError(f"index {entry} is out of bounds for an axis of length {length}")
        return slice(index, index + 1), 0
    places = range(length)[entry]
    if not places:
        return slice(0, 0), slice(None)
    low, high = min(places[0], places[-1]), max(places[0], places[-1])
    return slice(low, high + 1), slice(None, None, places.step)
