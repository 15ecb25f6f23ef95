"""Images that are whole but in no list, as their writer was killed between the two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from omezarr_nb.core.converting.chunks import chunk_regions
from omezarr_nb.core.io import ZarrLocation

if TYPE_CHECKING:
    from zarr.storage import StorePath

    from omezarr_nb.core.format import Format

__all__ = ["has_pixels"]


def has_pixels(place: StorePath, pixels: Any, fmt: Format) -> bool:
    """Return whether an image is at a place whose finest level has these pixels.

    Who goes on with a write may then write it once more, as its other levels may be of other options. An image of other
    pixels is somebody's.

    Parameters
    ----------
    place
        Where an image may be.
    pixels
        With a shape, and regions that can be read again.
    fmt
        Of the group that the image is in.
    """
    from omezarr_nb.core.image import Image

    location = ZarrLocation(place, "r", fmt)
    if not location.exists() or location.is_array or "multiscales" not in location.fmt.block(location.root_attrs):
        return False
    levels = Image(location).levels
    if not levels or not hasattr(pixels, "__getitem__") or levels[0].shape != getattr(pixels, "shape", None):
        return False
    there = levels[0].zarr
    return all(np.array_equal(there[region], pixels[region]) for region in chunk_regions(there, there.chunks))
