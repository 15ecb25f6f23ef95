"""Requests for tiles and contrast: answers, batches, cancelling, failures, and messages that make no sense."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omezarr_nb.viewers.labels import LabelLayers
from tests.core.hostile import hostile
from tests.viewers.service import Wire, all_tiles, faulty_image, image_of, pixels_of, planes_of, service_of, serving

NOISE = np.random.default_rng(0).integers(0, 60000, (2, 600, 700)).astype("uint16")
REQUEST = {"kind": "tiles", "request": 1, "level": 0, "indices": [0, 0, 0], "channels": [0], "tiles": [[0, 0]]}


def ours() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("omezarr_nb")]


def test_a_viewport_is_answered_with_the_pixels_of_all_channels(tmp_path: Path) -> None:
    image = image_of(tmp_path, [NOISE], "cyx")
    with serving(image) as (service, wire):
        assert service.handle(REQUEST | {"channels": [0, 1], "tiles": all_tiles(image)})
        answer = wire.until_done(1)
    tiles = pixels_of(answer)
    assert len(tiles) == 3 * 3 * 2
    for (row, column, channel), pixels in tiles.items():
        expected = NOISE[channel, row * 256 : (row + 1) * 256, column * 256 : (column + 1) * 256]
        np.testing.assert_array_equal(pixels, expected)
    assert [content["done"] for content, _ in answer] == [False] * (len(answer) - 1) + [True]
    assert all((content["level"], content["dtype"]) == (0, "uint16") for content, _ in answer)
    assert all("id" not in content and json.dumps(content, allow_nan=False) for content, _ in answer)


def test_messages_are_few_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omezarr_nb.viewers.tiles._FLUSH_SECONDS", 3600.0)  # a slow machine would send what it has
    image, _ = faulty_image([np.random.default_rng(0).random((2048, 2048)).astype("float32")], "yx", chunks=(256, 256))
    with serving(image, 2**26) as (service, wire):
        service.handle(REQUEST | {"indices": [0, 0], "tiles": all_tiles(image)})
        answer = wire.until_done(1)
    sizes = [sum(map(len, buffers)) for _, buffers in answer]
    assert sum(sizes) == 2048 * 2048 * 4
    assert max(sizes) <= 2**23
    assert len(sizes) <= 3
    assert all(len({tile.get("buffer") for tile in content["tiles"]}) == len(buffers) for content, buffers in answer)


@pytest.mark.parametrize(
    ("dtype", "value", "sent"), [("uint8", 7, 7), ("float32", 0.5, 0.5), ("bool", True, 1), ("int16", -3, -3)]
)
def test_a_constant_tile_is_a_value(tmp_path: Path, dtype: str, value: Any, sent: Any) -> None:
    image = image_of(tmp_path, [np.full((300, 300), value, dtype)], "yx")
    with serving(image) as (service, wire):
        service.handle(REQUEST | {"indices": [0, 0], "tiles": all_tiles(image)})
        answer = wire.until_done(1)
    assert not any(buffers for _, buffers in answer)
    tiles = [tile for content, _ in answer for tile in content["tiles"]]
    assert [tile["value"] for tile in tiles] == [sent] * 4
    assert sorted(tile["shape"] for tile in tiles) == [[44, 44], [44, 256], [256, 44], [256, 256]]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_json_cannot_say_is_a_buffer(tmp_path: Path, value: float) -> None:
    image = image_of(tmp_path, [np.full((4, 4), value, "float32")], "yx")
    with serving(image) as (service, wire):
        service.handle(REQUEST | {"indices": [0, 0]})
        ((content, buffers),) = wire.until_done(1)
    assert (content["tiles"][0]["buffer"], len(buffers)) == (0, 1)
    np.testing.assert_array_equal(np.frombuffer(buffers[0], "<f4"), [value] * 16)


def test_a_tile_that_cannot_be_read_is_an_error_of_its_own() -> None:
    image, store = faulty_image([NOISE[0]], "yx", chunks=(256, 256))
    store.failing = "c/1/1"
    with serving(image, 2**24) as (service, wire):
        service.handle(REQUEST | {"indices": [0, 0], "tiles": all_tiles(image)})
        tiles = [tile for content, _ in wire.until_done(1) for tile in content["tiles"]]
        errors = {tuple(tile["tile"]): tile["error"] for tile in tiles if "error" in tile}
        assert errors == {(1, 1): "the disk went away"}
        assert len(tiles) == 9
        store.failing = "c/"
        service.handle({"kind": "contrast", "request": 2, "channel": 0, "indices": {}})
        ((content, _),) = wire.until_done(2)
        assert content == {"kind": "error", "request": 2, "message": "the disk went away"}


def test_tiles_that_are_ready_do_not_wait_for_others() -> None:
    image, store = faulty_image([NOISE[0]], "yx", chunks=(256, 256))
    planes = planes_of(image, 2**24)
    planes.tile(image.levels[0], (0, 0), 0, 0, 0)
    wire = Wire()
    service = service_of(planes, LabelLayers(planes.image, ()), wire)
    store.gate.clear()
    try:
        service.handle(REQUEST | {"indices": [0, 0], "tiles": [[0, 0], [0, 1]]})
        wire.until(1)
        content, _ = wire.messages[0]
        assert ([tile["tile"] for tile in content["tiles"]], content["done"]) == ([[0, 0]], False)
        store.gate.set()
        assert len(pixels_of(wire.until_done(1))) == 2
    finally:
        store.gate.set()
        service.close()


def test_a_cancelled_request_is_answered_by_nothing_more() -> None:
    image, store = faulty_image([NOISE[0]], "yx", chunks=(256, 256))
    store.gate.clear()
    with serving(image, 2**24) as (service, wire):
        for number in (1, 2, 3):
            service.handle(REQUEST | {"request": number, "indices": [0, 0], "tiles": all_tiles(image)})
        service.handle({"kind": "cancel", "requests": [1, 2, 99, "x", None, 1e400, [3]]})
        store.gate.set()
        assert len(pixels_of(wire.until_done(3))) == 9
        assert {content["request"] for content, _ in wire.messages} == {3}
        assert service._open == {}


def test_cancelled_requests_do_not_hold_up_the_next() -> None:
    image, store = faulty_image([NOISE], "cyx", chunks=(1, 256, 256))
    planes = planes_of(image, 2**24)
    planes.tile(image.levels[0], (0, 0, 0), 0, 0, 0)
    wire = Wire()
    service = service_of(planes, LabelLayers(planes.image, ()), wire)
    store.gate.clear()
    try:
        for number in (1, 2):  # as many as are answered at once; each waits for the store
            service.handle(REQUEST | {"request": number, "tiles": [[1, number]]})
        service.handle({"kind": "cancel", "requests": [1, 2]})
        service.handle(REQUEST | {"request": 3})
        assert len(pixels_of(wire.until_done(3))) == 1
    finally:
        store.gate.set()
        service.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"request": None}, "no usable 'request'"),
        ({"request": True}, "no usable 'request'"),
        ({"level": -1}, "no usable 'level'"),
        ({"level": 9}, "no such level"),
        ({"level": "0"}, "no usable 'level'"),
        ({"indices": None}, "no usable 'indices'"),
        ({"indices": [0, 0]}, "not in the level"),
        ({"indices": [0, 0, 700]}, "not in the level"),
        ({"indices": [0, 0, 0.5]}, "not in the level"),
        ({"channels": 0}, "no usable 'channels'"),
        ({"channels": [2]}, "no such channel"),
        ({"channels": [True]}, "no such channel"),
        ({"channels": []}, "No tiles"),
        ({"tiles": []}, "No tiles"),
        ({"tiles": [[0, 0]] * 2049}, "too many"),
        ({"tiles": [[0, 3]]}, "no such tile"),
        ({"tiles": [[-1, 0]]}, "no such tile"),
        ({"tiles": [[0.5, 0]]}, "no such tile"),
        ({"tiles": [[0]]}, "no such tile"),
        ({"tiles": [3]}, "no such tile"),
        ({"tiles": [None]}, "no such tile"),
        ({"kind": "contrast"}, "no usable 'channel'"),
        ({"kind": "contrast", "channel": 2}, "no such channel"),
        ({"kind": "contrast", "channel": 0, "indices": {"z": 1e400}}, "no usable 'indices'"),
        ({"kind": "contrast", "channel": 0, "indices": [0]}, "no usable 'indices'"),
    ],
    ids=str,
)
def test_a_message_that_makes_no_sense_is_answered_in_words(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    image = image_of(tmp_path, [NOISE], "cyx")
    with serving(image) as (service, wire):
        assert service.handle(REQUEST | change)
        wire.until(1)
        ((content, buffers),) = wire.messages
    assert (content["kind"], content["request"], buffers) == ("error", (REQUEST | change)["request"], [])
    assert words in content["message"]


def test_messages_of_others_are_left_alone(tmp_path: Path) -> None:
    with serving(image_of(tmp_path, [NOISE], "cyx")) as (service, wire):
        for kind in ("bundle", None, "", 3):
            assert not service.handle({"kind": kind})
        assert wire.messages == []


@pytest.mark.once
@settings(max_examples=100)
@given(st.sampled_from(["tiles", "contrast", "cancel"]), st.data())
def test_no_message_raises(kind: str, data: st.DataObject) -> None:
    image, _ = faulty_image([NOISE[:, :2, :2]], "cyx")
    keys = ("request", "level", "indices", "channels", "tiles", "channel", "requests")
    message = {"kind": kind} | {key: data.draw(hostile | st.just(REQUEST.get(key, 0))) for key in keys}
    with serving(image) as (service, _):
        assert service.handle(message)


def test_contrast_is_that_of_the_plane(tmp_path: Path) -> None:
    pixels = np.stack([np.full((20, 20), 3), np.arange(400).reshape(20, 20)]).astype("uint16")[:, None]
    image = image_of(tmp_path, [pixels], "czyx")
    with serving(image) as (service, wire):
        for channel in (0, 1):
            service.handle({"kind": "contrast", "request": channel, "channel": channel, "indices": {"z": 0}})
        answers = [wire.until_done(number)[0][0]["limits"] for number in (0, 1)]
    assert answers[0] == [0, 3]
    assert answers[1] == [0, 399]


def test_closing_ends_the_threads_and_what_is_under_way() -> None:
    image, store = faulty_image([NOISE[0]], "yx", chunks=(256, 256))
    before = set(ours())
    with serving(image, 2**24) as (service, wire):
        store.gate.clear()
        service.handle(REQUEST | {"indices": [0, 0], "tiles": all_tiles(image)})
        service.close()
        store.gate.set()
        for thread in set(ours()) - before:
            thread.join(10)
        assert set(ours()) <= before
        service.handle(REQUEST | {"indices": [0, 0]})
        service.handle({"kind": "contrast", "request": 2, "channel": 0})
        service.close()
        assert wire.messages == []
