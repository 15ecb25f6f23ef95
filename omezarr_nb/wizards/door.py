"""`omezarr_nb.wizard()`: the front door of all wizards."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import ipywidgets

from omezarr_nb.display.html import stylesheet
from omezarr_nb.wizards.steps import box, note
from omezarr_nb.wizards.style import ROOT, SHEET

__all__ = ["FrontDoor", "wizard"]

#: What a person may want, the words below it, and the wizard that does it.
_WAYS = (
    ("Make an image", "of a picture, a stack of files or an array of this notebook", "image:ImageWizard"),
    ("Make labels", "of an image: from an array, by threshold, watershed or connected regions", "labels:LabelsWizard"),
    ("Make a plate", "of a folder of files, well by well", "plate:PlateWizard"),
    ("Convert", "an image or a plate to another version, or to other chunks", "convert:ConvertWizard"),
    ("Repair", "what validation finds wrong in an image or a plate", "repair:RepairWizard"),
    ("Edit metadata", "names, pixel sizes, units, channels", "metadata:MetadataEditor"),
)


class FrontDoor(ipywidgets.VBox):  # type: ignore[misc] # ipywidgets has no types
    """A button for each wizard, and the one that was chosen below them.

    Attributes
    ----------
    chosen
        The wizard, or None.
    """

    def __init__(self) -> None:
        self.chosen: Any = None
        self.buttons = {
            title: ipywidgets.Button(description=title, tooltip=f"{title}: {words}", layout={"width": "148px"})
            for title, words, _ in _WAYS
        }
        rows = [
            box(self.buttons[title], ipywidgets.HTML(note(words)), name="oz-way", kind=ipywidgets.HBox)
            for title, words, _ in _WAYS
        ]
        for title, _, path in _WAYS:
            self.buttons[title].on_click(lambda _, title=title, path=path: self.show_wizard(title, path))
        head = ipywidgets.HTML(note("What do you want to do?", "oz-head", role="heading", aria_level="3"))
        sheet = ipywidgets.HTML(stylesheet(SHEET))
        sheet.add_class("oz-sheet")
        self._door = box(sheet, head, *rows, name="oz-door")
        self._door.add_class(ROOT)
        self._room = ipywidgets.VBox()
        super().__init__([self._door, self._room])

    def show_wizard(self, title: str, path: str) -> None:
        """Show a wizard in place of the one that was there, which is closed."""
        module, name = path.split(":")
        if self.chosen is not None:
            self.chosen.close()
        self.chosen = getattr(import_module(f"omezarr_nb.wizards.{module}"), name)()
        self._room.children = (self.chosen,)
        for other, button in self.buttons.items():
            button.button_style = "primary" if other == title else ""


def wizard() -> FrontDoor:
    """Return the front door of all wizards, which asks what you want to do.

    Returns
    -------
    FrontDoor
        A widget, whose ``chosen`` is the wizard that was chosen.

    Examples
    --------
    >>> import omezarr_nb
    >>> form = omezarr_nb.wizard()  # as the last line of a cell without a name, it shows itself
    """
    return FrontDoor()
