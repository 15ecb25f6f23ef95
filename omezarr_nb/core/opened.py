"""What a group is, and what every object that `omezarr_nb.open` returns for one has in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.format import declared_version
from omezarr_nb.core.problems import Problem, quoted
from omezarr_nb.core.rules import Rule, groups
from omezarr_nb.core.rules.images import MULTISCALE_VERSION_VALUE
from omezarr_nb.core.rules.labels import LABEL_VERSION_VALUE
from omezarr_nb.core.rules.plates import PLATE_VERSION_VALUE, WELL_VERSION_VALUE
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
    def archived(self) -> bool:
        """Whether it lies in a zip archive (``.ozx``), and can only be read."""
        from omezarr_nb.core.zipped.store import ZippedStore

        return isinstance(self.location.store, ZippedStore)

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
    rule, place = _version_rule(location)
    problems = []
    if declared is None and fmt.nested:
        problems.append(Problem(rule.name, "error", place, f"no version is named; {fmt.version} is taken"))
    elif declared is not None and declared != fmt.version:
        message = f"there is no version {quoted(declared)}; it is read as {fmt.version}"
        problems.append(Problem(rule.name, "warning", place, message))
    if fmt.development:
        message = f"{fmt.version} is a development version of the specification, and may change"
        problems.append(Problem(groups.VERSION_DEVELOPMENT.name, "warning", place, message))
    if location.zarr_format is not None and location.zarr_format != fmt.zarr_format:
        message = f"{fmt.version} is stored as Zarr {fmt.zarr_format}, not {location.zarr_format}"
        problems.append(Problem(groups.ZARR_FORMAT.name, "error", "", message))
    return tuple(problems)


#: Before 0.5 each structure names the version for itself.
_VERSIONED: Mapping[str, tuple[Rule, str]] = {
    "plate": (PLATE_VERSION_VALUE, "plate.version"),
    "well": (WELL_VERSION_VALUE, "well.version"),
    "multiscales": (MULTISCALE_VERSION_VALUE, "multiscales[0].version"),
    "image-label": (LABEL_VERSION_VALUE, "image-label.version"),
}


def _version_rule(location: ZarrLocation) -> tuple[Rule, str]:
    """Return the rule of the version that a group names, and where it does."""
    if location.fmt.nested:
        return groups.OME_VERSION, "ome.version"
    found = [value for key, value in _VERSIONED.items() if key in location.root_attrs]
    return found[0] if found else (groups.VERSION_KNOWN, "")
