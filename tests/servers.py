"""An HTTP server on the loopback that counts what it is asked for and fails when told to.

It serves one directory with what readers of Zarr over HTTP count on: GET and HEAD, byte ranges, and the CORS headers
without which no browser reads from another origin. Listing is not offered: a store over HTTP has none.
"""

from __future__ import annotations

import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

Outcome = int | Literal["reset", "truncate"]


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came in, and the status it was answered with (0: the connection was cut)."""

    method: str
    path: str
    range: str | None
    status: int


@dataclass(slots=True)
class Fault:
    """A rule by which requests fail."""

    pattern: str
    outcome: Outcome
    left: int | None


@dataclass(slots=True)
class DirectoryServer:
    """A directory served over HTTP, with a record of the requests and rules for failing.

    Paths and patterns are those of the URL without its leading slash ("image.zarr/zarr.json"); patterns are those of
    the shell ("*/c/*").
    """

    directory: Path
    url: str = ""
    requests: list[Request] = field(default_factory=list)
    _faults: list[Fault] = field(default_factory=list)
    _gate: threading.Event = field(default_factory=threading.Event)
    _held: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._gate.set()

    def count(self, pattern: str = "*") -> int:
        """Return how many requests there were for paths like `pattern`."""
        with self._lock:
            return sum(fnmatchcase(request.path, pattern) for request in self.requests)

    def by_path(self) -> Counter[str]:
        """Return the number of requests of each path."""
        with self._lock:
            return Counter(request.path for request in self.requests)

    def clear(self) -> None:
        """Forget the requests so far; rules stay."""
        with self._lock:
            self.requests.clear()

    def fail(self, pattern: str = "*", outcome: Outcome = 503, *, times: int | None = None) -> None:
        """Make requests for paths like `pattern` fail.

        Parameters
        ----------
        pattern
            Which paths. Of several rules the one given last counts.
        outcome
            A status to answer with; "reset" to cut the connection without an answer; "truncate" to send the right
            headers and half of the body.
        times
            Fail so many requests, then answer again; None for until `heal`.
        """
        with self._lock:
            self._faults.insert(0, Fault(pattern, outcome, times))

    def hold(self, pattern: str = "*") -> None:
        """Keep requests for paths like `pattern` waiting, until `heal`."""
        with self._lock:
            self._held = pattern
            self._gate.clear()

    def heal(self) -> None:
        """Drop all rules and let held requests go on."""
        with self._lock:
            self._faults.clear()
            self._held = None
            self._gate.set()

    def outcome(self, path: str) -> Outcome | None:
        """Take the first rule that speaks of `path`, waiting first where the path is held."""
        with self._lock:
            held = self._held is not None and fnmatchcase(path, self._held)
        if held:
            self._gate.wait()
        with self._lock:
            for fault in self._faults:
                if fnmatchcase(path, fault.pattern) and fault.left != 0:
                    fault.left = None if fault.left is None else fault.left - 1
                    return fault.outcome
        return None

    def note(self, request: Request) -> None:
        """Add a request to the record."""
        with self._lock:
            self.requests.append(request)


@contextmanager
def serve_directory(directory: Path) -> Iterator[DirectoryServer]:
    """Serve `directory` on a free port of the loopback, in threads of this process."""
    server = DirectoryServer(directory)
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    httpd.daemon_threads = True
    server.url = f"http://127.0.0.1:{httpd.server_address[1]}"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.heal()
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def free_port() -> int:
    """Return a port of the loopback that nothing listens on just now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def _handler(server: DirectoryServer) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_OPTIONS(self) -> None:
            self._send(HTTPStatus.NO_CONTENT, b"", {}, with_body=False)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002, named by the base class
            """Say nothing: the record is in `requests`."""

        def _answer(self, *, with_body: bool) -> None:
            path = unquote(urlsplit(self.path).path).lstrip("/")
            outcome = server.outcome(path)
            if outcome == "reset":
                self._note(path, 0)
                # Half-closed so, the client sees an end where it waits for a status line.
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            if isinstance(outcome, int):
                self._note(path, outcome)
                self._send(outcome, f"{outcome}".encode(), {}, with_body=with_body)
                return
            status, body, headers = _read(server.directory, path, self.headers.get("Range"))
            self._note(path, status)
            self._send(status, body, headers, with_body=with_body, cut=outcome == "truncate")

        def _send(
            self, status: int, body: bytes, headers: dict[str, str], *, with_body: bool, cut: bool = False
        ) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Headers", "*")
            self.send_header("Access-Control-Expose-Headers", "*")
            self.end_headers()
            if with_body:
                self.wfile.write(body[: len(body) // 2] if cut else body)
            self.close_connection = self.close_connection or cut

        def _note(self, path: str, status: int) -> None:
            server.note(Request(self.command, path, self.headers.get("Range"), int(status)))

    return Handler


def _read(directory: Path, path: str, wanted: str | None) -> tuple[int, bytes, dict[str, str]]:
    """Return status, body and headers for a path and its Range header."""
    file = (directory / path).resolve()
    if not file.is_relative_to(directory.resolve()) or not file.is_file():
        return HTTPStatus.NOT_FOUND, b"not found", {}
    content = file.read_bytes()
    kind = {"Content-Type": "application/json" if file.suffix == ".json" else "application/octet-stream"}
    bounds = re.fullmatch(r"bytes=(\d*)-(\d*)", wanted or "")
    if bounds is None or bounds.groups() == ("", ""):
        return HTTPStatus.OK, content, {**kind, "Accept-Ranges": "bytes"}
    first, last = bounds.groups()
    start = int(first) if first else max(0, len(content) - int(last))
    stop = min(len(content), int(last) + 1) if first and last else len(content)
    if start >= stop:
        return HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"", {"Content-Range": f"bytes */{len(content)}"}
    spoken = {"Content-Range": f"bytes {start}-{stop - 1}/{len(content)}", "Accept-Ranges": "bytes"}
    return HTTPStatus.PARTIAL_CONTENT, content[start:stop], {**kind, **spoken}
