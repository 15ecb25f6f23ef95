"""The pixels of shapes: crops, masks, statistics and profiles, held against scikit-image, SciPy and NumPy."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates
from skimage.measure import points_in_poly
from zarr.storage import MemoryStore

import omezarr_nb
from omezarr_nb.core.image import Image
from omezarr_nb.errors import InvalidArgumentError, UnsupportedError
from omezarr_nb.viewers import profile as profiles
from omezarr_nb.viewers.image import ImageViewer
from omezarr_nb.viewers.plate import PlateViewer
from omezarr_nb.viewers.shapes_geometry import contains, extent_of, measure, outline
from tests.stores import make_image
from tests.viewers.service import faulty_image, image_of

coordinate = st.floats(-50, 50).map(lambda value: round(value, 3))
point = st.tuples(coordinate, coordinate)
triangle = st.lists(point, min_size=3, max_size=3, unique=True)


def pyramid(folder: Path, **options: Any) -> Image:
    """Write an image whose second level has a factor of 3 along y and 2 along x, and lies shifted."""
    rng = np.random.default_rng(0)
    fine = rng.integers(0, 4000, (2, 3, 90, 80)).astype("uint16")
    coarse = fine.reshape(2, 3, 30, 3, 40, 2).mean((3, 5)).astype("uint16")
    return image_of(
        folder,
        [fine, coarse],
        "czyx",
        scales=[(1, 2, 0.5, 0.5), (1, 2, 1.5, 1)],
        translations=[(0, 10, 100, 200), (0, 10, 100.5, 200.25)],
        units={"z": "micrometer", "y": "micrometer", "x": "micrometer"},
        **options,
    )


@pytest.fixture
def viewer(tmp_path: Path) -> ImageViewer:
    """Return a view of that image."""
    view = pyramid(tmp_path).view()
    assert isinstance(view, ImageViewer)
    return view


def centres(viewer: ImageViewer, level: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the positions of all rows and columns of a level."""
    placed = viewer.image.levels[level]
    ys, xs = (placed.translation[axis] + np.arange(placed.shape[axis]) * placed.scale[axis] for axis in (2, 3))
    return ys, xs


# Geometry


@given(corners=st.lists(point, min_size=3, max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_place_is_in_a_polygon_where_an_even_odd_rule_says_so(corners: list[tuple[float, float]]) -> None:
    ys, xs = np.linspace(-55.03, 55.01, 23), np.linspace(-54.07, 55.09, 25)
    inside = contains("polygon", corners, ys, xs)
    grid = np.stack(np.meshgrid(ys, xs, indexing="ij"), -1).reshape(-1, 2)
    expected = points_in_poly(grid, corners).reshape(inside.shape)
    # Places on the very edge may go either way there.
    edge = _near_an_edge(grid, corners).reshape(inside.shape)
    assert (inside == expected)[~edge].all()


def _near_an_edge(grid: np.ndarray[Any, Any], corners: list[tuple[float, float]]) -> np.ndarray[Any, Any]:
    found = np.zeros(len(grid), bool)
    for start, stop in zip(np.array(corners), np.roll(np.array(corners), -1, axis=0), strict=True):
        along = stop - start
        length = along @ along
        part = np.clip(((grid - start) @ along) / length, 0, 1) if length else np.zeros(len(grid))
        found |= np.hypot(*(grid - start - part[:, None] * along).T) < 1e-9
    return found


@given(first=point, second=point)
@settings(max_examples=40, deadline=None)
def test_a_rectangle_is_the_polygon_of_its_corners(first: tuple[float, float], second: tuple[float, float]) -> None:
    ys = xs = np.arange(-50.0, 51.0)
    corners, closed = outline("rectangle", [first, second])
    assert closed
    rectangle = contains("rectangle", [first, second], ys, xs)
    assert (rectangle == contains("polygon", corners, ys, xs)).all()
    box = extent_of([first, second])
    rows, columns = (ys >= box.top) & (ys < box.bottom), (xs >= box.left) & (xs < box.right)
    assert (rectangle == np.outer(rows, columns)).all()


def test_neighbours_share_no_pixel() -> None:
    ys = xs = np.arange(20.0)
    left = contains("polygon", [(0, 0), (20, 0), (20, 20)], ys, xs)
    right = contains("polygon", [(0, 0), (20, 20), (0, 20)], ys, xs)
    assert (left ^ right).all()


@given(corners=triangle, shift=point, turn=st.floats(0, 6))
@settings(max_examples=60, deadline=None)
def test_measures_do_not_depend_on_place_and_turn(
    corners: list[tuple[float, float]], shift: tuple[float, float], turn: float
) -> None:
    cos, sin = math.cos(turn), math.sin(turn)
    moved = [(y * cos - x * sin + shift[0] * 1e4, y * sin + x * cos + shift[1] * 1e4) for y, x in corners]
    one, other = measure("polygon", corners), measure("polygon", moved)
    assert one.area is not None
    assert one.area == pytest.approx(other.area, abs=1e-4)
    assert one.perimeter == pytest.approx(other.perimeter, rel=1e-7, abs=1e-7)
    (a, b, c) = (math.dist(corners[n], corners[n - 1]) for n in range(3))
    half = (a + b + c) / 2
    assert one.area**2 == pytest.approx(half * (half - a) * (half - b) * (half - c), rel=1e-6, abs=1e-3)  # Heron
    line = measure("line", corners)
    assert line.length == pytest.approx(b + c)


@pytest.mark.parametrize(
    ("kind", "points", "expected"),
    [
        ("line", [(0, 0), (3, 4)], {"length": 5, "angle": -math.degrees(math.atan2(3, 4))}),
        ("line", [(5, 0), (0, 0)], {"length": 5, "angle": 90}),
        ("line", [(0, 5), (0, 0)], {"length": 5, "angle": 180}),
        ("line", [(0, 0), (0, 5)], {"length": 5, "angle": 0}),
        ("line", [(0, 5), (0, 0), (5, 0)], {"length": 10, "angle": 90}),
        ("line", [(0, 0), (1, 0), (1, 1), (0, 1)], {"length": 3}),
        ("rectangle", [(9, 1), (4, 3)], {"perimeter": 14, "area": 10}),
        ("ellipse", [(0, 0), (2, 2)], {"perimeter": 2 * math.pi, "area": math.pi}),
        ("ellipse", [(0, 0), (0, 4)], {"perimeter": 8, "area": 0}),
        ("ellipse", [(0, 0), (6, 2)], {"perimeter": 13.364893220555258, "area": 3 * math.pi}),
        ("polygon", [(0, 0), (0, 4), (3, 4), (3, 0)], {"perimeter": 14, "area": 12}),
        ("point", [(1, 2)], {}),
    ],
)
def test_measures_are_those_of_the_textbook(kind: str, points: Any, expected: dict[str, float]) -> None:
    found = measure(kind, points)
    for name in ("length", "perimeter", "area", "angle"):
        assert getattr(found, name) == (pytest.approx(expected[name]) if name in expected else None)


def test_an_ellipse_has_as_many_pixels_as_its_area() -> None:
    ys = xs = np.arange(0, 100, 0.1)
    points = [(10.0, 20.0), (50.0, 90.0)]
    assert contains("ellipse", points, ys, xs).sum() / 100 == pytest.approx(measure("ellipse", points).area, rel=1e-3)


# Pixels


@pytest.mark.parametrize("level", [0, 1, -1])
def test_a_crop_has_the_pixels_whose_centres_lie_within(viewer: ImageViewer, level: int) -> None:
    viewer.shapes = [{"type": "rectangle", "points": [(110.1, 207), (120, 221.3)], "plane": {"z": 2}}]
    crop = viewer.crop(level=level)
    ys, xs = centres(viewer, level)
    rows, columns = (ys >= 110.1) & (ys < 120), (xs >= 207) & (xs < 221.3)
    whole = np.asarray(viewer.image.levels[level].zarr)
    assert (np.asarray(crop) == whole[:, :, rows][..., columns]).all()
    assert crop.translation == (0, 10, ys[rows][0], xs[columns][0])
    assert crop.scale == viewer.image.levels[level].scale
    one = viewer.crop(level=level, whole=False)
    assert (np.asarray(one) == whole[:, 2:3, rows][..., columns]).all()
    assert one.translation[1] == 14


def test_a_crop_is_where_it_was_when_it_is_stored(viewer: ImageViewer) -> None:
    viewer.shapes = [{"type": "rectangle", "points": [(110, 207), (120, 221)]}]
    crop = viewer.crop()
    stored = omezarr_nb.write_image(
        crop.array, MemoryStore(), axes="czyx", scale=crop.scale, translation=crop.translation, levels=1
    )
    assert stored.levels[0].translation == crop.translation


def test_what_is_off_the_image_is_left_out(viewer: ImageViewer) -> None:
    inside = {"type": "rectangle", "points": [(-1e9, -1e9), (101, 201)]}
    assert viewer.crop(inside).shape == (2, 3, 2, 2)
    for points in ([(0, 0), (50, 50)], [(1e12, 0), (1e12, 1)]):
        with pytest.raises(InvalidArgumentError, match="outside the image"):
            viewer.crop({"type": "rectangle", "points": points})


def test_what_is_smaller_than_a_pixel_has_the_one_in_its_middle(viewer: ImageViewer) -> None:
    small = {"type": "point", "points": [(110.2, 220.3)]}
    crop = viewer.crop(small)
    assert crop.shape == (2, 3, 1, 1)
    assert crop.translation[2:] == (110, 220.5)
    assert np.asarray(viewer.mask(small)).tolist() == [[True]]
    assert viewer.statistics(small)[0]["count"] == 1


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize(
    "shape",
    [
        {"type": "polygon", "points": [(105.2, 203.1), (130.7, 210.2), (120.3, 235.9), (109.9, 215.0)]},
        {"type": "ellipse", "points": [(104, 205), (140, 230)]},
        {"type": "rectangle", "points": [(104, 205), (140, 230)]},
        {"type": "polygon", "points": [(90, 190), (300, 195), (120.3, 500)]},
    ],
)
def test_mask_and_statistics_are_those_of_the_pixels_within(viewer: ImageViewer, shape: Any, level: int) -> None:
    crop, mask = viewer.crop(shape, level), viewer.mask(shape, level)
    assert mask.shape == crop.shape[2:]
    assert mask.chunks == crop.array.chunks[2:]
    ys, xs = (centres(viewer, level)[axis][crop.slices[2 + axis]] for axis in (0, 1))
    expected = contains(shape["type"], shape["points"], ys, xs)
    assert (np.asarray(mask) == expected).all()
    viewer.indices = {"z": 1}
    rows = viewer.statistics(shape, level)
    assert [row["channel"] for row in rows] == ["channel 0", "channel 1"]
    for channel, row in enumerate(rows):
        values = np.asarray(crop)[channel, 1][expected].astype(float)
        assert row["count"] == values.size
        assert row["sum"] == values.sum()
        for name in ("mean", "std", "min", "max"):
            assert row[name] == pytest.approx(getattr(values, name)())


def test_statistics_are_added_up_over_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omezarr_nb.viewers.regions._BLOCK", 16)
    pixels = np.random.default_rng(1).normal(1e6, 1, (1, 50, 70))
    pixels[0, 20, 20] = np.nan
    view = image_of(tmp_path, [pixels], "cyx").view()
    (row,) = view.statistics({"type": "rectangle", "points": [(-1, -1), (50, 70)]})
    assert row["count"] == 50 * 70 - 1
    assert row["std"] == pytest.approx(np.nanstd(pixels), rel=1e-9)
    assert row["mean"] == pytest.approx(np.nanmean(pixels), rel=1e-12)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float32", "complex64"])
def test_statistics_of_all_types(tmp_path: Path, dtype: str) -> None:
    pixels = np.array([[0, 1], [1, 1]]).astype(dtype)
    view = image_of(tmp_path, [pixels], "yx").view()
    (row,) = view.statistics({"type": "rectangle", "points": [(-1, -1), (2, 2)]})
    assert (row["count"], row["sum"], row["min"], row["max"]) == (4, 3, 0, 1)
    nothing = {"type": "polygon", "points": [(0.1, 0.1), (0.9, 0.9), (0.1, 0.15)]}
    (row,) = view.statistics(nothing)
    assert row["count"] == 0
    assert math.isnan(row["mean"])


def test_no_more_is_read_than_the_blocks_need() -> None:
    image, store = faulty_image([np.ones((1, 256, 256), "uint8")], "cyx", chunks=(1, 64, 64))
    view = image.view(contrast_limits=[(0, 1)])
    crop, mask = (
        view.crop({"type": "rectangle", "points": [(0, 0), (60, 60)]}),
        view.mask({"type": "ellipse", "points": [(0, 0), (200, 200)]}),
    )
    store.reads.clear()
    assert np.asarray(mask).sum() > 1000
    assert store.reads == []
    assert np.asarray(crop).all()
    assert len(store.reads) == 1


# Profiles


@pytest.mark.parametrize("points", [[(101, 201), (140.3, 236.2)], [(120, 205), (120, 230)], [(104, 236), (141, 203)]])
def test_a_profile_is_interpolated_linearly(viewer: ImageViewer, points: Any) -> None:
    viewer.shapes = [{"type": "line", "points": points}]
    viewer.indices = {"z": 2}
    for level in (0, 1):
        table = viewer.profile(level=level)
        assert list(table) == ["distance", "y", "x", "channel 0", "channel 1"]
        placed = viewer.image.levels[level]
        rows = (table["y"] - placed.translation[2]) / placed.scale[2]
        columns = (table["x"] - placed.translation[3]) / placed.scale[3]
        for channel in (0, 1):
            plane = np.asarray(placed.zarr[channel, 2]).astype(float)
            expected = map_coordinates(plane, [rows, columns], order=1, mode="nearest")
            assert table[f"channel {channel}"] == pytest.approx(expected)
        assert table["distance"][-1] == pytest.approx(math.dist(*points))
        assert np.diff(table["distance"]) == pytest.approx(table["distance"][1])
        steps = np.hypot(np.diff(rows), np.diff(columns))
        assert steps.max() <= 1 + 1e-9


def test_a_profile_goes_around_corners_and_off_the_image(viewer: ImageViewer) -> None:
    corners = [(110.0, 195.0), (110.0, 205.0), (120.0, 205.0)]
    table = viewer.profile({"type": "line", "points": corners, "plane": {"z": 0}})
    assert table["distance"][-1] == 20
    assert [205.0, 110.0] in np.stack([table["x"], table["y"]], 1).tolist()
    outside = table["x"] < 200 - 0.25 - 1e-6
    assert outside.any()
    assert np.isnan(table["channel 0"][outside]).all()
    assert not np.isnan(table["channel 0"][~outside]).any()
    viewer.visible = [False, True]
    assert "channel 0" not in viewer.profile({"type": "line", "points": corners})


def test_a_long_profile_is_taken_where_it_fits(tmp_path: Path) -> None:
    fine = np.tile(np.arange(6000, dtype="uint16"), (4, 1))
    view = image_of(tmp_path, [fine, fine[::2, ::2], fine[:, ::4][:1]], "yx").view()
    line = {"type": "line", "points": [(1, 0), (1, 5999)]}
    assert len(view.profile(line)["x"]) == 1501
    assert len(view.profile(line, level=0)["x"]) == 6000
    assert view.profile(line, level=0)["channel 0"] == pytest.approx(np.arange(6000))


def test_labels_of_channels_are_columns_of_their_own(tmp_path: Path) -> None:
    pixels = np.zeros((3, 8, 8), "uint8")
    image = omezarr_nb.write_image(pixels, tmp_path / "a.zarr", axes="cyx", channels=["x", "x", "distance"], levels=1)
    table = image.view().profile({"type": "line", "points": [(0, 0), (5, 5)]})
    assert list(table) == ["distance", "y", "x", "x (2)", "x (3)", "distance (2)"]


def test_a_pixel_that_is_no_number_spoils_only_what_it_is_part_of(tmp_path: Path) -> None:
    pixels = np.ones((4, 4), "float32")
    pixels[1, 2] = np.nan
    view = image_of(tmp_path, [pixels], "yx").view()
    values = view.profile({"type": "line", "points": [(1, 0), (1, 3)]})["channel 0"]
    assert np.isnan(values).tolist() == [False, False, True, False]


def test_a_huge_line_reads_little() -> None:
    image, store = faulty_image([np.ones((512, 512), "uint8")], "yx", chunks=(64, 64))
    view = image.view(contrast_limits=[(0, 1)])
    store.reads.clear()
    table = view.profile({"type": "line", "points": [(-1e12, -1e12), (1e12, 1e12)]}, level=0)
    assert len(table["x"]) < 2**20 + 3
    assert len(store.reads) <= 2


def test_what_makes_no_sense_is_refused(viewer: ImageViewer) -> None:
    line, area = {"type": "line", "points": [(101, 201), (110, 210)]}, {"type": "rectangle", "points": [(0, 0), (1, 1)]}
    for act, words in (
        (lambda: viewer.profile(area), "A profile is that of a line"),
        (lambda: viewer.mask(line), "A line has no area"),
        (lambda: viewer.statistics(line), "viewer.profile"),
        (lambda: viewer.crop(line, level=7), "no such level"),
    ):
        with pytest.raises(InvalidArgumentError, match=words):
            act()


def test_measures_say_their_unit(viewer: ImageViewer, tmp_path: Path) -> None:
    square = {"type": "rectangle", "points": [(110, 210), (112, 213)]}
    viewer.shapes = [square]
    assert viewer.measurements() == [
        {
            "name": "rectangle 1",
            "type": "rectangle",
            "length": None,
            "perimeter": 10,
            "area": 6,
            "angle": None,
            "unit": "µm",
        }
    ]
    pixels = np.zeros((40, 40), "uint8")
    bare = omezarr_nb.open(make_image(tmp_path / "bare.zarr", [pixels], "yx", scales=[(2, 2)])).view(shapes=[square])
    assert (bare.measurements()[0]["area"], bare.measurements()[0]["unit"]) == (1.5, "px")
    units = {"y": "micrometer", "x": "nanometer"}
    mixed = omezarr_nb.open(make_image(tmp_path / "mixed.zarr", [pixels], "yx", units=units)).view(shapes=[square])
    assert (mixed.measurements()[0]["area"], mixed.measurements()[0]["unit"]) == (None, None)


# What the browser asks


def ask(viewer: ImageViewer, kind: str, **content: Any) -> tuple[dict[str, Any], list[bytes]]:
    return viewer._answers()[kind]({"kind": kind, "indices": {"z": 1}, "channels": [0, 1]} | content)


def test_the_browser_is_told_what_python_is(viewer: ImageViewer) -> None:
    line = {"type": "line", "points": [[101, 201], [140, 236]], "name": "a", "color": "#ffffff", "plane": {"z": 2}}
    said, buffers = ask(viewer, "profile", shape=line, channels=[1])
    assert (said["level"], said["channels"]) == (0, [1])
    distance, y, x, values = (np.frombuffer(buffer, "<f8") for buffer in buffers)
    table = viewer.profile(line)
    for found, name in ((distance, "distance"), (y, "y"), (x, "x"), (values, "channel 1")):
        assert (found == table[name]).all()
    area = line | {"type": "rectangle"}
    said, _ = ask(viewer, "statistics", shape=area)
    assert said["level"] == 0
    assert said["rows"] == viewer.statistics(area)
    nothing = line | {"type": "polygon", "points": [[101.1, 201.1], [101.2, 201.2], [101.1, 201.15]]}
    said, _ = ask(viewer, "statistics", shape=nothing)
    assert (said["rows"][0]["count"], said["rows"][0]["mean"]) == (0, None)


@pytest.mark.parametrize(
    "content",
    [
        {"shape": None},
        {"shape": {"type": "line", "points": [[1, 2]] * 9999}},
        {"shape": {"type": "ellipse", "points": [[101, 202], [103, 204]]}},
        {"indices": {"z": 99}},
        {"indices": {"q": 0}},
        {"indices": [1]},
        {"channels": [-1]},
        {"channels": "all"},
    ],
)
def test_messages_that_make_no_sense_are_refused(viewer: ImageViewer, content: dict[str, Any]) -> None:
    line = {"type": "line", "points": [[101, 201], [140, 236]]}
    with pytest.raises(InvalidArgumentError):
        ask(viewer, "profile", **({"shape": line} | content))


def test_a_line_without_end_has_no_more_values_than_a_plot_shows(viewer: ImageViewer) -> None:
    _, buffers = ask(viewer, "profile", shape={"type": "line", "points": [[-1e12, 0], [1e12, 1e12]]})
    assert len(buffers[0]) / 8 <= profiles.MOST_SAMPLES + 3


def test_what_is_asked_of_a_closed_view_is_given_up(viewer: ImageViewer) -> None:
    viewer.close()
    said, _ = ask(viewer, "statistics", shape={"type": "rectangle", "points": [[101, 201], [140, 236]]})
    assert said["rows"][0]["count"] == 0


def test_a_plate_has_no_shapes(tmp_path: Path) -> None:
    with omezarr_nb.create_plate(tmp_path / "plate.zarr", rows=["A"], columns=["1"]) as plate:
        plate["A", "1"].write_field(np.zeros((16, 16), "uint8"), axes="yx", levels=1)
    view = omezarr_nb.open(tmp_path / "plate.zarr").view()
    assert isinstance(view, PlateViewer)
    assert view.shapes == []
    with pytest.raises(Exception, match="a view of a field"):
        view.shapes = [{"type": "point", "points": [(1, 2)]}]
    with pytest.raises(UnsupportedError, match="a view of a field"):
        view.crop(0)
