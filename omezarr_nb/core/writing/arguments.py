"""Arguments of the functions that write metadata, checked, and copied where they are stored."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from numbers import Real
from typing import Any

from omezarr_nb.core.axes import Axes, AxesLike, Axis, parse_axes
from omezarr_nb.core.format import CurrentFormat, Format
from omezarr_nb.core.metadata import Omero
from omezarr_nb.core.parse import parse_image
from omezarr_nb.core.pyramid.chunking import expand_chunks
from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError, OMEZarrError

__all__ = [
    "OmeroKeyError",
    "as_omero",
    "check_omero",
    "split_metadata",
    "stored_axes",
    "valid_acquisitions",
    "valid_datasets",
    "valid_images",
    "valid_names",
    "valid_wells",
]

JSON = dict[str, Any]

_NAME = re.compile(r"[A-Za-z0-9]+")


class OmeroKeyError(OMEZarrError, KeyError):
    """A key is missing in ``omero``."""


def stored_axes(ndim: int | None = None, axes: AxesLike | None = None, fmt: Format | None = None) -> Any:
    """Return axes as a version stores them, or None for a version that stores none (0.1 and 0.2).

    Parameters
    ----------
    ndim
        Number of dimensions of the array, where it is known.
    axes
        As `omezarr_nb.core.axes.parse_axes` takes them; None guesses for two and five dimensions.
    fmt
        The version; the current one by default.

    Raises
    ------
    InvalidArgumentError
        When the axes break the rules of the version, or are of another number than `ndim`.
    """
    fmt = fmt or CurrentFormat()
    if fmt.default_axes() is not None:
        return None
    return Axes(parse_axes(axes, ndim), fmt=fmt).to_list(fmt)


def valid_datasets(datasets: object, ndim: int, fmt: Format | None = None) -> list[JSON]:
    """Return a copy of the datasets of a multiscale.

    Parameters
    ----------
    datasets
        JSON objects with ``path`` and, since 0.4, ``coordinateTransformations``.
    ndim
        Number of axes.
    fmt
        The version; the current one by default.

    Raises
    ------
    InvalidArgumentError
        When there are none, one is no object or has no path, or its transformations break the rules of the version.
    """
    fmt = fmt or CurrentFormat()
    if not isinstance(datasets, Sequence) or isinstance(datasets, str) or not datasets:
        raise InvalidArgumentError(
            "Empty datasets list.", where="datasets", found=datasets, expected='a list such as [{"path": "0", ...}]'
        )
    transformations = []
    for index, dataset in enumerate(datasets):
        place = f"datasets[{index}]"
        if not isinstance(dataset, Mapping):
            raise InvalidArgumentError(
                f"Unrecognized type for {dataset}.", where=place, expected='an object such as {"path": "0", ...}'
            )
        if not isinstance(dataset.get("path"), str) or not dataset["path"]:
            raise InvalidArgumentError("no 'path' in dataset", where=place, found=dict(dataset))
        if dataset.get("coordinateTransformations") is not None:
            transformations.append(dataset["coordinateTransformations"])
    fmt.validate_coordinate_transformations(ndim, len(datasets), transformations)
    return [deepcopy(dict(dataset)) for dataset in datasets]


def valid_names(names: object, fmt: Format | None = None) -> list[JSON]:  # noqa: ARG001 - ome-zarr-py has it
    """Return the names of rows or columns as they are stored: letters and digits, each once (rules of all versions).

    Raises
    ------
    InvalidArgumentError
        When there are none, one is no such name, or is there twice.
    """
    if isinstance(names, str | Mapping) or not isinstance(names, Sequence) or not names:
        raise InvalidArgumentError(
            "The names of rows and columns are lists.", found=names, expected='for example ["A", "B"]'
        )
    for name in names:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise InvalidArgumentError(
                f"{name} must contain alphanumeric characters", found=names, expected="letters A-Z, a-z and digits"
            )
    if len(set(names)) != len(names):
        raise InvalidArgumentError(f"{names} must contain unique elements")
    return [{"name": name} for name in names]


def valid_wells(wells: object, rows: Sequence[str], columns: Sequence[str], fmt: Format | None = None) -> list[JSON]:
    """Return the wells of a plate as a version stores them.

    Parameters
    ----------
    wells
        Paths ("A/1") or JSON objects.
    rows, columns
        Their names.
    fmt
        The version; the current one by default.

    Raises
    ------
    InvalidArgumentError
        When there are none, one is neither, is there twice, or breaks the rules of the version.
    """
    fmt = fmt or CurrentFormat()
    if not isinstance(wells, Sequence) or isinstance(wells, str) or not wells:
        raise InvalidArgumentError("Empty wells list.", where="wells", found=wells, expected='for example ["A/1"]')
    valid: list[JSON] = []
    for index, well in enumerate(wells):
        if isinstance(well, str):
            entry = dict(fmt.generate_well_dict(well, list(rows), list(columns)))
        elif isinstance(well, Mapping):
            entry = deepcopy(dict(well))
        else:
            raise InvalidArgumentError(f"Unrecognized type for {well}.", where=f"wells[{index}]", expected="A/1")
        fmt.validate_well_dict(entry, list(rows), list(columns))
        if any(entry["path"] == other["path"] for other in valid):
            raise InvalidArgumentError("A well is there twice.", where=f"wells[{index}]", found=entry["path"])
        valid.append(entry)
    return valid


def valid_acquisitions(acquisitions: object, fmt: Format | None = None) -> list[JSON]:  # noqa: ARG001 - ome-zarr-py has it
    """Return a copy of the acquisitions of a plate: objects with an integer ``id`` of their own.

    Raises
    ------
    InvalidArgumentError
        When one is no object, or its id is missing, no integer of 0 or more, or another's.
    """
    if not isinstance(acquisitions, Sequence) or isinstance(acquisitions, str):
        raise InvalidArgumentError("Acquisitions are a list.", where="acquisitions", found=acquisitions)
    seen: set[int] = set()
    for index, acquisition in enumerate(acquisitions):
        place = f"acquisitions[{index}]"
        if not isinstance(acquisition, Mapping):
            raise InvalidArgumentError(f"{acquisition} must be a dictionary", where=place)
        if "id" not in acquisition:
            raise InvalidArgumentError("An acquisition must contain an id key.", where=place, found=dict(acquisition))
        identity = acquisition["id"]
        if isinstance(identity, bool) or not isinstance(identity, int) or identity < 0:
            raise InvalidArgumentError(
                "The id of an acquisition must be of int type, and 0 or more.", where=f"{place}.id", found=identity
            )
        if identity in seen:
            raise InvalidArgumentError("Two acquisitions have the same id.", where=f"{place}.id", found=identity)
        seen.add(identity)
    return [deepcopy(dict(acquisition)) for acquisition in acquisitions]


def valid_images(images: object, fmt: Format | None = None) -> list[JSON]:  # noqa: ARG001 - ome-zarr-py has it
    """Return the images of a well as they are stored.

    Parameters
    ----------
    images
        Paths, or JSON objects with ``path`` and perhaps ``acquisition``.
    fmt
        The version.

    Raises
    ------
    InvalidArgumentError
        When there are none, one is neither or has no path, its acquisition is no integer, or its path is another's.
    """
    if not isinstance(images, Sequence) or isinstance(images, str) or not images:
        raise InvalidArgumentError("The images of a well are a list.", where="images", found=images, expected='["0"]')
    valid: list[JSON] = []
    for index, image in enumerate(images):
        place = f"images[{index}]"
        if not isinstance(image, str | Mapping):
            raise InvalidArgumentError(f"Unrecognized type for {image}.", where=place, expected="a path or an object")
        entry = {"path": image} if isinstance(image, str) else deepcopy(dict(image))
        if "path" not in entry:
            raise InvalidArgumentError("An image must contain a path key.", where=place, found=entry)
        if not isinstance(entry["path"], str):
            raise InvalidArgumentError("The path of an image must be of string type.", where=place, found=entry)
        acquisition = entry.get("acquisition", 0)
        if isinstance(acquisition, bool) or not isinstance(acquisition, int):
            raise InvalidArgumentError("The acquisition of an image must be of int type.", where=place, found=entry)
        if any(entry["path"] == other["path"] for other in valid):
            raise InvalidArgumentError("Two images have the same path.", where=place, found=entry["path"])
        valid.append(entry)
    return valid


def split_metadata(metadata: Mapping[str, Any] | None) -> tuple[JSON | None, JSON]:
    """Part ``metadata=`` into what goes to ``omero`` (None where nothing is said of it) and to the multiscale.

    Raises
    ------
    ArgumentTypeError, OmeroKeyError
        As from `check_omero`.
    """
    if metadata is None:
        return None, {}
    if not isinstance(metadata, Mapping):
        raise ArgumentTypeError("metadata is a mapping.", where="metadata", found=metadata)
    rest = deepcopy({key: value for key, value in metadata.items() if key != "omero"})
    if "omero" not in metadata:
        return None, rest
    check_omero(metadata["omero"])
    return deepcopy(dict(metadata["omero"])), rest


def check_omero(omero: object) -> None:
    """Raise where ``omero`` breaks a rule of the specification, section "omero".

    Raises
    ------
    OmeroKeyError
        A `KeyError`: when it is None, has no channels, or a window lacks one of its four numbers.
    ArgumentTypeError
        A `TypeError`: when a colour is not six digits, a window is no object, or a limit no number.
    """
    if omero is None:
        raise OmeroKeyError("If `'omero'` is present, value cannot be `None`.", where="metadata['omero']")
    if not isinstance(omero, Mapping):
        raise ArgumentTypeError("`'omero'` must be a dict.", where="metadata['omero']", found=omero)
    if "channels" not in omero:
        raise OmeroKeyError("`'channels'` not found in `'omero'`.", where="metadata['omero']", found=dict(omero))
    if not isinstance(omero["channels"], Sequence) or isinstance(omero["channels"], str):
        raise ArgumentTypeError("`'channels'` must be a list.", where="metadata['omero']", found=omero["channels"])
    for index, channel in enumerate(omero["channels"]):
        place = f"metadata['omero']['channels'][{index}]"
        if not isinstance(channel, Mapping):
            raise ArgumentTypeError("A channel must be a dict.", where=place, found=channel)
        color = channel.get("color", "000000")
        if not isinstance(color, str) or not re.fullmatch(r"[0-9a-fA-F]{6}", color):
            raise ArgumentTypeError(
                "`'color'` must be a hex code string.", where=place, found=color, expected="six digits such as 00FF00"
            )
        if "window" in channel:
            _check_window(channel["window"], place)


def _check_window(window: object, place: str) -> None:
    if not isinstance(window, Mapping):
        raise ArgumentTypeError("`'window'` must be a dict.", where=place, found=window)
    for key in ("min", "max", "start", "end"):
        if key not in window:
            raise OmeroKeyError(f"`'{key}'` not found in `'window'`.", where=place, found=dict(window))
        if isinstance(window[key], bool) or not isinstance(window[key], Real):
            raise ArgumentTypeError(f"`'{key}'` in `'window'` must be an int or float.", where=place, found=window[key])


def as_omero(omero: Mapping[str, Any], count: int) -> Omero:
    """Give ``omero``, which `check_omero` has seen, as the model.

    Raises
    ------
    InvalidArgumentError
        When the channels are of another number than `count`, the length of the channel axis.
    """
    fmt = CurrentFormat()
    parsed, _ = parse_image(fmt.wrap({"multiscales": [], "omero": omero}), fmt)
    if parsed.omero is None or len(parsed.omero.channels) != count:
        raise InvalidArgumentError(
            "The number of channels is not the length of the channel axis.",
            where="metadata['omero']['channels']",
            found=f"{len(omero['channels'])} channels",
            expected=f"{count}",
        )
    return parsed.omero


def channel_count(axes: Sequence[Axis], shape: Sequence[int]) -> int:
    """Give the length of the channel axis, or 1 where there is none."""
    return next((n for axis, n in zip(axes, shape, strict=True) if axis.type == "channel"), 1)


def retuple(chunks: Any, shape: Sequence[int]) -> tuple[int, ...]:
    """Give chunks for each axis, as Zarr's users write them; see `expand_chunks`."""
    return tuple(expand_chunks(chunks, tuple(shape)))
