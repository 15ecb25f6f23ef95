"""How many levels there are, and how each is computed from the one before."""

from __future__ import annotations

import math

import ipywidgets

from omezarr_nb.core.pyramid.reduce import DESCRIPTIONS, METHODS
from omezarr_nb.display.words import bytes_text
from omezarr_nb.wizards.decide import ImageDecision
from omezarr_nb.wizards.form import ImageForm
from omezarr_nb.wizards.parts.part import Change, Part, set_choices
from omezarr_nb.wizards.preview import levels_html
from omezarr_nb.wizards.steps import Field, note

__all__ = ["LevelsPart"]

_FOR = {"mean": "pictures, intensities", "mode": "masks and labels", "nearest": "keeps values as they are"}


class LevelsPart(Part):
    """A choice of the number of levels, each with the shape of the smallest one."""

    def __init__(self, change: Change) -> None:
        super().__init__(change)
        self.levels = ipywidgets.RadioButtons(layout={"width": "auto"}, tooltip="How many levels")
        self._levels = Field(self.levels, name="levels")
        self.method = ipywidgets.Dropdown(
            options=[(f"{name} · {_FOR[name]}" if name in _FOR else name, name) for name in METHODS],
            description="made by",
            style={"description_width": "64px"},
            layout={"width": "320px", "max_width": "100%"},
        )
        self._method = Field(self.method, name="method")
        self.fields = [self._levels, self._method]
        hint = note(
            "Levels are smaller copies of the image, so that it can be seen as a whole without reading all of it."
        )
        self.preview = ipywidgets.HTML()
        self.body.children = (ipywidgets.HTML(hint), self._levels, self._method, self.preview)
        self.on(self.levels, "value", self._take_levels)
        self.on(self.method, "value", lambda value: self._change(method=value))

    def fill(self, form: ImageForm) -> None:
        """Show the method; the levels follow from the plan."""
        with self.filling():
            self.method.value = form.method

    def show(self, form: ImageForm, decision: ImageDecision) -> None:
        """Offer the levels that can be made."""
        super().show(form, decision)
        words = DESCRIPTIONS[self.method.value].replace("half to even", "rounded")
        self._method.say(note_=f"Each pixel is the {words}." if form.source else "")
        self.preview.value = _preview(form, decision)
        if not decision.shapes:
            if form.source is None:
                self._levels.say(note_="Choose a picture or an array first.")
            return
        self._levels.say(note_="")
        options = [
            (_words(count, shape, count == decision.suggested), count)
            for count, shape in enumerate(decision.shapes, start=1)
        ]
        chosen = min(form.levels or decision.suggested, len(options))
        with self.filling():
            set_choices(self.levels, options, chosen)

    def _take_levels(self, value: int | None) -> None:
        if value is not None:
            self._change(levels=value)


def _preview(form: ImageForm, decision: ImageDecision) -> str:
    """Return pictures of the levels that are planned, with the size of each."""
    plan = decision.plan
    if form.unseen:
        return note(form.unseen, "oz-trouble")
    if plan is None or form.look is None:
        return note("Looking at the pixels …" if plan is not None else "", role="status")
    names = [axis.name for axis in plan.axes]
    steps = [dict(zip(names, level.step, strict=True)) for level in plan.levels]
    sizes = [
        f"{index}: {level.shape[-1]} × {level.shape[-2]}, {bytes_text(math.prod(level.shape) * plan.dtype.itemsize)}"
        for index, level in enumerate(plan.levels)
    ]
    return levels_html(form.look, steps, sizes, plan.method, form.shown_colors)


def _words(count: int, shape: tuple[int, ...], suggested: bool) -> str:
    """Return "3 levels, down to 3 × 128 × 128 (suggested)"."""
    size = " × ".join(map(str, shape))
    many = f"1 level, {size} only" if count == 1 else f"{count} levels, down to {size}"
    return f"{many} (suggested)" if suggested else many
