"""JSON that no program should write, and some do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

KEYS = [
    *("ome", "multiscales", "omero", "image-label", "version", "axes", "datasets", "name", "type", "metadata", "path"),
    *("coordinateTransformations", "unit", "channels", "label", "color", "active", "window", "min", "max", "start"),
    *("end", "colors", "properties", "source", "label-value", "rgba", "scale", "translation", "labels", "plate"),
]
#: What a program or a person might put where something else belongs.
odd = st.one_of(
    st.sampled_from([None, True, 0, -1, 1e400, -1e400, math.nan, 10**400, 10**1000, 0.5, "", " ", "../x", "/etc"]),
    st.sampled_from(["a\\b", "x\0y", "<img onerror=alert(1)>", "\ud800", "0", "scale", "space", "channel", "0.5", "x"]),
    st.text(max_size=3),
    st.integers(),
    st.floats(),
)
hostile = st.recursive(
    odd,
    lambda parts: (
        st.lists(parts, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=2), parts, max_size=5)
    ),
    max_leaves=20,
)


def spoil(data: st.DataObject, documents: Any, names: Sequence[str], values: st.SearchStrategy[Any] = hostile) -> None:
    """Put something else in the place of one part of one of the documents that have these names."""
    part, key = documents, data.draw(st.sampled_from(sorted(names)))
    for _ in range(data.draw(st.integers(0, 7))):
        if not isinstance(part[key], (dict, list)) or not part[key]:
            break
        part = part[key]
        key = data.draw(st.sampled_from(sorted(part) if isinstance(part, dict) else range(len(part))))
    part[key] = data.draw(values)
