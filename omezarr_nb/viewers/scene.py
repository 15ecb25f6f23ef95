"""The view of a scene: its images as layers, each where the scene's transformations have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from omezarr_nb.core.fields import StoredArrays
from omezarr_nb.core.image import Image
from omezarr_nb.core.transforms import Reference
from omezarr_nb.errors import NotFoundError, UnsupportedError
from omezarr_nb.viewers.image import ImageViewer
from omezarr_nb.viewers.layers import Layer

if TYPE_CHECKING:
    from omezarr_nb.core.scenes import ImageScene

__all__ = ["scene_layers", "view_scene"]


def view_scene(scene: ImageScene, **traits: Any) -> ImageViewer:
    """Return a view of the images of a scene in the world of the first one; see `ImageScene.view`."""
    first, *others = scene_layers(scene)
    assert isinstance(first.image, Image)
    return ImageViewer(first.image, layers=others, **traits)


def scene_layers(scene: ImageScene) -> list[Layer]:
    """Return the images of a scene, each with the transformation to the coordinates of the first one.

    Raises
    ------
    NotFoundError
        When the scene names no image, or none is there.
    UnsupportedError
        When no transformation that can be drawn leads from one image to the first.
    """
    images = [(path, image) for path in scene.images.paths if isinstance(image := scene.images[path], Image)]
    if not images:
        raise NotFoundError("This scene has no image to view.", where=scene.where)
    path, base = images[0]
    goal = Reference(base.multiscale.intrinsic.name, path)
    return [Layer(base), *(_layer(scene, name, image, base, goal) for name, image in images[1:])]


def _layer(scene: ImageScene, path: str, image: Image, base: Image, goal: Reference) -> Layer:
    """Return an image with the matrix that lays it over the first one."""
    count = image.ndim
    source = Reference(image.multiscale.intrinsic.name, path)
    # Where the origin goes, each axis, and one point more: were it not affine, that would lie elsewhere.
    points = np.vstack([np.zeros(count), np.eye(count), np.full(count, 2.0)])
    found = scene.graph.map(points, source, goal, StoredArrays(scene.location))
    offset = found[0]
    linear = (found[1:-1] - offset).T
    if not np.allclose(linear @ points[-1] + offset, found[-1], rtol=1e-6, atol=1e-9 * max(np.abs(found).max(), 1)):
        raise UnsupportedError("A scene that bends an image is not drawn.", where=image.where)
    there = {axis.name: index for index, axis in enumerate(base.axes)}
    matrix = np.eye(count, count + 1)
    for row, axis in enumerate(image.axes):
        if axis.name in there:
            matrix[row] = [*linear[there[axis.name]], offset[there[axis.name]]]
    return Layer(image, matrix.tolist(), path)
