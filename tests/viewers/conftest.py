"""Fixtures for the tests of views."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a machine that is busy with other things take longer for a picture than a cell waits for it."""
    monkeypatch.setattr("omezarr_nb.viewers.parts.saved._PATIENCE", 60)
