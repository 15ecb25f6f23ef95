"""Planes that go by, and the keys of the picture."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import traitlets
from playwright.sync_api import Page, expect

import omezarr_nb
from tests.browser.bridge import ViewPage, show_viewer


@pytest.fixture
def view(page: Page, tmp_path: Path) -> Iterator[ViewPage]:
    """Return a view of two channels, two times and eight planes; the first channel is 20 times z + 20."""
    pixels = np.zeros((2, 2, 8, 300, 300), "uint8")
    pixels[:, 0] = 20 + 20 * np.arange(8)[:, np.newaxis, np.newaxis]
    white = {"color": "FFFFFF", "window": {"min": 0, "max": 255, "start": 0, "end": 255}}
    channels = [{"label": "a"} | white, {"label": "b"} | white]
    where = tmp_path / "image.zarr"
    image = omezarr_nb.write_image(pixels, where, axes="tczyx", channels=channels, levels=1, chunks=(1, 1, 1, 300, 300))
    with show_viewer(page, lambda: image.view(indices={"z": 5}, fps=20.0)) as shown:
        shown.wait()
        yield shown


def seen(view: ViewPage) -> list[dict[str, int]]:
    """Return a list to which each new plane is added."""
    planes: list[dict[str, int]] = []
    view.viewer.observe(lambda change: planes.append(dict(change["new"])), "indices")
    return planes


def test_every_plane_goes_by_in_order_and_round_again(view: ViewPage) -> None:
    planes = seen(view)
    view.page.get_by_role("button", name="play z").click()
    view.wait_trait("playing", "z")
    view.wait_trait("indices", lambda _: len(planes) > 12)
    view.page.get_by_role("button", name="stop z").click()
    view.wait_trait("playing", "")
    assert [plane["z"] for plane in planes] == [(6 + n) % 8 for n in range(len(planes))]
    assert {plane["t"] for plane in planes} == {0}
    # What has gone by once is there: the second round asks for nothing.
    asked = [content["indices"][2] for content in view.requests if content["kind"] == "tiles"]
    assert sorted(asked) == list(range(8))
    view.wait()
    canvas = view.canvas()
    shown = view.viewer.indices["z"]
    assert abs(int(canvas[canvas.shape[0] // 2, canvas.shape[1] // 2, 0]) - (20 + 20 * shown)) <= 1


def test_it_plays_as_fast_as_it_is_told_and_no_faster(view: ViewPage) -> None:
    planes = seen(view)
    view.viewer.fps = 2.0
    expect(view.page.get_by_label("z planes per second")).to_have_value("2")
    start = time.monotonic()
    view.viewer.playing = "z"
    view.wait_trait("indices", lambda _: len(planes) >= 3)
    view.viewer.playing = ""
    assert len(planes) <= 2 * (time.monotonic() - start) + 1


def test_space_plays_the_axis_that_was_used_last(view: ViewPage) -> None:
    view.page.get_by_role("slider", name="t", exact=True).fill("1")
    stage = view.page.get_by_role("application")
    stage.press(" ")
    view.wait_trait("playing", "t")
    stage.press(" ")
    view.wait_trait("playing", "")


def test_keys_step_toggle_channels_fit_and_zoom(view: ViewPage) -> None:
    stage = view.page.get_by_role("application")
    stage.press("PageUp")
    view.wait_trait("indices", {"t": 0, "z": 6})
    stage.press("PageDown")
    view.wait_trait("indices", {"t": 0, "z": 5})
    stage.press("2")
    view.wait_trait("visible", [True, False])
    stage.press("2")
    view.wait_trait("visible", [True, True])
    stage.press("9")
    stage.press("0")
    one = view.wait_trait("zoom", lambda zoom: zoom == pytest.approx(1))
    stage.press("+")
    view.wait_trait("zoom", lambda zoom: zoom > one)
    stage.press("f")
    view.wait_trait("zoom", lambda zoom: zoom != pytest.approx(1.25))
    assert view.viewer.visible == [True, True]


def test_what_cannot_be_played_is_refused(view: ViewPage) -> None:
    wrongs: list[tuple[str, Any, str]] = [
        ("playing", "q", "they are t, z"),
        ("playing", "x", "no slider"),
        ("fps", 0, "above 0"),
        ("fps", 61, "60"),
    ]
    for trait, wrong, words in wrongs:
        with pytest.raises(traitlets.TraitError, match=words):
            setattr(view.viewer, trait, wrong)
