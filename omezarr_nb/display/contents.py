"""What an image has to show, gathered once, so that a store that fails is asked once and not by every section."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from omezarr_nb.core.image import Image, LabelImage, Level
from omezarr_nb.core.metadata import Channel
from omezarr_nb.core.problems import Problem
from omezarr_nb.display.roles import stored_indices
from omezarr_nb.display.words import reason
from omezarr_nb.errors import NotFoundError

__all__ = ["Contents", "gather"]


@dataclass(frozen=True, slots=True)
class Contents:
    """The parts of an image that take requests.

    Parameters
    ----------
    levels
        Those that can be read; () where `missing` says why there is none.
    missing
        In words why there is no level, or None.
    channels
        As `Image.channels`; those that are stored where no level says how many there are.
    problems
        As `Image.problems`.
    labels
        Names of the labels, or in words why they are not known. Always () for a label image.
    defaults
        The plane that the metadata asks for (`omero.rdefs`): an index in pixels of level 0 by axis name.
    """

    levels: tuple[Level, ...]
    missing: str | None
    channels: tuple[Channel, ...]
    problems: tuple[Problem, ...]
    labels: tuple[str, ...] | str
    defaults: Mapping[str, int]


def gather(image: Image, *, labels: bool = True) -> Contents:
    """Read what an image has to show: the metadata of levels, where it is not there yet, and the list of labels.

    Parameters
    ----------
    image
        The image.
    labels
        Whether to ask for the list of labels; it is () otherwise.
    """
    stored = image.metadata.omero.channels if image.metadata.omero else ()
    try:
        levels = image.levels
    except NotFoundError as error:  # the store answered: which levels are missing stands in the problems
        return Contents((), error.what, stored, image.problems, _labels(image) if labels else (), {})
    except Exception as error:  # it did not: nothing else is asked of it
        return Contents((), f"The levels could not be read. {reason(error)}", stored, (), "not read", {})
    names = _labels(image) if labels else ()
    return Contents(levels, None, image.channels, image.problems, names, stored_indices(image))


def _labels(image: Image) -> tuple[str, ...] | str:
    if isinstance(image, LabelImage):
        return ()
    try:
        return tuple(image.labels)
    except Exception as error:  # whatever a storage library raises
        return f"could not be read: {reason(error)}"
