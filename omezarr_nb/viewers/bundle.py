"""The browser half, as it was built into the package.

A notebook saves the JavaScript of every widget it shows. So a widget carries a loader of a few kilobytes only; the
loader asks for the viewer itself, once a page, over the widget's own channel.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from omezarr_nb.errors import NotFoundError

__all__ = ["Bundle", "bundle"]

_STATIC = Path(__file__).parents[1] / "frontend" / "static"


@dataclass(frozen=True, slots=True)
class Bundle:
    """What the browser runs.

    Parameters
    ----------
    loader
        The ES module that every widget carries.
    script, style
        The viewer's module and style sheet, sent when asked for.
    digest
        Of script and style: pages keep bundles apart by it.
    """

    loader: str
    script: bytes
    style: bytes
    digest: str


@cache
def bundle() -> Bundle:
    """Return the browser half.

    Raises
    ------
    NotFoundError
        When it has not been built.
    """
    try:
        loader, script, style = ((_STATIC / name).read_bytes() for name in ("loader.js", "viewer.js", "viewer.css"))
    except FileNotFoundError as error:
        raise NotFoundError(
            "The browser half of omezarr_nb has not been built.",
            where=error.filename,
            do="Install the package (pip install -e .), which builds it.",
        ) from error
    digest = hashlib.sha256(script + style).hexdigest()[:16]
    return Bundle(loader.decode(), script, style, digest)
