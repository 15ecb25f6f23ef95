"""The reader that napari asks for what lies at a path; ``napari.yaml`` names it. napari itself is not imported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.interop import to_napari
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.opened import block_of
from omezarr_nb.core.validate.top import kind_of
from omezarr_nb.errors import OMEZarrError

if TYPE_CHECKING:
    from omezarr_nb.core.interop import LayerData

__all__ = ["get_reader"]

Paths = str | Path | Sequence[str | Path]


def get_reader(path: Paths) -> Callable[[Paths], list[LayerData]] | None:
    """Return what reads a path or URL as layers, or None where there is nothing that OME-Zarr describes.

    Parameters
    ----------
    path
        One path or URL. (Several, which napari passes to have them stacked, are not read.)

    Notes
    -----
    One or two documents are looked at here, and no pixels.
    """
    where = _only(path)
    if where is None:
        return None
    if where.rstrip("/").endswith(".ozx"):
        return _read
    try:
        location = ZarrLocation(where)
    except OMEZarrError:
        return None
    return _read if location.exists() and not location.is_array and kind_of(block_of(location)) is not None else None


def _read(path: Paths) -> list[LayerData]:
    from omezarr_nb.core.reader import open as open_any

    opened: Any = open_any(_only(path) or "")
    return to_napari(opened)


def _only(path: Paths) -> str | None:
    """Return the one path that is given, or None for several."""
    if isinstance(path, str | Path):
        return str(path)
    return str(path[0]) if len(path) == 1 else None
