"""The kernel's picture of a view is the browser's; and what the view's own buttons give."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread
from playwright.sync_api import Page, expect

import omezarr_nb
from omezarr_nb.core.image import Image
from tests.browser.bridge import ViewPage, show_viewer


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """Write two channels of noise, five levels, off the origin, with labels of half the resolution."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 4000, (2, 3, 1000, 1200)).astype("uint16")
    where = tmp_path / "image.zarr"
    scale = {"z": 1, "y": 0.5, "x": 0.5}
    omezarr_nb.write_image(pixels, where, axes="czyx", scale=scale, translation={"y": 40, "x": -7}, levels=5)
    labels = np.kron(rng.integers(0, 9, (3, 10, 12)), np.ones((1, 50, 50), int)).astype("uint32")
    place = [{"type": "scale", "scale": [1, 1, 1]}, {"type": "translation", "translation": [0, 40.25, -6.75]}]
    omezarr_nb.core.writer.write_multiscale_labels(
        [labels],
        where,
        "cells",
        axes="zyx",
        coordinate_transformations=[place],
        label_metadata={"colors": [{"label-value": 4, "rgba": [255, 255, 0, 128]}]},
    )
    return omezarr_nb.open(where)


def same(view: ViewPage) -> None:
    """Hold the kernel's picture against the canvas, where there is an image."""
    canvas = view.canvas().astype(int)
    height, width = canvas.shape[:2]
    made = np.asarray(view.viewer.snapshot(width=width, height=height)).astype(int)
    inside = made[..., 3] == 255
    assert inside.mean() > 0.3
    away = np.abs(canvas - made[..., :3]).max(axis=2)[inside]
    # At the border of a pixel both may round to either side; moved by a pixel, a third would be another colour.
    assert (away > 2).mean() < 0.04


@pytest.mark.parametrize(
    "traits",
    [
        {"visible_labels": []},
        {"visible_labels": [], "center": (100, 120), "zoom": 3.7, "indices": {"z": 2}},
        {"visible_labels": [], "gamma": [0.5, 2], "inverted": [True, False], "opacity": [0.3, 1]},
        {"visible_labels": [], "colormaps": ["magma", ""], "visible": [True, False], "level": 3},
        {"visible_labels": [], "greyscale": True, "contrast_limits": [(900, 1500), (0, 9000)]},
        {"label_opacity": 0.7},
        {"label_contour": 3, "label_opacity": 1.0, "selected_labels": {"cells": [2, 5]}},
        {"only_selected": True, "selected_labels": {"cells": [4]}},
    ],
    ids=["fitted", "moved", "channels", "map", "grey", "labels", "contours", "selected"],
)
def test_the_kernels_picture_is_the_browsers(page: Page, image: Image, traits: dict[str, Any]) -> None:
    with show_viewer(page, lambda: image.view(height=300, **traits)) as view:
        view.wait()
        same(view)


def test_a_picture_needs_no_browser(image: Image) -> None:
    made = image.view().snapshot()
    assert made.size == (800, round(800 * 1000 / 1200))
    assert image.view().snapshot(height=100).size == (120, 100)
    assert np.asarray(made)[..., 3].min() == 255


def test_the_views_own_button_saves_what_is_seen(page: Page, image: Image) -> None:
    with show_viewer(page, lambda: image.view(height=300)) as view:
        view.wait()
        with page.expect_download() as download:
            page.get_by_role("button", name="save the picture").click()
        assert download.value.suggested_filename == "image.png"
        saved = imread(io.BytesIO(Path(download.value.path()).read_bytes()), format="png")
        canvas = view.canvas().astype(int)
        inside = saved[..., 3] == 1
        assert saved.shape[:2] == canvas.shape[:2]
        assert (np.abs(np.rint(saved[..., :3] * 255) - canvas).max(axis=2)[inside] <= 1).all()


def test_where_there_is_no_clipboard_it_is_said(page: Page, image: Image) -> None:
    with show_viewer(page, lambda: image.view(height=300)) as view:  # a page without a secure address has none
        view.wait()
        page.get_by_role("button", name="copy the picture").click()
        expect(page.locator('[data-notice="copy"]')).to_contain_text("save it as a file")
        page.get_by_role("button", name="hide").click()
        expect(page.locator('[data-notice="copy"]')).to_have_count(0)


def test_the_code_makes_the_view_again(image: Image) -> None:
    viewer = image.view()
    viewer.indices = {"z": 2}
    viewer.contrast_limits = [(1, 2), (3, 4)]
    viewer.selected_labels = {"cells": [2**60]}
    viewer.colormaps = ["viridis", ""]
    names: dict[str, Any] = {}
    exec(viewer.to_code(), names)
    again = names["viewer"]
    for trait in ("indices", "contrast_limits", "selected_labels", "colormaps", "visible", "colors", "zoom", "level"):
        assert getattr(again, trait) == getattr(viewer, trait)
    assert image.view().to_code().endswith(".view()\nviewer")
