"""The joint between the objects of the core and the floors that show them.

The core knows no notebook. What an object looks like in a cell, as text, and as a view is decided by floors above it,
which the package connects here by name when it is imported; nothing of them is loaded before it is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

__all__ = ["Face", "Shown"]


@dataclass(frozen=True, slots=True)
class Face:
    """Where the functions that show an object are found, each as "module:function"."""

    html: str
    text: str
    view: str

    def call(self, which: str, *arguments: object, **options: object) -> Any:
        """Import the function for "html", "text" or "view" and call it."""
        module, name = getattr(self, which).split(":")
        return getattr(import_module(module), name)(*arguments, **options)


class Shown:
    """An object that shows itself in a cell.

    Notes
    -----
    ``repr(object)`` is one line and reads nothing; ``str(object)`` is a tree in about ten lines; a notebook shows
    the rich form. The class attribute `face` is set once, by `omezarr_nb/__init__.py`.
    """

    face: ClassVar[Face | None] = None

    def __str__(self) -> str:
        return repr(self) if self.face is None else self.face.call("text", self)

    def _repr_mimebundle_(
        self, include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
    ) -> dict[str, str]:
        """Return the forms that a notebook chooses from."""
        bundle = {"text/plain": str(self)}
        if self.face is not None:
            bundle["text/html"] = self.face.call("html", self)
        return {
            kind: value
            for kind, value in bundle.items()
            if (not include or kind in include) and kind not in (exclude or ())
        }
