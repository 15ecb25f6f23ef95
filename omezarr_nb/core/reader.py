"""Opening what lies at a place.

`open` returns what is there: an image, a plate, a collection of images, ... The names that scripts for ome-zarr-py
import from here (`Reader`, `Node` and the specs) are those of `omezarr_nb.core.nodes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from omezarr_nb.core import plate as plates
from omezarr_nb.core.collection import ImageCollection
from omezarr_nb.core.format import Format, declared_version, format_from_version, format_implementations, known_format
from omezarr_nb.core.image import Image
from omezarr_nb.core.images import image_at
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.labels import Labels as LabelGroup
from omezarr_nb.core.nodes import OMERO, Label, Labels, Multiscales, Node, Plate, Reader, Spec, Well
from omezarr_nb.core.opened import LAYOUT_KEY, block_of
from omezarr_nb.core.scenes import ImageScene
from omezarr_nb.errors import InvalidArgumentError, NotFoundError, UnsupportedError

if TYPE_CHECKING:
    from omezarr_nb.core.io import Where

__all__ = [
    "OMERO",
    "Label",
    "Labels",
    "Multiscales",
    "Node",
    "Plate",
    "Reader",
    "Spec",
    "Well",
    "open",
    "open_image",
]


def open(
    where: Where,
    storage_options: Mapping[str, Any] | None = None,
    *,
    multiscale: str | int | None = None,
    version: str | float | None = None,
) -> Image | Any:
    """Open what lies at a place, whatever part of OME-Zarr it is.

    Parameters
    ----------
    where
        A path, a URL (file, http(s), s3, memory, and whatever fsspec knows), a zarr store or group. A path or URL may
        name a ``.ozx`` or ``.zip`` file with an OME-Zarr in it, or lead into one: "plate.ozx/A/1/0".
    storage_options
        What fsspec needs for a URL: keys, ``anon=True`` for a public bucket, an endpoint. Ignored otherwise.
    multiscale
        Name or index of the pyramid to take, for an image that holds several.
    version
        What to read it as where its metadata names no version, or one that is not known: "0.1" to "0.6", or
        "0.9.dev1". A version that it does name is known without; development versions are warned of in ``problems``.

    Returns
    -------
    Image, LabelImage, Labels, Plate, Well, ImageCollection or ImageScene
        - `Image`; a `LabelImage` where the metadata says that the values are labels. A single Zarr array is an image
          of one level, whose axes are guessed and whose problems say so.
        - `Labels` for a group of labels.
        - `Plate` and `Well`.
        - `ImageCollection` for several images as bioformats2raw lays them out.
        - `ImageScene` for images with the transformations between them.

        One to three requests have been made for the group's metadata; nothing else is loaded, and nothing is ever
        written. (The type says ``Any`` beside `Image` because a type checker cannot know what lies there.)

    Raises
    ------
    NotFoundError
        When nothing is there, or nothing that OME-Zarr describes.
    UnsupportedError
        When it is of a version that is not known, or an array that is no image.
    InvalidMetadataError
        When the metadata cannot be read at all. What breaks a rule but can be read is in ``problems``.
    InvalidArgumentError
        When the image has no such multiscale, or what is there is no image; when there is no such version, or the
        metadata names another.
    StoreError
        When the storage cannot be reached or refuses.

    Examples
    --------
    >>> import numpy as np
    >>> import omezarr_nb
    >>> written = omezarr_nb.write_image(np.zeros((64, 64), "uint8"), "memory://example.ome.zarr")
    >>> omezarr_nb.open("memory://example.ome.zarr").axes[0].name
    'y'
    """
    location = _locate(where, storage_options, None if version is None else format_from_version(version))
    block = block_of(location)
    if location.is_array:
        return Image(location, multiscale)
    if "multiscales" in block and "plate" not in block:
        return image_at(location, multiscale)
    found = _group(location, block)
    if multiscale is not None:
        raise InvalidArgumentError(
            "A multiscale is asked for, and this is no image.", where=location.where, found=type(found).__name__
        )
    return found


def open_image(
    where: Where,
    storage_options: Mapping[str, Any] | None = None,
    *,
    multiscale: str | int | None = None,
    version: str | float | None = None,
) -> Image:
    """Open what must be an image.

    Parameters
    ----------
    where, storage_options, multiscale, version
        As for `open`.

    Returns
    -------
    Image
        As `open` returns it.

    Raises
    ------
    UnsupportedError
        When something else is there: a plate, a well, a collection, a group of labels. The message says how to reach
        an image of it.
    OMEZarrError
        As from `open`.
    """
    found = open(where, storage_options, version=version)
    if isinstance(found, Image):
        return found if multiscale is None else found.select_multiscale(multiscale)
    kind, do = {
        "Plate": ("a plate", "Open one of its fields, such as <plate>/A/1/0."),
        "Well": ("a well", "Open one of its fields, such as <well>/0."),
        "ImageCollection": ("a collection of images", "Open one of them, such as <here>/0."),
        "ImageScene": ("a scene of several images", "Open one of them by its path within the scene."),
        "Labels": ("a group of labels", "Open one of them, or the image above it."),
    }[type(found).__name__]
    raise UnsupportedError(f"This is {kind}.", where=found.where, found=repr(found), expected="an image", do=do)


def _locate(where: Where, storage_options: Mapping[str, Any] | None, fmt: Format | None) -> ZarrLocation:
    location = ZarrLocation(where, fmt=fmt, storage_options=storage_options)
    if not location.exists():
        raise NotFoundError("There is no Zarr hierarchy here.", where=location.where, do=_where_else(location))
    version = declared_version(location.root_attrs)
    if fmt is not None and location.fmt != fmt:
        raise InvalidArgumentError(
            "The metadata names another version than is asked for.",
            where=location.where,
            found=version,
            expected=fmt.version,
            do="Open it without version=.",
        )
    if version is not None and fmt is None and known_format(version) is None:
        # Read as if it were another version, it would be read wrongly.
        raise UnsupportedError(
            "This is of a version of OME-Zarr that is not known here.",
            where=location.where,
            found=version,
            expected=", ".join(known.version for known in reversed(format_implementations())),
            do="Pass version= to read it as another one.",
        )
    return location


def _where_else(location: ZarrLocation) -> str:
    """Say where a hierarchy may be that is not at a place."""
    from omezarr_nb.core.zipped.store import ZippedStore

    store = location.store
    inside = store.hierarchies() if isinstance(store, ZippedStore) and not location.path else ()
    if inside:
        return f"The archive holds others: open one of them, such as {location.where}/{inside[0]}."
    return "Check the path; it is the folder (or the .ozx file) that holds zarr.json or .zattrs."


def _group(location: ZarrLocation, block: Mapping[str, Any]) -> Any:
    """Return what a group is that is no image, or say what is there instead."""
    if "plate" in block:  # wins where it stands beside bioformats2raw.layout
        return plates.Plate(location)
    if "well" in block:
        return plates.Well(location)
    if "scene" in block:
        return ImageScene(location)
    if LAYOUT_KEY in block:
        return ImageCollection(location)
    if "labels" in block:
        return LabelGroup.at(location)
    if "series" in block:
        raise NotFoundError(
            "This is the group OME of a collection of images.", where=location.where, do="Open the group above it."
        )
    collection = ImageCollection(location)
    if not block and len(collection):  # images by number, or listed, without the key that says so
        return collection
    raise NotFoundError(
        "There is a Zarr group here, but it has no OME metadata.",
        where=location.where,
        found=f"the keys {sorted(map(str, location.root_attrs))}",
        expected="multiscales, plate, well, labels, scene or bioformats2raw.layout",
        do="A write that was broken off looks like this too.",
    )
