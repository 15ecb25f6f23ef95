"""The document of an array in the other format of Zarr, where its chunks are the same bytes in both.

A chunk of Zarr 2 is the pixels in C or F order, in one order of bytes, compressed once; Zarr 3 says the same with a
chain of codecs: transpose, bytes, compressor. What is not of this form has to be encoded anew.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Literal

import numpy as np

__all__ = ["chunk_separator", "chunk_shape", "to_zarr2", "to_zarr3", "with_separator"]

_DTYPE = re.compile(r"[<>|](b1|[iu][1248]|f[248])")
_SHUFFLES = ("noshuffle", "shuffle", "bitshuffle")
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")
_BLOSC = ("lz4", "lz4hc", "blosclz", "zstd", "snappy", "zlib")


def to_zarr3(
    document: Mapping[str, Any], attributes: Mapping[str, Any], names: Sequence[str | None] | None
) -> dict[str, Any] | None:
    """Return what ``zarr.json`` says of an array whose chunks were written by Zarr 2, or None where it cannot.

    Parameters
    ----------
    document, attributes
        ``.zarray`` and ``.zattrs``.
    names
        Of the dimensions, or None.
    """
    dtype, order, shape = document.get("dtype"), document.get("order", "C"), document.get("shape")
    if not isinstance(dtype, str) or not _DTYPE.fullmatch(dtype) or not isinstance(shape, list):
        return None
    if document.get("filters") or order not in ("C", "F"):
        return None
    kind = np.dtype(dtype)
    compressor = _compressor3(document.get("compressor"), kind.itemsize)
    fill = _fill3(document.get("fill_value"), kind)
    if compressor is None or fill is None:
        return None
    transpose = [{"name": "transpose", "configuration": {"order": list(range(len(shape)))[::-1]}}]
    endian: dict[str, Any] = {"endian": "big" if dtype[0] == ">" else "little"}
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": list(shape),
        "data_type": kind.name,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(document["chunks"])}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": fill[0],
        "codecs": [
            *(transpose if order == "F" and len(shape) > 1 else []),
            {"name": "bytes", **({"configuration": endian} if kind.itemsize > 1 else {})},
            *compressor,
        ],
        "attributes": deepcopy(dict(attributes)),
        **({"dimension_names": list(names)} if names is not None else {}),
    }


def to_zarr2(document: Mapping[str, Any], separator: Literal[".", "/"]) -> dict[str, Any] | None:
    """Return what ``.zarray`` says of an array whose chunks were written by Zarr 3, or None where it cannot.

    Parameters
    ----------
    document
        ``zarr.json``.
    separator
        Between the parts of a chunk's key.
    """
    chunks, shape, codecs = chunk_shape(document), document.get("shape"), document.get("codecs")
    kind, fill = _dtype2(document.get("data_type")), document.get("fill_value")
    chain = _chain([_codec(codec) for codec in codecs], len(shape)) if isinstance(codecs, list) and shape else None
    bits = isinstance(fill, str) and fill not in _NOT_FINITE  # of a NaN
    if chain is None or chunks is None or kind is None or bits or document.get("storage_transformers"):
        return None
    order, big, compressor = chain
    return {
        "zarr_format": 2,
        "shape": list(document["shape"]),
        "chunks": chunks,
        "dtype": kind.newbyteorder(">" if big else "<").str,
        "compressor": compressor or None,
        "fill_value": fill,
        "order": order,
        "filters": None,
        "dimension_separator": separator,
    }


def _chain(
    codecs: Sequence[tuple[str, Mapping[str, Any]]], ndim: int
) -> tuple[Literal["C", "F"], bool, dict[str, Any]] | None:
    """Return order, whether bytes are big-endian, and compressor of a chain of codecs, or None where it is another."""
    axes, order, rest = list(range(ndim)), list(range(ndim)), list(codecs)
    if rest and rest[0][0] == "transpose":
        order = rest.pop(0)[1].get("order", [])
    if order not in (axes, axes[::-1]) or not rest or rest[0][0] != "bytes" or len(rest) > 2:
        return None
    compressor = _compressor2(*rest[1]) if len(rest) == 2 else {}
    big = rest[0][1].get("endian") == "big"
    return None if compressor is None else ("C" if order == axes else "F", big, compressor)


def with_separator(document: Mapping[str, Any], separator: Literal[".", "/"]) -> dict[str, Any]:
    """Return ``.zarray`` with another separator in its chunks' keys."""
    return deepcopy(dict(document)) | {"dimension_separator": separator}


def chunk_shape(document: Mapping[str, Any]) -> list[int] | None:
    """Return the shape of what is stored under one key: a chunk, or a shard; None where they are of several shapes."""
    if "chunks" in document:
        return list(document["chunks"])
    grid = document.get("chunk_grid")
    if not isinstance(grid, dict) or grid.get("name") != "regular":
        return None
    shape = grid.get("configuration", {}).get("chunk_shape")
    return list(shape) if isinstance(shape, list) else None


def chunk_separator(document: Mapping[str, Any]) -> tuple[str, str]:
    """Return what comes before the parts of a chunk's key, and what is between them."""
    if document.get("zarr_format") == 2:
        return "", document.get("dimension_separator", ".")
    encoding = document.get("chunk_key_encoding", {})
    name, options = _codec(encoding)
    default = "/" if name == "default" else "."
    separator = options.get("separator", default)
    return (f"c{separator}" if name == "default" else ""), separator


def _codec(value: Any) -> tuple[str, Mapping[str, Any]]:
    """Return name and configuration of a codec, which may be a name alone."""
    if isinstance(value, str):
        return value, {}
    options = value.get("configuration") if isinstance(value, dict) else None
    name = value.get("name") if isinstance(value, dict) else None
    return str(name), options if isinstance(options, dict) else {}


def _compressor3(compressor: Any, itemsize: int) -> list[dict[str, Any]] | None:
    """Return the codec of Zarr 3 for a compressor of Zarr 2; [] for none, None where there is no such codec."""
    if compressor is None:
        return []
    options: Mapping[str, Any] = compressor if isinstance(compressor, dict) else {}
    match options.get("id"):
        case "blosc":
            return _blosc3(options, itemsize)
        case "zstd":
            new = {"level": options.get("level", 1), "checksum": bool(options.get("checksum", False))}
            return [{"name": "zstd", "configuration": new}]
        case "gzip":
            return [{"name": "gzip", "configuration": {"level": options.get("level", 1)}}]
        case _:
            return None


def _blosc3(options: Mapping[str, Any], itemsize: int) -> list[dict[str, Any]] | None:
    shuffle, name = options.get("shuffle", 1), options.get("cname", "lz4")
    if shuffle == -1:  # chosen by the size of a pixel
        shuffle = 2 if itemsize == 1 else 1
    if shuffle not in (0, 1, 2) or name not in _BLOSC:
        return None
    new = {
        "cname": name,
        "clevel": options.get("clevel", 5),
        "shuffle": _SHUFFLES[shuffle],
        "typesize": itemsize,
        "blocksize": options.get("blocksize", 0),
    }
    return [{"name": "blosc", "configuration": new}]


def _compressor2(name: str, options: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the compressor of Zarr 2 for a codec of Zarr 3, or None where there is none."""
    match name:
        case "blosc":
            shuffle = options.get("shuffle", "noshuffle")
            if shuffle not in _SHUFFLES or options.get("cname") not in _BLOSC:
                return None
            return {
                "id": "blosc",
                "cname": options["cname"],
                "clevel": options.get("clevel", 5),
                "shuffle": _SHUFFLES.index(shuffle),
                "blocksize": options.get("blocksize", 0),
            }
        case "zstd":
            return {"id": "zstd", "level": options.get("level", 0)}  # a frame says itself whether it has a checksum
        case "gzip":
            return {"id": "gzip", "level": options.get("level", 5)}
        case _:
            return None


def _fill3(value: Any, kind: np.dtype[Any]) -> tuple[Any] | None:
    """Return the value of pixels that are not stored, or None where it is none of this data type."""
    if value is None:  # undefined in Zarr 2, where readers give 0
        return (False,) if kind.kind == "b" else (0.0,) if kind.kind == "f" else (0,)
    if kind.kind == "b":
        return (bool(value),) if value in (0, 1, True, False) else None
    if kind.kind == "f":
        if value in _NOT_FINITE:
            return (value,)
        return (float(value),) if isinstance(value, (int, float)) and math.isfinite(value) else None
    return (int(value),) if isinstance(value, (int, float)) and value == int(value) else None


def _dtype2(name: Any) -> np.dtype[Any] | None:
    """Return the data type of a name of Zarr 3, or None where Zarr 2 has none."""
    if not isinstance(name, str) or not re.fullmatch(r"bool|u?int(8|16|32|64)|float(16|32|64)", name):
        return None
    return np.dtype(name)
