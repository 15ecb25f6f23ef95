"""What a view is told of a store that is not what it was."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omezarr_nb
from omezarr_nb.errors import StoreError
from omezarr_nb.viewers.presence import Presence


def test_a_level_that_is_gone_or_another_one_is_said(tmp_path: Path) -> None:
    where = tmp_path / "image.zarr"

    def write(**layout: Any) -> None:
        omezarr_nb.write_image(np.zeros((16, 16), "uint8"), where, axes="yx", overwrite=True, **layout)

    write(chunks=(8, 8))
    level = omezarr_nb.open(where).levels[0]
    presence = Presence(seconds=0)
    write(chunks=(8, 8))
    presence.check(level)
    write(chunks=(4, 4))
    with pytest.raises(StoreError, match="replaced by one that is stored in another way"):
        presence.check(level)
    shutil.rmtree(where)
    with pytest.raises(StoreError, match="not there any more"):
        presence.check(level)
