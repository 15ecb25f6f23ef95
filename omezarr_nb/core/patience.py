"""How long a store is waited for, and how often it is asked again.

Stores for S3, Google Cloud and Azure ask again by themselves; over plain HTTP nothing does, so that is done here, a
bounded number of times. Every wait has an end, and the error says how long it took.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from omezarr_nb.core.stores import store_error

if TYPE_CHECKING:
    from zarr.abc.store import Store

__all__ = ["CHUNKS", "DOCUMENTS", "Patience", "ask", "is_over_http", "protocols"]

Answer = TypeVar("Answer")

#: Statuses that another try may change: too slow, too early, too many requests, and what servers say who are not well.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
#: What a server asks for with Retry-After is granted up to here, in seconds.
_LONGEST_WAIT = 5.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an answer is waited for.

    Parameters
    ----------
    seconds
        In all, with every try.
    tries
        How often a store is asked that does not ask again by itself.
    wait
        Seconds before the second try; each later wait is twice as long as the one before it.
    """

    seconds: float
    tries: int = 4
    wait: float = 0.2


#: Metadata documents are small. The chunks of a shard may be many megabytes over a slow line.
DOCUMENTS = Patience(seconds=30)
CHUNKS = Patience(seconds=300)


async def ask(request: Callable[[], Awaitable[Answer]], store: Store, where: str, patience: Patience) -> Answer:
    """Return the answer of a store, asking again where that may help.

    Parameters
    ----------
    request
        Makes one request; called once a try.
    store
        Whom it asks. One that asks again by itself is asked once.
    where
        What is asked for, for messages.
    patience
        How long and how often.

    Raises
    ------
    FileNotFoundError
        When the store says so.
    StoreError
        When it fails in any other way, or does not answer in time. The message says how often it was tried, and for
        how long. Refusals (401, 403) are not tried again.
    """
    started = time.monotonic()
    for tries in itertools.count(1):
        try:
            left = patience.seconds - (time.monotonic() - started)
            return await asyncio.wait_for(request(), max(left, 0.001))
        except FileNotFoundError:
            raise
        except Exception as error:  # any of the exceptions of any storage library
            passed = time.monotonic() - started
            wait = _wait(error, patience.wait * 2 ** (tries - 1))
            again = tries < patience.tries and passed + wait < patience.seconds and is_over_http(store)
            if not again or not _may_pass(error):
                raise store_error(error, where, tried=_tried(tries, passed)) from error
        await asyncio.sleep(wait)
    raise AssertionError  # the loop has no end


def is_over_http(store: Store) -> bool:
    """Return whether a store is fsspec's for web servers, which asks once and lists nothing."""
    return bool({"http", "https"} & protocols(store))


def protocols(store: Store) -> set[str]:
    """Return the schemes of the URLs that a store of fsspec reads; none for any other store."""
    protocol = getattr(getattr(store, "fs", None), "protocol", ())
    return {protocol} if isinstance(protocol, str) else set(protocol)


def _may_pass(error: BaseException) -> bool:
    """Return whether another try may succeed where this one failed."""
    aiohttp = sys.modules.get("aiohttp")
    if aiohttp is not None:
        if isinstance(error, aiohttp.ClientResponseError):
            return error.status in _PASSING
        if isinstance(error, aiohttp.ClientSSLError):
            return False
        if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ClientConnectionError):
            return True
    return isinstance(error, ConnectionError | TimeoutError)


def _wait(error: BaseException, seconds: float) -> float:
    """Return how long to wait: what the server asks for, or `seconds` give or take, so that not all come at once."""
    asked = (getattr(error, "headers", None) or {}).get("Retry-After", "")
    if asked.isdecimal():
        return min(float(asked), _LONGEST_WAIT)
    return seconds * random.uniform(0.75, 1.25)


def _tried(tries: int, seconds: float) -> str | None:
    if tries > 1:
        return f"tried {tries} times in {seconds:.1f} s"
    return f"given up after {seconds:.1f} s" if seconds > 1 else None
