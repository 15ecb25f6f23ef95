"""A folder of files as a plate: names, what is missing, and a write that can be gone on with."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

import omezarr_nb
from omezarr_nb.core.files.naming import PATTERNS, guess_pattern, match_names, plate_for, row_name
from omezarr_nb.core.plate_plan import plan_plate
from omezarr_nb.display import to_html, to_text
from omezarr_nb.errors import InvalidArgumentError, NotFoundError, OMEZarrError, TargetExistsError, WriteCancelledError
from tests.core.test_plans import files_of

RNG = np.random.default_rng(11)


def save_files(folder: Path, wells: Sequence[str] = ("A1", "A2", "B1"), fields: int = 2) -> dict[str, Any]:
    """Write a file for each well, field and one of two channels; return the pixels by name."""
    folder.mkdir(parents=True, exist_ok=True)
    pixels = {
        f"{well}_s{field}_{channel}.tif": RNG.integers(0, 999, (20, 24)).astype("uint16")
        for well in wells
        for field in range(1, fields + 1)
        for channel in ("DAPI", "GFP")
    }
    for name, plane in pixels.items():
        tifffile.imwrite(folder / name, plane)
    return pixels


@pytest.mark.parametrize(
    ("names", "pattern", "spot"),
    [
        (["A01_s1_w1.tif"], "{well}_{field}_{channel}", ("A", "1", "s1", "w1", "")),
        (["exp 1_B12_s3_w2.TIF"], "*_{well}_s{field}_w{channel}", ("B", "12", "3", "2", "")),
        (["r02c03f04p05-ch1sk1fk1fl1.tiff"], "r{row}c{column}f{field}p{z}-ch{channel}sk*", ("B", "3", "04", "1", "05")),
        (["C/4/1_DAPI.png"], "{row}/{column}/{field}_{channel}", ("C", "4", "1", "DAPI", "")),
        (["H12_GFP.ome.tif"], "{well}_{channel}", ("H", "12", "", "GFP", "")),
        (["af48.npy"], "{well}", ("AF", "48", "", "", "")),
    ],
)
def test_the_usual_names_are_understood_and_guessed(names: list[str], pattern: str, spot: tuple[str, ...]) -> None:
    found = match_names(names, pattern).spots[0]
    assert (found.row, found.column, found.field, found.channel, found.z) == spot
    assert guess_pattern(names) == pattern


@pytest.mark.parametrize("pattern", ["{field}", "{well}_{well}", "{row}", "{plate}_{well}", "{well}_{row}", ""])
def test_patterns_that_cannot_be_meant_are_told(pattern: str) -> None:
    with pytest.raises(InvalidArgumentError):
        match_names(["A1.tif"], pattern)


def test_a_plate_is_the_smallest_that_has_all_wells() -> None:
    assert [len(part) for part in plate_for([("B", "3")])] == [2, 3]
    assert [len(part) for part in plate_for([("C", "1"), ("A", "12")])] == [8, 12]
    assert plate_for([("AF", "48")])[0][-1] == "AF" == row_name(32)
    with pytest.raises(InvalidArgumentError, match="usual plate"):
        plate_for([("A", "49")])


def test_a_folder_becomes_a_plate(tmp_path: Path) -> None:
    pixels = save_files(tmp_path / "files")
    plan = plan_plate(tmp_path / "files", tmp_path / "plate.ome.zarr", wells=96, name="run 7", levels=1)
    assert not (tmp_path / "plate.ome.zarr").exists()
    assert (len(plan.fields), plan.wells[("A", "2")], plan.nbytes) == (6, 2, 6 * 2 * 20 * 24 * 2)
    seen: list[Any] = []
    plate = plan.run(on_progress=seen.append)
    assert (seen[-1].regions_done, seen[-1].fraction) == (6, 1.0)
    assert omezarr_nb.validate(plate.where).is_valid
    assert list(plate.wells) == ["A/1", "A/2", "B/1"]
    image = plate["A", 2].fields[1]
    assert [channel.label for channel in image.channels] == ["DAPI", "GFP"]
    for index, channel in enumerate(("DAPI", "GFP")):
        np.testing.assert_array_equal(image.levels[0].zarr[index], pixels[f"A2_s2_{channel}.tif"])


def test_conflicts_and_gaps_are_shown_and_nothing_is_written(tmp_path: Path) -> None:
    save_files(tmp_path / "files")
    (tmp_path / "files" / "A2_s1_GFP.tif").unlink()
    shutil.copy(tmp_path / "files" / "B1_s1_GFP.tif", tmp_path / "files" / "B01_s1_GFP.tif")
    (tmp_path / "files" / "notes.tif").write_bytes(b"")
    plan = plan_plate(tmp_path / "files", tmp_path / "plate.ome.zarr", pattern="{well}_{field}_{channel}.tif")
    rules = {problem.rule: problem for problem in plan.problems}
    assert rules["files-missing"].place == "A2, field s1"
    assert "B01_s1_GFP.tif" in rules["files-conflict"].message
    assert "notes.tif" in rules["files-unmatched"].message
    html = to_html(plan)
    assert "could not be shown" not in html
    assert "files are missing" in html
    assert "A ●◐" in to_text(plan)
    with pytest.raises(InvalidArgumentError, match="nothing was written"):
        plan.run()
    assert not (tmp_path / "plate.ome.zarr").exists()

    (tmp_path / "files" / "B01_s1_GFP.tif").unlink()
    plate = omezarr_nb.write_plate(tmp_path / "files", tmp_path / "plate.ome.zarr", skip_incomplete=True)
    assert len(plate["A", 2].fields) == 1
    assert omezarr_nb.validate(plate.where).is_valid


def test_a_cancelled_plate_can_be_read_and_is_gone_on_with_to_the_same_bytes(tmp_path: Path) -> None:
    save_files(tmp_path / "files")
    plan = plan_plate(tmp_path / "files", tmp_path / "plate.ome.zarr", levels=1)
    stop = threading.Event()
    with pytest.raises(WriteCancelledError, match="resume=True"):
        plan.run(lambda progress: stop.set() if progress.regions_done == 3 else None, stop)
    assert omezarr_nb.validate(tmp_path / "plate.ome.zarr").is_valid
    with pytest.raises(TargetExistsError):
        plan.run()
    there = omezarr_nb.open(tmp_path / "plate.ome.zarr")
    assert isinstance(there, omezarr_nb.Plate)
    assert len(there.wells) == 2
    resumed: list[Any] = []
    plan.run(resumed.append, resume=True)
    assert resumed[0].bytes_before > 0
    whole = plan_plate(tmp_path / "files", tmp_path / "whole.ome.zarr", levels=1).run()
    assert files_of(Path(whole.where)) == files_of(tmp_path / "plate.ome.zarr")
    other = plan_plate(tmp_path / "files", tmp_path / "plate.ome.zarr", levels=1, wells=384)
    with pytest.raises(InvalidArgumentError, match="another one"):
        other.run(resume=True)


def test_what_is_no_plate_is_not_gone_on_with(tmp_path: Path) -> None:
    save_files(tmp_path / "files")
    image = omezarr_nb.write_image(np.zeros((8, 8)), tmp_path / "plate.ome.zarr")
    before = files_of(Path(image.where))
    with pytest.raises(TargetExistsError):
        omezarr_nb.write_plate(tmp_path / "files", tmp_path / "plate.ome.zarr", resume=True)
    assert files_of(Path(image.where)) == before


def test_some_files_that_claim_one_place_do_not_hide_the_pattern_of_the_others() -> None:
    names = ["A1_s1_DAPI.tif", "A01_s1_DAPI.tif", "A2_s1_DAPI.tif", "A3_s1_DAPI.tif", "B1_s1_DAPI.tif"]
    assert guess_pattern(names) == "{well}_{field}_{channel}"
    assert list(match_names(names, guess_pattern(names)).conflicts) == [("A", "1", "", "s1")]
    assert guess_pattern(names[:3]) == ""


def test_what_follows_from_the_names_of_a_large_plate_is_found_out_once() -> None:
    matched = match_names([f"{row_name(r)}{c}_s1_{w}.tif" for r in (1, 2) for c in (1, 2) for w in "ab"], PATTERNS[3])
    for name in ("images", "conflicts", "gaps"):
        assert getattr(matched, name) is getattr(matched, name)
    assert matched.values("channel") is matched.values("channel")


def test_files_of_a_table_that_are_not_there_are_named_before_anything_is_written(tmp_path: Path) -> None:
    save_files(tmp_path / "files", wells=["A1"], fields=1)
    there = [
        {"file": str(tmp_path / "files" / f"A1_s1_{name}.tif"), "well": "A1", "channel": name}
        for name in ("DAPI", "GFP")
    ]
    table = [*there, *({**entry, "file": f"{tmp_path}/gone_{entry['channel']}.tif", "well": "A2"} for entry in there)]
    plan = plan_plate(table, tmp_path / "plate.ome.zarr")
    assert [problem.place for problem in plan.errors] == ["A2", ""]
    assert "gone_DAPI.tif" in plan.errors[1].message
    with pytest.raises(InvalidArgumentError, match="nothing was written"):
        plan.run()
    plate = omezarr_nb.write_plate(table, tmp_path / "plate.ome.zarr", skip_incomplete=True)
    assert list(plate.wells) == ["A/1"]


def test_a_table_and_a_mapping_are_plates_too(tmp_path: Path) -> None:
    names = list(save_files(tmp_path / "files", wells=["A1"]))
    table: list[Mapping[str, Any]] = [
        {"file": str(tmp_path / "files" / name), "well": "C5", "acquisition": f"day {index // 2}", "channel": index % 2}
        for index, name in enumerate(names)
    ]
    plate = plan_plate(table, tmp_path / "table.ome.zarr").run()
    assert [entry.name for entry in plate.acquisitions] == ["day 0", "day 1"]
    assert plate["C", 5].fields[0].shape == (2, 20, 24)
    array = np.zeros((16, 16), "uint8")
    mapped = plan_plate({("A", 1): array, "B/2": [array, array]}, tmp_path / "mapped.ome.zarr").run()
    assert [len(mapped[path].fields) for path in mapped.wells] == [1, 2]


@pytest.mark.parametrize(
    ("images", "options", "error"),
    [
        ("gone", {}, NotFoundError),
        ("files", {"pattern": "{well}-{field}.png"}, NotFoundError),
        ("files", {"wells": 97}, InvalidArgumentError),
        ("files", {"wells": (["A"], [1])}, InvalidArgumentError),
        ({}, {}, InvalidArgumentError),
        ({"17": np.zeros((8, 8))}, {}, InvalidArgumentError),
        ([{"file": "a.tif"}], {}, InvalidArgumentError),
        (7, {}, OMEZarrError),
    ],
)
def test_what_cannot_be_a_plate_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, images: Any, options: dict[str, Any], error: type[OMEZarrError]
) -> None:
    monkeypatch.chdir(tmp_path)
    save_files(tmp_path / "files")
    with pytest.raises(error):
        plan_plate(images, "plate.ome.zarr", **options)
