"""A proxy in front of any HTTP or S3 server that counts what passes and fails when told to.

The host that the client asked for is passed on, so that signatures of S3 stay right. It runs in a thread of its own
with its own event loop, and other processes reach it by its URL.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal
from urllib.parse import unquote

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector, web
from multidict import CIMultiDict
from yarl import URL

__all__ = ["Fault", "FaultProxy", "Outcome", "Passed", "start_proxy"]

#: A status to answer with; "reset": the connection is reset before the store hears of it; "lost": after the store did
#: what it was asked; "truncate": the right headers and half of the body; "hang": no answer until `FaultProxy.heal`.
Outcome = int | Literal["reset", "lost", "truncate", "hang"]

#: Of one connection, not of the message (RFC 9110, 7.6.1); the body is passed on whole.
_HOP = frozenset({"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "expect"})


@dataclass(frozen=True, slots=True)
class Passed:
    """One request that came in.

    Parameters
    ----------
    method, path, query
        Of the URL; the path without its leading slash and unquoted: "bucket/image.zarr/zarr.json".
    outcome
        The status of the answer, or the fault in place of one.
    received, sent
        Bytes of the bodies from and to the client.
    """

    method: str
    path: str
    query: str
    outcome: Outcome
    received: int
    sent: int

    @property
    def lists(self) -> bool:
        """Whether it asks S3 for the keys of a bucket."""
        return self.method == "GET" and ("list-type=" in self.query or "prefix=" in self.query)


@dataclass(slots=True)
class Fault:
    """A rule by which requests fail; `seen` and `failed` count the requests it speaks of and those it took."""

    pattern: str
    outcome: Outcome
    methods: frozenset[str]
    first: int
    every: int
    times: int | None
    seen: int = 0
    failed: int = 0

    def takes(self, method: str, path: str) -> bool:
        """Count a request, and return whether it is to fail."""
        if (self.methods and method not in self.methods) or not fnmatchcase(path, self.pattern):
            return False
        self.seen += 1
        due = self.seen >= self.first and (self.seen - self.first) % self.every == 0
        if not due or self.failed == self.times:
            return False
        self.failed += 1
        return True


@dataclass(slots=True)
class FaultProxy:
    """A running proxy; its methods may be called from any thread.

    Parameters
    ----------
    upstream
        The server behind it, "http://127.0.0.1:18333".
    url
        Its own, to be used in place of that.
    requests
        All that came in, in the order in which they ended.
    """

    upstream: str
    url: str = ""
    requests: list[Passed] = field(default_factory=list)
    _faults: list[Fault] = field(default_factory=list)
    _delays: dict[str, float] = field(default_factory=dict)
    _healed: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fail(
        self,
        pattern: str = "*",
        outcome: Outcome = 503,
        *,
        methods: tuple[str, ...] = (),
        first: int = 1,
        every: int = 1,
        times: int | None = None,
    ) -> Fault:
        """Make requests fail, and return the rule, which counts them.

        Parameters
        ----------
        pattern
            Paths that are meant, as in the shell: "*/zarr.json". Of several rules that given last comes first.
        outcome
            What happens to them; see `Outcome`.
        methods
            Which methods, ("PUT", "POST"); all by default.
        first
            The first of the requests that are meant to fail, counted from 1.
        every
            From there on, each so many-th.
        times
            How many in all; None for until `heal`.

        Examples
        --------
        The third request: ``first=3, times=1``; every fifth: ``first=5, every=5``; a store that dies after ten:
        ``first=11``.
        """
        fault = Fault(pattern, outcome, frozenset(methods), first, every, times)
        with self._lock:
            self._faults.insert(0, fault)
            self._healed.clear()
        return fault

    def slow(self, pattern: str, seconds: float) -> None:
        """Let requests for paths like `pattern` wait so long before anything else is done, until `heal`."""
        with self._lock:
            self._delays[pattern] = seconds

    def heal(self) -> None:
        """Drop all rules; requests that hang are cut."""
        with self._lock:
            self._faults.clear()
            self._delays.clear()
            self._healed.set()

    def clear(self) -> None:
        """Forget the requests so far; rules stay."""
        with self._lock:
            self.requests.clear()

    def count(self, pattern: str = "*", *methods: str) -> int:
        """Return how many requests there were for paths like `pattern` with one of `methods`, or with any."""
        return len(self.passed(pattern, *methods))

    def passed(self, pattern: str = "*", *methods: str) -> list[Passed]:
        """Return the requests for paths like `pattern` with one of `methods`, or with any."""
        with self._lock:
            return [
                request
                for request in self.requests
                if fnmatchcase(request.path, pattern) and (not methods or request.method in methods)
            ]

    def by_path(self) -> Counter[str]:
        """Return the number of requests of each path."""
        return Counter(request.path for request in self.passed())

    def sent(self, pattern: str = "*") -> int:
        """Return how many bytes of bodies went to clients for paths like `pattern`."""
        return sum(request.sent for request in self.passed(pattern))

    def received(self, pattern: str = "*") -> int:
        """Return how many bytes of bodies came from clients for paths like `pattern`."""
        return sum(request.received for request in self.passed(pattern))

    def outcome(self, method: str, path: str) -> Outcome | None:
        """Return what is to happen to a request, or None for nothing."""
        with self._lock:
            return next((fault.outcome for fault in self._faults if fault.takes(method, path)), None)

    def delay(self, path: str) -> float:
        """Return how many seconds a request has to wait."""
        with self._lock:
            return max((seconds for pattern, seconds in self._delays.items() if fnmatchcase(path, pattern)), default=0)

    def note(self, passed: Passed) -> None:
        """Add a request to the record."""
        with self._lock:
            self.requests.append(passed)

    async def wait_for_healing(self) -> None:
        """Wait for `heal`, which another thread calls."""
        while not self._healed.is_set():
            await asyncio.sleep(0.02)


@contextmanager
def start_proxy(upstream: str) -> Iterator[FaultProxy]:
    """Run a proxy in front of the server at the URL `upstream`, on a free port of the loopback."""
    proxy = FaultProxy(upstream.rstrip("/"))
    started, stop = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(proxy, started, stop)), daemon=True)
    thread.start()
    started.wait(30)
    try:
        yield proxy
    finally:
        proxy.heal()
        stop.set()
        thread.join(30)


async def _serve(proxy: FaultProxy, started: threading.Event, stop: threading.Event) -> None:
    # auto_decompress: what the store compressed goes on as it is, with the length it names.
    async with ClientSession(
        auto_decompress=False,
        connector=TCPConnector(limit=0),
        cookie_jar=DummyCookieJar(),
        timeout=ClientTimeout(total=None),
    ) as session:

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            return await _pass(proxy, session, request)

        runner = web.ServerRunner(web.Server(handle), shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        proxy.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        started.set()
        while not stop.is_set():
            await asyncio.sleep(0.02)
        await runner.cleanup()


async def _pass(proxy: FaultProxy, session: ClientSession, request: web.BaseRequest) -> web.StreamResponse:
    """Answer one request: by a fault, or with what the store answers."""
    target, _, query = request.raw_path.partition("?")
    path = unquote(target).lstrip("/")
    if request.headers.get("Expect", "").lower() == "100-continue":  # S3 clients wait for it before they send a body
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
    received = await request.read()
    await asyncio.sleep(proxy.delay(path))
    outcome = proxy.outcome(request.method, path)

    def note(what: Outcome, sent: int) -> None:
        proxy.note(Passed(request.method, path, query, what, len(received), sent))

    if isinstance(outcome, int):
        note(outcome, 0)
        return web.Response(status=outcome)
    if outcome in ("reset", "hang"):
        if outcome == "hang":
            await proxy.wait_for_healing()
        note(outcome, 0)
        return _reset(request)
    headers = CIMultiDict((name, value) for name, value in request.headers.items() if name.lower() not in _HOP)
    try:
        async with session.request(
            request.method,
            URL(proxy.upstream + request.raw_path, encoded=True),
            headers=headers,
            data=received or None,
            allow_redirects=False,
            skip_auto_headers=("User-Agent", "Content-Type", "Accept", "Accept-Encoding"),
        ) as upstream:
            body = await upstream.read()
            status, answered = upstream.status, upstream.headers
    except (OSError, TimeoutError):  # the server behind is down
        note("reset", 0)
        return _reset(request)
    if outcome == "lost":
        note(outcome, 0)
        return _reset(request)
    response = web.StreamResponse(status=status)
    response.headers.extend((name, value) for name, value in answered.items() if name.lower() not in _HOP)
    if request.method != "HEAD" and status not in (204, 304):
        response.headers["Content-Length"] = str(len(body))
    await response.prepare(request)
    if outcome == "truncate":
        half = body[: len(body) // 2]
        note(outcome, len(half))
        await response.write(half)
        if request.transport is not None:
            request.transport.close()
        return response
    note(status, len(body))
    with suppress(ConnectionError):  # the client went away meanwhile
        await response.write_eof(body)
    return response


def _reset(request: web.BaseRequest) -> web.StreamResponse:
    """Reset the connection, as a machine does that goes down (RST, not FIN)."""
    if request.transport is not None:
        sock = request.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response(status=500)  # goes nowhere
