"""What a write that goes on goes by: its journal, the facts of its plan, and files that were cut off."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from omezarr_nb.core.pyramid.facts import facts_of
from omezarr_nb.core.pyramid.journal import FileJournal, read_journal
from omezarr_nb.core.pyramid.plan import plan_image
from omezarr_nb.core.pyramid.staging import remove_torn, sweep


def test_a_journal_that_begins_anew_says_nothing_of_the_old(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = FileJournal(path)
    journal.begin({"method": "mean", "long": "x" * 500}, (1, 2), 3)
    journal.created()
    journal.finished(0, 7, 100)
    journal.begin({"method": "mode"}, (4, 5), 6)
    journal.close()
    assert path.read_bytes().count(b"\n") == 1
    record = read_journal(path)
    assert record is not None
    assert (record.facts, record.node, record.made) == ({"method": "mode"}, (4, 5), 6)
    assert (record.created, record.finished) == (False, {})


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (frozenset({3}), [3]),
        (range(3), [0, 1, 2]),
        ({"a": (1, range(2))}, {"a": [1, [0, 1]]}),
        (np.int16(4), 4),
        (np.dtype("u2"), "dtype('uint16')"),
        (np.float32(0.5), 0.5),
    ],
)
def test_facts_are_json_whatever_options_are(value: Any, plain: Any) -> None:
    plan = plan_image(np.zeros((8, 8), "u1"), "unused.zarr", levels=1)
    odd = replace(plan, levels=(replace(plan.levels[0], options={"odd": value}),))
    assert facts_of(odd)["options of level 0"] == {"odd": plain}


def test_files_that_were_cut_off_are_swept_and_no_others(tmp_path: Path) -> None:
    token = "0123456789abcdef" * 2
    torn = [f"zarr.json.{token}.partial", f"c/0/1.{token}.partial", f"c/0/2.{token}.partial"]
    kept = ["zarr.json", "c/0/1", "c/0/notes.partial", f"c/{token}", f"c/0/1.{token[1:]}.partial"]
    for name in (*torn, *kept):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"1")
    remove_torn(tmp_path, lambda name: name.startswith(".zattrs"))
    remove_torn(tmp_path, lambda name: name.startswith("zarr.json"), older=3600)
    assert all((tmp_path / name).exists() for name in (*torn, *kept))
    remove_torn(tmp_path, lambda name: name.startswith("zarr.json"))
    assert [name for name in torn if (tmp_path / name).exists()] == torn[1:]
    sweep(tmp_path)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(kept)
