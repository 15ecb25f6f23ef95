"""Claims on groups of stores: a write that was broken off goes on, two writers notice each other, nothing is left."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fsspec
import numpy as np
import pytest
import zarr
from zarr.storage import FsspecStore, LocalStore, MemoryStore, StorePath

import omezarr_nb
from omezarr_nb.core.pyramid import claims, regions
from omezarr_nb.core.pyramid.claimed import Claimed
from omezarr_nb.core.pyramid.claims import Claim, claims_at, is_claim, put
from omezarr_nb.core.pyramid.journal import Record
from omezarr_nb.core.pyramid.who import Who
from omezarr_nb.core.writer import write_image, write_labels
from omezarr_nb.errors import InvalidArgumentError, TargetBusyError, WriteCancelledError
from tests.core.test_resume import OPTIONS, OTHER, PIXELS, After, Breaking, files

KINDS = ["memory", "group", "fsspec"]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut small images into as many regions and passes as large ones; wait for nobody long."""
    monkeypatch.setattr(regions, "LEAST_BYTES", 1 << 10)
    monkeypatch.setattr(regions, "UNITS_BYTES", 1 << 14)
    monkeypatch.setattr(claims, "RENEW_EVERY", 0.1)
    monkeypatch.setattr(claims, "SAVE_EVERY", 0.05)


class Place:
    """A group in a store of some kind, as a target; and what is in the store."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.folder, self.kind = folder / "store", kind
        self.store: Any = MemoryStore()
        if kind == "group":
            self.store = LocalStore(self.folder)
        if kind == "fsspec":
            self.store = FsspecStore.from_url(f"memory://{folder.as_posix()}")

    @property
    def target(self) -> Any:
        if self.kind == "group":
            return zarr.open_group(StorePath(self.store, "deep/a.zarr"), mode="a")
        return StorePath(self.store, "deep/a.zarr")

    @property
    def place(self) -> StorePath:
        return StorePath(self.store, "deep/a.zarr")

    def contents(self) -> dict[str, bytes]:
        if self.kind == "memory":
            return {key: value.to_bytes() for key, value in self.store._store_dict.items()}
        if self.kind == "group":
            return files(self.folder)
        memory = fsspec.filesystem("memory")
        return {key: memory.cat_file(key) for key in memory.find(self.folder.parent.as_posix())}


@pytest.fixture(params=KINDS)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    place = Place(request.param, tmp_path)
    yield place
    if request.param == "fsspec":
        fsspec.filesystem("memory").store.clear()


def in_order(place: Place) -> list[bytes]:
    """Return all values in a store, by their keys."""
    return [data for _, data in sorted(place.contents().items())]


def names(place: Place) -> set[str]:
    return {key.rpartition("/")[2] for key in place.contents()}


def dead(claimed: Claimed) -> Who:
    """Return a process of this machine that is not there any more."""
    who = claimed.record.who
    return Who(who.token, who.host, who.machine, 2**22 + 1, 1, who.since)


@pytest.mark.parametrize("overwrite", [False, True])
def test_from_any_region_to_the_same_bytes(made: Place, overwrite: bool, tmp_path: Path) -> None:
    whole = Place(made.kind, tmp_path / "whole")
    if overwrite:
        write_image(OTHER, whole.target, **OPTIONS)
    write_image(PIXELS, whole.target, overwrite=overwrite, **OPTIONS)
    expected = in_order(whole)
    count = omezarr_nb.plan_image(PIXELS, tmp_path / "x", **OPTIONS).regions
    for after in (2, count - 1) if made.kind == "memory" else (count // 2,):
        place = Place(made.kind, tmp_path / str(after))
        if overwrite:
            write_image(OTHER, place.target, **OPTIONS)
        with pytest.raises(WriteCancelledError, match="resume=True") as caught:
            write_image(
                Breaking(PIXELS, 1e9), place.target, cancel=After(after), resume=True, overwrite=overwrite, **OPTIONS
            )
        assert "is kept" in caught.value.__notes__[0]
        if overwrite:
            np.testing.assert_array_equal(omezarr_nb.open(place.place).levels[0].zarr[...], OTHER)
        source = Breaking(PIXELS, 1e9)
        write_image(source, place.target, resume=True, overwrite=overwrite, **OPTIONS)
        assert in_order(place) == expected
        assert not any(is_claim(name) for name in names(place))
        assert source.calls < count


def test_what_is_left_is_removed_with_a_word(made: Place) -> None:
    write_image(OTHER, made.target, **OPTIONS)
    before = made.contents()
    with pytest.raises(RuntimeError, match="camera"):
        write_image(Breaking(PIXELS, 20), made.target, resume=True, overwrite=True, **OPTIONS)
    assert {key: made.contents()[key] for key in before} == before
    with pytest.warns(UserWarning, match=r"was removed: 0_2, 1_2, 2_2, 3_2 in .*process \d+.*resume=True"):
        write_image(PIXELS, made.target, overwrite=True, **OPTIONS)
    np.testing.assert_array_equal(omezarr_nb.open(made.place).levels[0].zarr[...], PIXELS)
    assert not any(is_claim(name) for name in names(made))
    assert len({key.split("a.zarr/")[1].split("/")[0] for key in made.contents() if "a.zarr/" in key}) == 5


def test_after_a_failure_nothing_is_left_not_even_groups_above(made: Place) -> None:
    before = made.contents()
    with pytest.raises(RuntimeError, match="camera"):
        write_image(Breaking(PIXELS, 20), made.place if made.kind != "group" else made.target, **OPTIONS)
    after = made.contents()
    if made.kind == "group":
        assert {key for key in after if not key.endswith("zarr.json")} == set()
    else:
        assert after == before == {}
    write_image(PIXELS, made.target, **OPTIONS)
    before = made.contents()
    with pytest.raises(RuntimeError, match="camera"):
        write_labels(Breaking((PIXELS // 300).astype("i4"), 20), made.place, name="cells", chunks=(2, 32, 32))
    assert made.contents() == before


def test_another_plan_is_not_continued(made: Place) -> None:
    with pytest.raises(RuntimeError, match="camera"):
        write_image(Breaking(PIXELS, 20), made.target, resume=True, **OPTIONS)
    with pytest.raises(InvalidArgumentError, match="method: 'mean' before, 'max' now"):
        write_image(PIXELS, made.target, resume=True, **OPTIONS | {"method": "max"})
    write_image(PIXELS, made.target, resume=True, **OPTIONS)
    assert not any(is_claim(name) for name in names(made))


def test_two_writers_of_one_group_notice_each_other(made: Place) -> None:
    lost: list[BaseException] = []

    def other() -> None:
        try:
            write_image(OTHER, made.target, overwrite=True, **OPTIONS)
        except TargetBusyError as error:
            lost.append(error)

    def second(progress: Any) -> None:
        if not progress.regions_done:
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()

    for overwrite in (False, True):
        write_image(PIXELS, made.target, overwrite=overwrite, on_progress=second, **OPTIONS)
        np.testing.assert_array_equal(omezarr_nb.open(made.place).levels[0].zarr[...], PIXELS)
    assert len(lost) == 2
    assert "Somebody is writing to this target now" in str(lost[0])
    assert not any(is_claim(name) for name in names(made))


def test_of_many_that_begin_at_once_one_at_most_gets_the_group(made: Place) -> None:
    held, most, lost, got = 0, 0, 0, 0
    lock = threading.Lock()
    start = threading.Barrier(6)

    def one() -> None:
        nonlocal held, most, lost, got
        start.wait()
        try:
            claim = Claim(made.place, "here")
        except TargetBusyError:
            with lock:
                lost += 1
            return
        with lock:
            held, got = held + 1, got + 1
            most = max(most, held)
        time.sleep(0.01)
        with lock:
            held -= 1
        claim.withdraw()

    for _ in range(5):
        threads = [threading.Thread(target=one) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == 1
    assert got >= 5
    assert got + lost == 30
    assert claims_at(made.place) == []


def test_a_folder_and_a_group_in_it_are_one_target(tmp_path: Path) -> None:
    where = tmp_path / "a.zarr"
    write_image(OTHER, where, **OPTIONS)
    seen: list[str] = []

    def try_other(target: Any) -> None:
        with pytest.raises(TargetBusyError) as caught:
            write_image(OTHER, target, overwrite=True, **OPTIONS)
        seen.append(str(caught.value))

    group = zarr.open_group(where, mode="r+")
    write_image(
        PIXELS, where, overwrite=True, on_progress=lambda p: None if p.regions_done else try_other(group), **OPTIONS
    )
    group = zarr.open_group(where, mode="r+")
    write_image(
        PIXELS, group, overwrite=True, on_progress=lambda p: None if p.regions_done else try_other(where), **OPTIONS
    )
    assert len(seen) == 2
    np.testing.assert_array_equal(omezarr_nb.open(where).levels[0].zarr[...], PIXELS)


def forge(place: StorePath, **changes: Any) -> Claimed:
    """Put a claim of a writer that is not this one."""
    who = Who.here()
    document: dict[str, Any] = Claimed(Record(who, {}, since=who.since), "writes", time.time()).to_json()
    document["who"] |= {"token": "0123456789ab"} | changes.pop("who", {})
    put(place, ".omezarr_nb.0123456789ab.json", json.dumps(document | changes).encode())
    (claimed,) = claims_at(place)
    return claimed


def test_a_writer_on_another_machine_is_alive_while_it_renews(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(claims, "RENEW_EVERY", 0.5)
    made = Place("memory", tmp_path)
    far = {"host": "far", "machine": "another"}
    claimed = forge(made.place, who=far)
    with pytest.raises(TargetBusyError, match="on far"):
        write_image(PIXELS, made.target, **OPTIONS)
    forge(made.place, who=far, renewed=claimed.renewed - 3600)  # dead, or its clock is wrong
    naps = []

    def renew_meanwhile(seconds: float) -> None:
        time.sleep(seconds)
        naps.append(seconds)
        document = claimed.to_json() | {"renewed": claimed.renewed - 3600 + len(naps)}
        put(made.place, ".omezarr_nb.0123456789ab.json", json.dumps(document).encode())

    with monkeypatch.context() as renewing:
        clock = SimpleNamespace(time=time.time, monotonic=time.monotonic, sleep=renew_meanwhile)
        renewing.setattr(claims, "time", clock)
        with pytest.raises(TargetBusyError, match="on far"):
            write_image(PIXELS, made.target, **OPTIONS)
    assert naps
    write_image(PIXELS, made.target, **OPTIONS)  # it does not renew any more
    assert not any(is_claim(name) for name in names(made))


def test_who_was_taken_for_dead_loses_in_the_end(made: Place) -> None:
    write_image(OTHER, made.target, **OPTIONS)

    def forget(progress: Any) -> None:
        if progress.regions_done == 3:
            for claimed in claims_at(made.place):
                claims.remove_claim(made.place, claimed.token)
            for claim in tuple(claims._OURS):
                claim._end.set()

    with pytest.raises(TargetBusyError, match="Another writer has taken this target"):
        write_image(PIXELS, made.target, overwrite=True, on_progress=forget, **OPTIONS)
    np.testing.assert_array_equal(omezarr_nb.open(made.place).levels[0].zarr[...], OTHER)


@pytest.mark.parametrize(
    "levels",
    [{"tables": [[3], [3]]}, {"../a.zarr": [[3], [3]]}, {"labels": [[3], [3]]}, {"0": [[6, 160, 150], [2, 32, 32]]}],
)
def test_a_forged_claim_removes_nothing_of_others(made: Place, levels: dict[str, Any]) -> None:
    write_image(OTHER, made.target, **OPTIONS)
    write_labels((OTHER // 300).astype("i4"), made.place, name="cells")
    group = zarr.open_group(made.place, mode="r+")
    group.create_group("tables").create_array("x", shape=(3,), dtype="u1")[...] = 1
    before = made.contents()
    claimed = forge(made.place, levels=levels, paths=list(levels), created=True)
    document = claimed.to_json() | {"who": dead(claimed).to_json()}
    put(made.place, ".omezarr_nb.0123456789ab.json", json.dumps(document).encode())
    image = write_image(PIXELS, made.target, overwrite=True, **OPTIONS)
    np.testing.assert_array_equal(image.levels[0].zarr[...], PIXELS)
    after = made.contents()
    for key in before:
        if "tables" in key or "labels" in key:
            assert after[key] == before[key]


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"omezarr_nb": 1}', b'{"omezarr_nb": 1, "who": {}}', b"[" * 9999])
def test_what_is_no_claim_says_nothing(data: bytes, made: Place) -> None:
    put(made.place, ".omezarr_nb.0123456789ab.json", data)
    assert claims_at(made.place) == []
    write_image(PIXELS, made.target, **OPTIONS)
