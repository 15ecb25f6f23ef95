"""Validation of a whole hierarchy by its metadata: what its groups say, and whether what they name is there.

Pixels are not read. Nothing is listed: only what the metadata names is asked for, so it works over HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.format import declared_version
from omezarr_nb.core.paths import is_safe_path
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.rules import storage as rules
from omezarr_nb.core.rules.groups import BF2RAW_IMAGES, GROUP, HIERARCHY_SIZE
from omezarr_nb.core.rules.labels import LABELS_UNLISTED
from omezarr_nb.core.rules.rule import Level
from omezarr_nb.core.validate.attributes import check_attributes
from omezarr_nb.core.validate.behind import check_stored, stored_paths
from omezarr_nb.core.validate.documents import Documents, Node, TooManyError
from omezarr_nb.core.validate.layout import LAYOUT_KEY
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.storage import (
    Pyramid,
    axis_names_of,
    check_array_dimensions,
    check_label_arrays,
    check_levels,
    check_offsets,
    check_scales,
    dataset_paths,
    multiscales_of,
    system_names_of,
)
from omezarr_nb.core.validate.systems import node_of
from omezarr_nb.core.validate.top import KEYS, facts_of_top, kind_of
from omezarr_nb.core.validate.values import Kind, listed, shown
from omezarr_nb.core.validate.versions import Facts

if TYPE_CHECKING:
    from omezarr_nb.core.io import ZarrLocation

__all__ = ["validate_documents", "validate_hierarchy"]


_BATCH = 32
#: Collections that list no images are counted up; a server that answers anything would never end.
_MOST_IMAGES = 10_000


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
    return validate_documents(documents, root, strict=strict, level=level)[1]


def validate_documents(
    documents: Documents, root: Node, *, strict: bool = False, level: Level = "full"
) -> tuple[Facts | None, list[Problem]]:
    """Return the facts of the version of a hierarchy, None where it has none, and every problem in it.

    Parameters
    ----------
    documents, root
        Of the hierarchy, and its top.
    strict, level
        As for `validate_hierarchy`.
    """
    inside = None
    if LAYOUT_KEY in root.attributes and declared_version(root.attributes) is None:
        (ome,) = documents.nodes(["OME"])
        series = [path for path in _texts(ome.attributes.get("series")) if isinstance(path, str) and is_safe_path(path)]
        first = series[0] if series else "0"
        (image,) = documents.nodes([first])
        inside = image.attributes
    facts, problems = facts_of_top(root, documents.zarr_format, inside)
    if facts is None:
        return None, problems
    walk = _Walk(documents, Report(facts, "full", strict, problems), level)
    try:
        walk.top(root)
    except TooManyError:
        message = "The metadata names millions of groups and arrays; the rest of them was not looked at."
        walk.report.problems.append(Problem(HIERARCHY_SIZE.name, "error", "", message))
    for path, found in documents.stale.items():
        walk.report.broken(rules.CONSOLIDATED, path, found, "what the documents say")
    return facts, walk.report.problems


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
                self.report.broken(rules.OME_METADATA, "", found, listed(KEYS))
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
                self._labels([(root, Pyramid())])
            case "scene":
                self._check(root, "scene")
                self._stored("", block)
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
        inside = []
        for path in paths:
            if isinstance(path, str) and is_safe_path(path):
                inside.append(f"{parent}/{path}".strip("/"))
            elif isinstance(path, str):
                self.report.broken(rules.PATH_INSIDE, parent, shown(path), "a path within the group")
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
        for node in labels:
            if node.fault or node.kind == "array":
                self.report.broken(GROUP, node.path, node.fault or "an array", "a group")
        pairs = zip(labels, found, strict=True)
        self._labels([(node, pyramid) for node, (_, pyramid) in pairs if node.kind == "group"])

    def _image(self, image: Node, kind: str | None = None) -> Pyramid:
        """Check one image and its arrays; return those of its first multiscale."""
        block = self._block(image)
        self._check(image, kind or ("label" if "image-label" in block else "image"))
        pyramids = [self._levels(image, multiscale) for multiscale in multiscales_of(block)]
        self._stored(image.path, block)
        return pyramids[0] if pyramids else Pyramid()

    def _levels(self, image: Node, multiscale: JSON) -> Pyramid:
        """Check the arrays of one multiscale of an image; return them."""
        levels = self._children(image.path, dataset_paths(multiscale), arrays=True)
        names = axis_names_of(multiscale, self.report)
        check_levels(self.report, names, levels)
        prefix = f"{image.path}/" if image.path else ""
        by_path = {level.path.removeprefix(prefix): level for level in levels}
        check_scales(self.report, multiscale, by_path)
        if self.report.facts.axes != "names":
            check_offsets(self.report, multiscale, by_path)
        self._readable(levels)
        if self.report.facts.axes == "names" and names is not None:
            there = [level.path for level in levels if level.kind == "array"]
            check_array_dimensions(self.report, names, dict(zip(there, self.documents.attributes(there), strict=True)))
        return Pyramid(levels, names)

    def _readable(self, levels: Sequence[Node]) -> None:
        """Note the arrays that zarr cannot make sense of."""
        for level in levels:
            if level.kind == "array" and (fault := self.documents.unreadable(level)):
                self.report.broken(rules.ARRAY_DOCUMENT, level.path, fault, "the metadata of an array")

    def _stored(self, parent: str, block: JSON) -> None:
        """Check what lies behind the paths of transformations."""
        for kind, path in stored_paths(block) if self.report.facts.axes == "systems" else ():
            for node in self._children(parent, [path]):
                check_stored(self.report, kind, node, self._block(node))

    def _labels(self, groups: Sequence[tuple[Node, Pyramid]]) -> None:
        """Check groups of labels, each with the arrays of its image."""
        for group, image in groups:
            block = self._block(group)
            if not block:
                continue
            self._check(group, "labels")
            paths = _texts(block.get("labels"))
            for node in self._children(group.path, _between(paths)):
                if other := self._block(node):
                    self.report.broken(
                        rules.LABELS_BETWEEN, node.path, shown([str(key) for key in other]), "no OME metadata"
                    )
            leading = {path.split("/")[0] for path in paths if isinstance(path, str)}
            for name in self.documents.names_below(group.path) if group.path else ():
                if name not in leading:
                    self.report.broken(LABELS_UNLISTED, f"{group.path}/{name}", shown(name), "a list that has it")
            for label in self._groups(group.path, paths):
                pyramid = self._image(label)
                if image.levels:
                    check_label_arrays(self.report, image, pyramid, label.path)

    def _plate(self, root: Node) -> None:
        self._check(root, "plate")
        plate = self._block(root).get("plate")
        plate = plate if isinstance(plate, dict) else {}
        paths = _entries(plate.get("wells"), "path")
        for row in self._children(root.path, _between(paths)):
            if row.kind != "group":
                self.report.broken(rules.ROW_GROUP, row.path, row.fault or row.kind or "nothing", "a group")
        rows = _entries(plate.get("rows"), "name")
        for name in self.documents.names_below(root.path):
            if rows and name not in rows and name not in ("OME", "labels"):
                self.report.broken(rules.ROW_UNLISTED, name, f"the group {shown(name)}", listed(rows))
        wells = self._groups(root.path, paths)
        for well in wells:
            self._check(well, "well")
            self._field_count(well, plate.get("field_count"))
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

    def _field_count(self, well: Node, most: Any) -> None:
        block = self._block(well).get("well")
        images = block.get("images") if isinstance(block, dict) else None
        if isinstance(images, list) and Kind.INTEGER.holds(most) and 0 < most < len(images):
            self.report.broken(
                rules.PLATE_FIELD_COUNT_EXCEEDED, well.path, f"{len(images)} fields", f"no more than {most}"
            )

    def _acquisitions(self, place: str, images: Any, known: Sequence[Any]) -> None:
        for index, image in enumerate(images if isinstance(images, list) else ()):
            acquisition = image.get("acquisition") if isinstance(image, dict) else None
            if acquisition not in known:
                where = f"{place}: well.images[{index}].acquisition"
                self.report.broken(rules.FIELD_ACQUISITION_KNOWN, where, shown(acquisition), listed(known))

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
                self.report.broken(
                    rules.TRANSFORMATION_SYSTEM_ELSEWHERE,
                    path,
                    shown(name),
                    listed(names) or "one that is declared there",
                )

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
        while len(images) % _BATCH == 0 and len(images) < _MOST_IMAGES:
            nodes = self._children("", [str(len(images) + index) for index in range(_BATCH)])
            there = [node.kind == "group" for node in nodes]
            count = there.index(False) if False in there else _BATCH
            images += nodes[:count]
            if count == 0:
                break
        if not images:
            self.report.broken(BF2RAW_IMAGES, "0", "nothing", "the first image")
        self._images(images)


def _texts(values: Any) -> list[Any]:
    return values if isinstance(values, list) else []


def _between(paths: Sequence[Any]) -> list[str]:
    """Return the groups that paths lead through: "a" and "a/b" of "a/b/c"."""
    parts = [path.split("/") for path in paths if isinstance(path, str)]
    return ["/".join(names[:count]) for names in parts for count in range(1, len(names))]


def _entries(values: Any, key: str) -> list[Any]:
    """Return what stands under a key in each object of a list."""
    entries = values if isinstance(values, list) else []
    return [entry[key] for entry in entries if isinstance(entry, dict) and key in entry]
