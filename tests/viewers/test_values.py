"""Values of a pixel that the browser asks for: right, and refused where they make no sense."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.errors import InvalidArgumentError

QUESTION: dict[str, Any] = {"level": 0, "row": 3, "column": 5, "channels": [0, 1], "indices": {"z": 2}}


def test_values_are_those_of_the_level_and_plane(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).random((2, 4, 16, 12)).astype("float32")
    pixels[1, 2, 3, 5] = np.nan
    image = omezarr_nb.write_image(pixels, tmp_path / "image.zarr", axes="czyx", scale_factors=[{"y": 2, "x": 2}])
    answers = image.view()._answers()
    told, buffers = answers["values"](QUESTION)
    assert buffers == []
    assert told == {"kind": "values", "values": [pytest.approx(float(pixels[0, 2, 3, 5])), None]}
    told, _ = answers["values"](QUESTION | {"level": 1, "channels": [0]})
    assert told["values"] == [pytest.approx(float(np.asarray(image.array(level=1))[0, 2, 3, 5]))]
    mistakes: list[dict[str, Any]] = [
        {"level": 2},
        {"level": "0"},
        {"row": 16},
        {"column": -1},
        {"row": None},
        {"channels": []},
        {"channels": [2]},
        {"channels": [0] * 33},
        {"channels": 1},
        {"indices": {"z": "1"}},
        {"indices": []},
    ]
    for wrong in mistakes:
        with pytest.raises(InvalidArgumentError):
            answers["values"](QUESTION | wrong)
