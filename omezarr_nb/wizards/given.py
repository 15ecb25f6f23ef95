"""What a form is filled with from Python: only what it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from typing import Any

from omezarr_nb.errors import ArgumentTypeError

__all__ = ["check_given"]

#: What a wizard finds out by itself.
_FOUND = frozenset(
    {"source", "loaded", "whole", "look", "otsu", "seen", "unseen", "in_view", "taken", "kept", "measuring"}
)


def check_given(wizard: object, form: type, given: Mapping[str, Any]) -> None:
    """Check the keywords that a wizard fills its form with.

    Parameters
    ----------
    wizard
        Whose name the message begins with.
    form
        The dataclass of its form.
    given
        The keywords with their values, which are not looked at.

    Raises
    ------
    ArgumentTypeError
        When the form has no such field; the message names those that it has.
    """
    known = [entry.name for entry in fields(form) if entry.name not in _FOUND]
    unknown = [name for name in given if name not in known]
    if unknown:
        near = get_close_matches(unknown[0], known, 1)
        raise ArgumentTypeError(
            f"{type(wizard).__name__} has no keyword of this name.",
            found=", ".join(unknown),
            expected=", ".join(known),
            do=f"Did you mean {near[0]}?" if near else None,
        )
