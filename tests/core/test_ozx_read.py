"""Archives read: ordinary ones, those of zarr and ngff-zarr, ours in those; and the rules of RFC-9."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import ngff_zarr
import numpy as np
import pytest
import zarr
from zarr.core.sync import sync
from zarr.storage import LocalStore, StorePath, ZipStore

import omezarr_nb
from omezarr_nb.core.ozx import unpack
from omezarr_nb.core.zipped.names import local_archive, remote_archive
from omezarr_nb.core.zipped.store import ZippedStore
from omezarr_nb.core.zipped.write import in_order, write_archive
from omezarr_nb.display import to_html
from omezarr_nb.errors import NotFoundError
from tests.core.archives import PIXELS, archive, files_below, rules, write
from tests.core.documents import image_documents, wrap


@pytest.mark.parametrize("version", ["0.4", "0.5"])
@pytest.mark.parametrize("folder", ["", "image.zarr"])
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_ordinary_archive_opens(tmp_path: Path, version: str, folder: str, compression: int) -> None:
    write(tmp_path / "image.zarr", version=version)
    with zipfile.ZipFile(tmp_path / "image.zip", "w", compression) as archive:
        for path in sorted((tmp_path / "image.zarr").rglob("*")):
            archive.write(path, Path(folder) / path.relative_to(tmp_path / "image.zarr"))  # folders, too
        if folder:
            archive.writestr("__MACOSX/._image.zarr", b"of macOS")
    image = omezarr_nb.open(tmp_path / "image.zip")
    assert image.version == version
    np.testing.assert_array_equal(image.levels[0].zarr[...], PIXELS)
    report = omezarr_nb.validate(tmp_path / "image.zip")
    assert report.is_valid
    broken = {problem.rule for problem in report.problems}
    assert broken >= {"ozx-name", "ozx-comment", "ozx-zip64"}
    assert ("ozx-root" in broken) is bool(folder or version == "0.4")
    assert ("ozx-compression" in broken) is (compression == zipfile.ZIP_DEFLATED)


def test_shards_that_are_deflated_are_read_in_parts(tmp_path: Path) -> None:
    write(tmp_path / "image.ozx", compression="none")
    unpack(tmp_path / "image.ozx", tmp_path / "image.zarr")
    archive(tmp_path / "image.zip", tmp_path / "image.zarr", compression=zipfile.ZIP_DEFLATED)
    image = omezarr_nb.open(tmp_path / "image.zip")
    np.testing.assert_array_equal(image.levels[0].zarr[1, 40:90, 100:101], PIXELS[1, 40:90, 100:101])


def test_an_archive_of_zarr_opens(tmp_path: Path) -> None:
    """Zarr's own writes what changes a second time; the last counts."""
    block = image_documents("yx", [(300, 200)])["zarr.json"]["attributes"]
    store = ZipStore(tmp_path / "image.zip", mode="w")
    group = zarr.create_group(store)
    with pytest.warns(UserWarning, match="Duplicate name"):
        group.attrs.update(block)
    group.create_array("0", data=PIXELS[0], dimension_names=("y", "x"))
    store.close()
    image = omezarr_nb.open(tmp_path / "image.zip")
    np.testing.assert_array_equal(image.levels[0].zarr[...], PIXELS[0])
    assert ("ozx-twice", "warning") in rules(tmp_path / "image.zip")
    opened = omezarr_nb.open(ZipStore(tmp_path / "image.zip"))
    assert opened.shape == (300, 200)


def test_an_archive_with_another_name_opens(tmp_path: Path) -> None:
    write(tmp_path / "image.ozx")
    (tmp_path / "image.ozx").rename(tmp_path / "image.ome.zarr")
    assert omezarr_nb.open(tmp_path / "image.ome.zarr").shape == PIXELS.shape
    assert rules(tmp_path / "image.ome.zarr") == [("ozx-name", "warning")]


def test_one_of_several_hierarchies_is_opened_by_its_path(tmp_path: Path) -> None:
    for name in ("a.zarr", "b.zarr"):
        write(tmp_path / "both" / name)
    shutil.make_archive(str(tmp_path / "both"), "zip", tmp_path / "both")
    assert omezarr_nb.open(tmp_path / "both.zip" / "b.zarr").shape == PIXELS.shape
    with pytest.raises(NotFoundError, match=r"holds others: open one of them, such as .*both\.zip/a\.zarr"):
        omezarr_nb.open(tmp_path / "both.zip")
    with pytest.raises(NotFoundError, match=r"no Zarr hierarchy.*Check the path"):
        omezarr_nb.open(tmp_path / "both.zip" / "c.zarr")


# Between libraries


def test_ngff_zarr_reads_ours(tmp_path: Path) -> None:
    for version in ("0.5", "0.6"):
        ours = write(tmp_path / f"{version}.ozx", version=version, scale={"y": 0.5, "x": 0.25})
        found = ngff_zarr.from_ngff_zarr(tmp_path / f"{version}.ozx", version=version)
        assert [image.data.shape for image in found.images] == [level.shape for level in ours.levels]
        np.testing.assert_array_equal(np.asarray(found.images[0].data), PIXELS)
        assert {axis: found.images[0].scale[axis] for axis in "yx"} == {"y": 0.5, "x": 0.25}


def test_zarr_reads_ours(tmp_path: Path) -> None:
    write(tmp_path / "image.ozx")
    with ZipStore(tmp_path / "image.ozx") as store:
        np.testing.assert_array_equal(zarr.open_group(store, mode="r")["0"][...], PIXELS)  # type: ignore[index] # zarr types a member as array or group


@pytest.mark.filterwarnings("ignore:Setting the shape on a NumPy array:DeprecationWarning")  # itkwasm does
def test_we_read_what_ngff_zarr_writes(tmp_path: Path) -> None:
    image = ngff_zarr.to_ngff_image(PIXELS, dims=("c", "y", "x"), scale={"y": 0.5, "x": 0.25})
    multiscales = ngff_zarr.to_multiscales(image, scale_factors=[2], chunks=64)
    for version in ("0.5", "0.6"):
        ngff_zarr.to_ngff_zarr(tmp_path / f"{version}.ozx", multiscales, version=version)
        found = omezarr_nb.open(tmp_path / f"{version}.ozx")
        assert found.version == version
        np.testing.assert_array_equal(found.levels[0].zarr[...], PIXELS)
        assert found.levels[0].scale == (1, 0.5, 0.25)
        assert found.levels[0].shards is not None
        assert rules(tmp_path / f"{version}.ozx") == [("ozx-zip64", "warning")]


# The rules of RFC-9


COMMENT = b'{"ome": {"version": "0.5"}}'
FIRST = b'{"ome": {"version": "0.5", "zipFile": {"centralDirectory": {"jsonFirst": true}}}}'


def test_every_rule_is_broken_by_something(tmp_path: Path) -> None:
    source = tmp_path / "image.zarr"
    write(source, shards=128)
    names = in_order(files_below(source))
    found: dict[str, set[tuple[str, str]]] = {}

    def check(name: str, expected: set[tuple[str, str]], **options: Any) -> None:
        path = archive(tmp_path / name, source, **options)
        found[name] = set(rules(path)) - {("ozx-zip64", "warning")}
        assert found[name] == expected, name

    check("good.ozx", set(), comment=COMMENT)
    check("zero.ozx", set(), comment=COMMENT + b"\0")
    check("plain.ozx", {("ozx-comment", "warning")})
    check("text.ozx", {("ozx-comment", "warning")}, comment=b"hello \xff")
    check("deep.ozx", {("ozx-comment", "warning")}, comment=b"[" * 60000)
    check("other.ozx", {("ozx-comment", "warning")}, comment=COMMENT.replace(b"0.5", b"0.6"))
    check("last.ozx", {("ozx-order", "warning")}, comment=COMMENT, order=names[1:] + names[:1])
    check("liar.ozx", {("ozx-json-first", "error")}, comment=FIRST, order=names[1:] + names[:1])
    check("late.ozx", {("ozx-order", "warning")}, comment=COMMENT, order=[names[0], *names[4:], *names[1:4]])
    check("packed.ozx", {("ozx-compression", "warning")}, comment=COMMENT, compression=zipfile.ZIP_DEFLATED)
    check("good.zip", {("ozx-name", "warning")}, comment=COMMENT)
    (source / "inner.OZX").write_bytes(b"")
    check("nested.ozx", {("ozx-nested", "error")}, comment=COMMENT)
    (source / "inner.OZX").unlink()
    path = archive(tmp_path / "deep.ozx", tmp_path, order=[f"image.zarr/{name}" for name in names], comment=COMMENT)
    assert ("ozx-root", "error") in rules(path)
    assert not omezarr_nb.validate(path).is_valid
    assert omezarr_nb.open(path).shape == PIXELS.shape


def test_a_rule_says_what_was_found_and_what_mends_it(tmp_path: Path) -> None:
    write(tmp_path / "image.ozx", shards=False)
    (problem,) = omezarr_nb.validate(tmp_path / "image.ozx").problems
    assert problem.place == "image.ozx: 0"
    assert "chunks of" in problem.found
    assert "write_image" in problem.mend
    assert "image.ozx" in to_html(omezarr_nb.validate(tmp_path / "image.ozx"))


# Names


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.org/b.ozx", ("https://a.org/b.ozx", "")),
        ("https://a.org/b.OZX/labels/c/", ("https://a.org/b.OZX", "labels/c")),
        ("https://a.org/b.ozx/A/1?x=y.zarr", ("https://a.org/b.ozx?x=y.zarr", "A/1")),
        ("https://a.org/b.zip", ("https://a.org/b.zip", "")),
        ("https://a.org/b.zip/", ("https://a.org/b.zip", "")),
        ("https://a.org/b.zip/c.zarr", None),
        ("https://a.org/b.ozxy/c", None),
        ("https://a.org/zipped.zarr", None),
        ("https://a.org/b?file=c.ozx", None),
        ("zip://::https://a.org/b.ozx", None),
        ("s3://bucket/b.ozx", ("s3://bucket/b.ozx", "")),
    ],
)
def test_archives_in_urls(url: str, expected: tuple[str, str] | None) -> None:
    assert remote_archive(url) == expected


def test_archives_on_a_disk(tmp_path: Path) -> None:
    (tmp_path / "folder.zip").mkdir()
    (tmp_path / "file.txt").write_text("no archive")
    (tmp_path / "short").write_bytes(b"P")
    (tmp_path / "real.zip").write_bytes(b"")
    assert local_archive(tmp_path / "folder.zip") is None
    assert local_archive(tmp_path / "folder.zip" / "a.zarr") is None
    assert local_archive(tmp_path / "file.txt") is None
    assert local_archive(tmp_path / "short" / "a") is None
    assert local_archive(tmp_path / "real.zip" / "a" / "b") == (tmp_path / "real.zip", "a/b")
    assert local_archive(tmp_path / "not there.ozx") == (tmp_path / "not there.ozx", "")
    assert local_archive(tmp_path / "not there.ozx" / "a") is None


def test_large_numbers_are_written_in_64_bits(tmp_path: Path) -> None:
    """An archive that begins beyond 4 GiB: the disk holds nothing of what is before it."""
    document = json.dumps({"zarr_format": 3, "node_type": "group", "attributes": wrap({"labels": ["a"]})}).encode()
    files = [("zarr.json", lambda: [document]), ("a/c", lambda: [b"x" * 60, b"y" * 40])]
    with (tmp_path / "large.ozx").open("wb+") as file:
        file.seek(5 << 30)
        write_archive(file, files, "0.5")
    with zipfile.ZipFile(tmp_path / "large.ozx") as found:
        assert found.infolist()[0].header_offset == 5 << 30
        assert found.testzip() is None
    labels: Any = omezarr_nb.open(tmp_path / "large.ozx")
    assert labels.names == ("a",)
    store = ZippedStore(StorePath(LocalStore(tmp_path / "large.ozx", read_only=True)), "large")
    assert sync(store.getsize("a/c")) == 100
    with pytest.raises(FileNotFoundError):
        sync(store.getsize("a/d"))
