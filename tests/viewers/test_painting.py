"""The kernel's side of painting in a view: what messages do, and what makes no sense is said."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from zarr.storage import MemoryStore

import omezarr_nb
from omezarr_nb.errors import InvalidArgumentError, UnsupportedError
from omezarr_nb.viewers import painting
from omezarr_nb.viewers.image import ImageViewer

STROKE = {"tool": "brush", "points": [[10, 10], [10, 300]], "size": 5, "label": "3", "indices": {"z": 1}}
SIGHT = {"level": 0, "indices": [1, 0, 0], "tiles": [[0, 0], [0, 1], [1, 0]]}


@pytest.fixture
def viewer() -> Iterator[ImageViewer]:
    """Return a view of 3 planes of 300 x 520 pixels whose labels "cells" are painted."""
    image = omezarr_nb.write_image(np.zeros((3, 300, 520), "u1"), MemoryStore(), axes="zyx", levels=2)
    shown = image.view()
    editor = shown.edit_labels("cells", create=True)
    yield shown
    editor.close()
    shown.close()


def ask(viewer: ImageViewer, kind: str, **content: Any) -> tuple[dict[str, Any], list[bytes]]:
    """Return what a view answers."""
    return viewer._answers()[kind]({"kind": kind, "labels": "cells", **content})


def wait(condition: Callable[[], bool]) -> None:
    event = threading.Event()
    for _ in range(1000):
        if condition():
            return
        event.wait(0.01)
    raise AssertionError("it stayed as it was")


def test_a_stroke_is_answered_with_the_tiles_on_screen_that_changed(viewer: ImageViewer) -> None:
    answer, buffers = ask(viewer, "stroke", stroke=STROKE, sight=SIGHT)
    assert answer["number"] == 1
    assert answer["editing"]["state"] == "unsaved"
    assert answer["cells"] == [[[1, 0, 0], [1, 0, 1]], [[1, 0, 0]]]
    assert [entry["tile"] for entry in answer["sight"]["tiles"]] == [[0, 0], [0, 1]]
    first = np.frombuffer(buffers[0], "<u4").reshape(256, 256)
    np.testing.assert_array_equal(first, viewer.edit_labels("cells").read(z=1)[:256, :256])
    assert first[10, 200] == 3
    answer, _ = ask(viewer, "stroke", stroke=STROKE, sight=SIGHT)
    assert (answer["number"], answer["cells"]) == (0, [])


def test_the_view_and_its_pictures_have_what_is_painted_and_not_saved(viewer: ImageViewer) -> None:
    ask(viewer, "stroke", stroke=STROKE | {"size": 60})
    planes = viewer._source_of("labels/cells")
    level = planes.image.levels[1]
    assert planes.window(level, (1, 0, 0), 0, slice(4, 6), slice(50, 52)).tolist() == [[3, 3], [3, 3]]
    assert not np.asarray(level.zarr[...]).any()
    viewer.indices = {"z": 1}
    picture = np.asarray(viewer.snapshot(520, 300))
    assert picture[10, 100, :3].any()
    ask(viewer, "store")
    assert (np.asarray(level.zarr[1, 4:6, 50:52]) == 3).all()


def test_observers_and_other_views_are_told_once_of_strokes_that_come_quickly(viewer: ImageViewer) -> None:
    heard: list[dict[str, int]] = []
    viewer.observe(lambda change: heard.append(change["new"]), "labels_edited")
    for label in ("3", "4", "5"):
        ask(viewer, "stroke", stroke=STROKE | {"label": label})
    ask(viewer, "retract", what="undo")
    wait(lambda: viewer.labels_edited == {"cells": 4})
    assert len(heard) < 4
    assert viewer._painted["number"] == 4
    assert [1, 0, 1] in viewer._painted["cells"][0]
    wait(lambda: bool(viewer._painting["redo"]))


def test_what_is_told_last_is_how_it_stands(viewer: ImageViewer) -> None:
    editor = viewer.edit_labels("cells")
    told: list[int] = []
    reached, go_on = threading.Event(), threading.Event()

    def slow(state: dict[str, Any], _: object) -> None:
        if not reached.is_set():
            reached.set()
            assert go_on.wait(10)
        told.append(state["unsaved"])

    painting_of = painting.Painting("cells", editor, viewer._source_of("labels/cells"), slow)
    first = threading.Thread(target=painting_of._now)
    first.start()
    assert reached.wait(10)
    editor.paint([(10, 10)], 3, 5, z=0)
    second = threading.Thread(target=painting_of._now)
    second.start()
    second.join(0.2)  # without order it would be told by now
    go_on.set()
    first.join(10)
    second.join(10)
    painting_of.close()
    assert told[-1] == 1


def test_many_tiles_are_not_named_one_by_one(viewer: ImageViewer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(painting, "_MOST_CELLS", 2)
    assert ask(viewer, "stroke", stroke=STROKE, sight=SIGHT)[0]["cells"] is None
    wait(lambda: viewer.labels_edited == {"cells": 1})
    assert viewer._painted["cells"] is None


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("stroke", {}, "no usable 'stroke'"),
        ("stroke", {"stroke": {"tool": "chainsaw"}}, "no such tool"),
        ("stroke", {"stroke": STROKE | {"points": [[0, "x"]]}}, r"\(y, x\) in pixels"),
        ("stroke", {"stroke": STROKE | {"points": 7}}, "sequence"),
        ("stroke", {"stroke": STROKE | {"size": 1e9}}, "no brush of this size"),
        ("stroke", {"stroke": STROKE | {"label": "3.5"}}, "whole number"),
        ("stroke", {"stroke": STROKE | {"label": str(2**32)}}, "does not fit"),
        ("stroke", {"stroke": STROKE | {"indices": {"z": 9}}}, "outside"),
        ("stroke", {"stroke": STROKE | {"depth": 1}}, "True or False"),
        ("stroke", {"stroke": STROKE, "sight": {"level": 7}}, "no such level"),
        ("stroke", {"stroke": STROKE, "labels": "others"}, "not being painted"),
        ("retract", {"what": "everything"}, "no usable 'what'"),
        ("pick", {"point": [1, 2, 3]}, "in pixels"),
        ("pick", {"point": [-5, 2], "indices": {"z": 0}}, "outside"),
        ("edit", {"labels": "others"}, "no such labels"),
        ("edit", {"labels": 3}, "no such labels"),
    ],
)
def test_messages_that_make_no_sense_are_refused(
    viewer: ImageViewer, kind: str, content: dict[str, Any], words: str
) -> None:
    before = viewer.edit_labels("cells").read()
    with pytest.raises((InvalidArgumentError, TypeError), match=words):
        ask(viewer, kind, **content)
    if "sight" not in content:
        np.testing.assert_array_equal(viewer.edit_labels("cells").read(), before)


@pytest.mark.parametrize("name", ["../outside", "a/../../b", "", ".hidden/..", "x" * 300])
def test_a_name_from_the_browser_leads_nowhere_else(viewer: ImageViewer, name: str) -> None:
    answer, _ = ask(viewer, "edit", labels=name, create=True)
    assert answer["editing"]["state"] == "refused"
    assert viewer.image.labels.names == ("cells",)


def test_an_id_of_64_bits_is_told_as_a_text() -> None:
    image = omezarr_nb.write_image(np.zeros((64, 64), "u1"), MemoryStore(), levels=1)
    shown = image.view()
    with shown.edit_labels("large", create=True, dtype="uint64") as editor:
        editor.paint([(5, 5)], 2**64 - 2, 3)
        answer, _ = shown._answers()["pick"]({"kind": "pick", "labels": "large", "point": [5, 5]})
        assert answer["value"] == str(2**64 - 2)
        assert shown._painting["ids"] == ["0", str(2**64 - 1)]
    shown.close()


def test_labels_are_painted_in_their_plane_alone() -> None:
    image = omezarr_nb.write_image(np.zeros((64, 64, 64), "u1"), MemoryStore(), axes="zyx", levels=1)
    omezarr_nb.create_labels(image, "cells")
    shown = omezarr_nb.ImageViewer(image)
    shown._layout = type(shown._layout)(0, 2, None, (1,))  # as a view of x and z has it
    with pytest.raises(UnsupportedError, match="z and x"):
        shown.edit_labels("cells")
    omezarr_nb.edit_labels(image, "cells").close()
    shown.close()
