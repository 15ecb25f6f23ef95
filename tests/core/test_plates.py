"""Plates that are built field by field, by one writer or by several at once."""

from __future__ import annotations

import multiprocessing
import pickle
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from zarr.storage import MemoryStore

import omezarr_nb
from omezarr_nb.core.locks import LOCK_FILE
from omezarr_nb.core.plates import PlateWriter, create_plate
from omezarr_nb.core.validate import validate
from omezarr_nb.core.writer import get_metadata
from omezarr_nb.errors import InvalidArgumentError, TargetExistsError, UnsupportedError

PIXELS = np.arange(64, dtype="u1").reshape(8, 8)
ROWS = ["A", "B", "C", "D"]


def _write(plate: PlateWriter, row: str, column: int) -> str:
    return plate[row, column].write_field(PIXELS + column).name


def _plate(where: Any) -> dict[str, Any]:
    plate: dict[str, Any] = get_metadata(where)["plate"]
    return plate


@pytest.mark.parametrize("version", ["0.1", "0.2", "0.3", "0.4", "0.5", "0.6"])
@pytest.mark.parametrize("kind", ["folder", "memory"])
def test_a_plate_field_by_field(tmp_path: Path, version: str, kind: str) -> None:
    where = tmp_path / "plate.zarr" if kind == "folder" else MemoryStore()
    image = PIXELS[None, None, None] if version in ("0.1", "0.2") else PIXELS
    with create_plate(where, ["A", "B"], [1, 2, 3], name="screen", version=version) as plate:
        assert plate.wells() == []
        for row, column in (("B", 3), ("A", 1), ("B", 3)):
            written = plate[row, column].write_field(image)
            assert written.version == version
    assert plate.wells() == ["A/1", "B/3"]
    found = _plate(where)
    assert (found["name"], found["field_count"]) == ("screen", 2)
    assert [well["path"] for well in found["wells"]] == ["A/1", "B/3"]
    assert plate["B", "3"].fields() == ["0", "1"]
    opened = omezarr_nb.open(where)
    assert isinstance(opened, omezarr_nb.Plate)
    if kind == "folder":
        report = validate(where)
        assert [problem for problem in report.problems if problem.severity == "error"] == []
        assert list(tmp_path.rglob(LOCK_FILE)) == []


def test_what_is_read_meanwhile_is_right(tmp_path: Path) -> None:
    where = tmp_path / "plate.zarr"
    plate = create_plate(where, ["A"], ["1", "2"])
    assert "plate" not in get_metadata(where)
    for column in (2, 1):
        plate["A", column].write_field(PIXELS)
        report = validate(where)
        assert [problem for problem in report.problems if problem.severity == "error"] == []


def test_threads_lose_no_well(tmp_path: Path) -> None:
    for where in (tmp_path / "plate.zarr", MemoryStore()):
        with create_plate(where, ROWS, range(1, 7)) as plate, ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda well: _write(plate, *well), [(row, c) for row in ROWS for c in range(1, 7)]))
        assert [well["path"] for well in _plate(where)["wells"]] == [f"{row}/{c}" for row in ROWS for c in range(1, 7)]


def test_processes_lose_no_well(tmp_path: Path) -> None:
    where = tmp_path / "plate.zarr"
    context = multiprocessing.get_context("spawn")
    with create_plate(where, ROWS, [1, 2, 3]) as plate, ProcessPoolExecutor(3, mp_context=context) as pool:
        jobs = [pool.submit(_write, plate, row, column) for row in ROWS for column in (1, 2, 3)]
        for job in jobs:
            job.result(timeout=120)
    assert len(_plate(where)["wells"]) == 12
    assert list(tmp_path.rglob(LOCK_FILE)) == []


def test_a_plate_is_gone_on_with(tmp_path: Path) -> None:
    where = tmp_path / "plate.zarr"
    with pytest.raises(InvalidArgumentError, match="no plate"):
        PlateWriter.open(create_plate(where, ["A"], [1, 2]).place)
    PlateWriter(**vars(pickle.loads(pickle.dumps(create_plate(where, ["A"], [1, 2])))))["A", 1].write_field(PIXELS)
    PlateWriter.open(where)["A", 2].write_field(PIXELS)
    assert PlateWriter.open(where).wells() == ["A/1", "A/2"]


def test_acquisitions(tmp_path: Path) -> None:
    given: list[dict[str, Any]] = [{"id": 0, "name": "first"}, {"id": 4}]
    plate = create_plate(tmp_path / "plate.zarr", ["A"], [1], acquisitions=given)
    with pytest.raises(InvalidArgumentError, match="Which acquisition"):
        plate["A", 1].write_field(PIXELS)
    with pytest.raises(InvalidArgumentError, match=r"no such acquisition.*0, 4"):
        plate["A", 1].write_field(PIXELS, acquisition=1)
    plate["A", 1].write_field(PIXELS, acquisition=4, field="7")
    assert get_metadata(plate["A", 1].place)["well"]["images"] == [{"path": "7", "acquisition": 4}]
    assert given == [{"id": 0, "name": "first"}, {"id": 4}]


@pytest.mark.parametrize(
    ("rows", "columns", "options"),
    [
        ([], [1], {}),
        (["A", "A"], [1], {}),
        (["A"], ["é"], {}),
        (["A"], [True], {}),
        (["A"], [1], {"acquisitions": [{"id": -1}]}),
        (["A"], [1], {"acquisitions": [{"id": 1}, {"id": 1}]}),
        (["A"], [1], {"field_count": 0}),
        (["A"], [1], {"version": "7"}),
    ],
)
def test_bad_plates_touch_nothing(tmp_path: Path, rows: Any, columns: Any, options: Any) -> None:
    with pytest.raises(InvalidArgumentError):
        create_plate(tmp_path / "plate.zarr", rows, columns, **options)
    assert list(tmp_path.iterdir()) == []


def test_places_that_are_not_there(tmp_path: Path) -> None:
    plate = create_plate(tmp_path / "plate.zarr", ["A"], [1])
    for well in (("B", 1), ("A", 2)):
        with pytest.raises(InvalidArgumentError, match="no such"):
            plate[well]
    with pytest.raises(InvalidArgumentError, match="one version"):
        plate["A", 1].write_field(PIXELS, version="0.4")


def test_a_field_that_fails_is_not_named(tmp_path: Path) -> None:
    class Breaks:
        shape, dtype = (64, 64), np.dtype("u1")

        def __getitem__(self, region: Any) -> Any:
            raise RuntimeError("the microscope is gone")

    where = tmp_path / "plate.zarr"
    plate = create_plate(where, ["A"], [1, 2])
    plate["A", 1].write_field(PIXELS)
    with pytest.raises(RuntimeError, match="microscope"):
        plate["A", 2].write_field(Breaks())
    assert plate.wells() == ["A/1"]
    assert not (where / "A" / "2").exists()


def test_a_plate_is_replaced_when_the_new_one_is_complete(tmp_path: Path) -> None:
    where = tmp_path / "plate.zarr"
    with create_plate(where, ["A"], [1]) as plate:
        plate["A", 1].write_field(PIXELS)
    with pytest.raises(TargetExistsError, match="overwrite=True"):
        create_plate(where, ["B"], [1])
    with pytest.raises(InvalidArgumentError), create_plate(where, ["B"], [1], overwrite=True) as plate:
        plate["C", 1].write_field(PIXELS)
    assert _plate(where)["rows"] == [{"name": "A"}]
    with create_plate(where, ["B"], [1], overwrite=True) as plate:
        plate["B", 1].write_field(PIXELS)
        assert _plate(where)["rows"] == [{"name": "A"}]
    assert _plate(where)["rows"] == [{"name": "B"}]
    assert [path.name for path in tmp_path.iterdir()] == ["plate.zarr"]
    plate["B", 1].write_field(PIXELS)
    assert plate["B", 1].fields() == ["0", "1"]


def test_what_is_no_plate_is_not_replaced(tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"
    omezarr_nb.write_image(PIXELS, where)
    with pytest.raises(TargetExistsError, match="not a plate"):
        create_plate(where, ["A"], [1], overwrite=True)
    store = MemoryStore()
    create_plate(store, ["A"], [1])["A", 1].write_field(PIXELS)
    with pytest.raises(UnsupportedError, match="folder"):
        create_plate(store, ["A"], [1], overwrite=True)


def test_other_metadata_of_the_plate_stays(tmp_path: Path) -> None:
    where = tmp_path / "plate.zarr"
    plate = create_plate(where, ["A"], [1, 2])
    plate["A", 1].write_field(PIXELS)
    group = zarr.open_group(where, mode="r+")
    attributes = dict(group.attrs)
    attributes["mine"] = {"a": 1}
    attributes["ome"]["plate"]["note"] = "kept"  # type: ignore[index, call-overload] # JSON
    group.attrs.put(attributes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plate["A", 2].write_field(PIXELS)
    again = zarr.open_group(where, mode="r").attrs
    assert again["mine"] == {"a": 1}
    assert _plate(where)["note"] == "kept"
