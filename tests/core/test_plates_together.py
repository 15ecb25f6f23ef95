"""Plates that several threads and processes write at once: no reader finds metadata that names what is not there."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from zarr.abc.store import Store
from zarr.core.buffer import Buffer
from zarr.storage import MemoryStore, StorePath, WrapperStore

import omezarr_nb
from omezarr_nb.core.format import format_from_version
from omezarr_nb.core.plates import PlateWriter, create_plate
from omezarr_nb.core.writer import get_metadata
from omezarr_nb.core.writing.groups import change_metadata, make_group
from omezarr_nb.errors import TargetExistsError

ROWS, COLUMNS = ["A", "B"], [1, 2, 3]
WELLS = [(row, column) for row in ROWS for column in COLUMNS]


def pixels_of(value: int) -> np.ndarray[Any, Any]:
    return np.full((64, 64), value, "uint8")


def write_wells(plate: PlateWriter, value: int) -> list[str]:
    """Write a field to every well, of one value above 0; the work of one process."""
    return [plate[well].write_field(pixels_of(value), chunks=16, scale_factors=[2]).where for well in WELLS]


def document(path: Path, version: str) -> dict[str, Any]:
    """Read the OME metadata of a group with nothing but json."""
    if version == "0.4":
        return json.loads((path / ".zattrs").read_text())  # type: ignore[no-any-return] # json
    return json.loads((path / "zarr.json").read_text())["attributes"].get("ome", {})  # type: ignore[no-any-return] # json


def check(where: Path, version: str) -> Iterator[str]:
    """Follow all that the metadata names, down to every chunk; give the paths of the fields."""
    try:
        plate = document(where, version).get("plate")
    except FileNotFoundError:  # .zattrs, of a group of Zarr 2 in which nothing is yet
        return
    if plate is None:
        return
    assert plate["wells"]
    for well in plate["wells"]:
        fields = document(where / well["path"], version)["well"]["images"]
        assert fields
        for field in fields:
            folder = where / well["path"] / field["path"]
            values = set()
            for level in document(folder, version)["multiscales"][0]["datasets"]:
                array: Any = zarr.open_array(folder / level["path"], mode="r")
                values |= {int(value) for value in np.unique(array[...])}
            assert len(values) == 1
            assert values.pop() > 0  # and no chunk is missing
            yield f"{well['path']}/{field['path']}"


def poll(where: Path, version: str, jobs: list[Future[Any]]) -> int:
    """Look at a plate again and again while it is written, and once more; return how often it had grown."""
    seen: list[int] = []
    while True:
        done = all(job.done() for job in jobs)
        found = len(list(check(where, version)))
        assert not seen or found >= seen[-1]
        if not seen or found > seen[-1]:
            seen.append(found)
        if done:
            for job in jobs:
                job.result()
            return len(seen)


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_processes(tmp_path: Path, version: str) -> None:
    where = tmp_path / "plate.zarr"
    context = multiprocessing.get_context("spawn")
    with (
        create_plate(where, ROWS, COLUMNS, version=version) as plate,
        ProcessPoolExecutor(2, mp_context=context) as pool,
    ):
        jobs = [pool.submit(write_wells, plate, value) for value in (1, 2)]
        assert poll(where, version, jobs) > 2
    assert {path: len(document(where / path, version)["well"]["images"]) for path in plate.wells()} == {
        f"{row}/{column}": 2 for row, column in WELLS
    }
    assert omezarr_nb.validate(where).is_valid


def test_threads_that_share_wells(tmp_path: Path) -> None:
    where = tmp_path / "plate.zarr"
    plate = create_plate(where, ROWS, COLUMNS)
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(write_wells, plate, value) for value in range(1, 5)]
        assert poll(where, "0.5", jobs) > 2
    for well in WELLS:
        assert sorted(plate[well].fields()) == ["0", "1", "2", "3"]
    found = get_metadata(where)["plate"]
    assert (found["field_count"], len(found["wells"])) == (4, 6)


class Hesitating(WrapperStore[Store]):
    """A store whose first document is put half a second late, or once somebody else was sooner."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.first, self.begun, self.overtaken = True, threading.Event(), threading.Event()

    async def set(self, key: str, value: Buffer) -> None:
        if self.first:
            self.first = False
            self.begun.set()
            for _ in range(50):
                if not self.overtaken.is_set():
                    await asyncio.sleep(0.01)
        await self._store.set(key, value)


def test_a_group_is_not_made_over_what_was_just_written_to_it() -> None:
    store, fmt = Hesitating(MemoryStore()), format_from_version("0.5")
    place = StorePath(store, "A/1")

    def list_field() -> None:
        change_metadata(make_group(place, fmt), fmt, lambda block: block | {"well": {"images": [{"path": "0"}]}})
        store.overtaken.set()

    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(make_group, place, fmt)
        assert store.begun.wait(30)
        pool.submit(list_field).result()
        slow.result()
    attributes = zarr.open_group(place, mode="r").attrs.asdict()
    assert fmt.block(attributes)["well"] == {"images": [{"path": "0"}]}


def test_threads_in_a_store_that_is_no_folder() -> None:
    store = MemoryStore()
    plate = create_plate(store, ROWS, COLUMNS)
    with ThreadPoolExecutor(4) as pool:
        for job in [pool.submit(write_wells, plate, value) for value in range(1, 5)]:
            job.result()
    opened: Any = omezarr_nb.open(store)
    assert {tuple(sorted(opened[well].fields.paths)) for well in WELLS} == {("0", "1", "2", "3")}
    values = {int(field.levels[0].zarr[0, 0]) for field in opened["A", 1].fields}
    assert values == {1, 2, 3, 4}


def test_a_number_that_another_process_takes_meanwhile(tmp_path: Path) -> None:
    plate = create_plate(tmp_path / "plate.zarr", ["A"], [1])
    other = PlateWriter(**vars(plate) | {"_taken": {}})
    begun, go = threading.Event(), threading.Event()

    def wait(_: object) -> None:
        begun.set()
        assert go.wait(60)

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(plate["A", 1].write_field, pixels_of(1), on_progress=wait)
        assert begun.wait(60)
        quick = other["A", 1].write_field(pixels_of(2), overwrite=True)
        go.set()
        written = slow.result()
    assert {quick.location.basename(), written.location.basename()} == {"0", "1"}
    assert sorted(plate["A", 1].fields()) == ["0", "1"]
    assert int(np.asarray(written.levels[0].zarr[0, 0])) == 1
    with pytest.raises(TargetExistsError):
        plate["A", 1].write_field(pixels_of(3), field="0")
    again = plate["A", 1].write_field(pixels_of(3), field="0", overwrite=True)
    assert int(np.asarray(again.levels[0].zarr[0, 0])) == 3
    assert sorted(plate["A", 1].fields()) == ["0", "1"]
