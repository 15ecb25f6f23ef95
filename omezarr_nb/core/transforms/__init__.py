"""Coordinate transformations: their types, what they do to points, and the systems they go between."""

from __future__ import annotations

from omezarr_nb.core.transforms.fields import Field, Stored
from omezarr_nb.core.transforms.graph import CoordinateSystem, Edge, Graph, Reference
from omezarr_nb.core.transforms.levels import as_vector, index_of, resolve
from omezarr_nb.core.transforms.points import apply, inverse
from omezarr_nb.core.transforms.spelling import parse_transformation, to_json
from omezarr_nb.core.transforms.types import (
    Identity,
    OtherTransformation,
    Scale,
    Sequence,
    Transformation,
    Translation,
)

__all__ = [
    "CoordinateSystem",
    "Edge",
    "Field",
    "Graph",
    "Identity",
    "OtherTransformation",
    "Reference",
    "Scale",
    "Sequence",
    "Stored",
    "Transformation",
    "Translation",
    "apply",
    "as_vector",
    "index_of",
    "inverse",
    "parse_transformation",
    "resolve",
    "to_json",
]
