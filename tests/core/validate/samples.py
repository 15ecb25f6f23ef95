"""Valid attributes of every kind and version, and a way to spoil them."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

__all__ = ["DELETE", "attributes", "edited"]

#: As the new value of a place: take it away.
DELETE = object()

_AXES = [
    {"name": "c", "type": "channel"},
    {"name": "z", "type": "space", "unit": "micrometer"},
    {"name": "y", "type": "space", "unit": "micrometer"},
    {"name": "x", "type": "space", "unit": "micrometer"},
]
_METHOD = {"name": "cells", "type": "mean", "metadata": {"method": "skimage", "version": "1"}}
_OMERO = {
    "channels": [
        {"label": "DAPI", "color": "0000FF", "active": True, "window": {"min": 0, "max": 255, "start": 0, "end": 99}}
    ]
}
_LABEL = {
    "colors": [{"label-value": 1, "rgba": [255, 0, 0, 255]}, {"label-value": 2}],
    "properties": [{"label-value": 1, "area": 12.5}],
    "source": {"image": "../../"},
}


def _v04_multiscale() -> dict[str, Any]:
    steps = [{"type": "scale", "scale": [1, 2, 2, 2]}, {"type": "translation", "translation": [0, 0.5, 0.5, 0.5]}]
    return {
        **_METHOD,
        "axes": _AXES,
        "datasets": [
            {"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1.0, 1.0, 1.0, 1.0]}]},
            {"path": "1", "coordinateTransformations": steps},
        ],
        "coordinateTransformations": [{"type": "scale", "scale": [1, 0.5, 0.5, 0.5]}],
    }


def _v06_multiscale() -> dict[str, Any]:
    ends = {"input": {"path": "0"}, "output": {"name": "physical"}}
    steps = _v04_multiscale()["datasets"][1]["coordinateTransformations"]
    sequence = {"type": "sequence", "transformations": steps, **ends, "input": {"path": "1"}}
    return {
        **_METHOD,
        "coordinateSystems": [
            {"name": "physical", "axes": [dict(axis, discrete=False) for axis in _AXES]},
            {"name": "stage", "axes": _AXES},
        ],
        "datasets": [
            {"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1, 1, 1, 1], **ends}]},
            {"path": "1", "coordinateTransformations": [sequence]},
        ],
        "coordinateTransformations": [
            {
                "type": "translation",
                "translation": [0, 0, 9, 9],
                "input": {"name": "physical"},
                "output": {"name": "stage"},
            }
        ],
    }


def _multiscale(version: str) -> dict[str, Any]:
    if version in ("0.1", "0.2", "0.3"):
        axes = {"axes": ["t", "c", "y", "x"]} if version == "0.3" else {}
        return {**_METHOD, **axes, "version": version, "datasets": [{"path": "0"}, {"path": "1"}]}
    if version == "0.4":
        return {**_v04_multiscale(), "version": version}
    return _v04_multiscale() if version == "0.5" else _v06_multiscale()


def _plate(version: str) -> dict[str, Any]:
    indices = [{"rowIndex": 0, "columnIndex": 1}, {"rowIndex": 1, "columnIndex": 0}]
    wells = [{"path": "A/2"}, {"path": "B/1"}]
    return {
        "name": "plate",
        "rows": [{"name": "A"}, {"name": "B"}],
        "columns": [{"name": "1"}, {"name": "2"}],
        "wells": wells if version < "0.4" else [well | index for well, index in zip(wells, indices, strict=True)],
        "field_count": 2,
        "acquisitions": [
            {"id": 1, "name": "first", "maximumfieldcount": 2, "starttime": 1343731272000},
            {"id": 2, "name": "second", "maximumfieldcount": 2},
        ],
    }


def attributes(version: str, kind: str) -> dict[str, Any]:
    """Return valid attributes of a kind of group, with everything in them that a version knows."""
    nested = version in ("0.5", "0.6", "0.9.dev1")
    named = {} if nested else {"version": version}
    image = {"multiscales": [_multiscale(version)], "omero": _OMERO}
    versioned = {"version": version} if version == "0.5" else named
    blocks: dict[str, dict[str, Any]] = {
        "image": image,
        "label": {"multiscales": image["multiscales"], "image-label": {**_LABEL, **named}},
        "labels": {"labels": ["nuclei", "cells"]},
        "plate": {"plate": {**_plate(version), **versioned}},
        "well": {
            "well": {"images": [{"path": "0", "acquisition": 1}, {"path": "1", "acquisition": 2}], **versioned},
        },
        "bf2raw": {"bioformats2raw.layout": 3},
        "ome": {"series": ["0", "1"]},
        "scene": {"scene": _scene()},
    }
    block = json.loads(json.dumps(blocks[kind]))  # so that no part of it is there twice as one object
    return {"ome": {"version": version, **block}} if nested else block


def _scene() -> dict[str, Any]:
    world = {"name": "world"}
    return {
        "coordinateSystems": [{"name": "world", "axes": _AXES[1:]}],
        "coordinateTransformations": [
            {"type": "identity", "input": {"name": "physical", "path": "tile_0"}, "output": world},
            {
                "type": "translation",
                "translation": [0, 0, 348],
                "input": {"name": "physical", "path": "tile_1"},
                "output": world,
            },
        ],
    }


def edited(document: dict[str, Any], place: str, value: Any) -> Any:
    """Return a copy of a document with another value at a place such as "ome.multiscales[0].name"; "" is all of it."""
    if not place:
        return value
    document = copy.deepcopy(document)
    keys = [int(index) if index else key for key, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", place)]
    if "bioformats2raw" in keys:
        keys[keys.index("bioformats2raw") :] = ["bioformats2raw.layout"]
    parent: Any = document
    for key in keys[:-1]:
        parent = parent[key]
    if value is DELETE:
        del parent[keys[-1]]
    elif isinstance(parent, list) and keys[-1] == len(parent):
        parent.append(value)
    else:
        parent[keys[-1]] = value
    return document
