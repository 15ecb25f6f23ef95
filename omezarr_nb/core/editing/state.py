"""What an editor of labels tells those who follow it: what has changed, and how it stands with what was painted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from omezarr_nb.core.editing.layers import Cells

__all__ = ["Edited", "State"]


@dataclass(frozen=True, slots=True)
class Edited:
    """What has changed.

    Parameters
    ----------
    number
        Counts changes; an undo is one, too.
    kind
        The tool ("brush", "fill", ...), "undo", "redo" or "discard".
    pixels
        How many pixels of level 0 have changed.
    cells
        For each level the places of the squares of 256 by 256 pixels of a plane in which pixels have changed.
    """

    number: int
    kind: str
    pixels: int
    cells: Cells


@dataclass(frozen=True, slots=True)
class State:
    """How it stands with what was painted.

    Parameters
    ----------
    name
        "saved", "unsaved", "saving", or "failed" where the last attempt to save did not succeed.
    unsaved
        Number of strokes (and undos) that are not in the store.
    undo, redo
        Whether there is anything to undo, or to redo.
    recovered
        Number of strokes that a process which died had left, and that are painted again; 0 once they are saved.
    why
        In words, why it failed.
    """

    name: Literal["saved", "unsaved", "saving", "failed"]
    unsaved: int
    undo: bool
    redo: bool
    recovered: int
    why: str = ""
