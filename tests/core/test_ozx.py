"""OME-Zarr in one file (RFC-9): written, packed, unpacked, converted, shown."""

from __future__ import annotations

import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from zarr.storage import MemoryStore, StorePath

import omezarr_nb
from omezarr_nb.core import writer
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.ozx import pack, unpack
from omezarr_nb.display import to_html, to_text
from omezarr_nb.errors import (
    InvalidArgumentError,
    NotFoundError,
    OMEZarrError,
    StoreError,
    TargetExistsError,
    UnsupportedError,
    WriteCancelledError,
)
from tests.core.archives import PIXELS, contents, files_below, hidden, names_in, rules, write


def test_an_image_is_written_into_one_file(tmp_path: Path) -> None:
    image = write(tmp_path / "image.ozx")
    assert contents(tmp_path) == ["image.ozx"]
    np.testing.assert_array_equal(image.levels[0].zarr[...], PIXELS)
    np.testing.assert_array_equal(image.levels[0].zarr[1, 30:70, 5:6], PIXELS[1, 30:70, 5:6])
    assert image.levels[0].shards == (1, 320, 256)
    assert image.name == "image"
    assert image.where == str(tmp_path / "image.ozx")
    assert image.location.store.read_only


def test_the_file_is_as_the_rfc_recommends(tmp_path: Path) -> None:
    write(tmp_path / "image.ozx")
    assert names_in(tmp_path / "image.ozx")[:5] == ["zarr.json", *(f"{i}/zarr.json" for i in range(3)), "0/c/0/0/0"]
    with zipfile.ZipFile(tmp_path / "image.ozx") as archive:
        assert archive.comment == (b'{"ome": {"version": "0.5", "zipFile": {"centralDirectory": {"jsonFirst": true}}}}')
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        headers = [entry.header_offset for entry in archive.infolist()]
        assert headers == sorted(headers)
    assert b"PK\x06\x06" in (tmp_path / "image.ozx").read_bytes()[-500:]
    assert omezarr_nb.validate(tmp_path / "image.ozx").problems == ()


def test_the_same_image_makes_the_same_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "image.ozx")
    assert (tmp_path / "a" / "image.ozx").read_bytes() == (tmp_path / "b" / "image.ozx").read_bytes()


@pytest.mark.parametrize("shards", [False, 128])
def test_shards_are_chosen_only_where_none_are_given(tmp_path: Path, shards: Any) -> None:
    image = write(tmp_path / "image.ozx", shards=shards)
    assert image.levels[0].shards == ((1, 128, 128) if shards else None)
    assert rules(tmp_path / "image.ozx") == ([("ozx-sharding", "warning")] if not shards else [])
    assert write(tmp_path / "image.zarr").levels[0].shards is None


def test_levels_that_are_given_are_written_into_one_file(tmp_path: Path) -> None:
    image = writer.write_multiscale(
        [PIXELS, PIXELS[:, ::2, ::2]], tmp_path / "image.ozx", axes="cyx", chunks=(1, 32, 32)
    )
    assert image.levels[0].shards is not None
    np.testing.assert_array_equal(image.levels[1].zarr[...], PIXELS[:, ::2, ::2])


@pytest.mark.filterwarnings("ignore:Not all that is given", "ignore:Images of OME-Zarr")
@pytest.mark.parametrize("version", ["0.1", "0.2", "0.3", "0.4"])
def test_versions_in_zarr_2_are_refused(tmp_path: Path, version: str) -> None:
    with pytest.raises(UnsupportedError, match=rf"OME-Zarr {version} is stored in Zarr 2.*version='0.5'"):
        omezarr_nb.write_image(np.zeros((1, 1, 1, 8, 8)), tmp_path / "a.ozx", version=version)
    source = write(tmp_path / "a.zarr")
    with pytest.raises(OMEZarrError, match=rf"{version}"):
        omezarr_nb.convert(source, tmp_path / "a.ozx", version=version, drop=True)
    assert contents(tmp_path) == ["a.zarr"]


@pytest.mark.parametrize("version", ["0.5", "0.6"])
def test_what_is_there_is_never_touched_unasked(tmp_path: Path, version: str) -> None:
    write(tmp_path / "image.ozx")
    old = (tmp_path / "image.ozx").read_bytes()
    folder = write(tmp_path / "folder.zarr")
    for attempt in (
        lambda: write(tmp_path / "image.ozx", version=version),
        lambda: pack(folder, tmp_path / "image.ozx"),
        lambda: omezarr_nb.convert(folder, tmp_path / "image.ozx"),
    ):
        with pytest.raises(TargetExistsError, match="overwrite=True"):
            attempt()
        assert (tmp_path / "image.ozx").read_bytes() == old
    image = omezarr_nb.write_image(PIXELS + 1, tmp_path / "image.ozx", axes="cyx", overwrite=True, version=version)
    assert image.version == version
    np.testing.assert_array_equal(image.levels[0].zarr[...], PIXELS + 1)
    assert hidden(tmp_path) == []


def test_an_image_is_overwritten_by_what_is_computed_from_it(tmp_path: Path) -> None:
    image = write(tmp_path / "image.ozx")
    doubled = omezarr_nb.write_image(image.array() + 1, tmp_path / "image.ozx", axes="cyx", overwrite=True)
    np.testing.assert_array_equal(doubled.levels[0].zarr[...], PIXELS + 1)


def test_an_archive_with_more_than_an_image_is_not_replaced_by_one(tmp_path: Path) -> None:
    folder = write(tmp_path / "image.zarr")
    omezarr_nb.write_labels(np.zeros((300, 200), "u1"), folder.where, name="nuclei", axes="yx")
    pack(folder, tmp_path / "image.ozx")
    with pytest.raises(TargetExistsError, match=r"more than its own levels.*labels"):
        write(tmp_path / "image.ozx", overwrite=True)
    assert list(omezarr_nb.open(tmp_path / "image.ozx").labels) == ["nuclei"]


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 no archive"])
def test_a_file_that_is_no_archive_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "image.ozx").write_bytes(content)
    with pytest.raises(TargetExistsError, match="no OME-Zarr"):
        write(tmp_path / "image.ozx", overwrite=True)
    assert (tmp_path / "image.ozx").read_bytes() == content


def test_a_folder_with_that_name_is_read_and_not_replaced(tmp_path: Path) -> None:
    write(tmp_path / "image.zarr")
    (tmp_path / "image.zarr").rename(tmp_path / "image.ozx")
    assert omezarr_nb.open(tmp_path / "image.ozx").shape == PIXELS.shape
    with pytest.raises(TargetExistsError, match="There is a folder at the target"):
        write(tmp_path / "image.ozx", overwrite=True)


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "image.ozx")
    old = (tmp_path / "image.ozx").read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("omezarr_nb.core.zipped.write._central", full)
    folder = write(tmp_path / "folder.zarr")
    for attempt in (
        lambda: write(tmp_path / "image.ozx", overwrite=True),
        lambda: omezarr_nb.convert(folder, tmp_path / "image.ozx", overwrite=True),
        lambda: pack(folder, tmp_path / "image.ozx", overwrite=True),
        lambda: write(tmp_path / "new.ozx"),
    ):
        with pytest.raises(StoreError, match="No space left"):
            attempt()
        assert (tmp_path / "image.ozx").read_bytes() == old
        assert hidden(tmp_path) == []
        assert not (tmp_path / "new.ozx").exists()


def test_a_write_that_is_cancelled_leaves_what_was_there(tmp_path: Path) -> None:
    class Now:
        def is_set(self) -> bool:
            return True

    with pytest.raises(WriteCancelledError):
        write(tmp_path / "image.ozx", cancel=Now())
    assert contents(tmp_path) == []


def test_what_comes_into_being_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    image = write(tmp_path / "image.zarr")

    def appear(_: Any) -> None:
        (tmp_path / "image.ozx").write_bytes(b"of another")

    with pytest.raises(TargetExistsError):
        omezarr_nb.convert(image, tmp_path / "image.ozx", on_progress=appear)
    assert (tmp_path / "image.ozx").read_bytes() == b"of another"
    assert hidden(tmp_path) == []


def test_a_folder_is_packed_and_unpacked_as_it_is(tmp_path: Path) -> None:
    folder = write(tmp_path / "image.zarr", version="0.6")
    omezarr_nb.write_labels(np.ones((300, 200), "u1"), folder.where, name="nuclei", axes="yx", levels=3)
    (tmp_path / "image.zarr" / "notes").mkdir()
    (tmp_path / "image.zarr" / "notes" / "äöü.txt").write_text("kept")
    archive = pack(folder, tmp_path / "sub" / "image.ozx")
    assert archive.version == "0.6"
    assert list(archive.labels) == ["nuclei"]
    names = names_in(tmp_path / "sub" / "image.ozx")
    count = sum(name.endswith("zarr.json") for name in names)
    assert [name.count("/") for name in names[:count]] == [0, 1, 1, 1, 1, 2, 3, 3, 3]
    assert "notes/äöü.txt" in names
    unpacked = unpack(archive, tmp_path / "again.zarr")
    assert unpacked.where == str(tmp_path / "again.zarr")
    assert files_below(tmp_path / "again.zarr") == files_below(tmp_path / "image.zarr")
    with pytest.raises(TargetExistsError):
        unpack(archive, tmp_path / "again.zarr")
    assert hidden(tmp_path) == []


def test_a_hierarchy_in_any_store_is_packed(tmp_path: Path) -> None:
    store = MemoryStore()
    write(StorePath(store, "a/image"))
    archive = pack(StorePath(store, "a/image"), tmp_path / "image.ozx")
    np.testing.assert_array_equal(archive.levels[0].zarr[...], PIXELS)
    again = pack(archive, tmp_path / "again.ozx")
    assert (tmp_path / "image.ozx").read_bytes() == (tmp_path / "again.ozx").read_bytes()
    assert again.shape == PIXELS.shape
    level = pack(tmp_path / "image.ozx", tmp_path / "third.ozx", overwrite=True)
    assert level.shape == PIXELS.shape


@pytest.mark.parametrize(
    ("source", "target", "error", "words"),
    [
        ("image.zarr", "image.zip", InvalidArgumentError, "ending .ozx"),
        ("image.zarr", "image.zarr2", InvalidArgumentError, "no local path of a file"),
        ("image.zarr", "image.zarr/in.ozx", InvalidArgumentError, "the same or lie in each other"),
        ("image.zarr", "other.zarr/in.ozx", InvalidArgumentError, "not put into a hierarchy"),
        ("image.zarr", "memory://image.ozx", UnsupportedError, "local disk only"),
        ("old.zarr", "image.ozx", UnsupportedError, "stored in Zarr 2"),
        ("nothing.zarr", "image.ozx", NotFoundError, "no Zarr hierarchy"),
        ("nested.zarr", "image.ozx", InvalidArgumentError, "holds no others.*in.ozx"),
        ("linked.zarr", "image.ozx", InvalidArgumentError, "A link leads out"),
    ],
)
def test_what_cannot_be_packed(tmp_path: Path, source: str, target: str, error: type[Exception], words: str) -> None:
    small = np.zeros((8, 8), "u1")
    for name in ("image", "other", "nested", "linked"):
        omezarr_nb.write_image(small, tmp_path / f"{name}.zarr")
    omezarr_nb.write_image(small, tmp_path / "old.zarr", version="0.4")
    (tmp_path / "nested.zarr" / "in.ozx").write_bytes(b"")
    (tmp_path / "secret").write_text("of somebody else")
    (tmp_path / "linked.zarr" / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(error, match=words):
        pack(tmp_path / source, target if "://" in target else tmp_path / target)
    assert not list(tmp_path.rglob("image.ozx"))
    assert hidden(tmp_path) == []


def test_what_cannot_be_unpacked(tmp_path: Path) -> None:
    write(tmp_path / "image.zarr")
    with pytest.raises(InvalidArgumentError, match="no zip archive"):
        unpack(tmp_path / "image.zarr", tmp_path / "out.zarr")
    write(tmp_path / "image.ozx")
    with pytest.raises(InvalidArgumentError, match="local folder"):
        unpack(tmp_path / "image.ozx", "memory://out.zarr")


def test_a_plate_and_its_parts_are_opened_in_an_archive(tmp_path: Path) -> None:
    with omezarr_nb.create_plate(tmp_path / "plate.zarr", ["A", "B"], [1, 2]) as plate:
        for well in (("A", 1), ("B", 2)):
            plate[well].write_field(np.full((64, 64), well[1], "u1"))
    converted = omezarr_nb.convert(tmp_path / "plate.zarr", tmp_path / "plate.ozx", version="0.6")
    assert isinstance(converted, omezarr_nb.Plate)
    assert converted["B", 2].fields[0].levels[0].zarr[0, 0] == 2
    field = omezarr_nb.open(f"{tmp_path}/plate.ozx/A/1/0")
    assert isinstance(field, omezarr_nb.Image)
    assert field.where == f"{tmp_path}/plate.ozx/A/1/0"
    assert isinstance(omezarr_nb.open(tmp_path / "plate.ozx" / "A" / "1"), omezarr_nb.Well)
    assert rules(tmp_path / "plate.ozx") == []
    back = omezarr_nb.convert(tmp_path / "plate.ozx", tmp_path / "back.zarr", version="0.4")
    assert back.version == "0.4"
    assert back["A", 1].fields[0].levels[0].zarr[0, 0] == 1


def test_a_labelled_image_of_0_4_is_converted_into_an_archive(tmp_path: Path) -> None:
    image = write(tmp_path / "old.zarr", version="0.4")
    labels = np.arange(300 * 200, dtype="u4").reshape(300, 200) % 7
    omezarr_nb.write_labels(labels, image.where, name="cells", axes="yx", levels=3)
    archive = omezarr_nb.convert(tmp_path / "old.zarr", tmp_path / "new.ozx")
    assert archive.version == "0.5"
    np.testing.assert_array_equal(archive.levels[0].zarr[...], PIXELS)
    np.testing.assert_array_equal(archive.labels["cells"].levels[0].zarr[...], labels)
    assert omezarr_nb.validate(tmp_path / "new.ozx").is_valid


@pytest.mark.parametrize(
    "attempt",
    [
        lambda path: omezarr_nb.write_labels(np.zeros((300, 200), "u1"), path, name="a", axes="yx"),
        lambda path: omezarr_nb.create_plate(path, ["A"], [1]),
        lambda path: omezarr_nb.create_image(path.with_name("new.ozx"), shape=(8, 8), dtype="u1"),
        lambda path: omezarr_nb.create_labels(path, "a"),
        lambda path: omezarr_nb.open(path).update_region(np.zeros((300, 200), "u2"), c=0),
        lambda path: omezarr_nb.create_plate(path.with_name("new.ozx"), ["A"], [1]),
        lambda path: writer.write_plate_metadata(path, ["A"], ["1"], ["A/1"]),
        lambda path: writer.add_metadata(path, {"a": 1}),
        lambda path: omezarr_nb.write_image(PIXELS, path / "inner", axes="cyx"),
        lambda path: omezarr_nb.write_image(PIXELS, omezarr_nb.open(path).location.store, axes="cyx"),
        lambda path: ZarrLocation(path, "a"),
    ],
)
def test_nothing_is_written_into_an_archive(tmp_path: Path, attempt: Any) -> None:
    write(tmp_path / "image.ozx")
    old = (tmp_path / "image.ozx").read_bytes()
    with pytest.raises(UnsupportedError, match=r"(read only from then on|is not changed).*omezarr_nb.convert"):
        attempt(tmp_path / "image.ozx")
    assert (tmp_path / "image.ozx").read_bytes() == old
    assert contents(tmp_path) == ["image.ozx"]


def test_a_zarr_group_of_an_archive_is_read_only(tmp_path: Path) -> None:
    group = write(tmp_path / "image.ozx").location.group()
    with pytest.raises(ValueError, match="read only"):
        group.attrs["a"] = 1
    with pytest.raises(ValueError, match="read only"):
        del group["0"]


def test_an_archive_is_shown_as_any_image(tmp_path: Path) -> None:
    image = write(tmp_path / "image.ozx")
    assert str(tmp_path / "image.ozx") in to_text(image)
    assert "archive, read only" in to_text(image)
    assert "archive, read only" in to_html(image)
    assert "<img" in to_html(image)
    assert "read only" not in to_text(write(tmp_path / "image.zarr"))
    viewer = image.view()
    assert isinstance(viewer, omezarr_nb.ImageViewer)
    viewer.close()


def test_an_archive_that_changes_is_not_read_on(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 2**16, (2, 400, 400), "u2")  # more than is kept when it is opened
    image = omezarr_nb.write_image(noise, tmp_path / "image.ozx", axes="cyx")
    image.levels[0].zarr[0, 0, 0]
    omezarr_nb.write_image(noise + 1, tmp_path / "image.ozx", axes="cyx", overwrite=True)
    with pytest.raises(StoreError, match=r"changed since it was opened\..*Open it again"):
        image.levels[0].zarr[...]


def test_an_archive_is_sent_to_other_processes(tmp_path: Path) -> None:
    image = write(tmp_path / "image.ozx")
    array = pickle.loads(pickle.dumps(image.levels[0].zarr))
    np.testing.assert_array_equal(array[...], PIXELS)
    assert array.store_path.store == image.location.store
    assert hash(array.store_path.store) == hash(image.location.store)


KILLED = """
import os, sys
import numpy as np
import omezarr_nb
from omezarr_nb.core.zipped import write

write._central = lambda *_: os._exit(9)  # while the archive is written
omezarr_nb.write_image(np.ones((2, 300, 200), "u2"), sys.argv[1], axes="cyx", overwrite=True, resume=True)
"""


def test_a_writer_that_is_killed_leaves_what_was_there_and_is_continued(tmp_path: Path) -> None:
    write(tmp_path / "image.ozx")
    old = (tmp_path / "image.ozx").read_bytes()
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "image.ozx")], check=False)
    assert killed.returncode == 9
    assert (tmp_path / "image.ozx").read_bytes() == old
    for where in (tmp_path, tmp_path / "image.ozx"):
        (left,) = omezarr_nb.leftovers(where)
        assert (left.target, left.resumable) == (str(tmp_path / "image.ozx"), True)
    ones = np.ones((2, 300, 200), "u2")
    image = omezarr_nb.write_image(ones, tmp_path / "image.ozx", axes="cyx", overwrite=True, resume=True)
    np.testing.assert_array_equal(image.levels[0].zarr[...], ones)
    assert contents(tmp_path) == ["image.ozx"]
    assert rules(tmp_path / "image.ozx") == []
    assert not any("partial" in name for name in names_in(tmp_path / "image.ozx"))


KILLED_LATE = """
import os, sys
from pathlib import Path
import numpy as np
import omezarr_nb
from omezarr_nb.core.zipped import write

where, moment, overwrite = sys.argv[1], sys.argv[2], sys.argv[3] == "True"
if moment == "linked":  # under both names
    Path.unlink = lambda *_, **__: os._exit(9)
elif moment == "in place":
    write._sync_folder = lambda *_: os._exit(9)
else:
    write._put_in_place = lambda *_, **__: os._exit(9)
source = np.ones((2, 300, 200), "u2")
if len(sys.argv) > 4:
    omezarr_nb.convert(sys.argv[4], where, overwrite=overwrite, resume=True)
omezarr_nb.write_image(source, where, axes="cyx", overwrite=overwrite, resume=True)
"""


@pytest.mark.parametrize(
    ("way", "moment", "overwrite"),
    [
        ("write", "written", False),
        ("write", "linked", False),
        ("write", "in place", True),
        ("convert", "written", True),
        ("convert", "linked", False),
    ],
)
def test_a_writer_that_is_killed_at_its_very_end_has_ended_when_it_is_resumed(
    tmp_path: Path, way: str, moment: str, overwrite: bool
) -> None:
    where, source = tmp_path / "a" / "image.ozx", tmp_path / "source.zarr"
    where.parent.mkdir()
    ones = np.ones((2, 300, 200), "u2")
    if overwrite:
        omezarr_nb.write_image(0 * ones, where, axes="cyx")
    before = where.read_bytes() if overwrite else None
    options: dict[str, Any] = {"overwrite": overwrite, "resume": True}
    more = []
    if way == "convert":
        omezarr_nb.write_image(ones, source, axes="cyx")
        more = [str(source)]
    command = [sys.executable, "-c", KILLED_LATE, str(where), moment, str(overwrite), *more]
    assert subprocess.run(command, check=False).returncode == 9
    assert len(contents(where.parent)) == (1 if moment == "written" and not overwrite else 2)
    placed = where.read_bytes() if where.exists() else None
    assert (placed == before) == (moment == "written")
    image = (
        omezarr_nb.convert(source, where, **options)
        if way == "convert"
        else omezarr_nb.write_image(ones, where, axes="cyx", **options)
    )
    np.testing.assert_array_equal(image.levels[0].zarr[...], ones)
    assert contents(where.parent) == ["image.ozx"]
    if moment != "written":
        assert where.read_bytes() == placed, "nothing is written once more"
    with pytest.raises(TargetExistsError):
        omezarr_nb.write_image(ones, where, axes="cyx", resume=True)


KILLED_REMOVING = """
import os, shutil, sys, warnings
import numpy as np
import omezarr_nb
from omezarr_nb.core.pyramid import staging

remove = shutil.rmtree
staging.shutil.rmtree = lambda path: (remove(path / "0" / "c"), os._exit(9))
warnings.simplefilter("ignore")
omezarr_nb.write_image(np.ones((2, 300, 200), "u2"), sys.argv[1], axes="cyx")
"""


def test_what_somebody_began_to_remove_is_not_gone_on_with(tmp_path: Path) -> None:
    """It was written to its end, so that its journal says of every chunk that it is there."""
    where = tmp_path / "image.ozx"
    for script, arguments in ((KILLED_LATE, ("written", "False")), (KILLED_REMOVING, ())):
        command = [sys.executable, "-c", script, str(where), *arguments]
        assert subprocess.run(command, check=False).returncode == 9
    ones = np.ones((2, 300, 200), "u2")
    with pytest.warns(UserWarning, match="not brought to its end"):
        image = omezarr_nb.write_image(ones, where, axes="cyx", resume=True)
    np.testing.assert_array_equal(image.levels[0].zarr[...], ones)
    assert contents(tmp_path) == ["image.ozx"]


def test_another_file_at_the_target_is_not_taken_for_what_was_written(tmp_path: Path) -> None:
    where = tmp_path / "image.ozx"
    command = [sys.executable, "-c", KILLED_LATE, str(where), "in place", "False"]
    assert subprocess.run(command, check=False).returncode == 9
    other = tmp_path / "other.ozx"
    omezarr_nb.write_image(np.zeros((2, 30, 20), "u2"), other, axes="cyx")
    other.replace(where)
    theirs = where.read_bytes()
    with pytest.raises(TargetExistsError):
        omezarr_nb.write_image(np.ones((2, 300, 200), "u2"), where, axes="cyx", resume=True)
    assert where.read_bytes() == theirs
