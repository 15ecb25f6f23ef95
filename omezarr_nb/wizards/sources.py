"""Where the pixels of a new image come from, and what is known of them; the arrays of a notebook."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from omezarr_nb.core.image import Image, LabelImage
from omezarr_nb.core.said import FileSays
from omezarr_nb.display.words import elide
from omezarr_nb.errors import ArgumentTypeError
from omezarr_nb.wizards.guess import AxesGuess, guess_axes, slug

__all__ = ["Source", "array_source", "arrays_in", "colours", "describe_array", "notebook_variables"]

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
    labels
        Whether the values name objects, so that no new ones may come about in coarser levels.
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
    labels: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each dimension."""
        return tuple(int(length) for length in self.array.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the pixels."""
        return math.prod(self.shape) * int(np.dtype(self.array.dtype).itemsize)


def notebook_variables() -> Mapping[str, Any]:
    """Return the variables of the notebook, without what IPython itself put there; none outside of IPython."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is None:
        return {}
    hidden, missing = shell.user_ns_hidden, object()
    return {name: value for name, value in shell.user_ns.items() if hidden.get(name, missing) is not value}


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
        what = "labels" if isinstance(value, LabelImage) else "Image"
        return f"{name} · {what} {''.join(axis.name for axis in value.axes)}"
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
        notes = ["Where the image lies (its translation) is not carried over."] if any(level.translation) else []
        labels = isinstance(value, LabelImage)
        names_of_labels = [] if labels else list(value.labels)
        if names_of_labels:
            listed = elide(", ".join(names_of_labels), 80)
            notes.append(f"Its labels ({listed}) are not carried over; the wizard “Convert” takes them along.")
        stem = slug(value.name or title)
        return Source(level.dask, title, stem, guess, "pixels", (), code, says, known, tuple(notes), labels)
    if not _is_array(value):
        raise ArgumentTypeError(
            "ImageWizard takes the path of a picture, an array or an Image.", found=type(value).__name__
        )
    variable, said = name or "pixels", None
    given: tuple[str, ...] = () if name else ("# pixels: what ImageWizard was given",)
    if type(value).__module__.startswith("xarray"):
        said = "".join(map(str, value.dims)).upper()
        value = value.data
        if name:
            variable = f"{name}.data"
        else:
            given = (*given, "pixels = pixels.data")
    guess = guess_axes(value.shape, said=said)
    channels = colours(value, guess) if isinstance(value, np.ndarray) else ()
    return Source(value, title, slug(title), guess, variable, (), given, channels=channels)


def colours(array: Any, guess: AxesGuess) -> tuple[Mapping[str, Any], ...]:
    """Return red, green and blue for a colour picture, shown with its own brightness and not stretched."""
    if guess.names[-1:] != ("c",) or array.shape[-1] != 3:
        return ()
    end = int(np.iinfo(array.dtype).max) if array.dtype.kind == "u" else None
    window = {} if end is None else {"window": {"start": 0, "end": end}}
    return tuple({"label": label, "color": color} | window for label, color in _COLOURS)
