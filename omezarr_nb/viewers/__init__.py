"""Interactive views of images for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from omezarr_nb.core.image import Image
    from omezarr_nb.viewers.image import ImageViewer

__all__ = ["view"]


def view(image: Image, **traits: Any) -> ImageViewer:
    """Return a view of an image; see `omezarr_nb.viewers.image.ImageViewer`."""
    from omezarr_nb.viewers.image import ImageViewer

    return ImageViewer(image, **traits)
