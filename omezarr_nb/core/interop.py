"""What is opened as other libraries take it: xarray's arrays, and napari's layers. Neither is needed before it is used.

napari: https://napari.org/stable/plugins/building_a_plugin/guides.html, "LayerData tuples".
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from omezarr_nb.errors import InvalidArgumentError, MissingExtraError, NotFoundError, OMEZarrError

if TYPE_CHECKING:
    import xarray

    from omezarr_nb.core.image import Image, LabelImage
    from omezarr_nb.core.plate import Plate, Well

    LayerData: TypeAlias = tuple[Any, dict[str, Any], Literal["image", "labels"]]

__all__ = ["to_napari", "to_xarray"]

#: Images of a collection that become layers; napari is slow with more.
_MOST_IMAGES = 100
#: What a label is shown in for which no colour is given, where others have one.
_NO_COLOR = (0.5, 0.5, 0.5, 1.0)


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
    return xarray.DataArray(
        pixels, coordinates, [axis.name for axis in image.axes], name=image.name, attrs=_facts(image, placed.path)
    )


def _facts(image: Image, path: str) -> dict[str, Any]:
    """Return what is known of a level beside its coordinates, in words and numbers that xarray can store."""
    from omezarr_nb.core.image import LabelImage

    facts: dict[str, Any] = {"where": image.where, "version": image.version, "path": path}
    if isinstance(image, LabelImage):
        known = image.image_label.to_json()
        return facts | ({"image-label": known} if known else {})
    if image.metadata.omero is not None:
        facts["channels"] = [channel.to_json() for channel in image.channels]
    return facts


def to_napari(opened: Any, *, labels: bool = True) -> list[LayerData]:
    """Return what `omezarr_nb.open` gave as layers of napari, `(data, kwargs, type)`; no pixels are read.

    Parameters
    ----------
    opened
        An image, label images, a plate or a well (its fields side by side), a collection or a scene (at most 100 of
        its images; what leads from one to another is not applied, and that is warned of).
    labels
        Whether label images are layers, too.

    Raises
    ------
    InvalidArgumentError
        For anything else.
    NotFoundError
        When a plate or a well has no field.
    """
    from omezarr_nb.core.collection import ImageCollection
    from omezarr_nb.core.image import Image, LabelImage
    from omezarr_nb.core.labels import Labels
    from omezarr_nb.core.plate import Plate, Well
    from omezarr_nb.core.scenes import ImageScene

    if isinstance(opened, LabelImage):
        return [_labels_layer(opened)]
    if isinstance(opened, Image):
        return [_image_layer(opened), *(_labels_of(opened) if labels else ())]
    if isinstance(opened, Plate | Well):
        return _mosaic_layers(opened, labels=labels)
    if isinstance(opened, Labels):
        return [_labels_layer(opened[name], name) for name in opened]
    if isinstance(opened, ImageScene):
        if len(opened.images) > 1:
            warnings.warn("The images of the scene lie as they say themselves, not as the scene says.", stacklevel=3)
        return _layers_of(opened.images, len(opened.images), labels=labels)
    if isinstance(opened, ImageCollection):
        return _layers_of(opened.images, len(opened.images), labels=labels)
    raise InvalidArgumentError("This has no layers.", found=type(opened).__name__, expected="what open gives")


def _layers_of(images: Iterable[Image], count: int, *, labels: bool) -> list[LayerData]:
    if count > _MOST_IMAGES:
        warnings.warn(f"The first {_MOST_IMAGES} of {count} images are shown.", stacklevel=4)
    return [layer for image in islice(images, _MOST_IMAGES) for layer in to_napari(image, labels=labels)]


def _labels_of(image: Image) -> list[LayerData]:
    layers: list[LayerData] = []
    for name in image.labels:
        try:
            layers.append(_labels_layer(image.labels[name], name, beside=image))
        except OMEZarrError as error:  # one that is listed and not there: the others are of use without it
            warnings.warn(f"The labels {name!r} are left out. {error}", stacklevel=4)
    return layers


def _mosaic_layers(opened: Plate | Well, *, labels: bool) -> list[LayerData]:
    """Return the fields of a well, or the first ones of the wells of a plate, side by side."""
    from omezarr_nb.core.mosaic import mosaic, plate_mosaic, well_mosaic
    from omezarr_nb.core.plate import Plate

    first, levels = plate_mosaic(opened) if isinstance(opened, Plate) else well_mosaic(opened)
    data, settings, kind = _image_layer(first)
    _name_parts(settings, opened.name, is_list="channel_axis" in settings)
    settings["metadata"] = {"where": opened.where}
    layers: list[LayerData] = [(_plain(levels), settings, kind)]
    for name in first.labels if labels else ():
        try:
            label = first.labels[name]
        except OMEZarrError as error:
            warnings.warn(f"The labels {name!r} are left out. {error}", stacklevel=4)
            continue
        finds = _grid(opened, lambda image, name=name: image.labels[name])  # type: ignore[misc] # mypy does not infer a lambda with a default
        data = _without_channel(mosaic(label, finds), label.channel_axis)
        _, own, _ = _labels_layer(label, f"{opened.name} {name}")
        own["metadata"] = {"where": opened.where}
        layers.append((_plain(data), own, "labels"))
    return layers


def _name_parts(settings: dict[str, Any], name: str, *, is_list: bool) -> None:
    settings["name"] = [f"{name} {channel}" for channel in settings["name"]] if is_list else name


def _grid(opened: Plate | Well, pick: Callable[[Image], Image]) -> list[list[Callable[[], Image] | None]]:
    """Return what finds the label images of a plate or a well, laid out as its mosaic is."""
    from omezarr_nb.core.mosaic import plate_grid, well_grid
    from omezarr_nb.core.plate import Plate

    def picked(find: Callable[[], Image]) -> Callable[[], Image]:
        def of_field() -> Image:
            try:
                return pick(find())
            except KeyError as error:
                raise NotFoundError("This field has no such labels.") from error

        return of_field

    grid = plate_grid(opened) if isinstance(opened, Plate) else well_grid(opened)
    return [[None if find is None else picked(find) for find in row] for row in grid]


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
    data = _without_channel([level.dask for level in label.levels], axis)
    settings: dict[str, Any] = {"name": name or label.name, **_placement(label, kept)}
    colors = {color.value: np.array(color.rgba) / 255 for color in label.image_label.colors if color.rgba is not None}
    if colors:
        settings["colormap"] = {None: np.array(_NO_COLOR), 0: np.zeros(4), **colors}
    features = _features(label.image_label.properties)
    if features:
        settings["features"] = features
    if beside is not None:
        settings["metadata"]["image"] = beside.name
    return _plain(data), settings, "labels"


def _without_channel(levels: list[Any], axis: int | None) -> list[Any]:
    """Return labels in the dimensions that napari shows them in: the channels of an image are layers of their own."""
    return levels if axis is None else [array[(slice(None),) * axis + (0,)] for array in levels]


def _features(properties: Sequence[Any]) -> dict[str, list[Any]]:
    """Return the properties of labels as columns; that of the labels is called "index", by which napari finds a row."""
    rows = [entry for entry in properties if isinstance(entry.get("label-value"), int)]
    keys = dict.fromkeys(key for entry in rows for key in entry if key not in ("label-value", "index"))
    columns: dict[str, list[Any]] = {"index": [entry["label-value"] for entry in rows]}
    columns |= {key: [entry.get(key) for entry in rows] for key in keys}
    return columns if rows else {}


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
