"""Reading the matrices and fields that transformations name by their paths."""

from __future__ import annotations

from typing import Any

import numpy as np

from omezarr_nb.core.image import Image
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.transforms import Field
from omezarr_nb.errors import InvalidMetadataError, NotFoundError

__all__ = ["StoredArrays"]

_VECTOR_TYPES = ("displacement", "coordinate")


class StoredArrays:
    """Reads arrays below a group, for `omezarr_nb.core.transforms.Graph.map` and `apply`.

    An array is read whole when it is needed, and kept.

    Parameters
    ----------
    location
        The group whose metadata names the arrays.
    """

    def __init__(self, location: ZarrLocation) -> None:
        self._location = location
        self._matrices: dict[str, np.ndarray[Any, Any]] = {}
        self._fields: dict[str, Field] = {}

    def matrix(self, path: str) -> np.ndarray[Any, Any]:
        """Return the array at a path.

        Raises
        ------
        NotFoundError
            When there is none.
        """
        if path not in self._matrices:
            array = self._location.arrays([path]).get(path)
            if array is None:
                raise NotFoundError("A transformation names an array that is not there.", where=self._where(path))
            self._matrices[path] = np.asarray(array[...])
        return self._matrices[path]

    def field(self, path: str) -> Field:
        """Return the field at a path: level 0 of the image there, or the array there as a grid of unit spacing.

        Raises
        ------
        NotFoundError
            When there is nothing.
        InvalidMetadataError
            When it has no axis of vectors, of as many parts as it has other axes.
        """
        if path not in self._fields:
            self._fields[path] = self._read(path)
        return self._fields[path]

    def _read(self, path: str) -> Field:
        child = self._location.child(path)
        if not child.exists():
            raise NotFoundError("A transformation names a field that is not there.", where=self._where(path))
        if child.is_array:
            values = self.matrix(path)
            count = values.ndim - 1
            fitting = [axis for axis in (count, 0) if values.ndim > 1 and values.shape[axis] == count]
            if not fitting:
                raise self._no_vectors(path, values.shape)
            return Field(np.moveaxis(values, fitting[0], -1), (1.0,) * count, (0.0,) * count)
        image = Image(child)
        level = image.levels[0]
        kinds = [axis.type for axis in image.axes]
        fitting = [index for index, kind in enumerate(kinds) if kind in _VECTOR_TYPES]
        if len(fitting) != 1:
            raise self._no_vectors(path, level.shape)
        vector = fitting[0]
        kept = [index for index in range(image.ndim) if index != vector]
        return Field(
            np.moveaxis(np.asarray(level.zarr[...]), vector, -1),
            tuple(level.scale[index] for index in kept),
            tuple(level.translation[index] for index in kept),
        )

    def _no_vectors(self, path: str, shape: tuple[int, ...]) -> InvalidMetadataError:
        return InvalidMetadataError(
            "This is no field of vectors.",
            where=self._where(path),
            found=f"shape {shape}",
            expected='one axis of type "displacement" or "coordinate"',
        )

    def _where(self, path: str) -> str:
        return f"{self._location.where}/{path}"
