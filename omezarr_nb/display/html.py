"""HTML as values: elements whose text is escaped unless it is markup already.

Text in a repr comes out of files, and a file may say anything. So there is no way here to paste a string into a page:
`element` escapes every child and every attribute, and only what `element` (or `stylesheet`) returned passes as markup.
"""

from __future__ import annotations

import re
from html import escape

__all__ = ["Html", "clean", "element", "join", "stylesheet"]

_VOID = frozenset({"br", "img"})

#: Control characters, marks that turn the direction of writing, halves of surrogate pairs, non-characters: the first
#: hide text or drive a terminal, and the halves cannot be sent to the browser at all.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


class Html(str):
    """Markup: text that `element` has made, and does not escape again.

    Notes
    -----
    Any other operation on it (an f-string, ``+``) gives a plain string, which is escaped where it is used.
    """

    __slots__ = ()


def clean(text: object) -> str:
    r"""Return text with what cannot be printed, or would deceive, replaced by "\N{REPLACEMENT CHARACTER}".

    Examples
    --------
    >>> clean("a\x1b[31mb") == "a\ufffd[31mb"
    True
    """
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", str(text))


def element(name: str, *children: object, **attributes: object) -> Html:
    """Return an element.

    Parameters
    ----------
    name
        Of the element, "td".
    *children
        `Html` is taken as it is, None is left out, and everything else is escaped.
    **attributes
        Escaped; a trailing underscore is dropped and others become hyphens (``class_``, ``aria_label``). None leaves
        the attribute out, True writes it without a value.

    Examples
    --------
    >>> element("td", "a < b", element("b", "c"), title='"')
    '<td title="&quot;">a &lt; b<b>c</b></td>'
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(*children)}</{name}>")


def join(*children: object) -> Html:
    """Return children one after the other, escaped like those of `element`."""
    return Html("".join(_child(child) for child in children if child is not None))


def stylesheet(css: str) -> Html:
    """Return a style element; `css` is the package's own, never a file's.

    Examples
    --------
    >>> stylesheet("b{color:red}")
    '<style>b{color:red}</style>'
    """
    return Html(f"<style>{css.replace('</', '')}</style>")


def _child(child: object) -> str:
    return child if isinstance(child, Html) else escape(clean(child))


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(clean(value))}"'
