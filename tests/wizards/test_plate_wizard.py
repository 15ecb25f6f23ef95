"""The wizard of plates, without a browser."""

from __future__ import annotations

import shutil
from pathlib import Path

import omezarr_nb
from tests.core.test_plans import files_of
from tests.core.test_plate_plan import save_files
from tests.wizards.driving import wait_for_state, words, write
from tests.wizards.test_store_wizards import run_fresh


def test_a_folder_becomes_a_plate_and_the_code_gives_the_same_bytes(folder: Path) -> None:
    save_files(folder / "run7")
    wizard = omezarr_nb.PlateWizard()
    assert wizard.state == "empty"
    wizard._files.folders.value = "run7"
    wait_for_state(wizard, "ready")
    assert "12 files fit" in words(wizard)
    wizard.frame.go("Plate")
    wizard._wells.wells.value = 96
    wizard._wells.name.value = "run 7"
    wizard._wells.sizes["yx"].value = "0,65"
    code = wizard.code
    assert "omezarr_nb.write_plate(" in code
    write(wizard)
    assert wizard.state == "done", words(wizard)
    assert "3 wells" in words(wizard)
    assert "It is valid" in words(wizard)
    assert wizard.result["A", 1].fields[0].levels[0].scale[-1] == 0.65
    where = Path(wizard.result.where)
    before = files_of(where)
    where.rename(folder / "first.ome.zarr")
    run_fresh(code, folder)
    assert files_of(where) == before


def test_patterns_are_matched_live_and_gaps_ask_for_a_choice(folder: Path) -> None:
    save_files(folder / "run7")
    (folder / "run7" / "B1_s1_GFP.tif").unlink()
    shutil.copy(folder / "run7" / "A1_s1_GFP.tif", folder / "run7" / "odd.tif")
    wizard = omezarr_nb.PlateWizard("run7")
    wizard._files.pattern.value = "{well}-{field}"
    assert wizard.plan is None
    assert wizard.state == "wrong"
    assert "fits none" in "".join(wizard.troubles)
    wizard._files.pattern.value = "{well}_{field}_{channel}.tif"
    assert wizard.plan is not None
    assert "files are missing" in words(wizard)
    assert wizard.frame.act.disabled
    wizard.frame.go("Files")
    assert wizard._files.unmatched.options == ("odd.tif",)
    wizard._wells.skip.value = True
    assert wizard.state == "ready"
    assert "skip_incomplete=True" in wizard.code


def test_files_are_put_into_wells_by_hand(folder: Path) -> None:
    save_files(folder / "run7", fields=1)
    for well in ("A1", "A2", "B1"):
        (folder / "run7" / f"{well}_s1_GFP.tif").unlink()
    shutil.copy(folder / "run7" / "A1_s1_DAPI.tif", folder / "run7" / "odd.tif")
    wizard = omezarr_nb.PlateWizard("run7", pattern="{well}_{field}_{channel}.tif")
    wizard._files.unmatched.value = ("odd.tif",)
    wizard._files.well.value = "B2"
    wizard._files.put.click()
    plan = wizard.plan
    assert plan is not None, wizard.troubles
    assert plan.wells["B", "2"] == 1
    write(wizard)
    assert wizard.state == "done", words(wizard)
    assert len(wizard.result.wells) == 4


def test_a_table_names_files_and_wells(folder: Path) -> None:
    save_files(folder / "run7", wells=["A1", "A2"], fields=1)
    lines = ["file,well,channel"]
    lines += [f"run7/A{n}_s1_{channel}.tif,C{n},{channel}" for n in (1, 2) for channel in ("DAPI", "GFP")]
    (folder / "plate.csv").write_text("\n".join(lines))
    wizard = omezarr_nb.PlateWizard("plate.csv")
    assert wizard.plan is not None, wizard.troubles
    assert set(wizard.plan.wells) == {("C", "1"), ("C", "2")}
    (folder / "plate.csv").write_text("file\nrun7/A1_s1_DAPI.tif\n")
    wizard = omezarr_nb.PlateWizard("plate.csv")
    assert wizard.plan is None
    assert "The table has no column “well”. Found: columns file." in "".join(wizard.troubles)
    (folder / "plate.csv").write_text("file,well\n")
    assert "The table has no rows." in "".join(omezarr_nb.PlateWizard("plate.csv").troubles)
    (folder / "plate.csv").write_text("file,well\n,A1\n")
    assert "names a file and a well" in "".join(omezarr_nb.PlateWizard("plate.csv").troubles)


def test_a_table_is_read_as_spreadsheets_write_it(folder: Path) -> None:
    save_files(folder / "run7", wells=["A1"], fields=1)
    lines = ["File;Well;Channel", *(f"run7/A1_s1_{channel}.tif;C2;{channel}" for channel in ("DAPI", "GFP"))]
    (folder / "plate.csv").write_text("\r\n".join(lines), encoding="utf-8-sig")
    wizard = omezarr_nb.PlateWizard("plate.csv")
    assert wizard.plan is not None, wizard.troubles
    assert set(wizard.plan.wells) == {("C", "2")}


def test_a_target_that_was_offered_follows_the_files_and_one_that_was_typed_stays(folder: Path) -> None:
    for name in ("run7", "run8"):
        save_files(folder / name)
    wizard = omezarr_nb.PlateWizard("run7")
    assert wizard._target.target.value == "run7.ome.zarr"
    wizard._files.folders.value = "run8"
    wait_for_state(wizard, "ready")
    assert wizard._target.target.value == "run8.ome.zarr"
    wizard._target.target.value = "mine.ome.zarr"
    wizard._files.folders.value = "run7"
    wait_for_state(wizard, "ready")
    assert wizard._target.target.value == "mine.ome.zarr"
    assert '"mine.ome.zarr"' in wizard.code


def test_a_plate_that_was_begun_is_gone_on_with_only_when_asked(folder: Path) -> None:
    save_files(folder / "run7")
    plan = omezarr_nb.plan_plate(str(folder / "run7"), folder / "run7.ome.zarr")
    with omezarr_nb.create_plate(folder / "run7.ome.zarr", plan.rows, plan.columns) as begun:
        begun["A", 1].write_field(plan.open_field(plan.fields[0]), field="0")
    before = files_of(folder / "run7.ome.zarr")
    wizard = omezarr_nb.PlateWizard("run7", target="run7.ome.zarr")
    assert wizard.state == "wrong"
    assert wizard.frame.act.disabled
    wizard.frame.go("Write")
    wizard.resume.value = True
    assert wizard.resume.description == "go on with run7.ome.zarr"
    assert wizard.state == "ready"
    assert files_of(folder / "run7.ome.zarr") == before
    write(wizard)
    assert wizard.state == "done", words(wizard)
    after = files_of(folder / "run7.ome.zarr")
    assert after["A/1/0/0/zarr.json"] == before["A/1/0/0/zarr.json"]
    assert len(wizard.result.wells) == 3


def test_files_are_put_into_wells_by_clicking_the_map(folder: Path) -> None:
    save_files(folder / "run7", wells=["A1"], fields=1)
    for name in ("one", "two", "three"):
        shutil.copy(folder / "run7" / "A1_s1_DAPI.tif", folder / "run7" / f"{name}.tif")
    wizard = omezarr_nb.PlateWizard("run7", pattern="{well}_{field}_{channel}.tif")
    part = wizard._files
    assert (len(part.map.rows), len(part.map.columns)) == (8, 12)
    assert part.map.counts == {"A1": 2}

    def click(row: str, column: str) -> None:
        part.map._handle_custom_msg({"kind": "well", "row": row, "column": column}, [])

    click("B", "2")
    assert "Choose one or more files" in words(wizard)
    part.unmatched.value = ("one.tif", "two.tif")
    assert part.map.chosen == 2
    click("Z", "99")  # the page cannot name what is no well
    assert part.unmatched.options == ("one.tif", "three.tif", "two.tif")
    click("B", "2")
    assert wizard.plan is not None
    assert wizard.plan.wells == {("A", "1"): 1, ("B", "2"): 1}
    assert "one.tif is in well B2, field s1, channel DAPI." in words(wizard)
    assert "two.tif is in well B2, field s1, channel GFP." in words(wizard)
    assert part.map.counts == {"A1": 2, "B2": 2}
    assert part.map.put == ["B2"]
    part.unmatched.value = ("three.tif",)
    click("H", "12")
    assert wizard.plan is not None
    assert wizard.frame.act.disabled  # H12 has one channel of two
    part.undo.click()
    assert part.unmatched.options == ("three.tif",)
    assert wizard.state == "ready"
    write(wizard)
    assert wizard.state == "done", words(wizard)
    assert len(wizard.result.wells) == 2


def test_files_whose_names_say_nothing_are_all_put_by_hand(folder: Path) -> None:
    save_files(folder / "run7", wells=["A1"], fields=1)
    for index, path in enumerate(sorted((folder / "run7").iterdir())):
        path.rename(path.with_name(f"image-{'ab'[index]}x.tif"))
    wizard = omezarr_nb.PlateWizard("run7")
    assert wizard.state == "wrong"
    part = wizard._files
    assert part.unmatched.options == ("image-ax.tif", "image-bx.tif")
    for name, well in (("image-ax.tif", "C4"), ("image-bx.tif", "C5")):
        part.unmatched.value = (name,)
        part.well.value = well
        part.put.click()
    assert wizard.plan is not None
    assert set(wizard.plan.wells) == {("C", "4"), ("C", "5")}
    assert wizard.state == "ready"
