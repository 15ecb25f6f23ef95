"""Validation of a whole hierarchy by its metadata: what its groups say, and whether what they name is there.

Pixels are not read. Nothing is listed: only what the metadata names is asked for, so it works over HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from omezarr_nb.core.format import declared_version
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.validate.attributes import check_attributes
from omezarr_nb.core.validate.documents import Documents, Node
from omezarr_nb.core.validate.layout import LAYOUT_KEY
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.rule import SHOULD, TEXT, Level, Rule
from omezarr_nb.core.validate.storage import (
    axis_names_of,
    check_label_arrays,
    check_levels,
    dataset_paths,
    system_names_of,
)
from omezarr_nb.core.validate.systems import node_of
from omezarr_nb.core.validate.values import Kind, listed, shown
from omezarr_nb.core.validate.versions import Facts, facts_of

if TYPE_CHECKING:
    from omezarr_nb.core.io import ZarrLocation

__all__ = ["kind_of", "validate_hierarchy"]

GROUP = Rule("group", "A group that the metadata names MUST be there.", {"0.1": TEXT})
OME_METADATA = Rule("ome-metadata", "The attributes of the group hold OME-Zarr metadata.", {"0.1": TEXT})
VERSION_KNOWN = Rule("version-known", "The metadata names a version that there is.", {"0.1": TEXT})
ZARR_FORMAT = Rule("zarr-format", "Up to 0.4 metadata is stored in Zarr 2, from 0.5 on in Zarr 3.", {"0.1": TEXT})
PATH_INSIDE = Rule("path-inside", "A path leads to a part of the group that names it.", {"0.1": SHOULD})
ACQUISITION = Rule(
    "field-acquisition-known",
    'Where a plate has several acquisitions, each image of a well MUST name one of them by "acquisition".',
    {"0.1": SHOULD, "0.4": TEXT},
)

FOREIGN_SYSTEM = Rule(
    "transformation-system-elsewhere",
    'A "name" with a "path" MUST be that of a coordinate system of the image at that path.',
    {"0.6": TEXT},
)

#: What shows the kind of a group, the most telling first: a plate may have a layout, a label image multiscales.
_KINDS = (
    ("plate", "plate"),
    ("scene", "scene"),
    ("image-label", "label"),
    ("multiscales", "image"),
    (LAYOUT_KEY, "bf2raw"),
    ("well", "well"),
    ("labels", "labels"),
    ("series", "ome"),
)
#: Versions of hierarchies that name none, by their format of Zarr: collections of 0.4 need not.
_LIKELY: Mapping[Literal[2, 3], str] = {2: "0.4", 3: "0.5"}
_BATCH = 32


def kind_of(block: JSON) -> str | None:
    """Return what a group is, by the keys of its OME metadata; None where none is telling."""
    return next((kind for key, kind in _KINDS if key in block), None)


def validate_hierarchy(
    source: Mapping[str, Any] | ZarrLocation, *, strict: bool = False, level: Level = "full"
) -> list[Problem]:
    """Return every problem in the metadata of a hierarchy: its groups, and the arrays that they name.

    Parameters
    ----------
    source
        The metadata documents by their path ("zarr.json", "0/zarr.json", ".zattrs", "0/.zarray"), or a location.
    strict, level
        As for `validate_attributes`: how the attributes of each group are looked at. Whether what is named is there,
        and of the right shape, is looked at in any case.

    Returns
    -------
    list of Problem
        Errors and warnings; no errors where the hierarchy is valid. A place is a path in the hierarchy, a colon, and
        the place in the attributes there.

    Raises
    ------
    StoreError
        When the store of a location cannot be read.

    Notes
    -----
    One layer of groups is read at a time, with all its requests under way at once: an image, its levels and labels
    in four steps, a plate in six.
    """
    documents = Documents(source)
    (root,) = documents.nodes([""])
    facts, problems = _facts_of(root, documents.zarr_format)
    if facts is None:
        return problems
    walk = _Walk(documents, Report(facts, "full", strict, problems), level)
    walk.top(root)
    return walk.report.problems


def _facts_of(root: Node, zarr_format: Literal[2, 3]) -> tuple[Facts | None, list[Problem]]:
    """Return the facts of the version that the top of a hierarchy names; where it names none, of a likely one."""
    named = declared_version(root.attributes)
    base = re.match(r"\d+\.\d+(?!\d)", named or _LIKELY[zarr_format])
    facts = facts_of(named) or facts_of(base.group() if base else None)
    report = Report(facts or Facts("0.6", ()))
    if root.kind is None:
        report.broken(GROUP, "", root.fault or "nothing", "a group")
    elif facts is None:
        report.broken(VERSION_KNOWN, "", shown(named), "0.1 to 0.6")
    elif facts.zarr_format != zarr_format:
        report.broken(ZARR_FORMAT, "", f"{facts.version} in Zarr {zarr_format}", f"Zarr {facts.zarr_format}")
    return facts if root.kind is not None else None, report.problems


@dataclass(slots=True)
class _Walk:
    """Goes down a hierarchy."""

    documents: Documents
    report: Report
    level: Level

    def top(self, root: Node) -> None:
        block = self._block(root)
        kind = kind_of(block)
        match kind:
            case None:
                found = listed([str(key) for key in block], "and") if block else "no attributes"
                self.report.broken(OME_METADATA, "", found, listed([key for key, _ in _KINDS]))
            case "plate":
                self._plate(root)
            case "well":
                self._check(root, "well")
                self._fields([root])
            case "image" | "label":
                self._images([root])
            case "bf2raw":
                self._collection(root)
            case "labels":
                self._labels([(root, [])])
            case "scene":
                self._check(root, "scene")
                self._scene(block)
            case _:
                self._check(root, kind)

    def _block(self, node: Node) -> JSON:
        if not self.report.facts.nested:
            return node.attributes
        block = node.attributes.get("ome")
        return block if isinstance(block, dict) else {}

    def _check(self, node: Node, kind: str) -> None:
        """Check the attributes of a group."""
        version = self.report.facts.version
        problems = check_attributes(
            node.attributes, version=version, kind=kind, strict=self.report.strict, level=self.level
        )
        prefix = f"{node.path}: " if node.path else ""
        self.report.problems += [replace(problem, place=prefix + problem.place) for problem in problems or ()]

    def _children(self, parent: str, paths: Sequence[Any], *, arrays: bool = False) -> list[Node]:
        """Return the nodes at paths within a group; a path that is none, or leads out of it, is left out."""
        from omezarr_nb.core.parse import is_safe_path  # not at the top: reading is to use these rules as well

        inside = []
        for path in paths:
            if isinstance(path, str) and is_safe_path(path):
                inside.append(f"{parent}/{path}".strip("/"))
            elif isinstance(path, str):
                self.report.broken(PATH_INSIDE, parent, shown(path), "a path within the group")
        return self.documents.nodes(list(dict.fromkeys(inside)), arrays=arrays)

    def _groups(self, parent: str, paths: Sequence[Any]) -> list[Node]:
        """Return the groups at paths within a group; note those that are not there."""
        nodes = self._children(parent, paths)
        for node in nodes:
            if node.kind != "group":
                self.report.broken(GROUP, node.path, node.fault or node.kind or "nothing", "a group")
        return [node for node in nodes if node.kind == "group"]

    def _images(self, images: Sequence[Node]) -> None:
        """Check images: their attributes, their arrays, their labels."""
        found = [(image, self._image(image)) for image in images]
        labels = self.documents.nodes([f"{image.path}/labels".strip("/") for image in images])
        self._labels([(node, levels) for node, (_, levels) in zip(labels, found, strict=True) if node.kind == "group"])

    def _image(self, image: Node, kind: str | None = None) -> list[Node]:
        """Check one image and its arrays; return those."""
        block = self._block(image)
        self._check(image, kind or ("label" if "image-label" in block else "image"))
        levels = self._children(image.path, dataset_paths(block), arrays=True)
        check_levels(self.report, axis_names_of(block, self.report), levels)
        return levels

    def _labels(self, groups: Sequence[tuple[Node, Sequence[Node]]]) -> None:
        """Check groups of labels, each with the levels of its image."""
        for group, image in groups:
            block = self._block(group)
            if not block:
                continue
            self._check(group, "labels")
            for label in self._groups(group.path, _texts(block.get("labels"))):
                levels = self._image(label)
                if image:
                    check_label_arrays(self.report, image, levels, label.path)

    def _plate(self, root: Node) -> None:
        self._check(root, "plate")
        plate = self._block(root).get("plate")
        plate = plate if isinstance(plate, dict) else {}
        wells = self._groups(root.path, _entries(plate.get("wells"), "path"))
        for well in wells:
            self._check(well, "well")
        known = [value for value in _entries(plate.get("acquisitions"), "id") if Kind.INTEGER.holds(value)]
        self._fields(wells, known)

    def _fields(self, wells: Sequence[Node], acquisitions: Sequence[Any] = ()) -> None:
        """Check the images of wells, those of several wells at once."""
        for start in range(0, len(wells), _BATCH):
            images: list[Node] = []
            for well in wells[start : start + _BATCH]:
                block = self._block(well).get("well")
                entries = block.get("images") if isinstance(block, dict) else None
                images += self._groups(well.path, _entries(entries, "path"))
                if len(acquisitions) > 1:
                    self._acquisitions(well.path, entries, acquisitions)
            self._images(images)

    def _acquisitions(self, place: str, images: Any, known: Sequence[Any]) -> None:
        for index, image in enumerate(images if isinstance(images, list) else ()):
            acquisition = image.get("acquisition") if isinstance(image, dict) else None
            if acquisition not in known:
                where = f"{place}: well.images[{index}].acquisition"
                self.report.broken(ACQUISITION, where, shown(acquisition), listed(known))

    def _scene(self, block: JSON) -> None:
        """Check the images that a scene refers to, and that they have the systems that it names."""
        scene = block.get("scene")
        values = scene.get("coordinateTransformations") if isinstance(scene, dict) else None
        transformations = [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
        nodes = [node_of(value.get(key)) for value in transformations for key in ("input", "output")]
        foreign = list(dict.fromkeys(node for node in nodes if node is not None and node[1]))
        images = self._groups("", [path for _, path in foreign])
        self._images(images)
        declared = {image.path: system_names_of(self._block(image)) for image in images}
        for name, path in foreign:
            names = declared.get(path.strip("/"))
            if names is not None and name not in names:
                self.report.broken(FOREIGN_SYSTEM, path, shown(name), listed(names) or "one that is declared there")

    def _collection(self, root: Node) -> None:
        """Check the images of a collection: those that OME/series lists, or else the groups 0, 1, 2 and so on."""
        self._check(root, "bf2raw")
        (ome,) = self.documents.nodes(["OME"])
        block = self._block(ome)
        if "series" in block:
            self._check(ome, "ome")
            self._images(self._groups("", _texts(block["series"])))
            return
        images: list[Node] = []
        while len(images) % _BATCH == 0:
            nodes = self._children("", [str(len(images) + index) for index in range(_BATCH)])
            there = [node.kind == "group" for node in nodes]
            count = there.index(False) if False in there else _BATCH
            images += nodes[:count]
            if count == 0:
                break
        if not images:
            self.report.broken(GROUP, "0", "nothing", "the first image")
        self._images(images)


def _texts(values: Any) -> list[Any]:
    return values if isinstance(values, list) else []


def _entries(values: Any, key: str) -> list[Any]:
    """Return what stands under a key in each object of a list."""
    entries = values if isinstance(values, list) else []
    return [entry[key] for entry in entries if isinstance(entry, dict) and key in entry]
