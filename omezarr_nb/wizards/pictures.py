"""Picture files: which there are in a folder, what is in them, and the code that reads them."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np

from omezarr_nb.core.files.part import decoding
from omezarr_nb.core.files.stack import open_files
from omezarr_nb.core.said import FileSays, said_by_picture
from omezarr_nb.core.tiff.image import open_tiff
from omezarr_nb.errors import NotFoundError, StoreError
from omezarr_nb.wizards.guess import guess_axes, slug
from omezarr_nb.wizards.sources import Source, array_source, colours

__all__ = [
    "PICTURES",
    "Listing",
    "list_folder",
    "list_stacks",
    "read_files",
    "read_picture",
    "save_upload",
    "shown_path",
]

#: Endings of the files that are offered.
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".npy")

#: Folders that are one picture.
STORES = (".zarr",)
_DOCUMENTS = ("zarr.json", ".zattrs", ".zgroup", ".zarray")

#: More entries than this are not listed: the path field takes what is not.
_MOST_ENTRIES = 500

#: Files of a folder, and folders, that are looked through for stacks.
_MOST_FILES, _MOST_FOLDERS = 5000, 100


@dataclass(frozen=True, slots=True)
class Listing:
    """The folders and pictures in a folder, by name, and how many entries were left out."""

    folder: Path
    folders: tuple[str, ...]
    pictures: tuple[str, ...]
    left_out: int = 0


def list_folder(folder: Path) -> Listing:
    """Return the folders and pictures of a folder; hidden ones are left out, and a Zarr is a picture.

    Raises
    ------
    StoreError
        When the folder cannot be read, in words.
    """
    try:
        entries = sorted((entry for entry in folder.iterdir() if entry.name[0] != "."), key=lambda e: e.name.casefold())
        folders = [entry.name for entry in entries if entry.suffix != ".zarr" and entry.is_dir()]
        pictures = [
            entry.name
            for entry in entries
            if (entry.suffix.lower() in PICTURES and entry.is_file()) or (entry.suffix in STORES and entry.is_dir())
        ]
    except OSError as error:
        raise StoreError("This folder cannot be read.", where=folder, found=error.strerror or str(error)) from error
    shown = (tuple(folders[:_MOST_ENTRIES]), tuple(pictures[:_MOST_ENTRIES]))
    return Listing(folder, *shown, len(folders) + len(pictures) - len(shown[0]) - len(shown[1]))


def is_store(path: Path) -> bool:
    """Return whether a folder is one picture: by its name, or by the metadata in it."""
    return path.is_dir() and (path.suffix.lower() in STORES or any((path / name).is_file() for name in _DOCUMENTS))


def list_stacks(folder: Path) -> tuple[tuple[str, int], ...]:
    """Return patterns of files that may be one image, in a folder and in those in it, each with how many files fit.

    What cannot be read is left out. Of folders with very many entries the first are looked at.
    """
    found: list[tuple[str, int]] = []
    for place in (folder, *(folder / name for name in _folders(folder))):
        try:
            with os.scandir(place) as entries:
                names = [entry.name for entry in islice(entries, _MOST_FILES) if entry.is_file()]
        except OSError:
            continue
        endings = Counter(Path(name).suffix for name in names if name[0] != ".")
        start = "" if place == folder else f"{place.name}/"
        found += [
            (f"{start}*{ending}", number)
            for ending, number in sorted(endings.items())
            if number > 1 and ending.lower() in PICTURES and not set(start) & set("*?[")
        ]
    return tuple(found)


def _folders(folder: Path) -> list[str]:
    try:
        return list(list_folder(folder).folders[:_MOST_FOLDERS])
    except StoreError:
        return []


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
        Of a file with one of the endings `PICTURES`. ".npy" is mapped, a TIFF is read in parts when it is written, and
        everything else is read into memory.

    Returns
    -------
    Source
        Opacity (alpha) is left out of the pixels of pictures, and its notes say so.

    Raises
    ------
    NotFoundError, StoreError
        When there is no such file, or it is no picture that can be read.
    """
    if is_store(path):
        return _read_store(path)
    if not path.is_file():
        raise NotFoundError("There is no such file.", where=path)
    if path.suffix.lower() not in PICTURES:
        raise StoreError(
            "This is no kind of picture that is read here.", where=path, expected=", ".join(PICTURES).replace(".", "")
        )
    with decoding(path):
        return _read(path)


def _read(path: Path) -> Source:
    name, kind = _quoted(shown_path(path)), path.suffix.lower()
    if kind == ".npy":
        lines = [f'pixels = np.load({name}, mmap_mode="r")']
        return _picture(path, np.load(path, mmap_mode="r"), FileSays(), needed="import numpy as np", lines=lines)
    if kind in (".tif", ".tiff"):
        image = open_tiff(path)
        says = replace(image.says, axes="".join(image.axes or ()).upper())
        lines = [f"pixels = omezarr_nb.open_tiff({name}).dask()"]
        source = _picture(path, image.dask(), says, needed="import omezarr_nb", lines=lines)
        return source if image.channels is None else replace(source, channels=image.channels)
    import skimage.io

    says = said_by_picture(path)  # first: it refuses what is no picture without going through all plugins
    array, lines, notes = skimage.io.imread(str(path)), [f"pixels = skimage.io.imread({name})"], []
    if kind == ".gif" and array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
        lines.append("pixels = pixels[0]  # the only frame")
    grey_or_colour = {2: 0, 4: slice(3)}.get(array.shape[-1]) if array.ndim == 3 else None
    if grey_or_colour is not None:
        notes.append(_opacity(array))
        lines.append(f"pixels = pixels[..., {grey_or_colour if grey_or_colour == 0 else ':3'}]  # without opacity")
        array = array[..., grey_or_colour]
    return _picture(path, array, says, needed="import skimage.io", lines=lines, notes=tuple(notes))


def _picture(
    path: Path, array: Any, says: FileSays, *, needed: str, lines: Sequence[str], notes: tuple[str, ...] = ()
) -> Source:
    guess = guess_axes(array.shape, said=says.axes, frames=path.suffix.lower() == ".gif" and array.ndim == 4)
    return Source(
        array,
        path.name,
        slug(path.name),
        guess,
        "pixels",
        (needed,),
        tuple(lines),
        says,
        colours(array, guess) or tuple({"label": label} for label in says.channels),
        notes,
    )


def _opacity(array: Any) -> str:
    whole = bool((array[..., -1] == np.iinfo(array.dtype).max).all()) if array.dtype.kind == "u" else False
    which = "(the same everywhere)" if whole else "(parts of this picture are transparent)"
    return f"The opacity of the picture {which} is left out: OME-Zarr has no place for it but as one more channel."


def read_files(pattern: str, axis: str, folder: Path) -> Source:
    """Read many files as one image.

    Parameters
    ----------
    pattern
        As `omezarr_nb.open_files` takes it, relative to `folder`.
    axis
        What differs from file to file: "t", "c" or "z".
    folder
        Where the pattern begins.

    Raises
    ------
    OMEZarrError
        As from `omezarr_nb.open_files`.
    """
    text = pattern.strip()
    whole = text if Path(text).expanduser().is_absolute() else str(folder / text)
    shown = shown_path(Path(whole))
    stack = open_files(shown, axis=axis)
    call = f"omezarr_nb.open_files({_quoted(shown)}{'' if axis == 'z' else f', axis={_quoted(axis)}'}).dask()"
    says = replace(stack.says, axes="".join(stack.axes).upper())
    guess = guess_axes(stack.shape, said=says.axes)
    notes = (f"{len(stack.paths)} files, from {stack.paths[0].name} to {stack.paths[-1].name}.",)
    stem = slug(Path(whole).parent.name or "stack")
    source = Source(
        stack.dask(), text, stem, guess, "pixels", ("import omezarr_nb",), (f"pixels = {call}",), says, (), notes
    )
    return source if stack.channels is None else replace(source, channels=tuple(stack.channels))


def _read_store(path: Path) -> Source:
    """Read an array of Zarr, or an OME-Zarr image with all that it knows."""
    import zarr

    from omezarr_nb.core.image import Image
    from omezarr_nb.core.reader import open as open_any

    name = _quoted(shown_path(path))
    if (path / ".zarray").exists() or _is_array(path):
        array = zarr.open_array(path, mode="r")
        guess = guess_axes(array.shape, said=None)
        lines = (f'pixels = zarr.open_array({name}, mode="r")',)
        return Source(array, path.name, slug(path.name), guess, "pixels", ("import zarr",), lines)
    image = open_any(path)
    if not isinstance(image, Image):
        raise StoreError("This is no image, but holds several.", where=path, found=repr(image))
    source = array_source(image, "image")
    opening = f"image = omezarr_nb.open({name})"
    return replace(source, title=path.name, stem=slug(path.name), lines=(opening, *source.lines))


def _is_array(path: Path) -> bool:
    try:
        return bool(json.loads((path / "zarr.json").read_bytes()).get("node_type") == "array")
    except (OSError, ValueError, AttributeError):
        return False


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


def _quoted(text: str) -> str:
    """Return a text as Python code, in double quotes."""
    return json.dumps(text, ensure_ascii=False)
