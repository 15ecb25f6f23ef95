"""The versions of OME-Zarr: what each stores where.

A version is a table of facts (`Format`); the code that reads and writes asks the table and never the version.
"""

from __future__ import annotations

import re
from abc import ABC
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from omezarr_nb.core.axes import Axis, parse_axes
from omezarr_nb.core.transforms.levels import as_vector
from omezarr_nb.core.transforms.spelling import TYPES
from omezarr_nb.core.wells import generate_well, validate_well
from omezarr_nb.errors import InvalidArgumentError

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store

__all__ = [
    "CurrentFormat",
    "Format",
    "FormatV01",
    "FormatV02",
    "FormatV03",
    "FormatV04",
    "FormatV05",
    "FormatV06",
    "FormatV09Dev1",
    "declared_version",
    "default_format",
    "detect_format",
    "format_from_version",
    "format_implementations",
    "known_format",
]

#: Where the axes of an image stand: nowhere, because there is one choice; as names; as objects; in coordinate systems.
AxesForm: TypeAlias = Literal["fixed", "names", "objects", "systems"]
#: How a level says where it lies: not at all; by a scale and perhaps a translation; by one transformation.
LevelForm: TypeAlias = Literal["none", "list", "one"]
#: Where an array names its dimensions: nowhere; in an attribute; in its own metadata.
DimensionsForm: TypeAlias = Literal["none", "_ARRAY_DIMENSIONS", "dimension_names"]


class Format(ABC):
    """Facts about one version of the specification.

    Attributes
    ----------
    version
        As it stands in the metadata, "0.5".
    zarr_format
        Of the groups and arrays, 2 or 3.
    nested
        Whether the metadata is under the key "ome" of the attributes (0.5 and later), with one version for all.
    development
        Whether it is a development version: written where it is asked for by name, and read with a warning.
    separator
        Between the parts of a chunk's key.
    axes_form
        "fixed" (no axes are named: they are tczyx), "names", "objects", or "systems" (named coordinate systems).
    level_form
        "none" (levels have no transformations), "list" (a scale, perhaps a translation), or "one" (of 0.6).
    dimensions
        Where arrays name their dimensions.
    free_axes
        Whether axes are of any number, names, types and order.
    oriented
        Whether axes say in which direction of the body they run (RFC-4).
    window_keys
        Of a contrast window in `omero`, those that must be there.
    transformation_types
        The types of coordinate transformations that it knows.
    placing
        Those of them that say how large a level's pixels are.
    indexed_wells
        Whether the wells of a plate state their row and column as numbers, too (0.4 and later).
    """

    version: ClassVar[str]
    zarr_format: ClassVar[Literal[2, 3]]
    nested: ClassVar[bool] = False
    development: ClassVar[bool] = False
    separator: ClassVar[Literal[".", "/"]] = "/"
    axes_form: ClassVar[AxesForm] = "objects"
    level_form: ClassVar[LevelForm] = "list"
    dimensions: ClassVar[DimensionsForm] = "none"
    free_axes: ClassVar[bool] = False
    oriented: ClassVar[bool] = False
    window_keys: ClassVar[tuple[str, ...]] = ("min", "max", "start", "end")
    transformation_types: ClassVar[frozenset[str]] = frozenset(("identity", "scale", "translation"))
    placing: ClassVar[frozenset[str]] = frozenset(("scale",))
    indexed_wells: ClassVar[bool] = True

    @property
    def scaled(self) -> bool:
        """Whether every level states its scale (0.4 and later)."""
        return self.level_form != "none"

    @property
    def chunk_key_encoding(self) -> dict[str, str]:
        """How chunk keys are spelled, as `zarr.create_array` takes it."""
        return {"name": "default" if self.zarr_format == 3 else "v2", "separator": self.separator}

    def matches(self, metadata: Mapping[str, Any]) -> bool:
        """Return whether the attributes of a group say that they are of this version."""
        return declared_version(metadata) == self.version

    def block(self, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the part of a group's attributes that holds OME metadata."""
        if not self.nested:
            return attributes
        ome = attributes.get("ome")
        return ome if isinstance(ome, Mapping) else {}

    def wrap(self, block: Mapping[str, Any]) -> dict[str, Any]:
        """Return OME metadata as the attributes of a group, its version included where it stands for all."""
        return {"ome": {"version": self.version, **block}} if self.nested else dict(block)

    def axes_to_json(self, axes: Sequence[Axis]) -> list[dict[str, Any]] | list[str] | None:
        """Return axes as they stand in the metadata: objects since 0.4, names in 0.3, None (nowhere) before."""
        if self.axes_form == "fixed":
            return None
        if self.axes_form == "names":
            return [axis.name for axis in axes]
        return [axis.to_json() for axis in self.sayable(axes)]

    def sayable(self, axes: Sequence[Axis]) -> tuple[Axis, ...]:
        """Return axes without what the version has no key for: orientations."""
        return tuple(axes) if self.oriented else tuple(replace(axis, orientation=None) for axis in axes)

    def default_axes(self) -> tuple[Axis, ...] | None:
        """Return the axes that hold where none are named, or None where they must be."""
        return parse_axes("tczyx") if self.axes_form == "fixed" else None

    def dimension_options(self, axes: Sequence[Axis]) -> dict[str, Any]:
        """Return the arguments of `zarr.create_array` by which an array names its dimensions."""
        names = [axis.name for axis in axes]
        if self.dimensions == "_ARRAY_DIMENSIONS":
            return {"attributes": {"_ARRAY_DIMENSIONS": names}}
        return {"dimension_names": tuple(names)} if self.dimensions == "dimension_names" else {}

    def init_store(self, path: str | Path, mode: str = "r") -> Store:
        """Return the zarr store at a path or URL; "r" opens it for reading only, and none creates anything."""
        from omezarr_nb.core.stores import store_path_of

        return store_path_of(path, read_only=mode == "r", storage_options=None).store

    def generate_well_dict(self, well: str, rows: Sequence[str], columns: Sequence[str]) -> dict[str, Any]:
        """Return the entry of a well in `plate.wells`.

        Parameters
        ----------
        well
            Its path, "B/3".
        rows, columns
            Names of the plate's rows and columns, in order.

        Raises
        ------
        InvalidArgumentError
            A `ValueError`, when the path is not a row and a column of the plate (0.4 and later).
        """
        return generate_well(well, rows, columns, indexed=self.indexed_wells)

    def validate_well_dict(self, well: Mapping[str, Any], rows: Sequence[str], columns: Sequence[str]) -> None:
        """Raise `InvalidArgumentError` (a `ValueError`) where an entry of `plate.wells` breaks the version's rules."""
        validate_well(well, rows, columns, indexed=self.indexed_wells)

    def generate_coordinate_transformations(self, shapes: Sequence[Sequence[int]]) -> list[list[dict[str, Any]]] | None:
        """Return transformations of levels of which only the shapes are known: how many times fewer pixels they have.

        Parameters
        ----------
        shapes
            Of the levels, the largest first.

        Returns
        -------
        list of lists of dicts, or None
            One scale for each level; None in versions whose levels have no transformations.
        """
        if not self.scaled:
            return None
        return [
            [{"type": "scale", "scale": [full / size for full, size in zip(shapes[0], shape, strict=True)]}]
            for shape in shapes
        ]

    def validate_coordinate_transformations(
        self,
        ndim: int,
        nlevels: int,
        coordinate_transformations: Sequence[Sequence[Mapping[str, Any]]] | None = None,
    ) -> None:
        """Raise where the transformations of levels are not what 0.4 and later ask for; earlier versions have none.

        Parameters
        ----------
        ndim
            Number of axes.
        nlevels
            Number of levels.
        coordinate_transformations
            For each level a list: one scale, and perhaps one translation after it.

        Raises
        ------
        InvalidArgumentError
            A `ValueError`, which names the first thing that is wrong.
        """
        if self.scaled:
            check_level_transformations(ndim, nlevels, coordinate_transformations)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Format) and other.version == self.version

    def __hash__(self) -> int:
        return hash(self.version)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class FormatV01(Format):
    """0.1: five dimensions tczyx without axes; chunk keys with dots."""

    version = "0.1"
    zarr_format = 2
    axes_form: ClassVar[AxesForm] = "fixed"
    level_form = "none"
    indexed_wells = False
    separator: ClassVar[Literal[".", "/"]] = "."


class FormatV02(FormatV01):
    """0.2: as 0.1; chunk keys with slashes."""

    version = "0.2"
    separator = "/"


class FormatV03(FormatV02):
    """0.3: two to five dimensions, axes as a list of names, which the arrays repeat in an attribute."""

    version = "0.3"
    axes_form = "names"
    dimensions = "_ARRAY_DIMENSIONS"


class FormatV04(Format):
    """0.4: axes with types and units, coordinate transformations for each level."""

    version = "0.4"
    zarr_format = 2


class FormatV05(Format):
    """0.5: Zarr 3, all metadata under "ome", dimension names at the arrays."""

    version = "0.5"
    zarr_format = 3
    nested = True
    dimensions = "dimension_names"


class FormatV06(FormatV05):
    """0.6: named coordinate systems with transformations of many types between them."""

    version = "0.6"
    axes_form = "systems"
    level_form = "one"
    transformation_types = TYPES
    placing = frozenset(("scale", "identity"))


class FormatV09Dev1(FormatV06):
    """0.9.dev1, a development version: as 0.6, with axes of any kind (RFC-3) that may be oriented (RFC-4)."""

    version = "0.9.dev1"
    development = True
    free_axes = True
    oriented = True
    window_keys = ("start", "end")


CurrentFormat = FormatV05

#: Development versions: known to whoever names them, be it a store.
_DRAFTS = (FormatV09Dev1(),)


def format_implementations() -> tuple[Format, ...]:
    """Return every released version, newest first."""
    return (FormatV06(), FormatV05(), FormatV04(), FormatV03(), FormatV02(), FormatV01())


def format_from_version(version: str | float) -> Format:
    """Return the format of a version such as "0.4" or 0.4, or of a development version, "0.9.dev1".

    Raises
    ------
    InvalidArgumentError
        A `ValueError`, when the version is none of those that are implemented.
    """
    for fmt in (*format_implementations(), *_DRAFTS):
        if fmt.version == str(version):
            return fmt
    raise InvalidArgumentError(
        f"Version {version} not recognized",
        expected=", ".join(fmt.version for fmt in reversed(format_implementations())),
    )


def declared_version(attributes: Mapping[str, Any]) -> str | None:
    """Return the version that the attributes of a group name, wherever a version puts it, or None.

    The value is returned as it is found: it may be a version that does not exist.
    """
    ome = attributes.get("ome")
    if isinstance(ome, Mapping):
        return None if ome.get("version") is None else str(ome["version"])
    multiscales = attributes.get("multiscales")
    blocks = list(multiscales) if isinstance(multiscales, list) else []
    blocks += [attributes.get(key) for key in ("plate", "well", "image-label", "omero")]
    for block in blocks:
        if isinstance(block, Mapping) and block.get("version") is not None:
            return str(block["version"])
    return None


def detect_format(metadata: Mapping[str, Any], default: Format | None = None) -> Format:
    """Return the format that the attributes of a group say they are in.

    Parameters
    ----------
    metadata
        The attributes of the group.
    default
        What is returned where no version is named, or one that is not known; the current one by default.
        A development version such as "0.5-dev" counts as the version that it begins with.
    """
    return known_format(declared_version(metadata)) or default or CurrentFormat()


def default_format(zarr_format: int | None, attributes: Mapping[str, Any]) -> Format:
    """Return the format of a group that names no version, from what it is stored in and from what stands there.

    Parameters
    ----------
    zarr_format
        Of the group, or None where there is none.
    attributes
        Of the group.
    """
    if zarr_format == 2:
        return FormatV04()
    multiscales = FormatV06().block(attributes).get("multiscales")
    entries = multiscales if isinstance(multiscales, list) else []
    if any(isinstance(entry, Mapping) and "coordinateSystems" in entry for entry in entries):
        return FormatV06()
    return CurrentFormat()


def known_format(version: str | None) -> Format | None:
    """Return the format of a version, or of the one that a development version such as "0.5-dev" begins with."""
    for fmt in _DRAFTS:
        if fmt.version == version:
            return fmt
    base = re.match(r"\d+\.\d+(?!\d)", version or "")
    return next((fmt for fmt in format_implementations() if base and base.group() == fmt.version), None)


def check_level_transformations(ndim: int, nlevels: int, levels: Sequence[Sequence[Mapping[str, Any]]] | None) -> None:
    """Raise `InvalidArgumentError` unless each level has one scale, and at most a translation after it."""
    if levels is None:
        raise InvalidArgumentError("coordinate_transformations must be provided.", where="coordinate_transformations")
    if len(levels) != nlevels:
        raise InvalidArgumentError(
            "There must be coordinate transformations for each level.",
            where="coordinate_transformations",
            found=f"{len(levels)}",
            expected=f"{nlevels}",
        )
    for index, level in enumerate(levels):
        place = f"coordinate_transformations[{index}]"
        entries = list(level) if isinstance(level, Sequence) and not isinstance(level, str) else []
        kinds = [entry.get("type") if isinstance(entry, Mapping) else None for entry in entries]
        if kinds not in (["scale"], ["scale", "translation"]):
            raise InvalidArgumentError(
                "A level has one 'scale', and may have one 'translation' after it.", where=place, found=kinds
            )
        for entry, kind in zip(entries, kinds, strict=True):
            vector = as_vector(entry.get(kind, ()))
            if vector is None or len(vector) != ndim:
                raise InvalidArgumentError(
                    f"A '{kind}' is a list of one number for each axis.",
                    where=place,
                    found=entry.get(kind),
                    expected=f"{ndim} numbers",
                )
            if kind == "scale" and min(vector) <= 0:
                raise InvalidArgumentError("Pixels have a size above 0.", where=place, found=list(vector))
