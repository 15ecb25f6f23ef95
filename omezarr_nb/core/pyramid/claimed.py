"""What the claim on a group says: a document of who writes, what, and how far it has come. It may come from anyone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from omezarr_nb.core.kinds import Ints
from omezarr_nb.core.parse import is_safe_path
from omezarr_nb.core.pyramid.journal import Finished, Record
from omezarr_nb.core.pyramid.who import Who

__all__ = ["Claimed"]

State: TypeAlias = Literal["asks", "writes", "kept"]

_FORMAT = 1
_MOST_REGIONS = 1 << 26


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim says.

    Parameters
    ----------
    record
        Who writes, what, and how far it has come.
    state
        "asks" for the group, "writes" to it, or has left it and "kept" what it wrote.
    renewed
        When this was said, in seconds since 1970 by the writer's clock.
    levels
        Shapes and chunks of the arrays that the write makes or replaces, by path: those that the metadata of the group
        does not name, when the writer is dead, are of no use to anybody.
    paths
        Those that it makes, from the finest to the coarsest level.
    made
        Groups that were not there before, relative to the root of the store.
    """

    record: Record
    state: State
    renewed: float
    levels: Mapping[str, tuple[Ints, Ints]] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    made: tuple[str, ...] = ()

    @property
    def token(self) -> str:
        """Of the write."""
        return self.record.who.token

    def to_json(self) -> dict[str, Any]:
        """Return the document that `parse` reads."""
        record = self.record
        finished = {
            str(index): [_ranges(numbers), sum(numbers.values())] for index, numbers in dict(record.finished).items()
        }
        return {
            "omezarr_nb": _FORMAT,
            "who": record.who.to_json(),
            "since": record.since,
            "state": self.state,
            "renewed": self.renewed,
            "paths": self.paths,
            "levels": self.levels,
            "made": self.made,
            "created": record.created,
            "finished": finished,
            "facts": record.facts,
        }

    def to_bytes(self) -> bytes:
        """Return the document as it is put into a store."""
        return json.dumps(self.to_json(), separators=(",", ":")).encode()

    def forgotten(self) -> Claimed:
        """Return what the claim says when nobody is to go on with its write."""
        return replace(self, record=replace(self.record, created=False, finished={}))

    @classmethod
    def parse(cls, data: bytes) -> Claimed | None:
        """Return what a document of unknown origin says, or None where it is no claim."""
        try:
            document = json.loads(data)
        except (ValueError, RecursionError):
            return None
        if not isinstance(document, dict) or document.get("omezarr_nb") != _FORMAT:
            return None
        who, facts, state = Who.parse(document.get("who")), document.get("facts"), document.get("state")
        if who is None or not isinstance(facts, dict) or state not in ("asks", "writes", "kept"):
            return None
        levels = document.get("levels")
        known = {}
        for path, sizes in levels.items() if isinstance(levels, dict) else ():
            match sizes:
                case [shape, chunks] if is_safe_path(path) and _are_ints(shape, chunks):
                    known[path] = (tuple(shape), tuple(chunks))
        paths, made = document.get("paths"), document.get("made")
        since, renewed = document.get("since"), document.get("renewed")
        record = Record(who, facts, since=since if isinstance(since, float) else who.since)
        record.created = document.get("created") is True
        record.finished = _finished(document.get("finished"))
        return cls(
            record,
            state,
            float(renewed) if isinstance(renewed, int | float) else 0.0,
            known,
            tuple(path for path in _texts(paths) if path in known),
            tuple(path for path in _texts(made) if path == "" or is_safe_path(path)),
        )


def _ranges(numbers: Iterable[int]) -> list[list[int]]:
    """Return runs of whole numbers, each as its first and the one after its last."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number:
            runs[-1][1] += 1
        else:
            runs.append([number, number + 1])
    return runs


def _finished(document: object) -> Finished:
    found: Finished = {}
    for key, value in document.items() if isinstance(document, dict) else ():
        match value:
            case [list(runs), int(total)] if key.isdecimal() and all(_are_ints(run) and len(run) == 2 for run in runs):
                if sum(max(0, stop - start) for start, stop in runs) > _MOST_REGIONS:
                    continue
                numbers = [number for start, stop in runs for number in range(start, stop)]
                found[int(key)] = {number: total if index == 0 else 0 for index, number in enumerate(numbers)}
    return found


def _are_ints(*values: object) -> bool:
    return all(
        isinstance(value, list) and all(type(number) is int and 0 <= number < 1 << 53 for number in value)
        for value in values
    )


def _texts(value: object) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
