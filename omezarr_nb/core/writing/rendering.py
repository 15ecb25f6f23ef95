"""Storing how the channels of an image are shown, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.writing.groups import change_metadata, check_group_fmt
from omezarr_nb.errors import InvalidArgumentError

if TYPE_CHECKING:
    from omezarr_nb.core.image import Image

__all__ = ["write_rendering"]


def write_rendering(
    image: Image, channels: Sequence[Mapping[str, Any]], settings: Mapping[str, Any] | None = None
) -> None:
    """Merge the look of channels into the metadata of an image (`omero`).

    Parameters
    ----------
    image
        Whose store may be written to.
    channels
        One for each channel: the keys of `omero.channels[]` to set, such as color, active, window. Keys that are
        there and not given stay, in the channel and in its window.
    settings
        Keys of `omero.rdefs` to set, such as defaultZ and model.

    Raises
    ------
    InvalidArgumentError
        When there are not as many channels as the image has.
    StoreError
        When the store can only be read.
    """
    from omezarr_nb.core.growing.place import writable

    if len(channels) != len(image.channels):
        raise InvalidArgumentError(
            "There is one entry for each channel.", found=len(channels), expected=len(image.channels)
        )
    group, fmt = check_group_fmt(writable(image.location), mode="r+")
    labels = [channel.label for channel in image.channels]

    def merged(block: dict[str, Any]) -> dict[str, Any]:
        omero = block.get("omero")
        omero = dict(omero) if isinstance(omero, Mapping) else {}
        stored = omero.get("channels")
        entries = list(stored) if isinstance(stored, list) and len(stored) == len(channels) else [None] * len(channels)
        omero["channels"] = [
            _merged(entry if isinstance(entry, Mapping) else {"label": label}, given)
            for entry, label, given in zip(entries, labels, channels, strict=True)
        ]
        if settings:
            rdefs = omero.get("rdefs")
            omero["rdefs"] = (dict(rdefs) if isinstance(rdefs, Mapping) else {}) | dict(settings)
        return block | {"omero": omero}

    change_metadata(group, fmt, merged)


def _merged(stored: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a channel with other values; of an object those keys that are given."""
    result = dict(stored)
    for key, value in given.items():
        old = result.get(key)
        nested = isinstance(value, Mapping) and isinstance(old, Mapping)
        result[key] = {**old, **value} if nested else value  # type: ignore[dict-item] # it is a mapping
    return result
