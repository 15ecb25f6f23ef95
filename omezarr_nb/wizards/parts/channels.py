"""Names, colours and limits of channels, with a picture that follows."""

from __future__ import annotations

from collections.abc import Mapping

import ipywidgets

from omezarr_nb.core.metadata import default_channels
from omezarr_nb.display.html import element
from omezarr_nb.wizards.controls import ColorInput
from omezarr_nb.wizards.decide import ImageDecision
from omezarr_nb.wizards.form import ImageForm
from omezarr_nb.wizards.parts.part import Change, Part
from omezarr_nb.wizards.preview import MOST_CHANNELS, channels_html
from omezarr_nb.wizards.steps import Field, box, note, row

__all__ = ["ChannelsPart"]

_LABEL = {"description_width": "104px"}


class ChannelsPart(Part):
    """A row for each channel."""

    def __init__(self, change: Change) -> None:
        super().__init__(change)
        self._hint = ipywidgets.HTML()
        self.channels = ipywidgets.Text(
            description="channel names", placeholder="DAPI, GFP", style=_LABEL, layout={"width": "100%"}
        )
        self._names = Field(self.channels, name="channels")
        self._rows = box(name="oz-stack")
        self._limits = Field(self._rows, name="limits")
        self.preview = ipywidgets.HTML()
        self.colors: list[ColorInput] = []
        self.lows: list[ipywidgets.Text] = []
        self.highs: list[ipywidgets.Text] = []
        self._titles: list[ipywidgets.HTML] = []
        self.fields = [self._names, self._limits]
        self.body.children = (self._hint, self._names, self._limits, self.preview)
        self.on(self.channels, "value", lambda value: self._change(typed=True, channels=value))

    def fill(self, form: ImageForm) -> None:
        """Make a row for each channel."""
        with self.filling():
            self.channels.value = form.channels
            self._make(min(form.channel_count, MOST_CHANNELS))
            for index, color in enumerate(form.shown_colors[: len(self.colors)]):
                self.colors[index].value = f"#{color}"
                low, high = form.windows.get(index, ("", ""))
                self.lows[index].value, self.highs[index].value = low, high

    def show(self, form: ImageForm, decision: ImageDecision) -> None:
        """Show the channels that are there now, and how they look."""
        super().show(form, decision)
        count = form.channel_count
        if min(count, MOST_CHANNELS) != len(self.colors):
            self.fill(form)
        self._names.layout.display = None if "c" in form.axes else "none"
        labels = form.labels
        for index, title in enumerate(self._titles):
            name = labels[index] if index < len(labels) and labels[index] else f"channel {index}"
            title.value = element("span", name, class_="oz-channel")
            if form.look is not None and index < len(form.look.limits):
                low, high = form.look.limits[index]
                self.lows[index].placeholder, self.highs[index].placeholder = f"{low:g}", f"{high:g}"
        words = "One channel." if count == 1 else f"{count} channels."
        more = f" The first {MOST_CHANNELS} are shown here." if count > MOST_CHANNELS else ""
        limits = "Pixels are black at the first limit and in full colour at the second; empty ones suit the pixels."
        hint = f"{words}{more} {limits}"
        self._hint.value = note(hint if form.source else "Choose a picture or an array first.")
        if form.unseen:
            self.preview.value = note(form.unseen, "oz-trouble")
        elif form.look is None:
            self.preview.value = note("Looking at the pixels …" if form.source else "", role="status")
        else:
            self.preview.value = channels_html(form.look, form.shown_windows, form.shown_colors)

    def _make(self, count: int) -> None:
        if len(self.colors) == count:
            return
        self._titles = [ipywidgets.HTML(layout={"width": "72px"}) for _ in range(count)]
        self.colors = [
            ColorInput(f"colour of channel {index}", f"#{channel.color}")
            for index, channel in enumerate(default_channels(count))
        ]
        self.lows = [self._limit("from", "black", index) for index in range(count)]
        self.highs = [self._limit("to", "full colour", index) for index in range(count)]
        rows = zip(self._titles, self.colors, self.lows, self.highs, strict=True)
        self._rows.children = tuple(row(*widgets) for widgets in rows)
        for control in self.colors:
            self.on(control, "value", lambda _: self._change(colors=self._colors()))
        for control in (*self.lows, *self.highs):
            self.on(control, "value", lambda _: self._change(typed=True, windows=self._windows()))

    def _limit(self, words: str, what: str, index: int) -> ipywidgets.Text:
        return ipywidgets.Text(
            description=words,
            tooltip=f"shown {what}: channel {index}",
            style={"description_width": "32px"},
            layout={"width": "112px"},
        )

    def _colors(self) -> Mapping[int, str]:
        return {index: control.value.lstrip("#").upper() for index, control in enumerate(self.colors)}

    def _windows(self) -> Mapping[int, tuple[str, str]]:
        pairs = enumerate(zip(self.lows, self.highs, strict=True))
        return {index: (low.value, high.value) for index, (low, high) in pairs if low.value or high.value}
