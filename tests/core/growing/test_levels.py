"""Levels that are added or made anew are those of a fresh write, and all else in the metadata stays."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import zarr
from zarr.storage import MemoryStore

import omezarr_nb
from omezarr_nb.core.image import Image
from omezarr_nb.errors import InvalidArgumentError, UnsupportedError, WriteCancelledError
from tests.core.growing.stored import keys
from tests.stores import make_image

PIXELS = np.random.default_rng(3).integers(0, 999, (5, 70, 90)).astype("u2")


def written(**options: Any) -> tuple[MemoryStore, Image]:
    """Write the pixels, and return the store and the image as it is opened from it."""
    store = MemoryStore()
    known = {"axes": "zyx", "chunks": (2, 32, 32), "scale": {"y": 0.3, "x": 0.3, "z": 2.0}, "name": "image"}
    omezarr_nb.write_image(PIXELS, store, **known | options)
    return store, omezarr_nb.open(store)


def same_levels(image: Image, other: Image) -> None:
    """Compare pixels, chunks and places of all levels."""
    assert len(image.levels) == len(other.levels)
    for level, expected in zip(image.levels, other.levels, strict=True):
        np.testing.assert_array_equal(level.zarr[...], expected.zarr[...])
        assert (level.scale, level.translation) == (expected.scale, expected.translation)
        assert (level.chunks, level.shards) == (expected.chunks, expected.shards)
        assert level.zarr.metadata == expected.zarr.metadata


@pytest.mark.parametrize("version", ["0.3", "0.4", "0.5", "0.6"])
@pytest.mark.parametrize("method", ["mean", "nearest", "gaussian"])
@pytest.mark.filterwarnings("ignore:Not all that is given can be stored")
def test_added_levels_are_those_of_a_fresh_write(version: str, method: str) -> None:
    store, image = written(version=version, method=method, levels=2)
    expected, whole = written(version=version, method=method, levels=4)
    assert image.add_levels(2) is image
    same_levels(image, whole)
    assert keys(store).keys() == keys(expected).keys()
    assert {key for key in keys(store) if keys(store)[key] != keys(expected)[key]} <= {"zarr.json", ".zattrs"}
    assert image.attributes == whole.attributes | {"omero": image.attributes.get("omero")} or version >= "0.5"
    assert omezarr_nb.validate(store).is_valid
    assert image.metadata.multiscales == whole.metadata.multiscales


def test_levels_are_added_down_to_a_chunk_by_factors_and_to_one_level() -> None:
    _, image = written(levels=1)
    _, whole = written()
    same_levels(image.add_levels(), whole)
    same_levels(image.add_levels(), whole)  # nothing is left to add
    _, image = written(scale_factors=[{"x": 2}])
    _, whole = written(scale_factors=[{"x": 2}, {"x": 4, "z": 2}])
    same_levels(image.add_levels(scale_factors=[{"x": 4, "z": 2}]), whole)
    assert image.multiscale.metadata == whole.multiscale.metadata


def test_levels_that_cannot_be_added() -> None:
    store, image = written(levels=2)
    before = keys(store)
    with pytest.raises(InvalidArgumentError, match="too small for so many levels"):
        image.add_levels(30)
    with pytest.raises(InvalidArgumentError, match="1 or more"):
        image.add_levels(0)
    with pytest.raises(InvalidArgumentError, match="exclude each other"):
        image.add_levels(1, scale_factors=[4])
    with pytest.raises(InvalidArgumentError, match=r"another method.*rebuild_levels\(method='mode'\)"):
        image.add_levels(1, method="mode")
    assert keys(store) == before


@pytest.mark.parametrize("version", ["0.4", "0.5", "0.6"])
def test_rebuilt_levels_are_those_of_a_fresh_write(version: str) -> None:
    store, image = written(version=version, method="nearest", levels=3)
    _, whole = written(version=version, method="mean", levels=3)
    before = image.attributes
    assert image.rebuild_levels("mean") is image
    same_levels(image, whole)
    assert [level.path for level in image.levels] == ["0", "1_2", "2_2"]
    assert {key.split("/")[0] for key in keys(store)} - {"zarr.json", ".zgroup", ".zattrs"} == {"0", "1_2", "2_2"}
    image.rebuild_levels()
    same_levels(image, whole)
    assert [level.path for level in image.levels] == ["0", "1", "2"]
    assert image.metadata.multiscales == whole.metadata.multiscales
    same = json.dumps(before, sort_keys=True).replace("nearest", "mean").split("omero")[-1]
    assert json.dumps(image.attributes, sort_keys=True).split("omero")[-1] == same or version != "0.4"
    assert omezarr_nb.validate(store).is_valid


def test_rebuilding_other_levels_and_of_one_multiscale_of_two() -> None:
    store, image = written(levels=3)
    group = zarr.open_group(store)
    ome: Any = group.attrs["ome"]
    group.attrs["ome"] = ome | {"multiscales": [*ome["multiscales"], {**ome["multiscales"][0], "name": "other"}]}
    image = omezarr_nb.open(store)
    image.rebuild_levels("max", scale_factors=[3])
    assert [level.shape for level in image.levels] == [(5, 70, 90), (5, 23, 30)]
    np.testing.assert_array_equal(image.levels[1].zarr[...], PIXELS[:, :69].reshape(5, 23, 3, 30, 3).max(axis=(2, 4)))
    other = omezarr_nb.open(store).select_multiscale("other")
    assert [level.shape for level in other.levels] == [(5, 70, 90), (5, 35, 45), (5, 17, 22)]


def test_levels_of_others_are_rebuilt_from_level_0_alone(tmp_path: Any) -> None:
    rounded_up = [PIXELS[0], np.zeros((23, 30), "u2"), np.zeros((8, 10), "u2")]
    where = make_image(tmp_path / "image.zarr", rounded_up, "yx", scales=[[1, 1], [3, 3], [9, 9]])
    image = omezarr_nb.open(where)
    with pytest.raises(UnsupportedError, match=r"not of the full blocks.*rebuild_levels\(\)"):
        image.update_region(1, y=0, x=0, method="mean")
    image.rebuild_levels("nearest")
    np.testing.assert_array_equal(image.levels[1].zarr[...], PIXELS[0][:69:3, ::3])
    assert [level.shape for level in image.levels] == [(70, 90), (23, 30), (7, 10)]
    image.update_region(1, y=0, x=0)
    assert [int(np.asarray(level.zarr[0, 0])) for level in image.levels] == [1, 1, 1]


def test_an_image_whose_scales_are_ratios_of_lengths_grows_again_and_again(tmp_path: Any) -> None:
    pixels = PIXELS[0, :65]
    where = make_image(tmp_path / "image.zarr", [pixels, pixels[:64:2, ::2], pixels[:64:4, :88:4]], "yx")
    image = omezarr_nb.open(where)
    assert image.levels[1].scale == (65 / 32, 2.0)
    for rows in (5, 8, 3):
        image.append(pixels[:rows], axis="y", method="nearest")
    grown = np.concatenate([pixels, pixels[:5], pixels[:8], pixels[:3]])
    np.testing.assert_array_equal(image.levels[1].zarr[...], grown[:80:2, ::2])
    np.testing.assert_array_equal(image.levels[2].zarr[...], grown[:80:4, :88:4])


def test_levels_that_are_missing_are_made_anew(tmp_path: Any) -> None:
    where = make_image(tmp_path / "image.zarr", [PIXELS[0], PIXELS[0, ::2, ::2]], "yx")
    (tmp_path / "image.zarr" / "1" / "zarr.json").unlink()
    image = omezarr_nb.open(where)
    with pytest.raises(ValueError, match=r"not all there.*1 of the 2 levels.*rebuild_levels\(\)"):
        image.append(PIXELS[0], axis="y", method="nearest")
    image.rebuild_levels("nearest", levels=2)
    np.testing.assert_array_equal(image.levels[1].zarr[...], PIXELS[0, ::2, ::2])


def test_the_method_of_others_has_to_be_said(tmp_path: Any) -> None:
    where = make_image(tmp_path / "image.zarr", [PIXELS[0], PIXELS[0, ::2, ::2]], "yx")
    image = omezarr_nb.open(where)
    with pytest.raises(InvalidArgumentError, match=r"does not say how its levels were made.*Pass method='mean'"):
        image.update_region(7, y=0, x=0)
    image.update_region(7, y=0, x=0, method="nearest")
    assert np.asarray(image.levels[1].zarr[0, 0]) == 7


def test_labels_get_no_method_that_invents_them_and_laplacians_none() -> None:
    store, _ = written()
    omezarr_nb.write_labels((PIXELS > 500).astype("u1"), zarr.open_group(store), "cells", axes="zyx")
    labels = omezarr_nb.open(store).labels["cells"]
    with pytest.raises(UnsupportedError, match="mean of labels"):
        labels.rebuild_levels("mean")
    assert labels.rebuild_levels("nearest").multiscale.type == "nearest"
    with pytest.raises(UnsupportedError, match=r"laplacian.*differences"):
        omezarr_nb.open(store).rebuild_levels("laplacian")
    _, image = written(method="laplacian", levels=2)
    with pytest.raises(UnsupportedError, match="laplacian pyramid are differences"):
        image.update_region(1, z=0)


def test_a_cancelled_change_of_levels_leaves_nothing() -> None:
    class Later:
        calls = 0

        def is_set(self) -> bool:
            self.calls += 1
            return self.calls > 1

    store, image = written(levels=2)
    before = keys(store)
    with pytest.raises(WriteCancelledError, match="as it was before"):
        image.rebuild_levels("max", cancel=Later())
    with pytest.raises(WriteCancelledError, match="as it was before"):
        image.add_levels(1, cancel=Later())
    with pytest.raises(WriteCancelledError, match="as it was before"):
        omezarr_nb.rechunk(image, chunks=16, cancel=Later())
    with pytest.raises(WriteCancelledError, match="as it was before"):
        image.append(PIXELS, axis="z", cancel=Later())
    assert {key: value for key, value in keys(store).items() if before.get(key) != value} == {}
    assert keys(store) == before


@pytest.mark.parametrize("version", ["0.1", "0.4", "0.5", "0.6"])
@pytest.mark.filterwarnings("ignore:Not all that is given can be stored", "ignore:.*axes tczyx")
def test_rechunking_in_place_keeps_all_but_the_chunks(version: str) -> None:
    axes, pixels = ("tczyx", PIXELS[None, None]) if version == "0.1" else ("zyx", PIXELS)
    store = MemoryStore()
    omezarr_nb.write_image(pixels, store, axes=axes, version=version, scale_factors=[2, 4])
    image = omezarr_nb.open(store)
    before = json.dumps(image.attributes)
    wide: dict[str, Any] = {"chunks": {"z": 3, "y": 20, "x": 50}, "compression": "gzip"}
    assert omezarr_nb.rechunk(image, **wide) is image
    assert [level.path for level in image.levels] == ["0_2", "1_2", "2_2"]
    assert [level.chunks[-3:] for level in image.levels] == [(3, 20, 50), (3, 20, 45), (3, 17, 22)]
    np.testing.assert_array_equal(image.levels[0].zarr[...], pixels)
    assert {key.split("/")[0] for key in keys(store) if "/" in key} == {"0_2", "1_2", "2_2"}
    assert "gzip" in str(image.levels[0].zarr.metadata.to_dict()).lower()
    omezarr_nb.rechunk(store, chunks=64)
    assert json.dumps(omezarr_nb.open(store).attributes) == before
    assert omezarr_nb.validate(store).is_valid
    image = omezarr_nb.open(store)
    image.update_region(9, z=1)  # what was rechunked goes on being changed
    assert np.asarray(image.levels[2].zarr[...])[..., 1, :, :].min() == 9


def test_rechunking_to_another_place_leaves_all_else_as_it_is() -> None:
    store, _ = written(scale_factors=[2], shards=(4, 64, 64))
    omezarr_nb.write_labels((PIXELS > 500).astype("u1"), zarr.open_group(store), "cells", axes="zyx")
    other = MemoryStore()
    image = omezarr_nb.rechunk(store, other, chunks=(1, 16, 16), shards=None)
    assert [(level.chunks, level.shards) for level in image.levels] == [((1, 16, 16), None)] * 2
    before, after = keys(store), keys(other)
    labels = {key for key in before if key.startswith("labels/")}
    assert labels
    groups = {key for key in labels if b'"group"' in before[key]}
    assert [key for key in labels - groups if after[key] != before[key]] == []
    assert all(json.loads(after[key]).items() <= json.loads(before[key]).items() for key in groups)
    assert json.loads(after["zarr.json"])["attributes"] == json.loads(before["zarr.json"])["attributes"]
    np.testing.assert_array_equal(image.levels[0].zarr[...], PIXELS)
    third = omezarr_nb.rechunk(other, MemoryStore(), shards=True, compression=None)
    assert third.levels[0].shards is not None
    assert third.levels[0].zarr.compressors == ()
    np.testing.assert_array_equal(third.levels[1].zarr[...], image.levels[1].zarr[...])


def test_a_collection_is_rechunked_elsewhere_only() -> None:
    store = MemoryStore()
    plate = omezarr_nb.create_plate(store, rows=["A"], columns=[1, 2])
    for column in (1, 2):
        plate["A", column].write_field(PIXELS, axes="zyx", levels=1)
    with pytest.raises(InvalidArgumentError, match="one image is rechunked at a time"):
        omezarr_nb.rechunk(store, chunks=16)
    other = omezarr_nb.rechunk(store, MemoryStore(), chunks=16)
    assert [other["A", column].fields[0].levels[0].chunks for column in (1, 2)] == [(1, 16, 16)] * 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "Nothing is to be changed"),
        ({"chunks": 0}, "whole numbers of 1 or more"),
        ({"chunks": (3, 20, 20)}, r"do not hold whole chunks.*Pass shards"),
        ({"shards": (3, 64, 64)}, "whole number of chunks"),
    ],
)
def test_chunks_that_cannot_be(options: dict[str, Any], message: str) -> None:
    store, image = written(shards=(4, 64, 64))
    before = keys(store)
    with pytest.raises(InvalidArgumentError, match=message):
        omezarr_nb.rechunk(image, **options)
    assert keys(store) == before
    _, old = written(version="0.4")
    with pytest.raises(UnsupportedError, match="Zarr 2, which has no shards"):
        omezarr_nb.rechunk(old, shards=True)
