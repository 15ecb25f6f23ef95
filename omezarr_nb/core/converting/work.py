"""A conversion that has been decided: what `plan_convert` gives and `run` executes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.converting.chunks import count_chunks
from omezarr_nb.core.converting.survey import Stored, Survey
from omezarr_nb.core.format import Format
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.shown import Shown

if TYPE_CHECKING:
    from omezarr_nb.core.code import Call
    from omezarr_nb.core.pyramid.progress import Cancel, Progress

__all__ = ["ArrayPlan", "ConvertPlan"]


@dataclass(frozen=True, slots=True)
class ArrayPlan:
    """An array as it will be.

    Parameters
    ----------
    stored
        As it is.
    new
        Its document (``.zarray`` or ``zarr.json``), or None where its chunks are decoded and encoded anew.
    attributes
        Of the array.
    names
        Of the dimensions, where they are known.
    places
        Where the axes that it has are among those that it will have; None where they stay as many.
    shape, itemsize
        As it will be; bytes of a pixel.
    """

    stored: Stored
    new: Mapping[str, Any] | None
    attributes: Mapping[str, Any]
    names: Sequence[str | None] | None
    places: tuple[int, ...] | None
    shape: tuple[int, ...]
    itemsize: int

    @property
    def nbytes(self) -> int:
        """Bytes of the pixels, before compression."""
        return math.prod(self.shape) * self.itemsize

    @property
    def chunks(self) -> int:
        """How many chunks (or shards) there can be."""
        return count_chunks(self.stored.document)


@dataclass(frozen=True, slots=True, repr=False)
class ConvertPlan(Shown):
    """A conversion, decided and not yet begun. Made by `omezarr_nb.plan_convert`; `run` executes it.

    Parameters
    ----------
    source
        What there is: groups, arrays and other files, by path.
    where
        The target, at which nothing has been looked at yet.
    fmt
        The version that is written.
    groups
        The attributes of all groups as they will be.
    arrays
        All arrays as they will be.
    losses
        What the version cannot say of the source: "error" where what is written would break a rule of the version,
        "warning" where something is left out.
    notes
        What is added because the version asks for it, in words.
    overwrite
        Whether what is at the target is replaced.
    drop
        Whether what the version cannot say is left out; otherwise `run` refuses.
    storage_options
        What fsspec needs for the URL of the target.
    asked
        The call that does the same, where the plan was made by one.
    relaid
        How arrays are laid out anew, by path: chunks, shards and codecs where others than the source's are asked for.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> image = omezarr_nb.write_image(np.zeros((64, 64), "uint8"), "memory://from.ome.zarr")
    >>> plan = omezarr_nb.plan_convert(image, "memory://to.ome.zarr", version="0.4")
    >>> plan.version, plan.copied, plan.refused
    ('0.4', ('0',), ())
    """

    source: Survey
    where: Any
    fmt: Format
    groups: Mapping[str, Mapping[str, Any]]
    arrays: Mapping[str, ArrayPlan]
    losses: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    overwrite: bool = False
    drop: bool = False
    storage_options: Mapping[str, Any] = field(default_factory=dict)
    asked: Call | None = None
    relaid: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The version of OME-Zarr that is written, "0.5"."""
        return self.fmt.version

    @property
    def refused(self) -> tuple[Problem, ...]:
        """The losses for which `run` writes nothing."""
        impossible = tuple(problem for problem in self.losses if problem.severity == "error")
        return impossible or (() if self.drop else self.losses)

    @property
    def copied(self) -> tuple[str, ...]:
        """Paths of the arrays whose chunks are copied as they are stored, without being decoded."""
        return tuple(path for path, array in self.arrays.items() if array.new is not None and path not in self.relaid)

    @property
    def recoded(self) -> tuple[str, ...]:
        """Paths of the arrays whose chunks are decoded and encoded anew: for other chunks or codecs."""
        return tuple(path for path, array in self.arrays.items() if array.new is None or path in self.relaid)

    @property
    def nbytes(self) -> int:
        """Bytes of the pixels of all arrays, before compression."""
        return sum(array.nbytes for array in self.arrays.values())

    @property
    def chunks(self) -> int:
        """Number of chunks (or shards) of all arrays, whether they are stored or not."""
        return sum(array.chunks for array in self.arrays.values())

    def to_code(self, source: str | None = None) -> str:
        """Return the code that writes the same hierarchy: imports and the call, to be run as it stands.

        Parameters
        ----------
        source
            What the source is called in the code. By default its path or URL, where it has one.
        """
        from omezarr_nb.core.code import no_call

        return (self.asked or no_call("plan_convert")).to_code(source)

    def run(
        self,
        on_progress: Callable[[Progress], object] | None = None,
        cancel: Cancel | None = None,
        *,
        resume: bool = False,
    ) -> Any:
        """Write the hierarchy in its new version, and open it.

        Parameters
        ----------
        on_progress
            Called in this thread with a `Progress` at the start and after each few chunks, which are its regions.
        cancel
            Anything with ``is_set()``, such as a `threading.Event`: looked at after each few chunks.
        resume
            Whether to go on with a conversion of the same that was killed, cancelled or failed, as for
            `omezarr_nb.convert`.

        Returns
        -------
        Image, Plate, ImageCollection, ...
            What was written, opened.

        Raises
        ------
        InvalidArgumentError
            When there are losses, unless they are to be left out; when source and target overlap; and when what was
            broken off at the target is another conversion.
        TargetExistsError
            When something is at the target that may not be replaced.
        TargetBusyError
            When somebody else writes there now.
        UnsupportedError
            When it cannot be replaced in its store; the message says why.
        WriteCancelledError
            When `cancel` was set. The target is as it was before, as after any other failure.
        StoreError
            When the storage fails.
        """
        from omezarr_nb.core.converting.run import run_convert

        return run_convert(self, on_progress=on_progress, cancel=cancel, resume=resume)

    def __repr__(self) -> str:
        where = f"{self.source.location.where!r} to {str(self.where)!r}"
        return f"<ConvertPlan OME-Zarr {self.source.location.version} to {self.version}, {where}>"
