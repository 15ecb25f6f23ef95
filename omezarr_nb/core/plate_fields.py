"""The fields of which a plate is made: from a folder whose names fit a pattern, a table, or a mapping of wells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omezarr_nb.core.files.naming import Matched, Spot, guess_pattern, match_names
from omezarr_nb.core.files.part import is_pixel_file
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, NotFoundError

__all__ = ["FieldPlan", "fields_of", "names_below", "some_of"]

#: More files than this lie below no folder of a plate.
MOST_FILES = 2_000_000


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """One field as it will be written.

    Parameters
    ----------
    row, column
        Of its well.
    name
        Of the field in the well.
    source
        An array, a path, or the files of its channels, planes and times (`Spot`).
    acquisition
        The id of its acquisition, or None.
    """

    row: str
    column: str
    name: str
    source: Any
    acquisition: int | None = None

    @property
    def path(self) -> str:
        """Of the field within the plate: "B/3/0"."""
        return f"{self.row}/{self.column}/{self.name}"


def fields_of(
    images: Any, pattern: str | None
) -> tuple[Path | None, Matched | None, tuple[FieldPlan, ...], tuple[Mapping[str, Any], ...]]:
    """Return folder, matched names, fields and acquisitions."""
    if isinstance(images, Mapping):
        return None, None, tuple(_given(images)), ()
    if isinstance(images, str | Path):
        folder = Path(images).expanduser()
        names = names_below(folder)
        chosen = pattern or guess_pattern(names)
        if not chosen:
            raise NotFoundError(
                "No usual pattern fits the names of these files.",
                where=folder,
                found=some_of(names),
                do='Pass pattern, such as "{well}_{field}_{channel}.tif".',
            )
        matched = match_names(names, chosen)
    elif isinstance(images, Sequence) and all(isinstance(entry, Mapping) for entry in images):
        spots = tuple(_spot(entry, index) for index, entry in enumerate(images))
        absent = frozenset(spot.file for spot in spots if not Path(spot.file).exists())
        folder, matched = Path(), Matched(spots, absent=absent)
    else:
        raise ArgumentTypeError(
            "The images of a plate are a folder, a table, or a mapping from wells to images.",
            where="images",
            found=type(images).__name__,
        )
    if not matched.spots:
        raise NotFoundError(
            "The pattern fits none of the files.", where=folder, found=some_of(matched.unmatched), expected=pattern
        )
    acquisitions = [value for value in matched.values("acquisition") if value]
    told = tuple({"id": index, "name": value} for index, value in enumerate(acquisitions))
    fields = []
    counts: dict[tuple[str, str], int] = {}
    for (row, column, acquisition, _), spots in matched.images.items():
        number = counts.get((row, column), 0)
        counts[row, column] = number + 1
        own = acquisitions.index(acquisition) if acquisition else None
        fields.append(FieldPlan(row, column, str(number), spots, own))
    return folder, matched, tuple(fields), told


def names_below(folder: Path) -> list[str]:
    """Return the names of the files of pixels below a folder, relative to it, sorted.

    Raises
    ------
    NotFoundError
        When there is no such folder, or no file in it.
    InvalidArgumentError
        When there are more than a plate has.
    """
    if not folder.is_dir():
        raise NotFoundError("There is no such folder.", where=folder)
    names = []
    for path in folder.rglob("*"):
        if is_pixel_file(path) and ".zarr/" not in f"{path.parent.as_posix()}/":
            names.append(path.relative_to(folder).as_posix())
        if len(names) > MOST_FILES:
            raise InvalidArgumentError("These are more files than a plate has.", where=folder, expected=MOST_FILES)
    if not names:
        raise NotFoundError("There are no files of pixels in this folder.", where=folder)
    return sorted(names)


def _given(images: Mapping[Any, Any]) -> list[FieldPlan]:
    fields = []
    for well, own in images.items():
        row, column = _well(well)
        several = own if isinstance(own, list | tuple) else [own]
        fields += [FieldPlan(row, column, str(index), image) for index, image in enumerate(several)]
    if not fields:
        raise InvalidArgumentError("A plate has at least one field.", where="images", found=dict(images))
    return fields


def _well(well: Any) -> tuple[str, str]:
    if isinstance(well, tuple) and len(well) == 2:
        return str(well[0]), str(well[1])
    found = match_names([f"{str(well).replace('/', '')}.x"], "{well}").spots
    if not found:
        raise InvalidArgumentError("This is no well.", where="images", found=well, expected='"B3" or ("B", 3)')
    return found[0].well


def _spot(entry: Mapping[str, Any], index: int) -> Spot:
    if "file" not in entry or "well" not in entry:
        raise InvalidArgumentError(
            "An entry of the table names a file and a well.", where=f"images[{index}]", found=dict(entry)
        )
    row, column = _well(entry["well"])
    rest = {key: str(entry[key]) for key in ("field", "channel", "z", "time", "acquisition") if key in entry}
    return Spot(str(entry["file"]), row, column, **rest)


def some_of(names: Sequence[str]) -> str:
    """Return the first three names, and how many more there are."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
