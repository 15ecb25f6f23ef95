"""Who writes to a group of a store: a small object in it, renewed as long as its writer lives, and the journal of it.

Stores have no locks. A writer puts an object under a name of its own, which says that it asks for the group, and then
looks at those of others: whoever writes already has the group, and of those that ask the one with the smallest token
gets it, once the others have withdrawn. All that this needs is that a store lists what has been put before.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from omezarr_nb.core.kinds import Ints
from omezarr_nb.core.pyramid.bounded import within
from omezarr_nb.core.pyramid.claimed import Claimed
from omezarr_nb.core.pyramid.journal import Record
from omezarr_nb.core.pyramid.staging import busy, refuse_held, remove_torn
from omezarr_nb.core.pyramid.who import Who
from omezarr_nb.errors import StoreError, TargetBusyError

if TYPE_CHECKING:
    from zarr.storage import StorePath

__all__ = [
    "Claim",
    "can_claim",
    "claims_at",
    "forget_claim",
    "is_claim",
    "is_dead",
    "is_torn_claim",
    "refuse_busy",
    "refuse_writers",
    "remove_claim",
]

#: Seconds between two renewals, and after how many a writer on another machine that has not renewed counts as dead.
RENEW_EVERY = 10.0
LEASE = 60.0

#: Seconds for which finished regions wait to be said, so that small regions cost no request each.
SAVE_EVERY = 2.0

#: Seconds that a store has for an answer.
PATIENCE = 30.0

_NAME = re.compile(r"\.omezarr_nb\.([0-9a-f]{12})\.json")
_TORN_NAME = re.compile(r"\.omezarr_nb\.[0-9a-f]{12}\.[0-9a-f]{32}\.partial")
_LARGEST = 64 << 20


class Claim:
    """A claim of ours: it holds the group, and is the journal of the write.

    Parameters
    ----------
    place
        The group, which need not be there.
    where
        The group, as a person would write it.

    Raises
    ------
    TargetBusyError
        When somebody else writes to the group, or asks for it and gets it.
    """

    def __init__(self, place: StorePath, where: str) -> None:
        self._place = place
        self._where = where
        self._lock = threading.Lock()
        self._in_order = threading.Lock()
        self._wake = threading.Event()
        self._end = threading.Event()
        who = Who.here()
        self._said = Claimed(Record(who, {}, since=who.since), "asks", 0.0)
        _OURS.add(self)
        self._thread: threading.Thread | None = None
        try:
            refuse_busy(claims_at(place), where)
            self._put()
            self._win()
            self._say(state="writes")
        except BaseException as error:
            try:
                self.withdraw()
            except StoreError as second:
                error.add_note(f"The mark of this write could not be removed ({second})")
            raise
        self._thread = threading.Thread(target=self._renew, name="omezarr_nb-claim", daemon=True)
        self._thread.start()

    @property
    def token(self) -> str:
        """Of this write."""
        return self._said.token

    @property
    def record(self) -> Record:
        """What is known so far."""
        return self._said.record

    @property
    def said(self) -> Claimed:
        """What the claim says."""
        return self._said

    def others(self) -> list[Claimed]:
        """Return the other claims on the group; all of them are of dead writers, or of some that ask in vain."""
        return [claimed for claimed in claims_at(self._place) if claimed.token != self.token]

    def begin(
        self,
        record: Record,
        paths: Sequence[str],
        levels: Mapping[str, tuple[Ints, Ints]],
        made: Sequence[str],
    ) -> None:
        """Say what is written from now on, before any of it is."""
        self._say(
            record=replace(record, who=self.record.who), paths=tuple(paths), levels=dict(levels), made=tuple(made)
        )

    def replaces(self, levels: Mapping[str, tuple[Ints, Ints]]) -> None:
        """Say which arrays will not be needed when this write has ended."""
        self._say(levels={**levels, **self._said.levels})

    def created(self) -> None:
        """Say that the arrays of all levels are there."""
        self.record.created = True
        self._say()

    def finished(self, entry: int, number: int, nbytes: int) -> None:
        """Say that the chunks of a region are stored; the store is told every few seconds."""
        with self._lock:
            self.record.finished.setdefault(entry, {})[number] = nbytes
        self._wake.set()

    def forget(self) -> None:
        """Say that nobody is to go on with this write, before what it wrote is removed."""
        with self._lock:
            self._said = self._said.forgotten()
        try:
            self._put()
        except Exception:  # any of any storage library: one that is full takes nothing, and lets things be removed
            remove_claim(self._place, self.token)

    def check(self) -> None:
        """Raise where the group is not ours any more, because we were taken for dead.

        Raises
        ------
        TargetBusyError
            When somebody else has taken it.
        """
        there = claims_at(self._place)
        if any(claimed.token == self.token and claimed.state == "writes" for claimed in there):
            return
        others = [claimed for claimed in there if claimed.token != self.token]
        raise TargetBusyError(
            "Another writer has taken this target, because this one could not be seen any more.",
            where=self._where,
            found="; ".join(str(claimed.record.who) for claimed in others) or None,
        )

    def keep(self) -> None:
        """Let go of the group, and leave what was written for a writer that continues."""
        self._stop()
        _OURS.discard(self)
        self._say(state="kept")

    def withdraw(self) -> None:
        """Let go of the group, and remove the claim."""
        self._stop()
        _OURS.discard(self)  # whether it can be removed or not: it is a dead one from now on
        remove_claim(self._place, self.token)

    def _win(self) -> None:
        """Look whether the group is ours, until it is."""
        until = time.monotonic() + PATIENCE
        while True:
            others = [claimed for claimed in claims_at(self._place) if claimed.token != self.token]
            living = [claimed for claimed in others if not is_dead(claimed, self._again)]
            ahead = [claimed for claimed in living if claimed.state == "writes" or claimed.token < self.token]
            if ahead or (living and time.monotonic() > until):
                raise busy(self._where, (ahead or living)[0].record)
            if not living:
                return
            time.sleep(0.02)  # those that ask in vain are about to withdraw

    def _again(self, token: str) -> Claimed | None:
        return next((claimed for claimed in claims_at(self._place) if claimed.token == token), None)

    def _say(self, **changes: Any) -> None:
        with self._lock:
            self._said = replace(self._said, **changes)
        self._put()

    def _put(self) -> None:
        with self._in_order:
            with self._lock:
                self._said = replace(self._said, renewed=round(time.time(), 3))
                data = self._said.to_bytes()
            put(self._place, claim_name(self.token), data)

    def _renew(self) -> None:
        while not self._end.is_set():
            if self._wake.wait(RENEW_EVERY):
                self._end.wait(SAVE_EVERY)
            self._wake.clear()
            if not self._end.is_set():
                # Whatever the store raises, the write itself meets it, and says it.
                with suppress(Exception):
                    self._put()

    def _stop(self) -> None:
        self._end.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(PATIENCE)


#: The claims of this process: one of ours that is not here was left by a write that could not remove it.
_OURS: WeakSet[Claim] = WeakSet()


def can_claim(place: StorePath) -> bool:
    """Return whether a store takes claims: an archive does not, nor one that knows no keys but those of Zarr."""
    from omezarr_nb.core.committed import CommittedStore

    store = place.store
    plain = not isinstance(store, CommittedStore)  # it finds out about other writers by itself
    return plain and store.supports_listing and store.supports_deletes and store.supports_writes


def is_claim(name: str) -> bool:
    """Return whether a key of a group, without the path, is that of a claim."""
    return _NAME.fullmatch(name) is not None


def is_torn_claim(name: str) -> bool:
    """Return whether a file of a local group is a claim that somebody is putting there, or was killed over."""
    return _TORN_NAME.fullmatch(name) is not None


def claim_name(token: str) -> str:
    """Return the key of a claim within its group."""
    return f".omezarr_nb.{token}.json"


def claims_at(place: StorePath) -> list[Claimed]:
    """Return the claims on a group, the oldest first."""
    found = [Claimed.parse(data) for data in _read_all(place)]
    return sorted((claimed for claimed in found if claimed is not None), key=lambda claimed: claimed.record.since)


def refuse_busy(claims: Iterable[Claimed], where: str) -> None:
    """Raise where one of the claims is of somebody who writes now."""
    for claimed in claims:
        if claimed.state == "writes" and _is_known_dead(claimed) is False:
            raise busy(where, claimed.record)


def refuse_writers(place: StorePath, where: str) -> None:
    """Raise where somebody is about to replace what lies at a place, beside it or in it.

    Raises
    ------
    TargetBusyError
        Which says who.
    """
    from zarr.storage import LocalStore

    if type(place.store) is LocalStore:
        refuse_held(place.store.root / place.path)
    if can_claim(place):
        refuse_busy(claims_at(place), where)


def is_dead(claimed: Claimed, again: Callable[[str], Claimed | None]) -> bool:
    """Return whether the writer of a claim is dead.

    A process of this machine is looked for. A writer on another one is believed to live while it renews its claim;
    where its clock says that it has not for long, it is watched for as long as two renewals take, since clocks differ.

    Parameters
    ----------
    claimed
        The claim.
    again
        Reads the claim of a token once more.
    """
    known = _is_known_dead(claimed)
    if known is not None:
        return known
    until = time.monotonic() + 2 * RENEW_EVERY
    while time.monotonic() < until:
        time.sleep(min(1.0, RENEW_EVERY / 4))
        now = again(claimed.token)
        if now is None or now.state == "kept":
            return True
        if now.renewed != claimed.renewed:
            return False
    return True


def _is_known_dead(claimed: Claimed) -> bool | None:
    """Return whether a writer is dead, as far as one can say without waiting."""
    if claimed.state == "kept":
        return True
    if any(claim.token == claimed.token for claim in tuple(_OURS)):
        return False
    alive = claimed.record.who.alive()
    if alive is not None:
        here = Who.here()
        return not alive or (claimed.record.who.pid, claimed.record.who.started) == (here.pid, here.started)
    return False if abs(time.time() - claimed.renewed) < LEASE else None


def forget_claim(place: StorePath, claimed: Claimed) -> None:
    """Have the claim of a dead writer say that nobody is to go on, before what it wrote is removed.

    Whoever removes may be killed, too, and half of what is finished would be gone.
    """
    if not claimed.record.created:
        return
    try:
        put(place, claim_name(claimed.token), claimed.forgotten().to_bytes())
    except Exception:  # any of any storage library: one that is full takes nothing, and lets things be removed
        remove_claim(place, claimed.token)


def remove_claim(place: StorePath, token: str) -> None:
    """Remove a claim, if it is there, and in a local folder what its writer was killed while it put it there."""
    from zarr.core.sync import sync
    from zarr.storage import LocalStore

    sync(within((place / claim_name(token)).delete(), PATIENCE, str(place)))
    if type(place.store) is LocalStore:
        remove_torn(place.store.root / place.path, lambda name: name.startswith(f".omezarr_nb.{token}."))


def put(place: StorePath, name: str, data: bytes) -> None:
    """Put a small object into a group."""
    from zarr.core.buffer import default_buffer_prototype
    from zarr.core.sync import sync

    value = default_buffer_prototype().buffer.from_bytes(data)
    sync(within((place / name).set(value), PATIENCE, str(place)))


def _read_all(place: StorePath) -> list[bytes]:
    from zarr.core.sync import sync

    async def read() -> list[bytes]:
        _forget_listing(place)
        names = [name async for name in place.store.list_dir(place.path) if is_claim(name)]
        found = await asyncio.gather(*((place / name).get() for name in names))
        return [data.to_bytes() for data in found if data is not None and len(data) <= _LARGEST]

    return sync(within(read(), PATIENCE, str(place)))


def _forget_listing(place: StorePath) -> None:
    """Let a file system of fsspec list anew: it remembers what it saw, and others write too."""
    from zarr.storage import FsspecStore

    if isinstance(place.store, FsspecStore):
        place.store.fs.invalidate_cache(f"{place.store.path.rstrip('/')}/{place.path}".rstrip("/"))
