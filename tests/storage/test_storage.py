"""The S3 server that other tests write to checks what S3 checks, and the proxy fails as it was told to."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fsspec
import obstore
import pytest

from tests.servers import DirectoryServer
from tests.storage.faults import FaultProxy, Outcome
from tests.storage.seaweed import OWNER, PUBLIC, READER, WRONG, Credentials, SeaweedServer

Proxy = Callable[[str], FaultProxy]


def test_s3fs_and_obstore_read_what_the_other_wrote(seaweed: SeaweedServer, bucket: str) -> None:
    files = fsspec.filesystem("s3", **seaweed.storage_options())
    files.pipe_file(f"{bucket}/a/one", b"0123456789")
    store = seaweed.obstore(bucket, "a")
    assert obstore.get_range(store, "one", start=2, end=5) == b"234"
    obstore.put(store, "two", b"x" * 6_000_000)  # in parts
    assert files.cat_file(f"{bucket}/a/two") == b"x" * 6_000_000
    assert seaweed.keys(bucket) == {"a/one": 10, "a/two": 6_000_000}


@pytest.mark.parametrize("credentials", [WRONG, None])
def test_it_refuses_whom_it_does_not_know(seaweed: SeaweedServer, bucket: str, credentials: Credentials | None) -> None:
    files = fsspec.filesystem("s3", **seaweed.storage_options(credentials))
    with pytest.raises(PermissionError):
        files.pipe_file(f"{bucket}/one", b"1")
    with pytest.raises(PermissionError):
        files.cat_file(f"{bucket}/one")
    assert seaweed.keys(bucket) == {}


def test_there_is_room_for_many_buckets(seaweed: SeaweedServer) -> None:
    for _ in range(8):
        bucket = seaweed.make_bucket()
        obstore.put(seaweed.obstore(bucket), "one", b"1")  # fails where no volume is left
    assert seaweed.keys(bucket) == {"one": 1}


def test_a_reader_reads_and_everybody_reads_what_is_public(seaweed: SeaweedServer) -> None:
    fsspec.filesystem("s3", **seaweed.storage_options(OWNER)).pipe_file(f"{PUBLIC}/one", b"1")
    for credentials in (READER, None):
        files = fsspec.filesystem("s3", **seaweed.storage_options(credentials))
        assert files.cat_file(f"{PUBLIC}/one") == b"1"
        with pytest.raises(PermissionError):
            files.pipe_file(f"{PUBLIC}/two", b"2")


def test_signatures_hold_through_the_proxy(seaweed: SeaweedServer, bucket: str, fault_proxy: Proxy) -> None:
    proxy = fault_proxy(seaweed.endpoint)
    files = fsspec.filesystem("s3", **seaweed.storage_options(endpoint=proxy.url))
    files.pipe_file(f"{bucket}/a b", b"0123456789")
    obstore.put(seaweed.obstore(bucket, endpoint=proxy.url), "c", b"01234")
    assert files.cat_file(f"{bucket}/a b", start=2, end=5) == b"234"
    assert proxy.received(f"{bucket}/a b") == 10
    assert proxy.sent(f"{bucket}/a b") == 3
    assert not any(request.lists for request in proxy.passed())
    assert len(files.ls(bucket)) == 2
    assert any(request.lists for request in proxy.passed())


def test_the_server_ends_with_those_who_started_it() -> None:
    script = """
        import time
        from tests.storage.seaweed import start_seaweed
        with start_seaweed() as server:
            print(server.endpoint, flush=True)
            time.sleep(600)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as output:
        endpoint = output.readline().strip()
        urllib.request.urlopen(f"{endpoint}/status", timeout=10).close()
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"{endpoint}/status", timeout=10).close()
        except (urllib.error.URLError, ConnectionError):
            return
        except TimeoutError:  # of a server that is ending
            continue
        time.sleep(0.05)
    pytest.fail(f"{endpoint} still answers")


@pytest.fixture
def proxy(serve: Callable[[Path], DirectoryServer], tmp_path: Path, fault_proxy: Proxy) -> FaultProxy:
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(b"0123456789")
    return fault_proxy(serve(tmp_path).url)


def get(proxy: FaultProxy, path: str, timeout: float = 10) -> bytes:
    with urllib.request.urlopen(f"{proxy.url}/{path}", timeout=timeout) as response:
        content: bytes = response.read()
        return content


def answers(proxy: FaultProxy, path: str, times: int) -> str:
    """Return "." for each request that was answered and "x" for each that failed."""
    said = ""
    for _ in range(times):
        try:
            said += "." if get(proxy, path) == b"0123456789" else "?"
        except urllib.error.HTTPError as error:
            error.close()
            said += "x"
    return said


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (503, urllib.error.HTTPError),
        ("reset", (urllib.error.URLError, ConnectionError)),
        ("lost", (urllib.error.URLError, ConnectionError)),
        ("truncate", http.client.IncompleteRead),
    ],
)
def test_each_fault_is_what_it_says(
    proxy: FaultProxy, outcome: Outcome, error: type[Exception] | tuple[type[Exception], ...]
) -> None:
    proxy.fail("one", outcome, times=1)
    with pytest.raises(error) as raised:
        get(proxy, "one")
    if isinstance(raised.value, urllib.error.HTTPError):
        raised.value.close()
    assert get(proxy, "one") == get(proxy, "two") == b"0123456789"
    assert [request.outcome for request in proxy.passed("one")] == [outcome, 200]
    assert proxy.sent("one") == (15 if outcome == "truncate" else 10)


def test_what_hangs_is_cut_by_healing(proxy: FaultProxy) -> None:
    proxy.fail("one", "hang")
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(get, proxy, "one")
        with pytest.raises(TimeoutError):
            answer.result(timeout=0.2)
        proxy.heal()
        with pytest.raises((urllib.error.URLError, ConnectionError)):
            answer.result(timeout=10)
    assert get(proxy, "one") == b"0123456789"


def test_rules_count(proxy: FaultProxy) -> None:
    proxy.fail("one", first=3, times=1)
    assert answers(proxy, "one", 5) == "..x.."
    proxy.heal()
    fault = proxy.fail("o*", first=2, every=2, methods=("GET",))
    assert answers(proxy, "one", 6) == ".x.x.x"
    assert (fault.seen, fault.failed) == (6, 3)
    assert answers(proxy, "two", 2) == ".."
    proxy.heal()
    proxy.fail(first=4)
    assert answers(proxy, "one", 6) == "...xxx"
    assert proxy.count("one", "GET") == 17
    assert proxy.count("*", "PUT") == 0
