"""Which part of a path or URL names a zip archive, and which what is in it."""

from __future__ import annotations

import re
from pathlib import Path

from omezarr_nb.errors import UnsupportedError

__all__ = ["ENDING", "local_archive", "named_archive", "read_only_archive", "remote_archive"]

#: Of the names of OME-Zarr in one file (RFC-9).
ENDING = ".ozx"
_ENDINGS = (ENDING, ".zip")
_SIGN = b"PK\x03\x04"
#: In the middle of a URL only ".ozx" is an archive: folders of any other name may be anywhere.
_URL = re.compile(r"(?P<archive>[^?#]*?\.ozx|[^?#]*\.zip(?=/?(?:[?#]|$)))(?P<inside>/[^?#]*)?(?P<query>[?#].*)?", re.I)


def named_archive(name: str) -> bool:
    """Return whether a name is one of a zip archive that OME-Zarr may be in."""
    return name.lower().endswith(_ENDINGS)


def local_archive(path: Path) -> tuple[Path, str] | None:
    """Return the zip archive that a local path names or leads into, and the path in it; None for any other path.

    A folder is none, whatever its name; a file that is called otherwise is one where it begins as archives do. What
    is not there is one by its name.

    Examples
    --------
    >>> archive, inside = local_archive(Path("plate.ozx"))
    >>> archive.name, inside
    ('plate.ozx', '')
    """
    for candidate in (path, *path.parents):
        try:
            if candidate.is_dir():
                if candidate == path:
                    return None
                break
            if candidate.is_file():
                if not named_archive(candidate.name) and not _begins(candidate):
                    return None
                return candidate, path.relative_to(candidate).as_posix().removeprefix(".")
        except (OSError, ValueError):  # not to be looked at, or no name that a file can have
            return None
    return (path, "") if named_archive(path.name) else None


def remote_archive(url: str) -> tuple[str, str] | None:
    """Return the URL of the zip archive that a URL names or leads into, and the path in it; None for any other URL.

    Examples
    --------
    >>> remote_archive("s3://bucket/plate.ozx/A/1/0")
    ('s3://bucket/plate.ozx', 'A/1/0')
    >>> remote_archive("https://example.org/image.zip?signed=1")
    ('https://example.org/image.zip?signed=1', '')
    >>> remote_archive("https://example.org/image.zarr")
    """
    found = None if "::" in url else _URL.match(url)  # of a chain of file systems fsspec knows better
    if found is None or (found["inside"] is None and not re.match(r"[?#]|$", url[found.end("archive") :])):
        return None
    return found["archive"] + (found["query"] or ""), (found["inside"] or "").strip("/")


def read_only_archive(where: str) -> UnsupportedError:
    """Return the error that says why nothing is written into an archive."""
    return UnsupportedError(
        f"A {ENDING} or .zip file is written as a whole, and read only from then on.",
        where=where,
        do=f"Write a folder, and make a {ENDING} file of it with omezarr_nb.convert, which makes folders of them, too.",
    )


def _begins(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_SIGN)) == _SIGN
    except OSError:
        return False
