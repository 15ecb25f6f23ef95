"""Pixel sizes that files tell of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from omezarr_nb.core.said import from_imagej, from_ome_xml, from_tags, said_by_picture, said_by_tiff

PIXELS = np.zeros((6, 8), "uint8")
XML = '<OME><Image><Pixels SizeX="8" {}><Channel Name="DAPI"/><Channel Name="A &amp; B"/></Pixels></Image></OME>'


@pytest.mark.parametrize(("dpi", "size"), [(254.0, 100.0), (25400.0, 1.0), (1270.0, 20.0)])
def test_a_resolution_becomes_a_pixel_size(tmp_path: Path, dpi: float, size: float) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "a.png", dpi=(dpi, dpi))
    said = said_by_picture(tmp_path / "a.png")
    assert said.sizes == pytest.approx({"y": size, "x": size}, rel=1e-3)
    assert said.units == {"y": "micrometer", "x": "micrometer"}
    assert said.reason.startswith("guessed")


@pytest.mark.parametrize("dpi", [72, 96, 300])
def test_the_resolution_of_prints_is_not_taken(tmp_path: Path, dpi: int) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "a.jpg", dpi=(dpi, dpi))
    said = said_by_picture(tmp_path / "a.jpg")
    assert said.sizes == {}
    assert f"{dpi} dots per inch" in said.reason


def test_a_picture_without_resolution_says_nothing(tmp_path: Path) -> None:
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    assert said_by_picture(tmp_path / "a.png").sizes == {}


@pytest.mark.parametrize(
    ("tags", "size"),
    [
        ({"XResolution": (10000, 1), "YResolution": (5000, 1), "ResolutionUnit": 3}, {"y": 2.0, "x": 1.0}),
        ({"XResolution": (254, 1), "YResolution": (254, 1)}, {"y": 100.0, "x": 100.0}),
        ({"XResolution": (1, 1), "YResolution": (1, 1), "ResolutionUnit": 1}, {}),
        ({"XResolution": (0, 0), "YResolution": (1, 1), "ResolutionUnit": 3}, {}),
        ({}, {}),
    ],
)
def test_resolution_tags(tags: dict[str, object], size: dict[str, float]) -> None:
    assert from_tags(tags).sizes == pytest.approx(size)


def test_imagej_writes_pixels_per_unit_and_spacing() -> None:
    tags = {"XResolution": (2, 1), "YResolution": (4, 1)}
    said = from_imagej({"unit": "micron", "spacing": 1.5, "finterval": 10.0}, tags)
    assert said.sizes == {"y": 0.25, "x": 0.5, "z": 1.5, "t": 10.0}
    assert said.units == {"y": "micrometer", "x": "micrometer", "z": "micrometer", "t": "second"}
    assert from_imagej({"unit": "pixel"}, tags).sizes == {}


@pytest.mark.parametrize(
    ("attributes", "sizes", "units"),
    [
        ('PhysicalSizeX="0.5" PhysicalSizeY="0.25"', {"x": 0.5, "y": 0.25}, {"x": "micrometer", "y": "micrometer"}),
        ('PhysicalSizeX="500" PhysicalSizeXUnit="nm"', {"x": 500.0}, {"x": "nanometer"}),
        ('TimeIncrement="2" TimeIncrementUnit="min"', {"t": 2.0}, {"t": "minute"}),
        ('PhysicalSizeX="0" PhysicalSizeY="no"', {}, {}),
        ('PhysicalSizeX="1" PhysicalSizeXUnit="pixel"', {}, {}),
    ],
)
def test_ome_xml(attributes: str, sizes: dict[str, float], units: dict[str, str]) -> None:
    said = from_ome_xml(XML.format(attributes))
    assert (dict(said.sizes), dict(said.units)) == (sizes, units)
    assert said.channels == ("DAPI", "A & B")


def test_text_that_is_no_ome_xml_says_nothing() -> None:
    assert from_ome_xml("<OME/>").sizes == {}


@pytest.mark.parametrize(
    "text",
    [
        "<Pixels " * 200_000,
        f"<Pixels {'a' * 1_000_000}>",
        f"<Pixels {'a =' * 300_000}>",
        f"<Pixels>{'<Channel ' * 200_000}",
        f"<Pixels><Channel {'Name ' * 200_000}>",
        f"<Pixels>{'<Channel Name=' * 100_000}",
        f"""<Pixels>{'<Channel Name="' * 100_000}""",
    ],
    ids=["open", "word", "equal", "channels", "names", "unquoted", "unclosed"],
)
def test_text_that_never_ends_is_read_in_a_moment(text: str) -> None:
    assert from_ome_xml(text).sizes == {}


def test_files_of_imagej_and_ome(tmp_path: Path) -> None:
    stack = np.zeros((3, 2, 6, 8), "uint16")
    metadata = {"axes": "ZCYX", "unit": "um", "spacing": 2.0}
    tifffile.imwrite(tmp_path / "ij.tif", stack, imagej=True, resolution=(4.0, 4.0), metadata=metadata)
    said = said_by_tiff(tmp_path / "ij.tif")
    assert said.axes == "ZCYX"
    assert said.sizes == pytest.approx({"y": 0.25, "x": 0.25, "z": 2.0})

    tifffile.imwrite(
        tmp_path / "ome.ome.tif", stack, metadata={"axes": "ZCYX", "PhysicalSizeX": 0.1, "PhysicalSizeXUnit": "µm"}
    )
    said = said_by_tiff(tmp_path / "ome.ome.tif")
    assert (said.axes, dict(said.sizes)) == ("ZCYX", {"x": 0.1})
