"""Images made with zarr alone, so that what is tested is not also what makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zarr

KINDS = {"t": "time", "c": "channel", "z": "space", "y": "space", "x": "space"}


def axes_json(axes: str, units: Mapping[str, str] | None = None) -> list[dict[str, str]]:
    """Return axes as JSON objects; units by name."""
    units = units or {}
    return [
        {"name": name, "type": KINDS.get(name, "other")} | ({"unit": units[name]} if name in units else {})
        for name in axes
    ]


def make_image(
    where: Path | str,
    levels: Sequence[np.ndarray[Any, Any]],
    axes: str,
    *,
    scales: Sequence[Sequence[float]] | None = None,
    translations: Sequence[Sequence[float]] | None = None,
    units: Mapping[str, str] | None = None,
    version: str = "0.5",
    chunks: Sequence[int] | None = None,
    shards: Sequence[int] | None = None,
    omero: Mapping[str, Any] | None = None,
    name: str = "synthetic",
) -> str:
    """Write an image of 0.4 or 0.5 with the levels as they are given, and return where it is.

    Scales default to the ratio of the shapes, translations to none at all.
    """
    nested = version != "0.4"
    group = zarr.create_group(str(where), zarr_format=3 if nested else 2)
    datasets = []
    for index, level in enumerate(levels):
        array = group.create_array(
            str(index),
            shape=level.shape,
            dtype=level.dtype,
            chunks=tuple(min(c, s) for c, s in zip(chunks or (64,) * level.ndim, level.shape, strict=True)),
            shards=None if shards is None else tuple(shards),
            dimension_names=tuple(axes) if nested else None,
            chunk_key_encoding=None if nested else {"name": "v2", "separator": "/"},
        )
        array[...] = level
        scale = scales[index] if scales else [a / b for a, b in zip(levels[0].shape, level.shape, strict=True)]
        transformations: list[dict[str, Any]] = [{"type": "scale", "scale": list(map(float, scale))}]
        if translations:
            transformations.append({"type": "translation", "translation": list(map(float, translations[index]))})
        datasets.append({"path": str(index), "coordinateTransformations": transformations})
    multiscale: dict[str, Any] = {"name": name, "axes": axes_json(axes, units), "datasets": datasets}
    block: dict[str, Any] = {"multiscales": [multiscale]}
    if omero is not None:
        block["omero"] = dict(omero)
    if nested:
        group.attrs["ome"] = {"version": version, **block}
    else:
        multiscale["version"] = version
        group.attrs.update(block)
    return str(where)


def block_mean(array: np.ndarray[Any, Any], factors: Sequence[int]) -> np.ndarray[Any, Any]:
    """Return the mean of whole blocks; what is left over at the ends is cut off."""
    cut = array[tuple(slice(0, size // factor * factor) for size, factor in zip(array.shape, factors, strict=True))]
    split = [part for size, factor in zip(cut.shape, factors, strict=True) for part in (size // factor, factor)]
    means: np.ndarray[Any, Any] = cut.reshape(split).mean(axis=tuple(range(1, 2 * array.ndim, 2)))
    return means.round().astype(array.dtype)
