"""Coordinate transformations: their types, what they do to points, and the systems they go between."""

from __future__ import annotations

from omezarr_nb.core.transforms.levels import as_vector, index_of, resolve
from omezarr_nb.core.transforms.points import apply, inverse
from omezarr_nb.core.transforms.spelling import parse_transformation, to_json
from omezarr_nb.core.transforms.types import (
    Identity,
    OtherTransformation,
    Scale,
    Transformation,
    Translation,
)

__all__ = [
    "Identity",
    "OtherTransformation",
    "Scale",
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
