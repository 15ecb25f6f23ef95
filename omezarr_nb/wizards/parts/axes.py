"""What each dimension of the array is."""

from __future__ import annotations

import ipywidgets

from omezarr_nb.wizards.controls import AxisOrder
from omezarr_nb.wizards.decide import ImageDecision
from omezarr_nb.wizards.form import ImageForm
from omezarr_nb.wizards.guess import AXIS_WORDS, reordered
from omezarr_nb.wizards.parts.part import Change, Part
from omezarr_nb.wizards.steps import Field, box, note

__all__ = ["AxesPart"]

_LABEL = {"description_width": "180px"}
_WIDE = {"width": "320px", "max_width": "100%"}
_OPTIONS = [(words, name) for name, words in AXIS_WORDS.items()]


class AxesPart(Part):
    """A choice for each dimension, and what to do about their order."""

    def __init__(self, change: Change) -> None:
        super().__init__(change)
        self.names: list[ipywidgets.Dropdown] = []
        self._hint = ipywidgets.HTML()
        self.drag = AxisOrder()
        self._axes = Field(box(name="oz-stack"), name="axes")
        self.reorder = ipywidgets.Checkbox(indent=False, layout={"width": "auto"})
        self._order = Field(self.reorder, name="order")
        self.fields = [self._axes, self._order]
        self.body.children = (self._hint, self.drag, self._axes, self._order)
        self.on(self.drag, "names", self._take_dragged)
        self.on(self.reorder, "value", lambda value: self._change(reorder=value))

    def fill(self, form: ImageForm) -> None:
        """Make a control for each dimension."""
        shape = form.source.shape if form.source else ()
        with self.filling():
            if len(self.names) != len(form.names) or any(
                _label(index, size) != control.description
                for index, (control, size) in enumerate(zip(self.names, shape, strict=True))
            ):
                self.names = [
                    ipywidgets.Dropdown(
                        options=_OPTIONS, value=name, description=_label(index, size), style=_LABEL, layout=_WIDE
                    )
                    for index, (name, size) in enumerate(zip(form.names, shape, strict=True))
                ]
                for control in self.names:
                    self.on(control, "value", lambda _: self._take_names())
                self._axes.children[0].children = tuple(self.names)
            for control, name in zip(self.names, form.names, strict=True):
                control.value = name
            self.drag.lengths = list(shape)
            self.reorder.value = form.reorder
        reason = form.source.guess.reason if form.source else ""
        self._hint.value = note(
            f"{reason[:1].upper()}{reason[1:]}. Drag an axis onto another dimension, or choose."
            if shape
            else "Choose a picture or an array first."
        )

    def show(self, form: ImageForm, decision: ImageDecision) -> None:
        """Offer to reorder where the order is another than OME-Zarr's."""
        super().show(form, decision)
        with self.filling():
            self.drag.names = list(form.names)
            for control, name in zip(self.names, form.names, strict=True):
                control.value = name
        self.drag.layout.display = None if len(form.names) > 1 else "none"
        wanted = reordered(form.names)
        self.reorder.description = f"put them in the order {''.join(wanted)}"
        once = len(set(form.names)) == len(form.names)  # an axis that is there twice is mended first
        self._order.layout.display = None if once and wanted != form.names else "none"
        if form.reorder:
            self._order.say(note_="OME-Zarr keeps axes in the order time, channel, space. The pixels stay the same.")
        else:
            self._order.say(note_="")

    def _take_dragged(self, names: list[str]) -> None:
        """Take names that have changed places; the page can say nothing else."""
        before = [control.value for control in self.names]
        if sorted(names) == sorted(before):
            self._change(names=tuple(names))
        else:
            with self.filling():
                self.drag.names = before

    def _take_names(self) -> None:
        self._change(names=tuple(control.value for control in self.names))


def _label(index: int, size: int) -> str:
    return f"dimension {index + 1}, {size} long"
