"""The colours of labels: by id, by a property, or one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import ipywidgets

from omezarr_nb.core.image import LabelImage
from omezarr_nb.core.label_rows import LABEL_VALUE
from omezarr_nb.core.mending.label_colors import edit_label_colors
from omezarr_nb.display.html import Html, element, join
from omezarr_nb.display.words import count, elide
from omezarr_nb.errors import InvalidArgumentError, OMEZarrError
from omezarr_nb.wizards.controls import ColorInput
from omezarr_nb.wizards.parts.part import Change, Part, set_choices
from omezarr_nb.wizards.steps import Field, note, row
from omezarr_nb.wizards.troubles import Decision

__all__ = ["LabelColorsPart", "asked_colors"]

_LABEL = {"description_width": "96px"}
_WIDE = {"width": "340px", "max_width": "100%"}
_ENTRY = re.compile(r"(\d{1,20})\s*[:=]?\s+(\S+)|(\d{1,20})[:=](\S+)")
#: Swatches that are drawn.
_SWATCHES = 24
#: Properties that are offered.
_MOST = 200


class ColorsForm(Protocol):
    """What this part reads of a form."""

    @property
    def label_by(self) -> str:
        """What the colours follow from: "keep", "none", or "=" and the name of a property."""

    @property
    def label_colors(self) -> str:
        """Colours of single labels, as typed."""

    @property
    def image(self) -> Any:
        """The image, where it is one."""


class LabelColorsPart(Part):
    """What the colours of all labels follow from, and those of single ones."""

    def __init__(self, change: Change) -> None:
        super().__init__(change)
        self.by = ipywidgets.Dropdown(
            options=[("as they are", "keep")], description="colours", style=_LABEL, layout=_WIDE
        )
        self._by = Field(self.by, name="label_by")
        self.single = ipywidgets.Text(
            description="single labels", placeholder="3: FF8000, 7: blue", style=_LABEL, layout={"width": "100%"}
        )
        self._single = Field(self.single, name="label_colors")
        self.label = ipywidgets.Text(description="label", placeholder="3", style=_LABEL, layout={"width": "180px"})
        self.color = ColorInput("colour of the label", "#FF8000")
        self.give = ipywidgets.Button(description="Give it this colour", layout={"width": "auto"})
        self._picker = row(self.label, self.color, self.give)
        self._swatches = ipywidgets.HTML()
        self.fields = [self._by, self._single]
        self.body.children = (self._by, self._picker, self._single, self._swatches)
        self.on(self.by, "value", lambda value: self._change(label_by=value))
        self.on(self.single, "value", lambda value: self._change(typed=True, label_colors=value))
        self.give.on_click(lambda _: self._give())

    def fill(self, form: ColorsForm) -> None:
        """Offer the properties that the labels have."""
        labels = form.image if isinstance(form.image, LabelImage) else None
        names = _properties(labels) if labels is not None else []
        options = [("as they are", "keep"), ("none stored: each by its id", "none")]
        options += [(f"by {elide(name, 40)}", f"={name}") for name in names]
        with self.filling():
            set_choices(self.by, options, form.label_by)
            self.single.value = form.label_colors
        self.body.layout.display = None if labels is not None else "none"

    def show(self, form: ColorsForm, decision: Decision) -> None:
        """Show the colours as they will be."""
        super().show(form, decision)
        if not isinstance(form.image, LabelImage):
            return
        for widget in (self._picker, self._single):
            widget.layout.display = None if form.label_by == "keep" else "none"
        described = _described(form.image)
        try:
            asked = asked_colors(form)
            if asked is not None:
                edit_label_colors(described, asked)
        except OMEZarrError:  # it stands beside its field
            pass
        self._swatches.value = _swatches(described.get("colors") or [])

    def _give(self) -> None:
        label = self.label.value.strip()
        if label:
            before = self.single.value.strip().rstrip(",")
            self.single.value = f"{before}{', ' if before else ''}{label}: {self.color.value.lstrip('#').upper()}"


def asked_colors(form: ColorsForm) -> str | list[Any] | dict[int, str] | None:
    """Return what `omezarr_nb.edit_metadata` takes for what the form says; None for no change.

    Raises
    ------
    InvalidArgumentError
        When what was typed for single labels is not understood, in words.
    """
    if form.label_by == "none":
        return []
    if form.label_by.startswith("="):
        return form.label_by[1:]
    colors: dict[int, str] = {}
    for text in filter(None, (part.strip() for part in form.label_colors.split(","))):
        match = _ENTRY.fullmatch(text)
        if match is None:
            words = f"“{elide(text, 40)}” is not understood: write the label and its colour, such as 3: FF8000."
            raise InvalidArgumentError(words)
        label, color, packed, packed_color = match.groups()
        colors[int(label or packed)] = color or packed_color
    return colors or None


def _described(labels: LabelImage) -> dict[str, Any]:
    described = labels.metadata.image_label
    return described.to_json() if described is not None else {}


def _properties(labels: LabelImage) -> list[str]:
    described = labels.metadata.image_label
    entries: Sequence[Mapping[str, Any]] = described.properties if described is not None else ()
    return list(dict.fromkeys(name for entry in entries for name in entry if name != LABEL_VALUE))[:_MOST]


def _swatches(colors: Sequence[Mapping[str, Any]]) -> Html:
    """Return the first labels with their colours."""
    if not colors:
        return Html(note("No colours are stored: each label has one by its id."))
    cells = []
    for entry in colors[:_SWATCHES]:
        rgba = entry.get("rgba")
        if rgba is not None and len(rgba) == 4:
            style = f"background: rgb({', '.join(str(int(part)) for part in rgba[:3])})"
            swatch = element("i", class_="oz-swatch", style=style)
            cells.append(element("span", swatch, elide(entry.get(LABEL_VALUE), 20), class_="oz-named"))
    left = len(colors) - _SWATCHES
    words = note(f"and {count(left, 'label')} more") if left > 0 else None
    return join(element("div", *cells, class_="oz-swatches", role="group", aria_label="Colours of the labels"), words)
