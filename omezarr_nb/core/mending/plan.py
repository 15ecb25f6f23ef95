"""Plans that change metadata alone: repairs, and edits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.code import Call, no_call
from omezarr_nb.core.mending.documents import Changed, Documents, load_documents, write_documents
from omezarr_nb.core.mending.mends import MENDS
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.shown import Shown
from omezarr_nb.core.validate.hierarchy import validate_hierarchy
from omezarr_nb.errors import InvalidArgumentError

if TYPE_CHECKING:
    from omezarr_nb.core.io import Where
    from omezarr_nb.core.opened import Opened
    from omezarr_nb.core.pyramid.progress import Cancel, Progress

__all__ = ["MetadataPlan", "plan_repair", "planned", "repair", "repaired"]


@dataclass(frozen=True, slots=True, repr=False)
class MetadataPlan(Shown):
    """A change of metadata, decided and not yet made; no pixel is touched.

    Made by `omezarr_nb.plan_repair` and `omezarr_nb.plan_metadata`; `run` makes it.

    Parameters
    ----------
    where
        The place.
    name
        Of the place, as a person would write it.
    version
        Of OME-Zarr.
    changed
        The documents that change, those furthest down first.
    before, after
        What validation finds without the change, and with it.
    mends
        Names of the rules that are mended, in a repair.
    storage_options
        What fsspec needs for a URL.
    asked
        The call that does the same.
    """

    where: Any
    name: str
    version: str
    changed: tuple[Changed, ...]
    before: tuple[Problem, ...]
    after: tuple[Problem, ...]
    mends: tuple[str, ...] = ()
    storage_options: Mapping[str, Any] | None = None
    asked: Call | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What validation finds after the change."""
        return self.after

    @property
    def nbytes(self) -> int:
        """Bytes of pixels that are written: none."""
        return 0

    def diff(self) -> str:
        """Return what changes, document by document, as `diff -u` writes it."""
        return "\n".join("\n".join([f"{entry.path}:", *entry.diff()]) for entry in self.changed)

    def to_code(self, source: str | None = None) -> str:
        """Return the code that makes the same change.

        Parameters
        ----------
        source
            What the place is called in the code. By default its path or URL.
        """
        return (self.asked or no_call("plan_repair")).to_code(source)

    def run(
        self,
        on_progress: Callable[[Progress], object] | None = None,  # noqa: ARG002 - as of every plan
        cancel: Cancel | None = None,  # noqa: ARG002 - as all plans have it
    ) -> Opened:
        """Write the documents that change, and open what they describe.

        Parameters
        ----------
        on_progress, cancel
            As of every plan. They are not used: a few documents are written at once.

        Raises
        ------
        TargetBusyError
            When somebody has changed one of them since the plan was made. Nothing is written then.
        StoreError
            When the store can only be read, or fails: what was written is put back.
        """
        from omezarr_nb.core.reader import open as open_any

        if self.changed:
            write_documents(self.where, self.changed, self.storage_options)
        return open_any(self.where, self.storage_options)  # what was mended

    def __repr__(self) -> str:
        count = len(self.changed)
        return f"<MetadataPlan {count} document{'s' * (count != 1)} of {self.name!r}>"


def plan_repair(
    where: Where | Opened,
    *,
    rules: Collection[str] | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> MetadataPlan:
    """Decide how what `omezarr_nb.validate` finds is mended, as far as that follows from what is there.

    All metadata is read, and where limits of contrast are missing the smallest level; nothing is written. A mend that
    would break another rule is left out.

    Parameters
    ----------
    where
        A path, a URL, a zarr store or group, or what `omezarr_nb.open` returned.
    rules
        Names of the rules that are to be mended; all that can be, by default (`MetadataPlan.mends` says which).
    storage_options
        What fsspec needs for a URL.

    Returns
    -------
    MetadataPlan
        Its repr shows each change as a diff. `MetadataPlan.run` makes it.

    Raises
    ------
    NotFoundError
        When there is no hierarchy.
    InvalidArgumentError
        When there is no mend for one of the `rules`.

    Examples
    --------
    >>> import numpy as np, omezarr_nb, zarr
    >>> image = omezarr_nb.write_image(np.zeros((8, 8)), "memory://broken.ome.zarr", channels=[{"label": "A"}])
    >>> group = zarr.open_group("memory://broken.ome.zarr")
    >>> ome = group.attrs["ome"]
    >>> del ome["version"]
    >>> group.attrs["ome"] = ome
    >>> plan = plan_repair("memory://broken.ome.zarr")
    >>> "ome-version" in plan.mends, any(problem.severity == "error" for problem in plan.after)
    (True, False)
    """
    return repaired(load_documents(where, storage_options), where, rules=rules, storage_options=storage_options)


def repaired(
    documents: Documents,
    where: Any,
    *,
    rules: Collection[str] | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> MetadataPlan:
    """Do what `plan_repair` says with documents that have been read; they stay as they are."""
    unknown = sorted(set(rules or ()) - set(MENDS))
    if unknown:
        known = ", ".join(MENDS)
        raise InvalidArgumentError("There is no mend for this rule.", where="rules", found=unknown, expected=known)
    before = validate_hierarchy(documents.now)
    made: list[str] = []
    now = before
    for rule, mend in MENDS.items():
        if rules is not None and rule not in rules:
            continue
        if not any(problem.rule == rule for problem in now):
            continue
        tried = documents.copy()
        mend(tried)
        after = validate_hierarchy(tried.now)
        if _fewer(now, after, rule):
            documents, now = tried, after
            made.append(rule)
    given = {"rules": sorted(rules) if rules is not None else None, "storage_options": storage_options}
    options = {key: value for key, value in given.items() if value is not None}
    call = Call("omezarr_nb.repair", {"place": where}, options, result="mended")
    plan = planned(where, documents, before, storage_options, call)
    return replace(plan, mends=tuple(made))


def repair(
    where: Where | Opened,
    *,
    rules: Collection[str] | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Opened:
    """Mend what `omezarr_nb.validate` finds, as far as that follows from what is there; no pixel is touched.

    Parameters
    ----------
    where, rules, storage_options
        As for `plan_repair`, which shows beforehand what changes.

    Returns
    -------
    Image, Plate, ...
        What was mended, opened.

    Raises
    ------
    NotFoundError, InvalidArgumentError, TargetBusyError, StoreError
        As from `plan_repair` and `MetadataPlan.run`.

    Examples
    --------
    >>> import numpy as np, omezarr_nb
    >>> image = omezarr_nb.write_image(np.zeros((8, 8)), "memory://whole.ome.zarr")
    >>> repair(image).version  # there is nothing to mend
    '0.5'
    """
    return plan_repair(where, rules=rules, storage_options=storage_options).run()


def planned(
    where: Any,
    documents: Documents,
    before: list[Problem],
    storage_options: Mapping[str, Any] | None,
    call: Call,
) -> MetadataPlan:
    """Return the plan that writes documents as they have become."""
    from omezarr_nb.core.opened import Opened

    return MetadataPlan(
        where=where.location if isinstance(where, Opened) else where,
        name=documents.location.where,
        version=documents.location.version,
        changed=documents.changed,
        before=tuple(before),
        after=tuple(validate_hierarchy(documents.now)),
        storage_options=storage_options,
        asked=call,
    )


def _fewer(before: list[Problem], after: list[Problem], rule: str) -> bool:
    """Return whether a rule is broken less often, and no other more often."""
    one, two = (Counter((problem.rule, problem.severity) for problem in problems) for problems in (before, after))
    count = [sum(n for (name, _), n in counts.items() if name == rule) for counts in (one, two)]
    return count[1] < count[0] and all(two[key] <= one[key] for key in two if key[1] == "error" or key[0] == rule)
