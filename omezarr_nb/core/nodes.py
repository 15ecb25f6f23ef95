"""`Reader`, `Node` and their specs: the names by which scripts for ome-zarr-py read.

They add nothing to what is read: a spec is the object that `omezarr_nb.open` returns (`Multiscales` is an `Image`,
`Plate` a plate, `Well` a well, `Labels` a group of labels) with ome-zarr-py's attributes beside its own. Unlike there,
`Node.data` and `Node.metadata` are read when they are first asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from omezarr_nb.core import image as images
from omezarr_nb.core import labels
from omezarr_nb.core import plate as plates
from omezarr_nb.core.format import declared_version, known_format
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.mosaic import plate_mosaic, well_mosaic
from omezarr_nb.core.opened import block_of
from omezarr_nb.errors import InvalidArgumentError, NotFoundError

if TYPE_CHECKING:
    import dask.array as da
    import numpy as np

__all__ = ["OMERO", "Label", "Labels", "Multiscales", "Node", "Plate", "Reader", "Spec", "Well"]

SomeSpec = TypeVar("SomeSpec", bound="Spec")


class Reader:
    """All that lies at a place, as nodes, depth first.

    Parameters
    ----------
    zarr
        The place to begin at.

    Raises
    ------
    NotFoundError
        When nothing is there.

    Examples
    --------
    ``for node in Reader(parse_url("image.zarr"))(): node.data[0]``
    """

    def __init__(self, zarr: ZarrLocation) -> None:
        if not zarr.exists():
            raise NotFoundError("There is no Zarr hierarchy here.", where=zarr.where)
        self.zarr = zarr
        self.seen: list[ZarrLocation] = [zarr]

    def __call__(self) -> Iterator[Node]:
        """Give the nodes: the place itself, its labels, and for labels the image they belong to."""
        node = Node(self.zarr, self)
        if node.specs or self.zarr.is_array:
            yield from self.descend(node)

    def __iter__(self) -> Iterator[Node]:
        return self()

    def descend(self, node: Node) -> Iterator[Node]:
        """Give a node, what comes before and what comes after it."""
        for before in node.pre_nodes:
            yield from self.descend(before)
        yield node
        for after in node.post_nodes:
            yield from self.descend(after)


class Node:
    """A place in a hierarchy, with what it is (`specs`), its pixels (`data`) and its metadata.

    Parameters
    ----------
    zarr
        The place.
    root
        The node or reader above it, or a list of the places that have been seen.
    visibility
        Whether it is shown at first.
    plate_labels
        Accepted for scripts that pass it; the labels of plates are those of their fields.
    """

    def __init__(
        self,
        zarr: ZarrLocation,
        root: Node | Reader | list[ZarrLocation],
        visibility: bool = True,
        plate_labels: bool = False,  # noqa: ARG002 - part of the signature that scripts use
    ) -> None:
        for version in (declared_version(zarr.root_attrs), declared_version(block_of(zarr))):
            if version is not None and known_format(version) is None:
                raise InvalidArgumentError(f"Version {version} not recognized")
        self.zarr = zarr
        self.root = root
        self.seen: list[ZarrLocation] = root if isinstance(root, list) else root.seen
        self.pre_nodes: list[Node] = []
        self.post_nodes: list[Node] = []
        self._visible = visibility
        kinds: tuple[type[Spec], ...] = (Labels, Label, Multiscales, OMERO, Plate, Well)
        self.specs: list[Spec] = []
        for kind in kinds:
            if kind.matches(zarr):
                self.specs.append(kind(self))

    @cached_property
    def data(self) -> list[da.Array]:
        """The levels as dask arrays, from the finest; [] for what has no pixels. No pixels are read."""
        if self.zarr.is_array:
            return [self.zarr.load()]
        return next((arrays for spec in self.specs if (arrays := spec.arrays())), [])

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """What ome-zarr-py makes of the metadata: name, axes, transformations, channels, colours of labels."""
        found: dict[str, Any] = {}
        for spec in self.specs:
            found |= spec.facts()
        return found

    def first(self, spectype: type[SomeSpec]) -> SomeSpec | None:
        """Return the first spec of a kind, or None."""
        return next((spec for spec in self.specs if isinstance(spec, spectype)), None)

    load = first

    @property
    def visible(self) -> bool:
        """Whether the node is shown at first; setting it sets it for all nodes below."""
        return self._visible

    @visible.setter
    def visible(self, visibility: bool) -> None:
        if visibility != self._visible:
            self._visible = visibility
            for node in self.pre_nodes + self.post_nodes:
                node.visible = visibility

    def add(
        self,
        zarr: ZarrLocation,
        prepend: bool = False,
        visibility: bool | None = None,
        plate_labels: bool = False,
    ) -> Node | None:
        """Make a node for a place below this one, unless it has been seen.

        Parameters
        ----------
        zarr
            The place.
        prepend
            Whether it comes before this node.
        visibility
            As for `Node`; that of this node by default.
        plate_labels
            As for `Node`.

        Returns
        -------
        Node or None
            None where the place has been seen.
        """
        if not plate_labels and any(_place(zarr) == _place(other) for other in self.seen):
            return None
        self.seen.append(zarr)
        node = Node(zarr, self, self.visible if visibility is None else visibility, plate_labels)
        (self.pre_nodes if prepend else self.post_nodes).append(node)
        return node

    def write_metadata(self, metadata: dict[str, Any]) -> None:
        """Put the attributes of the group, as stored, into a mapping."""
        if self.specs:
            metadata.update(self.zarr.root_attrs)

    def __repr__(self) -> str:
        return f"{self.zarr}{'' if self.visible else ' (hidden)'}"


class Spec:
    """One thing that a group is, by the keys in its metadata."""

    #: The key that says so.
    key = ""

    @classmethod
    def matches(cls, zarr: ZarrLocation) -> bool:
        """Return whether a place is of this kind."""
        return not zarr.is_array and cls.key in block_of(zarr)

    def __init__(self, node: Node) -> None:
        self.node = node
        self.zarr = node.zarr

    def lookup(self, key: str, default: Any) -> Any:
        """Return what stands under a key of the OME metadata."""
        return block_of(self.zarr).get(key, default)

    def arrays(self) -> list[da.Array]:
        """Return the levels of what this is, [] where it has no pixels."""
        return []

    def facts(self) -> dict[str, Any]:
        """Return what this adds to the metadata of its node."""
        return {}


class Labels(Spec, labels.Labels):
    """A group of labels: its label images become nodes."""

    key = "labels"

    def __init__(self, node: Node) -> None:
        Spec.__init__(self, node)
        labels.Labels.__init__(self, node.zarr)
        self.__dict__["_location"] = node.zarr
        for name in self.names:
            child = node.zarr.child(name)
            if child.exists():
                node.add(child)


class Label(Spec):
    """What makes an image a label image; the image that it names as its source becomes a node."""

    key = "image-label"

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        label = self.lookup("image-label", {})
        source = label.get("source") if isinstance(label, Mapping) else None
        parent = _image_above(node.zarr) if isinstance(source, Mapping) and source.get("image") else None
        if parent is not None:
            node.add(parent, prepend=True, visibility=False)

    def facts(self) -> dict[str, Any]:
        """Return colours (red, green, blue and alpha from 0 to 1) and properties by label."""
        stored = images.LabelImage(self.zarr).image_label
        name = self.zarr.basename()
        colors = {
            color.value: None if color.rgba is None else [part / 255 for part in color.rgba] for color in stored.colors
        }
        properties = {
            entry["label-value"]: {key: value for key, value in entry.items() if key != "label-value"}
            for entry in stored.properties
            if isinstance(entry.get("label-value"), int)
        }
        found = {
            "visible": self.node.visible,
            "name": name,
            "color": colors,
            "metadata": {"image": self.lookup("image", {}), "path": name},
        }
        return found | ({"properties": properties} if properties else {})


class Multiscales(Spec, images.Image):
    """An image; its labels become nodes."""

    key = "multiscales"

    def __init__(self, node: Node) -> None:
        Spec.__init__(self, node)
        images.Image.__init__(self, node.zarr)
        labels = node.zarr.child("labels")
        if labels.exists():
            node.add(labels, visibility=False)

    @property
    def datasets(self) -> list[str]:
        """Paths of the levels, as the metadata has them."""
        return [dataset.path for dataset in self.multiscale.datasets]

    def array(self, resolution: str | int = 0, *, missing: Literal["fill", "error"] = "fill") -> da.Array:
        """Return a level, by its path or its index, as `Image.array` does; no pixels are read."""
        if not isinstance(resolution, str):
            return images.Image.array(self, resolution, missing=missing)
        paths = [level.path for level in self.levels]
        if resolution in paths:
            return images.Image.array(self, paths.index(resolution), missing=missing)
        return self.zarr.load(resolution)

    def arrays(self) -> list[da.Array]:
        """Return the levels."""
        return [level.dask for level in self.levels]

    def facts(self) -> dict[str, Any]:
        """Return axes, name, and the transformations of each level as stored."""
        stored = self.lookup("multiscales", [{}])[0]
        found: dict[str, Any] = {"axes": [axis.to_json() for axis in self.axes], "name": self.multiscale.name}
        datasets = [dataset for dataset in stored.get("datasets", []) if isinstance(dataset, Mapping)]
        transformations = [dataset.get("coordinateTransformations") for dataset in datasets]
        if any(entry is not None for entry in transformations):
            found["coordinateTransformations"] = transformations
        return found


class OMERO(Spec):
    """How the channels of an image are shown."""

    key = "omero"

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self.image_data = self.lookup("omero", {})

    def facts(self) -> dict[str, Any]:
        """Return names, visibility, contrast limits and colours (from black) of the channels."""
        image = self.node.first(Multiscales)
        omero = image.metadata.omero if image is not None else None
        if omero is None or not omero.channels:
            return {}
        rendering = omero.extra.get("rdefs")
        grey = isinstance(rendering, Mapping) and rendering.get("model") == "greyscale"
        windows = [channel.window for channel in omero.channels]
        rgb = [
            [int(channel.color[at : at + 2], 16) / 255 for at in (0, 2, 4)]
            for channel in omero.channels
            if channel.color
        ]
        return {
            "channel_names": [channel.label for channel in omero.channels],
            "visible": [channel.active and self.node.visible for channel in omero.channels],
            "contrast_limits": [None if window is None else [window.start, window.end] for window in windows],
            "colormap": [[[0, 0, 0], [1, 1, 1] if grey else color] for color in rgb],
        }


class _Mosaic(Spec):
    """What shows several images side by side; its first field stands for all of them."""

    @cached_property
    def mosaic(self) -> tuple[images.Image, list[da.Array]]:
        """The first field, and all of them side by side, a level each."""
        if isinstance(self, plates.Plate):
            return plate_mosaic(self)
        assert isinstance(self, plates.Well)
        return well_mosaic(self)

    @property
    def img_metadata(self) -> dict[str, Any]:
        """Metadata of the first field, as its node has it."""
        return Node(self.mosaic[0].location, []).metadata

    @property
    def numpy_type(self) -> np.dtype[Any]:
        """Type of the pixels of the first field."""
        return self.mosaic[0].dtype

    def arrays(self) -> list[da.Array]:
        """Return the fields of a well in a nearly square grid, those of a plate in rows and columns, a level each."""
        return self.mosaic[1]

    def facts(self) -> dict[str, Any]:
        """Return those of the first field."""
        return self.img_metadata


class Well(_Mosaic, plates.Well):
    """A well; its data are all fields in a grid."""

    key = "well"

    def __init__(self, node: Node) -> None:
        Spec.__init__(self, node)
        plates.Well.__init__(self, node.zarr)
        self.well_data = self.lookup("well", {})

    @property
    def img_shape(self) -> tuple[int, ...]:
        """Shape of the first field."""
        return self.mosaic[0].shape

    @property
    def img_pyramid_shapes(self) -> list[tuple[int, ...]]:
        """Shapes of the levels of the first field."""
        return [level.shape for level in self.mosaic[0].levels]


class Plate(_Mosaic, plates.Plate):
    """A plate; its data are the first fields of all wells."""

    key = "plate"

    def __init__(self, node: Node) -> None:
        Spec.__init__(self, node)
        plates.Plate.__init__(self, node.zarr)
        self.plate_data = self.lookup("plate", {})

    @property
    def row_names(self) -> list[str]:
        """Names of the rows."""
        return list(self.rows)

    @property
    def col_names(self) -> list[str]:
        """Names of the columns."""
        return list(self.columns)

    @property
    def well_paths(self) -> list[str]:
        """Paths of the wells, sorted."""
        return sorted(entry.path for entry in self.metadata.wells)

    @property
    def row_count(self) -> int:
        """Number of rows."""
        return len(self.rows)

    @property
    def column_count(self) -> int:
        """Number of columns."""
        return len(self.columns)

    def facts(self) -> dict[str, Any]:
        """Return those of the first field, and the metadata of the plate as stored."""
        return self.img_metadata | {"metadata": {"plate": self.plate_data}}


def _place(zarr: ZarrLocation) -> str:
    """Return where a place is, the same however its store was opened."""
    return str(zarr.store_path).rstrip("/")


def _image_above(label: ZarrLocation) -> ZarrLocation | None:
    """Return the image that a label image in a group "labels" belongs to, or None.

    The path in `source.image` is not followed: it may lead anywhere. Its default, "../../", is.
    """
    from zarr.storage import FsspecStore, LocalStore

    store = label.store
    parts = label.path.split("/") if label.path else []
    if len(parts) >= 2:
        if parts[-2] != "labels":
            return None
        parent = ZarrLocation(store)
        above = parent.child("/".join(parts[:-2])) if len(parts) > 2 else parent
    elif isinstance(store, LocalStore) and (folder := store.root.joinpath(*parts)).parent.name == "labels":
        above = ZarrLocation(folder.parent.parent)
    elif isinstance(store, FsspecStore) and (within := [*store.path.rstrip("/").split("/"), *parts])[-2:-1] == [
        "labels"
    ]:
        above = ZarrLocation(FsspecStore(store.fs, read_only=True, path="/".join(within[:-2])))
    else:
        return None
    return above if "multiscales" in block_of(above) else None
