"""The wizard as a whole, without a browser: steps, states, writing, cancelling, failing."""

from __future__ import annotations

import errno
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import omezarr_nb
from omezarr_nb.core.pyramid import job
from omezarr_nb.core.pyramid.reduce import reduce_block
from omezarr_nb.errors import ArgumentTypeError
from omezarr_nb.wizards.image import ImageWizard
from tests.wizards.driving import awaited, click, control, controls, marks, wait_for_state, wizard_for, words, write


def test_clicking_alone_makes_an_image_of_a_picture(picture: NDArray[np.uint8], folder: Path) -> None:
    wizard = wizard_for()
    assert wizard.state == "empty"
    assert wizard.plan is None
    assert wizard.code == ""

    with awaited(wizard, lambda: wizard.state == "ready"):
        control(wizard, "files").value = "cells.png"
    click(wizard, "Next", "Next", "Next")
    wizard.frame.go("Write")
    click(wizard, "Write")
    wait_for_state(wizard, "done")

    assert wizard.image is not None
    assert [axis.name for axis in wizard.image.axes] == ["c", "y", "x"]
    assert [channel.label for channel in wizard.image.channels] == ["red", "green", "blue"]
    np.testing.assert_array_equal(wizard.image.levels[0].zarr[:], picture.transpose(2, 0, 1))
    assert sorted(entry.name for entry in folder.iterdir()) == ["cells.ome.zarr", "cells.png"]
    assert isinstance(wizard.frame.results[0], omezarr_nb.ImageViewer)


@pytest.mark.parametrize("source", ["picture", "dask", "zarr", "image", "plain"], ids=lambda name: f"of-{name}")
def test_the_code_does_what_the_wizard_does(
    picture: NDArray[np.uint8], folder: Path, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dask.array as da
    import zarr

    stack = np.random.default_rng(7).integers(0, 999, (20, 48, 64)).astype("uint16")
    stored = zarr.create_array(folder / "stored.zarr", shape=picture.shape, dtype="uint8", chunks=(32, 32, 3))
    stored[:] = picture
    image = omezarr_nb.write_image(stack, folder / "known.ome.zarr", axes="zyx", scale={"z": 2}, units={"z": "um"})
    values: dict[str, Any] = {
        "dask": da.from_array(picture, chunks=50),
        "zarr": stored,
        "image": image,
        "plain": stack,
    }
    namespace = {"cells": values[source]} if source in values else {}
    wizard = wizard_for(namespace.get("cells", "cells.png"), **namespace)
    wizard.frame.go("Levels")
    levels = wizard._levels.levels
    levels.value = levels.options[-1][1]
    write(wizard)
    assert wizard.image is not None, words(wizard)

    (folder / "again").mkdir()
    monkeypatch.chdir(folder / "again")
    code = wizard.code.replace('"cells.png"', '"../cells.png"')
    fresh = dict(namespace)
    exec(code, fresh)
    again = fresh["image"]
    assert len(again.levels) == len(levels.options)
    for one, other in zip(wizard.image.levels, again.levels, strict=True):
        np.testing.assert_array_equal(one.zarr[:], other.zarr[:])
        assert (one.scale, one.translation) == (other.scale, other.translation)
    assert wizard.image.channels == again.channels


def test_back_keeps_everything() -> None:
    wizard = wizard_for(np.zeros((20, 2, 64, 64), "uint8"))
    click(wizard, "Next")
    control(wizard, "dimension 1").value = "z"
    control(wizard, "dimension 2").value = "c"
    control(wizard, "put them").value = True
    click(wizard, "Next")
    control(wizard, "distance of planes").value = "2"
    control(wizard, "pixel size").value = "0,5"
    click(wizard, "Next")
    control(wizard, "channel names").value = "A, B"
    click(wizard, "Next", "Next", "Next")
    control(wizard, "write to").value = "here.ome.zarr"
    control(wizard, "version").value = "0.4"
    before = (repr(wizard.plan), wizard.code)
    assert wizard.plan is not None
    assert wizard.plan.levels[0].shape == (2, 20, 64, 64)
    assert wizard.plan.levels[0].scale == (1.0, 2.0, 0.5, 0.5)

    click(wizard, *["Back"] * 6, "Next")
    assert control(wizard, "dimension 1").value == "z"
    click(wizard, "Next")
    assert control(wizard, "pixel size").value == "0,5"
    click(wizard, "Next")
    assert control(wizard, "channel names").value == "A, B"
    click(wizard, "Next", "Next", "Next")
    assert control(wizard, "write to").value == "here.ome.zarr"
    assert (repr(wizard.plan), wizard.code) == before


def test_wrong_axes_are_told_beside_them_and_at_the_left() -> None:
    wizard = wizard_for(np.zeros((20, 64, 64), "uint8"))
    click(wizard, "Next")
    control(wizard, "dimension 1").value = "x"
    assert wizard.state == "wrong"
    assert wizard.plan is None
    assert "x is chosen for two dimensions" in words(wizard)
    assert control(wizard, "! Axes")
    wizard.frame.go("Write")
    assert wizard.frame.act.disabled

    wizard.frame.go("Axes")
    control(wizard, "dimension 1").value = "c"
    assert wizard.state == "ready"
    control(wizard, "dimension 1").value = "y"
    control(wizard, "dimension 2").value = "c"
    assert "order time, channel, space" in words(wizard)
    control(wizard, "put them in the order cyx").value = True
    assert wizard.plan is not None
    assert wizard.plan.levels[0].shape == (64, 20, 64)


def test_typing_waits_until_it_stops() -> None:
    wizard = wizard_for(np.zeros((64, 64), "uint8"))
    wizard.frame.go("Pixel size")
    for text in ("0", "0.", "0.5"):
        control(wizard, "pixel size").value = text
    assert wizard.state == "ready"  # nothing was said of "0", which is no size
    assert wizard.plan is not None
    assert wizard.plan.levels[0].scale == (0.5, 0.5)


def test_a_file_that_is_no_picture_is_told(folder: Path) -> None:
    (folder / "<img onerror=alert(1)>.png").write_bytes(b"nothing")
    wizard = wizard_for()
    with awaited(wizard, lambda: wizard.state == "wrong"):
        control(wizard, "files").value = "<img onerror=alert(1)>.png"
    assert "cannot be read as a picture" in words(wizard)
    assert "<img" not in words(wizard)
    assert control(wizard, "! Picture")


def test_another_picture_replaces_the_first(picture: NDArray[np.uint8], folder: Path) -> None:
    Image.fromarray(picture[:50, :40, 0]).save(folder / "small.png")
    wizard = wizard_for("cells.png")
    with awaited(wizard, lambda: wizard.plan is not None and wizard.plan.levels[0].shape == (50, 40)):
        control(wizard, "files").value = "small.png"
    click(wizard, "Next")
    assert control(wizard, "dimension 2").value == "x"
    with pytest.raises(AssertionError):
        control(wizard, "dimension 3")


def test_folders_are_walked_by_clicking(folder: Path, picture: NDArray[np.uint8]) -> None:
    (folder / "more").mkdir()
    Image.fromarray(picture).save(folder / "more" / "inside.png")
    wizard = wizard_for()
    control(wizard, "files").value = "more/"
    click(wizard, "Open folder")
    with awaited(wizard, lambda: wizard.state == "ready"):
        control(wizard, "files").value = "inside.png"
    assert '"more/inside.png"' in wizard.code
    control(wizard, "files").value = "../"
    click(wizard, "Open folder")
    assert "cells.png" in [value for _, value in control(wizard, "files").options]


@pytest.mark.usefixtures("picture")
def test_an_upload_is_put_into_the_folder(folder: Path) -> None:
    content = (folder / "cells.png").read_bytes()
    wizard = wizard_for()
    with awaited(wizard, lambda: wizard.state == "ready"):
        control(wizard, "Upload").value = (
            {
                "name": "cells.png",
                "type": "image/png",
                "size": len(content),
                "content": memoryview(content),
                "last_modified": datetime.now(UTC),
            },
        )
    assert (folder / "cells-2.png").read_bytes() == content
    assert '"cells-2.png"' in wizard.code


def test_arrays_of_the_notebook_are_offered() -> None:
    namespace: dict[str, Any] = {}
    wizard = ImageWizard(namespace=namespace)
    wizard._source.kind.value = "array"
    assert "no arrays" in words(wizard)
    namespace["cells"] = np.zeros((20, 64, 64), "uint8")
    click(wizard, "Refresh")
    with awaited(wizard, lambda: wizard.state == "ready"):
        control(wizard, "arrays").value = "cells"
    assert "write_image(cells, " in wizard.code


class Gate:
    """An array whose reading waits: it says when it is asked, and gives pixels when it is let."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked, self.let = threading.Event(), threading.Event()
        original = reduce_block

        def slow(*arguments: Any, **options: Any) -> Any:
            self.asked.set()
            assert self.let.wait(30)
            return original(*arguments, **options)

        monkeypatch.setattr(job, "reduce_block", slow)


def test_cancelling_leaves_nothing_and_can_be_repeated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wizard = wizard_for(np.zeros((8, 1200, 1200), "uint8"))
    gate = Gate(monkeypatch)
    wizard.frame.go("Write")
    click(wizard, "Write")
    assert gate.asked.wait(30)
    assert wizard.state == "writing"
    assert control(wizard, "write to").disabled
    control(wizard, "Write").click()  # one at a time
    with awaited(wizard, lambda: wizard.state == "cancelled"):
        click(wizard, "Cancel")
        gate.let.set()
    assert list(folder.iterdir()) == []
    assert "Nothing was left behind" in words(wizard)
    assert not control(wizard, "write to").disabled
    write(wizard)
    assert wizard.state == "done"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "no space left on the disk"),
        (PermissionError(errno.EACCES, "Permission denied"), "no permission"),
        (MemoryError(), "not enough memory"),
        (RuntimeError("<b>odd</b>"), "RuntimeError: &lt;b&gt;odd&lt;/b&gt;"),
    ],
)
def test_a_failure_is_told_and_can_be_tried_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    wizard = wizard_for(np.zeros((8, 1200, 1200), "uint8"))
    with monkeypatch.context() as patched:
        patched.setattr(job, "reduce_block", fail)
        write(wizard)
    assert wizard.state == "failed"
    assert said in words(wizard)
    assert list(folder.iterdir()) == []
    click(wizard, "Try again: write")
    wait_for_state(wizard, "done")


def test_progress_is_shown_in_regions_and_bytes() -> None:
    wizard = wizard_for(np.zeros((8, 1200, 1200), "uint8"))
    seen: list[str] = []
    progress = next(widget for widget in controls(wizard) if isinstance(widget, ipywidgets.FloatProgress))
    progress.observe(lambda _: seen.append(words(wizard)), "value")
    write(wizard)
    assert any("region 13 of 13" in text and "MB of" in text and "/s" in text for text in seen), seen


def test_a_change_after_writing_makes_a_new_plan() -> None:
    wizard = wizard_for(np.zeros((64, 64), "uint8"))
    write(wizard)
    assert wizard.frame.act.disabled
    control(wizard, "write to").value = "second.ome.zarr"
    assert wizard.plan is not None
    assert wizard.state == "ready"
    write(wizard)
    assert wizard.image is not None
    assert wizard.image.name == "second"


@pytest.mark.parametrize("value", [7, [[1, 2]], b"png", {"a": 1}])
def test_what_cannot_be_meant_is_an_error_at_once(value: Any) -> None:
    with pytest.raises(ArgumentTypeError, match="path of a picture"):
        ImageWizard(value, namespace={})


def test_a_path_that_is_not_there_is_told() -> None:
    wizard = wizard_for("none.png")
    assert wizard.state == "wrong"
    assert "There is no such file" in words(wizard)


def test_every_control_has_a_name_or_a_tooltip() -> None:
    wizard = wizard_for(np.zeros((2, 20, 64, 64), "uint8"))
    for step in range(5):
        wizard.frame.go(step)
        nameless = [
            type(widget).__name__
            for widget in controls(wizard)
            if hasattr(widget, "disabled") and not (widget.description or widget.tooltip)
        ]
        assert nameless == []


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.arange(4), "The array has 1 dimension; an image has 2 to 5."),
        (np.array(["a", "b"]), "The array has 1 dimension"),
        (np.array(7), "The array has no dimensions"),
        (np.zeros((2,) * 6), "The array has 6 dimensions"),
        (np.zeros((0, 5)), "The array has no pixels"),
        (np.array([["a", "b"]]), "Pixels of this type cannot be stored"),
    ],
)
def test_an_array_that_is_no_image_is_told_in_words(value: Any, said: str) -> None:
    wizard = wizard_for(value)
    assert wizard.state == "wrong"
    assert wizard.plan is None
    assert said in words(wizard)


def test_pixel_sizes_wait_for_a_picture() -> None:
    wizard = wizard_for()
    wizard.frame.go("Pixel size")
    assert "Choose a picture or an array first." in words(wizard)
    assert "Change what is wrong" not in words(wizard)


@pytest.mark.usefixtures("picture")
def test_what_was_passed_is_chosen_in_the_list() -> None:
    cells = np.zeros((64, 64), "uint8")
    wizard = wizard_for(cells, other=np.ones((64, 64)), cells=cells)
    assert control(wizard, "arrays").value == "cells"
    assert control(wizard_for("cells.png"), "files").value == "cells.png"


def test_two_dimensions_of_one_name_are_not_offered_an_order() -> None:
    wizard = wizard_for(np.zeros((64, 48, 3), "uint8"))
    wizard.frame.go("Axes")
    control(wizard, "dimension 1").value = "x"
    assert "x is chosen for two dimensions" in words(wizard)
    with pytest.raises(AssertionError):
        control(wizard, "put them in the order")


def test_a_look_at_the_last_step_is_not_a_write() -> None:
    wizard = wizard_for(np.zeros((64, 64), "uint8"))
    click(wizard, *["Next"] * 6, "Back")
    assert marks(wizard) == "✓✓✓✓✓○○"


def test_axes_change_places_when_one_is_dragged() -> None:
    wizard = wizard_for(np.zeros((3, 40, 64, 64), "uint8"))
    assert wizard._axes.drag.names == ["c", "z", "y", "x"]
    assert wizard._axes.drag.lengths == [3, 40, 64, 64]
    wizard._axes.drag.names = ["z", "c", "y", "x"]
    assert wizard._form.names == ("z", "c", "y", "x")
    assert [control.value for control in wizard._axes.names] == ["z", "c", "y", "x"]
    wizard._axes.names[0].value = "t"
    assert wizard._axes.drag.names == ["t", "c", "y", "x"]
    for wrong in (["<b>", "c", "y", "x"], ["c", "y"], ["t", "t", "y", "x"]):
        wizard._axes.drag.names = wrong
        assert wizard._axes.drag.names == ["t", "c", "y", "x"]
    assert wizard._form.names == ("t", "c", "y", "x")
