"""The verdicts of the official conformance cases, and those of the official schemas on spoilt ones."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from omezarr_nb.core.rules import VERSIONS
from omezarr_nb.core.validate import Level, validate_attributes, validate_fragment, validate_hierarchy
from omezarr_nb.core.validate.versions import facts_of
from tests.core.validate.mutations import mutated
from tests.core.validate.samples import attributes

#: Rules that stand at the level of the schemas because of the test suites: the schemas lack them.
SUITE_ONLY = {"axes-order", "well-path-names"}


@pytest.fixture(scope="module")
def conformance(shared: Path) -> Path:
    return shared / "conformance"


@pytest.fixture(scope="module")
def cases(conformance: Path) -> list[dict[str, Any]]:
    manifest = json.loads((conformance / "manifest.json").read_text())
    return [case for case in manifest["cases"] if case["use"] == "use"]


def read(conformance: Path, case: dict[str, Any]) -> Any:
    return json.loads((conformance / case["path"]).read_text())


@pytest.mark.parametrize("level", ["schema", "full"])
@pytest.mark.parametrize("version", ["0.1", "0.3", "0.4", "0.5", "0.6"])
def test_attributes_get_the_official_verdict(
    conformance: Path, cases: list[dict[str, Any]], version: str, level: Level
) -> None:
    chosen = [case for case in cases if case["mode"] == "attributes" and case["version"] == version]
    assert chosen
    disagreements = []
    for case in chosen:
        problems = validate_attributes(
            read(conformance, case), version=version, kind=case["kind"], strict=case["strict"], level=level
        )
        verdict = None if problems is None else "invalid" if problems else "valid"
        if verdict != case["expected" if level == "schema" else "expected_full"]:
            disagreements.append((case["id"], verdict, problems))
    assert disagreements == []


def test_fragments_get_the_official_verdict(conformance: Path, cases: list[dict[str, Any]]) -> None:
    chosen = [case for case in cases if case["mode"] == "fragment"]
    assert chosen
    for case in chosen:
        problems = validate_fragment(read(conformance, case), version=case["version"])
        assert ("invalid" if problems else "valid") == case["expected"], (case["id"], problems)


@pytest.mark.parametrize("level", ["schema", "full"])
def test_hierarchies_get_the_official_verdict(conformance: Path, cases: list[dict[str, Any]], level: Level) -> None:
    chosen = [case for case in cases if case["mode"] == "hierarchy"]
    assert chosen
    for case in chosen:
        problems = validate_hierarchy(documents_in(conformance / case["path"]), level=level)
        errors = {problem.rule for problem in problems if problem.severity == "error"}
        # What a multiscale SHOULD have besides is told of every case; what is odd in the arrays, of one.
        odd = {problem.rule for problem in problems} & {"level-dtype"}
        assert ("invalid" if errors else "warning" if odd else "valid") == case["expected"], (case["id"], problems)


def documents_in(folder: Path) -> dict[str, Any]:
    names = (".zattrs", ".zgroup", ".zarray", "zarr.json")
    paths = [path for path in folder.rglob("*") if path.name in names]
    return {path.relative_to(folder).as_posix(): json.loads(path.read_text()) for path in paths}


def schema_kinds() -> Iterator[tuple[str, str]]:
    for version in VERSIONS:
        facts = facts_of(version)
        assert facts is not None
        yield from ((version, kind) for kind in sorted(facts.schemas - {"transforms"}))


@pytest.mark.parametrize(("version", "kind"), list(schema_kinds()))
def test_spoilt_attributes_get_the_verdict_of_the_official_schema(
    conformance: Path, cases: list[dict[str, Any]], version: str, kind: str
) -> None:
    pytest.importorskip("jsonschema", reason="the oracle needs a JSON-Schema engine")
    from tests.core.validate.oracle import Oracle

    oracle = Oracle(conformance / "schemas")
    same = {kind, "transforms"} if kind == "image" else {kind}
    seeds = [attributes(version, kind)] + [
        read(conformance, case)
        for case in cases
        if case["mode"] == "attributes" and case["version"] == version and case["kind"] in same
    ]
    dice = random.Random(f"{version} {kind}")
    for number in range(400):
        document = mutated(dice.choice(seeds), dice)
        strict = number % 4 == 0 and oracle.has_strict(version)
        problems = validate_attributes(document, version=version, kind=kind, strict=strict, level="schema")
        ours = not [problem for problem in problems or () if problem.rule not in SUITE_ONLY]
        assert ours == oracle.says_valid(document, version, kind, strict=strict), (strict, problems, document)
