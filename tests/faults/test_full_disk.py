"""Disks that fill, and stores that fail now and then: the old image stays, and the same write goes on afterwards."""

from __future__ import annotations

import itertools
import subprocess
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from zarr.abc.store import Store
from zarr.core.buffer import Buffer
from zarr.storage import MemoryStore, WrapperStore, _local

import omezarr_nb
from omezarr_nb.core.pyramid import regions
from omezarr_nb.core.writer import write_image
from omezarr_nb.errors import StoreError
from tests.core.test_resume import Breaking
from tests.faults.nursery import pixels, same

OLD, NEW = pixels(1), pixels(2)
OPTIONS: dict[str, Any] = {"axes": "zyx", "chunks": (1, 64, 64), "scale_factors": [2, 4], "compression": "none"}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut small images into as many regions and passes as large ones."""
    monkeypatch.setattr(regions, "LEAST_BYTES", 1 << 14)
    monkeypatch.setattr(regions, "UNITS_BYTES", 1 << 16)


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_a_disk_that_fills(version: str, disk: Path, tmp_path: Path) -> None:
    where, options = disk / "image.zarr", OPTIONS | {"version": version}
    write_image(OLD, where, **options)
    write_image(OLD, tmp_path / "old", **options)
    write_image(NEW, tmp_path / "image.zarr", **options)
    with pytest.raises(StoreError, match=r"as it was before.*No space left on device"):
        write_image(NEW, where, overwrite=True, **options)
    assert [path.name for path in disk.iterdir()] == ["image.zarr"]
    assert same(where, tmp_path / "old") or _but_for_the_name(where, tmp_path / "old")
    with pytest.raises(StoreError, match="No space left on device") as caught:
        write_image(NEW, where, overwrite=True, resume=True, **options)
    assert "resume=True" in caught.value.__notes__[0]
    np.testing.assert_array_equal(omezarr_nb.open(where).levels[0].zarr[...], OLD)
    subprocess.run(["mount", "-o", "remount,size=8m", str(disk)], check=True)
    source = Breaking(NEW, 1e9)
    write_image(source, where, overwrite=True, resume=True, **options)
    assert same(where, tmp_path / "image.zarr")
    assert [path.name for path in disk.iterdir()] == ["image.zarr"]


def test_chunks_that_are_on_their_way_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Zarr says at once that one has failed, while those beside it are still written."""
    put, seen, failed, cleaned = _local._put, itertools.count(), threading.Event(), threading.Event()
    ended = threading.Event()

    def late(path: Path, *args: Any, **options: Any) -> Any:
        number = next(seen) if path.name.isdigit() else 9
        if number == 1:
            failed.set()
            raise OSError(28, "No space left on device")
        if number == 0:
            failed.wait(1)  # in vain, where zarr writes one after the other
            cleaned.wait(0.5)  # nobody sets it: there was time to clean up
        try:
            return put(path, *args, **options)
        finally:
            if number == 0:
                ended.set()

    monkeypatch.setattr(_local, "_put", late)
    with pytest.raises(StoreError, match="No space left on device"):
        write_image(np.ones((64, 64), "uint8"), tmp_path / "image.zarr", axes="yx", chunks=(8, 8), scale_factors=[2])
    assert ended.wait(60)
    assert list(tmp_path.iterdir()) == []


def _but_for_the_name(one: Path, other: Path) -> bool:
    """Return whether two images are the same but for their names, which are those of their folders."""
    return all(
        np.array_equal(a.zarr[...], b.zarr[...])
        for a, b in zip(omezarr_nb.open(one).levels, omezarr_nb.open(other).levels, strict=True)
    )


class EveryNth(WrapperStore[Store]):
    """A store of which every n-th call that writes or removes fails."""

    def __init__(self, store: Store, every: int, counter: list[int]) -> None:
        super().__init__(store)
        self.every, self.counter, self.lock = every, counter, threading.Lock()

    def _with_store(self, store: Store) -> EveryNth:
        return EveryNth(store, self.every, self.counter)

    def count(self) -> None:
        with self.lock:
            self.counter[0] += 1
            if self.counter[0] % self.every == 0:
                raise OSError(5, "Input/output error")

    async def set(self, key: str, value: Buffer) -> None:
        self.count()
        await self._store.set(key, value)

    def set_sync(self, key: str, value: Buffer) -> None:
        self.count()
        self._store.set_sync(key, value)  # type: ignore[attr-defined, unused-ignore] # not in zarr 3.1

    async def delete(self, key: str) -> None:
        self.count()
        await self._store.delete(key)

    async def delete_dir(self, prefix: str) -> None:
        self.count()
        await self._store.delete_dir(prefix)


def failure(store: Store, options: dict[str, Any]) -> str:
    """Write, and return what is said when that fails; "" when it does not."""
    try:
        write_image(NEW, store, overwrite=True, resume=True, **options)
    except StoreError as error:
        return str(error)
    return ""


class WithoutPutting(WrapperStore[Store]):
    """A store in which one document cannot be put."""

    def __init__(self, store: Store, document: str) -> None:
        super().__init__(store)
        self.document = document

    def _with_store(self, store: Store) -> WithoutPutting:
        return WithoutPutting(store, self.document)

    def check(self, key: str) -> None:
        if key == self.document:
            raise OSError(5, "Input/output error")

    async def set(self, key: str, value: Buffer) -> None:
        self.check(key)
        await self._store.set(key, value)

    def set_sync(self, key: str, value: Buffer) -> None:
        self.check(key)
        self._store.set_sync(key, value)  # type: ignore[attr-defined, unused-ignore] # not in zarr 3.1


@pytest.mark.parametrize(("document", "is_new"), [(".zattrs", False), (".zgroup", True)])
def test_one_of_two_documents_that_cannot_be_put(document: str, is_new: bool) -> None:
    """The attributes are put before the group's own document, and it is they that name the levels."""
    options = OPTIONS | {"version": "0.4"}
    inner = MemoryStore()
    write_image(OLD, inner, **options)
    said = failure(WithoutPutting(inner, document), options)
    assert ("as it was before" in said, "new image is complete" in said) == (not is_new, is_new), said
    np.testing.assert_array_equal(omezarr_nb.open(inner).levels[0].zarr[...], NEW if is_new else OLD)


@pytest.mark.filterwarnings("ignore:.*could not be removed:UserWarning")
@pytest.mark.parametrize("every", [30, 45, 101])
@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_a_store_of_which_every_nth_call_fails(version: str, every: int) -> None:
    options = OPTIONS | {"version": version}
    inner = MemoryStore()
    write_image(OLD, inner, **options)
    store = EveryNth(inner, every, [0])
    for _ in range(200):  # each goes on from where the last one failed
        said = failure(store, options)
        if not said:
            break
        assert ("as it was before" in said) != ("new image is complete" in said), said
        there = omezarr_nb.open(inner).levels[0].zarr[...]
        np.testing.assert_array_equal(there, OLD if "as it was before" in said else NEW, err_msg=said)
    else:
        pytest.fail("it never came to its end")
    image = omezarr_nb.open(inner)
    assert not image.problems
    np.testing.assert_array_equal(image.levels[0].zarr[...], NEW)
    for left in omezarr_nb.leftovers(inner):
        left.discard()
    names = {key.split("/")[0] for key in inner._store_dict}
    assert names - {"zarr.json", ".zgroup", ".zattrs"} == {level.path for level in image.levels}
