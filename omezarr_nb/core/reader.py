"""Opening what lies at a place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.format import declared_version, format_implementations, known_format
from omezarr_nb.core.image import Image, LabelImage
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.errors import NotFoundError, UnsupportedError

if TYPE_CHECKING:
    from omezarr_nb.core.io import Where

__all__ = ["open_image"]


def open_image(where: Where, storage_options: Mapping[str, Any] | None = None) -> Image:
    """Open an OME-Zarr image.

    Parameters
    ----------
    where
        A path, a URL (file, http(s), s3, memory, and whatever fsspec knows), a zarr store or group.
    storage_options
        What fsspec needs for a URL: keys, ``anon=True`` for a public bucket, an endpoint. Ignored otherwise.

    Returns
    -------
    Image
        A `LabelImage` where the metadata says that the values are labels. One to three requests have been made for
        the group's metadata; nothing else is loaded, and nothing is ever written.

    Raises
    ------
    NotFoundError
        When nothing is there, or nothing that OME-Zarr describes.
    UnsupportedError
        When it is a plate, a collection of images, a bare array, or of a version that is not known.
    InvalidMetadataError
        When the metadata cannot be read at all. What breaks a rule but can be read is in ``image.problems``.
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
    location = ZarrLocation(where, storage_options=storage_options)
    if not location.exists():
        raise NotFoundError(
            "There is no Zarr hierarchy here.",
            where=location.where,
            do="Check the path; it is the folder that holds zarr.json or .zattrs.",
        )
    if location.is_array:
        raise UnsupportedError(
            "This is a single Zarr array, not an image.",
            where=location.where,
            do="Open the group above it, or the array itself with zarr.open_array.",
        )
    _check_version(location)
    block = location.fmt.block(location.root_attrs)
    if "multiscales" in block:
        return LabelImage(location) if "image-label" in block else Image(location)
    raise _not_an_image(location, block)


def _check_version(location: ZarrLocation) -> None:
    """Refuse a version that is not known, rather than read it as if it were another."""
    version = declared_version(location.root_attrs)
    if version is None or known_format(version) is not None:
        return
    raise UnsupportedError(
        "This is of a version of OME-Zarr that is not known here.",
        where=location.where,
        found=version,
        expected=", ".join(fmt.version for fmt in reversed(format_implementations())),
    )


def _not_an_image(location: ZarrLocation, block: Mapping[str, Any]) -> NotFoundError | UnsupportedError:
    """Return the error that says what is there instead, and how to open an image of it."""
    where = location.where
    if "plate" in block:
        return UnsupportedError("This is a plate.", where=where, do="Open one of its fields, such as <plate>/A/1/0.")
    if "well" in block:
        return UnsupportedError("This is a well.", where=where, do="Open one of its fields, such as <well>/0.")
    if "bioformats2raw.layout" in block:
        return UnsupportedError(
            "This is a collection of images.", where=where, do="Open one of them, such as <here>/0."
        )
    if isinstance(block.get("labels"), list):
        names = [name for name in block["labels"] if isinstance(name, str)]
        return UnsupportedError(
            "This is a group of labels.",
            where=where,
            found=names,
            do="Open one of them, or the image above it.",
        )
    return NotFoundError(
        "There is a Zarr group here, but it has no OME metadata.",
        where=where,
        found=f"the keys {sorted(map(str, location.root_attrs))}",
        expected="multiscales",
        do="A write that was broken off looks like this too.",
    )
