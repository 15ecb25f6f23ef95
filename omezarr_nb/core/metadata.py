"""The metadata of an image as one frozen model, whatever the version it is stored in.

Keys that the model does not know are kept in ``extra`` and written back. `parse_image` is lenient: it reads what can
be read and returns a `Problem` for everything else. `image_to_json` is its inverse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from omezarr_nb.core.axes import Axis
from omezarr_nb.core.format import Format
from omezarr_nb.core.transforms import Transformation, to_json

__all__ = [
    "Channel",
    "Dataset",
    "ImageLabel",
    "ImageMetadata",
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
    """One level (`multiscales[].datasets[]`): where its array lies, and how its pixels map to coordinates."""

    path: str
    transformations: tuple[Transformation, ...] = ()
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Multiscale:
    """A pyramid (`multiscales[]`): axes in the order of the arrays, levels from the largest to the smallest."""

    axes: tuple[Axis, ...]
    datasets: tuple[Dataset, ...]
    name: str | None = None
    type: str | None = None
    metadata: Mapping[str, Any] | None = None
    transformations: tuple[Transformation, ...] = ()
    extra: Extra = field(default_factory=dict)


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
    known["axes"] = fmt.axes_to_json(multiscale.axes)
    known["datasets"] = [
        {"path": dataset.path, "coordinateTransformations": _transformations_to_json(dataset.transformations)}
        | dict(dataset.extra)
        for dataset in multiscale.datasets
    ]
    if multiscale.transformations:
        known["coordinateTransformations"] = _transformations_to_json(multiscale.transformations)
    return known | dict(multiscale.extra)


def _transformations_to_json(transformations: Sequence[Transformation]) -> list[dict[str, Any]]:
    return [to_json(transformation) for transformation in transformations]
