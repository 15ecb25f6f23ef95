"""No pixel of a file is unpickled: numcodecs has a codec that would run what it finds."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.errors import OMEZarrError

PICKLE = {"id": "pickle", "protocol": 5}
DELTA = {"id": "delta", "dtype": "|u1"}


class _Trap:
    """What runs when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Return an image of 0.4, whose only chunk is a trap."""
    where = tmp_path / "image.ome.zarr"
    omezarr_nb.write_image(np.ones((4, 4), "uint8"), where, axes="yx", version="0.4", scale_factors=[])
    (chunk,) = (file for file in (where / "0").rglob("*") if file.is_file() and not file.name.startswith("."))
    chunk.write_bytes(pickle.dumps(_Trap(tmp_path / "sprung")))
    return where


@pytest.mark.parametrize("dtype", ["|u1", "|O"])
@pytest.mark.parametrize(
    ("filters", "compressor"),
    [([PICKLE], None), ([DELTA, PICKLE], None), ([PICKLE, DELTA], None), (None, PICKLE), ([DELTA], PICKLE)],
)
def test_nothing_is_unpickled(image: Path, dtype: str, filters: Any, compressor: Any) -> None:
    document = json.loads((image / "0/.zarray").read_text(encoding="utf-8"))
    changed = document | {"dtype": dtype, "filters": filters, "compressor": compressor}
    (image / "0/.zarray").write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(OMEZarrError):
        omezarr_nb.open(image).array().compute()
    assert not omezarr_nb.validate(image).is_valid
    assert not (image.parent / "sprung").exists()


def test_the_trap_is_one_and_the_image_else_opens(image: Path) -> None:
    assert omezarr_nb.open(image).shape == (4, 4)
    (chunk,) = (file for file in (image / "0").rglob("*") if file.is_file() and not file.name.startswith("."))
    pickle.loads(chunk.read_bytes())
    assert (image.parent / "sprung").exists()
