"""Views in pages that are made from notebooks: what is saved beside a view's picture, and what makes it live.

A view leaves its picture in the notebook, and where the web has its image, in an attribute of that picture all that a
page needs to read it. Whoever makes a page of the notebook (`omezarr_nb.viewers.exporter`, `omezarr_nb.viewers.sphinx`)
has `live_html` put in, once, what runs. Everywhere else the picture stays a picture.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Mapping
from typing import Any, NoReturn

from omezarr_nb.viewers.page import figure_html, live_parts, why_not_public

__all__ = ["MARK", "live_html", "packed_view", "unpacked_view"]

#: The attribute of a picture, empty where no page can make it live.
MARK = "data-omezarr-nb-view"
#: Letters of it: twenty views stay below 100 kB with their pictures.
_MOST_PACKED = 2500
#: Bytes of the JSON in it.
_MOST_JSON = 2**16
#: Views that are live in one page; the others are pictures.
_MOST_VIEWS = 100
_PICTURE = re.compile(rf'<img\b[^<>]*\s{MARK}="(?P<packed>[\w-]*=*)"[^<>]*>')


def packed_view(saved: Mapping[str, Any]) -> str:
    """Return what a page knows of a view as letters, digits, "-", "_" and "="; "" where it is too much.

    Parameters
    ----------
    saved
        From `omezarr_nb.viewers.page.saved_view`. Where it does not fit, histograms are left out.
    """
    info = saved["state"]["_info"]
    # A histogram of one part is not drawn, and not asked for either.
    bare = info | {"channels": [channel | {"histogram": "0"} for channel in info["channels"]]}
    tries = (_packed(dict(saved) | {"state": saved["state"] | {"_info": one}}) for one in (info, bare))
    return next((packed for packed in tries if len(packed) <= _MOST_PACKED), "")


def unpacked_view(packed: str) -> dict[str, Any] | None:
    """Return what was packed, or None where it is nothing that a page could make live.

    It may come from anyone. So it is bounded, nothing but JSON, and names a public URL; what the page does with
    it is checked there, too.
    """
    if len(packed) > _MOST_PACKED:
        return None
    unpack = zlib.decompressobj()
    try:
        text = unpack.decompress(base64.urlsafe_b64decode(packed), _MOST_JSON)
        if unpack.unconsumed_tail:
            return None
        saved = json.loads(text, parse_constant=_refuse)
        json.dumps(saved, allow_nan=False)  # 1e999 is no number either
    except (ValueError, zlib.error, RecursionError):
        return None
    match saved:
        case {
            "state": {"_info": {}, "colormaps": [*_]} as state,
            "live": {"url": str(url), "format": 2 | 3 as version, "labels": {} as labels},
        } if not why_not_public(url):
            return {"state": state, "live": {"url": url, "format": version, "labels": labels}}
    return None


def live_html(html: str) -> str:
    """Return a page, or a part of one, in which the pictures of views are live.

    Each shows its picture until it comes into sight, and goes on showing it, with a sentence, where its image cannot
    be read. What runs (about 0.2 MB) comes once, at the end, and not at all where there is no such picture.

    Parameters
    ----------
    html
        That may have pictures of views. Its other scripts are not touched: it has to be trusted as before.

    Examples
    --------
    >>> live_html("<p>no view</p>")
    '<p>no view</p>'
    """
    colormaps: list[str] = []
    views = 0

    def figure(picture: re.Match[str]) -> str:
        nonlocal views
        saved = unpacked_view(picture["packed"]) if views < _MOST_VIEWS else None
        if saved is None:
            return picture[0]
        views += 1
        colormaps.extend(name for name in saved["state"]["colormaps"] if isinstance(name, str))
        return figure_html(picture[0].replace(f' {MARK}="{picture["packed"]}"', "", 1), saved)

    changed = _PICTURE.sub(figure, html)
    if not views:
        return html
    before, end, after = changed.rpartition("</body>")
    if not end:
        before, after = changed, ""
    return "\n".join([before, *live_parts(colormaps), end + after])


def _packed(saved: Mapping[str, Any]) -> str:
    text = json.dumps(saved, separators=(",", ":"), allow_nan=False)
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
