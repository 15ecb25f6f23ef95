"""OME-Zarr in one file behind a URL: a handful of requests, never the whole file."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest
from obstore.store import MemoryStore
from zarr.storage import ObjectStore, StorePath

import omezarr_nb
from omezarr_nb.core.ozx import pack, unpack
from omezarr_nb.core.patience import Patience
from omezarr_nb.core.zipped import file
from omezarr_nb.core.zipped.store import ZippedStore
from omezarr_nb.errors import AccessRefusedError, NotFoundError, OMEZarrError, StoreError, UnsupportedError
from tests.servers import DirectoryServer
from tests.storage.faults import start_proxy
from tests.storage.seaweed import WRONG, SeaweedServer

#: Noise, so that nothing of it is small: three levels of 64 x 64 chunks in shards.
PIXELS = np.random.default_rng(7).integers(0, 2**16, (2, 700, 700), "u2")

Serve = Callable[[Path], DirectoryServer]


def write(folder: Path, name: str = "image.ozx", **options: Any) -> Path:
    omezarr_nb.write_image(PIXELS, folder / name, axes="cyx", units="um", chunks=64, levels=3, **options)
    return folder / name


def sizes(server: DirectoryServer) -> list[int]:
    """Return how many bytes each request with a range asked for."""
    asked = []
    for request in server.requests:
        assert request.range is not None, request
        first, _, last = request.range.removeprefix("bytes=").partition("-")
        asked.append(int(last) - int(first) + 1 if first else int(last))
    return asked


def test_an_image_is_opened_with_two_requests(tmp_path: Path, serve: Serve) -> None:
    path = write(tmp_path)
    server = serve(tmp_path)
    image = omezarr_nb.open(f"{server.url}/image.ozx")
    assert [level.shape[-1] for level in image.levels] == [700, 350, 175]
    assert image.labels == {}
    assert len(server.requests) == 2  # the end of the file, and all metadata at its beginning
    assert sum(sizes(server)) < path.stat().st_size / 10


def test_pixels_come_by_range(tmp_path: Path, serve: Serve) -> None:
    path = write(tmp_path)
    server = serve(tmp_path)
    image = omezarr_nb.open(f"{server.url}/image.ozx")
    level = image.levels[0].zarr
    server.clear()
    np.testing.assert_array_equal(level[1, 64:128, 128:192], PIXELS[1, 64:128, 128:192])
    # One chunk of a shard: the header of the entry and the index of the shard at once, then the chunk.
    assert len(server.requests) == 3
    assert sum(sizes(server)) < 2 * 64 * 64 * 2
    server.clear()
    np.testing.assert_array_equal(level[...], PIXELS)
    assert max(sizes(server)) < path.stat().st_size
    np.testing.assert_array_equal(image.array(2).compute(), image.levels[2].zarr[...])


def test_a_plate_is_opened_with_two_requests(tmp_path: Path, serve: Serve) -> None:
    with omezarr_nb.create_plate(tmp_path / "plate.zarr", ["A", "B"], range(1, 13)) as plate:
        for row in "AB":
            for column in range(1, 13):
                plate[row, column].write_field(np.full((64, 64), column, "u1"), levels=1)
    pack(tmp_path / "plate.zarr", tmp_path / "plate.ozx")
    server = serve(tmp_path)
    opened: Any = omezarr_nb.open(f"{server.url}/plate.ozx")
    assert len(opened) == 24
    assert len(server.requests) <= 2
    assert opened["B", 7].fields[0].levels[0].zarr[0, 0] == 7
    assert len(server.requests) <= 3
    inside = omezarr_nb.open(f"{server.url}/plate.ozx/B/7/0")
    assert inside.levels[0].zarr[0, 0] == 7
    assert inside.where.endswith("plate.ozx/B/7/0")


def test_a_folder_is_made_of_an_archive_behind_a_url(tmp_path: Path, serve: Serve) -> None:
    write(tmp_path)
    server = serve(tmp_path)
    image = unpack(f"{server.url}/image.ozx", tmp_path / "image.zarr")
    np.testing.assert_array_equal(image.levels[0].zarr[...], PIXELS)
    converted = omezarr_nb.convert(f"{server.url}/image.ozx", tmp_path / "image6.zarr", version="0.6")
    np.testing.assert_array_equal(converted.levels[0].zarr[...], PIXELS)
    assert omezarr_nb.validate(f"{server.url}/image.ozx").problems == ()


def test_an_address_that_is_signed_names_an_archive(tmp_path: Path, serve: Serve) -> None:
    write(tmp_path)
    server = serve(tmp_path)
    image = omezarr_nb.open(f"{server.url}/image.ozx?signature=abc")
    np.testing.assert_array_equal(image.levels[2].zarr[...], omezarr_nb.open(tmp_path / "image.ozx").levels[2].zarr)


def test_what_is_not_there_is_said(tmp_path: Path, serve: Serve) -> None:
    server = serve(tmp_path)
    with pytest.raises(NotFoundError, match="no Zarr hierarchy here"):
        omezarr_nb.open(f"{server.url}/image.ozx")


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again as often as always, and sooner."""
    monkeypatch.setattr(file, "CHUNKS", Patience(seconds=20, wait=0.01))


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("outcome", [503, "reset", "truncate"])
def test_a_server_is_asked_again(tmp_path: Path, serve: Serve, outcome: Any) -> None:
    write(tmp_path)
    server = serve(tmp_path)
    server.fail(outcome=outcome, times=2)
    level = omezarr_nb.open(f"{server.url}/image.ozx").levels[0].zarr
    server.fail(outcome=outcome, times=2)
    np.testing.assert_array_equal(level[0, :64, :64], PIXELS[0, :64, :64])


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("outcome", [500, "reset", "truncate"])
def test_a_server_that_fails_is_said_in_words(tmp_path: Path, serve: Serve, outcome: Any) -> None:
    write(tmp_path)
    server = serve(tmp_path)
    server.fail(outcome=outcome)
    with pytest.raises(OMEZarrError, match=r"tried 4 times in .*Where: http"):
        omezarr_nb.open(f"{server.url}/image.ozx")


def test_an_archive_that_is_broken_off_is_said_in_words(tmp_path: Path, serve: Serve) -> None:
    path = write(tmp_path)
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(StoreError, match=r"its end is missing.*broken off"):
        omezarr_nb.open(f"{serve(tmp_path).url}/image.ozx")


@pytest.fixture
def plain_server(tmp_path: Path) -> Iterator[str]:
    """Give the URL of Python's own server, which answers every request with the whole file."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_server_without_ranges_is_refused_before_the_file_comes(tmp_path: Path, plain_server: str) -> None:
    with (tmp_path / "large.ozx").open("wb") as file:
        file.truncate(1 << 40)  # a terabyte, of which the disk holds nothing
    with pytest.raises(UnsupportedError, match=r"files as a whole only.*Download the file"):
        omezarr_nb.open(f"{plain_server}/large.ozx")


def test_any_file_system_of_fsspec_will_do(tmp_path: Path) -> None:
    files = fsspec.filesystem("memory")
    files.pipe_file("/archives/image.ozx", write(tmp_path).read_bytes())
    image = omezarr_nb.open("memory://archives/image.ozx")
    np.testing.assert_array_equal(image.levels[0].zarr[0, :100], PIXELS[0, :100])
    assert omezarr_nb.open("memory://archives/image.ozx").location == image.location
    files.rm_file("/archives/image.ozx")


def test_an_image_in_s3_is_opened_with_three_requests(tmp_path: Path, seaweed: SeaweedServer, bucket: str) -> None:
    data = write(tmp_path).read_bytes()
    client = seaweed.client()
    client.put_object(Bucket=bucket, Key="images/image.ozx", Body=data)
    client.close()
    with start_proxy(seaweed.endpoint) as proxy:
        options = seaweed.storage_options(endpoint=proxy.url)
        image = omezarr_nb.open(f"s3://{bucket}/images/image.ozx", options)
        assert [level.shape[-1] for level in image.levels] == [700, 350, 175]
        asked = proxy.passed()
        assert len(asked) == 3  # how large it is, its end, and all metadata at its beginning
        assert sum(request.sent for request in asked) < len(data) / 10
        np.testing.assert_array_equal(image.levels[0].zarr[0, :200, :70], PIXELS[0, :200, :70])
        assert not any(request.lists for request in proxy.passed())
    assert omezarr_nb.validate(f"s3://{bucket}/images/image.ozx", storage_options=seaweed.storage_options()).is_valid
    with pytest.raises(AccessRefusedError, match="refused"):
        omezarr_nb.open(f"s3://{bucket}/images/image.ozx", seaweed.storage_options(WRONG))
    with pytest.raises(NotFoundError):
        omezarr_nb.open(f"s3://{bucket}/images/other.ozx", seaweed.storage_options())


def test_an_archive_in_a_store_of_obstore_is_read(tmp_path: Path) -> None:
    store = ObjectStore(MemoryStore())
    store.store.put("a/image.ozx", write(tmp_path).read_bytes())
    opened = omezarr_nb.open(ZippedStore(StorePath(store, "a/image.ozx"), "image.ozx"))
    np.testing.assert_array_equal(opened.levels[0].zarr[1], PIXELS[1])
