"""Conversions that are broken off, and gone on with to the same bytes: in folders, archives and other stores."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from zarr.storage import LocalStore, MemoryStore

import omezarr_nb
from omezarr_nb.core import ozx
from omezarr_nb.core.converting import chunks
from omezarr_nb.core.pyramid import claims
from omezarr_nb.core.pyramid.claims import claims_at, put
from omezarr_nb.errors import InvalidArgumentError, StoreError, TargetBusyError, TargetExistsError, WriteCancelledError
from tests.core.test_convert import plate

#: Of what is stored, which is the same on every Python.
pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Carry few chunks over at once."""
    monkeypatch.setattr(chunks, "_BATCH", 2)
    monkeypatch.setattr(claims, "SAVE_EVERY", 0.0)


def image(where: Any, seed: int = 1, version: str = "0.4") -> Any:
    """Write an image of two levels with labels and with places at which nothing is stored."""
    pixels = np.random.default_rng(seed).integers(1, 999, (2, 48, 64)).astype("u2")
    pixels[0, :32] = 0
    written = omezarr_nb.write_image(pixels, where, axes="zyx", version=version, chunks=(1, 16, 16), scale_factors=[2])
    omezarr_nb.write_labels(pixels // 300, written, "cells", chunks=(1, 32, 32), scale_factors=[2])
    return written


class Stop(Exception):  # noqa: N818 - it is no error
    """What ends a conversion midway."""


def stop_at(number: int) -> Callable[[object], None]:
    """Return what ends a conversion when it is told of it so often."""
    calls = 0

    def told(_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == number:
            raise Stop

    return told


def moments(told: list[Any]) -> list[int]:
    """Return a few numbers of calls: the first, the last, and some between."""
    return sorted({1, 2, len(told) // 3, 2 * len(told) // 3, len(told)})


def contents(where: Any) -> dict[str, bytes]:
    """Return all that is at a place, but for nothing."""
    if isinstance(where, MemoryStore):
        return {key: value.to_bytes() for key, value in where._store_dict.items()}
    if where.is_file():
        return {"": where.read_bytes()}
    return {path.relative_to(where).as_posix(): path.read_bytes() for path in where.rglob("*") if path.is_file()}


#: How a conversion is asked for: to the other format, with copied chunks; decoded; into other chunks and shards.
WAYS: dict[str, dict[str, Any]] = {
    "copied": {"version": "0.5"},
    "relaid": {"version": "0.6", "chunks": (2, 32, 32), "shards": (2, 64, 64)},
    "recoded": {"version": "0.4"},
}


def source_for(way: str, folder: Path) -> Any:
    if way != "recoded":
        return image(folder / "source.zarr")
    made = image(folder / "first.zarr", version="0.5")
    return omezarr_nb.convert(made, folder / "source.zarr", chunks=(1, 16, 16), shards=(1, 64, 64))


@pytest.mark.parametrize(
    ("kind", "way"),
    [("folder", "copied"), ("memory", "relaid"), ("group", "recoded"), ("archive", "relaid"), ("memory", "copied")],
)
def test_from_any_moment_to_the_same_bytes(kind: str, way: str, tmp_path: Path) -> None:
    source = source_for(way, tmp_path)
    whole: Any = MemoryStore() if kind == "memory" else tmp_path / "whole" / f"a{'.ozx' if kind == 'archive' else ''}"
    omezarr_nb.convert(source, whole, **WAYS[way])
    told: list[Any] = []
    omezarr_nb.convert(source, MemoryStore(), on_progress=told.append, **WAYS[way])
    for number in moments(told):
        where: Any = MemoryStore()
        if kind != "memory":
            where = tmp_path / str(number) / whole.name
        target = (
            zarr.open_group(LocalStore(where), zarr_format=2 if way == "recoded" else 3) if kind == "group" else where
        )
        plan = omezarr_nb.plan_convert(source, target, **WAYS[way])
        with pytest.raises(Stop) as caught:
            plan.run(stop_at(number), resume=True)
        assert "resume=True" in "".join(caught.value.__notes__)
        (left,) = omezarr_nb.leftovers(where)
        assert left.resumable
        if kind in ("folder", "archive"):
            assert not where.exists()
        again: list[Any] = []
        plan.run(again.append, resume=True)
        assert again[0].regions_done == told[number - 1].regions_done
        assert again[-1].fraction == 1
        assert omezarr_nb.leftovers(where) == ()
        found, wanted = contents(where), contents(whole)
        if kind == "archive":  # entries have times
            found, wanted = contents_of_archive(where), contents_of_archive(whole)
        assert found == wanted
        if kind != "memory":
            assert [path.name for path in where.parent.iterdir()] == [where.name]
            shutil.rmtree(where.parent)


def contents_of_archive(where: Path) -> dict[str, bytes]:
    folder = where.with_suffix(".unpacked")
    ozx.unpack(where, folder)
    found = contents(folder)
    shutil.rmtree(folder)
    return found


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_plate_with_all_its_fields(number: int, tmp_path: Path) -> None:
    source = plate(tmp_path / "plate.zarr")
    whole = MemoryStore()
    omezarr_nb.convert(source, whole, version="0.5")
    for where in (tmp_path / "other" / "plate.zarr", MemoryStore()):
        with pytest.raises(Stop):
            omezarr_nb.convert(source, where, version="0.5", on_progress=stop_at(number), resume=True)
        omezarr_nb.convert(source, where, version="0.5", resume=True)
        assert contents(where) == contents(whole)


def test_an_image_that_is_replaced(tmp_path: Path) -> None:
    source = image(tmp_path / "new.zarr", 2)
    options: dict[str, Any] = {"version": "0.5", "overwrite": True}
    for version in ("0.5", "0.4"):

        def start(where: MemoryStore, version: str = version) -> None:
            image(where, 3, version)

        whole = MemoryStore()
        start(whole)
        before = contents(whole)
        told: list[Any] = []
        omezarr_nb.convert(source, whole, on_progress=told.append, **options)
        for number in moments(told):
            where = MemoryStore()
            start(where)
            with pytest.raises(Stop):
                omezarr_nb.convert(source, where, on_progress=stop_at(number), resume=True, **options)
            assert {key: data for key, data in contents(where).items() if key in before} == before
            omezarr_nb.convert(source, where, resume=True, **options)
            assert contents(where) == contents(whole)
            # Cancelled without it, all is as before.
            other = MemoryStore()
            start(other)
            with pytest.raises(Stop):
                omezarr_nb.convert(source, other, on_progress=stop_at(number), **options)
            assert contents(other) == before


class Cut(MemoryStore):
    """A store that stops for good at the n-th change of a key that holds metadata, as when its writer is killed."""

    def __init__(self, keys: Any, at: int) -> None:
        super().__init__(keys)
        self.at = at

    async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
        self._count(key)
        await super().set(key, value, byte_range)

    async def delete(self, key: str) -> None:
        self._count(key)
        await super().delete(key)

    async def delete_dir(self, prefix: str) -> None:
        if self.at <= 0:
            raise Stop
        await super().delete_dir(prefix)

    def _count(self, key: str) -> None:
        if key.rpartition("/")[2] in ("zarr.json", ".zattrs", ".zgroup"):
            self.at -= 1
        if self.at <= 0:
            raise Stop


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_broken_off_between_any_two_documents(version: str, tmp_path: Path) -> None:
    source = image(tmp_path / "new.zarr", 2)
    start = MemoryStore()
    omezarr_nb.write_labels(np.ones((2, 48, 64), "u1"), image(start, 3, version), "gone", scale_factors=[2])
    whole = MemoryStore(dict(start._store_dict))
    options: dict[str, Any] = {"version": "0.5", "overwrite": True}
    omezarr_nb.convert(source, whole, **options)
    at, done = 0, False
    while not done:
        at += 1
        cut = Cut(dict(start._store_dict), at)
        try:
            omezarr_nb.convert(source, cut, resume=True, **options)
            done = True
        except (StoreError, Stop):
            where = MemoryStore(cut._store_dict)
            assert len(np.unique(omezarr_nb.open(where).levels[0].zarr[...])) > 2
            omezarr_nb.convert(source, where, resume=True, **options)
            assert contents(where) == contents(whole)
    assert at > 8


def test_without_resume_what_was_left_goes_with_a_warning(tmp_path: Path) -> None:
    source = image(tmp_path / "source.zarr")
    whole = MemoryStore()
    omezarr_nb.convert(source, whole)
    for where in (tmp_path / "a" / "new.zarr", MemoryStore()):
        with pytest.raises(Stop):
            omezarr_nb.convert(source, where, on_progress=stop_at(4), resume=True)
        with pytest.warns(UserWarning, match=r"not brought to its end was removed.*resume=True"):
            omezarr_nb.convert(source, where)
        assert contents(where) == contents(whole)
        assert omezarr_nb.leftovers(where) == ()


def test_what_was_left_is_listed_and_discarded(tmp_path: Path) -> None:
    source = image(tmp_path / "source.zarr")
    store = MemoryStore()
    for where in (tmp_path / "a" / "new.zarr", store):
        with pytest.raises(Stop):
            omezarr_nb.convert(source, where, on_progress=stop_at(4), resume=True)
        (left,) = omezarr_nb.leftovers(where)
        assert left.regions >= 2
        left.discard()
    assert contents(store) == {}
    assert not (tmp_path / "a").exists()


def test_another_conversion_is_not_gone_on_with(tmp_path: Path) -> None:
    source = image(tmp_path / "source.zarr")
    (tmp_path / "other").mkdir()
    other = image(tmp_path / "other" / "source.zarr", 5)
    for where in (tmp_path / "a" / "new.zarr", store := MemoryStore()):
        with pytest.raises(Stop):
            omezarr_nb.convert(source, where, on_progress=stop_at(4), resume=True)
        before = contents(store)
        with pytest.raises(InvalidArgumentError, match=r"another write.*'0.5' before, '0.6' now"):
            omezarr_nb.convert(source, where, version="0.6", resume=True)
        with pytest.raises(InvalidArgumentError, match="its pixels are others"):
            omezarr_nb.convert(other, where, resume=True)
        with pytest.raises(InvalidArgumentError, match="another write"):
            omezarr_nb.write_image(np.zeros((8, 8), "u1"), where, resume=True)
        assert {key: data for key, data in contents(store).items() if "omezarr_nb" not in key} == {
            key: data for key, data in before.items() if "omezarr_nb" not in key
        }
        omezarr_nb.convert(source, where, resume=True)


def test_what_came_to_be_at_the_target_meanwhile_stays(tmp_path: Path) -> None:
    source, store = image(tmp_path / "source.zarr"), MemoryStore()
    with pytest.raises(Stop):
        omezarr_nb.convert(source, store, on_progress=stop_at(4), resume=True)
    zarr.create_array(store, name="mine", shape=(3,), dtype="u1")[...] = 7
    for resume in (True, False):
        with pytest.raises(TargetExistsError, match=r"mine|already"):
            omezarr_nb.convert(source, store, resume=resume)
    np.testing.assert_array_equal(zarr.open_array(store, path="mine")[...], [7, 7, 7])


def test_two_conversions_of_one_target_notice_each_other(tmp_path: Path) -> None:
    source = image(tmp_path / "source.zarr")
    refused = []
    for where in (tmp_path / "new.zarr", MemoryStore()):

        def meanwhile(_: object, where: Any = where) -> None:
            with pytest.raises(TargetBusyError) as caught:
                omezarr_nb.convert(source, where)
            refused.append(caught.value)

        omezarr_nb.convert(source, where, on_progress=meanwhile)
    assert refused


def test_a_cancelled_one_says_how_to_go_on(tmp_path: Path) -> None:
    class Now:
        def is_set(self) -> bool:
            return True

    source = image(tmp_path / "source.zarr")
    with pytest.raises(WriteCancelledError, match="resume=True"):
        omezarr_nb.convert(source, tmp_path / "new.zarr", cancel=Now(), resume=True)


def test_a_forged_mark_of_a_conversion_removes_nothing_that_metadata_names(tmp_path: Path) -> None:
    source, store = image(tmp_path / "source.zarr"), MemoryStore()
    image(store, 4, "0.5")
    zarr.open_group(store, mode="r+").create_group("tables").create_array("x", shape=(3,), dtype="u1")[...] = 1
    with pytest.raises(Stop):
        omezarr_nb.convert(source, MemoryStore(), on_progress=stop_at(4), resume=True)
    document = {
        "omezarr_nb": 1,
        "who": {"token": "0123456789ab", "host": "far", "machine": "", "pid": 1, "started": 0, "since": 1},
        "state": "kept",
        "renewed": 1,
        "levels": {
            "labels/cells/0": [[2, 48, 64], [1, 32, 32]],
            "0": [[2, 48, 64], [1, 16, 16]],
            "tables/x": [[4], [4]],
        },
        "paths": ["labels/cells/0"],
        "created": True,
        "finished": {},
        "facts": {},
    }
    before = contents(store)
    put(zarr.storage.StorePath(store), ".omezarr_nb.0123456789ab.json", json.dumps(document).encode())
    assert len(claims_at(zarr.storage.StorePath(store))) == 1
    (left,) = omezarr_nb.leftovers(store)
    assert left.places == ()
    left.discard()
    assert contents(store) == before


KILLED_IN_REMOVING = """
import os, shutil, signal, sys, numpy as np, omezarr_nb
where, how = sys.argv[1:]
real = shutil.rmtree
def half(path, *rest, **options):
    real(os.path.join(path, "0"))
    os.kill(os.getpid(), signal.SIGKILL)
def told(progress):
    if progress.regions_done >= 20:
        raise KeyboardInterrupt
shutil.rmtree = half
if how == "abort":
    omezarr_nb.convert("source.zarr", where, on_progress=told)
elif how == "discard":
    omezarr_nb.leftovers(where)[0].discard()
else:
    omezarr_nb.convert("source.zarr", where)
"""


@pytest.mark.parametrize("how", ["abort", "discard", "anew"])
def test_who_is_killed_while_removing_leaves_nothing_to_go_on_with(how: str, tmp_path: Path) -> None:
    source = image(tmp_path / "source.zarr")
    omezarr_nb.convert(source, tmp_path / "whole" / "new.zarr")
    where = tmp_path / "new.zarr"
    if how != "abort":
        with pytest.raises(Stop):
            omezarr_nb.convert(source, where, on_progress=lambda progress: stop_after(progress, 20), resume=True)
    root = str(Path(omezarr_nb.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", KILLED_IN_REMOVING, str(where), how],
        check=False, cwd=tmp_path, env={"PYTHONPATH": root},
    )  # fmt: skip
    assert done.returncode == -9
    (left,) = omezarr_nb.leftovers(where)
    assert not left.resumable
    with pytest.warns(UserWarning, match="was removed"):
        omezarr_nb.convert(source, where, resume=True)
    assert contents(where) == contents(tmp_path / "whole" / "new.zarr")


def stop_after(progress: Any, regions: int) -> None:
    if progress.regions_done >= regions:
        raise Stop
