"""The metadata of an image as one frozen model, whatever the version it is stored in.

Keys that the model does not know are kept in ``extra`` and written back. `parse_image` is lenient: it reads what can
be read and returns a `Problem` for everything else. `image_to_json` is its inverse.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence as Listing
from dataclasses import dataclass, field, replace
from typing import Any

from omezarr_nb.core.axes import Axis
from omezarr_nb.core.format import Format
from omezarr_nb.core.transforms import (
    CoordinateSystem,
    Edge,
    Graph,
    Identity,
    Reference,
    Scale,
    Sequence,
    Transformation,
    Translation,
    resolve,
    to_json,
)

__all__ = [
    "Channel",
    "Dataset",
    "ImageLabel",
    "ImageMetadata",
    "Intrinsic",
    "LabelColor",
    "Multiscale",
    "Omero",
    "Window",
    "default_channels",
    "image_to_json",
]

Extra = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Window:
    """The contrast window of a channel, in pixel values.

    Parameters
    ----------
    min, max
        The range that the values can take.
    start, end
        The limits of contrast: what is shown black, and what in full colour.
    extra
        Other keys, kept as they are.
    """

    min: float
    max: float
    start: float
    end: float
    extra: Extra = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of `omero.channels[].window`."""
        return {"min": self.min, "max": self.max, "start": self.start, "end": self.end} | dict(self.extra)


@dataclass(frozen=True, slots=True)
class Channel:
    """How one channel is called and shown (`omero.channels[]`).

    Parameters
    ----------
    label
        What people call it.
    color
        Six hexadecimal digits, "RRGGBB"; "" where none is stored.
    active
        Whether it is shown at first.
    window
        Contrast limits, or None where none are stored.
    extra
        Other keys, kept as they are.

    Examples
    --------
    >>> Channel("DAPI", "0000FF").to_json()
    {'label': 'DAPI', 'active': True, 'color': '0000FF'}
    """

    label: str
    color: str = "FFFFFF"
    active: bool = True
    window: Window | None = None
    extra: Extra = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of `omero.channels[]`."""
        known: dict[str, Any] = {"label": self.label, "active": self.active}
        if self.color:
            known["color"] = self.color
        if self.window is not None:
            known["window"] = self.window.to_json()
        return known | dict(self.extra)


@dataclass(frozen=True, slots=True)
class Omero:
    """Rendering hints (`omero`): the channels, and what else stands there."""

    channels: tuple[Channel, ...]
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LabelColor:
    """The colour of one label (`image-label.colors[]`): red, green, blue, alpha in 0 to 255, or None."""

    value: int
    rgba: tuple[int, int, int, int] | None = None
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImageLabel:
    """What makes an image a label image (`image-label`)."""

    colors: tuple[LabelColor, ...] = ()
    properties: tuple[Mapping[str, Any], ...] = ()
    source: Mapping[str, Any] | None = None
    extra: Extra = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object; what is empty is left out, as the schemas ask."""
        known: dict[str, Any] = {}
        if self.colors:
            known["colors"] = [
                {"label-value": color.value}
                | ({"rgba": list(color.rgba)} if color.rgba is not None else {})
                | dict(color.extra)
                for color in self.colors
            ]
        if self.properties:
            known["properties"] = [dict(entry) for entry in self.properties]
        if self.source is not None:
            known["source"] = dict(self.source)
        return known | dict(self.extra)


@dataclass(frozen=True, slots=True)
class Dataset:
    """One level (`multiscales[].datasets[]`): where its array lies, and how its pixels map to coordinates.

    Parameters
    ----------
    path
        Of the array, within the image's group.
    transformations
        From pixels to the coordinates of the image's axes, applied one after the other; in 0.6 they are one sequence.
    extra
        Other keys, kept as they are.
    annotation
        Other keys of that sequence (0.6), kept as they are: a name, a note.
    """

    path: str
    transformations: tuple[Transformation, ...] = ()
    extra: Extra = field(default_factory=dict)
    annotation: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """What is said, beside its axes, of the coordinate system that all levels map to (0.6).

    Parameters
    ----------
    name
        Of the system. Before 0.6 systems have no names, and this one stands for it.
    index
        Its place in the list of systems.
    extra
        Other keys, kept as they are.
    """

    name: str = "physical"
    index: int = 0
    extra: Extra = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Multiscale:
    """A pyramid (`multiscales[]`).

    Parameters
    ----------
    axes
        In the order of the arrays: those of the coordinate system that all levels map to.
    datasets
        The levels, from the largest to the smallest.
    name, type, metadata
        What it is called, and how the levels were made.
    transformations
        Applied after those of each level (0.4 and 0.5).
    extra
        Other keys, kept as they are.
    intrinsic
        The coordinate system of `axes`, beside them.
    others
        All other coordinate systems (0.6).
    edges
        Transformations between the systems of this image, and to those of its labels (0.6).
    """

    axes: tuple[Axis, ...]
    datasets: tuple[Dataset, ...]
    name: str | None = None
    type: str | None = None
    metadata: Mapping[str, Any] | None = None
    transformations: tuple[Transformation, ...] = ()
    extra: Extra = field(default_factory=dict)
    intrinsic: Intrinsic = Intrinsic()
    others: tuple[CoordinateSystem, ...] = ()
    edges: tuple[Edge, ...] = ()

    @property
    def systems(self) -> tuple[CoordinateSystem, ...]:
        """All coordinate systems, in order."""
        systems = list(self.others)
        systems.insert(self.intrinsic.index, CoordinateSystem(self.intrinsic.name, self.axes, self.intrinsic.extra))
        return tuple(systems)

    @property
    def graph(self) -> Graph:
        """The coordinate systems, the pixels of each level (``Reference(path="0")``), and what leads between them."""
        own = Reference(self.intrinsic.name)
        levels = tuple(
            Edge(_as_one(dataset.transformations + self.transformations), Reference(path=dataset.path), own)
            for dataset in self.datasets
        )
        systems: dict[Reference, tuple[Axis, ...]] = {}
        for system in self.systems:
            systems.setdefault(Reference(system.name), system.axes)
        return Graph(systems, levels + self.edges)


@dataclass(frozen=True, slots=True)
class ImageMetadata:
    """All that the group of an image says."""

    multiscales: tuple[Multiscale, ...]
    omero: Omero | None = None
    image_label: ImageLabel | None = None
    extra: Extra = field(default_factory=dict)


#: Colours of channels for which none are stored: told apart with any kind of colour vision in the usual pairs.
_PALETTE = ("00FF00", "FF00FF", "00FFFF", "FFFF00", "0080FF", "FF8000", "FFFFFF")
_ACTIVE_AT_FIRST = 4


def default_channels(count: int) -> tuple[Channel, ...]:
    """Return channels for an image that names none.

    One channel is white. Several get colours that can be told apart, and the first four are shown.

    Parameters
    ----------
    count
        Length of the channel axis, or 1.
    """
    if count == 1:
        return (Channel("channel 0"),)
    return tuple(
        Channel(f"channel {index}", _PALETTE[index % len(_PALETTE)], active=index < _ACTIVE_AT_FIRST)
        for index in range(count)
    )


def image_to_json(metadata: ImageMetadata, fmt: Format) -> dict[str, Any]:
    """Return the metadata as the OME part of a group's attributes in a version (without the "ome" around it)."""
    block: dict[str, Any] = {
        "multiscales": [_multiscale_to_json(multiscale, fmt) for multiscale in metadata.multiscales]
    }
    version = {} if fmt.nested else {"version": fmt.version}
    if metadata.omero is not None:
        channels = [channel.to_json() for channel in metadata.omero.channels]
        block["omero"] = {"channels": channels} | version | dict(metadata.omero.extra)
    if metadata.image_label is not None:
        block["image-label"] = version | metadata.image_label.to_json()
    return block | dict(metadata.extra)


def _multiscale_to_json(multiscale: Multiscale, fmt: Format) -> dict[str, Any]:
    known: dict[str, Any] = {} if fmt.nested else {"version": fmt.version}
    optional = {"name": multiscale.name, "type": multiscale.type, "metadata": multiscale.metadata}
    known |= {key: value for key, value in optional.items() if value is not None}
    if fmt.axes_form == "systems":
        systems = [replace(system, axes=fmt.sayable(system.axes)) for system in multiscale.systems]
        known["coordinateSystems"] = [system.to_json() for system in systems]
    else:
        axes = fmt.axes_to_json(multiscale.axes)
        known |= {} if axes is None else {"axes": axes}
    known["datasets"] = [
        {"path": dataset.path} | _placing(dataset, multiscale, fmt) | dict(dataset.extra)
        for dataset in multiscale.datasets
    ]
    between = {
        "none": [],
        "list": [to_json(step) for step in as_list(multiscale.transformations, len(multiscale.axes))],
        "one": [edge.to_json() for edge in multiscale.edges],
    }[fmt.level_form]
    if between:
        known["coordinateTransformations"] = between
    return known | dict(multiscale.extra)


def _placing(dataset: Dataset, multiscale: Multiscale, fmt: Format) -> dict[str, Any]:
    """Return what a level says of where it lies, in a version."""
    ndim = len(multiscale.axes)
    if fmt.level_form == "none":
        return {}
    if fmt.level_form == "list":
        listed = [to_json(step) for step in as_list(dataset.transformations, ndim)]
        return {"coordinateTransformations": listed} if listed else {}
    steps = as_list(dataset.transformations + multiscale.transformations, ndim, keep=(Identity,)) or (Identity(),)
    stated = to_json(_as_one(steps)) | {key: value for key, value in dataset.annotation.items() if key not in _ENDS}
    ends = {"input": {"path": dataset.path}, "output": {"name": multiscale.intrinsic.name}}
    for key, end in ends.items():
        end.update(dataset.annotation.get(key, {}))
    return {"coordinateTransformations": [stated | ends]}


def as_list(
    steps: Listing[Transformation], ndim: int, *, keep: tuple[type[Transformation], ...] = ()
) -> tuple[Transformation, ...]:
    """Return transformations as the one scale, with or without a translation after it, that a level has.

    Parameters
    ----------
    steps
        Applied one after the other.
    ndim
        Number of axes.
    keep
        Types that may stand alone, too.

    Returns
    -------
    tuple
        `steps` themselves where they are that already, are none, or cannot be made that.
    """
    kinds = [type(step) for step in steps]
    if kinds in ([], [Scale], [Scale, Translation]) or (len(kinds) == 1 and kinds[0] in keep):
        return tuple(steps)
    if not all(kind in (Scale, Translation, Identity) for kind in kinds):
        return tuple(steps)
    scale, translation = resolve(steps, ndim)
    return (Scale(scale), Translation(translation)) if any(translation) else (Scale(scale),)


def _as_one(steps: Listing[Transformation]) -> Transformation:
    if not steps:
        return Identity()
    return steps[0] if len(steps) == 1 else Sequence(tuple(steps))


_ENDS = ("input", "output")
