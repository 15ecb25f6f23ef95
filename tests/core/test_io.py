"""Places: all the ways to name one, what is read there, and failures of storage in words."""

from __future__ import annotations

import dataclasses
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from zarr.storage import LocalStore, MemoryStore, StorePath

from omezarr_nb.core import io
from omezarr_nb.core.format import FormatV04, FormatV05
from omezarr_nb.core.io import ZarrLocation, parse_url
from omezarr_nb.core.patience import DOCUMENTS, Patience
from omezarr_nb.core.stores import without_password
from omezarr_nb.errors import (
    AccessRefusedError,
    ArgumentTypeError,
    InvalidArgumentError,
    InvalidMetadataError,
    MissingExtraError,
    NotFoundError,
    OMEZarrError,
    StoreError,
    UnsupportedError,
)
from tests.core.documents import (
    array_documents,
    group_documents,
    image_block,
    image_documents,
    memory_store,
    wrap,
    write_documents,
)
from tests.servers import DirectoryServer

Serve = Callable[[Path], DirectoryServer]
SHAPES = [(4, 64, 64), (4, 32, 32)]
WAYS = ["path", "text", "file URL", "local store", "store path", "group", "memory store", "location", "memory URL"]


@pytest.fixture(params=["0.4", "0.5"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the folder of an image of either version."""
    return write_documents(tmp_path / "image.zarr", image_documents("zyx", SHAPES, request.param))


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask a server that fails as often as ever, with a tenth of the wait before each try."""
    monkeypatch.setattr(io, "_PATIENCE", dataclasses.replace(DOCUMENTS, wait=DOCUMENTS.wait / 10))


def place(way: str, folder: Path) -> Any:
    """Return the same image named in one of several ways."""
    documents = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    if way == "memory URL":
        import fsspec

        files = fsspec.filesystem("memory")
        files.store.clear()
        for key, value in documents.items():
            files.pipe_file(f"/place.zarr/{key}", value)
        return "memory://place.zarr"
    ways: dict[str, Callable[[], Any]] = {
        "path": lambda: folder,
        "text": lambda: str(folder),
        "file URL": lambda: f"file://{folder}",
        "local store": lambda: LocalStore(folder),
        "store path": lambda: StorePath(LocalStore(folder.parent), folder.name),
        "group": lambda: zarr.open_group(folder, mode="r"),
        "memory store": lambda: memory_store(documents),
        "location": lambda: ZarrLocation(folder),
    }
    return ways[way]()


@pytest.mark.parametrize("way", WAYS)
def test_a_place_is_named_in_any_way(folder: Path, way: str) -> None:
    location = ZarrLocation(place(way, folder))
    assert location.exists()
    assert not location.is_array
    assert location.version == location.fmt.version == ("0.4" if location.zarr_format == 2 else "0.5")
    assert location.fmt.block(location.root_attrs)["multiscales"][0]["name"] == "made"
    assert location.load("1").shape == SHAPES[1]
    assert int(location.load("0")[0, 0, 0].compute()) == 7
    if way not in ("memory store", "memory URL"):
        assert location.basename() == "image.zarr"
        assert location.parts()[-1] == "image.zarr"


def test_a_url_is_named_too(folder: Path, serve: Serve) -> None:
    server = serve(folder.parent)
    location = ZarrLocation(f"{server.url}/image.zarr/")
    assert location.load("1").shape == SHAPES[1]
    assert location.where == f"{server.url}/image.zarr"
    assert location.basename() == "image.zarr"


def test_locations_are_equal_where_they_lie_in_the_same_place(folder: Path) -> None:
    location = ZarrLocation(folder)
    same = [ZarrLocation(str(folder)), ZarrLocation(zarr.open_group(folder, mode="r")), ZarrLocation(location)]
    assert {location, *same} == {location}
    assert location != ZarrLocation(folder).child("0")
    assert location != str(folder)
    assert "image.zarr" in repr(location)


def test_a_root_that_is_not_there(tmp_path: Path) -> None:
    location = ZarrLocation(tmp_path / "nothing")
    assert not location.exists()
    assert (location.zarr_format, location.root_attrs, location.get_json("zarr.json")) == (None, {}, {})
    assert parse_url(tmp_path / "nothing") is None
    assert not (tmp_path / "nothing").exists()


def test_parse_url_creates_a_group_and_never_erases(tmp_path: Path) -> None:
    for fmt, name in ((FormatV04(), "four"), (FormatV05(), "five")):
        made = parse_url(tmp_path / name, "w", fmt)
        assert made is not None
        assert made.exists()
        assert (made.fmt, made.zarr_format) == (fmt, fmt.zarr_format)
        assert made.where == str(tmp_path / name)
        made.group().attrs["mine"] = 1
        again = parse_url(tmp_path / name, "w", fmt)
        assert again is not None
        assert again.root_attrs == {"mine": 1}


def test_the_version_that_is_there_is_taken() -> None:
    documents = group_documents(wrap(image_block("yx", [[1, 1]]), "0.4"), 2)
    assert ZarrLocation(memory_store(documents), fmt=FormatV05()).fmt == FormatV04()
    unnamed = group_documents({"multiscales": []}, 2)
    assert ZarrLocation(memory_store(unnamed)).version == "0.4"
    assert ZarrLocation(memory_store(group_documents({}, 3))).version == "0.5"


def test_a_bare_array_is_told_from_a_group() -> None:
    for zarr_format in (2, 3):
        location = ZarrLocation(StorePath(memory_store(array_documents("a", (2, 2), zarr_format)), "a"))
        assert location.exists()
        assert location.is_array
        assert location.load().shape == (2, 2)


def test_a_group_without_attributes_is_a_group() -> None:
    location = ZarrLocation(memory_store({".zgroup": {"zarr_format": 2}}))
    assert (location.exists(), location.is_array, location.zarr_format) == (True, False, 2)


@pytest.mark.parametrize("path", ["../x", "/etc", "a\\b", "..", "", "x/../..", "http://x/y", "a\0", "C:/x"])
def test_no_path_leads_out_of_a_group(folder: Path, path: str) -> None:
    location = ZarrLocation(folder)
    calls: list[Callable[[str], object]] = [location.child, location.get_json]
    if path:
        calls += [location.load, lambda path: location.arrays([path])]
    for call in calls:
        with pytest.raises(InvalidArgumentError, match="no path within the group"):
            call(path)


def test_arrays_that_are_not_there_are_left_out(folder: Path) -> None:
    location = ZarrLocation(folder)
    assert list(location.arrays(["1", "9", "0", "1"])) == ["1", "0"]
    with pytest.raises(NotFoundError, match="no array here"):
        location.load("9")


def test_an_array_that_cannot_be_understood_is_said() -> None:
    documents = image_documents("zyx", SHAPES)
    documents["1/zarr.json"]["codecs"] = [{"name": "from-the-future"}]
    with pytest.raises(InvalidMetadataError, match=r"cannot be understood.*/1\."):
        ZarrLocation(memory_store(documents)).arrays(["0", "1"])


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("", InvalidArgumentError, "empty"),
        ("  ", InvalidArgumentError, "empty"),
        ("a\0b", InvalidArgumentError, "no such path"),
        ("~nobody-of-this-name/x", InvalidArgumentError, "no such path"),
        ("nowhere://x", InvalidArgumentError, "Protocol not known"),
        ("simplecache::https://example.org/x", UnsupportedError, "Open the URL itself"),
        (3, ArgumentTypeError, "no place"),
        (None, ArgumentTypeError, "no place"),
        (np.zeros(3), ArgumentTypeError, "no place"),
        ("ftp://127.0.0.1:9/x", StoreError, "refused"),
        ("http://127.0.0.1:9/x", StoreError, "could not be read.*Cannot connect"),
        ("x" * 5000, StoreError, "too long"),
    ],
)
def test_what_is_no_place_is_said_in_words(path: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        ZarrLocation(path)
    assert len(str(caught.value)) < 2000


def test_options_that_do_not_fit_are_said() -> None:
    with pytest.raises(OMEZarrError, match="unexpected keyword argument 'nothing'"):
        ZarrLocation("http://127.0.0.1:9/x", storage_options={"nothing": {}})


def test_a_mode_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="no such mode"):
        ZarrLocation(tmp_path, "x")  # type: ignore[arg-type] # what is tested


@pytest.mark.parametrize(
    ("scheme", "package", "extra"),
    [("s3", "s3fs", "s3"), ("gs", "gcsfs", "gcs"), ("az", "adlfs", "azure"), ("abfs", "adlfs", "azure")],
)
def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, scheme: str, package: str, extra: str) -> None:
    import fsspec

    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules[fsspec.get_filesystem_class.__module__]._registry, scheme, raising=False)
    with pytest.raises(MissingExtraError, match=rf"omezarr_nb\[{extra}\]"):
        ZarrLocation(f"{scheme}://bucket/image.zarr")
    assert f"\n{extra} = [\n" in Path(__file__).parents[2].joinpath("pyproject.toml").read_text()


def test_the_root_of_the_memory_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert not isinstance(ZarrLocation("memory://").store, LocalStore)
    assert list(tmp_path.iterdir()) == []


def test_no_password_is_shown(serve: Serve, tmp_path: Path) -> None:
    server = serve(tmp_path)
    server.fail("*", 500)
    url = server.url.replace("://", "://me:secret@")
    with pytest.raises(StoreError) as caught:
        ZarrLocation(f"{url}/x.zarr")
    assert "secret" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)
    assert without_password(f"see {url}/a and s3://k:s@b/c") == f"see {server.url}/a and s3://b/c"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b'{"zarr_format": 3, "attrib', "not JSON"),
        (b"\xff\xfe\xfa", "not JSON"),
        (b"<html>404</html>", "not JSON"),
        (b"[1, 2]", "JSON object is expected"),
        (b"null", "JSON object is expected"),
        (b'"text"', "JSON object is expected"),
        (b"[" * 200_000, "not JSON"),
        (b'{"attributes": ' * 101 + b"1" + b"}" * 101, "nested more than 100"),
        (b'{"a": ' + b"1" * 5000 + b"}", "not JSON"),
    ],
    ids=["empty", "cut", "no text", "HTML", "list", "null", "string", "open", "deep", "huge number"],
)
def test_a_document_that_is_no_json_object_is_said_with_its_place(content: bytes, words: str) -> None:
    for documents in ({"zarr.json": content}, {".zgroup": {"zarr_format": 2}, ".zattrs": content}):
        with pytest.raises(InvalidMetadataError, match=words) as caught:
            ZarrLocation(memory_store(documents))
        assert ("zarr.json" if "zarr.json" in documents else ".zattrs") in str(caught.value)


def test_a_document_that_is_too_large_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(io, "_MAX_JSON", 10)
    with pytest.raises(InvalidMetadataError, match="too large"):
        ZarrLocation(memory_store(group_documents({}, 3)))


def test_halves_of_characters_are_replaced() -> None:
    content = b'{"node_type": "group", "attributes": {"\\uD800": ["a\\udfffb", "\\ud83d\\ude00"]}}'
    location = ZarrLocation(memory_store({"zarr.json": content}))
    assert location.root_attrs == {"\ufffd": ["a\ufffdb", "\U0001f600"]}
    json.dumps(location.root_attrs, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("outcome", "error", "words"),
    [
        (401, AccessRefusedError, "refused access.*anon"),
        (403, PermissionError, "refused access.*anon"),
        (500, StoreError, "could not be read"),
        (503, StoreError, "could not be read"),
        ("reset", StoreError, "could not be read"),
        ("truncate", StoreError, "could not be read"),
    ],
)
def test_failures_of_a_server_are_said(
    folder: Path, serve: Serve, outcome: Any, error: type[Exception], words: str
) -> None:
    server = serve(folder.parent)
    server.fail("*/zarr.json", outcome)
    server.fail("*/.z*", outcome)
    with pytest.raises(error, match=words) as caught:
        ZarrLocation(f"{server.url}/image.zarr")
    assert isinstance(caught.value, OMEZarrError)
    server.heal()
    assert ZarrLocation(f"{server.url}/image.zarr").exists()


def test_a_server_that_does_not_answer_is_not_waited_for(
    folder: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(folder.parent)
    monkeypatch.setattr(io, "_PATIENCE", Patience(seconds=0.2))
    server.hold("*")
    with pytest.raises(StoreError, match="did not answer in time"):
        ZarrLocation(f"{server.url}/image.zarr")


def test_a_bucket_that_may_not_be_listed_refuses_what_is_not_there(folder: Path, serve: Serve) -> None:
    server = serve(folder.parent)
    there = {str(file.relative_to(folder.parent)) for file in folder.rglob("*") if file.is_file()}
    for missing in ("zarr.json", ".zgroup", ".zattrs", "9/zarr.json", "9/.zarray"):
        if f"image.zarr/{missing}" not in there:
            server.fail(f"image.zarr/{missing}", 403)
    location = ZarrLocation(f"{server.url}/image.zarr")
    assert list(location.arrays(["0", "9"])) == ["0"]


def test_documents_are_asked_for_at_once(folder: Path, serve: Serve) -> None:
    server = serve(folder.parent)
    location = ZarrLocation(f"{server.url}/image.zarr")
    server.hold("*")
    done = threading.Event()

    def read() -> None:
        location.arrays([str(number) for number in range(5)])
        done.set()

    server.clear()
    thread = threading.Thread(target=read)
    thread.start()
    server.heal()
    thread.join()
    assert done.is_set()
    assert len(server.requests) == 5


def test_a_store_that_raises_anything_is_an_error_in_words() -> None:
    class Broken(MemoryStore):
        async def get(self, *_: Any, **__: Any) -> Any:
            raise ZeroDivisionError("of all things")

    with pytest.raises(StoreError, match="of all things") as caught:
        ZarrLocation(Broken())
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
