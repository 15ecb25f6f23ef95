"""Planning a plate: which files are which field of which well, and what is missing. Then writing it field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.code import Call, asked, no_call
from omezarr_nb.core.files.naming import PLATES, Matched, Spot, plate_for, row_name
from omezarr_nb.core.files.stack import FileStack
from omezarr_nb.core.format import Format
from omezarr_nb.core.plate_fields import FieldPlan, fields_of, some_of
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.pyramid.arguments import ChannelLike, PerAxis, UnitsLike, as_format
from omezarr_nb.core.pyramid.chunking import Chunks, Shards
from omezarr_nb.core.pyramid.codecs import Compression
from omezarr_nb.core.pyramid.plan import plan_image
from omezarr_nb.core.pyramid.progress import Cancel, Progress
from omezarr_nb.core.pyramid.work import WritePlan
from omezarr_nb.core.shown import Shown
from omezarr_nb.core.writing.arguments import valid_acquisitions, valid_names
from omezarr_nb.errors import InvalidArgumentError

if TYPE_CHECKING:
    from omezarr_nb.core.io import Where
    from omezarr_nb.core.plate import Plate

__all__ = ["FieldPlan", "PlatePlan", "plan_plate", "write_plate"]

_AXES = {"t": "time", "c": "channel", "z": "z"}


@dataclass(frozen=True, slots=True, repr=False)
class PlatePlan(Shown):
    """A plate, decided and not yet begun. Made by `omezarr_nb.plan_plate`; `run` writes it.

    Parameters
    ----------
    where
        The target.
    fmt
        The version that is written.
    rows, columns
        Their names.
    fields
        In the order in which they are written.
    first
        How the first field is written; all others are taken to be like it.
    folder
        Where the files lie.
    matched
        What the names of the files say; None where no files were given.
    options
        Of every field, as `omezarr_nb.write_image` takes them.
    name, acquisitions
        Of the plate.
    overwrite, skip_incomplete, storage_options
        As for `plan_plate`.
    asked
        The call that does the same.
    """

    where: Any
    fmt: Format
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    fields: tuple[FieldPlan, ...]
    first: WritePlan | None
    folder: Path | None = None
    matched: Matched | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    name: str | None = None
    acquisitions: tuple[Mapping[str, Any], ...] = ()
    overwrite: bool = False
    skip_incomplete: bool = False
    storage_options: Mapping[str, Any] | None = None
    asked: Call | None = None

    @property
    def version(self) -> str:
        """The version of OME-Zarr that is written."""
        return self.fmt.version

    @property
    def wells(self) -> dict[tuple[str, str], int]:
        """How many fields each well has that has any."""
        counts: dict[tuple[str, str], int] = {}
        for entry in self.fields:
            counts[entry.row, entry.column] = counts.get((entry.row, entry.column), 0) + 1
        return counts

    @property
    def nbytes(self) -> int:
        """Bytes of the pixels of all levels of all fields before compression, were all like the first."""
        return 0 if self.first is None else self.first.nbytes * len(self.fields)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the files: "error" for what keeps the plate from being written."""
        if self.matched is None:
            return ()
        found = [
            Problem("files-conflict", "error", _place(key), f"several files are one plane: {some_of(names)}")
            for key, names in self.matched.conflicts.items()
        ]
        severity, what = ("warning", "it is left out") if self.skip_incomplete else ("error", "others have them")
        found += [
            Problem("files-missing", severity, _place(key), f"{_missing(count)}; {what}")  # type: ignore[arg-type] # of two literals
            for key, count in self.matched.gaps.items()
        ]
        if self.matched.absent:
            words = f"the table names files that are not there: {some_of(sorted(self.matched.absent))}"
            found.append(Problem("files-missing", severity, "", words))  # type: ignore[arg-type] # of two literals
        if self.matched.unmatched:
            count, names = len(self.matched.unmatched), some_of(self.matched.unmatched)
            words = f"the pattern does not fit {count} of the files: {names}"
            found.append(Problem("files-unmatched", "warning", "", words))
        empty = len(self.rows) * len(self.columns) - len(self.wells)
        if empty:
            words = f"{empty} wells have no files" if empty > 1 else "one well has no files"
            found.append(Problem("wells-empty", "warning", "", words))
        return tuple(found)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems for which `run` writes nothing."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    def to_code(self, source: str | None = None) -> str:
        """Return the code that writes the same plate, to be run as it stands.

        Parameters
        ----------
        source
            What the images are called in the code, where they are no files.
        """
        return (self.asked or no_call("plan_plate")).to_code(source)

    def run(
        self,
        on_progress: Callable[[Progress], object] | None = None,
        cancel: Cancel | None = None,
        *,
        resume: bool = False,
    ) -> Plate:
        """Write the plate field by field, and open it. What is written so far is a plate that can be read meanwhile.

        Parameters
        ----------
        on_progress
            Called with a `Progress` after each region; its regions are fields.
        cancel
            Anything with ``is_set()``: looked at between regions.
        resume
            Go on with this plate where it was killed or cancelled: fields that are listed are not written again.

        Raises
        ------
        InvalidArgumentError
            When `errors` are there, and when what is resumed is another plate.
        TargetExistsError
            When something is at the target.
        WriteCancelledError
            When `cancel` was set: the fields that are complete stay.
        StoreError
            When a file cannot be read, or the storage fails.
        """
        from omezarr_nb.core.plate_run import run_plate

        return run_plate(self, on_progress=on_progress, cancel=cancel, resume=resume)

    def open_field(self, entry: FieldPlan) -> Any:
        """Return the pixels of a field: its files as one image, or what was given."""
        if not isinstance(entry.source, tuple) or not all(isinstance(spot, Spot) for spot in entry.source):
            return entry.source
        assert self.matched is not None
        assert self.folder is not None
        values = {axis: self.matched.values(part) for axis, part in _AXES.items()}
        along = {axis: len(found) for axis, found in values.items() if found not in ((), ("",))}
        ranks = {axis: {value: index for index, value in enumerate(found)} for axis, found in values.items()}
        ordered = sorted(
            entry.source, key=lambda spot: [ranks[axis][getattr(spot, part)] for axis, part in _AXES.items()]
        )
        paths = [self.folder / spot.file for spot in ordered]
        labels = values["c"] if "c" in along else ()
        return FileStack(paths, along, labels=labels) if along else FileStack(paths, {})

    def __repr__(self) -> str:
        size = f"{len(self.rows)} x {len(self.columns)}"
        count = f"{len(self.fields)} fields in {len(self.wells)} wells"
        return f"<PlatePlan {size}, {count}, OME-Zarr {self.version} to {str(self.where)!r}>"


def plan_plate(
    images: Any,
    where: Where,
    *,
    pattern: str | None = None,
    wells: int | tuple[Sequence[str], Sequence[str | int]] | None = None,
    name: str | None = None,
    acquisitions: Sequence[Mapping[str, Any]] | None = None,
    axes: Any = None,
    scale: PerAxis | None = None,
    units: UnitsLike | None = None,
    channels: Sequence[ChannelLike] | None = None,
    levels: int | None = None,
    method: Any = "mean",
    chunks: Chunks | None = None,
    shards: Shards | None = None,
    compression: Compression = "auto",
    version: str | float | Format = "0.5",
    skip_incomplete: bool = False,
    overwrite: bool = False,
    storage_options: Mapping[str, Any] | None = None,
) -> PlatePlan:
    """Decide how files or arrays are written as a plate: wells, fields, channels, and what is missing.

    The names of the files are read, and the head of one of them; nothing at the target is looked at or touched.

    Parameters
    ----------
    images
        A folder of files (TIFF, PNG, NumPy, ...) whose names say where they belong; a table, that is a list of JSON
        objects with a ``file``, a ``well`` ("B3") and perhaps ``field``, ``channel``, ``z``, ``time`` and
        ``acquisition``; or a mapping from wells ("B3" or ("B", 3)) to an image, or a list of images, one a field.
    where
        A path, a URL or a store.
    pattern
        What names look like, such as ``"{well}_{field}_{channel}.tif"`` (see
        `omezarr_nb.core.files.naming.match_names`). None takes the first of the usual patterns that fits.
    wells
        Of the plate: 6, 12, 24, 48, 96, 384 or 1536, or the names of rows and of columns. By default the smallest
        usual plate that has all of them.
    name, acquisitions, version, overwrite, storage_options
        As for `omezarr_nb.create_plate`. Acquisitions that the names of files tell of are numbered from 0.
    axes, scale, units, channels, levels, method, chunks, shards, compression
        Of every field, as for `omezarr_nb.write_image`. Axes are those of a field as a whole.
    skip_incomplete
        Whether fields are left out of which files are missing; otherwise such a plate is not written.

    Returns
    -------
    PlatePlan
        Its repr shows the plate, with conflicts and gaps. `PlatePlan.run` writes it.

    Raises
    ------
    NotFoundError
        When there are no files, or none that the pattern fits.
    InvalidArgumentError, ArgumentTypeError
        For what cannot be meant.

    Examples
    --------
    >>> import numpy as np
    >>> plan = plan_plate({"A1": np.zeros((32, 32)), "B2": np.zeros((32, 32))}, "memory://plate.ome.zarr")
    >>> list(plan.run().wells)
    ['A/1', 'B/2']
    """
    given = {key: value for key, value in locals().items() if key in _defaults()}
    fmt = as_format(version)
    folder, matched, fields, told = fields_of(images, pattern)
    rows, columns = _grid(wells, [(entry.row, entry.column) for entry in fields], fmt)
    for entry in fields:
        if entry.row not in rows or entry.column not in columns:
            raise InvalidArgumentError(
                "The plate has no such well.",
                where="wells",
                found=f"{entry.row}{entry.column}",
                expected=f"{rows[0]}{columns[0]} to {rows[-1]}{columns[-1]}",
                do="Pass more wells, or another pattern.",
            )
    listed = tuple(valid_acquisitions(acquisitions, fmt)) if acquisitions is not None else told
    options = {key: given[key] for key in _OPTIONS if given[key] != _defaults()[key] or key == "axes"}
    if matched is not None and skip_incomplete:
        fields = tuple(entry for entry in fields if entry.source[0].image not in matched.gaps)
    call = asked("omezarr_nb.write_plate", {"images": images, "store": where}, given, _defaults())
    plan = PlatePlan(
        where=where,
        fmt=fmt,
        rows=rows,
        columns=columns,
        fields=fields,
        first=None,
        folder=folder,
        matched=matched,
        options={key: value for key, value in options.items() if value is not None},
        name=name,
        acquisitions=listed,
        overwrite=bool(overwrite),
        skip_incomplete=bool(skip_incomplete),
        storage_options=storage_options,
        asked=replace(
            asked("omezarr_nb.write_plate", {"images": images, "store": where}, given, _defaults()), result="plate"
        ),
    )
    whole = [entry for entry in fields if matched is None or not _broken(entry, matched)]
    if whole:
        plan = replace(plan, first=_plan_field(plan, whole[0]))
    return plan


def write_plate(
    images: Any,
    where: Where,
    *,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
    resume: bool = False,
    **options: Any,
) -> Plate:
    """Write files or arrays as a plate, field by field, and open it.

    Parameters
    ----------
    images, where
        As for `plan_plate`, which shows beforehand what this does.
    on_progress, cancel, resume
        As for `PlatePlan.run`.
    **options
        As for `plan_plate`.

    Returns
    -------
    Plate
        Opened from the target.

    Raises
    ------
    NotFoundError, InvalidArgumentError, TargetExistsError, WriteCancelledError, StoreError
        As from `plan_plate` and `PlatePlan.run`.

    Examples
    --------
    >>> import numpy as np
    >>> plate = write_plate({"A1": np.zeros((32, 32)), "B2": np.zeros((32, 32))}, "memory://written.ome.zarr")
    >>> list(plate.wells)
    ['A/1', 'B/2']
    """
    return plan_plate(images, where, **options).run(on_progress, cancel, resume=resume)


_OPTIONS = ("axes", "scale", "units", "channels", "levels", "method", "chunks", "shards", "compression")


@cache
def _defaults() -> Mapping[str, Any]:
    return {entry.name: entry.default for entry in signature(plan_plate).parameters.values() if entry.kind == 3}


def _plan_field(plan: PlatePlan, entry: FieldPlan) -> WritePlan:
    return plan_image(plan.open_field(entry), f"{plan.where}/{entry.path}", version=plan.fmt, **plan.options)


def _grid(wells: Any, there: Sequence[tuple[str, str]], fmt: Format) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if wells is None:
        return plate_for(there)
    if isinstance(wells, int):
        if wells not in PLATES:
            raise InvalidArgumentError(
                "There is no usual plate of so many wells.",
                where="wells",
                found=wells,
                expected=", ".join(map(str, PLATES)),
                do="Pass (rows, columns), two lists of names.",
            )
        high, wide = PLATES[wells]
        return tuple(row_name(n + 1) for n in range(high)), tuple(str(n + 1) for n in range(wide))
    rows, columns = wells
    own = [str(column) if isinstance(column, int) else column for column in columns]
    valid_names(rows, fmt)
    valid_names(own, fmt)
    return tuple(rows), tuple(own)


def _broken(entry: FieldPlan, matched: Matched) -> bool:
    key = entry.source[0].image
    return key in matched.gaps or key in matched.conflicts


def _missing(count: int) -> str:
    return "one of its files is missing" if count == 1 else f"{count} of its files are missing"


def _place(key: tuple[str, str, str, str]) -> str:
    row, column, acquisition, name = key
    return (
        f"{row}{column}" + (f", field {name}" if name else "") + (f", acquisition {acquisition}" if acquisition else "")
    )
