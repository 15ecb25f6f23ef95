"""The label images of an image, by name: listed, and opened when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from omezarr_nb.core.findings import Findings
from omezarr_nb.core.image import LabelImage
from omezarr_nb.core.local import absent_groups, groups_below
from omezarr_nb.core.opened import block_of, version_problems
from omezarr_nb.core.paths import is_safe_path
from omezarr_nb.core.problems import Problem, quoted
from omezarr_nb.core.rules import labels as rules
from omezarr_nb.core.rules.storage import PATH_INSIDE
from omezarr_nb.core.shown import Shown
from omezarr_nb.errors import AccessRefusedError, NotFoundError, UnknownNameError

if TYPE_CHECKING:
    from omezarr_nb.core.io import ZarrLocation

__all__ = ["Labels"]


class Labels(Shown, Mapping[str, LabelImage]):
    """The label images of an image, by name: a mapping that opens a label image when it is asked for.

    Parameters
    ----------
    parent
        The image's group. The list of labels is read when it is first needed, with one or two requests.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> image = omezarr_nb.write_image(np.zeros((64, 64), "uint8"), "memory://named.ome.zarr")
    >>> cells = omezarr_nb.write_labels(np.ones((64, 64), "uint8"), image, name="cells")
    >>> list(image.labels), image.labels["cells"].dtype
    (['cells'], dtype('uint8'))
    """

    def __init__(self, parent: ZarrLocation) -> None:
        self._parent = parent

    @classmethod
    def at(cls, location: ZarrLocation) -> Labels:
        """Return the labels whose group, and not its parent, was opened.

        Parameters
        ----------
        location
            The group ``labels``.
        """
        labels = cls(location)
        labels.__dict__["_location"] = location  # what the cached property would have found
        return labels

    @property
    def where(self) -> str:
        """The place of the group, as a person would write it."""
        return self._parent.where if self._location is None else self._location.where

    @cached_property
    def _location(self) -> ZarrLocation | None:
        try:
            return self._parent.child("labels")
        except AccessRefusedError:  # where listing is not allowed, S3 says so of what does not exist
            return None

    @cached_property
    def _list(self) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
        """The names that the list has, and what is wrong with it."""
        location, findings = self._location, Findings()
        block = {} if location is None else block_of(location)
        names: dict[str, None] = {}
        for place, entry in findings.entries(block, "labels", "", rules.LABELS_LIST):
            name = findings.as_text(entry, place, rules.LABELS_PATH)
            if name is None:
                if entry is None:
                    findings.error(rules.LABELS_PATH, place, "the path of a label image is expected, found nothing")
            elif not is_safe_path(name):
                findings.error(PATH_INSIDE, place, f"{quoted(name)} is no path within the labels, and not followed")
            elif name in names:
                findings.warn(rules.LABELS_TWICE, place, f"{quoted(name)} is listed twice; it is read once")
            else:
                names[name] = None
        if location is not None and block and "labels" not in block:
            findings.error(rules.LABELS_LIST, "labels", "there is no list of the label images")
        return tuple(names), findings.problems

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the labels that the list names, in its order; what is no path in the store stands in `problems`."""
        return self._list[0]

    @property
    def unlisted(self) -> tuple[str, ...]:
        """Names of groups that lie beside the label images without being listed; () where the store is not local."""
        location = self._location
        there = None if location is None else groups_below(location.store_path)
        leading = {name.split("/")[0] for name in self.names}
        return tuple(name for name in there or () if name not in leading)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the list of labels, and in a local folder what is missing in it or in the store."""
        if self._location is None:
            return self._list[1]
        unlisted = tuple(
            Problem(rules.LABELS_UNLISTED.name, "warning", name, "this group is there, but not in the list of labels")
            for name in self.unlisted
        )
        absent = absent_groups(self._location, self.names, "label image")
        version = version_problems(self._location) if self._location.exists() else ()
        return (*version, *self._list[1], *absent, *unlisted)

    def __getitem__(self, name: str) -> LabelImage:
        """Return a label image.

        Raises
        ------
        UnknownNameError
            When the list has no such name; also a `KeyError`.
        NotFoundError
            When it is listed, but not in the store.
        InvalidMetadataError
            When what is there is no image.
        """
        location = self._location
        if name not in self.names or location is None:
            raise UnknownNameError(
                "There is no such label image.",
                where=self.where,
                found=name,
                expected=f"one of {_some(self.names)}" if self.names else "none: this image has no labels",
                do=_how_to_open(location, name) if location is not None and name in self.unlisted else None,
            )
        child = location.child(name)
        if not child.exists():
            raise NotFoundError("This label image is in the list, but not in the store.", where=child.where)
        return LabelImage(child)

    def __contains__(self, name: object) -> bool:
        return name in self.names  # opens nothing

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        return f"<Labels {', '.join(self.names) or 'none'}>"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:8]))
    return f"{shown}, … ({len(names)} in all)" if len(names) > 8 else shown


def _how_to_open(labels: ZarrLocation, name: str) -> str:
    return f"A group of this name is there without being listed: open {labels.where}/{name} by itself."
