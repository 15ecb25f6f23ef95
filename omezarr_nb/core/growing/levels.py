"""Adding levels to an image, and making all of them anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from omezarr_nb.core.growing import record
from omezarr_nb.core.growing.change import changing, locate, remove, remove_unnamed, reread
from omezarr_nb.core.growing.documents import (
    array_documents,
    array_name,
    fitted,
    put,
    put_group,
    with_attributes,
)
from omezarr_nb.core.growing.pyramid import Pyramid, known_method, steps_between
from omezarr_nb.core.growing.record import Record
from omezarr_nb.core.growing.spread import Meter, Piece, spread
from omezarr_nb.core.io import ZarrLocation, open_array, read_json
from omezarr_nb.core.kinds import Ints
from omezarr_nb.core.locks import locked
from omezarr_nb.core.metadata import Dataset, Multiscale, image_to_json
from omezarr_nb.core.pyramid.levels import (
    Factors,
    LevelShape,
    shapes_by_halving,
    shapes_from_factors,
    transforms,
)
from omezarr_nb.core.pyramid.plan import provenance
from omezarr_nb.core.pyramid.progress import Cancel, Progress
from omezarr_nb.core.pyramid.reduce import Method, as_method, check_dtype, check_labels
from omezarr_nb.core.transforms import Identity, Scale, Transformation, Translation, resolve
from omezarr_nb.errors import InvalidArgumentError, UnsupportedError

if TYPE_CHECKING:
    import zarr
    from zarr.storage import StorePath

    from omezarr_nb.core.image import Image


#: Parts of a pixel: places are products and sums of floats.
_CLOSE = 1e-6

#: What stands behind the number of a level whose name was taken.
_NUMBERED = re.compile(r"(?<=\d)_\d+$")

__all__ = ["add_levels", "rebuild_levels", "replace_levels"]


@dataclass(frozen=True, slots=True)
class NewLevel:
    """A level that is going to be: where, how long, after which step, and what the metadata says of where it lies."""

    path: str
    shape: Ints
    step: Ints
    transformations: tuple[Transformation, ...]


def add_levels(
    image: Image,
    count: int | None,
    *,
    scale_factors: Sequence[Factors] | None,
    method: Any,
    on_progress: Callable[[Progress], object] | None,
    cancel: Cancel | None,
) -> None:
    """Do what `Image.add_levels` says."""
    with changing(image, method) as pyramid:
        _check_fits(pyramid.method, pyramid.image)
        coarsest = len(pyramid.levels) - 1
        shapes = _further(pyramid, count, scale_factors)
        if len(shapes) > 1:
            new = _placed(pyramid, coarsest, shapes, pyramid.method)
            _write(pyramid, coarsest, new, pyramid.method, meter=Meter(on_progress, cancel, where=image.where), old=())
    reread(image)


def rebuild_levels(
    image: Image,
    method: Any,
    *,
    levels: int | None,
    scale_factors: Sequence[Factors] | None,
    on_progress: Callable[[Progress], object] | None,
    cancel: Cancel | None,
) -> None:
    """Do what `Image.rebuild_levels` says."""
    if levels is not None and scale_factors is not None:
        raise InvalidArgumentError("scale_factors and levels exclude each other.", where="levels", found=levels)
    with changing(image, "nearest", levels=False) as pyramid:
        own = pyramid.image
        labels = own.metadata.image_label is not None
        chosen = as_method(method) if method is not None else known_method(own.multiscale)
        chosen = chosen or ("mode" if labels else "mean")
        _check_fits(chosen, own)
        finest = pyramid.levels[0]
        if scale_factors is None and levels is None:
            scale_factors = _factors_there(image, pyramid)
        if scale_factors is not None:
            shapes = shapes_from_factors(finest.shape, own.axes, scale_factors)
        else:
            shapes = shapes_by_halving(finest.shape, own.axes, finest.scale, finest.chunks, levels)
        new = _placed(pyramid, 0, shapes, chosen)
        old = [dataset.path.strip("/") for dataset in own.multiscale.datasets if dataset.path != finest.path]
        _write(pyramid, 0, new, chosen, meter=Meter(on_progress, cancel, where=image.where), old=old)
    reread(image)


def replace_levels(
    image: Image,
    changed: Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]],
    copy: Callable[[Sequence[tuple[zarr.Array[Any], zarr.Array[Any]]]], None],
) -> None:
    """Store all levels of an image in other arrays, and let the metadata name those; the image is held already.

    Parameters
    ----------
    image
        Read anew from a store that takes writes.
    changed
        Gives the document of a new array from that of the old one and that of level 0.
    copy
        Fills the new arrays with the pixels of the old ones.
    """
    location, levels = image.location, image.levels
    place = location.store_path
    old = [level.path for level in levels]
    stored = array_documents(location, old)
    new = _beside(location, [path.strip("/") for path in old])
    documents = {path: changed(document, stored[0]) for path, document in zip(new, stored, strict=True)}
    record.put(place, Record("levels", {"paths": [*new, *(path.strip("/") for path in old)]}))
    try:
        arrays = []
        for level, (path, document) in zip(levels, documents.items(), strict=True):
            _put_new(location, path, document, level.path)
            arrays.append((level.zarr, open_array(place / path, document, f"{location.where}/{path}")))
        copy(arrays)
    except BaseException as error:
        _take_back(place, new, error)
        raise
    names = dict(zip(old, new, strict=True))
    with locked(place):
        location = locate(image, place)
        block = deepcopy(dict(location.fmt.block(location.root_attrs)))
        for dataset in _entry(block["multiscales"], old[0])["datasets"]:
            _rename(dataset, names)
        attributes = with_attributes(location, {"multiscales": block["multiscales"]})
        put_group(location, {**dict.fromkeys(path.strip("/") for path in old), **documents}, attributes)
    remove_unnamed(image, place, old)
    record.clear(place)


def _rename(dataset: dict[str, Any], names: Mapping[str, str]) -> None:
    """Name another array in a dataset: by its path, and by those that its transformations repeat (0.6)."""
    before = dataset.get("path")
    if not isinstance(before, str) or before not in names:
        return
    dataset["path"] = names[before]
    steps = dataset.get("coordinateTransformations")
    for step in steps if isinstance(steps, list) else ():
        end = step.get("input") if isinstance(step, dict) else None
        if isinstance(end, dict) and end.get("path") == before:
            end["path"] = names[before]
        elif end == before:
            step["input"] = names[before]


def _check_fits(method: Method, image: Image) -> None:
    if method == "laplacian":
        raise UnsupportedError(
            "The levels of a laplacian pyramid are differences, and are only written with the image.",
            where="method",
            found=method,
            do="Write the image anew.",
        )
    if image.metadata.image_label is not None:
        check_labels(method, image.dtype)
    check_dtype(method, image.dtype)


def _further(pyramid: Pyramid, count: int | None, scale_factors: Sequence[Factors] | None) -> tuple[LevelShape, ...]:
    """Give the coarsest level that is there, and those that come after it."""
    last = pyramid.levels[-1]
    axes = pyramid.image.axes
    if scale_factors is not None:
        if count is not None:
            raise InvalidArgumentError("scale_factors and count exclude each other.", where="count", found=count)
        before = _whole_factors(pyramid)
        # Those that lead to the coarsest level stand before the new ones, and are then taken off.
        shapes = shapes_from_factors(pyramid.levels[0].shape, axes, [*before, *scale_factors])
        return (LevelShape(last.shape, (1,) * len(axes)), *shapes[len(before) + 1 :])
    if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 1):
        raise InvalidArgumentError("The number of levels to add is 1 or more.", where="count", found=count)
    chunks = pyramid.levels[0].chunks
    return shapes_by_halving(last.shape, axes, last.scale, chunks, None if count is None else count + 1)


def _whole_factors(pyramid: Pyramid) -> list[Ints]:
    """Give the factors of the levels after the first, relative to level 0."""
    result = []
    now: Ints = (1,) * pyramid.image.ndim
    for step in pyramid.steps[1:]:
        now = tuple(a * b for a, b in zip(now, step, strict=True))
        result.append(now)
    return result


def _factors_there(image: Image, pyramid: Pyramid) -> list[Ints] | None:
    """Give the factors of the levels that are there, or None where they are none, or not whole."""
    full = type(image)(pyramid.location, image._multiscale)
    levels, axes = full.levels, full.axes
    if len(full.multiscale.datasets) < 2 or len(levels) < len(full.multiscale.datasets):
        return None
    with suppress(UnsupportedError):
        steps = steps_between(levels, scaled=pyramid.location.fmt.scaled, where=image.where)
        return _whole_factors(replace(pyramid, steps=steps))
    factors = [
        tuple(max(1, round(a / b)) for a, b in zip(level.scale, levels[0].scale, strict=True)) for level in levels[1:]
    ]
    with suppress(InvalidArgumentError):
        shapes_from_factors(levels[0].shape, axes, factors)
        return factors
    return None


def _placed(pyramid: Pyramid, base: int, shapes: Sequence[LevelShape], method: Method) -> list[NewLevel]:
    """Give the levels after one that is there: their paths, and where their pixels lie."""
    datasets = {dataset.path: dataset for dataset in pyramid.image.multiscale.datasets}
    dataset = datasets[pyramid.levels[base].path]
    others = [step for step in dataset.transformations if not isinstance(step, (Scale, Translation, Identity))]
    if others:
        raise UnsupportedError(
            "Levels are added to an image whose levels are placed by a scale and a translation.",
            where=f"{pyramid.location.where}, level {base}",
            found=others[0],
        )
    paths = _free(pyramid, base + 1, len(shapes) - 1)
    new = []
    for path, level, (size, start) in zip(paths, shapes[1:], _places(pyramid, base, shapes, method), strict=True):
        placed = (Scale(size), Translation(start)) if any(start) else (Scale(size),)
        new.append(NewLevel(path, level.shape, level.step, placed))
    return new


def _places(
    pyramid: Pyramid, base: int, shapes: Sequence[LevelShape], method: Method
) -> Sequence[tuple[tuple[float, ...], tuple[float, ...]]]:
    """Give scale and translation of the levels after `base`: from level 0, so that they are rounded as in a new image.

    Where that level does not lie where the method puts it, they follow from its own place.
    """
    ndim = pyramid.image.ndim
    transformations = {dataset.path: dataset.transformations for dataset in pyramid.image.multiscale.datasets}
    own = [resolve(transformations[level.path], ndim) for level in pyramid.levels[: base + 1]]
    before = [
        LevelShape(level.shape, step)
        for level, step in zip(pyramid.levels[: base + 1], pyramid.steps[: base + 1], strict=True)
    ]
    scale, translation = own[0]
    places = transforms([*before, *shapes[1:]], tuple(scale), tuple(translation), method)
    stated = zip(*places[base], *own[base], strict=True)
    if all(abs(a - c) + abs(b - d) <= _CLOSE * abs(a) for a, b, c, d in stated):
        return places[base + 1 :]
    scale, translation = own[base]
    return transforms(shapes, tuple(scale), tuple(translation), method)[1:]


def _free(pyramid: Pyramid, first: int, count: int) -> list[str]:
    """Give paths at which nothing is: the numbers of the levels, beside the first level, or with a number behind."""
    folder = pyramid.levels[0].path.strip("/").rpartition("/")[0]
    return _beside(pyramid.location, [f"{folder}/{first + index}".lstrip("/") for index in range(count)])


def _beside(location: ZarrLocation, names: Sequence[str]) -> list[str]:
    """Give paths at which nothing is: those that are asked for, or with a number behind."""
    names = [_NUMBERED.sub("", name) for name in names]
    documents = ("zarr.json",) if location.zarr_format == 3 else (".zarray", ".zgroup")
    number = 1
    while True:
        tried = [name if number == 1 else f"{name}_{number}" for name in names]
        keys = [f"{path}/{document}" for path in tried for document in documents]
        if all(found is None for found in read_json(location.store_path, keys, location.where)):
            return tried
        number += 1


def _write(
    pyramid: Pyramid, base: int, new: Sequence[NewLevel], method: Method, *, meter: Meter, old: Sequence[str]
) -> None:
    """Write levels, let the metadata name them, and remove others."""
    location = pyramid.location
    place = location.store_path
    document = pyramid.documents()[0]
    paths = [level.path for level in new]
    record.put(place, Record("levels", {"paths": [*paths, *old]}))
    try:
        documents = {level.path: fitted(document, level.shape, f"{location.where}/{level.path}") for level in new}
        for path, own in documents.items():
            _put_new(location, path, own, pyramid.levels[0].path)
        first = pyramid.levels[base]
        ones = (1,) * pyramid.image.ndim
        pieces = [Piece(first.zarr, ones, ones, ones, first.shape, location.where)]
        for level in new:
            where = f"{location.where}/{level.path}"
            array = open_array(place / level.path, documents[level.path], where)
            unit = array.shards or array.chunks
            pieces.append(Piece(array, level.step, unit, unit, level.shape, where))
        spread(pieces, tuple(slice(0, n) for n in first.shape), method, meter)
    except BaseException as error:
        _take_back(place, paths, error)
        raise
    _name(pyramid, base, new, method, documents=documents, old=old)
    remove_unnamed(pyramid.image, place, old)
    record.clear(place)


def _put_new(location: ZarrLocation, path: str, document: Mapping[str, Any], like: str) -> None:
    """Put the documents of a new array; what Zarr 2 keeps apart is that of another level."""
    place = location.store_path
    if location.zarr_format == 2:
        (attributes,) = read_json(place, [f"{like}/.zattrs"], location.where)
        if attributes is not None:
            put(place / path, ".zattrs", attributes)
    put(place / path, array_name(location.zarr_format), document)


def _take_back(place: StorePath, paths: Sequence[str], error: BaseException) -> None:
    """Remove new arrays, and the record of them; a note says where that does not go."""
    left = remove(place, paths)
    if left:
        error.add_note(f"What was written so far could not be removed: {'; '.join(left)}")
        return
    with suppress(Exception):  # the next change finds it, and nothing to remove
        record.clear(place)


def _name(
    pyramid: Pyramid,
    base: int,
    new: Sequence[NewLevel],
    method: Method,
    *,
    documents: Mapping[str, Mapping[str, Any]],
    old: Sequence[str],
) -> None:
    """Put the metadata that names the new levels after those up to `base`, and no others."""
    place: StorePath = pyramid.location.store_path
    kept = [level.path for level in pyramid.levels[: base + 1]]
    with locked(place):
        location = locate(pyramid.image, place)
        block = deepcopy(dict(location.fmt.block(location.root_attrs)))
        entry = _entry(block["multiscales"], kept[0])
        entries = {dataset["path"]: dataset for dataset in entry["datasets"]}
        entry["datasets"] = [entries[path] for path in kept] + _spelled(pyramid, new, location)
        if base == 0 or known_method(pyramid.image.multiscale) is not None:
            steps = [*pyramid.steps[1 : base + 1], *(level.step for level in new)]
            entry |= {"type": method, "metadata": {**(entry.get("metadata") or {}), **provenance(method, steps)}}
        array_documents(location, [level.path for level in new])  # they are there
        changed = {**dict.fromkeys(old), **documents}
        put_group(location, changed, with_attributes(location, {"multiscales": block["multiscales"]}))


def _entry(multiscales: list[dict[str, Any]], path: str) -> dict[str, Any]:
    """Give the multiscale as stored whose first level lies at a path."""
    for multiscale in multiscales:
        if any(dataset.get("path") == path for dataset in multiscale.get("datasets", ())):
            return multiscale
    raise UnsupportedError("The metadata was changed meanwhile.", found=path)


def _spelled(pyramid: Pyramid, new: Sequence[NewLevel], location: ZarrLocation) -> list[dict[str, Any]]:
    """Give the levels as the version of the image spells them."""
    own = pyramid.image.multiscale
    # In 0.6 the transformations of a multiscale are part of those of each level; before, they stand for themselves.
    alone: Multiscale = replace(own, datasets=tuple(Dataset(level.path, level.transformations) for level in new))
    block = image_to_json(replace(pyramid.image.metadata, multiscales=(alone,)), location.fmt)
    spelled: list[dict[str, Any]] = block["multiscales"][0]["datasets"]
    return spelled
