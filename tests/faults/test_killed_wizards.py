"""What wizards write, killed at any moment: as before or resumable, and to the same bytes in the end."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.children import Children
from tests.faults.wizards import KINDS, Killed, wizard_children

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no process can be killed so here")


@pytest.fixture(scope="module")
def house() -> Iterator[Children]:
    """Give the interpreter whose children run what a wizard has planned."""
    with wizard_children() as started:
        yield started


@pytest.mark.once
@pytest.mark.parametrize("kind", KINDS)
def test_at_a_moment(kind: str, house: Children, tmp_path: Path) -> None:
    killed = Killed(house, kind, tmp_path / "a")
    killed.once(random.Random(kind).uniform(0, 1) * killed.seconds)
