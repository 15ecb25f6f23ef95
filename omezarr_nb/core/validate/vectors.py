"""Rules of the coordinate transformations of 0.4 and 0.5: one scale, and perhaps a translation after it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from omezarr_nb.core.rules import images as rules
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.values import Kind, is_finite, is_numbers, listed, shown

__all__ = ["check_finite", "check_length", "check_vectors"]


_SHORTEST = 2
_TYPES = ("scale", "translation")


def check_vectors(report: Report, value: Any, place: str, ndim: int | None) -> None:
    """Check the transformations of a level, or of all levels, of an image of 0.4 or 0.5.

    Parameters
    ----------
    report
        Collects the problems.
    value
        The list.
    place
        Where it is.
    ndim
        The number of axes, where it can be told.
    """
    values = report.kind(value, Kind.LIST, place, rules.TRANSFORMATIONS_LIST)
    report.filled(values, place, rules.TRANSFORMATIONS_LIST)
    kinds = []
    for transformation, where in report.objects(values, place, rules.TRANSFORMATION_OBJECT):
        kinds.append(transformation.get("type"))
        _check_vector(report, transformation, where, ndim)
    if not values:
        return
    if kinds.count("scale") != 1:
        mend = 'Add {"type": "scale", "scale": [1.0, …]}.' if "scale" not in kinds else ""
        report.broken(rules.SCALE_COUNT, place, f"{kinds.count('scale')}", "1", mend)
    if kinds.count("translation") > 1:
        report.broken(rules.TRANSLATION_COUNT, place, f"{kinds.count('translation')}", "at most 1")
    if "scale" in kinds and "translation" in kinds and kinds.index("translation") < kinds.index("scale"):
        report.broken(rules.TRANSLATION_ORDER, place, shown(kinds), '["scale", "translation"]')


def _check_vector(report: Report, transformation: JSON, place: str, ndim: int | None) -> None:
    kind = transformation.get("type")
    if kind not in _TYPES:
        found = shown(kind) if "type" in transformation else "nothing"
        report.broken(rules.TRANSFORMATION_TYPE, f"{place}.type", found, listed(_TYPES))
        return
    vector = transformation.get(kind)
    if not is_numbers(vector) or len(vector) < _SHORTEST:
        found = shown(vector) if kind in transformation else "nothing"
        report.broken(
            rules.TRANSFORMATION_VECTOR, f"{place}.{kind}", found, f"a list of {ndim or 'two or more'} numbers"
        )
        return
    check_length(report, transformation, kind, place, ndim)
    check_finite(report, vector, f"{place}.{kind}")
    if kind == "scale" and not all(number > 0 for number in vector):
        report.broken(rules.SCALE_POSITIVE, f"{place}.{kind}", shown(vector), "numbers above 0")


def check_range(report: Report, level: Any, image: Any, place: str) -> None:
    """Check that the scales of a level and of its image multiply to a size that can be computed with."""
    product = [math.prod(sizes) for sizes in zip(*_scales(level), strict=False)]
    whole = [math.prod(sizes) for sizes in zip(*_scales(level), *_scales(image), strict=False)]
    if all(0 < size < math.inf for size in product) and not all(0 < size < math.inf for size in whole):
        report.broken(rules.SCALE_RANGE, place, f"a product of {shown(whole)}", "numbers above 0 that are finite")


def _scales(values: Any) -> list[list[float]]:
    """Return the scales in a list of transformations, those that are usable by themselves."""
    entries = [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
    scales = [value.get("scale") for value in entries if value.get("type") == "scale"]
    return [
        [float(part) for part in scale]
        for scale in scales
        if is_numbers(scale) and all(is_finite(part) and part > 0 for part in scale)
    ]


def check_length(report: Report, transformation: Mapping[str, Any], key: str, place: str, ndim: int | None) -> None:
    """Check that a vector has one number for each axis."""
    vector = transformation.get(key)
    if ndim is not None and is_numbers(vector) and len(vector) != ndim:
        report.broken(
            rules.TRANSFORMATION_LENGTH, f"{place}.{key}", f"{len(vector)} numbers", f"{ndim}, one for each axis"
        )


def check_finite(report: Report, numbers: list[int | float], place: str) -> None:
    """Check that numbers can be computed with."""
    if not all(is_finite(number) for number in numbers):
        report.broken(rules.TRANSFORMATION_FINITE, place, shown(numbers), "finite numbers")
