"""Labels that are taken over, removed or replaced while somebody paints them: nothing is lost or painted elsewhere."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from zarr.storage import LocalStore, StorePath

import omezarr_nb
from omezarr_nb.core.editing import open as opening
from omezarr_nb.core.editing import turn
from omezarr_nb.core.editing.turn import Mark
from omezarr_nb.core.locks import EDITING_FILE
from omezarr_nb.core.pyramid.who import Who
from omezarr_nb.errors import StoreError, TargetBusyError, TargetExistsError
from tests.faults.children import Children
from tests.faults.painter import make, painters, step


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write an image of 64 x 96 pixels with empty labels, and return its folder."""
    monkeypatch.setattr(opening, "state_folder", lambda: tmp_path / "state")
    return make(tmp_path / "image.zarr")


@pytest.fixture(scope="module")
def house() -> Iterator[Children]:
    """Give the interpreter whose children paint."""
    with painters() as started:
        yield started


def wait_for(log: Path, steps: str) -> None:
    until = time.monotonic() + 60
    while not log.exists() or log.read_text() != steps:
        assert time.monotonic() < until
        time.sleep(0.01)


def painted(where: Path, steps: str) -> np.ndarray[Any, Any]:
    """Return what steps paint on empty labels."""
    with omezarr_nb.edit_labels(make(where), "cells") as editor:
        for number, kind in enumerate(steps):
            step(editor, number, kind)
        return editor.read()


def test_who_takes_over_paints_on_from_what_the_other_has_painted(house: Children, where: Path, tmp_path: Path) -> None:
    child = house.begin([where, "asbw", tmp_path / "log"])
    wait_for(tmp_path / "log", ".asb")
    with pytest.raises(TargetBusyError, match=rf"process {child} on .*take_over=True"):
        omezarr_nb.edit_labels(where, "cells")
    with omezarr_nb.edit_labels(where, "cells", take_over=True) as editor:
        assert editor.state.recovered == 1
        np.testing.assert_array_equal(editor.read(), painted(tmp_path / "same.zarr", "asb"))
        house.end(child, kill_after=0)
        editor.save()
    assert [path.name for path in (where / "labels" / "cells").glob(".*")] == []


def test_who_was_taken_over_is_told_so_and_can_paint_and_save_no_more(
    house: Children, where: Path, tmp_path: Path
) -> None:
    editor = omezarr_nb.edit_labels(where, "cells")
    step(editor, 0, "a")
    step(editor, 1, "b")
    child = house.begin([where, "ttcd", tmp_path / "log"])
    assert house.end(child) == -signal.SIGKILL
    before = editor.read()
    for refused in (lambda: step(editor, 5, "c"), editor.undo, editor.save):
        with pytest.raises(TargetBusyError, match=rf"taken over.*process {child} on .*Nothing is lost"):
            refused()
    assert (editor.state.name, "taken over" in editor.state.why) == ("failed", True)
    np.testing.assert_array_equal(editor.read(), before)
    editor.close()
    assert not (tmp_path / "state").exists()
    with omezarr_nb.edit_labels(where, "cells") as editor:
        assert editor.state.recovered == 4
        now = editor.read()
        editor.undo()
        editor.undo()
        np.testing.assert_array_equal(editor.read(), before)
        editor.redo()
        editor.redo()
        editor.save()
        np.testing.assert_array_equal(editor.image.levels[0].zarr[...], now)


def remove(where: Path) -> None:
    shutil.rmtree(where / "labels" / "cells")


def replace(where: Path) -> None:
    remove(where)
    omezarr_nb.create_labels(omezarr_nb.open(where), "cells", chunks=16)


@pytest.mark.parametrize("change", [remove, replace])
@pytest.mark.parametrize("then", ["paint", "save", "close"])
def test_strokes_on_labels_that_were_removed_are_kept_and_can_be_painted_again(
    change: Callable[[Path], None], then: str, where: Path, tmp_path: Path
) -> None:
    editor = omezarr_nb.edit_labels(where, "cells")
    step(editor, 0, "a")
    before = editor.read()
    change(where)
    kept, journal = tmp_path / "state" / "lost.journal.1", where / "labels" / "cells" / EDITING_FILE
    if then != "close":
        with pytest.raises(StoreError, match="removed or replaced by others") as caught:
            step(editor, 1, "b" if then == "paint" else "s")
        assert f"kept in {kept}: copy it to {journal}" in str(caught.value)
        assert editor.state.name == "failed"
    editor.close()
    assert [path.name for path in (tmp_path / "state").iterdir()] == [kept.name]
    if change is remove:
        shutil.rmtree(where)
        make(where)
    labels = omezarr_nb.open(where).labels["cells"]
    assert not np.any(labels.levels[0].zarr[...])
    shutil.copy(kept, journal)
    with omezarr_nb.edit_labels(labels) as editor:
        assert editor.state.recovered == 1
        np.testing.assert_array_equal(editor.read(), before)
        editor.save()


def test_pixels_that_were_replaced_in_their_place_are_not_painted_over_unasked(where: Path) -> None:
    editor = omezarr_nb.edit_labels(where, "cells")
    step(editor, 0, "a")
    folder = where / "labels" / "cells" / "0"
    theirs = zarr.create_array(folder, shape=(64, 96), chunks=(16, 16), dtype="uint32", overwrite=True)
    theirs[...] = 77
    with pytest.raises(StoreError, match=r"replaced by others.*call edit_labels again"):
        editor.save()
    assert (np.asarray(theirs[...]) == 77).all()
    editor.close()
    with omezarr_nb.edit_labels(where, "cells") as editor:
        assert editor.state.recovered == 1
        editor.discard()
    assert (np.asarray(theirs[...]) == 77).all()


def test_labels_that_are_being_painted_are_not_written_anew(where: Path) -> None:
    def write() -> None:
        pixels = np.ones((64, 96), "u4")
        omezarr_nb.write_labels(pixels, omezarr_nb.open(where), "cells", chunks=16, levels=3, overwrite=True)

    with omezarr_nb.edit_labels(where, "cells") as editor:
        step(editor, 0, "a")
        with pytest.raises(TargetExistsError, match=r"would be lost.*Save or discard it with edit_labels"):
            write()
    assert np.unique(omezarr_nb.open(where).labels["cells"].levels[0].zarr[...]).tolist() == [0, 1]
    write()
    assert np.all(omezarr_nb.open(where).labels["cells"].levels[0].zarr[...] == 1)


class Elsewhere(LocalStore):
    """A store of files that counts as a far one."""


def test_a_far_mark_is_taken_over_by_choice_and_the_first_one_sees_it(tmp_path: Path) -> None:
    far = StorePath(Elsewhere(tmp_path), "labels")
    file = tmp_path / "labels" / ".omezarr_nb.editor.json"
    first = Mark(far, "there")
    first.check()
    ours = file.read_bytes()
    file.write_bytes(ours.replace(Who.here().machine.encode(), b"another"))
    with pytest.raises(TargetBusyError, match="take_over=True"):
        Mark(far, "there")
    second = Mark(far, "there", take_over=True)
    second.check()
    with pytest.raises(StoreError, match=rf"somebody else paints them now.*process {os.getpid()} on"):
        first.check()
    first.close()
    assert file.exists()  # it is not the first one's
    second.close()
    assert not file.exists()


@pytest.mark.parametrize("times", [1, 2, 3])
def test_labels_in_a_far_store_that_were_written_anew_are_not_painted_over(
    times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The names of levels are those of before after every second time."""
    monkeypatch.setattr(opening, "state_folder", lambda: tmp_path / "state")
    monkeypatch.setattr(turn, "state_folder", lambda: tmp_path / "state")
    (tmp_path / "far").mkdir()
    store = Elsewhere(tmp_path / "far")
    image = omezarr_nb.write_image(np.zeros((64, 96), "u1"), store, levels=3, chunks=16)
    omezarr_nb.create_labels(image, "cells", chunks=16)
    editor = omezarr_nb.edit_labels(store, "cells")
    step(editor, 0, "a")
    for number in range(times):
        theirs = np.full((64, 96), 70 + number, "u4")
        omezarr_nb.write_labels(theirs, omezarr_nb.open(store), "cells", chunks=16, levels=3, overwrite=True)
    with pytest.raises(StoreError, match=r"replaced by others.*Close this editor, and call edit_labels again"):
        editor.save()
    np.testing.assert_array_equal(omezarr_nb.open(store).labels["cells"].levels[0].zarr[...], theirs)
    editor.close()
    assert len(list((tmp_path / "state").iterdir())) == 1
