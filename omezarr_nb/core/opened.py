"""What a group is, and what every object that `omezarr_nb.open` returns for one has in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.format import declared_version
from omezarr_nb.core.problems import Problem, quoted
from omezarr_nb.core.shown import Shown

if TYPE_CHECKING:
    from omezarr_nb.core.io import ZarrLocation

__all__ = ["LAYOUT_KEY", "Opened", "block_of", "version_problems"]

#: The key by which the group above several images is known (section "bioformats2raw.layout").
LAYOUT_KEY = "bioformats2raw.layout"


class Opened(Shown):
    """A group that was opened: where it is, its version, and its attributes.

    Parameters
    ----------
    location
        The group; its attributes have been read.
    """

    def __init__(self, location: ZarrLocation) -> None:
        self.location = location

    @property
    def version(self) -> str:
        """The version of OME-Zarr it is stored in, "0.5"."""
        return self.location.version

    @property
    def where(self) -> str:
        """The place it was opened from, as a person would write it."""
        return self.location.where

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes of the group, as stored."""
        return self.location.root_attrs


def block_of(location: ZarrLocation) -> Mapping[str, Any]:
    """Return the part of a group's attributes that holds OME metadata."""
    return location.fmt.block(location.root_attrs)


def version_problems(location: ZarrLocation) -> tuple[Problem, ...]:
    """Return what is wrong with the version that a group names, and with the format of Zarr it is stored in."""
    fmt = location.fmt
    declared = declared_version(location.root_attrs)
    place = "ome.version" if fmt.nested else "version"
    problems = []
    if declared is None and fmt.nested:
        problems.append(Problem("ome-version", "error", place, f"no version is named; {fmt.version} is taken"))
    elif declared is not None and declared != fmt.version:
        message = f"there is no version {quoted(declared)}; it is read as {fmt.version}"
        problems.append(Problem("version-unknown", "warning", place, message))
    if location.zarr_format is not None and location.zarr_format != fmt.zarr_format:
        message = f"{fmt.version} is stored as Zarr {fmt.zarr_format}, not {location.zarr_format}"
        problems.append(Problem("zarr-format", "error", place, message))
    return tuple(problems)
