"""Where an archive is written: what may be there, and from a folder that was written beside it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from omezarr_nb.core.format import CurrentFormat, Format, declared_version
from omezarr_nb.core.locks import LOCK_FILE
from omezarr_nb.core.paths import DOCUMENTS, is_safe_path
from omezarr_nb.core.zipped.names import ENDING, local_archive, named_archive, read_only_archive, remote_archive
from omezarr_nb.core.zipped.write import File, in_order, replaced_file, write_archive
from omezarr_nb.errors import InvalidArgumentError, OMEZarrError, TargetExistsError, UnsupportedError

if TYPE_CHECKING:
    from omezarr_nb.core.io import ZarrLocation

__all__ = [
    "ArchivePath",
    "archive_path",
    "check_apart",
    "check_version",
    "checked_order",
    "folder_files",
    "shards_for",
    "version_of",
]

#: What is being written, or was when its writer was killed: by zarr, or here.
_TORN = re.compile(r".*\.[0-9a-f]{32}\.partial")
#: Bytes of a file that are in memory at once.
_PIECE = 4 << 20

Written: TypeAlias = Callable[[os.stat_result], object]
"""What is told of a file that is about to take its place: which one it is."""


def archive_path(where: object) -> Path | None:
    """Return the local path of an archive that is to be written, or None where no archive is meant.

    Raises
    ------
    UnsupportedError
        When an archive is meant that is not written: one behind a URL, or a part of one that is there.
    InvalidArgumentError
        When it has the name of another zip archive.
    """
    from omezarr_nb.core.zipped.store import ZippedStore

    store = getattr(where, "store", where)
    if isinstance(store, ZippedStore):
        raise read_only_archive(store.where)
    if not isinstance(where, str | Path):
        return None
    text = str(where)
    if "://" in text and not text.startswith("file://"):
        if remote_archive(text) is not None:
            raise UnsupportedError(
                "Archives are written to a local disk only.",
                where=text,
                do="Write it to a local path and upload that file, or write a folder (without .ozx) there.",
            )
        return None
    try:
        path = Path(text.removeprefix("file://")).expanduser().resolve()
    except (OSError, RuntimeError, ValueError):  # no path at all: whoever opens it says so
        return None
    found = local_archive(path)
    if found is None:
        return path if path.name.lower().endswith(ENDING) else None  # a folder of that name is no place for a file
    archive, inside = found
    if inside:
        raise read_only_archive(str(archive))
    if not path.name.lower().endswith(ENDING):
        if not named_archive(path.name):
            return None
        raise InvalidArgumentError(
            "OME-Zarr in one file is written with the ending .ozx.", where=str(path), expected=f"{path.stem}{ENDING}"
        )
    return path


def check_version(fmt: Format, where: object) -> None:
    """Raise where a version is not stored in archives.

    Raises
    ------
    UnsupportedError
        For 0.1 to 0.4.
    """
    if fmt.zarr_format != 3:
        raise UnsupportedError(
            f"OME-Zarr {fmt.version} is stored in Zarr 2, and a {ENDING} file holds Zarr 3: 0.5 and later.",
            where=str(where),
            do="Pass version='0.5', or write a folder.",
        )


def check_apart(archive: Path, source: ZarrLocation) -> None:
    """Raise where an archive would be written into, or in the place of, what it is made of.

    Raises
    ------
    InvalidArgumentError
        Naming both.
    """
    from zarr.storage import LocalStore

    from omezarr_nb.core.zipped.store import ZippedStore

    store, inside = source.store, source.path
    if isinstance(store, ZippedStore):
        store, inside = store.place.store, ""
    if not isinstance(store, LocalStore):
        return
    place = (Path(store.root) / inside).resolve()
    if archive.is_relative_to(place):
        raise InvalidArgumentError(
            "Source and target are the same or lie in each other; nothing is packed in place.",
            where=str(archive),
            found=str(place),
            do="Pass another target.",
        )


def shards_for(where: object, shards: Any, fmt: Format) -> Any:
    """Return shards as they are given; where none are, True for an archive, which is to have few entries (RFC-9)."""
    return True if shards is None and fmt.zarr_format == 3 and archive_path(where) is not None else shards


class ArchivePath:
    """A local path at which an archive will be.

    Parameters
    ----------
    path
        Of the archive.
    overwrite
        Whether an archive that is there may be replaced.
    """

    def __init__(self, path: Path, *, overwrite: bool) -> None:
        self.path = path
        self.where = str(path)
        self._overwrite = overwrite

    def check(self) -> None:
        """Raise where something is at the target that may not be replaced, or encloses it."""
        self._check_above()
        if not self.path.exists():
            return
        if self.path.is_dir():
            raise TargetExistsError("There is a folder at the target.", where=self.where)
        if not self._overwrite:
            raise TargetExistsError(
                "Something is at the target already.", where=self.where, do="Pass overwrite=True to replace it."
            )
        if self.there() is None:
            raise TargetExistsError("The file at the target is no OME-Zarr, and is not replaced.", where=self.where)

    def there(self) -> ZarrLocation | None:
        """Return the hierarchy that is there, or None where there is none."""
        from omezarr_nb.core.io import ZarrLocation

        if not self.path.exists():
            return None
        try:
            location = ZarrLocation(self.path)
        except OMEZarrError:
            return None
        return location if location.exists() else None

    def write(
        self, files: Sequence[File], version: str, beside: Path | None = None, written: Written | None = None
    ) -> None:
        """Write the archive beside the target, and have it take the target's place.

        Parameters
        ----------
        files
            As `folder_files` gives them.
        version
            Of OME-Zarr.
        beside
            The folder in which it is written; that of the target by default.
        written
            Called when all is written, before it takes that place.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with replaced_file(self.path, overwrite=self._overwrite, folder=beside) as file:
            write_archive(file, files, version)
            self.check()  # something may have come into being meanwhile
            if written is not None:
                written(os.fstat(file.fileno()))

    def pack(self, folder: Path, written: Written) -> None:
        """Write the archive of what is in a folder; it is written in there, so that nothing is left but the folder.

        Parameters
        ----------
        folder
            Which has its metadata.
        written
            Called when all is written, before the archive takes the target's place.
        """
        self.write(folder_files(folder), version_of((folder / "zarr.json").read_bytes()), folder, written)

    def _check_above(self) -> None:
        above = next((folder for folder in self.path.parents if folder.exists()), self.path.parent)
        if any((above / name).exists() for name in sorted(DOCUMENTS)):
            raise InvalidArgumentError(
                f"A {ENDING} file is not put into a hierarchy of Zarr (RFC-9).",
                where=self.where,
                found=f"the group or array {above}",
                do="Write it to a folder that is no Zarr.",
            )


def folder_files(folder: Path) -> list[File]:
    """Return the files below a folder, in the order of an archive; nothing is read.

    Raises
    ------
    InvalidArgumentError
        When one is an archive of OME-Zarr, has a name that no path in a hierarchy has, or is a link that leads out.
    """
    root = folder.resolve()
    found = {}
    for parent, _, names in os.walk(root):
        for name in names:
            path = Path(parent, name)
            if name == LOCK_FILE or _TORN.fullmatch(name):
                continue
            if path.is_symlink() and not path.resolve().is_relative_to(root):
                raise InvalidArgumentError(
                    "A link leads out of the hierarchy; what it leads to is not packed.", where=str(path)
                )
            found[path.relative_to(root).as_posix()] = path
    return [(name, partial(_pieces, found[name])) for name in checked_order(found, str(folder))]


def checked_order(names: Iterable[str], where: str) -> list[str]:
    """Return names in the order of an archive, and refuse those that are in none."""
    ordered = in_order(names)
    for name in ordered:
        if name.lower().endswith(ENDING):
            raise InvalidArgumentError(
                f"A {ENDING} file holds no others (RFC-9).", where=where, found=name, do="Move it out of the hierarchy."
            )
        if not is_safe_path(name):
            raise InvalidArgumentError("This is no name of a file in a hierarchy.", where=where, found=name)
    return ordered


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def version_of(document: bytes) -> str:
    """Return the version that the root of a hierarchy names; that of the current format where it names none."""
    parsed = json.loads(document)
    attributes = parsed.get("attributes") if isinstance(parsed, dict) else None
    version = declared_version(attributes) if isinstance(attributes, dict) else None
    return version or CurrentFormat.version
