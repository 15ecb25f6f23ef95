"""Where the pixels of a new image come from: picture files of a folder, and arrays of the notebook."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np

from omezarr_nb.core.image import Image
from omezarr_nb.errors import ArgumentTypeError, NotFoundError, StoreError
from omezarr_nb.wizards.guess import AxesGuess, guess_axes, slug
from omezarr_nb.wizards.resolution import FileSays, said_by_picture, said_by_tiff

__all__ = [
    "PICTURES",
    "Listing",
    "Source",
    "array_source",
    "arrays_in",
    "describe_array",
    "list_folder",
    "read_picture",
    "save_upload",
    "shown_path",
]

#: Endings of the files that are offered.
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".npy")

#: More entries than this are not listed: the path field takes what is not.
_MOST_ENTRIES = 500

_COLOURS = (("red", "FF0000"), ("green", "00FF00"), ("blue", "0000FF"))


@dataclass(frozen=True, slots=True)
class Source:
    """Pixels, what is known about them, and the code that gets them.

    Parameters
    ----------
    array
        NumPy, dask or zarr array, dimensions as in the file or notebook.
    title
        What people call it: the file's or the variable's name.
    stem
        Of the name of the new image.
    guess
        What the dimensions are, and why.
    variable
        What `array` is called in the code.
    imports, lines
        The code that makes `variable`; none for a variable of the notebook.
    says
        What a file tells about itself.
    channels
        JSON objects (label, color, window), where they are known.
    notes
        What was decided while reading, in sentences.
    """

    array: Any
    title: str
    stem: str
    guess: AxesGuess
    variable: str
    imports: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    says: FileSays = field(default_factory=FileSays)
    channels: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each dimension."""
        return tuple(int(length) for length in self.array.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the pixels."""
        return math.prod(self.shape) * int(np.dtype(self.array.dtype).itemsize)


@dataclass(frozen=True, slots=True)
class Listing:
    """The folders and pictures in a folder, by name, and how many entries were left out."""

    folder: Path
    folders: tuple[str, ...]
    pictures: tuple[str, ...]
    left_out: int = 0


def list_folder(folder: Path) -> Listing:
    """Return the folders and pictures of a folder; hidden ones, and images that are OME-Zarr already, are left out.

    Raises
    ------
    StoreError
        When the folder cannot be read, in words.
    """
    try:
        entries = sorted((entry for entry in folder.iterdir() if entry.name[0] != "."), key=lambda e: e.name.casefold())
        folders = [entry.name for entry in entries if entry.suffix != ".zarr" and entry.is_dir()]
        pictures = [entry.name for entry in entries if entry.suffix.lower() in PICTURES and entry.is_file()]
    except OSError as error:
        raise StoreError("This folder cannot be read.", where=folder, found=error.strerror or str(error)) from error
    shown = (tuple(folders[:_MOST_ENTRIES]), tuple(pictures[:_MOST_ENTRIES]))
    return Listing(folder, *shown, len(folders) + len(pictures) - len(shown[0]) - len(shown[1]))


def shown_path(path: Path, base: Path | None = None) -> str:
    """Return a path as it is written in a form and in code: relative to the kernel's folder where it lies inside."""
    try:
        return path.relative_to(base or Path.cwd()).as_posix()
    except ValueError:
        return str(path)


def read_picture(path: Path) -> Source:
    """Read a picture file.

    Parameters
    ----------
    path
        Of a file with one of the endings `PICTURES`. ".npy" is mapped, everything else read into memory.

    Returns
    -------
    Source
        Opacity (alpha) is left out of the pixels of pictures, and its notes say so.

    Raises
    ------
    NotFoundError, StoreError
        When there is no such file, or it is no picture that can be read.
    """
    if not path.is_file():
        raise NotFoundError("There is no such file.", where=path)
    if path.suffix.lower() not in PICTURES:
        raise StoreError(
            "This is no kind of picture that is read here.", where=path, expected=", ".join(PICTURES).replace(".", "")
        )
    try:
        return _read(path)
    except MemoryError as error:
        raise StoreError("The picture does not fit into memory.", where=path) from error
    except Exception as error:  # decoders raise whatever they like: struct.error, KeyError, SyntaxError, ...
        raise StoreError(
            "This file cannot be read as a picture.", where=path, found=str(error) or type(error).__name__
        ) from error


def _read(path: Path) -> Source:
    name, kind = _quoted(shown_path(path)), path.suffix.lower()
    if kind == ".npy":
        lines = [f'pixels = np.load({name}, mmap_mode="r")']
        return _picture(path, np.load(path, mmap_mode="r"), FileSays(), "import numpy as np", lines)
    if kind in (".tif", ".tiff"):
        import tifffile

        lines = [f"pixels = tifffile.imread({name})"]
        return _picture(path, tifffile.imread(path), said_by_tiff(path), "import tifffile", lines)
    import skimage.io

    array, lines, notes = skimage.io.imread(str(path)), [f"pixels = skimage.io.imread({name})"], []
    if kind == ".gif" and array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
        lines.append("pixels = pixels[0]  # the only frame")
    grey_or_colour = {2: 0, 4: slice(3)}.get(array.shape[-1]) if array.ndim == 3 else None
    if grey_or_colour is not None:
        notes.append(_opacity(array))
        lines.append(f"pixels = pixels[..., {grey_or_colour if grey_or_colour == 0 else ':3'}]  # without opacity")
        array = array[..., grey_or_colour]
    return _picture(path, array, said_by_picture(path), "import skimage.io", lines, tuple(notes))


def _picture(
    path: Path, array: Any, says: FileSays, needed: str, lines: Sequence[str], notes: tuple[str, ...] = ()
) -> Source:
    guess = guess_axes(array.shape, said=says.axes, frames=path.suffix.lower() == ".gif")
    return Source(
        array,
        path.name,
        slug(path.name),
        guess,
        "pixels",
        (needed,),
        tuple(lines),
        says,
        _colours(array, guess) or tuple({"label": label} for label in says.channels),
        notes,
    )


def _opacity(array: Any) -> str:
    whole = bool((array[..., -1] == np.iinfo(array.dtype).max).all()) if array.dtype.kind == "u" else False
    which = "(the same everywhere)" if whole else "(parts of this picture are transparent)"
    return f"The opacity of the picture {which} is left out: OME-Zarr has no place for it but as one more channel."


def _colours(array: Any, guess: AxesGuess) -> tuple[Mapping[str, Any], ...]:
    """Return red, green and blue for a colour picture, shown with its own brightness and not stretched."""
    if guess.names[-1] != "c" or array.shape[-1] != 3:
        return ()
    if array.dtype.kind == "f":
        window = {"start": 0.0, "end": 1.0} if array.size and float(np.max(array[::16, ::16])) <= 1 else {}
    else:
        window = {"start": 0, "end": 1 if array.dtype.kind == "b" else int(np.iinfo(array.dtype).max)}
    extra = {"window": window} if window and array.dtype.kind in "ubf" else {}
    return tuple({"label": label, "color": color} | extra for label, color in _COLOURS)


def save_upload(folder: Path, name: str, content: bytes | memoryview) -> Path:
    """Put an uploaded file into a folder, under its own name or a free one like it; nothing is overwritten.

    Raises
    ------
    StoreError
        When it is no kind of picture, or cannot be written.
    """
    last = PureWindowsPath(PurePosixPath(name).name).name.lstrip(".")
    stem, kind = Path(last).stem[:100], Path(last).suffix.lower()
    if kind not in PICTURES or not stem:
        raise StoreError(
            "This is no kind of picture that is read here.", where=name, expected=", ".join(PICTURES).replace(".", "")
        )
    number = 1
    while True:
        path = folder / (f"{stem}{kind}" if number == 1 else f"{stem}-{number}{kind}")
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            number += 1
        except OSError as error:
            raise StoreError("The file cannot be saved.", where=path, found=error.strerror or str(error)) from error
        else:
            return path


def arrays_in(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return what can become an image among the variables of a notebook: arrays of 2 to 5 dimensions, and images."""
    return {
        name: value
        for name, value in list(namespace.items())
        if name.isidentifier() and name[0] != "_" and _able(value)
    }


def _able(value: Any) -> bool:
    if isinstance(value, Image):
        return True
    if isinstance(value, type) or not _is_array(value):
        return False
    dtype = getattr(value.dtype, "kind", "O")
    return 2 <= len(value.shape) <= 5 and dtype in "biufc" and 0 not in value.shape


def _is_array(value: Any) -> bool:
    """Tell arrays by their class: asking any object of a notebook for its shape could start anything."""
    if isinstance(value, np.ndarray):
        return True
    kind = type(value)
    return (kind.__module__.partition(".")[0], kind.__name__) in (
        ("dask", "Array"),
        ("zarr", "Array"),
        ("xarray", "DataArray"),
    )


def describe_array(name: str, value: Any) -> str:
    """Return a line about a variable: "cells · uint16 · 40 × 512 × 512"."""
    if isinstance(value, Image):
        return f"{name} · Image {''.join(axis.name for axis in value.axes)}"
    kind = type(value).__module__.partition(".")[0]
    size = " × ".join(str(length) for length in value.shape)
    return f"{name} · {'' if kind == 'numpy' else kind + ' '}{value.dtype} · {size}"


def array_source(value: Any, name: str | None) -> Source:
    """Return an array of the notebook as a source.

    Parameters
    ----------
    value
        A NumPy, dask, zarr or xarray array, or an `Image`, whose finest level is taken with all that it knows.
    name
        Of the variable; None where it is not known, and then the code says so.

    Raises
    ------
    ArgumentTypeError
        For what is no array.
    """
    title = name or "array"
    lines = () if name else ("# array: what ImageWizard was given",)
    if isinstance(value, Image):
        level = value.levels[0]
        names = tuple(axis.name for axis in value.axes)
        says = FileSays(
            sizes={axis.name: size for axis, size in zip(value.axes, level.scale, strict=True) if axis.unit},
            units={axis.name: axis.unit for axis in value.axes if axis.unit},
            reason="from the image",
        )
        guess = guess_axes(level.shape, said="".join(names) if all(len(axis) == 1 for axis in names) else None)
        known = tuple(channel.to_json() for channel in value.channels) if value.channel_axis is not None else ()
        code = (*lines, f"pixels = {title}.array()")
        return Source(level.dask, title, slug(value.name or title), guess, "pixels", (), code, says, known)
    if not _is_array(value):
        raise ArgumentTypeError(
            "ImageWizard takes the path of a picture, an array or an Image.", found=type(value).__name__
        )
    guess = guess_axes(value.shape)
    colours = _colours(value, guess) if isinstance(value, np.ndarray) else ()
    return Source(value, title, slug(title), guess, title, (), lines, channels=colours)


def _quoted(text: str) -> str:
    """Return a text as Python code, in double quotes."""
    return json.dumps(text, ensure_ascii=False)
