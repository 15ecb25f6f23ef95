"""Every rule: what breaks it, and what is said then."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from omezarr_nb.core import rules, validate
from omezarr_nb.core.rules import RULES, VERSIONS
from omezarr_nb.core.validate import Rule, check_attributes, validate_attributes
from omezarr_nb.core.validate.versions import facts_of
from tests.core.validate.cases import images, plates, spaces
from tests.core.validate.cases.case import Case
from tests.core.validate.samples import attributes, edited

CASES = [*images.CASES, *plates.CASES, *spaces.CASES]

#: Rules of what no group's attributes show by themselves, with the test module that has their cases.
ELSEWHERE = {
    "test_format_development": {"version-development"},
    "test_fragments": {"fragment", "draft-spelling"},
    "test_hierarchy": {
        "group",
        "ome-metadata",
        "version-known",
        "zarr-format",
        "path-inside",
        "field-acquisition-known",
        "transformation-system-elsewhere",
        "level-array",
        "level-dimensions",
        "level-dtype",
        "level-order",
        "chunk-separator",
        "dimension-names",
        "label-levels",
        "labels-between",
        "array-dimensions",
        "label-dtype",
        "label-shape",
        "labels-unlisted",
        "level-empty",
        "level-scale",
        "level-offset",
        "consolidated-metadata",
        "row-unlisted",
        "levels-count",
        "bf2raw-images",
    },
    "test_report": {
        "array-document",
        "problems-count",
        "hierarchy-size",
        "plate-field-count-exceeded",
        "row-group",
        "transformation-array",
        "transformation-field",
        "transformation-matrix",
    },
}


KINDS = [(version, kind) for version in VERSIONS for kind in sorted(facts_of(version).kinds - {"transforms"})]  # type: ignore[union-attr] # it has them


@pytest.mark.parametrize(("version", "kind"), KINDS)
def test_what_is_valid_has_no_problem_at_all(version: str, kind: str) -> None:
    assert check_attributes(attributes(version, kind), version=version, kind=kind, strict=True) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.version}-{case.at}")
def test_what_breaks_a_rule_is_said_where_it_is(case: Case) -> None:
    spoilt = edited(attributes(case.version, case.kind), case.at, case.value)
    problems = check_attributes(spoilt, version=case.version, kind=case.kind)
    assert problems is not None
    place = case.at if case.place == "" else case.place or ""
    said = [problem for problem in problems if (problem.rule, problem.place) == (case.rule, place)]
    assert said, [(problem.rule, problem.place) for problem in problems]
    assert case.found in said[0].found
    assert said[0].severity == case.severity
    assert said[0].found in said[0].message
    assert said[0].expected in said[0].message


def test_every_rule_has_a_case_and_a_name_of_its_own() -> None:
    tables = [
        importlib.import_module(f"{rules.__name__}.{found.name}") for found in pkgutil.iter_modules(rules.__path__)
    ]
    names = [rule.name for table in tables for rule in vars(table).values() if isinstance(rule, Rule)]
    assert sorted(names) == sorted(RULES)
    covered = {case.rule for case in CASES}.union(*ELSEWHERE.values())
    assert set(RULES) == covered


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_a_rule_says_a_sentence_and_stands_in_versions_that_there_are(rule: Rule) -> None:
    assert rule.says.endswith(".")
    assert set(rule.since) <= set(VERSIONS)


def test_a_rule_stands_until_it_is_ended() -> None:
    rule = Rule("r", "It MUST.", {"0.2": "text", "0.4": "schema", "0.6": None})
    assert [rule.stand(version) for version in VERSIONS] == [None, "text", "text", "schema", "schema", None, None]


@pytest.mark.parametrize(
    ("stand", "schema", "schema_strict", "full", "full_strict"),
    [
        ("schema", "error", "error", "error", "error"),
        ("suite", "error", "error", "error", "error"),
        ("text", None, None, "error", "error"),
        ("strict", "warning", "error", "warning", "error"),
        ("should", None, None, "warning", "warning"),
        (None, None, None, None, None),
    ],
)
def test_how_firmly_a_rule_stands_decides_what_breaking_it_is(
    stand: str | None, schema: str | None, schema_strict: str | None, full: str | None, full_strict: str | None
) -> None:
    rule = Rule("r", "It MUST.", {"0.1": stand})  # type: ignore[dict-item] # on purpose
    found = [rule.severity("0.4", level, strict=strict) for level in ("schema", "full") for strict in (False, True)]
    assert found == [schema, schema_strict, full, full_strict]


def test_all_problems_are_told_at_once_and_none_of_the_warnings_makes_invalid() -> None:
    spoilt = {
        "multiscales": [{"axes": [{"name": "x", "type": "space"}], "datasets": [{"path": 0}], "version": "0.5"}],
        "omero": {},
    }
    problems = check_attributes(spoilt, version="0.4", kind="image")
    errors = validate_attributes(spoilt, version="0.4", kind="image")
    assert problems is not None
    assert errors == [problem for problem in problems if problem.severity == "error"]
    assert {problem.rule for problem in errors} == {
        "multiscale-version-value",
        "dataset-path",
        "dataset-transformations",
        "axes-count",
        "axes-space-count",
        "omero-channels",
    }
    assert {"multiscale-name", "axis-unit"} <= {problem.rule for problem in problems}


def test_many_problems_of_one_rule_do_not_hide_another() -> None:
    spoilt = attributes("0.4", "plate")
    spoilt["plate"]["columns"] += [{"name": f"a{index}".upper() + "é"} for index in range(5000)]
    spoilt["plate"]["wells"][1]["path"] = 7
    problems = validate_attributes(spoilt, version="0.4", kind="plate") or []
    assert {problem.rule for problem in problems} == {"plate-grid-name-letters", "well-path"}
    assert len(problems) <= 101


@pytest.mark.parametrize("value", ["x" * 10**6, ["y" * 1000] * 1000, {"k" * 10**5: {"deep": [[[[1]]]]}}, 10**4000])
def test_messages_are_short_whatever_the_value(value: object) -> None:
    for at in ("multiscales[0].name", "multiscales[0].axes", "multiscales[0].version", "omero"):
        problems = check_attributes(edited(attributes("0.4", "image"), at, value), version="0.4", kind="image") or []
        assert all(len(problem.message) < 2000 for problem in problems)


@pytest.mark.parametrize(
    ("version", "kind", "level"),
    [
        ("0.7", "image", "full"),
        ("0.4", "scene", "full"),
        ("0.4", "door", "full"),
        ("0.4", "labels", "schema"),
        ("0.1", "label", "schema"),
    ],
)
def test_what_there_are_no_rules_for_has_no_verdict(version: str, kind: str, level: validate.Level) -> None:
    assert validate_attributes({}, version=version, kind=kind, level=level) is None


def test_a_mend_is_told_where_it_is_known() -> None:
    spoilt = edited(attributes("0.5", "plate"), "ome.plate.wells[0].rowIndex", 1)
    (problem,) = validate_attributes(spoilt, version="0.5", kind="plate") or []
    assert (problem.rule, problem.mend) == ("well-index-path", "Write 0.")


def test_what_the_schema_lets_pass_breaks_the_text() -> None:
    spoilt = edited(attributes("0.4", "image"), "multiscales[0].datasets[0].coordinateTransformations[0].scale", [1, 1])
    assert validate_attributes(spoilt, version="0.4", kind="image", level="schema") == []
    problems = validate_attributes(spoilt, version="0.4", kind="image", level="full") or []
    assert [problem.rule for problem in problems] == ["transformation-length"]
