"""Images as other libraries take them: xarray's arrays, and napari's layers. Neither is needed before it is asked for.

napari: https://napari.org/stable/plugins/building_a_plugin/guides.html, "LayerData tuples".
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from omezarr_nb.errors import MissingExtraError, OMEZarrError

if TYPE_CHECKING:
    import xarray

    from omezarr_nb.core.image import Image, LabelImage

    LayerData: TypeAlias = tuple[Any, dict[str, Any], Literal["image", "labels"]]

__all__ = ["to_napari", "to_xarray"]


def to_xarray(image: Image, level: int = 0) -> xarray.DataArray:
    """Return a level of an image as an xarray DataArray; see `Image.to_xarray`."""
    try:
        import xarray
    except ImportError as error:
        raise MissingExtraError(
            "to_xarray needs the package xarray, which is not installed.",
            do="Install it with: pip install 'omezarr_nb[xarray]'",
        ) from error
    pixels = image.array(level)
    placed = image.levels[level]
    coordinates: dict[str, Any] = {}
    for index, axis in enumerate(image.axes):
        if index == image.channel_axis:
            labels = [channel.label for channel in image.channels]
            if len(set(labels)) == placed.shape[index]:  # a coordinate with doubles selects more than was asked for
                coordinates[axis.name] = labels
            continue
        positions = placed.translation[index] + placed.scale[index] * np.arange(placed.shape[index])
        coordinates[axis.name] = (axis.name, positions, {"units": axis.unit} if axis.unit else {})
    return xarray.DataArray(pixels, coordinates, [axis.name for axis in image.axes], name=image.name)


def to_napari(image: Image, *, labels: bool = True) -> list[LayerData]:
    """Return an image, and its label images, as layers; see `Image.to_napari`."""
    from omezarr_nb.core.image import LabelImage

    if isinstance(image, LabelImage):
        return [_labels_layer(image)]
    layers = [_image_layer(image)]
    for name in image.labels if labels else ():
        try:
            layers.append(_labels_layer(image.labels[name], name, beside=image))
        except OMEZarrError as error:  # one that is listed and not there: the others are of use without it
            warnings.warn(f"The labels {name!r} are left out. {error}", stacklevel=3)
    return layers


def _image_layer(image: Image) -> LayerData:
    channels = image.channels
    axis = image.channel_axis
    settings: dict[str, Any] = {
        "colormap": [f"#{channel.color}" for channel in channels],
        "contrast_limits": [
            [channel.window.start, channel.window.end]
            if channel.window and channel.window.start < channel.window.end
            else None
            for channel in channels
        ],
        "visible": [channel.active for channel in channels],
        "name": [channel.label for channel in channels],
        "blending": "additive",
    }
    if axis is None:
        settings = {key: value[0] if isinstance(value, list) else value for key, value in settings.items()}
        settings["name"] = image.name
    else:
        settings["channel_axis"] = axis
    if settings["contrast_limits"] is None:
        del settings["contrast_limits"]  # napari finds limits of its own
    kept = [index for index in range(image.ndim) if index != axis]
    return _data(image), settings | _placement(image, kept), "image"


def _labels_layer(label: LabelImage, name: str | None = None, *, beside: Image | None = None) -> LayerData:
    axis = label.channel_axis
    kept = [index for index in range(label.ndim) if index != axis]
    data = [level.dask for level in label.levels]
    if axis is not None:  # napari shows labels in the dimensions of the image, whose channels are layers
        data = [array[(slice(None),) * axis + (0,)] for array in data]
    colors = {color.value: np.array(color.rgba) / 255 for color in label.image_label.colors if color.rgba is not None}
    settings: dict[str, Any] = {"name": name or label.name, **_placement(label, kept)}
    if colors:
        settings["colormap"] = {None: np.zeros(4), 0: np.zeros(4), **colors}
    if beside is not None:
        settings["metadata"]["image"] = beside.name
    return _plain(data), settings, "labels"


def _data(image: Image) -> Any:
    return _plain([level.dask for level in image.levels])


def _plain(levels: list[Any]) -> Any:
    """Return levels as a list, or the only one by itself."""
    return levels if len(levels) > 1 else levels[0]


def _placement(image: Image, kept: Sequence[int]) -> dict[str, Any]:
    """Return where level 0 lies along the axes that are kept."""
    first = image.levels[0]
    return {
        "multiscale": len(image.levels) > 1,
        "scale": [first.scale[index] for index in kept],
        "translate": [first.translation[index] for index in kept],
        "axis_labels": tuple(image.axes[index].name for index in kept),
        "units": tuple(image.axes[index].unit or "pixel" for index in kept),
        "metadata": {"where": image.where},
    }
