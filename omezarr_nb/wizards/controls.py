"""Controls that standard widgets have not: axes that are dragged, wells that are clicked, colours with a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anywidget
import ipywidgets
import traitlets

from omezarr_nb.viewers.bundle import form_script

__all__ = ["AxisOrder", "ColorInput", "Gone", "WellMap"]


class _Control(anywidget.AnyWidget):
    """A control of the bundle "forms"; `kind` says which."""

    _esm = form_script()
    #: What it is called, as of all controls; the page has it in full.
    description = ""
    kind = traitlets.Unicode("").tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)


class Gone(_Control):
    """Words that stand there once the kernel has gone, and nothing before.

    Parameters
    ----------
    watched
        A widget of the form, whose connection is looked at.
    """

    description = "kernel"
    watched = traitlets.Instance(ipywidgets.Widget).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(self, watched: ipywidgets.Widget) -> None:
        super().__init__(kind="gone", watched=watched)


class AxisOrder(_Control):
    """Names of axes over the dimensions of an array: dragged or moved by the arrow keys, two change places.

    Attributes
    ----------
    names : list of str
        Of the axes, in the order of the array.
    lengths : list of int
        Of the dimensions.
    """

    description = "axes"
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    lengths = traitlets.List(traitlets.Int()).tag(sync=True)

    def __init__(self) -> None:
        super().__init__(kind="order")


class ColorInput(_Control):
    """A colour, chosen with the browser's own picker; the standard one has no name for readers of the screen.

    Parameters
    ----------
    name
        What is coloured: what the pointer and readers of the screen are told.
    value
        "#RRGGBB".
    """

    description = "colour"
    name = traitlets.Unicode("").tag(sync=True)
    value = traitlets.Unicode("#FFFFFF").tag(sync=True)

    def __init__(self, name: str, value: str) -> None:
        super().__init__(kind="color", name=name, value=value)


class WellMap(_Control):
    """The wells of a plate, each of which can be clicked.

    Parameters
    ----------
    on_well
        Called with the name of a well ("B3") when a person clicks it.

    Attributes
    ----------
    rows, columns : list of str
        Of the plate.
    counts : dict
        How many files a well has, by its name.
    put : list of str
        Names of the wells that files were put into by hand.
    chosen : int
        How many files a click puts into a well.
    """

    description = "wells"
    rows = traitlets.List(traitlets.Unicode()).tag(sync=True)
    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)
    counts = traitlets.Dict().tag(sync=True)
    put = traitlets.List(traitlets.Unicode()).tag(sync=True)
    chosen = traitlets.Int(0).tag(sync=True)

    def __init__(self, on_well: Callable[[str], object]) -> None:
        self._on_well = on_well
        super().__init__(kind="wells")
        self.on_msg(self._hear)

    def _hear(self, _: object, content: Any, __: object) -> None:
        row, column = (content.get(key) for key in ("row", "column")) if isinstance(content, dict) else (None, None)
        if not self.disabled and row in self.rows and column in self.columns:
            self._on_well(f"{row}{column}")
