"""What is written: metadata, positions, labels, arguments, and what other libraries say of it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest
import zarr
from zarr.codecs import ZstdCodec
from zarr.storage import LocalStore, MemoryStore

import omezarr_nb
from omezarr_nb.core.axes import Axis
from omezarr_nb.core.format import FormatV04
from omezarr_nb.core.metadata import Channel, ImageLabel, LabelColor, Window
from omezarr_nb.core.pyramid.reduce import as_method
from omezarr_nb.core.scale import Methods
from omezarr_nb.core.writer import write_image, write_labels
from omezarr_nb.errors import (
    ArgumentTypeError,
    InvalidArgumentError,
    NotFoundError,
    OMEZarrError,
    UnsupportedError,
)

VERSIONS = ["0.4", "0.5"]
PIXELS = np.random.default_rng(0).integers(0, 60000, (3, 9, 101, 97)).astype("u2")
OPTIONS: dict[str, Any] = {
    "axes": "czyx",
    "scale": {"z": 2, "y": 0.5, "x": 0.5},
    "units": {"z": "um", "y": "µm", "x": "micron"},
    "scale_factors": [2, 4],
    "chunks": (1, 4, 64, 64),
    "channels": ["nuclei", {"label": "actin", "color": "#ff0000"}, Channel("third", "00FF00")],
}


def attributes(where: Path, version: str) -> Any:
    """Read the OME metadata with nothing but json."""
    if version == "0.4":
        return json.loads((where / ".zattrs").read_text())
    return json.loads((where / "zarr.json").read_text())["attributes"]["ome"]


@pytest.mark.parametrize("version", VERSIONS)
def test_an_image_comes_back(tmp_path: Path, version: str) -> None:
    image = write_image(PIXELS, tmp_path / "cells.ome.zarr", version=version, **OPTIONS)
    assert not image.problems
    assert (image.name, image.version) == ("cells", version)
    assert image.axes[1:] == tuple(Axis(name, "space", "micrometer") for name in "zyx")
    assert [level.shape for level in image.levels] == [(3, 9, 101, 97), (3, 9, 50, 48), (3, 9, 25, 24)]
    assert [level.scale for level in image.levels] == [(1, 2, s, s) for s in (0.5, 1, 2)]
    assert [level.translation for level in image.levels] == [(0, 0, t, t) for t in (0, 0.25, 0.75)]
    assert [channel.label for channel in image.channels] == ["nuclei", "actin", "third"]
    assert [channel.color for channel in image.channels[1:]] == ["FF0000", "00FF00"]
    np.testing.assert_array_equal(image.levels[0].zarr[...], PIXELS)
    assert [path.name for path in tmp_path.iterdir()] == ["cells.ome.zarr"]


def test_documents_of_0_5(tmp_path: Path) -> None:
    where = tmp_path / "a.zarr"
    write_image(PIXELS, where, **OPTIONS)
    assert attributes(where, "0.5")["version"] == "0.5"
    for level in ("0", "1", "2"):
        document = json.loads((where / level / "zarr.json").read_text())
        assert document["dimension_names"] == ["c", "z", "y", "x"]
        assert document["chunk_key_encoding"]["configuration"]["separator"] == "/"
    assert document["codecs"][1]["configuration"]["cname"] == "zstd"


def test_documents_of_0_4(tmp_path: Path) -> None:
    where = tmp_path / "a.zarr"
    write_image(PIXELS, where, fmt=FormatV04(), **OPTIONS)
    assert not (where / "zarr.json").exists()
    assert attributes(where, "0.4")["multiscales"][0]["version"] == "0.4"
    document = json.loads((where / "1" / ".zarray").read_text())
    assert (document["dimension_separator"], document["compressor"]["id"]) == ("/", "blosc")


@pytest.mark.parametrize(
    ("dtype", "low", "high"), [("u1", 0, 255), ("u2", 0, 65535), ("i2", -32768, 32767), ("?", 0, 1)]
)
def test_windows_have_the_range_of_the_type_and_limits_from_the_pixels(dtype: str, low: int, high: int) -> None:
    pixels = np.tile(np.arange(64, dtype="u1").astype(dtype), (64, 1))
    window = write_image(pixels, MemoryStore()).channels[0].window
    assert window is not None
    assert (window.min, window.max) == (low, high)
    assert low <= window.start < window.end <= min(high, 63)


@pytest.mark.parametrize(
    "pixels", [np.zeros((8, 8)), np.full((8, 8), np.nan), np.full((8, 8), 7, "u1"), np.zeros((2, 2), "c8")]
)
def test_windows_of_images_without_contrast_are_not_empty(pixels: Any) -> None:
    window = write_image(pixels, MemoryStore()).channels[0].window
    assert window is not None
    assert window.start < window.end
    assert window.min <= window.start
    assert np.isfinite([window.min, window.max, window.start, window.end]).all()


def test_windows_that_are_given_stay() -> None:
    given = {"label": "a", "window": {"min": 0, "max": 4095, "start": 10, "end": 900}}
    window = write_image(np.zeros((8, 8), "u2"), MemoryStore(), channels=[given]).channels[0].window
    assert window == Window(0, 4095, 10, 900)


def test_what_is_passed_is_not_changed(tmp_path: Path) -> None:
    arguments: dict[str, Any] = {
        "axes": [{"name": "y", "type": "space", "unit": "um"}, {"name": "x", "type": "space"}],
        "scale": {"y": 2},
        "units": {"x": "um"},
        "channels": [{"label": "a", "color": "00ff00", "window": {"start": 1, "end": 2}}],
        "scale_factors": [{"y": 2}, {"y": 4, "x": 2}],
        "chunks": [16, 16],
        "storage_options": {"fill_value": 1, "chunks": (8, 8)},
    }
    before = copy.deepcopy(arguments)
    image = write_image(np.ones((32, 32), "u1"), tmp_path / "a.zarr", **arguments)
    assert arguments == before
    assert image.levels[0].chunks == (8, 8)
    assert image.levels[0].scale == (2, 1)


def test_storage_options_for_each_level(tmp_path: Path) -> None:
    options: list[dict[str, Any]] = [{"chunks": (16, 16)}, {"chunks": (4, 4), "compressors": None}]
    image = write_image(np.ones((32, 32), "u1"), tmp_path / "a.zarr", scale_factors=[2], storage_options=options)
    assert [level.chunks for level in image.levels] == [(16, 16), (4, 4)]
    assert [len(level.zarr.compressors) for level in image.levels] == [1, 0]


def test_shards(tmp_path: Path) -> None:
    image = write_image(
        PIXELS, tmp_path / "a.zarr", axes="czyx", chunks=(1, 1, 16, 16), shards=(1, 4, 64, 64), scale_factors=[2, 4]
    )
    assert [level.shards for level in image.levels] == [(1, 4, 64, 64), (1, 4, 64, 48), (1, 4, 32, 32)]
    np.testing.assert_array_equal(image.levels[0].zarr[...], PIXELS)
    auto = omezarr_nb.plan_image(PIXELS, "unused", axes="czyx", shards="auto")
    assert auto.levels[0].shards is None


@pytest.mark.parametrize("compression", ["none", None, "zstd", "gzip", "blosc-zstd", "blosc-lz4"])
@pytest.mark.parametrize("version", VERSIONS)
def test_compression_by_name(version: str, compression: Any) -> None:
    image = write_image(PIXELS[0, 0], MemoryStore(), version=version, compression=compression)
    np.testing.assert_array_equal(image.levels[0].zarr[...], PIXELS[0, 0])
    assert len(image.levels[0].zarr.compressors) == (0 if compression in (None, "none") else 1)


def test_codecs_of_the_other_zarr_format(tmp_path: Path) -> None:
    codecs: list[tuple[str, Any]] = [("0.4", ZstdCodec()), ("0.5", numcodecs.Blosc()), ("0.5", 3)]
    for version, codec in codecs:
        with pytest.raises(InvalidArgumentError, match=r"zarr refuses.*Codecs are"):
            write_image(PIXELS[0, 0], tmp_path / "a.zarr", version=version, compression=codec)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("method", [*Methods, "mean", "nearest"])
def test_methods_by_name_and_enumeration(method: Any) -> None:
    image = write_image(PIXELS[0, 0], MemoryStore(), scale_factors=[2], method=method)
    name = as_method(method)
    assert image.metadata.multiscales[0].type == name
    assert image.levels[1].translation == ((0, 0) if name == "nearest" else (0.5, 0.5))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"axes": None}, "axes must be provided. Can't be guessed for 3D or 4D data"),
        ({"axes": "yx"}, "2 axes .*for 3 dimensions"),
        ({"axes": "yyx"}, '"y" is used twice'),
        ({"axes": "yxc"}, "ordered time, channel, space"),
        ({"axes": "tcx"}, '2 or 3 axes are of type "space"'),
        ({"axes": ["", "y", "x"]}, "no name"),
        ({"scale": (1, 2)}, "number is needed for each axis.*2 numbers"),
        ({"scale": {"Z": 2}}, "no such axis.*scale.*Z"),
        ({"scale": {"y": 0}}, "scale, axis 'y'.*0.*finite number above 0"),
        ({"scale": {"y": -1}}, "finite number above 0"),
        ({"scale": {"y": float("nan")}}, "finite number above 0"),
        ({"scale": {"y": True}}, "number is needed.*True"),
        ({"scale": {"y": "1"}}, "number is needed"),
        ({"scale": 0.5}, "scale is a mapping"),
        ({"translation": {"y": float("inf")}}, "translation, axis 'y'.*finite number"),
        ({"units": {"z": "um"}}, "axis that is not there"),
        ({"units": ["um"]}, "unit .*for each axis"),
        ({"units": {"y": 3}}, "unit is a text"),
        ({"channels": ["a"]}, "not the length of the channel axis.*1 channels.*3"),
        ({"channels": "abc"}, "list with one entry for each channel"),
        ({"channels": [1, 2, 3]}, r"name, a mapping or a Channel.*channels\[0\]"),
        ({"channels": [{"color": "reddish"}] * 3}, r"'color'.*channels\[0\].color.*red"),
        ({"channels": [{"color": 3}] * 3}, "'color'"),
        ({"channels": [{"window": 3}] * 3}, "'window'"),
        ({"channels": [{"window": {"start": 3}}] * 3}, "'window'.*end"),
        ({"channels": [{"window": {"start": "a", "end": 2}}] * 3}, "number is needed.*window.start"),
        ({"scale_factors": [2], "levels": 2}, "exclude each other"),
        ({"levels": 0}, "at least one level"),
        ({"levels": 2.5}, "levels is a whole number"),
        ({"levels": 40}, "too small for so many levels.*at most"),
        ({"method": "spline"}, "no such downsampling method.*spline"),
        ({"chunks": (0, 8, 8)}, "chunks must be whole numbers.*axis 'c'"),
        ({"chunks": (8, 8)}, "one length for each axis"),
        ({"chunks": {"z": 3}}, "no such axis"),
        ({"chunks": "auto"}, "chunks must be whole numbers"),
        ({"chunks": (1, 8, 8), "shards": (1, 8, 12)}, "whole number of chunks.*axis 'x'.*12.*multiple of 8"),
        ({"shards": True, "version": "0.4"}, "no shards.*0.5"),
        ({"compression": "zip"}, "no such compression.*zip.*zstd"),
        ({"version": "0.9.dev2"}, "Version 0.9.dev2 not recognized"),
        ({"version": "0.1", "axes": "ayx"}, "axes of OME-Zarr 0.1 are tczyx"),
        ({"version": "7"}, "Version 7 not recognized"),
        ({"storage_options": 3}, "storage_options is a mapping"),
        ({"storage_options": [{}, {}], "levels": 3}, "one entry for each level"),
        ({"storage_options": {"dimension_separator": "."}}, "nested folders"),
    ],
)
def test_bad_arguments_are_named_before_anything_is_touched(tmp_path: Path, arguments: Any, words: str) -> None:
    with pytest.raises(OMEZarrError, match=f"(?s){words}") as caught:
        write_image(np.zeros((3, 32, 32), "u1"), tmp_path / "a.zarr", **{"axes": "cyx", **arguments})
    assert isinstance(caught.value, ValueError | TypeError | NotImplementedError)
    assert not list(tmp_path.iterdir())


def test_dimensions_and_kinds_of_sources() -> None:
    for shape in ((8,), (1,) * 6):
        with pytest.raises(InvalidArgumentError, match="2 to 5 dimensions"):
            write_image(np.zeros(shape, "u1"), MemoryStore())
    with pytest.raises(InvalidArgumentError, match="no pixels"):
        write_image(np.zeros((0, 8), "u1"), MemoryStore())
    for source in (None, "image.png", {"a": 1}):
        with pytest.raises(ArgumentTypeError, match="no array"):
            write_image(source, MemoryStore())
    with pytest.raises(ArgumentTypeError, match="no place"):
        write_image(np.zeros((8, 8)), 3)  # type: ignore[call-overload] # on purpose


def test_an_image_can_be_the_source(tmp_path: Path) -> None:
    first = write_image(PIXELS, tmp_path / "a.zarr", **OPTIONS)
    second = write_image(first, tmp_path / "b.zarr", axes="czyx")
    third = write_image(first.levels[1], tmp_path / "c.zarr", axes="czyx")
    np.testing.assert_array_equal(second.levels[0].zarr[...], PIXELS)
    assert third.shape == first.levels[1].shape


def test_the_text_of_a_plan_tells_what_will_be_written() -> None:
    plan = omezarr_nb.plan_image(PIXELS, "cells.ome.zarr", **OPTIONS)
    assert "cells.ome.zarr" in repr(plan)
    assert "\n" not in repr(plan)
    for part in ("OME-Zarr 0.5", "cells.ome.zarr", "uint16", "czyx", "y\u00a050", "µm", "region"):
        assert part in str(plan)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["image", "path", "group", "memory"])
def test_labels_take_after_their_image(tmp_path: Path, version: str, kind: str) -> None:
    where: Any = MemoryStore() if kind == "memory" else tmp_path / "a.zarr"
    image = write_image(PIXELS, where, version=version, **OPTIONS)
    group: Any = {"image": image, "group": zarr.open_group(where, mode="r+")}.get(kind, where)
    cells = (PIXELS[0] // 10000).astype("i4")
    for name in ("cells", "nuclei"):
        labels = write_labels(cells, group, name=name, axes="zyx")
        assert not labels.problems
        assert labels.version == version
        assert labels.axes == image.axes[1:]
        for level, parent in zip(labels.levels, image.levels, strict=True):
            assert level.shape == parent.shape[1:]
            assert (level.scale, level.translation) == (parent.scale[1:], parent.translation[1:])
        assert set(np.unique(labels.levels[2].zarr[...])) <= set(np.unique(cells))
    again = omezarr_nb.open(where)
    assert list(again.labels) == ["cells", "nuclei"]
    np.testing.assert_array_equal(again.labels["cells"].levels[0].zarr[...], cells)
    np.testing.assert_array_equal(again.levels[0].zarr[...], PIXELS)


@pytest.mark.parametrize("version", VERSIONS)
def test_labels_of_a_group_without_an_image(tmp_path: Path, version: str) -> None:
    group = zarr.open_group(tmp_path / "a.zarr", mode="w", zarr_format=2 if version == "0.4" else 3)
    labels = write_labels(np.ones((64, 64), "u1"), group, name="cells", axes="yx", scale_factors=[2], method="nearest")
    assert labels.version == version
    listed = attributes(tmp_path / "a.zarr" / "labels", version)
    assert listed["labels"] == ["cells"]


def test_labels_are_listed_once_and_other_attributes_stay(tmp_path: Path) -> None:
    image = write_image(PIXELS[0, 0], tmp_path / "a.zarr")
    write_labels(np.ones((101, 97), "u1"), image, name="cells")
    group = zarr.open_group(tmp_path / "a.zarr" / "labels", mode="r+")
    group.attrs["note"] = "kept"
    write_labels(np.full((101, 97), 2, "u1"), image, name="cells", overwrite=True)
    write_labels(np.ones((101, 97), "u1"), image, name="other")
    document = json.loads((tmp_path / "a.zarr" / "labels" / "zarr.json").read_text())["attributes"]
    assert document == {"note": "kept", "ome": {"version": "0.5", "labels": ["cells", "other"]}}
    assert omezarr_nb.open(tmp_path / "a.zarr").labels["cells"].levels[0].zarr[0, 0] == 2


def test_label_metadata(tmp_path: Path) -> None:
    image = write_image(PIXELS[0, 0], tmp_path / "a.zarr")
    given = {"colors": [{"label-value": 1, "rgba": [255, 0, 0, 255]}], "properties": [{"label-value": 1, "area": 3}]}
    labels = write_labels(np.ones((101, 97), "u1"), image, name="cells", label_metadata=given)
    assert labels.image_label.colors == (LabelColor(1, (255, 0, 0, 255)),)
    assert labels.image_label.source is None  # which means the image two groups above
    write_labels(np.ones((101, 97), "u1"), image, name="b", label_metadata=ImageLabel())
    for wrong in ({"colors": [{"rgba": [1, 2]}]}, {"colors": 3}):
        with pytest.raises(InvalidArgumentError, match=r"image-label\.colors"):
            write_labels(np.ones((101, 97), "u1"), image, name="c", label_metadata=wrong)
    with pytest.raises(ArgumentTypeError, match="label_metadata"):
        write_labels(np.ones((101, 97), "u1"), image, name="c", label_metadata=3)  # type: ignore[arg-type] # on purpose


def test_ids_beyond_what_a_float_holds(tmp_path: Path) -> None:
    ids = np.full((64, 64), 2**63 + 2**53 + 1, "u8")
    group = zarr.open_group(tmp_path / "a.zarr", mode="w")
    for method in ("mode", "nearest"):
        labels = write_labels(ids, group, name=method, scale_factors=[2, 4], method=method)
        assert all((level.zarr[...] == ids[0, 0]).all() for level in labels.levels)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"labels": np.zeros((8, 8))}, UnsupportedError, "Labels are integers"),
        ({"method": "mean"}, UnsupportedError, "new values"),
        ({"name": "../x"}, InvalidArgumentError, "cannot be the name"),
        ({"name": "a/b"}, InvalidArgumentError, "cannot be the name"),
        ({"name": ""}, InvalidArgumentError, "cannot be the name"),
        ({"name": 3}, ArgumentTypeError, "name of labels"),
        ({"version": "0.4"}, InvalidArgumentError, "same version"),
    ],
)
def test_labels_that_cannot_be(tmp_path: Path, arguments: Any, error: type[Exception], words: str) -> None:
    image = write_image(PIXELS[0, 0], tmp_path / "a.zarr")
    with pytest.raises(error, match=words):
        write_labels(**{"labels": np.zeros((101, 97), "u1"), "group": image, "name": "cells"} | arguments)
    assert not (tmp_path / "a.zarr" / "labels").exists()


def test_labels_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no Zarr group"):
        write_labels(np.zeros((8, 8), "u1"), tmp_path / "a.zarr", name="cells")
    assert not list(tmp_path.iterdir())


def test_a_store_and_a_url(tmp_path: Path) -> None:
    for where in (LocalStore(tmp_path / "a.zarr"), f"file://{tmp_path}/b.zarr", "memory://writer-url.ome.zarr"):
        image = write_image(PIXELS, where, **OPTIONS)
        np.testing.assert_array_equal(image.levels[0].zarr[...], PIXELS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zarr", "b.zarr"]
