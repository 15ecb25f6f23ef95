"""Editors of labels: what strokes, undo, redo and saves leave, against a plain array; and which chunks they touch."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from zarr.core.buffer import Buffer, BufferPrototype
from zarr.storage import MemoryStore, WrapperStore

import omezarr_nb
from omezarr_nb.core.editing import canvas, session
from omezarr_nb.core.editing.draw import draw
from omezarr_nb.core.editing.session import LabelEditor
from omezarr_nb.core.editing.strokes import Brush
from omezarr_nb.core.growing.update import put_pixels
from omezarr_nb.core.image import LabelImage
from omezarr_nb.errors import InvalidArgumentError, OMEZarrError, StoreError, UnknownNameError, UnsupportedError
from tests.core.editing import model
from tests.core.growing.stored import fresh, keys, levels_only, restored

SHAPE = (3, 40, 56)


@pytest.fixture(autouse=True)
def small_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut planes into small cells, so that strokes meet many."""
    monkeypatch.setattr(canvas, "CELL", 16)


def stored(shape: tuple[int, ...] = SHAPE, *, axes: str = "zyx", dtype: str = "uint16", **options: Any) -> MemoryStore:
    """Write an image with labels: 7 in the middle, 9 beside it, 4 in one plane alone."""
    store = MemoryStore()
    image = omezarr_nb.write_image(
        np.zeros(shape, "u1"), store, axes=axes, levels=3, scale={"z": 2.0} if "z" in axes else None
    )
    pixels = np.zeros(shape, dtype)
    pixels[..., 10:20, 10:20] = 7
    pixels[..., 10:20, 20:24] = 9
    pixels.reshape(-1, *shape[-2:])[0, 30:34, 40:44] = 4
    options = {"chunks": (1,) * (len(shape) - 2) + (16, 16), "method": "mode"} | options
    omezarr_nb.write_labels(pixels, image.location.store_path, "cells", axes=axes, **options)
    return store


STORED = keys(stored())


@pytest.fixture
def labels() -> LabelImage:
    """Return labels of 3 planes of 40 x 56 pixels in a store of their own."""
    return omezarr_nb.open(restored(STORED)).labels["cells"]


@pytest.fixture
def editor(labels: LabelImage) -> Iterator[LabelEditor]:
    with omezarr_nb.edit_labels(labels) as opened:
        yield opened
        if opened.state.unsaved:
            opened.discard()


def check_levels(editor: LabelEditor, pixels: np.ndarray[Any, Any]) -> None:
    """Hold all levels, as they are painted, against those of a fresh write of the same pixels."""
    expected = omezarr_nb.open(fresh(pixels, editor.image, method="mode", levels=len(editor.image.levels)))
    for index, level in enumerate(expected.levels):
        np.testing.assert_array_equal(editor.read(index), np.asarray(level.zarr[...]))


places = st.tuples(st.integers(-8, 168).map(lambda n: n / 4), st.integers(-8, 232).map(lambda n: n / 4))
planes = st.integers(0, 2)
ids = st.sampled_from([0, 4, 7, 9, 65535])
lines = st.lists(places, min_size=1, max_size=3)
only = st.sampled_from([None, 0, 7])
inside = st.tuples(st.integers(0, 39), st.integers(0, 55))
strokes = st.one_of(
    st.tuples(st.just("brush"), lines, st.integers(1, 30).map(lambda n: n / 2), ids, planes, only),
    st.tuples(st.just("ball"), lines, st.integers(1, 20).map(lambda n: n / 2), ids, planes),
    st.tuples(st.just("polygon"), st.lists(places, min_size=3, max_size=5), ids, planes, only),
    st.tuples(st.just("fill"), inside, ids, planes, st.booleans()),
    st.tuples(st.just("merge"), st.lists(ids, min_size=1, max_size=3), ids),
    st.tuples(st.sampled_from(["undo", "redo", "save"])),
)


def paint(editor: LabelEditor, pixels: np.ndarray[Any, Any], stroke: tuple[Any, ...]) -> np.ndarray[Any, Any]:
    """Paint a stroke, and return what the plain array is after it."""
    after = pixels.copy()
    kind, *given = stroke
    if kind == "brush":
        line, size, label, z, kept = given
        editor.paint(line, label, size, z=z, only=kept)
        mask = model.brush(line, size, SHAPE[1:])
        after[z][mask if kept is None else mask & (pixels[z] == kept)] = label
    elif kind == "ball":
        line, size, label, z = given
        editor.paint(line, label, size, z=z, depth=True)
        for there in range(SHAPE[0]):
            after[there][model.brush(line, size, SHAPE[1:], height=Fraction(2 * (there - z)))] = label
    elif kind == "polygon":
        corners, label, z, kept = given
        editor.polygon(corners, label, z=z, only=kept)
        mask = model.polygon(corners, SHAPE[1:])
        after[z][mask if kept is None else mask & (pixels[z] == kept)] = label
    elif kind == "fill":
        (y, x), label, z, depth = given
        editor.fill((y, x), label, z=z, depth=depth)
        after[model.flood(pixels, (z, y, x), (0, 1, 2) if depth else (1, 2))] = label
    else:
        some, label = given
        editor.merge(some, label)
        after[np.isin(pixels, some)] = label
    return after


@pytest.mark.once
@settings(max_examples=12)
@given(st.lists(strokes, min_size=1, max_size=9))
def test_strokes_are_those_of_a_plain_array(todo: list[tuple[Any, ...]]) -> None:
    store = restored(STORED)
    with omezarr_nb.edit_labels(omezarr_nb.open(store).labels["cells"], memory=20_000) as editor:
        history = [editor.read()]
        at, saved = 0, history[0]
        for stroke in todo:
            now = history[at]
            match stroke[0]:
                case "undo":
                    assert (editor.undo() is None) == (at == 0)
                    at = max(at - 1, 0)
                case "redo":
                    assert (editor.redo() is None) == (at == len(history) - 1)
                    at = min(at + 1, len(history) - 1)
                case "save":
                    editor.save()
                    saved = now
                case _:
                    after = paint(editor, now, stroke)
                    if not np.array_equal(after, now):
                        history = [*history[: at + 1], after]
                        at += 1
            np.testing.assert_array_equal(editor.read(), history[at])
            state = editor.state
            assert (state.undo, state.redo) == (at > 0, at < len(history) - 1)
            assert state.name == "saved" or stroke[0] != "save"
            stored_now = omezarr_nb.open(store).labels["cells"].levels[0].zarr[...]
            np.testing.assert_array_equal(stored_now, saved)
        check_levels(editor, history[at])
    written = omezarr_nb.open(store).labels["cells"]
    assert (
        levels_only(
            {
                key.removeprefix("labels/cells/"): value
                for key, value in keys(store).items()
                if key.startswith("labels/cells/")
            }
        ).keys()
        >= levels_only(keys(fresh(history[at], written, method="mode", levels=3))).keys()
    )
    np.testing.assert_array_equal(written.levels[0].zarr[...], history[at])


@pytest.mark.parametrize("axes", ["yx", "xy", "tyx", "yxz", "tzyx"])
@pytest.mark.parametrize("dtype", ["uint8", "int64", "uint64"])
def test_axes_of_all_orders_and_ids_of_all_sizes(axes: str, dtype: str) -> None:
    lengths = {"t": 2, "z": 3, "y": 20, "x": 30}
    image = omezarr_nb.write_image(np.zeros([lengths[a] for a in axes], "u1"), MemoryStore(), axes=axes, levels=2)
    label = int(np.iinfo(dtype).max)
    plane: dict[str, Any] = {name: 1 for name in axes if name in "tz"}
    with omezarr_nb.edit_labels(image, "new", create=True, dtype=dtype) as editor:
        editor.paint([(5, 8)], label, 4, **plane)
        assert editor.pick((5, 8), **plane) == label
    found = np.asarray(image.labels["new"].levels[0].zarr[...])
    where = tuple(plane.get(name, slice(None)) for name in axes)
    drawn = found[where] if axes.index("y") < axes.index("x") else found[where].T
    np.testing.assert_array_equal(drawn == label, model.brush([(5, 8)], 4, (20, 30)))
    assert np.count_nonzero(found) == np.count_nonzero(drawn)


def test_an_id_that_does_not_fit_is_refused_in_words(editor: LabelEditor) -> None:
    with pytest.raises(InvalidArgumentError, match=r"65536.*0 to 65535 \(uint16\)"):
        editor.paint([(1, 1)], 65536, z=0)
    with pytest.raises(InvalidArgumentError, match=r"0 to 65535"):
        editor.fill((1, 1), -1, z=0)
    assert editor.state.name == "saved"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda e: e.paint([(1, 1)], 3), "which plane"),
        (lambda e: e.paint([(1, 1)], 3, z=3), "outside of the labels"),
        (lambda e: e.paint([(1, 1)], 3, t=0, z=0), "no such axis"),
        (lambda e: e.paint([(1, float("nan"))], 3, z=0), "finite"),
        (lambda e: e.paint([], 3, z=0), "number of points"),
        (lambda e: e.paint([(1, 1)], 3, 0, z=0), "no brush of this size"),
        (lambda e: e.paint([(1, 1)], 3.5, z=0), "whole number"),
        (lambda e: e.polygon([(1, 1), (2, 2)], 3, z=0), "number of points"),
        (lambda e: e.fill((-1, 2), 3, z=0), "outside of the labels"),
        (lambda e: e.split([(1, 1), (1, 9)], z=0), "no label under the line"),
        (lambda e: e.split([(15, 12), (15, 14)], z=0), "does not cut"),
        (lambda e: e.interpolate(4, z=1), "no two planes"),
        (lambda e: e.interpolate(7, "t", z=1), "no planes"),
        (lambda e: e.merge([]), "Name the labels"),
    ],
)
def test_what_cannot_be_meant_is_said_and_changes_nothing(
    editor: LabelEditor, call: Callable[[LabelEditor], object], words: str
) -> None:
    before = editor.read()
    with pytest.raises(OMEZarrError, match=words):
        call(editor)
    np.testing.assert_array_equal(editor.read(), before)
    assert not editor.state.undo


def test_a_line_cuts_a_label_in_two_in_a_plane_or_through_all(editor: LabelEditor) -> None:
    before = editor.read()
    editor.split([(15, 5), (15, 25)], z=1)
    now = editor.read()
    assert set(np.unique(now[1])) == {0, 7, 9, 10}
    assert (now[1] > 0)[10:20, 10:24].all()
    np.testing.assert_array_equal(now[[0, 2]], before[[0, 2]])
    assert abs(int((now[1] == 7).sum()) - 50) <= 10
    editor.undo()
    editor.split([(5, 13), (25, 14)], z=1, depth=True)
    now = editor.read()
    assert ((now == 7) | (now == 11))[:, 10:20, 10:20].all()  # an id that was given is not given again
    np.testing.assert_array_equal(now[2], now[1])
    assert (now == 7).sum() > (now == 11).sum() > 0


def test_slices_are_filled_between_two() -> None:
    shape = (9, 40, 56)
    store = stored(shape)
    with omezarr_nb.edit_labels(omezarr_nb.open(store).labels["cells"]) as editor:
        editor.delete(4, 7, 9)
        editor.paint([(20, 15)], 5, 20, z=1)
        editor.paint([(20, 35)], 5, 10, z=7)
        editor.paint([(20, 25)], 6, 3, z=4)
        editor.interpolate(5, z=7)
        now = editor.read()
        sizes = [(now[z] == 5).sum() for z in range(9)]
        assert sizes[0] == sizes[8] == 0
        assert all(a > b for a, b in pairwise(sizes[1:7]))
        centers = [np.argwhere(now[z] == 5)[:, 1].mean() for z in (1, 4, 7)]
        assert centers[0] < centers[1] < centers[2]
        assert (now[4] == 6).sum() == 9  # what has a label stays


def test_the_next_id_is_free_and_gaps_are_used_at_the_end() -> None:
    store = stored(dtype="uint8")
    with omezarr_nb.edit_labels(omezarr_nb.open(store).labels["cells"]) as editor:
        assert editor.next_id() == 10
        editor.paint([(1, 1)], 254, z=0)
        assert editor.next_id() == 255
        editor.paint([(3, 3)], 255, z=0)
        assert editor.next_id() == 1
        for label in range(1, 254):
            editor.paint([(label // 40, 50 - label % 40)], label, z=2)
        with pytest.raises(UnsupportedError, match="no free id left"):
            editor.next_id()


class Counting(WrapperStore[MemoryStore]):
    """A store that knows which chunks were read and written."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.read: list[str] = []
        self.written: list[str] = []

    def _with_store(self, store: MemoryStore) -> Counting:  # noqa: ARG002 - the counts are of all of its copies
        return self

    async def get(self, key: str, prototype: BufferPrototype, byte_range: Any = None) -> Buffer | None:
        self.read.append(key)
        return await super().get(key, prototype, byte_range)

    def get_sync(self, key: str, **options: Any) -> Buffer | None:
        self.read.append(key)
        found: Buffer | None = self._store.get_sync(key, **options)
        return found

    async def set(self, key: str, value: Buffer) -> None:
        self.written.append(key)
        await super().set(key, value)

    def set_sync(self, key: str, value: Buffer) -> None:
        self.written.append(key)
        self._store.set_sync(key, value)

    def forget(self) -> None:
        self.read, self.written = [], []

    def chunks(self, what: Sequence[str], level: int) -> frozenset[str]:
        """Return the chunks of a level of the labels among some keys."""
        start = f"labels/cells/{level}/c/"
        return frozenset(key.removeprefix(start) for key in what if key.startswith(start))


def test_only_the_chunks_under_a_stroke_are_read_and_written() -> None:
    store = Counting(stored((3, 160, 160)))
    editor = omezarr_nb.edit_labels(omezarr_nb.open(store).labels["cells"])
    store.forget()
    editor.paint([(50, 50), (50, 75)], 3, 8, z=1)
    mask = model.brush([(50, 50), (50, 75)], 8, (160, 160))
    under = {f"1/{y // 16}/{x // 16}" for y, x in np.argwhere(mask)}
    assert store.chunks(store.read, 0) == under
    assert not store.written
    store.forget()
    assert editor.save() == 2
    assert store.chunks(store.written, 0) == under
    assert store.chunks(store.read, 0) <= under
    # Of 5 x 5 and 3 x 3 chunks of the coarser levels.
    assert store.chunks(store.written, 1) == {f"1/{row}/{column}" for row in (1,) for column in (1, 2)}
    assert store.chunks(store.written, 2) == {"1/0/0", "1/0/1"}
    editor.close()


@pytest.mark.once
def test_memory_stays_bounded_and_what_waits_on_the_disk_comes_back() -> None:
    store = stored((1, 400, 400))
    with omezarr_nb.edit_labels(omezarr_nb.open(store).labels["cells"], memory=100_000) as editor:
        before = editor.read()
        editor.polygon([(-1, -1), (-1, 400), (400, 400), (400, -1)], 3, z=0, only=0)
        assert sum(layer.nbytes for layer in editor.layers.canvases) < 150_000
        expected = np.where(before == 0, 3, before)
        np.testing.assert_array_equal(editor.read(), expected)
        editor.undo()
        np.testing.assert_array_equal(editor.read(), before)
        editor.redo()
        editor.save()
        check_levels(editor, expected)
    np.testing.assert_array_equal(omezarr_nb.open(store).labels["cells"].levels[0].zarr[...], expected)


@pytest.mark.parametrize(("x", "under"), [(40, {0}), (20, {7, 9})], ids=["background", "two labels"])
def test_what_a_stroke_covers_is_kept_as_one_id_where_it_was_one(editor: LabelEditor, x: int, under: set[int]) -> None:
    stroke = Brush(((15.0, float(x)),), 5.0, 3, {"z": 1})
    before = [patch.before for patch in editor.layers.patches(draw(stroke, editor.layers))]
    assert {int(one) for values in before for one in np.unique(values)} == under
    assert all(values.ndim == 0 for values in before if len(np.unique(values)) == 1)


def test_an_editor_is_given_again_in_the_same_process(labels: LabelImage) -> None:
    one = omezarr_nb.edit_labels(labels)
    assert omezarr_nb.edit_labels(labels) is one
    one.close()
    with pytest.raises(StoreError, match="closed"):
        one.paint([(1, 1)], 3, z=0)
    other = omezarr_nb.edit_labels(labels)
    assert other is not one
    other.close()


def test_labels_are_made_only_when_that_is_asked_for(labels: LabelImage) -> None:
    image = omezarr_nb.open(labels.location.store)
    with pytest.raises(UnknownNameError, match="create=True"):
        omezarr_nb.edit_labels(image, "more")
    assert image.labels.names == ("cells",)
    omezarr_nb.edit_labels(image, "more", create=True, dtype="int32").close()
    assert omezarr_nb.open(labels.location.store).labels["more"].dtype == np.int32


def test_a_save_that_fails_keeps_what_was_painted(labels: LabelImage, monkeypatch: pytest.MonkeyPatch) -> None:
    states = []
    with omezarr_nb.edit_labels(labels) as editor:
        editor.on_state(lambda state: states.append(state.name))
        editor.paint([(5, 5)], 3, 9, z=0)
        painted = editor.read()
        with monkeypatch.context() as broken:
            broken.setattr(session, "put_pixels", lambda *_: (_ for _ in ()).throw(StoreError("The disk is full.")))
            with pytest.raises(StoreError, match="disk is full"):
                editor.save()
        assert (editor.state.name, editor.state.why) == ("failed", "The disk is full.")
        np.testing.assert_array_equal(editor.read(), painted)
        editor.save()
        assert states == ["unsaved", "saving", "failed", "saving", "saved"]
        assert editor.state.why == ""
    np.testing.assert_array_equal(omezarr_nb.open(labels.location.store).labels["cells"].levels[0].zarr[...], painted)


def test_what_is_stored_is_called_saved_where_the_journal_cannot_say_so(
    labels: LabelImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with omezarr_nb.edit_labels(labels) as editor:
        editor.paint([(5, 5)], 3, 9, z=0)
        with monkeypatch.context() as broken:
            broken.setattr(os, "write", full)
            assert editor.save() == 1
        assert (editor.state.name, editor.state.unsaved) == ("saved", 0)
        editor.paint([(5, 25)], 4, 9, z=0)
        assert (editor.save(), editor.state.name) == (1, "saved")
        painted = editor.read()
    np.testing.assert_array_equal(omezarr_nb.open(labels.location.store).labels["cells"].levels[0].zarr[...], painted)


def test_a_journal_that_is_begun_anew_on_a_full_disk_is_begun_with_the_next_stroke(
    labels: LabelImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(session, "LONGEST_JOURNAL", 0)
    with omezarr_nb.edit_labels(labels) as editor:
        editor.paint([(5, 5)], 3, 9, z=0)
        with monkeypatch.context() as broken:
            broken.setattr(os, "write", full)
            assert editor.save() == 1
            assert (editor.state.name, editor.state.unsaved, editor.state.undo) == ("saved", 0, False)
            before = editor.read()
            with pytest.raises(StoreError, match=r"cannot be written down.*Make room on the disk"):
                editor.paint([(5, 25)], 4, 9, z=0)
            np.testing.assert_array_equal(editor.read(), before)
        editor.paint([(5, 25)], 4, 9, z=0)
        painted = editor.read()
        editor.close()
    with omezarr_nb.edit_labels(labels) as editor:
        assert editor.state.recovered == 1
        np.testing.assert_array_equal(editor.read(), painted)
        editor.discard()


def test_strokes_while_a_save_runs_are_shown_and_saved_the_next_time(
    labels: LabelImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with omezarr_nb.edit_labels(labels) as editor:
        real, reached, go_on = put_pixels, threading.Event(), threading.Event()

        def slow(*given: Any) -> None:
            reached.set()
            assert go_on.wait(10)
            real(*given)

        monkeypatch.setattr(session, "put_pixels", slow)
        editor.paint([(5, 5)], 3, 9, z=0)
        thread = threading.Thread(target=editor.save)
        thread.start()
        assert reached.wait(10)
        editor.paint([(5, 9)], 4, 9, z=0)
        editor.undo()
        editor.paint([(9, 5)], 5, 5, z=0)
        painted = editor.read()
        go_on.set()
        thread.join(10)
        assert editor.state.name == "unsaved"
        assert editor.state.unsaved == 3
        np.testing.assert_array_equal(editor.read(), painted)
        check_levels(editor, painted)
        editor.save()
    np.testing.assert_array_equal(omezarr_nb.open(labels.location.store).labels["cells"].levels[0].zarr[...], painted)


def test_what_is_saved_as_one_goes_is_saved_by_itself(labels: LabelImage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_PAUSE", 0.01)
    done = threading.Event()
    with omezarr_nb.edit_labels(labels) as editor:
        editor.save_as_you_go = True
        editor.on_state(lambda state: done.set() if state.name == "saved" else None)
        editor.paint([(5, 5)], 3, 9, z=0)
        assert done.wait(10)
        stored_now = omezarr_nb.open(labels.location.store).labels["cells"].levels[0].zarr[0, 5, 5]
        assert stored_now == 3


def test_labels_of_floats_are_refused_and_nothing_is_left(tmp_path: Path) -> None:
    image = omezarr_nb.write_image(np.zeros((64, 64), "f4"), tmp_path / "floats.zarr", levels=1)
    group = zarr.open_group(image.where, mode="r+")
    ome: Any = group.attrs.asdict()["ome"]
    group.attrs["ome"] = {**ome, "image-label": {}}
    with pytest.raises(UnsupportedError, match=r"integers.*float32"):
        omezarr_nb.edit_labels(image.where)
    assert not list((tmp_path / "floats.zarr").glob(".omezarr_nb*"))


@pytest.mark.parametrize("chosen", [3, 4])
def test_the_nearest_slices_are_looked_for_one_by_one(chosen: int) -> None:
    with omezarr_nb.edit_labels(omezarr_nb.open(stored((9, 40, 56))).labels["cells"]) as editor:
        editor.delete(4, 7, 9)
        for z in (2, 5):  # from either the one is near, the other two away
            editor.paint([(20, 15)], 5, 9, z=z)
        editor.interpolate(5, z=chosen)
        now = editor.read() == 5
        assert [bool(plane.any()) for plane in now] == [z in (2, 3, 4, 5) for z in range(9)]
