"""What the objects of the core look like in a cell and in a terminal: HTML and PNG, no widget."""

from __future__ import annotations

from omezarr_nb.core.image import Image
from omezarr_nb.display.html import element

__all__ = ["to_html", "to_text"]


def to_html(obj: object) -> str:
    """Return an object as HTML for a cell; never raises."""
    from omezarr_nb.display.tree import image_html

    if isinstance(obj, Image):
        return image_html(obj)
    return element("pre", repr(obj))


def to_text(obj: object) -> str:
    """Return an object as text; never raises."""
    return repr(obj)
