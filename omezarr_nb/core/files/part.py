"""One file of pixels, whatever its kind: TIFF, PNG and the like, NumPy, Zarr. Nothing but its head is read at first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.said import FileSays, said_by_picture
from omezarr_nb.core.tiff.image import TIFF_ENDINGS, open_tiff
from omezarr_nb.errors import NotFoundError, OMEZarrError, StoreError

__all__ = ["ENDINGS", "PICTURES", "Part", "decoding", "is_pixel_file", "open_part"]

#: Endings of pictures that are decoded as a whole.
PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")

#: Endings of all files that are read here. Zarr arrays are folders.
ENDINGS = (*PICTURES, *TIFF_ENDINGS, ".npy", ".zarr")

_COLOURS = (("red", "FF0000"), ("green", "00FF00"), ("blue", "0000FF"))


@dataclass(frozen=True, slots=True)
class Part:
    """The pixels of a file, and what it says of them.

    Parameters
    ----------
    path
        Of the file.
    array
        Shape, dtype and slicing; pixels are read when it is sliced.
    axes
        Names in the order of the array, or None where the file does not say.
    chunks
        What is decoded as a whole, or None.
    says
        Pixel sizes and units.
    channels
        JSON objects, or None where nothing is known.
    note
        What was left out, in a sentence, or "".
    """

    path: Path
    array: Any
    axes: tuple[str, ...] | None
    chunks: tuple[int, ...] | None
    says: FileSays = field(default_factory=FileSays)
    channels: Sequence[Mapping[str, Any]] | None = None
    note: str = ""

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each dimension."""
        return tuple(int(n) for n in self.array.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the pixels, in the byte order of the machine."""
        native: np.dtype[Any] = np.dtype(self.array.dtype).newbyteorder("=")
        return native


def is_pixel_file(path: Path) -> bool:
    """Return whether a path has an ending of the files that are read here."""
    return path.suffix.lower() in ENDINGS


def open_part(path: Path) -> Part:
    """Open a file.

    Parameters
    ----------
    path
        Of a file with one of the endings `ENDINGS`; a ``.zarr`` is an array or an OME-Zarr image, whose level 0 is
        taken.

    Raises
    ------
    NotFoundError
        When nothing is there.
    StoreError
        When it is of another kind, or cannot be read.
    """
    if not path.exists():
        raise NotFoundError("There is no such file.", where=path)
    if not is_pixel_file(path):
        raise StoreError(
            "This is no kind of file that pixels are read from.",
            where=path,
            expected=", ".join(ENDINGS).replace(".", ""),
        )
    with decoding(path):
        return _open(path)


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Say in words what goes wrong while a file of pixels is read.

    Raises
    ------
    StoreError
        In place of whatever its decoder raises.
    """
    try:
        yield
    except OMEZarrError:
        raise
    except MemoryError as error:
        raise StoreError("The picture does not fit into memory.", where=path) from error
    except Exception as error:  # decoders raise whatever they like: struct.error, KeyError, SyntaxError, ...
        raise StoreError(
            "This file cannot be read as a picture.", where=path, found=str(error) or type(error).__name__
        ) from error


def _open(path: Path) -> Part:
    kind = path.suffix.lower()
    if kind in TIFF_ENDINGS:
        tiff = open_tiff(path)
        return Part(path, tiff, tiff.axes, tiff.chunks, tiff.says, tiff.channels)
    if kind == ".npy":
        return Part(path, np.load(path, mmap_mode="r"), None, None)
    if kind == ".zarr":
        return _open_zarr(path)
    says = said_by_picture(path)  # first: it refuses what is no picture without going through all plugins
    picture = Picture(path)
    axes = {2: ("y", "x"), 3: ("y", "x", "c")}.get(len(picture.shape))
    return Part(path, picture, axes, picture.shape, says, picture.channels, picture.note)


def _open_zarr(path: Path) -> Part:
    import zarr

    from omezarr_nb.core.image import Image
    from omezarr_nb.core.reader import open as open_any

    try:
        array = zarr.open_array(path, mode="r")
    except (FileNotFoundError, ValueError, KeyError):  # a group
        image = open_any(path)
        if not isinstance(image, Image):
            raise StoreError("This is no image, but holds several.", where=path, found=repr(image)) from None
        level = image.levels[0]
        sizes = {axis.name: size for axis, size in zip(image.axes, level.scale, strict=True) if axis.unit}
        units = {axis.name: axis.unit for axis in image.axes if axis.unit}
        known = [channel.to_json() for channel in image.channels] if image.channel_axis is not None else None
        says = FileSays(sizes=sizes, units=units, reason="from the image")
        return Part(path, level.zarr, tuple(axis.name for axis in image.axes), level.chunks, says, known)
    names: Any = getattr(array.metadata, "dimension_names", None) or array.attrs.get("_ARRAY_DIMENSIONS")
    known_names = isinstance(names, list | tuple) and all(isinstance(name, str) for name in names)
    return Part(path, array, tuple(names) if known_names else None, tuple(array.chunks))


class Picture:
    """A PNG, JPEG, BMP or GIF: decoded as a whole each time that it is sliced, and not kept.

    Opacity is left out, and so is a first axis of one frame.

    Parameters
    ----------
    path
        Of the file.
    like
        Another picture of the same size and type, so that this one need not be decoded to know them.
    """

    def __init__(self, path: Path, like: Picture | None = None) -> None:
        self.path = path
        self.note = ""
        if like is None:
            pixels, self.note = self._decode()
            self.shape: tuple[int, ...] = pixels.shape
            self.dtype = pixels.dtype
        else:
            self.shape, self.dtype = like.shape, like.dtype

    @property
    def channels(self) -> Sequence[Mapping[str, Any]] | None:
        """Red, green and blue of a colour picture, shown with its own brightness."""
        if len(self.shape) != 3 or self.shape[-1] != 3:
            return None
        end = int(np.iinfo(self.dtype).max) if self.dtype.kind == "u" else None
        window = {} if end is None else {"window": {"start": 0, "end": end}}
        return [{"label": label, "color": color} | window for label, color in _COLOURS]

    def __getitem__(self, region: Any) -> NDArray[Any]:
        """Decode the picture, and return a part."""
        pixels, _ = self._decode()
        if pixels.shape != self.shape or pixels.dtype != self.dtype:
            raise StoreError(
                "The picture is of another size or type than it was.",
                where=self.path,
                found=f"{pixels.shape} {pixels.dtype}",
                expected=f"{self.shape} {self.dtype}",
            )
        part: NDArray[Any] = pixels[region]
        return part

    @staticmethod
    def head_of(path: Path) -> tuple[Any, ...]:
        """Return size and kind of the pixels as the head of a file says them; nothing is decoded."""
        import PIL.Image

        with PIL.Image.open(path) as picture:
            return (*picture.size, picture.mode)

    def _decode(self) -> tuple[NDArray[Any], str]:
        import skimage.io

        pixels: NDArray[Any] = skimage.io.imread(str(self.path))
        if pixels.ndim == 4 and pixels.shape[0] == 1:
            pixels = pixels[0]
        if pixels.ndim == 3 and pixels.shape[-1] in (2, 4):
            note = _opacity(pixels)
            return (pixels[..., 0] if pixels.shape[-1] == 2 else pixels[..., :3]), note
        return pixels, ""


def _opacity(array: NDArray[Any]) -> str:
    whole = bool((array[..., -1] == np.iinfo(array.dtype).max).all()) if array.dtype.kind == "u" else False
    which = "(the same everywhere)" if whole else "(parts of this picture are transparent)"
    return f"The opacity of the picture {which} is left out: OME-Zarr has no place for it but as one more channel."
