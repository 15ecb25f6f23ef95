"""Names within a store: of Zarr's documents, and paths in metadata, which stay in their group or are not followed."""

from __future__ import annotations

import re

__all__ = ["DOCUMENTS", "is_safe_path"]

#: The documents of a group or an array, in Zarr 2 and 3.
DOCUMENTS = frozenset(("zarr.json", ".zgroup", ".zattrs", ".zarray", ".zmetadata"))

_DRIVE = re.compile(r"[a-zA-Z]:")
#: Bytes of a path and of one name in it that every kind of storage takes.
_MAX_PATH = 1024
_MAX_NAME = 255


def is_safe_path(path: str) -> bool:
    """Return whether a path from metadata can be one, and stays within the group that names it.

    Examples
    --------
    >>> is_safe_path("labels/nuclei"), is_safe_path("../other"), is_safe_path("/etc/passwd")
    (True, False, False)
    """
    if "\\" in path or "\0" in path or "://" in path or _DRIVE.match(path):
        return False
    try:
        size = len(path.encode())
    except UnicodeEncodeError:  # half of a pair of surrogates
        return False
    parts = path.removesuffix("/").split("/")
    return size <= _MAX_PATH and all(part not in ("", ".", "..") and len(part.encode()) <= _MAX_NAME for part in parts)
