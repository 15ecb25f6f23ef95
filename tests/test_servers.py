"""The server that other tests count requests with counts, answers ranges, and fails as it was told to."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.servers import DirectoryServer, Outcome, Request


@pytest.fixture
def server(serve: Callable[[Path], DirectoryServer], tmp_path: Path) -> DirectoryServer:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a b").write_bytes(b"0123456789")
    return serve(tmp_path)


def get(server: DirectoryServer, path: str, wanted: str | None = None) -> bytes:
    headers = {} if wanted is None else {"Range": wanted}
    request = urllib.request.Request(f"{server.url}/{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=10) as response:
        content: bytes = response.read()
        return content


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [(None, b"0123456789"), ("bytes=2-4", b"234"), ("bytes=7-", b"789"), ("bytes=-3", b"789"), ("bytes=8-99", b"89")],
)
def test_it_answers_ranges(server: DirectoryServer, wanted: str | None, expected: bytes) -> None:
    assert get(server, "folder/a%20b", wanted) == expected
    assert server.requests == [Request("GET", "folder/a b", wanted, 200 if wanted is None else 206)]


@pytest.mark.parametrize("path", ["nothing", "folder", "../conftest.py"])
def test_it_shows_files_of_its_directory_alone(server: DirectoryServer, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404") as raised:
        get(server, path)
    raised.value.close()
    assert server.by_path() == {path: 1}


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (503, urllib.error.HTTPError),
        ("reset", (http.client.RemoteDisconnected, ConnectionError)),
        ("truncate", http.client.IncompleteRead),
    ],
)
def test_it_fails_as_often_as_told(
    server: DirectoryServer, outcome: Outcome, error: type[Exception] | tuple[type[Exception], ...]
) -> None:
    server.fail("folder/*", outcome, times=2)
    for _ in range(2):
        with pytest.raises(error) as raised:
            get(server, "folder/a%20b")
        if isinstance(raised.value, urllib.error.HTTPError):
            raised.value.close()
    assert get(server, "folder/a%20b") == b"0123456789"
    assert server.count("folder/*") == 3


def test_held_requests_wait_for_healing(server: DirectoryServer) -> None:
    server.hold()
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(get, server, "folder/a%20b")
        with pytest.raises(TimeoutError):
            answer.result(timeout=0.2)
        server.heal()
        assert answer.result(timeout=10) == b"0123456789"
