"""What the form of labels says. Pure, but for the table that is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from omezarr_nb.core.image import Image, LabelImage
from omezarr_nb.core.label_tables import properties_of
from omezarr_nb.errors import OMEZarrError
from omezarr_nb.wizards.form import parse_limit
from omezarr_nb.wizards.preview import Look
from omezarr_nb.wizards.store import Loaded

__all__ = ["ARRAY", "LabelsForm", "tables_in"]

#: How labels are found that are there already.
ARRAY = "array"

#: What people call the settings that are typed.
_SETTINGS = {"threshold": "Threshold", "smooth": "Smoothing", "smallest": "Smallest", "distance": "Distance"}

#: Pixels of smoothing and distance at most: what filters reach over has to fit in memory.
_FARTHEST = 200


@dataclass(frozen=True, slots=True, eq=False)
class LabelsForm:
    """What the form says.

    Parameters
    ----------
    loaded
        The image.
    how
        "array", "components", "watershed" or "threshold".
    array, array_name
        Labels of the notebook.
    channel
        That is segmented.
    threshold, smooth, smallest, distance
        As typed; an empty threshold is Otsu's, which is `otsu`.
    name
        Of the labels.
    table
        Path of a CSV file with properties, or a table of the notebook.
    table_name
        Of that table, where it is a variable.
    color
        The property that colours are by; "" for colours by id.
    look
        A part of the pixels, once it has been read.
    unseen
        Why it cannot be read, in words; "" where it can be, or nobody has tried.
    in_view
        Whether that part is what a view shows.
    replace
        Whether labels of the name may be replaced.
    """

    loaded: Loaded | None = None
    how: str = "components"
    array: Any = None
    array_name: str = ""
    channel: int = 0
    threshold: str = ""
    smooth: str = "1"
    smallest: str = "20"
    distance: str = "5"
    otsu: float | None = None
    name: str = "objects"
    table: Any = ""
    table_name: str = ""
    color: str = ""
    look: Look | None = None
    unseen: str = ""
    in_view: bool = False
    replace: bool = False

    @property
    def image(self) -> Image | None:
        """The image, where it is one that can have labels."""
        opened = self.loaded.opened if self.loaded is not None else None
        return opened if isinstance(opened, Image) and not isinstance(opened, LabelImage) else None

    @property
    def taken(self) -> bool:
        """Whether the image has labels of this name."""
        return self.image is not None and self.name.strip() in self.image.labels

    def numbers(self) -> dict[str, float | None] | str:
        """Return the settings of the segmentation, or what is wrong with them, in words."""
        found: dict[str, float | None] = {}
        for name, words in _SETTINGS.items():
            value = parse_limit(getattr(self, name))
            if isinstance(value, str):
                return f"{words}: {value}"
            if value is not None and name != "threshold":
                most = None if name == "smallest" else _FARTHEST
                if value < 0 or (most is not None and value > most):
                    return f"{words}: a number of pixels, {'0 or more' if most is None else f'0 to {most}'}."
                if name != "smooth" and value != int(value):
                    return f"{words}: a whole number of pixels."
            found[name] = value if value is not None or name == "threshold" else 0.0
        return found

    def described(self) -> list[dict[str, Any]]:
        """Return the properties of the table, [] without one.

        Raises
        ------
        OMEZarrError
            When it cannot be read, or is no table of labels.
        """
        return properties_of(self.table) if not isinstance(self.table, str) or self.table.strip() else []

    def properties(self) -> list[dict[str, Any]] | None:
        """Return the properties of the table, or None where it cannot be read: the plan says why."""
        try:
            return self.described()
        except OMEZarrError:
            return None


def tables_in(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return the DataFrames among the variables of a notebook, told by their class."""
    return {
        name: value
        for name, value in list(namespace.items())
        if name.isidentifier()
        and name[0] != "_"
        and (type(value).__module__.partition(".")[0], type(value).__name__) == ("pandas", "DataFrame")
    }
