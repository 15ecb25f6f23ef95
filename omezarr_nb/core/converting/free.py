"""What 0.9.dev1 has and other versions have not, in the parts of the metadata that are carried over as they are."""

from __future__ import annotations

from typing import Any

from omezarr_nb.core.converting.survey import Group
from omezarr_nb.core.format import Format
from omezarr_nb.core.losses import axes_losses
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.scene import parse_scene

__all__ = ["fill_windows", "restrict_scene"]


def restrict_scene(scene: Any, group: Group, fmt: Format) -> list[Problem]:
    """Take orientations out of a scene where the version has none, and return what it cannot say of the axes.

    Parameters
    ----------
    scene
        The JSON that will be written; changed in place.
    group
        The group as it is.
    fmt
        The version to write.
    """
    parsed, _ = parse_scene(group.attributes, group.fmt)
    lost = [
        problem
        for index, system in enumerate(parsed.systems if parsed is not None else ())
        for problem in axes_losses(system.axes, f"scene.coordinateSystems[{index}].axes", fmt)
    ]
    if group.fmt.oriented and not fmt.oriented:
        for system in _objects(scene, "coordinateSystems"):
            for axis in _objects(system, "axes"):
                axis.pop("orientation", None)
    return lost


def fill_windows(omero: Any, fmt: Format) -> None:
    """Give contrast windows the range that a version asks for, where they have limits alone: that of the limits."""
    for channel in _objects(omero, "channels"):
        window = channel.get("window")
        if not isinstance(window, dict):
            continue
        for key, limit in (("min", "start"), ("max", "end")):
            if key in fmt.window_keys and key not in window and limit in window:
                window[key] = window[limit]


def _objects(parent: Any, key: str) -> list[dict[str, Any]]:
    values = parent.get(key) if isinstance(parent, dict) else None
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
