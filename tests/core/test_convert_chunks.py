"""How chunks are converted: so many at once as have room, and those that are not there counted as done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.core.converting import chunks
from tests.core.test_convert import assert_same_pixels, chunk_bytes


@pytest.mark.parametrize(("room", "at_once"), [(1, 1), (3 * 64 * 64 * 8, 3), (1 << 30, 16)])
def test_as_many_chunks_are_held_as_have_room(
    room: int, at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "old.zarr"
    omezarr_nb.write_image(np.ones((512, 512), "u1"), old, version="0.4", chunks=(64, 64), levels=1)
    seen: list[int] = []
    copy = chunks._copy

    def seen_copy(pairs: Any, count: int) -> None:
        seen.append(count)
        copy(pairs, count)

    monkeypatch.setattr(chunks, "_MEMORY", room)
    monkeypatch.setattr(chunks, "_copy", seen_copy)
    omezarr_nb.convert(old, tmp_path / "new.zarr", version="0.5")
    assert set(seen) == {at_once}
    assert_same_pixels(old, tmp_path / "new.zarr")


def test_chunks_that_are_not_there_count_as_done(tmp_path: Path) -> None:
    pixels = np.zeros((256, 64), "u1")
    pixels[64:128] = 1
    omezarr_nb.write_image(pixels, tmp_path / "old.zarr", version="0.4", chunks=(64, 64), levels=1)
    seen: list[omezarr_nb.Progress] = []
    omezarr_nb.convert(tmp_path / "old.zarr", tmp_path / "new.zarr", version="0.5", on_progress=seen.append)
    assert (seen[-1].regions_done, seen[-1].regions) == (4, 4)
    assert len(chunk_bytes(tmp_path / "new.zarr")) == 1
