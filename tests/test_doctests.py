"""The examples in the docstrings run."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import fsspec
import pytest

PACKAGE = Path(__file__).parents[1] / "omezarr_nb"
MODULES = sorted(
    ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts)
    for file in PACKAGE.rglob("*.py")
    if ">>>" in file.read_text(encoding="utf-8") and "node_modules" not in file.parts
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fsspec.filesystem("memory").store.clear()  # what the examples of other modules wrote there
    result = doctest.testmod(import_module(name.removesuffix(".__init__")), optionflags=doctest.ELLIPSIS)
    assert result.failed == 0
