"""Pixels and physical coordinates of an image, its parts by position, its coordinate systems, and stored fields."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import zarr
from hypothesis import given
from hypothesis import strategies as st
from zarr.storage import MemoryStore

import omezarr_nb
from omezarr_nb.core.fields import StoredArrays
from omezarr_nb.core.image import Image
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.transforms import apply
from omezarr_nb.core.transforms.types import Displacements, StoredMatrix
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, InvalidMetadataError, NotFoundError

PIXELS = np.arange(2 * 3 * 20 * 30, dtype="uint16").reshape(2, 3, 20, 30)


@pytest.fixture(scope="module")
def image() -> Image:
    """Return c, z, y, x with pixels of 1, 2, 0.5 and 0.25, level 1 of which is halved in y and x."""
    return omezarr_nb.write_image(
        PIXELS,
        MemoryStore(),
        axes="czyx",
        scale={"z": 2, "y": 0.5, "x": 0.25},
        translation={"z": 10},
        units="micrometer",
        channels=["DAPI", "GFP"],
        scale_factors=[2],
    )


def test_pixels_have_places(image: Image) -> None:
    assert image.to_world([1, 2, 4, 8]).tolist() == [1, 14, 2, 2]
    assert image.to_world([[0, 0, 0, 0]], level=-1).tolist() == [[0, 10, 0.25, 0.125]]
    assert image.to_pixels([1, 14, 2, 2]).tolist() == [1, 2, 4, 8]
    assert image.to_world(np.zeros((5, 6, 4))).shape == (5, 6, 4)


points = st.lists(st.tuples(*[st.floats(-1e6, 1e6)] * 4), min_size=1, max_size=5)


@given(points, st.integers(-2, 1))
def test_there_and_back_is_the_same_place(image: Image, places: Any, level: int) -> None:
    back = image.to_pixels(image.to_world(places, level), level)
    np.testing.assert_allclose(back, places, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda image: image.to_world([1, 2, 3]), InvalidArgumentError, r"shape \(3,\).*c, z, y, x"),
        (lambda image: image.to_world("abc"), ArgumentTypeError, "one for each axis"),
        (lambda image: image.to_world([0] * 4, level=2), InvalidArgumentError, "no such level.*0 to 1"),
        (lambda image: image.to_pixels([0] * 4, level="0"), ArgumentTypeError, "integer"),
        (lambda image: image.to_world([0] * 4, system="atlas"), InvalidArgumentError, "no such coordinate system"),
        (lambda image: image.sel(t=1), InvalidArgumentError, "no such axis.*c, z, y, x"),
        (lambda image: image.sel(c=0, channel=1), InvalidArgumentError, "Two positions"),
        (lambda image: image.sel(channel="Cy5"), InvalidArgumentError, "no such channel.*DAPI, GFP"),
        (lambda image: image.sel(channel=2), InvalidArgumentError, "no such channel.*0 to 1"),
        (lambda image: image.sel(channel=0.5), ArgumentTypeError, "label or an index"),
        (lambda image: image.sel(channel=slice("DAPI", None)), ArgumentTypeError, "range of channels"),
        (lambda image: image.sel(z=8.9), InvalidArgumentError, "outside the image.*9 to 15 micrometer"),
        (lambda image: image.sel(z="10"), ArgumentTypeError, "position is a number"),
        (lambda image: image.sel(z=float("nan")), ArgumentTypeError, "position is a number"),
        (lambda image: image.sel(z=slice(0, 1, 1)), InvalidArgumentError, "no step"),
        (lambda image: image.sel(level=7), InvalidArgumentError, "no such level"),
    ],
)
def test_what_cannot_be_meant(image: Image, call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=f"(?s){words}"):
        call(image)


@pytest.mark.parametrize(
    ("level", "positions", "expected"),
    [
        (0, {}, PIXELS),
        (0, {"channel": "GFP"}, PIXELS[1]),
        (0, {"c": -1}, PIXELS[1]),
        (0, {"channel": ["GFP", 0]}, PIXELS[[1, 0]]),
        (0, {"channel": slice(1)}, PIXELS[:1]),
        (0, {"z": 12.9}, PIXELS[:, 1]),
        (0, {"z": 9}, PIXELS[:, 0]),
        (0, {"z": 15}, PIXELS[:, 2]),
        (0, {"z": [14, 10.5]}, PIXELS[:, [2, 0]]),
        (0, {"z": [14, 10], "y": [0, 1, 2], "channel": "DAPI"}, PIXELS[0][[2, 0]][:, [0, 2, 4]]),
        (0, {"z": slice(11, 12)}, PIXELS[:, 1:2]),
        (0, {"z": slice(None, 12)}, PIXELS[:, :2]),
        (0, {"z": slice(12, None)}, PIXELS[:, 1:]),
        (0, {"z": slice(-99, 99)}, PIXELS),
        (0, {"z": slice(13, 12)}, PIXELS[:, :0]),
        (0, {"z": slice(90, 99)}, PIXELS[:, :0]),
        (0, {"y": slice(0.5, 1.5), "x": 1.0, "z": 10, "c": 0}, PIXELS[0, 0, 1:4, 4]),
    ],
)
def test_parts_by_position(image: Image, level: int, positions: Any, expected: Any) -> None:
    np.testing.assert_array_equal(np.asarray(image.sel(level=level, **positions)), expected)


def test_a_coarse_level_has_the_places_of_its_own_pixels(image: Image) -> None:
    coarse = np.asarray(image.levels[1].zarr[...])
    np.testing.assert_array_equal(np.asarray(image.sel(level=1, y=0.3, x=0)), coarse[:, :, 0, 0])
    np.testing.assert_array_equal(np.asarray(image.sel(level=1, y=slice(0.25, 1.25))), coarse[:, :, :2])


def systems_store() -> MemoryStore:
    """Return an image of 0.6 with a field of displacements and a matrix beside its level."""
    axes = [{"name": name, "type": "space"} for name in "yx"]
    steps = [
        {"type": "displacements", "path": "field", "input": {"name": "physical"}, "output": {"name": "warped"}},
        {"type": "affine", "path": "matrix", "input": {"name": "atlas"}, "output": {"name": "physical"}},
    ]
    level = {"type": "scale", "scale": [2, 2], "input": {"path": "0"}, "output": {"name": "physical"}}
    multiscale = {
        "coordinateSystems": [{"name": name, "axes": axes} for name in ("atlas", "physical", "warped")],
        "datasets": [{"path": "0", "coordinateTransformations": [level]}],
        "coordinateTransformations": steps,
    }
    store = MemoryStore()
    group = zarr.create_group(store, attributes={"ome": {"version": "0.6", "multiscales": [multiscale]}})
    group.create_array("0", data=np.zeros((4, 6), "uint8"), dimension_names=("y", "x"))
    group.create_array("matrix", data=np.array([[2.0, 0, 1], [0, 4, 1]]))
    group.create_array("flat", data=np.zeros(3))
    group.create_array("plain", data=np.moveaxis(np.mgrid[:3, :5], 0, -1).astype("f4"))
    vectors = [{"name": "d", "type": "displacement"}, *axes]
    place = {"type": "scale", "scale": [1, 4, 4], "input": {"path": "s"}, "output": {"name": "grid"}}
    described = {
        "coordinateSystems": [{"name": "grid", "axes": vectors}],
        "datasets": [{"path": "s", "coordinateTransformations": [place]}],
    }
    field = group.create_group("field", attributes={"ome": {"version": "0.6", "multiscales": [described]}})
    field.create_array("s", data=np.mgrid[:3, :5].astype("f4"), dimension_names=("d", "y", "x"))
    return store


def test_places_in_other_systems_of_the_image() -> None:
    image = omezarr_nb.open(systems_store())
    assert isinstance(image, Image)
    assert [system.name for system in image.multiscale.systems] == ["atlas", "physical", "warped"]
    assert image.to_world([1, 2]).tolist() == [2, 4]
    assert image.to_world([2, 4], system="warped").tolist() == [5, 10]
    assert image.to_world([2.5, 2.5], system="atlas").tolist() == [2, 1]
    assert image.to_pixels([2, 1], system="atlas").tolist() == [2.5, 2.5]


def test_arrays_that_transformations_name() -> None:
    stored = StoredArrays(ZarrLocation(systems_store()))
    assert apply(StoredMatrix("affine", "matrix"), [1, 1], stored).tolist() == [3, 5]
    assert apply(Displacements("plain"), [1, 2], stored).tolist() == [2, 4]
    for path in ("absent", "gone/away"):
        with pytest.raises(NotFoundError):
            stored.matrix(path)
        with pytest.raises(NotFoundError):
            stored.field(path)
    with pytest.raises(InvalidMetadataError, match="no field of vectors"):
        stored.field("flat")
    with pytest.raises(InvalidArgumentError, match="no path within"):
        stored.matrix("../matrix")
