"""Scenes as they are used: several images, and how they lie to one another (specification 0.6, section "scene")."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.image import Image
from omezarr_nb.core.images import Images
from omezarr_nb.core.local import absent_groups
from omezarr_nb.core.opened import Opened, version_problems
from omezarr_nb.core.paths import is_safe_path
from omezarr_nb.core.problems import Problem
from omezarr_nb.core.scene import Scene, parse_scene
from omezarr_nb.errors import InvalidArgumentError

if TYPE_CHECKING:
    from omezarr_nb.core.io import ZarrLocation
    from omezarr_nb.core.transforms import CoordinateSystem, Graph

__all__ = ["ImageScene"]

_MAX_IMAGES = 1000


class ImageScene(Opened):
    """A group of images with the transformations between their coordinate systems.

    Made by `omezarr_nb.open`. Only the scene's own metadata has been read; images are read when they are asked for.

    Parameters
    ----------
    location
        The scene's group.

    Examples
    --------
    >>> import omezarr_nb, zarr
    >>> world = {"name": "world", "axes": [{"name": name, "type": "space", "unit": "micrometer"} for name in "yx"]}
    >>> ome = {"version": "0.6", "scene": {"coordinateSystems": [world]}}
    >>> group = zarr.create_group(zarr.storage.MemoryStore(), attributes={"ome": ome})
    >>> [system.name for system in omezarr_nb.open(group).systems]
    ['world']
    """

    def __init__(self, location: ZarrLocation) -> None:
        super().__init__(location)
        scene, problems = parse_scene(location.root_attrs, location.fmt)
        self.metadata = scene or Scene()
        self._problems = (*version_problems(location), *problems)

    @property
    def name(self) -> str:
        """The last part of its place."""
        return self.location.basename() or "scene"

    @cached_property
    def images(self) -> Images:
        """The images that transformations name, in that order, each opened when it is asked for; at most 1000."""
        return Images(self.location, [path for path in self.metadata.paths if is_safe_path(path)][:_MAX_IMAGES])

    @property
    def systems(self) -> tuple[CoordinateSystem, ...]:
        """The coordinate systems of the scene itself; viewers show it in the first."""
        return self.metadata.systems

    @cached_property
    def graph(self) -> Graph:
        """All coordinate systems and what leads between them, those of the images (which this opens) included.

        Examples
        --------
        ``scene.graph.map(points, Reference("physical", "tile_1"), "world")`` maps points of an image to the scene.
        """
        opened = zip(self.images.paths, self.images.look(_MAX_IMAGES), strict=True)
        return self.metadata.graph({path: image.multiscale for path, image in opened if isinstance(image, Image)})

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the scene's own metadata, and in a local folder the images that are missing.

        What is wrong with an image stands there.
        """
        return (*self._problems, *absent_groups(self.location, self.images.paths, "image"))

    def view(self, **options: Any) -> Any:
        """Return an interactive view of the scene for a notebook cell, an `omezarr_nb.ImageViewer`.

        Its images lie over one another, each where the transformations have it in the coordinates of the first one.

        Parameters
        ----------
        **options
            Traits of `omezarr_nb.ImageViewer`: layer_visible, layer_opacity, colors, contrast_limits, height, ...

        Raises
        ------
        NotFoundError
            When the scene has no image.
        UnsupportedError
            When an image lies across the drawn plane, or is bent.
        """
        if self.face is None:
            raise InvalidArgumentError("Views are part of omezarr_nb, not of its core.", do="Import omezarr_nb.")
        return self.face.call("view", self, **options)

    def __repr__(self) -> str:
        count = len(self.images)
        return f"<ImageScene {self.name!r}, {count} image{'s' * (count != 1)}, OME-Zarr {self.version}>"
