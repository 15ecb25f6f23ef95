"""Whatever a file holds, a validator answers: it never raises, and what it says is bounded."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omezarr_nb.core.rules import VERSIONS
from omezarr_nb.core.validate import check_attributes, check_fragment, validate_hierarchy
from omezarr_nb.core.validate.versions import facts_of
from tests.core.validate.mutations import mutated
from tests.core.validate.samples import attributes
from tests.core.validate.test_hierarchy import VALID

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
_WORDS = """
ome version multiscales axes datasets path coordinateTransformations coordinateSystems type scale
input output name plate wells rows columns well images omero channels window image-label colors
scene labels series
"""
_KEYS = st.sampled_from(_WORDS.split())
JSON = st.recursive(
    _SCALARS,
    lambda parts: st.lists(parts, max_size=5) | st.dictionaries(_KEYS | st.text(max_size=5), parts, max_size=5),
    max_leaves=40,
)
KINDS = ["image", "label", "labels", "plate", "well", "bf2raw", "ome", "scene", "transforms"]


def bounded(problems: Any) -> bool:
    return problems is None or all(len(problem.message) < 4000 for problem in problems)


@settings(max_examples=300, deadline=None)
@given(JSON, st.sampled_from(VERSIONS), st.sampled_from(KINDS), st.sampled_from(["schema", "full"]), st.booleans())
def test_any_json_is_answered(document: Any, version: str, kind: str, level: Any, strict: bool) -> None:
    assert bounded(check_attributes(document, version=version, kind=kind, level=level, strict=strict))
    assert bounded(check_attributes({"ome": document}, version=version, kind=kind, level=level, strict=strict))


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_any_fragment_and_any_document_is_answered(document: Any) -> None:
    assert bounded(check_fragment(document))
    assert bounded(validate_hierarchy({"zarr.json": document}))
    assert bounded(validate_hierarchy({".zgroup": {}, ".zattrs": document, "0/.zarray": document}))


@pytest.mark.parametrize("version", VERSIONS)
def test_spoilt_attributes_are_answered(version: str) -> None:
    facts = facts_of(version)
    assert facts is not None
    dice = random.Random(version)
    for kind in sorted(facts.kinds - {"transforms"}):
        document = attributes(version, kind)
        for _ in range(150):
            assert bounded(check_attributes(mutated(document, dice), version=version, kind=kind))


@pytest.mark.parametrize("what", VALID)
def test_spoilt_hierarchies_are_answered(what: str) -> None:
    dice = random.Random(what)
    documents = VALID[what]()
    for _ in range(100):
        assert bounded(validate_hierarchy(mutated(documents, dice)))


@settings(max_examples=50, deadline=None)
@given(st.recursive(st.just([]), lambda parts: st.tuples(parts).map(list), max_leaves=1), st.integers(50, 5000))
def test_what_is_nested_deep_is_answered(inner: Any, depth: int) -> None:
    for _ in range(depth):
        inner = {"type": "sequence", "transformations": [inner]}
    document = {"ome": {"version": "0.6", "scene": {"coordinateTransformations": [inner]}}}
    problems = check_attributes(document, version="0.6", kind="scene")
    assert problems
