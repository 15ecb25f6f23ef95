"""TIFF files of many kinds, in parts and whole, as images and as sources of a write."""

from __future__ import annotations

import pickle
import tracemalloc
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from zarr.storage import MemoryStore

import omezarr_nb
from omezarr_nb.core.tiff.image import is_tiff_path, open_tiff
from omezarr_nb.errors import InvalidArgumentError, NotFoundError, OMEZarrError, StoreError

RNG = np.random.default_rng(0)


def noise(*shape: int, dtype: str = "u2") -> np.ndarray[Any, Any]:
    return RNG.integers(0, 200, shape).astype(dtype)


KINDS: list[tuple[str, Any, dict[str, Any], str | None]] = [
    ("plain.tif", noise(65, 70), {}, "yx"),
    ("tiles.tif", noise(65, 70), {"tile": (16, 32), "compression": "zlib"}, "yx"),
    ("strips.tif", noise(65, 70), {"compression": "zlib", "rowsperstrip": 7, "byteorder": ">"}, "yx"),
    ("rgb.tif", noise(65, 70, 3, dtype="u1"), {"photometric": "rgb", "compression": "zlib", "rowsperstrip": 7}, "yxc"),
    ("planar.tif", noise(3, 65, 70, dtype="u1"), {"photometric": "rgb", "planarconfig": "separate"}, "cyx"),
    ("ij.tif", noise(2, 5, 3, 65, 70), {"imagej": True, "metadata": {"axes": "TZCYX"}}, "tzcyx"),
    ("z.ome.tif", noise(5, 2, 65, 70), {"metadata": {"axes": "ZCYX"}, "compression": "zlib"}, "zcyx"),
    ("big.ome.tif", noise(5, 2, 65, 70), {"metadata": {"axes": "ZCYX"}, "bigtiff": True, "byteorder": ">"}, "zcyx"),
    (
        "rgb.ome.tif", noise(5, 65, 70, 3, dtype="u1"),
        {"photometric": "rgb", "metadata": {"axes": "ZYXS"}, "tile": (32, 32)}, "zyxc",
    ),
    ("bits.tif", noise(65, 70) > 100, {}, "yx"),
    ("row.tif", noise(1, 70), {}, "yx"),
    ("column.tif", noise(70, 1), {"compression": "zlib"}, "yx"),
    ("volume.tif", noise(16, 64, 70), {"tile": (8, 16, 16), "volumetric": True, "compression": "zlib"}, "zyx"),
    ("float.tif", noise(3, 65, 70).astype("f4"), {"compression": "lzma", "photometric": "minisblack"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "pixels", "options", "axes"), KINDS, ids=[kind[0] for kind in KINDS])
def test_all_kinds_are_read_in_parts(
    name: str, pixels: Any, options: dict[str, Any], axes: str | None, tmp_path: Path
) -> None:
    tifffile.imwrite(tmp_path / name, pixels, **options)
    image = open_tiff(tmp_path / name)
    if axes is not None:
        assert image.axes == tuple(letter for letter in "tczyx" if letter in axes)
        pixels = pixels.transpose([axes.index(letter) for letter in image.axes])
    else:
        assert image.axes is None
    assert image.shape == pixels.shape
    assert image.dtype == pixels.dtype
    np.testing.assert_array_equal(image[...], pixels)
    np.testing.assert_array_equal(np.asarray(image.dask()), pixels)
    for _ in range(20):
        starts = [int(RNG.integers(0, n)) for n in pixels.shape]
        region = tuple(slice(a, int(RNG.integers(a, n)) + 1) for a, n in zip(starts, pixels.shape, strict=True))
        np.testing.assert_array_equal(image[region], pixels[region])
    np.testing.assert_array_equal(image[..., ::3, -1], pixels[..., ::3, -1])
    np.testing.assert_array_equal(image[0], pixels[0])
    np.testing.assert_array_equal(image[::-2, 3:3], pixels[::-2, 3:3])
    np.testing.assert_array_equal(np.asarray(pickle.loads(pickle.dumps(image))), pixels)
    with pytest.raises(IndexError):
        image[pixels.shape[0]]


def test_what_an_ome_tiff_says_is_in_the_image(tmp_path: Path) -> None:
    pixels = noise(5, 2, 65, 70)
    metadata = {
        "axes": "ZCYX", "PhysicalSizeX": 0.25, "PhysicalSizeXUnit": "µm", "PhysicalSizeY": 250.0,
        "PhysicalSizeYUnit": "nm", "PhysicalSizeZ": 2.0, "Channel": {"Name": ["nuclei", "actin"]},
    }  # fmt: skip
    tifffile.imwrite(tmp_path / "cells.ome.tif", pixels, metadata=metadata, compression="zlib")
    image = omezarr_nb.write_image(str(tmp_path / "cells.ome.tif"), tmp_path / "cells.ome.zarr")
    assert "".join(axis.name for axis in image.axes) == "czyx"
    assert image.levels[0].scale == (1.0, 2.0, 250.0, 0.25)
    assert [axis.unit for axis in image.axes] == [None, "micrometer", "nanometer", "micrometer"]
    assert [channel.label for channel in image.channels] == ["nuclei", "actin"]
    np.testing.assert_array_equal(image.levels[0].zarr[...], pixels.swapaxes(0, 1))
    own = omezarr_nb.plan_image(tmp_path / "cells.ome.tif", "unused", scale={"x": 3}, channels=["a", "b"])
    assert own.levels[0].scale == (1.0, 1.0, 1.0, 3.0)
    assert own.metadata.omero is not None
    assert [channel.label for channel in own.metadata.omero.channels] == ["a", "b"]


def test_what_imagej_says_is_in_the_image(tmp_path: Path) -> None:
    options = {"spacing": 2.0, "unit": "um", "axes": "ZYX"}
    tifffile.imwrite(tmp_path / "i.tif", noise(5, 65, 70), imagej=True, resolution=(4, 4), metadata=options)
    image = omezarr_nb.write_image(tmp_path / "i.tif", MemoryStore(), version="0.4")
    assert image.levels[0].scale == (2.0, 0.25, 0.25)


def test_colours_are_channels_shown_as_they_are(tmp_path: Path) -> None:
    pixels = noise(65, 70, 4, dtype="u1")
    tifffile.imwrite(tmp_path / "c.tif", pixels, photometric="rgb", extrasamples=["unassalpha"])
    image = omezarr_nb.write_image(tmp_path / "c.tif", MemoryStore())
    assert [(c.label, c.color, c.active) for c in image.channels] == [
        ("red", "FF0000", True), ("green", "00FF00", True), ("blue", "0000FF", True), ("opacity", "FFFFFF", False),
    ]  # fmt: skip
    np.testing.assert_array_equal(image.levels[0].zarr[...], pixels.transpose(2, 0, 1))


def test_axes_that_the_file_does_not_name(tmp_path: Path) -> None:
    pixels = noise(3, 65, 70, 3, dtype="u1")
    tifffile.imwrite(tmp_path / "q.tif", pixels, photometric="rgb")
    with pytest.raises(InvalidArgumentError, match="axes"):
        omezarr_nb.plan_image(tmp_path / "q.tif", "unused")
    image = open_tiff(tmp_path / "q.tif", axes="tyxs")
    assert (image.axes, image.shape) == (("t", "c", "y", "x"), (3, 3, 65, 70))
    np.testing.assert_array_equal(image[...], pixels.transpose(0, 3, 1, 2))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(image))[1], pixels[1].transpose(2, 0, 1))
    for axes in ("zyx", "zyxq", "zzyx", ""):
        with pytest.raises(InvalidArgumentError, match="4 letters of tczyxs"):
            open_tiff(tmp_path / "q.tif", axes=axes)


def test_series_and_levels(tmp_path: Path) -> None:
    first, second = noise(64, 64), noise(3, 32, 48)
    with tifffile.TiffWriter(tmp_path / "two.ome.tif") as writer:
        writer.write(first, subifds=1, tile=(32, 32), metadata={"axes": "YX", "PhysicalSizeX": 1.0})
        writer.write(first[::2, ::2], subfiletype=1, tile=(32, 32))
        writer.write(second, metadata={"axes": "CYX", "PhysicalSizeX": 2.0, "Channel": {"Name": ["a", "b", "c"]}})
    np.testing.assert_array_equal(open_tiff(tmp_path / "two.ome.tif", level=1)[...], first[::2, ::2])
    other = open_tiff(tmp_path / "two.ome.tif", series=1)
    assert (other.scale, other.says.channels) == ({"x": 2.0}, ("a", "b", "c"))
    np.testing.assert_array_equal(other[...], second)
    with pytest.raises(InvalidArgumentError, match=r"no such series.*0 to 1"):
        open_tiff(tmp_path / "two.ome.tif", series=2)
    with pytest.raises(InvalidArgumentError, match=r"no such level.*0 to 1"):
        open_tiff(tmp_path / "two.ome.tif", level=2)


OME = """<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"
UUID="urn:uuid:1"><Image ID="Image:0"><Pixels DimensionOrder="XYZCT" ID="Pixels:0" SizeC="1" SizeT="1" SizeX="8"
SizeY="6" SizeZ="2" Type="uint16"><Channel ID="Channel:0:0" SamplesPerPixel="1"/>{data}</Pixels></Image></OME>"""
PLANE = '<TiffData FirstZ="{z}" IFD="0" PlaneCount="1"><UUID FileName="{name}">urn:uuid:{z}</UUID></TiffData>'


def ome_file(path: Path, pixels: Any, xml: str) -> None:
    tifffile.imwrite(path, pixels, description=xml, metadata=None, photometric="minisblack")


def test_an_image_in_several_files(tmp_path: Path) -> None:
    planes = noise(2, 6, 8)
    names = ("a.ome.tif", "b.ome.tif")
    for plane, name, own in zip(planes, names, "01", strict=True):
        data = "".join(PLANE.format(z=z, name=other) for z, other in enumerate(names))
        ome_file(tmp_path / name, plane, OME.format(data=data).replace("urn:uuid:1", f"urn:uuid:{own}", 1))
    np.testing.assert_array_equal(open_tiff(tmp_path / "a.ome.tif")[...], planes)
    (tmp_path / "b.ome.tif").unlink()
    with pytest.raises(StoreError, match=r"plane of this image is missing.*one folder"):
        open_tiff(tmp_path / "a.ome.tif")[...]


@pytest.mark.parametrize("name", ["../secret.tif", "/tmp/secret.tif", "..", "..&#x2F;secret.tif", "a\\b"])
def test_files_outside_of_the_folder_are_not_opened(name: str, tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "secret.tif", noise(6, 8))
    (tmp_path / "in").mkdir()
    data = PLANE.format(z=0, name="a.ome.tif") + PLANE.format(z=1, name=name)
    ome_file(tmp_path / "in" / "a.ome.tif", noise(6, 8), OME.format(data=data))
    with pytest.raises(StoreError, match="outside of its folder"):
        open_tiff(tmp_path / "in" / "a.ome.tif")


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    tifffile.imwrite(tmp_path / "secret.tif", noise(6, 8), photometric="minisblack")
    (tmp_path / "in" / "b.ome.tif").symlink_to(tmp_path / "secret.tif")
    data = PLANE.format(z=0, name="a.ome.tif") + PLANE.format(z=1, name="b.ome.tif")
    xml = OME.format(data=data).replace("urn:uuid:1", "urn:uuid:0", 1)
    ome_file(tmp_path / "in" / "a.ome.tif", noise(6, 8), xml)
    with pytest.raises(StoreError, match=r"outside of its folder|plane of this image is missing"):
        open_tiff(tmp_path / "in" / "a.ome.tif")[...]


BILLION = '<TiffData PlaneCount="10000000000"/>'


@pytest.mark.parametrize(
    "xml",
    [
        OME.format(data=BILLION),
        OME.format(data='<TiffData FirstZ="99999999999999999999999999"/>'),
        OME.format(data="<TiffData/>").replace('SizeZ="2"', 'SizeZ="4000000000"'),
        OME.format(data="<TiffData/>").replace('SizeT="1"', "SizeT = ' 3000000000 '"),
        OME.format(data="<TiffData/>").replace("<OME ", '<!DOCTYPE a [<!ENTITY b "c">]><OME '),
    ],
)
def test_claims_without_end_are_refused_at_once(xml: str, tmp_path: Path) -> None:
    ome_file(tmp_path / "a.ome.tif", noise(6, 8), xml)
    tracemalloc.start()
    with pytest.raises(StoreError, match=r"more planes than are read|entities"):
        open_tiff(tmp_path / "a.ome.tif")
    assert tracemalloc.get_traced_memory()[1] < 32 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("compression", ["zlib", "lzma"])
def test_a_strip_that_unpacks_without_end_is_stopped(compression: str, tmp_path: Path) -> None:
    """The file says 8 rows, and its strip unpacks to 64 MiB."""
    path = tmp_path / "bomb.tif"
    tifffile.imwrite(path, np.zeros((8192, 8192), "u1"), compression=compression, rowsperstrip=8192)
    with tifffile.TiffFile(path, mode="r+") as tiff:
        for name in ("ImageLength", "RowsPerStrip"):
            tiff.pages.first.tags[name].overwrite(8)
    image = open_tiff(path)
    assert image.shape == (8, 8192)
    tracemalloc.start()
    with pytest.raises(StoreError, match="holds more than its pixels"):
        image[...]
    assert tracemalloc.get_traced_memory()[1] < 16 << 20
    tracemalloc.stop()


def test_one_strip_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge.tif"
    tifffile.imwrite(path, np.zeros((64, 64), "u1"), compression="zlib")
    with tifffile.TiffFile(path, mode="r+") as tiff:
        for name in ("ImageLength", "ImageWidth", "RowsPerStrip"):
            tiff.pages.first.tags[name].overwrite(60_000)
    with pytest.raises(OMEZarrError, match="too large to be decoded at once"):
        open_tiff(path)


def test_broken_files_are_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, noise(256, 256), compression="zlib", rowsperstrip=32)
    whole = path.read_bytes()
    for end in (0, 4, 8, 100, 5000, len(whole) - 10):
        path.write_bytes(whole[:end])
        with pytest.raises(StoreError, match=r"a\.tif"):
            open_tiff(path)[...]
    generator = np.random.default_rng(3)
    for _ in range(200):
        broken = bytearray(whole)
        for place in generator.integers(0, 400, 3):
            broken[place] = generator.integers(0, 256)
        path.write_bytes(bytes(broken))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                image = open_tiff(path)
                if image.dtype.itemsize * np.prod([float(n) for n in image.shape]) < 1 << 24:
                    image[...]
            except OMEZarrError:
                pass
    with pytest.raises(NotFoundError):
        open_tiff(tmp_path / "b.tif")


def test_a_broken_tiff_leaves_the_target_as_it_was(tmp_path: Path) -> None:
    path, where = tmp_path / "a.tif", tmp_path / "a.ome.zarr"
    old = noise(256, 256)
    omezarr_nb.write_image(old, where)
    tifffile.imwrite(path, noise(256, 256), compression="zlib", rowsperstrip=32)
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(StoreError):
        omezarr_nb.write_image(path, where, overwrite=True)
    np.testing.assert_array_equal(omezarr_nb.open(where).levels[0].zarr[...], old)


def test_a_large_file_is_written_in_bounded_memory(tmp_path: Path) -> None:
    pixels = np.broadcast_to(np.arange(2048, dtype="u2"), (2048, 2048))
    stack = tmp_path / "stack.tif"
    tifffile.imwrite(stack, (pixels for _ in range(24)), shape=(24, 2048, 2048), dtype="u2", rowsperstrip=64,
                     compression="zlib", metadata={"axes": "ZYX"})  # fmt: skip
    plan = omezarr_nb.plan_image(stack, tmp_path / "large.ome.zarr")
    tracemalloc.start()
    written = plan.run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < plan.peak_memory < 200 << 20
    np.testing.assert_array_equal(written.levels[0].zarr[23, ::100], pixels[::100])


@pytest.mark.parametrize(
    ("value", "is_one"),
    [("a.tif", True), (Path("b.OME.TIFF"), True), ("c.zarr", False), (b"a.tif", False), (3, False), (None, False)],
)
def test_paths_of_tiff_files(value: object, is_one: bool) -> None:
    assert is_tiff_path(value) is is_one
