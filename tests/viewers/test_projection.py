"""Projections: each method against numpy's, at every level, in blocks, cancelled, kept, and as a trait."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from typing import Any

import numpy as np
import pytest
import traitlets

from omezarr_nb.errors import InvalidArgumentError
from omezarr_nb.viewers import projection as module
from omezarr_nb.viewers.image import ImageViewer
from omezarr_nb.viewers.layout import layout_of
from omezarr_nb.viewers.projection import METHODS, ProjectedPlanes, Projection, Results, projection_named
from tests.viewers.service import faulty_image, planes_of

NOISE = np.random.default_rng(3).integers(0, 60_000, (2, 13, 40, 30)).astype("uint16")
NUMPY: dict[str, Any] = {"maximum": np.max, "minimum": np.min, "mean": np.mean, "sum": np.sum}


def projected(image: Any, method: Any, first: int, last: int, axis: int = 1) -> ProjectedPlanes:
    """Return planes that are put together."""
    return ProjectedPlanes.of(planes_of(image), Projection(axis, method, first, last), Results())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("block", [1, 3 * 40 * 30 * 2, 1 << 20])
def test_each_method_is_numpys(method: str, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK_BYTES", block)
    image, _ = faulty_image([NOISE], "czyx", chunks=(1, 4, 16, 30))
    planes = projected(image, method, 2, 11)
    found = planes.tile(image.levels[0], (0, 7, 0, 0), 1, 0, 0)
    expected = NUMPY[method](NOISE[1, 2:12].astype("float64"), axis=0)
    assert found.dtype == planes.wire
    np.testing.assert_allclose(found, expected.astype(found.dtype), rtol=1e-6)


def test_not_a_number_is_left_out() -> None:
    pixels = np.array([[[1, np.nan]], [[5, np.nan]], [[np.nan, np.nan]]], "float32")
    image, _ = faulty_image([pixels], "zyx")
    for method, value in (("maximum", 5), ("minimum", 1), ("mean", 3), ("sum", 9)):
        found = projected(image, method, 0, 2, axis=0).tile(image.levels[0], (0, 0, 0), 0, 0, 0)
        # A sum is the mean times the planes: what is left out counts as the others do.
        np.testing.assert_array_equal(found, np.array([[value, np.nan]], "float32"))


def test_a_coarser_level_takes_the_planes_that_lie_there_and_is_as_bright() -> None:
    pixels = np.repeat(NOISE[0, :6], 2, axis=0)
    image, _ = faulty_image(
        [pixels, pixels[::2]], "zyx", scales=[(1, 1, 1), (2, 1, 1)], translations=[(0, 0, 0), (0.5, 0, 0)]
    )
    coarse = next(level for level in image.levels if level.index == 1)
    for method in METHODS:
        planes = projected(image, method, 4, 9, axis=0)
        assert planes.span(coarse) == slice(2, 5)
        fine = planes.tile(image.levels[0], (0, 0, 0), 0, 0, 0)
        np.testing.assert_allclose(planes.tile(coarse, (0, 0, 0), 0, 0, 0), fine, rtol=1e-6)


def test_only_the_chunks_of_the_range_are_read_and_a_tile_is_computed_once() -> None:
    image, store = faulty_image([NOISE], "czyx", chunks=(1, 1, 40, 30))
    planes = projected(image, "maximum", 3, 5)
    first = planes.tile(image.levels[0], (0, 0, 0, 0), 1, 0, 0)
    assert len([key for key in store.reads if "c/" in key]) == 3
    again = planes.tile(image.levels[0], (0, 9, 0, 0), 1, 0, 0)
    assert again is first


def test_what_is_kept_is_bounded() -> None:
    results = Results(max_bytes=1000)
    for number in range(10):
        results.put((number,), np.zeros(300, "uint8"))
    assert results.bytes == 900
    assert results.get((0,)) is None
    assert results.get((9,)) is not None
    results.clear()
    assert (results.bytes, results.get((9,))) == (0, None)


def test_one_that_is_given_up_reads_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK_BYTES", 1)
    image, store = faulty_image([NOISE], "czyx", chunks=(1, 1, 40, 30))
    given_up = threading.Event()

    def asked() -> bool:
        wanted = not given_up.is_set()
        if len(store.reads) >= 2:
            given_up.set()
        return not wanted

    with pytest.raises(CancelledError):
        projected(image, "mean", 0, 12).tile(image.levels[0], (0, 0, 0, 0), 0, 0, 0, given_up=asked)
    assert len(store.reads) <= 3


def test_names_of_sources_are_checked() -> None:
    image, _ = faulty_image([NOISE], "czyx")
    layout = layout_of(image)
    asked = Projection(1, "mean", 2, 11)
    assert projection_named(asked.name, image, layout) == asked
    assert projection_named("labels/nuclei", image, layout) is None
    for name in ("projection/0/mean/0-1", "projection/1/median/0-1", "projection/1/mean/5-4", "projection/1/mean/0-13"):
        with pytest.raises(InvalidArgumentError):
            projection_named(name, image, layout)


@pytest.fixture
def viewer() -> Iterator[Any]:
    """Return a view of two channels and thirteen planes."""
    image, _ = faulty_image([NOISE], "czyx", chunks=(1, 4, 16, 30))
    made = ImageViewer(image, contrast_limits=[(0, 60_000)] * 2, colors=["#ff0000", "#00ff00"])
    yield made
    made.close()


def test_the_trait_takes_a_method_or_all_of_it(viewer: Any) -> None:
    assert viewer.projection == {}
    viewer.projection = "maximum"
    assert viewer.projection == {"axis": "z", "method": "maximum", "range": (0, 12)}
    viewer.projection = {"method": "mean", "range": [2, 5]}
    assert viewer.projection == {"axis": "z", "method": "mean", "range": (2, 5)}
    assert "projection={'axis': 'z', 'method': 'mean', 'range': (2, 5)}" in viewer.to_code()
    with pytest.raises(TypeError):
        viewer.projection["method"] = "sum"
    nothing: list[Any] = ["", None, {}]
    for none in nothing:
        viewer.projection = none
        assert viewer.projection == {}


@pytest.mark.parametrize(
    "wrong",
    [
        "median",
        7,
        {"axis": "y"},
        {"axis": ["z"]},
        {"method": "mean", "range": (3, 2)},
        {"range": (0, 13)},
        {"range": 3},
        {"planes": 3},
    ],
)
def test_the_trait_refuses_what_cannot_be_meant(viewer: ImageViewer, wrong: Any) -> None:
    with pytest.raises(traitlets.TraitError, match=r"projection|range"):
        viewer.projection = wrong


def test_a_picture_and_the_contrast_are_those_of_the_projection(viewer: ImageViewer) -> None:
    viewer.projection = {"method": "minimum", "range": (0, 12)}
    seen = np.asarray(viewer.snapshot(width=30, height=40))
    expected = NOISE.min(axis=1) / 60_000 * 255
    np.testing.assert_allclose(seen[..., 0], expected[0], atol=0.51)
    np.testing.assert_allclose(seen[..., 1], expected[1], atol=0.51)
    viewer.auto_contrast(0)
    assert viewer.contrast_limits[0][1] <= NOISE[0].min(axis=0).max()
