"""Where the objects of new labels come from, with a picture that follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets
import numpy as np

from omezarr_nb.core.axes import axis_names
from omezarr_nb.core.image import Image
from omezarr_nb.core.segmenting import HOW, segment_pixels
from omezarr_nb.display.html import element, join
from omezarr_nb.display.png import data_uri, encode_png
from omezarr_nb.display.words import count, elide
from omezarr_nb.wizards.labels_form import ARRAY, LabelsForm
from omezarr_nb.wizards.parts.part import Change, Part, set_choices
from omezarr_nb.wizards.sources import arrays_in
from omezarr_nb.wizards.steps import Field, note, row
from omezarr_nb.wizards.troubles import Decision

__all__ = ["ObjectsPart"]

_LABEL = {"description_width": "104px"}
_WIDE = {"width": "340px", "max_width": "100%"}
_DEEP = " This is one plane; objects go on from plane to plane."


class ObjectsPart(Part):
    """Where the objects come from, with a picture that follows."""

    def __init__(self, change: Change, variables: Callable[[], Mapping[str, Any]]) -> None:
        super().__init__(change)
        self._variables = variables
        self.how = ipywidgets.Dropdown(
            options=[
                ("connected regions", "components"),
                ("regions parted at waists (watershed)", "watershed"),
                ("all that is bright (threshold)", "threshold"),
                ("an array of the notebook", ARRAY),
            ],
            description="objects are",
            style=_LABEL,
            layout={"width": "400px", "max_width": "100%"},
        )
        self._how = Field(self.how, name="how")
        self.arrays = ipywidgets.Dropdown(options=[], description="array", style=_LABEL, layout=_WIDE)
        self._array = Field(self.arrays, name="array")
        self.channel = ipywidgets.Dropdown(
            options=[("channel 0", 0)], description="channel", style=_LABEL, layout=_WIDE
        )
        texts = {
            "threshold": ("threshold", "pixel value above which a pixel is bright; empty for Otsu's"),
            "smooth": ("smoothing", "pixels; 0 for none"),
            "smallest": ("smallest", "pixels; smaller objects are left out"),
            "distance": ("distance", "pixels between two centres, at least"),
        }
        self.texts = {
            name: ipywidgets.Text(description=words, tooltip=hint, style=_LABEL, layout={"width": "204px"})
            for name, (words, hint) in texts.items()
        }
        self._numbers = Field(row(*self.texts.values()), name="numbers")
        self.preview = ipywidgets.HTML()
        self.fields = [self._array, self._numbers]
        self.body.children = (self._how, self._array, self.channel, self._numbers, self.preview)
        self.on(self.how, "value", lambda value: self._change(how=value))
        self.on(self.arrays, "value", self._take_array)
        self.on(self.channel, "value", lambda value: self._change(channel=value))
        for name, control in self.texts.items():
            self.on(control, "value", lambda value, name=name: self._change(typed=True, **{name: value}))  # type: ignore[misc] # of a lambda

    def fill(self, form: LabelsForm) -> None:
        """Show what the form says."""
        channels = form.image.channels if form.image is not None else ()
        names = [(elide(channel.label, 40) or f"channel {index}", index) for index, channel in enumerate(channels)]
        with self.filling():
            self.how.value = form.how
            set_choices(self.channel, names or [("channel 0", 0)], form.channel)
            for name, control in self.texts.items():
                control.value = getattr(form, name)
            self._list(form.array_name)

    def refresh(self) -> None:
        """List the arrays of the notebook."""
        with self.filling():
            self._list(str(self.arrays.value or ""))

    def show(self, form: LabelsForm, decision: Decision) -> None:
        """Show the controls of the way that is chosen, and how it looks."""
        super().show(form, decision)
        array = form.how == ARRAY
        words = HOW.get(form.how, "whole numbers, 0 where there is none")
        self._how.say(note_=f"{words[:1].upper()}{words[1:]}.")
        self._array.layout.display = None if array else "none"
        for widget in (self.channel, self._numbers):
            widget.layout.display = "none" if array else None
        self.texts["distance"].layout.display = None if form.how == "watershed" else "none"
        self.texts["threshold"].placeholder = "" if form.otsu is None else f"{form.otsu:g}"
        self._numbers.say(note_="Sizes are in pixels. The threshold is a pixel value; an empty one is Otsu's.")
        if form.image is None:
            self.preview.value = note("Choose an image first.")
        elif array:
            self.preview.value = ""
        else:
            self.preview.value = _preview(form)

    def _list(self, chosen: str) -> None:
        names = [
            name
            for name, value in arrays_in(self._variables()).items()
            if not isinstance(value, Image) and np.dtype(value.dtype).kind in "iub"
        ]
        set_choices(self.arrays, [("choose", ""), *((name, name) for name in names)], chosen if chosen in names else "")

    def _take_array(self, name: str) -> None:
        value = self._variables().get(name) if name else None
        self._change(array=value, array_name=name or "")


def _preview(form: LabelsForm) -> str:
    """Return the part that was read with the outlines of what would be found there."""
    if form.unseen:
        return note(form.unseen, "oz-trouble")
    numbers = form.numbers()
    if form.look is None or form.otsu is None or isinstance(numbers, str):
        return note("Looking at the pixels …" if form.look is None else "", role="status")
    index = min(form.channel, len(form.look.planes) - 1)
    plane, (low, high) = form.look.planes[index], form.look.limits[index]
    threshold = numbers["threshold"] if numbers["threshold"] is not None else form.otsu
    labels = segment_pixels(
        plane, form.how, threshold, smooth=float(numbers["smooth"] or 0), smallest=int(numbers["smallest"] or 0),  # type: ignore[arg-type] # one of its names
        distance=int(numbers["distance"] or 0),
    )  # fmt: skip
    edges = np.zeros(labels.shape, bool)
    edges[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    edges[1:] |= labels[1:] != labels[:-1]
    grey = np.clip((plane.astype("float32") - low) / max(high - low, 1e-9) * 255, 0, 255).astype("uint8")
    picture = np.stack([grey] * 3, axis=-1)
    picture[edges] = (255, 200, 0)
    where = "what the view shows" if form.in_view else "the middle of the image"
    deep = form.image is not None and "z" in axis_names(form.image.axes)
    found = int(len(np.unique(labels)) - (labels == 0).any())
    shown = element("img", src=data_uri(encode_png(picture)), alt="preview of the objects", class_="oz-preview")
    words = f"{count(found, 'object')} in {where}, threshold {threshold:g}."
    return join(shown, note(f"{words}{_DEEP if deep else ''}"))
