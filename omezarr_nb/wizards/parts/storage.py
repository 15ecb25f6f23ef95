"""Chunks, shards and compression: by what the image is for, or by number."""

from __future__ import annotations

import ipywidgets

from omezarr_nb.core.pyramid.codecs import NAMES
from omezarr_nb.core.pyramid.presets import PURPOSES, Requests, count_requests
from omezarr_nb.display.html import Html, element, join
from omezarr_nb.display.words import bytes_text, count
from omezarr_nb.wizards.decide import ImageDecision
from omezarr_nb.wizards.form import ImageForm
from omezarr_nb.wizards.parts.part import Change, Part
from omezarr_nb.wizards.steps import Field, note

__all__ = ["StoragePart"]

_LABEL = {"description_width": "96px"}
_WIDE = {"width": "340px", "max_width": "100%"}
_BEST = "best"


class StoragePart(Part):
    """A choice of purposes, and what it leads to."""

    def __init__(self, change: Change) -> None:
        super().__init__(change)
        hint = note(
            "A chunk is the block that is read at once. A shard is a file of several chunks. What suits depends on "
            "what the image is for."
        )
        self.purpose = ipywidgets.RadioButtons(
            options=[("chosen by the image", ""), *((name, name) for name in PURPOSES)],
            tooltip="What the image is for",
            layout={"width": "auto"},
        )
        self._purpose = Field(self.purpose, name="purpose")
        self.chunks = ipywidgets.Text(description="chunks", style=_LABEL, layout=_WIDE)
        self._chunks = Field(self.chunks, name="chunks")
        self.shards = ipywidgets.Checkbox(
            description="put chunks together into shards", indent=False, layout={"width": "auto"}
        )
        self._shards = Field(self.shards, name="shards")
        self.compression = ipywidgets.Dropdown(
            options=[("suits the pixels", "auto"), *((name, name) for name in NAMES if name != "auto"),
                     ("blosc-zstd, as small as it gets", _BEST)],
            description="compression",
            style=_LABEL,
            layout=_WIDE,
        )  # fmt: skip
        self._compression = Field(self.compression, name="compression")
        self._requests = ipywidgets.HTML()
        self.fields = [self._chunks, self._shards, self._compression]
        self.body.children = (
            ipywidgets.HTML(hint),
            self._purpose,
            self._chunks,
            self._shards,
            self._compression,
            self._requests,
        )
        self.on(
            self.purpose, "value", lambda value: self._change(purpose=value, chunks="", shards=None, compression="")
        )
        self.on(self.chunks, "value", lambda value: self._change(typed=True, chunks=value))
        self.on(self.shards, "value", lambda value: self._change(shards=value))
        self.on(self.compression, "value", lambda value: self._change(compression=value))

    def _take_purpose(self, purpose: str) -> None:
        """Take a purpose: what was changed by hand before is forgotten."""
        self._change(purpose=purpose, chunks="", shards=None, compression="")

    def fill(self, form: ImageForm) -> None:
        """Show the purpose and what was changed of it."""
        with self.filling():
            self.purpose.value = form.purpose
            self.chunks.value = form.chunks

    def show(self, form: ImageForm, decision: ImageDecision) -> None:
        """Show what the purpose leads to."""
        super().show(form, decision)
        plan = decision.plan
        with self.filling():
            if not form.chunks:
                self.chunks.value = ""
            self.shards.disabled = form.version == "0.4"
            self.compression.value = form.compression or form.preset_compression
            if plan is not None:
                self.chunks.placeholder = ", ".join(map(str, plan.levels[0].chunks))
                self.shards.value = any(level.shards for level in plan.levels)
        words = PURPOSES.get(form.purpose, "blocks that suit the axes and the type of the pixels")  # type: ignore[call-overload] # of any text
        self._purpose.say(note_=f"{words[:1].upper()}{words[1:]}.")
        self._chunks.say(note_=f"along {', '.join(form.axes)}; empty for the ones that are suggested")
        self._shards.say(note_="Version 0.4 has no shards." if form.version == "0.4" else "")
        if plan is None:
            self._requests.value = ""
            return
        self._compression.say(note_=_ratio(decision, measuring=form.measuring))
        self._requests.value = _requests(count_requests(plan.levels, plan.axes))


def _ratio(decision: ImageDecision, *, measuring: bool) -> str:
    plan = decision.plan
    if plan is None or plan.sample is None or plan.stored_bytes is None:
        return "Measuring on a few chunks …" if measuring else ""
    stored = bytes_text(plan.stored_bytes)
    words = f"{plan.sample.ratio:.1f} times smaller, measured on {count(plan.sample.chunks, 'chunk')}"
    return f"About {stored} when stored: {words}."


def _requests(found: Requests) -> Html:
    parts = [
        ("files", found.files, "in all levels"),
        ("to show a window", found.screen, "requests, 1200 × 800 px at full size"),
        ("to show a plane", found.plane, "requests, at full size"),
    ]
    if found.column is not None:
        parts.append(("along z", found.column, "requests, for one pixel"))
    rows = [
        element(
            "tr",
            element("th", name, scope="row"),
            element("td", f"{value:,}".replace(",", "\u2009")),
            element("td", words),
        )
        for name, value, words in parts
    ]
    return element("table", join(*rows), class_="oz-facts", aria_label="Requests")
