"""Plates and wells as they are used: wells and fields by name, each read when it is asked for.

A plate costs the requests of one group, whatever its size: what wells it has stands in its own metadata. A well costs
those of its group, and a field those of an image.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.images import Images
from omezarr_nb.core.local import absence, absent_groups
from omezarr_nb.core.opened import Opened, block_of, version_problems
from omezarr_nb.core.plate_metadata import (
    Acquisition,
    PlateMetadata,
    WellEntry,
    WellMetadata,
    parse_plate,
    parse_well,
)
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.rules.storage import FIELD_ACQUISITION_KNOWN
from omezarr_nb.core.shown import Shown
from omezarr_nb.errors import InvalidArgumentError, InvalidMetadataError, NotFoundError, UnknownNameError

if TYPE_CHECKING:
    from omezarr_nb.core.interop import LayerData
    from omezarr_nb.core.io import ZarrLocation

__all__ = ["Plate", "Well", "Wells"]

WellKey = str | tuple[str | int, str | int]


class _Fields(Opened):
    """What holds fields that can be shown side by side."""

    def to_napari(self, *, labels: bool = True) -> list[LayerData]:
        """Return the fields side by side as layers of napari; no pixels are read.

        Of a plate they are the first field of each well, in rows and columns.

        Parameters
        ----------
        labels
            Whether label images are layers, too: those that the first field has.

        Raises
        ------
        NotFoundError
            When there is no field.
        """
        from omezarr_nb.core.interop import to_napari

        assert isinstance(self, (Plate, Well))
        return to_napari(self, labels=labels)


class Plate(_Fields):
    """A plate of a high-content screen: wells in rows and columns, each with fields of view.

    Made by `omezarr_nb.open`. Only the plate's own metadata has been read; wells are read when they are asked for.

    Parameters
    ----------
    location
        The plate's group.

    Examples
    --------
    ``plate["B", 3]``, ``plate["B3"]`` and ``plate["B/3"]`` are the well in row B and column 3, and
    ``plate["B", 3].fields[0]`` its first image.

    >>> import numpy as np, omezarr_nb
    >>> with omezarr_nb.create_plate("memory://plate.ome.zarr", rows=["A", "B"], columns=["1", "2", "3"]) as writer:
    ...     field = writer["B", "3"].write_field(np.zeros((64, 64), "uint8"), axes="yx")
    >>> plate = omezarr_nb.open("memory://plate.ome.zarr")
    >>> plate.rows, list(plate), plate["B", 3].fields[0].shape
    (('A', 'B'), ['B/3'], (64, 64))
    """

    def __init__(self, location: ZarrLocation) -> None:
        super().__init__(location)
        self.metadata: PlateMetadata
        self.metadata, problems = parse_plate(block_of(location).get("plate"), folders=not location.fmt.indexed_wells)
        self._problems = (*version_problems(location), *problems)

    @property
    def name(self) -> str:
        """The plate's name, or the last part of its place where it has none."""
        return (self.metadata.name or "").strip() or self.location.basename() or "plate"

    @property
    def rows(self) -> tuple[str, ...]:
        """Names of the rows, from the top; "" where one has none."""
        return tuple(line.name for line in self.metadata.rows)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, from the left; "" where one has none."""
        return tuple(line.name for line in self.metadata.columns)

    @cached_property
    def wells(self) -> Wells:
        """The wells that the plate lists, by path ("B/3"), by name ("B3"), or by row and column ("B", 3)."""
        return Wells(self.location, self.metadata)

    @property
    def acquisitions(self) -> tuple[Acquisition, ...]:
        """The runs of the microscope over the plate; () where none are named."""
        return self.metadata.acquisitions

    @property
    def field_count(self) -> int | None:
        """The most fields that a well has, as stored, or None."""
        return self.metadata.field_count

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the plate's own metadata, and the wells that are missing.

        In a local folder all of those are told, elsewhere those that were asked for: nothing is requested for it.
        What is wrong with a well stands there.
        """
        paths = [entry.path for entry in self.metadata.wells]
        told = absent_groups(self.location, paths, "well")
        asked = (absence(path, "well") for path in self.wells.absent)
        return (*self._problems, *told, *(problem for problem in asked if problem not in told))

    def view(self, **options: Any) -> Any:
        """Return an interactive view of the plate for a notebook cell, an `omezarr_nb.PlateViewer`.

        Parameters
        ----------
        **options
            Traits of `omezarr_nb.PlateViewer`: well, indices, visible, colors, contrast_limits, height, ...
        """
        if self.face is None:
            raise InvalidArgumentError("Views are part of omezarr_nb, not of its core.", do="Import omezarr_nb.")
        return self.face.call("view", self, **options)

    def __getitem__(self, key: WellKey) -> Well:
        return self.wells[key]

    def __contains__(self, key: object) -> bool:
        return key in self.wells  # opens nothing

    def __iter__(self) -> Iterator[str]:
        return iter(self.wells)

    def __len__(self) -> int:
        return len(self.wells)

    def __repr__(self) -> str:
        size = f"{len(self.rows)} × {len(self.columns)}"
        return f"<Plate {self.name!r} {size}, {_count(len(self.wells), 'well')}, OME-Zarr {self.version}>"


class Wells(Shown, Mapping[WellKey, "Well"]):
    """The wells of a plate: a mapping that opens a well, with one request, when it is asked for.

    It gives the paths in the order of the metadata. Names are those of the plate, capitals and all; a number stands
    for the column (or row) of that number, "03" too where there is no "3".

    Parameters
    ----------
    location
        The plate's group.
    metadata
        The plate's.
    """

    def __init__(self, location: ZarrLocation, metadata: PlateMetadata) -> None:
        self._location = location
        self._metadata = metadata
        self._by_path = {entry.path: entry for entry in metadata.wells}
        self._by_place: dict[tuple[str, str], WellEntry] = {}
        for entry in metadata.wells:
            self._by_place.setdefault((entry.row, entry.column), entry)
        names = Counter(row + column for row, column in self._by_place)
        self._by_name = {row + col: entry for (row, col), entry in self._by_place.items() if names[row + col] == 1}
        self._opened: dict[str, Well] = {}
        self._absent: dict[str, None] = {}

    @property
    def absent(self) -> tuple[str, ...]:
        """Paths of the wells that were asked for and are not in the store."""
        return tuple(self._absent)

    @property
    def entries(self) -> tuple[WellEntry, ...]:
        """The wells as the plate lists them: path, row and column; nothing is read."""
        return self._metadata.wells

    def entry(self, key: object) -> WellEntry | None:
        """Return how the plate lists a well, or None where it does not; nothing is read."""
        if isinstance(key, str):
            return self._by_path.get(key) or self._by_name.get(key)
        if isinstance(key, tuple) and len(key) == 2:
            rows = (line.name for line in self._metadata.rows)
            columns = (line.name for line in self._metadata.columns)
            return self._by_place.get((_line(key[0], rows), _line(key[1], columns)))
        return None

    def __getitem__(self, key: WellKey) -> Well:
        """Return a well.

        Raises
        ------
        UnknownNameError
            When the plate lists no such well.
        NotFoundError
            When the plate lists it, but it is not in the store.
        InvalidMetadataError
            When its metadata is there, but is no well's.
        """
        entry = self.entry(key)
        if entry is None:
            raise UnknownNameError(
                "The plate lists no such well.",
                where=self._location.where,
                found=key,
                expected=f"one of {_some([row + column for row, column in self._by_place])}",
            )
        if entry.path not in self._opened:
            try:
                self._opened[entry.path] = Well(self._location.child(entry.path), entry, self._metadata.acquisitions)
            except NotFoundError:
                self._absent[entry.path] = None
                raise
        return self._opened[entry.path]

    def __contains__(self, key: object) -> bool:
        return self.entry(key) is not None  # opens nothing

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_path)

    def __len__(self) -> int:
        return len(self._by_path)

    def __repr__(self) -> str:
        return f"<Wells {_some([entry.row + entry.column for entry in self.entries])}>"


class Well(_Fields):
    """A well: fields of view, each an image.

    Made by `omezarr_nb.open`, or by a plate. The well's own metadata has been read; a field is read when it is asked
    for.

    Parameters
    ----------
    location
        The well's group.
    entry
        How its plate lists it; None where the well was opened by itself. Its row and column are then the last two
        parts of its place, as the specification asks.
    acquisitions
        Those of its plate.

    Raises
    ------
    NotFoundError
        When there is no such group.
    InvalidMetadataError
        When the group is no well.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> with omezarr_nb.create_plate("memory://well.ome.zarr", rows=["A"], columns=["1"]) as writer:
    ...     field = writer["A", "1"].write_field(np.zeros((64, 64), "uint8"), axes="yx")
    >>> well = omezarr_nb.open("memory://well.ome.zarr")["A", 1]
    >>> well.name, len(well.fields), well.fields[0].shape
    ('A1', 1, (64, 64))
    """

    def __init__(
        self, location: ZarrLocation, entry: WellEntry | None = None, acquisitions: Sequence[Acquisition] = ()
    ) -> None:
        super().__init__(location)
        if not location.exists():
            raise NotFoundError("This well is in the metadata of its plate, but not in the store.", where=self.where)
        block = block_of(location)
        if "well" not in block:
            raise InvalidMetadataError(
                "This group is no well.", where=self.where, found=f"the keys {sorted(map(str, block))}", expected="well"
            )
        self.metadata: WellMetadata
        self.metadata, problems = parse_well(block["well"])
        self._problems = (*version_problems(location), *problems, *_check_acquisitions(self.metadata, acquisitions))
        parts = ["", "", *location.parts()]
        self.row, self.column = (entry.row, entry.column) if entry is not None else (parts[-2], parts[-1])

    @property
    def name(self) -> str:
        """Row and column, "B3"."""
        return self.row + self.column

    @cached_property
    def fields(self) -> Images:
        """The images of the well, in order, each opened when it is asked for."""
        return Images(self.location, [entry.path for entry in self.metadata.fields])

    def fields_of(self, acquisition: int) -> Images:
        """Return the fields of one acquisition.

        Parameters
        ----------
        acquisition
            Its id.

        Raises
        ------
        UnknownNameError
            When no field is of it.
        """
        paths = [entry.path for entry in self.metadata.fields if entry.acquisition == acquisition]
        if not paths:
            found = sorted({entry.acquisition for entry in self.metadata.fields if entry.acquisition is not None})
            raise UnknownNameError(
                "No field of this well is of this acquisition.", where=self.where, found=acquisition, expected=found
            )
        return Images(self.location, paths)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the well's own metadata, and in a local folder the fields that are missing.

        What is wrong with a field stands there.
        """
        return (*self._problems, *absent_groups(self.location, self.fields.paths, "field"))

    def __repr__(self) -> str:
        return f"<Well {self.name!r}, {_count(len(self.fields), 'field')}, OME-Zarr {self.version}>"


def _check_acquisitions(well: WellMetadata, acquisitions: Sequence[Acquisition]) -> tuple[Problem, ...]:
    """Return the one problem of fields that name no acquisition of the plate where it has several, or another's."""
    known = {acquisition.id for acquisition in acquisitions}
    wrong = [
        index
        for index, entry in enumerate(well.fields)
        if (entry.acquisition is None and len(known) > 1)
        or (entry.acquisition is not None and known and entry.acquisition not in known)
    ]
    if not wrong:
        return ()
    message = f"{_count(len(wrong), 'field')} of none of the plate's acquisitions {_some(sorted(known))}"
    return (Problem(FIELD_ACQUISITION_KNOWN.name, "error", f"well.images[{wrong[0]}].acquisition", message),)


def _line(key: object, names: Iterator[str]) -> str:
    """Return the name of a row or column that a key stands for; "" where there is none."""
    if isinstance(key, str):
        return key
    if isinstance(key, bool) or not hasattr(key, "__index__"):
        return ""
    number = key.__index__()
    found = [name for name in names if name.isascii() and name.isdecimal() and len(name) < 20 and int(name) == number]
    return str(number) if str(number) in found else found[0] if len(found) == 1 else ""


def _some(names: Sequence[object]) -> str:
    shown = ", ".join(map(str, names[:8]))
    return f"{shown}, … ({len(names)} in all)" if len(names) > 8 else shown


def _count(amount: int, noun: str) -> str:
    return f"{amount} {noun}{'s' * (amount != 1)}"
