"""Name, properties and colours of new labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ipywidgets

from omezarr_nb.display.words import count, elide
from omezarr_nb.wizards.labels_form import LabelsForm, tables_in
from omezarr_nb.wizards.parts.part import Change, Part, set_choices
from omezarr_nb.wizards.pictures import shown_path
from omezarr_nb.wizards.steps import Field
from omezarr_nb.wizards.troubles import Decision

__all__ = ["DescribePart"]

_LABEL = {"description_width": "104px"}
_WIDE = {"width": "340px", "max_width": "100%"}

#: Tables of a folder that are offered.
_MOST = 200


class DescribePart(Part):
    """Name, properties and colours.

    Parameters
    ----------
    change
        Called with what a person changes.
    variables
        Returns the variables of the notebook, whose DataFrames are offered.
    folder
        Whose CSV files are offered.
    """

    def __init__(self, change: Change, variables: Callable[[], Mapping[str, Any]], folder: Path) -> None:
        super().__init__(change)
        self._variables, self._folder = variables, folder
        self.name = ipywidgets.Text(description="name", style=_LABEL, layout=_WIDE)
        self._name = Field(self.name, name="name")
        self.replace = ipywidgets.Checkbox(indent=False, layout={"width": "auto"})
        self.tables = ipywidgets.Dropdown(options=[("none", "")], description="properties", style=_LABEL, layout=_WIDE)
        self.table = ipywidgets.Text(
            description="or path", placeholder="objects.csv", continuous_update=False, style=_LABEL,
            layout={"width": "100%"},
        )  # fmt: skip
        self._table = Field(self.table, name="table")
        self.color = ipywidgets.Dropdown(options=[("by id", "")], description="colours", style=_LABEL, layout=_WIDE)
        self._color = Field(self.color, name="color")
        self.fields = [self._name, self._table, self._color]
        self.body.children = (self._name, self.replace, self.tables, self._table, self._color)
        self.on(self.name, "value", lambda value: self._change(typed=True, name=value, replace=False))
        self.on(self.replace, "value", lambda value: self._change(replace=value))
        self.on(self.tables, "value", self._take_listed)
        self.on(self.table, "value", lambda value: self._change(table=value, table_name="", color=""))
        self.on(self.color, "value", lambda value: self._change(color=value))

    def fill(self, form: LabelsForm) -> None:
        """Show what the form says."""
        with self.filling():
            self.name.value = form.name
            self.replace.value = form.replace
            self.refresh()

    def refresh(self) -> None:
        """List the tables of the folder and of the notebook."""
        try:
            names = sorted(entry.name for entry in self._folder.iterdir() if entry.suffix.lower() == ".csv")
        except OSError:
            names = []
        options = [("none", ""), *((elide(name, 80), shown_path(self._folder / name)) for name in names[:_MOST])]
        options += [(f"{name} (in the notebook)", f"={name}") for name in tables_in(self._variables())]
        with self.filling():
            chosen = self.tables.value
            set_choices(self.tables, options, chosen if chosen in [value for _, value in options] else "")

    def show(self, form: LabelsForm, decision: Decision) -> None:
        """Offer the properties that a table has."""
        super().show(form, decision)
        self.replace.layout.display = None if form.taken else "none"
        self.replace.description = f"replace the labels {elide(form.name, 40)}"
        properties = form.properties()
        names = list(dict.fromkeys(name for entry in properties or () for name in entry if name != "label-value"))
        with self.filling():
            self.replace.value = form.replace
            options = [("by id", ""), *((f"by {elide(name, 40)}", name) for name in names)]
            set_choices(self.color, options, form.color if form.color in names else "")
            chosen = f"={form.table_name}" if form.table_name else form.table if isinstance(form.table, str) else None
            self.tables.value = chosen if chosen in [value for _, value in self.tables.options] else ""
            if isinstance(form.table, str):
                self.table.value = form.table
                self.table.placeholder = "objects.csv"
            else:
                self.table.value, self.table.placeholder = "", "a table of the notebook is taken"
        self._table.say(note_=f"{count(len(properties), 'object')} in the table" if properties else "")

    def _take_listed(self, value: str) -> None:
        name = value[1:] if value.startswith("=") else ""
        if not name:
            self._change(table=value, table_name="", color="")
        elif name in (tables := tables_in(self._variables())):
            self._change(table=tables[name], table_name=name, color="")
