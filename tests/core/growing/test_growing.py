"""Images that were appended to and written in parts are what a fresh write of the same pixels gives, byte for byte."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from zarr.storage import MemoryStore

import omezarr_nb
from omezarr_nb.core.pyramid.plan import plan_image
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError
from tests.core.growing.stored import fresh, keys, levels_only

METHODS = ["mean", "nearest", "mode", "min", "median", "linear", "gaussian", "zoom"]


@dataclass(frozen=True)
class Case:
    """An image, and what is done to it."""

    axes: str
    pixels: np.ndarray[Any, Any]
    options: dict[str, Any]
    changes: list[tuple[Any, ...]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Give images of all kinds, and a few changes."""
    axes = draw(st.sampled_from(["yx", "zyx", "tyx", "czyx", "tcyx"]))
    version = draw(st.sampled_from(["0.3", "0.4", "0.5", "0.6"]))
    count = draw(st.integers(0, 2))
    steps = [
        {name: draw(st.integers(2 if name == "x" else 1, 3)) if name in "zyx" else 1 for name in axes}
        for _ in range(count)
    ]
    factors = [{name: math.prod(step[name] for step in steps[: index + 1]) for name in axes} for index in range(count)]
    least = factors[-1] if factors else dict.fromkeys(axes, 1)
    shape = tuple(draw(st.integers(max(least[name], 2), least[name] + 6)) for name in axes)
    method = draw(st.sampled_from(METHODS))
    dtype = np.dtype("u2") if method == "mode" else np.dtype(draw(st.sampled_from(["u1", "u2", "i8", "f4"])))
    chunks = tuple(draw(st.integers(1, 5)) for _ in axes)
    options: dict[str, Any] = {"version": version, "method": method, "scale_factors": factors}
    layout: dict[str, Any] = {"chunks": tuple(min(c, n) for c, n in zip(chunks, shape, strict=True))}
    if version in ("0.5", "0.6") and draw(st.booleans()):
        layout["shards"] = tuple(c * draw(st.integers(1, 3)) for c in layout["chunks"])
    random = np.random.default_rng(draw(st.integers(0, 99)))
    changes: list[tuple[Any, ...]] = []
    now = list(shape)
    for _ in range(draw(st.integers(1, 3))):
        if draw(st.booleans()):
            axis = draw(st.integers(0, len(axes) - 1))
            added = draw(st.integers(1, 5))
            block = pixels_of(random, (*now[:axis], added, *now[axis + 1 :]), dtype)
            now[axis] += added
            changes.append(("append", axis, block))
        else:
            box = []
            for n in now:
                start = draw(st.integers(0, n - 1))
                box.append(slice(start, draw(st.integers(start + 1, n))))
            block = pixels_of(random, [s.stop - s.start for s in box], dtype)
            mask = random.random(block.shape) < 0.5 if draw(st.booleans()) else None
            changes.append(("update", tuple(box), block, mask))
    return Case(axes, pixels_of(random, shape, dtype), options | {"layout": layout}, changes)


def pixels_of(random: np.random.Generator, shape: Any, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """Return pixels with zeros among them, so that some chunks are empty."""
    values: np.ndarray[Any, Any] = random.integers(0, 200, shape)
    values *= random.random(shape) < random.choice([0.0, 0.5, 1.0])
    return values.astype(dtype)


@settings(max_examples=30, deadline=None)
@given(cases())
def test_changes_give_what_a_fresh_write_gives(case: Case) -> None:
    options = {key: value for key, value in case.options.items() if key != "version"}
    layout = options.pop("layout")
    store = MemoryStore()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # 0.3 has no scale to store
        image = plan_image(
            case.pixels, store, axes=case.axes, storage_options=layout, version=case.options["version"], **options
        ).run()
        expected = case.pixels.copy()
        image = omezarr_nb.open(store)
        for kind, *rest in case.changes:
            if kind == "append":
                axis, block = rest
                image.append(block, axis=case.axes[axis])
                expected = np.concatenate([expected, block], axis)
            else:
                box, block, mask = rest
                image.update_region(block, where=mask, **dict(zip(case.axes, box, strict=True)))
                expected[box] = block if mask is None else np.where(mask, block, expected[box])
        assert image.shape == expected.shape
        np.testing.assert_array_equal(image.levels[0].zarr[...], expected)
        again = fresh(expected, image, **options)
    assert levels_only(keys(store)) == levels_only(keys(again))


def lapse(**options: Any) -> tuple[omezarr_nb.Image, MemoryStore, np.ndarray[Any, Any]]:
    """Return a small time-lapse with two channels in memory."""
    pixels = np.random.default_rng(0).integers(0, 999, (3, 2, 40, 30)).astype("u2")
    store = MemoryStore()
    options = {"axes": "tcyx", "scale_factors": [2, 4], "chunks": (1, 1, 16, 16), "channels": ["a", "b"]} | options
    omezarr_nb.write_image(pixels, store, **options)
    return omezarr_nb.open(store), store, pixels


@pytest.mark.parametrize("version", ["0.1", "0.2", "0.3", "0.4", "0.5", "0.6"])
@pytest.mark.filterwarnings("ignore:Not all that is given can be stored")
def test_appending_time_points_leaves_all_other_metadata_as_it_is(version: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 999, (2, 2, 1, 40, 30)).astype("u2")
    store = MemoryStore()
    omezarr_nb.write_image(pixels, store, axes="tczyx", scale_factors=[2], version=version, chunks=(1, 1, 1, 16, 16))
    before = keys(store)
    image = omezarr_nb.open(store)
    assert image.append(pixels[:1]) is image
    after = keys(store)
    assert {key for key in before if before[key] != after[key]} == {
        key for key in before if key.endswith(".zarray") or (key.endswith("zarr.json") and key != "zarr.json")
    }
    assert not [key for key in after if "omezarr" in key]
    assert [level.shape for level in image.levels] == [(3, 2, 1, 40, 30), (3, 2, 1, 20, 15)]
    np.testing.assert_array_equal(image.levels[0].zarr[2], pixels[0])
    assert omezarr_nb.validate(store).is_valid


def test_a_frame_without_the_axis_and_lazy_sources() -> None:
    import dask.array as da

    image, _, pixels = lapse()
    lazy: da.Array = da.from_array(pixels[1:], chunks=(1, 1, 40, 7))
    image.append(pixels[0])
    image.append(lazy)
    image.append(zarr.array(pixels[:1], chunks=(1, 2, 9, 9)))
    image.append(pixels[2].astype("u1").astype("i8"))  # integers in the range of the type
    image.append(omezarr_nb.Planes(iter(pixels.reshape(6, 40, 30)), (3, 2)))
    image.append(omezarr_nb.Planes(iter(pixels[0]), 2))
    last = [pixels[:1], pixels[2:].astype("u1"), pixels, pixels[:1]]
    expected = np.concatenate([pixels, pixels[:1], pixels[1:], *last])
    np.testing.assert_array_equal(image.levels[0].zarr[...], expected)


def test_a_large_chunk_of_a_source_is_computed_once() -> None:
    import dask.array as da

    image, _, pixels = lapse()
    computed: list[Any] = []

    def compute(block: np.ndarray[Any, Any], block_info: Any = None) -> np.ndarray[Any, Any]:
        if block_info:
            computed.append(block_info[None]["chunk-location"])
        return block

    lazy: Any = da.from_array(np.concatenate([pixels] * 4), chunks=(12, 1, 40, 30))
    image.append(lazy.map_blocks(compute, dtype="u2", meta=np.empty((0, 0, 0, 0), "u2")))
    assert sorted(computed) == [(0, 0, 0, 0), (0, 1, 0, 0)]
    np.testing.assert_array_equal(image.levels[0].zarr[3:], np.concatenate([pixels] * 4))


def test_a_plan_says_what_will_be() -> None:
    image, store, pixels = lapse(chunks=(2, 1, 40, 30))
    before = keys(store)
    plan = image.plan_append(pixels[:2])
    assert plan.before == ((3, 2, 40, 30), (3, 2, 20, 15), (3, 2, 10, 7))
    assert plan.after == ((5, 2, 40, 30), (5, 2, 20, 15), (5, 2, 10, 7))
    assert (plan.written, plan.merged, plan.added, plan.labels) == (12, 6, 2, ())
    assert plan.nbytes == 2 * 2 * (40 * 30 + 20 * 15 + 10 * 7) * 2
    assert repr(plan) == "<AppendPlan tcyx, t: 3 to 5, 12 chunks written, 6 of them merged>"
    assert keys(store) == before
    assert plan.run() is image
    assert image.shape[0] == 5


def test_channels_are_added_with_names_and_windows() -> None:
    image, store, pixels = lapse()
    before = image.metadata.omero
    assert before is not None
    image.append(pixels[:, :1] // 9, axis="c", channels=[{"label": "new", "color": "FF0000"}])
    image.append(pixels, axis="c")
    assert [channel.label for channel in image.channels] == ["a", "b", "new", "channel 3", "channel 4"]
    assert image.channels[:2] == before.channels
    window = image.channels[2].window
    assert window is not None
    assert (window.min, window.max) == (0, 65535)
    assert 0 < window.start < window.end <= 111
    assert image.channels[2].color == "FF0000"
    assert omezarr_nb.validate(store).is_valid


def test_other_appends_leave_channels_alone() -> None:
    image, _, pixels = lapse()
    before = image.channels
    image.append(pixels * 20)
    assert image.channels == before
    with pytest.raises(InvalidArgumentError, match=r"Only along the axis of channels.*Leave out channels"):
        image.append(pixels, channels=["x"])
    with pytest.raises(InvalidArgumentError, match="number of channels"):
        image.append(image.array(), axis="c", channels=["x"])


def test_labels_are_said_not_to_reach_and_are_appended_to_alike() -> None:
    image, store, pixels = lapse()
    labels = (pixels[:, 0] > 500).astype("u1")
    omezarr_nb.write_labels(labels, zarr.open_group(store), "cells", axes="tyx")
    image = omezarr_nb.open(store)
    assert image.plan_append(pixels).labels == ("cells",)
    assert image.plan_append(pixels[:, :1], axis="c").labels == ()
    with pytest.warns(UserWarning, match=r"shorter than their image along t: cells.*labels\['cells'\]\.append"):
        image.append(pixels)
    assert [problem.rule for problem in omezarr_nb.validate(store).warnings if "label" in problem.rule]
    image.labels["cells"].append(labels)
    assert omezarr_nb.validate(store).is_valid
    image.labels["cells"].append(labels)
    image.append(pixels)  # they reach already


@pytest.mark.parametrize(
    ("array", "axis", "message"),
    [
        (np.zeros((1, 2, 40, 30), "u2"), "z", "There is no such axis.*t, c, y, x"),
        (np.zeros((1, 2, 40, 31), "u2"), "t", r"as long as the image.*\(1, 2, 40, 31\).*\(any, 2, 40, 30\) for tcyx"),
        (np.zeros((40, 30), "u2"), "t", r"as long as the image.*or without t for one more"),
        (np.zeros((1, 2, 40, 30), "f4"), "t", r"do not fit the type.*float32.*uint16.*astype\('uint16'\)"),
        (np.full((1, 2, 40, 30), -1), "t", "do not fit the type.*int64, from -1 to -1"),
        (np.zeros((0, 2, 40, 30), "u2"), "t", "no pixels"),
    ],
)
def test_what_cannot_be_appended(array: Any, axis: str, message: str) -> None:
    image, store, _ = lapse()
    before = keys(store)
    for do in (image.append, image.plan_append):
        with pytest.raises(InvalidArgumentError, match=message):
            do(array, axis=axis)
    assert keys(store) == before


def test_positions_are_those_of_numpy() -> None:
    image, _, pixels = lapse()
    expected = pixels.copy()
    image.update_region(5, t=1, c=-1, y=slice(-10, None), x=slice(3, 9))
    expected[1, -1, -10:, 3:9] = 5
    image.update_region(np.arange(30), t=np.int64(0), c=0, y=7)
    expected[0, 0, 7] = np.arange(30)
    image.update_region(pixels[2], t=0)
    expected[0] = pixels[2]
    np.testing.assert_array_equal(image.levels[0].zarr[...], expected)


@pytest.mark.parametrize(
    ("block", "positions", "error", "message"),
    [
        (1, {"z": 0}, InvalidArgumentError, "There is no such axis"),
        (1, {"t": 3}, InvalidArgumentError, "outside of the image.*axis 't'.*0 to 2"),
        (1, {"t": 1.0}, ArgumentTypeError, "whole number"),
        (1, {"t": True}, ArgumentTypeError, "whole number"),
        (1, {"y": slice(0, 41)}, InvalidArgumentError, "no such region.*within 0 to 40"),
        (1, {"y": slice(9, 9)}, InvalidArgumentError, "no such region"),
        (1, {"y": slice(0, 9, 2)}, InvalidArgumentError, "all pixels from its start"),
        (70000, {}, InvalidArgumentError, "does not fit the type"),
        (1.5, {}, InvalidArgumentError, "does not fit the type"),
        ("1", {}, ArgumentTypeError, "no pixel"),
        (np.zeros((3, 3), "u2"), {"t": 0, "c": 0}, InvalidArgumentError, r"not of the shape.*\(40, 30\)"),
        (np.zeros((40, 30), "f8"), {"t": 0, "c": 0}, InvalidArgumentError, "do not fit the type"),
    ],
)
def test_what_cannot_be_written(block: Any, positions: dict[str, Any], error: Any, message: str) -> None:
    image, store, _ = lapse()
    before = keys(store)
    with pytest.raises(error, match=message):
        image.update_region(block, **positions)
    assert keys(store) == before


def test_masks_that_do_not_fit() -> None:
    image, _, _ = lapse()
    block = np.zeros((40, 30), "u2")
    with pytest.raises(ArgumentTypeError, match="mask is of bool"):
        image.update_region(block, where=block, t=0, c=0)
    with pytest.raises(InvalidArgumentError, match="mask is of the shape of the block"):
        image.update_region(block, where=np.ones((3, 3), bool), t=0, c=0)


def test_a_source_that_reads_the_region_it_is_written_to() -> None:
    image, _, pixels = lapse()
    image.update_region(image.array()[0, 0, ::-1] + 1, t=0, c=0)
    np.testing.assert_array_equal(image.levels[0].zarr[0, 0], pixels[0, 0, ::-1] + 1)


def test_an_image_before_its_pixels() -> None:
    store = MemoryStore()
    image = omezarr_nb.create_image(
        store, shape=(1, 2, 64, 48), dtype="u2", axes="tcyx", levels=3, chunks=16, channels=["a", "b"]
    )
    assert not [key for key in keys(store) if "/c/" in key]
    assert omezarr_nb.validate(store).is_valid
    assert [(level.shape, int(np.max(level.zarr[...]))) for level in image.levels] == [
        ((1, 2, 64, 48), 0),
        ((1, 2, 32, 24), 0),
        ((1, 2, 16, 12), 0),
    ]
    window = image.channels[0].window
    assert window is not None
    assert (window.start, window.end) == (0, 65535)
    pixels = np.random.default_rng(0).integers(0, 65535, (4, 2, 64, 48)).astype("u2")
    for channel in (0, 1):
        image.update_region(pixels[0, channel], t=0, c=channel)
    for frame in pixels[1:]:
        image.append(frame)
    again = fresh(pixels, image, levels=3)
    assert levels_only(keys(store)) == levels_only(keys(again))


@pytest.mark.parametrize("version", ["0.2", "0.4", "0.6"])
@pytest.mark.filterwarnings("ignore:Not all that is given can be stored", "ignore:.*axes tczyx")
def test_labels_before_they_are_painted(version: str) -> None:
    store = MemoryStore()
    axes = "tczyx" if version == "0.2" else "czyx"
    pixels = np.zeros((1, 2, 3, 40, 30)[-len(axes) :], "u1")
    scale: dict[str, Any] = {} if version == "0.2" else {"scale": {"y": 0.5, "x": 0.5}}
    image = omezarr_nb.write_image(pixels, store, axes=axes, version=version, scale_factors=[2, 4], **scale)
    labels = omezarr_nb.create_labels(image, "cells", dtype="u2")
    assert labels.shape == ((1, 1, 3, 40, 30) if version == "0.2" else (3, 40, 30))
    assert [level.scale[-1] for level in labels.levels] == [level.scale[-1] for level in image.levels]
    stored = {key.removeprefix("labels/cells/0/") for key in keys(store) if key.startswith("labels/cells/0/")}
    assert stored <= {".zarray", ".zattrs", "zarr.json"}
    labels.update_region(5, z=1, y=slice(0, 9))
    assert omezarr_nb.open(store).labels["cells"].levels[2].zarr[..., 1, 1, 3] == 5
    assert omezarr_nb.validate(store).is_valid
    planes = omezarr_nb.create_labels(store, "planes", axes="yx", method="nearest")
    assert (planes.shape[-2:], planes.multiscale.type) == ((40, 30), "nearest")
    with pytest.raises(FileExistsError):
        omezarr_nb.create_labels(store, "planes")
    with pytest.raises(InvalidArgumentError, match="no such axis"):
        omezarr_nb.create_labels(store, "other", axes="wyx")
    with pytest.raises(InvalidArgumentError, match="no image here"):
        omezarr_nb.create_labels(zarr.open_group(MemoryStore()), "other")


@pytest.mark.parametrize(
    ("shape", "dtype", "message"),
    [
        ((0, 4, 4), "u1", "at least one pixel.*append"),
        ("44", "u1", "sequence"),
        ((4.0, 4), "u1", "sequence"),
        ((4, 4), "nonsense", "no type of pixels"),
        ((4, 4), "U3", "cannot be stored"),
    ],
)
def test_images_that_cannot_be_created(shape: Any, dtype: str, message: str) -> None:
    with pytest.raises((ValueError, TypeError, NotImplementedError), match=message):
        omezarr_nb.create_image(MemoryStore(), shape=shape, dtype=dtype)
