"""The types of coordinate transformations, as values.

Names and meanings are those of the specification, 0.6, section "coordinateTransformations"; 0.4 and 0.5 know the
identity, the scale and the translation. Vectors and matrices are in axis order. A transformation here is what it does;
which coordinate systems it goes between is said by `omezarr_nb.core.transforms.graph.Edge`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

__all__ = [
    "Affine",
    "Bijection",
    "ByDimension",
    "Coordinates",
    "DimensionPart",
    "Displacements",
    "Identity",
    "MapAxis",
    "OtherTransformation",
    "ProjectAxis",
    "Rotation",
    "Scale",
    "Sequence",
    "StoredMatrix",
    "Transformation",
    "Translation",
]

Extra = Mapping[str, Any]
Matrix = tuple[tuple[float, ...], ...]
Interpolation = Literal["nearest", "linear", "cubic", "bspline-cubic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotated:
    """What every transformation has.

    Parameters
    ----------
    extra
        Other keys of its JSON object (a name, a note), kept as they are.
    """

    extra: Extra = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Identity(Annotated):
    """Leaves coordinates as they are."""


@dataclass(frozen=True, slots=True)
class Scale(Annotated):
    """Multiplies each coordinate.

    Parameters
    ----------
    scale
        One factor an axis, in axis order, in the axis' unit a pixel.
    """

    scale: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Translation(Annotated):
    """Adds to each coordinate.

    Parameters
    ----------
    translation
        One offset an axis, in axis order, in the axis' unit.
    """

    translation: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class MapAxis(Annotated):
    """Permutes the axes.

    Parameters
    ----------
    map_axis
        For each output axis the index of the input axis that it is; each input axis once.
    """

    map_axis: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ProjectAxis(Annotated):
    """Drops axes, and makes new ones at 0.

    Parameters
    ----------
    dropped_inputs
        Indices of the input axes that are left out.
    created_outputs
        Indices, in the output, of axes at which every point lies at 0.
    """

    dropped_inputs: tuple[int, ...] = ()
    created_outputs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Affine(Annotated):
    """Multiplies by a matrix and adds.

    Parameters
    ----------
    matrix
        As many rows as output axes; a column for each input axis, and last the one that is added.
    """

    matrix: Matrix


@dataclass(frozen=True, slots=True)
class Rotation(Annotated):
    """Multiplies by a rotation matrix: orthonormal, of determinant 1.

    Parameters
    ----------
    matrix
        A row and a column for each axis.
    """

    matrix: Matrix


@dataclass(frozen=True, slots=True)
class StoredMatrix(Annotated):
    """An affine or a rotation whose matrix is a Zarr array.

    Parameters
    ----------
    type
        "affine" or "rotation".
    path
        Of the array, within the group that names it.
    """

    type: Literal["affine", "rotation"]
    path: str


@dataclass(frozen=True, slots=True)
class Sequence(Annotated):
    """Applies transformations one after the other, the first one first."""

    transformations: tuple[Transformation, ...]


@dataclass(frozen=True, slots=True)
class DimensionPart(Annotated):
    """One part of `ByDimension`: what happens from some input axes to some output axes (indices)."""

    input_axes: tuple[int, ...]
    output_axes: tuple[int, ...]
    transformation: Transformation


@dataclass(frozen=True, slots=True)
class ByDimension(Annotated):
    """Applies a transformation of its own to groups of axes; every output axis is in exactly one part."""

    parts: tuple[DimensionPart, ...]


@dataclass(frozen=True, slots=True)
class Bijection(Annotated):
    """A transformation together with the one that undoes it, where that cannot be computed."""

    forward: Transformation
    inverse: Transformation


@dataclass(frozen=True, slots=True)
class Displacements(Annotated):
    """Adds a vector that is looked up in a field, at the coordinates.

    Parameters
    ----------
    path
        Of the field: a multiscale image with one axis more than there are coordinates.
    interpolation
        How values between its pixels are found.
    """

    path: str
    interpolation: Interpolation = "linear"


@dataclass(frozen=True, slots=True)
class Coordinates(Annotated):
    """Takes the output coordinates from a field, at the input coordinates; parameters as in `Displacements`."""

    path: str
    interpolation: Interpolation = "linear"


@dataclass(frozen=True, slots=True)
class OtherTransformation:
    """A transformation that is kept as its JSON, because it is of no type that can be applied here."""

    type: str
    json: Extra = field(default_factory=dict, hash=False)


#: What is understood: the types of 0.6.
Known: TypeAlias = (
    Identity
    | Scale
    | Translation
    | MapAxis
    | ProjectAxis
    | Affine
    | Rotation
    | StoredMatrix
    | Sequence
    | ByDimension
    | Bijection
    | Displacements
    | Coordinates
)
Transformation: TypeAlias = Known | OtherTransformation
