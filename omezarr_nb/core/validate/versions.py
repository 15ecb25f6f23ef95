"""What differs between the versions, as tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from omezarr_nb.core.validate.values import Kind

__all__ = ["Bounds", "Facts", "facts_of"]

_NAME = re.compile(r"[A-Za-z0-9]+")
_ANY = re.compile(r".*", re.DOTALL)
_NODE = re.compile(r"(?!\.+\Z)(?!__)[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a number may be: its kind, and the least value (or the value that it must exceed)."""

    kind: Kind
    least: int | None = None
    above: int | None = None

    def admits(self, value: float) -> bool:
        """Return whether a number lies within the bounds."""
        return not ((self.least is not None and value < self.least) or (self.above is not None and value <= self.above))

    @property
    def words(self) -> str:
        """The bounds in words: "an integer, at least 0"."""
        limit = "" if self.least is None else f", at least {self.least}"
        return f"{self.kind.words}{limit}" if self.above is None else f"{self.kind.words} above {self.above}"


_NUMBER, _INTEGER = Bounds(Kind.NUMBER), Bounds(Kind.INTEGER)
_EPOCH = Bounds(Kind.INTEGER, least=0)


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts about one version that its rules need.

    Parameters
    ----------
    version
        "0.4".
    names
        What may stand as the version in metadata.
    zarr_format, separator
        Of the store: 2 or 3, and what separates the parts of a chunk's key, None where anything may.
    nested
        Whether all metadata is under "ome", with one version for all.
    axes
        How axes are described: not at all, by names, by objects, or in coordinate systems.
    axes_count
        The least and the greatest number of axes.
    schemas
        Kinds of objects that have an official schema.
    kinds
        Kinds of objects that the version knows.
    channel_required, channel_fields, window_required
        Of `omero.channels[]`: keys that must be there, and what known keys hold.
    acquisition_fields
        Of `plate.acquisitions[]`: the bounds of its numbers.
    acquisitions_filled
        Whether `plate.acquisitions` must not be empty or hold an entry twice.
    name, field_path, field_path_words
        Patterns of the names of rows and columns, and of the paths of a well's images; the latter in words as well.
    well_path_parts
        Whether a well's path is exactly row and column, and the well states their indices.
    axis_indices, map_axis_count, project_axis_count
        Of transformations: the greatest index of an axis, and how many `mapAxis` and `projectAxis` may name.
    interpolations
        Names of interpolations in the schema.
    """

    version: str
    names: tuple[str, ...]
    zarr_format: Literal[2, 3] = 2
    separator: str | None = "/"
    nested: bool = False
    axes: Literal["none", "names", "objects", "systems"] = "none"
    axes_count: tuple[int, int | None] = (2, 5)
    schemas: frozenset[str] = frozenset({"image", "plate", "well"})
    kinds: frozenset[str] = frozenset({"image", "plate", "well", "label", "labels", "bf2raw", "ome"})
    channel_required: tuple[str, ...] = ("window", "color")
    channel_fields: Mapping[str, Kind] = field(
        default_factory=lambda: {"label": Kind.TEXT, "family": Kind.TEXT, "color": Kind.TEXT, "active": Kind.BOOLEAN}
    )
    window_required: tuple[str, ...] = ("start", "min", "end", "max")
    acquisition_fields: Mapping[str, Bounds] = field(default_factory=dict)
    acquisitions_filled: bool = False
    name: re.Pattern[str] = _NAME
    field_path: re.Pattern[str] = _NAME
    field_path_words: str = "letters A to Z and digits"
    well_path_parts: bool = True
    axis_indices: int | None = 4
    map_axis_count: tuple[int, int | None] = (2, 5)
    project_axis_count: int | None = 3
    interpolations: tuple[str, ...] = ("nearest", "linear", "cubic")


_V01 = Facts(
    "0.1",
    ("0.1",),
    separator=".",
    acquisition_fields={"id": _NUMBER, "maximumfieldcount": _NUMBER, "starttime": _NUMBER},
    acquisitions_filled=True,
    name=_ANY,
    well_path_parts=False,
)
_V02 = replace(
    _V01,
    version="0.2",
    names=("0.2",),
    separator="/",
    acquisition_fields={"id": _INTEGER, "maximumfieldcount": _INTEGER, "starttime": _EPOCH, "endtime": _EPOCH},
)
_V03 = replace(_V02, version="0.3", names=("0.3",), axes="names", axes_count=(2, None))
_V04 = replace(
    _V03,
    version="0.4",
    names=("0.4",),
    axes="objects",
    axes_count=(2, 5),
    schemas=frozenset({"image", "plate", "well", "label", "bf2raw", "ome"}),
    acquisition_fields={
        "id": _EPOCH,
        "maximumfieldcount": Bounds(Kind.INTEGER, above=0),
        "starttime": _EPOCH,
        "endtime": _EPOCH,
    },
    acquisitions_filled=False,
    name=_NAME,
    well_path_parts=True,
)
_V05 = replace(_V04, version="0.5", names=("0.5",), zarr_format=3, separator=None, nested=True, channel_required=())
_V06 = replace(
    _V05,
    version="0.6",
    names=("0.6", "0.6rc0"),
    axes="systems",
    schemas=_V05.schemas | {"scene", "transforms"},
    kinds=_V05.kinds | {"scene", "transforms"},
    field_path=_NODE,
    field_path_words='letters A to Z, digits, "_", "-" and ".", no dots alone and no "__" in front',
)
_V09 = replace(
    _V06,
    version="0.9.dev1",
    names=("0.9.dev1",),
    axes_count=(1, None),
    channel_fields={"label": Kind.TEXT, "color": Kind.TEXT, "active": Kind.BOOLEAN, "inverted": Kind.BOOLEAN},
    window_required=("start", "end"),
    axis_indices=None,
    map_axis_count=(0, None),
    project_axis_count=None,
)

_FACTS: Mapping[str, Facts] = MappingProxyType(
    {name: facts for facts in (_V01, _V02, _V03, _V04, _V05, _V06, _V09) for name in facts.names}
)


def facts_of(version: object) -> Facts | None:
    """Return the facts of a version ("0.4", "0.6rc0"), or None where it has no rules here."""
    return _FACTS.get(version) if isinstance(version, str) else None
