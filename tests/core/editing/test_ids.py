"""How an array is looked through for ids."""

from __future__ import annotations

import math

import numpy as np
import pytest

from omezarr_nb.core.editing.ids import blocks


@pytest.mark.parametrize(
    ("shape", "unit", "most"),
    [((7, 40, 33), (1, 8, 16), 1 << 9), ((3, 5), (4, 4), 1), ((2, 64, 64), (1, 16, 16), 1 << 22), ((5, 9), (2, 3), 12)],
)
def test_an_array_is_looked_through_once_in_whole_chunks(
    shape: tuple[int, ...], unit: tuple[int, ...], most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omezarr_nb.core.editing.ids._BLOCK", most)
    seen = np.zeros(shape, int)
    boxes = [box for box, _ in blocks(shape, unit, lambda box: seen[box])]
    for box in boxes:
        seen[box] += 1
        assert all(s.start % u == 0 for s, u in zip(box, unit, strict=True))
        assert seen[box].size <= max(most, math.prod(unit))
    assert (seen == 1).all()
    assert len(boxes) > 1 or seen.size <= most
