"""What `storage_options` may say: array options of zarr for the levels, and options of fsspec for the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from omezarr_nb.errors import ArgumentTypeError, InvalidArgumentError

#: Options of zarr for the levels, for all or for each, and of fsspec for the store.
StorageOptions: TypeAlias = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None

#: Arguments of `zarr.create_array` that are passed on as they are.
PASSED_ON = ("fill_value", "filters", "serializer", "order", "config", "attributes")

#: What is made an argument of the plan.
LAYOUT = ("chunks", "shards", "compressors", "compressor")

ARRAY_OPTIONS = frozenset((*PASSED_ON, *LAYOUT, "dimension_separator"))


def split_options(
    storage_options: StorageOptions,
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Part array options from those of fsspec; what is given is not changed.

    Parameters
    ----------
    storage_options
        One mapping for all levels, or a sequence with one for each level.

    Returns
    -------
    levels, fsspec
        Array options, one entry for all levels or one for each; and all other options.
    """
    if storage_options is None:
        return [{}], {}
    if isinstance(storage_options, Mapping):
        entries: list[Mapping[str, Any]] = [storage_options]
    elif isinstance(storage_options, Sequence) and not isinstance(storage_options, str):
        entries = list(storage_options)
    else:
        raise ArgumentTypeError(
            "storage_options is a mapping, or a list of one mapping for each level.",
            where="storage_options",
            found=storage_options,
        )
    levels: list[dict[str, Any]] = []
    fsspec: dict[str, Any] = {}
    for index, entry in enumerate(entries):
        if not isinstance(entry, Mapping):
            raise ArgumentTypeError(
                "An entry of storage_options is a mapping.", where=f"storage_options[{index}]", found=entry
            )
        levels.append(_array_options(entry))
        fsspec |= {key: value for key, value in entry.items() if key not in ARRAY_OPTIONS}
    return levels or [{}], fsspec


def _array_options(entry: Mapping[str, Any]) -> dict[str, Any]:
    options = {key: value for key, value in entry.items() if key in ARRAY_OPTIONS}
    separator = options.pop("dimension_separator", "/")
    if separator != "/":
        raise InvalidArgumentError(
            "OME-Zarr since 0.2 stores chunks in nested folders.",
            where="storage_options['dimension_separator']",
            found=separator,
            expected="/",
        )
    if "compressor" in options:  # the name that Zarr 2 had
        options["compressors"] = options.pop("compressor")
    return options
