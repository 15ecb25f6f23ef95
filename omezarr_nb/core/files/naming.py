"""Names of files as places on a plate: "B03_s2_w1.tif" is field s2 of well B3, channel w1. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from omezarr_nb.core.files.stack import natural
from omezarr_nb.errors import InvalidArgumentError

__all__ = ["PATTERNS", "PLATES", "Matched", "Spot", "guess_pattern", "match_names", "plate_for", "row_name"]

#: Rows and columns of the plates that there are, by the number of their wells.
PLATES: Mapping[int, tuple[int, int]] = {
    6: (2, 3),
    12: (3, 4),
    24: (4, 6),
    48: (6, 8),
    96: (8, 12),
    384: (16, 24),
    1536: (32, 48),
}

#: What a name can say, and how that looks.
_PARTS = {
    "well": r"(?P<row>[A-Za-z]{1,2})[-_]?0*(?P<column>[0-9]{1,2})",
    "row": r"(?P<row>[A-Za-z]{1,2}|[0-9]{1,2})",
    "column": r"0*(?P<column>[0-9]{1,2})",
    "field": r"(?P<field>[A-Za-z]*[0-9]+)",
    "channel": r"(?P<channel>[^/]+?)",
    "z": r"(?P<z>[A-Za-z]*[0-9]+)",
    "time": r"(?P<time>[A-Za-z]*[0-9]+)",
    "acquisition": r"(?P<acquisition>[A-Za-z]*[0-9]+)",
}

#: Patterns that instruments and people use, the more telling ones first.
PATTERNS = (
    "r{row}c{column}f{field}p{z}-ch{channel}sk*",
    "*_{well}_s{field}_w{channel}_*",
    "*_{well}_s{field}_w{channel}",
    "{well}_{field}_{channel}",
    "*_{well}_{field}_{channel}",
    "{well}/{field}_{channel}",
    "{row}/{column}/{field}_{channel}",
    "{well}_{channel}",
    "{well}_{field}",
    "{well}",
    "*_{well}",
)


@dataclass(frozen=True, slots=True)
class Spot:
    """The place of one file on a plate.

    Parameters
    ----------
    file
        Its name, as it was given.
    row, column
        "B", "3".
    field, channel, z, time, acquisition
        As they stand in the name; "" where the pattern has no such part.
    """

    file: str
    row: str
    column: str
    field: str = ""
    channel: str = ""
    z: str = ""
    time: str = ""
    acquisition: str = ""

    @property
    def well(self) -> tuple[str, str]:
        """Row and column."""
        return self.row, self.column

    @property
    def image(self) -> tuple[str, str, str, str]:
        """Which field it belongs to: row, column, acquisition and field."""
        return self.row, self.column, self.acquisition, self.field


@dataclass(frozen=True)  # no slots: what follows from thousands of names is found out once, and asked for each field
class Matched:
    """What a pattern makes of some names.

    Parameters
    ----------
    spots
        The files that it fits, each with its place.
    unmatched
        Names that it does not fit.
    absent
        Files of the spots that are not there.
    """

    spots: tuple[Spot, ...]
    unmatched: tuple[str, ...] = ()
    absent: frozenset[str] = frozenset()

    @cached_property
    def images(self) -> dict[tuple[str, str, str, str], tuple[Spot, ...]]:
        """The files of each field, by row, column, acquisition and field, sorted as people do."""
        groups: dict[tuple[str, str, str, str], list[Spot]] = defaultdict(list)
        for spot in self.spots:
            groups[spot.image].append(spot)
        order = sorted(groups, key=lambda key: (len(key[0]), key[0], int(key[1]), natural(key[2]), natural(key[3])))
        return {key: tuple(groups[key]) for key in order}

    def values(self, part: str) -> tuple[str, ...]:
        """Return all that there is of a part ("channel", "z", "time", "acquisition"), sorted as people do."""
        return self._values[part]

    @cached_property
    def _values(self) -> dict[str, tuple[str, ...]]:
        parts = ("field", "channel", "z", "time", "acquisition")
        return {part: tuple(sorted({getattr(spot, part) for spot in self.spots}, key=natural)) for part in parts}

    @cached_property
    def conflicts(self) -> dict[tuple[str, str, str, str], tuple[str, ...]]:
        """Files that claim one place, by the field that it is in."""
        found = {}
        for key, spots in self.images.items():
            places: dict[tuple[str, str, str], list[str]] = defaultdict(list)
            for spot in spots:
                places[spot.time, spot.channel, spot.z].append(spot.file)
            twice = tuple(name for names in places.values() if len(names) > 1 for name in names)
            if twice:
                found[key] = twice
        return found

    @cached_property
    def gaps(self) -> dict[tuple[str, str, str, str], int]:
        """How many files are missing in a field: not there, or of channels, planes or times that others have."""
        whole = {(t, c, z) for t in self.values("time") for c in self.values("channel") for z in self.values("z")}
        counts = {
            key: len(whole - {(spot.time, spot.channel, spot.z) for spot in spots if spot.file not in self.absent})
            for key, spots in self.images.items()
        }
        return {key: count for key, count in counts.items() if count}


def match_names(names: Iterable[str], pattern: str) -> Matched:
    """Find the place of each file by its name.

    Parameters
    ----------
    names
        Paths with slashes, relative to the folder of all.
    pattern
        Text with ``{well}`` (or ``{row}`` and ``{column}``), ``{field}``, ``{channel}``, ``{z}``, ``{time}`` and
        ``{acquisition}``, and ``*`` for anything but a slash. The ending may be left out. Rows that are numbers become
        letters.

    Raises
    ------
    InvalidArgumentError
        When the pattern has no well, or a part that is not known or there twice.

    Examples
    --------
    >>> match_names(["B03_s2_w1.tif"], "{well}_{field}_{channel}.tif").spots[0]
    Spot(file='B03_s2_w1.tif', row='B', column='3', field='s2', channel='w1', z='', time='', acquisition='')
    """
    regex = _compiled(pattern)
    spots, unmatched = [], []
    for name in names:
        found = regex.fullmatch(name)
        if found is None:
            unmatched.append(name)
            continue
        parts = {key: value or "" for key, value in found.groupdict().items()}
        row = parts.pop("row")
        row = row_name(int(row)) if row.isdecimal() else row.upper()
        spots.append(Spot(name, row, str(int(parts.pop("column"))), **parts))
    return Matched(tuple(spots), tuple(unmatched))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    text, seen = "", set()
    for piece in re.split(r"(\{\w*\}|\*)", pattern.strip()):
        if piece == "*":
            text += r"[^/]*?"
        elif re.fullmatch(r"\{\w*\}", piece):
            part = piece[1:-1]
            if part not in _PARTS:
                raise InvalidArgumentError(
                    "A pattern has no such part.",
                    where="pattern",
                    found=piece,
                    expected="{" + "}, {".join(_PARTS) + "}",
                )
            if part in seen or (part in ("row", "column") and "well" in seen):
                raise InvalidArgumentError("Each part stands once in a pattern.", where="pattern", found=piece)
            seen.add(part)
            text += _PARTS[part]
        else:
            text += re.escape(piece)
    if "well" not in seen and not {"row", "column"} <= seen:
        raise InvalidArgumentError(
            "A pattern says which well a file is of.",
            where="pattern",
            found=pattern,
            expected="{well}, or {row} and {column}",
        )
    ending = "" if re.search(r"\.\w+$", pattern.strip()) else r"(?:\.ome)?\.\w+"
    return re.compile(text + ending)


def guess_pattern(names: Sequence[str]) -> str:
    """Return the first of the usual patterns that fits all names, or else the one that fits most; "" where none does.

    Names that claim one place do not count; a pattern for which these are half of all or more fits none.

    Examples
    --------
    >>> guess_pattern(["A01_s1_DAPI.tif", "A02_s1_DAPI.tif"])
    '{well}_{field}_{channel}'
    """
    some = names[:: max(1, len(names) // 500)]
    best, most = "", 0
    for pattern in PATTERNS:
        matched = match_names(some, pattern)
        if not matched.unmatched and not matched.conflicts and some:
            return pattern
        clear = len(matched.spots) - sum(map(len, matched.conflicts.values()))
        if clear > max(most, len(matched.spots) // 2):
            best, most = pattern, clear
    return best


def plate_for(wells: Iterable[tuple[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the rows and columns of the smallest usual plate that has all of some wells.

    Raises
    ------
    InvalidArgumentError
        When none has.
    """
    wanted = list(wells)
    rows = max((_row_number(row) for row, _ in wanted), default=1)
    columns = max((int(column) for _, column in wanted), default=1)
    for high, wide in PLATES.values():
        if rows <= high and columns <= wide:
            return tuple(row_name(n + 1) for n in range(high)), tuple(str(n + 1) for n in range(wide))
    raise InvalidArgumentError(
        "No usual plate has a well of this name.",
        where="wells",
        found=f"row {row_name(rows)}, column {columns}",
        expected="A1 to AF48",
        do="Pass rows and columns, or another pattern.",
    )


def row_name(number: int) -> str:
    """Return the letters of a row, counted from 1.

    Examples
    --------
    >>> row_name(1), row_name(27)
    ('A', 'AA')
    """
    text = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _row_number(name: str) -> int:
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
