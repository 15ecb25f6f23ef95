"""Rules of 0.6 on the one transformation of a level: a scale, an identity, or a scale and a translation."""

from __future__ import annotations

from typing import Any

from omezarr_nb.core.rules import spaces as rules
from omezarr_nb.core.validate.forms import check_form, is_scale, is_translation
from omezarr_nb.core.validate.report import JSON, Report
from omezarr_nb.core.validate.values import Kind, shown

__all__ = ["check_level_transformation"]


_STEPS = 2


def check_level_transformation(report: Report, dataset: JSON, place: str) -> None:
    """Check the "coordinateTransformations" of one dataset, all but its dimensions."""
    place = f"{place}.coordinateTransformations"
    values = report.kind(dataset["coordinateTransformations"], Kind.LIST, place, rules.LEVEL_TRANSFORMATIONS)
    if values is None:
        return
    if len(values) != 1:
        report.broken(rules.LEVEL_TRANSFORMATIONS, place, f"{len(values)}", "1")
    for index, value in enumerate(values):
        where = f"{place}[{index}]"
        transformation = report.kind(value, Kind.OBJECT, where, rules.LEVEL_TRANSFORMATION_TYPE)
        if transformation is not None:
            _check_references(report, transformation, dataset.get("path"), where)
            report.value(transformation, "name", Kind.TEXT, where, rules.LEVEL_TRANSFORMATION_NAME)
            _check_type(report, transformation, where)


def _check_references(report: Report, transformation: JSON, path: Any, place: str) -> None:
    for key, needed, rule in (("input", "path", rules.LEVEL_INPUT), ("output", "name", rules.LEVEL_OUTPUT)):
        reference = report.value(transformation, key, Kind.OBJECT, place, rule, missing=rule)
        for part in ("name", "path"):
            report.value(reference or {}, part, Kind.TEXT, f"{place}.{key}", rule)
        if reference is not None and needed not in reference:
            report.broken(rule, f"{place}.{key}.{needed}", "nothing", "a text")
        other, unwanted = ("name", rules.LEVEL_INPUT_NAME) if key == "input" else ("path", rules.LEVEL_OUTPUT_PATH)
        if reference is not None and other in reference:
            report.broken(unwanted, f"{place}.{key}.{other}", shown(reference[other]), "nothing")
    reference = transformation.get("input")
    found = reference.get("path") if isinstance(reference, dict) else None
    if isinstance(path, str) and isinstance(found, str) and found != path:
        report.broken(rules.LEVEL_INPUT_PATH, f"{place}.input.path", shown(found), shown(path), f"Write {shown(path)}.")


def _check_type(report: Report, transformation: JSON, place: str) -> None:
    kind = transformation.get("type")
    if "type" not in transformation:
        # The schema takes an object without a type for an identity, unless it could be a scale just as well.
        rule = rules.LEVEL_TRANSFORMATION_TYPE if is_scale(transformation) else rules.LEVEL_TRANSFORMATION_TYPED
        report.broken(rule, f"{place}.type", "nothing", '"scale", "identity" or "sequence"')
    elif kind in ("scale", "identity"):
        check_form(report, {key: value for key, value in transformation.items() if key != "name"}, place)
    elif kind == "sequence":
        _check_steps(report, transformation, place)
    else:
        report.broken(
            rules.LEVEL_TRANSFORMATION_TYPE, f"{place}.type", shown(kind), '"scale", "identity" or "sequence"'
        )


def _check_steps(report: Report, transformation: JSON, place: str) -> None:
    steps = report.value(
        transformation,
        "transformations",
        Kind.LIST,
        place,
        rules.LEVEL_TRANSFORMATION_TYPE,
        missing=rules.LEVEL_TRANSFORMATION_TYPE,
    )
    if steps is None:
        return
    place = f"{place}.transformations"
    if len(steps) != _STEPS:
        report.broken(rules.LEVEL_TRANSFORMATION_TYPE, place, f"{len(steps)}", "2: a scale and a translation")
    for index, step in enumerate(steps):
        if is_scale(step) == is_translation(step):
            report.broken(rules.LEVEL_TRANSFORMATION_TYPE, f"{place}[{index}]", shown(step), "a scale or a translation")
        elif "type" not in step:
            report.broken(
                rules.LEVEL_TRANSFORMATION_TYPED, f"{place}[{index}].type", "nothing", '"scale" or "translation"'
            )
        if isinstance(step, dict) and step.get("type") in ("scale", "translation"):
            check_form(report, {key: value for key, value in step.items() if key != "name"}, f"{place}[{index}]")
    if len(steps) == _STEPS and not (is_scale(steps[0]) and is_translation(steps[1])):
        found = shown([step.get("type") if isinstance(step, dict) else None for step in steps])
        report.broken(rules.LEVEL_SEQUENCE_ORDER, place, found, '["scale", "translation"]')
