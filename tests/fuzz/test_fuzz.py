"""A few thousand spoilt objects and stores: each ends in a report or an error of ours."""

from __future__ import annotations

import pytest

from tests.fuzz.cases import STORE_EVERY, AttributesCase, StoreCase, make_case
from tests.fuzz.runner import run


@pytest.mark.once
def test_spoilt_metadata_ends_in_a_report_or_an_error_of_ours() -> None:
    outcome = run(3000, seed=1)
    assert outcome.failures == {}
    assert outcome.count == outcome.kinds.total() == 3000
    assert {"attributes with problems", "attributes without problems", "store refused"} <= set(outcome.kinds)


def test_a_case_is_made_again_by_its_number() -> None:
    assert repr(make_case(3, 17)) == repr(make_case(3, 17)) != repr(make_case(4, 17))
    assert isinstance(make_case(3, 17), AttributesCase)
    store, again = make_case(3, STORE_EVERY), make_case(3, STORE_EVERY)
    assert isinstance(store, StoreCase)
    assert store == again
