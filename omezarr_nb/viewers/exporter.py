"""Notebooks as pages in which views are live: ``jupyter nbconvert --to omezarr_html notebook.ipynb``.

Only nbconvert imports this, by its entry point; the package works without it.
"""

from __future__ import annotations

from typing import Any

from nbconvert.exporters import HTMLExporter

from omezarr_nb.viewers.live import MARK, live_html

__all__ = ["LiveHTMLExporter"]

_WIDGET = "application/vnd.jupyter.widget-view+json"


class LiveHTMLExporter(HTMLExporter):
    """The HTML exporter of nbconvert, with its options; views of images at public URLs are live in its pages.

    Examples
    --------
    >>> html, _ = LiveHTMLExporter().from_filename("notebook.ipynb")  # doctest: +SKIP
    """

    export_from_notebook = "HTML with live views"

    def __init__(self, config: Any = None, **options: Any) -> None:
        super().__init__(config=config, **options)  # type: ignore[no-untyped-call] # nbconvert has no types
        self.register_preprocessor(prefer_pictures, enabled=True)  # type: ignore[no-untyped-call] # nbconvert has no types

    def from_notebook_node(  # type: ignore[override] # as that of the HTML exporter
        self, nb: Any, resources: Any = None, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page of a notebook, and what nbconvert has beside it."""
        html, resources = super().from_notebook_node(nb, resources, **options)
        return live_html(html), resources


def prefer_pictures(notebook: Any, resources: Any) -> tuple[Any, Any]:
    """Take the widgets of views away where there is a picture.

    They would be shown first, with scripts from a CDN, and have no kernel to ask. When no other widget is left, neither
    is the state of widgets.

    Parameters
    ----------
    notebook
        A copy, which is changed.
    resources
        What nbconvert has beside it.
    """
    shown = [output.data for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]
    for data in shown:
        if MARK in data.get("text/html", ""):
            data.pop(_WIDGET, None)
    if not any(_WIDGET in data for data in shown):
        notebook.metadata.pop("widgets", None)
    return notebook, resources
