"""Where the wizard writes: what is there already, what may be replaced, and where nothing can be written."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import omezarr_nb
from omezarr_nb.wizards.place import place_problems
from tests.wizards.driving import awaited, click, control, marks, wait_for_state, wizard_for, words, write


@pytest.mark.usefixtures("picture")
def test_what_is_there_is_left_alone_unless_asked(folder: Path) -> None:
    (folder / "cells.ome.zarr").mkdir()
    (folder / "cells.ome.zarr" / "mine.txt").write_text("mine")
    wizard = wizard_for("cells.png")
    wizard.frame.go("Write")
    assert control(wizard, "write to").value == "cells-2.ome.zarr"
    assert "cells.ome.zarr is there already" in words(wizard)

    control(wizard, "write to").value = "cells.ome.zarr"
    assert wizard.plan is not None
    assert wizard.state == "wrong"
    assert wizard.frame.act.disabled
    assert not wizard.plan.overwrite
    click(wizard, "Use cells-2.ome.zarr")
    assert wizard.plan is not None
    assert wizard.state == "ready"
    write(wizard)
    assert wizard.state == "done"
    assert (folder / "cells.ome.zarr" / "mine.txt").read_text() == "mine"


@pytest.mark.usefixtures("picture")
def test_an_image_is_replaced_when_asked(folder: Path) -> None:
    omezarr_nb.write_image(np.zeros((8, 8), "uint8"), folder / "cells.ome.zarr")
    wizard = wizard_for("cells.png")
    wizard.frame.go("Write")
    control(wizard, "write to").value = "cells.ome.zarr"
    assert wizard.plan is not None
    control(wizard, "replace cells.ome.zarr").value = True
    assert "overwrite=True" in wizard.code
    write(wizard)
    assert wizard.state == "done"
    assert omezarr_nb.open(folder / "cells.ome.zarr").shape == (3, 96, 128)


def test_a_target_that_came_to_be_is_not_overwritten(folder: Path) -> None:
    wizard = wizard_for(np.zeros((64, 64), "uint8"))
    wizard.frame.go("Write")
    where = folder / control(wizard, "write to").value
    where.mkdir()
    control(wizard, "Write").click()
    assert wizard.state == "wrong"
    assert "something here already" in words(wizard)
    assert list(where.iterdir()) == []


def test_what_is_worth_knowing_about_the_place_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wizard = wizard_for(np.zeros((64, 64), "uint8"))
    wizard.frame.go("Write")
    control(wizard, "write to").value = "deep/er/a.ome.zarr"
    assert wizard.plan is not None
    assert f"The folder {folder / 'deep' / 'er'} will be made." in words(wizard)
    usage = shutil.disk_usage(folder)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=100))
    control(wizard, "write to").value = "a.ome.zarr"
    assert wizard.plan is not None
    assert wizard.state == "wrong"
    assert wizard.frame.act.disabled
    assert "not enough room: 100\u2009bytes are free there" in words(wizard)
    assert control(wizard, "! Write")


@pytest.mark.parametrize(
    ("entry", "target", "said", "offered"),
    [
        ("thesis.zarr/thesis.txt", "thesis.zarr", "holds other files (thesis.txt)", "thesis.ome.zarr"),
        ("thesis/thesis.txt", "thesis", "holds other files (thesis.txt)", "thesis/array.ome.zarr"),
        ("thesis.zarr", "thesis.zarr", "There is a file here", "thesis.ome.zarr"),
    ],
)
def test_what_cannot_be_replaced_is_not_offered_for_it(
    folder: Path, entry: str, target: str, said: str, offered: str
) -> None:
    (folder / entry).parent.mkdir(exist_ok=True)
    (folder / entry).write_text("mine")
    wizard = wizard_for(np.zeros((64, 64), "uint8"))
    wizard.frame.go("Write")
    control(wizard, "write to").value = target
    assert wizard.plan is not None
    assert wizard.state == "wrong"
    assert said in words(wizard)
    with pytest.raises(AssertionError):
        control(wizard, "replace it")
    click(wizard, f"Use {Path(offered).name}")
    assert control(wizard, "write to").value == offered
    write(wizard)
    assert wizard.state == "done"
    assert (folder / entry).read_text() == "mine"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc here")
@pytest.mark.parametrize(
    ("target", "said"),
    [("/proc/x/a.zarr", "Files cannot be stored in /proc|no permission"), ("file/a.zarr", "file is no folder")],
)
def test_a_place_that_takes_no_files_is_a_problem(folder: Path, target: str, said: str) -> None:
    (folder / "file").write_text("mine")
    wizard = wizard_for(np.zeros((64, 64), "uint8"))
    wizard.frame.go("Write")
    control(wizard, "write to").value = target
    assert wizard.plan is not None
    assert wizard.state == "wrong"
    assert re.search(said, words(wizard))
    assert wizard.frame.act.disabled


def test_a_result_belongs_to_what_was_written(picture: NDArray[np.uint8], folder: Path) -> None:
    Image.fromarray(picture[:50, :40, 0]).save(folder / "small.png")
    wizard = wizard_for("cells.png")
    write(wizard)
    assert marks(wizard) == "✓✓✓✓✓✓✓"
    assert "Written: " in words(wizard)
    control(wizard, "write to").value = "second.ome.zarr"
    assert wizard.plan is not None
    assert marks(wizard) == "✓✓✓✓✓✓○"
    assert "Before: " in words(wizard)
    assert len(wizard.frame.results) == 1

    wizard.frame.go("Picture")
    with awaited(wizard, lambda: wizard.state == "ready" and '"small.png"' in wizard.code):
        control(wizard, "files").value = "small.png"
    assert not wizard.frame.results
    assert "Written" not in words(wizard)
    assert marks(wizard) == "○○○○○○○"


def test_a_url_that_turns_out_to_be_taken_is_told_and_another_name_offered() -> None:
    where = "memory://taken/a.ome.zarr"
    omezarr_nb.write_image(np.ones((8, 8), "uint8"), where)
    wizard = wizard_for(np.zeros((64, 64), "uint8"))
    wizard.frame.go("Write")
    control(wizard, "write to").value = where
    write(wizard)
    assert wizard.state == "failed"
    click(wizard, "Use a-2.ome.zarr")
    write(wizard)
    assert wizard.state == "done"
    assert omezarr_nb.open(where).shape == (8, 8)


@pytest.mark.usefixtures("picture")
def test_what_a_bucket_was_told_stays_while_the_target_is_typed_anew() -> None:
    wizard = omezarr_nb.ImageWizard("cells.png", namespace={}, storage={"key": "mine"})
    wait_for_state(wizard, "ready")
    wizard.frame.go("Write")
    control(wizard, "write to").value = "s3://lab/a.ome.zarr"
    assert wizard.plan is not None
    assert control(wizard, "access key").placeholder == "given"
    control(wizard, "server").value = "http://localhost:9000"
    control(wizard, "secret key").value = "hidden"
    told = {"endpoint_url": "http://localhost:9000", "key": "mine", "secret": "hidden"}
    assert wizard.plan is not None
    assert wizard._form.storage_options == told
    control(wizard, "write to").value = ""
    assert wizard.plan is None
    control(wizard, "write to").value = "s3://lab/b.ome.zarr"
    assert wizard.plan is not None
    assert wizard._form.storage_options == told
    assert control(wizard, "server").value == "http://localhost:9000"
    assert (control(wizard, "secret key").value, control(wizard, "secret key").placeholder) == ("", "given")


class After:
    """Says that a write shall stop once it has been asked so many times."""

    def __init__(self, times: int) -> None:
        self.times = times

    def is_set(self) -> bool:
        """Return whether it shall stop."""
        self.times -= 1
        return self.times < 0


def break_off(pixels: NDArray[np.uint8], target: str) -> None:
    """Leave a write of pixels that can be gone on with, as a kernel that was killed does."""
    plan = omezarr_nb.plan_image(pixels, target, axes="zyx", chunks=(1, 256, 256))
    with pytest.raises(omezarr_nb.errors.WriteCancelledError):
        plan.run(resume=True, cancel=After(6))
    [left] = omezarr_nb.leftovers(target)
    assert left.resumable
    assert left.regions > 0


def test_a_write_that_was_broken_off_is_gone_on_with_or_begun_anew(folder: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 200, (12, 256, 256)).astype("uint8")
    break_off(pixels, "array.ome.zarr")
    wizard = wizard_for(pixels)
    wizard.frame.go("Write")
    assert "go on with the write that was broken off here" not in words(wizard)
    assert control(wizard, "go on with the write that was broken off here").value is True
    assert wizard.frame.act.description.startswith("Go on writing ")
    write(wizard)  # its chunks are others: it says so, and would begin anew
    assert wizard.state == "failed"
    assert control(wizard, "go on with").value is False
    assert wizard.frame.act.description.startswith("Try again: write ")
    control(wizard, "go on with").value = True
    wizard.frame.go("Storage")
    control(wizard, "chunks").value = "1, 256, 256"
    control(wizard, "put chunks").value = False
    [before] = omezarr_nb.leftovers("array.ome.zarr")
    assert before.regions > 0
    write(wizard)
    assert wizard.state == "done", words(wizard)
    assert omezarr_nb.leftovers("array.ome.zarr") == ()
    image = omezarr_nb.open("array.ome.zarr")
    np.testing.assert_array_equal(image.levels[0].zarr[...], pixels)

    break_off(pixels, "again.ome.zarr")
    assert wizard.resume.layout.display == "none"
    control(wizard, "write to").value = "again.ome.zarr"
    assert wizard.plan is not None
    control(wizard, "go on with").value = False
    with pytest.warns(UserWarning, match="again"):
        write(wizard)
    assert wizard.state == "done", words(wizard)
    np.testing.assert_array_equal(omezarr_nb.open("again.ome.zarr").levels[0].zarr[...], pixels)
    assert sorted(path.name for path in folder.iterdir()) == ["again.ome.zarr", "array.ome.zarr"]


def test_without_a_target_nothing_is_to_be_replaced(folder: Path) -> None:
    omezarr_nb.write_image(np.zeros((8, 8), "uint8"), folder / "other.ome.zarr")
    wizard = wizard_for(np.zeros((8, 8), "uint8"))
    wizard.frame.go("Write")
    control(wizard, "write to").value = "other.ome.zarr"
    assert wizard.plan is not None
    control(wizard, "replace other.ome.zarr").value = True
    assert wizard.state == "ready"
    control(wizard, "write to").value = ""
    assert wizard.troubles == ("Say where the image is to be written.",)
    assert wizard._target._taken.layout.display == "none"


def test_a_place_inside_of_another_image_is_told(folder: Path) -> None:
    omezarr_nb.write_image(np.zeros((8, 8), "uint8"), folder / "other.ome.zarr")
    wizard = wizard_for(np.zeros((8, 8), "uint8"))
    wizard.frame.go("Write")
    control(wizard, "write to").value = "other.ome.zarr/labels/cells.zarr"
    assert wizard.plan is not None
    assert "This lies inside of other.ome.zarr" in words(wizard)


def test_an_image_is_written_into_one_file(folder: Path) -> None:
    wizard = wizard_for(np.zeros((8, 8), "uint8"))
    wizard.frame.go("Write")
    control(wizard, "write to").value = "cells.ozx"
    assert "# pixels: what ImageWizard was given" in wizard.code
    assert "write_image(pixels, " in wizard.code
    write(wizard)
    assert wizard.state == "done", words(wizard)
    assert (folder / "cells.ozx").is_file()
    control(wizard, "write to").value = "cells.ozx "
    assert wizard.plan is not None
    assert "There is a file here" in "".join(wizard.troubles)


def test_room_for_all_pixels_is_room_enough(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(folder)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=4096))
    assert not place_problems("a.ome.zarr", 4096)
    (words,) = place_problems("a.ome.zarr", 4097)
    assert words.startswith("There is not enough room")
