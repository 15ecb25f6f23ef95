"""Building a plate field by field."""

from __future__ import annotations

import shutil
import threading
import uuid
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Unpack

from omezarr_nb.core.format import Format
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.plate_target import folder_to_replace
from omezarr_nb.core.pyramid.arguments import as_format
from omezarr_nb.core.pyramid.journal import flush_disk
from omezarr_nb.core.pyramid.staging import change_places
from omezarr_nb.core.pyramid.target import local_folder
from omezarr_nb.core.stores import store_path_of
from omezarr_nb.core.writing.arguments import valid_acquisitions, valid_names
from omezarr_nb.core.writing.groups import change_metadata, make_group
from omezarr_nb.core.writing.images import ImageOptions, write_image
from omezarr_nb.core.writing.plates import own_version, valid_field_count
from omezarr_nb.errors import (
    ArgumentTypeError,
    InvalidArgumentError,
    TargetBusyError,
    TargetExistsError,
)

if TYPE_CHECKING:
    from zarr.storage import StorePath

    from omezarr_nb.core.image import Image
    from omezarr_nb.core.io import Where

#: Numbers that are tried for a field before its writer gives up: as many others may write to the well at once.
_TRIES = 100

# Held while a number is chosen.
_NAMING = threading.Lock()

__all__ = ["PlateWriter", "WellWriter", "create_plate"]


def create_plate(
    where: Where,
    rows: Sequence[str],
    columns: Sequence[str | int],
    *,
    name: str | None = None,
    acquisitions: Sequence[Mapping[str, Any]] | None = None,
    version: str | float | Format = "0.5",
    field_count: int | None = None,
    overwrite: bool = False,
    storage_options: Mapping[str, Any] | None = None,
) -> PlateWriter:
    """Begin a plate, whose fields are then written one by one.

    A well is listed when its first field is complete, a field when it is complete, and the plate's metadata is there
    from the first field on (a plate without wells is no plate): what is read meanwhile is right.

    Parameters
    ----------
    where
        A path, a URL or a store.
    rows, columns
        Their names: letters and digits. Columns may be numbers.
    name
        Of the plate.
    acquisitions
        JSON objects with an integer ``id`` of their own, and perhaps a name, a description, times and
        ``maximumfieldcount``.
    version
        "0.4", "0.5" or "0.6", or one of the older ones.
    field_count
        The largest number of fields of a well. Grows with the wells that are written.
    overwrite
        Whether a plate that is there may be replaced, in a folder: the new one is built beside it, and takes its
        place when the ``with`` block ends (or `PlateWriter.close` is called); after an error the old one is as it was.
    storage_options
        What fsspec needs for a URL.

    Returns
    -------
    PlateWriter
        For a ``with`` block. It can be sent to other threads and processes.

    Raises
    ------
    InvalidArgumentError, ArgumentTypeError
        When names are no names or there twice, or an acquisition has no id.
    TargetExistsError
        When something is there and `overwrite` is False, or it is no plate.
    UnsupportedError
        When a plate is to be replaced anywhere but in a folder.

    Notes
    -----
    Threads may write at the same time to any store, and processes to a folder: what is said of wells and fields is
    merged under a lock. Object stores have no locks; there, write from one process at a time.

    Examples
    --------
    >>> import numpy as np
    >>> with create_plate("memory://screen.ome.zarr", ["A", "B"], [1, 2, 3]) as plate:
    ...     field = plate["B", 3].write_field(np.zeros((64, 64), "uint8"))
    >>> plate.wells()
    ['B/3']
    """
    fmt = as_format(version)
    names = [str(column) if isinstance(column, int) and not isinstance(column, bool) else column for column in columns]
    facts: dict[str, Any] = {"columns": valid_names(names, fmt), "rows": valid_names(rows, fmt)}
    if name is not None:
        facts["name"] = str(name)
    if acquisitions is not None:
        facts["acquisitions"] = valid_acquisitions(acquisitions, fmt)
    if field_count is not None:
        facts["field_count"] = valid_field_count(field_count)
    location = ZarrLocation(where, "a", fmt, storage_options=storage_options)
    replaced = folder_to_replace(location, fmt, overwrite=overwrite)
    place: StorePath = location.store_path
    if replaced is not None:
        beside = replaced.with_name(f".{replaced.name}.{uuid.uuid4().hex[:8]}.partial")
        place = store_path_of(beside, read_only=False)
    make_group(place, fmt)
    return PlateWriter(place, fmt, facts | own_version(fmt), location.where, replaced)


@dataclass(frozen=True)
class PlateWriter:
    """A plate that is being built. Made by `create_plate`, or by `PlateWriter.open` for one that is there.

    Parameters
    ----------
    place
        Where it is written.
    fmt
        The version.
    facts
        ``plate`` without its wells.
    where
        Where it will be, as a person would write it.
    replaced
        The folder of the plate that it replaces in the end, or None.

    Examples
    --------
    >>> import numpy as np
    >>> with create_plate("memory://assay.ome.zarr", rows=["A", "B"], columns=["1", "2"]) as writer:
    ...     field = writer["A", "1"].write_field(np.zeros((64, 64), "uint8"), axes="yx")
    >>> PlateWriter.open("memory://assay.ome.zarr").wells()
    ['A/1']
    """

    place: StorePath
    fmt: Format
    facts: Mapping[str, Any]
    where: str
    replaced: Path | None = None
    _taken: dict[str, set[str]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def open(cls, where: Where, *, storage_options: Mapping[str, Any] | None = None) -> PlateWriter:
        """Go on with a plate that has a field already, for example from another job.

        Parameters
        ----------
        where, storage_options
            As for `create_plate`.

        Raises
        ------
        InvalidArgumentError
            When there is no plate.
        """
        location = ZarrLocation(where, "r+", storage_options=storage_options)
        plate = location.fmt.block(location.root_attrs).get("plate")
        if not isinstance(plate, Mapping):
            raise InvalidArgumentError(
                "There is no plate here.",
                where=location.where,
                do="Begin one with create_plate; its metadata is there from the first field on.",
            )
        facts = {key: value for key, value in plate.items() if key != "wells"}
        return cls(location.store_path, location.fmt, facts, location.where)

    @property
    def rows(self) -> tuple[str, ...]:
        """Names of the rows."""
        return tuple(row["name"] for row in self.facts["rows"])

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column["name"] for column in self.facts["columns"])

    @property
    def acquisitions(self) -> tuple[int, ...]:
        """The ids of the acquisitions."""
        return tuple(entry["id"] for entry in self.facts.get("acquisitions", ()))

    def wells(self) -> list[str]:
        """Return the paths of the wells that have a field, as the store has them now."""
        location = ZarrLocation(self.place, "r", self.fmt)
        plate = location.fmt.block(location.root_attrs).get("plate", {})
        return [well["path"] for well in plate.get("wells", [])]

    def __getitem__(self, well: tuple[str, str | int]) -> WellWriter:
        """Return the well of a row and a column: ``plate["B", 3]``.

        Raises
        ------
        InvalidArgumentError
            When the plate has no such row or column.
        """
        if not isinstance(well, tuple) or len(well) != 2:
            raise ArgumentTypeError("A well is a row and a column.", found=well, expected='plate["B", 3]')
        row, column = (str(part) for part in well)
        for part, names, what in ((row, self.rows, "row"), (column, self.columns, "column")):
            if part not in names:
                raise InvalidArgumentError(
                    f"The plate has no such {what}.", where=self.where, found=part, expected=", ".join(names)
                )
        return WellWriter(self, row, column)

    def close(self) -> None:
        """Put the plate in the place of the one that it replaces. Without one there is nothing left to do."""
        if self.replaced is None or not self._folder.exists():
            return
        aside = self.replaced.with_name(f".{self.replaced.name}.{uuid.uuid4().hex[:8]}.replaced")
        flush_disk(self._folder)  # before anything is removed, in case the machine stops
        old = change_places(self._folder, self.replaced, aside)
        try:
            shutil.rmtree(old)
        except OSError as error:
            warnings.warn(f"The plate that was replaced could not be removed: {old} ({error})", stacklevel=2)
        # From here on this is the plate at the target.
        object.__setattr__(self, "place", store_path_of(self.replaced, read_only=False))
        object.__setattr__(self, "replaced", None)

    @property
    def _folder(self) -> Path:
        folder = local_folder(self.place)
        assert folder is not None
        return folder

    def __enter__(self) -> PlateWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        elif self.replaced is not None:
            try:
                shutil.rmtree(self._folder)
            except OSError as second:
                error.add_note(f"What was written so far could not be removed: {self._folder} ({second})")

    def __repr__(self) -> str:
        size = f"{len(self.rows)} x {len(self.columns)}"
        return f"<PlateWriter {size}, OME-Zarr {self.fmt.version} to {self.where!r}>"

    def _list_well(self, row: str, column: str, count: int) -> None:
        """Add a well to the list, and say how many fields there are."""
        entry = self.fmt.generate_well_dict(f"{row}/{column}", self.rows, self.columns)

        def changed(block: dict[str, Any]) -> Mapping[str, Any]:
            old = block.get("plate", {})
            wells = list(old.get("wells", []))
            if all(well.get("path") != entry["path"] for well in wells):
                wells.append(dict(entry))
            wells.sort(key=self._order)
            count_now = max(count, old.get("field_count", 0), self.facts.get("field_count", 0))
            return block | {"plate": {**old, **self.facts, "wells": wells, "field_count": count_now}}

        change_metadata(make_group(self.place, self.fmt), self.fmt, changed)

    def _order(self, well: Mapping[str, Any]) -> tuple[int, int]:
        row, _, column = str(well.get("path")).rpartition("/")
        rows, columns = self.rows, self.columns
        return (
            rows.index(row) if row in rows else len(rows),
            columns.index(column) if column in columns else len(columns),
        )


@dataclass(frozen=True)
class WellWriter:
    """A well of a plate that is being built.

    Parameters
    ----------
    plate
        The plate.
    row, column
        Names of the well's row and column.
    """

    plate: PlateWriter
    row: str
    column: str

    @property
    def place(self) -> StorePath:
        """Where it is written."""
        return self.plate.place / f"{self.row}/{self.column}"

    def fields(self) -> list[str]:
        """Return the names of the fields that are written, as the store has them now."""
        location = ZarrLocation(self.place, "r", self.plate.fmt)
        well = location.fmt.block(location.root_attrs).get("well", {})
        return [image["path"] for image in well.get("images", [])]

    def write_field(
        self,
        image: Any,
        *,
        field: str | int | None = None,
        acquisition: int | None = None,
        **options: Unpack[ImageOptions],
    ) -> Image:
        """Write an image as a field of the well, then name it in the metadata of well and plate.

        Parameters
        ----------
        image
            As for `omezarr_nb.write_image`.
        field
            Its name: letters and digits. By default the first number from 0 that is free, also where several threads
            or processes write to one well at once.
        acquisition
            The id of its acquisition. Needed where the plate has several; that of the only one by default.
        **options
            As for `omezarr_nb.write_image`. With ``overwrite=True`` a field of the name that is given is replaced.
            The version is that of the plate.

        Returns
        -------
        Image
            Opened from the plate; its pixels are not in memory.

        Raises
        ------
        InvalidArgumentError
            When the acquisition is none of the plate's, or the name is no name.
        TargetExistsError
            When there is a field of this name.
        OMEZarrError
            As from `omezarr_nb.write_image`. Nothing names the field then.
        """
        fmt = self.plate.fmt
        for key in ("version", "fmt"):
            if options.get(key) is not None:
                raise InvalidArgumentError("A plate has one version.", where=key, do=f"Leave out {key}.")
        entry: dict[str, Any] = {}
        known = self.plate.acquisitions
        if acquisition is None and len(known) == 1:
            acquisition = known[0]
        if acquisition is not None or known:
            if acquisition not in known:
                raise InvalidArgumentError(
                    "The plate has no such acquisition." if acquisition is not None else "Which acquisition is it?",
                    where="acquisition",
                    found=acquisition,
                    expected=", ".join(map(str, known)) or "none: the plate has no acquisitions",
                )
            entry["acquisition"] = acquisition
        options["fmt"] = fmt
        if field is None:
            return self._write_next(image, entry, options)
        name = str(valid_names([str(field)])[0]["name"])
        return self._write(image, {"path": name} | entry, options)

    def _write(self, image: Any, entry: dict[str, Any], options: ImageOptions) -> Image:
        """Write a field of a name, then list it."""
        options = {"name": f"{self.row}/{self.column}/{entry['path']}", **options}
        written = write_image(image, self.place / entry["path"], **options)
        self._list(entry)
        return written

    def _write_next(self, image: Any, entry: dict[str, Any], options: ImageOptions) -> Image:
        """Write a field under the next number, or the one after where another process has taken that meanwhile."""
        options = {**options, "overwrite": False}
        for left in reversed(range(_TRIES)):
            name = self._next()
            try:
                return self._write(image, {"path": name} | entry, options)
            except (TargetExistsError, TargetBusyError):
                if not left:
                    raise
        raise AssertionError("the last try returns or raises")

    def _list(self, entry: Mapping[str, Any]) -> None:
        fmt = self.plate.fmt
        count = 0

        def changed(block: dict[str, Any]) -> Mapping[str, Any]:
            nonlocal count
            old = block.get("well", {})
            images = [image for image in old.get("images", []) if image.get("path") != entry["path"]] + [dict(entry)]
            count = len(images)
            return block | {"well": {**old, "images": images} | own_version(fmt)}

        make_group(self.plate.place / self.row, fmt)
        change_metadata(make_group(self.place, fmt), fmt, changed)
        self.plate._list_well(self.row, self.column, count)

    def _next(self) -> str:
        """Give the next number that no field of the well has, and that no other thread was given."""
        listed = self.fields()
        with _NAMING:
            taken = self.plate._taken.setdefault(f"{self.row}/{self.column}", set())
            number = len(listed)
            while str(number) in listed or str(number) in taken:
                number += 1
            taken.add(str(number))
        return str(number)
