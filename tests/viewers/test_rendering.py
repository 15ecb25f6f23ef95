"""What is known of channels when a view begins, and how a view's look is stored."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import traitlets
import zarr

import omezarr_nb
from omezarr_nb.errors import InvalidArgumentError, StoreError
from omezarr_nb.viewers.image import ImageViewer
from omezarr_nb.viewers.rendering import Contrast, colormap
from tests.servers import serve_directory

PIXELS = np.random.default_rng(0).integers(100, 900, (2, 3, 32, 32)).astype("uint16")


@pytest.fixture
def where(tmp_path: Path) -> Path:
    path = tmp_path / "image.zarr"
    metadata = {
        "omero": {
            "channels": [
                {
                    "label": "a",
                    "color": "FF0000",
                    "window": {"min": 0, "max": 4095, "start": 1, "end": 2},
                    "coefficient": 7,
                },
                {"label": "b", "color": "00FF00", "window": {"min": 0, "max": 4095, "start": 1, "end": 2}},
            ],
            "rdefs": {"projection": "normal", "defaultZ": 0},
            "pixelsType": "uint16",
        }
    }
    omezarr_nb.write_image(PIXELS, path, axes="czyx", metadata=metadata)
    return path


def test_a_look_is_stored_and_shown_again(where: Path) -> None:
    before = json.loads((where / "zarr.json").read_text())
    viewer = omezarr_nb.open(where).view()
    viewer.contrast_limits = [(120, 800), (0.5, 7)]
    viewer.colors = ["magenta", "#0000ff"]
    viewer.visible = [True, False]
    viewer.inverted = [True, False]
    viewer.indices = {"z": 2}
    viewer.save_rendering()

    again = omezarr_nb.open(where).view()
    for trait in ("contrast_limits", "colors", "visible", "inverted", "indices"):
        assert getattr(again, trait) == getattr(viewer, trait)
    after = json.loads((where / "zarr.json").read_text())
    omero = after["attributes"]["ome"].pop("omero")
    assert omero["channels"][0]["window"] == {"min": 0, "max": 4095, "start": 120, "end": 800}
    assert omero["channels"][0]["coefficient"] == 7
    assert omero["rdefs"] == {"projection": "normal", "defaultZ": 2, "model": "color"}
    assert omero["pixelsType"] == "uint16"
    before["attributes"]["ome"].pop("omero")
    assert after == before
    omezarr_nb.validate(where).raise_if_invalid()


def test_an_image_without_channels_gets_them(tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"
    omezarr_nb.write_image(PIXELS[0], where, axes="zyx")
    group = zarr.open_group(where)
    block = dict(group.attrs["ome"])  # type: ignore[arg-type] # it is a mapping
    block.pop("omero", None)
    group.attrs["ome"] = block
    viewer = omezarr_nb.open(where).view(contrast_limits=[(100, 700)])
    viewer.save_rendering()
    (channel,) = omezarr_nb.open(where).channels
    assert channel.window is not None
    assert (channel.window.start, channel.window.end) == (100, 700)
    assert channel.window.max >= 899


def test_what_can_only_be_read_is_not_written(where: Path) -> None:
    before = (where / "zarr.json").read_bytes()
    with serve_directory(where.parent) as server:
        viewer = omezarr_nb.open(f"{server.url}/image.zarr").view()
        with pytest.raises(StoreError, match="read"):
            viewer.save_rendering()
    assert (where / "zarr.json").read_bytes() == before


def test_two_views_that_store_together_leave_one_of_the_looks(where: Path) -> None:
    viewers = [omezarr_nb.open(where).view(contrast_limits=[(n, 50 + n)] * 2) for n in range(4)]
    threads = [threading.Thread(target=viewer.save_rendering) for viewer in viewers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, second = (channel.window for channel in omezarr_nb.open(where).channels)
    assert first is not None
    assert second is not None
    assert (first.start, first.end) == (second.start, second.end)
    assert first.end == first.start + 50


def test_a_picture_of_red_green_and_blue_is_shown_as_it_is(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(60, 90, (3, 16, 16)).astype("uint8")
    where = tmp_path / "rgb.zarr"
    channels = [
        {"label": name, "color": color} for name, color in zip("rgb", ("FF0000", "00FF00", "0000FF"), strict=True)
    ]
    omezarr_nb.write_image(pixels, where, axes="cyx", channels=channels)
    group = zarr.open_group(where)
    block: Any = json.loads(json.dumps(group.attrs["ome"]))
    for channel in block["omero"]["channels"]:
        channel.pop("window", None)
    group.attrs["ome"] = block
    assert ImageViewer(where).contrast_limits == [(0, 255)] * 3


def test_contrast_tells_limits_range_and_histogram() -> None:
    found = Contrast.of(np.array([[0, 0, 0, 3]], "uint8"))
    assert (found.limits, found.range) == ((0, 3), (0, 3))
    assert found.histogram == (35, 0, 0, round(35 * np.log(2) / np.log(4)))
    assert found.digits == "z00i"
    empty = Contrast.of(np.full((2, 2), np.nan, "float32"))
    assert (empty.range, max(empty.histogram)) == ((0, 1), 0)


def test_colour_maps_are_matplotlibs() -> None:
    colors = np.frombuffer(colormap("gray"), "uint8").reshape(256, 3)
    assert (colors == np.arange(256)[:, np.newaxis]).all()
    with pytest.raises(InvalidArgumentError, match="no such colour map"):
        colormap("<b>")


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("gamma", [0, 1], "gamma is a number"),
        ("gamma", [1], "1 entry for 2 channels"),
        ("colormaps", ["no such map", ""], "no colour map"),
        ("opacity", [1.5, 1], "opacity is a number"),
        ("opacity", [float("nan"), 1], "opacity is a number"),
    ],
)
def test_a_look_that_cannot_be_is_refused(where: Path, trait: str, value: list[Any], words: str) -> None:
    viewer = omezarr_nb.open(where).view()
    before = getattr(viewer, trait)
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(viewer, trait, value)
    assert getattr(viewer, trait) == before
