"""What lies beside a target, on a disk or in a bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from omezarr_nb.core.stores import store_error
from omezarr_nb.errors import NotFoundError, StoreError
from omezarr_nb.wizards.form import is_url

__all__ = ["Listed", "list_beside"]

_MOST = 500


@dataclass(frozen=True, slots=True)
class Listed:
    """Names in a folder, as a person would write it (with a slash at its end), and whether there are more."""

    folder: str
    names: tuple[str, ...]
    more: bool = False


def list_beside(target: str, storage_options: Mapping[str, Any]) -> Listed:
    """List the folder of a target; nothing is changed.

    Parameters
    ----------
    target
        A path or a URL, of which the last part is left out.
    storage_options
        What fsspec needs for a URL.

    Raises
    ------
    NotFoundError
        When there is no such folder.
    StoreError
        When it cannot be read, in words.
    """
    folder = target.strip().rstrip("/").rpartition("/")[0]
    if is_url(target):
        return _in_bucket(f"{folder}/", storage_options)
    path = Path(folder or ".").expanduser()
    if not path.is_dir():
        raise NotFoundError("There is no such folder yet; it will be made.", where=path)
    try:
        found = list(islice((entry.name for entry in path.iterdir() if entry.name[0] != "."), _MOST + 1))
    except OSError as error:
        raise StoreError("This folder cannot be read.", where=path, found=error.strerror or str(error)) from error
    return Listed(f"{folder}/" if folder else "", tuple(sorted(found[:_MOST], key=str.casefold)), len(found) > _MOST)


def _in_bucket(folder: str, storage_options: Mapping[str, Any]) -> Listed:
    import fsspec

    try:
        fs, path = fsspec.core.url_to_fs(folder, **storage_options)
        fs.invalidate_cache()
        entries = fs.ls(path, detail=False)
    except FileNotFoundError:  # an object store has no empty folders
        entries = []
    except Exception as error:  # any of any storage library
        raise store_error(error, folder) from error
    names = sorted({str(entry).rstrip("/").rpartition("/")[2] for entry in entries} - {""}, key=str.casefold)
    return Listed(folder, tuple(names[:_MOST]), len(names) > _MOST)
