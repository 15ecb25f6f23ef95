"""OME-Zarr in one file, ``.ozx`` (RFC-9): a folder put into one as it is, and taken out again.

An ``.ozx`` file opens, shows and validates as a folder does: `omezarr_nb.open` reads it from a disk or a URL, and
`omezarr_nb.write_image` and `omezarr_nb.convert` write one where the target has that ending. Nothing is ever written
into one that is there.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.converting.chunks import copy_file
from omezarr_nb.core.io import ZarrLocation
from omezarr_nb.core.pyramid.target import local_folder
from omezarr_nb.core.stores import store_path_of
from omezarr_nb.core.zipped.names import ENDING
from omezarr_nb.core.zipped.store import ZippedStore
from omezarr_nb.core.zipped.target import (
    ArchivePath,
    archive_path,
    check_apart,
    check_version,
    checked_order,
    folder_files,
    version_of,
)
from omezarr_nb.errors import InvalidArgumentError, NotFoundError, TargetExistsError, UnsupportedError

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.storage import StorePath

    from omezarr_nb.core.io import Where
    from omezarr_nb.core.opened import Opened

__all__ = ["pack", "unpack"]


def pack(
    source: Where | Opened,
    where: str | Path,
    *,
    overwrite: bool = False,
    storage_options: Mapping[str, Any] | None = None,
) -> Any:
    """Put an OME-Zarr into one ``.ozx`` file: every file as it is, nothing decoded, nothing compressed again.

    Parameters
    ----------
    source
        A path, a URL, a zarr store or group, or what `omezarr_nb.open` returned: an image with its labels, a plate, a
        collection, a scene. It is only read.
    where
        A local path with the ending ``.ozx``. The file is written beside it and renamed when all of it is on the disk.
    overwrite
        Whether an OME-Zarr in a file that is there may be replaced.
    storage_options
        What fsspec needs for a URL.

    Returns
    -------
    Image, Plate, ImageCollection, ...
        The archive, opened.

    Raises
    ------
    NotFoundError
        When there is no hierarchy at the source.
    UnsupportedError
        When the source is of 0.4 or before, or in a store that cannot list what it holds (over HTTP): `convert` writes
        a ``.ozx`` from those.
    InvalidArgumentError
        When the target has another ending or lies in a hierarchy, or a file of the source cannot be in an archive:
        another ``.ozx``, a link that leads out.
    TargetExistsError
        When something is at the target that may not be replaced.
    StoreError
        When the storage fails; the target is then as it was.

    Notes
    -----
    The archive is as RFC-9 recommends it: not compressed, ZIP64, the metadata first, with a comment that says so.
    Chunks that are not in shards stay what they are: an image of many has as many entries.

    Examples
    --------
    >>> import numpy as np, tempfile, omezarr_nb
    >>> folder = tempfile.mkdtemp()
    >>> image = omezarr_nb.write_image(np.zeros((64, 64), "uint8"), f"{folder}/image.ome.zarr")
    >>> pack(image, f"{folder}/image.ozx").shape
    (64, 64)
    """
    from omezarr_nb.core.converting.survey import can_list
    from omezarr_nb.core.opened import Opened
    from omezarr_nb.core.reader import open as open_any

    path = archive_path(where)
    if path is None:
        raise InvalidArgumentError(
            "This is no local path of a file that OME-Zarr is packed into.",
            where=str(where),
            expected=f"a path that ends with {ENDING}",
        )
    location = ZarrLocation(source.location if isinstance(source, Opened) else source, storage_options=storage_options)
    if not location.exists():
        raise NotFoundError("There is no Zarr hierarchy here.", where=location.where)
    if location.zarr_format == 2:
        check_version(location.fmt, location.where)
    check_apart(path, location)
    folder = local_folder(location)
    target = ArchivePath(path, overwrite=overwrite)
    target.check()
    if folder is not None:
        files = folder_files(folder)
    elif can_list(location.store):
        names = checked_order(_keys(location.store_path), location.where)
        files = [(name, partial(_one_piece, location.store_path / name)) for name in names]
    else:
        raise UnsupportedError(
            "This store cannot list what it holds, so that it cannot be packed as it is.",
            where=location.where,
            do="Use omezarr_nb.convert with the same target: it follows the metadata.",
        )
    target.write(files, version_of(b"".join(dict(files)["zarr.json"]())))
    return open_any(path)


def unpack(source: Where | Opened, where: str | Path, *, storage_options: Mapping[str, Any] | None = None) -> Any:
    """Take an OME-Zarr out of a zip archive: a folder with the same files.

    Parameters
    ----------
    source
        A ``.ozx`` or ``.zip`` file: a path, a URL, or what `omezarr_nb.open` returned for one.
    where
        A local path at which nothing is. The folder is written beside it and renamed when all of it is there.
    storage_options
        What fsspec needs for a URL.

    Returns
    -------
    Image, Plate, ImageCollection, ...
        The folder, opened.

    Raises
    ------
    InvalidArgumentError
        When the source is no zip archive, or the target no local path.
    NotFoundError
        When there is no hierarchy in it.
    TargetExistsError
        When something is at the target.
    StoreError
        When the archive is damaged or the storage fails; nothing is at the target then.

    Notes
    -----
    An archive with names that lead out of it is refused when it is opened. One file is in memory at a time.
    """
    from omezarr_nb.core.opened import Opened
    from omezarr_nb.core.reader import open as open_any

    location = ZarrLocation(source.location if isinstance(source, Opened) else source, storage_options=storage_options)
    if not isinstance(location.store, ZippedStore):
        raise InvalidArgumentError("This is no zip archive.", where=location.where, expected=f"a {ENDING} or .zip file")
    if not location.exists():
        raise NotFoundError("There is no Zarr hierarchy in this archive.", where=location.where)
    folder = local_folder(where)
    if folder is None:
        raise InvalidArgumentError("Archives are unpacked to a local folder.", where=str(where))
    _check_free(folder)
    beside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}.partial")
    try:
        root = store_path_of(beside, read_only=False)
        for name in _keys(location.store_path):
            copy_file(location.store_path / name, root / name)
        _check_free(folder)
        beside.rename(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return open_any(folder)


def _check_free(folder: Path) -> None:
    if folder.exists():
        raise TargetExistsError(
            "Something is at the target already.", where=str(folder), do="Unpack to another place, or remove it first."
        )


def _keys(place: StorePath) -> list[str]:
    """Return the names of all that lies below a place."""
    from zarr.core.sync import sync

    prefix = f"{place.path}/" if place.path else ""

    async def listed() -> list[str]:
        return [key.removeprefix(prefix) async for key in place.store.list_prefix(prefix)]

    return sync(listed())


def _one_piece(place: StorePath) -> Iterator[bytes]:
    from zarr.core.sync import sync

    data = sync(place.get())
    if data is None:
        raise NotFoundError("A file is gone that was there a moment ago.", where=str(place))
    yield data.to_bytes()
