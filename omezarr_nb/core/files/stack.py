"""Many files that are one image: planes, times or channels, each in a file of its own."""

from __future__ import annotations

import glob
import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from omezarr_nb.core.code import Code, call, literal
from omezarr_nb.core.files.part import ENDINGS, Part, Picture, is_pixel_file, open_part
from omezarr_nb.core.kinds import Ints
from omezarr_nb.core.said import FileSays
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, NotFoundError

if TYPE_CHECKING:
    import dask.array as da


__all__ = ["FileStack", "list_files", "natural", "open_files"]

#: More files are no stack: their names alone would take a gigabyte.
MOST_FILES = 1_000_000

_ORDER = "tczyx"


def open_files(
    files: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], *, axis: str = "z", axes: str | None = None
) -> FileStack:
    """Open files of one size and type as one image that is read in parts, each file when a part of it is asked for.

    Parameters
    ----------
    files
        A pattern such as ``"run7/*.tif"`` (as `glob` has it; names are sorted as people do, 2 before 10), a folder, or
        a list of paths, in order. TIFF, PNG, JPEG, BMP, GIF, NumPy (``.npy``) and Zarr arrays.
    axis
        What differs from file to file: "t", "c" or "z". Where the files have this axis themselves it must be one long.
    axes
        Of each file, such as "yx", where they do not say so or are wrong.

    Returns
    -------
    FileStack
        Goes wherever an array goes that is written; its axes, pixel sizes and channels are defaults there.

    Raises
    ------
    NotFoundError
        When there are no such files.
    StoreError
        When one cannot be read.
    InvalidArgumentError
        When they are not all of one size and type: the message names the first that is not.

    Examples
    --------
    >>> import tifffile
    >>> for index in range(3):
    ...     tifffile.imwrite(f"plane{index}.tif", np.zeros((32, 48), "uint8"))
    >>> open_files("plane*.tif").shape
    (3, 32, 48)
    """
    if axis not in ("t", "c", "z"):
        raise InvalidArgumentError("Files are along t, c or z.", where="axis", found=axis, expected="t, c or z")
    paths = list_files(files)
    return FileStack(paths, {axis: len(paths)}, axes=axes, said=files if isinstance(files, str) else None)


def list_files(files: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> list[Path]:
    """Return the files of a pattern or a folder, sorted as people do; a list as it is.

    Raises
    ------
    NotFoundError
        When there are none.
    """
    if isinstance(files, str | os.PathLike):
        text = os.path.expanduser(os.fspath(files))  # noqa: PTH111 - a pattern, and no path
        found: Iterable[str] = glob.iglob(text, recursive=True)  # noqa: PTH207 - pathlib globs below a folder
        if Path(text).is_dir() and Path(text).suffix != ".zarr":
            found = (str(path) for path in Path(text).iterdir() if is_pixel_file(path))
        paths = []
        for name in found:
            paths.append(Path(name))
            if len(paths) > MOST_FILES:
                raise InvalidArgumentError("These are more files than a stack has.", where=text, expected=MOST_FILES)
        paths = sorted((path for path in paths if is_pixel_file(path)), key=lambda path: natural(str(path)))
        if not paths:
            kinds = ", ".join(ENDINGS).replace(".", "")
            raise NotFoundError("There are no files of pixels here.", where=text, expected=kinds)
        return paths
    if not isinstance(files, Sequence) or not all(isinstance(path, str | os.PathLike) for path in files):
        raise ArgumentTypeError("Files are a pattern, a folder, or a list of paths.", where="files", found=files)
    if not files:
        raise NotFoundError("There are no files.", where="files")
    return [Path(path).expanduser() for path in files]


def natural(text: str) -> list[tuple[int, int, str]]:
    """Return a key to sort names as people do.

    Examples
    --------
    >>> sorted(["b10", "b9", "a"], key=natural)
    ['a', 'b9', 'b10']
    """
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", text)]


class FileStack:
    """An image whose parts lie in many files; made by `open_files`. Slicing reads the files that are met.

    Parameters
    ----------
    paths
        Of the files, the last of the axes in `along` fastest.
    along
        What differs from file to file, and how many there are of it.
    axes
        Of each file, where it does not say so.
    labels
        Names of the channels, where the files are along c.
    said
        The pattern that the files were found with.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        along: Mapping[str, int],
        *,
        axes: str | None = None,
        labels: Sequence[str] = (),
        said: str | None = None,
    ) -> None:
        self.paths = tuple(paths)
        self.along = dict(along)
        self.said, self.said_axes = said, axes
        self._labels = tuple(labels)
        first = open_part(self.paths[0])
        self.part = first
        own = self._own_axes(first, axes)
        twice = {name for name in own if name in self.along}
        for name in twice:
            if first.shape[own.index(name)] != 1:
                raise InvalidArgumentError(
                    f"Each file has several of {name} already.",
                    where=self.paths[0],
                    found=f"{first.shape[own.index(name)]} along {name}",
                    do="Pass another axis.",
                )
        self._dropped = tuple(own.index(name) for name in own if name in twice)
        kept = tuple(name for name in own if name not in twice)
        self._inner = kept
        names = (*self.along, *kept)
        known = set(names) <= set(_ORDER)
        self.axes: tuple[str, ...] = tuple(sorted(names, key=_ORDER.index)) if known else names
        self._order = tuple(names.index(name) for name in self.axes)
        inner = tuple(n for index, n in enumerate(first.shape) if index not in self._dropped)
        self._full: Ints = (*self.along.values(), *inner)
        self.shape: Ints = tuple(self._full[index] for index in self._order)
        self.dtype = first.dtype
        if math.prod(self.along.values()) != len(self.paths):
            raise InvalidArgumentError(
                "There are not as many files as their axes are long.", found=len(self.paths), expected=str(self.along)
            )
        head = Picture.head_of(first.path) if isinstance(first.array, Picture) else None
        for path in self.paths[1:]:
            if head is None:
                self._check(open_part(path))
            elif (other := _head(path)) != head:
                raise self._another(path, other, head)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def chunks(self) -> Ints:
        """What is decoded as a whole, in axis order: a file, or a chunk of it."""
        own = self.part.chunks or self.part.shape
        inner = tuple(n for index, n in enumerate(own) if index not in self._dropped)
        full = (*(1 for _ in self.along), *inner)
        return tuple(full[index] for index in self._order)

    @property
    def says(self) -> FileSays:
        """Sizes and units that the first file tells."""
        return self.part.says

    @property
    def scale(self) -> dict[str, float]:
        """Size of a pixel by axis name, for the axes of which the files say it."""
        return {name: size for name, size in self.says.sizes.items() if name in self.axes}

    @property
    def units(self) -> dict[str, str]:
        """Unit by axis name, where `scale` has a size."""
        return {name: unit for name, unit in self.says.units.items() if name in self.scale}

    @property
    def channels(self) -> Sequence[Mapping[str, Any]] | None:
        """What is known of the channels: what each file says, or the names that the files were given."""
        if "c" in self.along:
            return [{"label": label} for label in self._labels] or None
        return self.part.channels if "c" in self._inner else None

    def code(self) -> Code | None:
        """Return the call that opens the same files, or None for files that are along several axes."""
        if len(self.along) != 1 or self._labels:
            return None
        files: Any = self.said if self.said is not None else [str(path) for path in self.paths]
        options = {"axis": next(iter(self.along)), "axes": self.said_axes}
        told = {key: value for key, value in options.items() if value is not None and (key, value) != ("axis", "z")}
        return Code(call("omezarr_nb.open_files", [literal(files)], told))

    def dask(self) -> da.Array:
        """Return the image as a dask array, of a file or a part of it a chunk."""
        import dask.array as da

        array: da.Array = da.from_array(self, chunks=self.chunks, asarray=True, name=False)
        return array

    def __repr__(self) -> str:
        return f"<FileStack {''.join(self.axes)} {self.shape} {self.dtype}, {len(self.paths)} files>"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[...], dtype)

    def __getitem__(self, region: Any) -> NDArray[Any]:
        """Read a region: integers, slices and an ellipsis, in axis order."""
        wanted = _slices(region, self.shape)
        bounds = [slice(0, 0)] * self.ndim
        for place, index in enumerate(self._order):
            bounds[index] = wanted[place][0]
        outer, inner = bounds[: len(self.along)], bounds[len(self.along) :]
        out = np.empty([s.stop - s.start for s in bounds], self.dtype)
        own: list[Any] = list(inner)
        for index in self._dropped:
            own.insert(index, 0)
        numbers = np.arange(len(self.paths)).reshape(tuple(self.along.values()))[tuple(outer)]
        for at in np.ndindex(numbers.shape) if out.size else ():
            out[at] = self._part(int(numbers[at])).array[tuple(own)]
        result: NDArray[Any] = out.transpose(self._order)[tuple(then for _, then in wanted)]
        return result

    def _own_axes(self, part: Part, axes: str | None) -> tuple[str, ...]:
        if axes is not None:
            names = tuple(axes)
        elif part.axes is not None:
            names = part.axes
        else:
            free = [name for name in "tcz" if name not in self.along]
            names = (*free[len(free) - max(0, len(part.shape) - 2) :], "y", "x")
        if len(names) != len(part.shape) or len(set(names)) != len(names):
            raise InvalidArgumentError(
                "These are not the axes of the files.",
                where=part.path,
                found=axes or "".join(names),
                expected=f"{len(part.shape)} letters of {_ORDER}, each once, for the shape {part.shape}",
                do="Pass axes.",
            )
        return names

    def _part(self, number: int) -> Part:
        """Open a file; one that has changed meanwhile is an error."""
        path = self.paths[number]
        if number == 0:
            return self.part
        if isinstance(self.part.array, Picture):
            return replace(self.part, path=path, array=Picture(path, self.part.array))
        part = open_part(path)
        self._check(part)
        return part

    def _check(self, part: Part) -> None:
        if part.shape != self.part.shape or part.dtype != self.part.dtype:
            raise self._another(part.path, f"{part.shape} {part.dtype}", f"{self.part.shape} {self.part.dtype}")

    def _another(self, path: Path, found: object, expected: object) -> InvalidArgumentError:
        return InvalidArgumentError(
            "The files are not all of one size and type.",
            where=path,
            found=found,
            expected=f"{expected}, as {self.part.path.name}",
        )


def _head(path: Path) -> tuple[Any, ...] | str:
    """Return size and kind of a picture, or words where it is none."""
    if not path.exists():
        raise NotFoundError("There is no such file.", where=path)
    try:
        return Picture.head_of(path)
    except OSError as error:
        return f"no picture ({error})"


def _slices(region: Any, shape: Ints) -> list[tuple[slice, Any]]:
    """Return what has to be read along each axis, and what to take of that."""
    entries = region if isinstance(region, tuple) else (region,)
    if any(entry is Ellipsis for entry in entries):
        place = next(index for index, entry in enumerate(entries) if entry is Ellipsis)
        fill = (slice(None),) * (len(shape) - len(entries) + 1)
        entries = (*entries[:place], *fill, *entries[place + 1 :])
    entries = (*entries, *(slice(None),) * (len(shape) - len(entries)))
    found: list[tuple[slice, Any]] = []
    for entry, length in zip(entries, shape, strict=True):
        if isinstance(entry, slice):
            places = range(length)[entry]
            low, high = (min(places[0], places[-1]), max(places[0], places[-1]) + 1) if places else (0, 0)
            found.append((slice(low, high), slice(None, None, places.step)))
        else:
            index = range(length)[int(entry)]
            found.append((slice(index, index + 1), 0))
    return found
