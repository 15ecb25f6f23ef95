"""What outlives a process that dies: the journal, offered again; and that two editors notice each other."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from zarr.storage import LocalStore, StorePath

import omezarr_nb
from omezarr_nb.core.editing import turn
from omezarr_nb.core.editing.changes import Patch, decode, encode
from omezarr_nb.core.editing.journal import EditJournal
from omezarr_nb.core.editing.state import Edited
from omezarr_nb.core.editing.turn import Mark
from omezarr_nb.core.locks import EDITING_FILE
from omezarr_nb.core.pyramid.who import Who
from omezarr_nb.errors import StoreError, TargetBusyError
from tests.core.growing.stored import restored
from tests.faults.children import Children
from tests.faults.painter import painters, step

Die = Callable[[Path, str], None]


@pytest.fixture
def where(tmp_path: Path) -> Path:
    """Write an image of 64 x 96 pixels with empty labels, and return its folder."""
    folder = tmp_path / "image.zarr"
    image = omezarr_nb.write_image(np.zeros((64, 96), "u1"), folder, levels=3, chunks=32)
    omezarr_nb.create_labels(image, "cells", chunks=32)
    return folder


def stored(where: Path) -> np.ndarray[Any, Any]:
    return np.asarray(omezarr_nb.open(where).labels["cells"].levels[0].zarr[...])


def journal(where: Path) -> Path:
    return where / "labels" / "cells" / EDITING_FILE


@pytest.fixture(scope="module")
def house() -> Iterator[Children]:
    """Give the interpreter whose children paint."""
    with painters() as started:
        yield started


@pytest.fixture
def die_after(house: Children, tmp_path: Path) -> Die:
    """Return what lets a process paint, undo, redo and save by letters, and then kills it."""

    def die(where: Path, steps: str) -> None:
        log = tmp_path / "log"
        assert house.run([where, steps, log]) == -signal.SIGKILL
        assert log.read_bytes().decode() == f".{steps}"

    return die


def expected(steps: str, tmp_path: Path) -> np.ndarray[Any, Any]:
    """Return what the same steps give in one process."""
    folder = tmp_path / "expected.zarr"
    image = omezarr_nb.write_image(np.zeros((64, 96), "u1"), folder, levels=3)
    with omezarr_nb.edit_labels(image, "cells", create=True) as editor:
        for number, kind in enumerate(steps):
            step(editor, number, kind)
        return editor.read()


@pytest.mark.parametrize(
    ("steps", "left"),
    [
        ("ab", (2, True)),
        ("abscd", (2, True)),
        ("abcuu", (5, True)),
        ("asbuu", (3, False)),
        ("asbur", (3, True)),
        ("abus", (0, False)),
    ],
)
def test_strokes_of_a_killed_process_are_painted_again(
    die_after: Die, where: Path, tmp_path: Path, steps: str, left: tuple[int, bool]
) -> None:
    die_after(where, steps)
    final = expected(steps, tmp_path)
    with omezarr_nb.edit_labels(where, "cells") as editor:
        state = editor.state
        np.testing.assert_array_equal(editor.read(), final)
        assert (state.recovered, state.undo) == left
        assert state.name == ("unsaved" if left[0] else "saved")
        while editor.undo():
            pass
        assert editor.read().any() == (not left[0])
        while editor.redo():
            pass
        editor.save()
        assert editor.state.recovered == 0
    assert not journal(where).exists()


def test_what_was_recovered_can_be_thrown_away(die_after: Die, where: Path) -> None:
    die_after(where, "asbc")
    before = stored(where)
    with omezarr_nb.edit_labels(where, "cells") as editor:
        changes: list[Edited] = []
        editor.on_change(changes.append)
        editor.discard()
        np.testing.assert_array_equal(editor.read(), before)
        assert changes[0].kind == "discard"
        assert changes[0].cells[0]
        assert editor.state.name == "saved"
    assert not journal(where).exists()


def test_a_record_that_is_cut_off_is_left_out_and_the_rest_kept(die_after: Die, where: Path, tmp_path: Path) -> None:
    die_after(where, "abc")
    whole = journal(where).read_bytes()
    journal(where).write_bytes(whole[:-7])
    with omezarr_nb.edit_labels(where, "cells") as editor:
        assert editor.state.recovered == 2
        np.testing.assert_array_equal(editor.read(), expected("ab", tmp_path))
        editor.paint([(50, 50)], 5, 3)
        editor.close()
    with omezarr_nb.edit_labels(where, "cells") as editor:
        assert editor.state.recovered == 3
        assert editor.pick((50, 50)) == 5
        editor.discard()


def test_a_journal_of_other_labels_is_kept_aside_and_said(die_after: Die, where: Path) -> None:
    die_after(where, "ab")
    saved = journal(where).read_bytes()
    omezarr_nb.create_labels(omezarr_nb.open(where), "other", dtype="uint16", chunks=32)
    other = where / "labels" / "other" / EDITING_FILE
    other.write_bytes(saved)
    with pytest.warns(UserWarning, match="another shape or type"):
        editor = omezarr_nb.edit_labels(where, "other")
    with editor:
        assert editor.state.recovered == 0
        assert not editor.read().any()
    assert other.with_name(f"{EDITING_FILE}.1").read_bytes() == saved
    assert not other.exists()


@pytest.mark.parametrize(
    "data", [b"\0" * 500, b"something else\n" * 9, b"00000000 2 0\n{}", b'1 999999999999 0\n{"kind":"begin"}']
)
def test_a_journal_that_is_none_harms_nothing(where: Path, data: bytes) -> None:
    journal(where).write_bytes(data)
    with omezarr_nb.edit_labels(where, "cells") as editor:
        assert editor.state.recovered == 0


def test_another_process_that_paints_is_named(house: Children, where: Path, tmp_path: Path) -> None:
    child = house.begin([where, "w", tmp_path / "log"])
    until = time.monotonic() + 30
    while not (tmp_path / "log").exists() or not (tmp_path / "log").read_bytes():
        assert time.monotonic() < until
        time.sleep(0.01)
    try:
        with pytest.raises(TargetBusyError, match=rf"painting these labels.*process {child} on "):
            omezarr_nb.edit_labels(where, "cells")
    finally:
        house.end(child, kill_after=0)
    omezarr_nb.edit_labels(where, "cells").close()


def test_labels_that_cannot_be_written_are_not_painted(where: Path) -> None:
    image = omezarr_nb.open(LocalStore(where, read_only=True))
    with pytest.raises(StoreError, match="reading only"):
        omezarr_nb.edit_labels(image, "cells")


def test_a_copy_of_the_image_has_no_journal(where: Path, tmp_path: Path) -> None:
    with omezarr_nb.edit_labels(where, "cells") as editor:
        editor.paint([(5, 5)], 3, 5)
        copy = omezarr_nb.rechunk(where, tmp_path / "copy.zarr", chunks=16)
        assert not list(Path(copy.where).rglob(".omezarr_nb*"))
        editor.discard()


class Elsewhere(LocalStore):
    """A store of files that counts as a far one."""


@pytest.fixture
def far(tmp_path: Path) -> StorePath:
    (tmp_path / "far").mkdir()
    return StorePath(Elsewhere(tmp_path / "far"), "labels")


def test_a_mark_in_a_far_store_is_seen_renewed_and_removed(far: StorePath, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "RENEW_EVERY", 0.01)
    file = Path(str(far.store.root)) / "labels" / ".omezarr_nb.editor.json"  # type: ignore[attr-defined] # a store of a known kind
    mark = Mark(far, "there")
    first = file.read_bytes()
    until = time.monotonic() + 30
    while (theirs := file.read_bytes()) in (first, b""):
        assert time.monotonic() < until
        time.sleep(0.01)
    mark.close()
    assert not file.exists()
    # Of a living process on another machine; and of one that has said nothing for long.
    now = theirs.replace(Who.here().machine.encode(), b"another")
    file.write_bytes(now)
    with pytest.raises(TargetBusyError, match=r"painting these labels.*process"):
        Mark(far, "there")
    monkeypatch.setattr(turn, "LEASE", 0.0)
    Mark(far, "there").close()


def test_strokes_in_a_far_store_are_kept_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path / "state"))
    store = restored({})
    image = omezarr_nb.write_image(np.zeros((64, 64), "u1"), store, levels=2)
    editor = omezarr_nb.edit_labels(image, "cells", create=True)
    editor.paint([(5, 5)], 3, 5)
    editor.close()
    assert [path.suffix for path in (tmp_path / "state").rglob("*") if path.is_file()] == [".journal"]
    editor = omezarr_nb.edit_labels(image, "cells")
    assert editor.state.recovered == 1
    editor.close(save=True)
    assert not [path for path in (tmp_path / "state").rglob("*") if path.is_file()]


def test_patches_come_back_as_they_were() -> None:
    mask = np.zeros((2, 3, 5), np.bool_)
    mask[0, 1, 2:] = mask[1, 0, 0] = True
    one = Patch((1, 2, 3), mask, np.array([2**63, 1, 5, 0], "u8"), np.array(2**64 - 1, "u8"))
    other = Patch((0, 0, 0), np.ones((1, 2, 2), np.bool_), np.array(7, "u8"), np.array([1, 2, 3, 4], "u8"))
    entries, body = encode([one, other])
    for found, wanted in zip(decode(entries, body, np.dtype("u8")), [one, other], strict=True):
        assert found.start == wanted.start
        np.testing.assert_array_equal(found.mask, wanted.mask)
        np.testing.assert_array_equal(np.broadcast_to(found.before, wanted.before.shape or ()), wanted.before)
        np.testing.assert_array_equal(found.after, wanted.after)


def test_a_journal_begun_anew_has_room_again(tmp_path: Path) -> None:
    file = EditJournal(tmp_path / "journal", "there", tmp_path)
    file.begin({})
    file.append({"kind": "change"}, b"x" * 1000)
    assert file.size > 1000
    file.begin({})
    assert len(list(file.entries())) == 1
    file.close(remove=True)
    assert not (tmp_path / "journal").exists()


def test_a_record_that_the_system_takes_in_parts_is_written_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = EditJournal(tmp_path / "journal", "there", tmp_path)
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))
    file.begin({})
    entry = file.append({"kind": "change"}, b"all that was painted")
    assert file.body(entry) == b"all that was painted"
    file.append({"kind": "change"}, b"more")
    assert [file.body(entry) for entry in file.entries()][1:] == [b"all that was painted", b"more"]
    file.close(remove=True)


def test_whoever_comes_second_is_told_who_is_there(tmp_path: Path) -> None:
    file = EditJournal(tmp_path / "journal", "there", tmp_path)
    file.begin({"long": "x" * 5000})  # a line too long to be looked at for who it says
    with pytest.raises(TargetBusyError, match="painting these labels") as unnamed:
        EditJournal(tmp_path / "journal", "there", tmp_path)
    assert unnamed.value.found is None
    file.append({"kind": "change"}, b"\nnobody\n" * 20)
    file.go_on()
    file.append({"kind": "change"}, b"more")
    with pytest.raises(TargetBusyError, match="painting these labels") as named:
        EditJournal(tmp_path / "journal", "there", tmp_path)
    assert f"process {os.getpid()}" in str(named.value.found)
    file.close(remove=True)
