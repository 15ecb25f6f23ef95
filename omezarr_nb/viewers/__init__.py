"""Interactive views of images and plates for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from omezarr_nb.core.image import Image
    from omezarr_nb.core.plate import Plate
    from omezarr_nb.core.scenes import ImageScene
    from omezarr_nb.viewers.image import ImageViewer

__all__ = ["view"]


def view(shown: Image | ImageScene | Plate, **traits: Any) -> ImageViewer:
    """Return a view of an image, a scene or a plate; see `omezarr_nb.ImageViewer` and `omezarr_nb.PlateViewer`."""
    from omezarr_nb.core.plate import Plate
    from omezarr_nb.core.scenes import ImageScene

    if isinstance(shown, ImageScene):
        from omezarr_nb.viewers.scene import view_scene

        return view_scene(shown, **traits)
    if isinstance(shown, Plate):
        from omezarr_nb.viewers.plate import PlateViewer

        return PlateViewer(shown, **traits)
    from omezarr_nb.viewers.image import ImageViewer

    return ImageViewer(shown, **traits)
