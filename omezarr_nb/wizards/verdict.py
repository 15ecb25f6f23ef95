"""What validation says of a thing that was just made, in a sentence."""

from __future__ import annotations

from typing import Any

from omezarr_nb.core.validate import validate
from omezarr_nb.display.words import count
from omezarr_nb.errors import OMEZarrError

__all__ = ["verdict"]


def verdict(opened: Any) -> str:
    """Return whether what was opened is valid, in a sentence."""
    try:
        report = validate(opened.location)
    except OMEZarrError as error:
        return f"It could not be validated: {error.what}"
    if report.is_valid:
        words = f", with {count(len(report.warnings), 'hint')} that omezarr_nb.validate lists"
        hints = words if report.warnings else ""
        return f"It is valid OME-Zarr {report.version}{hints}."
    return f"Validation finds {count(len(report.errors), 'error')}: {report.errors[0].message}"
