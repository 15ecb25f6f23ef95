"""Replacing an image where nothing can be renamed, so that a reader finds the old one or the new one at every moment.

The levels are written under names that are not taken. Then the documents of the groups are exchanged, each with one
key: labels that are there are listed no more, the image is switched, and its labels are listed again. Should one of
these fail, the others are taken back. What was replaced is removed at the very end.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.converting.place import check_files, check_no_array, delete_folders
from omezarr_nb.core.converting.resume import nowhere, sizes_of
from omezarr_nb.core.converting.survey import can_list, survey
from omezarr_nb.core.converting.work import ConvertPlan
from omezarr_nb.core.converting.write import delete_key, group_documents, put_key, read_keys
from omezarr_nb.core.io import ZarrLocation, open_array
from omezarr_nb.core.locks import locked
from omezarr_nb.core.paths import DOCUMENTS
from omezarr_nb.core.pyramid.claimed import Claimed
from omezarr_nb.core.pyramid.facts import Facts
from omezarr_nb.core.pyramid.guard import check_replaceable
from omezarr_nb.core.pyramid.holding import Holding
from omezarr_nb.core.pyramid.journal import Journal
from omezarr_nb.core.pyramid.remains import named_among
from omezarr_nb.errors import TargetExistsError, UnsupportedError

if TYPE_CHECKING:
    from zarr.storage import StorePath

__all__ = ["SwitchPlace", "rename_levels"]

#: A key and what it becomes; None where it is removed.
Change = tuple[str, bytes | None]


class SwitchPlace:
    """An image, with or without labels, that is replaced within its store.

    Parameters
    ----------
    root
        The place.
    where
        As a person would write it.
    plan
        What is written there.
    holding
        The claim on it.

    Raises
    ------
    TargetExistsError
        When what is there is not replaced by this.
    UnsupportedError
        When it cannot be replaced without a moment at which a reader would find neither the one nor the other.
    """

    def __init__(self, root: StorePath, where: str, plan: ConvertPlan, holding: Holding) -> None:
        self.where = where
        self.root = root
        self._plan = plan
        self._holding = holding
        location = ZarrLocation(root)
        check_no_array(location)
        if not location.exists():
            raise TargetExistsError(
                "Something is at the target that is not a Zarr hierarchy, and is not replaced.",
                where=where,
                do="Write to another place, or remove what is there first.",
            )
        for able, what in (
            (root.store.supports_deletes, "remove what is in it"),
            (can_list(root.store), "say what is in it"),
        ):
            if not able:
                raise self._impossible(f"This store, a {type(root.store).__name__}, cannot {what}.")
        self._names: dict[str, str] = {}  # of arrays as they are written, by path
        self._look({path for claimed in holding.left() for path in claimed.levels})

    def begin(self, facts: Facts, *, resume: bool = False) -> Journal | None:
        """Claim the image, and names for the levels."""
        return self._holding.beginning(lambda: self._begin({**facts, "replaces": True}, resume=resume))

    def path_of(self, path: str) -> str:
        """Return the path at which a level is written: one that is not taken."""
        return self._names.get(path, path)

    def commit(self) -> None:
        """Exchange the documents, then remove what was replaced.

        Raises
        ------
        TargetExistsError
            When the target has been changed meanwhile.
        TargetBusyError
            When somebody writes to it now.
        StoreError
            When the storage fails; the documents are then as they were.
        """
        with locked(self.root):
            if self._holding.claim is not None:
                self._holding.claim.check()
            if self._documents(self._groups()) != self._seen:
                raise TargetExistsError(
                    "The target was changed while this was converted, and is left as it is now.",
                    where=self.where,
                    do="Convert again.",
                )
            if self._holding.claim is not None:
                self._holding.claim.replaces(self._sizes(self._replaced()))
            done: list[str] = []
            try:
                for key, data in self._changes():
                    done.append(key)
                    self._put(key, data)
            except BaseException as error:
                self._take_back(done, error)
                raise
        left = delete_folders(self.root, self._replaced(), self.where)
        if left:
            warnings.warn(f"What was replaced could not be removed: {'; '.join(left[:10])}", stacklevel=5)
        self._holding.end(keep=bool(left))

    def finish(self) -> None:
        """Let go of the image."""
        self._holding.finish()

    def abort(self, error: BaseException, *, keep: bool = False) -> None:
        """Remove the levels that were written, but for those that the metadata names; or keep them."""
        if keep and self._holding.can_keep:
            self._holding.keep(error)
            return
        paths = [self.path_of(path) for path in self._plan.arrays]
        try:
            self._holding.forget()
            named = named_among(self.root, paths)
        except Exception as second:  # any of any storage library: it is named
            left = [f"{self.where} ({second})"]
        else:
            left = delete_folders(self.root, [path for path in paths if path not in named], self.where)
        self._holding.let_go(error, left)

    def _begin(self, facts: Facts, *, resume: bool) -> Journal | None:
        found = self._holding.take(facts, resume=resume, is_over=self._is_over)
        if found.over:
            return None
        left = found.left
        self._look(set(left.levels) if left is not None else set())
        if left is not None:
            self._names = dict(zip(self._plan.arrays, left.paths, strict=True))
            return self._holding.go_on(left, self._groups())
        for path, levels in _images(self._plan.groups, self._plan).items():
            self._names |= self._free(path, levels, found.avoid)
        sizes = {self.path_of(path): size for path, size in sizes_of(self._plan).items()}
        return self._holding.begin(facts, tuple(sizes), sizes)

    def _look(self, left: AbstractSet[str]) -> None:
        """Look at what is there, and raise where it is not replaced.

        Parameters
        ----------
        left
            Paths of arrays that are of a conversion that was broken off, or that it was replacing.
        """
        location = ZarrLocation(self.root)
        self._left = left
        self._old = survey(location)
        # Of the other format of Zarr, whose arrays are files here.
        self._old.files = [name for name in self._old.files if left.isdisjoint(_above(name))]
        self._check(location)
        self._seen = self._documents(self._groups())

    def _is_over(self, claimed: Claimed) -> bool:
        """Return whether a writer came to its end, but for removing what it replaced."""
        if len(claimed.paths) != len(self._plan.arrays):
            return False
        names = dict(zip(self._plan.arrays, claimed.paths, strict=True))
        wanted = {
            _join(path, name): data for path in self._plan.groups for name, data in self._new(path, names).items()
        }
        return self._documents([*self._groups(), *_groups_above(claimed.levels)]) == wanted

    def _check(self, location: ZarrLocation) -> None:
        """Raise where the one hierarchy cannot take the place of the other."""
        labels = "image-label" in self._plan.fmt.block(self._plan.groups[""])
        if "plate" not in location.fmt.block(location.root_attrs):  # of which the reason below says more
            check_replaceable(location, labels=labels)
        for groups, arrays, what in (
            (
                {path: group.block for path, group in self._old.groups.items()},
                {*self._old.arrays} - self._left,
                "The target",
            ),
            (_blocks(self._plan), {*self._plan.arrays}, "The source"),
        ):
            stranger = _stranger(groups, arrays)
            if stranger is not None:
                raise self._impossible(f"{what} is more than an image with its labels: it holds {stranger}.")
        check_files(self._old.files, self.where)
        if self._plan.source.files:
            raise self._impossible("The source holds files that are no Zarr.")

    def _impossible(self, reason: str) -> UnsupportedError:
        return UnsupportedError(
            "This cannot be replaced here without a moment at which a reader finds neither the old nor the new.",
            where=self.where,
            found=reason,
            expected="an image with or without labels; anything else is replaced in a local folder",
            do="Convert to another place, then remove this one.",
        )

    def _free(self, group: str, levels: Sequence[str], avoid: AbstractSet[str]) -> dict[str, str]:
        """Give for the path of each level the one at which it is written, at which nothing is."""
        number = 1
        while True:
            tried = {
                _join(group, level): _join(group, level if number == 1 else f"{level}_{number}") for level in levels
            }
            if not any(path in self._old.arrays or path in avoid for path in tried.values()):
                return tried
            number += 1

    def _replaced(self) -> list[str]:
        """Return the arrays that nothing names when the documents are exchanged."""
        new = {self.path_of(path) for path in self._plan.arrays}
        return [path for path in dict.fromkeys([*self._old.arrays, *sorted(self._left)]) if path not in new]

    def _sizes(self, paths: Sequence[str]) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
        """Return shapes and chunks of arrays that are there."""
        old = {path: self._old.arrays[path].document for path in paths if path in self._old.arrays}
        opened = {path: open_array(nowhere(), document, self.where) for path, document in old.items()}
        return {path: (array.shape, array.chunks) for path, array in opened.items()}

    def _groups(self) -> list[str]:
        """Return the paths of all groups that are there, or will be."""
        return list(dict.fromkeys([*self._old.groups, *self._plan.groups, *_groups_above(self._left)]))

    def _documents(self, paths: Sequence[str]) -> dict[str, bytes]:
        """Return the documents of groups that are there, as bytes by key."""
        return read_keys(self.root, [_join(path, name) for path in paths for name in sorted(DOCUMENTS)])

    def _changes(self) -> Iterator[Change]:
        """Give what is written and removed, in order."""
        groups = self._plan.groups
        yield from self._unlisted()
        for path in ("", *(path for path in groups if path not in ("", "labels")), "labels"):
            if path in groups:
                yield from self._switched(path)
        for path in self._groups():
            if path not in groups:
                yield from self._removed(path)

    def _unlisted(self) -> Iterator[Change]:
        """Give the change by which the old labels are listed no more; they stay, should everything break off here."""
        group = self._old.groups.get("labels")
        if group is None:
            return
        block = {**group.block, "labels": []}
        attributes = {**group.attributes, "ome": block} if group.fmt.nested else block
        name, data = next(iter(group_documents(attributes, group.fmt.zarr_format).items()))
        yield _join("labels", name), data

    def _switched(self, path: str) -> Iterator[Change]:
        """Give the changes by which a group becomes the new one; a reader takes zarr.json before all others."""
        new = self._new(path, self._names)
        yield from ((_join(path, name), data) for name, data in new.items())
        yield from self._removed(path, new)

    def _new(self, path: str, names: Mapping[str, str]) -> dict[str, bytes]:
        """Return the documents of a group as they will be, with its levels at other paths."""
        own = {level: names.get(_join(path, level), _join(path, level)) for level in _levels(_blocks(self._plan)[path])}
        renamed = {level: name.removeprefix(f"{path}/" if path else "") for level, name in own.items()}
        attributes = rename_levels(self._plan.groups[path], self._plan, renamed)
        return group_documents(attributes, self._plan.fmt.zarr_format)

    def _removed(self, path: str, new: Mapping[str, bytes] | None = None) -> Iterator[Change]:
        """Give the removal of the documents of a group, but of the new ones."""
        for name in (".zmetadata", "zarr.json", ".zattrs", ".zgroup"):
            if _join(path, name) in self._seen and name not in (new or {}):
                yield _join(path, name), None

    def _put(self, key: str, data: bytes | None) -> None:
        if data is None:
            delete_key(self.root / key)
        else:
            put_key(self.root / key, data)

    def _take_back(self, keys: Sequence[str], error: BaseException) -> None:
        """Put documents back as they were, the last that was changed first."""
        for key in reversed(keys):
            try:
                self._put(key, self._seen.get(key))
            except Exception as second:  # any of any storage library: it is named, and the others put back
                error.add_note(f"{self.where}/{key} could not be put back as it was: {second}")


def rename_levels(attributes: Mapping[str, Any], plan: ConvertPlan, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the attributes of an image with other names of its levels, wherever they stand.

    Parameters
    ----------
    attributes
        As they will be.
    plan
        Of their version.
    names
        By old name.
    """
    renamed = deepcopy(dict(attributes))
    for multiscale in plan.fmt.block(renamed).get("multiscales", ()):
        for dataset in multiscale["datasets"]:
            dataset["path"] = names.get(dataset["path"], dataset["path"])
            for step in dataset.get("coordinateTransformations", ()):
                source = step.get("input")
                if isinstance(source, dict) and source.get("path") in names:
                    source["path"] = names[source["path"]]
    return renamed


def _images(groups: Mapping[str, Any], plan: ConvertPlan) -> dict[str, list[str]]:
    """Return the paths of the levels of each image."""
    return {path: _levels(plan.fmt.block(attributes)) for path, attributes in groups.items()}


def _blocks(plan: ConvertPlan) -> dict[str, Mapping[str, Any]]:
    return {path: plan.fmt.block(attributes) for path, attributes in plan.groups.items()}


def _levels(block: Mapping[str, Any]) -> list[str]:
    multiscales = block.get("multiscales")
    entries = [entry for entry in multiscales if isinstance(entry, dict)] if isinstance(multiscales, list) else []
    datasets = [dataset for entry in entries for dataset in entry.get("datasets", ()) if isinstance(dataset, dict)]
    return [dataset["path"] for dataset in datasets if isinstance(dataset.get("path"), str)]


def _stranger(blocks: Mapping[str, Mapping[str, Any]], arrays: AbstractSet[str]) -> str | None:
    """Return what is no part of an image or of its labels, in words, or None where all is."""
    if "multiscales" not in blocks[""]:
        return "no image at its top"
    for path, block in blocks.items():
        label = path.startswith("labels/") and path.count("/") == 1 and "multiscales" in block
        if path and path != "labels" and not label:
            return f"the group {path!r}"
    levels = {_join(path, level) for path, block in blocks.items() for level in _levels(block)}
    other = next((path for path in sorted(arrays) if path not in levels), None)
    return None if other is None else f"the array {other!r}, which is no level"


def _above(path: str) -> list[str]:
    """Return the paths of what encloses something, but for the top."""
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _groups_above(arrays: Iterable[str]) -> list[str]:
    return ["", *dict.fromkeys(group for path in arrays for group in _above(path))]


def _join(group: str, name: str) -> str:
    return f"{group}/{name}" if group else name
