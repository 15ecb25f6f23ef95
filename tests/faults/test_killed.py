"""Writers that are killed at any moment: what was there is whole, or what comes is; and another one goes on."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

import omezarr_nb
from tests.faults.children import Children
from tests.faults.nursery import by_level, files_of, kill_and_check, nursery, pixels, same

OPTIONS: dict[str, Any] = {"axes": "zyx", "chunks": [1, 64, 64], "scale_factors": [2, 4]}
OLD, NEW = 1, 2


@pytest.fixture(scope="module")
def house() -> Iterator[Children]:
    """Give the interpreter whose children write."""
    with nursery() as started:
        yield started


def levels(where: Any) -> list[np.ndarray[Any, Any]]:
    """Return all pixels of an image, as its metadata names them."""
    image = omezarr_nb.open(where)
    assert not image.problems
    return [np.asarray(level.zarr[...]) for level in image.levels]


def equal(one: list[np.ndarray[Any, Any]], other: list[np.ndarray[Any, Any]]) -> bool:
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.once
@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_a_folder_at_ten_moments(version: str, house: Children, tmp_path: Path) -> None:
    options = OPTIONS | {"version": version}
    old, new = tmp_path / "old.zarr", tmp_path / "new.zarr"
    assert house.run({"where": str(old), "seed": OLD, "options": options}) == 0
    start = time.perf_counter()
    assert house.run({"where": str(new), "seed": NEW, "options": options}) == 0
    seconds = time.perf_counter() - start
    before, after = levels(old), levels(new)
    np.testing.assert_array_equal(after[0], pixels(NEW))
    draw = random.Random(version)
    where = tmp_path / "a" / "new.zarr"
    what = {"where": str(where), "seed": NEW, "options": options, "overwrite": True}
    for _ in range(10):
        shutil.copytree(old, where)
        kill_and_check(
            house,
            what,
            draw.uniform(0, 1.1 * seconds),
            lambda: equal(levels(where), before),
            lambda: equal(levels(where), after),
        )
        assert same(where, new)
        assert [path.name for path in where.parent.iterdir()] == ["new.zarr"]
        shutil.rmtree(where)


@pytest.mark.once
@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_a_group_at_four_moments(version: str, house: Children, tmp_path: Path) -> None:
    options = OPTIONS | {"version": version}
    old, new = tmp_path / "old.zarr", tmp_path / "a" / "new.zarr"
    assert house.run({"where": str(old), "seed": OLD, "options": options, "group": True}) == 0
    zarr.open_group(old, mode="r+").attrs["note"] = "kept"
    zarr.open_group(old, mode="r+").create_group("tables", attributes={"rows": 3})
    before = levels(old)
    shutil.copytree(old, new)
    start = time.perf_counter()
    what = {"where": str(new), "seed": NEW, "options": options, "overwrite": True, "group": True}
    assert house.run(what) == 0
    seconds = time.perf_counter() - start
    after, whole = levels(new), by_level(files_of(new))
    draw = random.Random(version)
    where = tmp_path / "b" / "new.zarr"
    for _ in range(4):
        shutil.copytree(old, where)
        kill_and_check(
            house,
            {**what, "where": str(where)},
            draw.uniform(0, 1.1 * seconds),
            lambda: equal(levels(where), before),
            lambda: equal(levels(where), after),
        )
        assert by_level(files_of(where)) == whole
        assert not omezarr_nb.leftovers(where)
        shutil.rmtree(where)


def test_without_resume_what_a_killed_writer_left_goes(house: Children, tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"
    what = {"where": str(where), "seed": OLD, "options": OPTIONS}
    begun = (tmp_path / ".image.zarr.partial" / "new" / "0" / "c").exists
    while not begun():
        shutil.rmtree(tmp_path / ".image.zarr.partial", ignore_errors=True)
        shutil.rmtree(where, ignore_errors=True)
        house.run(what, kill_when=begun)
    with pytest.warns(UserWarning, match="not brought to its end was removed"):
        omezarr_nb.write_image(pixels(NEW), where, **OPTIONS)
    assert equal(levels(where)[:1], [pixels(NEW)])
    assert [path.name for path in tmp_path.iterdir()] == ["image.zarr"]
