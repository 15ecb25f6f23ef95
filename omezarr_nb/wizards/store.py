"""What the wizards of a store that is there have in common: they open it, and show what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ipywidgets

from omezarr_nb.core.image import Image
from omezarr_nb.core.mending.documents import Documents, load_documents
from omezarr_nb.core.opened import Opened
from omezarr_nb.core.plate import Plate
from omezarr_nb.core.reader import open as open_any
from omezarr_nb.display import to_html
from omezarr_nb.errors import ArgumentTypeError
from omezarr_nb.wizards.base import Wizard
from omezarr_nb.wizards.parts.store import StorePart
from omezarr_nb.wizards.sources import notebook_variables
from omezarr_nb.wizards.troubles import Decision, Trouble

__all__ = ["Loaded", "StoreWizard", "load_store"]


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A store that was opened: what it is called in code, what it is, and its documents.

    Parameters
    ----------
    where
        Its path or URL, or what `omezarr_nb.open` returned.
    opened
        What it is.
    documents
        All its metadata.
    """

    where: Any
    opened: Any
    documents: Documents

    @property
    def name(self) -> str:
        """The last part of its place."""
        return str(self.opened.where).rstrip("/").rpartition("/")[2]


def load_store(where: Any) -> Loaded:
    """Open a store and read its metadata; no pixels.

    Raises
    ------
    OMEZarrError
        When it cannot be opened, or is neither a place nor what was opened.
    """
    if not isinstance(where, str | Opened):
        raise ArgumentTypeError(
            "This is nothing that a wizard can open.",
            found=type(where).__name__,
            expected="a path, a URL, or the image, plate or collection that omezarr_nb.open returned",
        )
    opened = open_any(where if isinstance(where, str) else where.location)
    return Loaded(where, opened, load_documents(where))


class StoreWizard(Wizard):
    """A wizard whose first step chooses a store. A subclass has a form with ``loaded`` in it."""

    def _choose_from(self, namespace: Mapping[str, Any] | None, folder: str | Path | None) -> None:
        """Make the first step, before the steps are put together; see the subclasses for what it takes."""
        self._variables = notebook_variables if namespace is None else lambda: namespace
        self._folder = Path(folder).expanduser().resolve() if folder is not None else Path.cwd()
        self._store = StorePart(self._changed, on_store=self._open, variables=self._variables, folder=self._folder)

    def _preset(self, source: Any) -> None:
        """Choose what was passed, at once."""
        if source is None:
            return
        if isinstance(source, str | Path):
            text = str(source)
            self._store.show_path(text)
            self._open(text if "://" in text else str(source), text)
        else:
            self._take(load_store(source))

    def _open(self, where: Any, title: str) -> None:
        if not self._writing:
            self._store.show_chosen(f"Reading {title} …")
            self._load(lambda: load_store(where))

    def _take(self, loaded: Loaded) -> None:
        with self._lock:
            self._form = self._first(loaded)
            self._seen = {0}
            self._store.show_chosen(f"{loaded.name}: {repr(loaded.opened).strip('<>')}")
            self._fill()
            self._decide()

    def _refuse(self, words: str) -> None:
        self._form = type(self._form)()
        self._decision = Decision(troubles=(Trouble("source", words),))
        self._fill()
        self._show()
        self._store.show_chosen(words, error=True)

    def _first(self, loaded: Loaded) -> Any:
        """Return the form for a store."""
        raise NotImplementedError

    def _empty(self, form: Any) -> bool:
        return form.loaded is None

    def _view(self, result: Any) -> ipywidgets.Widget | None:
        return result.view() if isinstance(result, Image | Plate) else ipywidgets.HTML(to_html(result))
