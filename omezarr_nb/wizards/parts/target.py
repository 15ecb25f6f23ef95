"""Where the image is written, in which version, and what becomes of what is there."""

from __future__ import annotations

import ipywidgets

from omezarr_nb.display.words import elide
from omezarr_nb.wizards.decide import Decision
from omezarr_nb.wizards.form import ImageForm
from omezarr_nb.wizards.parts.part import Change, Part
from omezarr_nb.wizards.steps import Field, row

__all__ = ["TargetPart"]

_LABEL = {"description_width": "64px"}


class TargetPart(Part):
    """A path, what to do if something is there, and the version."""

    def __init__(self, change: Change) -> None:
        super().__init__(change)
        self.target = ipywidgets.Text(
            description="write to", placeholder="cells.ome.zarr", style=_LABEL, layout={"width": "100%"}
        )
        self._target = Field(self.target, name="target")
        self.other = ipywidgets.Button(description="Use another name", layout={"width": "auto"})
        self.replace = ipywidgets.Checkbox(description="replace it", indent=False, layout={"width": "auto"})
        self._taken = row(self.other, self.replace)
        self.version = ipywidgets.Dropdown(
            options=[("0.5, with Zarr 3 (current)", "0.5"), ("0.4, with Zarr 2 (for older programs)", "0.4")],
            description="version",
            style=_LABEL,
            layout={"width": "340px", "max_width": "100%"},
        )
        self.fields = [self._target]
        self.body.children = (self._target, self._taken, self.version)
        self._free = ""
        self.on(self.target, "value", lambda value: self._change(typed=True, target=value, replace=False))
        self.on(self.replace, "value", lambda value: self._change(replace=value))
        self.on(self.version, "value", lambda value: self._change(version=value))
        self.other.on_click(lambda _: self._take_other())

    def fill(self, form: ImageForm) -> None:
        """Show the target and the version."""
        with self.filling():
            self.target.value = form.target
            self.version.value = form.version
            self.replace.value = form.replace

    def offer(self, free: str) -> None:
        """Offer a name that is free."""
        self._free = free
        self.other.description = f"Use {elide(free.rpartition('/')[2], 60)}"
        self.other.tooltip = free

    def show(self, form: ImageForm, decision: Decision) -> None:
        """Offer another name, or to replace, where something is at the target."""
        super().show(form, decision)
        self._taken.layout.display = None if form.taken else "none"
        self.replace.layout.display = "none" if form.kept else None
        with self.filling():
            self.replace.value = form.replace

    def note(self, words: str) -> None:
        """Say something about the place that does not forbid it."""
        self._target.say(note_=words)

    def _take_other(self) -> None:
        self.target.value = self._free
