"""Transformations whose numbers are arrays: matrices, and fields of displacements or coordinates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from omezarr_nb.core.transforms.types import (
    Affine,
    Bijection,
    ByDimension,
    Interpolation,
    Matrix,
    Rotation,
    Sequence,
    StoredMatrix,
    Transformation,
)
from omezarr_nb.errors import InvalidArgumentError, InvalidMetadataError

__all__ = ["Field", "Stored", "sample", "with_matrices"]

_ORDERS = {"nearest": 0, "linear": 1, "cubic": 3, "bspline-cubic": 3}


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A vector for each point of a grid.

    Parameters
    ----------
    values
        Shape (n1, ..., nk, m): at each point of a grid of k axes a vector of m numbers.
    scale, translation
        Where the grid lies: its point ``i`` is at ``translation + i * scale``, one number for each of the k axes.
    """

    values: np.ndarray[Any, Any]
    scale: tuple[float, ...]
    translation: tuple[float, ...]


class Stored(Protocol):
    """Reads the arrays that transformations name by their paths."""

    def matrix(self, path: str) -> np.ndarray[Any, Any]:
        """Return the matrix at a path."""

    def field(self, path: str) -> Field:
        """Return the field at a path."""


def sample(field: Field, points: np.ndarray[Any, Any], interpolation: Interpolation) -> np.ndarray[Any, Any]:
    """Return the vectors of a field at points.

    Parameters
    ----------
    field
        The grid and its vectors.
    points
        Shape (..., k), in the coordinates of the grid's axes.
    interpolation
        Between the points of the grid. Beyond its edges the vector at the edge holds.

    Returns
    -------
    numpy.ndarray
        Float64, shape (..., m).
    """
    from scipy.ndimage import map_coordinates

    dimensions = field.values.ndim - 1
    if points.shape[-1:] != (dimensions,):
        raise InvalidArgumentError(
            "The points have another number of coordinates than the field has axes.",
            found=points.shape,
            expected=f"(..., {dimensions})",
        )
    places = (points - np.asarray(field.translation)) / np.asarray(field.scale)
    flat = places.reshape(-1, dimensions).T
    vectors = [
        map_coordinates(
            np.asarray(field.values[..., part], np.float64), flat, order=_ORDERS[interpolation], mode="nearest"
        )
        for part in range(field.values.shape[-1])
    ]
    return np.stack(vectors, axis=-1).reshape(*points.shape[:-1], field.values.shape[-1])


def with_matrices(transformation: Transformation, stored: Stored) -> Transformation:
    """Return a transformation with every matrix that is an array read, so that it can be applied and inverted.

    Raises
    ------
    InvalidMetadataError
        When an array is no matrix.
    """
    match transformation:
        case StoredMatrix(kind, path):
            matrix = _as_matrix(stored.matrix(path), path)
            return Affine(matrix) if kind == "affine" else Rotation(matrix)
        case Sequence(parts):
            return Sequence(tuple(with_matrices(part, stored) for part in parts))
        case ByDimension(pieces):
            return ByDimension(
                tuple(replace(piece, transformation=with_matrices(piece.transformation, stored)) for piece in pieces)
            )
        case Bijection(forward, inverse):
            return Bijection(with_matrices(forward, stored), with_matrices(inverse, stored))
    return transformation


def _as_matrix(values: np.ndarray[Any, Any], path: str) -> Matrix:
    if values.ndim != 2 or values.size == 0 or values.dtype.kind not in "iuf" or not np.isfinite(values).all():
        raise InvalidMetadataError(
            "A transformation names an array that is no matrix of numbers.",
            where=path,
            found=f"shape {values.shape}, {values.dtype}",
        )
    return tuple(tuple(float(value) for value in row) for row in values)
