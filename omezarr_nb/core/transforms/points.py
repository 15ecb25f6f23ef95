"""What transformations do to points, and what undoes them."""

from __future__ import annotations

from collections.abc import Sequence as Listing
from typing import Any, TypeVar

import numpy as np

from omezarr_nb.core.transforms.fields import Stored, sample, with_matrices
from omezarr_nb.core.transforms.types import (
    Affine,
    Bijection,
    ByDimension,
    Coordinates,
    DimensionPart,
    Displacements,
    Identity,
    MapAxis,
    Matrix,
    ProjectAxis,
    Rotation,
    Scale,
    Sequence,
    StoredMatrix,
    Transformation,
    Translation,
)
from omezarr_nb.errors import InvalidArgumentError, UnsupportedError

__all__ = ["apply", "inverse"]

Points = np.ndarray[Any, np.dtype[np.float64]]
_T = TypeVar("_T")


def apply(transformation: Transformation, points: Listing[Any] | Points, stored: Stored | None = None) -> Points:
    """Return where a transformation takes points.

    Parameters
    ----------
    transformation
        Of any type that is understood.
    points
        Shape (..., n): the last axis holds the n input coordinates, in axis order.
    stored
        Reads the matrices and fields that are arrays. Without it, transformations that name some cannot be applied.

    Returns
    -------
    numpy.ndarray
        Float64, shape (..., m) for m output coordinates; a new array. What is too large for a float is infinite.

    Raises
    ------
    InvalidArgumentError
        When the points have another number of coordinates than the transformation takes.
    UnsupportedError
        When the transformation is of a type that cannot be computed here.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # parameters come from a file
        return _apply(transformation, np.array(points, dtype=np.float64), stored)


def _apply(  # noqa: PLR0911, PLR0912 - a case for each type
    transformation: Transformation, places: Points, stored: Stored | None
) -> Points:
    match transformation:
        case Identity():
            return places
        case Scale(vector):
            places *= np.asarray(_fitting(vector, places))
            return places
        case Translation(vector):
            places += np.asarray(_fitting(vector, places))
            return places
        case MapAxis(order):
            return places[..., list(_fitting(order, places))]
        case ProjectAxis(dropped, created):
            return _project(places, dropped, created)
        case Affine(matrix):
            rows = np.asarray(matrix)
            _fitting(matrix[0][:-1], places)
            moved: Points = places @ rows[:, :-1].T + rows[:, -1]
            return moved
        case Rotation(matrix):
            _fitting(matrix[0], places)
            turned: Points = places @ np.asarray(matrix).T
            return turned
        case Sequence(parts):
            for part in parts:
                places = _apply(part, places, stored)
            return places
        case ByDimension(pieces):
            return _by_dimension(pieces, places, stored)
        case Bijection(forward, _):
            return _apply(forward, places, stored)
        case StoredMatrix() if stored is not None:
            return _apply(with_matrices(transformation, stored), places, None)
        case Displacements(path, interpolation) if stored is not None:
            found = sample(stored.field(path), places, interpolation)
            if found.shape != places.shape:
                raise InvalidArgumentError(
                    "The displacements have another number of parts than the points have coordinates.",
                    where=path,
                    found=found.shape,
                    expected=places.shape,
                )
            places += found
            return places
        case Coordinates(path, interpolation) if stored is not None:
            return sample(stored.field(path), places, interpolation)
    raise UnsupportedError(
        "This transformation cannot be computed from its metadata alone.", found=type(transformation).__name__
    )


def inverse(transformation: Transformation) -> Transformation:  # noqa: PLR0911 - a case for each type
    """Return the transformation that undoes another.

    Raises
    ------
    UnsupportedError
        When nothing undoes it (an axis is dropped, a matrix is singular), or nothing that can be computed.
    """
    match transformation:
        case Identity():
            return Identity()
        case Scale(vector):
            return Scale(tuple(1.0 / value for value in vector))
        case Translation(vector):
            return Translation(tuple(-value for value in vector))
        case MapAxis(order):
            return MapAxis(tuple(int(index) for index in np.argsort(order)))
        case ProjectAxis((), created):
            return ProjectAxis(dropped_inputs=created)
        case Affine(matrix):
            return Affine(_inverse_affine(matrix))
        case Rotation(matrix):
            return Rotation(_rows(_inverted(np.asarray(matrix))))
        case Sequence(parts):
            return Sequence(tuple(inverse(part) for part in reversed(parts)))
        case ByDimension(pieces):
            return ByDimension(
                tuple(
                    DimensionPart(piece.output_axes, piece.input_axes, inverse(piece.transformation))
                    for piece in pieces
                )
            )
        case Bijection(forward, backward):
            return Bijection(backward, forward)
    raise UnsupportedError("Nothing that can be computed undoes this transformation.", found=transformation)


def _fitting(vector: tuple[_T, ...], places: Points) -> tuple[_T, ...]:
    if places.shape[-1:] != (len(vector),):
        raise InvalidArgumentError(
            "The points have another number of coordinates than the transformation takes.",
            found=places.shape,
            expected=f"(..., {len(vector)})",
        )
    return vector


def _project(places: Points, dropped: tuple[int, ...], created: tuple[int, ...]) -> Points:
    count = places.shape[-1] - len(dropped) + len(created)
    if any(index >= places.shape[-1] for index in dropped) or any(index >= count for index in created):
        raise InvalidArgumentError("An axis that is dropped or made is not there.", found=(dropped, created))
    kept = [axis for axis in range(places.shape[-1]) if axis not in dropped]
    out = np.zeros((*places.shape[:-1], count))
    out[..., [axis for axis in range(count) if axis not in created]] = places[..., kept]
    return out


def _by_dimension(pieces: tuple[DimensionPart, ...], places: Points, stored: Stored | None) -> Points:
    outputs = [axis for piece in pieces for axis in piece.output_axes]
    if sorted(outputs) != list(range(len(outputs))):
        raise InvalidArgumentError("Every output axis is in exactly one part.", found=outputs)
    out = np.empty((*places.shape[:-1], len(outputs)))
    for piece in pieces:
        if any(axis >= places.shape[-1] for axis in piece.input_axes):
            raise InvalidArgumentError("The points have no such input axis.", found=piece.input_axes)
        out[..., list(piece.output_axes)] = apply(piece.transformation, places[..., list(piece.input_axes)], stored)
    return out


def _inverse_affine(matrix: Matrix) -> Matrix:
    rows = np.asarray(matrix)
    linear, offset = rows[:, :-1], rows[:, -1]
    if linear.shape[0] != linear.shape[1]:
        raise UnsupportedError("An affine between spaces of different dimensions has no inverse.", found=linear.shape)
    undone = _inverted(linear)
    return _rows(np.column_stack([undone, -undone @ offset]))


def _inverted(linear: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    try:
        return np.linalg.inv(linear)
    except np.linalg.LinAlgError as error:
        raise UnsupportedError("This matrix is singular: nothing undoes it.", found=linear.tolist()) from error


def _rows(matrix: np.ndarray[Any, Any]) -> Matrix:
    return tuple(tuple(float(value) for value in row) for row in matrix)
