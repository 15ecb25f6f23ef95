"""Editing what the metadata of an image or a plate says: names, units, pixel sizes, channels; nothing else changes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.axes import KNOWN_AXES
from omezarr_nb.core.code import asked
from omezarr_nb.core.mending.documents import Documents, load_documents
from omezarr_nb.core.mending.label_colors import edit_label_colors
from omezarr_nb.core.mending.plan import MetadataPlan, planned
from omezarr_nb.core.pyramid.arguments import as_channels
from omezarr_nb.core.units import normalise_unit
from omezarr_nb.core.validate.hierarchy import validate_hierarchy
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, UnsupportedError

if TYPE_CHECKING:
    from omezarr_nb.core.io import Where
    from omezarr_nb.core.opened import Opened

__all__ = ["edit_metadata", "edited", "plan_metadata"]


@dataclass(frozen=True, slots=True)
class _Changes:
    """What was asked for."""

    name: str | None
    axes: Mapping[str, str]
    units: Mapping[str, str | None]
    scale: Mapping[str, float]
    channels: Any
    label_colors: Any


_NOTHING = {
    "name": None,
    "axes": None,
    "units": None,
    "scale": None,
    "channels": None,
    "label_colors": None,
    "storage_options": None,
}


def plan_metadata(
    where: Where | Opened,
    *,
    name: str | None = None,
    axes: Mapping[str, str] | None = None,
    units: Mapping[str, str | None] | None = None,
    scale: Mapping[str, float] | None = None,
    channels: Sequence[Any] | Mapping[int, Mapping[str, Any]] | None = None,
    label_colors: Mapping[int, Any] | Sequence[Mapping[str, Any]] | str | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> MetadataPlan:
    """Decide how the metadata of an image, of labels or of a plate is changed; nothing is written.

    Parameters
    ----------
    where
        A path, a URL, a zarr store or group, or what `omezarr_nb.open` returned. Of an image its first pyramid.
    name
        Of the image or the plate.
    axes
        New names of axes by their old ones, such as ``{"t": "z"}``; their types follow, and so do the names of the
        dimensions of the arrays.
    units
        By axis name (the new one); "um", "µm" and the like become "micrometer", and None takes the unit away.
    scale
        Size of a pixel of level 0 by axis name (the new one). The other levels keep their factors, and all positions
        are scaled with it.
    channels
        New entries for all channels (names, JSON objects or `Channel`), or by index what changes of a channel.
    label_colors
        Of labels. By id, for single ones: six hexadecimal digits, a name, or red, green, blue from 0 to 255, and None
        to take a colour away. The name of a property, for all labels by it. A list, as `omezarr_nb.colors_by` gives
        it, in place of all that are there; an empty one takes them away. A label without a colour has one by its id.
    storage_options
        What fsspec needs for a URL.

    Returns
    -------
    MetadataPlan
        Its repr shows the change as a diff, and what validation says of it.

    Raises
    ------
    NotFoundError
        When nothing is there.
    InvalidArgumentError, ArgumentTypeError
        For names that are not there, and values that cannot be meant.
    UnsupportedError
        When the version has no place for it, or the pixel size follows from another transformation than scales.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> image = omezarr_nb.write_image(np.zeros((8, 8)), "memory://edited.ome.zarr")
    >>> plan = plan_metadata(image, units={"y": "um", "x": "um"}, scale={"y": 0.65, "x": 0.65})
    >>> plan.run().levels[0].scale
    (0.65, 0.65)
    """
    given = {"name": name, "axes": axes, "units": units, "scale": scale, "channels": channels}
    given |= {"label_colors": label_colors}
    return edited(load_documents(where, storage_options), where, given, storage_options=storage_options)


def edited(
    documents: Documents, where: Any, given: Mapping[str, Any], *, storage_options: Mapping[str, Any] | None = None
) -> MetadataPlan:
    """Do what `plan_metadata` says with documents that have been read; they stay as they are."""
    documents = documents.copy()
    before = validate_hierarchy(documents.now)
    name = given.get("name")
    plate = documents.block("").get("plate")
    if isinstance(plate, dict):
        if any(given.get(key) is not None for key in ("axes", "units", "scale", "channels", "label_colors")):
            raise InvalidArgumentError(
                "A plate has a name; axes, sizes and channels are those of its images.",
                where=documents.location.where,
                do="Edit the images of its fields.",
            )
        if name is not None:
            plate["name"] = str(name)
    else:
        told: dict[str, Any] = {key: given.get(key) or {} for key in ("axes", "units", "scale")}
        _edit_image(
            documents, _Changes(name, channels=given.get("channels"), label_colors=given.get("label_colors"), **told)
        )
    options = {**given, "storage_options": storage_options}
    call = asked("omezarr_nb.edit_metadata", {"place": where}, options, _NOTHING)
    return planned(where, documents, before, storage_options, call)


def edit_metadata(where: Where | Opened, **changes: Any) -> Opened:
    """Change the metadata of an image, of labels or of a plate, and open it; no pixel is touched.

    Parameters
    ----------
    where, **changes
        As for `plan_metadata`, which shows beforehand what changes.

    Returns
    -------
    Image, Plate, ...
        What was changed, opened.

    Raises
    ------
    NotFoundError, InvalidArgumentError, UnsupportedError, TargetBusyError, StoreError
        As from `plan_metadata` and `MetadataPlan.run`.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> image = omezarr_nb.write_image(np.zeros((8, 8)), "memory://renamed.ome.zarr")
    >>> edit_metadata(image, name="cells").name
    'cells'
    """
    return plan_metadata(where, **changes).run()


def _edit_image(documents: Documents, changes: _Changes) -> None:
    pyramids = [(block, entry) for path, block, entry in documents.images() if not path]
    if not pyramids:
        raise InvalidArgumentError("There is no image and no plate here.", where=documents.location.where)
    block, entry = pyramids[0]
    if changes.name is not None:
        entry["name"] = str(changes.name)
    axes = _axes(entry)
    if axes is None and (changes.axes or changes.units or changes.scale):
        version = documents.groups[""].version
        raise UnsupportedError(f"OME-Zarr {version} has no place for this.", where=documents.location.where)
    names = _rename(axes or [], changes)
    if changes.axes:
        _rename_dimensions(documents, entry, names)
    for axis in axes or ():
        if axis["name"] in changes.units:
            unit = changes.units[axis["name"]]
            axis.pop("unit", None)
            if unit:
                axis["unit"] = normalise_unit(unit)
    if changes.scale:
        _rescale(entry, names, changes.scale)
    if changes.channels is not None:
        _edit_channels(documents, block, entry, names, changes.channels)
    if changes.label_colors is not None:
        described = block.get("image-label")
        if not isinstance(described, dict):
            raise InvalidArgumentError(
                "There are no labels here.", where="label_colors", do="Edit the labels of the image."
            )
        edit_label_colors(described, changes.label_colors)


def _rename(axes: list[dict[str, Any]], changes: _Changes) -> list[str]:
    """Give axes their new names, and return all names.

    Raises
    ------
    InvalidArgumentError
        When a name is not there.
    """
    before = [axis.get("name") for axis in axes]
    for axis in axes:
        if axis.get("name") in changes.axes:
            axis["name"] = changes.axes[axis["name"]]
            if axis["name"] in KNOWN_AXES:
                axis["type"] = KNOWN_AXES[axis["name"]]
    names = [str(axis.get("name")) for axis in axes]
    asked_for: list[tuple[str, str, list[Any]]] = [(name, "axes", before) for name in changes.axes]
    asked_for += [(name, "units", names) for name in changes.units] + [(name, "scale", names) for name in changes.scale]
    for name, where, there in asked_for:
        if name not in there:
            expected = ", ".join(map(str, there))
            raise InvalidArgumentError("There is no such axis.", where=where, found=name, expected=expected)
    return names


def _axes(entry: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return the axes of the arrays, to be changed; None where there are none that are objects."""
    axes = entry.get("axes")
    systems = entry.get("coordinateSystems")
    if axes is None and isinstance(systems, list):
        wanted = _output(entry)
        named = [s for s in systems if isinstance(s, dict) and (wanted is None or s.get("name") == wanted)]
        axes = named[0].get("axes") if named else None
    if not isinstance(axes, list) or not all(isinstance(axis, dict) for axis in axes):
        return None
    return axes


def _output(entry: Mapping[str, Any]) -> str | None:
    """Return the name of the coordinate system that the levels map to (0.6)."""
    for dataset in entry.get("datasets") or ():
        for step in dataset.get("coordinateTransformations") or ():
            output = step.get("output") if isinstance(step, dict) else None
            if isinstance(output, dict):
                return output.get("name")
            if isinstance(output, str):
                return output
    return None


def _rename_dimensions(documents: Documents, entry: Mapping[str, Any], names: Sequence[str]) -> None:
    for dataset in entry.get("datasets") or ():
        path = str(dataset.get("path"))
        array = documents.array(path)
        if array is None:
            continue
        if "dimension_names" in array:
            array["dimension_names"] = list(names)
        elif documents.zarr_format == 2 and "_ARRAY_DIMENSIONS" in documents.attributes(path):
            documents.attributes(path)["_ARRAY_DIMENSIONS"] = list(names)


def _rescale(entry: Mapping[str, Any], names: Sequence[str], scale: Mapping[str, float]) -> None:
    """Multiply the scales and translations of all levels, so that level 0 has the sizes that are given."""
    for axis, size in scale.items():
        if isinstance(size, bool) or not isinstance(size, int | float):
            raise ArgumentTypeError("A pixel size is a number.", where=f"scale, axis {axis!r}", found=size)
        if not (math.isfinite(size) and size > 0):
            raise InvalidArgumentError("A pixel size is a number above 0.", where=f"scale, axis {axis!r}", found=size)
    above = [step for step in entry.get("coordinateTransformations") or () if isinstance(step, dict)]
    if any(step.get("type") not in ("scale", "identity") for step in above if "output" not in step):
        raise UnsupportedError("The pixel size of this image follows from more than scales.", where="scale")
    levels = [_steps(dataset) for dataset in entry.get("datasets") or ()]
    first = [step["scale"] for step in levels[0] if step.get("type") == "scale"] if levels else []
    if len(first) != 1 or len(first[0]) != len(names):
        raise UnsupportedError("Level 0 of this image has no scale that could be changed.", where="scale")
    outer = [math.prod(step["scale"][i] for step in above if step.get("type") == "scale") for i in range(len(names))]
    factors = [
        scale[name] / (own * more) if name in scale else 1.0
        for name, own, more in zip(names, first[0], outer, strict=True)
    ]
    for steps in levels:
        for step in steps:
            key = step.get("type")
            if key in ("scale", "translation"):
                step[key] = [_rounded(value * factor) for value, factor in zip(step[key], factors, strict=True)]


def _steps(dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the scale and the translation of a level, which 0.6 may have in a sequence."""
    steps: list[dict[str, Any]] = []
    for step in dataset.get("coordinateTransformations") or ():
        steps += step["transformations"] if step.get("type") == "sequence" else [step]
    return steps


def _rounded(value: float) -> float:
    """Return a number without what multiplying has added to its end."""
    return float(f"{value:.15g}")


def _edit_channels(
    documents: Documents, block: dict[str, Any], entry: Mapping[str, Any], names: Sequence[str], channels: Any
) -> None:
    datasets = entry.get("datasets") or [{}]
    array = documents.array(str(datasets[0].get("path")))
    shape = array.get("shape", []) if array is not None else []
    count = shape[names.index("c")] if "c" in names and len(shape) == len(names) else 1
    omero = block.setdefault("omero", {})
    there = omero.get("channels")
    entries = [dict(channel) for channel in there] if isinstance(there, list) else []
    import numpy as np

    made = [channel.to_json() for channel in as_channels(None, count, np.dtype("uint8"))]
    entries += made[len(entries) :]
    if isinstance(channels, Mapping):
        for index, change in channels.items():
            if not isinstance(index, int) or not 0 <= index < count:
                raise InvalidArgumentError(
                    "There is no such channel.", where="channels", found=index, expected=f"0 to {count - 1}"
                )
            window = {**entries[index].get("window", {}), **change.get("window", {})}
            entries[index] = {**entries[index], **change} | ({"window": window} if window else {})
    else:
        given = as_channels(channels, count, np.dtype("float64"))
        entries = [
            {**old, **channel.to_json()} if isinstance(told, Mapping) else {**old, "label": channel.label}
            for old, channel, told in zip(entries, given, channels, strict=True)
        ]
    omero["channels"] = entries
