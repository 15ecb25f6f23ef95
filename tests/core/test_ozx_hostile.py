"""Zip archives that are damaged, or made to harm: an error in words, little memory, and nothing outside of them."""

from __future__ import annotations

import json
import random
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.core.ozx import unpack
from omezarr_nb.core.zipped.directory import find_end, parse_directory
from omezarr_nb.errors import InvalidMetadataError, NotFoundError, OMEZarrError, StoreError, UnsupportedError
from tests.core.archives import contents, write
from tests.core.documents import image_documents

GROUP = json.dumps(image_documents("yx", [(64, 64)])["zarr.json"]).encode()
ARRAY = json.dumps(image_documents("yx", [(64, 64)])["0/zarr.json"]).encode()


def made(path: Path, *names: str, documents: bool = True, compression: int = zipfile.ZIP_STORED) -> Path:
    """Write an archive of an image without pixels, and of files with any names."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        if documents:
            archive.writestr("zarr.json", GROUP)
            archive.writestr("0/zarr.json", ARRAY)
        for name in names:
            entry = zipfile.ZipInfo("x")
            entry.filename = name  # as it is: ZipInfo would mend it
            archive.writestr(entry, b"content")
    return path


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "a/../../evil",
        "/etc/evil",
        "//server/evil",
        "C:/evil",
        "C:evil",
        "a\\..\\evil",
        "./zarr.json",
        "a//b",
        "a/./b",
        "..",
        ".",
        "../",
        "a/../",
        "x" * 300,
        "a/" * 600 + "b",
    ],
)
def test_names_that_are_no_paths_are_refused(tmp_path: Path, name: str) -> None:
    path = made(tmp_path / "a.ozx", name)
    for attempt in (omezarr_nb.open, omezarr_nb.validate, lambda where: unpack(where, tmp_path / "in" / "out.zarr")):
        with pytest.raises(InvalidMetadataError, match="no path within it"):
            attempt(path)
    assert contents(tmp_path) == ["a.ozx"]


@pytest.mark.parametrize("name", ["äöü/日本", "a b", "...", ".hidden", "0/c/0.0", "zarr.json.bak"])
def test_other_names_are_not(tmp_path: Path, name: str) -> None:
    omezarr_nb.open(made(tmp_path / "a.ozx", name))
    unpack(tmp_path / "a.ozx", tmp_path / "a.zarr")
    assert (tmp_path / "a.zarr" / name).read_bytes() == b"content"


def test_of_several_entries_the_last_counts_as_everywhere(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        path = made(tmp_path / "a.ozx", "zarr.json", "zarr.json")
    with pytest.raises(InvalidMetadataError, match="This is not JSON"):
        omezarr_nb.open(path)


@pytest.mark.parametrize("size", [65 << 20, 3 << 30])
def test_a_document_that_would_fill_the_memory_is_refused(tmp_path: Path, size: int) -> None:
    """A bomb: its few bytes say that they are a document of gigabytes."""
    path = tmp_path / "bomb.ozx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zarr.json", b" " * 1000)
    path.write_bytes(path.read_bytes().replace(struct.pack("<L", 1000), struct.pack("<L", size)))
    with pytest.raises(InvalidMetadataError, match="too large"):
        omezarr_nb.open(path)


@pytest.mark.parametrize(
    ("said", "words"), [(999, "holds more than"), (1001, "holds less than"), (2 << 30, "cannot be read")]
)
def test_an_entry_is_not_larger_than_it_says(tmp_path: Path, said: int, words: str) -> None:
    path = made(tmp_path / "a.ozx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0/c/0/0", b"\0" * 1000)
    path.write_bytes(path.read_bytes().replace(struct.pack("<L", 1000), struct.pack("<L", said)))
    level = omezarr_nb.open(path).levels[0].zarr
    with pytest.raises(OMEZarrError, match=rf"{words}.*|.*{words}"):
        level[...]


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path / "a.ozx")
    data = bytearray(path.read_bytes())
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(UnsupportedError, match=r"encrypted.*Decrypt it first"):
        omezarr_nb.open(path)


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compression_that_is_not_read_is_said(tmp_path: Path, compression: int) -> None:
    path = made(tmp_path / "a.ozx", compression=compression)
    with pytest.raises(UnsupportedError, match=rf"compression method {compression}.*stored or deflated"):
        omezarr_nb.open(path)


def test_an_archive_in_an_archive_is_not_followed(tmp_path: Path) -> None:
    made(tmp_path / "in.ozx")
    with zipfile.ZipFile(tmp_path / "out.ozx", "w") as archive:
        archive.write(tmp_path / "in.ozx", "in.ozx")
    for where in (tmp_path / "out.ozx", tmp_path / "out.ozx" / "in.ozx"):
        with pytest.raises(NotFoundError, match="no Zarr hierarchy"):
            omezarr_nb.open(where)


def test_entries_that_overlap_are_refused(tmp_path: Path) -> None:
    """A bomb of another kind: every entry is the same bytes."""
    path = made(tmp_path / "a.ozx", "0/c/0", "0/c/1")
    data = bytearray(path.read_bytes())
    first = data.index(b"PK\x03\x04", data.index(b"0/zarr.json"))
    last = data.rindex(b"PK\x01\x02")
    data[last + 42 : last + 46] = struct.pack("<L", first)
    path.write_bytes(data)
    with pytest.raises(InvalidMetadataError, match="overlap"):
        omezarr_nb.open(path)


def test_a_part_of_a_split_archive_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path / "a.ozx")
    data = bytearray(path.read_bytes())
    end = data.rindex(b"PK\x05\x06")
    data[end + 4 : end + 8] = struct.pack("<2H", 1, 1)
    path.write_bytes(data)
    with pytest.raises(UnsupportedError, match=r"split into several.*Join"):
        omezarr_nb.open(path)


@pytest.mark.parametrize("left", [0, 1, 21, 22, 100, -1, -22, -100])
def test_an_archive_that_is_broken_off_is_said(tmp_path: Path, left: int) -> None:
    path = made(tmp_path / "a.ozx")
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(StoreError, match=r"empty|no zip archive|end is missing"):
        omezarr_nb.open(path)


def test_what_is_behind_the_end_is_said(tmp_path: Path) -> None:
    path = made(tmp_path / "a.ozx")
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(StoreError, match="end is missing"):
        omezarr_nb.open(path)
    path.write_bytes(b"#!/bin/sh" + made(path).read_bytes())
    with pytest.raises(StoreError, match="not where it is said to be"):
        omezarr_nb.open(path)


def test_pixels_that_are_damaged_are_not_shown(tmp_path: Path) -> None:
    image = write(tmp_path / "a.ozx", compression="none", shards=False)
    data = bytearray((tmp_path / "a.ozx").read_bytes())
    place = data.index(b"0/c/0/0/0") + 100
    data[place] ^= 1
    (tmp_path / "a.ozx").write_bytes(data)
    image = omezarr_nb.open(tmp_path / "a.ozx")
    with pytest.raises(StoreError, match=r"damaged.*check sum.*a.ozx/0/c/0/0/0"):
        image.levels[0].zarr[...]
    np.testing.assert_array_equal(image.levels[0].zarr[1, 0, :2], [60000, 60001])
    with pytest.raises(StoreError, match="check sum"):
        unpack(tmp_path / "a.ozx", tmp_path / "a.zarr")
    assert contents(tmp_path) == ["a.ozx"]


def test_whatever_is_changed_gives_an_error_in_words(tmp_path: Path) -> None:
    """Any bytes anywhere: what is read is the image, or an error of ours."""
    path = made(tmp_path / "a.ozx", "0/c/0/0", compression=zipfile.ZIP_DEFLATED)
    good = path.read_bytes()
    start = good.index(b"PK\x01\x02")
    picked = random.Random(3)
    outcomes = set()
    for _ in range(1500):
        data = bytearray(good)
        for _ in range(picked.choice([1, 1, 2, 8])):
            place = picked.randrange(start, len(data)) if picked.random() < 0.7 else picked.randrange(len(data))
            data[place] = picked.choice([0, 1, 0x50, 0xFF, picked.randrange(256)])
        if picked.random() < 0.1:
            del data[picked.randrange(len(data)) :]
        try:
            end = find_end(bytes(data), len(data), "a.ozx")
            parse_directory(bytes(data[end.start : end.start + end.size]), end, "a.ozx")
        except OMEZarrError as error:
            outcomes.add(error.what.partition(":")[0])
    assert len(outcomes) > 5


@pytest.mark.parametrize("seed", range(25))
def test_whatever_is_changed_opens_or_says_why_not(tmp_path: Path, seed: int) -> None:
    path = made(tmp_path / "a.ozx")
    data = bytearray(path.read_bytes())
    picked = random.Random(seed)
    for _ in range(picked.choice([1, 4])):
        data[picked.randrange(len(data))] ^= 1 << picked.randrange(8)
    path.write_bytes(data)
    with suppress(OMEZarrError):
        assert omezarr_nb.open(path).levels
    with suppress(OMEZarrError):
        assert omezarr_nb.validate(path).version
