"""The versions of OME-Zarr: what each stores where.

A version is a table of facts (`Format`); the code that reads and writes asks the table and never the version.
"""

from __future__ import annotations

import re
from abc import ABC
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from omezarr_nb.core.axes import Axis, parse_axes
from omezarr_nb.errors import InvalidArgumentError

__all__ = [
    "CurrentFormat",
    "Format",
    "FormatV01",
    "FormatV02",
    "FormatV03",
    "FormatV04",
    "FormatV05",
    "declared_version",
    "detect_format",
    "format_from_version",
    "format_implementations",
    "known_format",
]


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
    writable
        Whether this release writes the version.
    separator
        Between the parts of a chunk's key.
    transformation_types
        The types of coordinate transformations that it knows.
    scaled
        Whether every level states its scale (0.4 and later).
    """

    version: ClassVar[str]
    zarr_format: ClassVar[Literal[2, 3]]
    nested: ClassVar[bool] = False
    writable: ClassVar[bool] = False
    scaled: ClassVar[bool] = True
    separator: ClassVar[Literal[".", "/"]] = "/"
    transformation_types: ClassVar[frozenset[str]] = frozenset(("identity", "scale", "translation"))

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

    def axes_to_json(self, axes: Sequence[Axis]) -> list[dict[str, Any]] | list[str]:
        """Return axes as they stand in `multiscales`."""
        return [axis.to_json() for axis in axes]

    def default_axes(self) -> tuple[Axis, ...] | None:
        """Return the axes that hold where none are named, or None where they must be."""
        return None

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
    scaled = False
    separator: ClassVar[Literal[".", "/"]] = "."

    def default_axes(self) -> tuple[Axis, ...] | None:  # noqa: D102
        return parse_axes("tczyx")


class FormatV02(FormatV01):
    """0.2: as 0.1; chunk keys with slashes."""

    version = "0.2"
    separator = "/"


class FormatV03(Format):
    """0.3: axes as a list of names."""

    version = "0.3"
    zarr_format = 2
    scaled = False

    def axes_to_json(self, axes: Sequence[Axis]) -> list[dict[str, Any]] | list[str]:  # noqa: D102
        return [axis.name for axis in axes]


class FormatV04(Format):
    """0.4: axes with types and units, coordinate transformations for each level."""

    version = "0.4"
    zarr_format = 2
    writable = True


class FormatV05(Format):
    """0.5: Zarr 3, all metadata under "ome", dimension names at the arrays."""

    version = "0.5"
    zarr_format = 3
    nested = True
    writable = True


CurrentFormat = FormatV05


def format_implementations() -> tuple[Format, ...]:
    """Return every version that can be read, newest first."""
    return (FormatV05(), FormatV04(), FormatV03(), FormatV02(), FormatV01())


def format_from_version(version: str | float) -> Format:
    """Return the format of a version such as "0.4" or 0.4.

    Raises
    ------
    InvalidArgumentError
        A `ValueError`, when the version is none of those that are implemented.
    """
    for fmt in format_implementations():
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


def known_format(version: str | None) -> Format | None:
    """Return the format of a version, or of the one that a development version such as "0.5-dev" begins with."""
    base = re.match(r"\d+\.\d+(?!\d)", version or "")
    return next((fmt for fmt in format_implementations() if base and base.group() == fmt.version), None)
