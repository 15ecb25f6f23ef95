"""The functions under the names that ome-zarr-py has: what they store, what they leave alone, what they refuse."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from copy import deepcopy
from pathlib import Path
from typing import Any

import dask
import dask.array
import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from zarr.storage import MemoryStore

import omezarr_nb
from omezarr_nb.core.format import FormatV01, FormatV03, FormatV04, FormatV05, format_implementations
from omezarr_nb.core.pyramid.filters import filter_array
from omezarr_nb.core.pyramid.given import plan_levels
from omezarr_nb.core.scale import Scaler
from omezarr_nb.core.writer import (
    add_metadata,
    check_format,
    check_group_fmt,
    get_metadata,
    write_image,
    write_label_metadata,
    write_labels,
    write_multiscale,
    write_multiscale_labels,
    write_multiscales_metadata,
    write_plate_metadata,
    write_well_metadata,
)
from omezarr_nb.errors import InvalidArgumentError, NotFoundError, OMEZarrError, TargetExistsError, UnsupportedError

da: Any = dask.array  # which has no types
delayed_compute: Any = dask.compute  # type: ignore[attr-defined] # dask has no types
VERSIONS = [fmt.version for fmt in format_implementations()]
PIXELS = np.arange(96 * 80, dtype="u2").reshape(96, 80)
WINDOW = {"min": 0, "max": 9, "start": 1, "end": 8}
SCALES = [[{"type": "scale", "scale": [0.5, 0.25]}], [{"type": "scale", "scale": [1, 0.5]}]]


def _group(version: str = "0.5") -> zarr.Group:
    return zarr.create_group(MemoryStore(), zarr_format=2 if version < "0.5" else 3)


def _datasets() -> list[dict[str, Any]]:
    return [{"path": str(index), "coordinateTransformations": deepcopy(scale)} for index, scale in enumerate(SCALES)]


@pytest.mark.parametrize("version", VERSIONS)
def test_levels_that_are_given(version: str) -> None:
    fmt = next(fmt for fmt in format_implementations() if fmt.version == version)
    levels = [PIXELS, PIXELS[::2, ::2]]
    with nullcontext() if version > "0.2" else pytest.warns(UserWarning, match="t, c, z of one pixel are put in"):
        image = write_multiscale(levels, _group(version), fmt=fmt, axes="yx", chunks=(32, 32), name="given")
    assert (image.version, image.name, len(image.levels)) == (version, "given", 2)
    for level, expected in zip(image.levels, levels, strict=True):
        np.testing.assert_array_equal(np.asarray(level.zarr[...]).squeeze(), expected)
        assert level.chunks[-2:] == (32, 32)


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(st.floats(0.01, 100), st.floats(0.01, 100)), min_size=1, max_size=4),
    st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=4, max_size=4),
    st.sampled_from(["0.4", "0.5", "0.6"]),
)
def test_transformations_come_back(scales: Any, translations: Any, version: str) -> None:
    fmt = next(fmt for fmt in format_implementations() if fmt.version == version)
    pyramid = [PIXELS[: 96 >> index, : 80 >> index] for index in range(len(scales))]
    wanted = [
        [{"type": "scale", "scale": list(scale)}, {"type": "translation", "translation": list(translation)}]
        for scale, translation in zip(scales, translations, strict=False)
    ]
    before = deepcopy(wanted)
    image = write_multiscale(pyramid, _group(version), fmt=fmt, coordinate_transformations=wanted)
    assert wanted == before
    assert [level.scale for level in image.levels] == scales
    assert [level.translation for level in image.levels] == translations[: len(scales)]


@pytest.mark.parametrize(
    ("pyramid", "words"),
    [
        ([], "at least one level"),
        (PIXELS, "list of arrays"),
        ([PIXELS[::2], PIXELS], "no larger"),
        ([PIXELS, PIXELS[::2].astype("u1")], "one type"),
        ([PIXELS, PIXELS[0]], "dimensions"),
    ],
)
def test_pyramids_that_are_none(pyramid: Any, words: str) -> None:
    group = _group()
    with pytest.raises(OMEZarrError, match=words):
        write_multiscale(pyramid, group)
    assert dict(group.attrs) == {}
    assert list(group.array_keys()) == []


def test_an_image_is_not_overwritten_unasked() -> None:
    group = _group()
    write_multiscale([PIXELS], group)
    with pytest.raises(TargetExistsError):
        write_multiscale([PIXELS * 0], group)
    np.testing.assert_array_equal(group["0"][...], PIXELS)  # type: ignore[index] # zarr types a member as array or group
    assert write_multiscale([PIXELS * 0], group, overwrite=True).levels[0].zarr[...].max() == 0


@pytest.mark.parametrize("name", ["image", "pyramid", "labels", "label pyramid"])
@pytest.mark.parametrize("lazy", [False, True])
def test_nothing_is_named_before_it_is_written(name: str, lazy: bool) -> None:
    group = _group()
    source = da.from_array(PIXELS, chunks=(50, 50)) if lazy else PIXELS
    choices: Any = {
        "image": lambda: write_image(source, group, axes="yx", scaler=Scaler(max_layer=1), compute=False),
        "pyramid": lambda: write_multiscale([source, source[::2, ::2]], group, compute=False),
        "labels": lambda: write_labels(source, group, name="cells", scaler=Scaler(max_layer=1), compute=False),
        "label pyramid": lambda: write_multiscale_labels(
            [source, source[::2, ::2]], group, "cells", axes="yx", compute=False
        ),
    }
    jobs = choices[name]()
    assert dict(group.attrs) == {}
    assert list(group.members(max_depth=None)) == []
    delayed_compute(*jobs)
    again = zarr.open_group(group.store, mode="r")
    place = again["labels/cells"] if "label" in name else again
    assert isinstance(place, zarr.Group)
    opened = omezarr_nb.open(place)
    assert isinstance(opened, omezarr_nb.Image)
    assert len(opened.levels) == 2
    np.testing.assert_array_equal(opened.levels[0].zarr[...], PIXELS)
    if "label" in name:
        assert get_metadata(again["labels"])["labels"] == ["cells"]  # type: ignore[arg-type] # a group, which zarr types as array or group


@pytest.mark.parametrize("method", list(Scaler.methods()))
@pytest.mark.parametrize("factor", [2, 3])
def test_what_a_scaler_gives_is_what_is_written(method: str, factor: int) -> None:
    scaler = Scaler(method=method, max_layer=2, downscale=factor)
    expected = scaler.pyramid(PIXELS)
    for source in (PIXELS, da.from_array(PIXELS, chunks=(37, 21))):
        image = write_image(source, _group(), axes="yx", scaler=scaler, storage_options={"chunks": (16, 7)})
        assert [level.shape for level in image.levels] == [level.shape for level in expected]
        for level, wanted in zip(image.levels, expected, strict=True):
            np.testing.assert_array_equal(level.zarr[...], wanted)


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_gaussian_is_that_of_scikit_image(factor: int) -> None:
    transform: Any = pytest.importorskip("skimage.transform")  # which has no types
    pixels = np.random.default_rng(1).random((12 * factor, 9 * factor))
    expected = transform.pyramid_reduce(pixels, downscale=factor)
    np.testing.assert_allclose(filter_array(pixels, (factor, factor), "gaussian"), expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("method", ["gaussian", "zoom", "local_mean", "resize_image", "nearest"])
@pytest.mark.parametrize("dtype", ["u1", "i2", "u8", "f4", "?"])
def test_constant_images_stay_constant(method: str, dtype: str) -> None:
    top = np.iinfo(dtype).max >> 24 << 1 if dtype == "u8" else 1
    pixels = np.full((3, 41, 30), top, dtype)
    for level in Scaler(method=method).pyramid(pixels):
        assert level.dtype == pixels.dtype
        assert level.shape[0] == 3
        assert (level == pixels[0, 0, 0]).all()


@pytest.mark.parametrize("method", ["gaussian", "zoom"])
def test_nan_does_not_spread(method: str) -> None:
    pixels = np.ones((64, 64), "f4")
    pixels[20, 20] = np.nan
    for level in Scaler(method=method).pyramid(pixels)[1:]:
        assert np.isfinite(level).all()


def test_a_laplacian_pyramid_is_of_differences() -> None:
    levels = Scaler(method="laplacian", max_layer=2).pyramid(np.full((2, 32, 32), 200, "u1"))
    assert [(level.shape, level.dtype) for level in levels] == [((2, n, n), np.dtype("f4")) for n in (32, 16, 8)]
    assert all(np.abs(level).max() < 1e-4 for level in levels)


@pytest.mark.parametrize("method", ["local_mean", "gaussian", "laplacian", "zoom", "resize_image"])
def test_labels_are_not_interpolated(method: str) -> None:
    with pytest.raises(UnsupportedError):
        Scaler(method=method, labeled=True).func(PIXELS)
    with pytest.raises(UnsupportedError):
        write_labels(PIXELS, _group(), name="cells", axes="yx", scaler=Scaler(method=method))


def test_metadata_is_merged_and_what_is_passed_is_not_changed() -> None:
    group = _group()
    group.attrs["mine"] = 1
    datasets, axes = _datasets(), [{"name": "y", "type": "space"}, {"name": "x", "type": "space"}]
    metadata = {"omero": {"channels": [{"color": "00FF00", "window": WINDOW}], "rdefs": {"model": "color"}}, "a": [1]}
    before = deepcopy((datasets, axes, metadata))
    write_multiscales_metadata(group, datasets, axes=axes, name="i", metadata=metadata)
    assert (datasets, axes, metadata) == before
    write_plate_metadata(group, ["A"], ["1"], ["A/1"], name="p")
    write_plate_metadata(group, ["A"], ["1", "2"], ["A/1", "A/2"], field_count=3)
    write_well_metadata(group, ["0"])
    stored = get_metadata(group)
    assert set(stored) == {"version", "multiscales", "omero", "plate", "well"}
    assert stored["multiscales"][0] == {"name": "i", "datasets": datasets, "axes": axes, "metadata": {"a": [1]}}
    assert stored["omero"] == metadata["omero"]
    assert (stored["plate"]["name"], len(stored["plate"]["wells"])) == ("p", 2)
    assert zarr.open_group(group.store, mode="r").attrs["mine"] == 1


def test_metadata_that_another_object_wrote_is_not_lost() -> None:
    group = _group()
    stale = zarr.open_group(group.store, mode="r+")
    add_metadata(group, {"labels": ["a"]})
    add_metadata(stale, {"omero": {"channels": []}})
    assert set(get_metadata(stale)) == {"version", "labels", "omero"}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: add_metadata(zarr.open_group(group.store), {"plate": {f"k{n}": n}}), range(24)))
    assert len(get_metadata(zarr.open_group(group.store))["plate"]) == 24


@pytest.mark.parametrize(
    ("omero", "kind", "words"),
    [
        (None, KeyError, "value cannot be `None`"),
        ({}, KeyError, "channels"),
        ({"channels": [{"color": "FF00"}]}, TypeError, "`'color'`"),
        ({"channels": [{"color": 3}]}, TypeError, "`'color'`"),
        ({"channels": [{"window": []}]}, TypeError, "`'window'`"),
        ({"channels": [{"window": {"min": 0}}]}, KeyError, "`'max'` not found in `'window'`"),
        ({"channels": [{"window": WINDOW | {"end": "8"}}]}, TypeError, "`'end'`"),
    ],
)
def test_omero_is_checked(omero: Any, kind: type[Exception], words: str) -> None:
    for write in (
        lambda group: write_multiscales_metadata(group, _datasets(), axes="yx", metadata={"omero": omero}),
        lambda group: write_image(PIXELS, group, axes="yx", metadata={"omero": omero}),
    ):
        group = _group()
        with pytest.raises(kind, match=words):
            write(group)
        assert dict(group.attrs) == {}


def test_omero_of_an_image() -> None:
    omero = {"channels": [{"label": "a", "color": "00FF00", "window": WINDOW}], "rdefs": {"model": "color"}}
    image = write_image(PIXELS, _group(), axes="yx", metadata={"omero": omero, "by": "me"})
    (channel,) = image.channels
    assert (channel.label, channel.color, image.attributes["ome"]["omero"]["rdefs"]) == ("a", "00FF00", omero["rdefs"])
    assert image.multiscale.metadata is not None
    assert image.multiscale.metadata["by"] == "me"
    with pytest.raises(InvalidArgumentError, match="number of channels"):
        write_image(PIXELS[None], _group(), axes="cyx", metadata={"omero": {"channels": []}})


def test_label_metadata_is_listed_once() -> None:
    image = _group()
    write_labels(np.ones((16, 16), "u1"), image, name="cells", axes="yx")
    labels = zarr.open_group(image.store, path="labels")
    colors = [{"label-value": 1, "rgba": [1, 2, 3, 4]}]
    for _ in range(2):
        write_label_metadata(labels, "cells", colors=colors)
    write_label_metadata(labels, "cells", properties=[{"label-value": 1, "area": 3}], source={"image": "../../"})
    assert get_metadata(labels)["labels"] == ["cells"]
    stored = get_metadata(labels["cells"])  # type: ignore[arg-type] # a group, which zarr types as array or group
    assert stored["image-label"]["colors"] == colors
    assert stored["image-label"]["source"] == {"image": "../../"}
    assert "multiscales" in stored
    with pytest.raises(NotFoundError):
        write_label_metadata(labels, "nuclei")
    with pytest.raises(InvalidArgumentError):
        write_label_metadata(labels, "cells", colors=[{"rgba": [1]}])


def test_formats_of_groups(tmp_path: Path) -> None:
    old, new = _group("0.4"), _group()
    assert (check_format(old), check_format(new)) == (FormatV04(), FormatV05())
    add_metadata(old, {"plate": {"version": "0.3"}})
    assert check_format(old) == FormatV03()  # a hierarchy has one version
    for group, other in ((old, FormatV05()), (new, FormatV04())):
        with pytest.raises(ValueError, match="Group is zarr_format"):
            check_format(group, other)
    with pytest.raises(NotFoundError):
        check_group_fmt(tmp_path / "nothing.zarr", mode="r")
    made, fmt = check_group_fmt(str(tmp_path / "made.zarr"), FormatV04(), mode="w")
    made.attrs["kept"] = 1
    again, _ = check_group_fmt(tmp_path / "made.zarr", fmt, mode="w")
    assert again.attrs["kept"] == 1


def test_versions_with_five_dimensions() -> None:
    with pytest.warns(UserWarning, match="t, z of one pixel are put in"):
        image = write_image(PIXELS[None], _group("0.1"), axes="cyx", fmt=FormatV01(), scaler=None)
    assert image.shape == (1, 1, 1, 96, 80)
    np.testing.assert_array_equal(image.levels[0].zarr[0, 0, 0], PIXELS)
    with pytest.raises(InvalidArgumentError, match="tczyx"):
        write_image(PIXELS, _group("0.1"), axes="xy", fmt=FormatV01())


def test_chunks_mean_what_they_mean_to_zarr() -> None:
    volume = np.zeros((40, 40, 40), "u1")
    for chunks, expected in ((32, (32, 32, 32)), ((16, 8), (40, 16, 8)), ((1, 8, 8), (1, 8, 8))):
        options = {"chunks": chunks}
        image = write_image(volume, _group(), axes="zyx", storage_options=options, scaler=None)
        assert image.levels[0].chunks == expected
        assert options == {"chunks": chunks}


@pytest.mark.parametrize("options", [{"levels": 2}, {"scale_factors": [2]}, {"method": "max"}])
def test_levels_are_not_asked_for_twice(options: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="exclude each other"):
        write_image(PIXELS, _group(), scaler=Scaler(), **options)


@pytest.mark.parametrize(
    ("axes", "shape", "chunks"), [("zyx", (200, 600, 600), (16, 256, 256)), ("yx", (3000, 3000), (512, 512))]
)
def test_given_levels_without_chunks_get_those_of_a_volume_or_a_plane(
    axes: str, shape: tuple[int, ...], chunks: tuple[int, ...]
) -> None:
    pixels = np.broadcast_to(np.zeros(1, "u2"), shape)
    levels = [pixels, pixels[..., ::2, ::2]]
    plan = plan_levels(levels, "unused.zarr", axes=axes, fmt=FormatV05())
    assert plan.levels[0].chunks == chunks
    assert [level.step for level in plan.levels] == [(1,) * len(shape)] * 2
    options = [{"chunks": (1,) * (len(shape) - 2) + (100, 100)}, {}]
    plan = plan_levels(levels, "unused.zarr", axes=axes, fmt=FormatV05(), storage_options=options)
    assert [level.chunks[-1] for level in plan.levels] == [100, chunks[-1]]
    with pytest.raises(InvalidArgumentError, match="one entry for each level"):
        plan_levels([*levels, levels[1]], "unused.zarr", axes=axes, fmt=FormatV05(), storage_options=options)
