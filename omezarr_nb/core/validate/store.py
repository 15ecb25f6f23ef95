"""Validation of what lies at a place, as one report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.problems import Problem
from omezarr_nb.core.rules.groups import PROBLEMS_COUNT
from omezarr_nb.core.shown import Shown
from omezarr_nb.core.validate.documents import Documents, Node, Place
from omezarr_nb.core.validate.hierarchy import validate_documents
from omezarr_nb.core.validate.mends import mend_of
from omezarr_nb.core.validate.top import kind_of
from omezarr_nb.errors import InvalidMetadataError, NotFoundError

if TYPE_CHECKING:
    from omezarr_nb.core.io import Where

__all__ = ["ValidationReport", "validate"]

#: Nobody reads more, and a hostile store has no end of them.
_MOST = 5000
_LISTED = 20
_KIND_WORDS = {
    "image": "image",
    "label": "label image",
    "labels": "group of labels",
    "plate": "plate",
    "well": "well",
    "bf2raw": "collection of images",
    "ome": "list of images",
    "scene": "scene",
}
#: How places within the attributes of the top group begin; all others are paths.
_ATTRIBUTE = re.compile(
    r"(ome|version|multiscales|omero|image-label|labels|plate|well|series|scene|bioformats2raw\.layout)(?=[.\[]|$)"
)


@dataclass(frozen=True, slots=True, repr=False)
class ValidationReport(Shown):
    """All that is wrong with what lies at a place.

    Parameters
    ----------
    where
        The place, as a person would write it.
    kind
        What lies there, in words ("image", "plate"), or "" where that cannot be told.
    version
        The version whose rules were applied, or "" where none could be.
    strict
        Whether what the official strict schemas ask for counts as an error.
    problems
        Errors first; within each, in the order in which they were found.

    Examples
    --------
    ``report.is_valid`` is a bool, ``report.problems[0].rule`` the name of a rule, and in a cell the report shows
    itself.

    >>> import numpy as np, omezarr_nb
    >>> image = omezarr_nb.write_image(np.zeros((64, 64), "uint8"), "memory://checked.ome.zarr")
    >>> omezarr_nb.validate(image.location).is_valid
    True
    """

    where: str
    kind: str
    version: str
    strict: bool
    problems: tuple[Problem, ...]

    @property
    def is_valid(self) -> bool:
        """Whether there are no errors; there may be warnings."""
        return not self.errors

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What breaks a MUST of the specification."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What breaks a SHOULD."""
        return tuple(problem for problem in self.problems if problem.severity == "warning")

    @property
    def by_place(self) -> dict[str, tuple[Problem, ...]]:
        """The problems by the group or array that they are in ("" is the top), those with errors first."""
        groups: dict[str, list[Problem]] = {}
        for problem in self.problems:
            groups.setdefault(node_of_place(problem.place)[0], []).append(problem)
        return {path: tuple(problems) for path, problems in groups.items()}

    def raise_if_invalid(self) -> None:
        """Raise `InvalidMetadataError`, a `ValueError`, that lists the errors, where there are any."""
        errors = self.errors
        if not errors:
            return
        lines = [f"- {error} ({error.rule})" for error in errors[:_LISTED]]
        if len(errors) > _LISTED:
            lines.append(f"- and {len(errors) - _LISTED} more")
        listed = "\n".join(lines)
        raise InvalidMetadataError(f"This is no valid OME-Zarr {self.version}:\n{listed}\n", where=self.where)

    def __repr__(self) -> str:
        verdict = "valid" if self.is_valid else "not valid"
        what = " ".join(part for part in ("OME-Zarr", self.version, self.kind) if part)
        return (
            f"<ValidationReport {verdict}: {what}, {_count(self.errors, 'error')}, {_count(self.warnings, 'warning')}>"
        )


def validate(
    where: Where, *, strict: bool = False, storage_options: Mapping[str, Any] | None = None
) -> ValidationReport:
    """Check a whole OME-Zarr hierarchy against the rules of its version, and return everything that is wrong.

    Checked are the metadata of each group, to the text of the specification, and what is stored: that the groups
    and arrays that it names are there, their shapes, data types, dimension names and order, label images against
    their image, wells against their plate. Pixels are not read, and nothing is listed, so it works over HTTP too. Of a
    zip archive (``.ozx``) it is checked what RFC-9 asks for as well.

    Parameters
    ----------
    where
        A path, a URL, a zarr store or group: an image, a plate, a collection, a scene, or a part of one.
    strict
        Whether what the official strict schemas ask for (such as names of images) is an error, not a warning.
    storage_options
        What fsspec needs for a URL.

    Returns
    -------
    ValidationReport
        Whatever the metadata says, be it malicious; ``report.raise_if_invalid()`` makes an error of it.

    Raises
    ------
    NotFoundError
        When nothing is there.
    StoreError
        When the storage cannot be reached or refuses.

    Examples
    --------
    >>> import numpy as np
    >>> import omezarr_nb
    >>> written = omezarr_nb.write_image(np.zeros((64, 64), "uint8"), "memory://valid.ome.zarr")
    >>> omezarr_nb.validate("memory://valid.ome.zarr").is_valid
    True
    """
    from omezarr_nb.core.io import ZarrLocation
    from omezarr_nb.core.stores import printable, store_path_of
    from omezarr_nb.core.zipped.rules import archive_problems
    from omezarr_nb.core.zipped.store import ZippedStore

    if isinstance(where, ZarrLocation):
        place = Place(where.store_path, where.where)
    else:
        store_path = store_path_of(where, read_only=True, storage_options=storage_options)
        place = Place(store_path, printable(where, store_path))
    documents = Documents(place)
    (root,) = documents.nodes([""])
    if root.kind is None:
        _refuse_nothing(documents, root, place)
    facts, problems = validate_documents(documents, root, strict=strict)
    if isinstance(place.store_path.store, ZippedStore) and not place.store_path.path:
        problems += archive_problems(place.store_path.store, facts.version if facts is not None else "")
    block = root.attributes.get("ome") if facts is not None and facts.nested else root.attributes
    kind = kind_of(block) if isinstance(block, Mapping) else None
    ordered = sorted(problems, key=lambda problem: problem.severity != "error")
    return ValidationReport(
        place.where,
        _KIND_WORDS.get(kind or "", ""),
        facts.version if facts is not None else "",
        strict,
        tuple(
            problem if problem.mend else replace(problem, mend=mend_of(problem.rule)) for problem in _bounded(ordered)
        ),
    )


def node_of_place(place: str) -> tuple[str, str]:
    """Return the group or array that a problem's place is in, and the place in its attributes.

    Examples
    --------
    >>> node_of_place("labels/nuclei: ome.version"), node_of_place("labels/nuclei/0"), node_of_place("ome.plate.rows")
    (('labels/nuclei', 'ome.version'), ('labels/nuclei/0', ''), ('', 'ome.plate.rows'))
    """
    if _ATTRIBUTE.match(place):
        return "", place
    path, _, rest = place.partition(": ")
    return path, rest


def _refuse_nothing(documents: Documents, root: Node, place: Place) -> None:
    """Raise where there is nothing, or an array of Zarr 2; what is there and cannot be read is for the report."""
    (array,) = documents.nodes([""], arrays=True)
    if array.kind == "array":
        raise NotFoundError(
            "This is a single Zarr array, not an OME-Zarr.", where=place.where, do="Validate the group above it."
        )
    if not root.fault:
        raise NotFoundError(
            "There is no Zarr hierarchy here.",
            where=place.where,
            do="Check the path; it is the folder that holds zarr.json or .zattrs.",
        )


def _bounded(problems: list[Problem]) -> list[Problem]:
    more = len(problems) - _MOST
    if more <= 0:
        return problems
    message = f"{more} more problems were found and are not listed."
    return [*problems[:_MOST], Problem(PROBLEMS_COUNT.name, "warning", "", message)]


def _count(problems: tuple[Problem, ...], noun: str) -> str:
    return f"{len(problems)} {noun}{'s' * (len(problems) != 1)}"
