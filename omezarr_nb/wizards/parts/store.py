"""Choosing an OME-Zarr that is there: in a list, by its path or URL, or among the variables of the notebook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ipywidgets

from omezarr_nb.core.opened import Opened
from omezarr_nb.display.words import elide
from omezarr_nb.wizards.parts.part import Change, Part, set_choices
from omezarr_nb.wizards.pictures import shown_path
from omezarr_nb.wizards.steps import Field, note, row

__all__ = ["StorePart"]

_LABEL = {"description_width": "72px"}
_MOST = 500


class StorePart(Part):
    """A list of stores and a path.

    Parameters
    ----------
    change
        Not used: a store is announced by the function below.
    on_store
        Called with a path, a URL, or what `omezarr_nb.open` returned.
    variables
        Returns the variables of the notebook.
    folder
        Whose stores are listed.
    """

    def __init__(
        self,
        change: Change,
        *,
        on_store: Callable[[Any, str], object],
        variables: Callable[[], Mapping[str, Any]],
        folder: Path,
    ) -> None:
        super().__init__(change)
        self._on_store, self._variables, self._folder = on_store, variables, folder
        self._opened: dict[str, Any] = {}
        self.stores = ipywidgets.Select(
            options=[], description="there are", style=_LABEL, layout={"width": "100%", "height": "144px"}
        )
        self.again = ipywidgets.Button(description="Refresh", tooltip="Look again", layout={"width": "auto"})
        self.path = ipywidgets.Text(
            description="or path", placeholder="s3://lab/run7.ome.zarr", continuous_update=False, style=_LABEL,
            layout={"width": "100%"},
        )  # fmt: skip
        self._stores = Field(self.stores, name="stores")
        self._chosen = ipywidgets.HTML()
        self._about = Field(self._chosen, name="source")
        self.fields = [self._about]
        self.body.children = (self._stores, row(self.again), self.path, self._about)
        self.on(self.stores, "value", self._take_entry)
        self.on(self.path, "value", self._take_path)
        self.again.on_click(lambda _: self.refresh())
        self.refresh()

    def refresh(self) -> None:
        """List the stores of the folder, and what of the notebook was opened."""
        self._opened = {
            name: value
            for name, value in list(self._variables().items())
            if isinstance(value, Opened) and name.isidentifier() and name[0] != "_"
        }
        try:
            found = sorted(
                (entry.name for entry in self._folder.iterdir() if entry.suffix in (".zarr", ".ozx")), key=str.casefold
            )
        except OSError:
            found = []
        options = [(elide(name, 80), name) for name in found[:_MOST]]
        options += [(f"{name} (in the notebook)", f"={name}") for name in self._opened]
        chosen = self.stores.value
        with self.filling():
            set_choices(self.stores, options, chosen if chosen in [value for _, value in options] else None)
        self._stores.say(note_=f"in {elide(self._folder, 60)}" if options else "No OME-Zarr is in this folder.")

    def show_chosen(self, words: str, *, error: bool = False) -> None:
        """Say what was chosen, or why it could not be."""
        self._chosen.value = note(words, "oz-trouble" if error else "oz-quiet", role="alert" if error else "status")

    def show_path(self, path: str) -> None:
        """Show what was chosen from Python."""
        with self.filling():
            self.path.value = path
            known = [value for _, value in self.stores.options]
            self.stores.value = path if path in known else None

    def _take_entry(self, entry: str | None) -> None:
        if not entry:
            return
        if entry.startswith("="):
            name = entry[1:]
            self._on_store(self._opened[name], name)
        else:
            self._on_store(shown_path(self._folder / entry), entry)

    def _take_path(self, text: str) -> None:
        if text.strip():
            path = text.strip()
            self._on_store(path if "://" in path else shown_path(self._folder / Path(path).expanduser()), path)
