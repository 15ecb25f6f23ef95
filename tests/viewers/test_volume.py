"""Volumes: their axes and levels, the parts that are sent, and pictures of them against numpy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import traitlets

from omezarr_nb.errors import InvalidArgumentError, UnsupportedError
from omezarr_nb.viewers import volume as module
from omezarr_nb.viewers.image import ImageViewer
from omezarr_nb.viewers.layout import layout_of
from omezarr_nb.viewers.volume import answer_volume, depth_axis, describe_volume, grid_of, level_of
from omezarr_nb.viewers.volume_picture import METHODS
from tests.viewers.service import faulty_image, planes_of

NOISE = np.random.default_rng(5).integers(0, 200, (12, 20, 30)).astype("uint8")
HALF = math.sqrt(0.5)
FRONT, SIDE = (0, 0, 0, 1), (0, HALF, 0, HALF)
#: Voxels of 0.5 x 0.5 x 1 that do not begin at 0.
PLACED: dict[str, Any] = {"scales": [(1, 0.5, 0.5)], "translations": [(40, 3, -7)]}


@pytest.mark.parametrize(
    ("axes", "shape", "depth"),
    [("zyx", (3, 4, 5), 0), ("tczyx", (2, 2, 3, 4, 5), 2), ("xyz", (3, 4, 5), 2), ("zyx", (1, 4, 5), None),
     ("tyx", (3, 4, 5), None), ("yx", (4, 5), None)],
)  # fmt: skip
def test_the_depth_is_an_axis_of_space_with_planes(axes: str, shape: tuple[int, ...], depth: int | None) -> None:
    image, _ = faulty_image([np.zeros(shape, "uint8")], axes)
    assert depth_axis(image, layout_of(image)) == depth
    assert (describe_volume(image, layout_of(image)) is None) == (depth is None)


def test_one_unit_for_all_axes() -> None:
    image, _ = faulty_image([NOISE], "zyx", units={"z": "nanometer", "y": "micrometer", "x": "micrometer"})
    assert describe_volume(image, layout_of(image)) == {"axis": 0, "units": [1, 1, pytest.approx(0.001)]}
    grid = grid_of(image, layout_of(image), image.levels[0])
    np.testing.assert_allclose(grid.high - grid.low, [30, 20, 0.012])


def test_the_level_is_the_finest_that_fits_and_is_no_finer_than_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    levels = [np.zeros((8, 64, 64), "uint16"), np.zeros((8, 32, 32), "uint16"), np.zeros((8, 16, 16), "uint16")]
    image, _ = faulty_image(levels, "zyx", scales=[(1, 1, 1), (1, 2, 2), (1, 4, 4)])
    planes = planes_of(image)
    assert [level_of(planes, None, 1, zoom) for zoom in (2, 0.7, 0.1)] == [0, 1, 2]
    assert [level_of(planes, level, 1, 0.1) for level in (0, 2)] == [0, 2]
    monkeypatch.setattr(module, "BUDGET", 4 * 8 * 32 * 32)
    assert [level_of(planes, 0, channels, 2) for channels in (1, 2)] == [1, 2]
    monkeypatch.setattr(module, "TEXTURE", 8)
    assert level_of(planes, None, 1, 2) is None


@pytest.mark.parametrize("axes", ["zyx", "xyz", "cyzx"])
def test_parts_are_what_stands_there(axes: str) -> None:
    named = np.moveaxis(NOISE[np.newaxis], [0, 1, 2, 3], [axes.find(name) % 4 for name in "czyx"])
    image, _ = faulty_image([named if "c" in axes else named.squeeze()], axes, chunks=(5,) * len(axes))
    question = {"level": 0, "channel": 0, "indices": [0] * len(axes), "box": [3, 7, 2, 11]}
    said, (buffer,) = answer_volume(planes_of(image), question)
    assert said == {"kind": "volume", "dtype": "uint8", "shape": [4, 9, 30]}
    np.testing.assert_array_equal(np.frombuffer(buffer, "uint8").reshape(4, 9, 30), NOISE[3:7, 2:11])


def test_a_volume_of_one_large_chunk_is_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT_BYTES", 10)
    image, store = faulty_image([NOISE], "zyx", chunks=(12, 20, 30))
    planes, deep = planes_of(image, max_bytes=40), module.Deep()
    question = {"level": 0, "channel": 0, "indices": [0, 0, 0]}
    for start in range(0, 12, 2):
        box = [start, start + 2, 3, 17]
        said, (buffer,) = answer_volume(planes, question | {"box": box}, deep)
        np.testing.assert_array_equal(
            np.frombuffer(buffer, "uint8").reshape(said["shape"]), NOISE[start : start + 2, 3:17]
        )
    assert len(store.reads) == 1
    deep.forget()
    answer_volume(planes, question | {"box": [0, 1, 0, 1]}, deep)
    assert len(store.reads) == 2


def test_a_part_of_one_value_is_sent_as_that() -> None:
    image, _ = faulty_image([np.full((4, 5, 6), 7, "int32")], "zyx")
    question = {"level": 0, "channel": 0, "indices": [0, 0, 0], "box": [0, 4, 0, 5]}
    assert answer_volume(planes_of(image), question) == (
        {"kind": "volume", "dtype": "int32", "shape": [4, 5, 6], "value": 7},
        [],
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"level": 1},
        {"level": True},
        {"channel": 1},
        {"indices": [0, 0]},
        {"indices": [0, 0, 99]},
        {"box": [0, 13, 0, 1]},
        {"box": [3, 3, 0, 1]},
        {"box": [0, 1]},
        {"box": "all"},
    ],
)
def test_questions_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    image, _ = faulty_image([NOISE], "zyx")
    question = {"level": 0, "channel": 0, "indices": [0, 0, 0], "box": [0, 1, 0, 1]}
    with pytest.raises(InvalidArgumentError):
        answer_volume(planes_of(image), question | wrong)


def test_no_answer_is_larger_than_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    image, _ = faulty_image([NOISE], "zyx")
    monkeypatch.setattr(module, "_MOST_BYTES", 12 * 20 * 30 - 1)
    question = {"level": 0, "channel": 0, "indices": [0, 0, 0], "box": [0, 12, 0, 20]}
    with pytest.raises(InvalidArgumentError, match="too large"):
        answer_volume(planes_of(image), question)


@pytest.fixture
def viewer() -> Any:
    """Return a view of the noise as a volume, seen from the front; in a picture 60 high, two pixels for a voxel."""
    image, _ = faulty_image([NOISE], "zyx", **PLACED)
    look: dict[str, Any] = {"contrast_limits": [(0, 200)], "colors": ["#ffffff"], "height": 120}
    made = ImageViewer(image, volume=True, volume_rotation=FRONT, volume_zoom=8, **look)
    yield made
    made.close()


def middles(viewer: ImageViewer, across: int, down: int) -> np.ndarray[Any, Any]:
    """Return the picture at the middles of so many voxels, of 2 x 2 pixels each."""
    seen = np.asarray(viewer.snapshot(width=2 * across, height=2 * down)).astype(float)
    # Values between the middles are interpolated: that of the middle is the mean of the four pixels around it.
    return np.asarray(seen[..., 0].reshape(down, 2, across, 2).mean(axis=(1, 3)))


def test_from_the_front_each_voxel_is_seen_in_its_place() -> None:
    blocks = np.kron(np.random.default_rng(1).integers(0, 200, (3, 4, 5)), np.ones((4, 5, 6), int)).astype("uint8")
    image, _ = faulty_image([blocks], "zyx", **PLACED)
    look: dict[str, Any] = {"contrast_limits": [(0, 200)], "colors": ["#ffffff"], "height": 120}
    for method in ("maximum", "minimum", "mean"):
        made = ImageViewer(image, volume=True, volume_rotation=FRONT, volume_zoom=12, volume_method=method, **look)
        reduce: dict[str, Any] = {"maximum": blocks.max, "minimum": blocks.min, "mean": blocks.mean}
        bright = reduce[method](axis=0) / 200 * 255
        found = middles(made, 30, 20)
        # In the middles of the blocks, where there is nothing to interpolate.
        np.testing.assert_allclose(found[2::5, 2::6], bright[2::5, 2::6], atol=1)
        made.close()


def test_from_the_side_deep_voxels_are_as_wide_as_they_are(viewer: ImageViewer) -> None:
    viewer.volume_rotation = SIDE
    seen = np.asarray(viewer.snapshot(width=80, height=60))
    rows, columns = np.nonzero(seen[..., 0])
    # 20 rows of 0.5, 12 planes of 1, four pixels for one unit.
    assert (rows.max() - rows.min() + 1, columns.max() - columns.min() + 1) == (40, 48)
    assert (seen[..., 3] == 255).all()


def test_light_adds_up_and_is_lost_along_the_way() -> None:
    image, _ = faulty_image([np.full((10, 8, 8), 100, "uint8")], "zyx", scales=[(2, 1, 1)])
    look: dict[str, Any] = {"contrast_limits": [(0, 200)], "colors": ["#ffffff"]}
    made = ImageViewer(image, volume=True, volume_rotation=FRONT, volume_density=0.8, **look)

    def middle(method: str, **traits: Any) -> int:
        made.set_trait("volume_method", method)
        for name, value in traits.items():
            made.set_trait(name, value)
        return int(np.asarray(made.snapshot(width=40, height=40))[20, 20, 0])

    # The longest edge is the way through: half the brightness, times the density.
    assert middle("additive") == round(0.5 * 0.8 * 255)
    assert middle("attenuated") == round(0.5 * 255)
    assert middle("additive", volume_clip={"z": (-1, 5)}) == round(0.5 * 0.8 * 255 * 6 / 20)
    assert middle("surface", volume_threshold=0.5) == 255
    assert middle("surface", volume_threshold=0.6) == 0
    made.close()


def test_what_lies_behind_is_darker_where_light_is_lost() -> None:
    pixels = np.zeros((10, 8, 16), "uint8")
    pixels[0:6, :, :8] = 50
    pixels[9] = 200
    image, _ = faulty_image([pixels], "zyx")
    made = ImageViewer(image, volume=True, volume_rotation=FRONT, contrast_limits=[(0, 200)], colors=["#ffffff"])
    made.volume_method, made.volume_density, made.volume_zoom, made.height = "attenuated", 6.0, 12.0, 120
    seen = np.asarray(made.snapshot(width=64, height=40))[20, :, 0]
    # Six voxels of a quarter's brightness, of a longest edge of 16.
    assert abs(int(seen[12]) - 255 * math.exp(-6 * 6 * 0.25 / 16)) <= 1
    assert seen[52] == 255
    made.close()


def test_a_surface_is_lit_by_how_it_faces_and_hides_what_lies_behind() -> None:
    z, y, x = np.mgrid[:24, :24, :24] - 11.5
    ball = np.clip(160 - 10 * np.sqrt(z**2 + y**2 + x**2), 0, 200)
    image, _ = faulty_image([np.stack([ball, np.full(ball.shape, 200.0)]).astype("float32")], "czyx")
    look: dict[str, Any] = {"contrast_limits": [(0, 200)] * 2, "colors": ["#ff0000", "#00ff00"], "height": 120}
    made = ImageViewer(image, volume=True, volume_method="surface", volume_rotation=FRONT, volume_zoom=5, **look)
    made.volume_clip = {"z": (-0.5, 30)}
    made.visible = [True, False]
    seen = np.asarray(made.snapshot(width=96, height=96))
    # It lies at 100, six voxels from the middle.
    assert seen[48, 48, 0] > 250
    assert seen[48, 48 + 22, 0] < 160
    assert not seen[48, 48 + 28, :3].any()
    made.visible = [True, True]
    seen = np.asarray(made.snapshot(width=96, height=96))
    assert seen[48, 48].tolist() == [0, 255, 0, 255]
    made.close()


def test_channels_add_up_with_their_looks(viewer: ImageViewer) -> None:
    viewer.colormaps = ["viridis"]
    viewer.opacity = [0.5]
    seen = np.asarray(viewer.snapshot(width=60, height=60))
    assert seen[30, 30, :3].max() <= 128
    viewer.visible = [False]
    assert not np.asarray(viewer.snapshot(width=60, height=60))[..., :3].any()


def test_what_cannot_be_a_volume_says_so(monkeypatch: pytest.MonkeyPatch, viewer: ImageViewer) -> None:
    flat, _ = faulty_image([NOISE[0]], "yx")
    with pytest.raises(traitlets.TraitError, match="no volume"):
        ImageViewer(flat, volume=True)
    monkeypatch.setattr(module, "BUDGET", 10)
    with pytest.raises(UnsupportedError, match="small enough"):
        viewer.snapshot()


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("volume_method", "median"),
        ("volume_threshold", 1.5),
        ("volume_density", -1),
        ("volume_clip", {"t": (0, 1)}),
        ("volume_clip", {"z": (1, 1)}),
        ("volume_clip", {"z": 3}),
        ("volume_clip", [1, 2]),
        ("volume_rotation", (0, 0, 0, 0)),
        ("volume_rotation", (0, 0, 1)),
        ("volume_center", (1, 2)),
        ("volume_zoom", -1),
        ("volume_zoom", math.inf),
    ],
)
def test_traits_refuse_what_cannot_be_meant(viewer: ImageViewer, name: str, wrong: Any) -> None:
    with pytest.raises(traitlets.TraitError):
        setattr(viewer, name, wrong)


def test_traits_are_told_as_code(viewer: ImageViewer) -> None:
    viewer.volume_clip = {"z": [41, 45.5]}
    viewer.volume_rotation = (0, 0, 0, 5)
    assert viewer.volume_clip == {"z": (41, 45.5)}
    assert viewer.volume_rotation == (0, 0, 0, 1)
    code = viewer.to_code()
    assert "    volume=True,\n" in code
    assert "    volume_clip={'z': (41.0, 45.5)},\n" in code
    assert set(METHODS) == set(viewer.traits()["volume_method"].values)  # type: ignore[attr-defined] # of an Enum
