"""A page of a view that needs no kernel: a picture, and what makes it live where the web has the image."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from omezarr_nb.errors import OMEZarrError
from omezarr_nb.viewers.bundle import MODULES, bundle, packed_module, page_script
from omezarr_nb.viewers.layout import describe_labels
from omezarr_nb.viewers.plate_planes import PlateImage
from omezarr_nb.viewers.rendering import colormap

if TYPE_CHECKING:
    from PIL.Image import Image as PILImage

    from omezarr_nb.core.image import Image
    from omezarr_nb.viewers.labels import LabelLayers

__all__ = ["COLORMAPS", "figure_html", "live_parts", "page_html", "saved_view", "why_not_live", "why_not_public"]

#: Colour maps that a view offers (frontend/src/controls/more.ts): a page has no kernel to ask for them.
COLORMAPS = (
    "viridis",
    "plasma",
    "inferno",
    "magma",
    "cividis",
    "turbo",
    "gray",
    "hot",
    "cool",
    "bone",
    "Blues",
    "Greens",
    "Reds",
    "coolwarm",
    "twilight",
)
#: Label images that a page knows.
_MOST_LABELS = 8
#: What a view has beside its state: the widget's own, and what changes as it runs.
_NOT_SAVED = frozenset({"layout", "tabbable", "tooltip", "status", "error", "shown_level", "playing"})

_STYLE = """
:root { color-scheme: light dark; }
body { margin: 0 auto; padding: 16px; max-width: 1400px; font: 14px/1.5 system-ui, sans-serif;
  color: CanvasText; background: Canvas; }
h1 { margin: 0 0 12px; font-size: 20px; font-weight: 600; overflow-wrap: anywhere; }
"""
_FIGURE_STYLE = """
.omezarr-nb-saved { margin: 0; }
.omezarr-nb-saved > img { display: block; max-width: 100%; max-height: 80vh; background: #000; }
.omezarr-nb-saved > figcaption { margin-top: 8px; overflow-wrap: anywhere; }
.omezarr-nb-saved > figcaption button { min-height: 24px; font: inherit; }
"""


def saved_view(
    state: Mapping[str, Any], image: Image, labels: LabelLayers, why: str, *, hidden_labels: bool = True
) -> dict[str, Any]:
    """Return what a page knows of a view, JSON: its state, and how the image is read from the web.

    Parameters
    ----------
    state
        That of the widget.
    image
        The image that is viewed.
    labels
        Its label images; those that are visible, and the first others, are opened.
    why
        Why a page cannot read it, in words; "" where it can.
    hidden_labels
        Whether the page knows of others than those that are visible.
    """
    saved = {name: value for name, value in state.items() if name[0] != "_" and name not in _NOT_SAVED}
    info = json.loads(state["_info"])
    if why:
        return {"state": saved | {"_info": info}, "live": None}
    names = list(dict.fromkeys([*state["visible_labels"], *(info["labels"] if hidden_labels else [])]))[:_MOST_LABELS]
    known = dict(_described(labels, names))
    info["labels"] = [name for name in info["labels"] if name in known]
    saved["visible_labels"] = [name for name in state["visible_labels"] if name in known]
    live = {"url": image.where.rstrip("/"), "format": image.location.zarr_format, "labels": known}
    return {"state": saved | {"_info": info}, "live": live}


def why_not_live(image: Image) -> str:
    """Return in words why a page cannot read an image itself; "" where it can."""
    if isinstance(image, PlateImage):
        return "A plate is put together by the kernel."
    return why_not_public(image.where) or ("The image lies in an archive." if image.archived else "")


def why_not_public(url: str) -> str:
    """Return in words why a page is not given a URL to read; "" for one of http or https without signature or password.

    Whether it answers, and whom, is seen by the page: what is on this machine alone is read in its browsers alone.
    """
    try:
        place = urlsplit(url)
    except ValueError:
        return "The image does not lie at a URL."
    if place.scheme not in ("http", "https"):
        return "The image does not lie at a public URL."
    if place.query or place.username or place.password:
        return "The image's URL is not public."
    return ""


def page_html(title: str, still: PILImage, text: str, saved: Mapping[str, Any], why: str) -> str:
    """Return the page, whole.

    Parameters
    ----------
    title
        Of the page.
    still
        What the view shows.
    text
        The same in words, for those who do not see it.
    saved
        From `saved_view`.
    why
        Why it cannot be live, in words; "" where it can.
    """
    picture = io.BytesIO()
    still.save(picture, "JPEG", quality=85, optimize=True)
    source = f"data:image/jpeg;base64,{base64.b64encode(picture.getvalue()).decode()}"
    image = f'<img src="{source}" alt="{escape(text)}" width="{still.width}" height="{still.height}">'
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}{_FIGURE_STYLE if why else ''}</style>",
        "</head>",
        "<body>",
        f"<main><h1>{escape(title)}</h1>",
        figure_html(image, saved, why),
        "</main>",
        *([] if why else live_parts(saved["state"]["colormaps"])),
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(parts)


def figure_html(image: str, saved: Mapping[str, Any], why: str = "") -> str:
    """Return a picture as what becomes a view in a page with `live_parts`.

    Parameters
    ----------
    image
        The element ``<img>``.
    saved
        From `saved_view`.
    why
        Why it stays a picture, in words; "" where it is to be live.
    """
    caption = f"A still picture. {why}" if why else "A still picture: this page needs JavaScript to read the image."
    parts = ['<figure class="omezarr-nb-saved">', image, f'<figcaption role="status">{escape(caption)}</figcaption>']
    if not why:
        parts.append(f'<script type="application/json">{_inert(json.dumps(saved, allow_nan=False))}</script>')
    return "\n".join([*parts, "</figure>"])


def live_parts(colormaps: Iterable[str]) -> list[str]:
    """Return the elements that a page has once for all its views: styles, modules, colour maps, and what runs.

    Parameters
    ----------
    colormaps
        Names of those that its views begin with, beside those that they offer; what matplotlib has not is left out.
    """
    from matplotlib import colormaps as known

    maps = [name for name in dict.fromkeys([*COLORMAPS, *colormaps]) if name in known]
    colors = {name: base64.b64encode(colormap(name)).decode() for name in maps}
    return [
        f"<style>{_FIGURE_STYLE}{bundle().style.decode()}</style>",
        f'<script type="application/json" data-omezarr-nb-colormaps>{_inert(json.dumps(colors))}</script>',
        *(
            f'<script type="text/plain" data-omezarr-nb-module="{name}">{packed_module(name)}</script>'
            for name in MODULES
        ),
        f'<script type="module">{_closed(page_script())}</script>',
    ]


def _described(labels: LabelLayers, names: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give what the browser is told of labels; those that cannot be opened are left out."""
    for name in names:
        try:
            planes = labels.opened(name)
        except OMEZarrError:
            continue
        yield name, describe_labels(name, planes.image, planes.layout)  # type: ignore[arg-type] # of labels


def _inert(text: str) -> str:
    """Return JSON that ends no script element, whatever the file has in it."""
    return text.replace("<", "\\u003c")


def _closed(script: str) -> str:
    """Return a script that ends no script element."""
    return re.sub(r"<(?=/script|!--)", r"\\x3c", script, flags=re.IGNORECASE)
