"""What is fed to the fuzzer: spoilt attributes of every kind and version, and spoilt stores.

Each case is made from a seed of its own, so that one that fails is made again by its number alone.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import zarr
from zarr.storage import MemoryStore

from omezarr_nb.core.rules import VERSIONS
from omezarr_nb.core.validate.versions import facts_of
from tests.core.documents import encode, group_documents, image_documents, wrap
from tests.core.plates import collection_documents, plate_documents
from tests.core.validate.mutations import mutated
from tests.core.validate.samples import attributes

__all__ = ["STORE_EVERY", "AttributesCase", "StoreCase", "make_case"]

#: One case in so many is a whole store: it costs twenty times as much as one group's attributes.
STORE_EVERY = 20
_LOCAL = 0.1
_SHAPES = [(2, 16, 16), (2, 8, 8)]
_KINDS = [
    (version, kind)
    for version in VERSIONS
    if (facts := facts_of(version)) is not None
    for kind in sorted(facts.kinds - {"transforms"})
]
#: What JSON can say, and no program should.
_HOSTILE: list[Any] = [
    *(math.nan, math.inf, -math.inf, 1e308, 5e-324, -0.0, 2**53 + 1, 2**63, -(2**63), 10**400),
    *("\0", "\ud800", "../..", "/etc/passwd", "a/../../b", "C:/x", "http://host/x", "é" * 300, "9" * 400, "1e5", "٣"),
    *("<img onerror=alert(1)>", "0.5-dev-spatialdata", "0.10", "#00FF00", "00ff00", " ", "\n"),
    *([[]], [[[[]]]], [None] * 7, [{}], [True, False], [1] * 40, ["y", "x"], {"": ""}, {"a": {"b": {"c": {}}}}),
    {"type": "sequence", "transformations": [{"type": "identity"}]},
    {"type": "affine", "affine": [[1, 0], [0]]},
]
_DEEP = 60


@dataclass(frozen=True, slots=True)
class AttributesCase:
    """The attributes of one group, and what they are said to be."""

    attributes: Any
    version: str
    kind: str


@dataclass(frozen=True, slots=True)
class StoreCase:
    """The contents of a store by their keys."""

    contents: Mapping[str, bytes]
    name: str
    local: bool  #: whether it lies in a folder, where more is looked for than in other stores


def make_case(seed: int, number: int) -> AttributesCase | StoreCase:
    """Return the case of a number: the same for the same seed, whatever came before."""
    dice = random.Random(f"{seed} {number}")
    if number % STORE_EVERY == 0:
        name = dice.choice(sorted(_STORES))
        return StoreCase(_spoilt(dict(_store(name)), dice), name, dice.random() < _LOCAL)
    version, kind = dice.choice(_KINDS)
    return AttributesCase(_spoilt_json(attributes(version, kind), dice), version, kind)


def _spoilt_json(document: Any, dice: random.Random) -> Any:
    """Return a document with a few changes; now and then a hostile value, one of another kind, or one nested deep."""
    document = mutated(document, dice)
    if dice.random() < 0.4:
        parent, key = _somewhere(document, dice)
        if parent is not None:
            parent[key] = json.loads(json.dumps(dice.choice(_HOSTILE)))
    if dice.random() < 0.1:
        parent, key = _somewhere(document, dice)
        if parent is not None:
            parent[key] = _of_another_kind(parent[key], dice)
    if dice.random() < 0.02:
        parent, key = _somewhere(document, dice)
        for _ in range(dice.randrange(_DEEP)) if parent is not None else ():
            parent[key] = [parent[key]] if dice.random() < 0.5 else {"transformation": parent[key]}
    return document


def _of_another_kind(value: Any, dice: random.Random) -> Any:
    """Return a value as programs mistake it: numbers as texts, texts as numbers, one as a list of one."""
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, str) and value.isdecimal() and len(value) < 20:
        return int(value)
    if isinstance(value, list):
        return {str(index): part for index, part in enumerate(value)} if dice.random() < 0.5 else value * 3
    return [value]


def _somewhere(document: Any, dice: random.Random) -> tuple[Any, Any]:
    """Return a list or object of a document and a key of it; None where there is none."""
    waiting, found = [document], []
    while waiting:
        node = waiting.pop()
        items = list(node.items()) if isinstance(node, dict) else list(enumerate(node))
        found += [(node, key) for key, _ in items]
        waiting += [part for _, part in items if isinstance(part, (dict, list))]
    return dice.choice(found) if found else (None, None)


def _spoilt(contents: dict[str, bytes], dice: random.Random) -> dict[str, bytes]:
    """Return a store with one to three of its entries spoilt: their JSON, cut short, bits flipped, lost, misplaced."""
    for _ in range(dice.choice((1, 1, 2, 3))):
        key = dice.choice(sorted(contents))
        data = contents[key]
        match dice.randrange(8):
            case 0:
                del contents[key]
            case 1:
                contents[key] = data[: dice.randrange(len(data) + 1)]
            case 2:
                contents[key] = _flipped(data, dice)
            case 3:
                contents[dice.choice(sorted(contents))] = data
            case 4:
                contents[key] = data + dice.randbytes(dice.randrange(1, 40))
            case _ if key.rsplit("/", 1)[-1] in ("zarr.json", ".zattrs", ".zarray", ".zgroup"):
                document = _json_of(data)
                contents[key] = json.dumps(_spoilt_json(document, dice)).encode() if document is not None else b"{"
            case _:
                contents[key] = dice.randbytes(dice.randrange(64))
        if not contents:
            break
    return contents


def _json_of(data: bytes) -> Any:
    """Return what a document says, None where an earlier change has left no list or object of it."""
    try:
        value = json.loads(data)
    except ValueError:
        return None
    return value if isinstance(value, (dict, list)) else None


def _flipped(data: bytes, dice: random.Random) -> bytes:
    """Return data with one to eight bits flipped."""
    flipped = bytearray(data)
    for _ in range(dice.randrange(1, 9)) if flipped else ():
        flipped[dice.randrange(len(flipped))] ^= 1 << dice.randrange(8)
    return bytes(flipped)


def _written(version: str) -> dict[str, bytes]:
    """Return the store of an image with chunks and a label image, made with zarr alone."""
    facts = facts_of(version)
    assert facts is not None
    store = MemoryStore()
    root = zarr.create_group(store, zarr_format=facts.zarr_format, attributes=attributes(version, "image"))
    labels = root.create_group("labels", attributes=attributes(version, "labels"))
    groups = [(root, "uint16"), (labels.create_group("nuclei", attributes=attributes(version, "label")), "uint8")]
    axes = {"none": "tczyx", "names": "tcyx"}.get(facts.axes, "czyx")
    for group, dtype in groups:
        for index, size in enumerate((16, 8)):
            array = group.create_array(
                str(index),
                shape=(1,) * (len(axes) - 2) + (size, size),
                chunks=(1,) * (len(axes) - 2) + (8, 8),
                dtype=dtype,
                dimension_names=tuple(axes) if facts.zarr_format == 3 else None,
                chunk_key_encoding={
                    "name": "default" if facts.zarr_format == 3 else "v2",
                    "separator": facts.separator or "/",
                },
            )
            array[...] = np.arange(size * size, dtype=dtype).reshape(array.shape)
    return {key: value.to_bytes() for key, value in store._store_dict.items()}


def _scene() -> dict[str, Any]:
    tiles = {f"tile_{index}": _image_06() for index in range(2)}
    documents = group_documents(attributes("0.6", "scene"), 3)
    return documents | {f"{tile}/{key}": value for tile, image in tiles.items() for key, value in image.items()}


def _image_06() -> dict[str, Any]:
    documents = image_documents("czyx", [(2, 4, 16, 16), (2, 2, 8, 8)], "0.6")
    documents["zarr.json"]["attributes"] = attributes("0.6", "image")
    return documents


_STORES: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    "image of 0.1": lambda: _written("0.1"),
    "image of 0.3": lambda: _written("0.3"),
    "image of 0.4": lambda: _written("0.4"),
    "image of 0.5": lambda: _written("0.5"),
    "image of 0.6": lambda: _written("0.6"),
    "image without chunks": lambda: image_documents("cyx", _SHAPES, labels={"a": _SHAPES, "b/c": _SHAPES}),
    "plate of 0.4": lambda: plate_documents(("A", "B"), ("1", "2"), version="0.4", acquisitions=[{"id": 0}, {"id": 1}]),
    "plate of 0.5": lambda: plate_documents(("A",), ("1", "2"), fields=("0", "1")),
    "collection of 0.4": lambda: collection_documents(["0", "1"], "0.4"),
    "collection of 0.5": lambda: collection_documents(["0", "1"], series=["0", "1"]),
    "scene": _scene,
    "labels": lambda: group_documents(wrap({"labels": ["a"]}), 3) | image_documents("yx", [(8, 8)], path="a"),
}


@cache
def _store(name: str) -> Mapping[str, bytes]:
    return {key: encode(value) for key, value in _STORES[name]().items()}
