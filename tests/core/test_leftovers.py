"""What interrupted writes have left is listed, and discarded; nothing else is."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from zarr.storage import MemoryStore, StorePath

import omezarr_nb
from omezarr_nb.core.growing.place import held
from omezarr_nb.core.writer import write_image, write_labels
from omezarr_nb.errors import TargetBusyError, TargetExistsError
from tests.core.test_resume import OPTIONS, OTHER, PIXELS, Breaking, files


def broken(where: Any, **options: Any) -> None:
    with pytest.raises(RuntimeError, match="camera"):
        write_image(Breaking(PIXELS, 2), where, resume=True, **OPTIONS | options)


def test_of_a_folder(tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"
    write_image(OTHER, where, **OPTIONS)
    before = files(tmp_path)
    broken(where, overwrite=True)
    for asked in (where, tmp_path):
        (left,) = omezarr_nb.leftovers(asked)
        assert left.target == str(where)
        assert left.places == (str(tmp_path / ".image.zarr.partial"),)
        assert left.resumable
        assert not left.alive
        assert "resume=True goes on" in repr(left)
        assert "process" in left.writer
    left.discard()
    assert files(tmp_path) == before
    assert omezarr_nb.leftovers(tmp_path) == ()
    left.discard()  # nothing is left to do


@pytest.mark.parametrize("kind", ["memory", "group"])
def test_of_groups_and_their_labels(kind: str, tmp_path: Path) -> None:
    root: Any = MemoryStore() if kind == "memory" else tmp_path / "root"
    where: Any = StorePath(root, "image.zarr") if kind == "memory" else root / "image.zarr"
    write_image(OTHER, where, **OPTIONS)
    zarr.open_group(where, mode="r+").create_array("mine", shape=(3,), dtype="u1")
    broken(zarr.open_group(where, mode="r+"), overwrite=True)
    with pytest.raises(RuntimeError, match="camera"):
        write_labels(Breaking((PIXELS // 300).astype("i4"), 2), where, name="cells", resume=True, chunks=(2, 32, 32))
    found = omezarr_nb.leftovers(where)
    assert len(found) == 2
    assert {left.resumable for left in found} == {True}
    assert sorted(len(left.places) for left in found)[-1] >= 3
    for left in found:
        left.discard()
    assert omezarr_nb.leftovers(where) == ()
    names = set(zarr.open_group(where, mode="r").array_keys())
    assert names == {"mine", *(level.path for level in omezarr_nb.open(where).levels)}
    np.testing.assert_array_equal(omezarr_nb.open(where).levels[0].zarr[...], OTHER)


def test_files_that_a_killed_writer_was_putting_go_with_what_it_left(tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"
    write_image(OTHER, where, **OPTIONS)
    broken(zarr.open_group(where, mode="r+"), overwrite=True)
    (claim,) = where.glob(".omezarr_nb.*.json")
    torn = [f"{claim.stem}.{'0' * 32}.partial", f"zarr.{'1' * 32}.partial"]
    torn.append(f".omezarr_nb.{'b' * 12}.{'0' * 32}.partial")  # of nobody who is known, and old
    kept = ["zarr.partial", f"notes.{'0' * 32}.partial", f".omezarr_nb.{'a' * 12}.{'0' * 32}.partial"]
    for name in (*torn, *kept):
        (where / name).write_bytes(b"{")
    os.utime(where / torn[-1], times=(0, 0))
    write_image(PIXELS, zarr.open_group(where, mode="r+"), overwrite=True, resume=True, **OPTIONS)
    names = {path.name for path in where.iterdir()}
    assert not names & {claim.name, *torn}
    assert set(kept) <= names


def test_who_is_writing_is_not_discarded(tmp_path: Path) -> None:
    store = MemoryStore()
    for where in (tmp_path / "image.zarr", store):
        seen: list[Any] = []

        def look(_: object, where: Any = where, seen: list[Any] = seen) -> None:
            (left,) = omezarr_nb.leftovers(where)
            seen.append(left)
            with pytest.raises(TargetBusyError, match="writing to this target now"):
                left.discard()

        write_image(PIXELS, where, on_progress=look, **OPTIONS)
        assert all(left.alive and not left.resumable for left in seen)
        assert "being written" in repr(seen[0])
        assert omezarr_nb.leftovers(where) == ()


def test_what_was_taken_away_from_the_target_is_put_back(tmp_path: Path) -> None:
    where, folder = tmp_path / "image.zarr", tmp_path / ".image.zarr.partial"
    write_image(OTHER, where, **OPTIONS)
    before = files(tmp_path)
    for way in ("discard", "write", "resume"):
        broken(where, overwrite=True)
        where.rename(folder / "replaced")  # killed between two renames, where they cannot change places at once
        if way == "discard":
            omezarr_nb.leftovers(where)[0].discard()
            assert files(tmp_path) == before
        elif way == "write":
            with pytest.warns(UserWarning, match="was removed"), pytest.raises(RuntimeError, match="camera"):
                write_image(Breaking(PIXELS, 2), where, overwrite=True, **OPTIONS)
            assert files(tmp_path) == before
        else:
            write_image(PIXELS, where, overwrite=True, resume=True, **OPTIONS)
            np.testing.assert_array_equal(omezarr_nb.open(where).levels[0].zarr[...], PIXELS)
            assert [path.name for path in tmp_path.iterdir()] == ["image.zarr"]


def test_a_journal_of_unknown_origin(tmp_path: Path) -> None:
    folder = tmp_path / ".image.zarr.partial"
    for text in ("", "{", "[1]\n", '{"omezarr_nb": 1}\n', json.dumps({"omezarr_nb": 1, "who": 3, "facts": {}}) + "\n"):
        folder.mkdir()
        (folder / "journal.jsonl").write_text(text)
        (folder / "new").mkdir()
        (left,) = omezarr_nb.leftovers(tmp_path)
        assert not left.resumable
        assert left.writer == "unknown"
        left.discard()
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["journal.jsonl", "new", "replaced", ""])
def test_links_are_not_followed(name: str, tmp_path: Path) -> None:
    where, folder, precious = tmp_path / "image.zarr", tmp_path / ".image.zarr.partial", tmp_path / "precious"
    broken(where)
    (folder / name).rename(tmp_path / "taken") if (folder / name).exists() else None
    precious.mkdir()
    (precious / "journal.jsonl").write_text("...")
    (folder / name).symlink_to(precious / "journal.jsonl" if name.endswith("jsonl") else precious)
    for resume in (False, True):
        with pytest.raises(TargetExistsError, match="holds something else"):
            write_image(PIXELS, where, resume=resume, **OPTIONS)
    for left in omezarr_nb.leftovers(tmp_path):
        with pytest.raises(TargetExistsError):
            left.discard()
    assert files(precious) == {"journal.jsonl": b"..."}


def test_who_replaces_an_image_and_who_appends_to_it_notice_each_other(tmp_path: Path) -> None:
    store = MemoryStore()
    for where in (tmp_path / "image.zarr", store):
        image = write_image(PIXELS, where, **OPTIONS)
        refused: list[str] = []

        def append(_: object, image: Any = image, refused: list[str] = refused) -> None:
            with pytest.raises(TargetBusyError, match="writing to this target now") as caught:
                image.append(OTHER, axis="z")
            refused.append(str(caught.value))

        write_image(OTHER, where, overwrite=True, on_progress=append, **OPTIONS)
        assert refused
    where = tmp_path / "image.zarr"
    image = omezarr_nb.open(where)
    with held(image.location.store_path), pytest.raises(TargetBusyError):
        write_image(PIXELS, where, overwrite=True, **OPTIONS)
    write_image(PIXELS, where, overwrite=True, **OPTIONS)
    assert [path.name for path in tmp_path.iterdir()] == ["image.zarr"]
