"""Code that does what a plan does. Pure text: it runs as shown, and holds no secret."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from omezarr_nb.errors import UnsupportedError

__all__ = ["Call", "Code", "asked", "call", "expression", "literal", "no_call", "script"]

_WIDTH = 88
_INDENT = "    "

#: Options of stores that nobody else may read, and the variable of the environment that tools expect each in.
_SECRETS = {
    "key": "AWS_ACCESS_KEY_ID",
    "secret": "AWS_SECRET_ACCESS_KEY",
    "token": "AWS_SESSION_TOKEN",
    "account_key": "AZURE_STORAGE_KEY",
    "sas_token": "AZURE_STORAGE_SAS_TOKEN",
    "connection_string": "AZURE_STORAGE_CONNECTION_STRING",
    "client_secret": "AZURE_CLIENT_SECRET",
    "password": "STORAGE_PASSWORD",
}


class Code(str):
    """Text that is code already, such as the name of a variable.

    Parameters
    ----------
    text
        An expression.
    imports
        What it needs, each a whole statement.
    lines
        Statements before it.
    """

    __slots__ = ("imports", "lines")

    def __new__(cls, text: str, imports: Sequence[str] = (), lines: Sequence[str] = ()) -> Code:
        """Return text that is written as it is."""
        made = super().__new__(cls, text)
        made.imports, made.lines = tuple(imports), tuple(lines)
        return made

    imports: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function of this package, with the values that were given.

    Parameters
    ----------
    function
        "omezarr_nb.write_image".
    positional
        What stands first, by the name that a variable would have.
    options
        All other arguments that differ from their defaults, in the order of the function.
    result
        The variable that the result is given to.
    """

    function: str
    positional: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    result: str = "image"

    def to_code(self, source: str | None = None, *, end: str = "") -> str:
        """Return a whole cell: imports, what opens the source, and the call.

        Parameters
        ----------
        source
            What the first argument is called. None writes what opens it where that can be said (a path, an image that
            was opened from one), and else a name that stands for it.
        end
            A last line.
        """
        first = next(iter(self.positional), None)
        arguments = [
            Code(source) if source is not None and name == first else expression(value, name)
            for name, value in self.positional.items()
        ]
        options = {name: _masked(value) if _is_options(name) else value for name, value in self.options.items()}
        values = [*arguments, *_codes(list(options.values()))]
        imports = [line for value in values for line in value.imports]
        lines = [line for value in arguments for line in value.lines]
        return script(imports, lines, call(self.function, arguments, options), result=self.result, end=end)


def asked(function: str, positional: Mapping[str, Any], given: Mapping[str, Any], defaults: Mapping[str, Any]) -> Call:
    """Return a call with those of the given arguments that are not their defaults."""
    options = {name: given[name] for name in defaults if name in given and not _same(given[name], defaults[name])}
    return Call(function, positional, options)


def no_call(function: str) -> Call:
    """Raise: a plan that was put together otherwise has no call that makes it.

    Raises
    ------
    UnsupportedError
        Always.
    """
    raise UnsupportedError("No call is known that makes this plan.", do=f"Make it with omezarr_nb.{function}.")


def script(imports: Sequence[str], lines: Sequence[str], write: str, *, result: str = "image", end: str = "") -> str:
    """Return a whole cell: imports, what loads the pixels, and the call.

    Parameters
    ----------
    imports
        "import skimage.io"; omezarr_nb is always imported.
    lines
        Statements before the call.
    write
        The call.
    result
        The variable that its result is given to; "" for none.
    end
        A last line.
    """
    blocks = ["\n".join(sorted({"import omezarr_nb", *imports}, key=_import_order))]
    if lines:
        blocks.append("\n".join(dict.fromkeys(lines)))
    blocks.append((f"{result} = " if result else "") + write + (f"\n{end}" if end else ""))
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
    return f"{function}(\n" + "".join(f"{_INDENT}{row},\n" for row in map(_deeper, rows)) + ")"


def literal(value: Any) -> str:
    """Return a value as Python writes it, texts in double quotes. What has a JSON form is written as that."""
    if isinstance(value, str):
        return str(value) if isinstance(value, Code) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(key)}: {literal(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(literal(entry) for entry in value) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(literal(entry) for entry in value) + ("," if len(value) == 1 else "") + ")"
    found = _known(value)
    return str(found) if found is not None else repr(value.item() if isinstance(value, np.generic) else value)


def expression(value: Any, name: str) -> Code:
    """Return what stands for an argument: its value, what opens it, or a name with a remark.

    Parameters
    ----------
    value
        A path, a URL, what this package opened, or anything else.
    name
        Of the variable where it can only be named.
    """
    if isinstance(value, Code):
        return value
    known = _known(value)
    if known is not None:
        return known
    if value is None or (isinstance(value, str | Path | bool | int | float | list | tuple | dict) and _plain(value)):
        return Code(literal(value if not isinstance(value, Path) else str(value)))
    return Code(name, lines=(f"# {name}: the {type(value).__name__} that was given",))


def _known(value: Any) -> Code | None:
    """Return what makes an object of this package, or a codec, or None for anything else."""
    from omezarr_nb.core.axes import Axis
    from omezarr_nb.core.files.stack import FileStack
    from omezarr_nb.core.format import Format
    from omezarr_nb.core.metadata import Channel, ImageLabel
    from omezarr_nb.core.opened import Opened
    from omezarr_nb.core.segmenting import Segmented
    from omezarr_nb.core.tiff.image import TiffImage

    if isinstance(value, Axis | Channel | ImageLabel):
        return Code(literal(value.to_json()))
    if isinstance(value, Format | os.PathLike):
        return Code(literal(value.version if isinstance(value, Format) else os.fspath(value)))
    if isinstance(value, TiffImage):
        options = {"series": value.series, "level": value.level, "axes": value.said_axes}
        told = {key: entry for key, entry in options.items() if entry not in (0, None)}
        return Code(call("omezarr_nb.open_tiff", [literal(str(value.path))], told))
    if isinstance(value, Opened):
        where = value.location.where
        return Code(f"omezarr_nb.open({literal(where)})") if _reopens(where) else None
    return value.code() if isinstance(value, FileStack | Segmented) else _codec(value)


def _reopens(where: str) -> bool:
    """Return whether a place can be opened by its name alone: a path or a URL, and no store in memory."""
    return re.match(r"[a-z0-9+]+://", where) is not None or Path(where).exists()


def _codec(value: Any) -> Code | None:
    """Return a codec of zarr or numcodecs as the call that makes it."""
    kind = type(value)
    module = kind.__module__.partition(".")[0]
    if module == "numcodecs" and hasattr(value, "get_config"):
        settings = {key: entry for key, entry in value.get_config().items() if key != "id"}
        return Code(call(kind.__name__, [], settings), (f"from numcodecs import {kind.__name__}",))
    if module == "zarr" and hasattr(value, "to_dict"):
        unset = getattr(value, "_tunable_attrs", ())  # what zarr fills in for the type of the pixels
        told = value.to_dict().get("configuration", {})
        settings = {key: entry for key, entry in told.items() if key not in unset}
        return Code(call(kind.__name__, [], settings), (f"from zarr.codecs import {kind.__name__}",))
    return None


def _masked(value: Any) -> Any:
    """Return options of a store with what is secret taken from the environment."""
    if isinstance(value, list | tuple):
        return [_masked(entry) for entry in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key: Code(f'os.environ["{_SECRETS[key]}"]', ("import os",))
        if key in _SECRETS and isinstance(entry, str)
        else _masked(entry)
        if isinstance(entry, Mapping)
        else entry
        for key, entry in value.items()
    }


def _is_options(name: str) -> bool:
    return name.endswith("storage_options")


def _codes(value: Any) -> Iterator[Code]:
    """Give all that has imports in a value, however deep."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for entry in value:
            yield from _codes(entry)
        return
    found = value if isinstance(value, Code) else None if isinstance(value, str) else _known(value)
    if found is not None:
        yield found


def _plain(value: Any) -> bool:
    """Return whether a value is small and made of texts and numbers alone."""
    if isinstance(value, Mapping):
        return len(value) < 1000 and all(isinstance(key, str) and _plain(entry) for key, entry in value.items())
    if isinstance(value, list | tuple):
        return len(value) < 1000 and all(_plain(entry) for entry in value)
    return value is None or isinstance(value, str | bool | int | float | os.PathLike)


def _same(value: Any, default: Any) -> bool:
    if value is default:
        return True
    return type(value) is type(default) and isinstance(value, str | bool | int | float) and value == default


def _import_order(line: str) -> tuple[bool, str]:
    return line.startswith("from "), line


def _deeper(row: str) -> str:
    """Return an argument that is a call of several lines with these one step further in; no text is changed."""
    return row if '"""' in row else row.replace("\n", f"\n{_INDENT}")


def _wrapped(value: Any, used: int) -> str:
    """Return a list with an entry a line where it is too long for one."""
    text = literal(value)
    if not isinstance(value, list | tuple) or len(text) + used + len(_INDENT) + 2 <= _WIDTH:
        return text
    opening, closing = "[]" if isinstance(value, list) else "()"
    return opening + "\n" + "".join(f"{_INDENT}{literal(entry)},\n" for entry in value) + closing
