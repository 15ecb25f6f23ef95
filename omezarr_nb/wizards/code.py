"""The code that does what a form says. Pure text: it runs as shown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["call", "literal", "script"]

_WIDTH = 88
_INDENT = "    "


def script(imports: Sequence[str], lines: Sequence[str], write: str) -> str:
    """Return a whole cell: imports, what loads the pixels, and the call.

    Parameters
    ----------
    imports
        "import skimage.io"; omezarr_nb is always imported.
    lines
        Statements before the call.
    write
        The call, whose result becomes ``image``.
    """
    blocks = ["\n".join(sorted({"import omezarr_nb", *imports}))]
    if lines:
        blocks.append("\n".join(lines))
    blocks.append(f"image = {write}\nimage.view()")
    return "\n\n".join(blocks) + "\n"


def call(function: str, positional: Sequence[str], options: Mapping[str, Any]) -> str:
    """Return a call, in one line where it fits.

    Examples
    --------
    >>> call("write", ["pixels", '"a.zarr"'], {"axes": "cyx", "levels": 5})
    'write(pixels, "a.zarr", axes="cyx", levels=5)'
    """
    arguments = [*positional, *(f"{name}={literal(value)}" for name, value in options.items())]
    whole = f"{function}({', '.join(arguments)})"
    if len(whole) <= _WIDTH - len("image = "):
        return whole
    rows = [*positional, *(f"{name}={_wrapped(value, len(name))}" for name, value in options.items())]
    return f"{function}(\n" + "".join(f"{_INDENT}{row},\n" for row in rows) + ")"


def literal(value: Any) -> str:
    """Return a value as Python writes it, texts in double quotes."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(key)}: {literal(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(literal(entry) for entry in value) + "]"
    return repr(value)


def _wrapped(value: Any, used: int) -> str:
    """Return a list with an entry a line where it is too long for one."""
    text = literal(value)
    if not isinstance(value, list | tuple) or len(text) + used + len(_INDENT) + 2 <= _WIDTH:
        return text
    return "[\n" + "".join(f"{_INDENT * 2}{literal(entry)},\n" for entry in value) + _INDENT + "]"
