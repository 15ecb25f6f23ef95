"""`MetadataEditor`: names, pixel sizes, units and channels of what is there, in a form, with a diff before saving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ipywidgets

from omezarr_nb.core.image import Image, LabelImage
from omezarr_nb.core.mending.edit import edited
from omezarr_nb.core.mending.plan import MetadataPlan
from omezarr_nb.core.units import unit_symbol
from omezarr_nb.display.words import count, elide
from omezarr_nb.errors import OMEZarrError
from omezarr_nb.wizards.controls import ColorInput
from omezarr_nb.wizards.form import parse_limit, parse_size
from omezarr_nb.wizards.given import check_given
from omezarr_nb.wizards.parts.label_colors import LabelColorsPart, asked_colors
from omezarr_nb.wizards.parts.part import Change, Part
from omezarr_nb.wizards.steps import Field, Step, box, note, row, unlabelled
from omezarr_nb.wizards.store import Loaded, StoreWizard
from omezarr_nb.wizards.troubles import Decision, Trouble
from omezarr_nb.wizards.verdict import verdict

__all__ = ["MetadataEditor", "MetadataForm"]

_LABEL = {"description_width": "96px"}
_CHANNEL = {"description_width": "72px"}
_SPACE = ("nanometer", "micrometer", "millimeter", "centimeter", "meter", "angstrom")
_TIME = ("millisecond", "second", "minute", "hour")
_MOST_CHANNELS = 32
_NAMES = ("t", "c", "z", "y", "x")


@dataclass(frozen=True, slots=True, eq=False)
class MetadataForm:
    """What the form says; everything as typed, and only what was changed is changed.

    Parameters
    ----------
    loaded
        The store.
    name
        Of the image or the plate.
    axes, sizes, units
        By the name that an axis has now.
    labels, colors, windows
        By the index of a channel.
    label_by
        What the colours of labels follow from: "keep" for those that are there, "none" for the ids, or "=" and the name
        of a property.
    label_colors
        Colours of single labels, as typed: "3: FF8000, 7: blue".
    """

    loaded: Loaded | None = None
    name: str | None = None
    axes: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[int, str] = field(default_factory=dict)
    colors: Mapping[int, str] = field(default_factory=dict)
    windows: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    label_by: str = "keep"
    label_colors: str = ""

    @property
    def image(self) -> Image | None:
        """The image, where it is one."""
        opened = self.loaded.opened if self.loaded is not None else None
        return opened if isinstance(opened, Image) else None


class EditPart(Part):
    """Controls for all that can be changed, filled with what is there."""

    def __init__(self, change: Change) -> None:
        super().__init__(change)
        self.name = ipywidgets.Text(description="name", style=_LABEL, layout={"width": "100%"})
        self._name = Field(self.name, name="name")
        self._rows = box(name="oz-stack")
        self._axes = Field(self._rows, name="axes")
        self._channel_rows = box(name="oz-stack")
        self._channels = Field(self._channel_rows, name="channels")
        self._hint = ipywidgets.HTML()
        self.axes: dict[str, ipywidgets.Dropdown] = {}
        self.sizes: dict[str, ipywidgets.Text] = {}
        self.units: dict[str, ipywidgets.Dropdown] = {}
        self.labels: list[ipywidgets.Text] = []
        self.colors: list[ColorInput] = []
        self.windows: list[tuple[ipywidgets.Text, ipywidgets.Text]] = []
        self.fields = [self._name, self._axes, self._channels]
        self.body.children = (self._hint, self._name, self._axes, self._channels)
        self.on(self.name, "value", lambda value: self._change(typed=True, name=value))

    def fill(self, form: MetadataForm) -> None:
        """Make a row for each axis and each channel."""
        image = form.image
        with self.filling():
            self.name.value = form.name if form.name is not None else str(getattr(_opened(form), "name", "") or "")
            self._fill_axes(image)
            self._fill_channels(image)
        self._hint.value = note("" if form.loaded is not None else "Choose an image or a plate first.")

    def _fill_axes(self, image: Image | None) -> None:
        self.axes, self.sizes, self.units = {}, {}, {}
        rows = []
        for axis, size in zip(image.axes, image.levels[0].scale, strict=True) if image is not None else ():
            names = list(dict.fromkeys([axis.name, *_NAMES]))
            self.axes[axis.name] = ipywidgets.Dropdown(
                options=names,
                value=axis.name,
                description=f"axis {elide(axis.name, 8)}",
                style={"description_width": "48px"},
                layout={"width": "108px"},
            )
            controls = [self.axes[axis.name]]
            if axis.type != "channel":
                self.sizes[axis.name] = ipywidgets.Text(
                    value=f"{size:.15g}", description="size", tooltip=f"pixel size along {elide(axis.name, 8)}",
                    style={"description_width": "32px"}, layout={"width": "108px"},
                )  # fmt: skip
                unit = ipywidgets.Dropdown(
                    options=_units(axis.unit, time=axis.type == "time"), value=axis.unit or "",
                    description=f"unit along {elide(axis.name, 8)}", layout={"width": "72px"},
                )  # fmt: skip
                self.units[axis.name] = unlabelled(unit)
                controls += [self.sizes[axis.name], self.units[axis.name]]
            rows.append(row(*controls))
        self._rows.children = tuple(rows)
        for kind in ("axes", "sizes", "units"):
            for control in getattr(self, kind).values():
                self.on(control, "value", lambda _, kind=kind: self._tell(kind))  # type: ignore[misc] # of a lambda

    def _fill_channels(self, image: Image | None) -> None:
        stored = image.channels if image is not None and image.metadata.omero is not None else ()
        self.labels, self.colors, self.windows = [], [], []
        rows = []
        for index, channel in enumerate(stored[:_MOST_CHANNELS]):
            window = channel.window
            self.labels.append(
                ipywidgets.Text(
                    value=channel.label,
                    description=f"channel {index}",
                    style={"description_width": "72px"},
                    layout={"width": "156px"},
                )
            )
            self.colors.append(ColorInput(f"colour of channel {index}", f"#{channel.color or 'FFFFFF'}"))
            low, high = ("", "") if window is None else (f"{window.start:g}", f"{window.end:g}")
            self.windows.append((_limit("from", low, index), _limit("to", high, index)))
            rows.append(row(self.labels[-1], self.colors[-1], *self.windows[-1]))
        self._channel_rows.children = tuple(rows)
        for control in (*self.labels, *self.colors, *(one for pair in self.windows for one in pair)):
            self.on(control, "value", lambda _: self._tell("channels"))

    def _tell(self, kind: str) -> None:
        if kind == "channels":
            self._change(
                typed=True,
                labels={index: control.value for index, control in enumerate(self.labels)},
                colors={index: control.value.lstrip("#").upper() for index, control in enumerate(self.colors)},
                windows={index: (low.value, high.value) for index, (low, high) in enumerate(self.windows)},
            )
        else:
            self._change(typed=True, **{kind: {name: control.value for name, control in getattr(self, kind).items()}})


class MetadataEditor(StoreWizard):
    """A form that changes the metadata of an image or a plate: name, axes, pixel sizes, units, channels.

    Nothing but metadata is touched, and the change is shown as a diff before it is saved.

    Parameters
    ----------
    source
        A path, a URL, or what `omezarr_nb.open` returned. None lets the person choose.
    namespace
        The variables that are offered; those of the notebook by default.
    folder
        Whose stores are listed; the kernel's by default.
    **form
        What the form says at first, by the names of `MetadataForm`: ``name``, ``sizes``, ``units``, ...

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> image = omezarr_nb.write_image(np.eye(64, dtype="uint8"), "cells.ome.zarr")
    >>> editor = omezarr_nb.MetadataEditor("cells.ome.zarr", sizes={"y": "0.65", "x": "0.65"})
    >>> print(editor.plan.diff())  # doctest: +SKIP
    """

    nothing = "Nothing yet: choose what is to be edited."

    def __init__(
        self,
        source: Any = None,
        *,
        namespace: Mapping[str, Any] | None = None,
        folder: str | Path | None = None,
        **form: Any,
    ) -> None:
        check_given(self, MetadataForm, form)
        self._choose_from(namespace, folder)
        self._given = form
        self._edit, self._colors = EditPart(self._changed), LabelColorsPart(self._changed)
        steps = [
            Step("Image", "What is to be edited?", self._store.body, frozenset({"source"})),
            Step(
                "Edit",
                "What is it called, and how large?",
                box(self._edit.body, self._colors.body, name="oz-stack"),
                frozenset({"name", "axes", "channels", "label_by", "label_colors"}),
            ),
        ]
        super().__init__(MetadataForm(), Decision(), (self._store, self._edit, self._colors), steps)
        self._preset(source)

    def _first(self, loaded: Loaded) -> MetadataForm:
        return MetadataForm(loaded, **self._given)

    def _follow(self, form: MetadataForm) -> Decision:
        return Decision() if form.loaded is None else follow(form)

    def _act_words(self, plan: MetadataPlan) -> tuple[str, str]:
        if not plan.changed:
            return "Nothing to save yet", "Nothing is changed yet"
        words = f"Save {count(len(plan.changed), 'document')} of"
        return f"{words} {elide(self._form.loaded.name, 60)}", f"{words} {plan.name}"

    def _done_words(self, result: Any) -> str:
        return f"Saved: {result.where}. {verdict(result)}"


def follow(form: MetadataForm) -> Decision:
    """Return what follows from a form: what is typed otherwise than it is there is changed."""
    assert form.loaded is not None
    given: dict[str, Any] = {}
    troubles: list[Trouble] = []
    name = getattr(_opened(form), "name", None)
    if form.name is not None and form.name != (name or ""):
        given["name"] = form.name
    if form.image is not None:
        given |= _axes(form, form.image, troubles)
        channels = _channels(form, form.image, troubles)
        if channels:
            given["channels"] = channels
    if isinstance(form.image, LabelImage):
        try:
            colors = asked_colors(form)
        except OMEZarrError as error:
            troubles.append(Trouble("label_colors", error.what))
        else:
            given |= {} if colors is None else {"label_colors": colors}
    if troubles:
        return Decision(troubles=tuple(troubles))
    try:
        plan = edited(form.loaded.documents, form.loaded.where, given)
    except OMEZarrError as error:
        place = str(error.where or "")
        where = ("label_by" if form.label_by != "keep" else "label_colors") if place.startswith("label_") else "axes"
        return Decision(troubles=(Trouble(where, f"{error.what} {error.do or ''}".strip()),))
    new = {(problem.rule, problem.place) for problem in plan.before}
    worse = [p for p in plan.after if p.severity == "error" and (p.rule, p.place) not in new]
    troubles += [Trouble("axes", problem.message) for problem in worse[:3]]
    if not plan.changed:
        troubles.append(Trouble("nothing", "Nothing is changed yet."))
    return Decision(plan, tuple(troubles), plan.to_code())


def _axes(form: MetadataForm, image: Image, troubles: list[Trouble]) -> dict[str, Any]:
    names = {old: new for old, new in form.axes.items() if new != old}
    scale, units = {}, {}
    for axis, size in zip(image.axes, image.levels[0].scale, strict=True):
        now = names.get(axis.name, axis.name)
        text = form.sizes.get(axis.name)
        value = parse_size(text) if text is not None and text != f"{size:.15g}" else None
        if isinstance(value, str):
            troubles.append(Trouble("axes", f"{axis.name}: {value}"))
        elif value is not None:
            scale[now] = value
        unit = form.units.get(axis.name)
        if unit is not None and unit != (axis.unit or ""):
            units[now] = unit or None
    given = {"axes": names, "scale": scale, "units": units}
    return {key: value for key, value in given.items() if value}


def _channels(form: MetadataForm, image: Image, troubles: list[Trouble]) -> dict[int, dict[str, Any]]:
    changes: dict[int, dict[str, Any]] = {}
    for index, channel in enumerate(image.channels[:_MOST_CHANNELS]):
        change: dict[str, Any] = {}
        if form.labels.get(index, channel.label) != channel.label:
            change["label"] = form.labels[index]
        if form.colors.get(index, channel.color or "FFFFFF") != (channel.color or "FFFFFF").upper():
            change["color"] = form.colors[index]
        window = channel.window
        before = (
            {"start": "", "end": ""} if window is None else {"start": f"{window.start:g}", "end": f"{window.end:g}"}
        )
        for key, text in zip(before, form.windows.get(index, tuple(before.values())), strict=True):
            value = parse_limit(text) if text != before[key] else None
            if isinstance(value, str):
                troubles.append(Trouble("channels", f"{channel.label}: {value}"))
            elif value is not None:
                change.setdefault("window", {})[key] = value
        if change:
            changes[index] = change
    return changes


def _opened(form: MetadataForm) -> Any:
    return form.loaded.opened if form.loaded is not None else None


def _units(unit: str | None, *, time: bool) -> list[tuple[str, str]]:
    known = list(_TIME if time else _SPACE)
    own = [unit] if unit and unit not in known else []
    return [*((elide(unit_symbol(name), 16), name) for name in (*known, *own)), ("no unit", "")]


def _limit(words: str, value: str, index: int) -> ipywidgets.Text:
    return ipywidgets.Text(
        value=value, description=words, tooltip=f"shown {words}: channel {index}",
        style={"description_width": "36px"}, layout={"width": "98px"},
    )  # fmt: skip
