"""Zarr hierarchies as plain documents, written without zarr: whatever a test wants to say, right or wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from zarr.core.buffer import cpu
from zarr.storage import MemoryStore

from tests.stores import axes_json

Documents = dict[str, Any]


def group_documents(attributes: Any, zarr_format: int, path: str = "") -> Documents:
    """Return the documents of a group."""
    prefix = f"{path}/" if path else ""
    if zarr_format == 2:
        return {f"{prefix}.zgroup": {"zarr_format": 2}, f"{prefix}.zattrs": attributes}
    return {f"{prefix}zarr.json": {"zarr_format": 3, "node_type": "group", "attributes": attributes}}


def array_documents(
    path: str,
    shape: Sequence[int],
    zarr_format: int,
    names: Sequence[str | None] | None = None,
    dtype: str = "uint16",
) -> Documents:
    """Return the document of an array without chunks: all its pixels are 7."""
    if zarr_format == 2:
        short = {"uint8": "|u1", "uint16": "<u2", "float32": "<f4"}[dtype]
        document: dict[str, Any] = {"zarr_format": 2, "dtype": short, "compressor": None, "filters": None, "order": "C"}
        document |= {"shape": list(shape), "chunks": list(shape), "dimension_separator": "/", "fill_value": 7}
        return {f"{path}/.zarray": document}
    grid = {"name": "regular", "configuration": {"chunk_shape": [max(size, 1) for size in shape]}}
    document = {"zarr_format": 3, "node_type": "array", "shape": list(shape), "data_type": dtype, "chunk_grid": grid}
    document["chunk_key_encoding"] = {"name": "default", "configuration": {"separator": "/"}}
    document |= {"codecs": [{"name": "bytes", "configuration": {"endian": "little"}}], "fill_value": 7}
    document |= {"attributes": {}} | ({} if names is None else {"dimension_names": list(names)})
    return {f"{path}/zarr.json": document}


def image_block(axes: str, scales: Sequence[Sequence[float] | None]) -> dict[str, Any]:
    """Return the OME block of an image with one level for each scale; None leaves the scale out."""
    datasets = []
    for index, scale in enumerate(scales):
        dataset: dict[str, Any] = {"path": str(index)}
        if scale is not None:
            dataset["coordinateTransformations"] = [{"type": "scale", "scale": list(scale)}]
        datasets.append(dataset)
    return {"multiscales": [{"axes": axes_json(axes), "datasets": datasets, "name": "made"}]}


def image_documents(
    axes: str,
    shapes: Sequence[Sequence[int]],
    version: str = "0.5",
    *,
    scales: Sequence[Sequence[float] | None] | None = None,
    labels: Mapping[str, Sequence[Sequence[int]]] | None = None,
    path: str = "",
    keys: Mapping[str, Any] | None = None,
) -> Documents:
    """Return the documents of an image without chunks, with label images by name.

    Scales default to the ratios of the shapes; `keys` go to the OME block.
    """
    zarr_format = 2 if version == "0.4" else 3
    scales = scales or [[a / b for a, b in zip(shapes[0], shape, strict=True)] for shape in shapes]
    block = image_block(axes, scales) | dict(keys or {})
    prefix = f"{path}/" if path else ""
    documents = group_documents(wrap(block, version), zarr_format, path)
    for index, shape in enumerate(shapes):
        documents |= array_documents(f"{prefix}{index}", shape, zarr_format, tuple(axes))
    if labels is not None:
        documents |= group_documents(wrap({"labels": list(labels)}, version), zarr_format, f"{prefix}labels")
        for name, levels in labels.items():
            at = f"{prefix}labels/{name}"
            documents |= image_documents(axes, levels, version, path=at, keys={"image-label": {}})
    return documents


def wrap(block: Any, version: str = "0.5") -> dict[str, Any]:
    """Return an OME block as the attributes of a group."""
    if version != "0.4":
        return {"ome": {"version": version, **block}}
    for multiscale in block.get("multiscales", []):
        multiscale["version"] = version
    return dict(block)


def memory_store(documents: Mapping[str, Any]) -> MemoryStore:
    """Return a store that holds documents; bytes are stored as they are."""
    return MemoryStore({key: cpu.Buffer.from_bytes(encode(value)) for key, value in documents.items()})


def write_documents(folder: Path, documents: Mapping[str, Any]) -> Path:
    """Write documents to a folder, and return it."""
    for key, value in documents.items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(encode(value))
    return folder


def encode(value: Any) -> bytes:
    """Return a document as bytes."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()
