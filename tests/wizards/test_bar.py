"""Progress bars: as text, with tqdm, as a widget."""

from __future__ import annotations

import io
import sys
from typing import Any

import numpy as np
import pytest
from zarr.storage import MemoryStore

import omezarr_nb
from omezarr_nb.core.pyramid.progress import Progress
from omezarr_nb.errors import InvalidArgumentError, MissingExtraError
from omezarr_nb.wizards import bar as bars

STEPS = [Progress(done, 4, done * 250_000, 1_000_000, done * 1.0, (0, 1)) for done in range(5)]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_in_a_terminal_is_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(bars, "_EVERY", 0.0)
    bar = omezarr_nb.progress_bar("cells", kind="text")
    for step in STEPS:
        bar(step)
    lines = terminal.getvalue().replace("\u2009", " ").split("\r")[1:]
    assert lines[1].rstrip() == (
        "cells:  25% · levels 0 to 1 · region 1 of 4 · 250 kB of 1 MB · 250 kB/s · about 3 s left"
    )
    assert lines[-1].startswith("cells: 100%")
    assert "left" not in lines[-1]
    assert lines[-1].endswith("\n")
    assert [len(line) for line in lines] == sorted(len(line) for line in lines)


def test_a_log_gets_few_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    bar = omezarr_nb.progress_bar(kind="text")
    for step in STEPS:
        bar(step)
    assert [line[:4] for line in log.getvalue().splitlines()] == ["  0%", "100%"]
    assert "\r" not in log.getvalue()


def test_tqdm_counts_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    bar: Any = omezarr_nb.progress_bar("cells", kind="tqdm")
    omezarr_nb.write_image(np.zeros((300, 300), "u1"), MemoryStore(), chunks=64, levels=2, on_progress=bar)
    assert bar._bar.n == bar._bar.total == 300 * 300 + 150 * 150
    assert "cells" in log.getvalue()
    assert "100%" in log.getvalue()


def test_a_widget_shows_the_words_and_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    monkeypatch.setattr(bars, "_EVERY", 0.0)
    bar: Any = omezarr_nb.progress_bar("<b>cells", kind="widget")
    assert not shown
    for step in STEPS:
        bar(step)
    assert shown == [bar.widget]
    name, inner, words = bar.widget.children
    assert name.value == "<span>&lt;b&gt;cells</span>"
    assert (inner.value, inner.bar_style) == (1.0, "success")
    assert "region 4 of 4" in words.value


def test_which_bar_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bars, "_in_notebook", lambda: True)
    assert hasattr(omezarr_nb.progress_bar(), "widget")
    monkeypatch.setattr(bars, "_in_notebook", lambda: False)
    assert isinstance(omezarr_nb.progress_bar(), bars._Tqdm)
    monkeypatch.setattr(bars, "_has_tqdm", lambda: False)
    assert isinstance(omezarr_nb.progress_bar(), bars._Text)
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(MissingExtraError, match=r"omezarr_nb\[tqdm\]"):
        omezarr_nb.progress_bar(kind="tqdm")
    with pytest.raises(InvalidArgumentError, match="auto, widget, tqdm or text"):
        omezarr_nb.progress_bar(kind="gauge")  # type: ignore[arg-type] # what a person may pass
