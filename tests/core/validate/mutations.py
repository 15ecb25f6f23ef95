"""Spoils JSON in small ways, as files are spoilt: keys lost, misplaced or of another type, entries doubled."""

from __future__ import annotations

import copy
import random
from typing import Any

__all__ = ["mutated"]

#: What stands where something else should.
_ODD: list[Any] = [
    *(None, True, False, 0, 1, -1, 3, 3.0, 4.5, 256, 1e300),
    *("", "x", "0", "A/1", "0.4", "0.5", "space", "time", "array", "scale", "identity", "sequence", "rotation"),
    *([], {}, [1], [1, 2], [[1, 0], [0, 1]], [0, 1], ["a"]),
    *({"name": "x"}, {"path": "0"}, {"name": "x", "path": None}),
    *({"type": "scale", "scale": [1, 1]}, {"type": "translation", "translation": [1, 1]}),
]
_WORDS = """
name type unit path version scale translation input output transformations affine rotation mapAxis
droppedInputs createdOutputs forward inverse inputAxes outputAxes transformation interpolation axes
discrete longName orientation metadata method window color label family active inverted acquisitions
field_count rowIndex columnIndex id maximumfieldcount starttime endtime description label-value rgba
colors properties source image images acquisition series bioformats2raw.layout coordinateSystems
coordinateTransformations omero image-label plate well scene multiscales datasets channels start end
min max
"""
_KEYS = _WORDS.split()


def mutated(document: Any, dice: random.Random) -> Any:
    """Return a copy of a document with one to three changes."""
    document = copy.deepcopy(document)
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        nodes = _nodes(document)
        node = dice.choice(nodes)
        if isinstance(node, dict):
            _mutate_object(node, nodes, dice)
        else:
            _mutate_list(node, dice)
    return document


def _nodes(document: Any) -> list[Any]:
    """Return all objects and lists; what an object gets may be part of another, so one is there once."""
    found: dict[int, Any] = {}
    waiting = [document]
    while waiting:
        node = waiting.pop()
        if id(node) not in found:
            found[id(node)] = node
            children = node.values() if isinstance(node, dict) else node
            waiting += [child for child in children if isinstance(child, (dict, list))]
    return list(found.values())


def _mutate_object(node: dict[str, Any], nodes: list[Any], dice: random.Random) -> None:
    match dice.randrange(4):
        case 0 if node:
            node[dice.choice(list(node))] = copy.deepcopy(dice.choice(_ODD))
        case 1 if node:
            del node[dice.choice(list(node))]
        case 2:
            other = dice.choice([other for other in nodes if isinstance(other, dict)])
            for key in dice.sample(list(other), min(1, len(other))):
                node[key] = copy.deepcopy(other[key])
        case _:
            node[dice.choice(_KEYS)] = copy.deepcopy(dice.choice(_ODD))


def _mutate_list(node: list[Any], dice: random.Random) -> None:
    match dice.randrange(4):
        case 0 if node:
            node[dice.randrange(len(node))] = copy.deepcopy(dice.choice(_ODD))
        case 1 if node:
            del node[dice.randrange(len(node))]
        case 2 if node:
            node.append(copy.deepcopy(dice.choice(node)))
        case _:
            node.append(copy.deepcopy(dice.choice(_ODD)))
