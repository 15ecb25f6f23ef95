"""Files of a plate whose names do not say where they belong, and the wells that a person puts them into. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from omezarr_nb.core.files.naming import Matched, Spot, guess_pattern, match_names
from omezarr_nb.core.files.stack import natural
from omezarr_nb.errors import InvalidArgumentError

__all__ = ["ByHand", "put_by_hand"]

_WELL = re.compile(r"([A-Za-z]{1,2})\s*0*([1-9][0-9]?)")
_PARTS = ("field", "channel", "z", "time", "acquisition")


@dataclass(frozen=True, slots=True)
class ByHand:
    """Where all files belong.

    Parameters
    ----------
    spots
        Those whose names the pattern fits.
    put
        Those that were put into a well, each with what it was taken for there.
    left
        Names of those that have no place.
    """

    spots: tuple[Spot, ...] = ()
    put: tuple[Spot, ...] = ()
    left: tuple[str, ...] = ()

    def table(self, folder: str) -> list[dict[str, str]]:
        """Return all that have a place as `omezarr_nb.plan_plate` takes them."""
        return [
            {"file": f"{folder}/{spot.file}", "well": f"{spot.row}{spot.column}"}
            | {part: getattr(spot, part) for part in _PARTS if getattr(spot, part)}
            for spot in (*self.spots, *self.put)
        ]


def put_by_hand(names: Sequence[str], pattern: str, placed: Sequence[tuple[str, str]]) -> ByHand:
    """Find the places of files by their names, and of those that were put into wells.

    Parameters
    ----------
    names
        Of all files, relative to their folder.
    pattern
        As `omezarr_nb.plan_plate` takes it; "" for the first of the usual ones that fits.
    placed
        Names and wells ("B3"), in the order in which they were put there. In a well they are taken for what the fields
        there still lack (channels, planes, times, as the other files have them), and then for another field.

    Raises
    ------
    InvalidArgumentError
        For what is no well, and for a pattern that cannot be meant.

    Examples
    --------
    >>> found = put_by_hand(["A1_DAPI.tif", "A1_GFP.tif", "x.tif", "y.tif"], "", [("x.tif", "B1"), ("y.tif", "B1")])
    >>> [(spot.row, spot.column, spot.channel) for spot in found.put], found.left
    ([('B', '1', 'DAPI'), ('B', '1', 'GFP')], ())
    """
    chosen = pattern.strip() or guess_pattern(names)
    matched = match_names(names, chosen) if chosen else Matched((), tuple(names))
    by_name = dict(placed)
    matched = Matched(tuple(spot for spot in matched.spots if spot.file not in by_name), matched.unmatched)
    whole = [
        (time, channel, z)
        for time in matched.values("time") or ("",)
        for channel in matched.values("channel") or ("",)
        for z in matched.values("z") or ("",)
    ]
    spots = list(matched.spots)
    for name, well in by_name.items():
        spots.append(_spot(name, well, spots, whole, matched))
    put = tuple(spots[len(matched.spots) :])
    return ByHand(matched.spots, put, tuple(name for name in matched.unmatched if name not in by_name))


def _spot(name: str, well: str, spots: Sequence[Spot], whole: Sequence[tuple[str, str, str]], matched: Matched) -> Spot:
    found = _WELL.fullmatch(well.strip())
    if found is None:
        raise InvalidArgumentError("There is no well of this name.", where="placed", found=well, expected="A1 to AF48")
    row, column = found[1].upper(), found[2]
    acquisition = next(iter(matched.values("acquisition")), "")
    there = [spot for spot in spots if spot.well == (row, column) and spot.acquisition == acquisition]
    fields = sorted({spot.field for spot in there}, key=natural)
    for field in fields:
        used = {(spot.time, spot.channel, spot.z) for spot in there if spot.field == field}
        for time, channel, z in whole:
            if (time, channel, z) not in used:
                return Spot(name, row, column, field, channel, z, time, acquisition)
    time, channel, z = whole[0]
    first = next(iter(matched.values("field")), "")
    return Spot(name, row, column, _next(fields, first) if fields else first, channel, z, time, acquisition)


def _next(fields: Sequence[str], first: str) -> str:
    """Return a name for one more field: "s3" after "s2"; a field without a name is the first."""
    numbers = [int(match[0]) if (match := re.search(r"[0-9]+$", field)) else 1 for field in fields]
    return f"{first.rstrip('0123456789')}{max(numbers) + 1}"
