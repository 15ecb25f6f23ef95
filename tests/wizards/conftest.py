"""A folder of its own for each test of a wizard, with a picture where one is asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

RNG = np.random.default_rng(7)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in an empty folder, as a kernel would."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def picture(folder: Path) -> NDArray[np.uint8]:
    """Return the pixels of a colour picture that is in the folder as "cells.png"."""
    pixels = RNG.integers(0, 255, (96, 128, 3)).astype("uint8")
    Image.fromarray(pixels).save(folder / "cells.png", dpi=(25400, 25400))
    return pixels
