"""Validation of OME-Zarr metadata against the rules of its version, without a JSON-Schema engine.

Every rule has a name, says what the specification says, and knows in which versions it stands how firmly (`Rule`);
each version is a table of facts (`omezarr_nb.core.validate.versions`). One module holds the rules of one structure.
"""

from omezarr_nb.core.rules import Level, Rule
from omezarr_nb.core.validate.attributes import check_attributes, validate_attributes
from omezarr_nb.core.validate.fragments import check_fragment, validate_fragment
from omezarr_nb.core.validate.hierarchy import validate_hierarchy
from omezarr_nb.core.validate.store import ValidationReport, validate

__all__ = [
    "Level",
    "Rule",
    "ValidationReport",
    "check_attributes",
    "check_fragment",
    "validate",
    "validate_attributes",
    "validate_fragment",
    "validate_hierarchy",
]
