"""The view as a widget: what it says at first, what its traits take, and how it ends."""

from __future__ import annotations

import gc
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import traitlets

from omezarr_nb.core.image import Image
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, NotFoundError, UnsupportedError
from omezarr_nb.viewers import view
from omezarr_nb.viewers.bundle import bundle
from omezarr_nb.viewers.image import ImageViewer
from tests.stores import make_image
from tests.viewers.service import Wire, faulty_image, image_of

PIXELS = np.random.default_rng(0).integers(0, 4000, (2, 5, 40, 30)).astype("uint16")
OMERO = {
    "channels": [
        {"label": "DAPI", "color": "0000FF", "window": {"min": 0, "max": 65535, "start": 100, "end": 3000}},
        {"label": "LaminB1", "color": "FF0000", "active": False},
    ]
}


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """Return an image of two channels, five planes and two levels."""
    return image_of(tmp_path, [PIXELS, PIXELS[..., ::2, ::2]], "czyx", omero=OMERO, units={"z": "micrometer"})


@pytest.fixture
def viewer(image: Image) -> Any:
    """Return a view of it."""
    made = ImageViewer(image)
    yield made
    made.close()


def test_a_view_begins_with_what_the_image_says(viewer: ImageViewer, image: Image) -> None:
    assert viewer.image is image
    assert (viewer.level, viewer.shown_level, viewer.status, viewer.error) == ("auto", -1, "loading", "")
    assert viewer.indices == {"z": 2}
    assert viewer.visible == [True, False]
    assert viewer.colors == ["#0000ff", "#ff0000"]
    assert viewer.contrast_limits[0] == (100, 3000)
    low, high = viewer.contrast_limits[1]
    assert 0 <= low < 100
    assert 3900 < high < 4000
    assert (viewer.center, viewer.zoom, viewer.height) == ((), 0, 480)
    info = viewer._info
    assert [channel["label"] for channel in info["channels"]] == ["DAPI", "LaminB1"]
    assert info["channels"][0]["range"][1] >= 3000
    assert info["digest"] == bundle().digest
    json.dumps(info, allow_nan=False)


def test_what_is_saved_in_a_notebook_is_small(viewer: ImageViewer) -> None:
    assert len(json.dumps(viewer.get_state(), default=str)) < 8000


def test_a_view_is_made_of_anything_that_opens(tmp_path: Path, image: Image) -> None:
    path = make_image(tmp_path / "other.zarr", [PIXELS[0, 0]], "yx")
    for made in (ImageViewer(path), view(image), image.view(level=1, indices={"z": 4}, visible=[False, True])):
        assert isinstance(made, ImageViewer)
        made.close()
    assert (made.level, made.indices, made.visible) == (1, {"z": 4}, [False, True])


@pytest.mark.parametrize(
    ("rdefs", "z"),
    [({"defaultZ": 4}, 4), ({"defaultZ": 9}, 2), ({"defaultZ": True}, 2), ({"defaultZ": -1}, 2), ([], 2), (None, 2)],
)
def test_the_first_plane_is_the_one_that_is_stored(tmp_path: Path, rdefs: Any, z: int) -> None:
    made = ImageViewer(image_of(tmp_path, [PIXELS], "czyx", omero={"channels": [], "rdefs": rdefs}))
    assert made.indices == {"z": z}
    made.close()


@pytest.mark.parametrize(
    ("trait", "value", "expected"),
    [
        ("level", 1, 1),
        ("level", "auto", "auto"),
        ("indices", {"z": 0}, {"z": 0}),
        ("indices", {}, {"z": 2}),
        ("visible", [False, False], [False, False]),
        ("colors", ["magenta", "#00FF7f"], ["#ff00ff", "#00ff7f"]),
        ("contrast_limits", [[0, 1], (2, 2)], [(0, 1), (2, 2)]),
        ("center", [1, 2.5], (1, 2.5)),
        ("center", (), ()),
        ("zoom", 2, 2),
        ("height", 120, 120),
    ],
)
def test_traits_take_what_can_be_meant(viewer: ImageViewer, trait: str, value: Any, expected: Any) -> None:
    setattr(viewer, trait, value)
    assert getattr(viewer, trait) == expected


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("level", 2, "level 2 is not there: it is 'auto' or 0 to 1"),
        ("level", -3, "level -3 is not there"),
        ("level", "fine", "level"),
        ("indices", {"z": 5}, "index 5 is not on the axis 'z': it is 0 to 4"),
        ("indices", {"z": -1}, "index -1 is not on the axis"),
        ("indices", {"z": 0.5}, "indices"),
        ("indices", {"c": 0}, "no slider for the axis 'c'"),
        ("visible", [True], "visible has 1 entry for 2 channels"),
        ("colors", ["#000000"] * 3, "colors has 3 entries for 2 channels"),
        ("colors", ["#000000", "no such colour"], "'no such colour' is no colour"),
        ("contrast_limits", [(0, 1)], "contrast_limits has 1 entry for 2 channels"),
        ("contrast_limits", [(2, 1), (0, 1)], "the first not above the second"),
        ("contrast_limits", [(0, float("inf")), (0, 1)], "contrast limits are two numbers"),
        ("contrast_limits", [(float("nan"), 1), (0, 1)], "contrast limits are two numbers"),
        ("center", (1,), "center is a position"),
        ("center", ("a", "b"), "center is a position"),
        ("center", (float("nan"), 0), "center is a position"),
        ("zoom", -1, "zoom"),
        ("zoom", float("inf"), "zoom is a number"),
        ("height", 10, "height"),
        ("status", "well", "status"),
    ],
)
def test_traits_refuse_the_rest_and_keep_what_they_had(viewer: ImageViewer, trait: str, value: Any, words: str) -> None:
    before = getattr(viewer, trait)
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(viewer, trait, value)
    assert getattr(viewer, trait) == before


def test_what_is_no_trait_is_refused(image: Image) -> None:
    for name in ("indexes", "_info", "_pixels"):
        unknown: dict[str, Any] = {name: 1}
        with pytest.raises(ArgumentTypeError, match=f"no such trait.*{name}.*indices, playing, fps"):
            ImageViewer(image, **unknown)
    with pytest.raises(traitlets.TraitError, match="level 9 is not there"):
        ImageViewer(image, level=9)


def test_a_view_that_cannot_be_made_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        ImageViewer(tmp_path / "nothing")
    text = image_of(tmp_path, [np.array([["a", "b"], ["c", "d"]])], "yx", version="0.4")
    with pytest.raises(UnsupportedError, match="cannot be shown"):
        ImageViewer(text)
    gc.collect()  # what is thrown away is closed, without a sound


def test_a_store_that_fails_is_no_reason_to_have_no_view() -> None:
    image, store = faulty_image([PIXELS], "czyx")
    store.failing = "c/"
    made = ImageViewer(image)
    assert made.contrast_limits == [(0, 65535)] * 2
    made.close()


def test_automatic_contrast(viewer: ImageViewer) -> None:
    viewer.contrast_limits = [(0, 1), (0, 1)]
    viewer.auto_contrast()
    assert viewer.contrast_limits[0][1] > 3900
    assert viewer.contrast_limits[1] == (0, 1)
    viewer.auto_contrast(1)
    assert viewer.contrast_limits[1][1] > 3900
    for channel in (2, -1):
        with pytest.raises(InvalidArgumentError, match="no such channel"):
            viewer.auto_contrast(channel)


def test_messages_are_answered_on_the_channel_of_pixels(viewer: ImageViewer, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire()
    monkeypatch.setattr(viewer._service, "_send_message", wire.send)
    pixels: Any = viewer._pixels
    monkeypatch.setattr(pixels, "send", wire.send)
    pixels._handle_custom_msg({"kind": "bundle", "digest": "old"}, [])
    content, buffers = wire.messages.pop()
    assert content == {"kind": "bundle", "digest": bundle().digest}
    assert buffers == [bundle().script, bundle().style]
    message = {"kind": "tiles", "request": 5, "level": 1, "indices": [0, 3, 0, 0], "channels": [1], "tiles": [[0, 0]]}
    pixels._handle_custom_msg(message, [])
    ((content, buffers),) = wire.until_done(5)
    pixels_sent = np.frombuffer(buffers[0], "<u2").reshape(content["tiles"][0]["shape"])
    np.testing.assert_array_equal(pixels_sent, PIXELS[1, 3, ::2, ::2])
    odd: list[Any] = [None, [], "x", 3, {}, {"kind": "nothing"}]
    for value in odd:
        pixels._handle_custom_msg(value, [])
    assert len(wire.messages) == 1


def test_closing_ends_threads_and_may_be_done_twice(image: Image) -> None:
    before = set(threading.enumerate())
    made = ImageViewer(image)
    wire = Wire()
    made._service._send_message = wire.send
    made._service.handle(
        {"kind": "tiles", "request": 1, "level": 0, "indices": [0] * 4, "channels": [0], "tiles": [[0, 0]]}
    )
    wire.until_done(1)
    made.close()
    made.close()
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith("omezarr_nb"):
            thread.join(10)
    assert not [thread for thread in set(threading.enumerate()) - before if thread.name.startswith("omezarr_nb")]


@pytest.mark.parametrize(
    "change",
    [
        lambda viewer: viewer.visible.append(True),
        lambda viewer: viewer.visible.__setitem__(0, False),
        lambda viewer: viewer.colors.clear(),
        lambda viewer: viewer.contrast_limits.__setitem__(0, (0, 1)),
        lambda viewer: viewer.indices.update(z=1),
        lambda viewer: viewer.indices.__setitem__("z", 1),
    ],
)
def test_a_change_in_place_is_refused_in_words(viewer: ImageViewer, change: Any) -> None:
    with pytest.raises(TypeError, match="set the whole trait"):
        change(viewer)


def test_the_image_of_a_view_is_fixed_and_levels_count_from_the_end(viewer: Any) -> None:
    with pytest.raises(AttributeError):
        viewer.image = viewer.image
    viewer.level = -1
    assert viewer.level == 1
