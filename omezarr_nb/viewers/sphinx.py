"""Views are live in sites that Sphinx makes of notebooks: ``extensions = ["myst_nb", "omezarr_nb.viewers.sphinx"]``.

Only Sphinx imports this, by that name; the package works without it.
"""

from __future__ import annotations

from typing import Any

from omezarr_nb.viewers.live import live_html

__all__ = ["setup"]


def setup(app: Any) -> dict[str, Any]:
    """Have the pictures of views made live in each page that has some.

    Parameters
    ----------
    app
        Sphinx' application.
    """
    app.connect("config-inited", _prefer_pictures)
    app.connect("html-page-context", _make_live)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _prefer_pictures(_app: Any, config: Any) -> None:
    """Have MyST-NB show the HTML of what is a widget, too; widgets that have none are shown as ever."""
    if "nb_mime_priority_overrides" in config:
        first = [(builder, "text/html", 5) for builder in ("html", "dirhtml", "singlehtml")]
        config.nb_mime_priority_overrides = [*first, *config.nb_mime_priority_overrides]


def _make_live(_app: Any, _page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    if "body" in context:
        context["body"] = live_html(context["body"])
