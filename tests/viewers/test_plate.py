"""A plate as one large image: every well in its place on every level, read only where it is looked at."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import traitlets

import omezarr_nb
from omezarr_nb.core.plate import Plate
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, NotFoundError, UnsupportedError
from omezarr_nb.viewers.plate import PlateViewer
from omezarr_nb.viewers.plate_planes import PlateImage, PlateLevel
from tests.servers import serve_directory

ROWS, COLUMNS = ["A", "B", "C"], ["1", "2", "3", "4"]
SIZE = 64


def value(row: int, column: int, field: int) -> int:
    return 10 + 60 * row + 12 * column + 4 * field


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a plate of 3 x 4 wells, two fields of an even value each; C/4 is missing."""
    path = tmp_path_factory.mktemp("written") / "plate.zarr"
    with omezarr_nb.create_plate(path, rows=ROWS, columns=COLUMNS) as plate:
        for r, row in enumerate(ROWS):
            for c, column in enumerate(COLUMNS):
                if (row, column) == ("C", "4"):
                    continue
                for f in range(2):
                    field = np.full((SIZE, SIZE), value(r, c, f), "uint8")
                    plate[row, column].write_field(field, axes="yx", scale={"y": 0.5, "x": 0.5}, scale_factors=[2, 4])
    return path


@pytest.fixture
def where(written: Path, tmp_path: Path) -> Path:
    """Return a copy of that plate."""
    return shutil.copytree(written, tmp_path / "plate.zarr")


def plate_of(where: Path | str) -> Plate:
    plate = omezarr_nb.open(where)
    assert isinstance(plate, Plate)
    return plate


def plane(viewer: PlateViewer, level: int, field: int) -> np.ndarray[Any, Any]:
    """Return a whole level."""
    found = viewer.image.levels[level]
    rows, columns = (slice(0, n) for n in found.shape[1:])
    return viewer._planes.window(found, (field, 0, 0), 0, rows, columns)


@pytest.mark.parametrize("field", [0, 1])
@pytest.mark.parametrize("level", [0, 1, 2])
def test_each_well_lies_in_its_place_on_each_level(where: Path, level: int, field: int) -> None:
    viewer = plate_of(where).view()
    pixels = plane(viewer, level, field)
    found = viewer.image.levels[level]
    assert isinstance(found, PlateLevel)
    size = SIZE >> level
    expected = np.zeros_like(pixels)
    for r in range(3):
        for c in range(4):
            y, x = found.lines[0][r], found.lines[1][c]
            # The same place in the world on every level.
            assert y * found.scale[1] == pytest.approx(r * viewer._whole.pitch[0])
            if (r, c) != (2, 3):
                expected[y : y + size, x : x + size] = value(r, c, field)
    assert (pixels == expected).all()


def test_a_plate_is_no_volume_and_says_what_is(where: Path) -> None:
    with pytest.raises(traitlets.TraitError, match="a field is: plate"):
        PlateViewer(where).volume = True


def test_a_tile_is_the_same_part_of_the_plane(where: Path) -> None:
    viewer = plate_of(where).view()
    whole = plane(viewer, 0, 0)
    level = viewer.image.levels[0]
    assert (viewer._planes.tile(level, (0, 0, 0), 0, 0, 1) == whole[:256, 256:512]).all()


def test_only_wells_that_are_seen_are_read(where: Path) -> None:
    with serve_directory(where.parent) as server:
        viewer = plate_of(f"{server.url}/plate.zarr").view()
        server.requests.clear()
        level = viewer.image.levels[0]
        assert isinstance(level, PlateLevel)
        y, x = level.lines[0][1], level.lines[1][2]
        part = viewer._planes.window(level, (0, 0, 0), 0, slice(y, y + 8), slice(x, x + 8))
        assert (part == value(1, 2, 0)).all()
        assert {"/".join(request.path.split("/")[1:3]) for request in server.requests} == {"B/3"}


def test_wells_that_differ_or_are_gone_leave_the_others_alone(where: Path) -> None:
    shutil.rmtree(where / "A" / "2")
    shutil.rmtree(where / "B" / "1" / "0")
    plate = plate_of(where)
    omezarr_nb.write_image(np.full((20, 300), 250, "uint8"), where / "A" / "3" / "0", axes="yx", overwrite=True)
    pixels = plane(plate.view(), 0, 0)
    pitch = SIZE + 4
    assert not pixels[:SIZE, pitch : pitch + SIZE].any()
    assert not pixels[pitch : pitch + SIZE, :SIZE].any()
    # Wider than its place: made to fit, so that all of it is seen; the rest stays dark.
    factor = 300 / (SIZE * 0.5)
    high = round(20 / (factor * 0.5))
    assert (pixels[:high, 2 * pitch : 2 * pitch + SIZE] == 250).all()
    assert not pixels[high + 1 : SIZE, 2 * pitch : 2 * pitch + SIZE].any()
    assert (pixels[:SIZE, 3 * pitch : 3 * pitch + SIZE] == value(0, 3, 0)).all()
    assert (pixels[:SIZE, :SIZE] == value(0, 0, 0)).all()


def test_the_selected_field_is_there_to_work_with(where: Path) -> None:
    viewer = plate_of(where).view()
    with pytest.raises(InvalidArgumentError, match="No well is selected"):
        viewer.selected_field()
    viewer.well = "B3"
    assert viewer.well == "B/3"
    viewer.indices = {"field": 1}
    assert viewer.field == 1
    assert int(viewer.selected_field().array()[0, 0]) == value(1, 2, 1)
    with pytest.raises(traitlets.TraitError, match="no well 'Z9'"):
        viewer.well = "Z9"


def test_the_browser_is_told_the_wells(where: Path) -> None:
    info = plate_of(where).view()._info
    assert info["plate"]["rows"] == ROWS
    assert len(info["plate"]["wells"]) == 11
    assert info["plate"]["x"] == {"start": -0.25, "pitch": 34.0, "size": 32.0, "step": 32.0, "fields": 1}
    assert [info["axes"][axis]["name"] for axis in info["sliders"]] == ["field"]


def test_a_picture_of_the_plate_is_made_in_the_kernel(where: Path) -> None:
    pixels = np.asarray(plate_of(where).view(contrast_limits=[(0, 255)], colors=["white"]).snapshot())
    assert pixels.shape[1] == 800
    assert abs(int(pixels[40, 40, 0]) - value(0, 0, 0)) <= 1


def test_what_a_plate_has_not_is_refused_in_words(where: Path, tmp_path: Path) -> None:
    viewer = plate_of(where).view()
    with pytest.raises(UnsupportedError, match="each field has its own"):
        viewer.save_rendering()
    with pytest.raises(UnsupportedError, match="no plates"):
        viewer.to_neuroglancer()
    image = omezarr_nb.write_image(np.zeros((8, 8), "uint8"), tmp_path / "image.zarr")
    with pytest.raises(ArgumentTypeError, match="no plate"):
        PlateViewer(image.where)
    for row in ROWS:
        shutil.rmtree(where / row)
    with pytest.raises(NotFoundError, match="holds a field"):
        plate_of(where).view()


def test_the_sample_plates_are_viewed(samples: Path) -> None:
    plate = plate_of(samples / "challenge_hcs_v04.zarr")
    image = PlateImage(plate)
    assert image.shape[0] == 2
    assert plate.view().snapshot().size[0] == 800


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write 2 x 2 wells of two acquisitions, 7 and 9, of three fields each; B/2 is listed and not there.

    It is read by all tests, and changed by none.
    """
    path = tmp_path_factory.mktemp("runs") / "runs.zarr"
    acquisitions: list[dict[str, Any]] = [{"id": 7, "name": "before"}, {"id": 9}]
    with omezarr_nb.create_plate(path, rows=["A", "B"], columns=["1", "2"], acquisitions=acquisitions) as plate:
        for r, row in enumerate("AB"):
            for c, column in enumerate("12"):
                for run, acquisition in enumerate((7, 9)):
                    for f in range(3):
                        field = np.full((32, 48), 10 + 20 * (2 * r + c) + 100 * run + 2 * f, "uint8")
                        plate[row, column].write_field(field, axes="yx", acquisition=acquisition, scale_factors=[2])
    shutil.rmtree(path / "B" / "2")
    return path


def test_fields_and_acquisitions_are_traits_and_sliders_at_once(runs: Path) -> None:
    viewer = plate_of(runs).view(field=2, acquisition=9)
    assert viewer.indices == {"acquisition": 1, "field": 2}
    assert viewer.image.shape[:2] == (2, 3)
    found = viewer.image.levels[0]

    def pixel() -> int:
        at = viewer._planes.level_indices(found, viewer.indices)
        return int(viewer._planes.window(found, at, 0, slice(0, 1), slice(0, 1))[0, 0])

    assert pixel() == 10 + 100 + 4
    viewer.acquisition = 7
    assert viewer.indices == {"acquisition": 0, "field": 2}
    assert pixel() == 10 + 4
    viewer.indices = {"acquisition": 1, "field": 0}
    assert (viewer.acquisition, viewer.field) == (9, 0)
    viewer.well = "B1"
    assert int(viewer.selected_field().array()[0, 0]) == 10 + 40 + 100
    for name, wrong, words in (("field", 3, "0 to 2"), ("acquisition", 8, "7, 9")):
        with pytest.raises(traitlets.TraitError, match=words):
            setattr(viewer, name, wrong)
    viewer.acquisition = None  # one of them is always shown
    assert viewer.acquisition == 9
    assert viewer._info["plate"]["acquisitions"] == ["before", "9"]


def test_one_acquisition_needs_no_choice(where: Path) -> None:
    viewer = plate_of(where).view()
    assert viewer.acquisition is None
    assert viewer._info["plate"]["acquisitions"] == []
    with pytest.raises(traitlets.TraitError, match="none is named, or one"):
        viewer.acquisition = 1


@pytest.mark.parametrize("level", [0, 1])
def test_all_fields_of_a_well_lie_side_by_side(runs: Path, level: int) -> None:
    viewer = plate_of(runs).view(every_field=True, acquisition=9)
    found = viewer.image.levels[level]
    at = viewer._planes.level_indices(found, viewer.indices)
    shape = found.shape[-2:]
    pixels = viewer._planes.window(found, at, 0, slice(0, shape[0]), slice(0, shape[1]))
    grid = viewer._info["plate"]
    high, wide = 32 >> level, 48 >> level
    for r in range(2):
        for c in range(2):
            for f in range(4):
                y = round((r * grid["y"]["pitch"] + f // 2 * grid["y"]["step"]) / 2**level)
                x = round((c * grid["x"]["pitch"] + f % 2 * grid["x"]["step"]) / 2**level)
                there = f < 3 and (r, c) != (1, 1)
                expected = 10 + 20 * (2 * r + c) + 100 + 2 * f if there else 0
                assert (pixels[y : y + high, x : x + wide] == expected).all(), (r, c, f)
    viewer.field = 2  # selects, and moves no slider
    viewer.well = "A2"
    assert viewer.indices == {"acquisition": 1, "field": 0}
    assert int(viewer.selected_field().array()[0, 0]) == 10 + 20 + 100 + 4
    made: dict[str, Any] = {}
    exec(viewer.to_code(), made)
    assert made["viewer"].image.grid == (2, 2)
    assert (made["viewer"].field, made["viewer"].acquisition, made["viewer"].well) == (2, 9, "A/2")


def test_wells_that_are_not_there_are_told_when_they_were_asked_for(runs: Path) -> None:
    viewer = plate_of(runs).view()
    answer = viewer._answers()["missing"]
    question = {"indices": {"acquisition": 0, "field": 0}}
    assert answer(question)[0] == {"kind": "missing", "wells": []}
    viewer.snapshot(width=64)
    assert answer(question)[0]["wells"] == ["B/2"]
    with pytest.raises(InvalidArgumentError, match="usable 'indices'"):
        answer({"indices": [1]})


def test_fields_of_another_pixel_size_are_drawn_in_their_place(where: Path) -> None:
    plate = plate_of(where)
    ramp = np.broadcast_to(np.repeat(np.arange(SIZE, dtype="uint8"), 2), (2 * SIZE, 2 * SIZE))
    scale = {"y": 0.25, "x": 0.25}
    target = where / "A" / "2" / "0"
    omezarr_nb.write_image(np.array(ramp), target, axes="yx", scale=scale, scale_factors=[2], overwrite=True)
    viewer = plate.view()
    pixels = plane(viewer, 0, 0)
    pitch = SIZE + 4
    assert (pixels[:SIZE, pitch : pitch + SIZE] == np.arange(SIZE)).all()
    # The level of the field that fits the plate's, whatever its number.
    coarse = plane(viewer, 2, 0)
    line = viewer.image.levels[2].lines[1][1]
    assert np.abs(coarse[3, line : line + SIZE // 4] - np.arange(SIZE // 4) * 4.0 - 2).max() <= 2


def test_an_overview_asks_each_well_for_little(where: Path) -> None:
    with serve_directory(where.parent) as server:
        viewer = plate_of(f"{server.url}/plate.zarr").view()
        server.requests.clear()
        viewer.snapshot(width=60)
        wells: dict[str, int] = {}
        for request in server.requests:
            name = "/".join(request.path.split("/")[1:3])
            wells[name] = wells.get(name, 0) + 1
        # Of each its own document, its field's, those of the three levels, and one chunk of the coarsest.
        assert max(wells.values()) <= 6
        before = len(server.requests)
        viewer.snapshot(width=60)
        assert len(server.requests) == before
