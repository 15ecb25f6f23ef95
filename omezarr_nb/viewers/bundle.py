"""The browser half, as it was built into the package.

A notebook saves the JavaScript of every widget it shows. So a widget carries a loader of a few kilobytes only; the
loader asks for the viewer itself, once a page, over the widget's own channel.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from omezarr_nb.errors import NotFoundError, UnsupportedError

__all__ = ["MODULES", "PARTS", "Bundle", "bundle", "form_script", "packed_module", "page_script"]

#: Modules that a page without a kernel carries, beside the one that runs: it loads each when it needs it.
MODULES = ("viewer", "regions", "codecs")

#: What the viewer fetches when it is needed.
PARTS = ("painting", "regions", "volume")

_STATIC = Path(__file__).parents[1] / "frontend" / "static"
#: What wheels have in its place.
_PACKED = _STATIC.with_name("static.tar.xz")


@dataclass(frozen=True, slots=True)
class Bundle:
    """What the browser runs.

    Parameters
    ----------
    loader
        The ES module that every widget carries.
    script, style
        The viewer's module and style sheet, sent when asked for.
    parts
        Modules that the viewer asks for when it needs them, by name.
    digest
        Of all these: pages keep bundles apart by it.
    """

    loader: str
    script: bytes
    style: bytes
    parts: Mapping[str, bytes]
    digest: str


@cache
def bundle() -> Bundle:
    """Return the browser half.

    Raises
    ------
    NotFoundError
        When it has not been built.
    """
    loader, script, style = (_read(name) for name in ("loader.js", "viewer.js", "viewer.css"))
    parts = {name: _read(f"{name}.js") for name in PARTS}
    digest = hashlib.sha256(b"".join((script, style, *parts.values()))).hexdigest()[:16]
    return Bundle(loader.decode(), script, style, MappingProxyType(parts), digest)


def page_script() -> str:
    """Return the module that runs in a page without a kernel: it reads stores on the web.

    Raises
    ------
    NotFoundError
        When it has not been built.
    """
    return _read("page.js").decode()


def form_script() -> str:
    """Return the module of the controls of forms, of a few kilobytes: each widget carries it whole.

    Raises
    ------
    NotFoundError
        When it has not been built.
    """
    return _read("forms.js").decode()


def packed_module(name: str) -> str:
    """Return one of `MODULES` as such a page carries it: compressed with gzip, in base 64.

    Raises
    ------
    NotFoundError
        When it has not been built.
    """
    # Without a time: the same view is saved as the same page.
    return base64.b64encode(gzip.compress(_read(f"{name}.js"), mtime=0)).decode()


def _read(name: str) -> bytes:
    if _PACKED.is_file():
        return _unpacked()[name]
    try:
        return (_STATIC / name).read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError(
            "The browser half of omezarr_nb has not been built.",
            where=error.filename,
            do="Install the package (pip install -e .), which builds it.",
        ) from error


@cache
def _unpacked() -> Mapping[str, bytes]:
    """Return what a wheel has packed, by name: some 300 kB, in some milliseconds."""
    try:
        with tarfile.open(_PACKED, "r:xz") as archive:
            entries = [(entry.name, archive.extractfile(entry)) for entry in archive.getmembers()]
            return {name: file.read() for name, file in entries if file is not None}
    except tarfile.CompressionError as error:
        raise UnsupportedError(
            "This Python was built without lzma, with which the browser half of omezarr_nb is packed.",
            where=str(_PACKED),
            do="Use a Python with lzma, or install the package from a clone (pip install -e .).",
        ) from error
