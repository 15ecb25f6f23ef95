"""One change of an image: alone, after what a killed change has left was finished or cleared up."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from omezarr_nb.core.growing import record
from omezarr_nb.core.growing.documents import (
    array_documents,
    array_name,
    put,
    put_group,
    with_attributes,
    with_shape,
)
from omezarr_nb.core.growing.place import held, writable
from omezarr_nb.core.growing.pyramid import Pyramid, read_pyramid
from omezarr_nb.core.growing.record import Record
from omezarr_nb.core.growing.spread import Meter, Piece, spread
from omezarr_nb.core.io import ZarrLocation, open_array
from omezarr_nb.core.kinds import Ints, Slices
from omezarr_nb.core.locks import locked
from omezarr_nb.core.paths import is_safe_path
from omezarr_nb.core.pyramid.guard import level_paths
from omezarr_nb.core.pyramid.run import FAST_CODECS
from omezarr_nb.errors import NotFoundError, OMEZarrError, StoreError

if TYPE_CHECKING:
    from zarr.storage import StorePath

    from omezarr_nb.core.image import Image

#: Names of levels that are made here.
_LEVEL = re.compile(r"(^|/)\d+(_\d+)?$")


__all__ = ["changing", "finish_shapes", "pieces_of", "put_arrays", "remove", "remove_unnamed", "reread", "settle"]


@contextmanager
def changing(image: Image, method: Any = None, *, levels: bool = True) -> Iterator[Pyramid]:
    """Hold an image, settle what was left, and give its levels as they are now, to be changed.

    Parameters
    ----------
    image
        As it was opened, which may be before others changed it; it is read anew.
    method, levels
        As for `read_pyramid`.
    """
    place = writable(image.location)
    with held(place), FAST_CODECS.used():
        settle(image, place)
        yield read_pyramid(image, locate(image, place), method, levels=levels)


def locate(image: Image, place: StorePath) -> ZarrLocation:
    """Read the group of an image anew.

    Raises
    ------
    NotFoundError
        When it is no longer there.
    """
    location = ZarrLocation(place, "r+")
    location.where = image.location.where
    if not location.exists():
        raise NotFoundError("The image is no longer there.", where=location.where)
    return location


def reread(image: Image) -> None:
    """Bring an image that was opened up to date with the store; arrays that it gave before stay as they were."""
    location = ZarrLocation(image.location, image.location.mode)
    for name in ("_levels", "channels", "labels"):
        image.__dict__.pop(name, None)
    type(image).__init__(image, location, image._multiscale)


def pieces_of(
    pyramid: Pyramid, shapes: Sequence[Ints] | None = None, documents: Sequence[Mapping[str, Any]] = ()
) -> list[Piece]:
    """Give the levels as they are written.

    Parameters
    ----------
    pyramid
        As it is.
    shapes
        As it is going to be: shards are then written whole. As it is by default.
    documents
        Of the arrays, where their shapes change.
    """
    location = pyramid.location
    pieces = []
    arrays = [level.zarr for level in pyramid.levels]
    if shapes is not None:
        arrays = [
            open_array(location.store_path / level.path, with_shape(document, shape), location.where)
            for level, document, shape in zip(pyramid.levels, documents, shapes, strict=True)
        ]
    for level, array, step in zip(pyramid.levels, arrays, pyramid.steps, strict=True):
        unit = array.shards or array.chunks
        chunks = array.chunks if shapes is None else unit
        pieces.append(Piece(array, step, unit, chunks, level.shape, f"{location.where}/{level.path}"))
    return pieces


def finish_shapes(
    image: Image,
    place: StorePath,
    paths: Sequence[str],
    shapes: Sequence[Ints],
    *,
    channels: Sequence[Any] | None,
    expected: Sequence[Mapping[str, Any]] | None = None,
    said: Record | None = None,
) -> None:
    """Give the levels of an image new shapes: the coarsest first, level 0 last; then tell the group's metadata.

    Whatever level 0 says is there is then there in all levels, at any moment.

    Parameters
    ----------
    image, place
        The image.
    paths, shapes
        Of its levels, from the finest to the coarsest.
    channels
        JSON of all channels, or None where they stay.
    expected
        Documents of the levels as they were before.
    said
        What is written down first; whoever comes after a kill then finishes this.

    Raises
    ------
    StoreError
        When the documents are others: somebody has written another image there meanwhile.
    """
    with locked(place):
        location = locate(image, place)
        documents = array_documents(location, paths)
        if expected is not None and documents != list(expected):
            raise StoreError(
                "The image was changed by others while it was appended to, and is left as they made it.",
                where=location.where,
                do="Open it again, and append again.",
            )
        if said is not None:
            record.put(place, said)
        new = [with_shape(document, shape) for document, shape in zip(documents, shapes, strict=True)]
        put_arrays(location, paths, new, before=documents)
        attributes = None
        if channels is not None:
            omero = location.fmt.block(location.root_attrs).get("omero")
            known = dict(omero) if isinstance(omero, Mapping) else {}
            attributes = with_attributes(location, {"omero": known | {"channels": list(channels)}})
        put_group(location, dict(zip(paths, new, strict=True)), attributes)


def put_arrays(
    location: ZarrLocation,
    paths: Sequence[str],
    documents: Sequence[Mapping[str, Any]],
    *,
    before: Sequence[Mapping[str, Any]],
) -> None:
    """Put the documents of levels, the coarsest first; those that stay as they were are not written."""
    for path, old, document in reversed(list(zip(paths, before, documents, strict=True))):
        if document != old:
            put(location.store_path / path, array_name(location.zarr_format), document)


def remove(place: StorePath, paths: Sequence[str]) -> list[str]:
    """Remove arrays; give those that could not be removed, with the reason."""
    from zarr.core.sync import sync

    left = []
    for path in paths:
        own = place / path
        try:
            sync(own.store.delete_dir(own.path))
        except Exception as error:  # any of any storage library: it is named, and the rest removed
            left.append(f"{place}/{path} ({error})")
    return left


def remove_unnamed(image: Image, place: StorePath, paths: Sequence[str]) -> list[str]:
    """Remove those of some arrays that the metadata of an image does not name (any more); see `remove`."""
    location = locate(image, place)
    named = level_paths(location)
    stray = [path.strip("/") for path in paths if is_safe_path(path)]
    stray = [path for path in stray if not any(f"{name}/".startswith(f"{path}/") for name in named)]
    below = {path: location.child(path) for path in stray}
    # What is left of an array that was being removed is neither array nor group.
    return remove(place, [path for path in stray if below[path].is_array or not below[path].exists()])


def settle(image: Image, place: StorePath) -> bool:
    """Finish what a killed change of an image had begun, or clear up after it; return whether there was any.

    A change of shapes whose pixels are all there is finished. A region whose pixels are in the record is written; of
    one whose pixels are not, which may be half written, the coarser levels are brought in line. Levels that the
    metadata does not name are removed.
    """
    found = record.read(place)
    if found is None:
        return False
    try:
        known = {"shapes": _settle_shapes, "region": _settle_region, "levels": _settle_levels}.get(found.kind)
        if known is not None:
            known(image, place, found)
    except (KeyError, TypeError, ValueError, OMEZarrError) as error:
        # Not of this image as it is now, or of nobody here; the image has to be open to changes all the same.
        if isinstance(error, StoreError):
            raise
        warnings.warn(f"A record of a change in {image.where} does not fit and is removed: {error}", stacklevel=2)
    record.clear(place)
    return True


def _settle_shapes(image: Image, place: StorePath, found: Record) -> None:
    location = locate(image, place)
    own = set(level_paths(location))
    paths = [str(path) for path in found.fields["paths"]]
    shapes = [tuple(int(n) for n in shape) for shape in found.fields["shapes"]]
    now = [tuple(document["shape"]) for document in array_documents(location, [p for p in paths if p in own])]
    longer = all(
        len(new) == len(old) and all(a >= b for a, b in zip(new, old, strict=True))
        for new, old in zip(shapes, now, strict=True)
    )
    if not longer:
        raise ValueError("levels other than those of the image, or shorter")
    channels = found.fields["channels"]
    finish_shapes(image, place, paths, shapes, channels=channels if isinstance(channels, list) else None)


def _settle_region(image: Image, place: StorePath, found: Record) -> None:
    fields = found.fields
    pyramid = read_pyramid(image, locate(image, place), fields["method"])
    pieces = pieces_of(pyramid)
    start, shape = (tuple(int(n) for n in fields[name]) for name in ("start", "shape"))
    region = tuple(slice(a, a + n) for a, n in zip(start, shape, strict=True))
    outside = any(s.start < 0 or s.stop > n for s, n in zip(region, pieces[0].shape, strict=True))
    if outside or min(shape) < 1 or fields["path"] != pyramid.levels[0].path:
        raise ValueError("a region that is not in the image")
    if not fields["pixels"]:
        spread(pieces, region, pyramid.method, Meter())
        return
    pixels = np.frombuffer(found.pixels, pyramid.dtype).reshape(shape)

    def read(box: Slices) -> Any:
        return pixels[tuple(slice(s.start - a, s.stop - a) for s, a in zip(box, start, strict=True))]

    spread(pieces, region, pyramid.method, Meter(), read=read)


def _settle_levels(image: Image, place: StorePath, found: Record) -> None:
    paths = [path.strip("/") for path in found.fields["paths"] if isinstance(path, str) and is_safe_path(path)]
    location = locate(image, place)
    remove_unnamed(image, place, [path for path in paths if _LEVEL.search(path) or location.child(path).is_array])
