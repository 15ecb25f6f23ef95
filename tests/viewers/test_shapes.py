"""The shapes of a view: what is taken for one, and what they are in pixels, in code, in a picture, in another view."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import traitlets

import omezarr_nb
from omezarr_nb.core.image import Image
from omezarr_nb.errors import InvalidArgumentError
from omezarr_nb.viewers.image import ImageViewer
from tests.stores import make_image

RECTANGLE = {"type": "rectangle", "points": [(5, 10), (15, 30)]}


def image_of(folder: Path, name: str = "image.zarr", *, planes: int = 4, z: float = 2.0) -> Image:
    """Write an image of two levels, with pixels of 0.5 µm."""
    pixels = np.arange(2 * planes * 64 * 96, dtype="uint16").reshape(2, planes, 64, 96)
    where = folder / name
    return omezarr_nb.write_image(
        pixels, where, axes="czyx", scale={"z": z, "y": 0.5, "x": 0.5}, units="micrometer", scale_factors=[2]
    )


@pytest.fixture
def viewer(tmp_path: Path) -> ImageViewer:
    """Return a view of that image without shapes."""
    view = image_of(tmp_path).view()
    assert isinstance(view, ImageViewer)
    return view


def test_what_is_left_out_is_filled_in(viewer: ImageViewer) -> None:
    viewer.shapes = [RECTANGLE, {"type": "point", "points": [[1, 2]], "name": "rectangle 2"}, RECTANGLE]
    first, point, second = viewer.shapes
    assert first == {
        "type": "rectangle",
        "points": [(5.0, 10.0), (15.0, 30.0)],
        "name": "rectangle 1",
        "color": "#ffd400",
        "plane": {},
    }
    assert (point["name"], second["name"]) == ("rectangle 2", "rectangle 3")
    assert len({one["color"] for one in viewer.shapes}) == 3
    viewer.shapes = [RECTANGLE | {"color": "magenta", "plane": {"z": 3}}]
    assert (viewer.shapes[0]["color"], viewer.shapes[0]["plane"]) == ("#ff00ff", {"z": 3})


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ({"points": [(1, 2)]}, "the type of shapes.0. is one of point, line"),
        ({"type": ["line"], "points": []}, "the type of shapes.0."),
        ({"type": "square", "points": [(1, 2)]}, "'square'"),
        ({"type": "line", "points": [(1, 2)]}, "a line has 2 to 2000 points; shapes.0. has 1"),
        ({"type": "rectangle", "points": [(1, 2)] * 4}, "a rectangle has 2 points"),
        ({"type": "polygon", "points": [(1, 2)] * 2001}, "3 to 2000"),
        ({"type": "point", "points": [(1, 2, 3)]}, "two coordinates"),
        ({"type": "point", "points": [(1, float("nan"))]}, "two coordinates"),
        ({"type": "point", "points": [(1, float("inf"))]}, "two coordinates"),
        ({"type": "point", "points": "ab"}, "positions such as"),
        ({"type": "point"}, "positions such as"),
        ({"type": "point", "points": [(1, 2)], "name": "x" * 201}, "at most 200 letters"),
        ({"type": "point", "points": [(1, 2)], "name": 5}, "a text of at most"),
        ({"type": "point", "points": [(1, 2)], "color": "nocolour"}, "'nocolour' is no colour"),
        ({"type": "point", "points": [(1, 2)], "color": 5}, "is no colour"),
        ({"type": "point", "points": [(1, 2)], "plane": {"q": 0}}, "'q', which has no slider: they are z"),
        ({"type": "point", "points": [(1, 2)], "plane": {"z": 4}}, "plane 4 of the axis 'z': it is 0 to 3"),
        ({"type": "point", "points": [(1, 2)], "plane": {"z": 1.5}}, "plane 1.5"),
        ({"type": "point", "points": [(1, 2)], "plane": 3}, "an index by axis"),
        ({"type": "point", "points": [(1, 2)], "colour": "red"}, "no entry 'colour': they are type, points"),
        ("rectangle", "is a mapping"),
    ],
)
def test_what_is_no_shape_is_refused_in_words(viewer: ImageViewer, shape: Any, words: str) -> None:
    viewer.shapes = [RECTANGLE]
    with pytest.raises(traitlets.TraitError, match=words):
        viewer.shapes = [shape]
    assert len(viewer.shapes) == 1


def test_shapes_are_bounded_in_number_and_size(viewer: ImageViewer) -> None:
    viewer.shapes = [RECTANGLE] * 1000
    with pytest.raises(traitlets.TraitError, match="at most 1000 shapes; found 1001"):
        viewer.shapes = [RECTANGLE] * 1001
    long = {"type": "line", "points": [(n, n) for n in range(2000)]}
    viewer.shapes = [long] * 10
    with pytest.raises(traitlets.TraitError, match="at most 20000 points"):
        viewer.shapes = [long] * 11
    for value in (RECTANGLE, "rectangle", 5):
        with pytest.raises(traitlets.TraitError, match="list of shapes"):
            viewer.shapes = value


def test_a_shape_is_not_changed_in_place(viewer: ImageViewer) -> None:
    viewer.shapes = [RECTANGLE]
    with pytest.raises(TypeError, match="not changed in place"):
        viewer.shapes[0]["name"] = "other"
    with pytest.raises(TypeError, match="not changed in place"):
        viewer.shapes[0]["points"].append((1, 2))
    with pytest.raises(TypeError, match="not changed in place"):
        viewer.shapes.append(RECTANGLE)


def test_a_selection_is_of_a_shape_that_is_there(viewer: ImageViewer) -> None:
    with pytest.raises(traitlets.TraitError, match="there are no shapes"):
        viewer.selected_shape = 0
    viewer.shapes = [RECTANGLE, RECTANGLE]
    viewer.selected_shape = 1
    with pytest.raises(traitlets.TraitError, match="it is 0 to 1, or -1 for none"):
        viewer.selected_shape = 2
    viewer.shapes = [RECTANGLE]
    assert viewer.selected_shape == -1


def test_the_browser_may_set_shapes_and_selection_at_once(viewer: ImageViewer) -> None:
    one = {"type": "line", "points": [[1, 2], [3, 4]], "name": "a", "color": "#00ff00", "plane": {"z": 2}}
    viewer.set_state({"shapes": [one], "selected_shape": 0})
    assert viewer.selected_shape == 0
    assert viewer.shapes[0]["points"] == [(1, 2), (3, 4)]
    assert viewer.get_state("shapes")["shapes"] == viewer.shapes


def test_points_in_pixels_are_those_of_the_level(viewer: ImageViewer) -> None:
    viewer.shapes = [RECTANGLE | {"plane": {"z": 3}}]
    assert viewer.shapes_in_pixels()[0]["points"] == [(10, 20), (30, 60)]
    assert viewer.shapes_in_pixels(-1)[0]["points"] == [(4.75, 9.75), (14.75, 29.75)]
    assert viewer.shapes_in_pixels()[0]["plane"] == {"z": 3}


def test_code_makes_the_shapes_again(viewer: ImageViewer) -> None:
    viewer.shapes = [RECTANGLE, {"type": "point", "points": [(1, 2)], "name": 'it\'s "one"\n', "plane": {"z": 1}}]
    viewer.selected_shape = 1
    names: dict[str, Any] = {}
    exec(viewer.to_code(), names)
    assert names["viewer"].shapes == viewer.shapes
    assert names["viewer"].selected_shape == 1


def test_a_picture_shows_the_shapes_of_its_plane(viewer: ImageViewer) -> None:
    viewer.contrast_limits = [(0, 0), (0, 0)]
    viewer.visible = [False, False]
    viewer.shapes = [
        RECTANGLE | {"color": "#ff0000", "plane": {"z": 1}},
        {"type": "line", "points": [(20, 0), (20, 47)], "color": "#00ff00"},
        {"type": "point", "points": [(28, 40)], "color": "#0000ff"},
        {"type": "ellipse", "points": [(5, 34), (15, 44)], "color": "#ffff00"},
        {"type": "polygon", "points": [(22, 2), (30, 2), (30, 12)], "color": "#ff00ff"},
    ]

    def drawn(y: float, x: float, *color: int) -> bool:
        # The picture is as wide as the image, 48 µm, and half a pixel of 0.5 µm lies before its first centre.
        row, column = round((y + 0.25) * 20), round((x + 0.25) * 20)
        near = pixels[row - 1 : row + 2, column - 1 : column + 2, :3]
        return bool((near == color).all(-1).any())

    viewer.indices = {"z": 1}
    pixels = np.asarray(viewer.snapshot(width=960))
    for y, x in ((5, 20), (15, 20), (10, 10), (10, 30)):
        assert drawn(y, x, 255, 0, 0)
    assert not drawn(10, 20, 255, 0, 0)
    assert drawn(20, 30, 0, 255, 0)
    assert drawn(28, 40, 0, 0, 255)
    assert drawn(5, 39, 255, 255, 0)
    assert drawn(10, 34, 255, 255, 0)
    assert not drawn(5, 34, 255, 255, 0)
    assert drawn(30, 7, 255, 0, 255)
    assert drawn(26, 7, 255, 0, 255)
    viewer.indices = {"z": 2}
    pixels = np.asarray(viewer.snapshot(width=960))
    assert not drawn(5, 20, 255, 0, 0)
    assert drawn(20, 30, 0, 255, 0)


def test_linked_views_share_shapes_on_the_nearest_planes(tmp_path: Path) -> None:
    fine, coarse = image_of(tmp_path, "a.zarr", planes=20, z=0.5).view(), image_of(tmp_path, "b.zarr").view()
    link = omezarr_nb.link(fine, coarse, on=("shapes",))
    fine.shapes = [RECTANGLE | {"plane": {"z": 9}}]
    fine.selected_shape = 0
    assert coarse.shapes[0]["points"] == fine.shapes[0]["points"]
    assert coarse.shapes[0]["plane"] == {"z": 2}  # 4.5 µm, in planes of 2 µm
    assert coarse.selected_shape == 0
    assert fine.shapes[0]["plane"] == {"z": 9}
    coarse.shapes = []
    assert (fine.shapes, fine.selected_shape) == ([], -1)
    link.unlink()
    fine.shapes = [RECTANGLE]
    assert coarse.shapes == []


def test_points_stand_in_the_order_of_the_axes(tmp_path: Path) -> None:
    where = make_image(tmp_path / "image.zarr", [np.zeros((40, 30), "uint8")], "xy", scales=[(2, 3)])
    view = omezarr_nb.open(where).view(shapes=[{"type": "rectangle", "points": [(20, 30), (40, 60)]}])
    assert view.shapes_in_pixels()[0]["points"] == [(10, 10), (20, 20)]
    assert view.crop().slices == (slice(10, 20), slice(10, 20))
    view.shapes = [{"type": "line", "points": [(20, 30), (40, 30)]}]
    # Along x: the angle is that of the picture, whichever axis comes first.
    assert view.measurements()[0]["angle"] == 0


def test_what_is_chosen_is_there_and_one(viewer: ImageViewer) -> None:
    with pytest.raises(InvalidArgumentError, match=r"No shape is selected.*none"):
        viewer.crop()
    viewer.shapes = [RECTANGLE | {"name": "a"}, RECTANGLE | {"name": "b"}, RECTANGLE | {"name": "b"}]
    for choice, words in (
        (None, "No shape is selected"),
        ("c", "no shape of this name"),
        ("b", "Several shapes have this name"),
        (3, "There is no such shape"),
        ({"type": "point"}, "This is no shape: the points"),
    ):
        with pytest.raises(InvalidArgumentError, match=words):
            viewer.crop(choice)
    for wrong in (1.5, True):
        with pytest.raises(TypeError, match="by its place, by its name"):
            viewer.crop(wrong)  # type: ignore[arg-type] # on purpose
    assert viewer.crop("a").slices == viewer.crop(-3).slices == viewer.crop(RECTANGLE).slices
    viewer.selected_shape = 2
    assert viewer.crop().shape == (2, 4, 20, 40)
