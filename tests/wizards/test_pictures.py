"""Files: lists of them, reading them with the code that does the same, uploads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from omezarr_nb.errors import NotFoundError, StoreError
from omezarr_nb.wizards.pictures import list_folder, read_picture, save_upload
from omezarr_nb.wizards.sources import Source

RNG = np.random.default_rng(1)


def noise(*shape: int, dtype: str = "uint8") -> NDArray[np.generic]:
    return RNG.integers(0, 200, shape).astype(dtype)


def run(source: Source) -> NDArray[np.generic]:
    """Run the code of a source in a fresh namespace, and return its pixels."""
    namespace: dict[str, NDArray[np.generic]] = {}
    exec("\n".join((*source.imports, *source.lines)), namespace)
    return namespace[source.variable]


@pytest.mark.parametrize(
    ("name", "mode", "shape", "words"),
    [
        ("grey.png", "L", (6, 8), ""),
        ("deep.png", "I;16", (6, 8), ""),
        ("bits.png", "1", (6, 8), ""),
        ("colour.png", "RGB", (6, 8, 3), ""),
        ("opaque.png", "RGBA", (6, 8, 3), "opacity"),
        ("grey-opaque.png", "LA", (6, 8), "opacity"),
        ("palette.png", "P", (6, 8, 3), ""),
        ("colour.jpg", "RGB", (6, 8, 3), ""),
        ("grey.bmp", "L", (6, 8), ""),
        ("one.gif", "RGB", (6, 8, 3), ""),
    ],
)
def test_pictures(tmp_path: Path, name: str, mode: str, shape: tuple[int, ...], words: str) -> None:
    deep = Image.fromarray(noise(6, 8, dtype="uint16"))
    (deep if mode == "I;16" else Image.fromarray(noise(6, 8)).convert(mode)).save(tmp_path / name)
    source = read_picture(tmp_path / name)
    assert source.shape == shape
    assert source.guess.names == tuple("yxc"[: len(shape)])
    assert words in "".join(source.notes)
    assert bool(words) is bool(source.notes)
    np.testing.assert_array_equal(run(source), source.array)


def test_an_animation_is_a_time_series(tmp_path: Path) -> None:
    frames = [Image.fromarray(noise(6, 8)) for _ in range(3)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    source = read_picture(tmp_path / "a.gif")
    assert (source.shape, source.guess.names) == ((3, 6, 8, 3), ("t", "y", "x", "c"))
    np.testing.assert_array_equal(run(source), source.array)


def test_a_tiff_keeps_its_axes(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "a.ome.tif", noise(4, 2, 6, 8), metadata={"axes": "ZCYX", "Channel": {"Name": ["A", "B"]}}
    )
    source = read_picture(tmp_path / "a.ome.tif")
    assert source.guess.names == ("c", "z", "y", "x")
    assert source.shape == (2, 4, 6, 8)
    assert [channel["label"] for channel in source.channels] == ["A", "B"]
    assert source.stem == "a"
    np.testing.assert_array_equal(run(source), source.array)


def test_an_array_file_is_mapped(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", noise(4, 6, 8))
    source = read_picture(tmp_path / "a.npy")
    assert isinstance(source.array, np.memmap)
    np.testing.assert_array_equal(run(source), source.array)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg", "a.npy", "a.gif"])
def test_a_broken_file_is_told_in_words(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"no picture at all")
    with pytest.raises(StoreError, match=r"cannot be read as a (picture|TIFF)"):
        read_picture(tmp_path / name)


def test_objects_in_an_array_file_are_not_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(StoreError, match="cannot be read"):
        read_picture(tmp_path / "a.npy")


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_picture(tmp_path / "none.png")
    (tmp_path / "a.txt").touch()
    with pytest.raises(StoreError, match="no kind of picture"):
        read_picture(tmp_path / "a.txt")


def test_a_folder_lists_folders_and_pictures(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.tif", ".hidden.png", "notes.txt"):
        (tmp_path / name).touch()
    for name in ("sub", "image.ome.zarr", ".git"):
        (tmp_path / name).mkdir()
    found = list_folder(tmp_path)
    assert (found.folders, found.pictures) == (("sub",), ("a.tif", "b.PNG", "image.ome.zarr"))
    with pytest.raises(StoreError, match="cannot be read"):
        list_folder(tmp_path / "none")


@pytest.mark.parametrize("name", ["../../a.png", "/etc/a.png", "..\\a.png", "C:\\x\\a.png"])
def test_an_upload_stays_in_the_folder(tmp_path: Path, name: str) -> None:
    assert save_upload(tmp_path, name, b"1") == tmp_path / "a.png"


def test_an_upload_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"old")
    assert save_upload(tmp_path, "a.png", memoryview(b"new")) == tmp_path / "a-2.png"
    assert (tmp_path / "a.png").read_bytes() == b"old"
    with pytest.raises(StoreError, match="no kind of picture"):
        save_upload(tmp_path, "a.exe", b"1")
