"""Conversion between versions: the same pixels, valid metadata, chunks as they are, and nothing lost in silence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest
import zarr
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, TransposeCodec, ZstdCodec
from zarr.storage import MemoryStore, ZipStore

import omezarr_nb
from omezarr_nb.core.pyramid.progress import Progress
from omezarr_nb.errors import (
    InvalidArgumentError,
    NotFoundError,
    OMEZarrError,
    TargetExistsError,
)
from tests.servers import serve_directory
from tests.stores import make_image

VERSIONS = ("0.1", "0.2", "0.3", "0.4", "0.5", "0.6")
RANDOM = np.random.default_rng(3)


def arrays(root: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Return the pixels of every array below a folder, by path."""
    found = {}
    for document in [*root.rglob(".zarray"), *root.rglob("zarr.json")]:
        if json.loads(document.read_text()).get("node_type", "array") == "array":
            where = document.parent
            found[where.relative_to(root).as_posix()] = np.asarray(zarr.open_array(where, mode="r")[...])
    return found


def assert_same_pixels(one: Path, other: Path) -> None:
    """Compare arrays; axes of one pixel may be there in one and not in the other."""
    before, after = arrays(one), arrays(other)
    assert before.keys() == after.keys()
    for path, pixels in before.items():
        assert after[path].dtype.newbyteorder("=") == pixels.dtype.newbyteorder("=")
        if not np.array_equal(after[path].squeeze(), pixels.squeeze()):  # 20 times as fast for half a gigabyte
            np.testing.assert_array_equal(after[path].squeeze(), pixels.squeeze())


def files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def chunk_bytes(root: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in root.rglob("*") if path.is_file() and path.name[-1].isdigit())


def axes_of(where: Path) -> str:
    """Return the axes of an image, or of the first one of a plate or a collection."""
    found = omezarr_nb.open(where)
    while not isinstance(found, omezarr_nb.Image):
        found = found[next(iter(found))].fields[0] if isinstance(found, omezarr_nb.Plate) else found[0]
    return "".join(axis.name for axis in found.axes)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Write an image of 0.4 with five axes, two levels, channels, and labels."""
    where = tmp_path / "image.ome.zarr"
    pixels = RANDOM.integers(0, 60000, (1, 2, 3, 40, 50), "uint16")
    written = omezarr_nb.write_image(
        pixels, where, axes="tczyx", version="0.4", scale_factors=[2], chunks=(1, 1, 2, 32, 32)
    )
    omezarr_nb.write_labels(RANDOM.integers(0, 9, (1, 1, 3, 40, 50), "uint8"), written, "nuclei", axes="tczyx")
    return where


@pytest.mark.once
@pytest.mark.parametrize("version", VERSIONS)
def test_samples_keep_their_pixels_and_are_valid_as_before(samples: Path, version: str, tmp_path: Path) -> None:
    for source in sorted(samples.glob("*.zarr")):
        before = files(source)
        target = tmp_path / source.stem / "converted.zarr"
        target.parent.mkdir()
        plan = omezarr_nb.plan_convert(source, target, version=version, drop=True)
        assert bool(plan.notes) == (version in ("0.1", "0.2") and "tczyx" not in axes_of(source))
        assert not any(target.parent.iterdir())
        opened = plan.run()
        assert opened.version == version or not omezarr_nb.validate(source).kind.startswith("image")
        assert_same_pixels(source, target)
        assert files(source) == before
        broken = {problem.rule for problem in omezarr_nb.validate(source).errors}
        assert {problem.rule for problem in omezarr_nb.validate(target).errors} <= broken


@pytest.mark.parametrize("version", VERSIONS)
def test_labels_channels_and_unknown_keys_go_along(image: Path, tmp_path: Path, version: str) -> None:
    attributes = json.loads((image / ".zattrs").read_text())
    attributes["multiscales"][0]["mine"] = {"a": 1}
    (image / ".zattrs").write_text(json.dumps(attributes | {"other": [1]}))
    target = tmp_path / "new.zarr"
    new = omezarr_nb.convert(image, target, version=version, drop=True)
    assert new.version == version
    assert list(new.labels) == ["nuclei"]
    assert new.metadata.multiscales[0].extra["mine"] == {"a": 1}
    assert new.attributes["other"] == [1]
    assert [channel.label for channel in new.channels] == [c.label for c in omezarr_nb.open(image).channels]
    assert omezarr_nb.validate(target).is_valid
    back = omezarr_nb.convert(new, tmp_path / "back.zarr", version="0.4")
    assert back.attributes["other"] == [1]
    assert_same_pixels(image, tmp_path / "back.zarr")
    if version in ("0.4", "0.5", "0.6"):
        assert back.levels[1].scale == omezarr_nb.open(image).levels[1].scale
        assert back.levels[1].translation == omezarr_nb.open(image).levels[1].translation


@pytest.mark.parametrize("version", VERSIONS)
def test_chunks_are_copied_as_bytes(image: Path, tmp_path: Path, version: str) -> None:
    omezarr_nb.convert(image, tmp_path / "new.zarr", version=version, drop=True)
    assert chunk_bytes(tmp_path / "new.zarr") == chunk_bytes(image)


CODECS_2 = {
    "none": None,
    **{
        f"blosc {n} {s}": numcodecs.Blosc(n, 3, s)
        for n in ("lz4", "lz4hc", "blosclz", "zstd", "zlib")
        for s in (0, 1, 2)
    },
    "blosc auto": numcodecs.Blosc("zstd", 1, numcodecs.Blosc.AUTOSHUFFLE),
    "zstd": numcodecs.Zstd(3),
    "gzip": numcodecs.GZip(4),
}
DTYPES_2 = ("|u1", "|i1", "<u2", ">u2", "<i4", ">f4", "<f8", "<f2", "|b1", "<u8")


def image_2(where: Path, dtype: str, order: Any, compressor: Any, filters: Any = None) -> np.ndarray[Any, Any]:
    pixels = (RANDOM.random((21, 30)) * 100).astype(dtype)
    make_image(where, [np.zeros((21, 30), "uint8")], "yx", version="0.4")
    shutil.rmtree(where / "0")
    array = zarr.create_array(
        where / "0",
        shape=pixels.shape,
        chunks=(8, 16),
        dtype=dtype,
        order=order,
        compressors=compressor,
        filters=filters,
        zarr_format=2,
        chunk_key_encoding={"name": "v2", "separator": "/"},
    )
    array[...] = pixels
    return pixels


CASES_2 = [(codec, dtype, order) for codec in CODECS_2 for dtype, order in (("<u2", "C"), ("<f4", "F"))]
CASES_2 += [("blosc auto", dtype, order) for dtype in DTYPES_2 for order in ("C", "F")]


@pytest.mark.parametrize(("codec", "dtype", "order"), CASES_2)
def test_chunks_of_zarr_2_in_zarr_3(codec: str, dtype: str, order: str, tmp_path: Path) -> None:
    pixels = image_2(tmp_path / "old.zarr", dtype, order, CODECS_2[codec])
    new = omezarr_nb.convert(tmp_path / "old.zarr", tmp_path / "new.zarr", version="0.5")
    np.testing.assert_array_equal(new.levels[0].zarr[...], pixels)
    assert chunk_bytes(tmp_path / "new.zarr") == chunk_bytes(tmp_path / "old.zarr")
    back = omezarr_nb.convert(new, tmp_path / "back.zarr", version="0.4")
    np.testing.assert_array_equal(back.levels[0].zarr[...], pixels)
    assert chunk_bytes(tmp_path / "back.zarr") == chunk_bytes(tmp_path / "old.zarr")


@pytest.mark.parametrize(
    ("compressor", "filters"),
    [
        (numcodecs.Zlib(3), None),
        (numcodecs.BZ2(3), None),
        (numcodecs.LZMA(), None),
        (numcodecs.LZ4(), None),
        (None, [numcodecs.Delta("<u2")]),
        (numcodecs.Zstd(1), [numcodecs.Shuffle(2)]),
    ],
)
def test_other_codecs_are_encoded_anew(compressor: Any, filters: Any, tmp_path: Path) -> None:
    pixels = image_2(tmp_path / "old.zarr", "<u2", "C", compressor, filters)
    new = omezarr_nb.convert(tmp_path / "old.zarr", tmp_path / "new.zarr", version="0.5")
    np.testing.assert_array_equal(new.levels[0].zarr[...], pixels)
    assert new.levels[0].chunks == (8, 16)
    assert omezarr_nb.validate(tmp_path / "new.zarr").is_valid


CODECS_3: dict[str, tuple[dict[str, Any], bool]] = {
    "none": ({"compressors": None}, True),
    "zstd": ({"compressors": ZstdCodec(level=1)}, True),
    "zstd with checksum": ({"compressors": ZstdCodec(level=1, checksum=True)}, True),
    "gzip": ({"compressors": GzipCodec(level=2)}, True),
    **{
        f"blosc {name} {shuffle}": ({"compressors": BloscCodec(cname=name, shuffle=shuffle)}, True)
        for name in ("lz4", "zstd", "zlib")
        for shuffle in ("noshuffle", "shuffle", "bitshuffle")
    },
    "big-endian": ({"serializer": BytesCodec(endian="big")}, True),
    "transposed": ({"filters": [TransposeCodec(order=(2, 1, 0))]}, True),
    "half transposed": ({"filters": [TransposeCodec(order=(0, 2, 1))]}, False),
    "crc32c": ({"compressors": [ZstdCodec(), Crc32cCodec()]}, False),
    "sharded": ({"shards": (2, 32, 32)}, False),
    "keys with dots": ({"chunk_key_encoding": {"name": "default", "separator": "."}}, True),
    "keys of Zarr 2": ({"chunk_key_encoding": {"name": "v2", "separator": "."}}, True),
}


@pytest.mark.parametrize("codec", CODECS_3)
@pytest.mark.parametrize("dtype", ["uint16", "bool"])
def test_chunks_of_zarr_3_in_zarr_2(codec: str, dtype: str, tmp_path: Path) -> None:
    options, copied = CODECS_3[codec]
    old = tmp_path / "old.zarr"
    pixels = (RANDOM.random((3, 21, 30)) * 100).astype(dtype)
    make_image(old, [np.zeros((3, 21, 30), dtype)], "cyx")
    shutil.rmtree(old / "0")
    array = zarr.create_array(
        old / "0", shape=pixels.shape, chunks=(1, 16, 16), dtype=dtype, dimension_names=["c", "y", "x"], **options
    )
    array[...] = pixels
    new = omezarr_nb.convert(old, tmp_path / "new.zarr", version="0.4")
    np.testing.assert_array_equal(new.levels[0].zarr[...], pixels)
    assert new.levels[0].chunks == (1, 16, 16)
    same = chunk_bytes(tmp_path / "new.zarr") == [
        path.read_bytes()
        for path in sorted(
            (p for p in (old / "0").rglob("*") if p.is_file() and p.name != "zarr.json"), key=lambda p: p.read_bytes()
        )
    ]
    assert same == copied
    verbatim = omezarr_nb.convert(old, tmp_path / "verbatim.zarr", version="0.6")
    np.testing.assert_array_equal(verbatim.levels[0].zarr[...], pixels)
    assert verbatim.levels[0].shards == omezarr_nb.open(old).levels[0].shards


@pytest.mark.parametrize("fill", [0, 7, None])
@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_chunks_that_are_not_there_stay_away(tmp_path: Path, fill: int | None, version: str) -> None:
    other = "0.5" if version == "0.4" else "0.4"
    make_image(tmp_path / "old.zarr", [np.ones((64, 64), "uint8")], "yx", version=version, chunks=(16, 16))
    document = tmp_path / "old.zarr" / "0" / (".zarray" if version == "0.4" else "zarr.json")
    content = json.loads(document.read_text())
    document.write_text(json.dumps(content | {"fill_value": fill if version == "0.4" else fill or 0}))
    chunk = next(
        path for path in sorted((tmp_path / "old.zarr" / "0").rglob("*")) if path.is_file() and path.name == "0"
    )
    chunk.unlink()
    pixels = omezarr_nb.open(tmp_path / "old.zarr").levels[0].zarr[...]
    new = omezarr_nb.convert(tmp_path / "old.zarr", tmp_path / "new.zarr", version=other)
    np.testing.assert_array_equal(new.levels[0].zarr[...], pixels)
    assert len(chunk_bytes(tmp_path / "new.zarr")) == 15


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.5])
def test_values_of_what_is_not_stored(tmp_path: Path, value: float) -> None:
    make_image(tmp_path / "old.zarr", [np.zeros((8, 8), "float32")], "yx", version="0.4")
    shutil.rmtree(tmp_path / "old.zarr" / "0")
    zarr.create_array(tmp_path / "old.zarr" / "0", shape=(8, 8), dtype="float32", fill_value=value, zarr_format=2)
    new = omezarr_nb.convert(tmp_path / "old.zarr", tmp_path / "new.zarr", version="0.5")
    back = omezarr_nb.convert(new, tmp_path / "back.zarr", version="0.4")
    for image in (new, back):
        np.testing.assert_array_equal(image.levels[0].zarr[...], np.full((8, 8), value, "float32"))


def test_what_a_version_cannot_say_is_told_before_anything_is_written(tmp_path: Path) -> None:
    make_image(tmp_path / "old.zarr", [np.zeros((8, 8), "uint8")], "yx", units={"y": "micrometer"}, scales=[[0.5, 0.5]])
    with pytest.raises(InvalidArgumentError, match=r"units of axes(.|\n)*sizes of pixels(.|\n)*drop=True"):
        omezarr_nb.convert(tmp_path / "old.zarr", tmp_path / "new.zarr", version="0.3")
    assert [path.name for path in tmp_path.iterdir()] == ["old.zarr"]
    assert omezarr_nb.convert(tmp_path / "old.zarr", tmp_path / "new.zarr", version="0.3", drop=True).version == "0.3"


def test_levels_of_old_versions_get_sizes(image: Path, tmp_path: Path) -> None:
    old = omezarr_nb.convert(image, tmp_path / "old.zarr", version="0.2", drop=True)
    new = omezarr_nb.convert(old, tmp_path / "new.zarr", version="0.5")
    assert new.levels[1].scale == tuple(a / b for a, b in zip(new.levels[0].shape, new.levels[1].shape, strict=True))


def plate(where: Path) -> Path:
    root = zarr.create_group(where, zarr_format=2)
    wells = [{"path": f"A/{column + 1}", "rowIndex": 0, "columnIndex": column} for column in range(2)]
    attributes: Any = {
        "rows": [{"name": "A"}],
        "columns": [{"name": "1"}, {"name": "2"}],
        "wells": wells,
        "version": "0.4",
        "mine": 3,
    }
    root.attrs["plate"] = attributes
    for well in wells:
        group = root.create_group(str(well["path"]))
        group.attrs["well"] = {"images": [{"path": "0"}, {"path": "1"}], "version": "0.4"}
        for name in ("0", "1"):
            pixels = RANDOM.integers(0, 255, (1, 1, 1, 8, 8), "uint8")
            omezarr_nb.write_image(pixels, group.create_group(name), axes="tczyx", version="0.4")
    return where


@pytest.mark.parametrize("version", VERSIONS)
def test_plates_with_wells_and_fields(tmp_path: Path, version: str) -> None:
    source = plate(tmp_path / "plate.zarr")
    new = omezarr_nb.convert(source, tmp_path / "new.zarr", version=version, drop=True)
    report = omezarr_nb.validate(tmp_path / "new.zarr")
    assert report.is_valid, str(report)
    assert (report.kind, report.version) == ("plate", version)
    assert new["A", 2].fields[1].shape == (1, 1, 1, 8, 8)
    block = new.attributes.get("ome", new.attributes)
    assert block["plate"]["mine"] == 3
    assert ("rowIndex" in block["plate"]["wells"][0]) == (version >= "0.4")
    omezarr_nb.convert(new, tmp_path / "back.zarr", version="0.4")
    assert_same_pixels(source, tmp_path / "back.zarr")
    assert omezarr_nb.validate(tmp_path / "back.zarr").is_valid


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("listed", [True, False])
def test_collections_with_their_files(tmp_path: Path, version: str, listed: bool) -> None:
    root = zarr.create_group(tmp_path / "old.zarr", zarr_format=2, attributes={"bioformats2raw.layout": 3})
    ome = root.create_group("OME", attributes={"series": ["0", "1"]} if listed else {})
    (tmp_path / "old.zarr" / "OME" / "METADATA.ome.xml").write_text("<OME/>")
    for name in ("0", "1"):
        omezarr_nb.write_image(np.ones((1, 1, 1, 8, 8), "uint8"), root.create_group(name), axes="tczyx", version="0.4")
    new = omezarr_nb.convert(root, tmp_path / "new.zarr", version=version, drop=True)
    assert len(new) == 2
    assert (tmp_path / "new.zarr" / "OME" / "METADATA.ome.xml").read_text() == "<OME/>"
    assert_same_pixels(tmp_path / "old.zarr", tmp_path / "new.zarr")
    report = omezarr_nb.validate(tmp_path / "new.zarr")
    assert report.is_valid, str(report)
    assert report.version == version
    assert ome.path == "OME"


def test_other_groups_arrays_and_files_go_along(image: Path, tmp_path: Path) -> None:
    table = zarr.open_group(image).create_group("tables", attributes={"mine": 1})
    table.create_array("values", data=np.arange(4.0))
    (image / "tables" / "notes").mkdir()
    (image / "tables" / "notes" / "a.csv").write_text("1,2")
    omezarr_nb.convert(image, tmp_path / "new.zarr", version="0.5")
    new = zarr.open_group(tmp_path / "new.zarr", mode="r")
    assert new["tables"].attrs["mine"] == 1
    np.testing.assert_array_equal(new["tables/values"][...], np.arange(4.0))  # type: ignore[index] # zarr types a member as array or group
    assert (tmp_path / "new.zarr" / "tables" / "notes" / "a.csv").read_text() == "1,2"


def test_nothing_is_overwritten_unasked(image: Path, tmp_path: Path) -> None:
    target = tmp_path / "new.zarr"
    omezarr_nb.convert(image, target, version="0.5")
    before = files(target)
    with pytest.raises(TargetExistsError, match="overwrite=True"):
        omezarr_nb.convert(image, target, version="0.6")
    assert files(target) == before
    assert omezarr_nb.convert(image, target, version="0.6", overwrite=True).version == "0.6"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["image.ome.zarr", "new.zarr"]


@pytest.mark.parametrize(
    "make", [lambda p: p.write_text("mine"), lambda p: (p.mkdir(), (p / "mine.txt").write_text("1"))]
)
def test_what_is_no_hierarchy_is_never_replaced(image: Path, tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "other")
    with pytest.raises(TargetExistsError):
        omezarr_nb.convert(image, tmp_path / "other", overwrite=True)
    omezarr_nb.convert(image, tmp_path / "new.zarr")
    (tmp_path / "new.zarr" / "mine.txt").write_text("1")
    with pytest.raises(TargetExistsError, match=r"mine\.txt"):
        omezarr_nb.convert(image, tmp_path / "new.zarr", overwrite=True)


@pytest.mark.parametrize("target", ["image.ome.zarr", "image.ome.zarr/inner", "."])
def test_nothing_is_converted_in_place(image: Path, tmp_path: Path, target: str) -> None:
    before = files(image)
    with pytest.raises(InvalidArgumentError, match="in place"):
        omezarr_nb.convert(image, tmp_path / target, overwrite=True)
    assert files(image) == before


def test_a_conversion_that_fails_leaves_nothing(image: Path, tmp_path: Path) -> None:
    def fail(progress: Progress) -> None:
        if progress.fraction >= 0 and progress.regions_done > 3:
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        omezarr_nb.convert(image, tmp_path / "deep" / "new.zarr", on_progress=fail)
    assert [path.name for path in tmp_path.iterdir()] == ["image.ome.zarr"]
    store = MemoryStore()
    with pytest.raises(RuntimeError, match="stop"):
        omezarr_nb.convert(image, store, on_progress=fail)
    assert not store._store_dict


def test_progress_counts_chunks(image: Path, tmp_path: Path) -> None:
    told: list[Progress] = []
    omezarr_nb.convert(image, tmp_path / "new.zarr", on_progress=told.append)
    assert told[-1].regions_done == told[-1].regions > 0
    assert [progress.regions_done for progress in told] == sorted(progress.regions_done for progress in told)


def test_stores_of_other_kinds(image: Path, tmp_path: Path) -> None:
    store = MemoryStore()
    middle = omezarr_nb.convert(image, store, version="0.5")
    with pytest.raises(TargetExistsError):
        omezarr_nb.convert(image, store)
    zipped = ZipStore(tmp_path / "new.zip", mode="w")
    omezarr_nb.convert(middle, zipped, version="0.6")
    zipped.close()
    source = ZipStore(tmp_path / "new.zip", mode="r")
    omezarr_nb.convert(source, tmp_path / "back.zarr", version="0.4")
    source.close()
    assert_same_pixels(image, tmp_path / "back.zarr")


def test_what_metadata_names_is_converted_where_nothing_can_be_listed(image: Path, tmp_path: Path) -> None:
    source = omezarr_nb.convert(image, tmp_path / "served" / "image.zarr", version="0.5")
    with serve_directory(tmp_path / "served") as server:
        omezarr_nb.convert(f"{server.url}/image.zarr", tmp_path / "new.zarr", version="0.4")
    assert source.version == "0.5"
    assert_same_pixels(image, tmp_path / "new.zarr")


def test_errors_in_words(tmp_path: Path, image: Path) -> None:
    with pytest.raises(NotFoundError):
        omezarr_nb.convert(tmp_path / "nothing", tmp_path / "new.zarr")
    with pytest.raises(InvalidArgumentError, match="single array"):
        omezarr_nb.convert(image / "0", tmp_path / "new.zarr")
    with pytest.raises(InvalidArgumentError, match="not recognized"):
        omezarr_nb.convert(image, tmp_path / "new.zarr", version="0.7")
    (image / "0" / ".zarray").write_text('{"zarr_format": 2, "shape": "x"}')
    with pytest.raises(OMEZarrError):
        omezarr_nb.convert(image, tmp_path / "new.zarr")
    assert [path.name for path in tmp_path.iterdir()] == ["image.ome.zarr"]


def test_scenes_stay_scenes(tmp_path: Path) -> None:
    axes = [{"name": name, "type": "space"} for name in "yx"]
    edge = {
        "type": "translation",
        "translation": [0, 8],
        "input": {"path": "a", "name": "physical"},
        "output": {"name": "world"},
    }
    scene = {"coordinateSystems": [{"name": "world", "axes": axes}], "coordinateTransformations": [edge]}
    attributes: Any = {"ome": {"version": "0.6", "scene": scene}}
    root = zarr.create_group(tmp_path / "old.zarr", attributes=attributes)
    omezarr_nb.write_image(np.ones((8, 8), "uint8"), root.create_group("a"), axes="yx", version="0.6")
    new = omezarr_nb.convert(root, tmp_path / "new.zarr", version="0.6")
    assert new.attributes["ome"]["scene"] == scene
    assert_same_pixels(tmp_path / "old.zarr", tmp_path / "new.zarr")
    with pytest.raises(InvalidArgumentError, match="no scenes; convert its images one by one"):
        omezarr_nb.convert(root, tmp_path / "older.zarr", version="0.5", drop=True)
    assert omezarr_nb.convert(tmp_path / "old.zarr" / "a", tmp_path / "a.zarr", version="0.5").version == "0.5"


def test_attributes_of_arrays_go_along(image: Path, tmp_path: Path) -> None:
    attributes = {"mine": [1, {"a": None}], "_ARRAY_DIMENSIONS": list("tczyx")}
    (image / "0" / ".zattrs").write_text(json.dumps(attributes))
    new = zarr.open_array(omezarr_nb.convert(image, tmp_path / "new.zarr", version="0.5").where + "/0", mode="r")
    assert dict(new.attrs) == {"mine": attributes["mine"]}
    assert new.metadata.to_dict()["dimension_names"] == tuple("tczyx")
    back = zarr.open_array(omezarr_nb.convert(tmp_path / "new.zarr", tmp_path / "b.zarr", version="0.4").where + "/0")
    assert back.attrs["mine"] == attributes["mine"]


def test_of_many_files_that_would_be_lost_ten_are_named(image: Path, tmp_path: Path) -> None:
    target = tmp_path / "new.zarr"
    shutil.copytree(image, target)
    for number in range(12):
        (target / f"notes-{number:02}.txt").write_text("mine")
    with pytest.raises(TargetExistsError, match="which would be lost") as caught:
        omezarr_nb.convert(image, target, overwrite=True)
    assert str(caught.value.found).count("notes-") == 10
    assert len(list(target.glob("notes-*"))) == 12


@pytest.mark.parametrize("missing", [".zattrs", ".zgroup"])
def test_groups_of_one_document_go_along(image: Path, tmp_path: Path, missing: str) -> None:
    zarr.create_group(image / "tables", zarr_format=2, attributes={"mine": 1})
    (image / "tables" / missing).unlink()
    omezarr_nb.convert(image, tmp_path / "new.zarr", version="0.5")
    document = json.loads((tmp_path / "new.zarr" / "tables" / "zarr.json").read_text())
    assert (document["node_type"], document["attributes"]) == ("group", {"mine": 1} if missing == ".zgroup" else {})
