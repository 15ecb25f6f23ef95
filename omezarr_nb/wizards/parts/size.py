"""The size of a pixel along each axis, with its unit."""

from __future__ import annotations

from collections.abc import Mapping

import ipywidgets

from omezarr_nb.core.units import unit_symbol
from omezarr_nb.wizards.decide import ImageDecision
from omezarr_nb.wizards.form import ImageForm, split_size
from omezarr_nb.wizards.parts.part import Change, Part
from omezarr_nb.wizards.steps import Field, note, unlabelled

__all__ = ["SizePart"]

_SPACE = ("nanometer", "micrometer", "millimeter", "centimeter", "meter", "angstrom")
_TIME = ("millisecond", "second", "minute", "hour")
_NAMES = {"t": "time between frames", "z": "distance of planes (z)", "y": "pixel size y", "x": "pixel size x"}
_LABEL = {"description_width": "156px"}


class SizePart(Part):
    """A number and a unit for each axis but channels."""

    def __init__(self, change: Change) -> None:
        super().__init__(change)
        self.sizes: dict[str, ipywidgets.Text] = {}
        self.units: dict[str, ipywidgets.Dropdown] = {}
        self._hint = ipywidgets.HTML()
        self._rows: dict[str, Field] = {}
        self._general = Field(ipywidgets.HTML(), name="size")
        self.together = ipywidgets.Checkbox(
            description="x has the pixel size of y", indent=False, layout={"width": "auto"}
        )
        for name in _NAMES:
            self._add(name)
        self.fields = [*self._rows.values(), self._general]
        order = [self._rows["t"], self._rows["z"], self._rows["y"], self.together, self._rows["x"]]
        self.body.children = (self._hint, *order, self._general)
        self.on(self.together, "value", lambda value: self._change(together=value))

    def fill(self, form: ImageForm) -> None:
        """Show the sizes and units of the form."""
        with self.filling():
            for name in _NAMES:
                self.sizes[name].value = form.sizes.get(name, "")
                self._choose(name, form.units.get(name) or "")
            self.together.value = form.together

    def show(self, form: ImageForm, decision: ImageDecision) -> None:
        """Show the axes that are there, and where their sizes come from."""
        super().show(form, decision)
        both = {"y", "x"} <= set(form.axes)
        self.together.layout.display = None if both else "none"
        for name, field in self._rows.items():
            shown = name in form.axes and not (name == "x" and form.together and both)
            field.layout.display = None if shown else "none"
            with self.filling():  # one that was typed after a number
                self._choose(name, form.size(name)[1])
        self.sizes["y"].description = "pixel size y and x" if form.together and both else _NAMES["y"]
        empty = [name for name in form.measured if not form.size(name)[0]]
        if form.source is None:
            self._hint.value = note("Choose a picture or an array first.")
            return
        reason = form.source.says.reason
        words = f"{reason[:1].upper()}{reason[1:]}".rstrip(".") + ". " if reason else ""
        self._hint.value = note(
            words
            + (
                "Leave empty what you do not know: such an axis is counted in pixels."
                if empty
                else "Change what is wrong."
            )
        )

    def _add(self, name: str) -> None:
        size = ipywidgets.Text(
            description=_NAMES[name], placeholder="not known", style=_LABEL, layout={"width": "252px"}
        )
        unit = unlabelled(
            ipywidgets.Dropdown(options=_units(name), layout={"width": "80px"}, description=f"unit of {name}")
        )
        self.sizes[name], self.units[name] = size, unit
        self._rows[name] = Field(size, unit, name=f"size:{name}")
        self.on(size, "value", lambda _: self._change(typed=True, sizes=_values(self.sizes)))
        self.on(unit, "value", lambda _: self._take_unit(name))

    def _take_unit(self, name: str) -> None:
        """Take a unit that was chosen in place of one that was typed after the number."""
        with self.filling():
            self.sizes[name].value = split_size(self.sizes[name].value, name)[0]
        self._change(sizes=_values(self.sizes), units=_values(self.units))

    def _choose(self, name: str, unit: str) -> None:
        """Choose a unit, offering one that the file names and the list has not."""
        options = _units(name)
        if unit not in [value for _, value in options]:
            options = [*options, (unit_symbol(unit), unit)]
        if tuple(self.units[name].options) != tuple(options):
            self.units[name].options = options
        self.units[name].value = unit


def _units(name: str) -> list[tuple[str, str]]:
    return [*((unit_symbol(unit), unit) for unit in (_TIME if name == "t" else _SPACE)), ("no unit", "")]


def _values(controls: Mapping[str, ipywidgets.Widget]) -> dict[str, str]:
    """Return what all controls say: what another one was told just now may not have come to the form yet."""
    return {name: control.value for name, control in controls.items()}
